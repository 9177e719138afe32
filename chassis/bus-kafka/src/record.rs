//! What a record on a system's topic is: ours, and the originals' (`wire.md` §5).
//!
//! | | |
//! |---|---|
//! | key | the correlation id: events of one story stay in order, in one partition |
//! | value | `{"eventType":…,"timestamp":…, the event's fields …,"me":true}`, as the originals' |
//! | headers | the originals', and `CloudEvents` 1.0 in binary mode: what is needed to get back the [`StoredEvent`] just as it was committed |
//!
//! [`Records::encode`] writes one, [`Records::decode`] reads any. Nothing here fails: what cannot be
//! read comes back with the reason why ([`Decoded::fault`]) and all of its bytes, to be parked.
//!
//! Why it is so: `docs/decisions/kafka-records.md`.

mod decode;
mod encode;
mod header;
mod moment;

use std::borrow::Cow;

use storm::store::{Millis, Position, StoredEvent};
use storm::{Envelope, System};

/// What our `ce_source` begins with.
const SOURCE: &str = "/jumun/";

/// Writes and reads the records of one system's topic.
#[derive(Clone, Copy, Debug)]
pub struct Records {
    system: &'static str,
    topic: &'static str,
    envelope: Envelope,
}

/// A record to be produced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The correlation id. The partition is the key's.
    pub key: String,
    /// JSON.
    pub value: String,
    /// In this order.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
}

/// A record that was consumed.
#[derive(Clone, Debug, Default)]
pub struct Consumed<'a> {
    /// From 0.
    pub partition: i32,
    /// From 0.
    pub offset: i64,
    /// When the broker or its producer says that it was; -1 or `None` if nobody does.
    pub at: Option<Millis>,
    /// The originals have none.
    pub key: Option<&'a [u8]>,
    /// `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// In order. The last of one name counts, as for the originals.
    pub headers: Vec<(&'a str, &'a [u8])>,
}

/// Who told an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Teller {
    /// A context of this system, by name. The event's position is that in its log: the same event has
    /// the same one, however often it is on the topic.
    Ours(String),
    /// Somebody else's service, e.g. an original. The event's position is the record's offset + 1, as
    /// positions begin at 1: what a consumer commits to go on after it.
    Foreign {
        /// `<topic>/<partition>`: where that position is one.
        place: String,
    },
}

impl Teller {
    /// What to keep cursors and parked events under.
    pub fn name(&self) -> &str {
        match self {
            Self::Ours(context) => context,
            Self::Foreign { place } => place,
        }
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Who.
    pub teller: Teller,
    /// What. Ours: as committed. A foreign one has no kind, id 0, version 0 and no causation; its
    /// correlation id is its key, or made of topic, partition and offset.
    pub stored: StoredEvent,
    /// Why it cannot be read, if it cannot: then `data` is the value as it came, as one JSON text (of
    /// its bytes in hexadecimal, if they are no UTF-8), and the event's name is as far as it is known
    /// – often it is empty.
    pub fault: Option<String>,
}

impl Records {
    /// Those of `system`'s topic.
    pub fn of(system: &System) -> Self {
        Self {
            system: system.name(),
            topic: system.topic(),
            envelope: system.wrapped_in(),
        }
    }

    /// The topic.
    pub fn topic(&self) -> &'static str {
        self.topic
    }

    /// The record of an event in `context`'s log.
    pub fn encode(&self, context: &str, stored: &StoredEvent) -> Record {
        encode::record(*self, context, stored)
    }

    /// What a record of this topic says, whoever wrote it.
    pub fn decode(&self, consumed: &Consumed<'_>) -> Decoded {
        decode::decoded(*self, consumed)
    }

    /// The name of one of our events, by the headers alone: most are for others, and need not be read.
    pub fn name_of_ours<'a>(&self, headers: &[(&'a str, &'a [u8])]) -> Option<&'a str> {
        let (mut source, mut name) = (None, None);
        for (key, value) in headers {
            match *key {
                header::CE_SOURCE => source = Some(*value),
                header::CE_TYPE => name = Some(*value),
                _ => {}
            }
        }
        self.context_of(std::str::from_utf8(source?).ok()?)?;
        std::str::from_utf8(name?).ok()
    }

    /// `ce_source` of one of our contexts.
    fn source_of(self, context: &str) -> String {
        [SOURCE, self.system, "/", context].concat()
    }

    /// The context whose `ce_source` this is.
    fn context_of(self, source: &str) -> Option<&str> {
        let system = source.strip_prefix(SOURCE)?;
        system.strip_prefix(self.system)?.strip_prefix('/')
    }
}

/// The position that stands for an offset.
fn position_of(offset: i64) -> Position {
    offset.saturating_add(1)
}
