//! The bus on Apache Kafka.
//!
//! [`record`] says what a record is, ours and the originals': pure, no broker in sight.
//!
//! A [`Bus`] connects one running context to its system's topic. It has four tasks:
//!
//! - the **consumer** takes in what others told. The replicas of a context are one consumer group;
//!   how far each partition has been taken in is a cursor in the context's store, moved in the commit
//!   of the effect.
//! - the **relay** carries what the context told, in order, onto the topic, while this replica has
//!   been assigned partition 0.
//! - the **horizon** finds out up to when everybody has been heard, when a deadline wants to know.
//! - the **lookout** knows whether the brokers answer, and how far we are behind.
//!
//! Why it is so: `docs/decisions/rdkafka.md`, `docs/decisions/partition-zero-leads.md`.

mod bus;
mod consumer;
mod error;
mod horizon;
mod lookout;
mod metrics;
mod partitioner;
pub mod record;
mod relay;
mod replay;
mod settings;
mod source;
mod standing;
mod survey;
mod topic;
mod trouble;
mod turning;
mod unpack;

pub use bus::Bus;
pub use error::BusError;
pub use horizon::{Neighbours, PublishedUntil};
pub use metrics::BusMetrics;
pub use settings::{Password, Protocol, Security, Settings};
pub use standing::{BusHealth, PartitionHealth};
pub use survey::{Survey, TopicFound, survey};
