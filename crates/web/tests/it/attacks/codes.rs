//! Authorization codes in wrong hands, and what they are made of (attacks A4).

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::id::{EnvironmentId, UserId};
use reqwest::Method;
use serde_json::json;
use testkit::{Answer, Database, FakeWorld, TestApp, each_store};
use tokio::task::JoinSet;

use super::{CHALLENGE, OTHER_VERIFIER, VERIFIER, authorize, claims, exchange, parameters, people, sign_on};

/// AC-20: RFC 6749 §10.10 asks for 2^-128; with the randomness of a server in use, codes are as long and have no structure.
///
/// The bounds are six standard deviations of the binomial distribution: a sound generator fails less than once in a million
/// runs, even with 256 positions looked at.
#[tokio::test]
async fn a_thousand_codes_have_no_structure() {
    let app =
        TestApp::build().socket().clock(FakeWorld::with_system_randomness()).database(Database::Sqlite).start().await;
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let browser = app.browser();
    sign_on(&browser, &authorize(&client, &[]), dev::USERNAME).await;
    let silent = authorize(&client, &[("prompt", "none")]);
    let mut codes = Vec::new();
    for _ in 0..CODES {
        let code = parameters(&browser.get(&silent).await)["code"].clone();
        assert_eq!(code.len(), 43, "{code}");
        codes.push(jose::b64::decode(&code).unwrap());
    }
    assert!(codes.iter().all(|code| code.len() == 32), "each holds 256 bits");
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), CODES, "each is new");
    for bit in 0..256 {
        let set = codes.iter().filter(|code| is_set(code, bit)).count();
        assert!(is_half(set, CODES), "bit {bit} is set in {set} of {CODES} codes");
        let changed = codes.windows(2).filter(|pair| is_set(&pair[0], bit) != is_set(&pair[1], bit)).count();
        assert!(is_half(changed, CODES - 1), "bit {bit} changes {changed} times in {CODES} codes");
    }
    // A clock, a counter or a common prefix would show in the order: ascents of a random order have variance (n + 1) / 12.
    let ascents = codes.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let beyond = (2 * ascents).abs_diff(CODES - 1);
    assert!(beyond.pow(2) < 12 * (CODES + 1), "{ascents} ascents in {CODES} codes");
    // Two of 1 200 random codes agree in 64 leading bits, or in all but 64, less than once in 10^13 runs.
    for (index, one) in codes.iter().enumerate() {
        for other in &codes[index + 1..] {
            assert_ne!(one[..8], other[..8]);
            let different: u32 = one.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum();
            assert!(different > 64, "two codes differ in {different} bits only");
        }
    }
}

fn is_set(code: &[u8], bit: usize) -> bool {
    code[bit / 8] >> (bit % 8) & 1 == 1
}

/// Within six standard deviations (√n / 2 each) of a fair coin.
fn is_half(count: usize, of: usize) -> bool {
    (2 * count).abs_diff(of).pow(2) < 36 * of
}

/// AC-21: a code of the attacker's session at the victim's client, one thing wrong at a time.
#[tokio::test]
async fn a_code_of_one_session_is_worth_nothing_in_another() {
    each_store(|app| async move {
        let mallory = people(&app, ["mallory".to_owned()]).await[0];
        let redirect = ("redirect_uri", dev::REDIRECT_URI);
        let right = [redirect, ("code_verifier", VERIFIER)];

        // The verifier: the victim's client sends its own, or none. After that the code is dead (D8).
        for wrong in [&[redirect, ("code_verifier", OTHER_VERIFIER)][..], &[redirect]] {
            let code = stolen(&app).await;
            refused(&exchange(&app, &code, wrong).await);
            refused(&exchange(&app, &code, &right).await);
        }

        // The client: another one authenticates properly and knows the rest. It changes nothing.
        let code = stolen(&app).await;
        let other = dev::BASIC_WEB_APPLICATION.to_string();
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), right[0], right[1]];
        refused(&app.form_basic(&app.at("token"), (&other, dev::BASIC_WEB_SECRET), &fields).await);
        belongs_to(exchange(&app, &code, &right).await, mallory);

        // The redirection URI: the victim's client waits elsewhere. It changes nothing.
        let code = stolen(&app).await;
        for wrong in [&[("redirect_uri", "http://localhost:3000/other"), right[1]][..], &right[1..]] {
            refused(&exchange(&app, &code, wrong).await);
        }
        belongs_to(exchange(&app, &code, &right).await, mallory);

        // The session behind it: another one of the same person does not stand in for one that ended.
        let code = stolen(&app).await;
        let now = engine::world::World::now(&*app.world);
        let end = Change::EndUserSessions(EnvironmentId::new(dev::ENVIRONMENT), mallory, now);
        app.furnish(vec![end]).await;
        belongs_to(exchange(&app, &stolen(&app).await, &right).await, mallory);
        refused(&exchange(&app, &code, &right).await);
    })
    .await;
}

/// AC-21: where the client has a secret and no proof key, the ID token says whose code it was (OIDC Core §3.1.3.7 no. 11).
#[tokio::test]
async fn an_injected_code_brings_the_nonce_and_session_of_its_own_request() {
    each_store(|app| async move {
        let mallory = people(&app, ["mallory".to_owned()]).await[0];
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let ask = |nonce| authorize(&shared, &[("scope", "openid"), ("nonce", nonce), ("state", nonce)]);
        let (victim, attacker) = (app.browser(), app.browser());
        let honest = sign_on(&victim, &ask("of-the-victim"), dev::USERNAME).await;
        let stolen = sign_on(&attacker, &ask("of-the-attacker"), "mallory").await;
        let redirect = [("redirect_uri", dev::REDIRECT_URI)];
        let told = |answer: Answer| claims(answer.member("id_token"));
        let injected = told(exchange(&app, &stolen["code"], &redirect).await);
        let own = told(exchange(&app, &honest["code"], &redirect).await);
        assert_eq!((&injected["nonce"], &injected["sub"]), (&"of-the-attacker".into(), &mallory.to_string().into()));
        assert_eq!((&own["nonce"], &own["sub"]), (&"of-the-victim".into(), &dev::USER.to_string().into()));
        assert!(own["sid"].is_string() && own["sid"] != injected["sid"]);
    })
    .await;
}

/// AC-24: nothing that one sign-on leaves in memory is another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_sign_ons_never_swap_people() {
    each_store(|app| async move {
        let names: Vec<String> = (0..PEOPLE).map(|number| format!("person-{number}")).collect();
        let ids = people(&app, names.clone()).await;
        let app = Arc::new(app);
        let mut running = JoinSet::new();
        for (name, id) in names.into_iter().zip(ids) {
            let app = app.clone();
            running.spawn(async move {
                let shared = dev::SHARED_WEB_APPLICATION.to_string();
                let more = [("scope", "openid profile"), ("nonce", name.as_str()), ("state", name.as_str())];
                let response = sign_on(&app.browser(), &authorize(&shared, &more), &name).await;
                assert_eq!(response["state"], name);
                let answer = exchange(&app, &response["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await;
                let (access, identity) = (answer.member("access_token"), claims(answer.member("id_token")));
                assert_eq!(identity["nonce"], name);
                let userinfo =
                    app.send(app.request(Method::GET, &app.at("userinfo")).bearer_auth(access)).await.expect(200);
                for told in [&identity, &claims(access), &userinfo] {
                    assert_eq!(told["sub"], id.to_string(), "{name} signed on");
                }
                assert_eq!(
                    (&identity["preferred_username"], &userinfo["preferred_username"]),
                    (&json!(name), &json!(name))
                );
                identity["sid"].as_str().unwrap().to_owned()
            });
        }
        let sessions: BTreeSet<String> = running.join_all().await.into_iter().collect();
        assert_eq!(sessions.len(), PEOPLE, "each has a session of their own");
    })
    .await;
}

/// A code that mallory obtained with a session and proof key of their own.
async fn stolen(app: &TestApp) -> String {
    let shared = dev::SHARED_WEB_APPLICATION.to_string();
    let more = [("scope", "openid"), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    sign_on(&app.browser(), &authorize(&shared, &more), "mallory").await["code"].clone()
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some("invalid_grant")), "{}", answer.text);
}

#[track_caller]
fn belongs_to(answer: Answer, user: UserId) {
    let told = answer.expect(200);
    assert_eq!(claims(told["id_token"].as_str().unwrap())["sub"], user.to_string());
}

const CODES: usize = 1_200;
const PEOPLE: usize = 200;
