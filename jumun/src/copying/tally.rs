//! How much of what sort was copied, and a checksum of it: whether two stores hold the same.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use storm::KeyValue;
use storm::store::{Item, NewEvent, UNFINISHED_COPY};

/// What a store holds, counted and summed up. Stores keep things in different orders, so each item has a
/// checksum of its own, and these are added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Items by sort.
    pub items: BTreeMap<String, u64>,
    /// 32 hexadecimal digits.
    pub checksum: Checksum,
}

/// A sum of checksums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Checksum(u128);

impl From<Checksum> for String {
    fn from(sum: Checksum) -> Self {
        sum.to_string()
    }
}

impl TryFrom<String> for Checksum {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Tally {
    /// Whether it is part of what a store holds. The mark of a copy under way is not, nor is a kind of
    /// which nothing is shown.
    pub fn counts(item: &Item) -> bool {
        match item {
            Item::Record(record) => record.kind != UNFINISHED_COPY,
            Item::Count(kind, shown) => *shown != 0 && kind != UNFINISHED_COPY,
            Item::Head(position) => *position != 0,
            Item::Ids(id) => *id != 0,
            _ => true,
        }
    }

    /// Counts an item in.
    pub fn add(&mut self, item: &Item) {
        self.add_weighed(&Weight::of(item));
    }

    /// Counts in what was weighed before.
    pub fn add_weighed(&mut self, weight: &Weight) {
        match self.items.get_mut(weight.sort) {
            Some(number) => *number += 1,
            None => {
                self.items.insert(weight.sort.to_owned(), 1);
            }
        }
        self.checksum.0 = self.checksum.0.wrapping_add(weight.sum);
    }

    /// How many items there are.
    pub fn total(&self) -> u64 {
        self.items.values().sum()
    }

    /// What is different, for a message.
    pub fn difference(&self, other: &Self) -> String {
        let sorts = self.items.keys().chain(other.items.keys());
        let of = |tally: &Self, sort: &str| tally.items.get(sort).copied().unwrap_or(0);
        let mut sorts: Vec<&String> = sorts
            .filter(|sort| of(self, sort) != of(other, sort))
            .collect();
        sorts.sort_unstable();
        sorts.dedup();
        if sorts.is_empty() {
            return "the same numbers, but other contents".to_owned();
        }
        let each = sorts
            .iter()
            .map(|sort| format!("{} {sort} here, {} there", of(self, sort), of(other, sort)));
        each.collect::<Vec<_>>().join("; ")
    }
}

/// What an item adds to a tally.
pub struct Weight {
    sort: &'static str,
    sum: u128,
}

impl Weight {
    /// Of this item.
    pub fn of(item: &Item) -> Self {
        let mut hash = Hash(Sha256::new());
        let sort = hash.item(item);
        let mut sum = [0; 16];
        sum.copy_from_slice(&hash.0.finalize()[..16]);
        let sum = u128::from_be_bytes(sum);
        Self { sort, sum }
    }
}

/// Each field with its length before it, so that no two items are written alike.
struct Hash(Sha256);

impl Hash {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_be_bytes());
        self
    }

    fn event(&mut self, event: &NewEvent) -> &mut Self {
        self.text(&event.event_type)
            .text(&event.kind)
            .number(event.id)
            .number(event.version)
            .text(&event.correlation)
            .text(&event.causation)
            .text(&event.trace)
            .number(event.at)
            .text(&event.data)
    }

    /// Says what sort of item it is.
    fn item(&mut self, item: &Item) -> &'static str {
        let sort = sort(item);
        self.text(sort);
        match item {
            Item::Record(record) => self
                .text(&record.kind)
                .number(record.id)
                .number(record.version)
                .number(i64::from(record.hidden))
                .text(&record.correlation)
                .text(&record.state),
            Item::Key(key, id) => {
                self.text(&key.kind).text(&key.name).number(*id);
                match &key.value {
                    KeyValue::Number(number) => self.number(0).number(*number),
                    KeyValue::Text(text) => self.number(1).text(text),
                }
            }
            Item::Event(stored) => self.number(stored.position).event(&stored.event),
            Item::Deadline(deadline) => self
                .text(&deadline.kind)
                .number(deadline.id)
                .text(&deadline.name)
                .number(deadline.due),
            Item::Cursor(cursor) => self.text(&cursor.producer).number(cursor.position),
            Item::Parked(parked) => self
                .text(&parked.producer)
                .number(parked.stored.position)
                .number(i64::from(parked.attempts))
                .number(i64::from(parked.retry_at.is_some()))
                .number(parked.retry_at.unwrap_or(0))
                .text(&parked.reason)
                .event(&parked.stored.event),
            Item::Answer(answer) => self
                .text(&answer.key)
                .number(answer.fingerprint)
                .number(answer.id)
                .number(answer.version)
                .text(&answer.correlation)
                .text(&answer.state)
                .number(answer.expires),
            Item::Count(kind, shown) => self.text(kind).number(*shown),
            Item::Head(number) | Item::Ids(number) => self.number(*number),
        };
        sort
    }
}

fn sort(item: &Item) -> &'static str {
    match item {
        Item::Record(_) => "records",
        Item::Key(..) => "keys",
        Item::Event(_) => "events",
        Item::Deadline(_) => "deadlines",
        Item::Cursor(_) => "cursors",
        Item::Parked(_) => "parked events",
        Item::Answer(_) => "answers",
        Item::Count(..) => "counts",
        Item::Head(_) => "log ends",
        Item::Ids(_) => "id counters",
    }
}

#[cfg(test)]
mod tests;
