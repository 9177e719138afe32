//! What went wrong, in words that say what to do.

use std::error::Error as _;

use storm::store::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::connection::Failure;
use super::place::Place;

/// Raised by the function `refuse` of the schema.
const REFUSED: &str = "JU001";

/// What met an attempt to connect.
pub(super) fn connecting(place: &Place, failure: &Failure) -> StoreError {
    match failure {
        Failure::Said(error) => match error.as_db_error() {
            Some(said) => database(place, said),
            None => place.away(format!(
                "cannot be reached ({}); is the server running, and are host, port and tls right?",
                chain(error)
            )),
        },
        other => failed(place, other),
    }
}

/// What met a statement.
pub(super) fn failed(place: &Place, failure: &Failure) -> StoreError {
    match failure {
        Failure::Said(error) => match error.as_db_error() {
            Some(said) => database(place, said),
            None => place.away(format!("the connection was lost ({})", chain(error))),
        },
        Failure::Silence(patience) => place.away(format!(
            "no answer in {} ms; is the server overloaded, or the network cut?",
            patience.as_millis()
        )),
        Failure::Here(error) => place.away(format!("cannot be talked with: {error}")),
    }
}

/// A row that is not what the schema says.
pub(super) fn unreadable(place: &Place, error: &Error) -> StoreError {
    StoreError::Corrupt {
        place: place.name(),
        reason: chain(error),
    }
}

fn database(place: &Place, said: &DbError) -> StoreError {
    let code = said.code();
    let reason = |advice: &str| {
        let detail = said.detail().map(|detail| format!(" {detail}"));
        format!(
            "{}{} (SQLSTATE {}){advice}",
            said.message(),
            detail.unwrap_or_default(),
            code.code()
        )
    };
    if code.code() == REFUSED {
        return StoreError::Conflict(said.message().to_owned());
    }
    if *code == SqlState::UNIQUE_VIOLATION {
        // Which it is, is in the detail.
        let what = said.detail().unwrap_or(said.message());
        return StoreError::Conflict(what.to_owned());
    }
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
            StoreError::Conflict(place.name())
        }
        SqlState::DISK_FULL => StoreError::Full {
            place: place.name(),
        },
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly {
            place: place.name(),
            reason: reason("; is it a standby?"),
        },
        SqlState::INSUFFICIENT_PRIVILEGE => StoreError::ReadOnly {
            place: place.name(),
            reason: reason(&format!(
                "; let the user {} make schemas (GRANT CREATE ON DATABASE), or make the schema for it (CREATE SCHEMA {:?} AUTHORIZATION {:?})",
                place.server().user,
                place.scope(),
                place.server().user,
            )),
        },
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Corrupt {
            place: place.name(),
            reason: reason(""),
        },
        _ => place.away(reason(advice(code))),
    }
}

/// What a person can do about it.
fn advice(code: &SqlState) -> &'static str {
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "; check the user, its password (store_password) and the server's pg_hba.conf"
        }
        SqlState::INVALID_CATALOG_NAME => "; make it with CREATE DATABASE, or name another one",
        SqlState::TOO_MANY_CONNECTIONS => {
            "; raise the server's max_connections, or run fewer replicas"
        }
        SqlState::LOCK_NOT_AVAILABLE => "; waited for its turn in vain, another replica holds it",
        SqlState::QUERY_CANCELED => "; the server is slow, or a statement asks too much",
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => {
            "; the turn was held too long and was given to another replica"
        }
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            "; the server stops or starts, it is tried again"
        }
        _ => "",
    }
}

/// An error and what it came from.
fn chain(error: &Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        said.push_str(": ");
        said.push_str(&error.to_string());
        source = error.source();
    }
    said
}
