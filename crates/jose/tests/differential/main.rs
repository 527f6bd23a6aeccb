//! An independent implementation accepts our tokens, and we accept its.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jose::{Alg, Compact, SigningKey, Typ, VerifyingKey, b64};
use jsonwebtoken::decode_header;
use proptest::prelude::*;
use serde_json::Value;

mod both;
mod mutations;

use both::{BOTH, Claims};

#[test]
fn header_order_and_kept_keys() {
    let key = SigningKey::generate(Alg::Es512).unwrap();
    let again = SigningKey::from_pkcs8(Alg::Es512, key.pkcs8()).unwrap();
    assert_eq!(key.kid(), again.kid());
    let named = again.with_kid("a\"b".to_owned());
    let header = |typ| {
        let token = named.sign(typ, b"{}").unwrap();
        accept_empty(&token, &key.verifying());
        String::from_utf8(b64::decode(token.split('.').next().unwrap()).unwrap()).unwrap()
    };
    assert_eq!(header(None), r#"{"kid":"a\"b","alg":"ES512"}"#);
    assert_eq!(header(Some(Typ::LogoutJwt)), r#"{"kid":"a\"b","alg":"ES512","typ":"logout+jwt"}"#);
    assert_eq!(header(Some(Typ::ClientAuthenticationJwt)).matches("client-authentication+jwt").count(), 1);
}

/// The other reads the names that we write.
#[test]
fn the_header_is_read_by_the_other() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let read = decode_header(key.sign(Some(Typ::AtJwt), b"{}").unwrap()).unwrap();
    assert_eq!((read.kid.as_deref(), read.typ.as_deref()), (Some(key.kid()), Some("at+jwt")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any claims, under each algorithm that both know, in both directions; and the tokens of each key are refused by every other.
    #[test]
    fn what_one_signs_the_other_verifies(claims in claims(), at in any::<prop::sample::Index>()) {
        for key in BOTH.iter() {
            let ours = key.signed_by_us(&serde_json::to_vec(&claims).unwrap());
            prop_assert_eq!(&key.theirs(&ours).unwrap(), &claims, "{}", key.alg);
            prop_assert_eq!(&key.ours(&ours).unwrap(), &claims, "{}", key.alg);
            let theirs = key.signed_by_them(&claims);
            prop_assert_eq!(&key.ours(&theirs).unwrap(), &claims, "{}", key.alg);
            let other = at.get(&BOTH);
            for token in [ours, theirs] {
                prop_assert_eq!(other.ours(&token).is_ok(), other.alg == key.alg, "{} {}", key.alg, other.alg);
                prop_assert_eq!(other.theirs(&token).is_ok(), other.alg == key.alg, "{} {}", key.alg, other.alg);
            }
        }
    }
}

/// Objects of any values. A claim that has a meaning is left out: the other has its opinion about those.
fn claims() -> impl Strategy<Value = Claims> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Few digits: how the last bit of a longer one is read is not what is compared here.
        (-1_000_000..1_000_000).prop_map(|sixteenths| Value::from(f64::from(sixteenths) / 16.0)),
        ".{0,24}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[^esina].{0,8}|", value, 0..6).prop_map(|members| members.into_iter().collect())
}

fn accept_empty(token: &str, key: &VerifyingKey) {
    assert!(Compact::parse(token).unwrap().verify(key).unwrap().payload.is_empty());
}
