//! How long an answer may take. The time in which its request waits to be sent does not count.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// No answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer in time")]
pub struct TimedOut;

/// A timeout that is suspended while the request waits for a context that is being restarted, and
/// starts anew when it is sent.
#[derive(Debug)]
pub struct AnswerTimeout {
    within: Duration,
    until: Mutex<Instant>,
}

impl AnswerTimeout {
    /// Starts now.
    pub fn new(within: Duration) -> Self {
        Self {
            within,
            until: Mutex::new(Instant::now() + within),
        }
    }

    /// Awaits an exchange until the timeout. Only the exchange itself may suspend it.
    ///
    /// # Errors
    /// [`TimedOut`], and the exchange is dropped.
    pub async fn limit<T>(&self, exchange: impl Future<Output = T>) -> Result<T, TimedOut> {
        let mut exchange = pin!(exchange);
        let mut timer = pin!(sleep_until(*self.until()));
        poll_fn(|cx| {
            if let Poll::Ready(done) = exchange.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            let until = *self.until();
            if timer.deadline() != until {
                timer.as_mut().reset(until);
            }
            timer.as_mut().poll(cx).map(|()| Err(TimedOut))
        })
        .await
    }

    /// The request is not sent before `at`, or before it [can be](Self::restart).
    pub(crate) fn suspend(&self, at: Instant) {
        *self.until() = at + self.within;
    }

    /// The request is sent now.
    pub(crate) fn restart(&self) {
        *self.until() = Instant::now() + self.within;
    }

    fn until(&self) -> MutexGuard<'_, Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_millis(610);

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_late_is_not_waited_for() {
        let began = Instant::now();
        let timeout = AnswerTimeout::new(WITHIN);
        let never = timeout.limit(std::future::pending::<()>());
        assert_eq!(never.await, Err(TimedOut));
        assert_eq!(began.elapsed(), WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn time_spent_waiting_to_send_does_not_count() {
        let timeout = AnswerTimeout::new(WITHIN);
        let began = Instant::now();
        let exchange = async {
            timeout.suspend(began + Duration::from_secs(5));
            tokio::time::sleep(Duration::from_secs(2)).await;
            timeout.restart();
            tokio::time::sleep(WITHIN / 2).await;
        };
        assert_eq!(timeout.limit(exchange).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_wait_the_answer_has_as_long_as_without_it() {
        let timeout = AnswerTimeout::new(WITHIN);
        let began = Instant::now();
        let exchange = async {
            timeout.suspend(began + Duration::from_secs(5));
            tokio::time::sleep(Duration::from_secs(2)).await;
            timeout.restart();
            std::future::pending::<()>().await;
        };
        assert_eq!(timeout.limit(exchange).await, Err(TimedOut));
        assert_eq!(began.elapsed(), Duration::from_secs(2) + WITHIN);
    }
}
