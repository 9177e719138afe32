//! Reads the command line, with `up` where no command is named.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _};

use super::Cli;
use crate::systems::Systems;

/// Commands on which flags are taken, so that those which start them can hand all of theirs on, and do
/// nothing.
const WITHOUT_EFFECT: [(&str, &[&str]); 2] = [
    ("gateway", &["context_ports", "durability", "chaos"]),
    ("serve", &["context_ports"]),
];

/// The declared command line, as its help shows it.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    for (name, flags) in WITHOUT_EFFECT {
        command = command.mut_subcommand(name, |subcommand| {
            flags.iter().fold(subcommand, |subcommand, flag| {
                subcommand.mut_arg(flag, |flag| flag.hide(true))
            })
        });
    }
    command
}

/// Reads what was typed, the program's name first. Where no command is named, `up` is meant.
///
/// # Errors
/// When it cannot be understood, or when it asks for help. Where a system has to be named, the message
/// lists those that there are.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    systems: Systems<'_>,
) -> Result<Cli, clap::Error> {
    let mut command = command();
    let names: Vec<&'static str> = systems.all().iter().map(storm::System::name).collect();
    let arguments = with_up(arguments.into_iter().collect(), &command, &names);
    command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| listing(error, &names))
}

/// Puts `up` in front of flags that only it has, and of a system's name.
fn with_up(mut typed: Vec<OsString>, command: &clap::Command, systems: &[&str]) -> Vec<OsString> {
    let is = |argument: &OsStr, names: &[&str]| names.iter().any(|name| argument == *name);
    let rest = typed.get(1..).unwrap_or_default();
    let asks_for_help = |argument: &OsString| is(argument, &["-h", "--help", "-V", "--version"]);
    let names_command = |argument: &OsString| {
        let mut commands = command.get_subcommands();
        argument == "help" || commands.any(|it| argument == it.get_name())
    };
    let first = rest.first();
    let goes_on =
        first.is_some_and(|first| first.to_string_lossy().starts_with('-') || is(first, systems));
    if goes_on && !rest.iter().any(|it| asks_for_help(it) || names_command(it)) {
        typed.insert(1, "up".into());
    }
    typed
}

/// Adds the systems to the message that one is missing.
fn listing(mut error: clap::Error, systems: &[&'static str]) -> clap::Error {
    let lacks_system = error.kind() == ErrorKind::MissingRequiredArgument
        && match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(missing)) => missing.iter().any(|it| it == "<SYSTEM>"),
            _ => false,
        };
    if lacks_system {
        let hint = format!("SYSTEM is one of: {}", systems.join(", "));
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![hint.into()]),
        );
    }
    error
}
