//! One environment's life, change by change, and all that can be read of it.
//!
//! There are two of everything, numbered 1 and 2: what happens to the first must leave the second alone.

use std::collections::HashMap;

use protocol::change::{Absence, AccessToken, Change, Code, Ending, Family, Guard, PushedRequest, RefreshToken};
use protocol::client::Client;
use protocol::consent::Consent;
use protocol::flow::{Flow, State};
use protocol::id::{
    ActivityId, ApplicationId, EnvironmentId, FamilyId, FlowId, GroupId, InitialAccessTokenId, LicenseId,
    PasswordPolicyId, PopulationId, ResourceId, RoleAssignmentId, SessionId, SignOnPolicyId, UserId,
};
use protocol::logout::{Notice, Participation};
use protocol::mailed::{CodeFor, MailedCode};
use protocol::model::{
    Account, Activity, Application, Environment, Group, Key, KeyStatus, License, Member, Membership, Object,
    ObjectKind, Organization, PasswordPolicy, Population, Resource, ResourceGrant, ResourceScope, RoleAssignment,
    RoleScope, Session, SignOnPolicy, SigningKeyRecord, User,
};
use protocol::sealed::{Place, Sealed};
use protocol::time::Time;
use store::{Page, Store, StoreError};

use crate::samples::*;

/// Makes the environment and two of everything in it.
pub(crate) fn built(environment: EnvironmentId) -> Vec<Change> {
    let more = others().flat_map(|of| [1, 2].map(|n| Change::put(first(of, environment, n), Guard::New)));
    named(environment).into_iter().chain(more).collect()
}

/// The kind of the object that the change makes.
fn made(change: &Change) -> Option<ObjectKind> {
    match change {
        Change::Put(object, Guard::New) => Some(object.kind()),
        _ => None,
    }
}

/// The first holds a role here, the second one over the organization.
fn held_over(environment: EnvironmentId, n: u128) -> RoleScope {
    if n == 1 { RoleScope::Environment(environment) } else { RoleScope::Organization(organization_of(environment)) }
}

/// The kinds that are not spelt out here: their samples are made of their descriptions.
fn others() -> impl Iterator<Item = ObjectKind> {
    let named: Vec<ObjectKind> = named(HERE).iter().filter_map(made).collect();
    WITHIN.iter().copied().filter(move |of| !named.contains(of))
}

/// Where [`Seen::others`] has the one with this number.
pub(crate) fn place(of: ObjectKind, n: usize) -> usize {
    others().position(|other| other == of).map_or(usize::MAX, |at| 3 * at + n - 1)
}

fn named(environment: EnvironmentId) -> Vec<Change> {
    let organization = organization_of(environment);
    let mut changes = vec![
        Change::put(full_organization(organization), Guard::New),
        Change::put(license(organization, 1), Guard::New),
        Change::put(license(organization, 2), Guard::New),
        Change::put(full_environment(environment), Guard::New),
        Change::CreateKey(key(environment, 1, KeyStatus::Next)),
        Change::CreateKey(key(environment, 2, KeyStatus::Retired)),
        Change::put(password_policy(environment, 1), Guard::New),
        Change::put(password_policy(environment, 2), Guard::New),
        Change::put(full_population(environment, 1), Guard::New),
        Change::put(population(environment, 2), Guard::New),
        Change::put(population(environment, 3), Guard::New),
        Change::put(full_group(environment, 1), Guard::New),
        Change::put(group(environment, 2), Guard::New),
        Change::put(group(environment, 3), Guard::New),
    ];
    for n in [1, 2] {
        changes.extend(full_client(environment, n).creation());
        changes.extend([
            Change::put(sign_on_policy(environment, n), Guard::New),
            Change::put(if n == 1 { full_resource(environment, n) } else { resource(environment, n) }, Guard::New),
            Change::put(scope(environment, n), Guard::New),
            Change::put(role_assignment(environment, uuid(n), n, held_over(environment, n)), Guard::New),
            Change::put(full_user(environment, n), Guard::New),
            sending(mailed_code(environment, n)),
            Change::CreateFlow(Box::new(flow(environment, n, State::UsernamePasswordRequired))),
            Change::CreateSession(session(environment, n)),
            Change::IssueCode(Box::new(code(environment, n))),
            Change::CreateFamily(family(environment, n)),
            Change::IssueRefreshToken(refresh_token(environment, n)),
            Change::RecordAccessToken(AccessToken { revoked_at: None, ..full_access_token(environment, n) }),
            Change::UseAssertion(assertion(environment, n)),
            Change::PushRequest(Box::new(pushed(environment, n))),
            Change::UseProof(proof(environment, n)),
            Change::JoinSession(Box::new(participation(environment, n))),
            Change::Record(Box::new(full_event(environment, n))),
        ]);
    }
    changes.extend(joined(environment));
    changes
}

/// Users 1 and 2 are in groups 1 and 2; group 1 is in group 2.
fn joined(environment: EnvironmentId) -> Vec<Change> {
    let join = |member, n| Change::JoinGroup { environment, member, group: GroupId::new(uuid(n)), at: NOW };
    vec![
        join(Member::User(UserId::new(uuid(1))), 1),
        join(Member::User(UserId::new(uuid(2))), 2),
        join(Member::Group(GroupId::new(uuid(1))), 2),
    ]
}

/// What becomes of the secrets of the first application, and what is held to be so.
fn guarded(environment: EnvironmentId) -> Vec<Change> {
    let (user, application) = (UserId::new(uuid(1)), ApplicationId::new(uuid(1)));
    vec![
        Change::RotateSecret {
            environment,
            of: application.into(),
            was: Some([1; 32]),
            current: secret(3),
            previous: Some(previous_secret(1)),
        },
        Change::DeletePreviousSecret { environment, of: application.into(), was: [1; 32] },
        Change::Expect(Key::User(environment, user), full_user(environment, 1).version),
        Change::Absent(Absence::Key(environment, "nobody's".to_owned())),
        Change::ExpectUnused { environment, application, before: NOW.plus(3) },
        Change::MarkClient { environment, application, unused_since: None },
        Change::UseInitialToken { environment, token: InitialAccessTokenId::new(uuid(1)), most: 1 },
        Change::Absent(Absence::Role { environment, actor: uuid(0xdead), known: Vec::new() }),
        Change::KeepRole {
            role: uuid(0xad),
            organization: organization_of(environment),
            ending: Ending::Application(environment, application),
        },
    ]
}

/// What ends of the first.
fn withdrawn(environment: EnvironmentId) -> Vec<Change> {
    let (user, at) = (UserId::new(uuid(1)), NOW.plus(30));
    vec![
        Change::SetPassword {
            environment,
            user,
            was: Some("$argon2id$second".to_owned()),
            password: Some(password("$argon2id$third")),
            end_families: false,
            retiring: None,
        },
        Change::RevokeAccessToken(AccessToken { revoked_at: Some(at), ..full_access_token(environment, 1) }),
        Change::RevokeFamily { environment, family: FamilyId::new(uuid(1)), at },
        Change::EndSession(environment, SessionId::new(uuid(3)), at),
        Change::EndUserSessions(environment, user, at),
        Change::MoveNotice { notice: Box::new(notice(environment, 1, at.plus(30), 1)), was: at },
        Change::LeaveSession(Box::new(participation(environment, 1))),
    ]
}

/// Changes the first of everything that [`built`] made. The order matters: what ends a thing comes after what changes it.
pub(crate) fn lived(environment: EnvironmentId) -> Vec<Change> {
    let mut changes = configured(environment);
    changes.extend(used(environment));
    changes.into_iter().chain(others().map(|of| replaced(of, environment))).collect()
}

/// What administrators change.
fn configured(environment: EnvironmentId) -> Vec<Change> {
    let of = organization_of(environment);
    vec![
        Change::put(Organization { description: None, ..full_organization(of) }, Guard::Exists),
        Change::put(License { name: "Changed".to_owned(), ..license(of, 1) }, Guard::Exists),
        Change::put(
            Environment { region: "AP".to_owned(), soft_deleted_at: None, ..full_environment(environment) },
            Guard::Version,
        ),
        Change::UpdateKey { key: key(environment, 1, KeyStatus::Active), was: KeyStatus::Next },
        Change::Reseal {
            was: Sealed { place: Place::SigningKey(environment, "key-1".to_owned()), value: vec![0, 0xff, 1] },
            sealed: vec![3, 0xff, 1],
            digest: None,
        },
        Change::MasterKeyRotation(Some("from to".to_owned())),
        Change::MasterKeyRotation(None),
        Change::ImportUsers(vec![user(environment, 4)]),
        Change::put(Population { default: true, ..population(environment, 2) }, Guard::Version),
        Change::put(Application { enabled: false, ..full_application(environment, 1) }, Guard::Version),
        Change::put(Resource { description: None, ..full_resource(environment, 1) }, Guard::Exists),
        Change::put(ResourceScope { description: None, ..scope(environment, 1) }, Guard::Exists),
        Change::put(PasswordPolicy { min_unique: 1, ..password_policy(environment, 1) }, Guard::Exists),
        Change::put(SignOnPolicy { default: false, ..sign_on_policy(environment, 1) }, Guard::Exists),
        Change::put(
            RoleAssignment {
                read_only: false,
                ..role_assignment(environment, uuid(1), 1, RoleScope::Environment(environment))
            },
            Guard::Exists,
        ),
        Change::put(Group { external_id: None, ..full_group(environment, 1) }, Guard::Version),
    ]
}

/// What changes as people and applications go on.
fn used(environment: EnvironmentId) -> Vec<Change> {
    let (user, at) = (UserId::new(uuid(1)), NOW.plus(30));
    let mut changes = vec![
        Change::LeaveGroup { environment, member: Member::User(user), group: GroupId::new(uuid(1)) },
        Change::put(grant(environment, 1, 2), Guard::New),
        Change::put(ResourceGrant { scopes: Vec::new(), ..grant(environment, 1, 2) }, Guard::Version),
    ];
    changes.extend(guarded(environment));
    changes.extend([
        Change::SetAccount {
            environment,
            user,
            was: full_user(environment, 1).account,
            judged: Some("$argon2id$first".to_owned()),
            account: Account::default(),
        },
        Change::RecordSignOn { environment, user, at },
        Change::put(User { enabled: false, ..full_user(environment, 1) }, Guard::Version),
        Change::Rehash { environment, user, was: "$argon2id$first".to_owned(), hash: "$argon2id$second".to_owned() },
    ]);
    changes.extend(proven(environment));
    changes.extend(withdrawn(environment));
    changes
}

/// The sample with this number; of what two others have once, not the pair that another sample of the same kind has.
fn first(of: ObjectKind, environment: EnvironmentId, n: u128) -> Object {
    if of == ObjectKind::SignOnPolicyAssignment { referring(of, environment, n, n) } else { sample(of, environment, n) }
}

/// Gives the first of a kind other content.
fn replaced(of: ObjectKind, environment: EnvironmentId) -> Change {
    let mut object = renamed(sample(of, environment, 3), 1);
    let guard = if stamps(&mut object).version.is_some() { Guard::Version } else { Guard::Exists };
    Change::put(object, guard)
}

/// The changes of signing on and of using what it gave.
fn proven(environment: EnvironmentId) -> Vec<Change> {
    let (user, session_id, at) = (UserId::new(uuid(1)), SessionId::new(uuid(1)), NOW.plus(30));
    let completed = State::Completed { user, session: session_id };
    let MailedCode { kind, digest, tries_left: was, .. } = mailed_code(environment, 1);
    vec![
        Change::CountMailedTry { environment, user, kind, digest, was },
        Change::UseMailedCode { environment, user, kind, digest, at },
        Change::UpdateFlow(Box::new(flow(environment, 1, completed))),
        Change::CreateSession(Session { user, ..session(environment, 3) }),
        Change::GiveConsent { consent: Box::new(consent_in(environment, 1, 9)), new: true },
        Change::UseConsent { environment, user, application: application_id(9), version: 0 },
        Change::WithdrawConsent { environment, user, application: application_id(9), at },
        Change::UsePushedRequest { environment, reference: pushed_hash(1), at },
        Change::ConsumeCode { environment, code: code_hash(1), at },
        Change::UseFamily { environment, family: FamilyId::new(uuid(1)) },
        Change::CountGraceReplay { environment, family: FamilyId::new(uuid(1)), was: 0 },
        Change::SupersedeRefreshToken { environment, token: refresh_hash(1), at, sealed_successor: Some(vec![9]) },
    ]
}

/// Deletes the first of everything, and then the environment.
pub(crate) fn ended(environment: EnvironmentId) -> Vec<Change> {
    let mut changes: Vec<Change> = others().map(|of| Change::Remove(key_of(&sample(of, environment, 1)))).collect();
    // What is of another one before that one.
    changes.reverse();
    changes.extend([
        Change::DeleteKey(environment, "key-2".to_owned(), KeyStatus::Retired),
        Change::Remove(Key::RoleAssignment(environment, uuid(1), RoleAssignmentId::new(uuid(1)))),
        Change::Remove(key_of(&scope(environment, 2).into())),
        Change::Remove(Key::PasswordPolicy(environment, PasswordPolicyId::new(uuid(1)))),
        Change::Remove(Key::SignOnPolicy(environment, SignOnPolicyId::new(uuid(1)))),
        Change::Remove(Key::Group(environment, GroupId::new(uuid(3)))),
        Change::Remove(Key::Population(environment, PopulationId::new(uuid(3)))),
        Change::Remove(Key::ResourceGrant(environment, ApplicationId::new(uuid(1)), grant(environment, 1, 2).id)),
        Change::Remove(Key::Resource(environment, ResourceId::new(uuid(1)))),
        Change::Expect(Key::Application(environment, ApplicationId::new(uuid(1))), 8),
        Change::Require(Key::Application(environment, ApplicationId::new(uuid(1)))),
        Change::Remove(Key::Application(environment, ApplicationId::new(uuid(1)))),
        Change::Remove(Key::User(environment, UserId::new(uuid(1)))),
        Change::Remove(Key::License(organization_of(environment), LicenseId::new(uuid(2)))),
        Change::Remove(Key::Environment(environment)),
        Change::Remove(Key::Organization(organization_of(environment))),
    ]);
    changes
}

/// Everything that the store tells of an environment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) organization: Option<Organization>,
    pub(crate) licenses: (Vec<License>, Vec<Option<License>>),
    pub(crate) environment: (Option<Environment>, Page<Environment>),
    pub(crate) keys: Vec<SigningKeyRecord>,
    pub(crate) populations: (Page<Population>, Vec<Option<Population>>, Vec<i64>),
    pub(crate) groups: Groups,
    pub(crate) policies: (Vec<PasswordPolicy>, Vec<SignOnPolicy>),
    pub(crate) scopes: (Vec<Resource>, Vec<ResourceScope>),
    pub(crate) applications: (Page<Application>, Vec<Option<Client>>, Vec<Option<Client>>),
    pub(crate) roles: Vec<RoleAssignment>,
    pub(crate) users: (Page<User>, Vec<Option<User>>, Vec<Option<User>>),
    pub(crate) flows: Vec<Option<Flow>>,
    pub(crate) sessions: (Vec<Option<Session>>, Vec<Option<Session>>),
    pub(crate) consents: Vec<Vec<Consent>>,
    pub(crate) mailed: Vec<Option<MailedCode>>,
    pub(crate) codes: Vec<Option<Code>>,
    pub(crate) families: Vec<Option<Family>>,
    pub(crate) refresh_tokens: Vec<Option<RefreshToken>>,
    pub(crate) access_tokens: Vec<Option<AccessToken>>,
    pub(crate) assertions: Vec<bool>,
    pub(crate) pushed: Vec<Option<PushedRequest>>,
    pub(crate) proofs: Vec<bool>,
    pub(crate) participations: Vec<Vec<Participation>>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) activities: (Page<Activity>, Vec<Option<Activity>>),
    pub(crate) others: Vec<Option<Object>>,
}

/// Everything that the store tells of groups, and of who is in them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Groups {
    pub(crate) all: Page<Group>,
    pub(crate) each: Vec<Option<Group>>,
    pub(crate) of_users: Vec<Page<Membership>>,
    pub(crate) nested: Vec<Page<Membership>>,
    pub(crate) users_within: HashMap<GroupId, i64>,
}

/// Reads one value for each number.
macro_rules! of_each {
    ($n:ident => $read:expr) => {{
        let mut found = Vec::new();
        for $n in [1_u128, 2, 3] {
            found.extend([$read.await?]);
        }
        found
    }};
}

async fn groups(store: &Store, at: EnvironmentId) -> Result<Groups, StoreError> {
    let (user, group) = (|n| UserId::new(uuid(n)), |n| GroupId::new(uuid(n)));
    Ok(Groups {
        all: store.list::<Group>(at, &WHOLE).await?,
        each: of_each!(n => store.get::<Group>(at, &[uuid(n)])),
        of_users: of_each!(n => store.memberships(at, Member::User(user(n)), &WHOLE)),
        nested: of_each!(n => store.memberships(at, Member::Group(group(n)), &WHOLE)),
        users_within: store.users_within(at, &[1, 2, 3].map(group)).await?,
    })
}

async fn described(store: &Store, at: EnvironmentId) -> Result<Vec<Option<Object>>, StoreError> {
    let mut found = Vec::new();
    for of in others() {
        found.extend(of_each!(n => stored(store, key_of(&sample(of, at, n)))));
    }
    Ok(found)
}

pub(crate) async fn seen(store: &Store, at: EnvironmentId) -> Seen {
    let seen = async {
        let of = organization_of(at);
        Ok::<_, StoreError>(Seen {
            organization: store.organization(of).await?,
            licenses: (store.licenses(of).await?, of_each!(n => store.license(of, LicenseId::new(uuid(n))))),
            environment: (store.environment(at).await?, store.environments(of, &WHOLE, None).await?),
            keys: store.keys(at).await?,
            populations: (
                store.list::<Population>(at, &WHOLE).await?,
                of_each!(n => store.get::<Population>(at, &[PopulationId::new(uuid(n)).uuid()])),
                of_each!(n => store.user_count(at, PopulationId::new(uuid(n)))),
            ),
            groups: groups(store, at).await?,
            policies: (store.all::<PasswordPolicy>(at, &[]).await?, store.all::<SignOnPolicy>(at, &[]).await?),
            scopes: (store.all::<Resource>(at, &[]).await?, store.all_within::<ResourceScope>(at).await?),
            applications: (
                store.list::<Application>(at, &WHOLE).await?,
                of_each!(n => store.client(at, &format!("client-{n}"))),
                of_each!(n => store.client_of(at, ApplicationId::new(uuid(n)))),
            ),
            roles: of_each!(n => store.all::<RoleAssignment>(at, &[uuid(n)])).concat(),
            users: (
                store.users(at, &WHOLE).await?,
                of_each!(n => store.user(at, UserId::new(uuid(n)))),
                of_each!(n => store.user_by_name(at, &format!("user.{n}"))),
            ),
            flows: of_each!(n => store.flow(at, FlowId::new(uuid(n)))),
            sessions: (
                of_each!(n => store.session(at, SessionId::new(uuid(n)))),
                of_each!(n => store.session_by_token(at, session(at, n).token)),
            ),
            consents: of_each!(n => store.consents_of(at, UserId::new(uuid(n)))),
            mailed: of_each!(n => store.mailed_code(at, UserId::new(uuid(n)), CodeFor::Recovery)),
            codes: of_each!(n => store.code(at, code_hash(n))),
            families: of_each!(n => store.family(at, FamilyId::new(uuid(n)))),
            refresh_tokens: of_each!(n => store.refresh_token(at, refresh_hash(n))),
            access_tokens: of_each!(n => store.access_token(at, access_hash(n))),
            assertions: of_each!(n => store.assertion_used(at, ApplicationId::new(uuid(n)), assertion_hash(n))),
            pushed: of_each!(n => store.pushed_request(at, pushed_hash(n))),
            proofs: of_each!(n => store.proof_used(at, proof_hash(n))),
            participations: of_each!(n => store.participations(at, SessionId::new(uuid(n)), 100)),
            notices: store.notices(at, Time(i64::MAX), 100).await?,
            activities: (
                store.activities(at, &WHOLE).await?,
                of_each!(n => store.activity(at, ActivityId::new(uuid(n)))),
            ),
            others: described(store, at).await?,
        })
    };
    let seen = seen.await.unwrap();
    exchanges_agree(store, at, &seen).await;
    seen
}

/// What a code or a refresh token is exchanged by is read in one query: it tells what the single reads tell.
async fn exchanges_agree(store: &Store, at: EnvironmentId, seen: &Seen) {
    for n in 1..=seen.codes.len() {
        let (code, token, n) = (&seen.codes[n - 1], &seen.refresh_tokens[n - 1], n as u128);
        let issued = store.issued_code(at, code_hash(n)).await.unwrap();
        assert_eq!(issued.as_ref().map(|issued| &issued.code), code.as_ref());
        if let Some(issued) = issued {
            assert_eq!(issued.user, store.user(at, issued.code.authorization.user).await.unwrap());
            assert_eq!(issued.session, store.session(at, issued.code.authorization.session).await.unwrap());
        }
        let issued = store.issued_refresh_token(at, refresh_hash(n)).await.unwrap();
        assert_eq!(issued.as_ref().map(|issued| &issued.token), token.as_ref());
        let Some(issued) = issued else { continue };
        assert_eq!(issued.family, store.family(at, issued.token.family).await.unwrap());
        let Some(family) = issued.family else {
            assert_eq!((issued.user, issued.session), (None, None));
            continue;
        };
        assert_eq!(issued.user, store.user(at, family.authorization.user).await.unwrap());
        assert_eq!(issued.session, store.session(at, family.authorization.session).await.unwrap());
    }
}
