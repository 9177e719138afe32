//! A body that need not have come over a network.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection that it came over.
    #[error(transparent)]
    Connection(#[from] hyper::Error),
    /// What was being written could not be finished; the client sees a body cut off.
    #[error("{0}")]
    CutOff(String),
    /// It did not come in time.
    #[error("the body took too long to arrive")]
    TooSlow,
    /// It has not come, and is not waited for.
    #[error("the body has not come yet")]
    Coming,
    /// Longer than it may be.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// Bytes.
        limit: usize,
    },
}

/// A body made by something else, for what is too large to be held at once.
pub type Streamed = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BodyError> + Send>>;

/// A request's or an answer's body: held whole, still coming over a connection, or being made.
#[derive(Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// All of it. This is how contexts of one process talk: nothing is copied.
    Full(Bytes),
    /// Still coming.
    Incoming(Incoming),
    /// Being made.
    Streamed(Streamed),
}

impl Body {
    /// All of it, if it is longer than nothing.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() {
            Self::Empty
        } else {
            Self::Full(bytes)
        }
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] as soon as it is known to be longer than `limit` bytes, and
    /// whatever breaks the connection.
    pub async fn whole(self, limit: usize) -> Result<Bytes, BodyError> {
        let mut rest = match self {
            Self::Empty => return Ok(Bytes::new()),
            Self::Full(bytes) if bytes.len() <= limit => return Ok(bytes),
            Self::Full(_) => return Err(BodyError::TooLarge { limit }),
            coming => coming,
        };
        let announced = http_body::Body::size_hint(&rest).lower();
        if usize::try_from(announced).is_ok_and(|announced| announced > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        // Most bodies come in one piece, and are then not copied.
        let mut first = Bytes::new();
        let mut more: Option<Vec<u8>> = None;
        while let Some(frame) = http_body_util::BodyExt::frame(&mut rest).await {
            let Ok(data) = frame?.into_data() else {
                continue;
            };
            let so_far = more.as_ref().map_or(first.len(), Vec::len);
            if so_far + data.len() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            match &mut more {
                Some(more) => more.extend_from_slice(&data),
                None if first.is_empty() => first = data,
                None => more = Some([&first[..], &data[..]].concat()),
            }
        }
        Ok(more.map_or(first, Bytes::from))
    }
}

impl From<Incoming> for Body {
    fn from(incoming: Incoming) -> Self {
        Self::Incoming(incoming)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Incoming(incoming) => Pin::new(incoming)
                .poll_frame(cx)
                .map(|frame| frame.map(|frame| frame.map_err(BodyError::from))),
            Self::Streamed(streamed) => streamed.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Incoming(incoming) => incoming.is_end_stream(),
            Self::Streamed(streamed) => streamed.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Incoming(incoming) => incoming.size_hint(),
            Self::Streamed(streamed) => streamed.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests;
