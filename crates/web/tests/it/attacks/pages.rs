//! What a browser could be led to, or could tell others (attacks A19).

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::json;
use testkit::{Answer, TestApp, each_store};

use super::{authorize, parameters, sign_on};

/// XS-03: an address to go back to comes from the registration, or from this server, and from nothing that was sent.
#[tokio::test]
async fn return_addresses_are_never_taken_from_a_request() {
    each_store(|app| async move {
        let client = dev::SHARED_WEB_APPLICATION.to_string();
        let browser = app.browser();
        sign_on(&browser, &authorize(&client, &[]), dev::USERNAME).await;
        for evil in ELSEWHERE {
            let encoded: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
            // Under every name that anybody's server ever took one from, signed on and not.
            let names = NAMES.map(|name| format!("{name}={encoded}")).join("&");
            let known = authorize(&client, &[("scope", "openid")]);
            let off = format!("{}?client_id={client}&post_logout_redirect_uri={encoded}", app.at("signoff"));
            for address in [
                format!("{known}&{names}"),
                format!("{known}&prompt=login&{names}"),
                format!("{}?{names}", app.at("resume")),
                format!("/{}/signon?{names}", dev::ENVIRONMENT),
                format!("{}&{names}", off.replace("post_logout_redirect_uri", "redirect")),
                off,
                format!("/try?{names}"),
                format!("/?{names}"),
            ] {
                for cookies in [true, false] {
                    let other = app.browser();
                    let asked = if cookies { &browser } else { &other };
                    let answer = asked.get(&address).await;
                    leads_nowhere(&app, &answer, evil, &address);
                    let page = asked.follow(answer).await;
                    leads_nowhere(&app, &page, evil, &address);
                }
            }
            let asked = authorize(&client, &[]).replace(
                &url::form_urlencoded::byte_serialize(dev::REDIRECT_URI.as_bytes()).collect::<String>(),
                &encoded,
            );
            assert_ne!(asked, authorize(&client, &[]));
            let answer = browser.get(&asked).await;
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{evil}");
            leads_nowhere(&app, &answer, evil, &asked);
        }
        // Nobody was signed off by it.
        let back = parameters(&browser.get(&authorize(&client, &[("prompt", "none")])).await);
        assert!(back.contains_key("code"), "{back:?}");
    })
    .await;
}

/// XS-03: nor can such an address be a path of this server, or be registered.
#[tokio::test]
async fn addresses_that_lead_elsewhere_cannot_be_registered() {
    each_store(|app| async move {
        for evil in ELSEWHERE {
            let request = format!("GET {evil} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host(&app));
            let answer = app.raw(request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{evil:?} {answer}");
            assert!(!answer.to_ascii_lowercase().contains("location:"), "{evil:?} {answer}");
        }
        let applications = format!("/environments/{}/applications", dev::ENVIRONMENT);
        for evil in ELSEWHERE {
            for (name, value) in [
                ("redirectUris", json!([evil])),
                ("postLogoutRedirectUris", json!([evil])),
                ("homePageUrl", json!(evil)),
                ("loginPageUrl", json!(evil)),
                ("initiateLoginUri", json!(evil)),
                ("targetLinkUri", json!(evil)),
            ] {
                let mut body = json!({
                    "name": "Elsewhere", "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
                    "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"],
                    "redirectUris": ["https://app.example/cb"], "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
                });
                body[name] = value;
                let made = app.manage(Method::POST, &applications, Some(&body)).await;
                assert_eq!(made.status, 400, "{name} {evil:?} {}", made.text);
                let target = made.body["details"][0]["target"].as_str().unwrap_or_default();
                assert!(target.starts_with(name), "{name} {evil:?} {}", made.text);
            }
        }
    })
    .await;
}

/// XS-06, XS-07: no page tells another site where its visitor was, and none shares its windows but those that an application
/// opens as a popup (C3), which hold nothing that a script could read.
#[tokio::test]
async fn pages_send_no_referrer_and_keep_their_windows_apart() {
    each_store(|app| async move {
        for (name, answer) in pages(&app).await {
            assert_eq!(answer.headers.get_all("referrer-policy").iter().count(), 1, "{name}");
            // F16: where it holds a form, this server alone is told where that comes from.
            let told = if answer.text.contains("name=\"csrf\"") { "same-origin" } else { "no-referrer" };
            assert_eq!(answer.header("referrer-policy"), told, "{name}");
            let own = ["unknown", "front", "try"].contains(&name);
            assert_eq!(answer.headers.get_all("cross-origin-opener-policy").iter().count(), usize::from(own), "{name}");
            assert_eq!(answer.header("cross-origin-opener-policy"), if own { "same-origin" } else { "" }, "{name}");
            // Nothing of the page takes the header back, and no window that it opens can reach it.
            let html = answer.text.to_ascii_lowercase();
            for taking_back in ["referrerpolicy=", "name=\"referrer\"", "rel=\"opener\"", "window.open"] {
                assert!(!html.contains(taking_back), "{name} {taking_back}");
            }
            for link in html.split("<a ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
                assert!(!link.contains("target=") || link.contains("noopener"), "{name} {link}");
            }
            // What the page loads by itself is this server's own.
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'"), "{name} {policy}");
            for directive in policy.split(';').map(str::trim) {
                assert!(!directive.contains("http") && !directive.contains('*'), "{name} {directive}");
            }
        }
    })
    .await;
}

/// CO-05: a public page may not be let at a server in a private network (WICG Private Network Access §3.3), neither by
/// the question's first name nor by the later one, nor from a registered origin.
#[tokio::test]
async fn private_network_preflights_are_not_granted() {
    each_store(|app| async move {
        let flow = app.get(&authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[("response_mode", "pi.flow")])).await;
        let flow = flow.body["_links"]["self"]["href"].as_str().unwrap().to_owned();
        let flow = flow.strip_prefix(&app.url("")).unwrap();
        let well_known = app.at(".well-known/openid-configuration");
        let mut registered = 0;
        for path in [
            &*app.at("token"),
            &app.at("revoke"),
            &app.at("userinfo"),
            &app.at("jwks"),
            &app.at("introspect"),
            &well_known,
            flow,
        ] {
            for origin in ["http://localhost:3000", "https://evil.example", "null"] {
                for (asks, grants) in [
                    ("access-control-request-private-network", "access-control-allow-private-network"),
                    ("access-control-request-local-network", "access-control-allow-local-network"),
                ] {
                    for method in [Method::OPTIONS, Method::POST, Method::GET] {
                        let preflight = app.request(method, path).header("origin", origin).header(asks, "true");
                        let answer = app.send(preflight.header("access-control-request-method", "POST")).await;
                        assert!(!answer.headers.contains_key(grants), "{path} {origin}");
                        let names = answer.header("access-control-allow-headers").to_ascii_lowercase();
                        assert!(!names.contains("network"), "{path} {names}");
                        registered += usize::from(answer.header("access-control-allow-origin") == origin);
                    }
                }
            }
        }
        assert!(registered > 0, "an origin that may ask for everything else was among them");
    })
    .await;
}

/// One answer of each kind that a browser shows or follows.
async fn pages(app: &TestApp) -> Vec<(&'static str, Answer)> {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let browser = app.browser();
    let to_sign_on = browser.get(&authorize(&client, &[("scope", "openid")])).await;
    let sign_on = browser.follow(to_sign_on.clone()).await;
    let refused = browser.sign_on(&sign_on, dev::USERNAME, "wrong").await;
    let signed_on = browser.sign_on(&sign_on, dev::USERNAME, dev::PASSWORD).await;
    let back = browser.follow(signed_on.clone()).await;
    assert!(back.header("location").starts_with(dev::REDIRECT_URI), "{}", back.text);
    let posted = browser.get(&authorize(&client, &[("response_mode", "form_post")])).await;
    let error = browser.get(&authorize("nobody", &[])).await;
    let asked = browser.get(&app.at("signoff")).await;
    assert!(refused.text.contains("role=\"alert\"") && asked.text.contains("<form"), "{}", asked.text);
    let expired = browser.get(&format!("/{}/signon?flowId={}", dev::ENVIRONMENT, uuid::Uuid::nil())).await;
    let signed_out = app.browser().get(&app.at("signoff")).await;
    let unknown = browser.get("/nothing/here").await;
    let front = browser.get("/").await;
    let begun = browser.get("/try").await;
    vec![
        ("to the sign-on", to_sign_on),
        ("sign-on", sign_on),
        ("sign-on refused", refused),
        ("signed on", signed_on),
        ("back to the application", back),
        ("posted to the application", posted),
        ("error", error),
        ("sign-off", asked),
        ("expired", expired),
        ("signed out", signed_out),
        ("unknown", unknown),
        ("front", front),
        ("try", begun),
    ]
}

/// Neither the redirect nor a link, a form or a refresh of the page names the other place.
#[track_caller]
fn leads_nowhere(app: &TestApp, answer: &Answer, evil: &str, address: &str) {
    assert!(answer.status < 500, "{address} {}", answer.text);
    let location = answer.header("location");
    let own = location.is_empty() || location.starts_with(&app.url("/")) || location.starts_with('/');
    let own = own && !location.starts_with("//") && !location.starts_with("/\\");
    assert!(own || location.starts_with(dev::REDIRECT_URI), "{evil:?} {address} leads to {location}");
    assert!(answer.headers.get("refresh").is_none(), "{address}");
    for attribute in ["href", "action", "src", "content"] {
        for value in answer.text.split(&format!("{attribute}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(!value.contains("evil"), "{attribute} {value} {address}");
        }
    }
    // The policy must not name the place either.
    assert!(!answer.header("content-security-policy").contains("evil"), "{address}");
}

fn host(app: &TestApp) -> String {
    app.url("").trim_start_matches("http://").to_owned()
}

/// What browsers read as another site, and servers as a path.
const ELSEWHERE: [&str; 8] = [
    "//evil.example/a",
    "/\\evil.example/a",
    "/%09/evil.example/a",
    "/%5Cevil.example/a",
    "https:evil.example",
    "\\\\evil.example",
    "///evil.example",
    "javascript:alert('evil')",
];
const NAMES: [&str; 14] = [
    "goto",
    "return",
    "returnTo",
    "returnUrl",
    "ReturnUrl",
    "return_to",
    "next",
    "continue",
    "redirect",
    "redirect_url",
    "resumeUrl",
    "target_link_uri",
    "post_logout_redirect_url",
    "RelayState",
];
