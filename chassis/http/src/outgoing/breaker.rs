//! A circuit breaker: pure, and told what time it is.

use std::time::{Duration, Instant};

/// When a breaker opens, and for how long. The defaults are the originals' (`wire.md` §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// How far back calls count.
    pub window: Duration,
    /// Below so many calls in the window it stays closed.
    pub volume: u32,
    /// From this share of failures on it opens, in percent.
    pub failure_percent: u32,
    /// How long it stays open before one call may try.
    pub sleep: Duration,
    /// When no call has succeeded for so long, the other side is out of service. It says so; the
    /// breaker works on as before.
    pub outage: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            volume: 20,
            failure_percent: 50,
            sleep: Duration::from_secs(5),
            outage: Duration::from_secs(30),
        }
    }
}

/// How a breaker stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreakerState {
    /// Calls go through.
    #[default]
    Closed,
    /// One call is on trial; all others are answered at once.
    HalfOpen,
    /// All calls are answered at once.
    Open,
}

impl BreakerState {
    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        }
    }
}

const BUCKETS: usize = 10;

/// One call that failed long ago and another that fails now are no outage.
const OUTAGE_FAILURES: u32 = 3;

/// Failures with no success since.
#[derive(Clone, Copy, Debug)]
struct Failing {
    since: Instant,
    calls: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    /// Which slice of time it counts, from the breaker's birth.
    slice: u64,
    calls: u32,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum Stand {
    Closed,
    Open { until: Instant },
    HalfOpen,
}

/// That a call may go out. Its outcome must be told to [`Breaker::record`] or
/// [`Breaker::abandon`].
#[derive(Debug, PartialEq, Eq)]
pub struct Pass {
    trial: bool,
    generation: u64,
}

/// Counts calls in ten slices of a rolling window; opens when too many fail; after a pause lets one
/// through and believes it.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    born: Instant,
    stand: Stand,
    buckets: [Bucket; BUCKETS],
    failing: Option<Failing>,
    /// One more with each change of state, so that a call which outlived one says nothing about
    /// the next.
    generation: u64,
}

impl Breaker {
    /// Closed.
    pub fn new(settings: BreakerSettings, now: Instant) -> Self {
        Self {
            settings,
            born: now,
            stand: Stand::Closed,
            buckets: [Bucket::default(); BUCKETS],
            failing: None,
            generation: 0,
        }
    }

    /// How it stands.
    pub fn state(&self) -> BreakerState {
        match self.stand {
            Stand::Closed => BreakerState::Closed,
            Stand::Open { .. } => BreakerState::Open,
            Stand::HalfOpen => BreakerState::HalfOpen,
        }
    }

    /// Whether [`enter`](Breaker::enter) would let a call out now.
    pub fn lets_through(&self, now: Instant) -> bool {
        match self.stand {
            Stand::Closed => true,
            Stand::Open { until } => now >= until,
            Stand::HalfOpen => false,
        }
    }

    /// Whether nobody has answered for so long that trying again at once does not help.
    pub fn is_out_of_service(&self, now: Instant) -> bool {
        self.failing.is_some_and(|failing| {
            failing.calls >= OUTAGE_FAILURES
                && now.saturating_duration_since(failing.since) >= self.settings.outage
        })
    }

    /// Whether a call may go out now. A call that may not is not counted.
    pub fn enter(&mut self, now: Instant) -> Option<Pass> {
        match self.stand {
            Stand::Closed => Some(self.pass(false)),
            Stand::Open { until } if now >= until => {
                self.turn(Stand::HalfOpen);
                Some(self.pass(true))
            }
            Stand::Open { .. } | Stand::HalfOpen => None,
        }
    }

    fn pass(&self, trial: bool) -> Pass {
        Pass {
            trial,
            generation: self.generation,
        }
    }

    /// How a call went.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a pass is good for one outcome"
    )]
    pub fn record(&mut self, pass: Pass, succeeded: bool, now: Instant) {
        self.failing = (!succeeded).then(|| {
            let failing = self.failing.unwrap_or(Failing {
                since: now,
                calls: 0,
            });
            Failing {
                calls: failing.calls.saturating_add(1),
                ..failing
            }
        });
        if pass.generation != self.generation {
            return;
        }
        if pass.trial {
            if succeeded {
                self.buckets = [Bucket::default(); BUCKETS];
                self.turn(Stand::Closed);
            } else {
                self.open(now);
            }
            return;
        }
        let slice = self.slice(now);
        let bucket = &mut self.buckets[Self::index(slice)];
        if bucket.slice != slice {
            *bucket = Bucket {
                slice,
                ..Bucket::default()
            };
        }
        bucket.calls = bucket.calls.saturating_add(1);
        if !succeeded {
            bucket.failures = bucket.failures.saturating_add(1);
            if self.too_many_failures(slice) {
                self.open(now);
            }
        }
    }

    /// A call was given up by its caller before it was known how it went. A trial is then free for
    /// the next one.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a pass is good for one outcome"
    )]
    pub fn abandon(&mut self, pass: Pass, now: Instant) {
        if pass.trial && pass.generation == self.generation {
            self.turn(Stand::Open { until: now });
        }
    }

    fn open(&mut self, now: Instant) {
        let until = now + self.settings.sleep;
        self.turn(Stand::Open { until });
    }

    fn turn(&mut self, stand: Stand) {
        self.stand = stand;
        self.generation += 1;
    }

    fn slice(&self, now: Instant) -> u64 {
        let length = (self.settings.window / 10).max(Duration::from_millis(1));
        let age = now.saturating_duration_since(self.born);
        u64::try_from(age.as_nanos() / length.as_nanos()).unwrap_or(u64::MAX)
    }

    fn index(slice: u64) -> usize {
        usize::try_from(slice % BUCKETS as u64).unwrap_or_default()
    }

    fn too_many_failures(&self, slice: u64) -> bool {
        let (mut calls, mut failures) = (0_u64, 0_u64);
        for bucket in &self.buckets {
            if slice - bucket.slice.min(slice) < BUCKETS as u64 {
                calls += u64::from(bucket.calls);
                failures += u64::from(bucket.failures);
            }
        }
        calls >= u64::from(self.settings.volume)
            && failures * 100 >= calls * u64::from(self.settings.failure_percent)
    }
}

#[cfg(test)]
mod tests;
