//! What stands in for the bus where it is not compiled in. Nobody comes so far:
//! [`engines::bus`](crate::engines::bus) says no before.

use std::sync::Arc;

use anyhow::{Result, bail};
use http_api::ContextApi;
use storm::System;

use crate::configuration::{Configuration, Kafka};
use crate::engines::Engine;

pub(in crate::split) struct Told;

impl Told {
    pub(in crate::split) fn of(_: &System, _: &Configuration) -> Self {
        Self
    }
}

pub(in crate::split) struct Joined;

impl Joined {
    pub(in crate::split) fn start(
        _: &Arc<ContextApi>,
        _: &Told,
        _: &Kafka,
        _: &[(&'static str, String)],
    ) -> Result<Self> {
        bail!(Engine::Kafka.how_to_get())
    }

    #[expect(clippy::unused_async, reason = "as the bus that it stands in for")]
    pub(in crate::split) async fn stop(&self) {}
}
