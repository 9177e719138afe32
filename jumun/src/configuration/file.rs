//! What may stand in `jumun.toml`. The variables have the same keys.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

use super::kafka::{Mechanism, Security};
use super::store::StoreUrl;
use super::value::{Bind, Password, Pause, PauseRange, Proxies, Secret, Size, WebhookUrl};

/// Systems by name.
pub(super) type Systems = BTreeMap<String, SystemPart>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Parts {
    pub data: Option<PathBuf>,
    pub bind: Option<Bind>,
    pub trusted_proxies: Option<Proxies>,
    pub port: Option<u16>,
    pub context_ports: Option<bool>,
    pub durability: Option<super::Durability>,
    pub body_limit: Option<Size>,
    pub header_timeout: Option<Pause>,
    pub request_timeout: Option<Pause>,
    pub write_timeout: Option<Pause>,
    pub connections: Option<usize>,
    pub connections_per_peer: Option<usize>,
    pub upstream_timeout: Option<Pause>,
    pub upstream_wait: Option<Pause>,
    pub stop: StopPart,
    pub supervise: SupervisePart,
    pub admin_token: Option<Secret>,
    pub admin_token_file: Option<PathBuf>,
    pub log: Option<String>,
    pub log_format: Option<super::LogFormat>,
    pub store: Option<StoreUrl>,
    pub store_password: Option<Password>,
    pub store_password_file: Option<PathBuf>,
    pub kafka: KafkaPart,
    pub commands: CommandsPart,
    pub asks: AsksPart,
    pub systems: Systems,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StopPart {
    pub pause: Option<Pause>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SupervisePart {
    pub every: Option<Pause>,
    pub timeout: Option<Pause>,
    pub failures: Option<u32>,
    pub grace: Option<Pause>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CommandsPart {
    pub queue: Option<usize>,
    pub batch: Option<usize>,
    pub retries: Option<Vec<Pause>>,
    pub answers_kept: Option<Pause>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AsksPart {
    pub deadline: Option<Pause>,
    pub at_once: Option<usize>,
    pub wait: Option<Pause>,
    pub window: Option<Pause>,
    pub at_least: Option<u32>,
    pub failures: Option<u8>,
    pub sleep: Option<Pause>,
    pub outage: Option<Pause>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KafkaPart {
    pub brokers: Option<String>,
    pub prefix: Option<String>,
    pub create: Option<bool>,
    pub partitions: Option<u16>,
    pub replication: Option<u16>,
    pub security: Option<Security>,
    pub mechanism: Option<Mechanism>,
    pub user: Option<String>,
    pub password: Option<Password>,
    pub password_file: Option<PathBuf>,
    pub ca: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub session_timeout: Option<Pause>,
}

impl KafkaPart {
    /// The keys that are set, in order.
    pub(super) fn keys_set(&self) -> Vec<&'static str> {
        let keys = [
            ("brokers", self.brokers.is_some()),
            ("prefix", self.prefix.is_some()),
            ("create", self.create.is_some()),
            ("partitions", self.partitions.is_some()),
            ("replication", self.replication.is_some()),
            ("security", self.security.is_some()),
            ("mechanism", self.mechanism.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("password_file", self.password_file.is_some()),
            ("ca", self.ca.is_some()),
            ("certificate", self.certificate.is_some()),
            ("key", self.key.is_some()),
            ("session_timeout", self.session_timeout.is_some()),
        ];
        let set = keys.into_iter().filter(|(_, set)| *set);
        set.map(|(key, _)| key).collect()
    }
}

/// A system's own keys, and its contexts by name.
#[derive(Clone, Debug, Default)]
pub(super) struct SystemPart {
    pub store: Option<StoreUrl>,
    pub store_password: Option<Password>,
    pub store_password_file: Option<PathBuf>,
    pub contexts: BTreeMap<String, ContextPart>,
}

impl<'de> Deserialize<'de> for SystemPart {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = SystemPart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a system's settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SystemPart, A::Error> {
                let mut part = SystemPart::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "store" => part.store = Some(map.next_value()?),
                        "store_password" => part.store_password = Some(map.next_value()?),
                        "store_password_file" => part.store_password_file = Some(map.next_value()?),
                        _ => {
                            let OfContext(context) = map.next_value()?;
                            part.contexts.insert(key, context);
                        }
                    }
                }
                Ok(part)
            }
        }
        from.deserialize_map(Keys)
    }
}

/// A table. Anything else is perhaps a key that was misspelt, and its value a secret: it is not
/// quoted.
struct OfContext(ContextPart);

impl<'de> Deserialize<'de> for OfContext {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Table;
        impl<'de> Visitor<'de> for Table {
            type Value = ContextPart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a context's settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ContextPart, A::Error> {
                ContextPart::deserialize(MapAccessDeserializer::new(map))
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<ContextPart, E> {
                Err(E::custom(
                    "unknown key; a system has store, store_password, store_password_file, and a table for each of its contexts",
                ))
            }
        }
        from.deserialize_any(Table).map(Self)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ContextPart {
    pub store: Option<StoreUrl>,
    pub store_password: Option<Password>,
    pub store_password_file: Option<PathBuf>,
    pub address: Option<String>,
    pub port: Option<u16>,
    pub deadlines: BTreeMap<String, Pause>,
    pub retries: Option<Vec<Pause>>,
    pub asks: BTreeMap<String, AsksPart>,
    pub chaos: ChaosPart,
    pub notify: NotifyPart,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ChaosPart {
    pub slow: Option<PauseRange>,
    pub refuse: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NotifyPart {
    pub webhook: Option<WebhookUrl>,
    pub file: Option<PathBuf>,
    pub deadline: Option<Pause>,
    pub give_up: Option<Pause>,
}
