//! Ending what lives before its time, for the controls of a developer's server: as if its time had passed, and that of nothing else.

use protocol::flow::{Flow, State};
use protocol::id::{ApplicationId, EnvironmentId, UserId};
use protocol::time::Time;

use crate::shape::Shape as _;
use crate::{Row, Statement, Store, StoreError, Value};

/// What is to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiring {
    Codes,
    AccessTokens,
    RefreshTokens,
    Sessions,
    Flows,
}

/// Of whom: of everybody in an environment, or of the application and of the user.
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    pub environment: EnvironmentId,
    /// A session is of the applications that were given a code or a token by it.
    pub application: Option<ApplicationId>,
    pub user: Option<UserId>,
}

/// How a kind is found.
struct Kind {
    table: &'static str,
    key: &'static str,
    /// 1 for what lives, 0 for what goes with it.
    counts: &'static str,
    lives: &'static str,
    of_application: &'static str,
    of_user: &'static str,
    /// `NULL` for what needs not be read.
    body: &'static str,
}

impl Store {
    /// Lets what lives expire at `now`, so many in one commit. Returns how many lived until then.
    ///
    /// # Errors
    /// What the database says: some of them may have expired.
    pub async fn expire(&self, what: Expiring, whose: Whose, now: Time) -> Result<u64, StoreError> {
        let kind = what.kind();
        let Whose { environment, application, user } = whose;
        // Whose a flow is stands in what is read of it.
        let user_in_sql = user.filter(|_| what != Expiring::Flows);
        let sql = kind.select(application.is_some(), user_in_sql.is_some());
        let (mut after, mut expired) = (Vec::new(), 0);
        loop {
            let mut values: Vec<Value> = vec![environment.uuid().into(), now.0.into(), after.into(), AT_ONCE.into()];
            values.extend(application.map(|id| id.uuid().into()));
            values.extend(user_in_sql.map(|id| id.uuid().into()));
            let rows = self.driver().read(Statement::new(sql.clone(), values)).await?;
            let mut batch = Vec::with_capacity(rows.len());
            for row in &rows {
                if what == Expiring::Flows && !concerns(row, user)? {
                    continue;
                }
                expired += u64::from(row.i64(1)? != 0);
                batch.push(kind.update(environment, row.bytes(0)?, now));
            }
            if !batch.is_empty() {
                self.driver().commit(batch).await?;
            }
            if (rows.len() as i64) < AT_ONCE {
                return Ok(expired);
            }
            after = rows.last().map(|row| row.bytes(0)).transpose()?.unwrap_or_default().to_vec();
        }
    }
}

/// Whether a flow goes on, and is the user's where one is named.
fn concerns(row: &Row, user: Option<UserId>) -> Result<bool, StoreError> {
    let flow = Flow::read(row.text(2)?)?;
    let over = matches!(flow.state, State::Resumed { .. } | State::Cancelled);
    Ok(!over && user.is_none_or(|user| flow.state.user() == Some(user)))
}

impl Kind {
    fn select(&self, of_application: bool, of_user: bool) -> String {
        let Self { table, key, counts, lives, body, .. } = self;
        let mut sql = format!(
            "SELECT t.{key}, CAST({counts} AS BIGINT), {body} FROM {table} t
             WHERE t.environment_id = $1 AND t.expires_at > $2 AND t.{key} > $3 {lives}"
        );
        let mut place = 5;
        for (named, condition) in [(of_application, self.of_application), (of_user, self.of_user)] {
            if named {
                sql.push_str(&condition.replace("$N", &format!("${place}")));
                place += 1;
            }
        }
        format!("{sql} ORDER BY t.{key} LIMIT $4")
    }

    fn update(&self, environment: EnvironmentId, key: &[u8], now: Time) -> Statement {
        let sql = format!("UPDATE {} SET expires_at = $3 WHERE environment_id = $1 AND {} = $2", self.table, self.key);
        Statement::new(sql, vec![environment.uuid().into(), key.into(), now.0.into()])
    }
}

impl Expiring {
    fn kind(self) -> Kind {
        match self {
            Self::Codes => Kind {
                table: "codes",
                key: "hash",
                counts: "1",
                lives: "AND t.consumed_at IS NULL",
                of_application: " AND t.application_id = $N",
                of_user: " AND t.user_id = $N",
                body: "NULL",
            },
            Self::AccessTokens => Kind {
                table: "access_tokens",
                key: "hash",
                counts: "1",
                lives: "AND t.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM families f
                    WHERE f.environment_id = $1 AND f.id = t.family_id AND f.revoked_at IS NOT NULL)",
                of_application: " AND t.application_id = $N",
                of_user: OF_FAMILYS_USER,
                body: "NULL",
            },
            // The one before, which a client may show once more, goes with the one that follows it.
            Self::RefreshTokens => Kind {
                table: "refresh_tokens",
                key: "hash",
                counts: "CASE WHEN t.superseded_at IS NULL THEN 1 ELSE 0 END",
                lives: "AND EXISTS (SELECT 1 FROM families f
                    WHERE f.environment_id = $1 AND f.id = t.family_id AND f.revoked_at IS NULL AND f.expires_at > $2)",
                of_application: " AND EXISTS (SELECT 1 FROM families f
                    WHERE f.environment_id = $1 AND f.id = t.family_id AND f.application_id = $N)",
                of_user: OF_FAMILYS_USER,
                body: "NULL",
            },
            Self::Sessions => Kind {
                table: "sessions",
                key: "id",
                counts: "1",
                lives: "AND t.ended_at IS NULL",
                of_application: " AND (EXISTS (SELECT 1 FROM families f
                    WHERE f.environment_id = $1 AND f.session_id = t.id AND f.application_id = $N)
                  OR EXISTS (SELECT 1 FROM codes c
                    WHERE c.environment_id = $1 AND c.session_id = t.id AND c.application_id = $N))",
                of_user: " AND t.user_id = $N",
                body: "NULL",
            },
            Self::Flows => Kind {
                table: "flows",
                key: "id",
                counts: "1",
                lives: "",
                of_application: " AND t.application_id = $N",
                of_user: "",
                body: "t.body",
            },
        }
    }
}

const OF_FAMILYS_USER: &str = " AND EXISTS (SELECT 1 FROM families f
    WHERE f.environment_id = $1 AND f.id = t.family_id AND f.user_id = $N)";
/// As many as one commit takes.
const AT_ONCE: i64 = 500;
