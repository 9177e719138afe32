//! The engines that people already run, for tests: [`Postgres`], [`MariaDb`] and [`Kafka`].
//!
//! Each is started by its script under `ci/`, on free ports of 127.0.0.1 and in a scratch folder. The
//! script is a child whose stdin is a pipe that this process holds: when the value is dropped, and also
//! when this process is killed, the pipe closes, and the script ends the servers and removes the folder.
//!
//! - `start()` gives an engine of one's own, which may be killed and started again.
//! - `shared()` gives one for everybody in this process, which nobody may disturb: all that disturbs
//!   takes `&mut self`. `JUMUN_TEST_POSTGRES`, `JUMUN_TEST_MARIADB` and `JUMUN_TEST_KAFKA` name one that
//!   runs already; `cargo xtask ci` starts them once for all test binaries.
//!
//! Where an engine is not installed, both are `None`, and say so: the test that asks is skipped. With
//! `JUMUN_ENGINES=all`, as in CI, that fails instead. `ci/… install` installs one.
//!
//! ```no_run
//! let Some(mut postgres) = engines::Postgres::start() else {
//!     return;
//! };
//! let before = postgres.url().to_owned();
//! postgres.kill();
//! postgres.start_again();
//! assert_eq!(postgres.url(), before);
//! ```

mod database;
mod kafka;
mod script;

pub use database::{Database, GUARDED, MariaDb, Postgres};
pub use kafka::Kafka;
pub use script::skip;

#[cfg(test)]
mod tests;
