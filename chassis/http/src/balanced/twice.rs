//! A body that can be sent again: nothing of it is lost by an attempt that was not received.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::Body;
use crate::body::BodyError;

/// Of a body that may be sent twice so much is kept, in bytes: as long as most contexts allow.
const LONGEST: usize = 64 * 1024;

struct Home {
    /// What attempts have read, if it is kept.
    read: Vec<Bytes>,
    size: usize,
    rest: Body,
    whole: bool,
    /// The latest attempt; those before it are over.
    attempt: u32,
}

/// Where the body is, whoever is sending it.
pub(super) struct Kept(Arc<Mutex<Home>>);

/// The body as one attempt sends it.
pub(super) struct Sent {
    home: Arc<Mutex<Home>>,
    attempt: u32,
    /// How much of what is kept has been sent.
    at: usize,
}

fn lock(home: &Mutex<Home>) -> MutexGuard<'_, Home> {
    home.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// What is read of it is kept, if it is not too long, and can be sent again from the beginning.
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Home {
            read: Vec::new(),
            size: 0,
            rest: body,
            whole: true,
            attempt: 0,
        })))
    }

    /// The body for one more attempt; it ends the one before.
    pub(super) fn attempt(&self) -> Sent {
        let mut home = lock(&self.0);
        home.attempt += 1;
        Sent {
            home: Arc::clone(&self.0),
            attempt: home.attempt,
            at: 0,
        }
    }

    /// Whether all of it is still there.
    pub(super) fn is_whole(&self) -> bool {
        lock(&self.0).whole
    }
}

impl Home {
    fn keep(&mut self, frame: Option<&Frame<Bytes>>) {
        match frame.map(Frame::data_ref) {
            Some(Some(data)) if self.size + data.len() <= LONGEST => {
                self.size += data.len();
                self.read.push(data.clone());
            }
            // Something of it goes out, and is nowhere else.
            Some(_) => {
                self.whole = false;
                self.read.clear();
            }
            None => {}
        }
    }
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let home = Arc::clone(&self.home);
        let mut home = lock(&home);
        if home.attempt != self.attempt {
            let over = BodyError::CutOff("it is being sent again".to_owned());
            return Poll::Ready(Some(Err(over)));
        }
        if let Some(data) = home.read.get(self.at) {
            self.at += 1;
            return Poll::Ready(Some(Ok(Frame::data(data.clone()))));
        }
        let frame = ready!(Pin::new(&mut home.rest).poll_frame(cx));
        match &frame {
            Some(Err(_)) => home.whole = false,
            Some(Ok(frame)) => home.keep(Some(frame)),
            None => home.keep(None),
        }
        self.at = home.read.len();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let home = lock(&self.home);
        home.read.len() <= self.at && home.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let home = lock(&self.home);
        let kept = home.read.iter().skip(self.at).map(Bytes::len);
        let kept = kept.sum::<usize>() as u64;
        let rest = home.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + kept);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + kept);
        }
        hint
    }
}

#[cfg(test)]
mod tests;
