//! The plug is pulled: SIGKILL under load at random moments, again and again; then, through HTTP,
//! everything that was answered is there and everything is in line (I1–I4, I6).
//!
//! `JUMUN_TORTURE_KILLS=N` kills more often, `JUMUN_TORTURE_SEED=S` chooses as an earlier run did
//! (what the threads make of it differs; the seed is printed always).

mod books;
mod customer;
mod doctored;
mod late;
mod town;

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::shop::{Setup, Shop};
use crate::waiting::{eventually, within};
use books::Books;
use town::Town;

const CUSTOMERS: u64 = 4;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
    )
}

fn seed() -> u64 {
    number("JUMUN_TORTURE_SEED").unwrap_or_else(|| {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        now.as_secs() ^ u64::from(now.subsec_nanos())
    })
}

#[test]
fn whatever_is_killed_when_what_was_answered_is_there_and_everything_is_in_line() {
    let kills = number("JUMUN_TORTURE_KILLS").unwrap_or(5);
    let seed = seed();
    // Past the test's captured output: it is said whether the test passes or not.
    let _ = writeln!(
        std::io::stderr(),
        "{kills} kills, JUMUN_TORTURE_SEED={seed}"
    );
    let mut random = fastrand::Rng::with_seed(seed);
    let mut shop = Setup::new()
        .set("systems.fruitstore.payment.deadlines.capture", "2s")
        // A busy machine is no reason to refuse orders here: the kills are what is tested.
        .set("asks.deadline", "10s")
        .start();
    let town = Town::open(shop.address());
    std::thread::scope(|scope| {
        for name in 0..CUSTOMERS {
            let (town, seed) = (&town, random.u64(..));
            scope.spawn(move || customer::Customer::new(name, seed, town).live());
        }
        for _ in 0..kills {
            kill_and_restart(&mut shop, &town, &mut random);
        }
        town.close();
    });
    println!("{}", town.summary());
    in_line(&shop, &town);
    a_rebuilt_my_page_is_the_same(&shop);
    let dead = shop.command(&["dead-letters", "fruitstore", "list"]).fine();
    assert_eq!(dead.trim(), "no dead letters");
    // And once more, from what is on disk.
    shop.kill();
    shop.restart();
    in_line(&shop, &town);
}

fn kill_and_restart(shop: &mut Shop, town: &Town, random: &mut fastrand::Rng) {
    let more = if random.u8(0..5) == 0 {
        random.u64(0..10)
    } else {
        random.u64(20..300)
    };
    let goal = town.answers() + more;
    within(Duration::from_secs(60), "answers before the kill", || {
        let answers = town.answers();
        if answers >= goal {
            Ok(())
        } else {
            Err(format!("{answers} of {goal}"))
        }
    });
    // So that it does not always happen just after an answer.
    std::thread::sleep(Duration::from_micros(random.u64(0..5_000)));
    town.away();
    shop.kill();
    while random.u8(0..4) == 0 {
        // Not even its start is a quiet moment.
        let moment = Duration::from_micros(random.u64(0..60_000));
        shop.start_and_kill(|| std::thread::sleep(moment));
    }
    shop.restart();
    town.is_at(shop.address());
}

/// Waits until everything is in line, and fails with what is not.
fn in_line(shop: &Shop, town: &Town) {
    shop.settle();
    eventually("everything in line", || {
        let wrong = Books::of(shop).audit(town);
        if wrong.is_empty() {
            return Ok(());
        }
        let shown: Vec<_> = wrong.iter().take(20).cloned().collect();
        Err(format!(
            "{} things are not:\n{}",
            wrong.len(),
            shown.join("\n")
        ))
    });
}

/// I6
fn a_rebuilt_my_page_is_the_same(shop: &Shop) {
    let before = shop.all("myPages");
    assert!(!before.is_empty());
    shop.command(&["rebuild", "fruitstore", "mypage", "myPages"])
        .fine();
    let after = shop.all("myPages");
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
}
