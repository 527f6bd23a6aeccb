//! The front page of `grantor dev` and "Try it".

use std::collections::BTreeMap;

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::json;
use testkit::TestApp;

#[tokio::test]
async fn the_front_page_shows_every_value_and_the_last_refusals() {
    let app = TestApp::start().await;
    let refused = app.form("/ms-auth-server/oauth2/token", &[("grant_type", "password")]).await;
    assert!(refused.status >= 400);
    app.app.audit.flush().await;
    let page = app.browser().get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    for (name, value) in dev::variables(&app.url(""), &app.url("")) {
        assert!(page.text.contains(&format!(">{name}<")), "{name} is not named");
        assert!(page.text.contains(&value), "{name} is not shown");
    }
    assert!(page.text.contains(refused.correlation()), "the last refusal is explained");
    for (client, secret) in dev::PLAYGROUND_CLIENTS {
        assert!(page.text.contains(client) && page.text.contains(secret.unwrap_or(client)), "{client}");
    }
    assert!(page.text.contains(&dev::PLAYGROUND.to_string()));
}

/// V5: refusals are told newest first, a few on each page, without a script; the script asks for them alone.
#[tokio::test]
async fn refusals_are_paged_and_begin_with_the_newest() {
    let app = TestApp::start().await;
    let mut refused = Vec::new();
    for _ in 0..20 {
        app.wait(61);
        let answer = app.form("/ms-auth-server/oauth2/token", &[("grant_type", "password")]).await;
        refused.push(format!("id=\"r-{}\"", answer.correlation()));
    }
    refused.reverse();
    app.app.audit.flush().await;
    let browser = app.browser();
    let mut address = "/".to_owned();
    let mut told = Vec::new();
    loop {
        let page = browser.get(&address).await;
        let here: Vec<String> = refused.iter().filter(|id| page.text.contains(&***id)).cloned().collect();
        assert!(here.len() <= 8, "{}", page.text);
        assert_eq!(page.text.matches("<details class=\"item refusal\"").count(), here.len());
        let looked_for = page.text.contains("data-live=\"/?part=refusals\"");
        assert_eq!(looked_for, told.is_empty(), "only the newest are looked for");
        told.extend(here);
        let Some(older) =
            page.text.split("href=\"").find(|rest| rest.contains(">Older</a>") && rest.starts_with("/?page="))
        else {
            break;
        };
        address = older.split('"').next().unwrap().replace("#refusals", "");
    }
    assert_eq!(told, refused);
    let part = browser.get("/?part=refusals").await;
    assert!(part.text.contains(&refused[0]) && !part.text.contains("<html"), "{}", part.text);
    assert!(part.text.contains("19 minutes ago") || part.text.contains("minutes ago"), "{}", part.text);
    let first = browser.get("/").await;
    assert!(first.header("content-security-policy").contains("connect-src 'self'; "));
    assert!(!browser.get("/try/callback").await.header("content-security-policy").contains("connect-src"));
    for odd in ["/?page=0", "/?page=-1", "/?page=x", "/?page=99999999999999999999"] {
        assert_eq!(browser.get(odd).await.status, 200, "{odd}");
    }
    assert!(browser.get("/?page=77").await.text.contains(&refused[19]));
}

/// V5: every address that an application registered is told, three at once, each on a line of its own and whole.
#[tokio::test]
async fn registered_addresses_are_told_line_by_line() {
    let app = TestApp::start().await;
    let path = format!("/environments/{}/applications/{}", dev::ENVIRONMENT, dev::SHARED_WEB_APPLICATION);
    let mut body = app.manage(Method::GET, &path, None).await.expect(200);
    let uris: Vec<String> = (0..20).map(|n| format!("https://app-{n:02}.example/a/rather/long/callback")).collect();
    body["redirectUris"] = json!(uris);
    app.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    let asked = format!(
        "/{}/as/authorize?client_id={}&response_type=code&redirect_uri=https://app-00.example/",
        dev::ENVIRONMENT,
        dev::SHARED_WEB_APPLICATION
    );
    let page = app.browser().get(&asked).await;
    app.app.audit.flush().await;
    // What is kept of it ends with a whole address.
    for (shown, told) in [(page, 20), (app.browser().get("/").await, 10)] {
        for uri in &uris[..told] {
            assert!(shown.text.contains(&format!("<li>{uri}</li>")), "{uri} {}", shown.text);
        }
        assert_eq!(shown.text.matches("<li>https://app-").count(), told, "{}", shown.text);
        assert!(shown.text.contains(&format!("<summary>{} more</summary>", told - 3)), "{}", shown.text);
    }
}

/// V5, V9: a redirect URI is all it takes. The snippets are filled in, and the application signs on at once.
#[tokio::test]
async fn an_application_is_connected_with_two_clicks() {
    let app = TestApp::start().await;
    for (kind, redirect, expected) in [
        ("server", "http://localhost:4000/callback", &["issuer-uri: ", "clientSecret: ", "curl "][..]),
        ("browser", "http://localhost:4000/", &["new UserManager(", "wellknown: ", "curl "]),
        ("server", "com.example.app:/callback", &["new UserManager(", "wellknown: ", "curl "]),
    ] {
        // Nobody is signed on yet.
        let browser = app.browser();
        let made = browser.submit("/connect", &[("redirect_uri", redirect), ("kind", kind)]).await;
        let address = made.leads(303);
        let page = browser.get(&address).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let id = address.rsplit('/').next().unwrap();
        for part in expected.iter().copied().chain([id, redirect, app.at("").trim_end_matches('/')]) {
            assert!(page.text.contains(part), "{part} {}", page.text);
        }
        assert_eq!(page.text.contains("client_secret"), expected[1].starts_with("clientSecret"), "{}", page.text);
        let begun = browser.get(&format!("/try?client_id={id}")).await;
        let sign_on = browser.follow(begun).await;
        assert!(sign_on.text.contains(&format!("value=\"{}\"", dev::PASSWORD)), "{}", sign_on.text);
        let answer = browser.sign_on(&sign_on, dev::USERNAME, dev::PASSWORD).await;
        let result = browser.follow(answer).await;
        assert!(result.text.contains("Jane Alexandra Doe signed on") && result.text.contains(id), "{}", result.text);
        let who = result.text.find(">sub<").unwrap();
        assert!(who < result.text.find(">aud<").unwrap() && who < result.text.find(">acr<").unwrap());
    }
}

/// V5: whatever a redirect URI may hold is text in each snippet: no command, no other form field, no key of YAML.
#[tokio::test]
async fn what_is_filled_in_is_quoted() {
    let app = TestApp::start().await;
    let odd = "http://localhost:4000/it's/$(exit)&scope=a%20b;exit:";
    let browser = app.browser();
    let snippets = |page: testkit::Answer| -> Vec<String> {
        let parts = page.text.split("<code id=\"snippet-").skip(1).map(|rest| rest.split("</code>").next().unwrap());
        let plain = |text: &str| {
            let marks = [("&#39;", "'"), ("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
            marks.iter().fold(text.to_owned(), |text, (mark, plain)| text.replace(mark, plain))
        };
        parts.map(|part| plain(part.split_once('>').unwrap().1)).collect()
    };
    let server = browser.submit("/connect", &[("redirect_uri", odd)]).await.leads(303);
    let [spring, _, curl] = snippets(browser.get(&server).await).try_into().unwrap();
    let line = format!("redirect-uri: '{}'\n", odd.replace('\'', "''"));
    assert!(spring.contains(&line), "{spring}");
    let public = browser.submit("/connect", &[("redirect_uri", odd), ("kind", "browser")]).await.leads(303);
    let [oidc_client, ping, public_curl] = snippets(browser.get(&public).await).try_into().unwrap();
    assert!(oidc_client.contains(&format!("redirect_uri: \"{odd}\",")), "{oidc_client}");
    assert!(ping.contains(&format!("redirectUri: \"{odd}\",")), "{ping}");
    for curl in [curl, public_curl] {
        let (_, command) = curl.split_once("# Then:\n").unwrap();
        let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{command}");
        let run = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let told = String::from_utf8(run.stdout).unwrap();
        let words: Vec<&str> = told.lines().collect();
        let encoded = format!("redirect_uri={odd}");
        assert!(words.windows(2).any(|pair| pair == ["--data-urlencode", &*encoded]), "{command}{told}");
        assert!(run.status.success() && run.stderr.is_empty() && words.last() == Some(&"code=CODE"), "{command}{told}");
    }
}

/// V9: a program registers with one call, and reads where its tokens are shown.
#[tokio::test]
async fn a_program_connects_with_one_call() {
    let app = TestApp::start().await;
    let made = app.form("/connect", &[("redirect_uri", "https://shop.example/cb")]).await.expect(201);
    assert_eq!(made["issuer"], format!("{}/{}/as", app.url(""), dev::ENVIRONMENT));
    assert!(made["client_secret"].as_str().unwrap().len() > 20, "{made}");
    assert_eq!(made["try_it"], format!("{}/try?client_id={}", app.url(""), made["client_id"].as_str().unwrap()));
    let path = format!("/environments/{}/applications/{}", dev::ENVIRONMENT, made["client_id"].as_str().unwrap());
    let application = app.manage(Method::GET, &path, None).await.expect(200);
    assert_eq!(application["redirectUris"][0], "https://shop.example/cb");
    assert_eq!(application["postLogoutRedirectUris"], json!(["https://shop.example", "https://shop.example/"]));
    let refused = app.form("/connect", &[("redirect_uri", "nowhere")]).await;
    assert_eq!(
        (refused.status, refused.body["details"][0]["target"].as_str()),
        (400, Some("redirectUris[0]")),
        "{}",
        refused.text
    );
    let kind = app.form("/connect", &[("redirect_uri", "https://shop.example/cb"), ("kind", "spa")]).await;
    assert_eq!((kind.status, kind.body["details"][0]["target"].as_str()), (400, Some("kind")), "{}", kind.text);
    let own = format!("{}{}", app.url(""), dev::TRY_CALLBACK);
    assert_eq!(app.form("/connect", &[("redirect_uri", &own)]).await.expect(201)["redirect_uri"], own);
    let again = app.browser().submit("/connect", &[("redirect_uri", "nowhere<b>"), ("kind", "browser")]).await;
    assert!(again.status == 400 && again.text.contains("id=\"redirect_uri-error\""), "{}", again.text);
    assert!(
        again.text.contains("value=\"nowhere&#60;b&#62;\"") && again.text.contains("value=\"browser\" checked"),
        "{}",
        again.text
    );
    for id in ["nothing", "%FF", "%00", "a%2Fb"] {
        let none = app.get(&format!("/connect/{id}")).await;
        assert_eq!((none.status, none.body["code"].as_str()), (404, Some("NOT_FOUND")), "{id} {}", none.text);
    }
}

/// FL-11: no page of another site registers anything here.
#[tokio::test]
async fn another_sites_page_connects_nothing() {
    let app = TestApp::start().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let form = app.request(Method::POST, "/connect").header("content-type", "application/x-www-form-urlencoded");
        let answer = app.send(form.header(name, value).body("redirect_uri=https%3A%2F%2Fevil.example%2F")).await;
        assert_eq!(answer.status, 403, "{name} {value} {}", answer.text);
    }
    // A name that its owner pointed at this machine: its page and this server are one site to the browser.
    for (name, value) in [("origin", "http://evil.example:8085"), ("sec-fetch-site", "same-origin")] {
        let form = app.request(Method::POST, "/connect").header("content-type", "application/x-www-form-urlencoded");
        let form = form.header("host", "evil.example:8085").header(name, value);
        let answer = app.send(form.body("redirect_uri=https%3A%2F%2Fevil.example%2F")).await;
        assert_eq!(answer.status, 403, "{name} {value} {}", answer.text);
    }
    for host in ["localhost:8085", "127.0.0.1:1", "[::1]:8085"] {
        let form = app.request(Method::POST, "/connect").header("content-type", "application/x-www-form-urlencoded");
        let form = form.header("host", host).header("origin", &format!("http://{host}"));
        let answer = app.send(form.body("redirect_uri=https%3A%2F%2Fshop.example%2F")).await;
        assert_eq!(answer.status, 201, "{host} {}", answer.text);
    }
    let path = format!("/environments/{}/applications", dev::ENVIRONMENT);
    let all = app.manage(Method::GET, &path, None).await;
    assert!(!all.text.contains("evil.example"), "{}", all.text);
}

/// C7: the documents that the front page leads to are pages whose links work, and the text itself for a program.
#[tokio::test]
async fn the_documents_are_pages_whose_links_work() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let front = browser.get("/").await;
    let section = front.text.split("id=\"docs-heading\"").nth(1).unwrap();
    let mut ahead: Vec<String> = hrefs(section).collect();
    assert!(ahead.iter().any(|link| link == "/README.md") && ahead.len() == 8, "{ahead:?}");
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut wanted = Vec::new();
    while let Some(link) = ahead.pop() {
        if seen.contains_key(&link) {
            continue;
        }
        let page = browser.get(&link).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{link}");
        assert!(!page.text.contains("](") || link.contains("attacks") || link.contains("clauses"), "{link}");
        let article = page.text.split("<article").nth(1).unwrap();
        for found in hrefs(article).filter(|found| !found.starts_with("http")) {
            let (path, anchor) = found.split_once('#').unwrap_or((&found, ""));
            let path = if path.is_empty() { &link } else { path };
            wanted.push((link.clone(), path.to_owned(), anchor.to_owned()));
            ahead.push(path.to_owned());
        }
        seen.insert(link, page.text);
    }
    for (from, path, anchor) in wanted {
        let there = anchor.is_empty() || seen[&path].contains(&format!("id=\"{anchor}\""));
        assert!(there, "{from} leads to {path}#{anchor}");
    }
    assert!(seen.len() > 30 && seen.contains_key("/docs/adr"), "{:?}", seen.keys());
    // Every document that another one links to came along.
    for path in seen.keys().filter(|path| is_markdown(path)) {
        let kept = std::fs::read_to_string(format!("{}/../..{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let program = app.get(path).await;
        assert_eq!((program.header("content-type"), &program.text), ("text/plain; charset=utf-8", &kept), "{path}");
        let folder = std::path::Path::new(path).parent().unwrap();
        for target in kept.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let file = format!("{}/../..{}/{target}", env!("CARGO_MANIFEST_DIR"), folder.display());
            let markdown = is_markdown(target) && !target.contains("://") && std::fs::exists(&file).unwrap();
            let name = target.rsplit('/').next().unwrap();
            assert!(
                !markdown || seen.keys().any(|known| known.ends_with(name)),
                "{path} links to {target}: add it to DOCUMENTS"
            );
        }
    }
}

fn is_markdown(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "md")
}

fn hrefs(html: &str) -> impl Iterator<Item = String> {
    html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
}

#[tokio::test]
async fn try_it_ends_with_both_tokens_decoded_and_verified() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let begun = browser.get("/try").await;
    let sign_on = browser.follow(begun).await;
    assert_eq!(sign_on.status, 200, "{}", sign_on.text);
    assert!(sign_on.text.contains("name=\"password\""));
    let answer = browser.sign_on(&sign_on, dev::USERNAME, dev::PASSWORD).await;
    let result = browser.follow(answer).await;
    assert_eq!(result.status, 200, "{}", result.text);
    for part in ["auth_time", "given_name", "RS256", "authorization_code", "Jane"] {
        assert!(result.text.contains(part), "{part} is not shown: {}", result.text);
    }
    let valid = web::page::Locale::default().text("try-signature-valid");
    assert_eq!(result.text.matches(&valid).count(), 2, "both signatures hold");
}

/// Two tabs that begin at the same time both come to their end.
#[tokio::test]
async fn try_it_runs_in_two_tabs() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let (first, second) = (browser.get("/try").await, browser.get("/try").await);
    let (first, second) = (browser.follow(first).await, browser.follow(second).await);
    for tab in [first, second] {
        let answer = browser.sign_on(&tab, dev::USERNAME, dev::PASSWORD).await;
        let result = browser.follow(answer).await;
        assert!(result.status == 200 && result.text.contains("given_name"), "{}", result.text);
    }
}

#[tokio::test]
async fn try_it_takes_no_code_that_this_browser_did_not_ask_for() {
    let app = TestApp::start().await;
    let victim = app.browser();
    victim.get("/try").await;
    let page = victim.get("/try/callback?state=other&code=x").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("id=\"error\""));
    app.app.audit.flush().await;
    let told = app.browser().get("/").await;
    assert!(told.text.contains(page.correlation()) && told.text.contains("the state that this browser began with"));
}
