//! One partition that has been dealt to this replica: what came of it, and how much of that the store
//! has.

use std::sync::Arc;
use std::time::Duration;

use runtime::Heard;
use storm::store::Position;
use tokio::time::Instant;

use super::Pace;

/// So many at once means that events keep coming.
const STREAM: usize = 4;
/// Records that are passed over, because nobody here listens to them, before the cursor is saved for
/// their sake alone.
const PASSED: i64 = 10_000;
/// If nothing more comes it is saved after so long: deadlines wait for it.
const IDLE: Duration = Duration::from_millis(200);
/// If more comes, and nothing of it is for us, it is saved after so long, for the same reason.
const PASSING: Duration = Duration::from_secs(1);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is handed over in one commit.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) heard: Vec<Heard>,
    pub(super) up_to: Position,
}

pub(super) struct Share {
    pub(super) source: Arc<str>,
    /// The offset after the last record that came.
    next: i64,
    /// The offset that the store goes on at.
    saved: i64,
    /// What the group knows of that.
    committed: i64,
    waiting: Vec<Heard>,
    /// What is held in memory.
    held: usize,
    /// Handed over, and kept until the store has it.
    taking: Option<Batch>,
    in_flight: bool,
    not_before: Instant,
    pause: Duration,
    /// When the last record came.
    came: Instant,
    /// When the first one came that the store does not know of.
    unsaved: Instant,
}

impl Share {
    pub(super) fn new(source: Arc<str>, begin: i64, now: Instant) -> Self {
        Self {
            source,
            next: begin,
            saved: begin,
            committed: -1,
            waiting: Vec::new(),
            held: 0,
            taking: None,
            in_flight: false,
            not_before: now,
            pause: FIRST_PAUSE,
            came: now,
            unsaved: now,
        }
    }

    /// Whether a record came before: the client was sent back, or a pause was lifted.
    pub(super) fn has_seen(&self, offset: i64) -> bool {
        offset < self.next
    }

    /// A record came; `None`: nobody here listens to it.
    pub(super) fn came(&mut self, offset: i64, heard: Option<Heard>, now: Instant) {
        if self.next == self.saved {
            self.unsaved = now;
        }
        self.next = offset + 1;
        self.came = now;
        self.held += heard.as_ref().map_or(0, weight);
        self.waiting.extend(heard);
    }

    /// How much is held in memory: events, or kilobytes where they are large.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// When something is to be handed over; `None`: nothing is.
    pub(super) fn due(&self, pace: Pace, now: Instant) -> Option<Instant> {
        if self.in_flight {
            None
        } else if self.taking.is_some() {
            Some(self.not_before)
        } else if self.waiting.len() >= pace.chunk || self.next - self.saved >= PASSED {
            Some(now)
        } else if !self.waiting.is_empty() {
            Some(self.not_before)
        } else {
            (self.next > self.saved).then(|| (self.came + IDLE).min(self.unsaved + PASSING))
        }
    }

    /// What the store is to take next.
    pub(super) fn hand_over(&mut self, pace: Pace) -> Batch {
        self.in_flight = true;
        if let Some(batch) = &self.taking {
            return batch.clone();
        }
        let rest = self.waiting.split_off(pace.chunk.min(self.waiting.len()));
        let heard = std::mem::replace(&mut self.waiting, rest);
        let last = heard.last().filter(|_| !self.waiting.is_empty());
        let batch = Batch {
            up_to: last.map_or(self.next, |last| last.at),
            heard,
        };
        self.taking.insert(batch).clone()
    }

    /// The store has it. Says up to where.
    pub(super) fn taken(&mut self, pace: Pace, now: Instant) -> i64 {
        self.in_flight = false;
        self.pause = FIRST_PAUSE;
        if let Some(batch) = self.taking.take() {
            self.saved = self.saved.max(batch.up_to);
            self.held -= batch.heard.iter().map(weight).sum::<usize>();
            self.unsaved = now;
            self.not_before = if batch.heard.len() >= STREAM {
                now + pace.next()
            } else {
                now
            };
        }
        self.saved
    }

    /// The store could not: it is handed over again after a pause.
    pub(super) fn failed(&mut self, now: Instant) {
        self.in_flight = false;
        self.not_before = now + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// What the group does not know yet, and does from now on.
    pub(super) fn news_for_group(&mut self) -> Option<i64> {
        let news = self.saved > self.committed;
        self.committed = self.saved;
        news.then_some(self.saved)
    }

    /// On an orderly stop: what was passed over, if that is all there is.
    pub(super) fn passed(&self) -> Option<Position> {
        (self.held == 0 && self.next > self.saved).then_some(self.next)
    }
}

fn weight(heard: &Heard) -> usize {
    1 + heard.stored.event.data.len() / 1_024
}

#[cfg(test)]
mod tests;
