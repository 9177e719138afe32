//! What is counted of each address that requests go to.

use std::net::SocketAddr;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// How a request to an address ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer began, of whatever status.
    Answered,
    /// The same, from one that is being stopped.
    Leaving,
    /// The same, and it takes no connections any more.
    Closing,
    /// An answer from one that does not serve yet: it did not carry out the request.
    NotTaken,
    /// No connection.
    Refused,
    /// The connection was closed before anything was written.
    Unsent,
    /// The body that was to be sent broke off: whoever sent it is at fault.
    Withdrawn,
    /// The connection ended before an answer began.
    Broken,
    /// Nobody waited any longer: out of time, or the client has gone.
    GivenUp,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Answered,
        Self::Leaving,
        Self::NotTaken,
        Self::Refused,
        Self::Unsent,
        Self::Withdrawn,
        Self::Broken,
        Self::GivenUp,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Leaving | Self::Closing => "leaving",
            Self::NotTaken => "not-taken",
            Self::Refused => "refused",
            Self::Unsent => "unsent",
            Self::Withdrawn => "withdrawn",
            Self::Broken => "broken",
            Self::GivenUp => "given-up",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Address {
    to: String,
    address: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Context {
    to: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    to: String,
    address: String,
    outcome: &'static str,
}

/// Counts requests to the addresses of contexts. Its clones count together.
#[derive(Clone, Debug, Default)]
pub struct Upstreams {
    requests: Family<Ended, Counter>,
    left_out: Family<Address, Gauge>,
    waiting: Family<Context, Gauge>,
}

impl Upstreams {
    /// Shows `jumun_upstream_requests` by context, address and outcome,
    /// `jumun_upstream_left_out` (1 while an address is), and `jumun_upstream_waiting` by context.
    pub fn register(&self, registry: &mut Registry) {
        let jumun = registry.sub_registry_with_prefix("jumun");
        jumun.register(
            "upstream_requests",
            "Requests to an address of a context, by outcome",
            self.requests.clone(),
        );
        jumun.register(
            "upstream_left_out",
            "Addresses that are left out for a while: 1",
            self.left_out.clone(),
        );
        jumun.register(
            "upstream_waiting",
            "Requests that wait for a context that is being restarted",
            self.waiting.clone(),
        );
    }

    /// All of it, as [`METRICS_TYPE`](crate::METRICS_TYPE), of the system of that name.
    pub fn text(&self, system: &str) -> String {
        let label = ("system".into(), system.to_owned().into());
        let mut registry = Registry::with_labels(std::iter::once(label));
        self.register(&mut registry);
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
        text
    }

    /// Returns whether the address was not left out and is now, or the other way round.
    pub(super) fn ended(
        &self,
        to: &str,
        socket: SocketAddr,
        outcome: Outcome,
        left_out: bool,
    ) -> bool {
        let ended = Ended {
            to: to.to_owned(),
            address: socket.to_string(),
            outcome: outcome.as_str(),
        };
        self.requests.get_or_create(&ended).inc();
        let address = Address {
            to: ended.to,
            address: ended.address,
        };
        let gauge = self.left_out.get_or_create(&address);
        let now = i64::from(left_out);
        gauge.set(now) != now
    }

    /// So many requests wait for a context now.
    pub(super) fn waiting(&self, to: &str, requests: usize) {
        let context = Context { to: to.to_owned() };
        let requests = i64::try_from(requests).unwrap_or(i64::MAX);
        self.waiting.get_or_create(&context).set(requests);
    }

    /// Addresses come and go, and metrics would grow for ever.
    pub(super) fn forget(&self, to: &str, socket: SocketAddr) {
        let (to, address) = (to.to_owned(), socket.to_string());
        for outcome in Outcome::ALL {
            self.requests.remove(&Ended {
                to: to.clone(),
                address: address.clone(),
                outcome: outcome.as_str(),
            });
        }
        self.left_out.remove(&Address { to, address });
    }
}
