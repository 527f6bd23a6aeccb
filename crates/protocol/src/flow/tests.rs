use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::authorize::{AuthorizationRequest, Presence, Prompt, ResponseMode, ResponseType};
use crate::change::Change;
use crate::claims::AskedClaims;
use crate::client::Client;
use crate::consent::Will;
use crate::ctx::{Ctx, Entropy};
use crate::id::{ApplicationId, CorrelationId, EnvironmentId, PasswordPolicyId, PopulationId, SessionId, UserId};
use crate::model::{
    Account, Application, CustomValues, PasswordPolicy, PasswordState, Profile, SecretPair, Session, User,
};
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;
use crate::secret::{Artefact, TokenHash};
use crate::time::Time;

mod ages;
mod life;
mod next;
mod purpose;
mod recovery;

const ENVIRONMENT: EnvironmentId = EnvironmentId::new(Uuid::from_u128(1));
static LOGIN: std::sync::LazyLock<Followed<'static>> = std::sync::LazyLock::new(Followed::login);
const NOW: Time = Time::from_secs(1_800_000_000);

/// Counts up, so that nothing is made twice.
#[derive(Default)]
struct Counter(std::sync::atomic::AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        bytes.fill(0);
        bytes[..8].copy_from_slice(&number.to_le_bytes());
    }
}

fn at(now: Time, entropy: &Counter) -> Ctx<'_> {
    Ctx { now, entropy, correlation: CorrelationId::new(Uuid::nil()) }
}

fn user(id: u128) -> User {
    User {
        id: UserId::new(Uuid::from_u128(id)),
        environment: ENVIRONMENT,
        population: PopulationId::new(Uuid::from_u128(8)),
        username: "ann.smith".into(),
        email: "ann@example.com".into(),
        email_verified: true,
        phone_verified: false,
        enabled: true,
        account: Account::default(),
        lifecycle: "ACCOUNT_OK".into(),
        mfa_enabled: false,
        verify_status: "NOT_INITIATED".into(),
        identity_provider: None,
        profile: Profile::default(),
        custom: CustomValues::default(),
        password: Some(PasswordState { hash: "hash".into(), must_change: false, chosen: false, changed_at: NOW }),
        last_sign_on: None,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

/// An application of an administrator.
static VOUCHED: std::sync::LazyLock<Client> = std::sync::LazyLock::new(|| {
    let (application, secrets) = (Application::default(), SecretPair::default());
    Client { application, secrets, grants: Vec::new(), mappings: crate::mapping::ApplicationMappings::default() }
});

fn policy() -> PasswordPolicy {
    PasswordPolicy::standard(PasswordPolicyId::new(Uuid::from_u128(5)), ENVIRONMENT, NOW)
}

fn begin(ctx: &Ctx<'_>) -> Flow {
    let request = AuthorizationRequest {
        application: ApplicationId::new(Uuid::from_u128(2)),
        issuer: "https://op.example/as".into(),
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        redirect_uri: Some("https://app.example/cb".into()),
        redirect_uri_sent: true,
        scope: Scope::parse("openid").unwrap(),
        state: None,
        nonce: None,
        prompt: Prompt::default(),
        max_age: None,
        login_hint: None,
        acr: "Single_Factor".into(),
        acr_otherwise: vec![],
        challenge: None,
        ui_locales: None,
        resource: vec![],
        pushed: None,
        claims: AskedClaims::default(),
        details: crate::details::Details::default(),
        whom: None,
        dpop_jkt: None,
    };
    start(ctx, ENVIRONMENT, Purpose::Code(request), &LOGIN, TokenHash::of(Artefact::BrowserBinding, "b")).unwrap()
}

fn checked<'a>(user: Option<&'a User>, policy: &'a PasswordPolicy, right: bool) -> Checked<'a> {
    Checked { user, policy, right, print: None, rehash: None, on_known_device: false }
}

/// The kinds of change, in order, without what they hold.
fn kinds(changes: &[Change]) -> Vec<String> {
    let kind = |change: &Change| {
        let text = format!("{change:?}");
        text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
    };
    changes.iter().map(kind).collect()
}

#[test]
fn state_and_input_decide_the_next_state() {
    // FL-04, FL-05: the whole matrix. A state is left only by an input that its line allows.
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let (new, must) = (
        user(7),
        User { password: Some(PasswordState { must_change: true, ..ann.password.clone().unwrap() }), ..user(7) },
    );
    let session = SessionId::new(Uuid::from_u128(9));
    let refused = Refused::from(Reason::NewPasswordRefused);
    let states = [
        State::UsernamePasswordRequired,
        State::MustChangePassword { user: ann.id },
        State::PasswordExpired { user: ann.id },
        State::ConsentRequired { user: ann.id, session },
        State::Completed { user: ann.id, session },
        State::Resumed { user: ann.id, session },
        State::Cancelled,
    ];
    let inputs = [
        ("right", Input::UsernamePassword(checked(Some(&ann), &policy, true))),
        ("right, must change", Input::UsernamePassword(checked(Some(&must), &policy, true))),
        ("wrong", Input::UsernamePassword(checked(Some(&ann), &policy, false))),
        ("unknown", Input::UsernamePassword(checked(None, &policy, false))),
        (
            "new password",
            Input::PasswordReset(NewPassword { current: checked(Some(&new), &policy, true), judged: Ok("h") }),
        ),
        (
            "weak password",
            Input::PasswordReset(NewPassword { current: checked(Some(&new), &policy, true), judged: Err(&refused) }),
        ),
        (
            "wrong current",
            Input::PasswordReset(NewPassword { current: checked(Some(&new), &policy, false), judged: Ok("h") }),
        ),
        ("allow", Input::Consent { allowed: true }),
        ("deny", Input::Consent { allowed: false }),
        ("reset", Input::SessionReset),
        ("cancel", Input::Cancel),
    ];
    let mut drawn = String::new();
    for state in states {
        for (name, input) in inputs {
            let flow = Flow { state: state.clone(), ..begin(&ctx) };
            let line = match step(&flow, input, &LOGIN, &ctx) {
                Ok(stepped) => format!("{} [{}]", stepped.flow.state.status(), kinds(&stepped.changes).join(" ")),
                Err(rejected) => format!("- {:?} [{}]", rejected.refused.reason, kinds(&rejected.changes).join(" ")),
            };
            let label = if matches!(state, State::Resumed { .. }) { "RESUMED" } else { state.status() };
            drawn.extend([label, " + ", name, " = ", &line, "\n"]);
        }
    }
    assert_eq!(drawn, MATRIX);
}

const MATRIX: &str = "\
USERNAME_PASSWORD_REQUIRED + right = COMPLETED [UpdateFlow SetAccount RecordSignOn CreateSession Record]
USERNAME_PASSWORD_REQUIRED + right, must change = MUST_CHANGE_PASSWORD [UpdateFlow SetAccount]
USERNAME_PASSWORD_REQUIRED + wrong = - PasswordWrong [SetAccount]
USERNAME_PASSWORD_REQUIRED + unknown = - UserUnknown []
USERNAME_PASSWORD_REQUIRED + new password = - ActionNotAllowed []
USERNAME_PASSWORD_REQUIRED + weak password = - ActionNotAllowed []
USERNAME_PASSWORD_REQUIRED + wrong current = - ActionNotAllowed []
USERNAME_PASSWORD_REQUIRED + allow = - ActionNotAllowed []
USERNAME_PASSWORD_REQUIRED + deny = - ActionNotAllowed []
USERNAME_PASSWORD_REQUIRED + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
USERNAME_PASSWORD_REQUIRED + cancel = FAILED [UpdateFlow]
MUST_CHANGE_PASSWORD + right = - ActionNotAllowed []
MUST_CHANGE_PASSWORD + right, must change = - ActionNotAllowed []
MUST_CHANGE_PASSWORD + wrong = - ActionNotAllowed []
MUST_CHANGE_PASSWORD + unknown = - ActionNotAllowed []
MUST_CHANGE_PASSWORD + new password = COMPLETED [UpdateFlow SetAccount SetPassword EndUserSessions RecordSignOn CreateSession Record]
MUST_CHANGE_PASSWORD + weak password = - NewPasswordRefused []
MUST_CHANGE_PASSWORD + wrong current = - PasswordWrong [SetAccount]
MUST_CHANGE_PASSWORD + allow = - ActionNotAllowed []
MUST_CHANGE_PASSWORD + deny = - ActionNotAllowed []
MUST_CHANGE_PASSWORD + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
MUST_CHANGE_PASSWORD + cancel = FAILED [UpdateFlow]
PASSWORD_EXPIRED + right = - ActionNotAllowed []
PASSWORD_EXPIRED + right, must change = - ActionNotAllowed []
PASSWORD_EXPIRED + wrong = - ActionNotAllowed []
PASSWORD_EXPIRED + unknown = - ActionNotAllowed []
PASSWORD_EXPIRED + new password = COMPLETED [UpdateFlow SetAccount SetPassword EndUserSessions RecordSignOn CreateSession Record]
PASSWORD_EXPIRED + weak password = - NewPasswordRefused []
PASSWORD_EXPIRED + wrong current = - PasswordWrong [SetAccount]
PASSWORD_EXPIRED + allow = - ActionNotAllowed []
PASSWORD_EXPIRED + deny = - ActionNotAllowed []
PASSWORD_EXPIRED + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
PASSWORD_EXPIRED + cancel = FAILED [UpdateFlow]
CONSENT_REQUIRED + right = - ActionNotAllowed []
CONSENT_REQUIRED + right, must change = - ActionNotAllowed []
CONSENT_REQUIRED + wrong = - ActionNotAllowed []
CONSENT_REQUIRED + unknown = - ActionNotAllowed []
CONSENT_REQUIRED + new password = - ActionNotAllowed []
CONSENT_REQUIRED + weak password = - ActionNotAllowed []
CONSENT_REQUIRED + wrong current = - ActionNotAllowed []
CONSENT_REQUIRED + allow = COMPLETED [UpdateFlow]
CONSENT_REQUIRED + deny = FAILED [UpdateFlow]
CONSENT_REQUIRED + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
CONSENT_REQUIRED + cancel = FAILED [UpdateFlow]
COMPLETED + right = - ActionNotAllowed []
COMPLETED + right, must change = - ActionNotAllowed []
COMPLETED + wrong = - ActionNotAllowed []
COMPLETED + unknown = - ActionNotAllowed []
COMPLETED + new password = - ActionNotAllowed []
COMPLETED + weak password = - ActionNotAllowed []
COMPLETED + wrong current = - ActionNotAllowed []
COMPLETED + allow = - ActionNotAllowed []
COMPLETED + deny = - ActionNotAllowed []
COMPLETED + reset = USERNAME_PASSWORD_REQUIRED [UpdateFlow]
COMPLETED + cancel = FAILED [UpdateFlow]
RESUMED + right = - ActionNotAllowed []
RESUMED + right, must change = - ActionNotAllowed []
RESUMED + wrong = - ActionNotAllowed []
RESUMED + unknown = - ActionNotAllowed []
RESUMED + new password = - ActionNotAllowed []
RESUMED + weak password = - ActionNotAllowed []
RESUMED + wrong current = - ActionNotAllowed []
RESUMED + allow = - ActionNotAllowed []
RESUMED + deny = - ActionNotAllowed []
RESUMED + reset = - ActionNotAllowed []
RESUMED + cancel = - ActionNotAllowed []
FAILED + right = - ActionNotAllowed []
FAILED + right, must change = - ActionNotAllowed []
FAILED + wrong = - ActionNotAllowed []
FAILED + unknown = - ActionNotAllowed []
FAILED + new password = - ActionNotAllowed []
FAILED + weak password = - ActionNotAllowed []
FAILED + wrong current = - ActionNotAllowed []
FAILED + allow = - ActionNotAllowed []
FAILED + deny = - ActionNotAllowed []
FAILED + reset = - ActionNotAllowed []
FAILED + cancel = - ActionNotAllowed []
";

#[test]
fn every_unusable_account_is_refused_alike() {
    // PW-01
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let policy = policy();
    let disabled = User { enabled: false, ..user(7) };
    let locked = User { account: Account { locked_at: Some(NOW), failures: 5, ..Account::default() }, ..user(7) };
    let without = User { password: None, ..user(7) };
    let fine = user(7);
    let cases = [
        (None, false, Reason::UserUnknown),
        (Some(&disabled), true, Reason::AccountDisabled),
        (Some(&locked), false, Reason::PasswordWrong),
        (Some(&without), false, Reason::PasswordMissing),
        (Some(&fine), false, Reason::PasswordWrong),
    ];
    let mut told = Vec::new();
    for (user, right, reason) in cases {
        let rejected =
            step(&begin(&ctx), Input::UsernamePassword(checked(user, &policy, right)), &LOGIN, &ctx).unwrap_err();
        assert_eq!(rejected.refused.reason, reason);
        assert_eq!(rejected.event.refusal.as_ref().map(|r| r.reason), Some(reason));
        told.push((rejected.refused.details, reason.row().public, reason.status()));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    assert_eq!((told[0].0[0].code, told[0].0[0].target.as_str()), ("INVALID_CREDENTIALS", "password"));
}

#[test]
fn wrong_passwords_lock_for_a_time_and_are_forgiven() {
    // FL-14
    let policy = policy();
    let counted = |account: &Account, policy: &PasswordPolicy, now, print| {
        let WrongPassword::Counts(account) = after_failure(account, policy, now, print) else { panic!("not counted") };
        account
    };
    let mut account = Account::default();
    for failures in 1..=policy.lockout_failures {
        account = counted(&account, &policy, NOW, None);
        assert_eq!(account.failures, failures);
    }
    assert!(account.is_locked(NOW.plus(899)) && !account.is_locked(NOW.plus(900)));
    assert_eq!(after_failure(&account, &policy, NOW, None), WrongPassword::Locked);
    let again = counted(&account, &policy, NOW.plus(900), None);
    assert_eq!((again.failures, again.locked_at), (1, None));
    let never = PasswordPolicy { lockout_failures: 0, ..policy };
    assert_eq!(counted(&Account { failures: 1000, ..Account::default() }, &never, NOW, None).locked_at, None);
}

#[test]
fn a_password_is_reset_by_its_owner_alone() {
    // FL-16: the flow remembers whose password was right.
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, bob, policy) = (user(7), user(70), policy());
    let flow = Flow { state: State::MustChangePassword { user: ann.id }, ..begin(&ctx) };
    let by =
        |user| Input::PasswordReset(NewPassword { current: checked(Some(user), &policy, true), judged: Ok("new") });
    assert_eq!(step(&flow, by(&bob), &LOGIN, &ctx).unwrap_err().refused.reason, Reason::UserUnknown);
    let stepped = step(&flow, by(&ann), &LOGIN, &ctx).unwrap();
    let set = stepped.changes.iter().find_map(|change| match change {
        Change::SetPassword { user, password, .. } => Some((*user, password.clone().unwrap())),
        _ => None,
    });
    let (user, password) = set.unwrap();
    assert_eq!((user, password.hash.as_str(), password.must_change), (ann.id, "new", false));
    // F4: before the new session is made, or it would end with the others.
    let at = |wanted: fn(&Change) -> bool| stepped.changes.iter().position(wanted).unwrap();
    assert!(at(|c| matches!(c, Change::EndUserSessions(..))) < at(|c| matches!(c, Change::CreateSession(_))));
}

#[test]
fn a_new_password_is_judged_rule_by_rule() {
    let (ann, policy) = (user(7), policy());
    assert_eq!(judge_new_password(&policy, &ann, Before::default(), "N3w-Secret!"), Ok(()));
    let problem = judge_new_password(&policy, &ann, Before { same: true, ..Before::default() }, "aaa").unwrap_err();
    let refused = problem.into_refused("newPassword");
    let detail = &refused.details[0];
    assert_eq!(
        (refused.reason, detail.code, detail.target.as_str()),
        (Reason::NewPasswordRefused, "INVALID_VALUE", "newPassword")
    );
    let inner = detail.inner.as_ref().unwrap();
    assert_eq!(
        inner["unsatisfiedRequirements"],
        serde_json::json!([
            "length",
            "minCharacters",
            "maxRepeatedCharacters",
            "minUniqueCharacters",
            "excludesCommonlyUsed",
            "notSimilarToCurrent"
        ])
    );
    assert!(inner["length"].is_string() && inner["notSimilarToCurrent"].is_string());
    let named = judge_new_password(&policy, &ann, Before::default(), "Ann.Smith-2027").unwrap_err();
    assert_eq!(named.rules.iter().map(crate::model::PasswordRule::name).collect::<Vec<_>>(), ["excludesProfileData"]);
}

/// V7: only the flow in which the present password was typed knows it.
#[test]
fn the_password_is_known_where_it_was_typed_and_nowhere_else() {
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let typed = |state, proven: &[Proof]| Flow { state, proven: proven.to_vec(), ..begin(&ctx) };
    let of = |seconds: i64| {
        let changed_at = Time::from_secs(NOW.secs() + seconds);
        User {
            password: Some(PasswordState { hash: "hash".into(), must_change: true, chosen: false, changed_at }),
            ..user(7)
        }
    };
    let asked = || State::MustChangePassword { user: user(7).id };
    assert!(knows_password(&typed(asked(), &[Proof::Password]), &of(-1)));
    for (flow, user) in [
        // Set since the flow began, or in the same instant: by whom, and to what?
        (typed(asked(), &[Proof::Password]), of(0)),
        (typed(asked(), &[Proof::Password]), of(1)),
        (typed(asked(), &[]), of(-1)),
        (typed(State::UsernamePasswordRequired, &[Proof::Password]), of(-1)),
        (typed(State::MustChangePassword { user: UserId::new(Uuid::from_u128(8)) }, &[Proof::Password]), of(-1)),
        (typed(asked(), &[Proof::Password]), User { password: None, ..user(7) }),
    ] {
        assert!(!knows_password(&flow, &user), "{flow:?} {user:?}");
    }
}

fn session_of(flow: &Flow, opened: &OpenedSession) -> Session {
    assert_eq!(flow.state.session(), Some(opened.session.id));
    opened.session.clone()
}

#[test]
fn a_code_needs_the_flows_own_live_session_and_comes_once() {
    // FL-01, FL-04, LO-08
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let waiting = begin(&ctx);
    assert_eq!(resume(&waiting, None, Will::unknown(&VOUCHED), &ctx).unwrap_err().reason, Reason::FlowNotFinished);
    let stepped = step(&waiting, Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
    let (flow, session) = (stepped.flow.clone(), session_of(&stepped.flow, &stepped.opened.unwrap()));
    let disabled = User { enabled: false, ..user(7) };
    let ended = Session { ended_at: Some(NOW), ..session.clone() };
    let other = Session { id: SessionId::new(Uuid::from_u128(99)), ..session.clone() };
    for presence in [
        None,
        Some(Presence { session: &other, user: &ann }),
        Some(Presence { session: &ended, user: &ann }),
        Some(Presence { session: &session, user: &disabled }),
    ] {
        assert_eq!(resume(&flow, presence, Will::unknown(&VOUCHED), &ctx).unwrap_err().reason, Reason::SessionMissing);
    }
    let presence = Some(Presence { session: &session, user: &ann });
    let resumption = resume(&flow, presence, Will::unknown(&VOUCHED), &ctx).unwrap();
    assert_eq!(kinds(&resumption.changes), ["UpdateFlow", "IssueCode"]);
    let Yielded::Code { code, request, .. } = resumption.yielded else { panic!("refused") };
    assert_eq!((code.unwrap().expose().len(), Purpose::Code(*request)), (43, waiting.purpose));
    assert_eq!(
        resume(&resumption.flow, presence, Will::unknown(&VOUCHED), &ctx).unwrap_err().reason,
        Reason::ActionNotAllowed
    );
}

#[test]
fn each_sign_on_opens_another_session() {
    // FL-08
    let entropy = Counter::default();
    let ctx = at(NOW, &entropy);
    let (ann, policy) = (user(7), policy());
    let open = || {
        let stepped =
            step(&begin(&ctx), Input::UsernamePassword(checked(Some(&ann), &policy, true)), &LOGIN, &ctx).unwrap();
        stepped.opened.unwrap()
    };
    let (first, second) = (open(), open());
    assert_ne!(first.session.id, second.session.id);
    assert_ne!(first.token, second.token);
    assert_eq!(first.session.token, TokenHash::of(Artefact::Session, first.token.expose()));
}

proptest! {
    /// Whatever is done in whatever order: no session without a right password of that very user after the last reset,
    /// nothing but state, expiry and version changes, and an answered flow stays as it is.
    #[test]
    fn no_order_of_inputs_skips_the_password(inputs in proptest::collection::vec((0..6u8, 0..2u8), 0..24)) {
        let entropy = Counter::default();
        let (people, policy) = ([user(7), user(70)], policy());
        let mut flow = begin(&at(NOW, &entropy));
        let born = flow.clone();
        let mut proven: Option<UserId> = None;
        for (index, (kind, who)) in inputs.into_iter().enumerate() {
            let ctx = at(NOW.plus(index as i64), &entropy);
            let person = &people[usize::from(who)];
            let right = kind == 0 || kind == 2;
            let input = match kind {
                0 | 1 => Input::UsernamePassword(checked(Some(person), &policy, right)),
                2 | 3 => Input::PasswordReset(NewPassword { current: checked(Some(person), &policy, right), judged: Ok("h") }),
                4 => Input::SessionReset,
                _ => Input::Cancel,
            };
            if let Ok(stepped) = step(&flow, input, &LOGIN, &ctx) {
                if kind == 4 { proven = None; }
                if right { proven = Some(person.id); }
                prop_assert!(!matches!(kind, 1 | 3), "a wrong password moved the flow");
                prop_assert_eq!(stepped.opened.is_some(), stepped.flow.state.session().is_some());
                flow = stepped.flow;
            }
            if let Some(user) = flow.state.user() {
                prop_assert_eq!(Some(user), proven);
            }
            // What is known of anybody stands on what they proved in the flow, and goes with it.
            prop_assert_eq!(&flow.proven[..], if flow.state.user().is_some() { &[Proof::Password][..] } else { &[] });
            let (state, proven) = (flow.state.clone(), flow.proven.clone());
            let unchanged = Flow { state, proven, expires_at: flow.expires_at, ..born.clone() };
            prop_assert_eq!(&unchanged, &flow);
        }
    }
}
