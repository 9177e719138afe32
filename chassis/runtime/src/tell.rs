//! Telling one aggregate one command.

use storm::{AnyAggregate, AnyCommand, Id, Key, Refusal};

use crate::batch::{Batch, Entry, Story};
use crate::request::Failure;
use crate::shelves::Shelf;

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
    let (before, version, own_correlation, old_keys) = match batch.entry(shelf, id)? {
        Some(entry) => (
            entry.state.as_ref(),
            entry.version,
            entry.correlation.clone(),
            entry.keys.clone(),
        ),
        None => (None, 0, String::new(), Vec::new()),
    };
    let blank;
    let state = match before {
        Some(state) => state,
        None => {
            blank = aggregate.blank();
            &blank
        }
    };
    let Some(mut outcome) = aggregate.handle(id, state, command)? else {
        return Ok(());
    };
    let own_correlation = match story.correlation {
        Some(correlation) if version == 0 => correlation.to_owned(),
        _ => own_correlation,
    };
    let json = aggregate.write(&outcome.state).map_err(not_json)?;
    let shown = aggregate.show(id, &outcome.state).map_err(not_json)?;
    let keys = aggregate.keys(&outcome.state);
    for key in keys
        .iter()
        .filter(|key| key.unique && !old_keys.contains(key))
    {
        if batch
            .led_to(shelf, key.name, &key.value)?
            .iter()
            .any(|other| *other != id)
        {
            return Err(taken(key).into());
        }
    }
    let told = story.correlation.unwrap_or(&own_correlation).to_owned();
    batch.tell(shelf, id, version + 1, &mut outcome, &told, story);
    let entry = Entry {
        state: Some(outcome.state),
        json,
        version: version + 1,
        correlation: own_correlation,
        hidden: shown.is_none(),
        keys,
    };
    batch.put(shelf, id, entry, &old_keys)?;
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
