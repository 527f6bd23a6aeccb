//! Reads one page in as much work as the page is long, wherever an index answers the filter.
//!
//! A filter's rows are first looked for as keys, [`COUNTED`] at most. Are there fewer, they are all, and the page is cut from
//! them; are there more, some are found soon by walking along in the order of the page.

use std::collections::HashMap;
use std::time::Duration;

use protocol::filter::Filter;
use protocol::id::{EnvironmentId, OrganizationId};
use uuid::Uuid;

use super::access::Access;
use super::{COUNTED, List, Page, Query, Table};
use crate::read::readable;
use crate::{Dialect, Extent, Options, Reads, Row, Statement, StoreError, Value, Work, placeholders};

/// The condition that every row of a list meets, with its parameters, and whose list it is.
pub(crate) struct Scope {
    owner: Uuid,
    condition: String,
    values: Vec<Value>,
    /// Some rows named one by one, and not all that the owner has.
    named: bool,
}

impl Scope {
    pub(crate) fn environment(id: EnvironmentId) -> Self {
        let condition = "environment_id = $1".to_owned();
        Self { owner: id.uuid(), condition, values: vec![id.uuid().into()], named: false }
    }

    /// Some of the environment's: those that meet `condition` too, whose parameters are `$2` and on.
    pub(crate) fn some(id: EnvironmentId, condition: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let whole = Self::environment(id);
        let condition = format!("{} AND {condition}", whole.condition);
        Self { condition, values: whole.values.into_iter().chain(values).collect(), named: true, ..whole }
    }

    pub(crate) fn organization(id: OrganizationId, only: Option<&[EnvironmentId]>) -> Self {
        let condition = "organization_id = $1".to_owned();
        let whole = Self { owner: id.uuid(), condition, values: vec![id.uuid().into()], named: false };
        let Some(only) = only else { return whole };
        let condition = format!("{} AND id IN ({})", whole.condition, placeholders(2, only.len()));
        let ids = only.iter().map(|id| Value::from(id.uuid()));
        Self { condition, values: whole.values.into_iter().chain(ids).collect(), named: true, ..whole }
    }
}

/// Where a row stands in its list: by the column that orders, then by id.
type Place = (i64, Uuid);

/// A page as it was found.
struct Found {
    rows: Vec<Row>,
    /// The place of the last row, where there are more after it.
    last: Option<Place>,
    total: i64,
}

impl Reads {
    /// Reads one page of what is in `scope`.
    pub(crate) async fn page<T>(
        &self,
        table: &Table,
        scope: Scope,
        list: &List,
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let limit = list.limit.clamp(1, 1000) as usize;
        let reading = Reading { table, dialect: self.dialect(), scope, filter: list.filter.as_ref() };
        // What is wrong with a filter or cursor is said before anything is read.
        reading.walk(&Access::Walk, list.after.as_deref(), limit)?;
        let found = reading.found(self, list.after.as_deref(), limit).await.map_err(|error| match error {
            // Without a filter it is not the caller's list that is too much.
            StoreError::TooLong if list.filter.is_none() => StoreError::Unavailable("a page took too long".to_owned()),
            StoreError::TooLong => StoreError::Costly { indexed: table.names_indexed() },
            error => error,
        })?;
        let next = found.last.map(|(at, id)| format!("{at}:{id}"));
        Ok(Page { rows: readable(found.rows.iter().map(read))?, next, total: found.total })
    }

    /// A read of a list. What no index answers has a share of its owner, and so has what turned out to be long. It is tried for a
    /// moment all the same: of a few rows none needs to wait for its turn.
    async fn listed(&self, owner: Uuid, statement: Statement, scan: bool) -> Result<Vec<Row>, StoreError> {
        let share = if scan { Some(self.shares.admit(owner).await?) } else { None };
        let time = if scan { self.times.moment } else { self.times.page };
        match self.driver().list(statement.clone(), Work { owner, extent: Extent::Page, time }).await {
            Err(StoreError::TooLong) => {}
            outcome => return outcome,
        }
        let _share = match share {
            Some(share) => share,
            None => self.shares.admit(owner).await?,
        };
        self.driver().list(statement, Work { owner, extent: Extent::Scan, time: self.times.scan }).await
    }
}

/// What lists may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// A list without an index, before it waits for its turn.
    moment: Duration,
    page: Duration,
    pub(crate) scan: Duration,
}

impl Times {
    pub(crate) fn of(options: &Options) -> Self {
        Self { moment: options.page_time.min(MOMENT), page: options.page_time, scan: options.scan_time }
    }
}

const MOMENT: Duration = Duration::from_millis(10);

/// A list, ready to be read.
pub(super) struct Reading<'a> {
    pub(super) table: &'a Table,
    pub(super) dialect: Dialect,
    pub(super) scope: Scope,
    pub(super) filter: Option<&'a Filter>,
}

impl Reading<'_> {
    async fn found(&self, store: &Reads, after: Option<&str>, limit: usize) -> Result<Found, StoreError> {
        let access = self.access();
        if let Some(counted) = self.table.counted.filter(|_| !self.scope.named) {
            let part = self.filter.and_then(|filter| access.part(filter));
            if part.is_some() || self.filter.is_none() {
                let total = store.counted(counted, self.scope.owner, part).await?;
                return self.along(store, &access, after, (limit, total)).await;
            }
        }
        let found = store.listed(self.scope.owner, self.keys(&access)?, self.scans(&access)).await?;
        let mut places = found.iter().map(|row| place(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let (all, total) = (places.len() <= COUNTED, places.len() as i64);
        places.sort_unstable();
        if let Some(after) = after.and_then(cursor) {
            places.retain(|place| *place > after);
        }
        // In the order of the page the first ones are known even where not all are.
        if !all && (matches!(access, Access::Loose(_)) || places.len() <= limit) {
            let dense = if let Access::Ordered(_) = access { access } else { Access::Walk };
            return self.along(store, &dense, after, (limit, total)).await;
        }
        let more = places.len() > limit;
        places.truncate(limit);
        let last = places.last().copied().filter(|_| more);
        Ok(Found { rows: self.fetch(store, &places).await?, last, total })
    }

    /// The page by going along in its order.
    async fn along(
        &self,
        store: &Reads,
        access: &Access,
        after: Option<&str>,
        (limit, total): (usize, i64),
    ) -> Result<Found, StoreError> {
        let walk = self.walk(access, after, limit)?;
        let mut rows = store.listed(self.scope.owner, walk, self.scans(access)).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more).map(|row| place(row, row.width() - 2)).transpose()?;
        Ok(Found { rows, last, total })
    }

    /// Whether row after row is looked at.
    fn scans(&self, access: &Access) -> bool {
        self.filter.is_some() && *access == Access::Walk
    }

    pub(super) fn access(&self) -> Access {
        match self.filter {
            None if self.scope.named => Access::Loose(Vec::new()),
            None => Access::Walk,
            Some(filter) => match Access::of(self.table, filter) {
                Access::Walk if self.scope.named => Access::Loose(Vec::new()),
                access => access,
            },
        }
    }

    /// The condition of scope, index and filter.
    fn condition(&self, access: &Access) -> Result<Query<'_>, StoreError> {
        let Scope { condition, values, .. } = &self.scope;
        let mut query =
            Query { table: self.table, dialect: self.dialect, sql: condition.clone(), values: values.clone() };
        let keys: Vec<String> = access.keys().iter().map(|key| key.condition(&mut query)).collect();
        if !keys.is_empty() {
            query.sql = format!("{} AND ({})", query.sql, keys.join(" OR "));
        }
        if let Some(filter) = self.filter {
            query.sql.push_str(" AND ");
            query.condition(filter)?;
        }
        Ok(query)
    }

    /// Finds the places of what the filter finds, one more than are counted. In the page's order, unless the index has another.
    pub(super) fn keys(&self, access: &Access) -> Result<Statement, StoreError> {
        let Table { from, order, .. } = self.table;
        let Query { sql, values, .. } = self.condition(access)?;
        let sorted = match access {
            Access::Walk | Access::Ordered(_) => format!(" ORDER BY {order}, id"),
            // In the order of the index, so that the first ones are read and not all.
            Access::Loose(keys) => match keys.as_slice() {
                [key] if key.is_range() => format!(" ORDER BY {}, {order}, id", key.expression(self.dialect)),
                _ => String::new(),
            },
        };
        let text = format!("SELECT {order}, id FROM {from} WHERE {sql}{sorted} LIMIT {}", COUNTED + 1);
        Ok(Statement::new(text, values))
    }

    /// Reads the page by going along in its order.
    pub(super) fn walk(&self, access: &Access, after: Option<&str>, limit: usize) -> Result<Statement, StoreError> {
        let Table { select, from, order, .. } = self.table;
        let mut query = self.condition(access)?;
        if let Some(after) = after {
            query.after(after)?;
        }
        let Query { sql, values, .. } = query;
        let text = format!(
            "SELECT {select}, {order}, id FROM {from} WHERE {sql} ORDER BY {order}, id LIMIT {wanted}",
            wanted = limit + 1,
        );
        Ok(Statement::new(text, values))
    }

    /// The rows at these places, in their order. What was deleted meanwhile is left out.
    async fn fetch(&self, store: &Reads, places: &[Place]) -> Result<Vec<Row>, StoreError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let (Table { select, from, order, .. }, Scope { condition, values, .. }) = (self.table, &self.scope);
        let ids = placeholders(values.len() + 1, places.len());
        let text = format!("SELECT {select}, {order}, id FROM {from} WHERE {condition} AND id IN ({ids})");
        let values = values.iter().cloned().chain(places.iter().map(|(_, id)| (*id).into())).collect();
        let rows = store.listed(self.scope.owner, Statement::new(text, values), false).await?;
        let mut by_id = HashMap::with_capacity(rows.len());
        for row in rows {
            by_id.insert(row.uuid(row.width() - 1)?, row);
        }
        Ok(places.iter().filter_map(|(_, id)| by_id.remove(id)).collect())
    }
}

/// The place in the columns from `at`.
fn place(row: &Row, at: usize) -> Result<Place, StoreError> {
    Ok((row.i64(at)?, row.uuid(at + 1)?))
}

/// The place that a cursor names.
pub(super) fn cursor(text: &str) -> Option<Place> {
    let (at, id) = text.split_once(':')?;
    Some((at.parse().ok()?, Uuid::try_parse(id).ok()?))
}
