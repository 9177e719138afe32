//! What happened in a run that held, for people to read. Only what was counted is in it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::books::Books;
use super::town::Town;

pub(super) struct Summary {
    system: &'static str,
    how: String,
    seed: u64,
    began: Instant,
    /// The strikes, by sorts.
    strikes: BTreeMap<String, u32>,
    /// How long customers were there.
    pub(super) load: Duration,
    /// How many events came again and were left out, as far as those knew who lived to the end of the
    /// load.
    pub(super) left_out: Option<f64>,
}

impl Summary {
    pub(super) fn of(system: &'static str, how: String, seed: u64, began: Instant) -> Self {
        Self {
            system,
            how,
            seed,
            began,
            strikes: BTreeMap::new(),
            load: Duration::ZERO,
            left_out: None,
        }
    }

    pub(super) fn struck(&mut self, blow: String) {
        *self.strikes.entry(blow).or_default() += 1;
    }

    /// To be called when all has held: what was wrong would have ended the test.
    pub(super) fn print<P>(&self, town: &Town<P>, books: &Books) {
        let line = |name: &str, what: &str| println!("  {name:<14}{what}");
        println!("{}, seed {}: everything is in line", self.system, self.seed);
        line("as", &self.how);
        for (n, (blow, times)) in self.strikes.iter().enumerate() {
            let name = if n == 0 { "strikes" } else { "" };
            line(name, &format!("{times} × {blow}"));
        }
        line("requests", &town.counts.to_string());
        let made = town.all_made();
        line(
            "orders",
            &format!(
                "{} wanted, {} acknowledged, of which {} lost",
                town.counts.wanted.get(),
                made.len(),
                books.lost(&made).len(),
            ),
        );
        line(
            "events",
            &format!(
                "{} told, {} of them because of others, of which {} twice",
                books.events.len(),
                books.effects().count(),
                books.caused_again().len(),
            ),
        );
        if let Some(left_out) = self.left_out {
            line(
                "",
                &format!("{left_out} came again and were left out (as far as those know who live)"),
            );
        }
        line("dead letters", "0");
        let (all, load) = (self.began.elapsed(), self.load);
        let time = format!(
            "{:.0} s, {:.0} s of it under load",
            all.as_secs_f64(),
            load.as_secs_f64()
        );
        line("time", &time);
    }
}
