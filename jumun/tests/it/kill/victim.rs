//! What is killed: the one process of a system, or one of several.

use std::ops::Deref;
use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;

use super::town::Town;
use crate::stage::{Apart, Setup, Site, Stage};
use crate::waiting::PATIENCE;

/// A system that runs, and goes on after whatever happens to it.
pub(super) trait Victim: Deref<Target = Site> {
    /// In a few words.
    const HOW: &'static str;
    /// How long it may take to be in line after a blow.
    const PATIENCE: Duration = PATIENCE;

    /// `None` where something that it takes is not here, which is said.
    fn start(setup: Setup) -> Option<Self>
    where
        Self: Sized;
    fn settle(&self);
    /// Kills something of it, and brings it back.
    fn strike<P>(&mut self, town: &Town<P>, random: &mut Rng);
    /// Kills all of it, and brings it back.
    fn strike_all(&mut self);
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
    const HOW: &'static str = "in one process";

    fn start(setup: Setup) -> Option<Self> {
        // A busy machine is no reason to refuse orders here: the kills are what is tested.
        Some(setup.set("asks.deadline", "10s").start())
    }

    fn settle(&self) {
        self.settle();
    }

    fn strike<P>(&mut self, town: &Town<P>, random: &mut Rng) {
        town.away();
        self.kill();
        while_it_starts(random, |moment| self.start_and_kill(|| sleep(moment)));
        self.restart();
        town.is_at(self.address());
    }

    fn strike_all(&mut self) {
        self.kill();
        self.restart();
    }
}

impl Victim for Apart {
    const HOW: &'static str = "each context in a process of its own";

    fn start(setup: Setup) -> Option<Self> {
        // With the deadline as it is: who hangs for longer commits what nobody waits for any more.
        Some(setup.set("asks.sleep", "200ms").start_apart())
    }

    fn settle(&self) {
        self.settle();
    }

    fn strike<P>(&mut self, _: &Town<P>, random: &mut Rng) {
        let contexts = self.contexts();
        let context = *random.choice(&contexts).expect("it has contexts");
        if random.u8(0..4) == 0 {
            self.freeze(context);
            sleep(moment(random, Duration::from_millis(1_200)));
            self.thaw(context);
            return;
        }
        self.kill(context);
        while_it_starts(random, |moment| {
            self.start_and_kill(context, || sleep(moment));
        });
        // Time for the others to miss it.
        sleep(moment(random, Duration::from_millis(100)));
        self.start(context);
    }

    fn strike_all(&mut self) {
        for context in self.contexts() {
            self.kill(context);
        }
        for context in self.contexts() {
            self.start(context);
        }
    }
}
