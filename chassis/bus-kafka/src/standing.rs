//! How a bus is: for health, for metrics, and for the log, which hears of each change once.

mod troubles;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::BusMetrics;
use crate::trouble::{NONE_LEFT, in_words};
use troubles::{GRACE, Told, Troubles};

/// How a context's bus is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusHealth {
    /// Whether the brokers answer; if not, what was said last.
    pub broker: Result<(), String>,
    /// What does not work, and who noticed: `topic`, `relay`, `consumer`, `horizon`.
    pub troubles: Vec<(&'static str, String)>,
    /// The partitions that this replica takes in.
    pub partitions: Vec<PartitionHealth>,
    /// Whether this replica relays its context's events, as it has partition 0.
    pub leads: bool,
    /// Own events that the brokers do not have yet.
    pub outbox: i64,
}

/// How far a partition has been taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionHealth {
    /// From 0.
    pub partition: i32,
    /// Records that have not been taken in.
    pub lag: i64,
}

/// Who noticed that something does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Topic,
    Relay,
    Consumer,
    Horizon,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Relay => "relay",
            Self::Consumer => "consumer",
            Self::Horizon => "horizon",
        }
    }
}

struct State {
    broker: Result<(), String>,
    /// Since when nobody answers, and whether it was told.
    silent: Option<(Instant, bool)>,
    /// Why the last attempt failed.
    hint: Option<String>,
    /// Whether the topic does not keep its records for ever.
    forgets: bool,
    troubles: Troubles,
    /// By partition: the next offset to be taken in, as the store has it, and the last end seen.
    partitions: BTreeMap<i32, (i64, i64)>,
    leads: bool,
    outbox: i64,
}

/// How a bus is.
pub(crate) struct Standing {
    context: &'static str,
    brokers: String,
    pub(crate) metrics: BusMetrics,
    state: Mutex<State>,
}

impl Standing {
    pub(crate) fn new(context: &'static str, brokers: &str) -> Arc<Self> {
        Arc::new(Self {
            context,
            brokers: brokers.to_owned(),
            metrics: BusMetrics::new(context),
            state: Mutex::new(State {
                broker: Err(format!("{brokers}: no answer yet")),
                silent: None,
                hint: None,
                forgets: false,
                troubles: Troubles::default(),
                partitions: BTreeMap::new(),
                leads: false,
                outbox: 0,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Single facts are put in, whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.hint = None;
        if state.broker.is_err() {
            state.broker = Ok(());
            let told = state.silent.take().is_some_and(|(_, told)| told);
            drop(state);
            self.metrics.reachable.set(1);
            let (context, brokers) = (self.context, &self.brokers);
            if told {
                // As loud as the silence was, for whoever waits for it.
                tracing::warn!(context, brokers, "Kafka answers again");
            } else {
                tracing::info!(context, brokers, "Kafka answers");
            }
        }
    }

    /// Why one broker, or one attempt, failed: what is said if none answers.
    fn hint(&self, reason: &str) {
        self.state().hint = Some(plain(reason).to_owned());
    }

    pub(crate) fn silent(&self, reason: &str) {
        let mut state = self.state();
        let reason = state.hint.clone().unwrap_or_else(|| reason.to_owned());
        let reason = in_words(reason);
        let said = format!("{}: {reason}", self.brokers);
        let (since, told) = state.silent.unwrap_or((Instant::now(), false));
        // By then it is known why, and what was on its way has come.
        let lasts = since.elapsed() >= GRACE;
        state.silent = Some((since, told || lasts));
        state.broker = Err(said);
        drop(state);
        self.metrics.reachable.set(0);
        if lasts && !told {
            tracing::warn!(
                context = self.context,
                brokers = self.brokers,
                reason,
                "Kafka does not answer; events stay in the outbox, and trying goes on"
            );
        }
    }

    /// Something does not work, or does again.
    pub(crate) fn trouble(&self, part: Part, said: Option<String>) {
        let told = self
            .state()
            .troubles
            .are(part, said.clone(), Instant::now());
        let (context, part) = (self.context, part.name());
        match (told, said) {
            (Some(Told::Wrong(said)), _) => tracing::error!(context, part, "{said}"),
            // As loud as the trouble was, for whoever waits for its end.
            (Some(Told::Right), _) => tracing::warn!(context, part, "it works again"),
            (None, Some(said)) => tracing::debug!(context, part, "{said}"),
            (None, None) => {}
        }
    }

    /// Whether the topic keeps its records for ever. Said when it changes.
    pub(crate) fn topic_forgets(&self, topic: &str, forgets: bool) {
        let before = std::mem::replace(&mut self.state().forgets, forgets);
        if forgets && !before {
            tracing::warn!(
                context = self.context,
                topic,
                "this topic forgets (its `retention.ms` is not -1): read models cannot be rebuilt from it for good"
            );
        }
    }

    /// These partitions are ours, begin there and end there; or none are.
    pub(crate) fn assigned(&self, partitions: &[(i32, i64, i64)], leads: bool) {
        let mut state = self.state();
        for partition in state.partitions.keys() {
            self.metrics.no_lag(*partition);
        }
        state.partitions = partitions
            .iter()
            .map(|(partition, next, end)| (*partition, (*next, *end)))
            .collect();
        state.leads = leads;
        drop(state);
        self.metrics.leads.set(i64::from(leads));
    }

    /// All before `next` has been taken in.
    pub(crate) fn taken_in(&self, partition: i32, next: i64) {
        if let Some((taken, _)) = self.state().partitions.get_mut(&partition) {
            *taken = next.max(*taken);
        }
    }

    /// The partition ends there. Says how many records have not been taken in.
    pub(crate) fn ends_at(&self, partition: i32, end: i64) -> Option<i64> {
        let mut state = self.state();
        let (taken, ends) = state.partitions.get_mut(&partition)?;
        *ends = end;
        let lag = (end - *taken).max(0);
        drop(state);
        self.metrics.lag_is(partition, lag);
        Some(lag)
    }

    pub(crate) fn partitions(&self) -> Vec<i32> {
        self.state().partitions.keys().copied().collect()
    }

    pub(crate) fn outbox_is(&self, events: i64) {
        self.state().outbox = events;
        self.metrics.outbox.set(events);
    }

    pub(crate) fn health(&self) -> BusHealth {
        let state = self.state();
        BusHealth {
            broker: state.broker.clone(),
            troubles: state.troubles.all(),
            partitions: state
                .partitions
                .iter()
                .map(|(partition, (taken, end))| PartitionHealth {
                    partition: *partition,
                    lag: (end - taken).max(0),
                })
                .collect(),
            leads: state.leads,
            outbox: state.outbox,
        }
    }
}

/// Without the names that the client has for its connections, and how long it tried.
pub(crate) fn plain(reason: &str) -> &str {
    let mut rest = reason;
    while let Some((name, after)) = rest.split_once(": ")
        && !name.contains(' ')
    {
        rest = after;
    }
    rest.split_once(" (after ").map_or(rest, |(said, _)| said)
}

/// What a client says of itself.
#[derive(Clone)]
pub(crate) struct Ears(pub(crate) Arc<Standing>);

impl ClientContext for Ears {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        let context = self.0.context;
        match level {
            // Its word for a client that is of no more use: whoever has it says why, and takes another.
            _ if fac == "FATAL" => tracing::debug!(target: "librdkafka", context, "{message}"),
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(target: "librdkafka", context, fac, "{message}");
            }
            // It says so with every attempt.
            _ => tracing::debug!(target: "librdkafka", context, fac, "{message}"),
        }
        if fac == "FAIL" {
            let (_, said) = message.split_once("]: ").unwrap_or(("", message));
            self.0.hint(said);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            // It comes with a number of brokers that nobody can make anything of.
            Some(RDKafkaErrorCode::AllBrokersDown) => self.0.silent(NONE_LEFT),
            Some(
                RDKafkaErrorCode::Resolve
                | RDKafkaErrorCode::Authentication
                | RDKafkaErrorCode::SSL
                | RDKafkaErrorCode::BrokerTransportFailure,
            ) => self.0.hint(reason),
            _ => tracing::debug!(target: "librdkafka", context = self.0.context, %error, reason),
        }
    }
}

impl ConsumerContext for Ears {}

#[cfg(test)]
mod tests;
