//! What a provider's answer means.

use std::time::Duration;

use http::{Response, StatusCode};
use http_api::Body;
use hyper::body::Incoming;
use runtime::NotSent;

use crate::{Url, for_sure, perhaps};

/// How long the reason that comes with a no is waited for. The no itself is known by then.
const PATIENCE: Duration = Duration::from_millis(500);
/// Longest reason that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// Longest reason that is shown, in characters.
const SHOWN: usize = 200;

/// 2xx takes the notice. 408, 425, 429, 3xx and 5xx do not, and it may go better later. 502 and
/// 504 come from a proxy, which does not know whether the provider has it. Any other 4xx is a no.
pub(super) async fn read(host: &Url, response: Response<Incoming>) -> Result<(), NotSent> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    // It goes to the log alone: it may name whom it is about, and health is for everybody to see.
    let reason = reason(response).await;
    if status.is_client_error() {
        tracing::warn!(webhook = %host, %status, reason, "not taken");
    } else {
        tracing::debug!(webhook = %host, %status, reason, "not taken");
    }
    let said = format!("{host} answered {status}");
    Err(match status {
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => perhaps(said),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            for_sure(said)
        }
        status if status.is_client_error() => NotSent::Refused { reason: said },
        _ => for_sure(said),
    })
}

/// What stands in the body, made fit for one line.
async fn reason(response: Response<Incoming>) -> String {
    let body = Body::from(response.into_body()).whole(LONGEST);
    let Ok(Ok(body)) = tokio::time::timeout(PATIENCE, body).await else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&body);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(SHOWN).collect()
}
