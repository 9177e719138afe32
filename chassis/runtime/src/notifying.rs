//! Tells people what a context's own events say, through a notifier, each at most once.
//!
//! The notifier reads the context's log as a listener would, from a cursor of its own. The cursor
//! is moved past an event, on disk, *before* the event's notice is handed over: that is the claim.
//! When it was not sent for certain, the claim is taken back, on disk, and the notice is tried again
//! after a pause. Whoever dies between claim and answer has lost that one notice, and has not told
//! anybody twice.

mod attempt;
mod saying;
mod standing;

use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use storm::store::{Millis, Position};
use tokio::sync::watch;

use crate::Running;
use crate::bus::NotTaken;
use crate::clock::now;
use crate::job::{Job, Move, done};
use crate::log::{Log, cursor};
use crate::notifier::{NotSent, Notice, Notifier, NotifierSettings};
use crate::shared::Shared;

pub use standing::NotifierHealth;
pub(crate) use standing::{Attempts, Notifies, Standing};

/// Events read at a time.
const CHUNK: usize = 256;
/// Positions that are passed over, because nobody is told of what stands there, before the cursor
/// is committed for their sake alone.
const PASSED: Position = 10_000;

impl Running {
    /// Starts to tell people through `notifier`, on a task of the current tokio runtime: of all
    /// that the context's log says, from its beginning on, and not older than
    /// [`NotifierSettings::give_up`]. Nothing else waits for it. A context that declares no
    /// notifications tells nobody.
    pub fn notify(&self, notifier: Arc<dyn Notifier>, settings: NotifierSettings) {
        if self.context().notifications().is_empty() {
            return;
        }
        let standing = Arc::new(Standing::new(notifier.name()));
        self.shared.notifiers().push(Arc::clone(&standing));
        let notifying = Notifying {
            cursor_name: format!("notify:{}", notifier.name()).into(),
            shared: Arc::clone(&self.shared),
            jobs: self.jobs.clone(),
            log: self.log(),
            stopping: self.shared.stopping.subscribe(),
            leads: self.shared.leads.subscribe(),
            pause: settings.first_pause,
            notifier,
            settings,
            standing,
            cursor: None,
            saved: None,
            asked: (None, 0),
        };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(tokio::spawn(notifying.run()));
    }
}

/// What is to be done after the next events have been looked at.
enum Next {
    /// Look at more.
    Go,
    /// Wait until more is told.
    Wait,
    /// Leave the provider alone for a while.
    Pause,
}

struct Notifying {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
    /// The context's own.
    log: Log,
    stopping: watch::Receiver<bool>,
    /// Whether this replica is the one that tells people.
    leads: watch::Receiver<bool>,
    notifier: Arc<dyn Notifier>,
    settings: NotifierSettings,
    standing: Arc<Standing>,
    cursor_name: Arc<str>,
    /// The last position dealt with; `None` is to be read from the store.
    cursor: Option<Position>,
    /// The last position that the store knows of; `None` is not known: it had said that it could not,
    /// and may have.
    saved: Option<Position>,
    /// The last move: from where to where the store was asked to go.
    asked: (Option<Position>, Position),
    /// The next one.
    pause: Duration,
}

impl Notifying {
    async fn run(mut self) {
        while !self.shared.is_stopping() {
            if !*self.leads.borrow_and_update() {
                // Another replica tells people, and moves the cursor.
                self.cursor = None;
                tokio::select! {
                    leads = self.leads.changed() => if leads.is_err() { return },
                    _ = self.stopping.wait_for(|stopping| *stopping) => {}
                }
                continue;
            }
            match self.step().await {
                Ok(Next::Go) => {}
                Ok(Next::Wait) => tokio::select! {
                    more = self.log.committed.changed() => if more.is_err() { return },
                    _ = self.stopping.wait_for(|stopping| *stopping) => {}
                },
                Ok(Next::Pause) => self.rest().await,
                Err(NotTaken::Store(error)) => {
                    tracing::warn!(context = self.context(), notifier = self.notifier.name(), %error,
                        "nobody is told while the store cannot be used; trying again");
                    self.rest().await;
                }
                Err(NotTaken::Stopped) => return,
            }
        }
        if let Some(cursor) = self.cursor {
            // What cannot be saved now is passed over again.
            let _ = self.move_to(cursor).await;
        }
    }

    async fn rest(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(self.pause) => {}
            _ = self.stopping.wait_for(|stopping| *stopping) => {}
        }
        self.pause = (self.pause * 2).min(self.settings.longest_pause);
    }

    fn context(&self) -> &'static str {
        self.shared.context.name()
    }

    /// Deals with the next events, until one must be tried again.
    async fn step(&mut self) -> Result<Next, NotTaken> {
        let mut too_old = Vec::new();
        let next = self.take(&mut too_old).await;
        if let [first, .., last] | [first @ last] = too_old.as_slice() {
            let notices = too_old.len();
            self.standing
                .count(&self.shared, "given-up", notices as u64);
            tracing::error!(
                context = self.context(),
                notifier = self.notifier.name(),
                notices,
                first,
                last,
                give_up = ?self.settings.give_up,
                "given up: these notices are too old to be sent"
            );
        }
        next
    }

    async fn take(&mut self, too_old: &mut Vec<Position>) -> Result<Next, NotTaken> {
        // Seen before the log is read, so that nothing told meanwhile is overlooked.
        self.log.committed.borrow_and_update();
        let begin = self.begin().await?;
        let events = self.log.after(begin, CHUNK).await?;
        if events.is_empty() {
            return Ok(Next::Wait);
        }
        for stored in events {
            if self.shared.is_stopping() {
                break;
            }
            let next = match self.notice(&stored) {
                Some(_) if self.is_too_old(stored.event.at) => {
                    too_old.push(stored.position);
                    Next::Go
                }
                Some(notice) => self.tell(notice, stored.position).await?,
                None => Next::Go,
            };
            if let Next::Pause = next {
                return Ok(next);
            }
            self.is_at(stored.position);
        }
        match self.cursor {
            Some(cursor) if self.saved.is_none_or(|saved| cursor - saved >= PASSED) => {
                self.move_to(cursor).await?;
            }
            _ => {}
        }
        Ok(Next::Go)
    }

    /// Where the last run ended, or another replica that told people meanwhile.
    async fn begin(&mut self) -> Result<Position, NotTaken> {
        if let (Some(cursor), Some(_)) = (self.cursor, self.saved) {
            return Ok(cursor);
        }
        let kept = cursor(&self.shared.reader, &self.cursor_name).await?;
        let kept = kept.unwrap_or(0);
        self.saved = Some(kept);
        // The store said that it could not, and is where it was, or where it was asked to go.
        let asked = [self.asked.0, Some(self.asked.1)].contains(&Some(kept));
        let at = self.cursor.filter(|_| asked).unwrap_or(kept);
        self.is_at(at);
        Ok(at)
    }

    fn is_at(&mut self, position: Position) {
        self.cursor = Some(position);
        self.standing.dealt_with(position);
    }

    fn is_too_old(&self, at: Millis) -> bool {
        let age = u128::from(now().abs_diff(at));
        now() > at && age > self.settings.give_up.as_millis()
    }

    /// Claims a notice, hands it over, and takes the claim back if it was not sent for certain.
    async fn tell(&mut self, notice: Notice, position: Position) -> Result<Next, NotTaken> {
        let before = self.cursor.unwrap_or(0);
        self.move_to(position).await?;
        let id = notice.id.clone();
        let outcome = self.attempt(notice).await;
        let news = self.standing.attempted(&self.shared, &outcome);
        self.say(&id, &outcome, news);
        match outcome {
            Ok(()) | Err(NotSent::Refused { .. }) => {
                self.pause = self.settings.first_pause;
                Ok(Next::Go)
            }
            Err(NotSent::Perhaps { .. }) => {
                self.is_at(position);
                Ok(Next::Pause)
            }
            Err(NotSent::ForSure { .. }) => {
                self.move_to(before).await?;
                Ok(Next::Pause)
            }
        }
    }

    /// Has the store know of a position, on disk.
    async fn move_to(&mut self, position: Position) -> Result<(), NotTaken> {
        if self.saved == Some(position) {
            return Ok(());
        }
        let from = self.saved.take();
        self.asked = (from, position);
        let moved = Move {
            cursor: Arc::clone(&self.cursor_name),
            from,
            to: position,
        };
        done(&self.jobs, |reply| Job::Move(moved, reply)).await?;
        self.saved = Some(position);
        Ok(())
    }
}
