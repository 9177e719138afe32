//! A record as the client brings it, as the runtime wants to hear it.

use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use runtime::Heard;

use crate::record::{Consumed, Records, Teller};

/// What it is, without headers that have no value.
pub(crate) fn consumed<'a>(message: &'a BorrowedMessage<'_>) -> Consumed<'a> {
    let headers = message.headers();
    let mut each = Vec::with_capacity(headers.map_or(0, Headers::count));
    let headers = headers.into_iter().flat_map(Headers::iter);
    each.extend(headers.filter_map(|header| Some((header.key, header.value?))));
    Consumed {
        partition: message.partition(),
        offset: message.offset(),
        at: message.timestamp().to_millis(),
        key: message.key(),
        value: message.payload(),
        headers: each,
    }
}

/// What it says.
pub(crate) fn unpack(records: Records, consumed: &Consumed<'_>, source: &Arc<str>) -> Heard {
    let told = records.decode(consumed);
    Heard {
        at: consumed.offset.saturating_add(1),
        producer: match told.teller {
            Teller::Ours(context) => context.into(),
            Teller::Foreign { .. } => Arc::clone(source),
        },
        stored: Arc::new(told.stored),
        fault: told.fault,
    }
}
