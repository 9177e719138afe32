//! A world whose contexts hear of each other late, twice, and in any order across producers.

use std::ops::{Deref, DerefMut};

use storm::{Refusal, System};

use crate::{Spoken, World};

/// One context listening to another.
#[derive(Clone, Copy)]
struct Ear {
    listener: &'static str,
    producer: &'static str,
    /// How many of the producer's events it has heard.
    heard: usize,
}

/// A [`World`] and what each listener has still to hear. Events of one producer reach a listener in
/// order; across producers there is no order. For property tests: let chance choose.
pub struct Hearsay {
    world: World,
    ears: Vec<Ear>,
}

impl Deref for Hearsay {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Hearsay {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Hearsay {
    /// Nothing has happened yet, and those listen who listen in the system as it is declared.
    pub fn of(system: System) -> Self {
        let contexts = system.contexts().iter();
        let ears = contexts.flat_map(|listener| {
            let producers = system.producers_for(listener).into_iter();
            producers.map(|producer| Ear {
                listener: listener.name(),
                producer,
                heard: 0,
            })
        });
        Self {
            ears: ears.collect(),
            world: World::of(system),
        }
    }

    /// What one context has told, in order.
    pub fn told_by(&self, producer: &str) -> Vec<Spoken> {
        let spoken = self.world.spoken().iter();
        let theirs = spoken.filter(|event| event.producer == producer);
        theirs.cloned().collect()
    }

    /// Who could hear something new.
    fn waiting(&self) -> Vec<usize> {
        let ears = self.ears.iter().enumerate();
        let behind = ears.filter(|(_, ear)| ear.heard < self.told_by(ear.producer).len());
        behind.map(|(number, _)| number).collect()
    }

    fn hear(&mut self, number: usize) -> Result<(), Refusal> {
        let ear = self.ears[number];
        let event = self.told_by(ear.producer)[ear.heard].clone();
        self.world.deliver(ear.listener, &event)?;
        self.ears[number].heard += 1;
        Ok(())
    }

    /// One of those who could hear something new hears its next event, if there is one.
    ///
    /// # Errors
    /// What it refused; it will be told again.
    pub fn hear_one(&mut self, choice: usize) -> Result<(), Refusal> {
        let waiting = self.waiting();
        if waiting.is_empty() {
            return Ok(());
        }
        self.hear(waiting[choice % waiting.len()])
    }

    /// Somebody hears again what it has heard before, if there is anything.
    ///
    /// # Errors
    /// What it refused.
    pub fn hear_again(&mut self, choice: usize) -> Result<(), Refusal> {
        let heard: Vec<_> = self.ears.iter().filter(|ear| ear.heard > 0).collect();
        if heard.is_empty() {
            return Ok(());
        }
        let ear = *heard[choice % heard.len()];
        let event = self.told_by(ear.producer)[choice % ear.heard].clone();
        self.world.deliver(ear.listener, &event)
    }

    /// One listener hears all that one producer has told.
    ///
    /// # Panics
    /// If it refuses any of it, or does not listen to that producer.
    #[track_caller]
    pub fn hears(&mut self, listener: &str, producer: &str) {
        let is_it = |ear: &Ear| (ear.listener, ear.producer) == (listener, producer);
        let found = self.ears.iter().position(is_it);
        assert!(found.is_some(), "{listener} does not listen to {producer}");
        while let Some(ear) = found.filter(|ear| self.waiting().contains(ear)) {
            let taken = self.hear(ear);
            assert_eq!(taken, Ok(()), "{listener} refuses what {producer} told");
        }
    }

    /// Everybody hears everything. Whoever refuses an event is told again when others have heard more;
    /// how often that was.
    ///
    /// # Panics
    /// If there are events that nobody will ever take.
    #[track_caller]
    pub fn hear_all(&mut self) -> usize {
        let mut refusals = 0;
        loop {
            let waiting = self.waiting();
            if waiting.is_empty() {
                return refusals;
            }
            let mut refused = Vec::new();
            for number in &waiting {
                if let Err(why) = self.hear(*number) {
                    let ear = self.ears[*number];
                    refused.push((ear.listener, ear.producer, why));
                }
            }
            assert!(
                refused.len() < waiting.len(),
                "events that nobody will ever take: {refused:?}"
            );
            refusals += refused.len();
        }
    }

    /// I6: a context's read model, projected anew from all that was told, producer by producer in
    /// this order, is what it was.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn is_the_same_rebuilt(&mut self, context: &str, rows: &str, producers: &[&str]) {
        let live = self.world.rows(rows);
        self.world.forget_rows(context);
        for producer in producers {
            for event in self.told_by(producer) {
                self.world.reproject(context, &event);
            }
        }
        assert_eq!(self.world.rows(rows), live, "I6: {rows} of {context}");
    }
}
