//! What a context makes of one event: its policies and read models, as a unit of a batch.

use std::sync::Arc;

use storm::store::StoredEvent;
use storm::{Acts, AnyReadModel, AnyState, AnyTell, Id, Key, KeyValue, Refusal, Target, Touch};

use crate::batch::Batch;
use crate::entry::{Entry, Led, Wants};
use crate::request::Failure;
use crate::shelves::Shelf;
use crate::story::Story;
use crate::tell::{has_a_place, not_json, tell_all};

/// What a context makes of one event, before the store was asked.
pub(crate) struct Reaction {
    tells: Vec<AnyTell>,
    /// Read model number, and what happens to one of its rows.
    touches: Vec<(usize, Touch)>,
}

impl Reaction {
    /// Asks every policy and read model.
    pub(crate) fn to(batch: &Batch<'_>, stored: &StoredEvent) -> Result<Self, Refusal> {
        let context = batch.shelves.context();
        let event = &stored.event;
        let poison = |error: serde_json::Error| {
            Refusal::unreadable(
                event.event_type.clone(),
                format!("this {} cannot be read: {error}", event.event_type),
            )
            .ko(format!(
                "{} 이벤트를 읽을 수 없습니다: {error}",
                event.event_type
            ))
        };
        let mut tells = Vec::new();
        for policy in context
            .policies()
            .iter()
            .filter(|p| p.acts == Acts::Later && p.event_type == event.event_type)
        {
            tells.extend(policy.react(&event.data).map_err(poison)?);
        }
        let mut touches = Vec::new();
        for (index, read_model) in context.read_models().iter().enumerate() {
            let projected = read_model.project(&event.event_type, &event.data);
            touches.extend(
                projected
                    .map_err(poison)?
                    .into_iter()
                    .map(|touch| (index, touch)),
            );
        }
        Ok(Self { tells, touches })
    }

    /// Only what it does to one read model.
    pub(crate) fn only_of(mut self, read_model: usize) -> Self {
        self.tells.clear();
        self.touches.retain(|(index, _)| *index == read_model);
        self
    }

    /// What it will need of the store.
    pub(crate) fn wants(&self, batch: &Batch<'_>, aside: bool, wants: &mut Wants) {
        for tell in &self.tells {
            let Some((shelf, _)) = batch.shelves.aggregate(tell.kind) else {
                continue;
            };
            match &tell.target {
                Target::Id(id) => wants.records.push((shelf, *id)),
                Target::Key(name, value) | Target::Each(name, value) => {
                    wants.keys.push(Led::new(shelf, name, value));
                }
            }
        }
        for (index, touch) in &self.touches {
            let name = batch.shelves.context().read_models()[*index].key();
            let shelf = row_shelf(batch, *index, aside);
            wants.keys.push(Led::new(shelf, name, &touch.key));
            let read_model = batch.shelves.context().read_models()[*index].as_ref();
            let number = number_by_key(read_model, &touch.key);
            wants.records.extend(number.map(|number| (shelf, number)));
        }
    }

    /// Does it, as part of the event's story. With `aside`, rows go to the shelf where their read
    /// model is being rebuilt.
    pub(crate) fn carry_out(
        self,
        batch: &mut Batch<'_>,
        story: Story<'_>,
        aside: bool,
    ) -> Result<(), Failure> {
        tell_all(batch, self.tells, story)?;
        for (index, touch) in self.touches {
            apply(batch, index, touch, story, aside)?;
        }
        Ok(())
    }
}

fn row_shelf(batch: &Batch<'_>, read_model: usize, aside: bool) -> Shelf {
    if aside {
        batch.shelves.read_model_aside(read_model)
    } else {
        batch.shelves.read_model(read_model)
    }
}

fn apply(
    batch: &mut Batch<'_>,
    index: usize,
    touch: Touch,
    story: Story<'_>,
    aside: bool,
) -> Result<(), Failure> {
    let read_model = batch.shelves.context().read_models()[index].as_ref();
    let shelf = row_shelf(batch, index, aside);
    let key = Key::unique(read_model.key(), touch.key);
    let found = batch.led_to(&Led::of(shelf, &key))?.first().copied();
    let before = match found {
        Some(id) => batch.row(shelf, id, &key)?,
        None => None,
    };
    let row = (touch.apply)(before.and_then(|entry| entry.state.as_ref()));
    let json = row.as_ref().map(|row| read_model.write(row)).transpose();
    let json = json.map_err(not_json)?.unwrap_or_default();
    if before.map_or(row.is_none(), |entry| row.is_some() && entry.json == json) {
        // Nothing that was not there already.
        return Ok(());
    }
    let id = match found {
        Some(id) => id,
        None => id_for(batch, index, shelf, &key, aside)?,
    };
    let old = batch.take(shelf, id);
    let keys = row
        .as_ref()
        .map(|row| keys_of(read_model, row, &key, old.as_ref()));
    let entry = Entry {
        hidden: !row.as_ref().is_some_and(|row| read_model.is_shown(row)),
        state: row,
        json,
        version: old.as_ref().map_or(0, |old| old.version) + 1,
        correlation: match &old {
            Some(old) => Arc::clone(&old.correlation),
            None => story.correlation.unwrap_or_default().into(),
        },
        keys: keys.unwrap_or_else(|| Arc::from([])),
    };
    Ok(batch.put(shelf, id, entry, old)?)
}

/// A row's keys: mostly just those that it had.
fn keys_of(
    read_model: &dyn AnyReadModel,
    row: &AnyState,
    first: &Key,
    old: Option<&Entry>,
) -> Arc<[Key]> {
    let mut keys = read_model.more_keys(row);
    keys.push(first.clone());
    match old {
        Some(old) if old.keys[..] == keys[..] => Arc::clone(&old.keys),
        Some(_) | None => keys.into(),
    }
}

/// A row's number, where that is its key.
fn number_by_key(read_model: &dyn AnyReadModel, key: &KeyValue) -> Option<Id> {
    match key {
        KeyValue::Number(number) if read_model.numbered_by_key() => Some(*number),
        KeyValue::Number(_) | KeyValue::Text(_) => None,
    }
}

/// A new row's id. One that is rebuilt keeps the id that the outside knows it by.
fn id_for(
    batch: &mut Batch<'_>,
    index: usize,
    shelf: Shelf,
    key: &Key,
    aside: bool,
) -> Result<Id, Failure> {
    let read_model = batch.shelves.context().read_models()[index].as_ref();
    if let Some(number) = number_by_key(read_model, &key.value) {
        has_a_place(read_model.item(), number)?;
        // A row that was removed may have had it before.
        batch.entry(shelf, number)?;
        return Ok(number);
    }
    if aside {
        let live = batch.shelves.read_model(index);
        if let Some(known) = batch.led_to(&Led::of(live, key))?.first() {
            return Ok(*known);
        }
    }
    Ok(batch.new_id(shelf))
}
