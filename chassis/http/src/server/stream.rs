//! A client's connection whose writes have a deadline.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::activity::Activity;

/// Ends with [`ErrorKind::TimedOut`] when the client takes no bytes for the deadline, and tells the
/// connection's [`Activity`] while it takes none.
pub(super) struct Stream<S> {
    inner: S,
    activity: Arc<Activity>,
    deadline: Duration,
    /// Made when a write waits for the first time: most connections never do.
    timer: Option<Pin<Box<Sleep>>>,
    /// Since when a write waits.
    blocked: Option<u64>,
}

impl<S> Stream<S> {
    pub(super) fn new(inner: S, activity: Arc<Activity>, deadline: Duration) -> Self {
        Self {
            inner,
            activity,
            deadline,
            timer: None,
            blocked: None,
        }
    }

    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            if self.blocked.take().is_some() {
                self.activity.theirs();
            }
            return written;
        }
        let since = if let Some(since) = self.blocked {
            since
        } else {
            let until = Instant::now() + self.deadline;
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(until),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(until))),
            }
            *self.blocked.insert(self.activity.now())
        };
        self.activity.theirs_since(since);
        let timer = self.timer.as_mut();
        if timer.is_some_and(|timer| timer.as_mut().poll(cx).is_ready()) {
            let told = "the client took no bytes of its answer in time";
            return Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, told)));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
