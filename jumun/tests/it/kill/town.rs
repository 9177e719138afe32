//! What the customers share: where the shop is now, and what it has answered.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use crate::waiting::PATIENCE;

/// What the shop has said yes to. Nothing is in here that was not answered.
#[derive(Default)]
pub(super) struct Promises {
    /// Orders answered 201, by number, with the mark they were placed under.
    pub(super) placed: BTreeMap<i64, String>,
    /// Orders whose cancel was answered 204.
    pub(super) canceled: BTreeSet<i64>,
    /// Orders whose delivery's completion was answered 200.
    pub(super) completed: BTreeSet<i64>,
}

pub(super) struct Town {
    address: Mutex<Option<SocketAddr>>,
    moved: Condvar,
    closing: AtomicBool,
    answers: AtomicU64,
    cut_off: AtomicU64,
    refused: AtomicU64,
    promises: Mutex<Promises>,
}

impl Town {
    pub(super) fn open(address: SocketAddr) -> Self {
        Self {
            address: Mutex::new(Some(address)),
            moved: Condvar::new(),
            closing: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            cut_off: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            promises: Mutex::default(),
        }
    }

    /// The shop has no address until it [is at](Town::is_at) one.
    pub(super) fn away(&self) {
        *self.address.lock().unwrap() = None;
    }

    pub(super) fn is_at(&self, address: SocketAddr) {
        *self.address.lock().unwrap() = Some(address);
        self.moved.notify_all();
    }

    /// Where the shop is, once it is somewhere.
    pub(super) fn address(&self) -> SocketAddr {
        let address = self.address.lock().unwrap();
        let waited = self
            .moved
            .wait_timeout_while(address, PATIENCE, |address| address.is_none());
        let (address, _) = waited.unwrap();
        address.expect("the shop came back")
    }

    /// Customers finish what they are at, and go home.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
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

    pub(super) fn promises<T>(&self, with: impl FnOnce(&mut Promises) -> T) -> T {
        with(&mut self.promises.lock().unwrap())
    }

    pub(super) fn summary(&self) -> String {
        self.promises(|promises| {
            format!(
                "{} answers, {} cut off, {} refused as busy; {} orders placed, {} canceled, {} delivered",
                self.answers(),
                self.cut_off.load(Ordering::Relaxed),
                self.refused.load(Ordering::Relaxed),
                promises.placed.len(),
                promises.canceled.len(),
                promises.completed.len(),
            )
        })
    }
}
