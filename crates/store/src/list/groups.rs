//! The groups of a user in a filter: `memberOfGroups[id eq "…"]`, with `type eq "DIRECT"` or `"INDIRECT"` beside it.

use protocol::filter::{Filter, FilterValue, Op};
use uuid::Uuid;

use super::Query;
use crate::StoreError;

/// What of a user's groups is asked for.
#[derive(Default)]
struct Asked {
    /// As it was written: what is no id names no group.
    id: Option<String>,
    direct: Option<bool>,
}

impl Asked {
    /// Reads one term of the brackets. None: it is none of those that are answered.
    fn read(&mut self, filter: &Filter) -> Option<()> {
        match filter {
            Filter::And(left, right) => self.read(left).and_then(|()| self.read(right)),
            Filter::Compare { path, op: Op::Eq, value: FilterValue::Text(text) } => {
                if path.eq_ignore_ascii_case("id") && self.id.is_none() {
                    self.id = Some(text.clone());
                } else if path.eq_ignore_ascii_case("type") && self.direct.is_none() {
                    self.direct = Some(TYPES.iter().find(|(name, _)| name == text)?.1);
                } else {
                    return None;
                }
                Some(())
            }
            _ => None,
        }
    }
}

impl Query<'_> {
    /// The users of the group that `inner` names; `path` is how the filter calls a user's groups.
    pub(super) fn in_group(&mut self, path: &str, inner: &Filter) -> Result<(), StoreError> {
        let mut asked = Asked::default();
        let is_known =
            self.table.groups.is_some_and(|name| name.eq_ignore_ascii_case(path) || below(name, path).is_some());
        let read = asked.read(inner).filter(|()| is_known).and(asked.id);
        let id = read.ok_or_else(|| self.unsupported(path))?;
        let Ok(id) = Uuid::try_parse(&id) else {
            self.sql.push_str("1 = 0");
            return Ok(());
        };
        let group = self.parameter(id.into());
        // The first parameter of a scope is the environment.
        let direct = format!(
            "id IN (SELECT m.user_id FROM group_members m WHERE m.environment_id = $1 AND m.group_id = {group} AND m.direct)"
        );
        // SQLite takes what is joined crosswise in the order in which it is written.
        let within = format!(
            "id IN (WITH RECURSIVE within (id) AS (SELECT g.id FROM groups g WHERE g.environment_id = $1 AND g.id = {group} UNION
                SELECT n.child_id FROM within CROSS JOIN group_nestings n WHERE n.environment_id = $1 AND n.parent_id = within.id)
             SELECT m.user_id FROM within CROSS JOIN group_members m WHERE m.environment_id = $1 AND m.group_id = within.id)"
        );
        let condition = match asked.direct {
            None => within,
            Some(true) => direct,
            // By its filter, or through another group.
            Some(false) => format!("({within} AND NOT {direct})"),
        };
        self.sql.push_str(&condition);
        Ok(())
    }
}

/// The rest of a path that begins with `name` and a point.
pub(super) fn below<'p>(name: &str, path: &'p str) -> Option<&'p str> {
    let (before, rest) = path.split_once('.')?;
    before.eq_ignore_ascii_case(name).then_some(rest)
}

/// Whether the filter asks for a group, whose members an index finds.
pub(super) fn names_group(name: &str, filter: &Filter) -> bool {
    match filter {
        Filter::Within(..) => true,
        Filter::Compare { path, .. } => below(name, path).is_some(),
        _ => false,
    }
}

const TYPES: [(&str, bool); 2] = [("DIRECT", true), ("INDIRECT", false)];
