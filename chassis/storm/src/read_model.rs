//! Green: a read model, projected from events and rebuilt from the log at any time (I6).

use std::borrow::Cow;
use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{AnyState, Event, Finder, Key, KeyValue, Leads};

type Apply = Box<dyn FnOnce(Option<&AnyState>) -> Option<AnyState> + Send>;

/// What one event does to one row.
pub struct Touch {
    /// Which row.
    pub key: KeyValue,
    /// From the row as it was (if it was) to the row as it is (if it is).
    pub apply: Apply,
}

type Show<V> = Box<dyn Fn(&V) -> serde_json::Result<String> + Send + Sync>;

type Projection = Box<dyn Fn(&str) -> serde_json::Result<Touch> + Send + Sync>;

/// A row of a read model: a plain struct whose JSON fields are the wire's, without the id.
pub trait Row:
    Default + Clone + PartialEq + Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
}
impl<T> Row for T where
    T: Default + Clone + PartialEq + Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

/// A read model: rows of `V`, one for each value of its key.
///
/// Events of one producer and correlation id arrive in order; across producers there is no order,
/// so each event only sets what its producer knows.
pub struct ReadModel<V: Row> {
    collection: &'static str,
    item: &'static str,
    key: &'static str,
    paged: bool,
    numbered_by_key: bool,
    finders: Vec<Finder>,
    more_keys: fn(&V) -> Vec<Key>,
    hidden: fn(&V) -> bool,
    show: Option<Show<V>>,
    projections: Vec<(&'static str, Projection)>,
}

impl<V: Row> ReadModel<V> {
    /// Rows shown at `/collection`, one called `item` in links, found by `key` (the wire's field).
    pub fn at(collection: &'static str, item: &'static str, key: &'static str) -> Self {
        Self {
            collection,
            item,
            key,
            paged: true,
            numbered_by_key: false,
            finders: vec![Finder::by(key, Leads::ToOne)],
            more_keys: |_| Vec::new(),
            hidden: |_| false,
            show: None,
            projections: Vec::new(),
        }
    }

    /// Searching by the key answers with a list of one, as some of the originals' views did.
    #[must_use]
    pub fn found_in_a_list(mut self) -> Self {
        for finder in self.finders.iter_mut().filter(|f| f.key == self.key) {
            finder.leads = Leads::ToMany;
        }
        self
    }

    /// Searching by the key is called so, where one of the originals spelled it in its own way.
    #[must_use]
    pub fn search_called(mut self, name: &'static str) -> Self {
        for finder in self.finders.iter_mut().filter(|f| f.key == self.key) {
            finder.called = Some(name);
        }
        self
    }

    /// The key is made up, e.g. of two fields, and no finder for the outside.
    #[must_use]
    pub fn not_found_by_key(mut self) -> Self {
        self.finders.retain(|finder| finder.key != self.key);
        self
    }

    /// A row's number is its key, which must be one: food 2's row is row 2, and none is taken from the
    /// context's counter, so that those of its aggregates stay in line.
    #[must_use]
    pub fn numbered_by_key(mut self) -> Self {
        self.numbered_by_key = true;
        self
    }

    /// Shown whole, without `page`, as the originals' `CrudRepository` views (`wire.md` §1).
    #[must_use]
    pub fn unpaged(mut self) -> Self {
        self.paged = false;
        self
    }

    /// More keys that rows can be listed by. Several rows may [share](Key::shared) one.
    #[must_use]
    pub fn also_found_by(mut self, names: &[&'static str], keys: fn(&V) -> Vec<Key>) -> Self {
        let shared = |&key: &&'static str| Finder::by(key, Leads::ToMany);
        self.finders.extend(names.iter().map(shared));
        self.more_keys = keys;
        self
    }

    /// Rows that are kept and not shown: what has been taken away, and must not come back with an
    /// event of another producer that was told before and is heard after.
    #[must_use]
    pub fn hidden_when(mut self, hidden: fn(&V) -> bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// What is shown of a row, where more is kept than is shown: e.g. how new the news is that it
    /// shows, so that older news that is heard later does not undo it.
    #[must_use]
    pub fn shown_as<W: Serialize + 'static>(mut self, show: fn(&V) -> W) -> Self {
        self.show = Some(Box::new(move |row| serde_json::to_string(&show(row))));
        self
    }

    /// An event that makes or changes the row that `key` names.
    #[must_use]
    pub fn on<E: Event, K: Into<KeyValue> + 'static>(
        mut self,
        key: fn(&E) -> K,
        project: fn(&mut V, &E),
    ) -> Self {
        self.projections.push((
            E::TYPE,
            Box::new(move |data| {
                let event: E = serde_json::from_str(data)?;
                Ok(Touch {
                    key: key(&event).into(),
                    apply: Box::new(move |row| {
                        let mut row = owned::<V>(row).unwrap_or_default();
                        project(&mut row, &event);
                        Some(Box::new(row) as AnyState)
                    }),
                })
            }),
        ));
        self
    }

    /// An event that takes the row away, and all that was known of it. Where another producer's event
    /// could make it anew, [hide](Self::hidden_when) it instead.
    #[must_use]
    pub fn removed_by<E: Event, K: Into<KeyValue> + 'static>(mut self, key: fn(&E) -> K) -> Self {
        self.projections.push((
            E::TYPE,
            Box::new(move |data| {
                let event: E = serde_json::from_str(data)?;
                Ok(Touch {
                    key: key(&event).into(),
                    apply: Box::new(|_| None),
                })
            }),
        ));
        self
    }
}

fn owned<V: Row>(row: Option<&AnyState>) -> Option<V> {
    row.and_then(|row| row.downcast_ref::<V>()).cloned()
}

/// A read model with its types erased: what the runtime holds.
pub trait AnyReadModel: Send + Sync {
    /// Its collection's path, which is also its name in the store.
    fn collection(&self) -> &'static str;
    /// The link relation of one row.
    fn item(&self) -> &'static str;
    /// Whether the collection has pages.
    fn paged(&self) -> bool;
    /// Whether rows are [numbered by their key](ReadModel::numbered_by_key).
    fn numbered_by_key(&self) -> bool;
    /// The name of the key.
    fn key(&self) -> &'static str;
    /// What rows can be searched by.
    fn finders(&self) -> &[Finder];
    /// The wire names of the events it projects.
    fn event_types(&self) -> Vec<&'static str>;
    /// Reads a row back from the store.
    ///
    /// # Errors
    /// When the JSON is not this read model's.
    fn read(&self, json: &str) -> serde_json::Result<AnyState>;
    /// Writes a row for the store.
    ///
    /// # Errors
    /// When the row cannot be JSON.
    fn write(&self, row: &AnyState) -> serde_json::Result<String>;
    /// What the outside sees of a row that was written for the store.
    ///
    /// # Errors
    /// When the JSON is not this read model's.
    fn show<'r>(&self, json: &'r str) -> serde_json::Result<Cow<'r, str>>;
    /// The keys of a row besides its first.
    fn more_keys(&self, row: &AnyState) -> Vec<Key>;
    /// Whether the outside sees the row.
    fn is_shown(&self, row: &AnyState) -> bool;
    /// What an event does; empty when it is none of this read model's.
    ///
    /// # Errors
    /// When the JSON is not the event's.
    fn project(&self, event_type: &str, data: &str) -> serde_json::Result<Vec<Touch>>;
}

impl<V: Row> AnyReadModel for ReadModel<V> {
    fn collection(&self) -> &'static str {
        self.collection
    }
    fn item(&self) -> &'static str {
        self.item
    }
    fn paged(&self) -> bool {
        self.paged
    }
    fn numbered_by_key(&self) -> bool {
        self.numbered_by_key
    }
    fn key(&self) -> &'static str {
        self.key
    }
    fn finders(&self) -> &[Finder] {
        &self.finders
    }
    fn event_types(&self) -> Vec<&'static str> {
        self.projections.iter().map(|(name, _)| *name).collect()
    }
    fn read(&self, json: &str) -> serde_json::Result<AnyState> {
        let row: V = serde_json::from_str(json)?;
        Ok(Box::new(row))
    }
    fn write(&self, row: &AnyState) -> serde_json::Result<String> {
        serde_json::to_string(&row.downcast_ref::<V>())
    }
    fn show<'r>(&self, json: &'r str) -> serde_json::Result<Cow<'r, str>> {
        match &self.show {
            Some(show) => show(&serde_json::from_str(json)?).map(Cow::Owned),
            None => Ok(Cow::Borrowed(json)),
        }
    }
    fn more_keys(&self, row: &AnyState) -> Vec<Key> {
        row.downcast_ref::<V>()
            .map(self.more_keys)
            .unwrap_or_default()
    }
    fn is_shown(&self, row: &AnyState) -> bool {
        row.downcast_ref::<V>()
            .is_some_and(|row| !(self.hidden)(row))
    }
    fn project(&self, event_type: &str, data: &str) -> serde_json::Result<Vec<Touch>> {
        self.projections
            .iter()
            .filter(|(name, _)| *name == event_type)
            .map(|(_, project)| project(data))
            .collect()
    }
}
