//! The pages of `grantor dev` on which somebody sees worlds, turns clocks and reads what was asked: they work without a script, and
//! nobody else's page reaches them.

use engine::controls::outbox::{Means, Message};
use http::Method;
use protocol::id::EnvironmentId;
use serde_json::json;
use testkit::{SANDBOX, TestApp};

use super::world::{call, make, text};

/// A world is made with one click, and its page has whatever opens it.
#[tokio::test]
async fn a_world_is_made_by_a_form_and_shows_its_values() {
    let server = TestApp::start().await;
    let browser = server.browser();
    let front = browser.get("/").await;
    assert!(front.text.contains("<form class=\"buttons\" method=\"post\" action=\"/worlds\""), "{}", front.text);
    let address = browser.submit("/worlds", &[]).await.leads(303);
    let page = browser.get(&address).await;
    let id = address.rsplit('/').next().unwrap();
    let told = call(&server, Method::GET, &format!("/worlds/{id}"), None).await.expect(200);
    let (application, user) = (&told["applications"][0], &told["users"][0]);
    for value in [
        &told["issuer"],
        &told["worker"]["clientSecret"],
        &application["clientId"],
        &application["clientSecret"],
        &user["username"],
        &user["password"],
    ] {
        assert!(page.text.contains(&text(value)), "{value} {}", page.text);
    }
    assert!(page.text.contains(&format!("<h1>World {}</h1>", &id[..8])), "{}", page.text);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
    assert!(!page.text.contains("<script>") && !page.text.contains(" style="), "{}", page.text);
    let front = browser.get("/").await;
    assert!(front.text.contains(&format!("href=\"{address}\"")) && front.text.contains(&text(&told["issuer"])));
    call(&server, Method::DELETE, &format!("/worlds/{id}"), None).await;
    assert_eq!(browser.get(&address).await.status, 404);
    assert!(!browser.get("/").await.text.contains(id), "nothing of it is left on the front page");
}

/// A world has one name: on the front page, for the controls and for the management API.
#[tokio::test]
async fn a_world_goes_by_one_name() {
    let server = TestApp::start().await;
    let browser = server.browser();
    let names = async || {
        let worlds = call(&server, Method::GET, "/worlds", None).await.expect(200);
        worlds["worlds"].as_array().unwrap().iter().map(|world| text(&world["name"])).collect::<Vec<_>>()
    };
    let told = names().await;
    assert!(told.len() == 3 && told.contains(&"Playground".to_owned()), "{told:?}");
    let path = format!("/environments/{SANDBOX}");
    let mut sandbox = server.manage(Method::GET, &path, None).await.expect(200);
    sandbox["name"] = json!("Renamed");
    server.manage(Method::PUT, &path, Some(&sandbox)).await.expect(200);
    let front = browser.get("/").await.text;
    for name in names().await {
        assert!(front.contains(&format!("\">{name}</a>")), "{name} {front}");
    }
}

/// What worlds were asked is told newest first, each with its method, path, status and reason, without a script and for it alone; of
/// nothing more than the last 50, and nothing that was secret.
#[tokio::test]
async fn requests_are_told_as_they_come() {
    let server = TestApp::start().await;
    let browser = server.browser();
    browser.get("/").await;
    let world = make(&server).await;
    let fields =
        [("grant_type", "authorization_code"), ("code", "a-code-of-nobody"), ("redirect_uri", "http://localhost/")];
    let refused = world.token(&fields).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    server.get(&server.at("jwks")).await.expect(200);
    for address in ["/".to_owned(), "/?part=log".to_owned()] {
        let page = browser.get(&address).await;
        let log = page.text.split("<li class=\"item\">").skip(1).collect::<Vec<_>>();
        assert_eq!(log.len(), 2, "{}", page.text);
        let first = ["<strong>GET</strong>", ">/as/jwks<", ">200<", "Grantor Dev"];
        assert!(first.iter().all(|part| log[0].contains(part)), "{}", log[0]);
        let second = ["<strong>POST</strong>", ">/as/token<", ">400<", "code_unknown", &*world.client().0];
        assert!(second.iter().all(|part| log[1].contains(part)), "{}", log[1]);
        assert!(!page.text.contains("a-code-of-nobody") && !log[1].contains(&world.client().1));
    }
    let own = browser.get(&format!("/worlds/{}?part=log", world.id())).await;
    assert!(own.text.contains("/as/token") && !own.text.contains("/as/jwks") && !own.text.contains("<html"));
    for _ in 0..60 {
        server.get(&world.at("jwks")).await.expect(200);
    }
    for address in ["/?part=log".to_owned(), format!("/worlds/{}?part=log", world.id())] {
        assert_eq!(browser.get(&address).await.text.matches("<li class=\"item\">").count(), 50, "{address}");
    }
}

/// The clock of a world is turned with a click, comes back to where it was turned, and is nobody else's.
#[tokio::test]
async fn a_clock_is_turned_by_a_form() {
    let server = TestApp::start().await;
    let browser = server.browser();
    let (world, other) = (make(&server).await, make(&server).await);
    let shown = |of: String| {
        let server = &server;
        async move {
            let clock = call(server, Method::GET, &format!("/worlds/{of}/clock"), None).await.expect(200);
            protocol::time::Time::parse(&text(&clock["now"])).unwrap().secs()
        }
    };
    let begun = shown(other.id().to_owned()).await;
    let path = format!("/worlds/{}/clock", world.id());
    for turn in ["hour", "day"] {
        let back = browser.submit(&path, &[("turn", turn)]).await.leads(303);
        assert_eq!(back, format!("/worlds/{}#clock", world.id()));
    }
    let ahead = shown(world.id().to_owned()).await - begun;
    assert!((90_000..90_100).contains(&ahead), "{ahead}");
    assert!(shown(other.id().to_owned()).await - begun < 100);
    let part = browser.get(&format!("/worlds/{}?part=clock", world.id())).await;
    assert!(part.text.contains("shows another time than this machine"), "{}", part.text);
    world.control(Method::PUT, "/clock", Some(&json!({ "frozen": true }))).await.expect(200);
    browser.submit(&path, &[("turn", "reset")]).await.leads(303);
    let clock = world.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!((&clock["frozen"], shown(world.id().to_owned()).await - begun < 100), (&json!(false), true));
    for (from, leads) in [("/", "/#clock"), ("https://evil.example/", &*format!("/worlds/{SANDBOX}#clock"))] {
        let fields = [("turn", "hour"), ("from", from)];
        assert_eq!(browser.submit(&format!("/worlds/{SANDBOX}/clock"), &fields).await.leads(303), leads);
    }
    assert_eq!(browser.submit(&path, &[("turn", "year")]).await.status, 400);
    let nowhere = "/worlds/11111111-1111-4111-8111-111111111111";
    assert_eq!(browser.get(nowhere).await.status, 404);
    assert_eq!(browser.submit(&format!("{nowhere}/clock"), &[("turn", "day")]).await.status, 404);
}

/// CJ: no page of another site makes worlds, turns clocks or reads a world's secrets, under whatever name it came here.
#[tokio::test]
async fn pages_of_other_sites_reach_nothing() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let own = format!("/worlds/{}", world.id());
    for (method, path) in [(Method::POST, "/worlds"), (Method::POST, &*format!("{own}/clock")), (Method::GET, &own)] {
        for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let request = server.request(method.clone(), path).header(name, value);
            let request = request.header("content-type", "application/x-www-form-urlencoded").body("turn=day");
            let answer = server.send(request).await;
            assert_eq!(answer.status, 403, "{method} {path} {name}: {}", answer.text);
            assert!(!answer.text.contains(&world.client().1));
        }
    }
    let listed = call(&server, Method::GET, "/worlds", None).await.expect(200);
    let made = listed["worlds"].as_array().unwrap().iter().filter(|one| one["id"] == world.told["id"]).count();
    assert_eq!(made, 1);
    let clock = world.control(Method::GET, "/clock", None).await.expect(200);
    let machine = call(&server, Method::GET, &format!("/worlds/{SANDBOX}/clock"), None).await.expect(200);
    assert_eq!(text(&clock["now"])[..10], text(&machine["now"])[..10]);
}

/// What was sent is read on the page of its world, escaped, the newest first.
#[tokio::test]
async fn the_outbox_is_read_on_the_page() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let send = |subject: &str| {
        let message = Message {
            means: Means::Email,
            to: "ada@example.com".into(),
            subject: Some(subject.into()),
            text: "<script>alert(1)</script>".into(),
            html: None,
            code: Some("123456".into()),
            links: Vec::new(),
        };
        let id = EnvironmentId::parse(world.id()).unwrap();
        server.app.controls.as_ref().unwrap().send(id, server.app.world.now(), message);
    };
    for number in 0..25 {
        send(&format!("Message {number:02}"));
    }
    let page = server.browser().get(&format!("/worlds/{}", world.id())).await;
    assert_eq!(page.text.matches("<div class=\"item letter\">").count(), 20);
    assert!(page.text.find("Message 24").unwrap() < page.text.find("Message 05").unwrap());
    assert!(!page.text.contains("Message 04") && !page.text.contains("<script>alert"));
    assert!(page.text.contains("ada@example.com") && page.text.contains(">123456<"));
    assert!(!server.browser().get("/").await.text.contains("Message 24"), "another world's");
}

/// Why a world refused something is read on the front page like what the seeded environments refused, by the machine's clock.
#[tokio::test]
async fn refusals_of_worlds_are_explained_on_the_front_page() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    world.control(Method::PUT, "/clock", Some(&json!({ "advance": 86_400 }))).await.expect(200);
    let fields = [("grant_type", "authorization_code"), ("code", "nothing"), ("redirect_uri", "http://localhost/")];
    let refused = world.token(&fields).await;
    server.app.audit.flush().await;
    for address in ["/", "/?part=refusals"] {
        let page = server.browser().get(address).await;
        assert!(page.text.contains(&format!("id=\"r-{}\"", refused.correlation())), "{address}: {}", page.text);
        assert!(page.text.contains("just now"), "{}", page.text);
    }
    call(&server, Method::DELETE, &format!("/worlds/{}", world.id()), None).await;
    assert!(!server.browser().get("/").await.text.contains(refused.correlation()));
}

/// A world that nobody named is called by the first part of its id where people sign on.
#[tokio::test]
async fn the_sign_on_page_names_a_world_shortly() {
    let server = TestApp::start().await;
    let world = make(&server).await;
    let query =
        format!("response_type=code&client_id={}&redirect_uri=http://localhost/&scope=openid", world.client().0);
    let browser = server.browser();
    let page = browser.follow(browser.get(&format!("{}?{query}", world.at("authorize"))).await).await;
    assert!(page.text.contains(&format!("World {} account", &world.id()[..8])), "{}", page.text);
}
