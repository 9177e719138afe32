//! Whether people could be told.

use std::fs;
use std::path::Path;
use std::time::Duration;

use notifiers::Url;
use storm::System;

use super::{Finding, tempfile};
use crate::configuration::Configuration;

/// For a name service that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn look(system: &System, configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (context, notify) in configuration.notifying(system.name()) {
        let whose = format!("notify of {}.{context}", system.name());
        if let Some(path) = &notify.file {
            findings.push(file(&whose, path));
        }
        if let Some(url) = &notify.webhook {
            findings.push(webhook(&whose, url).await);
        }
    }
    findings
}

fn file(whose: &str, path: &Path) -> Finding {
    let tried = if path.exists() {
        // Opened for appending it stays as it is.
        fs::OpenOptions::new().append(true).open(path).map(drop)
    } else {
        match path.parent() {
            Some(folder) if folder != Path::new("") => tempfile(folder),
            _ => tempfile(Path::new(".")),
        }
    };
    let place = path.display();
    match tried {
        Ok(()) => Finding::Fine(format!("{whose}: {place} can be written")),
        Err(error) => Finding::Wrong(format!(
            "{whose}: {place} cannot be written ({error}); its folder must be there, check its owner and rights"
        )),
    }
}

/// Only whether its address can be found: asking it would tell somebody something.
async fn webhook(whose: &str, url: &Url) -> Finding {
    let wrong = |why: String| {
        Finding::Wrong(format!(
            "{whose}: the address of {url} cannot be found ({why}); check its name and the name service"
        ))
    };
    match tokio::time::timeout(PATIENCE, url.resolves()).await {
        Ok(Ok(())) => Finding::Fine(format!("{whose}: {url} has an address")),
        Ok(Err(error)) => wrong(error.to_string()),
        Err(_) => wrong(format!("no answer within {PATIENCE:?}")),
    }
}

#[cfg(test)]
mod tests;
