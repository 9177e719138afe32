//! The system's topic: made if it is missing, and looked at.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::Settings;
use crate::standing::{Ears, Standing};
use crate::trouble::{Trouble, is_silence};
use crate::turning::let_go;

/// How long an answer is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How often a topic that is being made is looked for.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    /// How many partitions.
    pub(crate) partitions: i32,
    /// The largest batch of records that it takes, in bytes, if we may know.
    pub(crate) largest: Option<String>,
}

/// The topic as it is; made before, if it is not there. Any number may do so at once.
pub(crate) async fn look(settings: &Settings, standing: &Arc<Standing>) -> Result<Topic, Trouble> {
    let failed = |error| Trouble::of("making a client", &settings.topic, &error);
    let ears = || Ears(Arc::clone(standing));
    let asks = settings.reader().create_with_context(ears());
    let admin = settings.client().create_with_context(ears());
    let desk = Desk {
        asks: Arc::new(asks.map_err(failed)?),
        admin: admin.map_err(failed)?,
        settings,
        standing,
    };
    let topic = desk.look().await;
    // Their threads are waited for.
    let Desk { asks, admin, .. } = desk;
    let_go((asks, admin)).await;
    topic
}

struct Desk<'a> {
    /// An admin's client does not say why it cannot connect; this one does.
    asks: Arc<BaseConsumer<Ears>>,
    admin: AdminClient<Ears>,
    settings: &'a Settings,
    standing: &'a Standing,
}

impl Desk<'_> {
    async fn look(&self) -> Result<Topic, Trouble> {
        let partitions = match self.partitions().await? {
            Some(partitions) => partitions,
            None if self.settings.create => {
                self.make().await?;
                self.made().await?
            }
            None => {
                return Err(Trouble::of(
                    "looking for it",
                    &self.settings.topic,
                    &KafkaError::AdminOp(RDKafkaErrorCode::UnknownTopicOrPartition),
                ));
            }
        };
        Ok(Topic {
            partitions,
            largest: self.largest().await,
        })
    }

    /// How many partitions it has that was made a moment ago, by us or by another: the brokers are
    /// telling each other.
    async fn made(&self) -> Result<i32, Trouble> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.partitions().await? {
                Some(partitions) => return Ok(partitions),
                None if Instant::now() >= until => {
                    let topic = &self.settings.topic;
                    return Err(Trouble::Said(format!(
                        "the topic `{topic}` has been made, and the brokers do not show it yet"
                    )));
                }
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    fn trouble(&self, what: &str, error: &KafkaError) -> Trouble {
        if is_silence(error) {
            self.standing.silent(&error.to_string());
        }
        Trouble::of(what, &self.settings.topic, error)
    }

    /// How many there are; `None` if there is no such topic.
    async fn partitions(&self) -> Result<Option<i32>, Trouble> {
        let (asks, topic) = (Arc::clone(&self.asks), self.settings.topic.clone());
        let asked = spawn_blocking(move || {
            let asked = asks.fetch_metadata(Some(&topic), PATIENCE);
            if asked.is_err() {
                // Why, it says only to who polls.
                for _ in 0..20 {
                    let _ = asks.poll(Duration::from_millis(1));
                }
            }
            let metadata = asked?;
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            let Some(found) = found else {
                return Ok(None);
            };
            match found.error().map(RDKafkaErrorCode::from) {
                None => Ok(i32::try_from(found.partitions().len()).ok()),
                Some(
                    RDKafkaErrorCode::UnknownTopicOrPartition
                    | RDKafkaErrorCode::UnknownTopic
                    | RDKafkaErrorCode::LeaderNotAvailable,
                ) => Ok(None),
                Some(code) => Err(KafkaError::MetadataFetch(code)),
            }
        });
        let what = "looking for the topic";
        let found = asked
            .await
            .map_err(|error| Trouble::gave_up(what, &error))?;
        let found = found.map_err(|error| self.trouble(what, &error))?;
        self.standing.answered();
        Ok(found.filter(|partitions| *partitions > 0))
    }

    /// Kept for ever: read models are rebuilt from it.
    async fn make(&self) -> Result<(), Trouble> {
        let settings = self.settings;
        // The brokers understand -1 as their own default.
        let copies = settings.replication.unwrap_or(-1);
        let in_sync = (copies - 1).max(1).to_string();
        let mut topic = NewTopic::new(
            &settings.topic,
            settings.partitions,
            TopicReplication::Fixed(copies),
        )
        .set("cleanup.policy", "delete")
        .set("retention.ms", "-1")
        .set("retention.bytes", "-1")
        .set("unclean.leader.election.enable", "false");
        if settings.replication.is_some() {
            // One broker may be away; what is acknowledged is on two all the same, if there are two.
            topic = topic.set("min.insync.replicas", &in_sync);
        }
        let options = AdminOptions::new()
            .request_timeout(Some(PATIENCE))
            .operation_timeout(Some(PATIENCE));
        let made = self.admin.create_topics([&topic], &options).await;
        let made = made.map_err(|error| self.trouble("making the topic", &error))?;
        for result in made {
            match result {
                Ok(_) => tracing::info!(
                    topic = settings.topic,
                    partitions = settings.partitions,
                    copies,
                    "made the topic"
                ),
                // Another replica was faster.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => {
                    return Err(self.trouble("making the topic", &KafkaError::AdminOp(code)));
                }
            }
        }
        Ok(())
    }

    /// Its `max.message.bytes`. Who may not know it is told by the broker when something is too large.
    async fn largest(&self) -> Option<String> {
        let topic = ResourceSpecifier::Topic(&self.settings.topic);
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let asked = self.admin.describe_configs([&topic], &options).await;
        let described = asked.ok()?.into_iter().next()?.ok()?;
        let number =
            |name: &str| -> Option<i64> { described.get(name)?.value.as_deref()?.parse().ok() };
        let forgets = number("retention.ms").is_some_and(|kept| kept >= 0);
        self.standing.topic_forgets(&self.settings.topic, forgets);
        // Limits of the client.
        let largest = number("max.message.bytes")?.clamp(1_000, 1_000_000_000);
        Some(largest.to_string())
    }
}
