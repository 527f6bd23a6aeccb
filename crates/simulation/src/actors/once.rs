//! Whoever shows what may be shown once: a client with its assertions, one with proofs of its key, and browsers with a reference to a
//! request that was pushed. Each comes to both processes at once, again later, and as a client does that heard nothing.

use std::cell::Cell;
use std::rc::Rc;

use jose::digest::sha256;
use jose::{Alg, Typ, b64, sign_with_secret};
use serde_json::{Map, Value, json};
use testkit::{Answer, CHALLENGE, FakeWorld, Request, SANDBOX, VERIFIER, encode};

use crate::actors::sign_on::{Visit, asked_of, link};
use crate::cluster::Reply;
use crate::dice::Dice;
use crate::fixture::CALLBACK;
use crate::scene::Scene;

/// Shows something now and then until people stop coming.
pub(crate) async fn shows(scene: Rc<Scene>, dice: Dice) {
    let mut number = 0;
    while scene.open.get() {
        scene.rest(&dice).await;
        number += 1;
        match dice.below(4) {
            0 | 1 => assert(&scene, &dice, number).await,
            2 => refer(&scene, &dice).await,
            _ => hold(&scene, &dice, number).await,
        }
    }
}

/// What may be shown once.
#[derive(Debug, Default)]
struct Once {
    shown: Cell<u32>,
    taken: Cell<u32>,
}

impl Once {
    fn show(&self) {
        self.shown.set(self.shown.get() + 1);
    }

    fn take(&self, scene: &Scene, what: &str) {
        self.taken.set(self.taken.get() + 1);
        if self.taken.get() > 1 {
            scene.ledger.find(format!("{what} counted twice"));
        }
    }
}

/// RFC 7523: an assertion with its `jti`.
async fn assert(scene: &Scene, dice: &Dice, number: u32) {
    let (robot, issuer) = (&scene.fixture.robot, &scene.fixture.issuer);
    let claims = json!({
        "iss": robot.id, "sub": robot.id, "aud": issuer, "jti": format!("assertion-{number}"), "exp": now(scene) + 300,
    });
    let signed = sign_with_secret(Alg::Hs256, robot.secret.as_bytes(), Some(Typ::Jwt), claims.to_string().as_bytes());
    let (assertion, once) = (signed.unwrap(), Once::default());
    let prove = |at, asked| prove(scene, &assertion, &once, at, asked);
    match dice.below(3) {
        0 => {
            tokio::join!(prove(0, TOKEN), prove(1, TOKEN));
        }
        1 => {
            prove(dice.below(2), TOKEN).await;
            scene.breathe(dice).await;
            prove(dice.below(2), INTROSPECT).await;
        }
        // As a client does: again while nobody tells. Then somebody who has seen it.
        _ => {
            for _ in 0..3 {
                if prove(dice.below(2), TOKEN).await {
                    break;
                }
                scene.breathe(dice).await;
            }
            tokio::join!(prove(0, INTROSPECT), prove(1, TOKEN));
        }
    }
}

/// Whether somebody said what became of it.
async fn prove(scene: &Scene, assertion: &str, once: &Once, at: usize, asked: (&str, &'static str, bool)) -> bool {
    let (endpoint, action, is_token) = asked;
    let more = if is_token { ("grant_type", "client_credentials") } else { ("token", "nothing") };
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields = [("client_assertion_type", kind), ("client_assertion", assertion), more];
    let request = Request::form(format!("/{SANDBOX}/as/{endpoint}")).body(encode(&fields));
    once.show();
    match scene.send(at, &format!("an assertion at {endpoint}"), request).await {
        Reply::Answered(answer, by) => match answer.status {
            200 => {
                scene.record(&answer, action, by, true, true);
                once.take(scene, "an assertion");
                true
            }
            401 => {
                if once.shown.get() == 1 {
                    scene.ledger.find("a good assertion was refused".to_owned());
                }
                true
            }
            503 => false,
            other => {
                scene.ledger.find(format!("an assertion: {other} {}", answer.text));
                true
            }
        },
        Reply::Lost | Reply::Unsent => false,
    }
}

/// RFC 9126: a reference, two sign-ons that begin with it, and one more.
async fn refer(scene: &Scene, dice: &Dice) {
    let shop = dice.below(scene.fixture.shops.len());
    let (client, secret) = (&scene.fixture.shops[shop].id, scene.ledger.secrets[shop].now.borrow().clone());
    let fields = asked_of(client, &[("client_secret", secret.as_str())]);
    let request = Request::form(format!("/{SANDBOX}/as/par")).body(encode(&fields));
    let Reply::Answered(pushed, by) = scene.send(dice.below(2), "push a request", request).await else { return };
    if pushed.status != 201 {
        return;
    }
    scene.record(&pushed, "AUTHORIZATION.PUSHED", by, true, true);
    let reference = [("client_id", client.as_str()), ("request_uri", pushed.member("request_uri"))];
    let (mut visit, person) = (Visit::new(scene, dice), dice.below(scene.fixture.people.len()));
    let Some(first) = visit.begin(&reference).await else { return };
    let Some(check) = link(&first) else { return };
    let Some((checked, _)) = visit.show_password(&check, person).await else { return };
    // The session is enough for another one.
    let Some(second) = visit.begin(&reference).await else { return };
    let (Some(one), Some(other)) = (checked.body["resumeUrl"].as_str(), second.body["resumeUrl"].as_str()) else {
        return;
    };
    let winner = Once::default();
    let resume = async |at: usize, address: &str| {
        let reply = scene.send(at, "resume by a reference", visit.with_cookies(Request::get(address))).await;
        let Reply::Answered(answer, by) = reply else { return };
        if answer.status == 200 && answer.body["authorizeResponse"]["code"].is_string() {
            scene.record(&answer, "AUTHORIZATION_CODE.CREATED", by, true, true);
            winner.take(scene, "a reference");
        }
    };
    tokio::join!(resume(0, one), resume(1, other));
    if winner.taken.get() > 0 {
        let request = Request::form(format!("/{SANDBOX}/as/authorize")).body(encode(&reference));
        let later = visit.with_cookies(request);
        if let Reply::Answered(answer, _) = scene.send(dice.below(2), "a reference once more", later).await
            && answer.status == 200
        {
            scene.ledger.find("a reference began a sign-on after it was answered".to_owned());
        }
    }
}

/// RFC 9449: a code of a client without a secret, tokens that are bound to its key, and proofs at a resource.
async fn hold(scene: &Scene, dice: &Dice, number: u32) {
    let client = scene.fixture.mobile.as_str();
    let (mut visit, person) = (Visit::new(scene, dice), dice.below(scene.fixture.people.len()));
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let Some(begun) = visit.begin(&asked_of(client, &challenge)).await else { return };
    let Some(check) = link(&begun) else { return };
    let Some((checked, _)) = visit.show_password(&check, person).await else { return };
    let resume = checked.text_of("resumeUrl");
    let asked = ("resume", "AUTHORIZATION_CODE.CREATED");
    let Some(resumed) = visit.step(person, asked, || Request::get(&resume)).await else { return };
    let code = resumed.body["authorizeResponse"]["code"].as_str().unwrap_or_default().to_owned();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let proof = proof(scene, &format!("{number}-code"), ("POST", "token"), None);
    let Some(tokens) = ask(scene, dice.below(2), &fields, &proof).await else { return };
    let mut refresh = tokens.text_of("refresh_token");
    for round in 0..dice.below(3) {
        show(scene, tokens.member("access_token"), &format!("{number}-{round}")).await;
        scene.rest(dice).await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", client)];
        let proof = self::proof(scene, &format!("{number}-refresh-{round}"), ("POST", "token"), None);
        let Some(next) = ask(scene, dice.below(2), &fields, &proof).await else { return };
        refresh = next.text_of("refresh_token");
    }
}

/// A token request with a proof; None where it gives nothing.
async fn ask(scene: &Scene, at: usize, fields: &[(&str, &str)], proof: &str) -> Option<Box<Answer>> {
    let request = Request::form(format!("/{SANDBOX}/as/token")).header("dpop", proof).body(encode(fields));
    let Reply::Answered(answer, by) = scene.send(at, "bound tokens", request).await else { return None };
    if answer.status != 200 {
        return None;
    }
    if answer.body["token_type"] != "DPoP" {
        scene.ledger.find("tokens that were asked for with a proof are bound to nothing".to_owned());
    }
    scene.record(&answer, "ACCESS_TOKEN.CREATED", by, true, true);
    Some(answer)
}

/// A bound token at both processes at once with one proof, and then without any.
async fn show(scene: &Scene, token: &str, jti: &str) {
    let proof = proof(scene, jti, ("GET", "userinfo"), Some(token));
    let once = Once::default();
    let bound = || Request::get(format!("/{SANDBOX}/as/userinfo")).header("authorization", format!("DPoP {token}"));
    let use_it = async |at| {
        let told = scene.send(at, "userinfo with a proof", bound().header("dpop", &proof)).await;
        if matches!(&told, Reply::Answered(answer, _) if answer.status == 200) {
            once.take(scene, "a proof");
        }
    };
    tokio::join!(use_it(0), use_it(1));
    let bare = Request::get(format!("/{SANDBOX}/as/userinfo")).bearer_auth(token);
    let told = scene.send(0, "a bound token without a proof", bare).await;
    if matches!(&told, Reply::Answered(answer, _) if answer.status == 200) {
        scene.ledger.find("a bound token counted without a proof".to_owned());
    }
}

fn proof(scene: &Scene, jti: &str, (method, endpoint): (&str, &str), token: Option<&str>) -> String {
    let key = &scene.fixture.holder;
    let mut jwk: Map<String, Value> = key.public().to_json().as_object().cloned().unwrap_or_default();
    jwk.retain(|name, _| !["alg", "use", "kid"].contains(&name.as_str()));
    let header = json!({ "typ": "dpop+jwt", "alg": key.alg().name(), "jwk": jwk });
    let url = format!("{}/{endpoint}", scene.fixture.issuer);
    let mut claims = json!({ "jti": jti, "htm": method, "htu": url, "iat": now(scene) });
    if let Some(token) = token {
        claims["ath"] = json!(b64::encode(&sha256(token.as_bytes())));
    }
    key.sign_under(header.to_string().as_bytes(), claims.to_string().as_bytes()).unwrap()
}

/// Seconds, by the first process's clock.
fn now(scene: &Scene) -> i64 {
    let gone = scene.ledger.trace.begun().elapsed().as_secs();
    FakeWorld::BEGIN.plus(HOUR + i64::try_from(gone).unwrap_or_default()).secs()
}

const TOKEN: (&str, &str, bool) = ("token", "ACCESS_TOKEN.CREATED", true);
const INTROSPECT: (&str, &str, bool) = ("introspect", "TOKEN.INTROSPECTED", false);
/// After the fixture was built, every process begins.
const HOUR: i64 = 3600;
