//! Bodies that nobody has read. A request that is refused by its head leaves its body on the
//! connection: what is short and there is read over, and otherwise the client is told that the
//! connection ends (RFC 9112 §9.6), so that it does not send its next request into nothing.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;

use crate::Body;
use crate::body::BodyError;
use crate::server::activity::Activity;

/// What is read over, in bytes, and how long it may take: what was sent with the head is there.
const SHORT: usize = 64 * 1024;
const AT_ONCE: Duration = Duration::from_millis(20);

/// Where a body comes back to from whoever has not read it to its end.
#[derive(Clone)]
pub(crate) struct Left {
    body: Arc<Mutex<Option<Incoming>>>,
    activity: Arc<Activity>,
}

/// A body on loan. While more of it is waited for, it is the client's turn.
struct Lent {
    incoming: Option<Incoming>,
    to: Left,
    waits: bool,
}

impl Left {
    /// For a request that came over this connection.
    pub(crate) fn of(activity: &Arc<Activity>) -> Self {
        Self {
            body: Arc::default(),
            activity: Arc::clone(activity),
        }
    }

    /// The request, with a body that comes back here.
    pub(crate) fn lends(&self, request: Request<Incoming>) -> Request<Body> {
        request.map(|incoming| {
            if incoming.is_end_stream() {
                return Body::Empty;
            }
            Body::Streamed(Box::pin(Lent {
                incoming: Some(incoming),
                to: self.clone(),
                waits: false,
            }))
        })
    }

    /// Reads over what was left, or says that the connection ends. Who waits to be told to go on
    /// has not sent its body, and is not told.
    pub(crate) async fn settle(&self, waits: bool, response: &mut Response<Body>) {
        let left = self
            .body
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(left) = left else {
            return;
        };
        let read_over = async { Body::from(left).whole(SHORT).await.is_ok() };
        if waits
            || !tokio::time::timeout(AT_ONCE, read_over)
                .await
                .unwrap_or(false)
        {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
    }
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let Some(incoming) = &mut this.incoming else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(incoming).poll_frame(cx);
        if frame.is_pending() != this.waits {
            this.waits = frame.is_pending();
            if this.waits {
                this.to.activity.theirs();
            } else {
                this.to.activity.ours();
            }
        }
        let frame = ready!(frame);
        if !matches!(frame, Some(Ok(_))) {
            self.incoming = None;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let incoming = self.incoming.as_ref();
        incoming.map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.is_end_stream() {
            return;
        }
        let mut to = self.to.body.lock().unwrap_or_else(PoisonError::into_inner);
        *to = self.incoming.take();
    }
}
