//! What does not work, and when anybody is told: much mends itself with the next attempt, as when
//! replicas start at once and one makes what the others look for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Part;

/// What has not worked for so long is told.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// This does not work.
    Wrong(String),
    /// It does again.
    Right,
}

struct Trouble {
    said: String,
    since: Instant,
    told: Option<String>,
}

/// By who noticed.
#[derive(Default)]
pub(super) struct Troubles(BTreeMap<Part, Trouble>);

impl Troubles {
    /// Something does not work, for this reason, or does again. Each is told once.
    pub(super) fn are(&mut self, part: Part, said: Option<String>, now: Instant) -> Option<Told> {
        let Some(said) = said else {
            return self.0.remove(&part)?.told.map(|_| Told::Right);
        };
        let trouble = self.0.entry(part).or_insert_with(|| Trouble {
            said: String::new(),
            since: now,
            told: None,
        });
        trouble.said = said;
        let is_new = trouble.told.as_ref() != Some(&trouble.said);
        let lasts = now.saturating_duration_since(trouble.since) >= GRACE;
        (is_new && lasts).then(|| {
            trouble.told = Some(trouble.said.clone());
            Told::Wrong(trouble.said.clone())
        })
    }

    /// Who noticed, and what.
    pub(super) fn all(&self) -> Vec<(&'static str, String)> {
        let all = self.0.iter();
        all.map(|(part, trouble)| (part.name(), trouble.said.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_next_attempt_mends_is_told_to_nobody() {
        let (mut troubles, began) = (Troubles::default(), Instant::now());
        let mut say = |said: Option<&str>, millis| {
            let at = began + Duration::from_millis(millis);
            troubles.are(Part::Topic, said.map(str::to_owned), at)
        };
        assert_eq!(say(Some("not there"), 0), None);
        assert_eq!(say(Some("not there"), 1_900), None);
        assert_eq!(say(None, 1_950), None);
        // It begins anew.
        assert_eq!(say(Some("not there"), 2_100), None);
    }

    #[test]
    fn what_lasts_is_told_once_for_each_reason_and_when_it_is_over() {
        let (mut troubles, began) = (Troubles::default(), Instant::now());
        let mut say = |said: Option<&str>, millis| {
            let at = began + Duration::from_millis(millis);
            troubles.are(Part::Topic, said.map(str::to_owned), at)
        };
        assert_eq!(say(Some("not there"), 0), None);
        let wrong = |said: &str| Some(Told::Wrong(said.to_owned()));
        assert_eq!(say(Some("not there"), 2_000), wrong("not there"));
        assert_eq!(say(Some("not there"), 4_000), None);
        assert_eq!(say(Some("not allowed"), 6_000), wrong("not allowed"));
        assert_eq!(say(None, 7_000), Some(Told::Right));
        assert_eq!(say(None, 8_000), None);
    }
}
