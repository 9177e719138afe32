//! People are told through files and webhooks, over real disks and real HTTP.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it stands"
)]

mod bells;
mod file;
mod provider;
mod storm_of_failures;
mod webhook;

use std::time::Duration;

use runtime::Notice;

/// Somebody is to be told something.
fn notice(number: usize) -> Notice {
    Notice {
        id: format!("bells-{number}"),
        system: Some("town".to_owned()),
        context: "bells",
        event_type: "BellRung",
        channel: "rope",
        to: "종지기".to_owned(),
        text: "ring\nagain \"now\"".to_owned(),
        at: 1_630_388_210_630,
        correlation: "story-1".to_owned(),
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
    }
}

fn expected(number: usize) -> serde_json::Value {
    serde_json::json!({
        "id": format!("bells-{number}"),
        "system": "town",
        "context": "bells",
        "eventType": "BellRung",
        "channel": "rope",
        "to": "종지기",
        "text": "ring\nagain \"now\"",
        "at": "2021-08-31T05:36:50.630+0000",
        "correlation": "story-1",
    })
}

/// Long enough that it never passes while anybody answers.
const AMPLE: Duration = Duration::from_secs(20);

/// Waits until it holds; says what was expected if it never does.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let patience = tokio::time::timeout(AMPLE, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(patience.await.is_ok(), "never happened: {what}");
}
