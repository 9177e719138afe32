//! What the group deals out.

use std::sync::Arc;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{TopicPartitionList, TopicPartitionListElem};
use rdkafka::types::RDKafkaRespErr;
use tokio::sync::mpsc::UnboundedSender;

use crate::standing::{Ears, Standing};

/// The partitions of the topic have been dealt out anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deal {
    /// These are ours.
    Assigned(Vec<i32>),
    /// None are.
    Revoked,
}

/// A member of the group.
pub(crate) struct Member {
    ears: Ears,
    dealt: UnboundedSender<Deal>,
}

impl Member {
    pub(super) fn new(standing: &Arc<Standing>, dealt: UnboundedSender<Deal>) -> Self {
        Self {
            ears: Ears(Arc::clone(standing)),
            dealt,
        }
    }
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        self.ears.log(level, fac, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.ears.error(error, reason);
    }
}

impl ConsumerContext for Member {
    /// An assignment is accepted at once, so that the group can go on, but nothing is fetched before
    /// the store has said from where.
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let is_assigned = err == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let (accepted, deal) = if is_assigned {
            let elements = partitions.elements();
            let ours = elements.iter().map(TopicPartitionListElem::partition);
            let ours = ours.collect();
            let none = TopicPartitionList::new();
            (consumer.assign(&none), Deal::Assigned(ours))
        } else {
            (consumer.unassign(), Deal::Revoked)
        };
        if let Err(error) = accepted {
            tracing::debug!(target: "librdkafka", %error, "a deal was not accepted");
        }
        // Nobody listens any more while the consumer is being closed.
        let _ = self.dealt.send(deal);
    }

    /// Offsets in the group are for lag tools, and for going back to the original: nothing rests on
    /// them.
    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(target: "librdkafka", %error, "offsets were not committed to the group");
        }
    }
}
