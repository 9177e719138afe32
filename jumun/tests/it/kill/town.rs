//! What the customers share: where the system is now, and what it has answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use crate::waiting::PATIENCE;

pub(super) struct Town<P> {
    address: Mutex<Option<SocketAddr>>,
    moved: Condvar,
    closing: AtomicBool,
    answers: AtomicU64,
    cut_off: AtomicU64,
    refused: AtomicU64,
    promises: Mutex<P>,
}

impl<P> Town<P> {
    pub(super) fn open(address: SocketAddr, promises: P) -> Self {
        Self {
            address: Mutex::new(Some(address)),
            moved: Condvar::new(),
            closing: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            cut_off: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            promises: Mutex::new(promises),
        }
    }

    /// The system has no address until it [is at](Town::is_at) one.
    pub(super) fn away(&self) {
        *self.address.lock().unwrap() = None;
    }

    pub(super) fn is_at(&self, address: SocketAddr) {
        *self.address.lock().unwrap() = Some(address);
        self.moved.notify_all();
    }

    /// Where the system is, once it is somewhere.
    pub(super) fn address(&self) -> SocketAddr {
        let address = self.address.lock().unwrap();
        let waited = self
            .moved
            .wait_timeout_while(address, PATIENCE, |address| address.is_none());
        let (address, _) = waited.unwrap();
        address.expect("it came back")
    }

    /// When this goes, customers finish what they are at, and go home.
    pub(super) fn closes(&self) -> Closing<'_> {
        Closing(&self.closing)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    pub(super) fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cut_off(&self) {
        self.cut_off.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// How often there was no answer, or one that the customer has to ask again for.
    pub(super) fn lost(&self) -> u64 {
        self.cut_off.load(Ordering::Relaxed) + self.refused.load(Ordering::Relaxed)
    }

    pub(super) fn promises<T>(&self, with: impl FnOnce(&mut P) -> T) -> T {
        with(&mut self.promises.lock().unwrap())
    }

    pub(super) fn summary(&self) -> String {
        format!(
            "{} answers, {} cut off, {} refused as busy or away",
            self.answers(),
            self.cut_off.load(Ordering::Relaxed),
            self.refused.load(Ordering::Relaxed),
        )
    }
}

pub(super) struct Closing<'a>(&'a AtomicBool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
