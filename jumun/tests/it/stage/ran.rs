//! A command that runs to its end.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};

use super::process::ended;
use crate::waiting::PATIENCE;

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs it to its end, in time.
    pub(crate) fn to_end(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (out, err) = (
            child.stdout.take().expect("piped"),
            child.stderr.take().expect("piped"),
        );
        // Read while it runs: a full pipe would hold it up.
        let all = |mut from: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                from.read_to_end(&mut text).expect("readable");
                String::from_utf8_lossy(&text).into_owned()
            })
        };
        let (out, err) = (all(Box::new(out)), all(Box::new(err)));
        // It may be one that reads all logs, or makes a read model anew.
        let status = ended(&mut child, PATIENCE * 4, &format!("{command:?}"));
        Self {
            status,
            out: out.join().expect("read"),
            err: err.join().expect("read"),
        }
    }

    /// Its standard output, if it went well.
    #[track_caller]
    pub(crate) fn fine(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.out
    }

    /// Its standard error, if it did not.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        self.err
    }
}
