//! The filters of an environment's groups, as this process knows them.
//!
//! They are kept between writes of users. Whoever decides by them says so in the commit ([`crate::commit`]), and reads them anew
//! where they have changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::id::{EnvironmentId, GroupId, PopulationId, SchemaAttributeId};
use protocol::model::{FoundUser, ObjectKind, SchemaAttribute, User, UserFilter, value_key};

use crate::kinds::texts;
use crate::row::walk::take;
use crate::{Reads, Row, Statement, StoreError};

/// The filters of one environment, as they were at one moment.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    /// How often they had changed, and the schema of users.
    pub(crate) revision: i64,
    of: Vec<Filtered>,
    /// The attributes of users that were written.
    pub(crate) schema: Vec<Written>,
}

/// An attribute of users, as far as it concerns what is found of them.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) id: SchemaAttributeId,
    /// None: a newer process wrote it.
    known: Option<SchemaAttribute>,
}

/// What is found of a user.
#[derive(Debug)]
pub(crate) struct ValueOf {
    pub(crate) attribute: SchemaAttributeId,
    pub(crate) path: String,
    pub(crate) key: String,
    /// The whole of what has a shorter key.
    pub(crate) text: Option<String>,
    pub(crate) sole: Option<String>,
}

/// The filter of a group.
#[derive(Debug)]
struct Filtered {
    group: GroupId,
    population: Option<PopulationId>,
    /// None: a newer process wrote it. Who is in the group is left as it is.
    filter: Option<UserFilter>,
}

/// Which groups' filters a user meets.
#[derive(Debug, Default)]
pub(crate) struct Met {
    pub(crate) groups: Vec<GroupId>,
    /// Of which this process cannot tell.
    pub(crate) unknown: Vec<GroupId>,
}

/// By environment.
pub(crate) type ByEnvironment = HashMap<EnvironmentId, Arc<Filters>>;

impl Filters {
    /// Of groups with these ids, for whoever looks at the statements that are made of them.
    #[cfg(test)]
    pub(crate) fn of(texts: impl IntoIterator<Item = (u128, String)>) -> Self {
        let one = |(id, text): (u128, String)| Filtered {
            group: GroupId::new(uuid::Uuid::from_u128(id)),
            population: None,
            filter: UserFilter::read(&text).ok(),
        };
        Self { revision: 0, of: texts.into_iter().map(one).collect(), schema: Vec::new() }
    }

    /// Whether the attribute of users is there.
    pub(crate) fn has(&self, attribute: SchemaAttributeId) -> bool {
        self.schema.iter().any(|one| one.id == attribute)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The values of the user by which they are found, and those that nobody else may have.
    pub(crate) fn values_of(&self, user: &User) -> Vec<ValueOf> {
        let value = |attribute, path: String, text: String, unique: bool| {
            let key = value_key(&text);
            let text = (key != text).then_some(text);
            let sole = (unique && path.is_empty() && !key.is_empty()).then(|| key.clone());
            ValueOf { attribute, path, key, text, sole }
        };
        let known = || self.schema.iter().filter_map(|one| one.known.as_ref());
        let unique = |id| known().any(|one| one.id == id && one.unique);
        let own = user.custom.found().into_iter();
        let mut values: Vec<_> =
            own.map(|one| value(one.attribute, one.path, one.text, unique(one.attribute))).collect();
        if known().any(|one| one.unique && !one.is_custom()) {
            let found = FoundUser::of(user);
            for one in known().filter(|one| one.unique && !one.is_custom()) {
                let text = found.text(&one.name).filter(|text| !text.is_empty());
                values.extend(text.map(|text| value(one.id, String::new(), text.to_lowercase(), true)));
            }
        }
        values
    }

    pub(crate) fn met_by(&self, user: &User) -> Met {
        let mut met = Met::default();
        if self.of.is_empty() {
            return met;
        }
        let found = FoundUser::of(user);
        for Filtered { group, population, filter } in &self.of {
            if population.is_some_and(|own| own != user.population) {
                continue;
            }
            match filter {
                None => met.unknown.push(*group),
                Some(filter) if filter.meets(&found) => met.groups.push(*group),
                Some(_) => {}
            }
        }
        met
    }
}

/// What this process read last.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<ByEnvironment>);

impl Kept {
    fn get(&self, environment: EnvironmentId) -> Option<Arc<Filters>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&environment).cloned()
    }

    fn put(&self, environment: EnvironmentId, filters: Arc<Filters>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= ENVIRONMENTS {
            kept.clear();
        }
        kept.insert(environment, filters);
    }
}

impl Reads {
    /// Forgets the filters that were read: of a database that may be another one the same revision says nothing.
    pub fn forget_filters(&self) {
        self.filters.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The filters of these environments. One that is not there has none, and nobody can decide by them.
    pub(crate) async fn filters(
        &self,
        environments: &[EnvironmentId],
        anew: bool,
    ) -> Result<ByEnvironment, StoreError> {
        let mut all = ByEnvironment::new();
        for environment in environments {
            let known = if anew { None } else { self.filters.get(*environment) };
            let filters = match known {
                Some(known) => Some(known),
                None => self.read_filters(*environment).await?,
            };
            if let Some(filters) = filters {
                all.insert(*environment, filters);
            }
        }
        Ok(all)
    }

    async fn read_filters(&self, environment: EnvironmentId) -> Result<Option<Arc<Filters>>, StoreError> {
        let sql = "SELECT e.group_filters, g.id, g.population_id, g.user_filter FROM environments e
             LEFT JOIN groups g ON g.environment_id = e.id AND g.user_filter IS NOT NULL WHERE e.id = $1";
        let rows = self.driver().read(Statement::new(sql, vec![environment.uuid().into()])).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let mut filters = Filters { revision: first.i64(0)?, of: Vec::new(), schema: Vec::new() };
        for row in &rows {
            filters.of.extend(filtered(row)?);
        }
        let attributes = self.rows(texts(ObjectKind::SchemaAttribute).within, vec![environment.uuid().into()]).await?;
        for row in &attributes {
            filters.schema.push(Written { id: SchemaAttributeId::new(row.uuid(0)?), known: take(row).ok() });
        }
        let filters = Arc::new(filters);
        self.filters.put(environment, filters.clone());
        Ok(Some(filters))
    }

    /// The attribute whose value, which nobody else may have, somebody else has.
    pub async fn value_taken(&self, user: &User) -> Result<Option<SchemaAttributeId>, StoreError> {
        let Some(known) = self.read_filters(user.environment).await? else { return Ok(None) };
        let sql =
            "SELECT 1 FROM user_values WHERE environment_id = $1 AND attribute_id = $2 AND sole = $3 AND user_id <> $4";
        for value in known.values_of(user).into_iter().filter(|value| value.sole.is_some()) {
            let key = vec![
                user.environment.uuid().into(),
                value.attribute.uuid().into(),
                value.sole.into(),
                user.id.uuid().into(),
            ];
            if self.first(sql, key).await?.is_some() {
                return Ok(Some(value.attribute));
            }
        }
        Ok(None)
    }

    /// The groups with a filter.
    pub async fn filtered_groups(&self, environment: EnvironmentId) -> Result<Vec<GroupId>, StoreError> {
        let filters = self.read_filters(environment).await?;
        Ok(filters.map(|filters| filters.of.iter().map(|one| one.group).collect()).unwrap_or_default())
    }

    /// The groups whose filter names the attribute, or one below it: it cannot be taken from users while they do.
    pub async fn groups_filtered_by(
        &self,
        environment: EnvironmentId,
        attribute: &str,
    ) -> Result<Vec<GroupId>, StoreError> {
        let Some(filters) = self.read_filters(environment).await? else { return Ok(Vec::new()) };
        // What this version cannot read may name anything.
        let names = |one: &&Filtered| one.filter.as_ref().is_none_or(|filter| filter.names(attribute));
        Ok(filters.of.iter().filter(names).map(|one| one.group).collect())
    }
}

fn filtered(row: &Row) -> Result<Option<Filtered>, StoreError> {
    let (Some(group), Some(text)) = (row.opt_uuid(1)?, row.opt_text(3)?) else { return Ok(None) };
    let filter = UserFilter::read(text).ok();
    if filter.is_none() && super::is_news("a group's filter") {
        tracing::warn!("a group has a filter that this version cannot read: its members stay as they are");
    }
    let population = row.opt_uuid(2)?.map(PopulationId::new);
    Ok(Some(Filtered { group: GroupId::new(group), population, filter }))
}

/// More than that are forgotten together: it is a few octets for each that has no filter.
const ENVIRONMENTS: usize = 20_000;
