//! `jumun check`: looks before anything is started, and changes nothing.

mod bus;
mod disk;
mod notifying;
mod stores;

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use store_sql::sqlite::DataFolder;
use storm::System;

use crate::configuration::Configuration;
use crate::ports::{self, Wanted};
use crate::up::{self, say};

/// Below this, little can be kept before the disk is full.
const LITTLE: u64 = 256 << 20;

/// What was found of one thing.
enum Finding {
    Fine(String),
    /// It works, and somebody should know.
    Warning(String),
    /// It does not, and what to do.
    Wrong(String),
}

/// How the findings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// What is wrong, then what somebody should know.
    Short,
    /// And what is sound.
    Long,
    /// All of it as one JSON object.
    Json,
}

impl Form {
    /// As the flags say.
    pub fn of(verbose: bool, json: bool) -> Self {
        match (verbose, json) {
            (_, true) => Self::Json,
            (true, false) => Self::Long,
            (false, false) => Self::Short,
        }
    }
}

/// Examines everything, and says what is wrong and how to mend it. The configuration itself was
/// sound, or it could not have been handed over.
///
/// # Errors
/// When something is wrong.
pub async fn run(systems: &[System], configuration: &Configuration, form: Form) -> Result<()> {
    let mut findings = examined(systems, configuration).await;
    findings.sort_by_key(Finding::rank);
    say(&match form {
        Form::Json => json(&findings).to_string(),
        Form::Short => text(&findings, false),
        Form::Long => text(&findings, true),
    });
    let wrong = |finding: &&Finding| matches!(finding, Finding::Wrong(_));
    match findings.iter().filter(wrong).count() {
        0 => Ok(()),
        1 => bail!("one thing is wrong"),
        more => bail!("{more} things are wrong"),
    }
}

async fn examined(systems: &[System], configuration: &Configuration) -> Vec<Finding> {
    let mut findings = vec![Finding::Fine("configuration: sound".to_owned())];
    for system in systems {
        findings.extend(declaration(system));
        let folder = configuration.folder(system.name());
        findings.push(writable(&folder));
        findings.extend(disk::free(&folder).map(|free| room(&folder, free)));
        findings.extend(stores::look(system, configuration).await);
        findings.extend(stores::shapes(system, configuration));
        findings.extend(notifying::look(system, configuration).await);
    }
    findings.extend(bus::look(systems, configuration).await);
    findings.extend(listening(systems, configuration).await);
    if !configuration.bind.is_loopback() {
        let bind = configuration.bind;
        findings.push(Finding::Warning(format!(
            "bind: whoever reaches {bind} can use it without signing in; 127.0.0.1 keeps it on this machine"
        )));
    }
    if configuration.has_chaos() {
        findings.push(Finding::Warning(
            "chaos: settings for faults on purpose are there; they count only with --chaos"
                .to_owned(),
        ));
    }
    findings
}

impl Finding {
    /// What is wrong comes first.
    fn rank(&self) -> u8 {
        match self {
            Self::Wrong(_) => 0,
            Self::Warning(_) => 1,
            Self::Fine(_) => 2,
        }
    }

    /// How bad it is, and what was found.
    fn told(&self) -> (&'static str, &str) {
        match self {
            Self::Wrong(text) => ("wrong", text),
            Self::Warning(text) => ("warning", text),
            Self::Fine(text) => ("ok", text),
        }
    }
}

/// A line for each, and one for all that are sound where they are not listed.
fn text(findings: &[Finding], verbose: bool) -> String {
    let is_fine = |finding: &&Finding| matches!(finding, Finding::Fine(_));
    let told = findings.iter().filter(|it| verbose || !is_fine(it));
    let mut lines: Vec<String> = told
        .map(|finding| {
            let (how, text) = finding.told();
            format!("{how:8} {text}")
        })
        .collect();
    if !verbose {
        let fine = findings.iter().filter(is_fine).count();
        lines.push(format!("ok       {fine} checks passed; -v lists them"));
    }
    lines.join("\n")
}

/// `{"sound":true,"findings":[{"severity":"warning","text":"…"}]}`; severities are `wrong`, `warning`
/// and `ok`.
fn json(findings: &[Finding]) -> serde_json::Value {
    let told = findings.iter().map(|finding| {
        let (severity, text) = finding.told();
        serde_json::json!({ "severity": severity, "text": text })
    });
    let sound = !findings.iter().any(|it| matches!(it, Finding::Wrong(_)));
    serde_json::json!({ "sound": sound, "findings": told.collect::<Vec<_>>() })
}

fn declaration(system: &System) -> Vec<Finding> {
    let wrong = system.contexts().iter().filter_map(|c| c.check().err());
    wrong
        .map(|error| Finding::Wrong(error.to_string()))
        .collect()
}

/// Tries it with a file that is gone at once; a folder that is not there yet is not made, its
/// nearest parent is tried.
fn writable(folder: &Path) -> Finding {
    let place = existing(folder);
    match tempfile(place) {
        Ok(()) if place == folder => Finding::Fine(format!("{}: can be written", folder.display())),
        Ok(()) => Finding::Fine(format!("{}: can be made", folder.display())),
        Err(error) => Finding::Wrong(format!(
            "{}: cannot be written ({error}); check the owner and rights of {}, or choose another folder with --data",
            folder.display(),
            place.display()
        )),
    }
}

fn tempfile(place: &Path) -> std::io::Result<()> {
    let path = place.join(format!(".jumun-check-{}", std::process::id()));
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    fs::remove_file(&path)
}

/// The folder, or the nearest of those above it that is there.
fn existing(folder: &Path) -> &Path {
    let parents = folder.ancestors().map(|parent| {
        if parent == Path::new("") {
            Path::new(".")
        } else {
            parent
        }
    });
    parents
        .into_iter()
        .find(|place| place.exists())
        .unwrap_or(Path::new("."))
}

fn room(folder: &Path, free: u64) -> Finding {
    let mib = free >> 20;
    if free < LITTLE {
        Finding::Warning(format!(
            "{}: only {mib} MiB are free on its disk; make room before it is full",
            folder.display()
        ))
    } else {
        Finding::Fine(format!(
            "{}: {mib} MiB are free on its disk",
            folder.display()
        ))
    }
}

async fn listening(systems: &[System], configuration: &Configuration) -> Vec<Finding> {
    let running: Vec<u32> = systems
        .iter()
        .flat_map(|system| running(&configuration.folder(system.name())))
        .collect();
    let places = up::wanted(systems, configuration);
    let twice = ports::wanted_twice(&places).into_iter();
    let mut findings: Vec<Finding> = twice.map(Finding::Wrong).collect();
    for wanted in places {
        findings.push(port(&wanted, &running).await);
    }
    findings
}

/// The processes that have a system's stores.
fn running(folder: &Path) -> Vec<u32> {
    let whole = DataFolder::holder(folder).into_iter();
    let apart = DataFolder::context_holders(folder).into_iter();
    whole
        .chain(apart.map(|(_, holder)| holder))
        .map(|holder| holder.process)
        .collect()
}

async fn port(wanted: &Wanted, running: &[u32]) -> Finding {
    let port = wanted.address.port();
    match ports::listen(std::slice::from_ref(wanted)).await {
        Ok(_) => Finding::Fine(format!("port {port}, for {}: free", wanted.whom)),
        Err(taken) => match ports::Holder::of(port) {
            Some(holder) if is_ours(&holder, running) => Finding::Fine(format!(
                "port {port}, for {}: served by the running jumun",
                wanted.whom
            )),
            _ => Finding::Wrong(taken.to_string()),
        },
    }
}

/// A gateway in a process of its own has no store: it is known by its program.
fn is_ours(holder: &ports::Holder, running: &[u32]) -> bool {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_name);
    // The system keeps 15 bytes of a program's name.
    let same = name.is_some_and(|name| {
        let name = name.as_encoded_bytes();
        name.get(..15).unwrap_or(name) == holder.program.as_bytes()
    });
    running.contains(&holder.process) || !running.is_empty() && same
}
