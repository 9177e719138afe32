//! What is printed once everything can be used: what runs where, and one command to try.

use std::io::Write as _;

use storm::Example;
use storm::text::printable_lines;

use crate::configuration::{Configuration, Durability};

/// What there is to say.
pub struct Greeting<'a> {
    /// What runs.
    pub systems: Vec<Running>,
    /// Where the doors are.
    pub gateways: &'a [String],
    /// What is configured.
    pub configuration: &'a Configuration,
    /// Whether faults on purpose are allowed.
    pub chaos: bool,
    /// A request to try, if the first system has one.
    pub example: Option<Example>,
}

/// A system that runs.
pub struct Running {
    /// Its name.
    pub name: &'static str,
    /// Its contexts, and their own ports if they have any.
    pub contexts: Vec<(&'static str, Option<u16>)>,
}

impl Greeting<'_> {
    /// Says it.
    pub fn say(&self) {
        say(&self.text());
    }

    fn text(&self) -> String {
        let names: Vec<&str> = self.systems.iter().map(|system| system.name).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let mut lines = vec![
            format!(
                "jumun {}: {} {verb} up",
                env!("CARGO_PKG_VERSION"),
                names.join(", ")
            ),
            format!("  gateway   {}", self.gateways.join("  ")),
        ];
        match self.systems.as_slice() {
            [only] => lines.push(format!("  contexts  {}", only.contexts())),
            several => lines.extend(self.each(several)),
        }
        lines.push(format!("  data      {}{}", self.data(), self.durability()));
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
        lines.extend(self.notices());
        if let Some(url) = self.gateways.first() {
            lines.push(format!("Try:\n  {}", self.try_this(url)));
        }
        lines.join("\n")
    }

    /// Where each of several systems is, and of what it is made.
    fn each(&self, systems: &[Running]) -> Vec<String> {
        let url = self.gateways.first().map_or("", String::as_str);
        let widest = systems.iter().map(|system| system.name.len()).max();
        let width = url.len() + widest.unwrap_or(0) + 2;
        let line = |system: &Running| {
            let door = format!("{url}/{}/", system.name);
            format!("            {door:width$}  {}", system.contexts())
        };
        systems.iter().map(line).collect()
    }

    /// Of the first system. Its bare paths are there only if it is alone.
    fn try_this(&self, url: &str) -> String {
        let at = match self.systems.as_slice() {
            [first, _, ..] => format!("{url}/{}", first.name),
            _ => url.to_owned(),
        };
        try_this(&at, self.example)
    }

    /// Who tells people, and where; nothing where nobody does.
    fn notices(&self) -> Vec<String> {
        let systems = self.systems.iter();
        let notifying = systems.flat_map(|system| {
            let system = system.name;
            let contexts = self.configuration.notifying(system);
            contexts.map(move |(context, notify)| {
                let places = notify.places().join(" and ");
                format!("  notices   {system}.{context} to {places}")
            })
        });
        notifying.collect()
    }

    fn data(&self) -> String {
        let folder = match self.systems.as_slice() {
            [only] => self.configuration.folder(only.name),
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

impl Running {
    fn contexts(&self) -> String {
        let contexts: Vec<String> = self
            .contexts
            .iter()
            .map(|(name, port)| match port {
                Some(port) => format!("{name} :{port}"),
                None => (*name).to_owned(),
            })
            .collect();
        contexts.join("  ")
    }
}

/// One command that shows a system at work, for who has just started it.
pub fn try_this(url: &str, example: Option<Example>) -> String {
    match example {
        Some(Example { collection, body }) => format!(
            "curl -s {url}/{collection} -H 'Content-Type: application/json' \\\n    -d '{}'",
            body.replace('\'', r"'\''")
        ),
        None => format!("curl -s {url}/"),
    }
}

/// Prints a line, or several, on standard output, and goes on if nobody reads. What strangers have sent
/// may be in it: no terminal obeys it.
pub fn say(text: &str) {
    say_drawn(&printable_lines(text));
}

/// The same for what is ours alone, with its colours.
pub fn say_drawn(text: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever has closed standard output wants no words; the work goes on.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests;
