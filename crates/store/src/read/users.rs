//! Users.

use protocol::id::{EnvironmentId, PopulationId, UserId};
use protocol::model::{Account, PasswordState, User};
use serde_json::json;

use super::{opt_time, time};
use crate::commit::Counted;
use crate::list::{Indexed, Kind, Scope, Table};
use crate::shape::{Shape, corrupt};
use crate::{List, Page, Reads, Row, StoreError};

impl Reads {
    pub async fn user(&self, environment: EnvironmentId, id: UserId) -> Result<Option<User>, StoreError> {
        let sql = "SELECT id, population_id, enabled, created_at, updated_at, version, locked_at, unlock_at, failures, password_hash,
                must_change, password_changed_at, last_sign_on, body
             FROM users WHERE environment_id = $1 AND id = $2";
        let row = self.first(sql, vec![environment.uuid().into(), id.uuid().into()]).await?;
        row.map(|row| user(environment, &row)).transpose()
    }

    /// The user whose name has this key ([`protocol::name::username_key`]).
    pub async fn user_by_name(&self, environment: EnvironmentId, key: &str) -> Result<Option<User>, StoreError> {
        let sql = "SELECT id, population_id, enabled, created_at, updated_at, version, locked_at, unlock_at, failures, password_hash,
                must_change, password_changed_at, last_sign_on, body
             FROM users WHERE environment_id = $1 AND username_key = $2";
        let row = self.first(sql, vec![environment.uuid().into(), key.into()]).await?;
        row.map(|row| user(environment, &row)).transpose()
    }

    pub async fn users(&self, environment: EnvironmentId, list: &List) -> Result<Page<User>, StoreError> {
        self.page(&USERS, Scope::environment(environment), list, |row| user(environment, row)).await
    }
}

/// What of a user is not in its columns.
pub(crate) fn user_body(user: &User) -> String {
    json!({
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        "lifecycle": user.lifecycle,
        "mfa_enabled": user.mfa_enabled,
        "verify_status": user.verify_status,
        "identity_provider": user.identity_provider.put(),
        "profile": user.profile.put(),
    })
    .to_string()
}

pub(super) fn user(environment: EnvironmentId, row: &Row) -> Result<User, StoreError> {
    let json: serde_json::Value = serde_json::from_str(row.text(13)?).map_err(|_| corrupt("user"))?;
    let password = row.opt_text(9)?.map(|hash| {
        Ok::<_, StoreError>(PasswordState {
            hash: hash.to_owned(),
            must_change: row.bool(10)?,
            changed_at: opt_time(row, 11)?.unwrap_or_default(),
        })
    });
    Ok(User {
        id: UserId::new(row.uuid(0)?),
        environment,
        population: PopulationId::new(row.uuid(1)?),
        username: Shape::take(&json["username"])?,
        email: Shape::take(&json["email"])?,
        email_verified: Shape::take(&json["email_verified"])?,
        enabled: row.bool(2)?,
        account: Account { locked_at: opt_time(row, 6)?, unlock_at: opt_time(row, 7)?, failures: row.i64(8)? },
        lifecycle: Shape::take(&json["lifecycle"])?,
        mfa_enabled: Shape::take(&json["mfa_enabled"])?,
        verify_status: Shape::take(&json["verify_status"])?,
        identity_provider: Shape::take(&json["identity_provider"])?,
        profile: Shape::take(&json["profile"])?,
        password: password.transpose()?,
        last_sign_on: opt_time(row, 12)?,
        created_at: time(row, 3)?,
        updated_at: time(row, 4)?,
        version: row.i64(5)?,
    })
}

pub(crate) const USERS: Table = Table {
    select: "id, population_id, enabled, created_at, updated_at, version, locked_at, unlock_at, failures, password_hash, must_change, password_changed_at, last_sign_on, body",
    from: "users",
    order: "created_at",
    attributes: &[
        ("id", "id", Kind::Id),
        ("username", "username_key", Kind::Username),
        ("email", "email_key", Kind::Folded),
        ("population.id", "population_id", Kind::Id),
        ("name.given", "given_key", Kind::Folded),
        ("name.family", "family_key", Kind::Folded),
        ("enabled", "enabled", Kind::Flag),
        ("createdAt", "created_at", Kind::Time),
        ("updatedAt", "updated_at", Kind::Time),
        ("lastSignOn.at", "last_sign_on", Kind::Time),
        ("address.countryCode", "body.profile.address.country_code", Kind::Loose),
        ("address.locality", "body.profile.address.locality", Kind::Loose),
        ("address.postalCode", "body.profile.address.postal_code", Kind::Loose),
        ("address.region", "body.profile.address.region", Kind::Loose),
        ("address.streetAddress", "body.profile.address.street_address", Kind::Loose),
        ("emailVerified", "body.email_verified", Kind::Flag),
        ("externalId", "body.profile.external_id", Kind::Exact),
        ("lifecycle.status", "body.lifecycle", Kind::Exact),
        ("locale", "body.profile.locale", Kind::Loose),
        ("mfaEnabled", "body.mfa_enabled", Kind::Flag),
        ("mobilePhone", "body.profile.mobile_phone", Kind::Loose),
        ("name.formatted", "body.profile.name.formatted", Kind::Loose),
        ("name.honorificPrefix", "body.profile.name.honorific_prefix", Kind::Loose),
        ("name.honorificSuffix", "body.profile.name.honorific_suffix", Kind::Loose),
        ("name.middle", "body.profile.name.middle", Kind::Loose),
        ("nickname", "body.profile.nickname", Kind::Loose),
        ("photo.href", "body.profile.photo", Kind::Exact),
        ("preferredLanguage", "body.profile.preferred_language", Kind::Loose),
        ("primaryPhone", "body.profile.primary_phone", Kind::Loose),
        ("timezone", "body.profile.timezone", Kind::Loose),
        ("title", "body.profile.title", Kind::Loose),
        ("type", "body.profile.kind", Kind::Loose),
        ("verifyStatus", "body.verify_status", Kind::Exact),
    ],
    indexed: &[
        Indexed::Few("id"),
        Indexed::Paged("username_key"),
        Indexed::Paged("email_key"),
        Indexed::Beginning("body.profile.external_id"),
        Indexed::Paged("family_key"),
        Indexed::Paged("given_key"),
        Indexed::Part("population_id"),
    ],
    counted: Some(Counted::Users),
    groups: Some("memberOfGroups"),
};
