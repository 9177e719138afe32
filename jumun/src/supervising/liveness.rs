//! Whether a process that runs still does anything.

use std::time::Duration;

use anyhow::{Context as _, Result};
use http::Request;
use http_api::{Balanced, Body, Upstreams};
use tokio::time::{sleep, timeout};

use crate::configuration::Supervise;

const LIVENESS: &str = "/actuator/health/liveness";

/// Asks a process for its liveness, again and again.
pub(super) struct Liveness {
    process: Balanced,
    every: Duration,
    timeout: Duration,
    failures: u32,
}

impl Liveness {
    /// For the process at `address`, a base URL.
    ///
    /// # Errors
    /// When the address is none.
    pub(super) fn of(name: &str, address: &str, settings: &Supervise) -> Result<Self> {
        let process = Balanced::new(name, address, settings.timeout, &Upstreams::default());
        Ok(Self {
            process: process.with_context(|| format!("{name} cannot be watched"))?,
            every: settings.every,
            timeout: settings.timeout,
            failures: settings.failures,
        })
    }

    /// Done when so many looks in a row have failed; what the last one found. Where that number is 0,
    /// never.
    pub(super) async fn lost(&self) -> String {
        if self.failures == 0 {
            return std::future::pending().await;
        }
        let mut failed = 0;
        loop {
            sleep(self.every).await;
            match self.look().await {
                Ok(()) => failed = 0,
                Err(why) => {
                    failed += 1;
                    tracing::debug!(failed, why, "a liveness look failed");
                    if failed >= self.failures {
                        return why;
                    }
                }
            }
        }
    }

    async fn look(&self) -> Result<(), String> {
        let mut request = Request::new(Body::Empty);
        *request.uri_mut() = http::Uri::from_static(LIVENESS);
        match timeout(self.timeout, self.process.send(request)).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(format!("it answered {}", response.status())),
            Ok(Err(unreached)) => Err(unreached.to_string()),
            Err(_) => Err(format!("no answer within {:?}", self.timeout)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::{Response, StatusCode};
    use http_api::{Answering, Endpoint, Limits};
    use tokio::net::TcpListener;

    use super::*;

    /// Is well at each third look only.
    #[derive(Default)]
    struct Faltering(AtomicUsize);

    impl Endpoint for Faltering {
        fn handle(&self, request: Request<Body>) -> Answering<'_> {
            assert_eq!(request.uri().path(), LIVENESS);
            let looks = self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                let mut response = Response::new(Body::Empty);
                if looks % 3 != 2 {
                    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                }
                response
            })
        }
    }

    async fn watched(failures: u32) -> (Liveness, Arc<Faltering>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let endpoint = Arc::new(Faltering::default());
        let serving = http_api::serve(
            listener,
            Arc::clone(&endpoint) as _,
            Limits::default(),
            std::future::pending(),
        );
        tokio::spawn(serving);
        let settings = Supervise {
            every: Duration::from_millis(1),
            timeout: Duration::from_secs(20),
            failures,
            grace: Duration::from_secs(20),
        };
        let liveness = Liveness::of("table", &format!("http://{address}"), &settings);
        (liveness.unwrap(), endpoint)
    }

    #[tokio::test]
    async fn so_many_failures_in_a_row_are_the_end_and_fewer_are_not() {
        let (liveness, endpoint) = watched(2).await;
        assert_eq!(liveness.lost().await, "it answered 503 Service Unavailable");
        assert_eq!(endpoint.0.load(Ordering::SeqCst), 2);

        let (liveness, endpoint) = watched(3).await;
        let looks = async {
            while endpoint.0.load(Ordering::SeqCst) < 12 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            why = liveness.lost() => panic!("{why}"),
            () = looks => {}
        }
    }
}
