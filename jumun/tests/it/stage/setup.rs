//! How a system is started.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use engines::Database;
use storm::Context;

use super::{Apart, Cluster, Servers, Shape, Size, Stage};

/// Who shows this is an operator.
pub(crate) const TOKEN: &str = "the-operator-of-the-tests";

/// How a system is started.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// All of them, if none is named.
    pub(super) system: Option<&'static str>,
    pub(super) flags: Vec<String>,
    variables: Vec<(String, String)>,
    file_limit: Option<u32>,
    open_files: Option<u32>,
    /// Contexts that are asked through a tap.
    pub(super) tapped: Vec<&'static str>,
    shape: Shape,
    /// Where its stores are, on servers; dropped when nobody is started like this any more.
    _databases: Arc<Vec<Database>>,
}

impl Setup {
    /// As a new user would start this system.
    pub(crate) fn of(system: &'static str) -> Self {
        Self {
            system: Some(system),
            ..Self::of_all()
        }
    }

    /// As a new user would start all systems.
    pub(crate) fn of_all() -> Self {
        Self {
            system: None,
            flags: Vec::new(),
            variables: Vec::new(),
            file_limit: None,
            open_files: None,
            tapped: Vec::new(),
            shape: Shape::Together,
            _databases: Arc::default(),
        }
    }

    /// In this shape, with stores of its own.
    pub(crate) fn shape(self, shape: Shape) -> Self {
        if !shape.is_split() {
            return self;
        }
        let (setup, databases) = shape.furnish(self);
        Self {
            shape,
            _databases: Arc::new(databases),
            ..setup
        }
    }

    /// The name of its one system.
    pub(crate) fn system(&self) -> &'static str {
        self.system.expect("it is of one system")
    }

    /// The system's contexts.
    pub(crate) fn contexts(&self) -> Vec<&'static str> {
        let system = super::systems().find(self.system()).expect("declared");
        system.contexts().iter().map(Context::name).collect()
    }

    /// Those of them that `jumun up` starts as processes of their own.
    pub(super) fn contexts_apart(&self) -> Vec<&'static str> {
        if self.shape.is_split() {
            self.contexts()
        } else {
            Vec::new()
        }
    }

    /// Faults on purpose are allowed.
    pub(crate) fn chaos(self) -> Self {
        self.flag("--chaos")
    }

    /// A flag of whatever serves: `jumun up`, `serve` and `gateway`.
    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// A key as `jumun.toml` has it, e.g. `asks.deadline`.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("JUMUN_{}", key.to_uppercase().replace('.', "__"));
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The same, where the test has not set it: of two, the later counts.
    pub(super) fn unless_set(self, key: &str, value: &str) -> Self {
        let mut with = self.set(key, value);
        with.variables.rotate_right(1);
        with
    }

    /// A key of one of the system's contexts, e.g. `payment` and `deadlines.capture`.
    pub(crate) fn set_in(self, context: &str, key: &str, value: &str) -> Self {
        let system = self.system();
        self.set(&format!("systems.{system}.{context}.{key}"), value)
    }

    /// What a key was set to.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let name = format!("JUMUN_{}", key.to_uppercase().replace('.', "__"));
        let mut set = self.variables.iter().rev();
        set.find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// No file of the system's may become larger than so many KiB; a write that would make it so
    /// fails, and does not end the process.
    pub(crate) fn file_limit(mut self, kib: u32) -> Self {
        self.file_limit = Some(kib);
        self
    }

    /// So many files and connections may be open at once.
    pub(crate) fn open_files(mut self, limit: u32) -> Self {
        self.open_files = Some(limit);
        self
    }

    /// Whoever asks this context, the gateway too, asks it through a [`Tap`](super::Tap). For
    /// [`Setup::start_apart`].
    pub(crate) fn tapped(mut self, context: &'static str) -> Self {
        self.tapped.push(context);
        self
    }

    /// In one process, or in the [shape](Setup::shape) that was chosen.
    pub(crate) fn start(self) -> Stage {
        Stage::set_up(self)
    }

    /// Each context in a process of its own, behind one door.
    pub(crate) fn start_apart(self) -> Apart {
        self.start_apart_without(&[])
    }

    /// As [`Setup::start_apart`], but some contexts are not there, and can be started later.
    pub(crate) fn start_apart_without(self, absent: &[&str]) -> Apart {
        Apart::set_up(&self, absent)
    }

    /// Each context as so many replicas, with room for more, on these servers.
    pub(crate) fn start_cluster(self, size: Size, servers: Servers) -> Cluster {
        Cluster::set_up(&self, size, servers)
    }

    pub(super) fn up(&self, folder: &Path) -> Command {
        let mut command = jumun(self, folder);
        command
            .arg("up")
            .args(self.system)
            .args(["--port", "0"])
            .args(self.shape.is_split().then_some("--split"))
            .args(&self.flags);
        command
    }
}

/// The binary, told where the data is, and nothing from outside the test.
pub(crate) fn jumun(setup: &Setup, folder: &Path) -> Command {
    let of_files = setup
        .file_limit
        .map(|kib| format!("trap '' XFSZ; ulimit -S -f {kib};"));
    let of_open = setup.open_files.map(|limit| format!("ulimit -n {limit};"));
    let mut command = match [of_files, of_open]
        .into_iter()
        .flatten()
        .collect::<String>()
    {
        none if none.is_empty() => Command::new(env!("CARGO_BIN_EXE_jumun")),
        limits => {
            let mut shell = Command::new("bash");
            let limited = format!("{limits} exec \"$0\" \"$@\"");
            shell.args(["-c", &limited, env!("CARGO_BIN_EXE_jumun")]);
            shell
        }
    };
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JUMUN_")) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("JUMUN_DATA", folder.join("data"))
        .env("JUMUN_ADMIN_TOKEN", TOKEN)
        .env("RUST_BACKTRACE", "1")
        .envs(setup.variables.iter().map(|(name, value)| (name, value)));
    command
}
