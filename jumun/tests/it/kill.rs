//! The plug is pulled: SIGKILL under load at random moments, again and again; then, through HTTP,
//! everything that was answered is there and everything is in line (I1–I4, I6).
//!
//! This is the machine. What the load is and what must hold, each system declares as a [`Trial`].
//!
//! `JUMUN_TORTURE_KILLS=N` kills more often, `JUMUN_TORTURE_SEED=S` chooses as an earlier run did
//! (what the threads make of it differs; the seed is printed always).

mod blows;
mod books;
mod customer;
mod orders;
mod scaling;
mod summary;
#[cfg(test)]
mod tests;
mod town;
mod victim;

use std::io::Write as _;
use std::net::SocketAddr;
use std::ops::{Deref, Range};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::stage::{Apart, Setup, Site, Stage};
use crate::waiting::within;

use blows::Battered;
pub(crate) use books::{Books, By};
pub(crate) use customer::Customer;
pub(crate) use orders::Orders;
pub(crate) use scaling::scale_out_and_in;
use summary::Summary;
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

/// As [`pull_the_plug`], with two replicas of each context on servers: now a replica is killed or stands
/// still, now a database or a broker is. An ordinary run deals the blows out among the systems; with
/// `JUMUN_TORTURE_KILLS` each gets all of them.
pub(crate) fn batter_a_cluster<T: Trial>() {
    run::<T, Battered>();
}

fn run<T: Trial, V: Victim>() {
    let began = Instant::now();
    let strikes = number("JUMUN_TORTURE_KILLS");
    let seed = seed();
    let mut random = fastrand::Rng::with_seed(seed);
    announce::<T>(seed, "sets up");
    let Some(mut victim) = V::start(T::setup(Setup::of(T::SYSTEM)), strikes, &mut random) else {
        return;
    };
    let strikes = strikes.unwrap_or_else(|| victim.ordinarily());
    let how = victim.how();
    announce::<T>(seed, &format!("{how}: {strikes} strikes"));
    let mut summary = Summary::of(T::SYSTEM, how, seed, began);
    let town = open::<T, V>(&victim, victim.doors(), V::settle);
    let opened = Instant::now();
    under_load::<T>(&town, &mut random, |random| {
        for _ in 0..strikes {
            let more = answers(victim.answers_between(), random);
            wait_for_answers(&town, V::PATIENCE * 2, more, random);
            summary.struck(victim.strike(&town, random));
        }
    });
    summary.load = opened.elapsed();
    if victim.is_looked_at_twice() {
        victim.settle();
        in_line::<T>(&victim, &town, V::PATIENCE, seed);
    }
    summary.left_out = victim.left_out();
    // And once more, from what is on disk.
    summary.struck(victim.strike_all());
    victim.settle();
    let books = in_line::<T>(&victim, &town, V::PATIENCE, seed);
    victim.are_all_the_same_rebuilt();
    victim.has_no_dead_letters();
    summary.print(&town, &books);
}

/// With what all is chosen. It is said whether the test passes or not, past its captured output.
fn announce<T: Trial>(seed: u64, what: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "{}, {what}, JUMUN_TORTURE_SEED={seed}",
        T::SYSTEM,
    );
}

/// What has to be there is, and everybody has heard of it.
fn open<T: Trial, S: Deref<Target = Site>>(
    site: &S,
    doors: Vec<SocketAddr>,
    settle: impl FnOnce(&S),
) -> Town<T::Promises> {
    let mut promises = T::Promises::default();
    T::open(site, &mut promises);
    settle(site);
    Town::open(doors, promises)
}

/// Has customers ask while something happens, and go home after that.
fn under_load<T: Trial>(
    town: &Town<T::Promises>,
    random: &mut fastrand::Rng,
    happens: impl FnOnce(&mut fastrand::Rng),
) {
    std::thread::scope(|scope| {
        // However this ends, the customers go home.
        let closing = town.closes();
        for name in 0..CUSTOMERS {
            let seed = random.u64(..);
            scope.spawn(move || Customer::<T>::new(name, seed, town).live());
        }
        happens(random);
        drop(closing);
    });
    let said = town.promises(|promises| T::summary(promises));
    println!("{}; {said}", town.counts);
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

/// How many answers come before the next strike; now and then almost none.
fn answers(between: Range<u64>, random: &mut fastrand::Rng) -> u64 {
    if random.u8(0..5) == 0 {
        random.u64(0..10)
    } else {
        random.u64(between)
    }
}

fn wait_for_answers<P>(town: &Town<P>, patience: Duration, more: u64, random: &mut fastrand::Rng) {
    let goal = town.counts.answered.get() + more;
    within(patience, "answers before the next strike", || {
        assert!(!town.is_closing(), "a customer has given up");
        let answers = town.counts.answered.get();
        if answers >= goal {
            Ok(())
        } else {
            Err(format!("{answers} of {goal}"))
        }
    });
    // So that it does not always happen just after an answer.
    std::thread::sleep(Duration::from_micros(random.u64(0..5_000)));
}

/// Waits until everything is in line, and fails with what is not; then the log is kept for who looks
/// for the reason.
fn in_line<T: Trial>(
    site: &Site,
    town: &Town<T::Promises>,
    patience: Duration,
    seed: u64,
) -> Books {
    let made = town.all_made();
    let until = Instant::now() + patience;
    within(patience * 2, "everything in line", || {
        let books = Books::of(site);
        let mut wrong = town.promises(|promises| T::audit(&books, promises));
        wrong.extend(books.lost(&made));
        wrong.extend(books.caused_again());
        wrong.extend(books.caused_by_nothing());
        if wrong.is_empty() {
            return Ok(books);
        }
        let shown: Vec<_> = wrong.iter().take(20).cloned().collect();
        let said = format!("{} things are not:\n{}", wrong.len(), shown.join("\n"));
        if Instant::now() > until {
            let kept = std::env::temp_dir().join(format!("{}-{seed}.events", T::SYSTEM));
            let log: Vec<_> = books.events.iter().map(Value::to_string).collect();
            let written = std::fs::write(&kept, log.join("\n"));
            panic!("{said}\nits log: {} ({written:?})", kept.display());
        }
        Err(said)
    })
}
