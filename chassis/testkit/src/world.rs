//! A whole system without threads, clock or disk: what the declarations alone promise.

use std::borrow::Cow;
use std::collections::BTreeMap;

use storm::store::{Changed, Changes, Record, StoredKey};
use storm::{
    Acts, Answer, AnyAggregate, AnyCommand, AnyState, AnyTell, Context, Id, KeyValue, Method,
    Refusal, Silence, System, TakeBack, Target, Verb,
};

/// An event as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The context that told it.
    pub producer: &'static str,
    /// Its wire name.
    pub event_type: &'static str,
    /// Its fields, JSON.
    pub data: String,
}

/// One context's memory.
#[derive(Default)]
struct Memory {
    next_id: Id,
    /// By kind or collection, and id.
    states: BTreeMap<(&'static str, Id), AnyState>,
    /// What the unit under way has changed, and what was there before.
    changed: Vec<((&'static str, Id), Option<AnyState>)>,
    /// Read-model rows by collection and key.
    rows: BTreeMap<(&'static str, KeyValue), AnyState>,
}

/// A system whose events lie about until a test delivers them: late, twice, in any order.
pub struct World {
    contexts: Vec<Context>,
    memories: Vec<Memory>,
    spoken: Vec<Spoken>,
}

impl World {
    /// Nothing has happened yet.
    pub fn of(system: System) -> Self {
        let contexts = system.into_contexts();
        let memories = contexts.iter().map(|_| Memory::default()).collect();
        Self {
            contexts,
            memories,
            spoken: Vec::new(),
        }
    }

    /// Everything told so far, in order.
    pub fn spoken(&self) -> &[Spoken] {
        &self.spoken
    }

    /// The context that a collection is of.
    pub fn context_of(&self, collection: &str) -> Option<&'static str> {
        let (context, _) = self.owner(collection).ok()?;
        Some(self.contexts[context].name())
    }

    /// A request to the collection's owner, its questions asked first and answered at once.
    ///
    /// # Errors
    /// What the aggregate, or one that it asked, refused.
    pub fn request(
        &mut self,
        collection: &str,
        id: Option<Id>,
        verb: &Verb,
        body: &serde_json::Value,
    ) -> Result<Id, Refusal> {
        let (context, index) = self.owner(collection)?;
        let aggregate = &self.contexts[context].aggregates()[index];
        let mut command = aggregate.command(verb, body)?;
        if let Some(id) = id
            && self.item(collection, id).is_none()
            && !(matches!(verb, Verb::Act(_)) && self.may_begin(context, index, id))
        {
            return Err(Refusal::not_found("not-found", "There is no such item."));
        }
        let known = id.or_else(|| self.identified(context, index, &command));
        let is_new = known.is_none();
        let id = match known {
            Some(id) => id,
            None if matches!(verb, Verb::ActByKey(_)) => {
                return Err(Refusal::not_found(
                    "not-found",
                    "There is none with this key.",
                ));
            }
            None => self.new_id(context),
        };
        // A number that comes to nothing is given again, unless somebody was told it.
        let mut nobody_knows = true;
        let mut taken = Vec::new();
        for number in 0..self.contexts[context].aggregates()[index].asks().len() {
            let aggregate = &self.contexts[context].aggregates()[index];
            let blank = aggregate.blank();
            let state = self.memories[context].states.get(&(aggregate.kind(), id));
            let asked = aggregate.ask(number, id, state.unwrap_or(&blank), &command);
            if let Some(ask) = asked {
                nobody_knows = false;
                let answer = self.answer(ask.method, &ask.path, &ask.body);
                taken.extend(ask.take_back.filter(|_| matches!(answer, Answer::Yes(_))));
                command = (ask.answered)(answer, command)
                    .inspect_err(|_| self.take_back(std::mem::take(&mut taken)))?;
            }
        }
        let told = self.all_or_nothing(context, |world| world.tell(context, index, id, &command));
        if told.is_err() && is_new && nobody_knows {
            self.memories[context].next_id -= 1;
        }
        if told.is_err() {
            self.take_back(taken);
        }
        told.map(|()| id)
    }

    /// What was taken for a request that came to nothing.
    fn take_back(&mut self, taken: Vec<TakeBack>) {
        for TakeBack { method, path, body } in taken.into_iter().rev() {
            self.answer(method, &path, &body);
        }
    }

    /// What is told, with all that follows in the same commit; undone if anything refuses.
    fn all_or_nothing(
        &mut self,
        context: usize,
        unit: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let (spoken, next_id) = (self.spoken.len(), self.memories[context].next_id);
        let before = std::mem::take(&mut self.memories[context].changed);
        debug_assert!(before.is_empty(), "a unit begins with nothing changed");
        let result = unit(self);
        let memory = &mut self.memories[context];
        let changed = std::mem::take(&mut memory.changed);
        if result.is_err() {
            for (key, state) in changed.into_iter().rev() {
                match state {
                    Some(state) => memory.states.insert(key, state),
                    None => memory.states.remove(&key),
                };
            }
            memory.next_id = next_id;
            self.spoken.truncate(spoken);
        }
        result
    }

    /// One context takes in one event. Refused policies are told, read models are always projected.
    ///
    /// # Errors
    /// What an aggregate refused; then the event can be delivered again later.
    pub fn deliver(&mut self, to: &str, event: &Spoken) -> Result<(), Refusal> {
        let Some(context) = self.contexts.iter().position(|c| c.name() == to) else {
            return Ok(());
        };
        self.project(context, event);
        let said = self.contexts[context].policies().iter();
        let said = said
            .filter(|policy| policy.acts == Acts::Later && policy.event_type == event.event_type);
        let tells: Vec<_> = said.map(|policy| policy.react(&event.data)).collect();
        let tells = tells.into_iter().flatten().flatten().collect();
        self.all_or_nothing(context, |world| world.tell_all(context, tells))
    }

    fn tell_all(&mut self, context: usize, tells: Vec<AnyTell>) -> Result<(), Refusal> {
        for tell in tells {
            let kind = tell.kind;
            let aggregates = self.contexts[context].aggregates();
            let Some(index) = aggregates.iter().position(|a| a.kind() == kind) else {
                continue;
            };
            let (ids, may_be_new) = match &tell.target {
                Target::Id(id) => (vec![*id], false),
                Target::Key(name, value) => (self.found(context, index, name, value), true),
                Target::Each(name, value) => (self.found(context, index, name, value), false),
            };
            if ids.is_empty() && may_be_new {
                let id = self.new_id(context);
                self.tell(context, index, id, &(tell.command)())?;
                if !self.memories[context].states.contains_key(&(kind, id)) {
                    self.memories[context].next_id -= 1;
                }
            }
            for id in ids {
                self.tell(context, index, id, &(tell.command)())?;
            }
        }
        Ok(())
    }

    /// The names of the contexts that listen to an event.
    pub fn listeners(&self, event: &Spoken) -> Vec<&'static str> {
        let hears = |context: &&Context| context.listens().contains(event.event_type);
        self.contexts
            .iter()
            .filter(hears)
            .map(Context::name)
            .collect()
    }

    /// A deadline fires.
    ///
    /// # Errors
    /// What the aggregate refused.
    pub fn fire(&mut self, collection: &str, id: Id, deadline: &str) -> Result<(), Refusal> {
        let (context, index) = self.owner(collection)?;
        let command = self.contexts[context].aggregates()[index].deadline_command(deadline);
        match command {
            Some(command) => {
                self.all_or_nothing(context, |world| world.tell(context, index, id, &command))
            }
            None => Err(Refusal::not_found(
                "no-deadline",
                format!("no deadline {deadline}"),
            )),
        }
    }

    /// What the outside sees of a collection, in order of id.
    pub fn shown(&self, collection: &str) -> Vec<serde_json::Value> {
        let Ok((context, index)) = self.owner(collection) else {
            return Vec::new();
        };
        let aggregate = &self.contexts[context].aggregates()[index];
        let states = self.memories[context].states.iter();
        let mine = states.filter(|((kind, _), _)| *kind == aggregate.kind());
        mine.filter_map(|(_, state)| aggregate.show(state).ok().flatten())
            .filter_map(|json| serde_json::from_str(&json).ok())
            .collect()
    }

    /// What a context keeps of its aggregates, as one commit to its store.
    pub fn kept(&self, context: &str) -> Changes {
        let mut changes = Changes::default();
        for (context, memory) in self
            .contexts
            .iter()
            .zip(&self.memories)
            .filter(|(c, _)| c.name() == context)
        {
            changes.ids_reserved = Some(memory.next_id);
            for aggregate in context.aggregates() {
                let states = memory.states.iter();
                let mine = states.filter(|((kind, _), _)| *kind == aggregate.kind());
                for ((_, id), state) in mine {
                    keep(&mut changes, aggregate.as_ref(), *id, state);
                }
            }
        }
        changes
    }

    /// The rows of a read model, in order of key.
    pub fn rows(&self, collection: &str) -> Vec<serde_json::Value> {
        let mut rows = Vec::new();
        for (context, memory) in self.contexts.iter().zip(&self.memories) {
            for read_model in context.read_models() {
                let all = memory.rows.iter();
                let mine = all.filter(|((name, _), _)| *name == collection);
                let mine = mine.filter(|_| read_model.collection() == collection);
                let shown = mine.filter(|(_, row)| read_model.is_shown(row));
                let json = shown.filter_map(|(_, row)| read_model.write(row).ok());
                let json = json.filter_map(|json| read_model.show(&json).map(Cow::into_owned).ok());
                rows.extend(json.filter_map(|json| serde_json::from_str(&json).ok()));
            }
        }
        rows
    }

    /// Forgets the rows of a context's read models, to be projected anew.
    pub fn forget_rows(&mut self, context: &str) {
        let at = self.contexts.iter().position(|c| c.name() == context);
        if let Some(at) = at {
            self.memories[at].rows.clear();
        }
    }

    /// Only projects: what rebuilding does with an event.
    pub fn reproject(&mut self, to: &str, event: &Spoken) {
        if let Some(context) = self.contexts.iter().position(|c| c.name() == to) {
            self.project(context, event);
        }
    }

    /// All that can be asked of it: collection and verb.
    pub(crate) fn doors(&self) -> Vec<(&'static str, Verb)> {
        let aggregates = self.contexts.iter().flat_map(Context::aggregates);
        let doors = aggregates.flat_map(|aggregate| {
            let verbs = aggregate.verbs().into_iter();
            verbs.map(|verb| (aggregate.collection(), verb))
        });
        doors.collect()
    }

    /// All deadlines, each with the collection whose they are.
    pub(crate) fn deadlines(&self) -> Vec<(&'static str, &'static str)> {
        let aggregates = self.contexts.iter().flat_map(Context::aggregates);
        let deadlines = aggregates.flat_map(|aggregate| {
            let deadlines = aggregate.deadlines().into_iter();
            deadlines.map(|deadline| (aggregate.collection(), deadline.name))
        });
        deadlines.collect()
    }

    fn owner(&self, collection: &str) -> Result<(usize, usize), Refusal> {
        for (number, context) in self.contexts.iter().enumerate() {
            let found = context
                .aggregates()
                .iter()
                .position(|a| a.collection() == collection);
            if let Some(index) = found {
                return Ok((number, index));
            }
        }
        Err(Refusal::not_found(
            "no-collection",
            format!("no collection {collection}"),
        ))
    }

    /// Whether it begins to be as soon as it is told something.
    fn may_begin(&self, context: usize, index: usize, id: Id) -> bool {
        let aggregate = &self.contexts[context].aggregates()[index];
        let states = &self.memories[context].states;
        aggregate.numbered_as().is_some() && !states.contains_key(&(aggregate.kind(), id))
    }

    fn new_id(&mut self, context: usize) -> Id {
        self.memories[context].next_id += 1;
        self.memories[context].next_id
    }

    fn identified(&self, context: usize, index: usize, command: &AnyCommand) -> Option<Id> {
        let aggregate = &self.contexts[context].aggregates()[index];
        let key = aggregate.identity(command)?;
        if let Some(number) = key.as_number() {
            let states = &self.memories[context].states;
            let there = states.get(&(aggregate.kind(), number));
            let means_it = aggregate.numbered_as().is_some()
                || there.is_some_and(|state| aggregate.is_shown(state));
            return means_it.then_some(number);
        }
        self.found(context, index, key.name, &key.value)
            .first()
            .copied()
    }

    fn found(&self, context: usize, index: usize, name: &str, value: &KeyValue) -> Vec<Id> {
        let aggregate = &self.contexts[context].aggregates()[index];
        let states = self.memories[context].states.iter();
        let mine = states.filter(|((kind, _), _)| *kind == aggregate.kind());
        let led = mine.filter(|(_, state)| {
            let mut keys = aggregate.keys(state).into_iter();
            keys.any(|key| key.name == name && key.value == *value)
        });
        led.map(|((_, id), _)| *id).collect()
    }

    fn tell(
        &mut self,
        context: usize,
        index: usize,
        id: Id,
        command: &AnyCommand,
    ) -> Result<(), Refusal> {
        let aggregate: &dyn AnyAggregate = self.contexts[context].aggregates()[index].as_ref();
        let key = (aggregate.kind(), id);
        let blank = aggregate.blank();
        let state = self.memories[context].states.get(&key).unwrap_or(&blank);
        let Some(outcome) = aggregate.handle(id, state, command)? else {
            return Ok(());
        };
        let mine = aggregate.keys(&outcome.state).into_iter();
        for key in mine.filter(|key| key.unique) {
            let others = self.found(context, index, key.name, &key.value);
            if others.iter().any(|other| *other != id) {
                let reason = format!("`{}` {} is taken already", key.name, key.value);
                return Err(Refusal::conflict("key-taken", reason));
            }
        }
        let told_at_once: Vec<_> = self.contexts[context]
            .policies()
            .iter()
            .filter(|policy| policy.acts == Acts::InTheSameCommit)
            .flat_map(|policy| {
                let events = outcome.events.iter();
                let mine = events.filter(|event| event.event_type == policy.event_type);
                mine.map(|event| policy.react(&event.data))
            })
            .flatten()
            .flatten()
            .collect();
        let kept =
            !aggregate.is_blank(&outcome.state) || self.memories[context].states.contains_key(&key);
        let producer = self.contexts[context].name();
        self.spoken
            .extend(outcome.events.into_iter().map(|event| Spoken {
                producer,
                event_type: event.event_type,
                data: event.data,
            }));
        if kept {
            let memory = &mut self.memories[context];
            let before = memory.states.insert(key, outcome.state);
            memory.changed.push((key, before));
        }
        self.tell_all(context, told_at_once)
    }

    fn project(&mut self, context: usize, event: &Spoken) {
        for read_model in self.contexts[context].read_models() {
            let touches = read_model.project(event.event_type, &event.data);
            for touch in touches.into_iter().flatten() {
                let key = (read_model.collection(), touch.key);
                let rows = &mut self.memories[context].rows;
                match (touch.apply)(rows.get(&key)) {
                    Some(row) => {
                        rows.insert(key, row);
                    }
                    None => {
                        rows.remove(&key);
                    }
                }
            }
        }
    }

    /// Puts a question to its collection's owner: `/collection`, `/collection/{id}`,
    /// `/collection/{id}/action` or `/collection/action`. A yes comes with the item as it is then.
    fn answer(&mut self, method: Method, path: &str, body: &serde_json::Value) -> Answer {
        let mut segments = path.trim_start_matches('/').split('/');
        let collection = segments.next().unwrap_or_default().to_owned();
        let second = segments.next();
        let id = second.and_then(|id| id.parse().ok());
        let action = segments.next().or(second.filter(|_| id.is_none()));
        let verb = match (method, action) {
            (_, Some(action)) => self.action(&collection, action),
            (Method::Post, None) => Some(Verb::Create),
            (Method::Put, None) => Some(Verb::Replace),
            (Method::Patch, None) => Some(Verb::Change),
            (Method::Delete, None) => Some(Verb::Remove),
            (Method::Get, None) => {
                let item = id.and_then(|id| self.item(&collection, id));
                return item.map_or_else(
                    || Answer::No(Refusal::not_found("not-found", "There is no such item.")),
                    Answer::Yes,
                );
            }
        };
        let Some(verb) = verb else {
            return Answer::Silence(Silence::NotDone);
        };
        match self.request(&collection, id, &verb, body) {
            Ok(id) => Answer::Yes(self.item(&collection, id).unwrap_or_default()),
            Err(refusal) => Answer::No(refusal),
        }
    }

    /// What the outside sees of one item.
    pub fn item(&self, collection: &str, id: Id) -> Option<serde_json::Value> {
        let (context, index) = self.owner(collection).ok()?;
        let aggregate = &self.contexts[context].aggregates()[index];
        let state = self.memories[context].states.get(&(aggregate.kind(), id))?;
        let json = aggregate.show(state).ok().flatten()?;
        serde_json::from_str(&json).ok()
    }

    fn action(&self, collection: &str, action: &str) -> Option<Verb> {
        let (context, index) = self.owner(collection).ok()?;
        let verbs = self.contexts[context].aggregates()[index].verbs();
        verbs
            .into_iter()
            .find(|verb| matches!(verb, Verb::Act(name) | Verb::ActByKey(name) if *name == action))
    }
}

fn keep(changes: &mut Changes, aggregate: &dyn AnyAggregate, id: Id, state: &AnyState) {
    let Ok(json) = aggregate.write(state) else {
        return;
    };
    let is_shown = aggregate.is_shown(state);
    changes.records.push(Changed {
        record: Record {
            kind: aggregate.kind().to_owned(),
            id,
            version: 1,
            correlation: format!("story-{id}"),
            state: json,
            hidden: !is_shown,
        },
        loaded: 0,
    });
    let counted = (aggregate.kind().to_owned(), i64::from(is_shown));
    changes.counted.push(counted);
    let keys = aggregate.keys(state).into_iter().map(|key| StoredKey {
        kind: aggregate.kind().to_owned(),
        name: key.name.to_owned(),
        value: key.value,
    });
    changes.keys_added.extend(keys.map(|key| (key, id)));
}
