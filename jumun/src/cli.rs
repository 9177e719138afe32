//! The command line: what can be said, and its help.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::board::Format;
use crate::configuration::{Configuration, Durability, LogFormat};

const ABOUT: &str =
    "From the wall of stickers to a running product: whole business systems in one process.";

const EXAMPLES: &str = "\
Examples:
  jumun up fruitstore                        the fruit shop: http://localhost:8088
  jumun up fruitstore --port 9000            the same, on that one port only
  jumun board fruitstore                     its wall of stickers
  jumun events fruitstore --follow           its log, as it is written
  jumun dead-letters fruitstore              what could not be delivered, and why
  jumun check                                is the configuration sound?

Settings are read from jumun.toml, then from JUMUN_… variables, then from flags.
JUMUN_LOG=info shows more of what happens; see docs/configuration.md for every key.
Exit codes: 0 fine, 1 it failed (the last line says why), 2 the command line was wrong.";

/// What was said.
#[derive(Debug, Parser)]
#[command(name = "jumun", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What to do; `up` when nothing is said.
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
    /// Run a whole system in this process: gateway, contexts, stores, nothing to install
    #[command(after_help = UP_EXAMPLES)]
    Up {
        /// Which system; all of them when none is named
        system: Option<String>,
        /// Run each of its contexts, and its door, as a process of its own, and keep them running
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
    #[command(after_help = SERVE_EXAMPLES)]
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
    /// Run a system's door alone, before contexts in other processes
    #[command(after_help = GATEWAY_EXAMPLES)]
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
    #[command(after_help = BOARD_EXAMPLES)]
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
    #[command(after_help = EVENTS_EXAMPLES)]
    Events(EventsArgs),
    /// Make a read model anew from the log
    #[command(after_help = REBUILD_EXAMPLES)]
    Rebuild {
        /// Which system
        system: String,
        /// The context that has the read model
        context: String,
        /// The read model, by its collection
        view: String,
    },
    /// List, look into, retry or drop events that could not be taken in
    #[command(after_help = DEAD_LETTERS_EXAMPLES)]
    DeadLetters {
        /// Which system
        system: String,
        /// What to do with them; `list` when nothing is said.
        #[command(subcommand)]
        action: Option<LetterAction>,
    },
    /// Say whether the configuration is sound, and how to mend it if not
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// How it would be served.
        #[command(flatten)]
        serving: Serving,
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
    pub bind: Option<IpAddr>,
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

const UP_EXAMPLES: &str = "\
Examples:
  jumun up                            all systems behind one door on 8088, and a page that lists them
  jumun up fruitstore                 gateway on 8088 and 8089, contexts on 8086, 8087, 8084, 8082
  jumun up fruitstore --port 0        one free port, printed, and no other
  jumun up fruitstore --port 9000 --context-ports
  jumun up fruitstore --chaos --config demo.toml     with a slow payment, to see the breaker open
  jumun up fruitstore --split         the same, with a process for the door and for each context
  jumun up fruitstore --split --replicas 2    two of each, on a database server and Kafka

The first line that begins with `gateway` and the URL after it are printed once it can be used.
Ctrl-C stops it when what is under way is finished; a second one at once.";

const SERVE_EXAMPLES: &str = "\
Example:
  jumun serve fruitstore payment      on its original port, 8087

Other contexts are asked at the `address` that the configuration gives them, or on their original
ports on this machine. Their events come through Kafka where [kafka] is configured, and any number of
replicas may run then whose store is on a server. Without Kafka they are read in the others' files, so
all must share one --data folder: data/SYSTEM/CONTEXT holds each context's own.";

const GATEWAY_EXAMPLES: &str = "\
Example:
  JUMUN_SYSTEMS__FRUITSTORE__PAYMENT__ADDRESS=http://payment:8087 jumun gateway fruitstore

Several addresses of one context stand with commas in between, and take turns. A context without an
`address` is looked for on its original port on this machine.";

const BOARD_EXAMPLES: &str = "\
Examples:
  jumun board fruitstore
  jumun board fruitstore --format svg --out fruitstore.svg
  jumun board fruitstore --format mermaid >> README.md
  jumun board --format map --out docs/context-map.md";

const EVENTS_EXAMPLES: &str = "\
Examples:
  jumun events fruitstore --follow
  jumun events fruitstore --correlation 0197c2… --json
  jumun events fruitstore --type OrderCanceled

The columns are: time (UTC), context, type, correlation id, data. Colours only on a terminal, and
never with NO_COLOR.";

const REBUILD_EXAMPLES: &str = "\
Example:
  jumun rebuild fruitstore mypage myPages

Asks the running system to do it; when none runs, does it by itself.";

const DEAD_LETTERS_EXAMPLES: &str = "\
Examples:
  jumun dead-letters fruitstore
  jumun dead-letters fruitstore show delivery/payment/17
  jumun dead-letters fruitstore retry delivery/payment/17

Asks the running system to do it; when none runs, does it by itself.";

const CHECK_EXAMPLES: &str = "\
Examples:
  jumun check
  jumun check --config staging.toml --port 9000

Changes nothing, and does not disturb a system that runs. Exit code 1 when something is wrong.";

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
        if let Some(bind) = self.bind {
            configuration.bind = bind;
        }
        if let Some(durability) = self.durability {
            configuration.durability = durability;
        }
    }
}

#[cfg(test)]
mod tests;
