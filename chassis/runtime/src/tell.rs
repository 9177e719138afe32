//! Telling one aggregate one command.

use std::sync::Arc;

use storm::{AnyAggregate, AnyCommand, Id, Key, Refusal};

use crate::batch::Batch;
use crate::entry::{Entry, Led};
use crate::request::Failure;
use crate::shelves::Shelf;
use crate::story::Story;

/// A new correlation id: 128 random bits in hex.
pub(crate) fn correlation() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Tells aggregate `id` a command. No news changes nothing.
pub(crate) fn tell(
    batch: &mut Batch<'_>,
    shelf: Shelf,
    aggregate: &dyn AnyAggregate,
    id: Id,
    command: &AnyCommand,
    story: Story<'_>,
) -> Result<(), Failure> {
    let before = batch.entry(shelf, id)?;
    let version = before.map_or(0, |entry| entry.version);
    let state = before.and_then(|entry| entry.state.as_ref());
    let blank;
    let state = match state {
        Some(state) => state,
        None => {
            blank = aggregate.blank();
            &blank
        }
    };
    let Some(mut outcome) = aggregate.handle(id, state, command)? else {
        return Ok(());
    };
    let json = aggregate.write(&outcome.state).map_err(not_json)?;
    let keys = aggregate.keys(&outcome.state);
    let old_keys = before.map(|entry| Arc::clone(&entry.keys));
    let old_keys = old_keys.unwrap_or_else(|| Arc::from([]));
    for key in keys
        .iter()
        .filter(|key| key.unique && !old_keys.contains(key))
    {
        let led_to = batch.led_to(&Led::of(shelf, key))?;
        if led_to.iter().any(|other| *other != id) {
            return Err(taken(key).into());
        }
    }
    let keys = if keys[..] == old_keys[..] {
        old_keys
    } else {
        keys.into()
    };
    let old = batch.take(shelf, id);
    let own: Arc<str> = match &old {
        Some(old) => Arc::clone(&old.correlation),
        None => story.correlation.unwrap_or_default().into(),
    };
    batch.tell(
        shelf,
        id,
        version + 1,
        &mut outcome,
        story.correlation.unwrap_or(&own),
        story,
    );
    let entry = Entry {
        hidden: !aggregate.is_shown(&outcome.state),
        state: Some(outcome.state),
        json,
        version: version + 1,
        correlation: own,
        keys,
    };
    batch.put(shelf, id, entry, old)?;
    Ok(())
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
pub(crate) fn not_json(error: serde_json::Error) -> Failure {
    Failure::Refused(Refusal::conflict(
        "state-not-json",
        format!("the new state cannot be written as JSON: {error}"),
    ))
}

fn taken(key: &Key) -> Refusal {
    Refusal {
        field: Some(key.name.to_owned()),
        ..Refusal::conflict(
            "key-taken",
            format!("`{}` {} is taken already", key.name, key.value),
        )
    }
}

/// Why a unit failed, in words to keep with a parked event.
pub(crate) fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => format!("{}: {}", refusal.code, refusal.reason),
        other => other.to_string(),
    }
}
