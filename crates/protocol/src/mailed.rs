//! Codes that are sent to people: they prove that whoever types one reads what is sent to the user's address. One lives at a time
//! for each user and purpose, for a few minutes and a few tries, and is used once.

use jose::digest::HmacKey;

use crate::change::Change;
use crate::ctx::Ctx;
use crate::id::{EnvironmentId, UserId};
use crate::model::{User, VERIFICATION_REQUIRED};
use crate::names::names;
use crate::refusal::{Detail, Reason, Refused};
use crate::secret::{Secret, SecretDigest};
use crate::time::Time;

names! {
    /// What a code is for. It is digested in, so that none opens what another is for.
    pub enum CodeFor {
        /// A new password in place of one that was forgotten.
        Recovery = "RECOVERY",
        /// That the address is the user's.
        Verification = "VERIFICATION",
    }
}

impl CodeFor {
    /// The member of a request that carries it.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Recovery => "recoveryCode",
            Self::Verification => "verificationCode",
        }
    }
}

/// A code that was sent, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedCode {
    pub environment: EnvironmentId,
    pub user: UserId,
    pub kind: CodeFor,
    /// Of the code and of what it stands on ([`digest_of`]): eight characters alone would be found by trying them all.
    pub digest: SecretDigest,
    pub expires_at: Time,
    pub tries_left: i64,
    /// How many were sent in a row, each while the one before lived and was not used.
    pub sent: i64,
}

/// A fresh code for `user`, and what is stored of it.
pub fn mailed_code(ctx: &Ctx<'_>, pepper: &HmacKey, user: &User, kind: CodeFor) -> (Secret, MailedCode) {
    let code = ctx.mailed_code();
    let stored = MailedCode {
        environment: user.environment,
        user: user.id,
        kind,
        digest: digest_of(pepper, user, kind, code.expose()),
        expires_at: ctx.now.plus(LIFETIME),
        tries_left: TRIES,
        sent: 1,
    };
    (code, stored)
}

/// Decides whether a fresh code may be sent after the one before: nobody's mailbox is filled by whoever knows their name. The guard
/// counts those who ask at once.
///
/// # Errors
/// Why not, for the owner. The one before lives on.
pub fn send_code(before: Option<&MailedCode>, fresh: &MailedCode, now: Time) -> Result<Change, &'static str> {
    let sent = before.filter(|before| before.expires_at > now).map_or(0, |before| before.sent);
    if sent >= IN_A_ROW {
        return Err("ten were sent in a row, and none was used");
    }
    Ok(Change::SendMailedCode {
        code: MailedCode { sent: sent + 1, ..fresh.clone() },
        was: before.map(|before| before.digest),
    })
}

/// What a code that somebody typed comes to. The address is in it, so that a code goes with the address that it was sent to; of one
/// for a new password also the present one, so that it goes with that (PW-11).
pub fn digest_of(pepper: &HmacKey, user: &User, kind: CodeFor, typed: &str) -> SecretDigest {
    let password = match kind {
        CodeFor::Recovery => user.password.as_ref().map(|password| password.hash.as_str()),
        CodeFor::Verification => None,
    };
    let code: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let (environment, id, email) = (user.environment, user.id, &user.email);
    let whole = format!("{environment}\n{id}\n{}\n{code}\n{email}\n{}", kind.name(), password.unwrap_or_default());
    SecretDigest::of(pepper, &whole)
}

/// Whether a code for a new password may be sent to the user, and used by them: it takes the place of a password that they have,
/// and opens nothing that an administrator closed.
///
/// # Errors
/// What they are instead, for the owner.
pub fn may_recover(user: &User) -> Result<(), &'static str> {
    user.may_act()?;
    match () {
        () if user.identity_provider.is_some() => Err("a user who signs on with another identity provider"),
        () if user.password.is_none() => Err("a user without a password"),
        () if user.email.is_empty() => Err("a user without an e-mail address"),
        () if user.lifecycle == VERIFICATION_REQUIRED => Err("a user whose address is still to be verified"),
        () => Ok(()),
    }
}

/// A code that was not right, and the try that is counted.
#[derive(Clone, Debug)]
pub struct WrongCode {
    pub refused: Refused,
    pub counted: Option<Change>,
}

/// Decides whether what was typed is the code that was sent: the change that uses it up, with its guard.
///
/// # Errors
/// One answer whatever is wrong with it. The count is exact under parallel guesses, because it is written only where it still is
/// what was read.
pub fn judge_code(
    sent: Option<&MailedCode>,
    typed: &SecretDigest,
    kind: CodeFor,
    now: Time,
) -> Result<Change, Box<WrongCode>> {
    let wrong = |came, counted| Box::new(WrongCode { refused: wrong_code(kind, came), counted });
    let Some(sent) = sent else { return Err(wrong("none was sent", None)) };
    let &MailedCode { environment, user, digest, tries_left, expires_at, .. } = sent;
    let dead = match () {
        () if expires_at <= now => Some("one that expired"),
        () if tries_left <= 0 => Some("one that was tried too often"),
        () => None,
    };
    if let Some(dead) = dead {
        return Err(wrong(dead, None));
    }
    if digest.matches(typed) {
        return Ok(Change::UseMailedCode { environment, user, kind, digest, at: now });
    }
    let counted = Change::CountMailedTry { environment, user, kind, digest, was: tries_left };
    Err(wrong("another code", Some(counted)))
}

/// That a code is not right, and for the owner why.
pub fn wrong_code(kind: CodeFor, came: &'static str) -> Refused {
    let refused = Refused::new(Reason::MailedCodeWrong, "the code that was sent last", came);
    let detail = Detail::new("INVALID_VALUE", kind.member(), Reason::MailedCodeWrong.row().public);
    Refused { details: vec![detail], ..refused }
}

/// For how long a code counts (PingOne: five minutes).
pub const LIFETIME: i64 = 5 * 60;
/// How often one may be tried: of 2^40 codes that is next to nothing.
pub const TRIES: i64 = 5;
const IN_A_ROW: i64 = 10;

#[cfg(test)]
mod tests;
