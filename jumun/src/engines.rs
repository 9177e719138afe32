//! Which databases and which bus this binary was built with.

use anyhow::{Result, bail};

use crate::configuration::{Configuration, Store};

/// Something that can be left out of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Stores on PostgreSQL.
    Postgres,
    /// Stores on MySQL and MariaDB.
    MySql,
    /// The bus between processes.
    Kafka,
    /// The same, with connections that are encrypted.
    KafkaTls,
}

impl Engine {
    const ALL: [Self; 4] = [Self::Postgres, Self::MySql, Self::Kafka, Self::KafkaTls];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Kafka => "Kafka",
            Self::KafkaTls => "Kafka with TLS or SCRAM",
        }
    }

    fn feature(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Kafka => "kafka",
            Self::KafkaTls => "kafka-tls",
        }
    }

    /// Whether it is in this binary.
    pub fn is_in(self) -> bool {
        match self {
            Self::Postgres => cfg!(feature = "postgres"),
            Self::MySql => cfg!(feature = "mysql"),
            Self::Kafka => cfg!(feature = "kafka"),
            Self::KafkaTls => cfg!(feature = "kafka-tls"),
        }
    }

    /// What to type, to have it beside what is there already.
    pub fn how_to_get(self) -> String {
        let wanted = Self::ALL.into_iter();
        let wanted = wanted.filter(|engine| engine.is_in() || *engine == self);
        let features: Vec<&str> = wanted.map(Self::feature).collect();
        format!(
            "{} is not compiled into this jumun; build it in with `cargo build --release --features {}`",
            self.name(),
            features.join(",")
        )
    }

    fn must_be_in(self) -> Result<()> {
        if !self.is_in() {
            bail!("{}", self.how_to_get());
        }
        Ok(())
    }
}

/// Whether a store can be opened by this binary at all.
///
/// # Errors
/// When its engine is not compiled in; the message says how to get it.
pub fn store(store: &Store) -> Result<()> {
    match store {
        Store::Sqlite => Ok(()),
        Store::Postgres(_) => Engine::Postgres.must_be_in(),
        Store::MySql(_) => Engine::MySql.must_be_in(),
    }
}

/// Whether the configured bus can be used by this binary.
///
/// # Errors
/// When it is not compiled in; the message says how to get it.
pub fn bus(configuration: &Configuration) -> Result<()> {
    match &configuration.kafka {
        None => Ok(()),
        // SCRAM hashes with what TLS brings.
        Some(kafka) if kafka.security.is_encrypted() || kafka.is_salted() => {
            Engine::KafkaTls.must_be_in()
        }
        Some(_) => Engine::Kafka.must_be_in(),
    }
}
