mod any;
mod foreign;
mod ours;
mod poison;

use storm::{Envelope, System};

use super::*;

fn records(envelope: Envelope) -> Records {
    Records::of(&System::new("teahouse", "tea", &[8088]).envelope(envelope))
}

const ENVELOPES: [Envelope; 3] = [Envelope::OLD, Envelope::OLD_WITH_ME, Envelope::NEW];

/// What an original wrote, at offset 7 of partition 2: no key, no headers.
fn original(value: &str) -> Consumed<'_> {
    Consumed {
        partition: 2,
        offset: 7,
        at: Some(1_611_088_390_000),
        value: Some(value.as_bytes()),
        ..Consumed::default()
    }
}

fn hear(consumed: &Consumed<'_>) -> Decoded {
    let heard: Vec<_> = ENVELOPES
        .iter()
        .map(|envelope| records(*envelope).decode(consumed))
        .collect();
    assert!(
        heard.iter().all(|h| *h == heard[0]),
        "how a system writes must not matter for what it reads: {heard:?}"
    );
    heard[0].clone()
}
