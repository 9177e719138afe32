//! The bus on Apache Kafka.
//!
//! [`record`] says what a record is, ours and the originals': pure, no broker in sight.

pub mod record;
