//! Sorts a collection by what is shown of it. Done here and not in the store, so that every store
//! sorts alike; bounded in memory by the page that is asked for, not by the collection.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use storm::Id;
use storm::store::{Page, Reader, Record, StoreError};

use super::ContextApi;
use super::paging::{Asked, Sort};
use super::shelf::Shelf;
use crate::Problem;

/// Collections that may be read whole at once.
pub(super) const AT_ONCE: usize = 2;
/// How long to wait for one's turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// Records that may come before and on the page: so many keys are held at most.
const DEEPEST: u64 = 100_000;
/// Records read at a time.
const CHUNK: u64 = 4_096;

impl ContextApi {
    /// The page asked for, in the order asked for.
    pub(super) async fn sorted(
        &self,
        shelf: &Arc<Shelf>,
        asked: &Asked,
    ) -> Result<Vec<Record>, Problem> {
        let first = Page {
            skip: 0,
            limit: 1,
            descending: false,
        };
        let Some(example) = self.running.page(shelf.kind, first).await?.pop() else {
            return Ok(Vec::new());
        };
        let shown = shelf.show(&self.running, &example)?.unwrap_or_default();
        let sorts = known(&asked.sorts, &shown);
        let page = Page {
            skip: asked.skip(),
            limit: asked.size,
            descending: false,
        };
        match sorts.as_slice() {
            [] => return Ok(self.running.page(shelf.kind, page).await?),
            [only] if only.field == "id" => {
                let descending = only.descending;
                return Ok(self
                    .running
                    .page(shelf.kind, Page { descending, ..page })
                    .await?);
            }
            _ => {}
        }
        let wanted = page.skip.saturating_add(page.limit);
        if wanted > DEEPEST {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "page-too-deep",
                format!("Sorted, a collection can be paged through up to its {DEEPEST}th item."),
            )
            .field("page"));
        }
        let turn = tokio::time::timeout(PATIENCE, self.scans.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Problem::try_again("overloaded", 2));
        };
        let (running, shelf) = (Arc::clone(&self.running), Arc::clone(shelf));
        let first = self
            .running
            .read(move |reader| {
                let mut best = Best::of(&sorts, wanted);
                each(reader, shelf.kind, |record| {
                    // One that cannot be shown is not: listing says so, too.
                    if let Ok(Some(shown)) = shelf.show(&running, record) {
                        best.add(&shown, record.id);
                    }
                })?;
                let ids = best.ids(page.skip);
                let records = ids.iter().map(|id| reader.record(shelf.kind, *id));
                let found: Vec<_> = records.collect::<Result<_, _>>()?;
                Ok(found.into_iter().flatten().collect())
            })
            .await?;
        Ok(first)
    }
}

/// All shown records, a chunk at a time.
fn each(reader: &dyn Reader, kind: &str, mut see: impl FnMut(&Record)) -> Result<(), StoreError> {
    let mut skip = 0;
    loop {
        let page = Page {
            skip,
            limit: CHUNK,
            descending: false,
        };
        let records = reader.page(kind, page)?;
        records.iter().for_each(&mut see);
        if (records.len() as u64) < CHUNK {
            return Ok(());
        }
        skip += CHUNK;
    }
}

/// Sorts by fields that do not exist are ignored.
fn known(sorts: &[Sort], example: &str) -> Vec<Sort> {
    let shown: Value = serde_json::from_str(example).unwrap_or_default();
    let exists = |sort: &&Sort| sort.field == "id" || shown.get(&sort.field).is_some();
    sorts.iter().filter(exists).cloned().collect()
}

/// A value to sort by: nothing, then false and true, then numbers, then texts.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Nothing,
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl Key {
    fn of(value: Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => number.as_i64().map_or_else(
                || Self::Number(number.as_f64().unwrap_or_default()),
                Self::Whole,
            ),
            Value::String(text) => Self::Text(text),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Nothing,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Flag(_) => 1,
            Self::Whole(_) | Self::Number(_) => 2,
            Self::Text(_) => 3,
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        #[allow(
            clippy::cast_precision_loss,
            reason = "only against a number that is no whole one, or no i64"
        )]
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Whole(a), Self::Number(b)) => (*a as f64).total_cmp(b),
            (Self::Number(a), Self::Whole(b)) => a.total_cmp(&(*b as f64)),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// One record's place in the order. Equal ones stand in order of id.
struct Entry<'s> {
    sorts: &'s [Sort],
    keys: Vec<Key>,
    id: Id,
}

impl Ord for Entry<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.keys.iter().zip(&other.keys).zip(self.sorts);
        pairs
            .map(|((a, b), sort)| if sort.descending { b.cmp(a) } else { a.cmp(b) })
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Entry<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry<'_> {}

/// The first so many, of any number.
struct Best<'s> {
    sorts: &'s [Sort],
    wanted: usize,
    /// The last of them on top.
    heap: BinaryHeap<Entry<'s>>,
}

impl<'s> Best<'s> {
    fn of(sorts: &'s [Sort], wanted: u64) -> Self {
        Self {
            sorts,
            wanted: usize::try_from(wanted).unwrap_or(usize::MAX),
            heap: BinaryHeap::new(),
        }
    }

    fn add(&mut self, shown: &str, id: Id) {
        let entry = Entry {
            sorts: self.sorts,
            keys: keys(self.sorts, shown, id),
            id,
        };
        if self.heap.len() < self.wanted {
            self.heap.push(entry);
        } else if let Some(mut last) = self.heap.peek_mut()
            && entry < *last
        {
            *last = entry;
        }
    }

    fn ids(self, skip: u64) -> Vec<Id> {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let sorted = self.heap.into_sorted_vec();
        sorted.iter().skip(skip).map(|entry| entry.id).collect()
    }
}

/// The values of the fields to sort by; the others are passed over.
fn keys(sorts: &[Sort], shown: &str, id: Id) -> Vec<Key> {
    let mut keys = vec![Key::Nothing; sorts.len()];
    let picked = Pick {
        sorts,
        keys: &mut keys,
    };
    // What is shown is JSON that we have written; were it not, it would sort as nothing.
    let _ = picked.deserialize(&mut serde_json::Deserializer::from_str(shown));
    for (key, _) in keys
        .iter_mut()
        .zip(sorts)
        .filter(|(_, sort)| sort.field == "id")
    {
        *key = Key::Whole(id);
    }
    keys
}

struct Pick<'a> {
    sorts: &'a [Sort],
    keys: &'a mut [Key],
}

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if self.sorts.iter().any(|sort| sort.field == name) {
                let key = Key::of(members.next_value()?);
                for (place, _) in self
                    .keys
                    .iter_mut()
                    .zip(self.sorts)
                    .filter(|(_, sort)| sort.field == name)
                {
                    *place = key.clone();
                }
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
