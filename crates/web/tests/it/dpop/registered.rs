//! Whoever registers clients by a token that is bound to a key (RFC 9449 §7.1, §9): the endpoint is a resource as the others are.

use super::*;

/// DP-14 at registration: without a proof, with another key's and without the nonce that is demanded, each is told as it is elsewhere.
#[tokio::test]
async fn a_bound_token_registers_with_a_proof() {
    let scene = Scene::inside().await;
    let server = &scene.server;
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage("GET".parse().unwrap(), &path, None).await.expect(200);
    body["clientRegistration"] = json!("INITIAL_ACCESS_TOKEN");
    server.manage("PUT".parse().unwrap(), &path, Some(&body)).await.expect(200);
    let wanted = json!({ "redirect_uris": ["https://client.example/callback"] });
    let url = server.app.site(SANDBOX).url(Endpoint::Register);
    let request = |scheme: &str| {
        Request::post(server.at("register")).header("authorization", format!("{scheme} {}", scene.worker)).json(&wanted)
    };
    let proof = |holder: &Holder| holder.proof(server, "POST", &url, Some(&scene.worker));
    let refused = async |request: Request, reason: Reason| {
        let answer = server.send(request).await;
        answer.is_refused(401, reason.row().oauth);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("DPoP ") && challenge.contains(reason.row().oauth), "{challenge}");
        answer
    };
    refused(request("DPoP"), Reason::DpopProofMissing).await;
    refused(request("Bearer"), Reason::AccessTokenBound).await;
    let other = Holder::new(Alg::Es256);
    refused(request("DPoP").header("dpop", proof(&other)), Reason::AccessTokenKeyOther).await;
    server.send(request("DPoP").header("dpop", proof(&scene.holder))).await.expect(201);

    nonces::require(server, dev::ADMIN_ENVIRONMENT, true).await;
    let answer = refused(request("DPoP").header("dpop", proof(&scene.holder)), Reason::DpopNonceRequired).await;
    let mut claims = scene.holder.claims(server, "POST", &url, Some(&scene.worker));
    claims["nonce"] = json!(answer.header("dpop-nonce"));
    let with_nonce = scene.holder.sign(&scene.holder.header(), &claims);
    server.send(request("DPoP").header("dpop", with_nonce)).await.expect(201);
}
