//! How a store is copied to another one, of whatever sort: all that it holds, item by item, as of one
//! moment; and batches of such items as commits of the other.

use super::{
    Changed, Changes, Cursor, ParkedEvent, Position, Record, StoreError, StoredAnswer,
    StoredDeadline, StoredEvent, StoredKey,
};
use crate::Id;

/// The kind of the one record (number 1) that a store holds while a copy into it is under way. Such a
/// store is not whole, and must not be used. The blank keeps it apart from every kind of a system.
pub const UNFINISHED_COPY: &str = "unfinished copy";

/// One thing that a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An aggregate or a read model's row.
    Record(Record),
    /// A key, and the record that it leads to.
    Key(StoredKey, Id),
    /// An event, with its position in the log.
    Event(StoredEvent),
    /// A deadline that runs.
    Deadline(StoredDeadline),
    /// How far a source was taken in, or the relay or a notifier has come.
    Cursor(Cursor),
    /// An event that could not be taken in.
    Parked(ParkedEvent),
    /// What an `Idempotency-Key` was answered.
    Answer(StoredAnswer),
    /// How many records of a kind are shown.
    Count(String, i64),
    /// The last position that was given in the log.
    Head(Position),
    /// The highest id that is taken.
    Ids(Id),
}

/// What takes a snapshot's items, one by one. An error ends the walk.
pub type TakeItem<'a> = dyn FnMut(Item) -> Result<(), StoreError> + 'a;

/// A store as it was at one moment, however long it takes to read it and whoever commits meanwhile.
pub trait Snapshot: Send {
    /// About how many items there are, for who waits: a server says what it last counted.
    ///
    /// # Errors
    /// [`StoreError`].
    fn about(&mut self) -> Result<u64, StoreError>;

    /// Walks over all that was there: records, keys, events, deadlines, cursors, parked events, answers,
    /// counts, then the log's head and the ids. Events ascend by position; the rest comes in an order
    /// that is the same each time. Little of it is in memory at once.
    ///
    /// # Errors
    /// [`StoreError`], also that of `take`.
    fn each(&mut self, take: &mut TakeItem<'_>) -> Result<(), StoreError>;
}

/// A way to a store for whoever copies it, beside those who use it. It changes nothing.
pub trait CopySource: Send {
    /// How many others are connected to the store, as far as its server says. A file says nothing: its
    /// lock does.
    ///
    /// # Errors
    /// [`StoreError`].
    fn others(&mut self) -> Result<u64, StoreError>;

    /// Waits until nobody commits, and keeps it so until [`CopySource::resume`]; others' commits wait.
    /// Snapshots that are taken of several stores while all of them are quiesced are of one moment.
    ///
    /// # Errors
    /// [`StoreError`]; then nobody waits.
    fn quiesce(&mut self) -> Result<(), StoreError>;

    /// The store as it is now.
    ///
    /// # Errors
    /// [`StoreError`].
    fn snapshot(&mut self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Lets others commit again.
    ///
    /// # Errors
    /// [`StoreError`]: they may have been let commit before now, as the connection was lost.
    fn resume(&mut self) -> Result<(), StoreError>;
}

/// Items on their way into an empty store, as one commit after the other.
#[derive(Clone, Debug, Default)]
pub struct Import {
    changes: Changes,
    head: Position,
    items: usize,
    bytes: usize,
}

impl Import {
    /// Items of one commit.
    const MOST_ITEMS: usize = 2_000;
    /// Bytes of text of one commit, if it has more than one item.
    const MOST_BYTES: usize = 1 << 20;

    /// Into a store whose log ends at `head`.
    pub fn after(head: Position) -> Self {
        Self {
            head,
            ..Self::default()
        }
    }

    /// Adds an item to the commit. Gives it back when it has to wait for the next one: the log has a gap
    /// before it.
    #[must_use = "an item that is given back has to be added after the commit"]
    pub fn add(&mut self, item: Item) -> Option<Item> {
        if self.leaves_a_gap(&item) && !self.changes.events.is_empty() {
            return Some(item);
        }
        self.items += 1;
        self.bytes += size(&item);
        let changes = &mut self.changes;
        match item {
            Item::Record(record) => changes.records.push(Changed { record, loaded: 0 }),
            Item::Key(key, id) => changes.keys_added.push((key, id)),
            Item::Event(StoredEvent { position, event }) => {
                if position > self.head + 1 {
                    changes.log_continues_after = Some(position - 1);
                }
                self.head = position;
                changes.events.push(event);
            }
            Item::Deadline(deadline) => changes.deadlines_started.push(deadline),
            Item::Cursor(cursor) => changes.cursors.push((cursor.producer, cursor.position)),
            Item::Parked(parked) => changes.parked.push(parked),
            Item::Answer(answer) => changes.answers.push(answer),
            Item::Count(kind, shown) => changes.counted.push((kind, shown)),
            Item::Head(position) => {
                if position > self.head {
                    changes.log_continues_after = Some(position);
                    self.head = position;
                }
            }
            Item::Ids(id) => changes.ids_reserved = Some(id),
        }
        None
    }

    fn leaves_a_gap(&self, item: &Item) -> bool {
        match item {
            Item::Event(stored) => stored.position > self.head + 1,
            Item::Head(position) => *position > self.head,
            _ => false,
        }
    }

    /// Whether it is enough for one commit.
    pub fn is_full(&self) -> bool {
        self.items >= Self::MOST_ITEMS || self.bytes >= Self::MOST_BYTES
    }

    /// What the commit changes. The next one is begun.
    pub fn take(&mut self) -> Changes {
        (self.items, self.bytes) = (0, 0);
        std::mem::take(&mut self.changes)
    }
}

/// About so many bytes.
fn size(item: &Item) -> usize {
    match item {
        Item::Record(record) => record.state.len(),
        Item::Event(stored) => stored.event.data.len(),
        Item::Parked(parked) => parked.stored.event.data.len() + parked.reason.len(),
        Item::Answer(answer) => answer.state.len(),
        Item::Key(..)
        | Item::Deadline(_)
        | Item::Cursor(_)
        | Item::Count(..)
        | Item::Head(_)
        | Item::Ids(_) => 0,
    }
}
