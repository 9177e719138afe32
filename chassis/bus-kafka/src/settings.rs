//! How the brokers are reached, and how the topic is kept.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rdkafka::ClientConfig;

use crate::BusError;

/// How one context reaches its system's topic.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `host:port`, several with commas between.
    pub brokers: String,
    /// The system's topic.
    pub topic: String,
    /// The context's consumer group, the original's own (`storm::Context::consumer_group`).
    pub group: String,
    /// How this process is called in the brokers' logs and quotas.
    pub client_id: String,
    /// Whether the topic is made if it is not there.
    pub create: bool,
    /// Partitions of a topic that is made.
    pub partitions: i32,
    /// Brokers that keep each record of a topic that is made; `None`: as the brokers think best.
    pub replication: Option<i32>,
    /// After so long without a sign of life a replica's partitions are given to others. The brokers
    /// allow 6 s to 30 min, unless they are told otherwise.
    pub session_timeout: Duration,
    /// After so long without progress the same happens, though the process lives.
    pub longest_pause: Duration,
    /// Who we are, and how much of it others may read.
    pub security: Security,
}

impl Settings {
    /// For a broker without security, with what else suits most.
    pub fn new(brokers: &str, topic: &str, group: &str) -> Self {
        Self {
            brokers: brokers.to_owned(),
            topic: topic.to_owned(),
            group: group.to_owned(),
            client_id: "jumun".to_owned(),
            create: true,
            partitions: 12,
            replication: None,
            session_timeout: Duration::from_secs(10),
            longest_pause: Duration::from_secs(300),
            security: Security::default(),
        }
    }

    /// What all our clients have in common.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client_id)
            // The topic is made as configured, never as the brokers think best.
            .set("allow.auto.create.topics", "false")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("socket.connection.setup.timeout.ms", "5000")
            // A broker that stands still is one that is away.
            .set("socket.timeout.ms", "10000")
            .set("socket.keepalive.enable", "true")
            .set("topic.metadata.refresh.interval.ms", "30000")
            // What there is to say is said by us, once.
            .set("log.connection.close", "false");
        self.security.enter(&mut config);
        config
    }

    pub(crate) fn producer(&self, largest: Option<&str>) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("enable.gapless.guarantee", "true")
            // A broker that is away delays, and nothing else.
            .set("message.timeout.ms", "0")
            .set("request.timeout.ms", "8000")
            .set("retry.backoff.ms", "50")
            .set("retry.backoff.max.ms", "1000")
            .set("linger.ms", "2")
            .set("compression.type", "none");
        if let Some(largest) = largest {
            config.set("message.max.bytes", largest);
        }
        config
    }

    /// For reading only, in nobody's name: the group is never joined, nothing is committed.
    pub(crate) fn reader(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", format!("{}-reading", self.group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("queued.max.messages.kbytes", "8192")
            // By itself the client rests for a second when that is reached.
            .set("fetch.queue.backoff.ms", "20")
            .set("fetch.wait.max.ms", "250")
            .set("fetch.error.backoff.ms", "100");
        config
    }

    pub(crate) fn member(&self) -> ClientConfig {
        let millis = |duration: Duration| duration.as_millis().to_string();
        let mut config = self.reader();
        config
            .set("group.id", &self.group)
            .set("session.timeout.ms", millis(self.session_timeout))
            // Who joins or leaves is noticed by the others with their next heartbeat.
            .set(
                "heartbeat.interval.ms",
                millis((self.session_timeout / 10).min(Duration::from_millis(500))),
            )
            .set(
                "max.poll.interval.ms",
                millis(self.longest_pause.max(self.session_timeout)),
            )
            // All is dealt out anew at once, and whoever has partition 0 knows it has nobody beside
            // it that still has it, too.
            .set("partition.assignment.strategy", "range");
        config
    }
}

/// Who we are to the brokers, and whether others can listen in.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// Whether the connection is encrypted, and who has to say a password.
    pub protocol: Protocol,
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: Option<String>,
    /// The name that goes with the password.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Password>,
    /// Those who may sign the brokers' certificates (PEM); the system's own if `None`.
    pub ca: Option<PathBuf>,
    /// Our certificate (PEM), where brokers want one.
    pub certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
}

impl Security {
    fn enter(&self, config: &mut ClientConfig) {
        if self.protocol == Protocol::Plaintext {
            return;
        }
        config.set("security.protocol", self.protocol.name());
        let mut text = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                config.set(key, value);
            }
        };
        text("sasl.mechanisms", self.mechanism.clone());
        text("sasl.username", self.user.clone());
        text(
            "sasl.password",
            self.password.as_ref().map(|password| password.0.clone()),
        );
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        text("ssl.ca.location", path(&self.ca));
        text("ssl.certificate.location", path(&self.certificate));
        text("ssl.key.location", path(&self.key));
    }

    /// Whether this build can do it, and has what it takes.
    pub(crate) fn check(&self) -> Result<(), BusError> {
        let encrypted = matches!(self.protocol, Protocol::Tls | Protocol::SaslTls);
        let salted = self
            .mechanism
            .as_ref()
            .is_some_and(|mechanism| mechanism.starts_with("SCRAM"));
        if (encrypted || salted) && !cfg!(feature = "tls") {
            return Err(BusError::NotCompiledIn {
                what: if encrypted {
                    format!("security = \"{}\"", self.protocol.word())
                } else {
                    "mechanism = \"SCRAM-…\"".to_owned()
                },
            });
        }
        if encrypted {
            Self::readable("ca", self.ca.as_deref())?;
            Self::readable("certificate", self.certificate.as_deref())?;
            Self::readable("key", self.key.as_deref())?;
        }
        Ok(())
    }

    /// The client would not say which file it is.
    fn readable(what: &'static str, path: Option<&Path>) -> Result<(), BusError> {
        let Some(path) = path else { return Ok(()) };
        match std::fs::read(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(BusError::Settings {
                what,
                reason: format!("{} cannot be read ({error})", path.display()),
            }),
        }
    }
}

/// How the brokers are talked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Anybody, and anybody can listen in.
    #[default]
    Plaintext,
    /// Encrypted.
    Tls,
    /// With a password that anybody can read.
    SaslPlaintext,
    /// With a password, encrypted.
    SaslTls,
}

impl Protocol {
    /// As the configuration says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Tls => "tls",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslTls => "sasl_tls",
        }
    }

    /// The one that the configuration calls so.
    pub fn called(word: &str) -> Option<Self> {
        [
            Self::Plaintext,
            Self::Tls,
            Self::SaslPlaintext,
            Self::SaslTls,
        ]
        .into_iter()
        .find(|protocol| protocol.word() == word)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Tls => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslTls => "sasl_ssl",
        }
    }
}

/// Never printed.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// One.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

#[cfg(test)]
mod tests;
