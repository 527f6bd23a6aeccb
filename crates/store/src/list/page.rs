//! Reads one page in as much work as the page is long, wherever an index answers the filter.
//!
//! A filter's rows are first looked for as keys, [`COUNTED`] at most. Are there fewer, they are all, and the page is cut from
//! them; are there more, some are found soon by walking along in the order of the page. Where that takes too long, because they
//! lie together far from the page's beginning, all of them are sorted.

use std::collections::HashMap;

use protocol::filter::Filter;
use protocol::id::{EnvironmentId, OrganizationId};
use uuid::Uuid;

use super::access::Access;
use super::budget::Budget;
use super::{COUNTED, Kind, List, Page, Query, Start, Table};
use crate::read::readable;
use crate::{Dialect, Reads, Row, Statement, StoreError, Value, placeholders};

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
    /// Where the page before begins, where that is known already.
    before: Option<Start>,
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
        let mut budget = self.budget(reading.scope.owner);
        let found =
            reading.found(self, &mut budget, list.after.as_deref(), limit).await.map_err(|error| match error {
                // Without a filter it is not the caller's list that is too much.
                StoreError::TooLong if list.filter.is_none() => {
                    StoreError::Unavailable("a page took too long".to_owned())
                }
                StoreError::TooLong => table.costly(),
                error => error,
            })?;
        let prev = match (found.before, &list.after) {
            (None, Some(after)) => reading.back(&budget, after, limit).await?,
            (before, _) => before,
        };
        let next = found.last.map(text);
        Ok(Page { rows: readable(found.rows.iter().map(read))?, next, prev, total: found.total })
    }
}

/// A list, ready to be read.
pub(super) struct Reading<'a> {
    pub(super) table: &'a Table,
    pub(super) dialect: Dialect,
    pub(super) scope: Scope,
    pub(super) filter: Option<&'a Filter>,
}

impl Reading<'_> {
    async fn found(
        &self,
        store: &Reads,
        budget: &mut Budget<'_>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let access = self.access();
        if let Some(counted) = self.table.counted.filter(|_| !self.scope.named) {
            let part = self.filter.and_then(|filter| access.part(filter));
            if part.is_some() || self.filter.is_none() {
                let total = store.counted(counted, self.scope.owner, part).await?;
                return self.along(budget, &access, after, (limit, total)).await;
            }
        }
        let found = budget.read(self.keys(&access)?, self.scans(&access)).await?;
        let mut places = found.iter().map(|row| place(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let (all, total) = (places.len() <= COUNTED, places.len() as i64);
        places.sort_unstable();
        let mut before = None;
        if let Some(after) = after.and_then(cursor) {
            let passed = places.partition_point(|place| *place <= after);
            before = all.then(|| match passed.checked_sub(limit + 1) {
                Some(last) => Start::After(text(places[last])),
                None => Start::First,
            });
            places.drain(..passed);
        }
        // In the order of the page the first ones are known even where not all are.
        if !all && matches!(access, Access::Loose(_)) {
            return self.among(budget, &access, after, (limit, total)).await;
        }
        if !all && places.len() <= limit {
            return self.along(budget, &access, after, (limit, total)).await;
        }
        Ok(Found { before, ..self.at(budget, places, (limit, total)).await? })
    }

    /// Where the page before `after` begins. It is not worth more time than a page has.
    async fn back(&self, budget: &Budget<'_>, after: &str, limit: usize) -> Result<Option<Start>, StoreError> {
        let access = match self.access() {
            Access::Loose(_) => Access::Walk,
            access => access,
        };
        let rows = match budget.short(self.behind(&access, after, limit)?).await {
            Err(StoreError::TooLong | StoreError::Crowded) => return Ok(None),
            rows => rows?,
        };
        let last = rows.get(limit).map(|row| place(row, 0)).transpose()?;
        Ok(Some(last.map_or(Start::First, |last| Start::After(text(last)))))
    }

    /// The page of what an index finds in another order, more than are counted. They are common enough, so some are met soon on the
    /// way, unless they lie together far from here: then all are sorted.
    async fn among(
        &self,
        budget: &mut Budget<'_>,
        access: &Access,
        after: Option<&str>,
        (limit, total): (usize, i64),
    ) -> Result<Found, StoreError> {
        match budget.short(self.walk(&Access::Walk, after, limit)?).await {
            Err(StoreError::TooLong) => {
                let found = budget.long(self.sorted(access, after, limit)?).await?;
                let places = found.iter().map(|row| place(row, 0)).collect::<Result<_, _>>()?;
                self.at(budget, places, (limit, total)).await
            }
            rows => page(rows?, (limit, total)),
        }
    }

    /// The page by going along in its order.
    async fn along(
        &self,
        budget: &mut Budget<'_>,
        access: &Access,
        after: Option<&str>,
        (limit, total): (usize, i64),
    ) -> Result<Found, StoreError> {
        let rows = budget.read(self.walk(access, after, limit)?, self.scans(access)).await?;
        page(rows, (limit, total))
    }

    /// The page that begins with these places.
    async fn at(
        &self,
        budget: &mut Budget<'_>,
        mut places: Vec<Place>,
        (limit, total): (usize, i64),
    ) -> Result<Found, StoreError> {
        let more = places.len() > limit;
        places.truncate(limit);
        let last = places.last().copied().filter(|_| more);
        Ok(Found { rows: self.fetch(budget, &places).await?, last, before: None, total })
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
        let Query { sql, values, .. } = self.condition(access)?;
        Ok(Statement::new(self.places(access, &sql, COUNTED as i64 + 1), values))
    }

    /// Finds the places of one page among all that the index finds, in the page's order.
    pub(super) fn sorted(&self, access: &Access, after: Option<&str>, limit: usize) -> Result<Statement, StoreError> {
        let order = self.table.order;
        let mut query = self.condition(access)?;
        if let Some(after) = after {
            query.after(&self.dialect.unindexed(order, Kind::Time), after)?;
        }
        // A bound that bounds nothing keeps the engines from looking for another way to the outer order.
        let all = self.places(access, &query.sql, i64::MAX);
        let text = format!("SELECT {order}, id FROM ({all}) AS found ORDER BY {order}, id LIMIT {}", limit + 1);
        Ok(Statement::new(text, query.values))
    }

    fn places(&self, access: &Access, condition: &str, most: i64) -> String {
        let Table { from, order, .. } = self.table;
        let sorted = match access {
            Access::Walk | Access::Ordered(_) => format!(" ORDER BY {order}, id"),
            // In the order of the index, so that the first ones are read and not all.
            Access::Loose(keys) => match keys.as_slice() {
                [key] if key.is_range() => format!(" ORDER BY {}, {order}, id", key.expression(self.dialect)),
                _ => String::new(),
            },
        };
        // The ids of such a list are found by a query of its own.
        let by = if access.keys().is_empty() && *access != Access::Walk {
            self.dialect.by_primary_key(from)
        } else {
            String::new()
        };
        format!("SELECT {order}, id FROM {from}{by} WHERE {condition}{sorted} LIMIT {most}")
    }

    /// Reads the page by going along in its order.
    pub(super) fn walk(&self, access: &Access, after: Option<&str>, limit: usize) -> Result<Statement, StoreError> {
        let Table { select, from, order, .. } = self.table;
        let mut query = self.condition(access)?;
        if let Some(after) = after {
            query.after(order, after)?;
        }
        let Query { sql, values, .. } = query;
        let text = format!(
            "SELECT {select}, {order}, id FROM {from} WHERE {sql} ORDER BY {order}, id LIMIT {wanted}",
            wanted = limit + 1,
        );
        Ok(Statement::new(text, values))
    }

    /// Goes back in the order of the page, to one row more than a page has.
    fn behind(&self, access: &Access, after: &str, limit: usize) -> Result<Statement, StoreError> {
        let Table { from, order, .. } = self.table;
        let mut query = self.condition(access)?;
        query.until(order, after)?;
        let Query { sql, values, .. } = query;
        let wanted = limit + 1;
        let sorted = format!("ORDER BY {order} DESC, id DESC LIMIT {wanted}");
        Ok(Statement::new(format!("SELECT {order}, id FROM {from} WHERE {sql} {sorted}"), values))
    }

    /// The rows at these places, in their order. What was deleted meanwhile is left out.
    async fn fetch(&self, budget: &mut Budget<'_>, places: &[Place]) -> Result<Vec<Row>, StoreError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let (Table { select, from, order, .. }, Scope { condition, values, .. }) = (self.table, &self.scope);
        let ids = placeholders(values.len() + 1, places.len());
        let text = format!("SELECT {select}, {order}, id FROM {from} WHERE {condition} AND id IN ({ids})");
        let values = values.iter().cloned().chain(places.iter().map(|(_, id)| (*id).into())).collect();
        let rows = budget.read(Statement::new(text, values), false).await?;
        let mut by_id = HashMap::with_capacity(rows.len());
        for row in rows {
            by_id.insert(row.uuid(row.width() - 1)?, row);
        }
        Ok(places.iter().filter_map(|(_, id)| by_id.remove(id)).collect())
    }
}

/// Rows in the page's order, one more than wanted where there are more.
fn page(mut rows: Vec<Row>, (limit, total): (usize, i64)) -> Result<Found, StoreError> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more).map(|row| place(row, row.width() - 2)).transpose()?;
    Ok(Found { rows, last, before: None, total })
}

/// The place in the columns from `at`.
fn place(row: &Row, at: usize) -> Result<Place, StoreError> {
    Ok((row.i64(at)?, row.uuid(at + 1)?))
}

/// The cursor of a place.
fn text((at, id): Place) -> String {
    format!("{at}:{id}")
}

/// The place that a cursor names.
pub(super) fn cursor(text: &str) -> Option<Place> {
    let (at, id) = text.split_once(':')?;
    Some((at.parse().ok()?, Uuid::try_parse(id).ok()?))
}
