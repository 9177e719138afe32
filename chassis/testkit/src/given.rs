//! Given, when, then.

use std::fmt::Debug;

use storm::{Aggregate, Decision, Id};

/// The aggregate under test is number 1.
const ME: Id = 1;

/// An aggregate to which something has happened.
#[derive(Debug)]
pub struct Given<A: Aggregate> {
    state: A,
}

/// An aggregate to which nothing has happened yet.
pub fn given_nothing<A: Aggregate>() -> Given<A> {
    given([])
}

/// An aggregate, number 1, to which these events have happened.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let state = events
        .into_iter()
        .fold(A::default(), |state, event| state.evolve(&event));
    Given { state }
}

impl<A: Aggregate> Given<A> {
    /// It is told this.
    pub fn when(self, command: A::Command) -> Told<A> {
        let decision = self.state.decide(ME, command);
        Told {
            state: self.state,
            decision,
        }
    }

    /// The state that the events led to.
    pub fn state(&self) -> &A {
        &self.state
    }
}

/// An aggregate that was told something.
#[derive(Debug)]
pub struct Told<A: Aggregate> {
    state: A,
    decision: Decision<A::Event>,
}

impl<A: Aggregate> Told<A> {
    /// These events happen, and have happened: more can be told.
    ///
    /// # Panics
    /// If something else happens.
    #[track_caller]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a test reads better without the `&`"
    )]
    pub fn then<const N: usize>(self, events: [A::Event; N]) -> Given<A>
    where
        A::Event: Debug,
    {
        assert_eq!(self.decision.as_deref(), Ok(&events[..]));
        let state = events.iter().fold(self.state, Aggregate::evolve);
        Given { state }
    }

    /// It had been carried out already: no news.
    ///
    /// # Panics
    /// If anything happens.
    #[track_caller]
    pub fn then_no_news(self) -> Given<A> {
        self.then([])
    }

    /// It is refused with this code.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn then_refused(self, code: &str) -> Given<A> {
        match &self.decision {
            Ok(events) => assert_eq!(&format!("refused with {code}"), &format!("{events:?}")),
            Err(refusal) => assert_eq!(refusal.code, code, "{}", refusal.reason),
        }
        Given { state: self.state }
    }
}
