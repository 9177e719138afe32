//! What Kafka's errors mean for whoever has to mend them: what, where, and what to do.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use storm::store::StoreError;

/// Why something does not go on for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Something is to be mended, or only waited for.
    Said(String),
    /// The context has been stopped.
    Stopped,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Said(error.to_string())
    }
}

impl From<runtime::NotTaken> for Trouble {
    fn from(not_taken: runtime::NotTaken) -> Self {
        match not_taken {
            runtime::NotTaken::Store(error) => error.into(),
            runtime::NotTaken::Stopped => Self::Stopped,
        }
    }
}

impl Trouble {
    /// What the brokers refused, and whether anybody can do something about it.
    pub(crate) fn of(what: &str, topic: &str, error: &KafkaError) -> Self {
        Self::Said(match code(error) {
            Some(code) => format!("{what}: {}", meaning(topic, code)),
            None => format!("{what}: {error}"),
        })
    }

    /// A thread of ours is no more.
    pub(crate) fn gave_up(what: &str, error: &tokio::task::JoinError) -> Self {
        Self::Said(format!("{what}: given up: {error}"))
    }
}

/// Also where the client's own does not say it.
pub(crate) fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// What a code means, and what is to be done.
pub(crate) fn meaning(topic: &str, code: RDKafkaErrorCode) -> String {
    use RDKafkaErrorCode as Code;
    match code {
        Code::TopicAuthorizationFailed => format!(
            "the brokers refuse this user the topic `{topic}`: allow it READ, WRITE, DESCRIBE and CREATE there (kafka-acls --topic {topic})"
        ),
        Code::GroupAuthorizationFailed => {
            "the brokers refuse this user the consumer group: allow it READ there (kafka-acls --group)"
                .to_owned()
        }
        Code::ClusterAuthorizationFailed => {
            "the brokers refuse this user: allow it IDEMPOTENT_WRITE and CREATE (kafka-acls --cluster), or make the topic by hand"
                .to_owned()
        }
        Code::UnknownTopic | Code::UnknownTopicOrPartition => format!(
            "there is no topic `{topic}`, or not all of it: make it, or let jumun do so (`create` under [kafka])"
        ),
        Code::UnknownPartition | Code::LeaderNotAvailable => format!(
            "a partition of the topic `{topic}` is not there, or no broker leads it now; it is tried again by itself"
        ),
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => format!(
            "it is larger than the topic `{topic}` allows: raise its `max.message.bytes` (kafka-configs --alter --topic {topic}); it is tried again by itself"
        ),
        Code::InvalidReplicationFactor => format!(
            "the topic `{topic}` cannot be made with so many copies: there are not as many brokers; lower `replication` under [kafka], or start more brokers"
        ),
        Code::InvalidPartitions => {
            "so many partitions are not possible; see `partitions` under [kafka]".to_owned()
        }
        Code::PolicyViolation => format!(
            "the brokers' policy refuses the topic `{topic}` as configured under [kafka]; make it by hand"
        ),
        Code::NotEnoughReplicas | Code::NotEnoughReplicasAfterAppend => {
            "too few brokers have a copy; waiting for the others".to_owned()
        }
        Code::InvalidSessionTimeout => {
            "the brokers do not allow such a `session_timeout` (under [kafka]); they do from group.min.session.timeout.ms, 6 s unless configured, to group.max.session.timeout.ms"
                .to_owned()
        }
        Code::UnsupportedVersion | Code::UnsupportedFeature => {
            "the brokers are too old; Kafka 2.3 or later is needed".to_owned()
        }
        Code::InconsistentGroupProtocol => {
            "somebody else is in this consumer group and deals the partitions out in another way: stop the service that this one replaces first"
                .to_owned()
        }
        Code::Authentication | Code::SaslAuthenticationFailed => {
            "the brokers refuse the user or its password; see `user` and `password` under [kafka]"
                .to_owned()
        }
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::OperationTimedOut
        | Code::TimedOutQueue
        | Code::RequestTimedOut => "no answer from the brokers".to_owned(),
        other => other.to_string(),
    }
}

/// Whether nobody answered at all: then it is no trouble of its own.
pub(crate) fn is_silence(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code(error),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::TimedOutQueue
                | Code::Resolve
        )
    )
}

/// Why brokers cannot be talked to, with what is to be done, if that is known.
pub(crate) fn in_words(reason: String) -> String {
    match remedy(&reason) {
        Some(remedy) => format!("{remedy} ({reason})"),
        None => reason,
    }
}

/// What is said when no broker is left to talk to, and nobody said why.
pub(crate) const NONE_LEFT: &str = "no connection to any of them";

/// What is to be done about brokers that cannot be talked to, where the client does not say it in our
/// words.
fn remedy(reason: &str) -> Option<&'static str> {
    let says = |words: &str| reason.contains(words);
    if says("certificate verify failed") {
        Some(
            "their certificate was not signed by whom `ca` under [kafka] names (without it: by whom this machine trusts), or is not for the host in `brokers`",
        )
    } else if says("SSL handshake failed") {
        Some("no TLS with them; see `security` and the ports in `brokers` under [kafka]")
    } else if says("uthentication") {
        Some(
            "they refuse the user or its password; see `user`, `password` and `mechanism` under [kafka]",
        )
    } else if says("Broker transport failure") || says(NONE_LEFT) {
        // Who cannot be reached at all is said to refuse connections, or not to answer.
        Some(
            "they hang up; if that lasts, do they want TLS or a password? See `security` under [kafka]",
        )
    } else {
        None
    }
}
