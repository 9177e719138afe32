//! The processes of the twin, and of the load: asked on their stdin, one line each.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};

use super::super::server::Running;
use super::work::Work;

pub(super) struct Told {
    role: &'static str,
    pub(super) process: Running,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Where a process of it works.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) programs: &'a Path,
    pub(super) brokers: &'a str,
    pub(super) topic: &'a str,
}

impl Place<'_> {
    fn command(self, role: &str) -> Command {
        let mut command = Command::new(self.programs.join("twin"));
        command
            .args(["--brokers", self.brokers, "--topic", self.topic])
            .arg(role);
        command
    }

    pub(super) fn make_topic(self) -> anyhow::Result<()> {
        let made = self.command("topic").status()?;
        ensure!(made.success(), "the topic {} was not made", self.topic);
        Ok(())
    }

    /// Returns when it is ready for orders.
    pub(super) fn start(self, role: &'static str, arguments: &[&str]) -> anyhow::Result<Told> {
        let mut child = self
            .command(role)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("twin {role} cannot be started"))?;
        let piped = child.stdin.take().zip(child.stdout.take());
        let (orders, stdout) = piped.context("it is not piped")?;
        let mut told = Told {
            role,
            process: Running(child),
            orders,
            answers: BufReader::new(stdout),
        };
        let said = told.answer()?;
        ensure!(said == "ready", "twin {role} said {said}");
        Ok(told)
    }
}

impl Told {
    pub(super) fn begin(&mut self, order: &str) -> anyhow::Result<()> {
        writeln!(self.orders, "{order}").with_context(|| format!("twin {} has gone", self.role))
    }

    pub(super) fn answer(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line)?;
        ensure!(read > 0, "twin {} has gone", self.role);
        Ok(line.trim().to_owned())
    }

    pub(super) fn ask(&mut self, order: &str) -> anyhow::Result<String> {
        self.begin(order)?;
        self.answer()
    }

    pub(super) fn done(&mut self) -> anyhow::Result<Work> {
        let said = self.ask("counts")?;
        Work::read(&said).with_context(|| format!("twin {} said {said}", self.role))
    }
}
