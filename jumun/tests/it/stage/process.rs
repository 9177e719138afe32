//! A process, and what it says.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Door;
use crate::waiting::{PATIENCE, eventually, within};
use crate::wire::{Answer, Request};

/// Stopping may take so long, and no longer (design §6).
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// What a process says.
#[derive(Clone, Default)]
pub(super) struct Said {
    text: Arc<Mutex<String>>,
    listening: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Said {
    /// So far.
    fn text(&self) -> String {
        self.text.lock().expect("no panic while writing").clone()
    }

    /// The end of it, for who looks for what went wrong.
    fn last(&self) -> String {
        const LINES: usize = 30;
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// All of it; the process has ended.
    fn whole(&self) -> String {
        let mut listening = self.listening.lock().expect("no panic while waiting");
        for listener in listening.drain(..) {
            listener.join().expect("it only listens");
        }
        self.text()
    }

    /// Takes down what comes, on a thread of its own.
    fn listen(&self, from: impl Read + Send + 'static) {
        let text = Arc::clone(&self.text);
        let listener = std::thread::spawn(move || {
            let mut lines = BufReader::new(from);
            let mut line = Vec::new();
            while lines
                .read_until(b'\n', &mut line)
                .is_ok_and(|read| read > 0)
            {
                let mut text = text.lock().expect("no panic while writing");
                text.push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        self.listening
            .lock()
            .expect("no panic while waiting")
            .push(listener);
    }
}

/// A process that has been started, and may serve soon. When it goes, the process is killed.
pub(super) struct Starting {
    child: Option<Child>,
    said: Said,
}

impl Starting {
    pub(super) fn of(command: &mut Command) -> Self {
        let (child, said) = Process::spawn(command);
        let child = Some(child);
        Self { child, said }
    }

    /// Waits until it says where it serves. If it ends instead: what it said.
    pub(super) fn serving(mut self) -> Result<Process, String> {
        let child = self.child.as_mut().expect("not taken yet");
        let address = within(PATIENCE * 3, "the process's address", || {
            let text = self.said.text();
            match (served_at(&text), child.try_wait().expect("its state")) {
                (Some(address), _) => Ok(Ok(address)),
                (None, Some(status)) => {
                    Ok(Err(format!("ended with {status}: {}", self.said.whole())))
                }
                (None, None) => Err(text),
            }
        })?;
        Ok(Process {
            child: self.child.take().expect("not taken yet"),
            address,
            said: self.said.clone(),
        })
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Either it has ended by itself, or it ends now.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A process that serves, and where.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    said: Said,
}

impl Process {
    /// Starts one, and waits until it says where it serves. If it ends instead: what it said.
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        Starting::of(command).serving()
    }

    pub(super) fn spawn(command: &mut Command) -> (Child, Said) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let said = Said::default();
        said.listen(child.stdout.take().expect("piped"));
        said.listen(child.stderr.take().expect("piped"));
        (child, said)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.text()
    }

    /// SIGKILL: no time for anything.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Sends a signal by its name, e.g. `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// SIGSTOP: it is there, and does nothing, until [`Process::thaw`].
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        let pid = self.pid().to_string();
        eventually("its standstill", || {
            let state = Command::new("ps")
                .args(["-o", "stat=", "-p", &pid])
                .output();
            let state = String::from_utf8_lossy(&state.expect("ps").stdout).into_owned();
            if state.trim().starts_with('T') {
                Ok(())
            } else {
                Err(state)
            }
        });
    }

    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Waits for its end, which must be in time and good.
    pub(crate) fn ends_well(&mut self) -> String {
        self.ends_with(0)
    }

    /// Waits for its end, which must be in time and with this exit code. What it said.
    pub(crate) fn ends_with(&mut self, code: i32) -> String {
        let status = ended(&mut self.child, STOPS_WITHIN, "the process after a signal");
        let said = self.said.whole();
        assert_eq!(status.code(), Some(code), "{said}");
        said
    }

    pub(crate) fn door(&self) -> Door {
        Door::at(self.address)
    }

    /// Over a connection of its own.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.door().send(request)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either it has ended by itself, or it ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("process {} said:\n{}", self.pid(), self.said.last());
        }
    }
}

/// A command that goes on until it is told to stop.
pub(crate) struct Following {
    child: Child,
    said: Said,
}

impl Following {
    pub(crate) fn start(command: &mut Command) -> Self {
        let (child, said) = Process::spawn(command);
        Self { child, said }
    }

    pub(crate) fn said(&self) -> String {
        self.said.text()
    }

    /// Ctrl-C; it must end well.
    pub(crate) fn interrupt(&mut self) {
        signal(self.child.id(), "INT");
        let status = ended(&mut self.child, STOPS_WITHIN, "the command after Ctrl-C");
        assert!(status.success(), "{status}: {}", self.said());
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(pid: u32, name: &str) {
    let kill = format!("kill -{name} {pid}");
    let done = Command::new("sh").args(["-c", &kill]).status();
    assert!(done.expect("a shell").success());
}

/// The first address in the line that begins with `gateway`, or with `context` for one alone.
fn served_at(text: &str) -> Option<SocketAddr> {
    // Only whole lines: the rest of one may still be on its way.
    let (whole, _) = text.rsplit_once('\n')?;
    whole.lines().map(str::trim_start).find_map(|line| {
        let rest = line
            .strip_prefix("gateway ")
            .or_else(|| line.strip_prefix("context "))?;
        let url = rest
            .split_whitespace()
            .find_map(|word| word.strip_prefix("http://"))?;
        url.trim_end_matches('/').parse().ok()
    })
}

/// Waits for a process to end; kills it and fails if it does not.
pub(super) fn ended(child: &mut Child, deadline: Duration, what: &str) -> ExitStatus {
    let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        within(deadline, &format!("the end of {what}"), || {
            let status = child.try_wait().map_err(|error| error.to_string())?;
            status.ok_or_else(|| "it runs".to_owned())
        })
    }));
    waited.unwrap_or_else(|panic| {
        let _ = child.kill();
        let _ = child.wait();
        std::panic::resume_unwind(panic)
    })
}
