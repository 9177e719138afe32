//! What changes something: POST, PUT, PATCH, DELETE, and actions.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use runtime::{Content, Done, Failure, JsonPatch, Preconditions, Request};
use serde_json::{Map, Value};
use storm::{Id, Refusal, RefusalKind, Verb};

use super::shelf::Shelf;
use super::{Answer, Call, ContextApi, allowing, json, not_allowed, status};
use crate::negotiate::{self, Media, Written};
use crate::strict_json::{self, Unread};
use crate::{Body, BodyError, Problem, precondition, target, trail};

impl ContextApi {
    pub(super) async fn collection(
        &self,
        call: &Call<'_>,
        shelf: &std::sync::Arc<Shelf>,
        body: Body,
    ) -> Answer {
        match call.parts.method {
            Method::GET => self.list(call, shelf).await,
            Method::HEAD => Ok(super::reading::head(call, shelf, None)),
            Method::POST if shelf.verbs.contains(&Verb::Create) => {
                self.command(call, shelf, Verb::Create, None, body).await
            }
            Method::OPTIONS => Ok(allowing(shelf.allow_collection.clone(), false)),
            _ => Err(not_allowed(shelf.allow_collection.clone())),
        }
    }

    pub(super) async fn item(&self, call: &Call<'_>, shelf: &Shelf, id: Id, body: Body) -> Answer {
        let verb = match call.parts.method {
            Method::GET | Method::HEAD => return self.one(call, shelf, id).await,
            Method::OPTIONS => {
                let patch = shelf.verbs.contains(&Verb::Change);
                return Ok(allowing(shelf.allow_item.clone(), patch));
            }
            Method::PUT => Verb::Replace,
            Method::PATCH => Verb::Change,
            Method::DELETE => Verb::Remove,
            _ => return Err(not_allowed(shelf.allow_item.clone())),
        };
        if !shelf.verbs.contains(&verb) {
            return Err(not_allowed(shelf.allow_item.clone()));
        }
        self.command(call, shelf, verb, Some(id), body).await
    }

    pub(super) async fn action(
        &self,
        call: &Call<'_>,
        shelf: &Shelf,
        id: Id,
        action: &'static str,
        body: Body,
    ) -> Answer {
        const ALLOW: HeaderValue = HeaderValue::from_static("PUT,OPTIONS");
        match call.parts.method {
            Method::PUT => {
                self.command(call, shelf, Verb::Act(action), Some(id), body)
                    .await
            }
            Method::OPTIONS => Ok(allowing(ALLOW, false)),
            _ => Err(not_allowed(ALLOW)),
        }
    }

    /// `PUT /collection/name`, and the originals' `GET /collection/name?…`: whoever the body's key
    /// names is told.
    pub(super) async fn action_by_key(
        &self,
        call: &Call<'_>,
        shelf: &Shelf,
        action: &'static str,
        body: Body,
    ) -> Answer {
        const ALLOW: HeaderValue = HeaderValue::from_static("GET,PUT,OPTIONS");
        let verb = Verb::ActByKey(action);
        match call.parts.method {
            Method::PUT => self.command(call, shelf, verb, None, body).await,
            Method::GET => self.asked_by_get(call, shelf, verb).await,
            Method::OPTIONS => Ok(allowing(ALLOW, false)),
            _ => Err(not_allowed(ALLOW)),
        }
    }

    /// The originals' way: a real no is `false`, without its reason (`wire.md` §2).
    async fn asked_by_get(&self, call: &Call<'_>, shelf: &Shelf, verb: Verb) -> Answer {
        // Whoever takes HAL takes a plain `true` too.
        negotiate::wanted(&call.parts.headers)?;
        self.chaos().await?;
        let mut fields = Map::new();
        for (name, value) in target::pairs(call.query())? {
            if fields.contains_key(&*name) {
                return Err(target::given_twice(&name));
            }
            fields.insert(name.into_owned(), Value::from(&*value));
        }
        let request = Request {
            kind: shelf.kind,
            verb,
            id: None,
            body: Value::Object(fields).into(),
            trail: call.trail.clone(),
            idempotency: None,
            preconditions: Preconditions::default(),
        };
        let taken = match self.running.carry_out(request).await {
            Ok(_) => true,
            Err(Failure::Refused(refusal)) if is_no(&refusal) => false,
            Err(failure) => return Err(failure.into()),
        };
        self.before_the_answer().await;
        Ok(json::ok(Media::Json, taken.to_string()))
    }

    /// The faults that were asked for: late, or refused.
    pub(super) async fn chaos(&self) -> Result<(), Problem> {
        let Some(chaos) = &self.settings.chaos else {
            return Ok(());
        };
        if let Some(delay) = chaos.delay() {
            tokio::time::sleep(delay).await;
        }
        if chaos.refuses() {
            return Err(Refusal::conflict(
                "refused-by-chaos",
                "This was refused because the operator told it to refuse everything for a while.",
            )
            .ko("운영자가 일시적으로 모든 요청을 거절하도록 설정했습니다.")
            .into());
        }
        Ok(())
    }

    async fn command(
        &self,
        call: &Call<'_>,
        shelf: &Shelf,
        verb: Verb,
        id: Option<Id>,
        body: Body,
    ) -> Answer {
        let headers = &call.parts.headers;
        // Before anything is done, so that nobody is told no about something that was done.
        let media = negotiate::wanted(headers)?;
        self.chaos().await?;
        let (written, bytes) = self.read_body(headers, &verb, body).await?;
        let place = || place(shelf, &verb, id);
        let idempotency = precondition::idempotency(headers, &call.parts.method, place, &bytes)?;
        let body = match written {
            Written::JsonPatch => JsonPatch::read(json_value(&bytes)?).map(Content::JsonPatch)?,
            Written::Json => value(&verb, &bytes)?.into(),
        };
        let request = Request {
            kind: shelf.kind,
            verb: verb.clone(),
            id,
            body,
            trail: call.trail.clone(),
            idempotency,
            preconditions: precondition::of(headers),
        };
        let done = self.running.carry_out(request).await?;
        self.before_the_answer().await;
        self.done(call, shelf, &verb, media, &done)
    }

    /// The other faults that were asked for: done, and not answered.
    async fn before_the_answer(&self) {
        if let Some(chaos) = &self.settings.chaos {
            chaos.before_the_answer().await;
        }
    }

    /// The body's bytes and how they are written. A DELETE's body means nothing and is not read.
    async fn read_body(
        &self,
        headers: &HeaderMap,
        verb: &Verb,
        body: Body,
    ) -> Result<(Written, Bytes), Problem> {
        let nothing = matches!(body, Body::Empty) || http_body::Body::is_end_stream(&body);
        if *verb == Verb::Remove || nothing {
            return Ok((Written::Json, Bytes::new()));
        }
        negotiate::not_encoded(headers)?;
        let written = negotiate::written(headers)?;
        if written == Written::JsonPatch && *verb != Verb::Change {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "A JSON patch can only be sent with PATCH.",
            )
            .ko("JSON Patch는 PATCH로만 보낼 수 있습니다."));
        }
        let whole = body.whole(self.settings.body_limit);
        match tokio::time::timeout(self.settings.body_time, whole).await {
            Ok(Ok(bytes)) => Ok((written, bytes)),
            Ok(Err(BodyError::TooLarge { limit })) => Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                format!("A body may have {limit} bytes at most."),
            )
            .ko(format!("본문은 {limit}바이트까지 보낼 수 있습니다."))),
            Ok(Err(BodyError::Connection(_) | BodyError::CutOff(_))) => {
                Err(Problem::body_cut_off())
            }
            Err(_) | Ok(Err(BodyError::TooSlow)) => Err(Problem::body_too_slow()),
            Ok(Err(BodyError::Coming)) => Err(Problem::body_decides()),
        }
    }

    fn done(
        &self,
        call: &Call<'_>,
        shelf: &Shelf,
        verb: &Verb,
        media: Media,
        done: &Done,
    ) -> Answer {
        let record = &done.record;
        // Without `Accept` no body is wanted (`wire.md` §2).
        let wants_body = call.parts.headers.contains_key(header::ACCEPT) && *verb != Verb::Remove;
        let shown = if wants_body {
            shelf.show(&self.running, record)?
        } else {
            None
        };
        let mut response = match shown {
            Some(shown) => {
                let mut out = String::new();
                json::item(&mut out, &shown, &call.origin, shelf, record.id);
                json::ok(media, out)
            }
            None => status(StatusCode::NO_CONTENT),
        };
        if *verb == Verb::Create {
            *response.status_mut() = StatusCode::CREATED;
        }
        let headers = response.headers_mut();
        if matches!(verb, Verb::Create | Verb::Replace) {
            let mut location = String::with_capacity(call.origin.len() + 32);
            call.origin
                .write_item(&mut location, shelf.collection, record.id);
            if let Ok(location) = HeaderValue::try_from(location) {
                headers.insert(header::LOCATION, location);
            }
        }
        if *verb != Verb::Remove {
            headers.insert(header::ETAG, precondition::etag(record.version));
        }
        if let Ok(correlation) = HeaderValue::from_str(&record.correlation) {
            headers.insert(trail::CORRELATION, correlation);
        }
        if done.replayed {
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// The JSON that a command is made of.
fn value(verb: &Verb, bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return match verb {
            // What may be told without a word.
            Verb::Remove | Verb::Act(_) | Verb::ActByKey(_) => Ok(Value::Object(Map::new())),
            Verb::Create | Verb::Replace | Verb::Change => Err(unreadable(
                "the body is empty: expected a JSON object",
                "본문이 비어 있습니다. JSON 객체를 보내 주세요.",
            )),
        };
    }
    json_value(bytes)
}

/// A body as JSON, no member twice.
fn json_value(bytes: &[u8]) -> Result<Value, Problem> {
    strict_json::read(bytes).map_err(|unread| match unread {
        Unread::NotJson(error) => unreadable(
            &format!("the body is not JSON: {error}"),
            &format!("본문이 JSON이 아닙니다: {error}"),
        ),
        Unread::Twice(path) => Problem::bad_request(
            "duplicate-member",
            format!("`{path}` stands twice in the body, and it is not known which one counts; send it once."),
        )
        .ko(format!(
            "본문에 `{path}` 항목이 두 번 있어 어느 값을 뜻하는지 알 수 없습니다. 한 번만 보내 주세요."
        ))
        .field(path),
    })
}

/// What a command is for, however its address was written: `/orders/` is `/orders`, and `/orders/007`
/// is `/orders/7`.
fn place(shelf: &Shelf, verb: &Verb, id: Option<Id>) -> String {
    let mut place = format!("/{}", shelf.collection);
    let action = match verb {
        Verb::Act(action) | Verb::ActByKey(action) => Some((*action).to_owned()),
        Verb::Create | Verb::Replace | Verb::Change | Verb::Remove => None,
    };
    for segment in [id.map(|id| id.to_string()), action].into_iter().flatten() {
        place.push('/');
        place.push_str(&segment);
    }
    place
}

/// Whether it is an answer to the question, not to how it was put or when.
fn is_no(refusal: &Refusal) -> bool {
    match refusal.kind {
        RefusalKind::Conflict | RefusalKind::NotYet | RefusalKind::NotFound => true,
        RefusalKind::Unreadable
        | RefusalKind::Invalid
        | RefusalKind::Unavailable
        | RefusalKind::InDoubt => false,
    }
}

fn unreadable(why: &str, ko: &str) -> Problem {
    Refusal::unreadable("body", why).ko(ko).into()
}
