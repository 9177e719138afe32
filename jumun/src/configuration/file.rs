//! What may stand in `jumun.toml`. The variables have the same keys.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::value::{Pause, PauseRange, Secret, Size, WebhookUrl};

/// Systems by name, their contexts by name.
pub(super) type Systems = BTreeMap<String, BTreeMap<String, ContextPart>>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Parts {
    pub data: Option<PathBuf>,
    pub bind: Option<IpAddr>,
    pub port: Option<u16>,
    pub context_ports: Option<bool>,
    pub durability: Option<super::Durability>,
    pub body_limit: Option<Size>,
    pub header_timeout: Option<Pause>,
    pub request_timeout: Option<Pause>,
    pub upstream_timeout: Option<Pause>,
    pub admin_token: Option<Secret>,
    pub admin_token_file: Option<PathBuf>,
    pub log: Option<String>,
    pub log_format: Option<super::LogFormat>,
    pub commands: CommandsPart,
    pub asks: AsksPart,
    pub systems: Systems,
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
    pub window: Option<Pause>,
    pub at_least: Option<u32>,
    pub failures: Option<u8>,
    pub sleep: Option<Pause>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ContextPart {
    pub store: Option<String>,
    pub address: Option<String>,
    pub port: Option<u16>,
    pub deadlines: BTreeMap<String, Pause>,
    pub retries: Option<Vec<Pause>>,
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
