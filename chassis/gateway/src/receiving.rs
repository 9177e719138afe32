//! Takes a request's body in before the request goes to another process, so that a client's fault is
//! the client's, and never looks like one of the context.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, header};
use http_api::head_first::Awaited;
use http_api::{Body, BodyError};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, Sleep};

/// Bytes of a body that are held, for each request that is under way. A longer one streams.
pub(crate) const HELD: u64 = 64 * 1024;

/// How far a body has come.
pub(crate) enum Received {
    /// To its end, or to where it streams on: with what has been received at its front.
    Body(Body),
    /// There will be none.
    Fault(Awaited),
}

/// Whether what comes with this method means anything. Contexts do not read the rest, and whether it
/// is sound is nobody's concern.
pub(crate) fn has_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// Leaves the body to the server, which reads it over.
pub(crate) fn without_body(mut request: Request<Body>) -> Request<Body> {
    *request.body_mut() = Body::Empty;
    request.headers_mut().remove(header::CONTENT_LENGTH);
    request
}

/// Takes a body in until it ends, or has become too long to be held.
pub(crate) async fn receive(mut body: Body, deadline: Instant, fault: &Fault) -> Received {
    let mut held = VecDeque::new();
    let mut size = 0;
    while size <= HELD {
        let frame = match tokio::time::timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Received::Body(joined(held)),
            Ok(Some(Err(_))) => return Received::Fault(Awaited::CutOff),
            Err(_) => return Received::Fault(Awaited::TooSlow),
        };
        // Trailers mean nothing to a context.
        if let Ok(data) = frame.into_data() {
            size += data.len() as u64;
            held.push_back(data);
        }
    }
    Received::Body(streamed(held, body, deadline, fault))
}

/// A body that is too long to be held, with what has been received of it.
pub(crate) fn streamed(
    held: VecDeque<Bytes>,
    rest: Body,
    deadline: Instant,
    fault: &Fault,
) -> Body {
    Body::Streamed(Box::pin(Streaming {
        held,
        rest,
        deadline: Box::pin(tokio::time::sleep_until(deadline)),
        fault: fault.clone(),
    }))
}

fn joined(mut held: VecDeque<Bytes>) -> Body {
    match held.len() {
        0 => Body::Empty,
        // Most come in one piece, which is not copied.
        1 => Body::full(held.pop_front().unwrap_or_default()),
        _ => Body::full(held.into_iter().flatten().collect::<Vec<u8>>()),
    }
}

/// What the client did wrong while its body streamed, if anything.
#[derive(Clone, Default)]
pub(crate) struct Fault(Arc<AtomicU8>);

impl Fault {
    const CUT_OFF: u8 = 1;
    const TOO_SLOW: u8 = 2;

    pub(crate) fn get(&self) -> Option<Awaited> {
        match self.0.load(Ordering::Relaxed) {
            Self::CUT_OFF => Some(Awaited::CutOff),
            Self::TOO_SLOW => Some(Awaited::TooSlow),
            _ => None,
        }
    }

    fn set(&self, fault: u8) {
        self.0.store(fault, Ordering::Relaxed);
    }
}

/// On its way through.
struct Streaming {
    held: VecDeque<Bytes>,
    rest: Body,
    deadline: Pin<Box<Sleep>>,
    fault: Fault,
}

impl http_body::Body for Streaming {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if let Some(data) = this.held.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match Pin::new(&mut this.rest).poll_frame(cx) {
            Poll::Ready(frame) => {
                if matches!(frame, Some(Err(_))) {
                    this.fault.set(Fault::CUT_OFF);
                }
                Poll::Ready(frame)
            }
            Poll::Pending if this.deadline.as_mut().poll(cx).is_ready() => {
                this.fault.set(Fault::TOO_SLOW);
                Poll::Ready(Some(Err(BodyError::TooSlow)))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held.iter().map(Bytes::len).sum::<usize>() as u64;
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + held);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}
