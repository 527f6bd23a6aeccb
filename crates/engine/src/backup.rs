//! Copies of a SQLite database, made while servers write, and what they say of themselves.

use std::path::Path;

use protocol::time::Time;
use store::Note;

use crate::reads::StoreError;

pub use crate::app::fingerprint;

/// When a copy was made, and the fingerprint of the master key that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub at: Time,
    pub fingerprint: String,
}

/// Copies the database file `from` to the new file `to`, as it is at one moment, and checks the copy. It takes as long as it
/// takes: not for a thread that serves requests.
///
/// # Errors
/// As [`store::copy`].
pub fn copy(from: &Path, to: &Path, made: &Made) -> Result<(), StoreError> {
    store::copy(from, to, &Note { made_at: made.at.0, fingerprint: made.fingerprint.clone() })
}

/// Checks a copy and makes it a database again. None: it was not made by [`copy`].
///
/// # Errors
/// As [`store::take_note`].
pub fn take_note(path: &Path) -> Result<Option<Made>, StoreError> {
    let note = store::take_note(path)?;
    Ok(note.map(|note| Made { at: Time(note.made_at), fingerprint: note.fingerprint }))
}
