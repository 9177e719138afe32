//! Log lines, on standard error; standard output is for what was asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::configuration::{Configuration, LogFormat};
use crate::events::colours_wanted;

/// Starts logging as configured. A second call changes nothing.
pub fn start(configuration: &Configuration) {
    // The configuration has been read, so the filter is one.
    let filter = EnvFilter::builder().parse_lossy(&configuration.log);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // An error means that logging has been started before, as tests in one process do.
    let _ = match configuration.log_format {
        LogFormat::Text => lines
            .with_ansi(std::io::stderr().is_terminal() && colours_wanted())
            .compact()
            .try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
