//! What others told, on its way in.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use storm::store::{Millis, Position, StoreError};
use tokio::sync::watch;

use super::{Heard, NotTaken};
use crate::Running;
use crate::job::{Delivery, Job, done};
use crate::log::cursor;
use crate::shared::Shared;

/// Where a bus hands over what it brings.
#[derive(Clone)]
pub struct Inlet {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
}

impl Running {
    /// Where a bus hands over what it brings.
    pub fn inlet(&self) -> Inlet {
        Inlet {
            shared: Arc::clone(&self.shared),
            jobs: self.jobs.clone(),
        }
    }
}

impl Inlet {
    /// The context.
    pub fn context(&self) -> &'static str {
        self.shared.context.name()
    }

    /// Whether the context makes anything of such an event. One without a name is poison, and is
    /// handed over to be parked.
    pub fn listens(&self, event_type: &str) -> bool {
        event_type.is_empty() || self.shared.context.listens().contains(event_type)
    }

    /// Whose events the context listens to.
    pub fn producers(&self) -> &[&'static str] {
        &self.shared.settings.producers
    }

    /// The last place in a source that was taken in; `None` if nothing ever was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cursor(&self, source: &str) -> Result<Option<Position>, StoreError> {
        cursor(&self.shared.reader, source).await
    }

    /// Takes events in, and the source up to `up_to`, in one commit. What was taken in before is left
    /// out; an event that fails is parked. When this returns `Ok` it is on disk.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn take_in(
        &self,
        source: &Arc<str>,
        heard: Vec<Heard>,
        up_to: Position,
    ) -> Result<(), NotTaken> {
        self.deliver(source, heard, up_to, false).await
    }

    /// The source has been made anew, and is shorter than what was taken in of it: goes on after `to`.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn rewind(&self, source: &Arc<str>, to: Position) -> Result<(), NotTaken> {
        self.deliver(source, Vec::new(), to, true).await
    }

    async fn deliver(
        &self,
        source: &Arc<str>,
        heard: Vec<Heard>,
        up_to: Position,
        rewind: bool,
    ) -> Result<(), NotTaken> {
        let delivery = Delivery {
            source: Arc::clone(source),
            heard,
            up_to,
            rewind,
        };
        done(&self.jobs, |reply| Job::Deliver(delivery, reply)).await
    }

    /// The sources have been dealt out anew among the replicas: what is remembered of cursors and
    /// parked events is read again before it is used.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn refresh(&self) -> Result<(), NotTaken> {
        done(&self.jobs, Job::Refresh).await
    }

    /// Whether this replica is the one that tells others of the context's events: to the bus, and to
    /// people. It is the only one until a bus says otherwise.
    pub fn leads(&self, leads: bool) {
        self.shared.leads.send_replace(leads);
    }

    /// So many events of a source have not been taken in. `None`: it is another replica's now.
    pub fn lag_is(&self, source: &str, events: Option<i64>) {
        self.shared.lag_is(source, events);
    }

    /// The moment up to which a deadline that is due needs everybody to be heard.
    pub fn wanted(&self) -> watch::Receiver<Millis> {
        self.shared.wanted.subscribe()
    }

    /// Everybody has been heard up to this moment.
    pub fn heard_up_to(&self, moment: Millis) {
        self.shared.horizon.heard_up_to(moment);
    }

    /// Becomes true when the context is being stopped.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.shared.stopping.subscribe()
    }
}
