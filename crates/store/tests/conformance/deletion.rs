//! What ends takes with it all that came of it, at once, and nothing else: the expected rest is spelt out noun by noun.

use protocol::authorization::Authorization;
use protocol::change::{AccessToken, Change, Code, Family, Guard};
use protocol::client::Client;
use protocol::id::{EnvironmentId, PopulationId, ResourceId, RoleAssignmentId, UserId};
use protocol::logout::Notice;
use protocol::model::{Key, ObjectKind, RoleAssignment, RoleScope, User};
use protocol::scope::Scope;
use protocol::time::Time;
use store::Store;

use crate::each;
use crate::life::{Seen, built, place, seen};
use crate::samples::*;

on_every_engine!(
    of_an_environment,
    of_an_application,
    of_a_user,
    of_a_group,
    of_a_resource,
    of_a_population,
    of_a_session,
    of_all_sessions,
    of_what_was_given_for_offline_access,
    of_a_password,
    of_a_family,
    nothing_is_inherited,
    roles_over_what_is_gone,
);

/// MG-14: all of it but what was recorded.
async fn of_an_environment(store: &Store) {
    let nothing = seen(store, HERE).await;
    each(store, built(HERE)).await;
    let before = seen(store, HERE).await;
    each(store, [Change::Remove(Key::Environment(HERE))]).await;
    let gone = seen(store, HERE).await;
    assert_eq!(
        (gone.environment, gone.keys, gone.applications),
        (nothing.environment.clone(), nothing.keys.clone(), nothing.applications.clone())
    );
    assert_eq!((gone.roles, gone.populations), (nothing.roles.clone(), nothing.populations.clone()));
    // What is as much as there are people goes in parts.
    store.purge(NOW, Time(0)).await.unwrap();
    let Seen { organization, licenses, activities, .. } = before;
    assert_eq!(seen(store, HERE).await, Seen { organization, licenses, activities, ..nothing });
    assert_eq!(store.rotating().await, Ok(vec![]));
}

/// MG-14
async fn of_an_application(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::Remove(Key::Application(HERE, application_id(1)))]).await;
    rest.applications.0.rows.remove(0);
    rest.applications.0.total = 1;
    (rest.applications.1[0], rest.applications.2[0]) = (None, None);
    rest.roles.retain(|role| role.actor != uuid(1));
    for of in [ObjectKind::ApplicationAttribute, ObjectKind::SignOnPolicyAssignment] {
        rest.others[place(of, 1)] = None;
    }
    assert_eq!(seen(store, HERE).await, rest, "what it was given may be much");
    store.purge(Time(i64::MAX / 4), Time(0)).await.unwrap();
    let after = seen(store, HERE).await;
    without_grants(&mut rest);
    rest.flows[0] = None;
    rest.assertions[0] = false;
    rest.pushed[0] = None;
    let given = |seen: &Seen| {
        format!(
            "{:?}",
            (
                (&seen.flows[0], &seen.codes[0], &seen.assertions[0], &seen.pushed[0]),
                (&seen.families[0], &seen.refresh_tokens[0], &seen.access_tokens[0])
            )
        )
    };
    assert_eq!(given(&after), given(&rest));
}

/// MG-14
async fn of_a_user(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::Remove(Key::User(HERE, UserId::new(uuid(1))))]).await;
    rest.users.0.rows.remove(0);
    rest.users.0.total = 1;
    rest.populations.2[0] = 0;
    rest.mailed[0] = None;
    (rest.users.1[0], rest.users.2[0], rest.sessions.0[0], rest.sessions.1[0]) = (None, None, None, None);
    told(&mut rest, Time(0));
    without_grants(&mut rest);
    rest.roles.retain(|role| role.actor != uuid(1));
    rest.groups.all.rows[0].direct_users = 0;
    rest.groups.each[0].as_mut().unwrap().direct_users = 0;
    rest.groups.of_users[0] = nobody();
    rest.groups.users_within = [(group(HERE, 2).id, 1)].into();
    assert_eq!(seen(store, HERE).await, rest);
}

/// Who was in it is in it no more, nor in what it was in.
async fn of_a_group(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::Remove(Key::Group(HERE, group(HERE, 1).id))]).await;
    rest.groups.all.rows.remove(0);
    rest.groups.all.total = 2;
    // Users, applications and groups have the same numbers here: with it go its roles.
    rest.roles.retain(|role| role.actor != uuid(1));
    rest.groups.each[0] = None;
    rest.groups.of_users[0] = nobody();
    rest.groups.nested[0] = nobody();
    rest.groups.users_within = [(group(HERE, 2).id, 1)].into();
    assert_eq!(seen(store, HERE).await, rest);
}

fn nobody<T>() -> store::Page<T> {
    store::Page { rows: Vec::new(), next: None, prev: None, total: 0 }
}

async fn of_a_resource(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::Remove(Key::Resource(HERE, ResourceId::new(uuid(1))))]).await;
    rest.scopes.0.remove(0);
    rest.scopes.1.remove(0);
    for client in [&mut rest.applications.1[0], &mut rest.applications.2[0]] {
        client.as_mut().unwrap().grants.clear();
    }
    // The type of authorization details that is its own, and what it tells.
    rest.others[place(ObjectKind::AuthorizationDetailsType, 2)] = None;
    rest.others[place(ObjectKind::ResourceAttribute, 1)] = None;
    assert_eq!(seen(store, HERE).await, rest);
}

async fn of_a_population(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::Remove(Key::Population(HERE, PopulationId::new(uuid(3))))]).await;
    rest.populations.0.rows.remove(2);
    rest.populations.0.total = 2;
    rest.populations.1[2] = None;
    assert_eq!(seen(store, HERE).await, rest);
}

/// RFC 9700 §4.14.2: a sign-off ends the session's code and what its family may still do.
async fn of_a_session(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    let used = Code { hash: code_hash(3), consumed_at: Some(NOW), ..code(HERE, 1) };
    each(store, [Change::IssueCode(Box::new(used.clone())), Change::EndSession(HERE, session(HERE, 1).id, END)]).await;
    session_ended(&mut rest);
    rest.codes[2] = Some(used);
    assert_eq!(
        seen(store, HERE).await,
        rest,
        "a code stays, and says whose it was; one that was used, that it is replayed"
    );
    crate::loses(store, Change::ConsumeCode { environment: HERE, code: code_hash(1), at: NOW }).await;
    ended_once(store, &rest).await;
}

async fn of_all_sessions(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::EndUserSessions(HERE, UserId::new(uuid(1)), END)]).await;
    session_ended(&mut rest);
    assert_eq!(seen(store, HERE).await, rest, "a code stays, and says whose it was");
    crate::loses(store, Change::ConsumeCode { environment: HERE, code: code_hash(1), at: NOW }).await;
    ended_once(store, &rest).await;
}

/// Back-Channel Logout §2.7: it outlives the sign-off, and nothing that ends all that a person gave.
async fn of_what_was_given_for_offline_access(store: &Store) {
    each(store, built(HERE)).await;
    let authorization = Authorization { scope: Scope::parse("openid offline_access").unwrap(), ..authorization(1) };
    let offline = Family { id: family(HERE, 9).id, authorization, ..family(HERE, 1) };
    each(store, [Change::CreateFamily(offline.clone()), Change::EndSession(HERE, session(HERE, 1).id, END)]).await;
    let revoked = async |n| store.family(HERE, family(HERE, n).id).await.unwrap().unwrap().revoked_at;
    assert_eq!((revoked(1).await, revoked(9).await), (Some(END), None));
    each(store, [Change::EndUserSessions(HERE, UserId::new(uuid(1)), END.plus(1))]).await;
    assert_eq!((revoked(1).await, revoked(9).await), (Some(END), Some(END.plus(1))));
}

/// A new password ends codes and families of before, where that is asked for.
async fn of_a_password(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    let new = protocol::model::PasswordState { changed_at: END, ..password("$argon2id$new") };
    let set = |end_families| Change::SetPassword {
        environment: HERE,
        user: UserId::new(uuid(1)),
        was: None,
        password: Some(new.clone()),
        end_families,
        retiring: None,
    };
    each(store, [set(false)]).await;
    rest.users.0.rows[0].password = Some(new.clone());
    for user in [&mut rest.users.1[0], &mut rest.users.2[0]].into_iter().flatten() {
        user.password = Some(new.clone());
    }
    assert_eq!(seen(store, HERE).await, rest);
    let replayed = Code { hash: code_hash(3), consumed_at: Some(NOW), ..code(HERE, 1) };
    each(store, [Change::IssueCode(Box::new(replayed.clone())), set(true)]).await;
    family_revoked(&mut rest);
    code_ended(&mut rest);
    rest.codes[2] = Some(replayed);
    let expected = "a code stays, and says whose it was; one that was used, that it is replayed";
    assert_eq!(seen(store, HERE).await, rest, "{expected}");
    crate::loses(store, Change::ConsumeCode { environment: HERE, code: code_hash(1), at: NOW }).await;
    let later = protocol::model::PasswordState { changed_at: END.plus(1), ..new };
    let (environment, user) = (HERE, UserId::new(uuid(1)));
    each(
        store,
        [Change::SetPassword {
            environment,
            user,
            was: None,
            password: Some(later),
            end_families: true,
            retiring: None,
        }],
    )
    .await;
    let families = seen(store, HERE).await.families;
    assert_eq!(families, rest.families, "a family ends once");
}

/// Its access tokens read as revoked although none of them was written.
async fn of_a_family(store: &Store) {
    let mut rest = after_all_was_built(store).await;
    each(store, [Change::RevokeFamily { environment: HERE, family: family(HERE, 1).id, at: END }]).await;
    family_revoked(&mut rest);
    assert_eq!(seen(store, HERE).await, rest);
    // A token of a family that is gone is told by its own record.
    let orphan = AccessToken { family: Some(family(HERE, 9).id), ..access_token(HERE, 3) };
    each(store, [Change::RecordAccessToken(orphan.clone())]).await;
    assert_eq!(store.access_token(HERE, orphan.hash).await, Ok(Some(orphan)));
}

/// MG-14: rows that nobody saw after a deletion do not come back when an id does.
async fn nothing_is_inherited(store: &Store) {
    each(store, built(HERE)).await;
    let (user, bare) = (UserId::new(uuid(1)), client(application(HERE, 1)));
    each(store, [Change::Remove(Key::Application(HERE, application_id(1))), Change::Remove(Key::User(HERE, user))])
        .await;
    each(
        store,
        [
            Change::put(bare.application.clone(), Guard::New),
            Change::put(User { id: user, ..full_user(HERE, 1) }, Guard::New),
        ],
    )
    .await;
    assert_eq!(store.client_of(HERE, application_id(1)).await, Ok(Some(Client { grants: Vec::new(), ..bare })));
    assert_eq!(store.all::<RoleAssignment>(HERE, &[uuid(1)]).await, Ok(vec![]));
    for token in [session(HERE, 1).token] {
        assert_eq!(store.session_by_token(HERE, token).await, Ok(None));
    }
    each(store, [Change::Remove(Key::Environment(HERE)), Change::put(environment(HERE), Guard::New)]).await;
    each(store, [Change::put(application(HERE, 2), Guard::New)]).await;
    assert_eq!(store.client(HERE, "client-2").await, Ok(Some(client(application(HERE, 2)))));
}

/// An administrator of another environment loses what was held over this one, and nothing else.
async fn roles_over_what_is_gone(store: &Store) {
    each(store, built(HERE)).await;
    each(store, built(THERE)).await;
    let other = population(THERE, 0x77);
    each(store, [Change::put(other.clone(), Guard::New)]).await;
    let scopes = [
        RoleScope::Environment(HERE),
        RoleScope::Environment(THERE),
        RoleScope::Organization(organization_of(HERE)),
        RoleScope::Population(PopulationId::new(uuid(2))),
        RoleScope::Population(PopulationId::new(uuid(3))),
        RoleScope::Population(other.id),
        RoleScope::Population(PopulationId::new(HERE.uuid())),
        RoleScope::Environment(EnvironmentId::new(uuid(3))),
        // P4: an application's roles end with it, and with its environment.
        RoleScope::Application(application_id(1)),
        RoleScope::Application(application_id(2)),
        RoleScope::Application(application_id(0x99)),
    ];
    let all: Vec<RoleAssignment> =
        (10..).zip(scopes).map(|(n, scope)| role_assignment(THERE, uuid(9), n, scope)).collect();
    each(store, all.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    let left = async || {
        let roles = store.all::<RoleAssignment>(THERE, &[uuid(9)]).await.unwrap();
        roles.into_iter().map(|role| role.id).collect::<Vec<_>>()
    };
    let ids = |numbers: &[u128]| numbers.iter().map(|n| RoleAssignmentId::new(uuid(*n))).collect::<Vec<_>>();
    each(store, [Change::Remove(Key::Population(HERE, PopulationId::new(uuid(3))))]).await;
    assert_eq!(left().await, ids(&[10, 11, 12, 13, 15, 16, 17, 18, 19, 20]));
    each(store, [Change::Remove(Key::Application(HERE, application_id(1)))]).await;
    assert_eq!(left().await, ids(&[10, 11, 12, 13, 15, 16, 17, 19, 20]));
    each(store, [Change::Remove(Key::Environment(HERE))]).await;
    assert_eq!(left().await, ids(&[11, 12, 15, 16, 17, 20]));
}

/// What has ended ends no second time, whoever ends it.
async fn ended_once(store: &Store, rest: &Seen) {
    let (id, user, later) = (session(HERE, 1).id, UserId::new(uuid(1)), END.plus(1));
    each(store, [Change::EndSession(HERE, id, later), Change::EndUserSessions(HERE, user, later)]).await;
    let after = seen(store, HERE).await;
    assert_eq!((&after.sessions, &after.families), (&rest.sessions, &rest.families));
    assert_eq!(after.notices, rest.notices);
}

/// Everything, as it was before the test takes something away.
async fn after_all_was_built(store: &Store) -> Seen {
    each(store, built(HERE)).await;
    let all = seen(store, HERE).await;
    assert!(
        all.codes[0].is_some() && all.families[0].is_some() && all.roles.len() == 2,
        "nothing to take away: {all:?}"
    );
    all
}

fn without_grants(rest: &mut Seen) {
    (rest.codes[0], rest.families[0], rest.refresh_tokens[0], rest.access_tokens[0]) = (None, None, None, None);
}

fn family_revoked(rest: &mut Seen) {
    rest.families[0].as_mut().unwrap().revoked_at = Some(END);
    rest.access_tokens[0].as_mut().unwrap().revoked_at = Some(END);
}

fn code_ended(rest: &mut Seen) {
    rest.codes[0].as_mut().unwrap().expires_at = Time(-END.0);
}

/// Who took part is told, from this time on.
fn told(rest: &mut Seen, due_at: Time) {
    let taken = std::mem::take(&mut rest.participations[0]);
    rest.notices.extend(taken.into_iter().map(|participation| Notice { participation, due_at, attempts: 0 }));
}

fn session_ended(rest: &mut Seen) {
    code_ended(rest);
    for session in [&mut rest.sessions.0[0], &mut rest.sessions.1[0]] {
        session.as_mut().unwrap().ended_at = Some(END);
    }
    family_revoked(rest);
    told(rest, END);
}

const END: Time = NOW.plus(77);
