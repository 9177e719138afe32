//! How many connections there are at once, in all and with one address, and who gives way.
//!
//! Whoever comes is let in at once, so that a probe never waits in the listener's queue behind
//! others:
//!
//! - on a *seat*, where all is answered, while there are seats, and its address has not got its share;
//! - on the seat of whoever has kept the server waiting longest, and for [`YIELDS_AFTER`] at least;
//! - otherwise *standing*: probes of liveness are answered, everybody else waits for a seat for a
//!   moment, and is then asked to try again. Who stands and says nothing gives way to newcomers.
//!
//! All servers of a process share one [`Connections`], for they share its limit on open files.

mod open;

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::activity::{Activity, moment};
use open::{Open, Pressure};

/// A client that keeps the server waiting for so long gives its seat up to a newcomer.
const YIELDS_AFTER: Duration = Duration::from_secs(1);
/// How long a request waits for a seat: longer than the above, so that silent clients cost nobody else
/// more than this moment.
const SEAT_TIMEOUT: Duration = Duration::from_secs(2);
/// While seats are taken, who could give way is looked for so often.
const SCAN_INTERVAL: Duration = Duration::from_millis(50);
/// Seats are free again when nobody has missed one for so long: one line in the log, not many.
const PRESSURE_ENDS_AFTER: Duration = Duration::from_secs(5);

/// The connections that the servers of a process may have together.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    seats: usize,
    per_peer: usize,
    standing: usize,
    epoch: Instant,
    open: Mutex<Open>,
    freed: Notify,
    /// Of those who stand, so many may have a request that takes time.
    waiting: Semaphore,
}

/// Whose connections are counted together: an IPv4 address, or the /64 that one IPv6 client is given.
type Peer = IpAddr;

impl Default for Connections {
    fn default() -> Self {
        Self::new(10_000, 5_000)
    }
}

impl Connections {
    /// So many at once, and with one address. At least one each.
    pub fn new(connections: usize, per_peer: usize) -> Self {
        let standing = Self::standing(connections);
        Self(Arc::new(Pool {
            seats: connections.max(1),
            per_peer: per_peer.max(1),
            standing,
            epoch: Instant::now(),
            open: Mutex::default(),
            freed: Notify::new(),
            waiting: Semaphore::new(standing / 2),
        }))
    }

    /// How many more there may be for a moment, besides so many: who stands.
    pub fn standing(connections: usize) -> usize {
        (connections / 8).clamp(4, 32)
    }

    /// A place for a newcomer. `None` while all who stand are being answered.
    pub(super) fn admit(&self, peer: IpAddr) -> Option<Place> {
        let peer = counted_as(peer);
        let pool = &self.0;
        let mut open = pool.open();
        let seated = pool.frees_seat(&mut open, peer);
        if !seated && open.standing() >= pool.standing && !open.dismiss_standing() {
            return None;
        }
        let activity = Arc::new(Activity::new(pool.epoch));
        let id = open.enter(peer, seated, Arc::clone(&activity));
        Some(Place {
            pool: Arc::clone(pool),
            id,
            seated: AtomicBool::new(seated),
            activity,
        })
    }

    /// Done when somebody has left, or might give way.
    pub(super) async fn freed(&self) {
        self.0.freed().await;
    }

    /// The system has no descriptor, or no memory, for another connection.
    pub(super) fn exhausted(&self, error: &io::Error) {
        let pool = &self.0;
        let mut open = pool.open();
        pool.strained(&mut open, &format!("no connection can be taken ({error})"));
        open.displace(pool.now(), None);
    }
}

impl Pool {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        moment(self.epoch, Instant::now())
    }

    async fn freed(&self) {
        // What was freed before this waits is found at the end of the interval.
        let _ = tokio::time::timeout(SCAN_INTERVAL, self.freed.notified()).await;
    }

    /// Whether there is a seat for this address, perhaps since somebody else has just lost it.
    fn frees_seat(self: &Arc<Self>, open: &mut Open, peer: Peer) -> bool {
        let has_its_share = open.of_peer(peer) >= self.per_peer;
        if !has_its_share && open.seated() < self.seats {
            return true;
        }
        self.strained(open, "all connections are taken");
        open.displace(self.now(), has_its_share.then_some(peer))
    }

    /// Says so when it begins, and once more when it has ended.
    fn strained(self: &Arc<Self>, open: &mut Open, what: &str) {
        let now = Instant::now();
        if let Some(pressure) = &mut open.pressure {
            pressure.last = now;
            return;
        }
        open.pressure = Some(Pressure::new(now));
        tracing::warn!(
            connections = self.seats,
            per_peer = self.per_peer,
            "{what}: clients that keep the server waiting give way, others may be asked to try again; see `connections` in docs/configuration.md"
        );
        tokio::spawn(relief(Arc::downgrade(self)));
    }
}

/// Waits until nobody has missed a seat for a while, and says so.
async fn relief(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(PRESSURE_ENDS_AFTER / 5).await;
        let Some(pool) = pool.upgrade() else {
            return;
        };
        let mut open = pool.open();
        let over = open
            .pressure
            .take_if(|pressure| pressure.last.elapsed() >= PRESSURE_ENDS_AFTER);
        if let Some(pressure) = over {
            tracing::warn!(
                seconds = pressure.began.elapsed().as_secs(),
                gave_way = pressure.gave_way,
                asked_to_try_again = pressure.refused,
                "connections are free again"
            );
        }
        if open.pressure.is_none() {
            return;
        }
    }
}

/// A connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    pool: Arc<Pool>,
    id: u64,
    seated: AtomicBool,
    activity: Arc<Activity>,
}

impl Place {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    pub(super) fn is_seated(&self) -> bool {
        self.seated.load(Ordering::Relaxed)
    }

    /// Leave to do something that takes time for one who stands. Half of those who stand may, so that
    /// probes of liveness always find room.
    pub(super) fn may_wait(&self) -> Option<SemaphorePermit<'_>> {
        self.pool.waiting.try_acquire().ok()
    }

    /// Whether it got a seat in time.
    pub(super) async fn takes_seat(&self) -> bool {
        let until = Instant::now() + SEAT_TIMEOUT;
        loop {
            if self.try_seat() {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            self.pool.freed().await;
        }
    }

    fn try_seat(&self) -> bool {
        let mut open = self.pool.open();
        let Some(peer) = open.peer_of_standing(self.id) else {
            return self.is_seated();
        };
        if !self.pool.frees_seat(&mut open, peer) {
            return false;
        }
        open.sit_down(self.id);
        self.seated.store(true, Ordering::Relaxed);
        true
    }

    /// It was asked to try again.
    pub(super) fn refused(&self) {
        if let Some(pressure) = &mut self.pool.open().pressure {
            pressure.refused += 1;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pool.open().leave(self.id);
        self.pool.freed.notify_waiters();
    }
}

fn counted_as(peer: IpAddr) -> Peer {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
