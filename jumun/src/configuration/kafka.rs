//! The Kafka brokers between the processes of a system.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use storm::{Context, System};

use super::file::KafkaPart;
use super::place::Finding;
use super::value::{Pause, Secret};

/// How a connection to a broker is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Not at all: for a network of one's own.
    #[default]
    Plaintext,
    /// Encrypted.
    Tls,
    /// With a user and a password, not encrypted.
    SaslPlaintext,
    /// With a user and a password, encrypted.
    SaslTls,
}

impl Security {
    /// Whether it is encrypted.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Tls | Self::SaslTls)
    }

    /// Whether it asks who we are.
    pub fn has_user(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslTls)
    }
}

/// How a user proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Mechanism {
    /// The password itself is sent.
    #[serde(rename = "PLAIN")]
    Plain,
    /// RFC 7677.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// The same with a longer hash.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl Mechanism {
    /// As Kafka calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// The brokers, and how they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kafka {
    /// `HOST:PORT`, some of the cluster's: the others are learnt from them.
    pub brokers: Vec<String>,
    /// Stands before the names of topics and groups, so that several installations share brokers and do
    /// not meet. Empty: they are called as the originals called them.
    pub prefix: String,
    /// Whether a topic that is not there is made.
    pub create: bool,
    /// Of a topic that is made: so many replicas of a context can share its work.
    pub partitions: u16,
    /// Of a topic that is made: so many brokers keep each record; unset: as the broker is configured.
    pub replication: Option<u16>,
    /// How connections are kept from others.
    pub security: Security,
    /// How we prove who we are.
    pub mechanism: Option<Mechanism>,
    /// Who we are.
    pub user: Option<String>,
    /// What proves it.
    pub password: Option<Secret>,
    /// Who vouches for the brokers (PEM); unset: whom this machine trusts.
    pub ca: Option<PathBuf>,
    /// Who we are, as a certificate (PEM).
    pub certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
    /// A replica that is not heard of for so long loses its partitions to others.
    pub session_timeout: Duration,
}

/// A topic's name has 249 characters at most, and a system wants some of them.
const LONGEST_PREFIX: usize = 100;
/// Enough for a dozen replicas of each context.
const PARTITIONS: u16 = 12;
/// A broker allows 6 s to 30 min unless it is configured otherwise.
const SESSION_TIMEOUT: Duration = Duration::from_secs(10);

impl Kafka {
    /// Whether passwords are proved without being sent.
    pub fn is_salted(&self) -> bool {
        matches!(
            self.mechanism,
            Some(Mechanism::ScramSha256 | Mechanism::ScramSha512)
        )
    }

    /// `None` if there are no brokers. The password may lie in a file that was read already.
    pub(super) fn of(part: KafkaPart, password_in_file: Option<Secret>) -> Option<Self> {
        let brokers = listed(&part.brokers?);
        Some(Self {
            brokers,
            prefix: part.prefix.unwrap_or_default(),
            create: part.create.unwrap_or(true),
            partitions: part.partitions.unwrap_or(PARTITIONS),
            replication: part.replication,
            security: part.security.unwrap_or_default(),
            mechanism: part.mechanism,
            user: part.user,
            password: password_in_file.or(part.password.map(Secret::from)),
            ca: part.ca,
            certificate: part.certificate,
            key: part.key,
            session_timeout: part
                .session_timeout
                .map_or(SESSION_TIMEOUT, |Pause(pause)| pause),
        })
    }

    /// What a system's topic is called here.
    pub fn topic(&self, system: &System) -> String {
        format!("{}{}", self.prefix, system.topic())
    }

    /// What a context's group of replicas is called here.
    pub fn group(&self, context: &Context) -> String {
        format!("{}{}", self.prefix, context.consumer_group())
    }
}

/// Several, with commas in between.
pub(super) fn listed(text: &str) -> Vec<String> {
    text.split(',').map(|one| one.trim().to_owned()).collect()
}

/// What is wrong with one source's part by itself.
pub(super) fn check(part: &KafkaPart) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |key: &str, message: &str| findings.push(Finding::at(&["kafka", key], message));
    if let Some(brokers) = &part.brokers
        && !listed(brokers).iter().all(|broker| is_broker(broker))
    {
        wrong(
            "brokers",
            "is no list of brokers; write it as \"kafka-1:9092,kafka-2:9092\"",
        );
    }
    let named = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if let Some(prefix) = &part.prefix
        && (prefix.len() > LONGEST_PREFIX || !prefix.chars().all(named))
    {
        wrong(
            "prefix",
            "goes before topics' names: at most 100 letters, digits and ._-",
        );
    }
    if part
        .partitions
        .is_some_and(|number| !(1..=1_000).contains(&number))
    {
        wrong("partitions", "must be from 1 to 1000");
    }
    if part
        .replication
        .is_some_and(|number| !(1..=100).contains(&number))
    {
        wrong("replication", "must be from 1 to 100");
    }
    let ends_of_session = Duration::from_secs(1)..=Duration::from_secs(30 * 60);
    if let Some(Pause(pause)) = part.session_timeout
        && !ends_of_session.contains(&pause)
    {
        wrong(
            "session_timeout",
            "must be from 1s to 30m (brokers allow 6s and more unless group.min.session.timeout.ms says otherwise)",
        );
    }
    if part.user.as_deref() == Some("") {
        wrong("user", "is empty; leave it out");
    }
    if part.password.is_some() && part.password_file.is_some() {
        wrong(
            "password_file",
            "and `kafka.password` are both set; leave one of them out",
        );
    }
    findings
}

/// What is wrong once all sources are put together.
pub(super) fn check_together(part: &KafkaPart) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |key: &str, message: &str| findings.push(Finding::at(&["kafka", key], message));
    let set = part.keys_set();
    if part.brokers.is_none() {
        if let Some(key) = set.first() {
            wrong(key, "counts for nothing without `kafka.brokers`");
        }
        return findings;
    }
    let security = part.security.unwrap_or_default();
    let of_users = ["mechanism", "user", "password", "password_file"];
    let of_tls = ["ca", "certificate", "key"];
    for key in set {
        if of_users.contains(&key) && !security.has_user() {
            wrong(
                key,
                "counts for nothing unless `kafka.security` is \"sasl_plaintext\" or \"sasl_tls\"",
            );
        }
        if of_tls.contains(&key) && !security.is_encrypted() {
            wrong(
                key,
                "counts for nothing unless `kafka.security` is \"tls\" or \"sasl_tls\"",
            );
        }
    }
    if security.has_user() {
        let password = part.password.is_some() || part.password_file.is_some();
        if part.mechanism.is_none() || part.user.is_none() || !password {
            wrong(
                "security",
                "needs `mechanism`, `user`, and `password` or `password_file` beside it",
            );
        }
    }
    if part.certificate.is_some() != part.key.is_some() {
        let alone = if part.key.is_some() {
            "key"
        } else {
            "certificate"
        };
        wrong(alone, "needs `certificate` and `key` both");
    }
    findings
}

fn is_broker(broker: &str) -> bool {
    broker.rsplit_once(':').is_some_and(|(host, port)| {
        let named = |c: char| c.is_alphanumeric() || "-._:[]".contains(c);
        !host.is_empty()
            && host.chars().all(named)
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

#[cfg(test)]
mod tests;
