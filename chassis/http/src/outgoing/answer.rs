//! What another context's answer means.

use http::{Response, StatusCode};
use serde::Deserialize;
use storm::{Answer, Refusal, RefusalKind};

use super::Unreached;
use crate::Body;

/// Longest answer that is read, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The members of a problem that a refusal is rebuilt from; those of the originals' errors too.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    code: Option<String>,
    detail: Option<String>,
    detail_ko: Option<String>,
    message: Option<String>,
    field: Option<String>,
}

/// 2xx is yes and 4xx a real no; the rest is silence: it may go better later. So are 408 and 429.
pub(super) async fn read(to: &str, response: Response<Body>) -> Result<Answer, Unreached> {
    let status = response.status();
    let later = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
    );
    if later || !(status.is_success() || status.is_client_error()) {
        return Ok(Answer::Silence);
    }
    let body = response.into_body().whole(LONGEST).await;
    let body = body.map_err(|error| Unreached(error.to_string()))?;
    if status.is_client_error() {
        return Ok(Answer::No(refusal(to, status, &body)));
    }
    if body.is_empty() {
        return Ok(Answer::Yes(serde_json::Value::Null));
    }
    serde_json::from_slice(&body)
        .map(Answer::Yes)
        .map_err(|error| Unreached(format!("the answer is no JSON: {error}")))
}

fn refusal(to: &str, status: StatusCode, body: &[u8]) -> Refusal {
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    Refusal {
        kind: match status {
            StatusCode::BAD_REQUEST => RefusalKind::Unreadable,
            StatusCode::NOT_FOUND => RefusalKind::NotFound,
            StatusCode::UNPROCESSABLE_ENTITY => RefusalKind::Invalid,
            _ => RefusalKind::Conflict,
        },
        code: told.code.unwrap_or_else(|| format!("refused-by-{to}")),
        reason: told
            .detail
            .or(told.message)
            .filter(|reason| !reason.is_empty())
            .unwrap_or_else(|| format!("{to} refused this ({status}).")),
        reason_ko: told.detail_ko,
        field: told.field,
    }
}
