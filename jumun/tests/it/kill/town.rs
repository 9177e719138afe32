//! What the customers share: where the system is now, and what it has answered.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use crate::waiting::PATIENCE;

pub(super) struct Town<P> {
    /// None while it is away.
    addresses: Mutex<Vec<SocketAddr>>,
    moved: Condvar,
    closing: AtomicBool,
    pub(super) counts: Counts,
    /// The marks of what was [made](super::Customer::create), as far as that was answered.
    made: Mutex<Vec<String>>,
    promises: Mutex<P>,
}

/// What happened to the customers' requests.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) answered: Count,
    /// Sent, and the connection ended before the answer.
    pub(super) cut_off: Count,
    /// Answered with 502 to 504: busy, or something that it takes is away.
    pub(super) refused: Count,
    /// Nobody took the connection.
    pub(super) nobody: Count,
    /// Sent once more, since there was no answer.
    pub(super) again: Count,
    /// Orders, and whatever else is made here: how many were wanted, under a mark each.
    pub(super) wanted: Count,
}

#[derive(Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counts {
    /// How often there was no answer, or one that the customer has to ask again for.
    pub(super) fn lost(&self) -> u64 {
        self.cut_off.get() + self.refused.get() + self.nobody.get()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} answered, {} cut off, {} refused as busy or away, {} found nobody; {} sent again",
            self.answered.get(),
            self.cut_off.get(),
            self.refused.get(),
            self.nobody.get(),
            self.again.get(),
        )
    }
}

impl<P> Town<P> {
    pub(super) fn open(addresses: Vec<SocketAddr>, promises: P) -> Self {
        Self {
            addresses: Mutex::new(addresses),
            moved: Condvar::new(),
            closing: AtomicBool::new(false),
            counts: Counts::default(),
            made: Mutex::default(),
            promises: Mutex::new(promises),
        }
    }

    /// The system has no address until it [is at](Town::is_at) one.
    pub(super) fn away(&self) {
        self.addresses.lock().unwrap().clear();
    }

    pub(super) fn is_at(&self, address: SocketAddr) {
        self.addresses.lock().unwrap().push(address);
        self.moved.notify_all();
    }

    /// Where the system is, once it is somewhere: one of its doors.
    pub(super) fn address(&self, random: &mut fastrand::Rng) -> SocketAddr {
        let addresses = self.addresses.lock().unwrap();
        let waited = self
            .moved
            .wait_timeout_while(addresses, PATIENCE, |addresses| addresses.is_empty());
        let (addresses, _) = waited.unwrap();
        *random.choice(&*addresses).expect("it came back")
    }

    /// When this goes, customers finish what they are at, and go home.
    pub(super) fn closes(&self) -> Closing<'_> {
        Closing(&self.closing)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Something was made under this mark, and that was answered.
    pub(super) fn made(&self, mark: &str) {
        self.made.lock().unwrap().push(mark.to_owned());
    }

    /// The marks of all that was made and answered.
    pub(super) fn all_made(&self) -> Vec<String> {
        self.made.lock().unwrap().clone()
    }

    pub(super) fn promises<T>(&self, with: impl FnOnce(&mut P) -> T) -> T {
        with(&mut self.promises.lock().unwrap())
    }
}

pub(super) struct Closing<'a>(&'a AtomicBool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
