//! One process: started, listened to, started again when it falls, and stopped.

use std::io::Write as _;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::liveness::Liveness;
use super::plan::Part;
use crate::configuration::Supervise;
use crate::split::SERVING;
use crate::up::say;

/// Before the first restart; each next pause is twice as long.
const SHORT_PAUSE: Duration = Duration::from_millis(250);
/// No pause is longer.
const LONG_PAUSE: Duration = Duration::from_secs(10);
/// Who has run for so long begins with a short pause anew.
const A_WHILE: Duration = Duration::from_secs(10);
/// How the last word of a process that failed begins.
const LAST_WORD: &str = "jumun: ";

/// What all processes are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Up,
    /// The door finishes what is under way.
    DoorStops,
    /// Everybody does.
    AllStop,
    /// Nothing is waited for.
    Killed,
}

/// What is told of a process.
#[derive(Debug)]
pub(super) enum News {
    /// It can be used.
    Serves(String),
    /// It could not be started the first time, and never will be like this.
    Failed(String),
}

/// One process that is kept running.
pub(super) struct Child {
    pub(super) part: Part,
    /// Of the longest name.
    pub(super) width: usize,
    pub(super) supervise: Supervise,
    pub(super) tell: mpsc::UnboundedSender<News>,
}

/// How a process ended.
struct End {
    how: String,
    /// With exit code 0.
    well: bool,
    served: bool,
    lasted: Duration,
}

impl Child {
    /// Until it is told to stop, or can never be started. Says whether it was the door.
    pub(super) async fn keep(self, mut phase: watch::Receiver<Phase>) -> bool {
        let mut pause = SHORT_PAUSE;
        let mut served_once = false;
        while !self.is_to_stop(&phase) {
            let end = match self.run(&mut phase).await {
                Ok(end) => end,
                Err(error) => End {
                    how: format!("{error:#}"),
                    well: false,
                    served: false,
                    lasted: Duration::ZERO,
                },
            };
            let name = &self.part.name;
            if self.is_to_stop(&phase) {
                if !end.well {
                    tracing::warn!("{name} {}", end.how);
                }
                break;
            }
            served_once |= end.served;
            if !served_once {
                let why = format!("{name} cannot be started: {}", end.how);
                // Nobody to tell is somebody who is ending.
                let _ = self.tell.send(News::Failed(why));
                break;
            }
            if end.lasted >= A_WHILE {
                pause = SHORT_PAUSE;
            }
            // Whoever ended it in order wants it back at once: requests wait for it.
            let now = end.well && end.lasted >= A_WHILE;
            let after = if now { Duration::ZERO } else { pause };
            let when = if now {
                "at once".to_owned()
            } else {
                format!("in {after:?}")
            };
            tracing::warn!("{name} {}; it is started again {when}", end.how);
            tokio::select! {
                () = tokio::time::sleep(after) => {}
                _ = phase.wait_for(|phase| self.stops_in(*phase)) => {}
            }
            pause = (pause * 2).min(LONG_PAUSE);
        }
        self.part.door
    }

    fn stops_in(&self, phase: Phase) -> bool {
        phase >= Phase::AllStop || self.part.door && phase >= Phase::DoorStops
    }

    fn is_to_stop(&self, phase: &watch::Receiver<Phase>) -> bool {
        self.stops_in(*phase.borrow())
    }

    /// From its start to its end.
    async fn run(&self, phase: &mut watch::Receiver<Phase>) -> Result<End> {
        let began = Instant::now();
        let liveness = Liveness::of(&self.part.name, &self.part.address, &self.supervise)?;
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let mut process = Command::new(program)
            .args(&self.part.arguments)
            .envs(
                self.part
                    .variables
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            // It ends when this end of it is gone, however this process ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for this process, which hands it on in order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("no process can be started")?;
        let held = process.stdin.take();
        let id = process.id();
        let serving = watch::Sender::new(false);
        let listening = self.listen(process.stdout.take(), process.stderr.take(), &serving);
        let mut lost = pin!(lost(&liveness, serving.subscribe()));
        let mut told = Phase::Up;
        let mut is_lost = false;
        let mut kill_at = None;
        let ending = async {
            loop {
                tokio::select! {
                    status = process.wait() => return status,
                    why = lost.as_mut(), if !is_lost && !self.stops_in(told) => {
                        is_lost = true;
                        let Part { name, .. } = &self.part;
                        let looks = self.supervise.failures;
                        tracing::warn!("{name} failed {looks} liveness looks in a row: {why}; it is stopped");
                        terminate(id);
                        kill_at = Some(Instant::now() + self.supervise.grace);
                    }
                    () = at(kill_at) => {
                        process.start_kill()?;
                        kill_at = None;
                    }
                    now = later_than(told, phase) => {
                        told = now;
                        if told == Phase::Killed {
                            process.start_kill()?;
                        } else if self.stops_in(told) {
                            terminate(id);
                        }
                    }
                }
            }
        };
        let ((served, last_word), status) = tokio::join!(listening, ending);
        drop(held);
        let status = status.context("it cannot be waited for")?;
        Ok(End {
            how: how(status, &last_word),
            well: status.success(),
            served,
            lasted: began.elapsed(),
        })
    }

    /// Hands on what it says, under its name. Whether it served, and its last word.
    async fn listen(
        &self,
        out: Option<impl AsyncRead + Unpin>,
        errors: Option<impl AsyncRead + Unpin>,
        serving: &watch::Sender<bool>,
    ) -> (bool, String) {
        let mut served = false;
        let mut last_word: Vec<String> = Vec::new();
        let out = lines(out, |line| {
            if !served && line == SERVING {
                served = true;
                serving.send_replace(true);
                // Nobody to tell is somebody who is ending.
                let _ = self.tell.send(News::Serves(self.part.name.clone()));
            } else {
                say(&self.marked(line));
            }
        });
        let errors = lines(errors, |line| {
            if let Some(word) = line.strip_prefix(LAST_WORD) {
                last_word = vec![word.to_owned()];
            } else if last_word.is_empty() {
                // Whoever has closed standard error wants no words.
                let _ = writeln!(std::io::stderr(), "{}", self.marked(line));
            } else {
                last_word.push(line.to_owned());
            }
        });
        tokio::join!(out, errors);
        (served, last_word.join("\n"))
    }

    /// Lines for machines stay as they are.
    fn marked(&self, line: &str) -> String {
        if line.starts_with('{') {
            return line.to_owned();
        }
        format!("{:width$} | {line}", self.part.name, width = self.width)
    }
}

async fn lines(from: Option<impl AsyncRead + Unpin>, mut each: impl FnMut(&str)) {
    let Some(from) = from else { return };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    // What cannot be read any more is at its end.
    while reader
        .read_until(b'\n', &mut line)
        .await
        .is_ok_and(|read| read > 0)
    {
        each(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
}

/// When a process that served does nothing any more, and why.
async fn lost(liveness: &Liveness, mut serving: watch::Receiver<bool>) -> String {
    if serving.wait_for(|serving| *serving).await.is_err() {
        return std::future::pending().await;
    }
    liveness.lost().await
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The next phase. Nobody who could tell is the end of all.
async fn later_than(told: Phase, phase: &mut watch::Receiver<Phase>) -> Phase {
    let next = phase.wait_for(|phase| *phase > told).await;
    match next.map(|phase| *phase) {
        Ok(phase) => phase,
        Err(_) if told == Phase::Killed => std::future::pending().await,
        Err(_) => Phase::Killed,
    }
}

fn terminate(id: Option<u32>) {
    let id = id.and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(Pid::from_raw) {
        // It has not been waited for, so the number is still its own; if it is gone, all is well.
        let _ = kill_process(id, Signal::TERM);
    }
}

fn how(status: ExitStatus, last_word: &str) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    };
    if last_word.is_empty() {
        how
    } else {
        format!("{how}: {last_word}")
    }
}

#[cfg(test)]
mod tests;
