//! What a bus counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Which partition of the topic, as which context sees it.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Place {
    context: &'static str,
    partition: i32,
}

/// The counters and gauges of one context's bus.
pub struct BusMetrics {
    context: &'static str,
    /// Events that the broker has acknowledged.
    pub(crate) published: Counter,
    /// Records that came.
    pub(crate) consumed: Counter,
    /// Records that nobody can read.
    pub(crate) unreadable: Counter,
    /// How often the partitions were dealt out anew.
    pub(crate) rebalances: Counter,
    /// How often the relay had to begin again from the cursor.
    pub(crate) begun_again: Counter,
    /// Whether this replica has partition 0.
    pub(crate) leads: Gauge,
    /// Whether the brokers answer.
    pub(crate) reachable: Gauge,
    /// Own events that the brokers do not have.
    pub(crate) outbox: Gauge,
    /// Records that have not been taken in.
    pub(crate) lag: Family<Place, Gauge>,
}

impl BusMetrics {
    pub(crate) fn new(context: &'static str) -> Self {
        Self {
            context,
            published: Counter::default(),
            consumed: Counter::default(),
            unreadable: Counter::default(),
            rebalances: Counter::default(),
            begun_again: Counter::default(),
            leads: Gauge::default(),
            reachable: Gauge::default(),
            outbox: Gauge::default(),
            lag: Family::default(),
        }
    }

    fn place(&self, partition: i32) -> Place {
        Place {
            context: self.context,
            partition,
        }
    }

    pub(crate) fn lag_is(&self, partition: i32, records: i64) {
        self.lag.get_or_create(&self.place(partition)).set(records);
    }

    /// The partition is another replica's now.
    pub(crate) fn no_lag(&self, partition: i32) {
        self.lag.remove(&self.place(partition));
    }

    /// Shows them in a registry, each labeled with the context's name. Names begin with
    /// `jumun_kafka_`.
    pub fn register(&self, registry: &mut Registry) {
        let families = registry.sub_registry_with_prefix("jumun_kafka");
        families.register(
            "lag_records",
            "Records of a partition that have not been taken in",
            self.lag.clone(),
        );
        let label = [("context".into(), self.context.into())];
        let of = families.sub_registry_with_labels(label.into_iter());
        for (name, help, counter) in [
            (
                "published",
                "Events the brokers acknowledged",
                &self.published,
            ),
            (
                "consumed",
                "Records that came, duplicates too",
                &self.consumed,
            ),
            (
                "unreadable",
                "Records that nobody can read",
                &self.unreadable,
            ),
            (
                "rebalances",
                "Times the partitions were dealt out anew",
                &self.rebalances,
            ),
            (
                "relay_begun_again",
                "Times the relay began again from its cursor",
                &self.begun_again,
            ),
        ] {
            of.register(name, help, counter.clone());
        }
        for (name, help, gauge) in [
            ("leads", "Whether this replica relays", &self.leads),
            ("reachable", "Whether the brokers answer", &self.reachable),
            (
                "outbox_events",
                "Own events the brokers do not have",
                &self.outbox,
            ),
        ] {
            of.register(name, help, gauge.clone());
        }
    }
}
