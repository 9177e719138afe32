//! What of all that is on the topic is for us.

use std::collections::HashMap;
use std::sync::Arc;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use runtime::{Heard, Inlet};

use crate::Settings;
use crate::record::Records;
use crate::standing::Standing;
use crate::trouble::{Trouble, is_silence};
use crate::unpack::{consumed, unpack};

/// Names of events that are remembered as listened to or not.
const NAMES: usize = 4_096;

/// Who listens to what.
pub(super) struct Listening<'a> {
    pub(super) inlet: &'a Inlet,
    pub(super) records: Records,
    pub(super) settings: &'a Settings,
    pub(super) standing: &'a Standing,
    pub(super) names: &'a mut HashMap<String, bool>,
}

impl Listening<'_> {
    fn listens(&mut self, event_type: &str) -> bool {
        if let Some(listens) = self.names.get(event_type) {
            return *listens;
        }
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        let listens = self.inlet.listens(event_type);
        self.names.insert(event_type.to_owned(), listens);
        listens
    }

    /// What a record says, if anybody here listens to it. One that cannot be read is handed over all
    /// the same, if it is known to be for us: it will be parked.
    pub(super) fn read(
        &mut self,
        message: &BorrowedMessage<'_>,
        source: &Arc<str>,
    ) -> Option<Heard> {
        let consumed = consumed(message);
        let ours = self.records.name_of_ours(&consumed.headers);
        if ours.is_some_and(|event_type| !self.listens(event_type)) {
            return None;
        }
        let heard = unpack(self.records, &consumed, source);
        let event_type = &heard.stored.event.event_type;
        let listens = self.listens(event_type);
        if let Some(fault) = &heard.fault {
            self.standing.metrics.unreadable.inc();
            let (context, offset) = (self.inlet.context(), message.offset());
            tracing::warn!(context, %source, offset, event_type, fault, parked = listens, "a record cannot be read");
        }
        listens.then_some(heard)
    }

    /// Whether the membership has to begin anew.
    pub(super) fn failed(&self, error: &KafkaError) -> Result<(), Trouble> {
        use RDKafkaErrorCode as Code;
        if is_silence(error) {
            self.standing.silent(&error.to_string());
            return Ok(());
        }
        match error.rdkafka_error_code() {
            // It did not come back for long; with the next look it joins again.
            Some(Code::PollExceeded) => {
                tracing::warn!(
                    context = self.inlet.context(),
                    "too long without progress: the group has given the partitions to others; joining again"
                );
                Ok(())
            }
            _ => Err(Trouble::of("consuming", &self.settings.topic, error)),
        }
    }
}
