//! What stands in for engines that are not compiled in. Nobody comes so far:
//! [`engines::store`](crate::engines::store) says no before.

use std::sync::Arc;

use store_sql::Server;
use storm::store::{CopySource, Opened, Reader, StoreError};

use crate::engines::Engine;

fn missing(server: &Server, engine: Engine) -> StoreError {
    StoreError::Unavailable {
        place: format!("{}:{}", server.host, server.port),
        reason: engine.how_to_get(),
    }
}

#[cfg(not(feature = "postgres"))]
pub(crate) fn open_on_postgres(server: &Server, _: &str) -> Result<Opened, StoreError> {
    Err(missing(server, Engine::Postgres))
}

#[cfg(not(feature = "postgres"))]
pub(super) fn look_on_postgres(server: &Server, _: &str) -> Result<Arc<dyn Reader>, StoreError> {
    Err(missing(server, Engine::Postgres))
}

#[cfg(not(feature = "mysql"))]
pub(crate) fn open_on_mysql(server: &Server, _: &str) -> Result<Opened, StoreError> {
    Err(missing(server, Engine::MySql))
}

#[cfg(not(feature = "mysql"))]
pub(super) fn look_on_mysql(server: &Server, _: &str) -> Result<Arc<dyn Reader>, StoreError> {
    Err(missing(server, Engine::MySql))
}

#[cfg(not(feature = "postgres"))]
pub(crate) fn copy_on_postgres(
    server: &Server,
    _: &str,
) -> Result<Box<dyn CopySource>, StoreError> {
    Err(missing(server, Engine::Postgres))
}

#[cfg(not(feature = "postgres"))]
pub(crate) fn remove_on_postgres(server: &Server, _: &str) -> Result<(), StoreError> {
    Err(missing(server, Engine::Postgres))
}

#[cfg(not(feature = "mysql"))]
pub(crate) fn copy_on_mysql(server: &Server, _: &str) -> Result<Box<dyn CopySource>, StoreError> {
    Err(missing(server, Engine::MySql))
}

#[cfg(not(feature = "mysql"))]
pub(crate) fn remove_on_mysql(server: &Server, _: &str) -> Result<(), StoreError> {
    Err(missing(server, Engine::MySql))
}
