//! `protocol::claims` of any text: what is read is in it by name, is asked for again by its own text, is kept as it is stored, and is
//! bounded.

use protocol::claims::{AskedClaims, ClaimsParameter};
use serde_json::Value;

pub fn check(text: &str) {
    let Ok(read) = ClaimsParameter::parse(text) else { return };
    // Another reader, which takes the last of two members: there are none.
    let whole: Value = serde_json::from_str(text).expect("accepted here");
    for (member, asked) in [("userinfo", &read.claims.userinfo), ("id_token", &read.claims.id_token)] {
        for one in asked {
            let how = whole.get(member).and_then(|claims| claims.get(one.claim.name())).expect("asked for by its name");
            let named = how.get("values").and_then(Value::as_array);
            for value in &one.values {
                assert!(how.get("value") == Some(value) || named.is_some_and(|named| named.contains(value)));
            }
            assert_eq!(one.values.is_empty(), how.get("value").is_none() && named.is_none(), "any value, or these");
        }
        assert!(asked.iter().enumerate().all(|(at, one)| asked[..at].iter().all(|other| other.claim != one.claim)));
    }
    let again = read.to_text().map_or_else(ClaimsParameter::default, |again| {
        assert!(again.len() <= 4096);
        ClaimsParameter::parse(&again).expect("what is written can be read")
    });
    assert_eq!((&again.claims, &again.sub), (&read.claims, &read.sub));
    assert!(!read.acr.essential || again.acr == read.acr);
    assert_eq!(AskedClaims::from_value(&read.claims.to_value()), read.claims);
}
