//! The command line: what can be said, and its help.

mod examples;
mod parse;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::board::Format;
use crate::configuration::{Bind, Configuration, Durability, LogFormat};
use examples::{
    ABOUT, ADVANCE, BACKUP, BOARD, CHECK, COMPLETIONS, DEAD_LETTERS, EVENTS, EXAMPLES, GATEWAY,
    MAN, MOVE, REBUILD, RESTORE, SERVE, UP,
};
pub use parse::{command, parse};

/// What was said.
#[derive(Debug, Parser)]
#[command(name = "jumun", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 80)]
pub struct Cli {
    /// What to do; `up` when no command is named.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// For every command.
    #[command(flatten)]
    pub common: Common,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// Read settings from this file instead of jumun.toml (`JUMUN_CONFIG` names one, too)
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Keep the stores in this folder [default: data]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// How log lines on standard error look [default: text]
    #[arg(long, value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run whole systems in this process; also when no command is named
    #[command(after_help = UP)]
    Up {
        /// Which system; all of them when none is named
        system: Option<String>,
        /// Run each of its contexts, and its gateway, as a process of its own, and keep them running
        #[arg(long, requires = "system")]
        split: bool,
        /// Run so many processes of each context whose store is on a server
        #[arg(long, value_name = "N", requires = "split", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
        replicas: u16,
        /// How it is served.
        #[command(flatten)]
        serving: Serving,
    },
    /// Run one context, as one process among several
    #[command(after_help = SERVE)]
    Serve {
        /// Which system
        system: String,
        /// Which of its contexts
        context: String,
        /// End when standard input ends
        #[arg(long, hide = true)]
        supervised: bool,
        /// How it is served.
        #[command(flatten)]
        serving: Serving,
    },
    /// Run only the gateway, in front of contexts in other processes
    #[command(after_help = GATEWAY)]
    Gateway {
        /// Which system
        system: String,
        /// End when standard input ends
        #[arg(long, hide = true)]
        supervised: bool,
        /// How it is served.
        #[command(flatten)]
        serving: Serving,
    },
    /// Draw a system's wall of stickers, or the context map, from the code
    #[command(after_help = BOARD)]
    Board {
        /// Which system; all of them when none is named, as text or map
        system: Option<String>,
        /// How it is drawn
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Write to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print a system's log of events, also while it runs
    #[command(after_help = EVENTS)]
    Events(EventsArgs),
    /// Rebuild a read model from the event log
    #[command(after_help = REBUILD)]
    Rebuild {
        /// Which system
        system: String,
        /// The context that has the read model
        context: String,
        /// The read model, by its collection
        view: String,
    },
    /// List, look into, retry or drop events that could not be processed
    #[command(after_help = DEAD_LETTERS)]
    DeadLetters {
        /// Which system
        system: String,
        /// What to do with them; `list` when nothing is said.
        #[command(subcommand)]
        action: Option<LetterAction>,
    },
    /// Move the data of a system, or of one context, to another store, of any kind
    #[command(after_help = MOVE)]
    Move(MoveArgs),
    /// Copy all data of a system into a new folder, as of one moment, while it runs
    #[command(after_help = BACKUP)]
    Backup {
        /// Which system
        system: String,
        /// A folder that is not there yet
        dir: PathBuf,
    },
    /// Copy a backup back into the stores that are configured
    #[command(after_help = RESTORE)]
    Restore {
        /// Which system
        system: String,
        /// The backup's folder
        dir: PathBuf,
        /// Delete the data that the stores hold now
        #[arg(long)]
        replace: bool,
    },
    /// Restart a context whose store is behind what it already published
    #[command(after_help = ADVANCE)]
    Advance {
        /// Which system
        system: String,
        /// The context whose store is older
        context: String,
        /// Go on after this position of its log at least
        #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(1..))]
        past: Option<i64>,
    },
    /// Say whether the configuration is sound, and how to fix it if not
    #[command(after_help = CHECK)]
    Check {
        /// Only this system; all of them when none is named
        system: Option<String>,
        /// Also list what is sound
        #[arg(long, short)]
        verbose: bool,
        /// Print one JSON object instead, for machines
        #[arg(long)]
        json: bool,
        /// How it would be served.
        #[command(flatten)]
        serving: Serving,
    },
    /// List the systems and their contexts
    Systems,
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write manual pages
    #[command(after_help = MAN)]
    Man {
        /// The folder that they are written to
        folder: PathBuf,
    },
}

/// Flags of everything that listens.
#[derive(Clone, Debug, Default, Args)]
pub struct Serving {
    /// Listen on this port instead of the system's own; 0 takes a free one and prints it
    #[arg(long, value_name = "P")]
    pub port: Option<u16>,
    /// Let each context listen on its original port too [default: yes, unless --port is given or --bind lets others in]
    #[arg(long, value_name = "YES", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub context_ports: Option<bool>,
    /// Listen on this address; any but loopback lets others in, by the gateway's port alone [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<Bind>,
    /// When a change is answered [default: durable]
    #[arg(long, value_enum)]
    pub durability: Option<Durability>,
    /// Allow faults on purpose: `chaos` settings and `/makeZombie`
    #[arg(long)]
    pub chaos: bool,
}

/// Which events are printed.
#[derive(Clone, Debug, Args)]
pub struct EventsArgs {
    /// Which system
    pub system: String,
    /// Go on with those to come, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Only one story's
    #[arg(long, value_name = "ID")]
    pub correlation: Option<String>,
    /// Only one context's
    #[arg(long, value_name = "C")]
    pub context: Option<String>,
    /// Only of one type, e.g. `OrderPlaced`
    #[arg(long = "type", value_name = "T")]
    pub event_type: Option<String>,
    /// One JSON object a line, for machines
    #[arg(long)]
    pub json: bool,
}

/// What is moved, and where to.
#[derive(Clone, Debug, Args)]
pub struct MoveArgs {
    /// Which system
    pub system: String,
    /// Which of its contexts; all of them when none is named
    pub context: Option<String>,
    /// Where to: `sqlite:`, `postgres://USER@HOST:5432/DATABASE` or `mysql://USER@HOST:3306`
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// Read the password for it from this file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Delete the data that is there now
    #[arg(long)]
    pub replace: bool,
    /// Publish on Kafka, once it is configured, what was told before the move, too
    #[arg(long)]
    pub history: bool,
    /// Delete the data in the old place, once all of it is in the new one
    #[arg(long)]
    pub drop_source: bool,
}

/// What is done with dead letters.
#[derive(Clone, Debug, Subcommand)]
pub enum LetterAction {
    /// List them (also when nothing else is said)
    List {
        /// Only one context's
        #[arg(long, value_name = "C")]
        context: Option<String>,
        /// Those that only wait behind one, or are being retried, too
        #[arg(long)]
        all: bool,
    },
    /// Show one: what it says, and why it could not be taken in
    Show {
        /// As listed: `context/producer/position`
        letter: String,
    },
    /// Try it again now, and then those that wait behind it
    Retry {
        /// As listed: `context/producer/position`
        letter: String,
    },
    /// Give it up for good; those that wait behind it are tried again
    Drop {
        /// As listed: `context/producer/position`
        letter: String,
    },
}

fn spelled(value: &impl clap::ValueEnum) -> OsString {
    let value = value.to_possible_value();
    value.map_or_else(OsString::new, |value| value.get_name().into())
}

impl Common {
    /// Flags override what was read.
    pub fn override_in(&self, configuration: &mut Configuration) {
        if let Some(data) = &self.data {
            configuration.data.clone_from(data);
        }
        if let Some(format) = self.log_format {
            configuration.log_format = format;
        }
    }
}

impl Common {
    /// The same flags, for another process.
    pub fn flags(&self) -> Vec<OsString> {
        let mut flags = Vec::new();
        if let Some(config) = &self.config {
            flags.extend(["--config".into(), config.into()]);
        }
        if let Some(data) = &self.data {
            flags.extend(["--data".into(), data.into()]);
        }
        if let Some(format) = self.log_format {
            flags.extend(["--log-format".into(), spelled(&format)]);
        }
        flags
    }
}

impl Serving {
    /// The same flags, for another process, but for where it listens.
    pub fn flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = Vec::new();
        if let Some(durability) = self.durability {
            flags.extend(["--durability".into(), spelled(&durability)]);
        }
        if self.chaos {
            flags.push("--chaos".into());
        }
        flags
    }

    /// Flags override what was read.
    pub fn override_in(&self, configuration: &mut Configuration) {
        if let Some(port) = self.port {
            configuration.port = Some(port);
        }
        if let Some(context_ports) = self.context_ports {
            configuration.context_ports = Some(context_ports);
        }
        if let Some(Bind(bind)) = self.bind {
            configuration.bind = bind;
        }
        if let Some(durability) = self.durability {
            configuration.durability = durability;
        }
    }
}

#[cfg(test)]
mod tests;
