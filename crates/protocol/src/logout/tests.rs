//! What is sent, and when.

use jose::claims::{Checks, TypRule};
use jose::{Alg, Compact, SigningKey};
use serde_json::json;

use super::*;
use crate::grant::tests::{Counting, ISSUER, NOW, ctx_at};

fn participation() -> Participation {
    Participation {
        environment: EnvironmentId::default(),
        session: SessionId::new(uuid::Uuid::from_u128(7)),
        application: ApplicationId::default(),
        issuer: ISSUER.to_owned(),
        user: UserId::default(),
        subject: "ann".to_owned(),
        expires_at: NOW,
    }
}

/// LO-06: what makes it a logout token and nothing else (Back-Channel Logout §2.4).
#[test]
fn a_logout_token_is_nothing_else() {
    let (entropy, key) = (Counting::default(), SigningKey::generate(Alg::Es256).unwrap());
    let token = token(&ctx_at(&entropy, NOW), &participation(), "client", &key).unwrap();
    let verified = Compact::parse(token.expose()).unwrap().verify(&key.verifying()).unwrap();
    let checks = Checks {
        issuer: Some(ISSUER),
        audience: Some(&["client"]),
        typ: TypRule::Required(&["logout+jwt"]),
        required: &["exp", "iat", "jti", "events", "sid", "sub"],
        now: NOW.secs(),
        skew: 0,
        ahead: 0,
    };
    let claims = checks.check(verified).unwrap();
    assert_eq!(claims.all["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert_eq!((claims.all["sub"].as_str(), claims.all.get("nonce")), (Some("ann"), None));
    assert_eq!(claims.all["sid"], json!("00000000-0000-0000-0000-000000000007"));
    assert_eq!(claims.expires_at.unwrap() - claims.issued_at.unwrap(), 120);
    assert_eq!(claims.all.len(), 8, "{:?}", claims.all);
}

/// LO-07: six attempts, each later than the one before, and an attempt that is under way is not begun by another node.
#[test]
fn attempts_are_bounded_and_rarer_each_time() {
    let mut notice = Notice { participation: participation(), due_at: NOW, attempts: 0 };
    let (mut at, mut pauses) = (NOW, Vec::new());
    loop {
        notice = notice.begun(at);
        if notice.is_last() {
            break;
        }
        pauses.push(notice.due_at.since(at));
        at = notice.due_at;
    }
    assert_eq!(pauses, PAUSES);
    assert_eq!(notice.attempts, 6);
    assert!(pauses.is_sorted() && pauses[0] > 10, "{pauses:?}");
    assert!(pauses.iter().sum::<i64>() + LONGEST < TOLD_SECONDS);
    let postponed = notice.postponed(at);
    assert_eq!((postponed.attempts, postponed.is_last()), (5, false));
}
