//! One request on its way to one address, and what its end says about that address.

use std::time::{Duration, Instant};

use http::Response;
use hyper::body::Incoming;
use hyper_util::client::legacy::Error;

use super::Shared;
use super::counted::Outcome;
use super::roster::Way;
use crate::{Body, LEAVING, Leaving};

/// A caller that gives up sooner, as a client that hangs up does, says nothing about the address.
pub(super) const QUICK_HANGUP: Duration = Duration::from_millis(500);

/// A request on its way to one address.
pub(super) struct Trip<'a> {
    shared: &'a Shared,
    way: Option<Way>,
    begun: Instant,
}

impl<'a> Trip<'a> {
    pub(super) fn begins(shared: &'a Shared, way: Way) -> Self {
        Self {
            shared,
            way: Some(way),
            begun: Instant::now(),
        }
    }

    /// The answer; as an error, if it says that the request was not carried out.
    pub(super) fn answered(
        &mut self,
        response: Response<Incoming>,
    ) -> Result<Response<Body>, Box<Response<Body>>> {
        let mut response = response.map(Body::from);
        let leaving = Leaving::of(response.headers());
        response.headers_mut().remove(LEAVING);
        self.ended(match leaving {
            None => Outcome::Answered,
            Some(Leaving::Soon) => Outcome::Leaving,
            Some(Leaving::Now) => Outcome::Closing,
            Some(Leaving::NotTaken) => Outcome::NotTaken,
        });
        match leaving {
            Some(Leaving::NotTaken) => Err(Box::new(response)),
            _ => Ok(response),
        }
    }

    pub(super) fn ended(&mut self, outcome: Outcome) {
        let Some(way) = self.way.take() else { return };
        let now = Instant::now();
        let socket = way.at.socket;
        let mut roster = self.shared.roster();
        let left_out = match outcome {
            Outcome::Answered => roster.answered(&way),
            Outcome::Leaving | Outcome::NotTaken => roster.leaves(&way, now),
            Outcome::Closing => roster.closes(&way, now),
            Outcome::Refused => roster.refused(&way, now),
            Outcome::Unsent | Outcome::Withdrawn => roster.not_judged(&way),
            Outcome::GivenUp if now.duration_since(self.begun) < QUICK_HANGUP => {
                roster.not_judged(&way)
            }
            Outcome::Broken | Outcome::GivenUp => roster.failed(&way, now),
        };
        let returned = match outcome {
            Outcome::Answered | Outcome::Leaving => roster.outage.ends(now),
            _ => None,
        };
        drop(roster);
        if let Some(after) = returned {
            self.shared.is_back(after);
        }
        let upstreams = &self.shared.upstreams;
        let changed = upstreams.ended(&self.shared.to, socket, outcome, left_out);
        if changed {
            let to = &self.shared.to;
            match (left_out, outcome) {
                (true, Outcome::Leaving | Outcome::Closing | Outcome::NotTaken) => {
                    tracing::info!(to, address = %socket, "leaves");
                }
                (true, _) => {
                    tracing::warn!(to, address = %socket, ?outcome, "left out for a while");
                }
                (false, _) => tracing::info!(to, address = %socket, "answers again"),
            }
        }
    }
}

impl Drop for Trip<'_> {
    fn drop(&mut self) {
        self.ended(Outcome::GivenUp);
    }
}

/// What a failure says about the request.
pub(super) fn outcome_of(error: &Error) -> Outcome {
    if error.is_connect() {
        return Outcome::Refused;
    }
    let cause = std::error::Error::source(error);
    let cause = cause.and_then(|cause| cause.downcast_ref::<hyper::Error>());
    if cause.is_some_and(hyper::Error::is_user) {
        return Outcome::Withdrawn;
    }
    // Its connection was closed before anything of the request was written.
    if cause.is_some_and(hyper::Error::is_canceled) {
        return Outcome::Unsent;
    }
    Outcome::Broken
}
