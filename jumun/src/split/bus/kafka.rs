//! Kafka between processes, and how neighbours are asked what it cannot know.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use bus_kafka::record::Records;
use bus_kafka::{Neighbours, Password, Protocol, PublishedUntil, Settings};
use http::header::HOST;
use http::{HeaderValue, Request, StatusCode};
use http_api::{Balanced, Body, ContextApi, Upstreams};
use prometheus_client::registry::Registry;
use serde_json::{Map, Value, json};
use storm::System;
use storm::store::Millis;

use crate::configuration::{Configuration, Kafka, Secret, Security};

/// A neighbour that has not answered within this is asked again soon.
const PATIENCE: Duration = Duration::from_secs(2);
/// A connection is made within this, or another replica is asked.
const CONNECT: Duration = Duration::from_millis(500);
/// The answer is three numbers.
const LARGEST: usize = 4_096;

/// An original does not say what it has published. It publishes in the request that it tells of, so what
/// it told before then is with the brokers.
const STRANGERS_TAKE: Duration = Duration::from_secs(120);

/// What a system's records look like.
pub(in crate::split) struct Told {
    records: Records,
    topic: String,
}

impl Told {
    pub(in crate::split) fn of(system: &System, configuration: &Configuration) -> Self {
        let kafka = configuration.kafka.as_ref();
        Self {
            records: Records::of(system),
            topic: kafka.map_or_else(String::new, |kafka| kafka.topic(system)),
        }
    }
}

/// A context on its system's topic.
pub(in crate::split) struct Joined(Arc<bus_kafka::Bus>);

impl Joined {
    /// Puts a running context on the topic.
    pub(in crate::split) fn start(
        api: &Arc<ContextApi>,
        told: &Told,
        kafka: &Kafka,
        addresses: &[(&'static str, String)],
    ) -> Result<Self> {
        let running = api.running();
        let settings = settings(kafka, &told.topic, &kafka.group(running.context()));
        let neighbours = Arc::new(OverHttp::new(addresses)?);
        let bus = bus_kafka::Bus::start(running, told.records, settings, neighbours)?;
        let bus = Arc::new(bus);
        api.joined(Arc::new(Shown(Arc::clone(&bus))));
        Ok(Self(bus))
    }

    /// Before the context itself is stopped.
    pub(in crate::split) async fn stop(&self) {
        self.0.stop().await;
    }
}

/// How a context reaches its topic, as configured.
pub(crate) fn settings(kafka: &Kafka, topic: &str, group: &str) -> Settings {
    let security = bus_kafka::Security {
        protocol: match kafka.security {
            Security::Plaintext => Protocol::Plaintext,
            Security::Tls => Protocol::Tls,
            Security::SaslPlaintext => Protocol::SaslPlaintext,
            Security::SaslTls => Protocol::SaslTls,
        },
        mechanism: kafka.mechanism.map(|mechanism| mechanism.name().to_owned()),
        user: kafka.user.clone(),
        password: kafka
            .password
            .as_ref()
            .map(Secret::reveal)
            .map(Password::new),
        ca: kafka.ca.clone(),
        certificate: kafka.certificate.clone(),
        key: kafka.key.clone(),
    };
    Settings {
        create: kafka.create,
        partitions: kafka.partitions.into(),
        replication: kafka.replication.map(i32::from),
        session_timeout: kafka.session_timeout,
        security,
        ..Settings::new(&kafka.brokers.join(","), topic, group)
    }
}

/// The contexts of the system, asked at their operators' pages. Any replica will do: it answers from
/// the store that all of them share.
struct OverHttp(BTreeMap<&'static str, Balanced>);

impl OverHttp {
    fn new(addresses: &[(&'static str, String)]) -> Result<Self> {
        // Not shown: nobody but deadlines waits for these answers.
        let upstreams = Upstreams::default();
        let balanced = |(name, address): &(&'static str, String)| {
            let balanced = Balanced::new(*name, address, CONNECT, &upstreams)?;
            Ok((*name, balanced))
        };
        addresses
            .iter()
            .map(balanced)
            .collect::<Result<_>>()
            .map(Self)
    }

    async fn ask(&self, producer: &str) -> Result<Millis> {
        let balanced = self.0.get(producer).context("it has no address")?;
        let mut request = Request::new(Body::Empty);
        *request.uri_mut() = "/actuator/outbox".parse()?;
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        let response = balanced.send(request).await?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let until = now.saturating_sub(STRANGERS_TAKE);
            return Ok(Millis::try_from(until.as_millis())?);
        }
        let body = response.into_body().whole(LARGEST).await?;
        let outbox: Value = serde_json::from_slice(&body)?;
        let until = outbox.get("until").and_then(Value::as_i64);
        until.with_context(|| format!("it answered {status}"))
    }
}

impl Neighbours for OverHttp {
    fn published_until<'a>(&'a self, producer: &'a str) -> PublishedUntil<'a> {
        Box::pin(async move {
            let asked = tokio::time::timeout(PATIENCE, self.ask(producer)).await;
            let asked = asked.context("it took too long").and_then(|answer| answer);
            asked
                .inspect_err(|error| {
                    tracing::debug!(producer, "does not say what is published: {error:#}");
                })
                .ok()
        })
    }
}

/// The bus, as operators see it.
struct Shown(Arc<bus_kafka::Bus>);

impl http_api::Bus for Shown {
    fn health(&self) -> (bool, Map<String, Value>) {
        let health = self.0.health();
        let troubles: Map<String, Value> = health
            .troubles
            .into_iter()
            .map(|(part, said)| (part.to_owned(), said.into()))
            .collect();
        let partitions: Map<String, Value> = health
            .partitions
            .iter()
            .map(|found| (found.partition.to_string(), json!({"lag": found.lag})))
            .collect();
        let reaches = health.broker.is_ok() && troubles.is_empty();
        let details = json!({
            "broker": health.broker.err().unwrap_or_else(|| "answers".to_owned()),
            "troubles": troubles,
            "partitions": partitions,
            "leads": health.leads,
            "outbox": health.outbox,
        });
        let details = match details {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        (reaches, details)
    }

    fn register(&self, registry: &mut Registry) {
        self.0.metrics().register(registry);
    }
}

#[cfg(test)]
mod tests;
