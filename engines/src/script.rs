//! A script under `ci/` that keeps servers running for as long as we hold its stdin.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// A running `ci/NAME run`.
#[derive(Debug)]
pub(crate) struct Script {
    name: &'static str,
    child: Child,
    // `None` only while it is being dropped: the pipe closes before we wait for the end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Script {
    /// Starts the servers, and waits until they are up: the script, and the line that says where.
    /// `None` if they cannot be had here; why has been printed.
    pub(crate) fn run(name: &'static str, arguments: &[String]) -> Option<(Self, String)> {
        match Self::try_run(name, arguments) {
            Ok(running) => Some(running),
            Err(why) => {
                skip(name, &why);
                None
            }
        }
    }

    fn try_run(name: &'static str, arguments: &[String]) -> Result<(Self, String), String> {
        let mut child = command(name)
            .arg("run")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("ci/{name} cannot be started: {error}"))?;
        let orders = child.stdin.take();
        let piped = child.stdout.take().zip(child.stderr.take());
        let (stdout, mut stderr) = piped.ok_or("its output is not piped")?;
        let mut answers = BufReader::new(stdout);
        let mut place = String::new();
        answers
            .read_line(&mut place)
            .map_err(|error| error.to_string())?;
        if place.is_empty() {
            let mut why = String::new();
            stderr
                .read_to_string(&mut why)
                .and_then(|_| child.wait())
                .map_err(|error| error.to_string())?;
            return Err(why.trim().to_owned());
        }
        // It says little, but what it says must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::stderr()));
        let script = Self {
            name,
            child,
            orders,
            answers,
        };
        Ok((script, place.trim().to_owned()))
    }

    /// Has the script do something, and waits until it is done.
    ///
    /// # Panics
    ///
    /// When it cannot be done: the test that wanted it cannot go on.
    #[track_caller]
    pub(crate) fn order(&mut self, what: &str, server: impl std::fmt::Display) {
        let done = self.ask(&format!("{what} {server}\n"));
        assert!(
            matches!(&done, Ok(answer) if answer.trim() == "ok"),
            "ci/{} was told to {what} server {server}: {done:?}",
            self.name
        );
    }

    fn ask(&mut self, line: &str) -> std::io::Result<String> {
        if let Some(orders) = &mut self.orders {
            orders.write_all(line.as_bytes())?;
        }
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer)
    }

    /// The process that keeps the servers.
    #[cfg(test)]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Whatever its end is like: it has ended.
        let _ = self.child.wait();
    }
}

/// Has `ci/NAME …` do something at once: what it says.
///
/// # Errors
///
/// What it says when that fails.
pub(crate) fn once(name: &str, arguments: &[&str]) -> Result<String, String> {
    let done = command(name).args(arguments).output();
    let done = done.map_err(|error| format!("ci/{name} cannot be started: {error}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).trim().to_owned())
    }
}

fn command(name: &str) -> Command {
    let scripts: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci");
    Command::new(scripts.join(name))
}

/// What the environment says, unless it says nothing.
pub(crate) fn told(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}

/// Says that tests of `what` are skipped, and why: once in a process, and so that it is seen although
/// they pass.
///
/// # Panics
///
/// With `JUMUN_ENGINES=all`: nothing may be skipped then.
pub fn skip(what: &str, why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    assert!(
        told("JUMUN_ENGINES").as_deref() != Some("all"),
        "JUMUN_ENGINES=all, and {what} cannot be had: {why}"
    );
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.insert(what.to_owned()) {
        // Not `eprintln!`, which is heard only when a test fails. Nobody there to hear it is no trouble.
        let _ = writeln!(std::io::stderr(), "skipped: all tests with {what}: {why}");
    }
}
