//! Awaited calls, for all questions or for one: what is set, over what is declared, over the originals'.

use std::time::Duration;

use http_api::{BreakerSettings, CallerSettings, QuestionSettings};
use storm::Context;

use super::Configuration;
use super::file::AsksPart;
use super::value::Pause;

/// What is set for awaited calls: deadline, bulkhead, breaker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// How long an answer is waited for.
    pub deadline: Option<Duration>,
    /// Calls that may be under way at once.
    pub at_once: Option<usize>,
    /// How long one more waits for its turn.
    pub wait: Option<Duration>,
    /// The breaker looks back so far.
    pub window: Option<Duration>,
    /// It does not open on fewer calls.
    pub at_least: Option<u32>,
    /// It opens when so many in a hundred fail.
    pub failures: Option<u32>,
    /// It stays open so long before one trial.
    pub sleep: Option<Duration>,
    /// Without an answer for so long, whoever is asked is out of service.
    pub outage: Option<Duration>,
}

impl From<AsksPart> for Asks {
    fn from(part: AsksPart) -> Self {
        let pause = |pause: Option<Pause>| pause.map(|Pause(pause)| pause);
        Self {
            deadline: pause(part.deadline),
            at_once: part.at_once,
            wait: pause(part.wait),
            window: pause(part.window),
            at_least: part.at_least,
            failures: part.failures.map(u32::from),
            sleep: pause(part.sleep),
            outage: pause(part.outage),
        }
    }
}

impl Asks {
    /// `under`, with what is set here in its place.
    fn over(&self, under: CallerSettings) -> CallerSettings {
        CallerSettings {
            deadline: self.deadline.unwrap_or(under.deadline),
            at_once: self.at_once.unwrap_or(under.at_once),
            wait: self.wait.unwrap_or(under.wait),
            breaker: BreakerSettings {
                window: self.window.unwrap_or(under.breaker.window),
                volume: self.at_least.unwrap_or(under.breaker.volume),
                failure_percent: self.failures.unwrap_or(under.breaker.failure_percent),
                sleep: self.sleep.unwrap_or(under.breaker.sleep),
                outage: self.outage.unwrap_or(under.breaker.outage),
            },
        }
    }
}

impl Configuration {
    /// How the questions of a context are carried: those that have nothing of their own, and the others.
    pub fn calling(&self, system: &str, context: &Context) -> (CallerSettings, QuestionSettings) {
        let usual = self.asks.over(CallerSettings::default());
        let of_context = self.of_context(system, context.name());
        let aggregates = context.aggregates().iter();
        let questions = aggregates.flat_map(|aggregate| aggregate.asks());
        let own = questions.filter_map(|question| {
            let set = of_context.asks.get(question.name);
            if question.deadline.is_none() && set.is_none() {
                return None;
            }
            let declared = CallerSettings {
                deadline: question
                    .deadline
                    .unwrap_or(CallerSettings::default().deadline),
                ..CallerSettings::default()
            };
            let settings = self.asks.over(declared);
            Some((
                question.name,
                set.map_or(settings, |set| set.over(settings)),
            ))
        });
        (usual, own.collect())
    }

    /// The shortest time in which a question of this context must be answered.
    pub fn shortest_deadline(&self, system: &str, context: &Context) -> Duration {
        let (usual, own) = self.calling(system, context);
        let own = own.values().map(|settings| settings.deadline);
        own.fold(usual.deadline, Duration::min)
    }
}

#[cfg(test)]
mod tests;
