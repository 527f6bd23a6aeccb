//! What was committed comes back equal: every model, with all of its optional members and with none.

use jose::Alg;
use protocol::change::{Change, Family, Guard};
use protocol::client::Client;
use protocol::flow::State;
use protocol::id::{CorrelationId, OrganizationId, SessionId, UserId};
use protocol::model::{
    Account, Activity, Application, ApplicationType, CorsSettings, KeyStatus, PasswordPolicy, PasswordState,
    Population, Resource, ResourceScope, RoleAssignment, RoleScope, SecretPair, SignOnPolicy, SigningKeyRecord, User,
};
use store::Store;

use crate::each;
use crate::life::built;
use crate::samples::*;

on_every_engine!(
    a_new_database,
    organizations_and_licences,
    environments,
    keys,
    populations,
    policies,
    resources_and_scopes,
    applications,
    secrets,
    role_assignments,
    users,
    flows,
    sessions,
    codes_and_families,
    tokens,
    exchanges,
    activities,
);

async fn a_new_database(store: &Store) {
    assert_eq!(store.ping().await, Ok(()));
    assert!(store.check().await.unwrap().is_current());
    assert_eq!(store.migrate(NOW.plus(1)).await, Ok(()), "a second migration finds nothing to do");
    assert_eq!(store.is_empty().await, Ok(true));
    assert_eq!(store.commit(vec![]).await, Ok(()));
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    assert_eq!(store.is_empty().await, Ok(false));
}

async fn organizations_and_licences(store: &Store) {
    let (here, there) = (organization_of(HERE), organization_of(THERE));
    let both = [organization(here), full_organization(there)];
    let licenses = [license(here, 1), license(here, 2), license(there, 1)];
    each(store, both.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    each(store, licenses.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    assert_eq!(store.organizations().await.unwrap(), both);
    for organization in both {
        assert_eq!(store.organization(organization.id).await, Ok(Some(organization)));
    }
    assert_eq!(store.organization(OrganizationId::new(uuid(9))).await, Ok(None));
    assert_eq!(store.licenses(here).await.unwrap(), licenses[..2]);
    assert_eq!(store.license(here, licenses[1].id).await, Ok(Some(licenses[1].clone())));
    assert_eq!(store.license(there, licenses[1].id).await, Ok(None), "a licence of another organization");
}

async fn environments(store: &Store) {
    let full = full_environment(THERE);
    each(store, [environment(HERE), full.clone()].map(|e| Change::put(e, Guard::New))).await;
    assert_eq!(store.environment(HERE).await, Ok(Some(environment(HERE))));
    assert_eq!(store.environment(THERE).await, Ok(Some(full.clone())));
    let page = store.environments(organization_of(THERE), &WHOLE, None).await.unwrap();
    assert_eq!((page.rows, page.next, page.total), (vec![full.clone()], None, 1));
    for (only, found) in [(vec![], 0), (vec![HERE], 0), (vec![THERE, HERE], 1)] {
        let page = store.environments(organization_of(THERE), &WHOLE, Some(&only)).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (found, found as i64), "{only:?}");
    }
    let mut changed = environment(THERE);
    changed.version = full.version;
    each(store, [Change::put(changed.clone(), Guard::Version)]).await;
    changed.version += 1;
    assert_eq!(store.environment(THERE).await, Ok(Some(changed)), "all members are taken away again");
}

async fn keys(store: &Store) {
    let mut all: Vec<SigningKeyRecord> = Vec::new();
    for (n, alg) in (1..).zip(Alg::ALL.iter().copied()) {
        let status = [KeyStatus::Next, KeyStatus::Active, KeyStatus::Retired][n as usize % 3];
        all.push(SigningKeyRecord { alg, ..key(HERE, n, status) });
    }
    each(store, all.iter().cloned().map(Change::CreateKey)).await;
    assert_eq!(store.keys(HERE).await.unwrap(), all, "the oldest first");
    assert_eq!(store.rotating().await.unwrap(), [HERE]);
    each(store, [Change::CreateKey(key(THERE, 1, KeyStatus::Active))]).await;
    assert_eq!(store.rotating().await.unwrap(), [HERE], "a key that signs needs no look");
    let retired = key(THERE, 1, KeyStatus::Retired);
    each(store, [Change::UpdateKey { key: retired.clone(), was: KeyStatus::Active }]).await;
    assert_eq!(store.keys(THERE).await.unwrap(), [retired]);
    assert_eq!(store.rotating().await.unwrap().len(), 2);
}

async fn populations(store: &Store) {
    let both = [full_population(HERE, 1), population(HERE, 2)];
    each(store, [Change::put(password_policy(HERE, 2), Guard::New)]).await;
    each(store, both.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    for population in &both {
        assert_eq!(store.get::<Population>(HERE, &[population.id.uuid()]).await, Ok(Some(population.clone())));
    }
    assert_eq!(store.list::<Population>(HERE, &WHOLE).await.unwrap().rows, both);
    let [first, mut second] = both;
    second.default = true;
    second.description = Some(HOSTILE.to_owned());
    each(store, [Change::put(second.clone(), Guard::Version)]).await;
    second.version += 1;
    assert_eq!(store.get::<Population>(HERE, &[second.id.uuid()]).await, Ok(Some(second)));
    let first = store.get::<Population>(HERE, &[first.id.uuid()]).await.unwrap().unwrap();
    assert_eq!((first.default, first.version), (false, 5), "one is the default, and the other was written too");
}

async fn policies(store: &Store) {
    let passwords = [password_policy(HERE, 1), password_policy(HERE, 2)];
    let sign_ons = [sign_on_policy(HERE, 1), sign_on_policy(HERE, 2)];
    each(store, passwords.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    each(store, sign_ons.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    assert_eq!(store.all::<PasswordPolicy>(HERE, &[]).await.unwrap(), passwords);
    assert_eq!(store.all::<SignOnPolicy>(HERE, &[]).await.unwrap(), sign_ons);
}

async fn resources_and_scopes(store: &Store) {
    let (resources, scopes) = ([full_resource(HERE, 1), resource(HERE, 2)], [scope(HERE, 1), scope(HERE, 2)]);
    each(store, resources.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    each(store, scopes.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    assert_eq!(store.all::<Resource>(HERE, &[]).await.unwrap(), resources);
    assert_eq!(store.all_within::<ResourceScope>(HERE).await.unwrap(), scopes);
    let [first, _] = scopes;
    assert_eq!(store.all::<ResourceScope>(HERE, &[first.resource.uuid()]).await.unwrap(), [first]);
}

async fn applications(store: &Store) {
    let mut all = vec![application(HERE, 1), full_application(HERE, 2)];
    for (n, kind) in (3..).zip(ApplicationType::ALL) {
        let cors =
            Some(if n % 2 == 0 { CorsSettings::AllowNoOrigins } else { CorsSettings::AllowSpecificOrigins(vec![]) });
        all.push(Application { kind, cors, ..application(HERE, n) });
    }
    each(store, all.iter().cloned().map(|a| Change::put(a, Guard::New))).await;
    for application in &all {
        let known = client(application.clone());
        let expected = Some(known.clone());
        assert_eq!(store.client_of(HERE, application.id).await.unwrap(), expected);
        assert_eq!(store.client(HERE, &application.client_id).await.unwrap(), expected);
        // CA-38: one question, of a known client as of an unknown one.
        assert_eq!(store.client_is_still(&known, "nobody").await, Ok(true));
        let other = if application.client_id == "client-1" { "client-2" } else { "client-1" };
        assert_eq!(store.client_is_still(&known, other).await, Ok(false), "{other} is there");
        let mut gone = known;
        gone.application.client_id = "nobody".into();
        assert_eq!(store.client_is_still(&gone, "nobody else").await, Ok(false));
    }
    assert_eq!(store.list::<Application>(HERE, &WHOLE).await.unwrap().rows, all);
    for absent in ["", "CLIENT-1", "client-1 ", &"x".repeat(100_000), HOSTILE] {
        assert_eq!(store.client(HERE, absent).await, Ok(None), "a client id is itself alone");
    }
    // An update of all members keeps the secrets and grants that it does not name.
    let before = full_client(THERE, 1);
    let Application { version, unused_since, .. } = before.application;
    let changed = Application { version, unused_since, ..application(THERE, 1) };
    each(store, before.clone().creation()).await;
    each(store, [Change::put(changed.clone(), Guard::Version)]).await;
    let changed_from = changed.version;
    let expected = Client { application: Application { version: changed.version + 1, ..changed }, ..before };
    assert_eq!(store.client_is_still(&expected, "nobody").await, Ok(true));
    let older = Client {
        application: Application { version: changed_from, ..expected.application.clone() },
        ..expected.clone()
    };
    assert_eq!(store.client_is_still(&older, "nobody").await, Ok(false));
    assert_eq!(store.client(THERE, "client-1").await, Ok(Some(expected)));
}

async fn secrets(store: &Store) {
    let full = full_client(HERE, 1);
    let bare = client(application(HERE, 2));
    each(store, [full.clone(), bare].into_iter().flat_map(Client::creation)).await;
    assert_eq!(store.client(HERE, "client-1").await, Ok(Some(full.clone())));
    let (environment, application) = (HERE, full.application.id);
    let rotate = |was: u8, current: u8, previous: Option<u8>| Change::RotateSecret {
        environment,
        of: application.into(),
        was: Some([was; 32]),
        current: secret(current),
        previous: previous.map(previous_secret),
    };
    let held = async || store.client_of(environment, application).await.unwrap().unwrap();
    let is_still = async |known: &Client| store.client_is_still(known, "nobody").await.unwrap();
    each(store, [rotate(1, 3, Some(1))]).await;
    let rotated = held().await;
    assert!(is_still(&rotated).await && !is_still(&full).await);
    assert_eq!(held().await.secrets, SecretPair { current: Some(secret(3)), previous: Some(previous_secret(1)) });
    each(store, [Change::DeletePreviousSecret { environment, of: application.into(), was: [1; 32] }]).await;
    assert!(!is_still(&rotated).await);
    assert_eq!(held().await.secrets, SecretPair { current: Some(secret(3)), previous: None });
    each(store, [rotate(3, 4, Some(3)), rotate(4, 5, None)]).await;
    assert_eq!(held().await.secrets, SecretPair { current: Some(secret(5)), previous: None });
    assert_eq!(
        (held().await.application, held().await.grants),
        (full.application, full.grants),
        "nothing else changed"
    );
    let first = Change::RotateSecret {
        environment,
        of: application_id(2).into(),
        was: None,
        current: secret(6),
        previous: None,
    };
    each(store, [first]).await;
    let secrets = store.client(HERE, "client-2").await.unwrap().unwrap().secrets;
    assert_eq!(secrets, SecretPair { current: Some(secret(6)), previous: None });
}

async fn role_assignments(store: &Store) {
    let scopes = [
        RoleScope::Environment(THERE),
        RoleScope::Organization(organization_of(HERE)),
        RoleScope::Population(population(HERE, 1).id),
        RoleScope::Application(application_id(1)),
    ];
    let all: Vec<_> = (1..).zip(scopes).map(|(n, scope)| role_assignment(HERE, uuid(1), n, scope)).collect();
    each(store, all.iter().cloned().map(|object| Change::put(object, Guard::New))).await;
    assert_eq!(store.all::<RoleAssignment>(HERE, &[uuid(1)]).await.unwrap(), all);
    assert_eq!(store.all::<RoleAssignment>(HERE, &[uuid(2)]).await.unwrap(), []);
    // P4: where what a role is over is; an organization is in none.
    each(store, built(THERE)).await;
    let places = scopes.map(|scope| (scope, matches!(scope, RoleScope::Organization(_))));
    for (scope, above) in places {
        assert_eq!(store.environment_of(scope).await, Ok((!above).then_some(THERE)), "{scope:?}");
    }
    assert_eq!(store.environment_of(RoleScope::Population(uuid(0x9999).into())).await, Ok(None));
    // What another environment has by the same id is in none: a role for the one lets nobody into the other.
    each(store, [Change::put(population(HERE, 1), Guard::New)]).await;
    assert_eq!(store.environment_of(RoleScope::Population(population(HERE, 1).id)).await, Ok(None));
}

async fn users(store: &Store) {
    let open = PasswordState { must_change: false, ..password("{SSHA512}imported") };
    let third = User {
        password: Some(open),
        account: Account { unlock_at: None, ..full_user(HERE, 3).account },
        ..user(HERE, 3)
    };
    let all = [user(HERE, 1), full_user(HERE, 2), third];
    each(store, crate::samples::populations()).await;
    each(store, all.iter().cloned().map(|u| Change::put(u, Guard::New))).await;
    for user in &all {
        assert_eq!(store.user(HERE, user.id).await, Ok(Some(user.clone())));
        assert_eq!(store.user_by_name(HERE, &user.username.to_lowercase()).await, Ok(Some(user.clone())));
        assert_eq!(store.user_by_name(HERE, &user.username).await, Ok(None), "names are found by their key");
    }
    assert_eq!(store.users(HERE, &WHOLE).await.unwrap().rows, all);
    // An update writes all but what has a change of its own.
    let [bare, full, _] = all;
    let changed = User { id: bare.id, version: 1, username: HOSTILE.to_owned(), ..full.clone() };
    each(store, [Change::put(changed.clone(), Guard::Version)]).await;
    let User { account, password, last_sign_on, .. } = bare;
    let expected = User { account, password, last_sign_on, version: 2, ..changed };
    assert_eq!(store.user(HERE, bare.id).await, Ok(Some(expected)));
    let none = Change::SetPassword {
        environment: HERE,
        user: full.id,
        was: None,
        password: None,
        end_families: false,
        retiring: None,
    };
    let (was, account) = (full.account.clone(), Account::default());
    let account = Change::SetAccount { environment: HERE, user: full.id, was, judged: None, account };
    let signed_on = Change::RecordSignOn { environment: HERE, user: full.id, at: NOW };
    each(store, [none, account, signed_on]).await;
    let expected = User { password: None, account: Account::default(), last_sign_on: Some(NOW), ..full };
    assert_eq!(store.user(HERE, expected.id).await, Ok(Some(expected)));
}

async fn flows(store: &Store) {
    let (user, session) = (UserId::new(uuid(1)), SessionId::new(uuid(2)));
    let states = [
        State::UsernamePasswordRequired,
        State::MustChangePassword { user },
        State::ConsentRequired { user, session },
        State::Completed { user, session },
        State::Resumed { user, session },
        State::Cancelled,
    ];
    for (n, state) in (1..).zip(states) {
        let mut flow = flow(HERE, n, state);
        each(store, [Change::CreateFlow(Box::new(flow.clone()))]).await;
        assert_eq!(store.flow(HERE, flow.id).await, Ok(Some(flow.clone())));
        flow.state = State::Cancelled;
        flow.expires_at = NOW;
        each(store, [Change::UpdateFlow(Box::new(flow.clone()))]).await;
        flow.version += 1;
        assert_eq!(store.flow(HERE, flow.id).await, Ok(Some(flow.clone())));
    }
}

async fn sessions(store: &Store) {
    for session in [session(HERE, 1), full_session(HERE, 2)] {
        each(store, [Change::CreateSession(session.clone())]).await;
        assert_eq!(store.session(HERE, session.id).await, Ok(Some(session.clone())));
        assert_eq!(store.session_by_token(HERE, session.token).await, Ok(Some(session)));
    }
    let mut ended = session(HERE, 1);
    each(store, [7, 8].map(|n| Change::EndSession(HERE, ended.id, NOW.plus(n)))).await;
    ended.ended_at = Some(NOW.plus(7));
    assert_eq!(store.session(HERE, ended.id).await, Ok(Some(ended)), "it ends once");
}

async fn codes_and_families(store: &Store) {
    for code in [code(HERE, 1), full_code(HERE, 2)] {
        each(store, [Change::IssueCode(Box::new(code.clone()))]).await;
        assert_eq!(store.code(HERE, code.hash).await, Ok(Some(code)));
    }
    for family in [family(HERE, 1), full_family(HERE, 2)] {
        each(store, [Change::CreateFamily(family.clone())]).await;
        assert_eq!(store.family(HERE, family.id).await, Ok(Some(family)));
    }
    let id = family(HERE, 1).id;
    each(store, [Change::CountGraceReplay { environment: HERE, family: id, was: 0 }]).await;
    each(store, [1, 2].map(|n| Change::RevokeFamily { environment: HERE, family: id, at: NOW.plus(n) })).await;
    let expected = Family { grace_replays: 1, revoked_at: Some(NOW.plus(1)), ..family(HERE, 1) };
    assert_eq!(store.family(HERE, id).await, Ok(Some(expected)), "it is revoked once");
}

async fn tokens(store: &Store) {
    for token in [refresh_token(HERE, 1), full_refresh_token(HERE, 2)] {
        each(store, [Change::IssueRefreshToken(token.clone())]).await;
        assert_eq!(store.refresh_token(HERE, token.hash).await, Ok(Some(token)));
    }
    for token in [access_token(HERE, 1), full_access_token(HERE, 2)] {
        each(store, [Change::RecordAccessToken(token.clone())]).await;
        assert_eq!(store.access_token(HERE, token.hash).await, Ok(Some(token)));
    }
    // A JWT that was never recorded is recorded as revoked; what is recorded keeps its claims and its first revocation.
    let revoked = full_access_token(HERE, 3);
    each(store, [Change::RevokeAccessToken(revoked.clone())]).await;
    let mut again = access_token(HERE, 3);
    again.revoked_at = Some(NOW.plus(99));
    each(store, [Change::RevokeAccessToken(again)]).await;
    assert_eq!(store.access_token(HERE, revoked.hash).await, Ok(Some(revoked)));
}

/// What is gone of what a code or a refresh token was issued to is missing alone.
async fn exchanges(store: &Store) {
    let (person, browser) = (full_user(HERE, 1), full_session(HERE, 1));
    let (code, family, token) = (full_code(HERE, 1), full_family(HERE, 1), full_refresh_token(HERE, 1));
    let told = async || {
        let code = store.issued_code(HERE, code.hash).await.unwrap().map(|i| (i.code, i.user, i.session));
        let token = store.issued_refresh_token(HERE, token.hash).await.unwrap();
        (code, token.map(|i| (i.token, i.family, i.user, i.session)))
    };
    assert_eq!(told().await, (None, None));
    let code_alone = Some((code.clone(), None, None));
    each(store, [Change::IssueCode(Box::new(code.clone())), Change::IssueRefreshToken(token.clone())]).await;
    assert_eq!(told().await, (code_alone.clone(), Some((token.clone(), None, None, None))));
    each(store, [Change::CreateFamily(family.clone())]).await;
    assert_eq!(told().await, (code_alone, Some((token.clone(), Some(family.clone()), None, None))));
    let (code, token, family) = (code.clone(), token.clone(), Some(family));
    each(store, [Change::CreateSession(browser.clone())]).await;
    let without_user = (
        Some((code.clone(), None, Some(browser.clone()))),
        Some((token.clone(), family.clone(), None, Some(browser.clone()))),
    );
    assert_eq!(told().await, without_user);
    each(store, crate::samples::populations()).await;
    each(store, [create_user(person.clone())]).await;
    let whole = (
        Some((code.clone(), Some(person.clone()), Some(browser.clone()))),
        Some((token.clone(), family, Some(person), Some(browser))),
    );
    assert_eq!(told().await, whole);
    assert!(store.issued_code(THERE, code.hash).await.unwrap().is_none());
    assert!(store.issued_refresh_token(THERE, token.hash).await.unwrap().is_none());
}

async fn activities(store: &Store) {
    let mut all = vec![event(HERE, 1), full_event(HERE, 2)];
    for (n, action) in (3..).zip(protocol::audit::Action::ALL) {
        all.push(protocol::audit::Event { action, ..event(HERE, n) });
    }
    each(store, all.iter().cloned().map(|e| Change::Record(Box::new(e)))).await;
    let expected: Vec<_> = all.into_iter().map(Activity::from).collect();
    for activity in &expected {
        assert_eq!(store.activity(HERE, activity.id).await, Ok(Some(activity.clone())));
    }
    assert_eq!(store.activities(HERE, &WHOLE).await.unwrap().rows, expected);
    let mut nowhere = full_event(HERE, 1);
    nowhere.environment = None;
    nowhere.at = NOW.plus(-1);
    each(store, [Change::Record(Box::new(nowhere.clone()))]).await;
    let told = store.explain(CorrelationId::new(uuid(0xc0))).await.unwrap();
    assert_eq!(told[0], Activity::from(nowhere));
    assert_eq!(told[1..], expected);
    assert_eq!(store.explain(CorrelationId::new(uuid(1))).await, Ok(vec![]));
}
