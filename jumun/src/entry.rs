//! Reads the command line and the configuration, does what was said, and says in one line why not.

use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context as _, Result};
use storm::System;
use storm::text::printable_lines;

use crate::cli::{self, Cli, Command, Common, Serving};
use crate::configuration::{Configuration, Sources};
use crate::systems::{Declared, Systems};
use crate::{
    advance, backup, board, check, descriptors, events, logging, moving, repair, split,
    supervising, up,
};

/// The system's own allocator costs an order an eighth more processor time: many small texts are
/// made on one thread and let go on another. It stands here, so that every binary that carries
/// systems has it, and needs to say nothing.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// For reads of the disk that nobody waits for any more.
const LETTING_GO: Duration = Duration::from_secs(1);

/// Pages of 2 MiB would cost each thread two or more of them, and save no time that can be measured.
fn keep_memory_small() {
    #[cfg(target_os = "linux")]
    {
        // Where the kernel will not, it is only a matter of memory.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
    }
}

/// What a binary does that carries these systems: all that the command line can say.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     jumun::main(jumun::systems::OURS)
/// }
/// ```
#[must_use = "the exit code says whether it went well"]
pub fn main(systems: &[Declared]) -> ExitCode {
    keep_memory_small();
    let systems = Systems::new(systems);
    let cli = match cli::parse(std::env::args_os(), systems) {
        Ok(cli) => cli,
        // Help is printed and ends with 0, what is wrong with 2.
        Err(error) => error.exit(),
    };
    match run(cli, systems) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jumun: {}", printable_lines(&one_message(&error)));
            ExitCode::FAILURE
        }
    }
}

/// What failed and why, outermost first. A reason that the line before already tells is left out.
fn one_message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

fn run(cli: Cli, systems: Systems<'_>) -> Result<()> {
    systems.check()?;
    let command = cli.command.unwrap_or(Command::Up {
        system: None,
        split: false,
        replicas: 1,
        serving: Serving::default(),
    });
    if let Some(done) = without_configuration(&command, systems) {
        return done;
    }
    let variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let named = cli.common.config.clone();
    let file = named.or_else(|| std::env::var_os("JUMUN_CONFIG").map(Into::into));
    let mut configuration = Configuration::read(&Sources {
        file: file.as_deref(),
        variables: &variables,
        systems: &systems.all(),
    })?;
    cli.common.override_in(&mut configuration);
    match &command {
        Command::Up { serving, .. }
        | Command::Serve { serving, .. }
        | Command::Gateway { serving, .. }
        | Command::Check { serving, .. } => serving.override_in(&mut configuration),
        Command::Board { .. }
        | Command::Events(_)
        | Command::Rebuild { .. }
        | Command::DeadLetters { .. }
        | Command::Move(_)
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Advance { .. }
        | Command::Systems
        | Command::Completions { .. }
        | Command::Man { .. } => {}
    }
    logging::start(&configuration);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(available_parallelism().map_or(2, usize::from))
        .max_blocking_threads(descriptors::readers(descriptors::raise()))
        .enable_all()
        .build()
        .context("the system gives no threads")?;
    let done = runtime.block_on(dispatch(&command, &cli.common, systems, &configuration));
    if done.is_ok() {
        // What still holds a store lets go of it, so that its file is whole without the log beside it.
        runtime.shutdown_timeout(LETTING_GO);
    } else {
        // Who wants it to end at once does not wait for a read of the disk.
        runtime.shutdown_background();
    }
    done
}

/// What only tells what is declared: it needs no configuration, no stores and no threads.
fn without_configuration(command: &Command, systems: Systems<'_>) -> Option<Result<()>> {
    match command {
        Command::Board {
            system,
            format,
            out,
        } => Some(draw(systems, system.as_deref(), *format, out.as_deref())),
        Command::Systems => {
            up::say(&systems.listed());
            Some(Ok(()))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut cli::command(), "jumun", &mut script);
            up::say(String::from_utf8_lossy(&script).trim_end());
            Some(Ok(()))
        }
        Command::Man { folder } => Some(manual(folder)),
        Command::Up { .. }
        | Command::Serve { .. }
        | Command::Gateway { .. }
        | Command::Events(_)
        | Command::Rebuild { .. }
        | Command::DeadLetters { .. }
        | Command::Move(_)
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Advance { .. }
        | Command::Check { .. } => None,
    }
}

/// A page for the program, and one for each command.
fn manual(folder: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(cli::command(), folder))
        .with_context(|| format!("the pages cannot be written to {}", folder.display()))?;
    up::say(&format!("pages written to {}", folder.display()));
    Ok(())
}

async fn dispatch(
    command: &Command,
    common: &Common,
    systems: Systems<'_>,
    configuration: &Configuration,
) -> Result<()> {
    match command {
        Command::Up {
            system: Some(system),
            split: true,
            replicas,
            serving,
        } => {
            let flags = [common.flags(), serving.flags()].concat();
            supervising::run(systems.find(system)?, *replicas, flags, configuration).await
        }
        Command::Up {
            system, serving, ..
        } => {
            let chosen = match system {
                Some(name) => vec![systems.find(name)?],
                None => systems.all(),
            };
            up::run(chosen, configuration, serving.chaos).await
        }
        Command::Serve {
            system,
            context,
            supervised,
            serving,
        } => {
            let mode = split::Mode {
                chaos: serving.chaos,
                supervised: *supervised,
            };
            split::serve(systems.find(system)?, context, configuration, mode).await
        }
        Command::Gateway {
            system,
            supervised,
            serving,
        } => {
            let mode = split::Mode {
                chaos: serving.chaos,
                supervised: *supervised,
            };
            split::gateway(systems.find(system)?, configuration, mode).await
        }
        Command::Board { .. }
        | Command::Systems
        | Command::Completions { .. }
        | Command::Man { .. } => Ok(()),
        Command::Events(args) => {
            events::run(&systems.find(&args.system)?, args, configuration).await
        }
        Command::Rebuild {
            system,
            context,
            view,
        } => repair::rebuild(systems.find(system)?, context, view, configuration).await,
        Command::Advance {
            system,
            context,
            past,
        } => advance::run(&systems.find(system)?, context, *past, configuration).await,
        Command::DeadLetters { system, action } => {
            repair::dead_letters(systems.find(system)?, action.as_ref(), configuration).await
        }
        Command::Move(args) => moving::run(&systems.find(&args.system)?, args, configuration),
        Command::Backup { system, dir } => {
            backup::backup(&systems.find(system)?, dir, configuration)
        }
        Command::Restore {
            system,
            dir,
            replace,
        } => backup::restore(&systems.find(system)?, dir, *replace, configuration),
        Command::Check {
            system,
            verbose,
            json,
            ..
        } => {
            let chosen = match system {
                Some(name) => vec![systems.find(name)?],
                None => systems.all(),
            };
            let form = check::Form::of(*verbose, *json);
            check::run(&chosen, configuration, form).await
        }
    }
}

fn draw(
    systems: Systems<'_>,
    one: Option<&str>,
    format: board::Format,
    out: Option<&std::path::Path>,
) -> Result<()> {
    use std::io::IsTerminal as _;
    let colours = out.is_none() && std::io::stdout().is_terminal() && events::colours_wanted();
    let drawn = match one {
        Some(name) => board::draw(&systems.find(name)?, format, colours),
        None => {
            let all = systems.all();
            board::draw_all(&all, format, colours).with_context(|| {
                let names: Vec<_> = all.iter().map(System::name).collect();
                format!(
                    "only as text or map are all systems drawn at once; name one of: {}",
                    names.join(", ")
                )
            })?
        }
    };
    match out {
        Some(path) => std::fs::write(path, drawn)
            .with_context(|| format!("{} cannot be written", path.display())),
        None => {
            up::say_drawn(drawn.trim_end());
            Ok(())
        }
    }
}
