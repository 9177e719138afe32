//! A folder with a system's data, what can be done with it, and the way in.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::{Door, Ran, Setup, jumun};
use crate::waiting::eventually;

/// What a system has, whether in [one process](super::Stage) or in [several](super::Apart).
pub(crate) struct Site {
    pub(super) setup: Setup,
    door: Option<Door>,
    folder: TempDir,
}

impl Site {
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            setup,
            door: None,
            folder: TempDir::new().expect("a folder"),
        }
    }

    pub(super) fn open_at(&mut self, address: SocketAddr) {
        let apart = self.setup.contexts_apart();
        self.door = Some(Door::at(address).in_processes(apart));
    }

    pub(super) fn closed(&mut self) {
        self.door = None;
    }

    /// The name of its one system.
    pub(crate) fn system(&self) -> &'static str {
        self.setup.system.expect("it is of one system")
    }

    /// All that is this test's own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The stores.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data").join(self.system())
    }

    /// Runs another command on the same folder, whether the system runs or not.
    pub(crate) fn command(&self, arguments: &[&str]) -> Ran {
        Ran::to_end(jumun(&self.setup, self.folder()).args(arguments))
    }

    /// The whole log, as `jumun events --json` has it; the events themselves are in `data`.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let log = self.command(&["events", self.system(), "--json"]).fine();
        log.lines()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect()
    }

    /// How often this was told.
    #[track_caller]
    pub(crate) fn told(&self, event: &str) -> usize {
        self.events()
            .iter()
            .filter(|told| told["type"] == event)
            .count()
    }

    /// Fails if an event could not be delivered or is held back.
    #[track_caller]
    pub(crate) fn has_no_dead_letters(&self) {
        let letters = self
            .command(&["dead-letters", self.system(), "list", "--all"])
            .fine();
        assert_eq!(letters.trim(), "no events are held back");
    }

    /// Makes a read model anew, and fails unless it shows what it has shown before (I6).
    #[track_caller]
    pub(crate) fn is_the_same_rebuilt(&self, context: &str, view: &str) {
        let before = self.all(view);
        assert!(!before.is_empty(), "{view} shows nothing");
        eventually(&format!("{view} rebuilt"), || {
            let rebuilt = self.command(&["rebuild", self.system(), context, view]);
            if rebuilt.err.contains("(status 503)") {
                // A server that it takes did not answer in time, or leads nothing for a moment.
                return Err(rebuilt.err);
            }
            rebuilt.fine();
            Ok(())
        });
        let after = self.all(view);
        assert_eq!(before.len(), after.len(), "{view}");
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after, "{view}");
        }
    }

    /// [`Site::is_the_same_rebuilt`], with every read model that the system declares.
    #[track_caller]
    pub(crate) fn are_all_the_same_rebuilt(&self) {
        let system = crate::stage::systems()
            .find(self.system())
            .expect("declared");
        let mut rebuilt = 0;
        for context in system.contexts() {
            for view in context.read_models() {
                self.is_the_same_rebuilt(context.name(), view.collection());
                rebuilt += 1;
            }
        }
        assert!(rebuilt > 0, "{} has no read models", self.system());
    }
}

impl Deref for Site {
    type Target = Door;
    fn deref(&self) -> &Door {
        self.door.as_ref().expect("it runs")
    }
}
