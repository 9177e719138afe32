//! What is killed: the one process of a system, or one of several.

use std::net::SocketAddr;
use std::ops::{Deref, Range};
use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;

use super::town::Town;
use crate::stage::{Apart, Setup, Site, Stage};
use crate::waiting::PATIENCE;

/// A system that runs, and goes on after whatever happens to it.
pub(super) trait Victim: Deref<Target = Site> {
    /// How long it may take to be in line after a blow.
    const PATIENCE: Duration = PATIENCE;

    /// To be struck so many times, or as often as an ordinary run has time for. `None` where something
    /// that it takes is not here, which is said.
    fn start(setup: Setup, strikes: Option<u64>, random: &mut Rng) -> Option<Self>
    where
        Self: Sized;
    /// What it is, in a few words.
    fn how(&self) -> String;
    /// How often it is struck in an ordinary run.
    fn ordinarily(&self) -> u64 {
        5
    }
    /// Where the customers go.
    fn doors(&self) -> Vec<SocketAddr> {
        vec![self.address()]
    }
    /// How many answers there are between two strikes.
    fn answers_between(&self) -> Range<u64> {
        20..300
    }
    fn settle(&self);
    /// Does something to it, and brings it back; what that was.
    fn strike<P>(&mut self, town: &Town<P>, random: &mut Rng) -> String;
    /// Whether there is time to look at it also before all of it is killed.
    fn is_looked_at_twice(&self) -> bool {
        true
    }
    /// Kills all of it, and brings it back; what that was.
    fn strike_all(&mut self) -> String;
    /// How many events have come again and were left out, as far as those know who live.
    fn left_out(&self) -> Option<f64> {
        None
    }
}

/// A length of time below `most`.
pub(super) fn moment(random: &mut Rng, most: Duration) -> Duration {
    most.mul_f64(random.f64())
}

/// Not even its start is a quiet moment.
pub(super) fn while_it_starts(random: &mut Rng, mut start_and_kill: impl FnMut(Duration)) {
    while random.u8(0..4) == 0 {
        start_and_kill(moment(random, Duration::from_millis(60)));
    }
}

impl Victim for Stage {
    fn start(setup: Setup, _: Option<u64>, _: &mut Rng) -> Option<Self> {
        // A busy machine is no reason to refuse orders here: the kills are what is tested.
        Some(setup.set("asks.deadline", "10s").start())
    }

    fn how(&self) -> String {
        "in one process".to_owned()
    }

    fn settle(&self) {
        self.settle();
    }

    fn strike<P>(&mut self, town: &Town<P>, random: &mut Rng) -> String {
        town.away();
        self.kill();
        while_it_starts(random, |moment| self.start_and_kill(|| sleep(moment)));
        self.restart();
        town.is_at(self.address());
        "SIGKILL".to_owned()
    }

    fn strike_all(&mut self) -> String {
        self.kill();
        self.restart();
        "SIGKILL".to_owned()
    }
}

impl Victim for Apart {
    fn start(setup: Setup, _: Option<u64>, _: &mut Rng) -> Option<Self> {
        // With the deadline as it is: who hangs for longer commits what nobody waits for any more.
        Some(setup.set("asks.sleep", "200ms").start_apart())
    }

    fn how(&self) -> String {
        "each context in a process of its own".to_owned()
    }

    fn settle(&self) {
        self.settle();
    }

    fn strike<P>(&mut self, _: &Town<P>, random: &mut Rng) -> String {
        let contexts = self.contexts();
        let context = *random.choice(&contexts).expect("it has contexts");
        if random.u8(0..4) == 0 {
            self.freeze(context);
            sleep(moment(random, Duration::from_millis(1_200)));
            self.thaw(context);
            return "SIGSTOP to a context for a moment".to_owned();
        }
        self.kill(context);
        while_it_starts(random, |moment| {
            self.start_and_kill(context, || sleep(moment));
        });
        // Time for the others to miss it.
        sleep(moment(random, Duration::from_millis(100)));
        self.start(context);
        "SIGKILL to a context".to_owned()
    }

    fn strike_all(&mut self) -> String {
        for context in self.contexts() {
            self.kill(context);
        }
        for context in self.contexts() {
            self.start(context);
        }
        "SIGKILL to all of them".to_owned()
    }
}
