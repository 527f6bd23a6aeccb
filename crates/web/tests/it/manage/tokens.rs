//! What an environment and an application decide about tokens, by this server's own properties.

use serde_json::{Value, json};

use testkit::Admin;

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&jose::b64::decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn an_environment_chooses_the_profile_of_its_tokens() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let before = api.token_of(&api.env, &id, &secret).await.unwrap();
    assert_eq!((part(&before, 0)["typ"].clone(), part(&before, 1)["env"].clone()), (Value::Null, json!(api.env)));

    let mut body = api.environment_body("Test");
    body["tokenProfile"] = json!("RFC9068");
    let changed = api.put(&api.path(""), &body).await.expect(200);
    assert_eq!(changed["tokenProfile"], "RFC9068");
    // RFC 9068 §2.1, §2.2: its type, and the subject that PingOne's profile leaves out.
    let strict = api.token_of(&api.env, &id, &secret).await.unwrap();
    assert_eq!((part(&strict, 0)["typ"].clone(), part(&strict, 1)["sub"].clone()), (json!("at+jwt"), json!(id)));

    // A client that does not know the property changes nothing by leaving it out.
    body.as_object_mut().unwrap().remove("tokenProfile");
    assert_eq!(api.put(&api.path(""), &body).await.expect(200)["tokenProfile"], "RFC9068");
    body["tokenProfile"] = json!("LOOSE");
    api.put(&api.path(""), &body).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "tokenProfile");
}

#[tokio::test]
async fn an_application_chooses_the_format_of_its_tokens() {
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let path = api.path(&format!("/applications/{id}"));
    let mut body = api.get(&path).await.expect(200);
    assert_eq!(body["accessTokenFormat"], Value::Null);
    body["accessTokenFormat"] = json!("OPAQUE");
    assert_eq!(api.put(&path, &body).await.expect(200)["accessTokenFormat"], "OPAQUE");
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    assert_eq!((token.len(), token.contains('.')), (128, false));
}
