//! Metadata that are signed as well (RFC 8414 §2.1).

use engine::bootstrap::dev;
use engine::rotation::{Line, rotate};
use jose::{Alg, Compact, Jwks, VerifyingKey};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Request, SANDBOX, TestApp, each_store};

async fn switch(server: &TestApp, on: Option<bool>) -> Value {
    let path = format!("/environments/{}", dev::ENVIRONMENT);
    let mut environment = server.manage(Method::GET, &path, None).await.expect(200);
    let members = environment.as_object_mut().unwrap();
    members.remove("signedMetadata");
    members.extend(on.map(|on| ("signedMetadata".to_owned(), json!(on))));
    server.manage(Method::PUT, &path, Some(&environment)).await.expect(200)
}

/// What is claimed, under a signature by a key that is published.
async fn verified(server: &TestApp, token: &str) -> Value {
    let keys = Jwks::parse(server.get(&server.at("jwks")).await.text.as_bytes()).unwrap();
    let compact = Compact::parse(token).unwrap();
    let key = VerifyingKey::from_jwk(keys.key_of(&compact).unwrap(), compact.alg()).unwrap();
    let verified = compact.verify(&key).unwrap();
    assert_eq!(verified.typ.as_deref(), Some("JWT"));
    testkit::claims(token)
}

/// MD-01, MD-03: both documents, in both places, by the environment's key; what is claimed is what is said.
#[tokio::test]
async fn an_environment_signs_its_metadata() {
    each_store(|server| async move {
        let env = dev::ENVIRONMENT;
        let documents = [
            server.at(".well-known/openid-configuration"),
            server.at(".well-known/oauth-authorization-server"),
            format!("/.well-known/oauth-authorization-server/{env}/as"),
        ];
        for path in &documents {
            assert_eq!(server.get(path).await.expect(200).get("signed_metadata"), None);
        }
        assert_eq!(switch(&server, Some(true)).await["signedMetadata"], true);
        assert_eq!(switch(&server, None).await["signedMetadata"], true, "whoever does not know it changes nothing");
        for alg in [Alg::Rs256, Alg::Ps256] {
            if alg == Alg::Ps256 {
                rotate(&server.app, SANDBOX, Line::Own(Some(alg)), true).await.unwrap();
            }
            for path in &documents {
                let answer = server.get(path).await;
                let (etag, mut document) = (answer.header("etag").to_owned(), answer.expect(200));
                let token = document.as_object_mut().unwrap().remove("signed_metadata").unwrap();
                let token = token.as_str().unwrap();
                assert_eq!(Compact::parse(token).unwrap().alg(), alg);
                let mut claims = verified(&server, token).await;
                let iss = claims.as_object_mut().unwrap().remove("iss");
                assert_eq!((iss.as_ref(), &claims), (document.get("issuer"), &document), "{path}");
                // A signature that is another each time is made once.
                let again = server.get(path).await;
                assert_eq!(
                    (again.header("etag"), again.body["signed_metadata"].as_str()),
                    (etag.as_str(), Some(token))
                );
                let held = server.send(Request::get(path).header("if-none-match", &etag)).await;
                assert_eq!(held.status, 304);
                // It is no token of this server's.
                let shown = server.get_with(&server.at("userinfo"), token).await;
                assert_eq!(shown.status, 401, "{shown:?}");
            }
        }
        assert_eq!(switch(&server, Some(false)).await.get("signedMetadata"), None);
        assert_eq!(server.get(&documents[0]).await.expect(200).get("signed_metadata"), None);
    })
    .await;
}
