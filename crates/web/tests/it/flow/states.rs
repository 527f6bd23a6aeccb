//! Every state of a person at every endpoint (D8, C6): one rule says who may act, and nobody is sent in a circle.

use protocol::change::{Change, Guard};
use protocol::model::{Account, PasswordState, User};
use serde_json::{Value, json};
use testkit::people::{PASSWORD, SECRET};
use testkit::{Browser, People, Request, TestApp, parameters};
use web::layers::rate::FailureLimits;

/// What became of the person after they had signed on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Well,
    LockedByAdministrator,
    LockedByFailures,
    Disabled,
    WithoutPassword,
    MustChange,
}

/// The endpoints, and what each answers in each state.
const ENDPOINTS: [&str; 11] = [
    "silent",
    "flow",
    "page",
    "resume",
    "exchange",
    "userinfo",
    "introspect",
    "refreshed?",
    "refresh",
    "right",
    "wrong",
];
const TABLE: [(State, [&str; ENDPOINTS.len()]); 6] = [
    (State::Well, ["code", "200", "code", "200", "200", "200", "live", "live", "200", "COMPLETED", WRONG]),
    (State::LockedByAdministrator, [NONE, "400", "page", "401", "400", "401", "dead", "dead", "400", LOCKED, WRONG]),
    // Anybody can bring it about, so it stops passwords and nothing else.
    (State::LockedByFailures, ["code", "200", "code", "200", "200", "200", "live", "live", "200", LOCKED, WRONG]),
    (State::Disabled, [NONE, "400", "page", "401", "400", "401", "dead", "dead", "400", WRONG, WRONG]),
    // Their session and what came of it stay theirs: only by password nobody signs on any more.
    (State::WithoutPassword, ["code", "200", "code", "200", "200", "200", "live", "live", "200", WRONG, WRONG]),
    (
        State::MustChange,
        [NONE, "400", "page", "200", "200", "200", "live", "live", "200", "MUST_CHANGE_PASSWORD", WRONG],
    ),
];
const NONE: &str = "login_required";
const LOCKED: &str = "PASSWORD_LOCKED_OUT";
const WRONG: &str = "INVALID_CREDENTIALS";

/// What the person and their applications hold.
struct Held {
    browser: Browser,
    access: String,
    refresh: String,
    code: String,
    resume: String,
}

async fn hold(people: &People) -> Held {
    people.change(json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let code = async || {
        let back = browser.get(&people.authorize("prompt=none&scope=openid%20offline_access")).await.leads(302);
        parameters(&back)["code"].clone()
    };
    let tokens = people.exchange(&code().await).await.expect(200);
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let code = code().await;
    let done = browser.read(&people.authorize("response_mode=pi.flow&scope=openid")).await.expect(200);
    let resume = done["resumeUrl"].as_str().unwrap().to_owned();
    Held { browser, access, refresh, code, resume }
}

/// Past the management API, which ends sessions as well in some of the cases: what is looked at here is the state alone.
async fn turn(people: &People, state: State) {
    let user = people.server.base.store.user(people.env, people.ann).await.unwrap().unwrap();
    let (environment, id, now) = (people.env, user.id, people.server.now().to_millis());
    let account = |unlock_at, failures| Change::SetAccount {
        environment,
        user: id,
        was: user.account.clone(),
        judged: None,
        account: Account { locked_at: Some(now), unlock_at, failures, ..Account::default() },
    };
    let password = |password| Change::SetPassword {
        environment,
        user: id,
        was: None,
        password,
        end_families: false,
        retiring: None,
    };
    let kept = user.password.clone().unwrap();
    let change = match state {
        State::Well => return,
        State::LockedByAdministrator => account(None, 0),
        State::LockedByFailures => account(Some(now.plus(900)), 5),
        State::Disabled => return disable(people).await,
        State::WithoutPassword => password(None),
        State::MustChange => password(Some(PasswordState { must_change: true, ..kept })),
    };
    people.server.furnish(vec![change]).await;
}

async fn disable(people: &People) {
    let user = people.server.base.store.user(people.env, people.ann).await.unwrap().unwrap();
    let user = User { enabled: false, ..user };
    people.server.furnish(vec![Change::put(user, Guard::Version)]).await;
}

/// What the endpoint answers, in a word.
async fn answered(people: &People, held: &Held, endpoint: &str) -> String {
    let Held { browser, access, refresh, code, resume } = held;
    let credentials = [("client_id", people.client.as_str()), ("client_secret", SECRET)];
    let form = async |path: &str, fields: &[(&str, &str)]| {
        people.server.form(&people.path(path), &[&credentials, fields].concat()).await
    };
    let word = |address: String| {
        let told = parameters(&address);
        let page = address.contains("/signon?flowId=").then(|| "page".to_owned());
        let code = told.contains_key("code").then(|| "code".to_owned());
        page.or(code).or_else(|| told.get("error").cloned()).unwrap_or(address)
    };
    let detail = |body: &Value| body["details"][0]["code"].as_str().or(body["status"].as_str()).unwrap().to_owned();
    let check = async |password: &str| {
        let other = people.browser();
        let flow = people.begin(&other, "").await;
        let body = json!({ "username": "ann", "password": password });
        detail(&other.act(&flow, "usernamePassword.check", &body).await.body)
    };
    let live = |body: Value| if body["active"] == true { "live" } else { "dead" }.to_owned();
    match endpoint {
        "silent" => word(browser.get(&people.authorize("prompt=none&scope=openid")).await.leads(302)),
        "flow" => {
            let asked = people.authorize("prompt=none&scope=openid&response_mode=pi.flow");
            browser.read(&asked).await.status.to_string()
        }
        "page" => word(browser.get(&people.authorize("scope=openid")).await.leads(302)),
        "resume" => browser.read(resume).await.status.to_string(),
        "exchange" => people.exchange(code).await.status.to_string(),
        "userinfo" => people.server.get_with(&people.path("/as/userinfo"), access).await.status.to_string(),
        "introspect" => live(form("/as/introspect", &[("token", access)]).await.expect(200)),
        "refreshed?" => live(form("/as/introspect", &[("token", refresh)]).await.expect(200)),
        "refresh" => {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
            form("/as/token", &fields).await.status.to_string()
        }
        "right" => check(PASSWORD).await,
        _ => check("not-the-password").await,
    }
}

/// D8, C6, F5: no endpoint gives what another would not take.
#[tokio::test]
async fn every_endpoint_looks_at_every_state_of_a_person() {
    for (state, expected) in TABLE {
        let people = People::start().await;
        let held = hold(&people).await;
        turn(&people, state).await;
        for (endpoint, expected) in ENDPOINTS.into_iter().zip(expected) {
            assert_eq!(answered(&people, &held, endpoint).await, expected, "{state:?} at {endpoint}");
        }
        // Whoever may not act can leave.
        let left = held.browser.get(&people.path("/as/signoff")).await;
        assert_eq!(left.status, 200, "{state:?}");
    }
}

/// C6: whoever knows the password of a locked account is told so, and until when, by the page and by the flow API; whoever does
/// not learns nothing.
#[tokio::test]
async fn a_locked_person_is_told_and_nobody_else() {
    // The clock of the tests goes on while passwords are compared.
    for (state, sentence, seconds) in [
        (State::LockedByFailures, "Wait 14 minutes", Some(838)),
        (State::LockedByAdministrator, "Ask the people who run this service", None),
    ] {
        let people = People::start().await;
        turn(&people, state).await;
        people.wait(61);
        let browser = people.browser();
        let open = async || {
            let page = browser.get(&people.authorize("scope=openid&prompt=login")).await;
            browser.follow(page).await
        };
        let told = browser.sign_on(&open().await, "ann", PASSWORD).await;
        assert_eq!(told.status, 400, "{state:?}");
        assert!(
            told.text.contains("Your account is locked") && told.text.contains(sentence),
            "{state:?} {}",
            told.text
        );
        assert!(browser.cookie("ST").is_none(), "{state:?}");
        let flow = people.begin(&browser, "").await;
        let right = people.sign_on(&browser, &flow, "ann").await;
        let body = right.refuses(400, "INVALID_DATA", LOCKED, "password");
        let left = body["details"][0]["innerError"]["secondsUntilUnlock"].as_i64();
        assert!(left == seconds || left == seconds.map(|seconds| seconds + 1), "{state:?} {left:?}");

        let mut alike = Vec::new();
        for name in ["ann", "emil", "nobody"] {
            let wrong = browser.sign_on(&open().await, name, "not-the-password").await;
            assert!(wrong.text.contains("Wrong username or password"), "{state:?} {name}");
            let flow = people.begin(&browser, "").await;
            let body = json!({ "username": name, "password": "not-the-password" });
            let told = browser.act(&flow, "usernamePassword.check", &body).await;
            alike.push((told.status, told.text.replace(told.correlation(), "")));
        }
        assert!(alike.windows(2).all(|pair| pair[0] == pair[1]), "{alike:?}");
        if state == State::LockedByFailures {
            people.wait(840);
            assert!(browser.sign_on(&open().await, "ann", PASSWORD).await.status == 303);
        }
    }
}

/// C6: a lock is no oracle. Where many go on guessing, from wherever, a right guess looks like the others.
#[tokio::test]
async fn guessing_on_at_a_locked_account_finds_nothing_out() {
    let limits = FailureLimits { burst: 10, ..FailureLimits::default() };
    let people = People::on(TestApp::build().limits(limits)).await;
    turn(&people, State::LockedByFailures).await;
    let guess = async |password: &str, from: u8| {
        let asked = people.authorize("response_mode=pi.flow&scope=openid");
        let flow = people.server.get(&asked).await.expect(200)["_links"]["self"]["href"].as_str().unwrap().to_owned();
        let body = json!({ "username": "ann", "password": password }).to_string();
        let media = "application/vnd.pingidentity.usernamePassword.check+json";
        let request = Request::post(flow).header("content-type", media).body(body);
        let told = people.server.send(request.from([192, 0, 2, from].into())).await;
        told.body["details"][0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(guess(PASSWORD, 1).await, LOCKED);
    for from in 2..40 {
        assert_eq!(guess("not-the-password", from).await, WRONG);
    }
    assert_eq!(guess(PASSWORD, 41).await, WRONG);
}
