//! The systems that this binary carries. The one place that names them.

use anyhow::{Context as _, Result, anyhow};
use storm::{Context, System};

use crate::configuration::nearest;

/// All of them, in the order of the front page.
pub fn all() -> Vec<System> {
    vec![fruitstore::system()]
}

/// The one called `name`.
///
/// # Errors
/// When there is none; the message names those that there are.
pub fn find(name: &str) -> Result<System> {
    let guess = nearest(name, all().iter().map(System::name));
    let found = all().into_iter().find(|system| system.name() == name);
    found.with_context(|| {
        let known: Vec<_> = all().iter().map(System::name).collect();
        let guess = guess.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        format!(
            "there is no system called `{name}`; there are: {}{guess}",
            known.join(", ")
        )
    })
}

/// One command that shows the system at work, for who has just started it.
pub fn try_this(system: &str, url: &str) -> String {
    match system {
        "fruitstore" => format!(
            "curl -s {url}/orders -H 'Content-Type: application/json' \\\n    \
             -d '{{\"userId\":7181,\"prodNm\":\"사과\",\"qty\":2,\"price\":5000,\"address\":\"경기도 성남시\"}}'"
        ),
        _ => format!("curl -s {url}/{system}/"),
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
