//! Requests that nobody took wait for a context that is being restarted, and one task looks for its
//! return.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Uri};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout, timeout_at};

use super::Shared;
use super::lookup::MIN_LOOKUP_INTERVAL;
use super::roster::At;
use super::twice::Kept;
use crate::{AnswerTimeout, Body, Leaving};

/// Between the first probes; each pause is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// A probe that takes longer found nobody.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Addresses that are probed at once.
const MAX_PROBED: usize = 16;
/// Whoever answers this at all takes requests. It costs a context nothing, and asks no store.
const PROBED: &str = "/actuator/health/liveness";

/// A request that waits. Dropped, it waits no longer.
struct Waiting<'a> {
    shared: &'a Shared,
    until: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut roster = self.shared.roster();
        roster.outage.waited();
        let waiting = roster.outage.waiting();
        drop(roster);
        self.shared.upstreams.waiting(&self.shared.to, waiting);
    }
}

impl Shared {
    /// Whether requests wait at once, because the context is known to be restarting.
    pub(super) fn is_restarting(&self) -> bool {
        self.roster().outage.is_young(Instant::now())
    }

    /// Waits until the context takes requests. False when it did not in time, or when too many wait.
    /// `limit` is when a request has waited long enough, over all its waits.
    pub(super) async fn wait(
        self: &Arc<Self>,
        limit: &mut Option<Instant>,
        answer: &AnswerTimeout,
    ) -> bool {
        // Before it is counted: what happens from here on is not missed.
        let mut returned = self.returned.subscribe();
        let Some(waiting) = self.enter() else {
            return false;
        };
        let until = *limit.get_or_insert(waiting.until);
        let until = until.min(waiting.until).into();
        answer.suspend(until);
        let back = timeout_at(until, returned.changed()).await.is_ok();
        drop(waiting);
        if back {
            answer.restart();
        }
        back
    }

    fn enter(self: &Arc<Self>) -> Option<Waiting<'_>> {
        let mut roster = self.roster();
        let until = roster.outage.waits(Instant::now())?;
        let waiting = roster.outage.waiting();
        let probes = roster.outage.begins_probing();
        drop(roster);
        let to = &self.to;
        self.upstreams.waiting(to, waiting);
        if probes {
            tracing::info!(to, "takes no requests: they wait for it");
            tokio::spawn(Arc::clone(self).look_for_return());
        }
        Some(Waiting {
            shared: self,
            until,
        })
    }

    /// All who wait go on.
    pub(super) fn is_back(&self, after: Duration) {
        let to = &self.to;
        let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(to, millis = after, "takes requests again");
        self.returned.send_modify(|times| *times += 1);
    }

    /// Probes the addresses for as long as anybody waits.
    async fn look_for_return(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        let mut looked_up = Instant::now();
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if !self.roster().outage.goes_on_probing() {
                return;
            }
            if self.has_names() && looked_up.elapsed() >= MIN_LOOKUP_INTERVAL {
                looked_up = Instant::now();
                // What was known before is probed meanwhile.
                let _ = self.look_up(looked_up).await;
            }
            let found = self.probe_all().await;
            let mut roster = self.roster();
            let now = Instant::now();
            for at in &found {
                roster.is_back(*at);
            }
            let ended = if found.is_empty() {
                roster.outage.goes_on(now);
                None
            } else {
                roster.outage.ends(now)
            };
            drop(roster);
            if let Some(after) = ended {
                pause = FIRST_PAUSE;
                self.is_back(after);
            }
        }
    }

    /// The addresses that take requests.
    async fn probe_all(self: &Arc<Self>) -> Vec<At> {
        let all = self.roster().all();
        let mut probes = JoinSet::new();
        for at in all.into_iter().take(MAX_PROBED) {
            let shared = Arc::clone(self);
            probes.spawn(async move {
                let probe = timeout(PROBE_TIMEOUT, shared.probe(at)).await;
                probe.unwrap_or(false).then_some(at)
            });
        }
        let mut found = Vec::new();
        while let Some(probed) = probes.join_next().await {
            found.extend(probed.ok().flatten());
        }
        found
    }

    /// Over a connection of its own: one that is kept may lead to the process that is ending.
    async fn probe(&self, at: At) -> bool {
        let Some(place) = self.place(at) else {
            return false;
        };
        let uri = Authority::try_from(at.socket.to_string())
            .map_err(http::Error::from)
            .and_then(|authority| {
                Uri::builder()
                    .scheme(Scheme::HTTP)
                    .authority(authority)
                    .path_and_query(format!("{}{PROBED}", place.prefix))
                    .build()
            });
        let Ok(uri) = uri else {
            return false;
        };
        let mut request = Request::new(Kept::new(Body::Empty).attempt());
        *request.uri_mut() = uri;
        if let Ok(host) = HeaderValue::from_str(place.authority.as_str()) {
            request.headers_mut().insert(HOST, host);
        }
        match self.prober.request(request).await {
            Ok(response) => !matches!(
                Leaving::of(response.headers()),
                Some(Leaving::Now | Leaving::NotTaken)
            ),
            Err(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
