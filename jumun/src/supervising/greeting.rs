//! What is printed once all processes can be used.

use std::collections::BTreeMap;

use storm::System;

use super::plan::Plan;
use crate::configuration::{Configuration, Store};
use crate::up;

pub(super) fn text(system: &System, plan: &Plan, configuration: &Configuration) -> String {
    let contexts: Vec<String> = plan
        .contexts
        .iter()
        .map(|(name, ports)| {
            let ports: Vec<String> = ports.iter().map(|port| format!(":{port}")).collect();
            format!("{name} {}", ports.join(" "))
        })
        .collect();
    let mut lines = vec![
        format!(
            "jumun {}: {} is up, in {} processes",
            env!("CARGO_PKG_VERSION"),
            system.name(),
            plan.parts.len() + 1
        ),
        format!("  gateway   {}", plan.gateways.join("  ")),
        format!("  contexts  {}", contexts.join("  ")),
    ];
    lines.extend(stores(system, configuration));
    lines.push(format!("  bus       {}", bus(system, configuration)));
    if !configuration.bind.is_loopback() {
        lines.push(format!(
            "  open      to whoever reaches {}; there is no sign-in",
            configuration.bind
        ));
    }
    if let Some(url) = plan.gateways.first() {
        lines.push(format!("Try:\n  {}", up::try_this(url, system.example())));
    }
    lines.join("\n")
}

/// Each place once, with the contexts that are kept there.
fn stores(system: &System, configuration: &Configuration) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for context in system.contexts() {
        let place = match configuration.store(system.name(), context.name()) {
            Store::Sqlite => configuration.folder(system.name()).display().to_string(),
            server => server.to_string(),
        };
        places.entry(place).or_default().push(context.name());
    }
    let all = places.len() == 1;
    let lines = places.into_iter().map(|(place, contexts)| {
        if all {
            format!("  data      {place}")
        } else {
            format!("  data      {place} ({})", contexts.join(", "))
        }
    });
    lines.collect()
}

fn bus(system: &System, configuration: &Configuration) -> String {
    match &configuration.kafka {
        Some(kafka) => format!(
            "Kafka at {}, topic {}",
            kafka.brokers.join(","),
            kafka.topic(system)
        ),
        None => "each reads the logs of those it listens to; for several machines, or replicas, configure [kafka]".to_owned(),
    }
}
