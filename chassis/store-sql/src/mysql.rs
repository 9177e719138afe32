//! MySQL and MariaDB: one database a context, which all its replicas share.
//!
//! The server is one (with replicas of its own or not); what is written goes to its primary. Writers
//! take turns, see `writer`. Everything is asked as text, many statements in one trip, see `sql`.

mod copying;
mod database;
mod keys;
mod link;
mod reader;
mod rows;
mod schema;
mod sql;
mod writer;

use std::sync::Arc;

use storm::store::{CopySource, Opened, Reader, StoreError};

use crate::Server;
use copying::MysqlCopySource;
use database::Database;
use reader::MysqlReader;
use writer::MysqlWriter;

/// Opens the store in the server's database; in the one named `scope`, which is made where it is
/// missing, if none is configured. Makes the tables, or brings them up to date, where needed; any
/// number of replicas may do so at once.
///
/// The user needs `SELECT`, `INSERT`, `UPDATE`, `DELETE` and `CREATE` in the database, and `ALTER` and
/// `INDEX` for what later versions bring.
///
/// # Errors
/// [`StoreError`]: the server is away or lets us not in, a database that is not there or has no
/// room, is of another program, or of a later jumun.
pub fn open(server: &Server, scope: &str) -> Result<Opened, StoreError> {
    let database = Database::of(server, scope);
    let link = database.prepare()?;
    Ok(Opened {
        writer: Box::new(MysqlWriter::new(database.clone(), link)),
        reader: Arc::new(MysqlReader::new(database)),
    })
}

/// Opens the store for looking only, beside those who write it or without them.
///
/// # Errors
/// [`StoreError::Unavailable`] also when there is nothing yet; else as [`open`].
pub fn open_to_look(server: &Server, scope: &str) -> Result<Arc<dyn Reader>, StoreError> {
    let database = Database::of(server, scope);
    Ok(Arc::new(MysqlReader::open(database)?))
}

/// The way to the store for whoever copies it, beside those who use it.
///
/// # Errors
/// As [`open_to_look`].
pub fn copy_source(server: &Server, scope: &str) -> Result<Box<dyn CopySource>, StoreError> {
    let database = Database::of(server, scope);
    Ok(Box::new(MysqlCopySource::open(database)?))
}

/// Deletes the store, and its database if that is not one that the server's configuration names.
///
/// # Errors
/// As [`open_to_look`]; also when the user may not.
pub fn remove(server: &Server, scope: &str) -> Result<(), StoreError> {
    copying::remove(&Database::of(server, scope))
}

#[cfg(test)]
mod tests;
