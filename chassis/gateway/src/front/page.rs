//! The front page: what there is, how it is, and where to go from here.
//!
//! One page that needs nothing else: no script, no picture, no font from elsewhere. What contexts
//! tell about themselves may come from other processes, so all of it is escaped.

use std::fmt::Write as _;

use serde_json::Value;

use crate::own::health::{Health, Report, Status};
use crate::{Backend, Gateway};

const STYLE: &str = include_str!("page.css");

/// Two stickers.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect x='1' y='1' width='10' height='10' rx='1' fill='%23fbb565'/%3E%3Crect x='5' y='5' width='10' height='10' rx='1' fill='%23a6cdf5'/%3E%3C/svg%3E";

/// A system and how it is.
pub(super) struct System<'a> {
    pub(super) name: &'a str,
    pub(super) gateway: &'a Gateway,
    pub(super) health: &'a Health,
}

/// Draws the page. `prefix` is what the client's paths begin with before ours do.
pub(super) fn draw(version: &str, prefix: &str, systems: &[System<'_>]) -> String {
    let contexts: usize = systems.iter().map(|s| s.gateway.backends.len()).sum();
    let status = Status::worst(systems.iter().map(|system| system.health.status));
    let whole = format!(
        "{}, {}",
        count(systems.len(), "system"),
        count(contexts, "context")
    );
    let prefix = escaped(prefix);
    let mut html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jumun: {whole}, {word}</title>
<link rel="icon" href="{ICON}">
<style>
{STYLE}</style>
</head>
<body>
<header>
<h1>jumun <span lang="ko">주문</span></h1>
<p class="row">{whole} {state}</p>
<nav aria-label="Systems"><ul role="list" class="row systems">
"#,
        word = status.as_str(),
        state = state(status),
    );
    for System { name, .. } in systems {
        let name = escaped(name);
        line(
            &mut html,
            &format!("<li><a href=\"#{name}\">{name}</a></li>"),
        );
    }
    line(&mut html, "</ul></nav>\n</header>\n<main>");
    for system in systems {
        section(&mut html, &prefix, system);
    }
    let version = escaped(version);
    let _ = write!(
        html,
        r#"</main>
<footer>
<p class="row"><a href="{prefix}/actuator/health">health of all</a> <a href="{prefix}/actuator/prometheus">metrics of all</a> <a href="{prefix}/actuator/info">info</a></p>
<p class="soft">jumun {version}. This is how it was when you asked; reload to ask again. Programs that accept application/hal+json get links instead.</p>
</footer>
</body>
</html>
"#
    );
    html
}

fn section(html: &mut String, prefix: &str, system: &System<'_>) {
    let name = escaped(system.name);
    let root = format!("{prefix}/{name}");
    let _ = write!(
        html,
        r#"<section id="{name}" aria-labelledby="{name}-name">
<div class="row"><h2 id="{name}-name">{name}</h2> {state} <span class="soft row"><a href="{root}/" aria-label="HAL root of {name}">HAL root</a> <a href="{root}/actuator/health" aria-label="health of {name}">health</a> <a href="{root}/actuator/prometheus" aria-label="metrics of {name}">metrics</a></span></div>
<ul role="list" class="contexts">
"#,
        state = state(system.health.status),
    );
    for backend in &system.gateway.backends {
        let reports = &mut system.health.contexts.iter();
        let report = reports.find(|report| report.context == backend.context);
        card(html, &root, backend, report);
    }
    line(html, "</ul>\n</section>");
}

fn card(html: &mut String, root: &str, backend: &Backend, report: Option<&Report>) {
    let name = escaped(&backend.context);
    let status = report.map_or(Status::Down, |report| report.status);
    let links: Vec<String> = backend
        .collections
        .iter()
        .map(|collection| {
            let collection = escaped(collection);
            format!("<a href=\"{root}/{collection}\">/{collection}</a>")
        })
        .collect();
    let _ = write!(
        html,
        r#"<li class="context">
<div class="row"><h3>{name}</h3> {state}</div>
<p class="row collections">{links}</p>
"#,
        state = state(status),
        links = links.join(" "),
    );
    let told = report.map_or(&Value::Null, |report| &report.told);
    for trouble in troubles(told) {
        line(
            html,
            &format!("<p class=\"warn\">{}</p>", escaped(&trouble)),
        );
    }
    if let Some(lag) = lag(told) {
        line(html, &format!("<p class=\"soft\">{}</p>", escaped(&lag)));
    }
    let own = format!("{root}/actuator/contexts/{name}");
    let _ = write!(
        html,
        r#"<p class="row soft foot"><a href="{own}/health" aria-label="health of {name}">health</a> <a href="{own}/prometheus" aria-label="metrics of {name}">metrics</a></p>
</li>
"#
    );
}

/// What somebody should look after.
fn troubles(told: &Value) -> Vec<String> {
    let text = |place: &str| told.pointer(place).and_then(Value::as_str);
    let mut troubles = Vec::new();
    if let Some(why) = text("/details/error") {
        troubles.push(format!("does not tell how it is: {why}"));
    }
    if text("/components/store/status").is_some_and(|status| status != "UP") {
        troubles.push("its store takes no commits".to_owned());
    }
    let letters = told.pointer("/components/deadLetters/details/count");
    if let Some(letters @ 1..) = letters.and_then(Value::as_u64) {
        let letters = usize::try_from(letters).unwrap_or(usize::MAX);
        troubles.push(count(letters, "dead letter"));
    }
    let breakers = told.pointer("/components/breakers/details");
    for (to, state) in breakers.and_then(Value::as_object).into_iter().flatten() {
        if state != "closed" {
            let state = state.as_str().unwrap_or("unknown");
            troubles.push(format!("breaker to {to}: {state}"));
        }
    }
    let notifiers = told.pointer("/components/notifiers/details");
    for (name, notifier) in notifiers.and_then(Value::as_object).into_iter().flatten() {
        if notifier.get("status").is_some_and(|status| status != "UP") {
            let waiting = notifier.get("waiting").and_then(Value::as_u64);
            let waiting = waiting.map_or(String::new(), |waiting| format!(", {waiting} waiting"));
            troubles.push(format!("notifier {name}: failing{waiting}"));
        }
    }
    troubles
}

/// How far it is behind those that it listens to.
fn lag(told: &Value) -> Option<String> {
    let lag = told.pointer("/components/bus/details/lag")?.as_object()?;
    let behind: Vec<String> = lag
        .iter()
        .filter_map(|(producer, events)| match events.as_u64() {
            Some(0) => None,
            Some(events) => {
                let events = usize::try_from(events).unwrap_or(usize::MAX);
                Some(format!("{} behind {producer}", count(events, "event")))
            }
            None => Some(format!("unknown for {producer}")),
        })
        .collect();
    let producers: Vec<&str> = lag.keys().map(String::as_str).collect();
    Some(match (producers.as_slice(), behind.as_slice()) {
        ([], _) => "listens to nobody".to_owned(),
        (all, []) => format!("up to date with {}", all.join(", ")),
        (_, behind) => behind.join(", "),
    })
}

/// A colour is never the only sign.
fn state(status: Status) -> String {
    let (class, sign) = match status {
        Status::Up => ("up", "●"),
        Status::OutOfService => ("out", "▲"),
        Status::Down => ("down", "✕"),
    };
    let word = status.as_str().replace('_', " ");
    format!("<span class=\"state {class}\"><span aria-hidden=\"true\">{sign}</span> {word}</span>")
}

fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

fn line(html: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(html, "{text}");
}

/// For HTML, and with nothing in it that turns the direction of what stands beside it.
fn escaped(text: &str) -> String {
    storm::text::printable(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
