//! What is printed once everything can be used: what runs where, and one command to try.

use std::io::Write as _;

use storm::Example;

use crate::configuration::{Configuration, Durability};

/// What there is to say.
pub struct Greeting<'a> {
    /// What runs.
    pub systems: Vec<&'static str>,
    /// Where the doors are.
    pub gateways: &'a [String],
    /// The contexts, and their own ports if they have any.
    pub contexts: Vec<(&'static str, Option<u16>)>,
    /// What is configured.
    pub configuration: &'a Configuration,
    /// Whether faults on purpose are allowed.
    pub chaos: bool,
    /// A request to try, if the first system has one.
    pub example: Option<Example>,
}

impl Greeting<'_> {
    /// Says it.
    pub fn say(&self) {
        say(&self.text());
    }

    fn text(&self) -> String {
        let names = self.systems.join(", ");
        let verb = if self.systems.len() == 1 { "is" } else { "are" };
        let contexts: Vec<String> = self
            .contexts
            .iter()
            .map(|(name, port)| match port {
                Some(port) => format!("{name} :{port}"),
                None => (*name).to_owned(),
            })
            .collect();
        let mut lines = vec![
            format!("jumun {}: {names} {verb} up", env!("CARGO_PKG_VERSION")),
            format!("  gateway   {}", self.gateways.join("  ")),
            format!("  contexts  {}", contexts.join("  ")),
            format!("  data      {}{}", self.data(), self.durability()),
        ];
        if !self.configuration.bind.is_loopback() {
            lines.push(format!(
                "  open      to whoever reaches {}; there is no sign-in",
                self.configuration.bind
            ));
        }
        if self.chaos {
            lines.push("  chaos     faults on purpose are allowed".to_owned());
        } else if self.configuration.has_chaos() {
            lines.push("  chaos     is configured, and counts only with --chaos".to_owned());
        }
        if let Some(url) = self.gateways.first() {
            lines.push(format!("Try:\n  {}", self.try_this(url)));
        }
        lines.join("\n")
    }

    /// One command that shows the first system at work, for who has just started it. Its bare paths
    /// are there only if it is alone.
    fn try_this(&self, url: &str) -> String {
        let at = match self.systems.as_slice() {
            [first, _, ..] => format!("{url}/{first}"),
            _ => url.to_owned(),
        };
        match self.example {
            Some(Example { collection, body }) => format!(
                "curl -s {at}/{collection} -H 'Content-Type: application/json' \\\n    -d '{}'",
                body.replace('\'', r"'\''")
            ),
            None => format!("curl -s {at}/"),
        }
    }

    fn data(&self) -> String {
        let folder = match self.systems.as_slice() {
            [only] => self.configuration.folder(only),
            _ => self.configuration.data.clone(),
        };
        folder.display().to_string()
    }

    fn durability(&self) -> &'static str {
        match self.configuration.durability {
            Durability::Durable => "",
            Durability::Relaxed => " (relaxed: a power cut may take the last moments)",
        }
    }
}

/// Prints a line on standard output, and goes on if nobody reads.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever has closed standard output wants no words; the work goes on.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests;
