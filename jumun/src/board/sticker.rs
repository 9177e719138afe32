//! One sticker: its colour, what is on it, and what it points to.

use storm::{AnyAggregate, AnyReadModel, Context, System, Verb};

use crate::configuration::Pause;

/// The colours of event storming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Pink: what is asked of another context.
    Ask,
    /// Blue.
    Command,
    /// Yellow.
    Aggregate,
    /// Orange.
    Event,
    /// A command that an aggregate sends to itself later.
    Deadline,
    /// Lilac.
    Policy,
    /// Green.
    ReadModel,
}

impl Colour {
    /// All of them, as a story is read.
    pub const ALL: [Self; 7] = [
        Self::Ask,
        Self::Command,
        Self::Aggregate,
        Self::Event,
        Self::Deadline,
        Self::Policy,
        Self::ReadModel,
    ];

    /// What it stands for.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "external call",
            Self::Command => "command",
            Self::Aggregate => "aggregate",
            Self::Event => "event",
            Self::Deadline => "deadline",
            Self::Policy => "policy",
            Self::ReadModel => "read model",
        }
    }

    /// Its name in Mermaid classes.
    pub fn class(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Command => "command",
            Self::Aggregate => "aggregate",
            Self::Event => "event",
            Self::Deadline => "deadline",
            Self::Policy => "policy",
            Self::ReadModel => "readModel",
        }
    }

    /// The paper's colour. Black text on it has a contrast of at least 7 (WCAG 2.2, AAA).
    pub fn paper(self) -> &'static str {
        match self {
            Self::Ask => "#f6b3d0",
            Self::Command => "#a6cdf5",
            Self::Aggregate => "#fbe98a",
            Self::Event => "#fbb565",
            Self::Deadline => "#e4e0d8",
            Self::Policy => "#d0b8ee",
            Self::ReadModel => "#b4dfa4",
        }
    }

    /// The nearest of a terminal's 256 colours.
    pub fn of_terminal(self) -> u8 {
        match self {
            Self::Ask => 211,
            Self::Command => 75,
            Self::Aggregate => 221,
            Self::Event => 214,
            Self::Deadline => 250,
            Self::Policy => 141,
            Self::ReadModel => 114,
        }
    }
}

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

/// A context's stickers, aggregate by aggregate, then its policies and read models.
pub(super) fn of_context(system: &System, context: &Context) -> Vec<Sticker> {
    let mut stickers = Vec::new();
    for aggregate in context.aggregates() {
        stickers.extend(of_aggregate(system, aggregate.as_ref()));
    }
    for policy in context.policies() {
        let note = format!("{} → {}", heard(system, policy.event_type), policy.kind);
        stickers.push(Sticker::new(Colour::Policy, policy.name, note));
    }
    for read_model in context.read_models() {
        stickers.push(of_read_model(system, read_model.as_ref()));
    }
    stickers
}

fn of_aggregate(system: &System, aggregate: &dyn AnyAggregate) -> Vec<Sticker> {
    let mut stickers = Vec::new();
    for verb in aggregate.verbs() {
        let (text, note) = command(aggregate, &verb);
        stickers.push(Sticker::new(Colour::Command, text, note));
    }
    for ask in aggregate.asks() {
        stickers.push(Sticker::new(Colour::Ask, ask.name, format!("→ {}", ask.to)));
    }
    let note = format!("/{}", aggregate.collection());
    stickers.push(Sticker::new(Colour::Aggregate, aggregate.kind(), note));
    for event in aggregate.event_types() {
        let hearers: Vec<_> = hearers(system, event).collect();
        let note = if hearers.is_empty() {
            String::new()
        } else {
            format!("→ {}", hearers.join(", "))
        };
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

fn of_read_model(system: &System, read_model: &dyn AnyReadModel) -> Sticker {
    let hears = read_model.event_types();
    let told: Vec<String> = system
        .contexts()
        .iter()
        .filter_map(|teller| {
            let tells = teller.aggregates().iter().flat_map(|a| a.event_types());
            let events: Vec<&str> = tells
                .copied()
                .filter(|event| hears.contains(event))
                .collect();
            (!events.is_empty()).then(|| format!("{}'s {}", teller.name(), events.join(", ")))
        })
        .collect();
    let note = format!("← {}", told.join("; "));
    Sticker::new(
        Colour::ReadModel,
        format!("/{}", read_model.collection()),
        note,
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
