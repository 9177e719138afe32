//! What another context's answer means.

use http::{Response, StatusCode};
use serde::Deserialize;
use storm::{Answer, Refusal, RefusalKind, Silence};

use super::Unreached;
use crate::{Body, problem};

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
    outcome: Option<String>,
}

/// 2xx is yes and 4xx a real no; the rest is silence: it may go better later. So are 408 and 429,
/// which tell that nothing was done; and so does a problem of ours that says it.
pub(super) async fn read(to: &str, response: Response<Body>) -> Result<Answer, Unreached> {
    let status = response.status();
    let not_begun = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
    );
    if not_begun {
        return Ok(Answer::Silence(Silence::NotDone));
    }
    let body = response.into_body().whole(LONGEST).await;
    if !(status.is_success() || status.is_client_error()) {
        return Ok(Answer::Silence(failed(&body.unwrap_or_default())));
    }
    let body = body.map_err(|error| Unreached::sent(error.to_string()))?;
    if status.is_client_error() {
        return Ok(Answer::No(refusal(to, status, &body)));
    }
    if body.is_empty() {
        return Ok(Answer::Yes(serde_json::Value::Null));
    }
    serde_json::from_slice(&body)
        .map(Answer::Yes)
        .map_err(|error| Unreached::sent(format!("the answer is no JSON: {error}")))
}

/// What a 5xx says of whether it was done. Those that are not ours say nothing.
fn failed(body: &[u8]) -> Silence {
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    match told.outcome.as_deref() {
        Some(problem::NOT_DONE) => Silence::NotDone,
        _ => Silence::InDoubt,
    }
}

fn refusal(to: &str, status: StatusCode, body: &[u8]) -> Refusal {
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    let reason = told
        .detail
        .or(told.message)
        .filter(|reason| !reason.is_empty())
        .unwrap_or_else(|| format!("{to} refused this ({status})."));
    Refusal {
        kind: match status {
            StatusCode::BAD_REQUEST => RefusalKind::Unreadable,
            StatusCode::NOT_FOUND => RefusalKind::NotFound,
            StatusCode::UNPROCESSABLE_ENTITY => RefusalKind::Invalid,
            _ => RefusalKind::Conflict,
        },
        code: told.code.unwrap_or_else(|| format!("refused-by-{to}")),
        // A stranger's service may have no Korean.
        reason_ko: told
            .detail_ko
            .or_else(|| Some(format!("다른 서비스({to})가 요청을 거절했습니다: {reason}"))),
        reason,
        field: told.field,
    }
}
