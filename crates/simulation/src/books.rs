//! What lies in the database, held against itself and, at the end, against what was answered.

use std::collections::BTreeMap;

use store::{Row, Statement};

use crate::ledger::Recorded;
use crate::scene::Scene;

/// Looks at everything.
pub(crate) async fn examine(scene: &Scene) {
    compare(scene);
    recorded(scene);
    counted(scene).await;
}

/// What fits together after every commit.
pub(crate) fn compare(scene: &Scene) {
    for (rule, sql) in RULES {
        let wrong = rows(scene, sql).len();
        if wrong > 0 {
            scene.ledger.find(format!("{wrong} times in the database: {rule}"));
        }
    }
}

fn rows(scene: &Scene, sql: &'static str) -> Vec<Row> {
    scene.cluster.database.all(&Statement::new(sql, vec![]))
}

/// ADR 0014: every counter is what is there.
async fn counted(scene: &Scene) {
    let Some(running) = scene.cluster.running(0) else { return };
    match running.server.base.store.recount().await {
        Ok(0) => {}
        Ok(wrong) => scene.ledger.find(format!("{wrong} counters were wrong")),
        Err(error) => scene.ledger.find(format!("counters could not be compared: {error}")),
    }
}

/// One row of the activities.
struct Entry {
    action: String,
    refused: bool,
}

fn recorded(scene: &Scene) {
    let mut entries: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for row in rows(scene, "SELECT correlation, action, reason FROM activities") {
        let (Ok(correlation), Ok(action)) = (row.uuid(0), row.text(1)) else { continue };
        let refused = row.opt_text(2).is_ok_and(|reason| reason.is_some());
        let entry = Entry { action: action.to_owned(), refused };
        entries.entry(correlation.to_string()).or_default().push(entry);
    }
    let none = Vec::new();
    for recorded in scene.ledger.recorded.borrow().iter() {
        let entries = entries.get(&recorded.correlation).unwrap_or(&none);
        let tells = |entry: &&Entry| !entry.refused && (entry.action == recorded.action || entry.action == AGAIN);
        let granted = entries.iter().filter(tells).count();
        let Recorded { action, by, .. } = recorded;
        let at = by.at.duration_since(scene.ledger.trace.begun());
        let told = |what: &str| scene.ledger.find(format!("{action} after {at:?} of process {}: {what}", by.process));
        match (recorded.granted, granted) {
            (true, 1) | (false, 0) => {}
            (false, _) => told("it was refused, and is on record as granted"),
            (true, 0) if !recorded.with_change && may_be_lost(scene, recorded) => {}
            (true, 0) => told("it is not on record"),
            (true, _) => told("it is on record more than once"),
        }
    }
}

/// ADR 0005: what waits to be written is lost with its process.
fn may_be_lost(scene: &Scene, recorded: &Recorded) -> bool {
    recorded.by.life < scene.cluster.starts(recorded.by.process)
}

/// H8: what could not be told was given to who came again, and nothing besides.
const AGAIN: &str = "REQUEST.RECEIVED";
/// What must find nothing, whenever it is looked for.
const RULES: [(&str, &str); 13] = [
    (
        "a family with more than one refresh token that is not superseded, or none",
        "SELECT f.id FROM families f WHERE
            (SELECT COUNT(*) FROM refresh_tokens t WHERE t.family_id = f.id AND t.superseded_at IS NULL) <> 1",
    ),
    (
        "generations of a family with a gap or a double",
        "SELECT family_id FROM refresh_tokens GROUP BY family_id HAVING COUNT(*) <> MAX(generation) OR MIN(generation) <> 1
            OR COUNT(DISTINCT generation) <> COUNT(*)",
    ),
    (
        "a refresh token of no family",
        "SELECT 1 FROM refresh_tokens t WHERE NOT EXISTS (SELECT 1 FROM families f WHERE f.environment_id = t.environment_id AND f.id = t.family_id)",
    ),
    (
        "an access token of no family",
        "SELECT 1 FROM access_tokens t WHERE t.family_id IS NOT NULL AND
            NOT EXISTS (SELECT 1 FROM families f WHERE f.environment_id = t.environment_id AND f.id = t.family_id)",
    ),
    (
        "a code that was used without a family",
        "SELECT 1 FROM codes c WHERE c.consumed_at IS NOT NULL AND
            NOT EXISTS (SELECT 1 FROM families f WHERE f.environment_id = c.environment_id AND f.id = c.family_id)",
    ),
    (
        "a family of a code that was not used",
        "SELECT 1 FROM families f WHERE NOT EXISTS
            (SELECT 1 FROM codes c WHERE c.environment_id = f.environment_id AND c.family_id = f.id AND c.consumed_at IS NOT NULL)",
    ),
    (
        "a live family of a session that ended",
        "SELECT 1 FROM families f JOIN sessions s ON s.environment_id = f.environment_id AND s.id = f.session_id
            WHERE s.ended_at IS NOT NULL AND f.revoked_at IS NULL AND NOT f.offline",
    ),
    (
        "a code or family of no session",
        "SELECT 1 FROM codes c WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.environment_id = c.environment_id AND s.id = c.session_id)",
    ),
    (
        "a live session of a user who is switched off",
        "SELECT 1 FROM sessions s JOIN users u ON u.environment_id = s.environment_id AND u.id = s.user_id
            WHERE NOT u.enabled AND s.ended_at IS NULL",
    ),
    (
        "a live family of a client that its person does not allow",
        "SELECT 1 FROM families f JOIN applications a ON a.environment_id = f.environment_id AND a.id = f.application_id
            WHERE a.body LIKE '%stranger.example%' AND f.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM consents c
                WHERE c.environment_id = f.environment_id AND c.user_id = f.user_id AND c.application_id = f.application_id)",
    ),
    (
        "a code of a client that its person does not allow",
        "SELECT 1 FROM codes o JOIN applications a ON a.environment_id = o.environment_id AND a.id = o.application_id
            WHERE a.body LIKE '%stranger.example%' AND o.consumed_at IS NULL AND o.expires_at > 0 AND NOT EXISTS (SELECT 1 FROM consents c
                WHERE c.environment_id = o.environment_id AND c.user_id = o.user_id AND c.application_id = o.application_id)",
    ),
    (
        "tokens that people were given, and another number of events that say so",
        "SELECT 1 WHERE (SELECT COUNT(*) FROM access_tokens WHERE family_id IS NOT NULL) <>
            (SELECT COUNT(*) FROM activities WHERE action = 'ACCESS_TOKEN.CREATED' AND reason IS NULL AND user_id IS NOT NULL)",
    ),
    (
        "sessions, and another number of events that say so",
        "SELECT 1 WHERE (SELECT COUNT(*) FROM sessions) <> (SELECT COUNT(*) FROM activities WHERE action = 'SESSION.CREATED' AND reason IS NULL)",
    ),
];
