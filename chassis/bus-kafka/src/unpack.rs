//! A record as the client brings it, as the runtime wants to hear it.

use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use runtime::Heard;

use crate::record::{Consumed, Records, Teller};

/// Its headers, without those that have no value.
pub(crate) fn headers<'a>(
    message: &'a BorrowedMessage<'_>,
) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    let headers = message.headers().into_iter().flat_map(Headers::iter);
    headers.filter_map(|header| Some((header.key, header.value?)))
}

/// What it says.
pub(crate) fn unpack(records: Records, message: &BorrowedMessage<'_>, source: &Arc<str>) -> Heard {
    let consumed = Consumed {
        partition: message.partition(),
        offset: message.offset(),
        at: message.timestamp().to_millis(),
        key: message.key(),
        value: message.payload(),
        headers: headers(message).collect(),
    };
    let told = records.decode(&consumed);
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
