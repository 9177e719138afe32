//! Databases behind the port in [`storm::store`], one module each.
//!
//! [`sqlite`] keeps a context in one file and needs nothing installed. `postgres` and
//! `mysql` (features) keep it on a server, where several replicas share it. Every adapter passes the
//! same suite, `testkit::store_compliance`.

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod kinds;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod pauses;
#[cfg(feature = "postgres")]
pub mod postgres;
mod server;
pub mod sqlite;

pub use server::{Server, Tls};

/// When a commit is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once it is on the disk: it is there after a power cut (invariant I3).
    #[default]
    Durable,
    /// Once the operating system has it: it survives the process, but a power cut may take the
    /// last moments. What is left is whole.
    Relaxed,
}
