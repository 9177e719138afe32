//! What a context counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::notifying::{Attempts, Notifies};
use crate::request::{Done, Failure};

/// Which refusal of which context.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Why {
    context: &'static str,
    code: String,
}

/// Which producer's log a context reads.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Listening {
    context: &'static str,
    producer: String,
}

/// The counters and gauges of one context.
pub struct ContextMetrics {
    context: &'static str,
    /// Commands decided, whether by a person, a policy or a deadline.
    pub(crate) commands: Counter,
    /// Commands of people that were refused, by code. At most so many different ones are kept as
    /// the code has constants: codes are never made of input.
    pub(crate) refusals: Family<Why, Counter>,
    /// Commits to the store.
    pub(crate) commits: Counter,
    /// Commands, policies and deadlines that those commits carried.
    pub(crate) committed: Counter,
    /// How many a commit carried.
    pub(crate) batch: Histogram,
    /// Events told.
    pub(crate) events: Counter,
    /// Events of others taken in.
    pub(crate) received: Counter,
    /// Events of others that came again.
    pub(crate) repeated: Counter,
    /// Events that a producer has told and this context has not taken in yet.
    pub(crate) lag: Family<Listening, Gauge>,
    /// Events given up on, and waiting for an operator.
    pub(crate) dead_letters: Gauge,
    /// Events held back: being retried, or behind one that is.
    pub(crate) parked: Gauge,
    /// Deadlines that fired.
    pub(crate) deadlines_fired: Counter,
    /// Commands that wait for the writer.
    pub(crate) waiting: Gauge,
    /// Commits that the store refused.
    pub(crate) failed_commits: Counter,
    /// Attempts to tell people, by outcome.
    pub(crate) notices: Family<Attempts, Counter>,
    /// Own events that a notifier has not dealt with yet.
    pub(crate) notices_waiting: Family<Notifies, Gauge>,
}

impl ContextMetrics {
    pub(crate) fn new(context: &'static str) -> Self {
        Self {
            context,
            commands: Counter::default(),
            refusals: Family::default(),
            commits: Counter::default(),
            committed: Counter::default(),
            batch: Histogram::new(exponential_buckets(1.0, 2.0, 12)),
            events: Counter::default(),
            received: Counter::default(),
            repeated: Counter::default(),
            lag: Family::default(),
            dead_letters: Gauge::default(),
            parked: Gauge::default(),
            deadlines_fired: Counter::default(),
            waiting: Gauge::default(),
            failed_commits: Counter::default(),
            notices: Family::default(),
            notices_waiting: Family::default(),
        }
    }

    /// A person's command was answered.
    pub(crate) fn decided(&self, answer: &Result<Done, Failure>) {
        self.commands.inc();
        if let Err(Failure::Refused(refusal)) = answer {
            self.refused(&refusal.code);
        }
    }

    pub(crate) fn refused(&self, code: &str) {
        let why = Why {
            context: self.context,
            code: code.to_owned(),
        };
        self.refusals.get_or_create(&why).inc();
    }

    /// A commit carried so many commands, events of others and deadlines, and told so many events.
    #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    pub(crate) fn committed(&self, carried: usize, told: usize, received: usize) {
        self.commits.inc();
        self.committed.inc_by(carried as u64);
        self.batch.observe(carried as f64);
        self.events.inc_by(told as u64);
        self.received.inc_by(received as u64);
    }

    /// So many events are parked, and so many of them dead letters.
    pub(crate) fn parked_are(&self, (parked, dead): (usize, usize)) {
        self.parked.set(i64::try_from(parked).unwrap_or(i64::MAX));
        self.dead_letters
            .set(i64::try_from(dead).unwrap_or(i64::MAX));
    }

    pub(crate) fn lag_of(&self, producer: &str) -> Gauge {
        let from = Listening {
            context: self.context,
            producer: producer.to_owned(),
        };
        self.lag.get_or_create(&from).clone()
    }

    /// Shows them in a registry, each labeled with the context's name. Names begin with `jumun_`.
    pub fn register(&self, registry: &mut Registry) {
        let label = [("context".into(), self.context.into())];
        let families = registry.sub_registry_with_prefix("jumun");
        families.register(
            "refusals",
            "Commands refused, by code",
            self.refusals.clone(),
        );
        families.register(
            "lag_events",
            "Events told and not yet taken in",
            self.lag.clone(),
        );
        families.register(
            "notices",
            "Attempts to tell people, by outcome",
            self.notices.clone(),
        );
        families.register(
            "notices_waiting",
            "Own events that a notifier has not dealt with yet",
            self.notices_waiting.clone(),
        );
        let of = families.sub_registry_with_labels(label.into_iter());
        of.register("commands", "Commands decided", self.commands.clone());
        of.register("commits", "Commits to the store", self.commits.clone());
        of.register(
            "committed_commands",
            "Commands that commits carried",
            self.committed.clone(),
        );
        of.register(
            "commit_batch_size",
            "Commands in one commit",
            self.batch.clone(),
        );
        of.register(
            "failed_commits",
            "Commits the store refused",
            self.failed_commits.clone(),
        );
        of.register("events", "Events told", self.events.clone());
        of.register(
            "received_events",
            "Events of others taken in",
            self.received.clone(),
        );
        of.register(
            "repeated_events",
            "Events of others that came again and were left out",
            self.repeated.clone(),
        );
        of.register(
            "dead_letters",
            "Events given up on",
            self.dead_letters.clone(),
        );
        of.register("parked_events", "Events held back", self.parked.clone());
        of.register(
            "deadlines_fired",
            "Deadlines that fired",
            self.deadlines_fired.clone(),
        );
        of.register(
            "waiting_commands",
            "Commands waiting for the writer",
            self.waiting.clone(),
        );
    }
}
