//! A service that stays.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything here takes, a start of Java on a very busy machine included.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Java service at work on a topic: it hears what comes, and tells what it is given. It ends with the
/// value.
#[derive(Debug)]
pub struct Service {
    java: Child,
    // `None` once it has been told to end.
    stdin: Option<ChildStdin>,
    /// What it prints.
    lines: Receiver<Value>,
    /// What of it nobody has asked for yet.
    heard: Vec<Value>,
}

impl Service {
    pub(crate) fn of(mut java: Child) -> Self {
        let stdin = java.stdin.take();
        let stdout = java.stdout.take().expect("stdout is piped");
        let (print, lines) = channel();
        // Ends when Java does, or when nobody wants to know any more.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let line = line.expect("it writes UTF-8");
                let line = serde_json::from_str(&line).expect("it writes JSON");
                if print.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            java,
            stdin,
            lines,
            heard: Vec::new(),
        }
    }

    /// Waits for the next record that `is` it, and takes it: as [`Peer::consume`](crate::Peer::consume)
    /// says it. Others stay to be asked for.
    ///
    /// # Panics
    /// If none comes.
    #[track_caller]
    pub fn hears(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let wanted = |told: &Value| told.get("sent").is_none() && is(told);
        self.waits_for(what, wanted)
    }

    /// Sends records to the letter, one after the other: `{"key":…,"headers":{…},"value":…}`, key and
    /// headers optional. The partition and the offset of each.
    ///
    /// # Panics
    /// If it cannot.
    #[track_caller]
    pub fn tells(&mut self, records: &[Value]) -> Vec<(i32, i64)> {
        let send = |record: &Value| {
            let stdin = self.stdin.as_mut().expect("it runs");
            writeln!(stdin, "{record}").expect("it reads on");
            let sent = self.waits_for("an acknowledgement", |told| told.get("sent").is_some());
            let partition = sent["sent"].as_i64().and_then(|it| it.try_into().ok());
            let offset = sent["at"].as_i64();
            partition.zip(offset).expect("a partition and an offset")
        };
        records.iter().map(send).collect()
    }

    /// Ends it in good order: it has committed all that it heard, and left its group.
    ///
    /// # Panics
    /// If it does not end well.
    #[track_caller]
    pub fn stops(mut self) {
        drop(self.stdin.take());
        let ended = self.java.wait().expect("Java ends");
        assert!(ended.success(), "the service failed: {ended}");
    }

    #[track_caller]
    fn waits_for(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        let mut looked_at = 0;
        loop {
            let found = self.heard[looked_at..].iter().position(&is);
            if let Some(found) = found {
                return self.heard.remove(looked_at + found);
            }
            looked_at = self.heard.len();
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.heard.push(line),
                Err(error) => {
                    let heard: Vec<_> = self.heard.iter().map(Value::to_string).collect();
                    panic!(
                        "{what} did not come ({error}); heard:\n{}",
                        heard.join("\n")
                    );
                }
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Either it has ended by itself, or it ends now.
        let _ = self.java.kill();
        let _ = self.java.wait();
    }
}
