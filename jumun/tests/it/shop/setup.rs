//! How a shop is started.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Process, Shop};

/// Who shows this is an operator.
pub(crate) const TOKEN: &str = "the-operator-of-the-tests";

/// How a shop is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    pub(super) flags: Vec<String>,
    variables: Vec<(String, String)>,
    file_limit: Option<u32>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Faults on purpose are allowed.
    pub(crate) fn chaos() -> Self {
        Self::new().flag("--chaos")
    }

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

    /// No file of the shop's may become larger than so many KiB; a write that would make it so
    /// fails, and does not end the process.
    pub(crate) fn file_limit(mut self, kib: u32) -> Self {
        self.file_limit = Some(kib);
        self
    }

    pub(crate) fn start(self) -> Shop {
        let folder = TempDir::new().expect("a folder");
        let process = Process::up(&self, folder.path()).unwrap_or_else(|said| panic!("{said}"));
        Shop {
            setup: self,
            folder,
            process: Some(process),
        }
    }
}

/// The binary, told where the data is, and nothing from outside the test.
pub(crate) fn jumun(setup: &Setup, folder: &Path) -> Command {
    let mut command = match setup.file_limit {
        None => Command::new(env!("CARGO_BIN_EXE_jumun")),
        Some(kib) => {
            let mut shell = Command::new("bash");
            let limited = format!("trap '' XFSZ; ulimit -S -f {kib}; exec \"$0\" \"$@\"");
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
