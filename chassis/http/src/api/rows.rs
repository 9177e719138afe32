//! The rows of an answer, read a few at a time: together they may be larger than what should be held
//! at once.

use storm::Id;
use storm::store::{Page, Reader, Record, StoreError};

/// Rows that are read first, while it is not known how large they are.
const FIRST_ROWS: u64 = 100;

/// How much is read at a time.
#[derive(Clone, Copy)]
pub(super) struct Stride {
    rows_max: u64,
    /// About so many, as large as the rows before them were.
    bytes: u64,
}

/// What is sent as it is read.
pub(super) const SENT: Stride = Stride {
    rows_max: 1_000,
    bytes: 256 * 1024,
};

/// What is only looked at.
pub(super) const SCANNED: Stride = Stride {
    rows_max: 4_096,
    bytes: 1024 * 1024,
};

/// Which rows, in which order.
pub(super) enum Which {
    /// Those of the collection after the first `skip`, in order of number.
    Part {
        skip: u64,
        limit: u64,
        descending: bool,
    },
    /// Those with these numbers, in this order.
    These(Vec<Id>),
}

impl Which {
    /// The whole collection.
    pub(super) fn all() -> Self {
        Self::Part {
            skip: 0,
            limit: u64::MAX,
            descending: false,
        }
    }

    /// Of these numbers those after the first `skip`.
    pub(super) fn of(mut ids: Vec<Id>, skip: u64, limit: u64) -> Self {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(ids.len());
        ids.drain(..skip);
        ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Self::These(ids)
    }
}

/// Rows, and how far they have been read.
pub(super) struct Rows {
    which: Which,
    /// Of these so many have been read.
    read: u64,
    stride: Stride,
    /// So many are read next.
    next: u64,
    is_done: bool,
}

impl Rows {
    pub(super) fn new(which: Which, stride: Stride) -> Self {
        Self {
            which,
            read: 0,
            stride,
            next: FIRST_ROWS,
            is_done: false,
        }
    }

    /// Whether there are no more.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Reads the next ones. None may come although there are more: some have gone meanwhile.
    pub(super) fn read(
        &mut self,
        reader: &dyn Reader,
        kind: &str,
    ) -> Result<Vec<Record>, StoreError> {
        let (records, read, left) = match &self.which {
            Which::Part {
                skip,
                limit,
                descending,
            } => {
                let page = Page {
                    skip: skip.saturating_add(self.read),
                    limit: self.next.min(limit.saturating_sub(self.read)),
                    descending: *descending,
                };
                let records = reader.page(kind, page)?;
                let read = records.len() as u64;
                let is_last = read < page.limit;
                let left = limit.saturating_sub(self.read.saturating_add(read));
                (records, read, if is_last { 0 } else { left })
            }
            Which::These(ids) => {
                let from = usize::try_from(self.read).unwrap_or(usize::MAX);
                let rest = ids.get(from..).unwrap_or_default();
                let next = usize::try_from(self.next).unwrap_or(usize::MAX);
                let (now, later) = rest.split_at(next.min(rest.len()));
                let records = reader.records(kind, now)?;
                (records, now.len() as u64, later.len() as u64)
            }
        };
        self.read = self.read.saturating_add(read);
        self.is_done = left == 0;
        self.next = self.stride.next(&records).unwrap_or(self.next);
        Ok(records)
    }
}

impl Stride {
    /// How many rows to read after these; `None` when these do not tell.
    fn next(self, records: &[Record]) -> Option<u64> {
        let bytes: u64 = records.iter().map(|record| record.state.len() as u64).sum();
        let rows = (self.bytes * records.len() as u64).checked_div(bytes)?;
        Some(rows.clamp(1, self.rows_max))
    }
}

#[cfg(test)]
mod tests;
