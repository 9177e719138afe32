//! A system's books: everything it shows, and everything that was told in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::{Value, json};
use storm::Context;

use crate::stage::{Site, id_of};

/// All items of all collections, and the whole log.
#[derive(Clone, Default)]
pub(crate) struct Books {
    collections: BTreeMap<String, Vec<Value>>,
    /// As `jumun events --json` has them: `type`, `context`, `id`, `data`, …
    pub(crate) events: Vec<Value>,
}

impl Books {
    /// The log first: what is told while the collections are read, they show already.
    pub(super) fn of(site: &Site) -> Self {
        let events = site.events();
        let system = crate::stage::systems()
            .find(site.system())
            .expect("declared");
        let names = system.contexts().iter().flat_map(Context::collections);
        let collections = names
            .map(|collection| (collection.to_owned(), site.all(collection)))
            .collect();
        Self {
            collections,
            events,
        }
    }

    /// All items of a collection.
    #[track_caller]
    pub(crate) fn all(&self, collection: &str) -> &[Value] {
        let items = self.collections.get(collection);
        items.unwrap_or_else(|| panic!("no collection {collection}"))
    }

    /// To write books for a test, and to doctor them.
    pub(crate) fn all_mut(&mut self, collection: &str) -> &mut Vec<Value> {
        self.collections.entry(collection.to_owned()).or_default()
    }

    /// Writes down that something was told.
    pub(crate) fn tell(&mut self, event: &str, data: &Value) {
        self.events.push(json!({"type": event, "data": data}));
    }

    /// A collection's items by the number in their links.
    #[track_caller]
    pub(crate) fn by_id(&self, collection: &str) -> By<'_> {
        self.sorted(collection, |item| Some(id_of(item).to_string()))
    }

    /// A collection's items by what they have in this field. Those that have nothing there are left
    /// out.
    #[track_caller]
    pub(crate) fn by(&self, collection: &str, field: &str) -> By<'_> {
        self.sorted(collection, |item| plain(&item[field]))
    }

    #[track_caller]
    fn sorted(&self, collection: &str, key: impl Fn(&Value) -> Option<String>) -> By<'_> {
        let mut by = By {
            collection: collection.to_owned(),
            items: BTreeMap::new(),
        };
        for item in self.all(collection) {
            if let Some(key) = key(item) {
                by.items.entry(key).or_default().push(item);
            }
        }
        by
    }

    /// How often each thing was told of whatever this field of the events' data says:
    /// `told("orderId")[&("OrderCanceled", "7")]`.
    pub(crate) fn told(&self, field: &str) -> BTreeMap<(&str, String), usize> {
        let mut told = BTreeMap::new();
        for event in &self.events {
            let what = event["type"].as_str().expect("a type");
            if let Some(of) = plain(&event["data"][field]) {
                *told.entry((what, of)).or_default() += 1;
            }
        }
        told
    }

    /// Nothing is made twice for who asked once, or with the same key (I3): a word on every mark
    /// under which this was told more than once.
    pub(crate) fn made_again(&self, event: &str) -> Vec<String> {
        let mut made: BTreeMap<&str, usize> = BTreeMap::new();
        for told in self.events.iter().filter(|told| told["type"] == event) {
            let correlation = told["correlation"].as_str().unwrap_or_default();
            *made.entry(correlation).or_default() += 1;
        }
        made.into_iter()
            .filter(|(mark, times)| *times > 1 && is_mark(mark))
            .map(|(mark, times)| format!("{event} was told {times} times for {mark}"))
            .collect()
    }

    /// I3: a word on every mark under which something was made and answered, and of which nothing was
    /// ever told.
    pub(super) fn lost(&self, made: &[String]) -> Vec<String> {
        let told: BTreeSet<_> = self
            .events
            .iter()
            .filter_map(|event| event["correlation"].as_str())
            .collect();
        made.iter()
            .filter(|mark| !told.contains(mark.as_str()))
            .map(|mark| format!("{mark} was answered, and is lost"))
            .collect()
    }

    /// I4: a word on whatever was told more than once of the same thing by the same context, and because
    /// of the same event.
    pub(super) fn caused_again(&self) -> Vec<String> {
        let mut caused: BTreeMap<_, usize> = BTreeMap::new();
        for event in self.effects() {
            let of = |name: &str| event[name].to_string();
            let effect = ["context", "type", "kind", "id", "causation"].map(of);
            *caused.entry(effect).or_default() += 1;
        }
        caused
            .into_iter()
            .filter(|(_, times)| *times > 1)
            .map(|(effect, times)| format!("{} was told {times} times", effect.join(" ")))
            .collect()
    }

    /// A word on whatever was told because of an event that is in no log.
    pub(super) fn caused_by_nothing(&self) -> Vec<String> {
        let told: BTreeSet<_> = self.events.iter().filter_map(name_of).collect();
        self.effects()
            .filter(|effect| {
                let cause = effect["causation"].as_str();
                cause.is_some_and(|cause| !told.contains(cause))
            })
            .map(|effect| format!("nobody has told the cause of {effect}"))
            .collect()
    }

    /// What was told because of an event of ours.
    pub(super) fn effects(&self) -> impl Iterator<Item = &Value> {
        let contexts: BTreeSet<_> = self
            .events
            .iter()
            .filter_map(|event| event["context"].as_str())
            .collect();
        self.events.iter().filter(move |event| {
            let cause = event["causation"]
                .as_str()
                .and_then(|it| it.rsplit_once('-'));
            cause.is_some_and(|(context, position)| {
                contexts.contains(context) && position.parse::<i64>().is_ok()
            })
        })
    }

    /// Effects happen once (I2, I4): a word on everything that was told more than once of the same
    /// thing, unless it may be.
    pub(crate) fn told_again(&self, field: &str, may_be: &[&str]) -> Vec<String> {
        self.told(field)
            .into_iter()
            .filter(|((what, _), times)| *times > 1 && !may_be.contains(what))
            .map(|((what, of), times)| format!("{what} was told {times} times of {field} {of}"))
            .collect()
    }
}

/// What is no mark of a customer's has been made by somebody else, and is nobody's second order.
fn is_mark(correlation: &str) -> bool {
    correlation.starts_with("keyed-") || correlation.starts_with("once-")
}

/// As those that it causes call it: `order-17`.
fn name_of(event: &Value) -> Option<String> {
    let context = event["context"].as_str()?;
    Some(format!("{context}-{}", event["position"].as_i64()?))
}

/// A collection's items by a key.
pub(crate) struct By<'a> {
    collection: String,
    items: BTreeMap<String, Vec<&'a Value>>,
}

impl<'a> By<'a> {
    /// Those with this key.
    pub(crate) fn get(&self, key: impl Display) -> &[&'a Value] {
        self.items
            .get(&key.to_string())
            .map_or(&[], |items| items.as_slice())
    }

    /// The only one with this key.
    ///
    /// # Errors
    /// That there is none, or how many there are.
    pub(crate) fn one(&self, key: impl Display) -> Result<&'a Value, String> {
        let collection = &self.collection;
        match self.get(&key) {
            [one] => Ok(one),
            [] => Err(format!("{key} has no {collection}")),
            many => Err(format!("{key} has {} {collection}", many.len())),
        }
    }

    /// All keys, each with its items.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[&'a Value])> {
        self.items
            .iter()
            .map(|(key, items)| (key.as_str(), items.as_slice()))
    }

    pub(crate) fn has(&self, key: impl Display) -> bool {
        !self.get(key).is_empty()
    }
}

/// A number or a string as it is; nothing else is a key.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
