//! How people are told: adapters of [`runtime::Notifier`].
//!
//! - [`File`] appends each notice to a file, one JSON object a line.
//! - [`Webhook`] posts each notice to an address.
//!
//! Both make one attempt at a time, keep its deadline, and say truly which way it failed. Order,
//! retries, and that no notice is handed over twice are the runtime's.

mod file;
mod url;
mod webhook;

use std::time::Duration;

use runtime::NotSent;

pub use file::File;
pub use url::{Url, UrlError};
pub use webhook::Webhook;

/// How long an attempt may take unless it is said otherwise.
pub const DEADLINE: Duration = Duration::from_secs(5);

fn for_sure(reason: impl Into<String>) -> NotSent {
    NotSent::ForSure {
        reason: reason.into(),
    }
}

fn perhaps(reason: impl Into<String>) -> NotSent {
    NotSent::Perhaps {
        reason: reason.into(),
    }
}
