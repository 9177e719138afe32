//! Events that could not be taken in: each is tried again with growing pauses, its successors of
//! the same correlation id wait behind it, and the rest of the stream goes on.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use storm::store::{Millis, ParkedEvent, Position, StoredEvent};

/// Producer and correlation id.
type StoryKey = (String, String);

/// What is parked, by story, in the order told.
#[derive(Default)]
pub(crate) struct Parking {
    stories: BTreeMap<StoryKey, VecDeque<ParkedEvent>>,
}

fn story_of(parked: &ParkedEvent) -> StoryKey {
    (
        parked.producer.clone(),
        parked.stored.event.correlation.clone(),
    )
}

/// One that has not been tried again yet.
pub(crate) fn untried(producer: &str, stored: StoredEvent) -> ParkedEvent {
    ParkedEvent {
        producer: producer.to_owned(),
        stored,
        attempts: 0,
        retry_at: None,
        reason: String::new(),
    }
}

impl Parking {
    /// As the store remembers it, by producer and position.
    pub(crate) fn from(parked: Vec<ParkedEvent>) -> Self {
        let mut stories = BTreeMap::<StoryKey, VecDeque<ParkedEvent>>::new();
        for event in parked {
            stories
                .entry(story_of(&event))
                .or_default()
                .push_back(event);
        }
        Self { stories }
    }

    /// Whether an event has to wait behind another of its story.
    pub(crate) fn holds(&self, producer: &str, correlation: &str) -> bool {
        !self.stories.is_empty()
            && self
                .stories
                .contains_key(&(producer.to_owned(), correlation.to_owned()))
    }

    /// Puts an event at the end of its story: it waits. `known` is what is wrong with it by itself.
    pub(crate) fn wait(
        &mut self,
        producer: &str,
        stored: StoredEvent,
        known: String,
    ) -> ParkedEvent {
        let parked = ParkedEvent {
            reason: known,
            ..untried(producer, stored)
        };
        let story = self.stories.entry(story_of(&parked)).or_default();
        story.push_back(parked.clone());
        parked
    }

    /// The first of its story has failed (again): when next, if ever.
    pub(crate) fn failed(
        &mut self,
        mut parked: ParkedEvent,
        reason: String,
        now: Millis,
        pauses: &[Duration],
    ) -> ParkedEvent {
        let pause = pauses.get(parked.attempts as usize);
        parked.attempts += 1;
        parked.reason = reason;
        parked.retry_at = pause.map(|pause| {
            now.saturating_add(Millis::try_from(pause.as_millis()).unwrap_or(Millis::MAX))
        });
        let story = self.stories.entry(story_of(&parked)).or_default();
        match story.front_mut() {
            Some(front) if front.stored.position == parked.stored.position => {
                *front = parked.clone();
            }
            _ => story.push_front(parked.clone()),
        }
        parked
    }

    /// The first of a story is taken in, or given up: the next, if any.
    pub(crate) fn leave(&mut self, parked: &ParkedEvent) -> Option<ParkedEvent> {
        let key = story_of(parked);
        let story = self.stories.get_mut(&key)?;
        story.retain(|other| other.stored.position != parked.stored.position);
        let next = story.front().cloned();
        if next.is_none() {
            self.stories.remove(&key);
        }
        next
    }

    /// The first of the same story.
    pub(crate) fn first_of(&self, parked: &ParkedEvent) -> Option<ParkedEvent> {
        self.stories.get(&story_of(parked))?.front().cloned()
    }

    /// First ones whose time has come.
    pub(crate) fn due(&self, now: Millis) -> Vec<ParkedEvent> {
        let fronts = self.stories.values().filter_map(VecDeque::front);
        fronts
            .filter(|parked| is_due(parked, now))
            .cloned()
            .collect()
    }

    /// When the next one's time comes.
    pub(crate) fn next_due(&self) -> Option<Millis> {
        let fronts = self.stories.values().filter_map(VecDeque::front);
        fronts.filter_map(|parked| parked.retry_at).min()
    }

    /// A parked event.
    pub(crate) fn find(&self, producer: &str, position: Position) -> Option<&ParkedEvent> {
        self.stories
            .values()
            .flatten()
            .find(|parked| parked.producer == producer && parked.stored.position == position)
    }

    /// How many are parked, and how many of them are dead letters.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let parked = self.stories.values().map(VecDeque::len).sum();
        let fronts = self.stories.values().filter_map(VecDeque::front);
        let dead = fronts
            .filter(|parked| parked.attempts > 0 && parked.retry_at.is_none())
            .count();
        (parked, dead)
    }
}

/// One that has never been tried and stands first has lost the one before it: it is due at once.
fn is_due(parked: &ParkedEvent, now: Millis) -> bool {
    match parked.retry_at {
        Some(at) => at <= now,
        None => parked.attempts == 0,
    }
}
