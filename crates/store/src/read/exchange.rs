//! What a code or a refresh token is exchanged by, in one query each: every round trip here is on the way of a token.

use std::sync::LazyLock;

use protocol::change::{Code, Family, RefreshToken};
use protocol::id::EnvironmentId;
use protocol::model::{ObjectKind, Session, User};
use protocol::secret::TokenHash;

use super::sign_on::session;
use super::tokens::{code, family, refresh_token};
use crate::kinds::kind;
use crate::row::walk::take;
use crate::{Reads, Row, StoreError};

/// A code with the person and the session it was issued to, where they still are.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    pub code: Code,
    pub user: Option<User>,
    pub session: Option<Session>,
}

/// A refresh token with its family, and the person and the session that the family belongs to, where they still are.
#[derive(Clone, Debug)]
pub struct IssuedRefreshToken {
    pub token: RefreshToken,
    pub family: Option<Family>,
    pub user: Option<User>,
    pub session: Option<Session>,
}

impl Reads {
    pub async fn issued_code(
        &self,
        environment: EnvironmentId,
        hash: TokenHash,
    ) -> Result<Option<IssuedCode>, StoreError> {
        let row = self.first(&CODE, vec![environment.uuid().into(), hash.bytes().to_vec().into()]).await?;
        let Some(mut row) = row else { return Ok(None) };
        let (user, session) = person(environment, row.split_off(3))?;
        Ok(Some(IssuedCode { code: code(&row)?, user, session }))
    }

    pub async fn issued_refresh_token(
        &self,
        environment: EnvironmentId,
        hash: TokenHash,
    ) -> Result<Option<IssuedRefreshToken>, StoreError> {
        let row = self.first(&REFRESH_TOKEN, vec![environment.uuid().into(), hash.bytes().to_vec().into()]).await?;
        let Some(mut row) = row else { return Ok(None) };
        let (user, session) = person(environment, row.split_off(9))?;
        let family = joined(&row.split_off(6), family)?;
        Ok(Some(IssuedRefreshToken { token: refresh_token(environment, hash, &row)?, family, user, session }))
    }
}

/// The columns of a user and of a session behind them.
fn person(environment: EnvironmentId, mut row: Row) -> Result<(Option<User>, Option<Session>), StoreError> {
    let behind = row.split_off(kind(ObjectKind::User).width());
    Ok((joined(&row, take)?, joined(&behind, |row| session(environment, row))?))
}

/// The part of a row that a LEFT JOIN brought. Its first column is never NULL where there is one.
fn joined<T>(row: &Row, read: impl FnOnce(&Row) -> Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    if row.starts_null() { Ok(None) } else { read(row).map(Some) }
}

static CODE: LazyLock<String> = LazyLock::new(|| {
    let user = kind(ObjectKind::User).selected("u.");
    format!(
        "SELECT c.body, c.consumed_at, c.expires_at, {user},
                s.id, s.user_id, s.token, s.auth_time, s.acr, s.amr, s.created_at, s.expires_at, s.ended_at
             FROM codes c
             LEFT JOIN users u ON u.environment_id = c.environment_id AND u.id = c.user_id
             LEFT JOIN sessions s ON s.environment_id = c.environment_id AND s.id = c.session_id
             WHERE c.environment_id = $1 AND c.hash = $2"
    )
});
static REFRESH_TOKEN: LazyLock<String> = LazyLock::new(|| {
    let user = kind(ObjectKind::User).selected("u.");
    format!(
        "SELECT t.family_id, t.generation, t.issued_at, t.expires_at, t.superseded_at, t.sealed_successor,
                f.body, f.revoked_at, f.grace_replays, {user},
                s.id, s.user_id, s.token, s.auth_time, s.acr, s.amr, s.created_at, s.expires_at, s.ended_at
             FROM refresh_tokens t
             LEFT JOIN families f ON f.environment_id = t.environment_id AND f.id = t.family_id
             LEFT JOIN users u ON u.environment_id = f.environment_id AND u.id = f.user_id
             LEFT JOIN sessions s ON s.environment_id = f.environment_id AND s.id = f.session_id
             WHERE t.environment_id = $1 AND t.hash = $2"
    )
});
