//! Telling one aggregate one command.

use std::sync::Arc;

use storm::{
    Acts, AnyAggregate, AnyCommand, AnyTell, Id, Key, LARGEST_ID, Outcome, Refusal, Target,
};

use crate::batch::Batch;
use crate::entry::{Entry, Led};
use crate::request::Failure;
use crate::shelves::Shelf;
use crate::story::Story;

/// How long a chain of policies of the same commit may be.
const DEEPEST: u8 = 16;

/// A new correlation id: 128 random bits in hex.
pub(crate) fn correlation() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Tells aggregate `id` a command, and whom policies of the same commit tell in turn. No news
/// changes nothing.
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
    let kept = version > 0 || !aggregate.is_blank(&outcome.state);
    if kept && version == 0 {
        has_a_place(aggregate.kind(), id)?;
    }
    let old = batch.take(shelf, id);
    let own: Arc<str> = match &old {
        Some(old) => Arc::clone(&old.correlation),
        None => story.correlation.unwrap_or_default().into(),
    };
    let said = said_at_once(batch, &outcome)?;
    batch.tell(
        shelf,
        id,
        version + 1,
        &mut outcome,
        story.correlation.unwrap_or(&own),
        story,
    );
    if kept {
        let entry = Entry {
            hidden: !aggregate.is_shown(&outcome.state),
            state: Some(outcome.state),
            json,
            version: version + 1,
            correlation: Arc::clone(&own),
            keys,
        };
        batch.put(shelf, id, entry, old)?;
    }
    if said.is_empty() {
        return Ok(());
    }
    if story.depth == DEEPEST {
        return Err(Refusal::conflict(
            "policies-in-a-circle",
            format!("policies of one commit led to each other {DEEPEST} times; this is a fault in the program"),
        ).ko("프로그램 오류로 처리하지 못했습니다: 정책들이 서로를 계속 부릅니다.")
        .into());
    }
    let story = Story {
        correlation: story.correlation.or(Some(&own)),
        depth: story.depth + 1,
        ..story
    };
    tell_all(batch, said, story)
}

/// What the policies of the same commit say to an outcome.
fn said_at_once(batch: &Batch<'_>, outcome: &Outcome) -> Result<Vec<AnyTell>, Failure> {
    let mut said = Vec::new();
    let policies = batch.shelves.context().policies().iter();
    for policy in policies.filter(|policy| policy.acts == Acts::InTheSameCommit) {
        let events = outcome.events.iter();
        for event in events.filter(|event| event.event_type == policy.event_type) {
            said.extend(policy.react(&event.data).map_err(not_json)?);
        }
    }
    Ok(said)
}

/// Tells everybody what policies have said.
pub(crate) fn tell_all(
    batch: &mut Batch<'_>,
    said: Vec<AnyTell>,
    story: Story<'_>,
) -> Result<(), Failure> {
    for said in said {
        let Some((shelf, aggregate)) = batch.shelves.aggregate(said.kind) else {
            continue;
        };
        let ids = match &said.target {
            Target::Id(id) => {
                tell_number(batch, shelf, aggregate, *id, &(said.command)(), story)?;
                continue;
            }
            Target::Key(name, value) | Target::Each(name, value) => {
                batch.led_to(&Led::new(shelf, name, value))?.to_vec()
            }
        };
        if ids.is_empty() && matches!(said.target, Target::Key(..)) {
            tell_new(batch, shelf, aggregate, &(said.command)(), story)?;
        }
        for id in ids {
            tell(batch, shelf, aggregate, id, &(said.command)(), story)?;
        }
    }
    Ok(())
}

/// Whoever has this number. Nobody begins to be under a number that was not given to it.
fn tell_number(
    batch: &mut Batch<'_>,
    shelf: Shelf,
    aggregate: &dyn AnyAggregate,
    id: Id,
    command: &AnyCommand,
    story: Story<'_>,
) -> Result<(), Failure> {
    let may_begin = aggregate.numbered_as().is_some() || batch.entry(shelf, id)?.is_some();
    tell(batch, shelf, aggregate, id, command, story)?;
    if may_begin || batch.entry(shelf, id)?.is_none() {
        return Ok(());
    }
    Err(Refusal::not_yet(
        "no-such-number",
        format!("there is no {} {id} yet", aggregate.kind()),
    )
    .ko(format!("아직 {id}번 항목이 없습니다."))
    .into())
}

fn tell_new(
    batch: &mut Batch<'_>,
    shelf: Shelf,
    aggregate: &dyn AnyAggregate,
    command: &AnyCommand,
    story: Story<'_>,
) -> Result<(), Failure> {
    let id = batch.new_id(shelf);
    let told = tell(batch, shelf, aggregate, id, command, story);
    if told.is_err() || batch.entry(shelf, id)?.is_none() {
        batch.put_back(id);
    }
    told
}

/// A number that no store can keep is refused here, alone: in the commit it would take its
/// neighbours with it.
pub(crate) fn has_a_place(what: &str, id: Id) -> Result<(), Failure> {
    if (0..=LARGEST_ID).contains(&id) {
        return Ok(());
    }
    let reason = format!("There cannot be a {what} {id}: numbers go up to {LARGEST_ID}.");
    Err(Refusal::invalid("id", "number-out-of-range", reason)
        .ko(format!(
            "번호는 {LARGEST_ID}까지만 쓸 수 있습니다. 입력한 값은 {id}입니다."
        ))
        .into())
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
pub(crate) fn not_json(error: serde_json::Error) -> Failure {
    Failure::Refused(
        Refusal::conflict(
            "state-not-json",
            format!("the new state cannot be written as JSON: {error}"),
        )
        .ko(format!("프로그램 오류로 저장하지 못했습니다: {error}")),
    )
}

fn taken(key: &Key) -> Refusal {
    Refusal {
        field: Some(key.name.to_owned()),
        ..Refusal::conflict(
            "key-taken",
            format!("`{}` {} is taken already", key.name, key.value),
        )
        .ko(format!(
            "`{}` 값 {}은(는) 이미 사용 중입니다.",
            key.name, key.value
        ))
    }
}

/// Why a unit failed, in words to keep with a parked event.
pub(crate) fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => format!("{}: {}", refusal.code, refusal.reason),
        other => other.to_string(),
    }
}
