//! The connections that are open, and which of them gives way.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::time::Instant;

use super::{Peer, SCAN_INTERVAL, YIELDS_AFTER};
use crate::server::activity::Activity;

#[derive(Debug, Default)]
pub(super) struct Open {
    next: u64,
    all: BTreeMap<u64, Held>,
    seated: usize,
    standing: usize,
    /// How many are seated, by address.
    of_peers: HashMap<Peer, usize>,
    /// Who may give way, and since when it was waited for, the longest last; as found at `scanned`.
    ripe: Vec<(u64, u64)>,
    scanned: u64,
    pub(super) pressure: Option<Pressure>,
}

#[derive(Debug)]
struct Held {
    peer: Peer,
    how: How,
    activity: Arc<Activity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Seated,
    Standing,
    /// It has been cut, and is about to leave.
    Cut,
}

/// There are fewer connections than are wanted.
#[derive(Debug)]
pub(super) struct Pressure {
    pub(super) began: Instant,
    /// When somebody last missed one.
    pub(super) last: Instant,
    pub(super) gave_way: u64,
    pub(super) refused: u64,
}

impl Pressure {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            last: now,
            gave_way: 0,
            refused: 0,
        }
    }
}

impl Open {
    pub(super) fn seated(&self) -> usize {
        self.seated
    }

    pub(super) fn standing(&self) -> usize {
        self.standing
    }

    pub(super) fn of_peer(&self, peer: Peer) -> usize {
        self.of_peers.get(&peer).copied().unwrap_or(0)
    }

    pub(super) fn enter(&mut self, peer: Peer, seated: bool, activity: Arc<Activity>) -> u64 {
        let id = self.next;
        self.next += 1;
        let how = if seated { How::Seated } else { How::Standing };
        self.count(peer, how);
        let held = Held {
            peer,
            how,
            activity,
        };
        self.all.insert(id, held);
        id
    }

    pub(super) fn leave(&mut self, id: u64) {
        if let Some(held) = self.all.remove(&id) {
            self.discount(held.peer, held.how);
        }
    }

    pub(super) fn peer_of_standing(&self, id: u64) -> Option<Peer> {
        let held = self.all.get(&id)?;
        (held.how == How::Standing).then_some(held.peer)
    }

    pub(super) fn sit_down(&mut self, id: u64) {
        self.becomes(id, How::Seated);
    }

    /// Cuts the seated connection that has been waited for longest, and for long enough; only of this
    /// address, if one is named. Whether there was one. While many ask, who may give way is looked
    /// for once an interval, not once each.
    pub(super) fn displace(&mut self, now: u64, only: Option<Peer>) -> bool {
        if now >= self.scanned.saturating_add(millis(SCAN_INTERVAL)) {
            self.scan(now);
        }
        let mut number = self.ripe.len();
        while let Some(last) = number.checked_sub(1) {
            number = last;
            let Some(&(since, id)) = self.ripe.get(number) else {
                break;
            };
            let held = self.all.get(&id);
            if held.is_some_and(|held| only.is_some_and(|only| only != held.peer)) {
                continue;
            }
            self.ripe.remove(number);
            if held.is_some_and(|held| held.how == How::Seated && held.activity.cut(since)) {
                self.becomes(id, How::Cut);
                self.gave_way();
                return true;
            }
        }
        false
    }

    fn scan(&mut self, now: u64) {
        self.scanned = now;
        let ripe_since = now.saturating_sub(millis(YIELDS_AFTER));
        let seated = self.all.iter().filter(|(_, held)| held.how == How::Seated);
        let waiting = seated.filter_map(|(id, held)| Some((held.activity.waits_since()?, *id)));
        self.ripe = waiting.filter(|(since, _)| *since <= ripe_since).collect();
        self.ripe.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// Cuts whoever stands, says nothing and has done so longest. Whether there was one.
    pub(super) fn dismiss_standing(&mut self) -> bool {
        let standing = self
            .all
            .iter()
            .filter(|(_, held)| held.how == How::Standing);
        let silent = standing.filter_map(|(id, held)| Some((held.activity.waits_since()?, *id)));
        let Some((since, id)) = silent.min() else {
            return false;
        };
        let cut = self
            .all
            .get(&id)
            .is_some_and(|held| held.activity.cut(since));
        if cut {
            self.becomes(id, How::Cut);
            self.gave_way();
        }
        cut
    }

    fn gave_way(&mut self) {
        if let Some(pressure) = &mut self.pressure {
            pressure.gave_way += 1;
        }
    }

    fn becomes(&mut self, id: u64, how: How) {
        let Some(held) = self.all.get_mut(&id) else {
            return;
        };
        let (peer, before) = (held.peer, std::mem::replace(&mut held.how, how));
        self.discount(peer, before);
        self.count(peer, how);
    }

    fn count(&mut self, peer: Peer, how: How) {
        match how {
            How::Seated => {
                self.seated += 1;
                *self.of_peers.entry(peer).or_default() += 1;
            }
            How::Standing => self.standing += 1,
            How::Cut => {}
        }
    }

    fn discount(&mut self, peer: Peer, how: How) {
        match how {
            How::Seated => {
                self.seated = self.seated.saturating_sub(1);
                let of_peer = self.of_peers.entry(peer).or_default();
                *of_peer = of_peer.saturating_sub(1);
                if *of_peer == 0 {
                    self.of_peers.remove(&peer);
                }
            }
            How::Standing => self.standing = self.standing.saturating_sub(1),
            How::Cut => {}
        }
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
