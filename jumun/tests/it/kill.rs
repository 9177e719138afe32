//! The plug is pulled: SIGKILL under load at random moments, again and again; then, through HTTP,
//! everything that was answered is there and everything is in line (I1–I4, I6).
//!
//! This is the machine. What the load is and what must hold, each system declares as a [`Trial`].
//!
//! `JUMUN_TORTURE_KILLS=N` kills more often, `JUMUN_TORTURE_SEED=S` chooses as an earlier run did
//! (what the threads make of it differs; the seed is printed always).

mod books;
mod customer;
mod orders;
mod town;
mod victim;

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::stage::{Apart, Setup, Site, Stage};
use crate::waiting::{eventually, within};

pub(crate) use books::{Books, By};
pub(crate) use customer::Customer;
pub(crate) use orders::Orders;
use town::Town;
use victim::Victim;

const CUSTOMERS: u64 = 4;

/// A system's load, and what must hold however often it is killed.
pub(crate) trait Trial: Sized {
    /// What was answered yes, by all customers, e.g. [`Orders`]. Nothing may be in here that was not
    /// answered.
    type Promises: Default + Send;

    const SYSTEM: &'static str;

    /// How it is started: deadlines that would take a test too long are made shorter here.
    fn setup(setup: Setup) -> Setup {
        setup
    }

    /// What has to be there before the first customer comes, e.g. goods.
    fn open(_site: &Site, _promises: &mut Self::Promises) {}

    /// One thing that a customer does, chosen by `customer.random`. It is called again and again,
    /// by several customers at once.
    fn step(customer: &mut Customer<'_, Self>);

    /// Everything that is not as it should be, once all events have been taken in; it is asked
    /// again for a while, since deadlines may still be under way.
    fn audit(books: &Books, promises: &Self::Promises) -> Vec<String>;

    /// What was promised, in a few words.
    fn summary(promises: &Self::Promises) -> String;
}

/// Runs a system in one process, kills that under load, and fails with whatever is then not as it
/// should be.
pub(crate) fn pull_the_plug<T: Trial>() {
    run::<T, Stage>();
}

/// As [`pull_the_plug`], with each context in a process of its own: now this one is killed, now
/// that one, and some only hang. So the sides of a call die one at a time, at any moment of it.
pub(crate) fn pull_one_plug_at_a_time<T: Trial>() {
    run::<T, Apart>();
}

fn run<T: Trial, V: Victim>() {
    let kills = number("JUMUN_TORTURE_KILLS").unwrap_or(5);
    let seed = seed();
    // Past the test's captured output: it is said whether the test passes or not.
    let _ = writeln!(
        std::io::stderr(),
        "{}, {}: {kills} kills, JUMUN_TORTURE_SEED={seed}",
        T::SYSTEM,
        V::HOW
    );
    let mut random = fastrand::Rng::with_seed(seed);
    let mut victim = V::start(T::setup(Setup::of(T::SYSTEM)));
    let mut promises = T::Promises::default();
    T::open(&victim, &mut promises);
    let town = Town::open(victim.address(), promises);
    std::thread::scope(|scope| {
        // However this ends, the customers go home.
        let closing = town.closes();
        for name in 0..CUSTOMERS {
            let (town, seed) = (&town, random.u64(..));
            scope.spawn(move || Customer::<T>::new(name, seed, town).live());
        }
        for _ in 0..kills {
            wait_for_answers(&town, &mut random);
            victim.strike(&town, &mut random);
        }
        drop(closing);
    });
    let said = town.promises(|promises| T::summary(promises));
    println!("{}; {said}", town.summary());
    in_line::<T, V>(&victim, &town);
    victim.are_all_the_same_rebuilt();
    victim.has_no_dead_letters();
    // And once more, from what is on disk.
    victim.strike_all();
    in_line::<T, V>(&victim, &town);
}

/// Makes books wrong in one way.
pub(crate) type Doctor = fn(&mut Books);

/// Fails unless the audit is content with these books, and says what is wrong with them once they
/// have been doctored in any of these ways.
pub(crate) fn notices<T: Trial>(
    in_line: impl Fn() -> (Books, T::Promises),
    ways: &[(&str, Doctor)],
) {
    let (books, promises) = in_line();
    assert_eq!(T::audit(&books, &promises), Vec::<String>::new());
    for (noticed, doctor) in ways {
        let (mut books, promises) = in_line();
        doctor(&mut books);
        let wrong = T::audit(&books, &promises);
        assert!(
            wrong.iter().any(|wrong| wrong.contains(noticed)),
            "{noticed}: {wrong:?}"
        );
    }
}

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

fn wait_for_answers<P>(town: &Town<P>, random: &mut fastrand::Rng) {
    let more = if random.u8(0..5) == 0 {
        random.u64(0..10)
    } else {
        random.u64(20..300)
    };
    let goal = town.answers() + more;
    within(Duration::from_secs(60), "answers before the kill", || {
        assert!(!town.is_closing(), "a customer has given up");
        let answers = town.answers();
        if answers >= goal {
            Ok(())
        } else {
            Err(format!("{answers} of {goal}"))
        }
    });
    // So that it does not always happen just after an answer.
    std::thread::sleep(Duration::from_micros(random.u64(0..5_000)));
}

/// Waits until everything is in line, and fails with what is not.
fn in_line<T: Trial, V: Victim>(victim: &V, town: &Town<T::Promises>) {
    victim.settle();
    eventually("everything in line", || {
        let books = Books::of(victim);
        let wrong = town.promises(|promises| T::audit(&books, promises));
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
