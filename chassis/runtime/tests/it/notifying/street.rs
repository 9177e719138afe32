//! A provider for tests: the street that hears a whistle.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use runtime::{NotSent, Notice, Notifier, Sending};

#[derive(Default)]
pub(super) struct Street {
    closed: AtomicBool,
    hangs: bool,
    panics: AtomicBool,
    attempts: AtomicUsize,
    /// How the next attempts fail, before all others.
    next: Mutex<VecDeque<NotSent>>,
    heard: Mutex<Vec<Notice>>,
}

impl Street {
    pub(super) fn open() -> Arc<Self> {
        Arc::new(Self::default())
    }

    pub(super) fn hanging() -> Arc<Self> {
        Arc::new(Self {
            hangs: true,
            ..Self::default()
        })
    }

    pub(super) fn closed() -> NotSent {
        NotSent::ForSure {
            reason: "the street is closed".to_owned(),
        }
    }

    pub(super) fn next(&self, failures: Vec<NotSent>) {
        self.next.lock().unwrap().extend(failures);
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn reopen(&self) {
        self.closed.store(false, Ordering::SeqCst);
    }

    pub(super) fn panics_once(&self) {
        self.panics.store(true, Ordering::SeqCst);
    }

    pub(super) fn attempts(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }

    pub(super) fn notices(&self) -> Vec<Notice> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.notices()
            .into_iter()
            .map(|notice| notice.text)
            .collect()
    }

    async fn hear(&self, notice: &Notice) -> Result<(), NotSent> {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        if self.hangs {
            std::future::pending::<()>().await;
        }
        assert!(
            !self.panics.swap(false, Ordering::SeqCst),
            "as this test wants it"
        );
        let next = self.next.lock().unwrap().pop_front();
        let usual = || {
            let closed = self.closed.load(Ordering::SeqCst);
            closed.then(Self::closed)
        };
        match next.or_else(usual) {
            Some(not_sent) => Err(not_sent),
            None => {
                self.heard.lock().unwrap().push(notice.clone());
                Ok(())
            }
        }
    }
}

struct Named(&'static str, Arc<Street>);

impl Notifier for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn send<'a>(&'a self, notice: &'a Notice) -> Sending<'a> {
        Box::pin(self.1.hear(notice))
    }
}

/// Under another name than the usual one.
pub(super) fn called(name: &'static str, street: &Arc<Street>) -> Arc<dyn Notifier> {
    Arc::new(Named(name, Arc::clone(street)))
}

pub(super) fn on(street: &Arc<Street>) -> Arc<dyn Notifier> {
    called("street", street)
}
