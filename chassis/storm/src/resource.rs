//! An aggregate's declaration: where the outside finds it, what it can be told, what it asks.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::ask::wrong_command;
use crate::{
    Aggregate, AnyAggregate, AnyAsk, AnyCommand, AnyState, Ask, AskDeclaration, Deadline,
    DeadlineDeclaration, EventSet, Finder, FreshEvent, Id, Key, KeyValue, Leads, Outcome, Refusal,
    lenient, sticker_name,
};

/// What the outside can do with a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `POST /collection`
    Create,
    /// `PUT /collection/{id}`
    Replace,
    /// `PATCH /collection/{id}`
    Change,
    /// `DELETE /collection/{id}`
    Remove,
    /// `PUT /collection/{id}/name`, for other contexts only
    Act(&'static str),
    /// `PUT /collection/name`, for other contexts only: the body says by its key which one is meant
    ActByKey(&'static str),
}

/// How the texts of a body are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// In their one spelling: [`lenient::from_value`].
    Clean,
    /// As they are: [`lenient::as_spelled`].
    AsSent,
}

impl Verb {
    /// What people send is read in one spelling. What contexts ask of each other names things as they
    /// are kept.
    fn spelling(&self) -> Spelling {
        match self {
            Self::Create | Self::Replace | Self::Change | Self::Remove => Spelling::Clean,
            Self::Act(_) | Self::ActByKey(_) => Spelling::AsSent,
        }
    }
}

/// A body with nothing in it that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {}

type Parse = Box<dyn Fn(&Value, Spelling) -> Result<AnyCommand, Refusal> + Send + Sync>;
type Question<A> = Box<dyn Fn(Id, &A, &<A as Aggregate>::Command) -> Option<AnyAsk> + Send + Sync>;
type Show<A> = Box<dyn Fn(&A) -> Option<serde_json::Result<String>> + Send + Sync>;

/// An aggregate and how it meets the world.
pub struct Resource<A: Aggregate> {
    collection: &'static str,
    item: &'static str,
    numbered_as: Option<&'static str>,
    finders: Vec<Finder>,
    show: Show<A>,
    is_shown: Box<dyn Fn(&A) -> bool + Send + Sync>,
    verbs: Vec<(Verb, Parse)>,
    ask_declarations: Vec<AskDeclaration>,
    asks: Vec<Question<A>>,
    deadlines: Vec<Deadline<A>>,
}

impl<A: Aggregate> Resource<A> {
    /// Shown at `/collection`, one called `item` in links, as the `W` that `show` makes of it; one
    /// of which `show` makes `None` cannot be seen.
    pub fn at<W: Serialize + 'static>(
        collection: &'static str,
        item: &'static str,
        show: fn(&A) -> Option<W>,
    ) -> Self {
        Self {
            collection,
            item,
            numbered_as: None,
            finders: Vec::new(),
            show: Box::new(move |state| show(state).map(|wire| serde_json::to_string(&wire))),
            is_shown: Box::new(move |state| show(state).is_some()),
            verbs: Vec::new(),
            ask_declarations: Vec::new(),
            asks: Vec::new(),
            deadlines: Vec::new(),
        }
    }

    /// Its numbers are those of something else, e.g. a reservation of stock has its order's number:
    /// none is taken from the context's counter, so that those of the other collections stay in
    /// line. Whoever is told [by number](Aggregate::at) and is not there yet begins to be.
    #[must_use]
    pub fn numbered_as(mut self, whose: &'static str) -> Self {
        self.numbered_as = Some(whose);
        self
    }

    /// The one with this key can be searched for: `/collection/search/findByName?name=`. The key is
    /// [unique](Key::unique); when nobody has it, the answer is that there is none.
    #[must_use]
    pub fn found_by(mut self, key: &'static str) -> Self {
        self.finders.push(Finder::by(key, Leads::ToOne));
        self
    }

    /// Those with this key can be listed: `/collection/search/findByName?name=`. Several may
    /// [share](Key::shared) it; when nobody has it, the list is empty.
    #[must_use]
    pub fn listed_by(mut self, key: &'static str) -> Self {
        self.finders.push(Finder::by(key, Leads::ToMany));
        self
    }

    /// Those with these words in them can be listed: `/collection/search/findByName?name=`. Their
    /// [keys](Aggregate::keys) are [`Key::words`]; the beginning of a word is enough.
    #[must_use]
    pub fn searched_by(mut self, key: &'static str) -> Self {
        self.finders.push(Finder::by(key, Leads::ByWords));
        self
    }

    fn verb<B: DeserializeOwned + 'static>(
        mut self,
        verb: Verb,
        command: fn(B) -> Result<A::Command, Refusal>,
    ) -> Self {
        self.verbs.push((
            verb,
            Box::new(move |body, spelling| {
                let body: B = match spelling {
                    Spelling::Clean => lenient::from_value(body)?,
                    Spelling::AsSent => lenient::as_spelled(body)?,
                };
                command(body).map(|command| Box::new(command) as AnyCommand)
            }),
        ));
        self
    }

    /// `POST /collection`
    #[must_use]
    pub fn create<B: DeserializeOwned + 'static>(
        self,
        command: fn(B) -> Result<A::Command, Refusal>,
    ) -> Self {
        self.verb(Verb::Create, command)
    }

    /// `PUT /collection/{id}`: all fields.
    #[must_use]
    pub fn replace<B: DeserializeOwned + 'static>(
        self,
        command: fn(B) -> Result<A::Command, Refusal>,
    ) -> Self {
        self.verb(Verb::Replace, command)
    }

    /// `PATCH /collection/{id}`: some fields.
    #[must_use]
    pub fn change<B: DeserializeOwned + 'static>(
        self,
        command: fn(B) -> Result<A::Command, Refusal>,
    ) -> Self {
        self.verb(Verb::Change, command)
    }

    /// `DELETE /collection/{id}`
    #[must_use]
    pub fn remove(self, command: fn(Nothing) -> Result<A::Command, Refusal>) -> Self {
        self.verb(Verb::Remove, command)
    }

    /// `PUT /collection/{id}/name`, for other contexts, which ask it of this one directly: the
    /// gateway does not let it in.
    #[must_use]
    pub fn act<B: DeserializeOwned + 'static>(
        self,
        name: &'static str,
        command: fn(B) -> Result<A::Command, Refusal>,
    ) -> Self {
        self.verb(Verb::Act(name), command)
    }

    /// `PUT /collection/name`, for other contexts: whoever has the command's
    /// [identity](Aggregate::identity) is told, and when nobody has it, that is a no (404). The
    /// originals' callers put it as `GET /collection/name?…` and are answered `true` or `false`
    /// (`wire.md` §2).
    #[must_use]
    pub fn act_by_key<B: DeserializeOwned + 'static>(
        self,
        name: &'static str,
        command: fn(B) -> Result<A::Command, Refusal>,
    ) -> Self {
        self.verb(Verb::ActByKey(name), command)
    }

    /// A question to context `to`, put before a command that `question` picks is decided. Several
    /// are put in the order they are declared, each seeing what the earlier answers made of the
    /// command.
    #[must_use]
    pub fn asks<F>(self, to: &'static str, question: F) -> Self
    where
        F: Fn(Id, &A, &A::Command) -> Option<Ask<A>> + Send + Sync + 'static,
    {
        self.asking(to, None, question)
    }

    /// As [`Resource::asks`], and an answer is waited for so long, where nothing else is configured.
    #[must_use]
    pub fn asks_within<F>(self, to: &'static str, deadline: Duration, question: F) -> Self
    where
        F: Fn(Id, &A, &A::Command) -> Option<Ask<A>> + Send + Sync + 'static,
    {
        self.asking(to, Some(deadline), question)
    }

    fn asking<F>(mut self, to: &'static str, deadline: Option<Duration>, question: F) -> Self
    where
        F: Fn(Id, &A, &A::Command) -> Option<Ask<A>> + Send + Sync + 'static,
    {
        self.ask_declarations.push(AskDeclaration {
            name: sticker_name::<F>(),
            to,
            deadline,
        });
        self.asks.push(Box::new(move |me, state, command| {
            question(me, state, command).map(|ask| ask.erase(to))
        }));
        self
    }

    /// A deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Deadline<A>) -> Self {
        self.deadlines.push(deadline);
        self
    }
}

fn typed<A: Aggregate>(state: &AnyState) -> Option<&A> {
    state.downcast_ref::<A>()
}

impl<A: Aggregate> AnyAggregate for Resource<A> {
    fn kind(&self) -> &'static str {
        A::KIND
    }
    fn collection(&self) -> &'static str {
        self.collection
    }
    fn item(&self) -> &'static str {
        self.item
    }
    fn event_types(&self) -> &'static [&'static str] {
        A::Event::TYPES
    }
    fn numbered_as(&self) -> Option<&'static str> {
        self.numbered_as
    }
    fn finders(&self) -> &[Finder] {
        &self.finders
    }
    fn verbs(&self) -> Vec<Verb> {
        self.verbs.iter().map(|(verb, _)| verb.clone()).collect()
    }
    fn asks(&self) -> &[AskDeclaration] {
        &self.ask_declarations
    }
    fn deadlines(&self) -> Vec<DeadlineDeclaration> {
        self.deadlines
            .iter()
            .map(|deadline| DeadlineDeclaration {
                name: deadline.name,
                after: deadline.after,
            })
            .collect()
    }

    fn blank(&self) -> AnyState {
        Box::new(A::default())
    }
    fn is_blank(&self, state: &AnyState) -> bool {
        typed::<A>(state).is_none_or(|state| *state == A::default())
    }
    fn read(&self, json: &str) -> serde_json::Result<AnyState> {
        let state: A = serde_json::from_str(json)?;
        Ok(Box::new(state))
    }
    fn write(&self, state: &AnyState) -> serde_json::Result<String> {
        serde_json::to_string(&typed::<A>(state))
    }
    fn keys(&self, state: &AnyState) -> Vec<Key> {
        typed::<A>(state).map(Aggregate::keys).unwrap_or_default()
    }
    fn show(&self, state: &AnyState) -> serde_json::Result<Option<String>> {
        typed::<A>(state)
            .and_then(|state| (self.show)(state))
            .transpose()
    }

    fn is_shown(&self, state: &AnyState) -> bool {
        typed::<A>(state).is_some_and(|state| (self.is_shown)(state))
    }

    fn command(&self, verb: &Verb, body: &Value) -> Result<AnyCommand, Refusal> {
        match self.verbs.iter().find(|(known, _)| known == verb) {
            Some((_, parse)) => parse(body, verb.spelling()),
            None => Err(wrong_command()),
        }
    }
    fn otherwise_spelled(
        &self,
        verb: &Verb,
        body: &Value,
        told: &AnyCommand,
    ) -> Option<AnyCommand> {
        let KeyValue::Text(_) = self.identity(told)?.value else {
            return None;
        };
        if !lenient::has_another_spelling(body) {
            return None;
        }
        let (_, parse) = self.verbs.iter().find(|(known, _)| known == verb)?;
        let other = match verb.spelling() {
            Spelling::Clean => Spelling::AsSent,
            Spelling::AsSent => Spelling::Clean,
        };
        let command = parse(body, other).ok()?;
        (self.identity(&command) != self.identity(told)).then_some(command)
    }
    fn identity(&self, command: &AnyCommand) -> Option<Key> {
        A::identity(command.downcast_ref()?)
    }
    fn ask(&self, index: usize, me: Id, state: &AnyState, command: &AnyCommand) -> Option<AnyAsk> {
        self.asks.get(index)?(me, typed(state)?, command.downcast_ref()?)
    }
    fn deadline_command(&self, name: &str) -> Option<AnyCommand> {
        let deadline = self.deadlines.iter().find(|known| known.name == name)?;
        Some(Box::new((deadline.command)()))
    }

    fn handle(
        &self,
        me: Id,
        state: &AnyState,
        command: &AnyCommand,
    ) -> Result<Option<Outcome>, Refusal> {
        let (Some(state), Some(command)) =
            (typed::<A>(state), command.downcast_ref::<A::Command>())
        else {
            return Err(wrong_command());
        };
        let decided = state.decide(me, command.clone())?;
        if decided.is_empty() {
            return Ok(None);
        }
        let mut state = state.clone();
        let mut events = Vec::with_capacity(decided.len());
        let mut deadlines = Vec::new();
        for event in &decided {
            state = state.evolve(event);
            deadlines.extend(self.deadlines.iter().filter_map(|d| d.change(event)));
            events.push(FreshEvent {
                event_type: event.event_type(),
                data: event.to_json().map_err(|error| {
                    Refusal::conflict(
                        "event-not-json",
                        format!("{} cannot be written as JSON: {error}", event.event_type()),
                    )
                    .ko(format!(
                        "프로그램 오류로 {} 이벤트를 기록하지 못했습니다: {error}",
                        event.event_type()
                    ))
                })?,
            });
        }
        Ok(Some(Outcome {
            events,
            state: Box::new(state),
            deadlines,
        }))
    }
}
