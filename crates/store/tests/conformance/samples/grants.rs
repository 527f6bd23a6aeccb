//! Codes, families and tokens. Those with the same number belong together, to the user, the session and the application of it.

use protocol::authorization::Authorization;
use protocol::change::{AccessToken, Code, Family, PushedRequest, RefreshToken, UsedAssertion, UsedProof};
use protocol::claims::AskedClaims;
use protocol::confirmation::Confirmation;
use protocol::details::Details;
use protocol::id::{ApplicationId, EnvironmentId, FamilyId, SessionId, UserId};
use protocol::logout::{Notice, Participation};
use protocol::scope::Scope;
use protocol::secret::{Artefact, TokenHash};
use protocol::time::Time;

use super::{HOSTILE, NOW, full_claims, full_details, full_request, list, some, thumbprint, uuid};

pub(crate) fn code_hash(n: u128) -> TokenHash {
    TokenHash::of(Artefact::AuthorizationCode, &n.to_string())
}

pub(crate) fn refresh_hash(n: u128) -> TokenHash {
    TokenHash::of(Artefact::RefreshToken, &n.to_string())
}

pub(crate) fn access_hash(n: u128) -> TokenHash {
    TokenHash::of(Artefact::AccessToken, &n.to_string())
}

pub(crate) fn authorization(n: u128) -> Authorization {
    Authorization {
        application: ApplicationId::new(uuid(n)),
        issuer: "https://auth.example.test/as".to_owned(),
        user: UserId::new(uuid(n)),
        session: SessionId::new(uuid(n)),
        auth_time: NOW,
        acr: String::new(),
        amr: Vec::new(),
        scope: Scope::default(),
        resource: Vec::new(),
        claims: AskedClaims::default(),
        details: Details::default(),
        confirmation: Confirmation::None,
        instance: None,
    }
}

pub(crate) fn full_authorization(n: u128) -> Authorization {
    Authorization {
        acr: HOSTILE.to_owned(),
        amr: list(&["pwd"]),
        scope: Scope::parse("openid offline_access").unwrap(),
        resource: list(&["https://api.example.test", "urn:b"]),
        claims: full_claims(),
        details: full_details(),
        confirmation: Confirmation::Jkt(thumbprint()),
        instance: Some(thumbprint()),
        ..authorization(n)
    }
}

pub(crate) fn code(environment: EnvironmentId, n: u128) -> Code {
    Code {
        beside: None,
        environment,
        hash: code_hash(n),
        family: FamilyId::new(uuid(n)),
        authorization: authorization(n),
        redirect_uri: None,
        redirect_uri_sent: false,
        challenge: None,
        nonce: None,
        issued_at: NOW,
        expires_at: NOW.plus(60),
        consumed_at: None,
    }
}

pub(crate) fn full_code(environment: EnvironmentId, n: u128) -> Code {
    Code {
        beside: Some(FamilyId::new(uuid(77))),
        authorization: full_authorization(n),
        redirect_uri: some("https://app.example.test/back"),
        redirect_uri_sent: true,
        challenge: full_request(n).challenge,
        nonce: some(HOSTILE),
        consumed_at: Some(NOW.plus(1)),
        ..code(environment, n)
    }
}

pub(crate) fn family(environment: EnvironmentId, n: u128) -> Family {
    Family {
        environment,
        id: FamilyId::new(uuid(n)),
        authorization: authorization(n),
        created_at: NOW,
        expires_at: NOW.plus(86_400),
        revoked_at: None,
        grace_replays: 0,
    }
}

pub(crate) fn full_family(environment: EnvironmentId, n: u128) -> Family {
    Family {
        authorization: full_authorization(n),
        revoked_at: Some(NOW.plus(2)),
        grace_replays: 1,
        ..family(environment, n)
    }
}

pub(crate) fn refresh_token(environment: EnvironmentId, n: u128) -> RefreshToken {
    RefreshToken {
        environment,
        hash: refresh_hash(n),
        family: FamilyId::new(uuid(n)),
        generation: 1,
        issued_at: NOW,
        expires_at: NOW.plus(86_400),
        superseded_at: None,
        sealed_successor: None,
    }
}

pub(crate) fn full_refresh_token(environment: EnvironmentId, n: u128) -> RefreshToken {
    RefreshToken {
        generation: i64::MAX,
        superseded_at: Some(NOW.plus(1)),
        sealed_successor: Some(vec![0, 1, 0xff]),
        ..refresh_token(environment, n)
    }
}

pub(crate) fn access_token(environment: EnvironmentId, n: u128) -> AccessToken {
    AccessToken {
        environment,
        hash: access_hash(n),
        application: ApplicationId::new(uuid(n)),
        family: None,
        claims: None,
        expires_at: NOW.plus(3600),
        revoked_at: None,
    }
}

pub(crate) fn full_access_token(environment: EnvironmentId, n: u128) -> AccessToken {
    AccessToken {
        family: Some(FamilyId::new(uuid(n))),
        claims: some("{\"sub\":\"\u{1d518}\"}"),
        revoked_at: Some(NOW.plus(3)),
        ..access_token(environment, n)
    }
}

pub(crate) fn assertion_hash(n: u128) -> TokenHash {
    TokenHash::of(Artefact::ClientAssertion, &n.to_string())
}

/// Of the application of the same number.
pub(crate) fn assertion(environment: EnvironmentId, n: u128) -> UsedAssertion {
    let application = ApplicationId::new(uuid(n));
    UsedAssertion { environment, application, hash: assertion_hash(n), expires_at: NOW.plus(60) }
}

pub(crate) fn pushed_hash(n: u128) -> TokenHash {
    TokenHash::of(Artefact::PushedRequest, &n.to_string())
}

/// Of the application of the same number.
pub(crate) fn pushed(environment: EnvironmentId, n: u128) -> PushedRequest {
    PushedRequest {
        environment,
        hash: pushed_hash(n),
        application: ApplicationId::new(uuid(n)),
        issuer: "https://auth.example.test/as".to_owned(),
        parameters: HOSTILE.to_owned(),
        expires_at: NOW.plus(60),
        used_at: None,
    }
}

pub(crate) fn proof_hash(n: u128) -> TokenHash {
    TokenHash::of(Artefact::DpopProof, &n.to_string())
}

pub(crate) fn proof(environment: EnvironmentId, n: u128) -> UsedProof {
    UsedProof { environment, hash: proof_hash(n), expires_at: NOW.plus(60) }
}

pub(crate) fn participation(environment: EnvironmentId, n: u128) -> Participation {
    Participation {
        environment,
        session: SessionId::new(uuid(n)),
        application: ApplicationId::new(uuid(n)),
        issuer: HOSTILE.to_owned(),
        user: UserId::new(uuid(n)),
        subject: HOSTILE.to_owned(),
        expires_at: NOW.plus(60),
    }
}

pub(crate) fn notice(environment: EnvironmentId, n: u128, due_at: Time, attempts: i64) -> Notice {
    Notice { participation: participation(environment, n), due_at, attempts }
}
