//! Sorts a collection by what is shown of it. Done here and not in the store, so that every store
//! sorts alike. Memory is bounded by the page that is asked for, not by the collection, and by a
//! budget in bytes whatever is asked for.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use storm::Id;
use storm::store::Page;

use super::ContextApi;
use super::paging::Sort;
use super::rows::{Rows, SCANNED, Which};
use super::shelf::Shelf;
use crate::Problem;

/// Collections that may be read whole at once.
pub(super) const AT_ONCE: usize = 2;
/// How long to wait for one's turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// Records that may come before and on the page: so many keys are held at most.
const DEEPEST: u64 = 100_000;
/// Bytes of keys that one sort holds at most.
const KEYS_MAX_BYTES: usize = 32 * 1024 * 1024;

/// What is asked of an order.
pub(super) struct Part<'a> {
    pub(super) sorts: &'a [Sort],
    pub(super) skip: u64,
    pub(super) limit: u64,
    /// Of how many.
    pub(super) total: u64,
}

impl ContextApi {
    /// The rows asked for, `among` these, in the order asked for.
    pub(super) async fn sorted(
        &self,
        shelf: &Arc<Shelf>,
        among: Which,
        part: Part<'_>,
    ) -> Result<Which, Problem> {
        let Part { skip, limit, .. } = part;
        let sorts = known(part.sorts, &self.example(shelf, &among).await?);
        let descending = match sorts.as_slice() {
            [] => Some(false),
            [only] if only.field == "id" => Some(only.descending),
            _ => None,
        };
        match (descending, among) {
            (Some(descending), Which::Part { .. }) => Ok(Which::Part {
                skip,
                limit,
                descending,
            }),
            (Some(descending), Which::These(mut ids)) => {
                if descending {
                    ids.reverse();
                }
                Ok(Which::of(ids, skip, limit))
            }
            (None, among) => {
                let wanted = skip.saturating_add(limit).min(part.total);
                if wanted > DEEPEST {
                    return Err(too_deep());
                }
                let best = self.best(shelf, among, sorts, wanted).await?;
                Ok(Which::of(best, skip, limit))
            }
        }
    }

    /// The first of them, as it is shown: it tells which fields there are.
    async fn example(&self, shelf: &Arc<Shelf>, among: &Which) -> Result<String, Problem> {
        let kind = shelf.kind;
        let first = match among {
            Which::Part { .. } => None,
            Which::These(ids) => Some(ids.first().copied().into_iter().collect::<Vec<_>>()),
        };
        let page = Page {
            skip: 0,
            limit: 1,
            descending: false,
        };
        let first = self.running.read(move |reader| match first {
            None => reader.page(kind, page),
            Some(ids) => reader.records(kind, &ids),
        });
        let Some(example) = first.await?.pop() else {
            return Ok(String::new());
        };
        let shown = shelf.show(&self.running, &example)?;
        Ok(shown.unwrap_or_default().into_owned())
    }

    /// The numbers of the first so many, in order. Reads all of them, off the async workers.
    async fn best(
        &self,
        shelf: &Arc<Shelf>,
        among: Which,
        sorts: Vec<Sort>,
        wanted: u64,
    ) -> Result<Vec<Id>, Problem> {
        let turn = tokio::time::timeout(PATIENCE, self.scans.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Problem::try_again("overloaded", 2));
        };
        let (running, shelf) = (Arc::clone(&self.running), Arc::clone(shelf));
        let best = self
            .running
            .read(move |reader| {
                let mut best = Best::of(&sorts, wanted, KEYS_MAX_BYTES);
                let mut rows = Rows::new(among, SCANNED);
                while !rows.is_done() {
                    for record in rows.read(reader, shelf.kind)? {
                        // One that cannot be shown is not: listing says so, too.
                        if let Ok(Some(shown)) = shelf.show(&running, &record)
                            && !best.add(&shown, record.id)
                        {
                            return Ok(None);
                        }
                    }
                }
                Ok(best.ids())
            })
            .await?;
        best.ok_or_else(too_deep)
    }
}

fn too_deep() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "page-too-deep",
        format!("Sorted, a collection can be paged through up to its {DEEPEST}th item, or less far where the fields to sort by are long. Sort by fewer or shorter fields, or the other way round."),
    )
    .ko(format!("정렬된 목록은 {DEEPEST}번째 항목까지만 볼 수 있고, 정렬 항목의 값이 길면 더 적게 볼 수 있습니다. 더 적거나 짧은 항목으로, 또는 반대 방향으로 정렬해 주세요."))
    .field("page")
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
    fn of(value: Value, ignore_case: bool) -> Self {
        match value {
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => number.as_i64().map_or_else(
                || Self::Number(number.as_f64().unwrap_or_default()),
                Self::Whole,
            ),
            Value::String(text) if ignore_case => Self::Text(text.to_lowercase()),
            Value::String(text) => Self::Text(text),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Nothing,
        }
    }

    /// What it holds beyond itself.
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.capacity(),
            Self::Nothing | Self::Flag(_) | Self::Whole(_) | Self::Number(_) => 0,
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

impl Entry<'_> {
    fn bytes(&self) -> usize {
        let keys = self.keys.iter().map(|key| size_of::<Key>() + key.bytes());
        size_of::<Self>() + keys.sum::<usize>()
    }
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

/// The first so many, of any number, within a budget.
struct Best<'s> {
    sorts: &'s [Sort],
    wanted: usize,
    /// Bytes that are left of the budget; `None` when it was not enough.
    left: Option<usize>,
    /// The last of them on top.
    heap: BinaryHeap<Entry<'s>>,
}

impl<'s> Best<'s> {
    fn of(sorts: &'s [Sort], wanted: u64, budget: usize) -> Self {
        Self {
            sorts,
            wanted: usize::try_from(wanted).unwrap_or(usize::MAX),
            left: Some(budget),
            heap: BinaryHeap::new(),
        }
    }

    /// Whether there is room for more.
    fn add(&mut self, shown: &str, id: Id) -> bool {
        let entry = Entry {
            sorts: self.sorts,
            keys: keys(self.sorts, shown, id),
            id,
        };
        let taken = entry.bytes();
        let mut given = 0;
        if self.heap.len() < self.wanted {
            self.heap.push(entry);
        } else if let Some(mut last) = self.heap.peek_mut()
            && entry < *last
        {
            given = last.bytes();
            *last = entry;
        } else {
            return true;
        }
        self.left = self
            .left
            .and_then(|left| left.saturating_add(given).checked_sub(taken));
        self.left.is_some()
    }

    /// `None` when the budget was not enough.
    fn ids(self) -> Option<Vec<Id>> {
        self.left?;
        let sorted = self.heap.into_sorted_vec();
        Some(sorted.iter().map(|entry| entry.id).collect())
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
            // Each field is sorted by once.
            let place = self.sorts.iter().position(|sort| sort.field == name);
            let place = place.and_then(|at| self.sorts.get(at).zip(self.keys.get_mut(at)));
            if let Some((sort, key)) = place {
                *key = Key::of(members.next_value()?, sort.ignore_case);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
