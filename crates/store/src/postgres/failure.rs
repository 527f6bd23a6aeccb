//! What an error of PostgreSQL means to the caller, and to the connection that it came from.

use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use crate::driver::StoreError;

/// The database said nothing for longer than it may.
pub(super) fn unanswered() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".to_owned())
}

/// The account or the database that the URL names is not there, or may not be used; or the server is not trusted, has no TLS or
/// wants another proof than there is.
pub(super) fn turned_away(error: &Error) -> bool {
    match error.code() {
        Some(code) => ["28", "3D"].iter().any(|class| code.code().starts_with(class)),
        None => asks_wrongly(error),
    }
}

/// The driver does not tell the kinds of its errors but in words.
fn asks_wrongly(error: &Error) -> bool {
    let Some(source) = std::error::Error::source(error) else { return false };
    let within = source.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let distrusted = within.and_then(|within| within.downcast_ref::<rustls::Error>());
    matches!(distrusted, Some(rustls::Error::InvalidCertificate(_)))
        || source.to_string() == "server does not support TLS"
        || ["invalid configuration", "authentication error"].iter().any(|kind| error.to_string().starts_with(kind))
}

/// The name of a prepared statement is not known where it came, or known for another text: a pooler sent it elsewhere. Nothing
/// was done.
pub(super) fn misnamed(error: &Error) -> bool {
    matches!(error.code(), Some(&(SqlState::INVALID_SQL_STATEMENT_NAME | SqlState::DUPLICATE_PSTATEMENT)))
}

/// The statement used up its time.
pub(super) fn cancelled(error: &Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}

/// Two transactions stood in each other's way; the engine rolled this one back and a new attempt can succeed.
pub(super) fn contended(error: &Error) -> bool {
    matches!(error.code(), Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)))
}

/// What an error of statement `index` means to the caller. DETAIL is never used: it quotes values.
pub(super) fn failure(index: usize, error: &Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        let lost = error.is_closed() || is_io(error);
        let text = described(error);
        return if lost { StoreError::Unavailable(text) } else { StoreError::Corrupt(text) };
    };
    let code = database.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return StoreError::Conflict { constraint: database.constraint().unwrap_or("unnamed").to_owned() };
    }
    // The row referred to was there when the caller decided: a lost race like any other.
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return StoreError::Lost { index };
    }
    let text = described(error);
    // Connection, transaction rolled back, resources, not in prerequisite state, operator intervention, system.
    let passing = ["08", "25006", "40", "53", "55", "57", "58"].iter().any(|class| code.code().starts_with(class));
    // Class 08 ends a connection. What is refused and leaves it open, a message with too few parameters, is said again in vain.
    let ours = *code == SqlState::PROTOCOL_VIOLATION && database.parsed_severity() == Some(Severity::Error);
    if passing && !ours {
        StoreError::Unavailable(text)
    } else {
        StoreError::Corrupt(format!("statement {index}: {text}"))
    }
}

pub(super) fn is_io(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

pub(super) fn described(error: &Error) -> String {
    match error.as_db_error() {
        // Messages of class 22 (data exception) quote the offending value.
        Some(database) if database.code().code().starts_with("22") => format!("SQLSTATE {}", database.code().code()),
        Some(database) => format!("SQLSTATE {}: {}", database.code().code(), database.message()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}
