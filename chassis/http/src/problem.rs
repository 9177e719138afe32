//! A no, or a failure, on the wire: RFC 9457, with the members that the originals' clients read.

use std::borrow::Cow;

use http::{HeaderValue, Response, StatusCode, header};
use runtime::Failure;
use serde::Serialize;
use storm::store::StoreError;
use storm::{Refusal, RefusalKind};

use crate::time;
use crate::{Body, Language};

/// Why a request was not done. [`Problem::answer`] puts it into `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    korean: Option<Cow<'static, str>>,
    field: Option<String>,
    allow: Option<HeaderValue>,
    accept_encoding: Option<HeaderValue>,
    retry_after: Option<u32>,
    outcome: Option<Outcome>,
}

/// What is known of a request that was to change something, where that is the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    NotDone,
    Unknown,
}

/// `outcome` in a problem: nothing has happened. Whoever asks another context reads it.
pub(crate) const NOT_DONE: &str = "not-done";
/// It may have happened.
const UNKNOWN: &str = "unknown";

/// What stands for the request's address in a sentence about what is not known.
const INSTANCE: &str = "{instance}";

/// As it is written.
#[derive(Serialize)]
struct Written<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Of 502 to 507: whether it may have happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// For who passes it on: the language that the client prefers is not known on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_ko: Option<&'a str>,
    timestamp: String,
    error: &'a str,
    message: &'a str,
    path: &'a str,
}

impl Problem {
    /// `code` is for programs and stays; `detail` is one sentence for people that says what to do.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            detail: detail.into(),
            korean: None,
            field: None,
            allow: None,
            accept_encoding: None,
            retry_after: None,
            outcome: None,
        }))
    }

    /// The same sentence in Korean.
    #[must_use]
    pub fn ko(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.korean = Some(detail.into());
        self
    }

    /// Where in the request the fault is.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The methods that would have been possible.
    #[must_use]
    pub fn allow(mut self, allow: HeaderValue) -> Self {
        self.0.allow = Some(allow);
        self
    }

    /// The content codings that would have been possible (RFC 9110 §12.5.3).
    #[must_use]
    pub(crate) fn accept_encoding(mut self, codings: HeaderValue) -> Self {
        self.0.accept_encoding = Some(codings);
        self
    }

    /// In how many seconds to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Nothing has happened: the same request can simply be sent again.
    #[must_use]
    pub fn not_done(mut self) -> Self {
        self.0.outcome = Some(Outcome::NotDone);
        self
    }

    /// What was asked for may have happened. `{instance}` in the sentences becomes the address that
    /// the request was sent to.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.0.outcome = Some(Outcome::Unknown);
        self
    }

    /// 400: something about the request that cannot be read.
    pub fn bad_request(
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 400: nobody knows what it would have said.
    pub fn body_cut_off() -> Self {
        Self::bad_request(
            "body-cut-off",
            "The body ended before it was complete. Nothing was changed.",
        )
        .ko("본문이 끝까지 오지 않았습니다. 아무것도 바뀌지 않았습니다.")
    }

    /// 408: the same, for it was not waited for any longer.
    pub fn body_too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-too-slow",
            "The body took too long to arrive. Nothing was changed.",
        )
        .ko("본문이 제때 오지 않았습니다. 아무것도 바뀌지 않았습니다.")
    }

    /// 202, to who asks about a head [alone](crate::head_first): nothing is wrong with it.
    pub(crate) fn body_decides() -> Self {
        Self::new(
            StatusCode::ACCEPTED,
            "body-decides",
            "Send the body: nothing is wrong so far.",
        )
        .ko("본문을 보내 주세요. 여기까지는 문제가 없습니다.")
    }

    /// 404: nothing there.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing at this address; GET / lists what there is.",
        )
        .ko("이 주소에는 아무것도 없습니다. GET /로 무엇이 있는지 볼 수 있습니다.")
    }

    /// 503: too much to do, or going away; nothing was done.
    pub fn try_again(code: impl Into<Cow<'static, str>>, seconds: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            code,
            "We are very busy right now. Nothing was changed. Please try again shortly.",
        )
        .ko("지금은 요청이 많아 처리하지 못했습니다. 아무것도 바뀌지 않았습니다. 잠시 후 다시 시도해 주세요.")
        .retry_after(seconds)
        .not_done()
    }

    /// The status that it goes out with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The answer to a request for `path`.
    pub fn answer(&self, path: &str, language: Language) -> Response<Body> {
        let inner = &self.0;
        let title = inner.status.canonical_reason().unwrap_or("Error");
        let (detail, spoken) = match (&inner.korean, language) {
            (Some(korean), Language::Korean) => (korean, Language::Korean),
            _ => (&inner.detail, Language::English),
        };
        let detail = inner.filled_in(detail, path);
        let detail_ko = match (spoken, &inner.korean) {
            (Language::English, Some(korean)) => Some(inner.filled_in(korean, path)),
            _ => None,
        };
        let written = Written {
            r#type: "about:blank",
            title,
            status: inner.status.as_u16(),
            detail: &detail,
            instance: path,
            code: &inner.code,
            field: inner.field.as_deref(),
            outcome: inner.outcome.map(|outcome| match outcome {
                Outcome::NotDone => NOT_DONE,
                Outcome::Unknown => UNKNOWN,
            }),
            detail_ko: detail_ko.as_deref(),
            timestamp: time::now().to_string(),
            error: title,
            message: &detail,
            path,
        };
        let mut response =
            Response::new(Body::full(serde_json::to_vec(&written).unwrap_or_default()));
        *response.status_mut() = inner.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(spoken.tag()),
        );
        if let Some(allow) = &inner.allow {
            headers.insert(header::ALLOW, allow.clone());
        }
        if let Some(codings) = &inner.accept_encoding {
            headers.insert(header::ACCEPT_ENCODING, codings.clone());
        }
        if let Some(seconds) = inner.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Inner {
    fn filled_in<'a>(&self, sentence: &'a str, path: &str) -> Cow<'a, str> {
        match self.outcome {
            Some(Outcome::Unknown) => Cow::Owned(sentence.replace(INSTANCE, path)),
            Some(Outcome::NotDone) | None => Cow::Borrowed(sentence),
        }
    }
}

/// In seconds: as long as an open breaker sleeps (`wire.md` §6).
const SHORTLY: u32 = 5;
/// In seconds: whoever has been out of service for a while is not back at once.
const LATER: u32 = 30;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::Unreadable => StatusCode::BAD_REQUEST,
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict | RefusalKind::NotYet => StatusCode::CONFLICT,
            RefusalKind::Unavailable | RefusalKind::InDoubt => StatusCode::SERVICE_UNAVAILABLE,
        };
        let outcome = match refusal.kind {
            RefusalKind::Unavailable => Some(Outcome::NotDone),
            RefusalKind::InDoubt => Some(Outcome::Unknown),
            _ => None,
        };
        let later = refusal.code == storm::OUT_OF_SERVICE;
        let mut problem = Self::new(status, refusal.code, refusal.reason);
        problem.0.korean = refusal.reason_ko.map(Cow::Owned);
        problem.0.field = refusal.field;
        problem.0.retry_after = outcome.map(|_| if later { LATER } else { SHORTLY });
        problem.0.outcome = outcome;
        problem
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Absent { kind, id } => absent(kind, id),
            Failure::Changed { current } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "changed-meanwhile",
                Failure::Changed { current }.to_string(),
            )
            .ko(format!(
                "그 사이에 변경되어 지금은 버전 {current}입니다. 다시 읽은 뒤 시도해 주세요."
            )),
            Failure::Known { current } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "known-version",
                format!(
                    "If-None-Match names the version that it has, {current}. Nothing was changed."
                ),
            )
            .ko(format!(
                "If-None-Match가 현재 버전 {current}을(를) 가리킵니다. 아무것도 바뀌지 않았습니다."
            )),
            Failure::Contended => Self::try_again("changed-meanwhile", 1),
            Failure::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request; use a new key for a new request.",
            )
            .ko("이 Idempotency-Key는 다른 요청에 이미 쓰였습니다. 새 요청에는 새 키를 써 주세요."),
            Failure::Overloaded => Self::try_again("overloaded", 1),
            Failure::Stopping => Self::try_again("stopping", 5),
            Failure::Store(error) => error.into(),
        }
    }
}

/// 503: the store is away. It may have gone while it kept a change, and nobody knows whether it did.
fn store_unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "store-unavailable",
        "Our records cannot be reached right now. Please try again shortly; if this was to change something, look first whether it did, or send the same Idempotency-Key.",
    )
    .in_doubt()
    .ko("지금은 기록에 접근할 수 없습니다. 잠시 후 다시 시도해 주세요. 변경 요청이었다면 처리되었는지 먼저 확인하거나, 같은 Idempotency-Key로 다시 보내 주세요.")
    .retry_after(5)
}

/// There is no such record.
pub(crate) fn absent(kind: &str, id: impl std::fmt::Display) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-found",
        format!("There is no {kind} {id}."),
    )
    .ko(format!("{id}번 항목이 없습니다."))
}

impl From<StoreError> for Problem {
    /// The client learns what to do; where the store is, and what it said, is in the log only.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Self::try_again("changed-meanwhile", 1),
            StoreError::Unavailable { .. } | StoreError::InUse { .. } => {
                tracing::warn!(%error, "the store is away");
                store_unavailable()
            }
            StoreError::Full { .. } => {
                tracing::error!(%error, "the store is full");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "store-full",
                    "There is no room to keep this. Nothing was changed. Please try again later.",
                )
                .ko("저장 공간이 부족합니다. 아무것도 바뀌지 않았습니다. 나중에 다시 시도해 주세요.")
                .not_done()
            }
            StoreError::ReadOnly { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Misplaced { .. }
            | StoreError::Unfinished
            | StoreError::Newer { .. } => {
                tracing::error!(%error, "the store cannot be used");
                broken("store-failed")
            }
        }
    }
}

/// 500: our fault, and the operator's log says which.
pub(crate) fn broken(code: &'static str) -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        code,
        "Something is wrong on our side. Nothing was changed; the operators can see why in the log.",
    )
    .ko("저희 쪽에 문제가 있습니다. 아무것도 바뀌지 않았습니다.")
}

#[cfg(test)]
mod tests;
