//! Conditions: what is read, and what holds.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::id::{EnvironmentId, SessionId, UserId};
use crate::model::{Session, User};
use crate::secret::{Artefact, TokenHash};
use crate::time::Time;

const NOW: Time = Time::from_secs(1_800_000_000);

fn condition(value: &Value) -> Condition {
    Condition::read(value.as_object().unwrap()).unwrap().unwrap()
}

fn session(amr: &str) -> Session {
    Session {
        id: SessionId::default(),
        environment: EnvironmentId::default(),
        user: UserId::default(),
        token: TokenHash::of(Artefact::Session, "s"),
        auth_time: NOW,
        acr: "P".into(),
        amr: vec![amr.into()],
        created_at: NOW,
        expires_at: NOW.plus(1000),
        ended_at: None,
    }
}

fn user() -> User {
    let mut user = User { username: "ann".into(), mfa_enabled: true, ..User::default() };
    user.profile.name.given = Some("Ann".into());
    user
}

fn held(value: &Value, source: Option<&str>, user: Option<&User>) -> Option<bool> {
    let source = source.map(|text| text.parse().unwrap());
    condition(value).holds(&Facts { now: NOW, source, user, session: None })
}

#[test]
fn networks_are_told_by_their_bits() {
    let of = |ranges: &[&str]| json!({ "contains": REMOTE_IP, "ipRange": ranges });
    for (ranges, source, inside) in [
        (&["10.1.1.1/8"][..], "10.255.0.1", true),
        (&["10.1.1.1/8"], "11.0.0.1", false),
        (&["192.0.2.1"], "192.0.2.1", true),
        (&["192.0.2.1"], "192.0.2.2", false),
        (&["0.0.0.0/0"], "203.0.113.9", true),
        (&["0.0.0.0/0"], "2001:db8::1", false),
        (&["2001:db8::/32"], "2001:db8:1::1", true),
        (&["::/0"], "2001:db8:1::1", true),
        (&["10.0.0.0/8"], "::ffff:10.0.0.1", true),
        (&["192.0.2.0/24", "10.0.0.0/8"], "10.0.0.1", true),
    ] {
        assert_eq!(held(&of(ranges), Some(source), None), Some(inside), "{ranges:?} {source}");
    }
    assert_eq!(held(&of(&["10.0.0.0/8"]), None, None), None);
    for wrong in ["10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "::/129", "x", ""] {
        assert!(Range::parse(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn attributes_are_the_users() {
    let of = |attribute: &str, value: Value| json!({ "value": format!("${{user.{attribute}}}"), "equals": value });
    let ann = user();
    for (attribute, value, holds) in [
        ("mfaEnabled", json!(true), Some(true)),
        ("mfaEnabled", json!(false), Some(false)),
        ("mfaEnabled", json!("true"), Some(false)),
        ("username", json!("ann"), Some(true)),
        ("username", json!("Ann"), Some(false)),
        ("name.given", json!("Ann"), Some(true)),
        ("name.family", json!("Ann"), Some(false)),
        ("population.id", json!("00000000-0000-0000-0000-000000000000"), Some(true)),
        // Of a version that knows more of users.
        ("shoeSize", json!("42"), None),
    ] {
        assert_eq!(held(&of(attribute, value.clone()), None, Some(&ann)), holds, "{attribute} {value}");
        assert_eq!(held(&of(attribute, value), None, None), None, "{attribute} of nobody");
    }
}

#[test]
fn the_last_sign_on_is_the_sessions() {
    let of = |since: &str, seconds: i64| json!({ "secondsSince": since, "greater": seconds });
    let (pwd, any, mfa) = (since(Some("pwd")), since(None), since(Some("mfa")));
    let (password, other) = (session("pwd"), session("otp"));
    for (since, session, later, holds) in [
        (&pwd, None, 0, true),
        (&pwd, Some(&password), 60, false),
        (&pwd, Some(&password), 61, true),
        (&pwd, Some(&other), 0, true),
        (&any, Some(&other), 60, false),
        (&mfa, Some(&password), 0, true),
    ] {
        let facts = Facts { now: NOW.plus(later), source: None, user: None, session };
        assert_eq!(condition(&of(since, 60)).holds(&facts), Some(holds), "{since} {later}");
    }
}

/// What cannot be told is neither true nor false, and is told only where the rest decides.
#[test]
fn what_cannot_be_told_stays_open() {
    let open = json!({ "ipRisk": { "minScore": 80, "maxScore": 100 }, "valid": REMOTE_IP });
    let yes = json!({ "contains": REMOTE_IP, "ipRange": ["0.0.0.0/0"] });
    let no = json!({ "not": yes });
    for (rule, holds) in [
        (open.clone(), None),
        (json!({ "not": open }), None),
        (json!({ "or": [open, yes] }), Some(true)),
        (json!({ "or": [open, no] }), None),
        (json!({ "and": [open, no] }), Some(false)),
        (json!({ "and": [open, yes] }), None),
        (json!({ "anonymousNetwork": ["10.0.0.0/8"], "valid": REMOTE_IP }), Some(false)),
        (json!({ "anonymousNetwork": ["192.0.2.0/24"], "valid": REMOTE_IP }), None),
        (json!({ "geoVelocity": REMOTE_IP, "valid": previous() }), None),
    ] {
        assert_eq!(held(&rule, Some("10.0.0.1"), None), holds, "{rule}");
    }
}

fn rules() -> impl Strategy<Value = Condition> {
    let data = prop_oneof![
        Just(Condition::GeoVelocity),
        (any::<bool>(), "[a-z]{1,8}")
            .prop_map(|(flag, attribute)| Condition::Equals { attribute, value: Scalar::Flag(flag) }),
        ("[a-z]{1,8}(\\.[a-z]{1,8})?", ".{0,20}")
            .prop_map(|(attribute, text)| Condition::Equals { attribute, value: Scalar::Text(text) }),
        (proptest::option::of("[a-z]{1,8}"), 0..1_000_000i64)
            .prop_map(|(authenticator, seconds)| Condition::Greater { authenticator, seconds }),
        any::<[u8; 4]>().prop_map(|address| Condition::IpRange(
            Range::parse(&std::net::Ipv4Addr::from(address).to_string()).into_iter().collect()
        )),
        (0..50i64, 50..100i64).prop_map(|(min, max)| Condition::IpRisk { min, max }),
    ];
    data.prop_recursive(3, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::And),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::Or),
            inner.prop_map(|rule| Condition::Not(Box::new(rule))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(rule in rules()) {
        prop_assert_eq!(Condition::read(&rule.to_object()), Ok(Some(rule)));
    }

    /// Not both a rule and what it denies hold, and neither is told where the other is not.
    #[test]
    fn what_is_denied_does_not_hold(rule in rules(), known in any::<bool>()) {
        let ann = user();
        let source = known.then(|| "10.0.0.1".parse().unwrap());
        let facts = Facts { now: NOW, source, user: known.then_some(&ann), session: None };
        let denied = Condition::Not(Box::new(rule.clone()));
        prop_assert_eq!(rule.holds(&facts), denied.holds(&facts).map(|holds| !holds));
    }
}
