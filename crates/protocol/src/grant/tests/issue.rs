//! One maker of tokens: what an authorization says stands in every one of them, whichever grant asked.

use uuid::Uuid;

use super::{Counting, NOW, authorization, client, ctx_at, environment, grant, proven, scopes, terms, user};
use crate::authorization::Authorization;
use crate::change::Change;
use crate::client::Client;
use crate::client_auth::Method;
use crate::grant::issue::{Grounds, Line, issue, narrow};
use crate::grant::{Decision, Denial, GrantType};
use crate::id::FamilyId;
use crate::model::TokenProfile;
use crate::refusal::Reason;
use crate::scope::Scope;
use crate::secret::{Artefact, Secret, TokenHash};

const FAMILY: FamilyId = FamilyId::new(Uuid::from_u128(0x99));

fn confidential() -> Client {
    client(&[Method::ClientSecretPost])
}

/// What `authorization` gives on `line`, of which the request wants `scope` and `resource`.
fn given(
    client: Client,
    authorization: &Authorization,
    line: Line,
    scope: Option<&str>,
    resource: &[&str],
) -> Result<Decision, Denial> {
    let (entropy, environment, scopes) = (Counting::default(), environment(TokenProfile::PingOne), scopes());
    let (client, user, terms) = (proven(client), user(), terms(&environment, &scopes));
    let scope = scope.map(|text| Scope::parse(text).unwrap());
    let resource: Vec<String> = resource.iter().map(ToString::to_string).collect();
    let reach = narrow(client.client(), authorization, (scope.as_ref(), None), &resource, &terms)?;
    let changes = vec![Change::RevokeFamily { environment: environment.id, family: FAMILY, at: NOW }];
    let grounds = Grounds { authorization, user: &user, reach, nonce: Some("n".into()), line, changes };
    issue(&ctx_at(&entropy, NOW), &client, grounds, &terms)
}

#[test]
fn every_token_tells_of_the_same_authorization() {
    let told = authorization("openid read");
    for line in [Line::Begins(FAMILY), Line::GoesOn(FAMILY, Secret::new("r1".into()))] {
        let decision = given(confidential(), &told, line, None, &[]).unwrap();
        let subject = decision.access.subject.unwrap();
        assert_eq!((&subject.authorization, subject.family, subject.user.username.as_str()), (&told, FAMILY, "ada"));
        let id_token = decision.id_token.unwrap();
        assert_eq!((id_token.subject, id_token.nonce.as_deref()), (subject, Some("n")));
        assert_eq!((decision.user, id_token.scope.to_string().as_str()), (Some(told.user), "openid read"));
        // What uses up the credential comes first: where its guard loses, nothing was made.
        assert!(matches!(decision.changes[0], Change::RevokeFamily { .. }), "{:?}", decision.changes);
    }
}

#[test]
fn a_line_begins_with_its_family_and_goes_on_without() {
    let told = authorization("openid read");
    let begun = given(confidential(), &told, Line::Begins(FAMILY), None, &[]).unwrap();
    let [_, Change::CreateFamily(family), Change::IssueRefreshToken(token)] = begun.changes.as_slice() else {
        panic!("{:?}", begun.changes)
    };
    let text = begun.refresh_token.unwrap().0;
    assert_eq!((family.id, &family.authorization, family.revoked_at), (FAMILY, &told, None));
    assert_eq!((token.family, token.generation), (FAMILY, 1));
    assert_eq!(token.hash, TokenHash::of(Artefact::RefreshToken, text.expose()));
    let on = given(confidential(), &told, Line::GoesOn(FAMILY, Secret::new("r1".into())), None, &[]).unwrap();
    assert_eq!((on.changes.len(), on.refresh_token.unwrap().0.expose()), (1, "r1"));
}

#[test]
fn without_the_refresh_grant_the_family_lives_as_long_as_its_access_token() {
    let mut plain = confidential();
    plain.application.grant_types = vec![GrantType::AuthorizationCode];
    let decision = given(plain, &authorization("read"), Line::Begins(FAMILY), None, &[]).unwrap();
    let [_, Change::CreateFamily(family)] = decision.changes.as_slice() else { panic!("{:?}", decision.changes) };
    assert_eq!(family.expires_at, NOW.plus(decision.access.reach.lifetime));
    assert!(decision.refresh_token.is_none() && decision.id_token.is_none());
}

#[test]
fn a_token_request_only_narrows() {
    let orders = "https://orders.example";
    let named = Authorization { resource: vec![orders.into()], ..authorization("openid read write") };
    let open = authorization("openid read write");
    let mut both = confidential();
    both.grants.push(grant(11, &[22]));
    let table = [
        (&open, None, &[][..], Ok("openid read write")),
        (&open, Some("read"), &[], Ok("read")),
        (&open, Some("read offline_access"), &[], Ok("read")),
        (&open, Some("read"), &[orders], Ok("read")),
        (&named, Some("openid"), &[orders], Ok("openid")),
        (&named, None, &["urn:example:bills"], Err(Reason::ResourceWider)),
        (&open, Some("pay"), &[], Err(Reason::ScopeWider)),
        (&open, Some("offline_access"), &[], Err(Reason::ScopeWider)),
    ];
    for (authorization, scope, resource, expected) in table {
        let decision = given(both.clone(), authorization, Line::Begins(FAMILY), scope, resource);
        let came = decision.map(|d| d.access.reach.scope.to_string()).map_err(|denial| denial.refused.reason);
        assert_eq!(came, expected.map(str::to_owned), "{scope:?} {resource:?}");
    }
}
