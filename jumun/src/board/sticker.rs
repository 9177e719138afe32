//! One sticker: what is on it, and what it points to.

use storm::{Acts, AnyAggregate, AnyReadModel, Context, Finder, Leads, Policy, System, Verb};

use super::Colour;
use crate::configuration::Pause;

/// One sticker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sticker {
    /// What sort.
    pub colour: Colour,
    /// What is on it.
    pub text: String,
    /// Where it leads, or where it comes from; or empty.
    pub note: String,
}

impl Sticker {
    fn new(colour: Colour, text: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            colour,
            text: text.into(),
            note: note.into(),
        }
    }
}

/// A context's stickers: a group for each aggregate; one of what follows from events, its own or
/// others'; one of its read models. None is empty.
pub(super) fn of_context(system: &System, context: &Context) -> Vec<Vec<Sticker>> {
    let mut groups: Vec<Vec<Sticker>> = context
        .aggregates()
        .iter()
        .map(|aggregate| of_aggregate(system, context, aggregate.as_ref()))
        .collect();
    let mut follows: Vec<Sticker> = context
        .policies()
        .iter()
        .map(|policy| of_policy(system, policy))
        .collect();
    follows.extend(context.notifications().iter().map(|notifies| {
        let note = format!("{} → people", notifies.event_type);
        Sticker::new(Colour::Notification, notifies.name, note)
    }));
    groups.push(follows);
    let read_models = context.read_models().iter();
    groups.push(
        read_models
            .map(|read_model| of_read_model(system, read_model.as_ref()))
            .collect(),
    );
    groups.retain(|group| !group.is_empty());
    groups
}

fn of_policy(system: &System, policy: &Policy) -> Sticker {
    match policy.acts {
        Acts::Later => {
            let note = format!("{} → {}", heard(system, policy.event_type), policy.kind);
            Sticker::new(Colour::Policy, policy.name, note)
        }
        Acts::InTheSameCommit => {
            let note = format!(
                "{} → {}, in the same commit",
                policy.event_type, policy.kind
            );
            Sticker::new(Colour::AtOnce, policy.name, note)
        }
    }
}

fn of_aggregate(system: &System, context: &Context, aggregate: &dyn AnyAggregate) -> Vec<Sticker> {
    let mut stickers = Vec::new();
    for verb in aggregate.verbs() {
        let (text, note) = command(aggregate, &verb);
        stickers.push(Sticker::new(Colour::Command, text, note));
    }
    for ask in aggregate.asks() {
        stickers.push(Sticker::new(Colour::Ask, ask.name, format!("→ {}", ask.to)));
    }
    let mut notes = vec![format!("/{}", aggregate.collection())];
    notes.extend(found(aggregate.finders()));
    notes.extend(
        aggregate
            .numbered_as()
            .map(|whose| format!("numbered as {whose}")),
    );
    let note = notes.join("; ");
    stickers.push(Sticker::new(Colour::Aggregate, aggregate.kind(), note));
    for event in aggregate.event_types() {
        let note = follows(system, context, event);
        stickers.push(Sticker::new(Colour::Event, *event, note));
    }
    for deadline in aggregate.deadlines() {
        let note = format!("after {}", Pause(deadline.after));
        stickers.push(Sticker::new(Colour::Deadline, deadline.name, note));
    }
    stickers
}

/// What a command is called, and how it comes in.
pub(super) fn command(aggregate: &dyn AnyAggregate, verb: &Verb) -> (String, String) {
    let (collection, item) = (aggregate.collection(), aggregate.item());
    match verb {
        Verb::Create => (format!("create {item}"), format!("POST /{collection}")),
        Verb::Replace => (
            format!("replace {item}"),
            format!("PUT /{collection}/{{id}}"),
        ),
        Verb::Change => (
            format!("change {item}"),
            format!("PATCH /{collection}/{{id}}"),
        ),
        Verb::Remove => (
            format!("remove {item}"),
            format!("DELETE /{collection}/{{id}}"),
        ),
        Verb::Act(name) => (
            format!("{name} {item}"),
            format!("PUT /{collection}/{{id}}/{name}"),
        ),
        Verb::ActByKey(name) => ((*name).to_owned(), format!("PUT /{collection}/{name}")),
    }
}

/// What an event leads to: at once in its own context, and later in all that listen.
fn follows(system: &System, context: &Context, event: &str) -> String {
    let mut notes = Vec::new();
    let at_once: Vec<&str> = context
        .policies()
        .iter()
        .filter(|policy| policy.acts == Acts::InTheSameCommit && policy.event_type == event)
        .map(|policy| policy.kind)
        .collect();
    if !at_once.is_empty() {
        notes.push(format!("at once → {}", at_once.join(", ")));
    }
    let notified = context.notifications().iter();
    let people = notified
        .filter(|notifies| notifies.event_type == event)
        .map(|_| "people")
        .take(1);
    let hearers: Vec<&str> = hearers(system, event).chain(people).collect();
    if !hearers.is_empty() {
        notes.push(format!("→ {}", hearers.join(", ")));
    }
    notes.join("; ")
}

/// How records are looked for.
fn found(finders: &[Finder]) -> impl Iterator<Item = String> + '_ {
    let ways = [
        (Leads::ToOne, "found by"),
        (Leads::ToMany, "listed by"),
        (Leads::ByWords, "searched by"),
    ];
    ways.into_iter().filter_map(|(leads, how)| {
        let keys: Vec<&str> = finders
            .iter()
            .filter(|finder| finder.leads == leads)
            .map(|finder| finder.key)
            .collect();
        (!keys.is_empty()).then(|| format!("{how} {}", keys.join(", ")))
    })
}

fn of_read_model(system: &System, read_model: &dyn AnyReadModel) -> Sticker {
    let mut hears = read_model.event_types();
    let mut notes: Vec<String> = found(read_model.finders()).collect();
    let mut told = Vec::new();
    for teller in system.contexts() {
        let tells = teller.aggregates().iter().flat_map(|a| a.event_types());
        let events: Vec<&str> = tells
            .copied()
            .filter(|event| hears.contains(event))
            .collect();
        if !events.is_empty() {
            told.push(format!("{}'s {}", teller.name(), events.join(", ")));
        }
    }
    hears.retain(|event| tellers(system, event).next().is_none());
    hears.dedup();
    told.extend(hears.into_iter().map(|event| heard(system, event)));
    if !told.is_empty() {
        notes.push(format!("← {}", told.join("; ")));
    }
    Sticker::new(
        Colour::ReadModel,
        format!("/{}", read_model.collection()),
        notes.join("; "),
    )
}

fn heard(system: &System, event: &str) -> String {
    match tellers(system, event).next() {
        Some(teller) => format!("{teller}'s {event}"),
        None => format!("{event} (that nobody tells)"),
    }
}

fn tellers<'a>(system: &'a System, event: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let contexts = system.contexts().iter();
    contexts
        .filter(move |context| context.tells().contains(event))
        .map(Context::name)
}

fn hearers<'a>(system: &'a System, event: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let contexts = system.contexts().iter();
    contexts
        .filter(move |context| context.listens().contains(event))
        .map(Context::name)
}
