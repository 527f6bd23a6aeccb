//! A list's filters find what they say, by the list's own attributes and operators alone (RFC 7644 §3.4.2.2).

use protocol::audit::{Action, Event, Kind, Target};
use protocol::change::{Change, Guard};
use protocol::filter::parse;
use protocol::id::{EnvironmentId, LicenseId, OrganizationId};
use protocol::model::{Application, Environment, EnvironmentType, Population, Profile, User, UserName};
use protocol::refusal::Reason;
use store::{List, Page, Store, StoreError};
use uuid::Uuid;

use crate::each;
use crate::life::built;
use crate::samples::*;

on_every_engine!(
    users_by_every_attribute,
    applications_by_every_attribute,
    populations_by_every_attribute,
    environments_by_every_attribute,
    activities_by_every_attribute,
    what_is_absent_matches_nothing,
    filters_combine,
    a_list_has_its_own_attributes,
);

/// SC-02: each attribute with each operator that it has.
async fn users_by_every_attribute(store: &Store) {
    let named = |given: &str, family: &str| Profile {
        name: UserName { given: Some(given.to_owned()), family: Some(family.to_owned()), ..UserName::default() },
        ..Profile::default()
    };
    let jane = User { username: "Jane.Doe".to_owned(), profile: named("Jane", "DOE"), ..full_user(HERE, 1) };
    let bob = User {
        population: population(HERE, 2).id,
        username: "Bob".to_owned(),
        profile: named("BOB", "Smith"),
        ..user(HERE, 2)
    };
    each(store, populations()).await;
    each(store, [create_user(jane), create_user(bob)]).await;
    let (one, two) = (uuid(1), uuid(2));
    for (filter, found) in [
        (format!("id eq \"{one}\""), &[1][..]),
        (format!("id ne \"{one}\""), &[2]),
        ("id eq \"x\"".to_owned(), &[]),
        ("id ne \"x\"".to_owned(), &[1, 2]),
        ("id pr".to_owned(), &[1, 2]),
        ("username eq \"JANE.doe\"".to_owned(), &[1]),
        ("USERNAME EQ \"ｊane.doe\"".to_owned(), &[1]),
        ("username ne \"jane.doe\"".to_owned(), &[2]),
        ("username sw \"JA\"".to_owned(), &[1]),
        ("username co \"E.D\"".to_owned(), &[1]),
        ("username ew \"OB\"".to_owned(), &[2]),
        ("email eq \"JANE1@example.TEST\"".to_owned(), &[1]),
        ("email pr".to_owned(), &[1]),
        ("not (email pr)".to_owned(), &[2]),
        ("email ew \"@EXAMPLE.test\"".to_owned(), &[1]),
        (format!("population.id eq \"{two}\""), &[2]),
        ("name.given eq \"jane\"".to_owned(), &[1]),
        ("name.family co \"OE\"".to_owned(), &[1]),
        ("name.family sw \"s\"".to_owned(), &[2]),
        ("enabled eq true".to_owned(), &[1]),
        ("enabled eq \"false\"".to_owned(), &[2]),
        ("enabled ne true".to_owned(), &[2]),
        ("createdAt eq \"2027-01-15T08:00:01.123Z\"".to_owned(), &[1]),
        ("createdAt gt \"2027-01-15T08:00:01.123Z\"".to_owned(), &[2]),
        ("createdAt ge \"2027-01-15T08:00:01.123000Z\"".to_owned(), &[1, 2]),
        ("createdAt lt \"2027-01-15T08:00:02Z\"".to_owned(), &[1]),
        ("createdAt le \"2027-01-15T08:00:02.122Z\"".to_owned(), &[1]),
        ("updatedAt ne \"2027-01-15T08:00:00.123Z\"".to_owned(), &[1]),
        ("lastSignOn.at pr".to_owned(), &[1]),
        ("lastSignOn.at lt \"2027-01-15T08:00:00Z\"".to_owned(), &[1]),
        // P14: what an answer makes of them.
        ("account.lockedAt pr".to_owned(), &[1]),
        ("account.unlockAt le \"2027-01-15T08:15:00.123Z\"".to_owned(), &[1]),
        ("not (account.unlockAt le \"2027-01-15T08:15:00.122Z\")".to_owned(), &[1, 2]),
        (format!("identityProvider.id eq \"{}\"", uuid(0x1d)), &[1]),
        ("not (identityProvider.id pr)".to_owned(), &[2]),
    ] {
        assert_eq!(numbers(store.users(HERE, &filtered(&filter)).await, |user| user.id.uuid()), found, "{filter}");
    }
}

async fn applications_by_every_attribute(store: &Store) {
    let named = Application { name: "My App".to_owned(), ..full_application(HERE, 1) };
    each(store, [named, application(HERE, 2)].map(|a| Change::put(a, Guard::New))).await;
    for (filter, found) in [
        ("id pr", &[1, 2][..]),
        ("name eq \"MY app\"", &[1]),
        ("name sw \"application\"", &[2]),
        ("clientId eq \"client-2\"", &[2]),
        ("clientId eq \"CLIENT-2\"", &[]),
        ("clientId co \"IENT\"", &[]),
        ("clientId co \"ient\"", &[1, 2]),
        ("enabled eq true", &[1]),
        ("createdAt le \"2027-01-15T08:00:01.123Z\"", &[1]),
        ("updatedAt gt \"2027-01-15T08:00:00.123Z\"", &[1]),
    ] {
        let found_now = numbers(store.list::<Application>(HERE, &filtered(filter)).await, |a| a.id.uuid());
        assert_eq!(found_now, found, "{filter}");
    }
}

async fn populations_by_every_attribute(store: &Store) {
    each(store, [Change::put(password_policy(HERE, 2), Guard::New)]).await;
    each(store, [full_population(HERE, 1), population(HERE, 2)].map(|object| Change::put(object, Guard::New))).await;
    for (filter, found) in [
        ("id pr", &[1, 2][..]),
        ("name eq \"pOpUlAtIoN 2\"", &[2]),
        ("default eq true", &[1]),
        ("default ne true", &[2]),
        ("createdAt gt \"2027-01-15T08:00:01.123Z\"", &[2]),
        ("updatedAt le \"2027-01-15T08:00:01.123Z\"", &[1]),
    ] {
        assert_eq!(
            numbers(store.list::<Population>(HERE, &filtered(filter)).await, |p| p.id.uuid()),
            found,
            "{filter}"
        );
    }
}

async fn environments_by_every_attribute(store: &Store) {
    let of = OrganizationId::new(uuid(1));
    let at = |n: u128| Environment {
        organization: of,
        created_at: NOW.plus(n as i64),
        ..environment(EnvironmentId::new(uuid(n)))
    };
    let (name, soft_deleted_at) = ("Production".to_owned(), Some(NOW.plus(1)));
    let first = Environment { name, kind: EnvironmentType::Production, soft_deleted_at, ..at(1) };
    let second =
        Environment { region: "NA".to_owned(), license: LicenseId::new(uuid(9)), updated_at: NOW.plus(9), ..at(2) };
    each(store, [first, second].map(|e| Change::put(e, Guard::New))).await;
    for (filter, found) in [
        (format!("id eq \"{}\"", uuid(1)), &[1][..]),
        ("name eq \"PRODUCTION\"".to_owned(), &[1]),
        ("type eq \"SANDBOX\"".to_owned(), &[2]),
        ("region ne \"EU\"".to_owned(), &[2]),
        (format!("organization.id eq \"{}\"", uuid(1)), &[1, 2]),
        (format!("license.id eq \"{}\"", uuid(9)), &[2]),
        ("createdAt lt \"2027-01-15T08:00:02Z\"".to_owned(), &[1]),
        ("updatedAt gt \"2027-01-15T08:00:02Z\"".to_owned(), &[2]),
        // P21
        ("softDeletedAt pr".to_owned(), &[1]),
        ("not (softDeletedAt lt \"2027-01-15T08:00:02Z\")".to_owned(), &[2]),
    ] {
        let page = store.environments(of, &filtered(&filter), None).await;
        assert_eq!(numbers(page, |e| e.id.uuid()), found, "{filter}");
        let none = store.environments(OrganizationId::new(uuid(2)), &filtered(&filter), None).await.unwrap();
        assert_eq!((none.rows.len(), none.total), (0, 0), "an organization's list is its own");
    }
}

async fn activities_by_every_attribute(store: &Store) {
    each(store, populations()).await;
    each(store, [create_user(User { username: "Jane".to_owned(), ..full_user(HERE, 1) })]).await;
    each(store, [full_event(HERE, 1), event(HERE, 2)].map(|e| Change::Record(Box::new(e)))).await;
    let target = Some(Target { kind: Kind::User, id: uuid(1) });
    each(store, [Change::Record(Box::new(Event { target, ..event(HERE, 3) }))]).await;
    let (one, two) = (population(HERE, 1).id, population(HERE, 2).id);
    for (filter, found) in [
        (format!("id eq \"{}\"", uuid(2)), &[2][..]),
        (format!("correlationId eq \"{}\"", uuid(0xc0)), &[1, 2, 3]),
        ("recordedAt ge \"2027-01-15T08:00:02Z\"".to_owned(), &[2, 3]),
        (format!("action.type eq \"{}\"", Action::TokenIssued.name()), &[1]),
        (format!("actors.client.id eq \"{}\"", uuid(1)), &[1]),
        (format!("actors.user.id eq \"{}\"", uuid(1)), &[1]),
        (format!("resources.id eq \"{}\"", uuid(3)), &[1]),
        (format!("refusal.reason eq \"{}\"", Reason::AccountLocked.row().name), &[1]),
        ("refusal.reason pr".to_owned(), &[1]),
        // P13
        ("actors.user.name eq \"JANE\"".to_owned(), &[1]),
        ("actors.user.name sw \"x\"".to_owned(), &[]),
        ("resources.type eq \"USER\"".to_owned(), &[3]),
        (format!("resources.population.id eq \"{one}\""), &[3]),
        (format!("resources.population.id eq \"{two}\""), &[]),
    ] {
        let page = store.activities(HERE, &filtered(&filter)).await;
        assert_eq!(numbers(page, |activity| activity.id.uuid()), found, "{filter}");
    }
}

/// RFC 7644 §3.4.2.2: a comparison with what is not there does not hold, so its negation does.
async fn what_is_absent_matches_nothing(store: &Store) {
    each(store, populations()).await;
    each(store, [create_user(full_user(HERE, 1)), create_user(user(HERE, 2))]).await;
    for (filter, found) in [
        ("lastSignOn.at gt \"2030-01-01T00:00:00Z\"", &[][..]),
        ("not (lastSignOn.at gt \"2030-01-01T00:00:00Z\")", &[1, 2]),
        ("not (lastSignOn.at lt \"2030-01-01T00:00:00Z\")", &[2]),
        ("lastSignOn.at ne \"2030-01-01T00:00:00Z\"", &[1, 2]),
        ("not (not (lastSignOn.at lt \"2030-01-01T00:00:00Z\"))", &[1]),
        ("lastSignOn.at lt \"2030-01-01T00:00:00Z\" or enabled eq false", &[1, 2]),
    ] {
        assert_eq!(numbers(store.users(HERE, &filtered(filter)).await, |user| user.id.uuid()), found, "{filter}");
    }
}

/// SC-02: `and` before `or`, parentheses, and as many clauses as a filter may have. The total counts what was asked for.
async fn filters_combine(store: &Store) {
    each(store, populations()).await;
    each(store, (1..=9).map(|n| create_user(user(HERE, n)))).await;
    each(store, [create_user(user(THERE, 1))]).await;
    let is = |n: u128| format!("username eq \"user.{n}\"");
    let any = (1..=50).map(is).collect::<Vec<_>>().join(" or ");
    let deep = format!("{}{}{}", "not (".repeat(18), is(1), ")".repeat(18));
    for (filter, found) in [
        (format!("{} or {} and {}", is(1), is(2), is(3)), &[1][..]),
        (format!("({} or {}) and {}", is(1), is(2), is(2)), &[2]),
        (
            format!("not ({} or {}) and username sw \"user.\" and createdAt lt \"2027-01-15T08:00:05Z\"", is(1), is(2)),
            &[3, 4],
        ),
        (any, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (deep, &[1]),
        ("enabled eq true or enabled eq false".to_owned(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ] {
        assert_eq!(numbers(store.users(HERE, &filtered(&filter)).await, |user| user.id.uuid()), found, "{filter}");
        let one = store.users(HERE, &List { limit: 1, ..filtered(&filter) }).await.unwrap();
        assert_eq!(one.total, found.len() as i64, "{filter}");
        if let Some(next) = one.next {
            let rest = store.users(HERE, &List { after: Some(next), ..filtered(&filter) }).await;
            assert_eq!(numbers(rest, |user| user.id.uuid()), found[1..], "{filter}");
        }
    }
}

/// SC-02: what a list does not have is refused by name, also beside what it has; a column's name is no attribute.
async fn a_list_has_its_own_attributes(store: &Store) {
    each(store, built(HERE)).await;
    for filter in [
        "password eq \"x\"",
        "password_hash sw \"$argon2id\"",
        "body co \"a\"",
        "environment_id pr",
        "environment.id pr",
        "username gt \"a\"",
        "enabled co \"t\"",
        "enabled gt \"true\"",
        "enabled eq \"maybe\"",
        "enabled eq null",
        "id sw \"5eed0000-0000-4000-8000-000000000001\"",
        "createdAt co \"2027-01-15T08:00:00Z\"",
        "createdAt eq \"yesterday\"",
        "createdAt gt \"2027-01-15T08:00:00+02:00\"",
        "createdAt gt \"2027-02-30T08:00:00Z\"",
        "createdAt gt \"+2027-01-15T08:00:00Z\"",
        "createdAt gt \"2027-1-15T08:00:00Z\"",
        "createdAt gt \"2027-01-15T24:00:00Z\"",
        "createdAt gt \"2027-01-15T08:00:00.+1Z\"",
        "createdAt gt 5",
        "enabled eq true or nonsense pr",
        "not (nonsense eq 1)",
    ] {
        let outcome = store.users(HERE, &filtered(filter)).await;
        let Err(StoreError::Filter { supported, .. }) = outcome else { panic!("{filter}: {outcome:?}") };
        assert!(supported.contains(&"username") && !supported.contains(&"password"), "{supported:?}");
    }
    let outcome = store.list::<Application>(HERE, &filtered("username eq \"x\"")).await;
    assert!(matches!(outcome, Err(StoreError::Filter { .. })), "an attribute of another list");
}

fn filtered(filter: &str) -> List {
    List { filter: Some(parse(filter).unwrap()), ..WHOLE }
}

/// The numbers of the samples that the page holds, in its order.
fn numbers<T>(page: Result<Page<T>, StoreError>, id: impl Fn(&T) -> Uuid) -> Vec<u128> {
    page.unwrap().rows.iter().map(|row| id(row).as_u128() - uuid(0).as_u128()).collect()
}
