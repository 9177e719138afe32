//! What serde cannot know: which systems, contexts and deadlines there are, and what makes sense.

use std::path::Path;

use storm::{Context, System};

use super::file::{AsksPart, CommandsPart, ContextPart, NotifyPart, Parts};
use super::place::{Finding, nearest};
use super::value::{Pause, Size};

/// The largest body that may be allowed: it is held in memory.
const LARGEST_BODY: usize = 64 << 20;

pub(super) fn check(parts: &Parts, systems: &[System]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, pause) in [
        ("header_timeout", parts.header_timeout),
        ("request_timeout", parts.request_timeout),
        ("upstream_timeout", parts.upstream_timeout),
    ] {
        findings.extend(not_zero(&[name], pause));
    }
    if let Some(Size(size)) = parts.body_limit
        && !(1..=LARGEST_BODY).contains(&size)
    {
        findings.push(Finding::at(&["body_limit"], "must be from 1 to 64MiB"));
    }
    if parts.data.as_deref() == Some(Path::new("")) {
        findings.push(Finding::at(
            &["data"],
            "is empty; name a folder, e.g. \"data\"",
        ));
    }
    if let Some(log) = &parts.log
        && let Err(error) = tracing_subscriber::EnvFilter::builder().parse(log)
    {
        let message =
            format!("is no log filter ({error}); write it as \"info\" or \"warn,runtime=debug\"");
        findings.push(Finding::at(&["log"], message));
    }
    findings.extend(of_commands(&parts.commands));
    findings.extend(of_asks(&parts.asks));
    for (name, contexts) in &parts.systems {
        let Some(system) = systems.iter().find(|system| system.name() == name) else {
            let known = systems.iter().map(System::name);
            findings.push(Finding::name(
                &["systems", name],
                unknown("system", name, known),
            ));
            continue;
        };
        for (context_name, part) in contexts {
            let path = ["systems", name, context_name];
            match system.contexts().iter().find(|c| c.name() == context_name) {
                Some(context) => {
                    findings.extend(of_context(&path, part, context));
                    let path = ["systems", name, context_name, "notify"];
                    findings.extend(of_notify(&path, &part.notify, context, systems));
                }
                None => {
                    let known = system.contexts().iter().map(Context::name);
                    let what = format!("context of {name}");
                    findings.push(Finding::name(&path, unknown(&what, context_name, known)));
                }
            }
        }
    }
    findings
}

fn of_commands(part: &CommandsPart) -> Vec<Finding> {
    let mut findings = Vec::new();
    if part
        .queue
        .is_some_and(|queue| !(1..=1_000_000).contains(&queue))
    {
        findings.push(Finding::at(
            &["commands", "queue"],
            "must be from 1 to 1000000",
        ));
    }
    if part
        .batch
        .is_some_and(|batch| !(1..=65_536).contains(&batch))
    {
        findings.push(Finding::at(
            &["commands", "batch"],
            "must be from 1 to 65536",
        ));
    }
    findings
}

fn of_asks(part: &AsksPart) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, pause) in [
        ("deadline", part.deadline),
        ("window", part.window),
        ("sleep", part.sleep),
    ] {
        findings.extend(not_zero(&["asks", name], pause));
    }
    if part.at_once == Some(0) {
        findings.push(Finding::at(&["asks", "at_once"], "must be at least 1"));
    }
    if part.at_least == Some(0) {
        findings.push(Finding::at(&["asks", "at_least"], "must be at least 1"));
    }
    if part
        .failures
        .is_some_and(|percent| !(1..=100).contains(&percent))
    {
        let message = "is a percentage: it must be from 1 to 100";
        findings.push(Finding::at(&["asks", "failures"], message));
    }
    findings
}

fn of_context(path: &[&str; 3], part: &ContextPart, context: &Context) -> Vec<Finding> {
    let under = |keys: &[&str], message: String| Finding::at(&[&path[..], keys].concat(), message);
    let mut findings = Vec::new();
    if let Some(message) = part.store.as_deref().and_then(wrong_store) {
        findings.push(under(&["store"], message));
    }
    if let Some(address) = &part.address
        && let Some(message) = wrong_address(address)
    {
        findings.push(under(&["address"], message));
    }
    let known: Vec<&str> = context
        .aggregates()
        .iter()
        .flat_map(|aggregate| aggregate.deadlines())
        .map(|deadline| deadline.name)
        .collect();
    for name in part.deadlines.keys() {
        if !known.contains(&name.as_str()) {
            let what = format!("deadline of {}", context.name());
            let message = unknown(&what, name, known.iter().copied());
            let path = [&path[..], &["deadlines", name]].concat();
            findings.push(Finding::name(&path, message));
        }
    }
    findings
}

fn of_notify(
    path: &[&str; 4],
    part: &NotifyPart,
    context: &Context,
    systems: &[System],
) -> Vec<Finding> {
    let under = |key: &'static str| [&path[..], &[key]].concat();
    let mut findings = Vec::new();
    if part.file.as_deref() == Some(Path::new("")) {
        let message = "is empty; name a file, e.g. \"notices.jsonl\"";
        findings.push(Finding::at(&under("file"), message));
    }
    findings.extend(not_zero(&under("deadline"), part.deadline));
    findings.extend(not_zero(&under("give_up"), part.give_up));
    let is_set = part.webhook.is_some()
        || part.file.is_some()
        || part.deadline.is_some()
        || part.give_up.is_some();
    if is_set && context.notifications().is_empty() {
        let message = format!(
            "counts for nothing: {} tells people nothing; {}",
            context.name(),
            those_who_notify(systems)
        );
        findings.push(Finding::at(path, message));
    }
    findings
}

fn those_who_notify(systems: &[System]) -> String {
    let contexts = systems.iter().flat_map(|system| {
        let contexts = system.contexts().iter();
        let telling = contexts.filter(|context| !context.notifications().is_empty());
        telling.map(|context| format!("{}.{}", system.name(), context.name()))
    });
    match contexts.collect::<Vec<_>>() {
        none if none.is_empty() => "no context here does".to_owned(),
        those => format!("those that do are: {}", those.join(", ")),
    }
}

fn wrong_store(url: &str) -> Option<String> {
    match url.split_once(':') {
        Some(("sqlite", "")) => None,
        Some(("sqlite", _)) => Some(
            "SQLite stores lie in the data folder: write \"sqlite:\", and choose the folder with `data`"
                .to_owned(),
        ),
        Some((server @ ("postgres" | "postgresql" | "mysql"), _)) => Some(format!(
            "{server} is not compiled into this jumun yet; use \"sqlite:\""
        )),
        _ => Some("is no store; write \"sqlite:\"".to_owned()),
    }
}

fn wrong_address(address: &str) -> Option<String> {
    let expected = "write it as \"http://payment:8087\"";
    if address.starts_with("https://") {
        return Some(format!("https is left to a proxy beside jumun; {expected}"));
    }
    let uri: http::Uri = match address.parse() {
        Ok(uri) => uri,
        Err(error) => return Some(format!("is no address ({error}); {expected}")),
    };
    let plain = uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/");
    (!plain || uri.query().is_some()).then(|| format!("is no base address; {expected}"))
}

fn not_zero(path: &[&str], pause: Option<Pause>) -> Option<Finding> {
    let zero = pause.is_some_and(|Pause(pause)| pause.is_zero());
    zero.then(|| Finding::at(path, "must be longer than 0"))
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let guess = nearest(name, known.iter().copied())
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    if known.is_empty() {
        return format!("there is no {what} called `{name}`, nor any other");
    }
    format!(
        "there is no {what} called `{name}`; there are: {}{guess}",
        known.join(", ")
    )
}
