//! `jumun rebuild` and `jumun dead-letters`: asks the running system to do it, or, when none runs,
//! does it in this process, in the same words.

mod letter;
mod reach;
mod word;

use anyhow::{Context as _, Result, bail};
use http::{Method, StatusCode};
use serde_json::Value;
use storm::System;

use crate::cli::LetterAction;
use crate::configuration::Configuration;
use crate::systems;
use crate::up::say;

use letter::{Letter, Parked};
use reach::Reach;
pub use word::Word;

/// Makes a read model anew.
///
/// # Errors
/// When there is none of that name, or it cannot be rebuilt now; then it is as it was.
pub async fn rebuild(
    system: System,
    context: &str,
    view: &str,
    configuration: &Configuration,
) -> Result<()> {
    let declared = systems::context(&system, context)?;
    let known: Vec<&str> = declared
        .read_models()
        .iter()
        .map(|r| r.collection())
        .collect();
    if !known.contains(&view) {
        if known.is_empty() {
            bail!("{context} has no read models");
        }
        let known = known.join(", ");
        bail!("{context} has no read model called `{view}`; it has: {known}");
    }
    let reach = Reach::of(system, configuration).await?;
    let path = format!("{context}/rebuild/{view}");
    let answer = reach.ask(Method::POST, &path).await;
    reach.end().await;
    let events = understood(answer?)?.get("events").and_then(Value::as_u64);
    say(&format!(
        "{context}'s read model {view} is rebuilt from {} events",
        events.unwrap_or_default()
    ));
    Ok(())
}

/// Lists, shows, retries or drops dead letters.
///
/// # Errors
/// When there is no such letter, or it cannot be done now.
pub async fn dead_letters(
    system: System,
    action: Option<&LetterAction>,
    configuration: &Configuration,
) -> Result<()> {
    let names: Vec<&str> = system.contexts().iter().map(storm::Context::name).collect();
    let letter = match action {
        Some(
            LetterAction::Show { letter }
            | LetterAction::Retry { letter }
            | LetterAction::Drop { letter },
        ) => {
            let letter: Letter = letter.parse()?;
            systems::context(&system, &letter.context)?;
            if let Some(producer) = letter.told_by() {
                systems::context(&system, producer)?;
            }
            Some(letter)
        }
        Some(LetterAction::List {
            context: Some(context),
            ..
        }) => {
            systems::context(&system, context)?;
            None
        }
        Some(LetterAction::List { context: None, .. }) | None => None,
    };
    let reach = Reach::of(system, configuration).await?;
    let done = match (action, &letter) {
        (Some(LetterAction::Retry { .. }), Some(letter)) => retry(&reach, letter).await,
        (Some(LetterAction::Drop { .. }), Some(letter)) => drop_one(&reach, letter).await,
        (Some(LetterAction::Show { .. }), Some(letter)) => show(&reach, letter).await,
        (Some(LetterAction::List { context, all }), _) => {
            list(&reach, &names, context.as_deref(), *all).await
        }
        _ => list(&reach, &names, None, false).await,
    };
    reach.end().await;
    done
}

async fn list(reach: &Reach, names: &[&str], only: Option<&str>, all: bool) -> Result<()> {
    let (mut found, mut unasked) = (0, Vec::new());
    let names = names.iter();
    for context in names.filter(|name| only.is_none_or(|only| only == **name)) {
        let parked = match parked(reach, context).await {
            Err(error) if only.is_none() => {
                unasked.push(format!("{context}: {error:#}"));
                continue;
            }
            parked => parked?,
        };
        for parked in parked {
            if all || parked.is_dead() {
                found += 1;
                say(&parked.line(context));
            }
        }
    }
    if !unasked.is_empty() {
        bail!("that may not be all. {}", unasked.join("; "));
    }
    if found == 0 {
        let what = if all {
            "events are held back"
        } else {
            "dead letters"
        };
        say(&format!("no {what}"));
    }
    Ok(())
}

async fn show(reach: &Reach, letter: &Letter) -> Result<()> {
    let parked = parked(reach, &letter.context).await?;
    let found = parked.iter().find(|parked| letter.is(parked));
    let found = found.with_context(|| letter.absent())?;
    say(&found.page(&letter.context));
    Ok(())
}

async fn retry(reach: &Reach, letter: &Letter) -> Result<()> {
    let path = format!("{}/retry", letter.path());
    done(reach.ask(Method::POST, &path).await?, letter)?;
    say(&format!(
        "{letter} is being tried again; `jumun dead-letters` lists it if it fails again"
    ));
    Ok(())
}

async fn drop_one(reach: &Reach, letter: &Letter) -> Result<()> {
    done(reach.ask(Method::DELETE, &letter.path()).await?, letter)?;
    say(&format!(
        "{letter} is dropped; those behind it are tried again"
    ));
    Ok(())
}

async fn parked(reach: &Reach, context: &str) -> Result<Vec<Parked>> {
    let answer = reach
        .ask(Method::GET, &format!("{context}/dead-letters"))
        .await?;
    let mut answer = understood(answer)?;
    let letters = answer
        .get_mut("deadLetters")
        .map(Value::take)
        .context("the running system's list of dead letters is not understood")?;
    serde_json::from_value(letters).context("the running system's dead letters are not understood")
}

fn done((status, body): (StatusCode, Value), letter: &Letter) -> Result<()> {
    if status == StatusCode::NOT_FOUND {
        bail!(letter.absent());
    }
    understood((status, body)).map(drop)
}

/// The body of a yes, or the reason of a no.
fn understood((status, body): (StatusCode, Value)) -> Result<Value> {
    if status.is_success() {
        return Ok(body);
    }
    match body.get("detail").and_then(Value::as_str) {
        Some(detail) => bail!("{detail} (status {})", status.as_u16()),
        None => bail!("the running system answered {status}"),
    }
}

#[cfg(test)]
mod tests;
