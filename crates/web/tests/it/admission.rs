//! What one source or environment takes from others: nothing (F1, F3, F8, F15, PW-06).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use admission::Claim;
use engine::Allowance;
use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::id::{CorrelationId, EnvironmentId, UserId};
use protocol::model::{Account, Activity};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Database, Request, SANDBOX, TestApp, each_store};
use tokio::task::JoinSet;
use web::layers::rate::FailureLimits;

use crate::attacks::{authorize, begin, people, sign_on};

const FLOODER: [u8; 4] = [192, 0, 2, 1];
const HONEST: [u8; 4] = [198, 51, 100, 7];

fn check(flow: &str, source: impl Into<IpAddr>, name: &str, password: &str) -> Request {
    let request = Request::new(Method::POST, flow).from(source.into());
    let request = request.header("content-type", "application/vnd.pingidentity.usernamePassword.check+json");
    request.body(json!({ "username": name, "password": password }).to_string())
}

/// F1: TN-03. A hundred sign-ons of one address wait behind each other; whoever else comes, in the same environment or in another, is
/// served before them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sign_ons_keeps_nobody_out() {
    let app = Arc::new(TestApp::inside().await);
    let flow = begin(&app).await;
    let mut flood = JoinSet::new();
    for number in 0..100 {
        let (app, request) = (app.clone(), check(&flow, FLOODER, &format!("nobody.{number}"), "wrong"));
        flood.spawn(async move { app.send(request).await });
    }
    while app.app.passwords().waiting() < 40 {
        tokio::task::yield_now().await;
    }
    let own = begin(&app).await;
    app.send(check(&own, HONEST, dev::USERNAME, dev::PASSWORD)).await.expect(200);
    assert!(app.app.passwords().waiting() > 4, "the flood waits still");
    let mut statuses = Vec::new();
    while let Some(answer) = flood.join_next().await {
        let answer = answer.unwrap();
        assert!(answer.status == 400 || !answer.header("retry-after").is_empty(), "{}", answer.text);
        statuses.push(answer.status);
    }
    assert!(statuses.contains(&503) && statuses.contains(&400), "{statuses:?}");
}

/// F3: a hundred names, then no more from this network, one alarm, and nobody else feels it.
#[tokio::test]
async fn a_network_that_tries_every_name_is_stopped() {
    let app = TestApp::build().limits(FailureLimits { names: 8, ..FailureLimits::default() }).start().await;
    let flow = begin(&app).await;
    let mut statuses = Vec::new();
    for number in 0..12 {
        statuses.push(app.send(check(&flow, FLOODER, &format!("name.{number}"), "Spring2026!")).await.status);
    }
    assert_eq!(statuses, [[400; 8].as_slice(), &[429; 4]].concat());
    let limited = app.send(check(&flow, FLOODER, "one.more", "Spring2026!")).await;
    let seconds: u64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=450).contains(&seconds), "{seconds}");
    limited.refuses(429, "REQUEST_LIMITED", "LIMIT_EXCEEDED", "");
    app.send(check(&flow, HONEST, dev::USERNAME, dev::PASSWORD)).await.expect(200);
    let alarms = activities(&app, "SIGN_ON.SPRAYING_SUSPECTED").await;
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(alarms[0]["source"]["ipAddress"], "192.0.2.1");
}

/// PW-06: whoever signed on in a browser before is not locked out of it by strangers, nor by the names that others tried from the same
/// network; the lock of an administrator holds for everybody.
#[tokio::test]
async fn strangers_do_not_lock_anybody_out_of_their_own_device() {
    each_store(|app| async move {
        let [victim, other] = people(&app, ["victim".to_owned(), "other".to_owned()]).await[..] else { return };
        let environment = EnvironmentId::new(dev::ENVIRONMENT);
        let sign_on = async |name: &str, cookie: Option<&str>, password: &str| {
            let flow = begin(&app).await;
            let request = check(&flow, Ipv4Addr::LOCALHOST, name, password);
            app.send(cookie.into_iter().fold(request, |request, cookie| request.header("cookie", cookie))).await
        };
        let device = device(&sign_on("victim", None, dev::PASSWORD).await);
        let lock = async |user: UserId| {
            let was = app.app.store.user(environment, user).await.unwrap().unwrap().account;
            let now = app.now();
            let account = Account { locked_at: Some(now), unlock_at: Some(now.plus(900)), ..Account::default() };
            let change = Change::SetAccount { environment, user, was, judged: None, account };
            app.furnish(vec![change]).await;
        };
        lock(victim).await;
        lock(other).await;
        assert_eq!(sign_on("victim", None, dev::PASSWORD).await.status, 400, "locked for strangers");
        assert_eq!(sign_on("other", Some(&device), dev::PASSWORD).await.status, 400, "another person's device");
        let forged = format!("{}A", &device[..device.len() - 1]);
        assert_eq!(sign_on("victim", Some(&forged), dev::PASSWORD).await.status, 400);
        sign_on("victim", Some(&device), dev::PASSWORD).await.expect(200);
        // Five wrong passwords make it a stranger's.
        lock(victim).await;
        for _ in 0..5 {
            assert_eq!(sign_on("victim", Some(&device), "wrong").await.status, 400);
        }
        assert_eq!(sign_on("victim", Some(&device), dev::PASSWORD).await.status, 400);
        app.wait(3700);
        lock(victim).await;
        sign_on("victim", Some(&device), dev::PASSWORD).await.expect(200);
        // An administrator's.
        let was = app.app.store.user(environment, victim).await.unwrap().unwrap().account;
        let account = Account { locked_at: Some(app.now()), ..Account::default() };
        app.furnish(vec![Change::SetAccount { environment, user: victim, was, judged: None, account }]).await;
        assert_eq!(sign_on("victim", Some(&device), dev::PASSWORD).await.status, 400);
    })
    .await;
}

/// The cookie that an answer sets, as a browser sends it.
fn device(answer: &Answer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    let line = lines.into_iter().find(|line| line.starts_with("DEVICE=")).unwrap();
    assert!(line.contains("Max-Age=31536000") && line.contains("HttpOnly"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

/// F8: refusals of nobody have so many rows, the rest is one row that says how many, where `explain` finds it; tokens are all recorded.
#[tokio::test]
async fn a_flood_of_refusals_is_counted_and_hides_nothing() {
    let start = TestApp::build().config(|config| config.allowance = Allowance { refusals: 1, ..config.allowance });
    let app = start.limits(FailureLimits { burst: 1000, ..FailureLimits::default() }).start().await;
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let mut numbers = Vec::new();
    for _ in 0..440 {
        let fields = [("grant_type", "client_credentials"), ("client_id", "nobody"), ("client_secret", "wrong")];
        numbers.push(app.form(&app.at("token"), &fields).await.correlation().to_owned());
    }
    let worker = app.worker_token().await;
    assert!(!worker.is_empty());
    app.app.tell_rest().await;
    app.app.audit.flush().await;
    let mut recorded = Vec::new();
    for number in &numbers {
        recorded.push(explained(&app, number).await.len());
    }
    assert_eq!(recorded.iter().filter(|rows| **rows > 0).count(), 300, "what five minutes have, and no time passes");
    let last = recorded.iter().rposition(|rows| *rows > 0).unwrap();
    assert_eq!(recorded[last], 2, "the last one, and how many more there were");
    let told = explained(&app, &numbers[last]).await;
    let notes: Vec<_> = told.iter().filter_map(|activity| activity.event.note.as_deref()).collect();
    assert!(notes.contains(&"and 140 more of this kind"), "{notes:?}");
    // Another source, and somebody who is known, are recorded one by one.
    let form = Request::form(app.at("token")).from(HONEST.into());
    let other = app.send(form.body(format!("grant_type=client_credentials&client_id={client}&client_secret=x"))).await;
    app.app.audit.flush().await;
    assert_eq!(explained(&app, other.correlation()).await.len(), 1);
}

/// F8: whoever names a public client has proven nothing: what comes of it is counted as anybody's is, a revocation of nothing too.
#[tokio::test]
async fn a_public_client_s_name_buys_nobody_rows() {
    let start = TestApp::build().config(|config| config.allowance = Allowance { refusals: 1, ..config.allowance });
    let app = start.limits(FailureLimits { burst: 1000, ..FailureLimits::default() }).start().await;
    let client = dev::SPA_APPLICATION.to_string();
    let ask = async |endpoint: &str, fields: &[(&str, &str)]| {
        let answer = app.form(&app.at(endpoint), &[&[("client_id", client.as_str())], fields].concat()).await;
        (answer.status, answer.correlation().to_owned())
    };
    let code = [("grant_type", "authorization_code"), ("code", "none"), ("redirect_uri", dev::REDIRECT_URI)];
    for (endpoint, fields, status) in [("token", &code[..], 400), ("revoke", &[("token", "none")], 200)] {
        let mut numbers = Vec::new();
        for _ in 0..320 {
            let (answered, number) = ask(endpoint, fields).await;
            assert_eq!(answered, status, "{endpoint}");
            numbers.push(number);
        }
        app.app.audit.flush().await;
        let mut rows = 0;
        for number in &numbers {
            rows += explained(&app, number).await.len();
        }
        assert_eq!(rows, 300, "{endpoint}: what five minutes have, and no time passes");
        app.wait(600);
    }
}

/// F8: a failed sign-on is a refusal of nobody, and has no row beyond the budget.
#[tokio::test]
async fn a_flood_of_failed_sign_ons_is_counted() {
    let build = TestApp::build().config(|config| config.allowance = Allowance { refusals: 1, ..config.allowance });
    let app = build.limits(FailureLimits { burst: 1000, names: 100_000, ..FailureLimits::default() }).start().await;
    let flow = begin(&app).await;
    let mut numbers = Vec::new();
    for number in 0..320 {
        let answer = app.send(check(&flow, FLOODER, &format!("name.{number}"), "wrong")).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        numbers.push(answer.correlation().to_owned());
    }
    app.app.audit.flush().await;
    let mut rows = 0;
    for number in &numbers {
        rows += usize::from(!explained(&app, number).await.is_empty());
    }
    assert_eq!(rows, 300);
}

/// F8: what somebody does in a flow who has not signed on has no row beyond the budget, also where it succeeds.
#[tokio::test]
async fn what_nobody_does_in_a_flow_is_counted() {
    let build = TestApp::build().config(|config| config.allowance = Allowance { refusals: 1, ..config.allowance });
    let app = build.start().await;
    let flow = begin(&app).await;
    let mut numbers = Vec::new();
    for _ in 0..320 {
        let reset = Request::new(Method::POST, &flow).from(FLOODER.into()).body("{}");
        let answer = app.send(reset.header("content-type", "application/vnd.pingidentity.session.reset+json")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        numbers.push(answer.correlation().to_owned());
    }
    app.app.audit.flush().await;
    let mut rows = 0;
    for number in &numbers {
        rows += explained(&app, number).await.len();
    }
    assert_eq!(rows, 300, "what five minutes have, and no time passes");
}

/// F8: nothing is recorded under an environment that does not exist.
#[tokio::test]
async fn an_environment_that_does_not_exist_has_no_rows() {
    each_store(|app| async move {
        let nobody = uuid::Uuid::from_u128(0x7777).to_string();
        let token = app.worker_token().await;
        let unknown = [format!("/v1/environments/{nobody}/users"), format!("/{nobody}/as/userinfo")];
        for (path, token) in unknown.iter().flat_map(|path| [(path, token.as_str()), (path, "none")]) {
            let answer = app.get_with(path, token).await;
            assert!(matches!(answer.status, 401 | 404), "{}", answer.text);
            app.app.audit.flush().await;
            let rows = explained(&app, answer.correlation()).await;
            assert!(rows.iter().all(|activity| activity.event.environment.is_none()), "{path} {rows:?}");
        }
    })
    .await;
}

/// F8: what anybody may store is small, and no address begins sign-ons without end.
#[tokio::test]
async fn sign_ons_that_are_begun_are_bounded() {
    let start = TestApp::build().config(|config| config.allowance = Allowance { flows: 1, ..config.allowance });
    let app = start.start().await;
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let with = |name, length| authorize(&client, &[("response_mode", "pi.flow"), (name, &*"x".repeat(length))]);
    for name in ["state", "nonce"] {
        app.get(&with(name, 2048)).await.expect(200);
        assert_eq!(app.get(&with(name, 2049)).await.status, 400);
    }
    let browser = app.browser();
    sign_on(&browser, &authorize(&client, &[]), dev::USERNAME).await;
    let mut limited = 0;
    for _ in 0..70 {
        let answer = app.get(&authorize(&client, &[("response_mode", "pi.flow")])).await;
        if answer.status != 200 {
            assert_eq!((answer.status, answer.header("retry-after")), (429, "1"), "{}", answer.text);
            limited += 1;
        }
    }
    assert_eq!(limited, 13);
    let request = Request::get(authorize(&client, &[("response_mode", "pi.flow")])).from(HONEST.into());
    app.send(request).await.expect(200);
    for _ in 0..5 {
        let told = browser.read(&authorize(&client, &[("response_mode", "pi.flow")])).await.expect(200);
        assert_eq!(told["status"], "COMPLETED", "who is signed on is not slowed: {told}");
    }
    app.wait(1);
    app.get(&authorize(&client, &[("response_mode", "pi.flow")])).await.expect(200);
}

/// F15: a source has so many seats; whoever holds them all waits, and is told to come back when none comes free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_all_its_seats_is_told_to_come_back_alone() {
    let app = TestApp::build().config(|config| config.allowance = few_seats());
    let app = app.database(Database::Sqlite).start().await;
    let gate = app.app.requests().clone();
    let claim = |source: [u8; 4]| Claim::new(SANDBOX.uuid(), Some(source.into()));
    let held: Vec<_> = (0..4).map(|_| gate.try_enter(claim(FLOODER)).unwrap()).collect();
    let jwks = |source: [u8; 4]| Request::get(format!("/{SANDBOX}/as/jwks")).from(source.into());
    let crowded = app.send(jwks(FLOODER)).await;
    assert_eq!((crowded.status, crowded.header("retry-after")), (429, "1"));
    assert_eq!(crowded.body["code"], "REQUEST_LIMITED");
    app.send(jwks(HONEST)).await.expect(200);
    drop(held);
    app.send(jwks(FLOODER)).await.expect(200);
    assert_eq!((gate.taken(), gate.waiting()), (0, 0));
}

fn few_seats() -> Allowance {
    Allowance { requests: 4, patience: Duration::from_millis(50), ..Allowance::default() }
}

async fn explained(app: &TestApp, number: &str) -> Vec<Activity> {
    app.app.store.explain(CorrelationId::parse(number).unwrap()).await.unwrap()
}

async fn activities(app: &TestApp, action: &str) -> Vec<Value> {
    app.app.audit.flush().await;
    let path = format!("/environments/{SANDBOX}/activities?limit=100");
    let list = app.manage(Method::GET, &path, None).await.expect(200);
    let all = list["_embedded"]["activities"].as_array().unwrap().clone();
    all.into_iter().filter(|activity| activity["action"]["type"] == action).collect()
}
