//! Statements of codes, families and tokens, and of events. Single use is decided here, by the rows that an update finds.

use protocol::change::{AccessToken, Change, Code, Family, RefreshToken};

use super::{Batch, body};
use crate::{Dialect, Value};

/// Adds the change's statements. Everything else was taken by the other parts.
pub(super) fn add(batch: &mut Batch, change: Change) {
    match change {
        Change::IssueCode(c) => issue_code(batch, &c),
        // RFC 6749 §4.1.2: one winner, whoever asks how often.
        Change::ConsumeCode { environment, code, at } => batch.one(
            "UPDATE codes SET consumed_at = $3 WHERE environment_id = $1 AND hash = $2 AND consumed_at IS NULL AND expires_at > $3",
            vec![environment.uuid().into(), code.bytes().to_vec().into(), at.0.into()],
        ),
        Change::CreateFamily(f) => create_family(batch, &f),
        Change::RevokeFamily { environment, family, at } => batch.run(
            "UPDATE families SET revoked_at = $3 WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL",
            vec![environment.uuid().into(), family.uuid().into(), at.0.into()],
        ),
        Change::IssueRefreshToken(t) => issue_refresh_token(batch, t),
        // RFC 9700 §4.14.2: the generation is superseded once, and never in a revoked family.
        Change::SupersedeRefreshToken { environment, token, at, sealed_successor } => batch.one(
            "UPDATE refresh_tokens SET superseded_at = $3, sealed_successor = $4 WHERE environment_id = $1 AND hash = $2 AND superseded_at IS NULL
                AND EXISTS (SELECT 1 FROM families f WHERE f.environment_id = $1 AND f.id = refresh_tokens.family_id AND f.revoked_at IS NULL)",
            vec![environment.uuid().into(), token.bytes().to_vec().into(), at.0.into(), sealed_successor.into()],
        ),
        Change::UseFamily { environment, family } => {
            // PostgreSQL: whoever revokes it waits for this commit, or this one for that.
            let sql = match batch.dialect {
                Dialect::Sqlite => "SELECT 1 FROM families WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL",
                Dialect::Postgres => "SELECT 1 FROM families WHERE environment_id = $1 AND id = $2 AND revoked_at IS NULL FOR SHARE",
            };
            batch.one(sql, vec![environment.uuid().into(), family.uuid().into()]);
        }
        Change::CountGraceReplay { environment, family, was } => batch.one(
            "UPDATE families SET grace_replays = grace_replays + 1 WHERE environment_id = $1 AND id = $2 AND grace_replays = $3 AND revoked_at IS NULL",
            vec![environment.uuid().into(), family.uuid().into(), was.into()],
        ),
        Change::RecordAccessToken(t) => batch.run(
            "INSERT INTO access_tokens (environment_id, hash, application_id, family_id, claims, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            access_values(&t),
        ),
        Change::RevokeAccessToken(t) => batch.run(
            "INSERT INTO access_tokens (environment_id, hash, application_id, family_id, claims, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (environment_id, hash) DO UPDATE SET revoked_at = COALESCE(access_tokens.revoked_at, excluded.revoked_at)",
            access_values(&t),
        ),
        Change::Record(event) => batch.record(&event),
        // The other parts match these; naming them keeps this match exhaustive.
        Change::Put(..) | Change::Remove(_) | Change::Expect(..) | Change::Require(_) | Change::Absent(_) | Change::KeepRole { .. } | Change::CreateKey(_) | Change::UpdateKey { .. }
        | Change::DeleteKey(..) | Change::UseInitialToken { .. } | Change::MarkClient { .. } | Change::ExpectUnused { .. }
        | Change::RotateSecret { .. } | Change::DeletePreviousSecret { .. } | Change::Reseal { .. } | Change::MasterKeyRotation(_)
        | Change::ImportUsers(_) | Change::SetPassword { .. } | Change::SetAccount { .. } | Change::Rehash { .. } | Change::RecordSignOn { .. }
        | Change::SendMailedCode { .. } | Change::CountMailedTry { .. } | Change::UseMailedCode { .. }
        | Change::GiveConsent { .. } | Change::UseConsent { .. } | Change::WithdrawConsent { .. }
        | Change::CreateFlow(_) | Change::UpdateFlow(_) | Change::CreateSession(_)
        | Change::UseAssertion(_) | Change::UseProof(_) | Change::PushRequest(_) | Change::UsePushedRequest { .. }
        | Change::EndSession(..) | Change::EndUserSessions(..) | Change::JoinSession(_) | Change::MoveNotice { .. } | Change::LeaveSession(_) | Change::JoinGroup { .. } | Change::LeaveGroup { .. } => {}
    }
}

fn issue_code(batch: &mut Batch, c: &Code) {
    batch.run(
        "INSERT INTO codes (environment_id, hash, application_id, user_id, session_id, family_id, expires_at, consumed_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vec![
            c.environment.uuid().into(),
            c.hash.bytes().to_vec().into(),
            c.authorization.application.uuid().into(),
            c.authorization.user.uuid().into(),
            c.authorization.session.uuid().into(),
            c.family.uuid().into(),
            c.expires_at.0.into(),
            c.consumed_at.map(|t| t.0).into(),
            body(c),
        ],
    );
}

fn create_family(batch: &mut Batch, f: &Family) {
    batch.run(
        "INSERT INTO families (environment_id, id, application_id, user_id, session_id, expires_at, revoked_at, grace_replays, body, offline)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        vec![
            f.environment.uuid().into(),
            f.id.uuid().into(),
            f.authorization.application.uuid().into(),
            f.authorization.user.uuid().into(),
            f.authorization.session.uuid().into(),
            f.expires_at.0.into(),
            f.revoked_at.map(|t| t.0).into(),
            f.grace_replays.into(),
            body(f),
            f.authorization.is_offline().into(),
        ],
    );
}

fn issue_refresh_token(batch: &mut Batch, t: RefreshToken) {
    batch.run(
        "INSERT INTO refresh_tokens (environment_id, hash, family_id, generation, issued_at, expires_at, superseded_at, sealed_successor)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vec![
            t.environment.uuid().into(),
            t.hash.bytes().to_vec().into(),
            t.family.uuid().into(),
            t.generation.into(),
            t.issued_at.0.into(),
            t.expires_at.0.into(),
            t.superseded_at.map(|at| at.0).into(),
            t.sealed_successor.into(),
        ],
    );
}

fn access_values(t: &AccessToken) -> Vec<Value> {
    vec![
        t.environment.uuid().into(),
        t.hash.bytes().to_vec().into(),
        t.application.uuid().into(),
        t.family.map(protocol::id::FamilyId::uuid).into(),
        t.claims.as_deref().into(),
        t.expires_at.0.into(),
        t.revoked_at.map(|at| at.0).into(),
    ]
}
