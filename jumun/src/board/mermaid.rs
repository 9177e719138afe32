//! A Mermaid flowchart: contexts as subgraphs, events leading to policies and read models, external
//! calls dashed.

use std::fmt::Write as _;

use storm::{Acts, Context, System};

use super::Colour;
use super::sticker::command;

/// Lines of the chart. Arrows come last: Mermaid puts a node into the first subgraph that names it.
#[derive(Default)]
struct Chart {
    nodes: String,
    arrows: String,
}

impl Chart {
    fn node(&mut self, id: &str, text: &str, colour: Colour) {
        let text = text.replace('"', "#quot;");
        let class = colour.class();
        // Writing to a string cannot fail.
        let _ = writeln!(self.nodes, "        {id}[\"{text}\"]:::{class}");
    }

    fn arrow(&mut self, from: &str, shape: &str, to: &str) {
        let _ = writeln!(self.arrows, "    {from} {shape} {to}");
    }
}

pub(super) fn draw(system: &System) -> String {
    let mut chart = Chart::default();
    for context in system.contexts() {
        let name = context.name();
        let _ = writeln!(chart.nodes, "    subgraph {}[\"{name}\"]", node_id(name));
        aggregates(&mut chart, context);
        listeners(&mut chart, system, context);
        let _ = writeln!(chart.nodes, "    end");
    }
    if system
        .contexts()
        .iter()
        .any(|c| !c.notifications().is_empty())
    {
        let _ = writeln!(chart.nodes, "    {PEOPLE}[\"people\"]");
    }
    let mut classes = String::new();
    for colour in Colour::ALL {
        let (class, paper) = (colour.class(), colour.paper());
        let (rim, width) = colour.rim();
        let _ = writeln!(
            classes,
            "    classDef {class} fill:{paper},stroke:{rim},stroke-width:{width}px,color:#000"
        );
    }
    format!("flowchart LR\n{}{}{classes}", chart.nodes, chart.arrows)
}

fn aggregates(chart: &mut Chart, context: &Context) {
    let place = context.name();
    for aggregate in context.aggregates() {
        let me = aggregate_id(place, aggregate.kind());
        chart.node(&me, aggregate.kind(), Colour::Aggregate);
        for (number, verb) in aggregate.verbs().iter().enumerate() {
            let id = format!("{me}__command{number}");
            let (text, note) = command(aggregate.as_ref(), verb);
            chart.node(&id, &format!("{text}<br/>{note}"), Colour::Command);
            chart.arrow(&id, "-->", &me);
        }
        for (number, ask) in aggregate.asks().iter().enumerate() {
            let id = format!("{me}__ask{number}");
            chart.node(&id, ask.name, Colour::Ask);
            chart.arrow(&me, "-.->", &id);
            let context_id = node_id(ask.to);
            chart.arrow(&id, "-.->", &context_id);
        }
        for event in aggregate.event_types() {
            let id = event_id(place, event);
            chart.node(&id, event, Colour::Event);
            chart.arrow(&me, "-->", &id);
        }
        for (number, deadline) in aggregate.deadlines().iter().enumerate() {
            let id = format!("{me}__deadline{number}");
            let text = format!(
                "{}<br/>after {}",
                deadline.name,
                crate::configuration::Pause(deadline.after)
            );
            chart.node(&id, &text, Colour::Deadline);
            chart.arrow(&id, "-->", &me);
        }
    }
}

fn listeners(chart: &mut Chart, system: &System, context: &Context) {
    let place = context.name();
    for (number, policy) in context.policies().iter().enumerate() {
        let id = format!("{}__policy{number}", node_id(place));
        let told = aggregate_id(place, policy.kind);
        match policy.acts {
            Acts::Later => {
                chart.node(&id, policy.name, Colour::Policy);
                hears(chart, system, policy.event_type, &id);
                chart.arrow(&id, "-->", &told);
            }
            Acts::InTheSameCommit => {
                chart.node(&id, policy.name, Colour::AtOnce);
                chart.arrow(&event_id(place, policy.event_type), "==>", &id);
                chart.arrow(&id, "==>", &told);
            }
        }
    }
    for (number, notifies) in context.notifications().iter().enumerate() {
        let id = format!("{}__notification{number}", node_id(place));
        chart.node(&id, notifies.name, Colour::Notification);
        chart.arrow(&event_id(place, notifies.event_type), "-->", &id);
        chart.arrow(&id, "-.->", PEOPLE);
    }
    for (number, read_model) in context.read_models().iter().enumerate() {
        let id = format!("{}__view{number}", node_id(place));
        let text = format!("/{}", read_model.collection());
        chart.node(&id, &text, Colour::ReadModel);
        let mut events = read_model.event_types();
        events.sort_unstable();
        events.dedup();
        for event in events {
            hears(chart, system, event, &id);
        }
    }
}

fn hears(chart: &mut Chart, system: &System, event: &str, listener: &str) {
    for teller in system.contexts() {
        if teller.tells().contains(event) {
            chart.arrow(&event_id(teller.name(), event), "-->", listener);
        }
    }
}

fn aggregate_id(context: &str, kind: &str) -> String {
    format!("{}__{}", node_id(context), node_id(kind))
}

fn event_id(context: &str, event: &str) -> String {
    format!("{}__event_{}", node_id(context), node_id(event))
}

/// What Mermaid takes for one name: letters, digits and underscores.
pub(super) fn node_id(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

/// Whom notifications are for.
pub(super) const PEOPLE: &str = "people__";
