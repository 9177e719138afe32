//! The context map: who asks whom, who listens to whom, and what each context is made of. Markdown
//! with Mermaid.

use std::fmt::Write as _;

use storm::{Acts, Context, System};

use super::Colour;
use super::mermaid::{PEOPLE, node_id};
use super::sticker::command;
use crate::configuration::Pause;

const HEAD: &str = "\
# Context map

<!-- Made by `cargo xtask context-map` from what the systems declare. Do not edit: a test compares. -->

A box is a bounded context: yellow decides, green only shows. A solid arrow is a call that is awaited,
with what is asked; a dotted one leads from who tells events to who listens, or to people who are told.
What a context does with its own events is not drawn.
";

/// What a context is made of, as the columns of a table.
const COLUMNS: [&str; 10] = [
    "context",
    "port",
    "consumer group",
    "collections",
    "commands",
    "tells",
    "listens to",
    "asks",
    "deadlines",
    "notifies people",
];

/// The page of all systems.
pub(super) fn page(systems: &[System]) -> String {
    let mut page = HEAD.to_owned();
    for system in systems {
        page.push('\n');
        page.push_str(&section(system));
    }
    page
}

/// One system.
pub(super) fn section(system: &System) -> String {
    let ports: Vec<String> = system.gateway_ports().iter().map(u16::to_string).collect();
    let mut section = format!(
        "## {}\n\nTopic `{}`, gateway on {}.\n\n```mermaid\n{}```\n\n",
        system.name(),
        system.topic(),
        ports.join(" and "),
        chart(system)
    );
    row(&mut section, &COLUMNS.map(str::to_owned));
    row(&mut section, &COLUMNS.map(|_| "---".to_owned()));
    for context in system.contexts() {
        row(&mut section, &cells(system, context));
    }
    section
}

fn row(page: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn chart(system: &System) -> String {
    let mut boxes = String::new();
    let mut arrows = String::new();
    for context in system.contexts() {
        let class = if context.is_derived() {
            Colour::ReadModel
        } else {
            Colour::Aggregate
        };
        let (name, me) = (context.name(), node_id(context.name()));
        let _ = writeln!(boxes, "    {me}[\"{name}\"]:::{}", class.class());
        let mut arrow = |shape: &str, labels: &[String], to: &str| {
            if !labels.is_empty() {
                let label = labels.join("<br/>").replace('"', "#quot;");
                let _ = writeln!(arrows, "    {me} {shape}|\"{label}\"| {to}");
            }
        };
        for other in system.contexts() {
            arrow("-->", &asks(context, other.name()), &node_id(other.name()));
        }
        let others = system.contexts().iter();
        for other in others.filter(|other| other.name() != name) {
            arrow("-.->", &hears(other, context), &node_id(other.name()));
        }
        let told = context.notifications().iter();
        let told: Vec<String> = told.map(|notifies| words(notifies.name)).collect();
        arrow("-.->", &told, PEOPLE);
    }
    let contexts = system.contexts().iter();
    if contexts.map(Context::notifications).any(|n| !n.is_empty()) {
        let pink = Colour::Notification.class();
        let _ = writeln!(boxes, "    {PEOPLE}([\"people\"]):::{pink}");
    }
    let mut classes = String::new();
    for colour in [Colour::Aggregate, Colour::ReadModel, Colour::Notification] {
        let (class, paper) = (colour.class(), colour.paper());
        let _ = writeln!(
            classes,
            "    classDef {class} fill:{paper},stroke:#555,color:#000"
        );
    }
    format!("flowchart LR\n{boxes}{arrows}{classes}")
}

/// What `context` asks of `other`.
fn asks(context: &Context, other: &str) -> Vec<String> {
    let asks = context.aggregates().iter().flat_map(|a| a.asks());
    asks.filter(|ask| ask.to == other)
        .map(|ask| words(ask.name))
        .collect()
}

/// The events of `teller` that `listener` listens to, as `teller` declares them.
fn hears(listener: &Context, teller: &Context) -> Vec<String> {
    let listens = listener.listens();
    let tells = teller.aggregates().iter().flat_map(|a| a.event_types());
    tells
        .filter(|event| listens.contains(*event))
        .map(|event| (*event).to_owned())
        .collect()
}

fn cells(system: &System, context: &Context) -> [String; 10] {
    let aggregates = context.aggregates();
    let collections = context.collections().into_iter();
    let commands = aggregates.iter().flat_map(|aggregate| {
        let verbs = aggregate.verbs().into_iter();
        verbs.map(|verb| code(&command(aggregate.as_ref(), &verb).1))
    });
    let tells = aggregates.iter().flat_map(|a| a.event_types());
    let contexts = system.contexts().iter();
    let asked = contexts.clone().flat_map(|other| {
        let asks = asks(context, other.name()).into_iter();
        asks.map(|ask| format!("{}: {ask}", other.name()))
    });
    let deadlines = aggregates.iter().flat_map(|a| a.deadlines());
    let told = context.notifications().iter();
    [
        context.name().to_owned(),
        context.port().to_string(),
        code(context.consumer_group()),
        lines(collections.map(|collection| code(&format!("/{collection}")))),
        lines(commands),
        lines(tells.map(|event| code(event))),
        lines(listens(system, context)),
        lines(asked),
        lines(deadlines.map(|d| format!("{} {}", code(d.name), Pause(d.after)))),
        lines(told.map(|n| format!("{}: {}", code(n.event_type), words(n.name)))),
    ]
}

fn listens(system: &System, context: &Context) -> impl Iterator<Item = String> {
    let mut lines = Vec::new();
    for teller in system.contexts() {
        let heard: Vec<String> = hears(context, teller).iter().map(|e| code(e)).collect();
        if !heard.is_empty() {
            lines.push(format!("{}: {}", teller.name(), heard.join(", ")));
        }
    }
    let told: Vec<_> = system.contexts().iter().map(Context::tells).collect();
    for event in context.listens() {
        if !told.iter().any(|events| events.contains(event)) {
            lines.push(format!("nobody tells: {}", code(event)));
        }
    }
    let mut at_once: Vec<String> = Vec::new();
    for policy in context.policies() {
        let event = code(policy.event_type);
        if policy.acts == Acts::InTheSameCommit && !at_once.contains(&event) {
            at_once.push(event);
        }
    }
    if !at_once.is_empty() {
        lines.push(format!(
            "itself, in the same commit: {}",
            at_once.join(", ")
        ));
    }
    lines.into_iter()
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("<br>")
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

/// A function's name as people say it.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests;
