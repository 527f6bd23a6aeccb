//! What flows have as JSON.

use protocol::flow::{Flow, Purpose, State};

use crate::shape::{alternatives, shape, variants};

shape!(Flow { id, environment, state, proven, consented, document, browser, created_at, expires_at, version } beside purpose);
alternatives!(Purpose { Code = "request" });
variants!(State {
    UsernamePasswordRequired = "username_password_required",
    MustChangePassword { user } = "must_change_password",
    PasswordExpired { user } = "password_expired",
    RecoveryCodeRequired { user } = "recovery_code_required",
    ConsentRequired { user, session } = "consent_required",
    Completed { user, session } = "completed",
    Resumed { user, session } = "resumed",
    Cancelled = "cancelled",
});

#[cfg(test)]
mod tests;
