//! What is a proof of a request, and what is none (RFC 9449 §4.3).

use engine::bootstrap::dev;
use jose::{Alg, sign_with_secret};
use protocol::discovery::dpop_algs;
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::{Holder, TestApp, claims};

use super::{PLACES, Place, Scene, person};

fn with(mut value: Value, members: &Value) -> Value {
    for (name, member) in members.as_object().unwrap() {
        if member.is_null() {
            value.as_object_mut().unwrap().remove(name);
        } else {
            value[name] = member.clone();
        }
    }
    value
}

/// RFC 9449 §5, §6: every algorithm that is published, and no other.
#[tokio::test]
async fn every_algorithm_that_is_published_proves() {
    let server = TestApp::inside().await;
    for path in
        [server.at(".well-known/openid-configuration"), "/ms-auth-server/.well-known/oauth-authorization-server".into()]
    {
        let published = server.get(&path).await.body["dpop_signing_alg_values_supported"].clone();
        assert_eq!(published, json!(dpop_algs(&protocol::policy::RFC9700).collect::<Vec<_>>()), "{path}");
        assert!(!published.to_string().contains("HS"), "{published}");
    }
    for alg in [Alg::Rs256, Alg::Ps384, Alg::Es256, Alg::Es384, Alg::Es512, Alg::EdDsa, Alg::Ed25519] {
        let holder = Holder::new(alg);
        let token = person(&server, &holder).await.text_of("access_token");
        assert_eq!(claims(&token)["cnf"], json!({ "jkt": holder.jkt() }), "{alg}");
        let userinfo = (&*server.at("userinfo"), &*server.url(&server.at("userinfo")));
        holder.get(&server, userinfo, &token).await.expect(200);
    }
}

/// DP-01: two of them, none, and what is no JWT.
#[tokio::test]
async fn there_is_one_proof() {
    let scene = Scene::inside().await;
    for place in PLACES {
        let (one, other) = (scene.good(place), scene.good(place));
        scene.refuses(place, &[&one, &other], Reason::DpopProofInvalid).await;
        scene.refuses(place, &[&one, &one], Reason::DpopProofInvalid).await;
        let joined = format!("{one}, {other}");
        let (cut, extended) = (&one[..one.len() - 2], format!("{one}.x"));
        for none in ["", "x", "a.b.c", "..", &joined, cut, &extended, &format!("{one} "), &"x".repeat(9_000)] {
            if none.ends_with(' ') || none.is_empty() {
                // RFC 9110 §5.5: white space around a value is none of it.
                continue;
            }
            scene.refuses(place, &[none], Reason::DpopProofInvalid).await;
        }
        scene.refuses(place, &[""], Reason::DpopProofInvalid).await;
        // Nothing of that used the good one up.
        assert_eq!(scene.show(place, &[&one]).await.status, 200, "{place:?}");
    }
    for place in [Place::Userinfo, Place::Try, Place::Management] {
        scene.refuses(place, &[], Reason::DpopProofMissing).await;
    }
}

/// DP-02: the type, the algorithm and the key.
#[tokio::test]
async fn the_header_is_a_proofs() {
    let scene = Scene::inside().await;
    let holder = &scene.holder;
    let (header, other) = (holder.header(), Holder::new(Alg::Es256));
    let other_key = other.header()["jwk"].clone();
    let mut private = header["jwk"].clone();
    private["d"] = json!("AA");
    for place in PLACES {
        let claims = scene.claims(place);
        for (member, told) in [
            (json!({ "typ": null }), "typ"),
            (json!({ "typ": "JWT" }), "typ"),
            (json!({ "typ": "at+jwt" }), "typ"),
            (json!({ "typ": "client-authentication+jwt" }), "typ"),
            (json!({ "alg": "none" }), "alg"),
            (json!({ "alg": "HS256" }), "alg"),
            (json!({ "alg": "ES256K" }), "alg"),
            (json!({ "alg": "ES384" }), "jwk"),
            (json!({ "jwk": null }), "jwk"),
            (json!({ "jwk": private }), "jwk"),
            (json!({ "jwk": { "kty": "oct", "k": "AA" } }), "jwk"),
            (json!({ "jwk": { "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" } }), "jwk"),
            (json!({ "jwk": "x" }), "jwk"),
            (json!({ "jwk": other_key }), "signature"),
            (json!({ "crit": ["x"], "x": 1 }), "malformed"),
        ] {
            let proof = holder.sign(&with(header.clone(), &member), &claims);
            let refused = scene.refuses(place, &[&proof], Reason::DpopProofInvalid).await;
            let said = format!("{} {}", refused.expected, refused.came);
            assert!(said.contains(told), "{member}: {said}");
        }
        let mac = sign_with_secret(Alg::Hs256, &[7; 32], None, claims.to_string().as_bytes()).unwrap();
        scene.refuses(place, &[&mac], Reason::DpopProofInvalid).await;
        // The name of a media type may be whole.
        let whole = with(header.clone(), &json!({ "typ": "application/DPoP+jwt" }));
        assert_eq!(scene.show(place, &[&holder.sign(&whole, &claims)]).await.status, 200);
    }
}

/// DP-04: for one method at one address.
#[tokio::test]
async fn a_proof_is_of_one_method_and_one_address() {
    let scene = Scene::inside().await;
    for place in PLACES {
        let url = scene.url(place);
        let refuse = async |name: &str, value: Value| {
            let claims = with(scene.claims(place), &json!({ name: value }));
            let proof = scene.holder.sign(&scene.holder.header(), &claims);
            let refused = scene.refuses(place, &[&proof], Reason::DpopProofInvalid).await;
            assert!(refused.expected.starts_with(&format!("{name}: ")), "{refused:?}");
            assert!(refused.came.starts_with(&format!("{name}: ")), "{refused:?}");
            refused
        };
        for method in
            [json!(null), json!("PUT"), json!(place.method().to_lowercase()), json!(1), json!([place.method()])]
        {
            refuse("htm", method).await;
        }
        for address in [
            url.replace("http://", "https://"),
            url.replace(".test", ".test.evil.example"),
            url.replace(".test", ".test:8080"),
            format!("{url}/"),
            format!("{url}%2F"),
            format!("{url}x"),
            url.replace("http://", "http://user@"),
            url.split_once(".test").unwrap().1.to_owned(),
            scene.url(if place == Place::Token { Place::Userinfo } else { Place::Token }),
            scene.server.url(&scene.server.at("introspect")),
        ] {
            refuse("htu", json!(address)).await;
        }
        let told = refuse("htu", json!("https://evil.example/x?token=hush#hush")).await;
        assert_eq!(told.came, "htu: https://evil.example/x?…");
        for missing in [json!(null), json!(1), json!([url])] {
            refuse("htu", missing).await;
        }
        // RFC 9449 §4.3: without query and fragment, and in every spelling of one address (RFC 3986 §6.2.2, §6.2.3).
        for same in [
            format!("{url}?a=b#c"),
            url.replace("http://", "HTTP://").replace(".test", ".TEST"),
            url.replace(".test", ".test:80"),
            url.replace("en", "%65n"),
        ] {
            let claims = with(scene.claims(place), &json!({ "htu": same }));
            let proof = scene.holder.sign(&scene.holder.header(), &claims);
            assert_eq!(scene.show(place, &[&proof]).await.status, 200, "{same}");
        }
    }
}

/// DP-05: no header of the request says what its address is.
#[tokio::test]
async fn the_address_is_the_servers() {
    let scene = Scene::inside().await;
    for place in PLACES {
        let forged = scene.url(place).replace("auth.test", "evil.example").replace("api.test", "evil.example");
        for (header, value) in [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "host=evil.example"),
            ("x-forwarded-proto", "https"),
        ] {
            let url = if header == "x-forwarded-proto" { forged.replace("http:", "https:") } else { forged.clone() };
            let claims = with(scene.claims(place), &json!({ "htu": url }));
            let proof = scene.holder.sign(&scene.holder.header(), &claims);
            let answer = scene.server.send(scene.request(place).header(header, value).header("dpop", proof)).await;
            scene.is_refused(place, &answer, Reason::DpopProofInvalid).await;
        }
    }
}

/// DP-06: within a minute of now.
#[tokio::test]
async fn a_proof_is_of_now() {
    let scene = Scene::inside().await;
    let now = scene.server.now().secs();
    for place in PLACES {
        for (members, name) in [
            (json!({ "iat": now - 62 }), "iat"),
            (json!({ "iat": now + 62 }), "iat"),
            (json!({ "iat": now.to_string() }), "iat"),
            (json!({ "iat": null }), "iat"),
            (json!({ "iat": 1e300 }), "iat"),
            (json!({ "exp": now - 1 }), "exp"),
            (json!({ "exp": "x" }), "exp"),
            (json!({ "nbf": now + 62 }), "nbf"),
        ] {
            let proof = scene.holder.sign(&scene.holder.header(), &with(scene.claims(place), &members));
            let refused = scene.refuses(place, &[&proof], Reason::DpopProofInvalid).await;
            assert!(refused.expected.starts_with(name), "{refused:?}");
        }
        for members in [json!({ "iat": now - 59 }), json!({ "iat": now + 59 }), json!({ "exp": now + 9 })] {
            let proof = scene.holder.sign(&scene.holder.header(), &with(scene.claims(place), &members));
            assert_eq!(scene.show(place, &[&proof]).await.status, 200, "{members}");
        }
    }
}

/// DP-08: a name that can be kept.
#[tokio::test]
async fn a_proof_has_a_name_of_its_own() {
    let scene = Scene::inside().await;
    for place in PLACES {
        for jti in [json!(null), json!(""), json!(1), json!(["x"]), json!("x".repeat(257)), json!("ä".repeat(129))] {
            let proof = scene.holder.sign(&scene.holder.header(), &with(scene.claims(place), &json!({ "jti": jti })));
            let refused = scene.refuses(place, &[&proof], Reason::DpopProofInvalid).await;
            assert!(refused.expected.starts_with("jti: "), "{refused:?}");
        }
        let huge = with(scene.claims(place), &json!({ "jti": "x".repeat(10_000) }));
        let proof = scene.holder.sign(&scene.holder.header(), &huge);
        scene.refuses(place, &[&proof], Reason::DpopProofInvalid).await;
        let longest = with(scene.claims(place), &json!({ "jti": format!("{place:?}{}", "x".repeat(240)) }));
        assert_eq!(scene.show(place, &[&scene.holder.sign(&scene.holder.header(), &longest)]).await.status, 200);
    }
}

/// A page sends the header, and reads the nonce of an answer (WHATWG Fetch §3.3).
#[tokio::test]
async fn a_page_may_send_a_proof_and_read_a_nonce() {
    let server = TestApp::inside().await;
    let origin = "https://page.example";
    let cors = json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": [origin] });
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "corsSettings": cors })).await;
    let management = format!("/v1/environments/{}/users", dev::ENVIRONMENT);
    for path in [server.at("token"), server.at("userinfo"), management] {
        let asked = server.request("OPTIONS".parse().unwrap(), &path).header("origin", origin);
        let asked = server.send(asked.header("access-control-request-method", "POST")).await;
        assert!(asked.header("access-control-allow-headers").contains("DPoP"), "{path}: {asked:?}");
        assert!(asked.header("access-control-expose-headers").contains("DPoP-Nonce"), "{path}");
    }
}
