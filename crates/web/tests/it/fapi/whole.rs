//! What the profile is for: a sign-on from the pushed request to the refreshed token, on every store.

use jose::{Alg, Compact};
use serde_json::json;
use testkit::{Database, claims};

use super::{BOTH, Scene};

/// The algorithm that a token is signed with.
fn alg(token: &str) -> Alg {
    Compact::parse(token).unwrap().alg()
}

async fn stores(test: impl AsyncFn(Database)) {
    if Database::chosen() == Database::Sqlite {
        test(Database::Sqlite).await;
    }
    if testkit::server_address().is_some() {
        test(Database::Postgres).await;
    }
}

/// FAPI 2.0 §5.3.2.1 item 9, §5.3.2.2, §5.4.1: `iss` in the response, a bound token, an ID token of the profile's algorithms, and one
/// refresh token that stays good.
#[tokio::test]
async fn a_person_signs_on() {
    stores(async |database| {
        for by in BOTH {
            let scene = Scene::on(by, database).await;
            let told = scene.response(&[("state", "s1"), ("nonce", "n1")]).await;
            assert_eq!((told["iss"].as_str(), told["state"].as_str()), (scene.issuer().as_str(), "s1"));
            let answer = scene.exchange(Some(&scene.holder), &told["code"]).await;
            let tokens = answer.expect(200);
            assert_eq!(tokens["token_type"], "DPoP");
            let id_token = tokens["id_token"].as_str().unwrap();
            assert!([Alg::Es256, Alg::Ps256].contains(&alg(id_token)), "{by:?}: {:?}", alg(id_token));
            assert_eq!(claims(id_token)["nonce"], "n1");
            let access = tokens["access_token"].as_str().unwrap();
            assert_eq!(claims(access)["cnf"]["jkt"], json!(scene.holder.jkt()));
            let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
            for _ in 0..3 {
                scene.people.wait(60);
                let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
                let again = scene.token(Some(&scene.holder), &fields).await.expect(200);
                assert_eq!(again.get("refresh_token").map_or(refresh.as_str(), |one| one.as_str().unwrap()), refresh);
                assert_eq!(again["token_type"], "DPoP");
            }
        }
    })
    .await;
}

/// What an application chose that it may not have counts for nothing.
#[tokio::test]
async fn an_id_token_never_has_an_algorithm_beyond_the_profile() {
    for by in BOTH {
        let scene = Scene::by(by).await;
        scene.people.change(json!({ "idTokenSignedResponseAlg": "RS512" })).await;
        let told = scene.response(&[]).await;
        let tokens = scene.exchange(Some(&scene.holder), &told["code"]).await.expect(200);
        let signed = alg(tokens["id_token"].as_str().unwrap());
        assert!([Alg::Es256, Alg::Ps256].contains(&signed), "{by:?}: {signed:?}");
    }
}
