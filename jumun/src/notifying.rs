//! Brings the notifiers that are configured, and the contexts that have something to tell, together.

use std::sync::Arc;

use notifiers::{File, Webhook};
use runtime::{Notifier, NotifierSettings, Running};

use crate::configuration::Configuration;

/// Lets a context's notifiers begin, as configured. Without configuration nobody is told.
pub fn begin(running: &Running, system: &str, configuration: &Configuration) {
    let notify = configuration
        .of_context(system, running.context().name())
        .notify;
    let settings = NotifierSettings {
        system: Some(system.to_owned()),
        give_up: notify.give_up,
        ..NotifierSettings::default()
    };
    let mut notifiers: Vec<Arc<dyn Notifier>> = Vec::new();
    if let Some(url) = notify.webhook {
        notifiers.push(Arc::new(Webhook::new(url, notify.deadline)));
    }
    if let Some(path) = notify.file {
        notifiers.push(Arc::new(File::new(path, notify.deadline)));
    }
    for notifier in notifiers {
        running.notify(notifier, settings.clone());
    }
}

#[cfg(test)]
mod tests;
