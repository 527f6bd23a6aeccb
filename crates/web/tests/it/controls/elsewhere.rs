//! What a developer's server that others reach shows and does for them: without the control key nothing but what it is documented to.

use std::net::IpAddr;

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser, Request, SANDBOX, TestApp};

const KEY: &str = "the-control-key-of-this-server";

/// One that other machines reach, and who asks from one of them.
async fn reached() -> (TestApp, IpAddr) {
    let build = TestApp::build().control_key(KEY);
    let server = build.config(|config| config.public_url = "http://localhost:8085".into()).start().await;
    (server, "192.168.7.7".parse().unwrap())
}

async fn control(server: &TestApp, method: Method, path: &str, body: &Value) -> Answer {
    let request = Request::new(method, format!("/dev/v1{path}")).bearer_auth(KEY);
    server.send(request.json(body)).await
}

async fn sign_on_page(browser: &Browser, world: &Value) -> Answer {
    let (id, client) = (world["id"].as_str().unwrap(), world["applications"][0]["clientId"].as_str().unwrap());
    let query = format!("response_type=code&client_id={client}&redirect_uri=http://localhost/&scope=openid");
    browser.follow(browser.get(&format!("/{id}/as/authorize?{query}")).await).await
}

/// Presses the button of somebody, whether or not it is there.
async fn click(browser: &Browser, world: &Value, page: &Answer, who: &str) -> Answer {
    let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
    let fields = [("flowId", &*flow), ("csrf", &*csrf), ("username", ""), ("password", ""), ("as", who)];
    browser.submit(&format!("/{}/signon", world["id"].as_str().unwrap()), &fields).await
}

/// The front page lists no world that was made, tells of no refusal and offers nothing that is refused, and says why; on the machine
/// itself it does, and to who shows the key all of it is told.
#[tokio::test]
async fn the_front_page_tells_others_what_is_documented() {
    let (server, elsewhere) = reached().await;
    let world = control(&server, Method::POST, "/worlds", &json!({ "name": "Secret project" })).await.expect(201);
    let refused = server.form("/ms-auth-server/oauth2/token", &[("grant_type", "password")]).await;
    server.app.audit.flush().await;
    let id = world["id"].as_str().unwrap();
    let told = ["Secret project", id, refused.correlation(), "action=\"/connect\"", "href=\"/try\""];
    for address in ["/", "/?part=refusals", "/?part=log", "/?page=2"] {
        let page = server.browser().from(elsewhere).get(address).await;
        assert!(told.iter().all(|part| !page.text.contains(part)), "{address}: {}", page.text);
    }
    let page = server.browser().from(elsewhere).get("/").await;
    assert!(page.text.contains("from another machine") && page.text.contains("GRANTOR_CONTROL_KEY"), "{}", page.text);
    assert!(page.text.contains(dev::SHARED_WEB_SECRET) && !page.text.contains(KEY), "{}", page.text);
    let near = server.browser().get("/").await;
    assert!(told.iter().all(|part| near.text.contains(part)), "{}", near.text);
    assert!(!near.text.contains("from another machine") && !near.text.contains("action=\"/worlds"), "{}", near.text);
    let keyed = server.send(Request::get("/").from(elsewhere).bearer_auth(KEY)).await;
    assert!(told.iter().all(|part| keyed.text.contains(part)), "{}", keyed.text);
    assert!(keyed.text.contains("action=\"/worlds\""), "{}", keyed.text);
    // What a proxy on this machine passes on comes over the loopback interface, to the name that others know.
    for (name, value) in [
        ("host", "grantor.example"),
        ("x-forwarded-for", "192.168.7.7"),
        ("forwarded", "for=192.168.7.7"),
        ("x-forwarded-host", "grantor.example"),
        ("via", "1.1 proxy"),
    ] {
        let passed_on = server.send(Request::get("/").header(name, value)).await;
        assert!(passed_on.text.contains("from another machine"), "{name}: {}", passed_on.text);
        assert!(!passed_on.text.contains(id), "{name}: {}", passed_on.text);
    }
}

/// Nobody signs on with a click from elsewhere, with or without the button; with the password, and on the machine itself, as ever.
#[tokio::test]
async fn nobody_from_elsewhere_signs_on_with_a_click() {
    let (server, elsewhere) = reached().await;
    let world = control(&server, Method::POST, "/worlds", &json!({})).await.expect(201);
    let user = world["users"][0]["username"].as_str().unwrap();
    let button = format!("name=\"as\" value=\"{user}\"");
    let browser = server.browser().from(elsewhere);
    let page = sign_on_page(&browser, &world).await;
    assert!(page.status == 200 && !page.text.contains(&button), "{}", page.text);
    let clicked = click(&browser, &world, &page, user).await;
    assert_eq!(clicked.status, 400, "{}", clicked.text);
    assert!(clicked.text.contains("a click on this machine, or the control key"), "{}", clicked.text);
    let page = sign_on_page(&browser, &world).await;
    let signed = browser.sign_on(&page, user, world["users"][0]["password"].as_str().unwrap()).await;
    assert!(browser.follow(signed).await.leads(302).starts_with("http://localhost/?code="));
    let near = server.browser();
    let page = sign_on_page(&near, &world).await;
    assert!(page.text.contains(&button), "{}", page.text);
    let answered = near.follow(click(&near, &world, &page, user).await).await;
    assert!(answered.leads(302).starts_with("http://localhost/?code="), "{}", answered.text);
}

/// Nobody from elsewhere registers applications, reads their secrets or runs "Try it" without the key; programs are told so in JSON, and
/// people by the front page.
#[tokio::test]
async fn nobody_from_elsewhere_registers_applications() {
    let (server, elsewhere) = reached().await;
    let body = "redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback";
    let form = || Request::form("/connect").body(body);
    let made = server.send(form()).await.expect(201);
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let pages =
        [format!("/connect/{id}"), "/try".to_owned(), format!("/try?client_id={id}"), dev::TRY_CALLBACK.to_owned()];
    let requests: Vec<Request> = std::iter::once(form()).chain(pages.iter().map(Request::get)).collect();
    for request in requests {
        let asked = format!("{request:?}");
        let program = server.send(request.clone().from(elsewhere)).await;
        assert_eq!((program.status, program.member("error")), (401, "forbidden"), "{asked}");
        assert!(program.member("message").contains("GRANTOR_CONTROL_KEY"), "{asked}");
        let person = server.send(request.from(elsewhere).header("accept", "text/html")).await;
        assert!(person.status == 401 && person.text.contains("from another machine"), "{asked}: {}", person.text);
        assert!(!person.text.contains(secret) && !person.headers.contains_key("set-cookie"), "{asked}");
    }
    let path = format!("/environments/{SANDBOX}/applications");
    let registered = server.manage(Method::GET, &path, None).await.expect(200);
    let called = registered["_embedded"]["applications"].as_array().unwrap().iter();
    assert_eq!(called.filter(|one| one["name"] == "Application at localhost:3000").count(), 1);
    for page in &pages[..2] {
        let (near, keyed) = (Request::get(page), Request::get(page).from(elsewhere).bearer_auth(KEY));
        for request in [near, keyed] {
            let answer = server.send(request).await;
            assert!(answer.status == 200 || answer.status == 303, "{page}: {}", answer.text);
        }
    }
    server.send(form().from(elsewhere).bearer_auth(KEY)).await.expect(201);
}

/// The controls, the pages of worlds and the events ask for the key, from everywhere; whoever is to be signed on at once is, because who
/// has the key said so.
#[tokio::test]
async fn controls_ask_for_the_key_from_everywhere() {
    let (server, elsewhere) = reached().await;
    let world = control(&server, Method::POST, "/worlds", &json!({})).await.expect(201);
    let id = world["id"].as_str().unwrap();
    for (method, path) in [
        (Method::GET, "/dev/v1/worlds"),
        (Method::POST, "/dev/v1/worlds"),
        (Method::GET, "/dev/v1/events"),
        (Method::GET, "/dev/v1/openapi.json"),
        (Method::GET, &*format!("/dev/v1/worlds/{id}/outbox")),
        (Method::GET, &*format!("/dev/v1/worlds/{id}/requests")),
        (Method::PUT, &*format!("/dev/v1/worlds/{id}/clock")),
        (Method::PUT, &*format!("/dev/v1/worlds/{id}/settings")),
        (Method::GET, &*format!("/worlds/{id}")),
        (Method::GET, &*format!("/worlds/{id}?part=log")),
        (Method::POST, &*format!("/worlds/{id}/clock")),
        (Method::POST, "/worlds"),
    ] {
        for source in [elsewhere, "127.0.0.1".parse().unwrap()] {
            for shown in [None, Some("another-key")] {
                let request = Request::new(method.clone(), path).from(source);
                let answer = server.send(shown.into_iter().fold(request, Request::bearer_auth)).await;
                assert_eq!(answer.status, 401, "{method} {path} {source} {shown:?}: {}", answer.text);
            }
        }
    }
    let page = server.browser().get(&format!("/worlds/{id}")).await;
    assert!(page.status == 401 && page.text.contains("Grantor is running"), "{}", page.text);
    assert!(!page.text.contains(world["applications"][0]["clientSecret"].as_str().unwrap()), "{}", page.text);
    let user = world["users"][0]["username"].as_str().unwrap();
    control(&server, Method::PUT, &format!("/worlds/{id}/settings"), &json!({ "autoSignOn": user })).await.expect(200);
    let answered = sign_on_page(&server.browser().from(elsewhere), &world).await;
    assert!(answered.leads(302).starts_with("http://localhost/?code="), "{}", answered.text);
}
