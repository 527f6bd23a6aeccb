//! The engines use the index that was chosen, however few or many rows they believe there are.

use std::sync::Arc;

use protocol::change::{Change, Guard};
use protocol::filter::Filter;
use protocol::id::{GroupId, SessionId, UserId};
use protocol::model::{Key, ObjectKind, Profile, User};

use super::*;
use crate::Value;
use crate::commit::Batch;
use crate::filling::{between, next};
use crate::kinds::texts;
use crate::list::Table;
use crate::list::access::Access;
use crate::list::page::Reading;
use crate::purge::{ACTIVITIES, EXPIRED, FAMILIES};
use crate::read::{ByEnvironment, Filters};

/// Filter, the index of its keys, and of its page where more are found than are counted.
type Plan = (&'static str, &'static str, &'static str);

const USERS_PLANS: &[Plan] = &[
    ("", "users_page", "users_page"),
    ("username eq \"user.7\"", "username", "username"),
    ("username sw \"user.7\"", "users_by_username", "users_page"),
    ("email eq \"7@example.test\"", "users_by_email", "users_by_email"),
    ("email sw \"7@\"", "users_by_email", "users_page"),
    ("externalId eq \"7\"", "users_by_external_id", "users_by_external_id"),
    ("externalId sw \"7\"", "users_by_external_id", "users_page"),
    ("name.family eq \"doe7\"", "users_by_family", "users_by_family"),
    ("name.family sw \"d\"", "users_by_family", "users_page"),
    ("name.given eq \"jane7\"", "users_by_given", "users_by_given"),
    ("id eq \"00000000-0000-0000-0000-000000000001\"", "primary key", "users_page"),
    ("population.id eq \"00000000-0000-0000-0000-000000000001\"", "users_by_population", "users_by_population"),
    (
        "population.id eq \"00000000-0000-0000-0000-000000000001\" and enabled eq true",
        "users_by_population",
        "users_by_population",
    ),
    (
        "enabled eq true and population.id eq \"00000000-0000-0000-0000-000000000001\" and email eq \"7@b.test\"",
        "users_by_email",
        "users_by_email",
    ),
    ("username eq \"a\" or username eq \"b\"", "username", "users_page"),
    ("nickname co \"a\"", "users_page", "users_page"),
    ("username sw \"\"", "users_page", "users_page"),
    (IN_GROUP, "primary key|group_members_by_group", "users_page"),
    ("OWN eq \"v7\"", OWN_VALUES, "users_page"),
    ("OWN sw \"v777\"", OWN_VALUES, "users_page"),
    ("OWN.a.b eq \"v7\" and enabled eq true", OWN_VALUES, "users_page"),
    ("not (username eq \"a\")", "users_page", "users_page"),
];

const GROUPS_PLANS: &[Plan] = &[
    ("", "groups_page", "groups_page"),
    ("name eq \"group 7\"", "name_key", "name_key"),
    ("name sw \"group 7\"", "groups_by_name", "groups_page"),
    ("externalId eq \"7\"", "groups_by_external_id", "groups_by_external_id"),
    ("externalId sw \"7\"", "groups_by_external_id", "groups_page"),
    ("population.id eq \"00000000-0000-0000-0000-000000000001\"", "groups_by_population", "groups_by_population"),
    ("id eq \"00000000-0000-0000-0000-000000000001\"", "primary key", "groups_page"),
    ("name co \"a\"", "groups_page", "groups_page"),
];
const APPLICATIONS_PLANS: &[Plan] = &[
    ("", "applications_page", "applications_page"),
    ("name eq \"app 7\"", "applications_by_name", "applications_by_name"),
    ("name sw \"app 7\"", "applications_by_name", "applications_page"),
    ("clientId eq \"client 7\"", "client_id", "applications_page"),
    ("clientId sw \"client 7\"", "applications_page", "applications_page"),
    ("id eq \"00000000-0000-0000-0000-000000000001\"", "primary key or applications_by_id", "applications_page"),
];
/// Users and their values by the primary keys of both.
const OWN_VALUES: &str = "primary key|user_values_pkey or sqlite_autoindex_user_values_1";
const IN_GROUP: &str = "memberOfGroups[id eq \"00000000-0000-0000-0000-000000000001\"]";

#[tokio::test]
async fn a_filter_is_answered_by_its_index_on_sqlite() {
    for base in [Base::memory(), Base::file()] {
        plans(&base).await;
        base.remove().await;
    }
}

#[tokio::test]
async fn a_filter_is_answered_by_its_index_on_postgresql() {
    let Some(base) = Base::server().await else { return };
    plans(&base).await;
    base.remove().await;
}

async fn plans(base: &Base) {
    let driver = open(&base.url, &Options::default()).unwrap();
    driver.migrate(SCRIPTS, 0).await.unwrap();
    for filled in [false, true] {
        if filled {
            fill(&*driver).await;
            fill_others(&*driver).await;
        } else if driver.dialect() == Dialect::Postgres {
            // Of an empty table it reads any index, as each has no more than a page.
            continue;
        }
        for (table, plans) in [
            (&texts(ObjectKind::User).table, USERS_PLANS),
            (&texts(ObjectKind::Group).table, GROUPS_PLANS),
            (&texts(ObjectKind::Application).table, APPLICATIONS_PLANS),
        ] {
            for plan in plans {
                planned(&*driver, table, plan).await;
            }
        }
    }
    driver.close().await.unwrap();
}

async fn planned(driver: &dyn Driver, table: &Table, (text, keys, page): &Plan) {
    let filter = (!text.is_empty()).then(|| of_own(parse(text).unwrap()));
    let scope = Scope::environment(EnvironmentId::new(Uuid::from_u128(1)));
    let reading = Reading { table, dialect: driver.dialect(), scope, filter: filter.as_ref() };
    let access = reading.access();
    let dense = if let Access::Ordered(_) = access { access.clone() } else { Access::Walk };
    let goes_by = async |statement: Statement, indices: &str, sorts: bool| {
        let plan = explained(driver, statement.clone()).await;
        for index in indices.split('|') {
            let index = index.replace("primary key", &primary_key(driver.dialect(), table.from));
            assert!(
                index.split(" or ").any(|one| plan.contains(one)),
                "{text}: not by {index}: {plan}\n{}",
                statement.sql
            );
        }
        let sorted = plan.contains("TEMP B-TREE") || plan.contains("Sort");
        assert!(sorts || !sorted, "{text}: sorts: {plan}");
    };
    goes_by(reading.keys(&access).unwrap(), keys, false).await;
    goes_by(reading.walk(&dense, None, 100).unwrap(), page, false).await;
    // By its index also where all that it finds is sorted.
    for after in [None, Some(CURSOR)].into_iter().filter(|_| matches!(access, Access::Loose(_))) {
        goes_by(reading.sorted(&access, after, 100).unwrap(), keys, true).await;
    }
}

/// With an attribute of the environment's own where it says so.
fn of_own(filter: Filter) -> Filter {
    match filter {
        Filter::And(left, right) => Filter::And(Box::new(of_own(*left)), right),
        Filter::Compare { path, op, value } => {
            let path = path.replace("OWN", &format!("{}{}", protocol::model::BY_ID, Uuid::from_u128(2)));
            Filter::Compare { path, op, value }
        }
        other => other,
    }
}

fn primary_key(dialect: Dialect, table: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("sqlite_autoindex_{table}_1"),
        Dialect::Postgres => format!("{table}_pkey"),
    }
}

pub(super) async fn explained(driver: &dyn Driver, statement: Statement) -> String {
    let (explain, column) = match driver.dialect() {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        Dialect::Postgres => ("EXPLAIN", 0),
    };
    let work = Work { extent: Extent::Page, time: Duration::from_secs(5) };
    let explained = Statement::new(format!("{explain} {}", statement.sql), statement.values);
    let rows = driver.list(explained, work).await.unwrap().rows;
    rows.iter().map(|row| row.text(column).unwrap().to_owned()).collect::<Vec<_>>().join("\n")
}

/// ADR 0053: whoever writes one user among many, where a thousand groups have a filter, looks at that user alone and makes as many
/// statements as there are groups that they come to; whoever goes through all users finds each part by its index.
#[tokio::test]
async fn filters_of_groups_look_at_no_other_user() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let driver = open(&base.url, &Options::default()).unwrap();
        driver.migrate(SCRIPTS, 0).await.unwrap();
        fill(&*driver).await;
        fill_others(&*driver).await;
        let filters = Filters::of((0..1_000).map(|n| (n, format!("title eq \"{n}\" or nickname sw \"x{n}\""))));
        let profile = Profile { title: Some("7".to_owned()), ..Profile::default() };
        let user = User { id: UserId::new(Uuid::from_u128(7)), environment: HERE, profile, ..User::default() };
        let filters = ByEnvironment::from([(HERE, Arc::new(filters))]);
        let batch = Batch::by(driver.dialect(), 0, vec![Change::put(user, Guard::Version)], filters);
        assert!(batch.statements.len() < 15, "{} statements", batch.statements.len());
        let key = primary_key(driver.dialect(), "group_members");
        let filtered = |statement: &&Statement| statement.sql.contains("AND filtered");
        let leaving: Vec<_> = batch.statements.iter().filter(filtered).cloned().collect();
        assert_eq!(leaving.len(), 2);
        let id = Uuid::from_u128(7);
        let parts = [
            (next(HERE, Some(id)), primary_key(driver.dialect(), "users")),
            (between(HERE, GroupId::new(id), (Some(id), Some(id))), "group_members".to_owned()),
        ];
        for (statement, index) in leaving.into_iter().map(|statement| (statement, key.clone())).chain(parts) {
            let plan = explained(&*driver, statement.clone()).await;
            let scans = plan.contains("Seq Scan") || plan.contains("SCAN ");
            assert!(plan.contains(&index) && !scans, "{}: {plan}", statement.sql);
        }
        driver.close().await.unwrap();
        base.remove().await;
    }
}

/// What is purged, and what ends with a session or a user, is found by an index among what everybody has: nothing else is
/// committed meanwhile.
#[tokio::test]
async fn what_ends_is_found_by_its_index() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let driver = open(&base.url, &Options::default()).unwrap();
        driver.migrate(SCRIPTS, 0).await.unwrap();
        fill(&*driver).await;
        fill_tokens(&*driver).await;
        let due = Statement::new(FAMILIES, vec![8.into(), 100.into()]);
        let plan = explained(&*driver, due).await;
        assert!(plan.contains("access_tokens_family") && plan.contains("families_expiry"), "{plan}");
        let (user, session) = (UserId::new(Uuid::from_u128(7)), SessionId::new(Uuid::from_u128(7)));
        let ends = vec![
            Change::EndSession(HERE, session, Time(9)),
            Change::EndUserSessions(HERE, user, Time(9)),
            Change::Remove(Key::User(HERE, user)),
        ];
        let mut seen = 0;
        for statement in Batch::of(driver.dialect(), 0, ends).statements {
            let table =
                statement.sql.trim_start_matches("DELETE FROM ").trim_start_matches("UPDATE ").split(' ').next();
            let Some((_, indices)) = ENDS.iter().find(|(of, _)| Some(*of) == table) else { continue };
            let plan = explained(&*driver, statement.clone()).await;
            assert!(indices.split('|').any(|index| plan.contains(index)), "{}: {plan}", statement.sql);
            seen += 1;
        }
        assert_eq!(seen, 14, "the statements are not found any more");
        driver.close().await.unwrap();
        base.remove().await;
    }
}

/// F14: the first that is due, and some of those, are found in the order of the index on their time. An engine that believes all rows
/// to be due, as here, would otherwise look through a table that has none left.
#[tokio::test]
async fn what_is_due_is_found_by_its_time() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let driver = open(&base.url, &Options::default()).unwrap();
        driver.migrate(SCRIPTS, 0).await.unwrap();
        fill(&*driver).await;
        fill_tokens(&*driver).await;
        for due in EXPIRED.iter().chain([&ACTIVITIES]).filter(|due| due.table != "applications") {
            let index =
                if due.table == "activities" { "activities_age".into() } else { format!("{}_expiry", due.table) };
            let (first, some) = due.texts(driver.dialect(), false);
            found(&*driver, first, vec![1.into(), 9.into()], &index).await;
            found(&*driver, some, vec![1.into(), 9.into(), 10.into()], &index).await;
        }
        let (first, some) = ACTIVITIES.texts(driver.dialect(), true);
        let of = Value::from(Uuid::from_u128(1));
        found(&*driver, first, vec![1.into(), 9.into(), of.clone()], "activities_page").await;
        found(&*driver, some, vec![1.into(), 9.into(), of, 10.into()], "activities_page").await;
        driver.close().await.unwrap();
        base.remove().await;
    }
}

/// F14: a row of the audit goes to the end of each of its indices, whatever lies before it: another one is to ascend as well, or to
/// begin with the environment and then ascend.
#[tokio::test]
async fn what_the_audit_is_found_by_ascends() {
    for base in [Some(Base::memory()), Base::server().await].into_iter().flatten() {
        let driver = open(&base.url, &Options::default()).unwrap();
        driver.migrate(SCRIPTS, 0).await.unwrap();
        let (sql, key) = match driver.dialect() {
            Dialect::Sqlite => (
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'activities' ORDER BY name",
                "sqlite_autoindex_activities_1",
            ),
            Dialect::Postgres => (
                "SELECT indexname::text FROM pg_indexes WHERE tablename = 'activities' AND schemaname = current_schema() ORDER BY indexname",
                "activities_pkey",
            ),
        };
        let rows = driver.read(Statement::new(sql, vec![])).await.unwrap();
        let mut known = vec!["activities_age", "activities_correlation", "activities_page", key];
        known.sort_unstable();
        assert_eq!(rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>(), known, "see ADR 0023");
        driver.close().await.unwrap();
        base.remove().await;
    }
}

/// As the connections plan that commit: by the index, and nothing is put in the order of its time that the index has not in it.
async fn found(driver: &dyn Driver, sql: String, values: Vec<Value>, index: &str) {
    let (explain, column) = match driver.dialect() {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        Dialect::Postgres => ("EXPLAIN", 0),
    };
    let rows = driver.read(Statement::new(format!("{explain} {sql}"), values)).await.unwrap();
    let lines: Vec<&str> = rows.iter().map(|row| row.text(column).unwrap()).collect();
    let ordered =
        |line: &&str| line.contains("TEMP B-TREE FOR ORDER") || line.contains("Sort Key") && line.ends_with("at");
    let plan = lines.join("\n");
    assert!(plan.contains(index) && !lines.iter().any(ordered), "{sql}\n{plan}");
}

/// Each user has a session with a code and a family with tokens, and is told of in an activity.
pub(super) async fn fill_tokens(driver: &dyn Driver) {
    for sql in [
        "INSERT INTO families (environment_id, id, application_id, user_id, session_id, expires_at, grace_replays, body)
         SELECT environment_id, id, id, id, id, created_at, 0, '' FROM users",
        "INSERT INTO access_tokens (environment_id, hash, application_id, family_id, expires_at) SELECT environment_id, id, id, id, 0 FROM users",
        "INSERT INTO refresh_tokens (environment_id, hash, family_id, generation, issued_at, expires_at) SELECT environment_id, id, id, 1, 0, 0 FROM users",
        "INSERT INTO sessions (environment_id, id, user_id, token, auth_time, acr, amr, created_at, expires_at)
         SELECT environment_id, id, id, id, 0, '', '', 0, 1 FROM users",
        "INSERT INTO codes (environment_id, hash, application_id, user_id, session_id, family_id, expires_at, body)
         SELECT environment_id, id, id, id, id, id, 1, '' FROM users",
        "INSERT INTO participations (environment_id, session_id, application_id, issuer, user_id, subject, expires_at, attempts)
         SELECT environment_id, id, id, '', id, '', 1, 0 FROM users",
        "INSERT INTO used_assertions (environment_id, application_id, hash, expires_at) SELECT environment_id, id, id, 1 FROM users",
        "INSERT INTO password_history (environment_id, user_id, hash, retired_at, expires_at) SELECT environment_id, id, 'h', 0, 1 FROM users",
        "INSERT INTO mailed_codes (environment_id, user_id, kind, digest, expires_at, tries_left, sent) SELECT environment_id, id, 'k', id, 1, 1, 1 FROM users",
        "INSERT INTO pushed_requests (environment_id, hash, expires_at, body) SELECT environment_id, id, 1, '' FROM users",
        "INSERT INTO initial_access_tokens (environment_id, id, created_at, expires_at, version, body) SELECT environment_id, id, 0, 1, 0, '' FROM users",
        "INSERT INTO flows (environment_id, id, expires_at, version, application_id, body) SELECT environment_id, id, 1, 0, id, '' FROM users",
        "INSERT INTO activities (environment_id, id, at, correlation, action, actor_kind) SELECT environment_id, id, created_at, id, '', '' FROM users",
        "ANALYZE activities",
        "ANALYZE families",
        "ANALYZE refresh_tokens",
        "ANALYZE sessions",
        "ANALYZE codes",
        "ANALYZE flows",
        "ANALYZE access_tokens",
        "ANALYZE used_assertions",
        "ANALYZE mailed_codes",
        "ANALYZE pushed_requests",
        "ANALYZE participations",
        "ANALYZE initial_access_tokens",
    ] {
        driver.commit(vec![Statement::new(sql, vec![])]).await.unwrap();
    }
}

/// Groups and applications as many as users, and each user in a group.
async fn fill_others(driver: &dyn Driver) {
    for sql in [
        "INSERT INTO groups (environment_id, id, name_key, external_id, population_id, created_at, updated_at, version, body)
         SELECT environment_id, id, 'group ' || created_at, family_key, population_id, created_at, 0, 0, '{}' FROM users",
        "INSERT INTO applications (environment_id, id, client_id, name_key, enabled, created_at, updated_at, version, body)
         SELECT environment_id, id, 'client ' || created_at, 'app ' || created_at, TRUE, created_at, 0, 0, '{}' FROM users",
        "INSERT INTO group_members (environment_id, user_id, group_id, created_at) SELECT environment_id, id, id, 0 FROM users",
        "INSERT INTO user_values (environment_id, attribute_id, path, value_key, user_id)
         SELECT environment_id, population_id, '', 'v' || created_at, id FROM users",
        "ANALYZE user_values",
        "ANALYZE groups",
        "ANALYZE applications",
        "ANALYZE group_members",
    ] {
        driver.commit(vec![Statement::new(sql, vec![])]).await.unwrap();
    }
}

/// Tables of what ends, and the indices of which one finds it.
const ENDS: &[(&str, &str)] = &[
    ("access_tokens", "access_tokens_family"),
    ("codes", "codes_user"),
    ("families", "families_user|families_session"),
    ("participations", "participations_user|participations_pkey|sqlite_autoindex_participations_1"),
    ("refresh_tokens", "refresh_tokens_family"),
    ("sessions", "sessions_user|sessions_pkey|sqlite_autoindex_sessions_1"),
];
const HERE: EnvironmentId = EnvironmentId::new(Uuid::from_u128(1));
const CURSOR: &str = "7:00000000-0000-0000-0000-000000000001";
