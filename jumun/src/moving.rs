//! `jumun move`: the data of a system, or of one context, from one store to another, of whatever sort.

use std::fs;

use anyhow::{Context as _, Result, bail};
use runtime::RELAY;
use storm::System;
use storm::store::{Cursor, Item, Position};
use tokio::task::block_in_place;

use crate::cli::MoveArgs;
use crate::configuration::{Configuration, Secret, Store, store_url, without_password};
use crate::copying::{Carried, InTheWay, Location, Piece, carry, finish};
use crate::up::say;
use crate::{stores, systems};

/// Where stores are, and where they go.
type Pairs = Vec<(Location, Location)>;

/// Moves what was asked for.
///
/// # Errors
/// When somebody runs, there is nothing to move, something else is where it goes, or a store cannot be read
/// or written. What was there is as it was then; what was copied is gone on with by the next call.
pub fn run(system: &System, args: &MoveArgs, configuration: &Configuration) -> Result<()> {
    block_in_place(|| moved(system, args, configuration))
}

fn moved(system: &System, args: &MoveArgs, configuration: &Configuration) -> Result<()> {
    let name = system.name();
    let to = target(args)?;
    let contexts: Vec<&'static str> = match &args.context {
        Some(context) => vec![systems::context(system, context)?.name()],
        None => system.contexts().iter().map(storm::Context::name).collect(),
    };
    let one_database = matches!(&to, Store::MySql(server) if !server.database.is_empty());
    if one_database && contexts.len() > 1 {
        bail!(
            "a MySQL database holds one context, and --to names one for {}; leave its name out, and each gets one of its own, or move one context after the other",
            contexts.len()
        );
    }
    let place = |context, store| Location::of(name, context, store, configuration);
    let from = |context| Location::configured(name, context, configuration);
    let pairs: Pairs = contexts
        .iter()
        .map(|context| (from(context), place(context, to.clone())))
        .collect();
    if let Some((from, _)) = pairs.iter().find(|(from, to)| from.is_same(to)) {
        bail!("{} is in {from} already", from.context);
    }
    // Until the end, so that nobody starts on what is being moved.
    let _folder = match contexts.as_slice() {
        [one] if args.context.is_some() => stores::claim_context(name, one, configuration)?,
        _ => stores::claim(name, configuration)?,
    };
    let declared = system.contexts().iter();
    let declared: Vec<_> = declared.filter(|c| contexts.contains(&c.name())).collect();
    for context in declared {
        stores::bring_in(name, std::slice::from_ref(context), configuration)?;
    }
    let (moved, carried) = carry_over(system, pairs, args, configuration)?;
    report(name, args, &to, &moved, &carried);
    Ok(())
}

/// Copies, and deletes the source if that was said.
fn carry_over(
    system: &System,
    pairs: Pairs,
    args: &MoveArgs,
    configuration: &Configuration,
) -> Result<(Pairs, Vec<Carried>)> {
    let (mut moved, mut pieces) = (Vec::new(), Vec::new());
    for (from, to) in pairs {
        let Some(mut source) = from.unused_source()? else {
            say(&format!("{}: has nothing yet", from.context));
            continue;
        };
        // Whoever starts all the same cannot commit.
        source.quiesce()?;
        pieces.push(Piece {
            from: source,
            to: to.clone(),
            more: relay(system, from.context, args, configuration)?
                .into_iter()
                .collect(),
        });
        moved.push((from, to));
    }
    if pieces.is_empty() {
        bail!(
            "there is nothing to move: {} has no stores where the configuration says",
            system.name()
        );
    }
    let carried = carry(
        &mut pieces,
        if args.replace {
            InTheWay::Deleted
        } else {
            InTheWay::MayHaveGoneOn
        },
    )?;
    for (piece, (from, _)) in pieces.iter_mut().zip(&moved) {
        piece.from.resume().with_context(|| {
            format!("{from} may have changed meanwhile; run the same again, which looks")
        })?;
    }
    finish(&pieces, &carried)?;
    drop(pieces);
    if args.drop_source {
        for (from, _) in &moved {
            from.remove()?;
        }
    }
    Ok((moved, carried))
}

fn target(args: &MoveArgs) -> Result<Store> {
    let password = match &args.password_file {
        None => None,
        Some(path) => {
            let text = fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            Some(Secret::new(text.trim_end_matches(['\r', '\n'])))
        }
    };
    store_url(&args.to, password.as_ref()).map_err(|why| anyhow::anyhow!("--to: {why}"))
}

/// Where a relay to Kafka begins: after what all who listen have taken in from the log itself. So they are
/// told what they have not heard, and nobody outside is told what is long past.
fn relay(
    system: &System,
    producer: &str,
    args: &MoveArgs,
    configuration: &Configuration,
) -> Result<Option<Item>> {
    let cursor = |context: &str, name: &str| -> Result<Option<Position>> {
        let Some(context) = system.contexts().iter().find(|c| c.name() == context) else {
            return Ok(None);
        };
        let (system, context) = (system.name(), context.name());
        if Location::configured(system, context, configuration)
            .source()?
            .is_none()
        {
            return Ok(None);
        }
        let cursors = stores::look(system, context, configuration)?.cursors()?;
        let found = cursors.into_iter().find(|cursor| cursor.producer == name);
        Ok(found.map(|cursor| cursor.position))
    };
    if args.history || cursor(producer, RELAY)?.is_some() {
        return Ok(None);
    }
    let mut position = stores::look(system.name(), producer, configuration)?.head()?;
    for context in system.contexts() {
        if system.producers_for(context).contains(&producer) {
            let heard = cursor(context.name(), producer)?.unwrap_or(0);
            position = position.min(heard);
        }
    }
    let producer = RELAY.to_owned();
    Ok((position > 0).then_some(Item::Cursor(Cursor { producer, position })))
}

fn report(
    system: &str,
    args: &MoveArgs,
    to: &Store,
    moved: &[(Location, Location)],
    carried: &[Carried],
) {
    for ((from, to), carried) in moved.iter().zip(carried) {
        let context = from.context;
        say(&match carried {
            Carried::Copied(tally) => format!(
                "{context}: {} items, checksum {}, now in {to}",
                tally.total(),
                tally.checksum
            ),
            Carried::ThereAlready => format!("{context}: was moved to {to} before"),
            Carried::GoneOn => {
                format!("{context}: was moved to {to} before, and has run there since")
            }
        });
    }
    let table = match &args.context {
        Some(context) => format!("[systems.{system}.{context}]"),
        None => format!("[systems.{system}]"),
    };
    let url = without_password(&args.to);
    let mut lines = vec![
        String::new(),
        "Put this into jumun.toml, in place of any other `store` of theirs, before you start it:"
            .to_owned(),
        String::new(),
        table,
        format!("store = \"{url}\""),
    ];
    if to.server().is_some_and(|server| server.password.is_some()) {
        let file = args.password_file.as_ref();
        let file = file.map_or("…".to_owned(), |path| path.display().to_string());
        lines.push(format!("store_password_file = \"{file}\""));
    }
    lines.push(String::new());
    lines.push(if args.drop_source {
        "What was in the old place is deleted.".to_owned()
    } else {
        let places: Vec<String> = moved.iter().map(|(from, _)| from.to_string()).collect();
        format!(
            "What was in the old place is as it was: {}. Never start on it again. Once all is well, the same command with --drop-source deletes it.",
            places.join(", ")
        )
    });
    say(&lines.join("\n"));
}
