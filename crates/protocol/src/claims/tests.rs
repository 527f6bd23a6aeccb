use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> Refused {
    ClaimsParameter::parse(text).unwrap_err()
}

#[test]
fn what_is_known_is_taken_and_the_rest_ignored() {
    // OIDC Core §5.5: its own example, shortened.
    let read = ClaimsParameter::parse(
        r#"{"userinfo":{"given_name":{"essential":true},"nickname":null,"http://example.info/claims/groups":null},
            "id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:mace:incommon:iap:silver"]},
                        "email":{"value":"ada@example.com","purpose":"x"}},"other":7}"#,
    )
    .unwrap();
    let any = |claim| AskedClaim { claim, values: Vec::new() };
    assert_eq!(read.claims.userinfo, [any(PersonClaim::GivenName), any(PersonClaim::Nickname)]);
    let email = AskedClaim { claim: PersonClaim::Email, values: vec!["ada@example.com".into()] };
    assert_eq!(read.claims.id_token, [email]);
    assert_eq!(read.acr, AskedAcr { values: vec!["urn:mace:incommon:iap:silver".into()], essential: false });
    assert_eq!(read.sub, None);
    for nothing in ["{}", r#"{"userinfo":null}"#, r#"{"id_token":{}}"#, r#"{"id_token":{"name#de":null}}"#] {
        assert_eq!(ClaimsParameter::parse(nothing).unwrap(), ClaimsParameter::default(), "{nothing}");
    }
    // `acr` of a userinfo answer is nothing that this server could give.
    assert_eq!(ClaimsParameter::parse(r#"{"userinfo":{"acr":{"essential":true}}}"#).unwrap().acr, AskedAcr::default());
}

#[test]
fn one_person_can_be_asked_for() {
    // OIDC Core §5.5.1
    for text in [
        r#"{"id_token":{"sub":{"value":"u1"}}}"#,
        r#"{"userinfo":{"sub":{"values":["u1"]}}}"#,
        r#"{"id_token":{"sub":{"value":"u1"}},"userinfo":{"sub":{"value":"u1"}}}"#,
    ] {
        assert_eq!(ClaimsParameter::parse(text).unwrap().sub.as_deref(), Some("u1"), "{text}");
    }
    assert_eq!(ClaimsParameter::parse(r#"{"id_token":{"sub":{"essential":true}}}"#).unwrap().sub, None);
}

#[test]
fn another_form_is_refused() {
    // AZ-14
    for text in [
        "",
        "x",
        "[]",
        "null",
        r#"{"userinfo":{}"#,
        r#"{"userinfo":{}}x"#,
        r#"{"userinfo":[]}"#,
        r#"{"id_token":"email"}"#,
        r#"{"id_token":{"email":true}}"#,
        r#"{"id_token":{"email":"x"}}"#,
        r#"{"id_token":{"unknown":[]}}"#,
        r#"{"id_token":{"email":{"essential":"true"}}}"#,
        r#"{"id_token":{"email":{"values":"x"}}}"#,
        r#"{"id_token":{"email":{"values":[]}}}"#,
        r#"{"id_token":{"email":{"value":"x","values":["x"]}}}"#,
        r#"{"id_token":{"sub":{"value":7}}}"#,
        r#"{"id_token":{"acr":{"value":7}}}"#,
        r#"{"id_token":{"sub":{"values":["u1","u2"]}}}"#,
        r#"{"id_token":{"sub":{"value":"u1"}},"userinfo":{"sub":{"value":"u2"}}}"#,
        // Two readers would not agree on these.
        r#"{"id_token":{},"id_token":{}}"#,
        r#"{"id_token":{"email":null,"\u0065mail":null}}"#,
        r#"{"id_token":{"email":{"essential":true,"essential":false}}}"#,
    ] {
        let refused = refused(text);
        assert_eq!(
            (refused.reason, refused.details[0].target.as_str()),
            (Reason::ParameterInvalid, "claims"),
            "{text}"
        );
    }
    let deep = format!(r#"{{"id_token":{{"email":{{"value":{}{}}}}}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let long = format!(r#"{{"id_token":{{"email":{{"value":"{}"}}}}}}"#, "x".repeat(1_000_000));
    // Bounded before it is read, whatever is in it.
    let blank = format!("{{{}}}", " ".repeat(4_095));
    assert!(ClaimsParameter::parse(&format!("{{{}}}", " ".repeat(4_094))).is_ok());
    for text in [deep, long, blank] {
        assert_eq!(refused(&text).reason, Reason::ParameterInvalid);
    }
}

#[test]
fn a_claim_is_told_where_its_scope_asks_for_it_or_its_value_will_do() {
    let asked = |values: &[&str]| AskedClaim {
        claim: PersonClaim::Nickname,
        values: values.iter().map(|value| (*value).into()).collect(),
    };
    let told = |scope: &str, asked: &[AskedClaim]| {
        is_asked(PersonClaim::Nickname, || "Ada".into(), &Scope::parse(scope).unwrap(), asked)
    };
    assert!(told("openid profile", &[]) && told("openid", &[asked(&[])]) && told("openid", &[asked(&["B", "Ada"])]));
    assert!(!told("openid email", &[]) && !told("openid", &[asked(&["B"])]));
    // The scope asks for it whatever its value.
    assert!(told("profile", &[asked(&["B"])]));
}

#[test]
fn every_claim_has_a_scope_of_openid_connect() {
    for claim in PersonClaim::ALL {
        assert!(crate::discovery::SCOPES.contains(&claim.scope()), "{claim:?}");
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![any::<bool>().prop_map(Value::from), any::<i64>().prop_map(Value::from), ".{0,8}".prop_map(Value::from)]
}

fn asked_claims() -> impl Strategy<Value = Vec<AskedClaim>> {
    proptest::sample::subsequence(PersonClaim::ALL.to_vec(), 0..=PersonClaim::ALL.len()).prop_flat_map(|claims| {
        let one =
            |claim| proptest::collection::vec(scalar(), 0..3).prop_map(move |values| AskedClaim { claim, values });
        claims.into_iter().map(one).collect::<Vec<_>>()
    })
}

proptest! {
    #[test]
    fn what_was_asked_is_kept_and_asked_again(userinfo in asked_claims(), id_token in asked_claims(), acr: bool) {
        // F12
        let by_name = |list: &[AskedClaim]| {
            let mut list = list.to_vec();
            list.sort_by_key(|asked| asked.claim);
            list
        };
        let asked = AskedClaims { userinfo, id_token, acr, acr_essential: false };
        let essential = AskedClaims { acr: true, acr_essential: true, ..asked.clone() };
        prop_assert!(AskedClaims::from_value(&essential.to_value()).acr_essential);
        let text = asked.to_value().to_string();
        prop_assume!(text.len() <= MAX_OCTETS);
        for read in [ClaimsParameter::parse(&text).unwrap().claims, AskedClaims::from_value(&asked.to_value())] {
            prop_assert_eq!(by_name(&read.userinfo), by_name(&asked.userinfo));
            prop_assert_eq!(by_name(&read.id_token), by_name(&asked.id_token));
            prop_assert_eq!(read.acr, acr);
        }
    }
}
