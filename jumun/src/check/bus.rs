//! The bus between processes, if one is configured.

use storm::System;

use super::Finding;
use crate::configuration::Configuration;
use crate::engines;

/// Asks each broker that is named for a connection.
pub(super) async fn look(system: &System, configuration: &Configuration) -> Vec<Finding> {
    let Some(kafka) = &configuration.kafka else {
        return Vec::new();
    };
    if let Err(error) = engines::bus(configuration) {
        return vec![Finding::Wrong(format!("bus of {}: {error}", system.name()))];
    }
    let mut findings = Vec::new();
    for broker in &kafka.brokers {
        let connecting = tokio::net::TcpStream::connect(broker.as_str());
        let connected = tokio::time::timeout(PATIENCE, connecting).await;
        let why = match connected {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        findings.push(match why {
            None => Finding::Fine(format!("broker {broker}: can be reached")),
            Some(why) => Finding::Wrong(format!(
                "broker {broker}: cannot be reached ({why}); is it running, and is `brokers` under [kafka] right? Orders are taken without it, and nothing follows from them"
            )),
        });
    }
    findings
}

/// For a connection.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);
