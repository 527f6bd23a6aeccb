//! Resource indicators (RFC 8707) and the metadata of protected resources (RFC 9728) over HTTP.

use engine::bootstrap::dev;
use serde_json::{Value, json};
use uuid::Uuid;

use testkit::{Answer, Request, SANDBOX, TestApp, claims, each_store, encode, shared};

pub(crate) use testkit::resource;

const ORDERS: &str = "https://orders.example/api";
const BILLS: &str = "https://bills.example";
/// Its audience is no address: nobody can name it.
const PLAIN: &str = "plain";

async fn furnish(server: &TestApp) {
    let mut changes = resource(server, 0xa1, ORDERS, &["orders.read", "orders.write", "orders.admin"]);
    changes.extend(resource(server, 0xa2, BILLS, &["bills.read", "bills.admin"]));
    changes.extend(resource(server, 0xa3, PLAIN, &["plain.read", "plain.admin"]));
    server.furnish(changes).await;
    let grants = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"] });
    server.change(dev::SHARED_WEB_APPLICATION, grants).await;
}

/// The authorization request with these fields and resources, as a browser makes it.
async fn authorize(server: &TestApp, scope: &str, resources: &[&str]) -> Answer {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let fields = [
        ("client_id", client.as_str()),
        ("redirect_uri", dev::REDIRECT_URI),
        ("response_type", "code"),
        ("scope", scope),
    ];
    server.get(&format!("{}?{}{}", server.at("authorize"), encode(&fields), named(resources))).await
}

/// The code of such a request.
async fn code(server: &TestApp, scope: &str, resources: &[&str]) -> String {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let mut fields = vec![("client_id", client.as_str()), ("scope", scope)];
    fields.extend(resources.iter().map(|resource| ("resource", *resource)));
    server.sign_on_with(&fields).await
}

async fn token(server: &TestApp, grant: &str, resources: &[&str]) -> Answer {
    server.encoded(&server.at("token"), &format!("{grant}&{}{}", shared(), named(resources))).await
}

async fn exchange(server: &TestApp, code: &str, resources: &[&str]) -> Answer {
    let grant = format!("grant_type=authorization_code&code={code}&redirect_uri={}", dev::REDIRECT_URI);
    token(server, &grant, resources).await
}

fn named(resources: &[&str]) -> String {
    let fields: Vec<_> = resources.iter().map(|resource| ("resource", *resource)).collect();
    format!("&{}", encode(&fields))
}

/// What an access token says that it is for.
#[track_caller]
fn reach(answer: &Answer) -> (Value, String) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let claims = claims(answer.member("access_token"));
    assert_eq!(claims["scope"], answer.body["scope"]);
    (claims["aud"].clone(), answer.text_of("scope"))
}

// TE-07, AC-16
#[tokio::test]
async fn several_resources_are_authorized_and_each_token_is_for_what_it_names() {
    each_store(|server| async move {
        furnish(&server).await;
        let scope = "openid offline_access orders.read orders.write bills.read";
        let both = code(&server, scope, &[ORDERS, BILLS]).await;
        let first = exchange(&server, &both, &["HTTPS://ORDERS.example:443/api"]).await;
        assert_eq!(reach(&first), (json!([ORDERS]), "openid offline_access orders.read orders.write".into()));
        assert_eq!(first.body["expires_in"], 600);
        // RFC 7662 §2.2
        let known = server.introspect(first.member("access_token")).await;
        assert_eq!((&known["aud"], &known["scope"]), (&json!([ORDERS]), &first.body["scope"]));
        let refresh =
            |answer: &Answer| format!("grant_type=refresh_token&refresh_token={}", answer.member("refresh_token"));
        let second = token(&server, &refresh(&first), &[BILLS, BILLS]).await;
        assert_eq!(reach(&second), (json!([BILLS]), "openid offline_access bills.read".into()));
        let third = token(&server, &refresh(&second), &[]).await;
        assert_eq!(reach(&third), (json!([ORDERS, BILLS]), scope.into()));
        // Nothing is used up by what is refused.
        for (more, resources, error) in [
            ("", &["https://other.example"][..], "invalid_target"),
            ("", &[ORDERS, "https://other.example"], "invalid_target"),
            ("", &[PLAIN], "invalid_target"),
            ("", &["https://orders.example/api#f"], "invalid_target"),
            ("", &["https://orders.example/api/"], "invalid_target"),
            ("&scope=bills.read", &[ORDERS], "invalid_target"),
            ("&scope=orders.admin", &[ORDERS], "invalid_scope"),
        ] {
            let refused = token(&server, &format!("{}{more}", refresh(&third)), resources).await;
            refused.is_refused(400, error);
        }
        let last = token(&server, &format!("{}&scope=orders.read", refresh(&third)), &[ORDERS]).await;
        assert_eq!(reach(&last), (json!([ORDERS]), "orders.read".into()));
    })
    .await;
}

// AC-16: and the code is not used up.
#[tokio::test]
async fn a_code_is_for_the_resources_that_were_authorized() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    for (scope, asked, refused, taken) in [
        ("openid orders.read", &[ORDERS][..], BILLS, &[ORDERS][..]),
        // Nothing was named: the scopes say which.
        ("openid orders.read", &[], BILLS, &[ORDERS]),
        ("openid", &[], BILLS, &[]),
    ] {
        let code = code(&server, scope, asked).await;
        exchange(&server, &code, &[refused]).await.is_refused(400, "invalid_target");
        let given = exchange(&server, &code, taken).await;
        assert_eq!(reach(&given).1, scope);
    }
}

#[tokio::test]
async fn an_authorization_request_names_resources_of_the_application() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    for (scope, resources, error) in [
        ("openid", &["https://other.example"][..], "invalid_target"),
        ("openid", &[ORDERS, "https://other.example"], "invalid_target"),
        ("openid", &[PLAIN], "invalid_target"),
        ("openid", &["/api"], "invalid_target"),
        ("openid", &["https://orders.example/api#f"], "invalid_target"),
        // RFC 8707 §2: a scope of none of them.
        ("openid bills.read", &[ORDERS], "invalid_target"),
        // PingOne: scopes of several resources come together where none is named, and the application has no leave.
        ("openid orders.read bills.read", &[], "invalid_scope"),
    ] {
        let address = authorize(&server, scope, resources).await.leads(302);
        assert_eq!(testkit::parameters(&address)["error"], error, "{scope} {resources:?}: {address}");
    }
    let begun = authorize(&server, "openid orders.read bills.read", &[ORDERS, BILLS]).await;
    assert!(begun.header("location").contains("flowId="), "{begun:?}");
}

#[tokio::test]
async fn an_applications_own_token_is_for_what_it_names() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    let own = |more: &'static str| format!("grant_type=client_credentials{more}");
    let given = token(&server, &own(""), &[ORDERS]).await;
    assert_eq!(reach(&given), (json!([ORDERS]), "orders.write orders.read".into()));
    let given = token(&server, &own("&scope=bills.read"), &[BILLS, ORDERS]).await;
    assert_eq!(reach(&given), (json!([BILLS, ORDERS]), "bills.read".into()));
    for (more, resources, error) in [
        ("", &["https://other.example"][..], "invalid_target"),
        ("", &[PLAIN], "invalid_target"),
        ("&scope=bills.read", &[ORDERS], "invalid_target"),
        ("&scope=orders.read%20bills.read", &[], "invalid_scope"),
    ] {
        token(&server, &own(more), resources).await.is_refused(400, error);
    }
}

async fn document(server: &TestApp, address: &str) -> Value {
    let path = address.strip_prefix("http://auth.test").unwrap_or(address);
    let answer = server.send(Request::get(path).header("x-forwarded-host", "evil.example")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(!answer.text.contains("evil"), "{}", answer.text);
    answer.expect(200)
}

/// The address in a challenge (RFC 9728 §5.1).
fn challenged(answer: &Answer) -> String {
    let challenge = answer.header("www-authenticate");
    let (_, rest) = challenge.split_once("resource_metadata=\"").unwrap_or_else(|| panic!("{challenge}"));
    rest.split('"').next().unwrap().to_owned()
}

// RFC 9728 §3.3: what is described is what was called. MD-01
#[tokio::test]
async fn our_own_resources_are_described_where_they_say() {
    let server = TestApp::inside().await;
    for (path, issuer) in [
        (server.at("userinfo"), format!("http://auth.test/{SANDBOX}/as")),
        ("/ms-auth-server/userinfo".to_owned(), "http://auth.test/ms-auth-server".to_owned()),
    ] {
        for token in [None, Some("forged")] {
            let request = Request::get(&path);
            let refused = server.send(token.into_iter().fold(request, Request::bearer_auth)).await;
            assert_eq!(refused.status, 401);
            let described = document(&server, &challenged(&refused)).await;
            assert_eq!(described["resource"], format!("http://auth.test{path}"));
            assert_eq!(described["authorization_servers"], json!([issuer]));
            assert_eq!(described["bearer_methods_supported"], json!(["header", "body"]));
            let known = document(&server, &format!("{issuer}/.well-known/openid-configuration")).await;
            for scope in described["scopes_supported"].as_array().unwrap() {
                assert!(known["scopes_supported"].as_array().unwrap().contains(scope), "{scope}");
            }
            // RFC 8707: and may be named so.
            let name = described["resource"].as_str().unwrap().to_owned();
            if path.contains("/as/") {
                let given = exchange(&server, &code(&server, "openid", &[&name]).await, &[]).await;
                assert_eq!(reach(&given).0, json!([name]));
                let read = server.get_with(&path, given.member("access_token")).await;
                assert_eq!(read.status, 200);
            }
        }
    }
    let refused = server.get(&format!("/v1/environments/{SANDBOX}/users")).await;
    assert_eq!(refused.status, 401);
    let address = challenged(&refused);
    let described = document(&server, &address).await;
    let name = described["resource"].as_str().unwrap();
    assert_eq!(address, format!("{name}/.well-known/oauth-protected-resource"));
    assert!(described.get("authorization_servers").is_none());
    assert!(described["scopes_supported"].as_array().unwrap().contains(&json!("p1:read:user")));
    let given = server
        .encoded_basic(
            &server.at_admin("token"),
            (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET),
            &format!("grant_type=client_credentials{}", named(&[name])),
        )
        .await;
    assert_eq!(reach_of(&given), json!([name]));
    let listed = server.get_with(&format!("/v1/environments/{SANDBOX}/users"), given.member("access_token")).await;
    assert_eq!(listed.status, 200);
}

fn reach_of(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    claims(answer.member("access_token"))["aud"].clone()
}

#[tokio::test]
async fn a_registered_resource_is_described_below_its_issuer() {
    let server = TestApp::inside().await;
    furnish(&server).await;
    let id = |number: u128| Uuid::from_u128(number << 8);
    let path = |number| server.at(&format!(".well-known/oauth-protected-resource/{}", id(number)));
    let described = document(&server, &path(0xa1)).await;
    assert_eq!(
        described,
        json!({
            "resource": ORDERS,
            "authorization_servers": [format!("http://auth.test/{SANDBOX}/as")],
            "scopes_supported": ["orders.read", "orders.write", "orders.admin"],
            "bearer_methods_supported": ["header"],
            "resource_name": format!("Resource {}", 0xa1),
        })
    );
    // TN-01; one without an address; the built-in ones; what is none.
    let elsewhere = server.at_admin(&format!(".well-known/oauth-protected-resource/{}", id(0xa1)));
    let built_in = server.manage(http::Method::GET, &format!("/environments/{SANDBOX}/resources"), None).await;
    let built_in = built_in.expect(200)["_embedded"]["resources"].as_array().unwrap().clone();
    let built_in = built_in.iter().filter(|r| r["type"] != "CUSTOM").map(|r| r["id"].as_str().unwrap().to_owned());
    let below = |id: &str| server.at(&format!(".well-known/oauth-protected-resource/{id}"));
    let mut absent = vec![elsewhere, path(0xa3), path(0xff), below("x"), below("..%2f")];
    absent.extend(built_in.map(|id| below(&id)));
    assert_eq!(absent.len(), 7);
    for path in absent {
        assert_eq!(server.get(&path).await.status, 404, "{path}");
    }
}
