//! A look at brokers and topics for who asks whether all is well. Changes nothing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataTopic};
use tokio::task::spawn_blocking;

use crate::Settings;
use crate::standing::plain;
use crate::trouble::{NONE_LEFT, in_words, is_silence, meaning};
use crate::turning::let_go;

/// How long brokers may take to answer. Who is refused is tried again until then.
const PATIENCE: Duration = Duration::from_secs(8);

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// How many brokers the cluster has.
    pub brokers: usize,
    /// In the order asked for; `None` is one that is not there. An error says what to do.
    pub topics: Vec<Result<Option<TopicFound>, String>>,
}

/// A topic that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicFound {
    /// How many partitions it has.
    pub partitions: usize,
    /// How many brokers keep the partition that the fewest keep.
    pub copies: usize,
    /// Partitions that cannot be used now: no broker that has them is there.
    pub leaderless: usize,
}

/// Asks the brokers that the settings name, as who the settings say, for these topics. The settings'
/// own topic and group do not matter.
///
/// # Errors
/// Why there is no answer, and what to do, if that is known.
pub async fn survey(settings: &Settings, topics: Vec<String>) -> Result<Survey, String> {
    settings
        .security
        .check()
        .map_err(|error| error.to_string())?;
    let client: KafkaResult<BaseConsumer<Ear>> =
        settings.reader().create_with_context(Ear::default());
    let client = client.map_err(|error| error.to_string())?;
    let asked = spawn_blocking(move || {
        let found = ask(&client, &topics);
        (client, found)
    });
    let (client, found) = asked.await.map_err(|error| error.to_string())?;
    // It may wait for the brokers, and nobody waits for it.
    tokio::spawn(let_go(client));
    found
}

fn ask(client: &BaseConsumer<Ear>, topics: &[String]) -> Result<Survey, String> {
    let until = Instant::now() + PATIENCE;
    let mut survey = Survey {
        brokers: 0,
        topics: Vec::with_capacity(topics.len()),
    };
    for topic in topics {
        let left = until.saturating_duration_since(Instant::now());
        let left = left.max(Duration::from_millis(100));
        let metadata = client.fetch_metadata(Some(topic), left);
        let metadata = metadata.map_err(|error| why(client, topic, &error))?;
        survey.brokers = metadata.brokers().len();
        survey.topics.push(found(&metadata, topic));
    }
    Ok(survey)
}

fn why(client: &BaseConsumer<Ear>, topic: &str, error: &KafkaError) -> String {
    // Why, it says only to who polls.
    for _ in 0..20 {
        let _ = client.poll(Duration::from_millis(1));
    }
    let heard = client.context().0.lock();
    let heard = heard.unwrap_or_else(PoisonError::into_inner).clone();
    match (heard, error.rdkafka_error_code()) {
        (Some(heard), _) if is_silence(error) => in_words(heard),
        (_, Some(code)) => meaning(topic, code),
        (_, None) => error.to_string(),
    }
}

fn found(metadata: &Metadata, topic: &str) -> Result<Option<TopicFound>, String> {
    use RDKafkaErrorCode as Code;
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Ok(None);
    };
    match found.error().map(Code::from) {
        None => Ok(Some(counted(found)).filter(|found| found.partitions > 0)),
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => Ok(None),
        Some(code) => Err(meaning(topic, code)),
    }
}

fn counted(topic: &MetadataTopic) -> TopicFound {
    let partitions = topic.partitions();
    let copies = partitions.iter().map(|of| of.replicas().len());
    TopicFound {
        partitions: partitions.len(),
        copies: copies.min().unwrap_or(0),
        leaderless: partitions.iter().filter(|of| of.leader() < 0).count(),
    }
}

/// Hears why a connection failed, the last time.
#[derive(Default)]
struct Ear(Mutex<Option<String>>);

impl Ear {
    fn hear(&self, said: &str) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *heard = Some(plain(said).to_owned());
    }
}

impl ClientContext for Ear {
    fn log(&self, _: RDKafkaLogLevel, fac: &str, message: &str) {
        if fac == "FAIL" {
            let (_, said) = message.split_once("]: ").unwrap_or(("", message));
            self.hear(said);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown) {
            // It says nothing of why; whoever does is heard.
            let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            heard.get_or_insert_with(|| NONE_LEFT.to_owned());
        } else {
            self.hear(reason);
        }
    }
}

impl ConsumerContext for Ear {}
