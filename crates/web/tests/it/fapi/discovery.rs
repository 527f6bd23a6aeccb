//! Nothing is published that is refused (MD-03).

use serde_json::{Value, json};
use testkit::People;

use super::{By, Scene};

const LISTS: [&str; 8] = [
    "token_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "response_types_supported",
    "response_modes_supported",
    "request_object_signing_alg_values_supported",
];

async fn document(people: &People) -> Value {
    people.server.get(&people.path("/as/.well-known/openid-configuration")).await.expect(200)
}

#[tokio::test]
async fn metadata_follow_the_table() {
    let scene = Scene::by(By::Environment).await;
    let told = document(&scene.people).await;
    let algs = ["PS256", "ES256", "EdDSA", "Ed25519"];
    for (name, values) in [
        (LISTS[0], json!(["private_key_jwt"])),
        (LISTS[1], json!(["private_key_jwt"])),
        (LISTS[2], json!(["private_key_jwt"])),
        (LISTS[3], json!(algs)),
        (LISTS[4], json!(algs)),
        (LISTS[5], json!(["code"])),
        (LISTS[6], json!(["form_post", "form_post.jwt", "fragment", "fragment.jwt", "jwt", "query", "query.jwt"])),
        (LISTS[7], json!(algs)),
        ("id_token_signing_alg_values_supported", json!(algs)),
        ("introspection_signing_alg_values_supported", json!(algs)),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("require_pushed_authorization_requests", json!(true)),
        ("require_signed_request_object", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        assert_eq!(told[name], values, "{name}");
    }
    scene.profile("FAPI_MESSAGE_SIGNING").await.expect(200);
    let signing = document(&scene.people).await;
    assert_eq!(signing["require_signed_request_object"], true);
    assert_eq!(signing[LISTS[6]], json!(["form_post.jwt", "fragment.jwt", "jwt", "query.jwt"]));
}

/// What one application demands of itself is nothing of the others'.
#[tokio::test]
async fn an_application_changes_nothing_of_the_metadata() {
    let plain = document(&People::start().await).await;
    let scene = Scene::by(By::Application).await;
    let told = document(&scene.people).await;
    for name in LISTS {
        assert_eq!(told[name], plain[name], "{name}");
    }
}
