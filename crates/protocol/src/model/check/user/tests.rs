use serde_json::{Map, Value, json};

use super::read_switch;
use crate::refusal::Refused;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn faults<T: std::fmt::Debug>(result: Result<T, Refused>) -> Vec<(&'static str, String)> {
    result.unwrap_err().details.into_iter().map(|d| (d.code, d.target)).collect()
}

#[test]
fn a_switch_is_a_boolean_and_nothing_like_it() {
    for off in [json!(false), json!("false")] {
        assert_eq!(read_switch(&object(&json!({ "enabled": off })), "enabled"), Ok(false));
    }
    assert_eq!(faults(read_switch(&Map::new(), "enabled")), [("REQUIRED_VALUE", "enabled".to_owned())]);
    for odd in [json!("no"), json!(0), json!([false])] {
        assert_eq!(
            faults(read_switch(&object(&json!({ "enabled": odd })), "enabled")),
            [("INVALID_VALUE", "enabled".to_owned())]
        );
    }
}
