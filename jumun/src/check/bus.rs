//! The bus between processes, if one is configured: do its brokers let us in, and are the systems'
//! topics as configured.

#[cfg(feature = "kafka")]
mod kafka;

use storm::System;

use super::Finding;
use crate::configuration::Configuration;
use crate::engines;

#[cfg(feature = "kafka")]
use kafka::ask;

/// Asks each broker that is named, as who the configuration says.
pub(super) async fn look(systems: &[System], configuration: &Configuration) -> Vec<Finding> {
    let Some(kafka) = &configuration.kafka else {
        return Vec::new();
    };
    match engines::bus(configuration) {
        Ok(()) => ask(systems, kafka).await,
        Err(error) => vec![Finding::Wrong(format!("bus: {error}"))],
    }
}

/// Nobody comes so far: [`engines::bus`] says no before.
#[cfg(not(feature = "kafka"))]
#[expect(clippy::unused_async, reason = "as the one that it stands in for")]
async fn ask(_: &[System], _: &crate::configuration::Kafka) -> Vec<Finding> {
    Vec::new()
}
