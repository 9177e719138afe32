//! The store port: what a context needs of a database, and no more.
//!
//! One [`Writer`] a context takes a batch of changes at a time and commits them together (group
//! commit); any number of [`Reader`]s look on and never wait for it. Aggregates and read-model rows
//! are both [`Record`]s. The log of events is the outbox: it is appended in the commit that made
//! the events true, and consumers read it by position.

mod copying;

use std::sync::Arc;

use crate::{Id, KeyValue};

pub use copying::{CopySource, Import, Item, Snapshot, TakeItem, UNFINISHED_COPY};

/// A place in one context's log: from 1, without gaps that matter, never reused. 0 is before the
/// first event.
pub type Position = i64;

/// Milliseconds since 1970-01-01T00:00Z.
pub type Millis = i64;

/// An aggregate's state or a read model's row, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The aggregate's kind or the read model's collection.
    pub kind: String,
    /// Its number in the context.
    pub id: Id,
    /// From 1; one more with each command or event that changes it. The HTTP `ETag`.
    pub version: i64,
    /// The story it belongs to; see [`NewEvent::correlation`].
    pub correlation: String,
    /// JSON.
    pub state: String,
    /// Kept, but not shown: a collection does not list or count it.
    pub hidden: bool,
}

/// An event to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The wire name.
    pub event_type: String,
    /// The kind of the aggregate that it happened to.
    pub kind: String,
    /// Which one.
    pub id: Id,
    /// The aggregate's version after it.
    pub version: i64,
    /// The story that it is part of: events of one correlation id keep their order.
    pub correlation: String,
    /// The event or request that caused it.
    pub causation: String,
    /// W3C `traceparent` of the request, or empty.
    pub trace: String,
    /// When.
    pub at: Millis,
    /// The fields, a JSON object.
    pub data: String,
}

/// An event in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place.
    pub position: Position,
    /// What it says.
    pub event: NewEvent,
}

/// A key, as kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredKey {
    /// The kind of the record it leads to.
    pub kind: String,
    /// Its name, e.g. `orderId`.
    pub name: String,
    /// Its value.
    pub value: KeyValue,
}

/// A deadline that runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredDeadline {
    /// The aggregate's kind.
    pub kind: String,
    /// Which one.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// When it fires.
    pub due: Millis,
}

/// An event that a consumer could not take: being retried, or a dead letter, or waiting behind one
/// of its correlation id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedEvent {
    /// The context that told it.
    pub producer: String,
    /// What it was.
    pub stored: StoredEvent,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again; `None` is never, by itself: a dead letter.
    pub retry_at: Option<Millis>,
    /// Why the last try failed; empty for a successor that only waits.
    pub reason: String,
}

/// What an `Idempotency-Key` was answered, kept for 24 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The key, with what it was used for.
    pub key: String,
    /// Of the request's body: another body under the same key is refused.
    pub fingerprint: i64,
    /// The record that it made or changed.
    pub id: Id,
    /// The record's version then.
    pub version: i64,
    /// The record's correlation id.
    pub correlation: String,
    /// The record's state then, JSON.
    pub state: String,
    /// When it may be forgotten.
    pub expires: Millis,
}

/// What a batch wants to know before it is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Records by number.
    pub records: Vec<(String, Id)>,
    /// Ids by key; the records they lead to come along.
    pub keys: Vec<StoredKey>,
    /// Answers by `Idempotency-Key`.
    pub answers: Vec<String>,
}

/// What was found of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Records asked for by number or led to by a key; each once.
    pub records: Vec<Record>,
    /// For each key asked for that leads anywhere: the ids, ascending.
    pub keys: Vec<(StoredKey, Vec<Id>)>,
    /// Answers that are kept.
    pub answers: Vec<StoredAnswer>,
}

/// A record as it is from this commit on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What to keep. Its `version` may be more than one above `loaded`: several commands of one
    /// batch can have touched it.
    pub record: Record,
    /// The version that the decision was made on, 0 for a new record. If another one is stored,
    /// someone else was faster: [`StoreError::Conflict`].
    pub loaded: i64,
}

/// All that one commit changes. All of it, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Records as they are now.
    pub records: Vec<Changed>,
    /// Records that are no more.
    pub removed: Vec<(String, Id)>,
    /// Keys that lead to a record from now on.
    pub keys_added: Vec<(StoredKey, Id)>,
    /// Keys that no longer do.
    pub keys_removed: Vec<(StoredKey, Id)>,
    /// The log goes on after this position, if it does not already: those before it that were not given
    /// never will be. Counts before `events`.
    pub log_continues_after: Option<Position>,
    /// Appended to the log in this order.
    pub events: Vec<NewEvent>,
    /// Started, or started anew.
    pub deadlines_started: Vec<StoredDeadline>,
    /// Ended: kind, id, name.
    pub deadlines_ended: Vec<(String, Id, String)>,
    /// How far each producer's log has been taken in.
    pub cursors: Vec<(String, Position)>,
    /// Parked, or parked anew with another attempt.
    pub parked: Vec<ParkedEvent>,
    /// No longer parked: producer and position.
    pub unparked: Vec<(String, Position)>,
    /// Answers to keep.
    pub answers: Vec<StoredAnswer>,
    /// Answers that expire before this may be forgotten.
    pub forget_answers_before: Option<Millis>,
    /// Ids up to this one are taken: a restart begins after it. It never goes back.
    pub ids_reserved: Option<Id>,
    /// On an orderly stop: if the highest id taken is still the first, it is the second again. The
    /// rest of what was reserved was never given to anyone.
    pub ids_returned: Option<(Id, Id)>,
    /// By how much the number of shown records of a kind grew.
    pub counted: Vec<(String, i64)>,
}

impl Changes {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a consumer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The context whose log it reads.
    pub producer: String,
    /// The last position taken in.
    pub position: Position,
}

/// Where things stand: what a writer keeps in mind from turn to turn, rather than asking for it each
/// time. It is asked for in one go, while others wait for their turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The highest id that is taken (see [`Changes::ids_reserved`]).
    pub ids_reserved: Id,
    /// When the next deadline is due.
    pub next_due: Option<Millis>,
    /// As [`Reader::cursors`] says.
    pub cursors: Vec<Cursor>,
    /// As [`Reader::parked`] says.
    pub parked: Vec<ParkedEvent>,
}

/// How a collection is read: in order of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Shown records to skip.
    pub skip: u64,
    /// At most so many.
    pub limit: u64,
    /// From the highest id down.
    pub descending: bool,
}

/// Why the store could not do it. Nothing of the batch was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another replica was faster: load again, decide again.
    #[error("{0} was changed by another replica at the same time")]
    Conflict(String),
    /// No room.
    #[error("{place}: the disk is full; free some space, nothing of the last commit was kept")]
    Full {
        /// The file or server.
        place: String,
    },
    /// Writing is not allowed.
    #[error("{place}: cannot be written ({reason}); check its owner and rights")]
    ReadOnly {
        /// The file or server.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// The file is not what it should be.
    #[error(
        "{place}: is damaged or no jumun store ({reason}); restore it from a backup, or move it away to begin anew"
    )]
    Corrupt {
        /// The file or server.
        place: String,
        /// What the database said.
        reason: String,
    },
    /// Someone else has it.
    #[error(
        "{place}: is in use by another jumun{holder}; stop that one first, or choose another --data folder"
    )]
    InUse {
        /// The folder.
        place: String,
        /// E.g. ` (process 4711)`, or empty.
        holder: String,
    },
    /// Files are not where they belong, and only a person can say what is right.
    #[error("{place}: {reason}")]
    Misplaced {
        /// The file.
        place: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A copy into it was begun and not ended (see [`UNFINISHED_COPY`]).
    #[error(
        "it is not whole, as the copy into it was broken off; run the same `jumun move` or `jumun restore` again, which goes on where it ended"
    )]
    Unfinished,
    /// Written by a later jumun.
    #[error(
        "{place}: has schema version {found}, this jumun knows up to {known}; use the newer jumun that wrote it"
    )]
    Newer {
        /// The file or server.
        place: String,
        /// Its version.
        found: i64,
        /// The highest version known here.
        known: i64,
    },
    /// Away, perhaps not for long.
    #[error("{place}: {reason}")]
    Unavailable {
        /// The file or server.
        place: String,
        /// What was said.
        reason: String,
    },
}

/// Whether what a writer remembers of its store is still true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nobody else has committed since this writer's last turn.
    Unchanged,
    /// Somebody has, or may have: what was read before this turn is read again before it is used.
    Changed,
}

/// The writer's side. One a context and process; where several processes share a store, they take
/// turns.
pub trait Writer: Send {
    /// Waits until nobody else commits to this store, and keeps it so until the next
    /// [`Writer::commit`] or [`Writer::replace_kind`], whatever comes of it, or [`Writer::pass`].
    /// What is loaded in between stays true until then, by this writer and by the readers. A turn
    /// that is held for too long (some seconds: its process stands still) is lost, and its commit
    /// fails; so does a turn that is waited for too long.
    ///
    /// A commit without a turn takes one by itself.
    ///
    /// # Errors
    /// [`StoreError`]; then it is nobody's turn.
    fn take_turn(&mut self) -> Result<Turn, StoreError> {
        Ok(if self.is_alone() {
            Turn::Unchanged
        } else {
            Turn::Changed
        })
    }

    /// Gives the turn up: there is nothing to commit.
    fn pass(&mut self) {}

    /// Finds what a batch needs, from the last commit.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError>;

    /// Commits, durably unless the store was opened otherwise, and says the position of the last
    /// event in the log after it.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was kept.
    fn commit(&mut self, changes: &Changes) -> Result<Position, StoreError>;

    /// Whether nobody else can ever write to the store: its log grows by this writer's commits only.
    fn is_alone(&self) -> bool {
        false
    }

    /// Deadlines that are due at `now`, soonest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn due(&mut self, now: Millis, limit: usize) -> Result<Vec<StoredDeadline>, StoreError>;

    /// When the next deadline is due.
    ///
    /// # Errors
    /// [`StoreError`].
    fn next_due(&mut self) -> Result<Option<Millis>, StoreError>;

    /// What is kept in mind from turn to turn. Asked in a turn, it is as the last commit left it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn standing(&mut self) -> Result<Standing, StoreError>;

    /// Replaces all records and keys of `kind` by those of `by` (which is no more then), and sets
    /// the count: how a read model that was rebuilt aside takes its place.
    ///
    /// # Errors
    /// [`StoreError`].
    fn replace_kind(&mut self, kind: &str, by: &str) -> Result<(), StoreError>;
}

/// The readers' side. Shared by all threads; sees whole commits only.
pub trait Reader: Send + Sync {
    /// One record.
    ///
    /// # Errors
    /// [`StoreError`].
    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError>;

    /// Shown records of a kind.
    ///
    /// # Errors
    /// [`StoreError`].
    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError>;

    /// How many are shown.
    ///
    /// # Errors
    /// [`StoreError`].
    fn count(&self, kind: &str) -> Result<u64, StoreError>;

    /// Records that a key leads to, ascending by id, hidden ones too.
    ///
    /// # Errors
    /// [`StoreError`].
    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError>;

    /// The numbers of the shown records that a key leads to, ascending, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    fn shown_by_key(&self, key: &StoredKey, limit: u64) -> Result<Vec<Id>, StoreError> {
        let records = self.by_key(key)?.into_iter();
        let shown = records.filter(|record| !record.hidden);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(shown.map(|record| record.id).take(limit).collect())
    }

    /// Those of these records that are there and shown, in the order of the numbers, each of which
    /// stands there once.
    ///
    /// # Errors
    /// [`StoreError`].
    fn records(&self, kind: &str, ids: &[Id]) -> Result<Vec<Record>, StoreError> {
        let mut shown = Vec::with_capacity(ids.len());
        for id in ids {
            shown.extend(self.record(kind, *id)?.filter(|record| !record.hidden));
        }
        Ok(shown)
    }

    /// The log after `position`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    fn events_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// The last position in the log.
    ///
    /// # Errors
    /// [`StoreError`].
    fn head(&self) -> Result<Position, StoreError>;

    /// Where the context stands with each producer.
    ///
    /// # Errors
    /// [`StoreError`].
    fn cursors(&self) -> Result<Vec<Cursor>, StoreError>;

    /// All parked events, by producer and position.
    ///
    /// # Errors
    /// [`StoreError`].
    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError>;

    /// What an `Idempotency-Key` was answered.
    ///
    /// # Errors
    /// [`StoreError`].
    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError>;

    /// How many deadlines run.
    ///
    /// # Errors
    /// [`StoreError`].
    fn deadlines(&self) -> Result<u64, StoreError>;
}

/// A context's store, opened.
pub struct Opened {
    /// For the one writer.
    pub writer: Box<dyn Writer>,
    /// For everybody else.
    pub reader: Arc<dyn Reader>,
}
