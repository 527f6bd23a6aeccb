//! What of a client goes and what stays when it replaces its metadata (RFC 7592 §2.2).

use engine::rotation::{Line, rotate};
use jose::{Alg, SigningKey};

use super::*;

async fn replaced(server: &TestApp, registered: &Value, members: &Value) -> Answer {
    let mut wanted = asking();
    wanted["client_id"] = registered["client_id"].clone();
    wanted.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    call(server, Method::PUT, registered, Some(&wanted)).await
}

/// "Omitted fields MUST be treated as null or empty values": also those that the management API keeps where they are not said.
#[tokio::test]
async fn what_is_left_out_is_taken_away() {
    let server = open().await;
    let mut wanted = asking();
    let members = json!({
        "request_uris": ["https://client.example/request"], "response_modes": ["query"], "dpop_bound_access_tokens": true,
        "backchannel_logout_uri": "https://client.example/out", "backchannel_logout_session_required": true,
        "authorization_details_types": ["payment"],
    });
    let members = members.as_object().unwrap();
    wanted.as_object_mut().unwrap().extend(members.clone());
    let registered = register(&server, &wanted).await.expect(201);
    for name in members.keys() {
        assert!(registered.get(name).is_some(), "{name} was taken");
    }
    let after = replaced(&server, &registered, &json!({})).await.expect(200);
    for name in members.keys() {
        assert!(after.get(name).is_none_or(|value| *value == json!(false)), "{name}: {after}");
    }
}

/// CR-10: what no metadata stand for is the administrator's, and the client cannot undo it.
#[tokio::test]
async fn what_an_administrator_set_stays() {
    let server = open().await;
    let registered = register(&server, &asking()).await.expect(201);
    let path = format!("/environments/{SANDBOX}/applications/{}", text(&registered, "client_id"));
    let own = json!({
        "pkceEnforcement": "S256_REQUIRED", "parTimeout": 30, "description": "Looked at",
        "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": ["https://client.example"] },
    });
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    let uri = json!({ "redirect_uris": ["https://client.example/other"] });
    let after = replaced(&server, &registered, &uri).await.expect(200);
    assert_eq!(after["redirect_uris"], uri["redirect_uris"]);
    let stored = server.manage(Method::GET, &path, None).await.expect(200);
    for (name, value) in own.as_object().unwrap() {
        assert_eq!(stored[name], *value, "{name}");
    }
}

/// "the value of client_secret … MUST match the currently issued client secret".
#[tokio::test]
async fn a_secret_that_is_sent_is_its_own() {
    let server = open().await;
    let registered = register(&server, &asking()).await.expect(201);
    let own = json!({ "client_secret": registered["client_secret"] });
    assert_eq!(replaced(&server, &registered, &own).await.expect(200)["client_secret"], registered["client_secret"]);
    for other in [json!("another"), json!(""), json!(5), json!(null)] {
        let answer = replaced(&server, &registered, &json!({ "client_secret": other })).await;
        answer.is_refused(400, "invalid_client_metadata");
    }
}

/// ADR 0036: what could do nothing under the profile is told at once.
#[tokio::test]
async fn under_fapi_nothing_is_registered_that_does_nothing() {
    let server = open().await;
    rotate(&server.app, SANDBOX, Line::Own(Some(Alg::Ps256)), true).await.unwrap();
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["securityProfile"] = json!("FAPI_MESSAGE_SIGNING");
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let good = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key.public().to_json()] },
        "redirect_uris": ["https://client.example/callback"],
    });
    let with = |members: Value| {
        let mut wanted = good.clone();
        wanted.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        wanted
    };
    register(&server, &with(json!({}))).await.expect(201);
    for members in [
        json!({ "authorization_signed_response_alg": "RS256" }),
        json!({ "response_modes": ["query"] }),
        json!({ "response_types": ["id_token"], "grant_types": ["implicit"] }),
    ] {
        let answer = register(&server, &with(members.clone())).await;
        assert_eq!(answer.status, 400, "{members}: {answer:?}");
        answer.is_refused(400, "invalid_client_metadata");
    }
    register(&server, &with(json!({ "response_modes": ["query", "jwt"] }))).await.expect(201);
}
