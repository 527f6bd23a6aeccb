//! A change whose facts no longer hold is lost, one that takes what is taken is refused by name, and neither leaves a trace.

use protocol::authorization::GrantType;
use protocol::change::{Change, Ending, Guard, RefreshToken};
use protocol::consent::Consent;
use protocol::flow::Flow;
use protocol::id::{
    ApplicationId, EnvironmentId, FamilyId, PasswordPolicyId, PopulationId, ResourceId, RoleAssignmentId, UserId,
};
use protocol::mailed::MailedCode;
use protocol::model::{
    Account, Application, ClientSecret, Environment, Group, Kept as _, Key, KeyStatus, PasswordPolicy, PasswordState,
    Population, ResourceGrant, ResourceScope, RoleAssignment, RoleScope, Session, SignOnPolicy, User,
};
use store::{CLIENT_ID_TAKEN, Store, StoreError, USERNAME_TAKEN};

use crate::life::{built, seen};
use crate::samples::*;
use crate::{conflicts, each, loses};

on_every_engine!(
    stale_versions_lose,
    stale_facts_lose,
    what_was_used_loses,
    what_is_missing_loses,
    a_role_is_kept_by_whoever_else_can_act,
    a_role_is_kept_by_the_last_person_too,
    what_is_taken_conflicts,
    the_index_is_the_changes,
    a_conflict_undoes_its_batch,
);

async fn stale_versions_lose(store: &Store) {
    each(store, built(HERE)).await;
    let before = seen(store, HERE).await;
    for off in [-1, 1] {
        let (environment, population) = (full_environment(HERE), full_population(HERE, 1));
        let (application, user, flow) =
            (full_application(HERE, 1), full_user(HERE, 1), before.flows[0].clone().unwrap());
        let (group, grant) = (full_group(HERE, 1), grant(HERE, 1, 1));
        for change in [
            Change::put(Environment { version: environment.version + off, ..environment }, Guard::Version),
            Change::put(Population { version: population.version + off, ..population }, Guard::Version),
            Change::put(Application { version: application.version + off, ..application }, Guard::Version),
            Change::put(User { version: user.version + off, ..user }, Guard::Version),
            Change::put(Group { version: group.version + off, ..group }, Guard::Version),
            Change::put(ResourceGrant { version: grant.version + off, ..grant.clone() }, Guard::Version),
            Change::Expect(grant.key(), grant.version + off),
            Change::UpdateFlow(Box::new(Flow { version: flow.version + off, ..flow })),
        ] {
            loses(store, change).await;
        }
    }
    // The one that would become the default did not take it from the other.
    let second = Population { default: true, version: 9, ..population(HERE, 2) };
    loses(store, Change::put(second, Guard::Version)).await;
    assert_eq!(seen(store, HERE).await, before);
}

async fn stale_facts_lose(store: &Store) {
    each(store, built(HERE)).await;
    let before = seen(store, HERE).await;
    let (environment, application, user) = (HERE, application_id(1), UserId::new(uuid(1)));
    let rotate = |was: Option<[u8; 32]>| {
        let (current, previous): (ClientSecret, _) = (secret(3), None);
        Change::RotateSecret { environment, of: application.into(), was, current, previous }
    };
    for change in [
        rotate(None),
        rotate(Some([2; 32])),
        Change::DeletePreviousSecret { environment, of: application.into(), was: [1; 32] },
        Change::UpdateKey { key: key(HERE, 1, KeyStatus::Retired), was: KeyStatus::Active },
        Change::DeleteKey(HERE, "key-1".to_owned(), KeyStatus::Retired),
        Change::Remove(Key::Population(HERE, PopulationId::new(uuid(1)))),
        Change::Remove(Key::Population(HERE, PopulationId::new(uuid(2)))),
        Change::Expect(Key::User(environment, user), 2),
        Change::RecordSignOn { environment, user, at: NOW.plus(899) },
        Change::CountGraceReplay { environment, family: FamilyId::new(uuid(1)), was: 1 },
    ] {
        loses(store, change).await;
    }
    let account = full_user(HERE, 1).account;
    let first = Some("$argon2id$first".to_owned());
    let older = Some("$argon2id$older".to_owned());
    for (was, judged) in [
        (Account { failures: 4, ..account.clone() }, first.clone()),
        (Account { locked_at: None, ..account.clone() }, first.clone()),
        (Account { unlock_at: None, ..account.clone() }, first.clone()),
        (Account { tried: "a".to_owned(), ..account.clone() }, first),
        (account, older.clone()),
    ] {
        loses(store, Change::SetAccount { environment, user, was, judged, account: Account::default() }).await;
    }
    let password = Some(password("$argon2id$second"));
    loses(store, Change::SetPassword { environment, user, was: older, password, end_families: true, retiring: None })
        .await;
    let rehash = Change::Rehash { environment, user, was: "$argon2id$older".to_owned(), hash: "x".to_owned() };
    each(store, [rehash]).await;
    assert_eq!(seen(store, HERE).await, before, "a password that changed meanwhile is not put back");
    let empty_default = Population { default: true, ..population(HERE, 3) };
    each(store, [Change::put(empty_default, Guard::Version)]).await;
    loses(store, Change::Remove(Key::Population(HERE, PopulationId::new(uuid(3))))).await;
}

async fn what_was_used_loses(store: &Store) {
    each(store, built(HERE)).await;
    let (environment, application, at) = (HERE, application_id(1), NOW.plus(1));
    let consume = Change::ConsumeCode { environment, code: code_hash(1), at };
    let token = refresh_hash(1);
    let supersede = Change::SupersedeRefreshToken { environment, token, at, sealed_successor: None };
    let delete_previous = Change::DeletePreviousSecret { environment, of: application.into(), was: [2; 32] };
    for change in [consume, supersede, delete_previous] {
        each(store, [change.clone()]).await;
        let before = seen(store, HERE).await;
        loses(store, change).await;
        assert_eq!(seen(store, HERE).await, before);
    }
    let user = User { enabled: false, ..full_user(HERE, 1) };
    let sign_on = Change::RecordSignOn { environment, user: user.id, at: NOW.plus(900) };
    each(store, [sign_on.clone(), Change::put(user, Guard::Version)]).await;
    loses(store, sign_on).await;
}

/// The role that the second application holds over its organization.
fn keep(ending: Ending) -> Change {
    Change::KeepRole { role: uuid(0xad), organization: organization_of(HERE), ending }
}

/// F9: somebody else holds the role who can act, in this environment or another.
async fn a_role_is_kept_by_whoever_else_can_act(store: &Store) {
    each(store, built(HERE)).await;
    let organization = organization_of(HERE);
    let of_second = Ending::Application(HERE, application_id(2));
    each(store, [Change::put(Environment { soft_deleted_at: None, ..full_environment(HERE) }, Guard::Version)]).await;
    each(store, [keep(Ending::Application(HERE, application_id(1))), keep(Ending::Environment(THERE))]).await;
    loses(store, keep(of_second)).await;
    let grant_types = vec![GrantType::RefreshToken, GrantType::ClientCredentials];
    let third = Application { enabled: true, grant_types, ..application(THERE, 3) };
    let held = role_assignment(THERE, uuid(3), 3, RoleScope::Organization(organization));
    let home = Environment { soft_deleted_at: None, ..full_environment(THERE) };
    each(store, [Change::put(home.clone(), Guard::New)]).await;
    each(store, client(third.clone()).creation()).await;
    each(store, [Change::put(held, Guard::New)]).await;
    each(store, [keep(of_second), keep(Ending::Environment(HERE))]).await;
    each(store, [Change::put(Environment { soft_deleted_at: Some(NOW), ..home.clone() }, Guard::Version)]).await;
    loses(store, keep(of_second)).await;
    each(store, [Change::put(Environment { version: home.version + 1, ..home }, Guard::Version)]).await;
    each(store, [keep(of_second), Change::put(Application { enabled: false, ..third.clone() }, Guard::Version)]).await;
    loses(store, keep(of_second)).await;
    // One that gets no token in its own name does nothing by it: it is none of them, and may go itself.
    let grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    let disarmed = Application { grant_types, version: third.version + 1, ..third };
    each(store, [Change::put(disarmed.clone(), Guard::Version)]).await;
    loses(store, keep(of_second)).await;
    each(store, [keep(Ending::Application(THERE, disarmed.id)), keep(Ending::Environment(THERE))]).await;
    let grant_types = Vec::new();
    let none = Application { grant_types, version: disarmed.version + 1, ..disarmed };
    each(store, [Change::put(none, Guard::Version)]).await;
    loses(store, keep(of_second)).await;
}

/// F9: a person acts by a worker, so a person does not free the last worker. Of persons who alone hold a role the last one is kept.
async fn a_role_is_kept_by_the_last_person_too(store: &Store) {
    each(store, built(HERE)).await;
    let home = Environment { soft_deleted_at: None, ..full_environment(HERE) };
    each(store, [Change::put(home, Guard::Version)]).await;
    let organization = organization_of(HERE);
    let holds = |user: &User, n| {
        let over = RoleScope::Organization(organization);
        Change::put(RoleAssignment { role: uuid(0xae), ..role_assignment(HERE, user.id.uuid(), n, over) }, Guard::New)
    };
    let ending = |ending| Change::KeepRole { role: uuid(0xae), organization, ending };
    // Ids that no application has.
    let [first, second] = [0x17, 0x18].map(|n| User {
        username: format!("user {n}"),
        population: full_user(HERE, 1).population,
        account: Account::default(),
        password: Some(password("hash")),
        ..full_user(HERE, n)
    });
    each(store, [create_user(first.clone()), holds(&first, 0x71)]).await;
    loses(store, ending(Ending::User(HERE, first.id))).await;
    each(store, [create_user(second.clone()), holds(&second, 0x72), ending(Ending::User(HERE, first.id))]).await;
    let locked = Account { locked_at: Some(NOW), ..Account::default() };
    let set = |was: &Account, account: &Account| Change::SetAccount {
        environment: HERE,
        user: second.id,
        was: was.clone(),
        judged: None,
        account: account.clone(),
    };
    each(store, [set(&second.account, &locked)]).await;
    loses(store, ending(Ending::User(HERE, first.id))).await;
    each(store, [ending(Ending::User(HERE, second.id))]).await;
    // A lock that ends by itself takes nobody away, whether it is over or not.
    let guessed = Account { unlock_at: Some(NOW.plus(900)), ..locked.clone() };
    each(store, [set(&locked, &guessed), ending(Ending::User(HERE, first.id))]).await;
    each(store, [set(&guessed, &second.account), ending(Ending::User(HERE, first.id))]).await;
    let set = |password| sets(HERE, second.id, password);
    each(store, [set(None)]).await;
    loses(store, ending(Ending::User(HERE, first.id))).await;
    each(store, [set(Some(password("hash"))), ending(Ending::User(HERE, first.id))]).await;
    let second = store.user(HERE, second.id).await.unwrap().unwrap();
    each(store, [Change::put(User { enabled: false, ..second }, Guard::Version)]).await;
    loses(store, ending(Ending::User(HERE, first.id))).await;
    // Persons do not stand in for an application.
    let held = RoleAssignment {
        role: uuid(0xae),
        ..role_assignment(HERE, uuid(1), 0x74, RoleScope::Organization(organization))
    };
    each(store, [Change::put(held.clone(), Guard::New)]).await;
    loses(store, ending(Ending::Application(HERE, application_id(1)))).await;
    loses(store, ending(Ending::Environment(HERE))).await;
    each(store, [Change::Remove(held.key())]).await;
    loses(store, ending(Ending::Environment(HERE))).await;
    let worker = role_assignment(HERE, application_id(2).uuid(), 0x73, RoleScope::Organization(organization));
    each(store, [Change::put(RoleAssignment { role: uuid(0xae), ..worker }, Guard::New)]).await;
    each(store, [ending(Ending::User(HERE, first.id)), ending(Ending::Application(HERE, application_id(1)))]).await;
    loses(store, ending(Ending::Application(HERE, application_id(2)))).await;
}

async fn what_is_missing_loses(store: &Store) {
    each(store, built(HERE)).await;
    let before = seen(store, HERE).await;
    let (environment, at) = (HERE, NOW);
    let (application, user) = (application_id(9), UserId::new(uuid(9)));
    let MailedCode { kind, digest, .. } = mailed_code(HERE, 9);
    for change in [
        Change::Remove(Key::Environment(EnvironmentId::new(uuid(9)))),
        Change::UpdateKey { key: key(HERE, 9, KeyStatus::Active), was: KeyStatus::Next },
        Change::DeleteKey(HERE, "key-9".to_owned(), KeyStatus::Retired),
        Change::Remove(Key::Population(HERE, PopulationId::new(uuid(9)))),
        Change::Remove(Key::Resource(HERE, ResourceId::new(uuid(9)))),
        Change::Remove(Key::Application(HERE, application)),
        Change::Expect(Key::Application(HERE, application), 0),
        Change::put(grant(HERE, 1, 9), Guard::Version),
        Change::put(grant(HERE, 2, 1), Guard::Version),
        Change::Expect(grant(HERE, 1, 9).key(), 1),
        Change::Remove(Key::ResourceGrant(HERE, application_id(1), grant(HERE, 1, 9).id)),
        Change::RotateSecret { environment, of: application.into(), was: None, current: secret(1), previous: None },
        Change::DeletePreviousSecret { environment, of: application.into(), was: [2; 32] },
        Change::Remove(Key::RoleAssignment(HERE, uuid(1), RoleAssignmentId::new(uuid(2)))),
        Change::Remove(Key::RoleAssignment(HERE, uuid(2), RoleAssignmentId::new(uuid(1)))),
        create_user(User { population: PopulationId::new(uuid(9)), ..crate::samples::user(HERE, 9) }),
        Change::put(User { population: PopulationId::new(uuid(9)), ..full_user(HERE, 1) }, Guard::Version),
        Change::Remove(Key::User(HERE, user)),
        Change::Expect(Key::User(HERE, user), 1),
        Change::Require(Key::Application(HERE, application_id(9))),
        Change::Require(Key::Environment(THERE)),
        keep(Ending::Application(HERE, application_id(2))),
        keep(Ending::Environment(HERE)),
        Change::SetPassword { environment, user, was: None, password: None, end_families: true, retiring: None },
        Change::SetAccount { environment, user, was: Account::default(), judged: None, account: Account::default() },
        Change::RecordSignOn { environment, user, at },
        Change::GiveConsent { consent: Box::new(Consent { version: 7, ..consent(1, 9) }), new: false },
        Change::UseConsent { environment, user, application, version: 0 },
        Change::WithdrawConsent { environment, user, application: application_id(9), at },
        Change::ConsumeCode { environment, code: code_hash(9), at },
        Change::UsePushedRequest { environment, reference: pushed_hash(9), at },
        sending(mailed_code(HERE, 9)),
        Change::SendMailedCode { code: mailed_code(HERE, 1), was: Some(digest) },
        Change::CountMailedTry { environment, user, kind, digest, was: 5 },
        Change::UseMailedCode { environment, user, kind, digest, at },
        Change::SupersedeRefreshToken { environment, token: refresh_hash(9), at, sealed_successor: None },
        Change::CountGraceReplay { environment, family: FamilyId::new(uuid(9)), was: 0 },
        Change::UseFamily { environment, family: FamilyId::new(uuid(9)) },
    ] {
        loses(store, change).await;
    }
    let orphan = RefreshToken { family: FamilyId::new(uuid(9)), ..refresh_token(HERE, 9) };
    each(store, [Change::IssueRefreshToken(orphan)]).await;
    let token = refresh_hash(9);
    loses(store, Change::SupersedeRefreshToken { environment, token, at, sealed_successor: None }).await;
    assert_eq!(seen(store, HERE).await, before);
}

async fn what_is_taken_conflicts(store: &Store) {
    each(store, built(HERE)).await;
    each(store, [Change::put(organization(organization_of(THERE)), Guard::New)]).await;
    let before = seen(store, HERE).await;
    let other = EnvironmentId::new(uuid(0xe9));
    let in_the_same = Environment { organization: organization_of(HERE), ..full_environment(other) };
    let renamed = |name: &str| Environment { name: name.to_owned(), ..in_the_same.clone() };
    let user_named = |n, name: &str| User { username: name.to_owned(), ..user(HERE, n) };
    let app_as = |n, id: &str| Application { client_id: id.to_owned(), ..application(HERE, n) };
    let population_named = |n, name: &str| Population { name: name.to_owned(), ..population(HERE, n) };
    let policy_named = |name: &str| PasswordPolicy { name: name.to_owned(), ..password_policy(HERE, 1) };
    let create_user = |user| Change::put(user, Guard::New);
    let create_app = |application| Change::put(application, Guard::New);
    let scope_named =
        |n, name: &str| ResourceScope { name: name.to_owned(), resource: ResourceId::new(uuid(1)), ..scope(HERE, n) };
    let role = |actor, n| role_assignment(HERE, uuid(actor), n, RoleScope::Environment(HERE));
    for (change, constraint) in [
        (Change::put(organization(organization_of(HERE)), Guard::New), "organizations_pkey"),
        (Change::put(license(organization_of(HERE), 1), Guard::New), "licenses_pkey"),
        (Change::put(Environment { id: HERE, ..renamed("Other") }, Guard::New), "environments_pkey"),
        (Change::put(renamed(&HOSTILE.to_lowercase()), Guard::New), ENVIRONMENT_NAME_TAKEN),
        (Change::CreateKey(key(HERE, 1, KeyStatus::Next)), "signing_keys_pkey"),
        (Change::put(population_named(1, "Other"), Guard::New), "populations_pkey"),
        (Change::put(population_named(9, "POPULATION 2"), Guard::New), POPULATION_NAME_TAKEN),
        (Change::put(population_named(3, "population 2"), Guard::Version), POPULATION_NAME_TAKEN),
        (Change::put(policy_named("Other"), Guard::New), "password_policies_pkey"),
        (
            Change::put(PasswordPolicy { id: PasswordPolicyId::new(uuid(9)), ..password_policy(HERE, 1) }, Guard::New),
            "password_policies_environment_id_name_key_key",
        ),
        (
            Change::put(
                SignOnPolicy { name: "Other".to_owned(), default: false, ..sign_on_policy(HERE, 1) },
                Guard::New,
            ),
            "sign_on_policies_pkey",
        ),
        (Change::put(scope_named(1, "other"), Guard::New), "scopes_pkey"),
        (Change::put(scope_named(9, "scope:1"), Guard::New), "scopes_environment_id_resource_id_name_key"),
        (create_app(app_as(1, "other")), "applications_pkey"),
        (create_app(app_as(9, "client-2")), CLIENT_ID_TAKEN),
        (Change::put(Application { version: 7, ..app_as(1, "client-2") }, Guard::Version), CLIENT_ID_TAKEN),
        (Change::put(role(1, 9), Guard::New), ROLE_ASSIGNED),
        (create_user(user_named(1, "other")), "users_pkey"),
        (create_user(user_named(9, "uSeR.2")), USERNAME_TAKEN),
        (Change::put(User { version: 3, ..user_named(1, "USER.2") }, Guard::Version), USERNAME_TAKEN),
    ] {
        conflicts(store, change, constraint).await;
    }
    what_was_given_conflicts(store, before.flows[0].clone().unwrap()).await;
    resources_conflict(store).await;
    assert_eq!(seen(store, HERE).await, before);
    // What is taken in one environment is free in the other.
    each(store, built(THERE).split_off(1)).await;
}

async fn what_was_given_conflicts(store: &Store, flow: Flow) {
    for (change, constraint) in [
        (Change::CreateFlow(Box::new(flow)), "flows_pkey"),
        (Change::CreateSession(Session { id: session(HERE, 1).id, ..session(HERE, 9) }), "sessions_pkey"),
        (
            Change::CreateSession(Session { id: session(HERE, 9).id, ..session(HERE, 1) }),
            "sessions_environment_id_token_key",
        ),
        (Change::IssueCode(Box::new(code(HERE, 1))), "codes_pkey"),
        (Change::CreateFamily(family(HERE, 1)), "families_pkey"),
        (Change::IssueRefreshToken(refresh_token(HERE, 1)), "refresh_tokens_pkey"),
        (Change::RecordAccessToken(access_token(HERE, 1)), "access_tokens_pkey"),
        (Change::Record(Box::new(event(HERE, 1))), "activities_pkey"),
    ] {
        conflicts(store, change, constraint).await;
    }
}

async fn resources_conflict(store: &Store) {
    let mut resource = resource(HERE, 1);
    conflicts(store, Change::put(resource.clone(), Guard::New), "resources_pkey").await;
    resource.id = ResourceId::new(uuid(9));
    "RESOURCE 2".clone_into(&mut resource.name);
    conflicts(store, Change::put(resource, Guard::New), "resources_environment_id_name_key_key").await;
    let again = ResourceGrant { id: grant(HERE, 1, 1).id, ..grant(HERE, 1, 9) };
    conflicts(store, Change::put(again, Guard::New), "resource_grants_pkey").await;
    let again = ResourceGrant { id: grant(HERE, 1, 9).id, ..grant(HERE, 1, 1) };
    let constraint = "resource_grants_environment_id_application_id_resource_id_key";
    conflicts(store, Change::put(again, Guard::New), constraint).await;
}

/// A change can take several statements; what is told is which change lost.
async fn the_index_is_the_changes(store: &Store) {
    each(store, built(HERE)).await;
    let long = Change::Remove(Key::Application(HERE, ApplicationId::new(uuid(1))));
    let used = Change::ConsumeCode { environment: HERE, code: code_hash(9), at: NOW };
    for at in 0..4 {
        let mut batch = vec![
            long.clone(),
            Change::put(population(HERE, 8), Guard::New),
            Change::EndSession(HERE, session(HERE, 1).id, NOW),
        ];
        batch.insert(at, used.clone());
        assert_eq!(store.commit(batch).await, Err(StoreError::Lost { index: at }));
    }
    assert!(store.client(HERE, "client-1").await.unwrap().is_some());
}

async fn a_conflict_undoes_its_batch(store: &Store) {
    each(store, built(HERE)).await;
    let before = seen(store, HERE).await;
    let consume = Change::ConsumeCode { environment: HERE, code: code_hash(1), at: NOW };
    let outcome = store.commit(vec![consume, Change::CreateFamily(family(HERE, 1))]).await;
    assert_eq!(outcome, Err(StoreError::Conflict { constraint: "families_pkey".to_owned() }));
    assert_eq!(seen(store, HERE).await, before);
}

const ENVIRONMENT_NAME_TAKEN: &str = "environments_organization_id_name_key_key";
const POPULATION_NAME_TAKEN: &str = "populations_environment_id_name_key_key";
const ROLE_ASSIGNED: &str = "role_assignments_environment_id_actor_role_scope_kind_scope_key";

/// Whatever it was before.
fn sets(environment: EnvironmentId, user: UserId, password: Option<PasswordState>) -> Change {
    Change::SetPassword { environment, user, was: None, password, end_families: false, retiring: None }
}
