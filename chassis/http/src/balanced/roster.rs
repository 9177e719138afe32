//! Which address is next, and which are left out. It is told the time.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::outage::Outage;

/// The first pause of an address that takes no connection; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// One that takes connections and does not answer is left out after so many requests in a row.
const STRIKES: u32 = 3;
/// One that says it is leaving is asked again after this: it may have been started again.
const LEAVING: Duration = Duration::from_secs(1);

/// An address, and by which of the configured places it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) place: usize,
    pub(super) socket: SocketAddr,
}

impl At {
    pub(super) fn new(place: usize, socket: SocketAddr) -> Self {
        Self { place, socket }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}

/// The address that was picked for a request. Good for one outcome.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) at: At,
    /// How often it had been left out by then: of many that fail at once, one counts.
    pauses: u32,
    /// How often it had closed by then.
    closings: u32,
}

/// What a request has been through.
#[derive(Debug, Default)]
pub(super) struct Tried {
    refused: Vec<At>,
    broke: Option<At>,
    asked_names: bool,
}

impl Tried {
    /// Nobody took the connection there.
    pub(super) fn refused(&mut self, at: At) {
        self.refused.push(at);
    }

    /// The answer from there broke off. Whether it is the first that did.
    pub(super) fn broke(&mut self, at: At) -> bool {
        self.broke.replace(at).is_none()
    }

    /// Whether an answer broke off.
    pub(super) fn has_broken(&self) -> bool {
        self.broke.is_some()
    }

    /// All addresses are tried again.
    pub(super) fn begins_anew(&mut self) {
        self.refused.clear();
        self.asked_names = false;
    }

    /// Names are asked once for a request.
    pub(super) fn asks_names(&mut self) -> bool {
        !std::mem::replace(&mut self.asked_names, true)
    }
}

#[derive(Debug)]
struct Replica {
    at: At,
    in_flight: usize,
    /// Requests in a row without an answer.
    strikes: u32,
    /// Pauses in a row.
    pauses: u32,
    out_until: Option<Instant>,
    /// It takes no connections, and those that there are may be closed at any moment: nothing is sent
    /// there, even if there is nobody else.
    closing_until: Option<Instant>,
    closings: u32,
}

impl Replica {
    fn new(at: At) -> Self {
        Self {
            at,
            in_flight: 0,
            strikes: 0,
            pauses: 0,
            out_until: None,
            closing_until: None,
            closings: 0,
        }
    }

    fn is_closing(&self, now: Instant) -> bool {
        self.closing_until.is_some_and(|until| now < until)
    }

    fn is_in(&mut self) {
        self.strikes = 0;
        self.pauses = 0;
        self.out_until = None;
    }

    fn is_out(&self, now: Instant) -> bool {
        self.out_until.is_some_and(|until| now < until)
    }

    fn pause(&self) -> Duration {
        let doubled = 1_u32 << self.pauses.saturating_sub(1).min(10);
        (FIRST_PAUSE * doubled).min(LONGEST_PAUSE)
    }

    fn leave_out(&mut self, way: &Way, now: Instant) {
        if way.pauses == self.pauses {
            self.pauses += 1;
            self.strikes = 0;
            self.out_until = Some(now + self.pause());
        }
    }
}

/// All addresses of one context.
#[derive(Debug, Default)]
pub(super) struct Roster {
    replicas: Vec<Replica>,
    turn: usize,
    /// While none of them takes requests.
    pub(super) outage: Outage,
}

impl Roster {
    pub(super) fn is_empty(&self) -> bool {
        self.replicas.is_empty()
    }

    /// Which addresses there are from now on; those that stay, stand as they stood. Returns those
    /// that have gone.
    pub(super) fn are(&mut self, found: &[At]) -> Vec<At> {
        let mut before = std::mem::take(&mut self.replicas);
        for at in found {
            if self.replicas.iter().any(|r| r.at.socket == at.socket) {
                continue;
            }
            let known = before.iter().position(|replica| replica.at == *at);
            let known = known.map(|index| before.swap_remove(index));
            self.replicas
                .push(known.unwrap_or_else(|| Replica::new(*at)));
        }
        before.into_iter().map(|replica| replica.at).collect()
    }

    /// Those that are known by a place.
    pub(super) fn of_place(&self, place: usize) -> Vec<At> {
        let all = self.replicas.iter().map(|replica| replica.at);
        all.filter(|at| at.place == place).collect()
    }

    pub(super) fn all(&self) -> Vec<At> {
        self.replicas.iter().map(|replica| replica.at).collect()
    }

    /// The address with the fewest requests under way, in turn where that is equal. Those that are
    /// left out are only asked when there is no other; one whose pause is over gets one request.
    pub(super) fn pick(&mut self, now: Instant, tried: &Tried) -> Option<Way> {
        let count = self.replicas.len();
        let turn = self.turn;
        let candidates = self.replicas.iter_mut().enumerate();
        let (index, replica) = candidates
            .filter(|(_, replica)| !tried.refused.contains(&replica.at) && !replica.is_closing(now))
            .min_by_key(|(index, replica)| {
                let again = tried.broke == Some(replica.at);
                let place_in_turn = (index + count - turn % count) % count;
                (again, replica.is_out(now), replica.in_flight, place_in_turn)
            })?;
        if replica.out_until.is_some() && !replica.is_out(now) {
            replica.out_until = Some(now + replica.pause().max(FIRST_PAUSE));
        }
        replica.in_flight += 1;
        self.turn = (index + 1) % count;
        Some(Way {
            at: replica.at,
            pauses: replica.pauses,
            closings: replica.closings,
        })
    }

    /// Ends a request, and says whether its address is left out now.
    fn end(&mut self, way: &Way, change: impl FnOnce(&mut Replica)) -> bool {
        let Some(replica) = self.replicas.iter_mut().find(|r| r.at == way.at) else {
            return false;
        };
        replica.in_flight = replica.in_flight.saturating_sub(1);
        change(replica);
        replica.out_until.is_some()
    }

    /// It has answered, whatever it was.
    pub(super) fn answered(&mut self, way: &Way) -> bool {
        self.end(way, |replica| {
            replica.is_in();
            // An answer that was under way when it said that it closes, says nothing against it.
            if way.closings == replica.closings {
                replica.closing_until = None;
            }
        })
    }

    /// A probe was answered there.
    pub(super) fn is_back(&mut self, at: At) {
        if let Some(replica) = self.replicas.iter_mut().find(|replica| replica.at == at) {
            replica.is_in();
            replica.closing_until = None;
        }
    }

    /// It has answered, and said that it will not for long.
    pub(super) fn leaves(&mut self, way: &Way, now: Instant) -> bool {
        self.end(way, |replica| {
            replica.strikes = 0;
            replica.pauses = 0;
            replica.out_until = Some(now + LEAVING);
        })
    }

    /// It has answered, and takes no connections any more.
    pub(super) fn closes(&mut self, way: &Way, now: Instant) -> bool {
        self.leaves(way, now);
        if let Some(replica) = self.replicas.iter_mut().find(|r| r.at == way.at) {
            replica.closing_until = Some(now + LEAVING);
            replica.closings = replica.closings.wrapping_add(1);
        }
        true
    }

    /// It takes no connection.
    pub(super) fn refused(&mut self, way: &Way, now: Instant) -> bool {
        self.end(way, |replica| replica.leave_out(way, now))
    }

    /// Nothing was sent, or too little time was given, which says nothing of the address.
    pub(super) fn not_judged(&mut self, way: &Way) -> bool {
        self.end(way, |_| {})
    }

    /// It took the request, and nothing came back.
    pub(super) fn failed(&mut self, way: &Way, now: Instant) -> bool {
        self.end(way, |replica| {
            replica.strikes += 1;
            if replica.strikes >= STRIKES || replica.out_until.is_some() {
                replica.leave_out(way, now);
            }
        })
    }
}

#[cfg(test)]
mod tests;
