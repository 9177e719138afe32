//! What a context shows at one path: an aggregate's or a read model's collection.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderValue, StatusCode};
use runtime::Running;
use storm::store::Record;
use storm::{Context, Finder, Id, Verb};

use crate::Problem;
use crate::problem::{absent, broken};

#[derive(Clone, Copy)]
enum Place {
    Aggregate(usize),
    ReadModel(usize),
}

pub(super) struct Shelf {
    pub(super) collection: &'static str,
    pub(super) item: &'static str,
    /// What its records are called in the store.
    pub(super) kind: &'static str,
    pub(super) paged: bool,
    pub(super) verbs: Vec<Verb>,
    pub(super) finders: Vec<Finder>,
    pub(super) allow_collection: HeaderValue,
    pub(super) allow_item: HeaderValue,
    place: Place,
}

/// All of a context's, aggregates first.
pub(super) fn of(context: &Context) -> Vec<Arc<Shelf>> {
    let aggregates = context.aggregates().iter().enumerate().map(|(i, a)| {
        let verbs = a.verbs();
        Shelf {
            collection: a.collection(),
            item: a.item(),
            kind: a.kind(),
            paged: true,
            finders: a.finders().to_vec(),
            allow_collection: allow(&verbs, &[(Verb::Create, "POST")]),
            allow_item: allow(
                &verbs,
                &[
                    (Verb::Replace, "PUT"),
                    (Verb::Change, "PATCH"),
                    (Verb::Remove, "DELETE"),
                ],
            ),
            verbs,
            place: Place::Aggregate(i),
        }
    });
    let read_models = context
        .read_models()
        .iter()
        .enumerate()
        .map(|(i, r)| Shelf {
            collection: r.collection(),
            item: r.item(),
            kind: r.collection(),
            paged: r.paged(),
            finders: r.finders().to_vec(),
            allow_collection: allow(&[], &[]),
            allow_item: allow(&[], &[]),
            verbs: Vec::new(),
            place: Place::ReadModel(i),
        });
    aggregates.chain(read_models).map(Arc::new).collect()
}

fn allow(verbs: &[Verb], methods: &[(Verb, &str)]) -> HeaderValue {
    let mut allow = "GET,HEAD".to_owned();
    for (_, method) in methods.iter().filter(|(verb, _)| verbs.contains(verb)) {
        allow.push(',');
        allow.push_str(method);
    }
    allow.push_str(",OPTIONS");
    HeaderValue::try_from(allow).unwrap_or(HeaderValue::from_static("GET,HEAD,OPTIONS"))
}

fn named(mut names: impl Iterator<Item = &'static str>, name: &str) -> Option<&'static str> {
    names.find(|known| *known == name)
}

impl Shelf {
    /// A number as the originals read it: `005` is 5.
    pub(super) fn id(&self, text: &str) -> Result<Id, Problem> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let id = text.parse::<Id>().ok().filter(|_| digits);
        id.ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not-found",
                format!(
                    "There is no such {}: its address ends with a whole number.",
                    self.item
                ),
            )
            .ko("이 주소에는 항목이 없습니다. 항목의 주소는 정수로 끝납니다.")
        })
    }

    pub(super) fn finder(&self, name: &str) -> Result<Finder, Problem> {
        let found = self.finders.iter().find(|finder| finder.name() == name);
        found.copied().ok_or_else(Problem::not_found)
    }

    pub(super) fn action(&self, name: &str) -> Result<&'static str, Problem> {
        let actions = self.verbs.iter().filter_map(|verb| match verb {
            Verb::Act(action) => Some(*action),
            Verb::Create | Verb::Replace | Verb::Change | Verb::Remove | Verb::ActByKey(_) => None,
        });
        named(actions, name).ok_or_else(Problem::not_found)
    }

    pub(super) fn action_by_key(&self, name: &str) -> Option<&'static str> {
        let actions = self.verbs.iter().filter_map(|verb| match verb {
            Verb::ActByKey(action) => Some(*action),
            Verb::Create | Verb::Replace | Verb::Change | Verb::Remove | Verb::Act(_) => None,
        });
        named(actions, name)
    }

    /// The record as the outside sees it, a JSON object; `None` when it is hidden.
    pub(super) fn show<'r>(
        &self,
        running: &Running,
        record: &'r Record,
    ) -> Result<Option<Cow<'r, str>>, Problem> {
        if record.hidden {
            return Ok(None);
        }
        let shown = match self.place {
            Place::Aggregate(index) => {
                let Some(aggregate) = running.context().aggregates().get(index) else {
                    return Ok(None);
                };
                let state = aggregate.read(&record.state);
                let shown = state.and_then(|state| aggregate.show(&state));
                shown.map(|shown| shown.map(Cow::Owned))
            }
            Place::ReadModel(index) => {
                let Some(read_model) = running.context().read_models().get(index) else {
                    return Ok(None);
                };
                read_model.show(&record.state).map(Some)
            }
        };
        shown.map_err(|error| {
            tracing::error!(kind = record.kind, id = record.id, %error, "a record cannot be shown");
            broken("unreadable-record")
        })
    }

    /// One with nothing in it yet, for what it is made of.
    pub(super) fn blank(&self, running: &Running) -> Option<String> {
        match self.place {
            Place::Aggregate(index) => {
                let aggregate = running.context().aggregates().get(index)?;
                aggregate.show(&aggregate.blank()).ok().flatten()
            }
            Place::ReadModel(index) => {
                let read_model = running.context().read_models().get(index)?;
                let row = read_model.read("{}").ok()?;
                let row = read_model.write(&row).ok()?;
                read_model.show(&row).ok().map(Cow::into_owned)
            }
        }
    }

    /// There is no such item.
    pub(super) fn absent(&self, id: Id) -> Problem {
        absent(self.item, id)
    }
}
