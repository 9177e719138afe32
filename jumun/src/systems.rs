//! The systems that a binary carries.

use anyhow::{Context as _, Result, anyhow};
use storm::{Context, System};

use crate::configuration::nearest;

/// A system's own declaration, e.g. `fruitstore::system`.
pub type Declared = fn() -> System;

/// Our own, in the order of the front page. The one place that names them.
pub const OURS: &[Declared] = &[
    fruitstore::system,
    onlinestudy::system,
    bidding::system,
    productdelivery::system,
    bookrental::system,
    breakfast::system,
];

/// The systems that this binary carries, as [`main`](crate::main) was given them.
#[derive(Clone, Copy, Debug)]
pub struct Systems<'a> {
    declared: &'a [Declared],
}

impl<'a> Systems<'a> {
    /// Those, in the order of the front page.
    pub const fn new(declared: &'a [Declared]) -> Self {
        Self { declared }
    }

    /// All of them.
    pub fn all(self) -> Vec<System> {
        self.declared.iter().map(|system| system()).collect()
    }

    /// A line for each, with its contexts, for people.
    pub fn listed(self) -> String {
        let all = self.all();
        let width = all.iter().map(|system| system.name().len()).max();
        let width = width.unwrap_or(0);
        let line = |system: &System| {
            let contexts: Vec<_> = system.contexts().iter().map(Context::name).collect();
            format!("{:width$}  {}", system.name(), contexts.join("  "))
        };
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The one called `name`.
    ///
    /// # Errors
    /// When there is none; the message names those that there are.
    pub fn find(self, name: &str) -> Result<System> {
        let all = self.all();
        let known: Vec<_> = all.iter().map(System::name).collect();
        let guess = nearest(name, known.iter().copied())
            .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let refused = format!(
            "there is no system called `{name}`; there are: {}{guess}",
            known.join(", ")
        );
        let found = all.into_iter().find(|system| system.name() == name);
        found.context(refused)
    }

    /// Two that share a name share a data folder, too: only one could run.
    ///
    /// # Errors
    /// When there are two of one name, or none at all.
    pub fn check(self) -> Result<()> {
        let mut names: Vec<_> = self.all().iter().map(System::name).collect();
        if names.is_empty() {
            return Err(anyhow!("this binary carries no system; name one in `main`"));
        }
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        twice.map_or(Ok(()), |pair| {
            Err(anyhow!(
                "two systems are called `{}`; give one another name",
                pair[0]
            ))
        })
    }
}

/// A system's context called `name`.
///
/// # Errors
/// When there is none; the message names those that there are.
pub fn context<'a>(system: &'a System, name: &str) -> Result<&'a Context> {
    let contexts = system.contexts();
    contexts.iter().find(|c| c.name() == name).ok_or_else(|| {
        let known: Vec<_> = contexts.iter().map(Context::name).collect();
        let guess = nearest(name, known.iter().copied())
            .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        anyhow!(
            "{} has no context called `{name}`; it has: {}{guess}",
            system.name(),
            known.join(", ")
        )
    })
}

#[cfg(test)]
mod tests;
