//! What holds of the rows whatever was asked: I2, I6 for what ends, I7, I8, I10.

use protocol::id::FamilyId;
use protocol::policy::GRACE_REPLAYS;
use protocol::secret::{Artefact, TokenHash};

use super::Invariant;
use crate::act::Act;
use crate::checker::Broken;
use crate::request::Kind;
use crate::row::Row;
use crate::scenario::Scenario;
use crate::state::{State, Words};
use crate::store::Rows;

/// What a commit broke.
pub(crate) fn of_rows(scenario: &Scenario, before: &State, after: &State) -> Option<Broken> {
    if before.rows == after.rows {
        return None;
    }
    lines(scenario, &after.rows).err()
}

fn lines(scenario: &Scenario, after: &Rows) -> Result<(), Broken> {
    for family in &after.families {
        let line = || after.refresh.iter().filter(|token| token.family == family.id);
        let current = line().filter(|token| token.superseded_at.is_none()).count();
        Invariant::I2.unless(current <= 1, "two refresh tokens of one line are good")?;
        Invariant::I7.unless(line().all(|t| t.expires_at <= family.expires_at), "a refresh token outlives its line")?;
        let ends = family.created_at.plus(scenario.absolute);
        Invariant::I7.unless(family.expires_at <= ends, "a line without an end")?;
        Invariant::I10.unless(family.grace_replays <= GRACE_REPLAYS, "more replays counted than allowed")?;
    }
    Ok(())
}

/// I8: whatever was sent is stored.
pub(crate) fn of_words(before: &State, after: &State) -> Option<Broken> {
    of_sent(&before.words, &after.words, &after.rows)
}

/// The same of what was sent since.
pub(crate) fn of_sent(before: &Words, after: &Words, rows: &Rows) -> Option<Broken> {
    for kind in [Kind::Code, Kind::Refresh, Kind::Access, Kind::Cookie] {
        for word in after.all(kind).skip(before.all(kind).count()) {
            let text = after.text(word);
            let stored = is_stored(rows, kind, text);
            let broken = Invariant::I8.unless(stored, &format!("{word} was sent and is not stored"));
            if let Err(broken) = broken {
                return Some(broken);
            }
        }
    }
    None
}

fn is_stored(rows: &Rows, kind: Kind, text: &str) -> bool {
    let hash = |artefact| TokenHash::of(artefact, text);
    match kind {
        Kind::Code => rows.codes.iter().any(|row| row.hash == hash(Artefact::AuthorizationCode)),
        Kind::Refresh => rows.refresh.iter().any(|row| row.hash == hash(Artefact::RefreshToken)),
        Kind::Access => rows.access.iter().any(|row| row.hash == hash(Artefact::AccessToken)),
        Kind::Cookie => rows.sessions.iter().any(|row| row.token == hash(Artefact::Session)),
    }
}

/// I6: every line but one, with its code and its tokens, is as it was.
pub(super) fn others_stay(before: &State, after: &State, line: Option<FamilyId>) -> bool {
    let other = |id: FamilyId| Some(id) != line;
    same(&before.rows.families, &after.rows.families, |row| other(row.id))
        && same(&before.rows.codes, &after.rows.codes, |row| other(row.family))
        && same(&before.rows.refresh, &after.rows.refresh, |row| other(row.family))
        && same(&before.rows.access, &after.rows.access, |row| row.family.is_some_and(other))
}

/// Rows keep their place, and new ones come behind.
fn same<T: PartialEq>(before: &[Row<T>], after: &[Row<T>], which: impl Fn(&T) -> bool) -> bool {
    before.iter().zip(after).all(|(before, after)| !which(before) || before == after)
}

/// I6 for what ends by a session: what another one gave goes on.
pub(crate) fn of_act(act: Act, before: &State, after: &State) -> Option<Broken> {
    let Act::SignOff(number) = act else { return None };
    let ended = before.rows.sessions.get(usize::from(number))?.id;
    let families = same(&before.rows.families, &after.rows.families, |f| f.authorization.session != ended);
    let codes = same(&before.rows.codes, &after.rows.codes, |c| c.authorization.session != ended);
    Invariant::I6.unless(families && codes, "the end of one session ended what another one gave").err()
}
