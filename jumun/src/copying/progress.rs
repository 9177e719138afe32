//! How far a copy has come, on standard error, where it takes longer than a moment.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Nothing is said of what is done sooner, and then as often.
const EVERY: Duration = Duration::from_secs(2);

/// What one context's copy says of itself.
pub struct Progress {
    what: String,
    about: u64,
    done: u64,
    /// Done before this run.
    skipped: u64,
    since: Instant,
    say_at: Instant,
}

impl Progress {
    /// Of `what`, e.g. `copying order`; there are `about` so many items.
    pub fn of(what: impl Into<String>, about: u64) -> Self {
        let since = Instant::now();
        Self {
            what: what.into(),
            about,
            done: 0,
            skipped: 0,
            since,
            say_at: since + EVERY,
        }
    }

    /// One more that was there already.
    pub fn skip(&mut self) {
        self.skipped += 1;
        self.step();
    }

    /// One more.
    pub fn step(&mut self) {
        self.done += 1;
        // The clock is not asked for each.
        if self.done.is_multiple_of(256) {
            let now = Instant::now();
            if now >= self.say_at {
                self.say_at = now + EVERY;
                // Whoever has closed standard error wants no words.
                let _ = writeln!(std::io::stderr(), "{}", self.line(now - self.since));
            }
        }
    }

    fn line(&self, spent: Duration) -> String {
        let millis = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = ((self.done - self.skipped) * 1_000 / millis).max(1);
        let left = match self.about.checked_sub(self.done) {
            Some(left) if left > 0 => format!(", about {} s left", left.div_ceil(rate)),
            _ => String::new(),
        };
        format!(
            "{}: {} of about {} items, {rate} a second{left}",
            self.what,
            self.done,
            self.about.max(self.done)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_much_how_fast_and_how_long() {
        let mut progress = Progress::of("copying order", 3_000);
        for _ in 0..500 {
            progress.skip();
        }
        for _ in 0..500 {
            progress.step();
        }
        assert_eq!(
            progress.line(Duration::from_secs(2)),
            "copying order: 1000 of about 3000 items, 250 a second, about 8 s left"
        );
        progress.about = 10;
        assert_eq!(
            progress.line(Duration::from_secs(2)),
            "copying order: 1000 of about 1000 items, 250 a second"
        );
    }
}
