//! What serde cannot know: which systems, contexts and deadlines there are, and what makes sense.

use std::path::Path;
use std::time::Duration;

use storm::{Context, System};

use super::file::{AsksPart, CommandsPart, ContextPart, NotifyPart, Parts};
use super::kafka::{self, listed};
use super::place::{Finding, nearest};
use super::store::StoreUrl;
use super::value::{Password, Pause, Size};

/// The largest body that may be allowed: it is held in memory.
const LARGEST_BODY: usize = 64 << 20;
/// Calls of one question that may be under way at once.
const CALLS: std::ops::RangeInclusive<usize> = 1..=100_000;
/// How long a call may wait for its turn: a customer waits as long.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Customers wait no longer for a context that is being restarted.
const LONGEST_UPSTREAM_WAIT: Duration = Duration::from_secs(60);

pub(super) fn check(parts: &Parts, systems: &[System]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, pause) in [
        ("header_timeout", parts.header_timeout),
        ("request_timeout", parts.request_timeout),
        ("write_timeout", parts.write_timeout),
        ("upstream_timeout", parts.upstream_timeout),
    ] {
        findings.extend(not_zero(&[name], pause));
    }
    for (name, connections) in [
        ("connections", parts.connections),
        ("connections_per_peer", parts.connections_per_peer),
    ] {
        if connections.is_some_and(|number| !(1..=1_000_000).contains(&number)) {
            findings.push(Finding::at(&[name], "must be from 1 to 1000000"));
        }
    }
    if let Some(Pause(wait)) = parts.upstream_wait
        && wait > LONGEST_UPSTREAM_WAIT
    {
        let message = "must be at most 1m; \"0s\" does not wait";
        findings.push(Finding::at(&["upstream_wait"], message));
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
    for (name, pause) in [
        ("every", parts.supervise.every),
        ("timeout", parts.supervise.timeout),
    ] {
        findings.extend(not_zero(&["supervise", name], pause));
    }
    findings.extend(of_commands(&parts.commands));
    findings.extend(of_asks(&["asks"], &parts.asks));
    findings.extend(kafka::check(&parts.kafka));
    for beside in Beside::all_in(parts) {
        findings.extend(beside.check());
    }
    for (name, part) in &parts.systems {
        let Some(system) = systems.iter().find(|system| system.name() == name) else {
            let known = systems.iter().map(System::name);
            findings.push(Finding::name(
                &["systems", name],
                unknown("system", name, known),
            ));
            continue;
        };
        for (context_name, part) in &part.contexts {
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

fn of_asks(path: &[&str], part: &AsksPart) -> Vec<Finding> {
    let under = |key| [path, &[key]].concat();
    let mut findings = Vec::new();
    for (name, pause) in [
        ("deadline", part.deadline),
        ("window", part.window),
        ("sleep", part.sleep),
        ("outage", part.outage),
    ] {
        findings.extend(not_zero(&under(name), pause));
    }
    if part.at_once.is_some_and(|calls| !CALLS.contains(&calls)) {
        findings.push(Finding::at(&under("at_once"), "must be from 1 to 100000"));
    }
    if part.wait.is_some_and(|Pause(wait)| wait > LONGEST_WAIT) {
        findings.push(Finding::at(&under("wait"), "must be at most 10s"));
    }
    if part.at_least == Some(0) {
        findings.push(Finding::at(&under("at_least"), "must be at least 1"));
    }
    if part
        .failures
        .is_some_and(|percent| !(1..=100).contains(&percent))
    {
        let message = "is a percentage: it must be from 1 to 100";
        findings.push(Finding::at(&under("failures"), message));
    }
    findings
}

fn of_context(path: &[&str; 3], part: &ContextPart, context: &Context) -> Vec<Finding> {
    let under = |keys: &[&str], message: String| Finding::at(&[&path[..], keys].concat(), message);
    let mut findings = Vec::new();
    let addresses = part.address.as_deref().map(listed).unwrap_or_default();
    if let Some(message) = addresses.iter().find_map(|one| wrong_address(one)) {
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
    let aggregates = context.aggregates().iter();
    let questions = aggregates.flat_map(|aggregate| aggregate.asks());
    let known: Vec<&str> = questions.map(|question| question.name).collect();
    for (name, part) in &part.asks {
        let path = [&path[..], &["asks", name]].concat();
        if !known.contains(&name.as_str()) {
            let what = format!("question of {}", context.name());
            let message = unknown(&what, name, known.iter().copied());
            findings.push(Finding::name(&path, message));
        }
        findings.extend(of_asks(&path, part));
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

/// A store and the passwords beside it, at one place.
struct Beside<'a> {
    path: Vec<&'a str>,
    store: Option<&'a StoreUrl>,
    password: Option<&'a Password>,
    in_file: bool,
}

impl<'a> Beside<'a> {
    fn all_in(parts: &'a Parts) -> Vec<Self> {
        let mut all = vec![Self {
            path: Vec::new(),
            store: parts.store.as_ref(),
            password: parts.store_password.as_ref(),
            in_file: parts.store_password_file.is_some(),
        }];
        for (system, part) in &parts.systems {
            all.push(Self {
                path: vec!["systems", system],
                store: part.store.as_ref(),
                password: part.store_password.as_ref(),
                in_file: part.store_password_file.is_some(),
            });
            all.extend(part.contexts.iter().map(|(context, part)| Self {
                path: vec!["systems", system, context],
                store: part.store.as_ref(),
                password: part.store_password.as_ref(),
                in_file: part.store_password_file.is_some(),
            }));
        }
        all
    }

    fn has_password(&self) -> bool {
        self.password.is_some() || self.in_file
    }

    fn finding(&self, key: &str, message: &str) -> Finding {
        Finding::at(&[&self.path[..], &[key]].concat(), message)
    }

    fn check(&self) -> Option<Finding> {
        let password_in_url = self.store.is_some_and(|StoreUrl(store)| {
            store
                .server()
                .is_some_and(|server| server.password.is_some())
        });
        if self.password.is_some_and(Password::is_empty) {
            return Some(self.finding("store_password", "is empty; leave it out"));
        }
        if self.password.is_some() && self.in_file {
            let message = "and `store_password` are both set; leave one of them out";
            return Some(self.finding("store_password_file", message));
        }
        (password_in_url && self.has_password()).then(|| {
            let message = "holds a password, and another is beside it; leave one of them out";
            self.finding("store", message)
        })
    }
}

/// What is wrong only once all sources are put together.
pub(super) fn check_together(parts: &Parts) -> Vec<Finding> {
    let mut findings = kafka::check_together(&parts.kafka);
    let all = Beside::all_in(parts);
    for beside in all.iter().filter(|beside| beside.has_password()) {
        let above = |other: &&Beside<'_>| beside.path.starts_with(&other.path);
        let nearest = all
            .iter()
            .filter(above)
            .filter(|other| other.store.is_some());
        let nearest = nearest.max_by_key(|other| other.path.len());
        let server = nearest.and_then(|nearest| nearest.store?.0.server());
        let key = if beside.in_file {
            "store_password_file"
        } else {
            "store_password"
        };
        match server {
            None => findings.push(beside.finding(
                key,
                "counts for nothing: no `store` on a server is beside it, or above it",
            )),
            Some(server) if server.password.is_some() => findings.push(beside.finding(
                key,
                "counts for nothing: the `store` that it is for holds a password itself",
            )),
            Some(_) => {}
        }
    }
    findings
}

fn wrong_address(address: &str) -> Option<String> {
    let expected = "write it as \"http://payment:8087\", several with commas in between";
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
