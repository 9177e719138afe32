//! PostgreSQL: a schema a context, shared by any number of replicas, whose writers take turns.
//!
//! A writer's turn is a transaction that holds the one row of the table `store` (`FOR UPDATE`)
//! from before it loads until it has committed. So there is one commit at a time, positions become
//! visible in the order in which they were given, and nobody decides on what is no longer true.
//! The server itself ends the turn of a process that stands still
//! (`idle_in_transaction_session_timeout`), and gives it to the next one.

mod connection;
mod copying;
mod explain;
mod place;
mod reader;
mod rows;
mod schema;
mod texts;
mod tls;
mod writer;

use std::sync::Arc;

use storm::store::{CopySource, Opened, Reader, StoreError};

use crate::Server;
use copying::PostgresCopySource;
use place::Place;
use reader::PostgresReader;
use writer::PostgresWriter;

/// Opens the store in the schema `scope` of the server's database; makes the schema, or brings it
/// up to date, where needed. As many processes as like may open it at once.
///
/// Calls wait for the server: never make them from `async` code, but from threads of their own or
/// from `spawn_blocking`.
///
/// # Errors
/// [`StoreError`]: a server that is away or refuses us, no right to make what is missing, a schema
/// that is another program's, or a later jumun's.
pub fn open(server: &Server, scope: &str) -> Result<Opened, StoreError> {
    let place = Arc::new(Place::new(server, scope)?);
    let writer = PostgresWriter::open(Arc::clone(&place))?;
    Ok(Opened {
        writer: Box::new(writer),
        reader: Arc::new(PostgresReader::new(place)),
    })
}

/// Opens the store in the schema `scope` for looking only. Changes nothing.
///
/// # Errors
/// [`StoreError::Unavailable`] when there is no such schema; else as [`open`].
pub fn open_to_look(server: &Server, scope: &str) -> Result<Arc<dyn Reader>, StoreError> {
    let place = Arc::new(Place::new(server, scope)?);
    Ok(Arc::new(PostgresReader::open(place)?))
}

/// The way to the store in the schema `scope` for whoever copies it, beside those who use it.
///
/// # Errors
/// As [`open_to_look`].
pub fn copy_source(server: &Server, scope: &str) -> Result<Box<dyn CopySource>, StoreError> {
    let place = Arc::new(Place::new(server, scope)?);
    Ok(Box::new(PostgresCopySource::open(place)?))
}

/// Deletes the schema `scope` and all that is in it. It must be a store of ours.
///
/// # Errors
/// As [`open_to_look`]; also when the user may not.
pub fn remove(server: &Server, scope: &str) -> Result<(), StoreError> {
    copying::remove(&Place::new(server, scope)?)
}

#[cfg(test)]
mod tests;
