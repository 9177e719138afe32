//! The topic from its beginning: what read models are rebuilt from.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use runtime::{Heard, Replay};
use storm::store::{Position, StoreError};

use crate::Settings;
use crate::record::Records;
use crate::source::{partition, source};
use crate::standing::{Ears, Standing};
use crate::topic::PATIENCE;
use crate::trouble::{code, is_silence, meaning};
use crate::unpack::{consumed, unpack};

/// How long the next record is waited for.
const SILENCE: Duration = Duration::from_secs(10);

/// Where the last question stopped: the next one mostly goes on there.
struct Reading {
    consumer: BaseConsumer<Ears>,
    partition: i32,
    next: i64,
}

/// Reads the topic in nobody's name.
pub(crate) struct Past {
    records: Records,
    settings: Arc<Settings>,
    standing: Arc<Standing>,
    reading: Mutex<Option<Reading>>,
}

impl Past {
    pub(crate) fn new(records: Records, settings: Arc<Settings>, standing: Arc<Standing>) -> Self {
        Self {
            records,
            settings,
            standing,
            reading: Mutex::new(None),
        }
    }

    fn consumer(&self) -> Result<BaseConsumer<Ears>, StoreError> {
        let ears = Ears(Arc::clone(&self.standing));
        let created = self.settings.reader().create_with_context(ears);
        created.map_err(|error| self.unavailable(&error))
    }

    fn place(&self) -> String {
        format!("topic {} at {}", self.settings.topic, self.settings.brokers)
    }

    fn unavailable(&self, error: &KafkaError) -> StoreError {
        let reason = match code(error) {
            Some(code) => meaning(&self.settings.topic, code),
            None => error.to_string(),
        };
        self.away(reason)
    }

    fn away(&self, reason: String) -> StoreError {
        StoreError::Unavailable {
            place: self.place(),
            reason,
        }
    }

    /// Something that stands at `next` of the partition.
    fn at(
        &self,
        before: Option<Reading>,
        partition: i32,
        next: i64,
    ) -> Result<Reading, StoreError> {
        if let Some(reading) = before
            && reading.partition == partition
            && reading.next == next
        {
            return Ok(reading);
        }
        let consumer = self.consumer()?;
        let mut assigned = TopicPartitionList::new();
        let offset = Offset::Offset(next);
        let added = assigned.add_partition_offset(&self.settings.topic, partition, offset);
        added
            .and_then(|()| consumer.assign(&assigned))
            .map_err(|error| self.unavailable(&error))?;
        Ok(Reading {
            consumer,
            partition,
            next,
        })
    }

    fn read(
        &self,
        reading: &mut Reading,
        end: i64,
        limit: usize,
    ) -> Result<Vec<Heard>, StoreError> {
        let source = source(&self.settings.topic, reading.partition);
        let mut heard = Vec::new();
        let mut patience = Instant::now() + SILENCE;
        while reading.next < end && heard.len() < limit {
            match reading.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) => {
                    patience = Instant::now() + SILENCE;
                    reading.next = message.offset() + 1;
                    heard.push(unpack(self.records, &consumed(&message), &source));
                }
                Some(Err(error)) if !is_silence(&error) => {
                    return Err(self.unavailable(&error));
                }
                Some(Err(_)) | None if Instant::now() > patience => {
                    return Err(self.away(format!(
                        "no more records of partition {} came, and there are some",
                        reading.partition
                    )));
                }
                Some(Err(_)) | None => {}
            }
        }
        Ok(heard)
    }
}

impl Replay for Past {
    fn sources(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let topic = &self.settings.topic;
        let consumer = self.consumer()?;
        let metadata = consumer.fetch_metadata(Some(topic), PATIENCE);
        let metadata = metadata.map_err(|error| self.unavailable(&error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let partitions = found.map_or(&[][..], |found| found.partitions());
        if partitions.is_empty() {
            return Err(self.away("the topic is not there".to_owned()));
        }
        let mut sources = Vec::with_capacity(partitions.len());
        for of in partitions {
            let asked = consumer.fetch_watermarks(topic, of.id(), PATIENCE);
            let (low, _) = asked.map_err(|error| self.unavailable(&error))?;
            if low > 0 {
                return Err(self.away(format!(
                    "the brokers have deleted the first {low} records of partition {}, so that nothing can be rebuilt from it; the topic's `retention.ms` should be -1",
                    of.id()
                )));
            }
            sources.push(source(topic, of.id()));
        }
        Ok(sources)
    }

    fn after(
        &self,
        source: &str,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Heard>, StoreError> {
        let topic = &self.settings.topic;
        let Some(partition) = partition(source, topic) else {
            return Ok(Vec::new());
        };
        let mut kept = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reading = self.at(kept.take(), partition, position)?;
        let asked = reading
            .consumer
            .fetch_watermarks(topic, partition, PATIENCE);
        let (_, end) = asked.map_err(|error| self.unavailable(&error))?;
        let heard = self.read(&mut reading, end, limit)?;
        // A consumer costs memory: the last one goes with the last answer.
        *kept = (reading.next < end).then_some(reading);
        Ok(heard)
    }
}
