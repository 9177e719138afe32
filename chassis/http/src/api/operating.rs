//! What an operator does to a running context: dead letters and rebuilds. Whoever shows no token
//! is told that there is nothing here.

use http::{HeaderValue, Method, StatusCode, header};
use runtime::RebuildError;
use serde_json::{Value, json};
use storm::store::ParkedEvent;

use super::actuator::ok;
use super::{Answer, Call, ContextApi, not_allowed, status};
use crate::Problem;

impl ContextApi {
    pub(super) async fn operate(&self, call: &Call<'_>, rest: &[&str]) -> Answer {
        self.operator(call)?;
        let method = &call.parts.method;
        match rest {
            ["dead-letters"] if *method == Method::GET => self.dead_letters().await,
            ["dead-letters"] => Err(not_allowed(HeaderValue::from_static("GET"))),
            // A producer is a context, or a topic's partition, which has a slash in its name.
            ["dead-letters", producer @ .., position, "retry"] if !producer.is_empty() => {
                if *method != Method::POST {
                    return Err(not_allowed(HeaderValue::from_static("POST")));
                }
                let at = number(position)?;
                self.running.retry_parked(producer.join("/"), at).await?;
                Ok(status(StatusCode::NO_CONTENT))
            }
            ["dead-letters", producer @ .., position] if !producer.is_empty() => {
                if *method != Method::DELETE {
                    return Err(not_allowed(HeaderValue::from_static("DELETE")));
                }
                let at = number(position)?;
                self.running.drop_parked(producer.join("/"), at).await?;
                Ok(status(StatusCode::NO_CONTENT))
            }
            ["rebuild", collection] => {
                if *method != Method::POST {
                    return Err(not_allowed(HeaderValue::from_static("POST")));
                }
                let events = self.running.rebuild(collection).await.map_err(problem)?;
                Ok(ok(&json!({"collection": collection, "events": events})))
            }
            _ => Err(Problem::not_found()),
        }
    }

    fn operator(&self, call: &Call<'_>) -> Result<(), Problem> {
        let shown = call
            .parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match (&self.settings.admin_token, shown) {
            (Some(token), Some(shown)) if same(token.as_bytes(), shown.as_bytes()) => Ok(()),
            _ => Err(Problem::not_found()),
        }
    }

    async fn dead_letters(&self) -> Answer {
        let parked = self.running.parked().await?;
        let parked: Vec<Value> = parked.iter().map(shown).collect();
        Ok(ok(&json!({
            "context": self.running.context().name(),
            "deadLetters": parked,
        })))
    }
}

fn shown(parked: &ParkedEvent) -> Value {
    let event = &parked.stored.event;
    let data = serde_json::from_str(&event.data);
    json!({
        "producer": parked.producer,
        "position": parked.stored.position,
        "type": event.event_type,
        "kind": event.kind,
        "id": event.id,
        "correlation": event.correlation,
        "at": event.at,
        "attempts": parked.attempts,
        // Milliseconds since 1970; null is a dead letter, or one that waits behind it.
        "retryAt": parked.retry_at,
        "reason": parked.reason,
        "data": data.unwrap_or_else(|_| Value::String(event.data.clone())),
    })
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| {
        Problem::bad_request(
            "bad-position",
            "A dead letter's position is a whole number.",
        )
        .ko("처리하지 못한 이벤트의 위치는 정수로 적어 주세요.")
    })
}

fn problem(error: RebuildError) -> Problem {
    match error {
        RebuildError::Unknown { ref known, .. } => {
            Problem::new(StatusCode::NOT_FOUND, "not-found", error.to_string())
                .ko(format!("그런 조회 모델이 없습니다. 있는 것: {known}."))
        }
        RebuildError::Parked { parked } => {
            Problem::new(StatusCode::CONFLICT, "events-parked", error.to_string()).ko(format!(
                "처리하지 못한 이벤트가 {parked}개 있습니다. 먼저 다시 시도하거나 버린 뒤 재구성해 주세요."
            ))
        }
        RebuildError::Incomplete { .. } => {
            Problem::new(StatusCode::CONFLICT, "log-incomplete", error.to_string())
                .ko("이벤트 기록에 빠진 부분이 있어 재구성할 수 없습니다.")
        }
        RebuildError::Overtaken => {
            Problem::new(StatusCode::CONFLICT, "rebuilt-elsewhere", error.to_string())
                .ko("나중에 시작된 다른 재구성이 진행 중입니다.")
        }
        RebuildError::Store(error) => error.into(),
        RebuildError::Stopping => Problem::try_again("stopping", 5),
    }
}

/// Compares in a time that tells nothing of where the two differ; of their length it may.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differ = a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differ) == 0
}
