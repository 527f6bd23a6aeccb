use uuid::Uuid;

use super::{
    Counting, NOW, authorization, client, ctx_at, environment, params, proven, scopes, seal, session, terms, user,
};
use crate::authorization::Authorization;
use crate::change::{Change, Family, RefreshToken};
use crate::client::Client;
use crate::client_auth::Method;
pub(super) use crate::grant::refresh_token::Facts;
use crate::grant::refresh_token::{Successor, decide, open_successor};
use crate::grant::{Decision, Denial, Grant};
use crate::id::{ApplicationId, FamilyId};
use crate::model::{Standing, TokenProfile};
use crate::refusal::Reason;
use crate::secret::{Artefact, TokenHash};

pub(super) fn token(generation: i64, text: &str) -> RefreshToken {
    RefreshToken {
        environment: user().environment,
        hash: TokenHash::of(Artefact::RefreshToken, text),
        family: FamilyId::new(Uuid::from_u128(0x99)),
        generation,
        issued_at: NOW.plus(-10),
        expires_at: NOW.plus(100),
        superseded_at: None,
        sealed_successor: None,
    }
}

pub(super) fn facts() -> Facts {
    let family = Family {
        environment: user().environment,
        id: FamilyId::new(Uuid::from_u128(0x99)),
        authorization: Authorization { auth_time: NOW.plus(-50), ..authorization("openid read write") },
        created_at: NOW.plus(-50),
        expires_at: NOW.plus(1000),
        revoked_at: None,
        grace_replays: 0,
    };
    Facts {
        token: Some(token(1, "r1")),
        family: Some(family),
        user: Some(user()),
        session: Some(session()),
        standing: Standing::UNKNOWN,
        successor: None,
    }
}

pub(super) fn refresh(client: Client, more: &str, facts: &Facts) -> Result<Decision, Denial> {
    let (entropy, environment, scopes) = (Counting::default(), environment(TokenProfile::PingOne), scopes());
    let client = proven(client);
    let form = params(&format!("grant_type=refresh_token&refresh_token=r1{more}"));
    let Grant::RefreshToken(request) = Grant::read(&form, &client).unwrap() else { panic!() };
    decide(&ctx_at(&entropy, NOW), &client, &request, facts, &terms(&environment, &scopes), &seal())
}

pub(super) fn confidential() -> Client {
    client(&[Method::ClientSecretPost])
}

pub(super) fn with_grace(seconds: i64) -> Client {
    let mut client = confidential();
    client.application.refresh.grace = Some(seconds);
    client
}

#[test]
fn rotation_supersedes_one_and_issues_the_next() {
    let decision = refresh(confidential(), "", &facts()).unwrap();
    let [Change::SupersedeRefreshToken { token: old, sealed_successor: None, .. }, Change::IssueRefreshToken(new)] =
        decision.changes.as_slice()
    else {
        panic!("{:?}", decision.changes)
    };
    assert_eq!((*old, new.generation), (token(1, "r1").hash, 2));
    // RT-12: never beyond the line's own end.
    assert_eq!(new.expires_at, NOW.plus(1000));
    assert_ne!(decision.refresh_token.unwrap().0.expose(), "r1");
    // RT-14
    let id_token = decision.id_token.unwrap();
    assert_eq!((id_token.nonce, id_token.subject.authorization.auth_time), (None, NOW.plus(-50)));
}

#[test]
fn only_a_confidential_client_may_keep_its_token() {
    let still = |method| {
        let mut client = client(&[method]);
        client.application.refresh.rotate = false;
        refresh(client, "", &facts()).unwrap()
    };
    let kept = still(Method::ClientSecretPost);
    // RT-02: it does not go on in a line that was revoked meanwhile.
    assert!(matches!(kept.changes.as_slice(), [Change::UseFamily { .. }]), "{:?}", kept.changes);
    assert_eq!(kept.refresh_token.unwrap().0.expose(), "r1");
    // RFC 9700 §2.2.2
    assert_eq!(still(Method::None).changes.len(), 2);
}

#[test]
fn reuse_revokes_the_line() {
    let mut used = facts();
    // RT-03: in the very same microsecond.
    used.token.as_mut().unwrap().superseded_at = Some(NOW);
    let revokes = |client| {
        let denial = refresh(client, "", &used).unwrap_err();
        assert_eq!(denial.refused.reason, Reason::RefreshTokenReused);
        matches!(denial.changes.as_slice(), [Change::RevokeFamily { .. }])
    };
    let unprotected = |method| {
        let mut client = client(&[method]);
        client.application.refresh.replay_protection = false;
        client
    };
    // RT-01
    assert!(revokes(confidential()));
    assert!(revokes(client(&[Method::None])));
    // RT-21
    assert!(!revokes(unprotected(Method::ClientSecretPost)));
    assert!(revokes(unprotected(Method::None)));
}

#[test]
fn grace_brings_the_same_successor_once() {
    // What a first use left behind.
    let first = refresh(with_grace(86_400), "", &facts()).unwrap();
    let [Change::SupersedeRefreshToken { sealed_successor, .. }, Change::IssueRefreshToken(next)] =
        first.changes.as_slice()
    else {
        panic!("{:?}", first.changes)
    };
    let text = first.refresh_token.unwrap().0;
    let mut second = facts();
    let old = second.token.as_mut().unwrap();
    (old.superseded_at, old.sealed_successor) = (Some(NOW.plus(-30)), sealed_successor.clone());
    assert_eq!(open_successor(old, &seal()).unwrap(), text);
    second.successor = Some(Successor { text: text.clone(), token: next.clone() });

    // RT-04
    let again = refresh(with_grace(86_400), "", &second).unwrap();
    assert_eq!(again.refresh_token.unwrap().0, text);
    assert!(matches!(again.changes.as_slice(), [Change::CountGraceReplay { was: 0, .. }]));

    let refused = |change: fn(&mut Facts), client: Client| {
        let mut facts = second.clone();
        change(&mut facts);
        let denial = refresh(client, "", &facts).unwrap_err();
        assert_eq!(denial.refused.reason, Reason::RefreshTokenReused);
        assert_eq!(denial.changes.len(), 1);
    };
    // The grace of D6: one replay in the family's life, at most a minute, the immediately preceding one, and only where it is on.
    refused(|f| f.family.as_mut().unwrap().grace_replays = 1, with_grace(86_400));
    refused(|f| f.token.as_mut().unwrap().superseded_at = Some(NOW.plus(-60)), with_grace(86_400));
    refused(|f| f.successor.as_mut().unwrap().token.superseded_at = Some(NOW), with_grace(86_400));
    refused(|f| f.successor.as_mut().unwrap().token.generation = 3, with_grace(86_400));
    refused(|_| (), confidential());
}

#[test]
fn a_sealed_successor_cannot_be_moved() {
    let first = refresh(with_grace(60), "", &facts()).unwrap();
    let Change::SupersedeRefreshToken { sealed_successor, .. } = &first.changes[0] else { panic!() };
    let mut other = token(2, "r2");
    other.sealed_successor.clone_from(sealed_successor);
    assert!(open_successor(&other, &seal()).is_none());
}

type Spoil = fn(&mut Facts);

#[test]
fn what_ends_a_line() {
    let table: [(Spoil, Reason); 10] = [
        (|f| f.token = None, Reason::RefreshTokenUnknown),
        (|f| f.family = None, Reason::RefreshTokenUnknown),
        // RT-05
        (
            |f| f.family.as_mut().unwrap().authorization.application = ApplicationId::new(Uuid::from_u128(0x12)),
            Reason::RefreshTokenOfOtherClient,
        ),
        (|f| f.family.as_mut().unwrap().revoked_at = Some(NOW), Reason::RefreshTokenExpired),
        (|f| f.token.as_mut().unwrap().expires_at = NOW, Reason::RefreshTokenExpired),
        // RT-12
        (|f| f.family.as_mut().unwrap().expires_at = NOW, Reason::RefreshTokenExpired),
        // RT-10
        (|f| f.user = None, Reason::SubjectInactive),
        (|f| f.user.as_mut().unwrap().enabled = false, Reason::SubjectInactive),
        (|f| f.user.as_mut().unwrap().account.locked_at = Some(NOW), Reason::SubjectInactive),
        (|f| f.session.as_mut().unwrap().ended_at = Some(NOW), Reason::SubjectInactive),
    ];
    for (change, reason) in table {
        let mut facts = facts();
        change(&mut facts);
        let denial = refresh(confidential(), "", &facts).unwrap_err();
        assert_eq!(denial.refused.reason, reason);
        // I6: nothing of the line changes.
        assert!(denial.changes.is_empty(), "{reason:?}");
    }
    let mut expired = facts();
    expired.session = None;
    assert!(refresh(confidential(), "", &expired).is_ok());
}

#[test]
fn scope_narrows_and_the_line_keeps_what_it_had() {
    // RT-08
    let narrow = refresh(confidential(), "&scope=read", &facts()).unwrap();
    assert_eq!(narrow.access.reach.scope.to_string(), "read");
    assert!(narrow.id_token.is_none());
    assert_eq!(refresh(confidential(), "", &facts()).unwrap().access.reach.scope.to_string(), "openid read write");
    for wider in ["read%20pay", "profile"] {
        let denial = refresh(confidential(), &format!("&scope={wider}"), &facts()).unwrap_err();
        assert_eq!(denial.refused.reason, Reason::ScopeWider);
    }
    // OIDC Core §11: what the authorization request ignored is ignored again, but does not stand alone.
    let ignored = refresh(confidential(), "&scope=openid%20offline_access", &facts()).unwrap();
    assert_eq!(ignored.access.reach.scope.to_string(), "openid");
    let alone = refresh(confidential(), "&scope=offline_access", &facts()).unwrap_err();
    assert_eq!(alone.refused.reason, Reason::ScopeWider);
    // RT-10: a scope that was taken from the application since.
    let mut poorer = confidential();
    poorer.grants.clear();
    assert_eq!(refresh(poorer, "", &facts()).unwrap_err().refused.reason, Reason::ScopeInvalid);
}
