//! What one environment gave, at every endpoint of another whose client has the same id (attacks A18).

use engine::Ask;
use engine::bootstrap::dev;
use protocol::client::Client;
use protocol::grant::GrantType;
use protocol::id::{ApplicationId, CorrelationId, EnvironmentId};
use protocol::model::{ClientSecret, SecretPair};
use protocol::secret::Secret;
use reqwest::Method;
use serde_json::json;
use testkit::{Answer, Browser, TestApp, each_store};

use super::{authorize, exchange, parameters, sign_on};

/// TN-01, AC-06, RT-07: each is answered as one that nobody ever had, and stays good at home.
#[tokio::test]
async fn what_one_environment_gave_is_unknown_in_another() {
    each_store(|app| async move {
        let (browser, given) = Given::make(&app).await;
        twin(&app).await;
        for (artefact, nobodys) in [
            (&given.code, "A".repeat(43)),
            (&given.refresh, "A".repeat(128)),
            (&given.access, nobodys(&given.access)),
            (&given.identity, nobodys(&given.identity)),
            (&given.flow, "00000000-0000-4000-8000-000000000000".to_owned()),
            (&given.session, "A".repeat(43)),
            (&given.reference, "A".repeat(43)),
        ] {
            let (came, expected) = (everywhere(&app, artefact).await, everywhere(&app, &nobodys).await);
            // The management API is one for all environments: a live token of any is known there, and may do nothing.
            for (one, other) in came.iter().zip(&expected).filter(|(one, _)| one.endpoint != "management") {
                assert_eq!(one, other, "{artefact}");
            }
            // Nothing of it was a success, but for what says nothing: an inactive token, a revocation that found none.
            assert!(came.iter().all(Told::is_no_success), "{came:#?}");
        }
        // At home all of it is good, so nothing of it was used up, ended or told.
        let fields = [("redirect_uri", dev::REDIRECT_URI)];
        exchange(&app, &given.code, &fields).await.expect(200);
        let client = dev::SHARED_WEB_APPLICATION.to_string();
        let own = [("client_id", client.as_str()), ("client_secret", dev::SHARED_WEB_SECRET)];
        let active =
            app.form(&app.at("introspect"), &[&own[..], &[("token", &given.access)]].concat()).await.expect(200);
        assert_eq!(active["active"], true);
        app.send(app.request(Method::GET, &app.at("userinfo")).bearer_auth(&given.access)).await.expect(200);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", &*given.refresh)];
        app.form(&app.at("token"), &[&own[..], &refresh].concat()).await.expect(200);
        let hinted = authorize(&client, &[("prompt", "none"), ("id_token_hint", &given.identity)]);
        assert!(parameters(&browser.get(&hinted).await).contains_key("code"));
        let waiting = app.get(&format!("/{}/flows/{}", dev::ENVIRONMENT, given.flow)).await.expect(200);
        assert_eq!(waiting["status"], "USERNAME_PASSWORD_REQUIRED");
        let referred = browser.get(&authorize(&client, &[("request_uri", &format!("{URN}{}", given.reference))])).await;
        assert!(parameters(&referred).contains_key("code"));
    })
    .await;
}

/// CA-47: the same client id in two environments is two clients.
#[tokio::test]
async fn a_secret_is_one_environments() {
    each_store(|app| async move {
        twin(&app).await;
        let client = dev::SHARED_WEB_APPLICATION.to_string();
        for (environment, right, wrong) in [
            (dev::ENVIRONMENT, dev::SHARED_WEB_SECRET, TWIN_SECRET),
            (dev::ADMIN_ENVIRONMENT, TWIN_SECRET, dev::SHARED_WEB_SECRET),
        ] {
            for endpoint in ["token", "introspect", "revoke", "par"] {
                let ask = async |secret: &str| {
                    let fields = [
                        ("client_id", client.as_str()),
                        ("client_secret", secret),
                        ("token", "x"),
                        ("grant_type", "authorization_code"),
                        ("code", "x"),
                    ];
                    app.form(&format!("/{environment}/as/{endpoint}"), &fields).await
                };
                let refused = ask(wrong).await;
                assert_eq!((refused.status, refused.member("error")), (401, "invalid_client"), "{endpoint}");
                let known = ask(right).await;
                let good = ["invalid_grant", "invalid_request"];
                assert!(known.status == 200 || good.contains(&known.member("error")), "{endpoint} {}", known.text);
            }
        }
    })
    .await;
}

/// One of everything that the sandbox gives.
struct Given {
    code: String,
    refresh: String,
    access: String,
    identity: String,
    /// The id of a flow that waits.
    flow: String,
    /// The value of a session's cookie.
    session: String,
    /// To a pushed request.
    reference: String,
}

impl Given {
    async fn make(app: &TestApp) -> (Browser, Self) {
        let client = dev::SHARED_WEB_APPLICATION.to_string();
        let own = format!("/environments/{}/applications/{client}", dev::ENVIRONMENT);
        let mut application = app.manage(Method::GET, &own, None).await.expect(200);
        application["grantTypes"] = json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]);
        app.manage(Method::PUT, &own, Some(&application)).await.expect(200);
        let browser = app.browser();
        let asked = authorize(&client, &[("scope", "openid offline_access")]);
        let back = sign_on(&browser, &asked, dev::USERNAME).await;
        let tokens = exchange(app, &back["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await;
        let [access, refresh, identity] =
            ["access_token", "refresh_token", "id_token"].map(|name| tokens.member(name).to_owned());
        let code = parameters(&browser.get(&asked).await).remove("code").unwrap();
        let flow = app.get(&authorize(&client, &[("response_mode", "pi.flow")])).await;
        let flow = flow.member("id").to_owned();
        let session = browser.cookie("ST").unwrap();
        let pushed = [
            ("client_id", client.as_str()),
            ("client_secret", dev::SHARED_WEB_SECRET),
            ("response_type", "code"),
            ("redirect_uri", dev::REDIRECT_URI),
        ];
        let pushed = app.form(&app.at("par"), &pushed).await;
        let reference = pushed.member("request_uri").strip_prefix(URN).unwrap().to_owned();
        (browser, Self { code, refresh, access, identity, flow, session, reference })
    }
}

/// The same token with a signature that is nobody's.
fn nobodys(token: &str) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    format!("{signed}.{}", "A".repeat(342))
}

/// What an endpoint told, without its number and without what was asked.
#[derive(Debug, PartialEq)]
struct Told {
    endpoint: &'static str,
    status: u16,
    text: String,
    location: String,
    challenge: String,
}

impl Told {
    fn of(endpoint: &'static str, answer: &Answer, asked: &str) -> Self {
        let without = |text: &str| text.replace(answer.correlation(), "<number>").replace(asked, "<asked>");
        Self {
            endpoint,
            status: answer.status,
            text: without(&answer.text),
            location: without(answer.header("location")),
            challenge: without(answer.header("www-authenticate")),
        }
    }

    fn is_no_success(&self) -> bool {
        match self.endpoint {
            "introspect" => self.text == r#"{"active":false}"#,
            "revoke" => self.status == 200 && self.text.is_empty(),
            "hint" | "session" => self.location.contains("error="),
            // MG-08: neither a user's token nor anything else of another kind.
            "management" => matches!(self.status, 401 | 403),
            _ => self.status >= 400,
        }
    }
}

/// Sends an artefact to every endpoint of the other environment, in every place where one of its kind could stand.
async fn everywhere(app: &TestApp, artefact: &str) -> Vec<Told> {
    let there = |below: &str| format!("/{}{below}", dev::ADMIN_ENVIRONMENT);
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let own = [("client_id", client.as_str()), ("client_secret", TWIN_SECRET)];
    let form =
        async |endpoint: &str, fields: &[(&str, &str)]| app.form(&there(endpoint), &[&own[..], fields].concat()).await;
    let mut all = Vec::new();
    let mut tell = |endpoint, answer: Answer| all.push(Told::of(endpoint, &answer, artefact));

    let code = [("grant_type", "authorization_code"), ("code", artefact), ("redirect_uri", dev::REDIRECT_URI)];
    tell("code", form("/as/token", &code).await);
    tell("refresh", form("/as/token", &[("grant_type", "refresh_token"), ("refresh_token", artefact)]).await);
    tell("introspect", form("/as/introspect", &[("token", artefact)]).await);
    tell("revoke", form("/as/revoke", &[("token", artefact)]).await);
    tell("userinfo", app.send(app.request(Method::GET, &there("/as/userinfo")).bearer_auth(artefact)).await);
    let users = format!("/v1/environments/{}/users", dev::ADMIN_ENVIRONMENT);
    tell("management", app.send(app.request(Method::GET, &users).bearer_auth(artefact)).await);

    let asked = |more: &[(&str, &str)]| {
        authorize(&client, more).replace(&dev::ENVIRONMENT.to_string(), &dev::ADMIN_ENVIRONMENT.to_string())
    };
    tell("hint", app.get(&asked(&[("prompt", "none"), ("id_token_hint", artefact)])).await);
    tell("reference", app.get(&asked(&[("request_uri", &format!("{URN}{artefact}"))])).await);
    let cookies = ["ST", "ST-NO-SS", "FLOW"].map(|name| format!("{name}={artefact}")).join("; ");
    let silent = app.request(Method::GET, &asked(&[("prompt", "none")])).header("cookie", &cookies);
    tell("session", app.send(silent).await);
    tell("signoff", app.browser().submit(&there("/as/signoff"), &[("id_token_hint", artefact)]).await);

    for below in
        [format!("/flows/{artefact}"), format!("/as/resume?flowId={artefact}"), format!("/signon?flowId={artefact}")]
    {
        tell("flow", app.send(app.request(Method::GET, &there(&below)).header("cookie", &cookies)).await);
    }
    let credentials = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
    let check = app.request(Method::POST, &there(&format!("/flows/{artefact}")));
    let check = check.header("content-type", "application/vnd.pingidentity.usernamePassword.check+json");
    tell("flow", app.send(check.body(credentials.to_string())).await);
    all
}

/// The shared web application as the administrators' environment would import it: the same client id and addresses, and a
/// secret of its own.
async fn twin(app: &TestApp) {
    let ask = Ask { correlation: CorrelationId::new(uuid::Uuid::nil()), source: None };
    let (ctx, environment) = (app.app.ctx(&ask), EnvironmentId::new(dev::ADMIN_ENVIRONMENT));
    let (sandbox, shared) = (EnvironmentId::new(dev::ENVIRONMENT), ApplicationId::new(dev::SHARED_WEB_APPLICATION));
    let mut application = app.app.store.client_of(sandbox, shared).await.unwrap().unwrap().application;
    (application.id, application.environment) = (ApplicationId::new(ctx.uuid()), environment);
    application.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    let (keys, place) = ((app.app.pepper(), app.app.seal()), (environment, application.id));
    let current = Some(ClientSecret::new(&ctx, keys, place, &Secret::new(TWIN_SECRET.into())));
    let client = Client {
        application,
        secrets: SecretPair { current, previous: None },
        grants: Vec::new(),
        mappings: protocol::mapping::ApplicationMappings::default(),
    };
    app.furnish(client.creation()).await;
    app.app.forget(environment);
}

const URN: &str = "urn:ietf:params:oauth:request_uri:";
const TWIN_SECRET: &str = "another-secret-of-the-same-client-id-0123456789-0123456789";
