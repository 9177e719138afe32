//! Log lines, on standard error; standard output is for what was asked for.
//!
//! What strangers have sent may be in them: a line stays one line, and no terminal obeys it.

use std::fmt::Debug;
use std::io::{self, IsTerminal, Write};

use storm::text::{printable, printable_json};
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{self, Writer};

use crate::configuration::{Configuration, LogFormat};
use crate::events::colours_wanted;

/// Starts logging as configured. A second call changes nothing.
pub fn start(configuration: &Configuration) {
    // The configuration has been read, so the filter is one.
    let filter = EnvFilter::builder().parse_lossy(&configuration.log);
    let lines = tracing_subscriber::fmt().with_env_filter(filter);
    // An error means that logging has been started before, as tests in one process do.
    let _ = match configuration.log_format {
        LogFormat::Text => lines
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal() && colours_wanted())
            .fmt_fields(printable_fields())
            .compact()
            .try_init(),
        LogFormat::Json => lines
            .with_writer(|| PrintableJson(io::stderr()))
            .json()
            .flatten_event(true)
            .try_init(),
    };
}

/// As the library's own fields look, with everything printable in them: the library leaves line breaks
/// and what turns the direction of a text.
fn printable_fields() -> impl for<'writer> FormatFields<'writer> + 'static {
    format::debug_fn(
        |writer: &mut Writer<'_>, field: &Field, value: &dyn Debug| {
            let value = format!("{value:?}");
            let value = printable(&value);
            match (field.name(), writer.has_ansi_escapes()) {
                ("message", _) => write!(writer, "{value}"),
                (name, true) => write!(writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m{value}"),
                (name, false) => write!(writer, "{name}={value}"),
            }
        },
    )
    .delimited(" ")
}

/// Writes lines of JSON. It is handed a whole line at once.
struct PrintableJson<W>(W);

impl<W: Write> Write for PrintableJson<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(printable_json(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests;
