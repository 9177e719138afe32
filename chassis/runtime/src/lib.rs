//! What drives a bounded context.
//!
//! [`Running`] is a context at work. Commands come in through [`Running::carry_out`]: questions to
//! other contexts are asked first (through the [`Outgoing`] port), then the command queues to the
//! context's one writer, which takes all that wait, decides each, and commits them together. The
//! log of committed events is read by the [pumps](Running::listen_to) of the contexts that listen;
//! what they make of it queues to *their* writer in the same way, together with the cursor. What
//! its events say to people goes to the [notifiers](Running::notify).
//!
//! Nothing here knows HTTP, SQL or a system's business.

mod asking;
mod batch;
mod bus;
mod carrying;
mod clock;
mod command;
mod entry;
mod horizon;
mod ids;
mod job;
mod known;
mod log;
mod memory;
mod metrics;
mod notifier;
mod notifying;
mod outgoing;
mod parking;
mod patch;
mod pump;
mod reaction;
mod rebuild;
mod recalled;
mod recent;
mod request;
mod round;
mod running;
mod settings;
mod shared;
mod shelves;
mod story;
mod tell;
mod turns;
mod work;
mod writer;

pub use bus::{Heard, Inlet, NotTaken, Outbox, Outlet, RELAY, heard_of};
pub use clock::now;
pub use log::{Lag, Log};
pub use metrics::ContextMetrics;
pub use notifier::{NotSent, Notice, Notifier, NotifierSettings, Sending};
pub use notifying::NotifierHealth;
pub use outgoing::{Asking, Outgoing};
pub use patch::JsonPatch;
pub use rebuild::{RebuildError, Replay};
pub use recalled::Recalled;
pub use request::{Content, Done, Failure, Idempotency, Match, Preconditions, Request, Trail};
pub use running::{Health, Running, StartError};
pub use settings::Settings;
