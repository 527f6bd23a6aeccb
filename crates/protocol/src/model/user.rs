//! Users: who signs on.

mod describe;
mod found;
mod import;

use super::PasswordPolicy;
use super::schema::CustomValues;
use crate::id::{EnvironmentId, IdentityProviderId, PopulationId, UserId};
use crate::names::names;
use crate::time::Time;

pub use import::{ImportedUser, NewPassword};

/// The lifecycle's state of an account that waits for nothing.
pub const ACCOUNT_OK: &str = "ACCOUNT_OK";
/// Whether the address is the person's is still to be shown.
pub const VERIFICATION_REQUIRED: &str = "VERIFICATION_REQUIRED";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    pub id: UserId,
    pub environment: EnvironmentId,
    pub population: PopulationId,
    /// As written; [`crate::name::username_key`] of it is what must be unique.
    pub username: String,
    pub email: String,
    pub email_verified: bool,
    /// Of the number that is told: the primary one, else the mobile one.
    pub phone_verified: bool,
    pub enabled: bool,
    pub account: Account,
    /// [`ACCOUNT_OK`] or [`VERIFICATION_REQUIRED`].
    pub lifecycle: String,
    pub mfa_enabled: bool,
    /// NOT_INITIATED, ENABLED or DISABLED.
    pub verify_status: String,
    /// Where the person signs on, if that is not this server.
    pub identity_provider: Option<IdentityProviderId>,
    pub profile: Profile,
    /// What they have under the attributes of the environment's own making.
    pub custom: CustomValues,
    pub password: Option<PasswordState>,
    pub last_sign_on: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Whether the account may be used; `failures` counts wrong passwords since the last right one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    pub locked_at: Option<Time>,
    /// None while locked: only an administrator unlocks.
    pub unlock_at: Option<Time>,
    pub failures: i64,
    /// The prints of the wrong passwords that were counted, with blanks between them: the same one counts once.
    pub tried: String,
}

impl Account {
    /// Locked and the time of its unlocking not yet come: no password is taken.
    pub fn is_locked(&self, now: Time) -> bool {
        self.locked_at.is_some() && self.unlock_at.is_none_or(|at| now < at)
    }

    /// Locked by an administrator. A lock by guesses has an end: anybody can bring it about, so it stops guessing and nothing else.
    pub fn is_locked_for_good(&self) -> bool {
        self.locked_at.is_some() && self.unlock_at.is_none()
    }
}

#[derive(Clone, PartialEq)]
pub struct PasswordState {
    /// A PHC string (argon2id) or an imported, pre-encoded hash such as `{SSHA512}…`.
    pub hash: String,
    pub must_change: bool,
    /// Its person chose it themself.
    pub chosen: bool,
    pub changed_at: Time,
}

impl std::fmt::Debug for PasswordState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordState(must_change: {})", self.must_change)
    }
}

impl PasswordState {
    /// Whether it is older than the policy lets it be.
    pub fn has_expired(&self, policy: &PasswordPolicy, now: Time) -> bool {
        policy.expires(self.changed_at).is_some_and(|at| at <= now)
    }

    /// Whether its person may not change it yet: they chose it too short a while ago, and nothing makes them.
    pub fn is_too_young(&self, policy: &PasswordPolicy, now: Time) -> bool {
        let settled = policy.settles(self.changed_at).is_none_or(|at| at <= now);
        self.chosen && !settled && !self.must_change && !self.has_expired(policy, now)
    }
}

names! {
    /// What the password's state is called in answers.
    pub enum PasswordStatus {
        Ok = "OK",
        MustChangePassword = "MUST_CHANGE_PASSWORD",
        NoPassword = "NO_PASSWORD",
        PasswordExpired = "PASSWORD_EXPIRED",
        PasswordLockedOut = "PASSWORD_LOCKED_OUT",
    }
}

impl User {
    /// The number that the person is reached at.
    pub fn phone(&self) -> Option<&String> {
        self.profile.primary_phone.as_ref().or(self.profile.mobile_phone.as_ref())
    }

    /// Whether the person may act, and be acted for: by a session, a code or a token (specs §7.7). A password needs more: that
    /// the account is not locked by guesses either.
    ///
    /// # Errors
    /// What they are instead, for the owner.
    pub fn may_act(&self) -> Result<(), &'static str> {
        if !self.enabled {
            Err("a disabled user")
        } else if self.account.is_locked_for_good() {
            Err("a user whose account is locked")
        } else {
            Ok(())
        }
    }

    /// What the password's state is under this policy; where that is not known it does not expire.
    pub fn password_status(&self, policy: Option<&PasswordPolicy>, now: Time) -> PasswordStatus {
        match &self.password {
            None => PasswordStatus::NoPassword,
            Some(_) if self.account.is_locked(now) => PasswordStatus::PasswordLockedOut,
            Some(p) if p.must_change => PasswordStatus::MustChangePassword,
            Some(p) if policy.is_some_and(|policy| p.has_expired(policy, now)) => PasswordStatus::PasswordExpired,
            Some(_) => PasswordStatus::Ok,
        }
    }
}

impl User {
    /// Empties what of the person a STANDARD attribute of this name holds.
    pub(super) fn forget(&mut self, attribute: &str) {
        let person = &mut self.profile;
        match attribute {
            "address" => person.address = Address::default(),
            "birthdate" => person.birthdate = None,
            "email" => (self.email, self.email_verified) = (String::new(), false),
            "externalId" => person.external_id = None,
            "gender" => person.gender = None,
            "locale" => person.locale = None,
            "mobilePhone" => {
                self.phone_verified &= person.primary_phone.is_some();
                person.mobile_phone = None;
            }
            "name" => person.name = UserName::default(),
            "nickname" => person.nickname = None,
            "photo" => person.photo = None,
            "preferredLanguage" => person.preferred_language = None,
            // What was verified was this one.
            "primaryPhone" => self.phone_verified &= person.primary_phone.take().is_none(),
            "profileUrl" => person.page = None,
            "timezone" => person.timezone = None,
            "title" => person.title = None,
            "type" => person.kind = None,
            "website" => person.website = None,
            _ => {}
        }
    }
}

/// What a user's owner may write about them, all optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    pub name: UserName,
    pub nickname: Option<String>,
    pub title: Option<String>,
    pub kind: Option<String>,
    pub external_id: Option<String>,
    pub preferred_language: Option<String>,
    pub locale: Option<String>,
    pub timezone: Option<String>,
    pub primary_phone: Option<String>,
    pub mobile_phone: Option<String>,
    pub photo: Option<String>,
    /// Where the person tells of themselves.
    pub page: Option<String>,
    pub website: Option<String>,
    pub gender: Option<String>,
    pub birthdate: Option<String>,
    pub address: Address,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserName {
    pub given: Option<String>,
    pub middle: Option<String>,
    pub family: Option<String>,
    pub formatted: Option<String>,
    pub honorific_prefix: Option<String>,
    pub honorific_suffix: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    pub formatted: Option<String>,
    pub street_address: Option<String>,
    pub locality: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country_code: Option<String>,
}

#[cfg(test)]
mod tests;
