//! `jumun events`: the contexts' logs, merged by time.

mod line;

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use storm::System;
use storm::store::{Position, Reader, StoreError, StoredEvent};
use tokio::task::block_in_place;

use crate::cli::EventsArgs;
use crate::configuration::{Configuration, Store};
use crate::{stores, systems};

use line::Look;
pub use line::utc;

/// Events read from one log at a time.
const CHUNK: usize = 256;
/// How often `--follow` looks for more.
const LOOK: Duration = Duration::from_millis(200);

/// One context's log, read forward.
struct Tail {
    context: &'static str,
    reader: Arc<dyn Reader>,
    after: Position,
    ahead: std::collections::VecDeque<StoredEvent>,
}

impl Tail {
    fn fill(&mut self) -> Result<(), StoreError> {
        if self.ahead.is_empty() {
            self.ahead
                .extend(self.reader.events_after(self.after, CHUNK)?);
            if let Some(last) = self.ahead.back() {
                self.after = last.position;
            }
        }
        Ok(())
    }
}

/// Prints what was asked for.
///
/// # Errors
/// When there is no such system or context, or a store cannot be read.
pub async fn run(system: &System, args: &EventsArgs, configuration: &Configuration) -> Result<()> {
    if let Some(name) = &args.context {
        systems::context(system, name)?;
    }
    if let Some(event_type) = &args.event_type {
        known_type(system, event_type)?;
    }
    let wanted = system.contexts().iter().map(storm::Context::name);
    let mut absent: Vec<&str> = wanted
        .filter(|name| args.context.as_deref().is_none_or(|wanted| wanted == *name))
        .collect();
    let mut tails = Vec::new();
    block_in_place(|| open(system.name(), &mut absent, &mut tails, configuration))?;
    if !absent.is_empty() {
        say_absent(&absent);
    }
    let colours = std::io::stdout().is_terminal() && colours_wanted();
    let look = Look::of(system.contexts(), colours);
    let mut printed = 0;
    loop {
        match block_in_place(|| print_what_is_there(&mut tails, args, look))? {
            Printed::All(lines) => printed += lines,
            Printed::NobodyReads => return Ok(()),
        }
        if !args.follow {
            if printed == 0 {
                eprintln!("{}", nothing_found(system, args));
            }
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
        block_in_place(|| open(system.name(), &mut absent, &mut tails, configuration))?;
    }
}

/// Opens the logs of `absent` that are there by now. Contexts that are processes of their own make
/// theirs one after the other.
fn open(
    system: &str,
    absent: &mut Vec<&'static str>,
    tails: &mut Vec<Tail>,
    configuration: &Configuration,
) -> Result<()> {
    let mut missing = Vec::new();
    for context in std::mem::take(absent) {
        let file = configuration.store(system, context) == Store::Sqlite;
        if file && !stores::has_file(system, context, configuration) {
            store_sql::sqlite::refuse_orphan(&configuration.folder(system), context)?;
            missing.push(context);
            continue;
        }
        tails.push(Tail {
            context,
            reader: stores::look(system, context, configuration)
                .context("the log cannot be read")?,
            after: 0,
            ahead: std::collections::VecDeque::new(),
        });
    }
    *absent = missing;
    match absent.first() {
        // The message says what to do.
        Some(first) if tails.is_empty() => stores::look(system, first, configuration)
            .map(drop)
            .context("the log cannot be read"),
        _ => Ok(()),
    }
}

fn say_absent(absent: &[&str]) {
    // Whoever has closed standard error wants no words.
    let _ = writeln!(
        std::io::stderr(),
        "jumun: not started yet, and without a log: {}",
        absent.join(", ")
    );
}

/// Whether colours are wanted on a terminal (<https://no-color.org>).
pub fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// For people, beside an empty standard output.
fn nothing_found(system: &System, args: &EventsArgs) -> String {
    let of_type = |it: &String| format!(" of type {it}");
    let with_id = |it: &String| format!(" with the correlation id {it}");
    format!(
        "no events{}{} in the log of {}{}",
        args.event_type.as_ref().map_or(String::new(), of_type),
        args.correlation.as_ref().map_or(String::new(), with_id),
        system.name(),
        args.context
            .as_ref()
            .map_or(String::new(), |it| format!("'s {it}"))
    )
}

/// What became of the events that were there.
enum Printed {
    /// So many lines were written.
    All(usize),
    /// The pipe is closed, e.g. after `| head`.
    NobodyReads,
}

fn print_what_is_there(tails: &mut [Tail], args: &EventsArgs, look: Look) -> Result<Printed> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut lines = 0;
    loop {
        for tail in &mut *tails {
            tail.fill()?;
        }
        let Some((context, stored)) = take_next(tails)? else {
            break;
        };
        if wanted(args, &stored) {
            let line = if args.json {
                line::json(context, &stored)
            } else {
                line::text(look, context, &stored)
            };
            if !is_read(writeln!(out, "{line}"))? {
                return Ok(Printed::NobodyReads);
            }
            lines += 1;
        }
    }
    Ok(if is_read(out.flush())? {
        Printed::All(lines)
    } else {
        Printed::NobodyReads
    })
}

/// The oldest event ahead. What led to it comes before it, also when a clock says otherwise: much
/// happens within a millisecond, and a cause may have been committed since its log was last read.
fn take_next(tails: &mut [Tail]) -> Result<Option<(&'static str, StoredEvent)>, StoreError> {
    let ahead = |(number, tail): (usize, &Tail)| Some((tail.ahead.front()?.event.at, number));
    let Some((_, mut next)) = tails.iter().enumerate().filter_map(ahead).min() else {
        return Ok(None);
    };
    // A cause may have a cause; no log comes up twice.
    for _ in 0..tails.len() {
        match cause_ahead(tails, next)? {
            Some(earlier) => next = earlier,
            None => break,
        }
    }
    let tail = &mut tails[next];
    Ok(tail.ahead.pop_front().map(|stored| (tail.context, stored)))
}

/// The log in which the cause of `tails[effect]`'s next event is still ahead.
fn cause_ahead(tails: &mut [Tail], effect: usize) -> Result<Option<usize>, StoreError> {
    let front = tails[effect].ahead.front();
    let causation = front.map_or_else(String::new, |stored| stored.event.causation.clone());
    let Some((producer, position)) = causation.rsplit_once('-') else {
        return Ok(None);
    };
    let Ok(position) = position.parse::<Position>() else {
        return Ok(None);
    };
    for (number, tail) in tails.iter_mut().enumerate() {
        if number != effect && tail.context == producer {
            tail.fill()?;
            let is_ahead = tail.ahead.front().is_some_and(|e| e.position <= position);
            return Ok(is_ahead.then_some(number));
        }
    }
    Ok(None)
}

/// Whether somebody still reads what was written.
fn is_read(written: std::io::Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("standard output cannot be written"),
    }
}

fn wanted(args: &EventsArgs, stored: &StoredEvent) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
    is(&args.correlation, &stored.event.correlation)
        && is(&args.event_type, &stored.event.event_type)
}

fn known_type(system: &System, event_type: &str) -> Result<()> {
    let known: Vec<&str> = system
        .contexts()
        .iter()
        .flat_map(storm::Context::tells)
        .collect();
    if known.contains(&event_type) {
        return Ok(());
    }
    let guess = crate::configuration::nearest(event_type, known.iter().copied())
        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    anyhow::bail!(
        "{} tells no event called `{event_type}`; it tells: {}{guess}",
        system.name(),
        known.join(", ")
    )
}

#[cfg(test)]
mod tests;
