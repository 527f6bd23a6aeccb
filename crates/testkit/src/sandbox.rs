//! What clients, people and administrators of the worlds of `grantor dev` do.

use engine::bootstrap::dev;
use http::Method;
use protocol::authorization::Authorization;
use protocol::change::{Change, Code, Guard};
use protocol::claims::AskedClaims;
use protocol::confirmation::Confirmation;
use protocol::details::Details;
use protocol::id::{ApplicationId, EnvironmentId, FamilyId, SessionId, UserId};
use protocol::model::{Session, User};
use protocol::pkce::Challenge;
use protocol::scope::Scope;
use protocol::secret::{Artefact, TokenHash};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::app::TestApp;

// RFC 7636 App. B
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The sandbox of `grantor dev`.
pub const SANDBOX: EnvironmentId = EnvironmentId::new(dev::ENVIRONMENT);

/// The credentials of the shared web application, in the body.
pub fn shared() -> String {
    format!("client_id={}&client_secret={}", dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET)
}

impl TestApp {
    /// The path of an endpoint of the sandbox.
    pub fn at(&self, endpoint: &str) -> String {
        format!("/{SANDBOX}/as/{endpoint}")
    }

    /// The path of an endpoint of the administrators' environment.
    pub fn at_admin(&self, endpoint: &str) -> String {
        format!("/{}/as/{endpoint}", dev::ADMIN_ENVIRONMENT)
    }

    /// A token of the administrators' worker.
    pub async fn worker_token(&self) -> String {
        let client = (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
        let answer = self.encoded_basic(&self.at_admin("token"), client, "grant_type=client_credentials").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text_of("access_token")
    }

    /// Signs the seeded user on for the shared web application, through the flow API; hands out the code.
    pub async fn sign_on(&self) -> String {
        self.sign_on_with(&[("client_id", &dev::SHARED_WEB_APPLICATION.to_string()), ("scope", "openid")]).await
    }

    /// The same with parameters of the test's own.
    pub async fn sign_on_with(&self, parameters: &[(&str, &str)]) -> String {
        let mut fields =
            vec![("response_type", "code"), ("response_mode", "pi.flow"), ("redirect_uri", dev::REDIRECT_URI)];
        fields.extend_from_slice(parameters);
        let flow = self.form(&self.at("authorize"), &fields).await;
        assert_eq!(flow.status, 200, "{}", flow.text);
        let browser = self.browser();
        let check = flow.body["_links"]["usernamePassword.check"]["href"].as_str().unwrap();
        let credentials = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
        let checked = browser.act(check, "usernamePassword.check", &credentials).await;
        assert_eq!(checked.body["status"], "COMPLETED", "{}", checked.text);
        let resumed = browser.read(checked.member("resumeUrl")).await;
        let code = resumed.body["authorizeResponse"]["code"].as_str();
        assert!(code.is_some(), "{}", resumed.text);
        code.unwrap_or_default().to_owned()
    }

    /// A code as the authorization endpoint would give it to the shared web application, spoiled by `change`: a test
    /// asks for codes that no sign-on gives, and for many.
    pub async fn code(&self, change: impl FnOnce(&mut Code)) -> String {
        let ctx = self.ctx();
        let session = self.session(SessionId::new(ctx.uuid()));
        let text = ctx.token::<32>();
        let mut code = Code {
            beside: None,
            environment: SANDBOX,
            hash: TokenHash::of(Artefact::AuthorizationCode, text.expose()),
            family: FamilyId::new(ctx.uuid()),
            authorization: self.authorization(&session),
            redirect_uri: Some(dev::REDIRECT_URI.into()),
            redirect_uri_sent: true,
            challenge: Challenge::read(CHALLENGE, Some("S256")).ok(),
            nonce: Some("n-1".into()),
            issued_at: ctx.now,
            expires_at: ctx.now.plus(60),
            consumed_at: None,
        };
        change(&mut code);
        self.furnish(vec![Change::CreateSession(session), Change::IssueCode(Box::new(code))]).await;
        text.expose().to_owned()
    }

    fn session(&self, id: SessionId) -> Session {
        let now = self.now();
        Session {
            id,
            environment: SANDBOX,
            user: UserId::new(dev::USER),
            token: TokenHash::of(Artefact::Session, &id.to_string()),
            auth_time: now,
            acr: "Single_Factor".into(),
            amr: vec!["pwd".into()],
            created_at: now,
            expires_at: now.plus(1_000_000),
            ended_at: None,
        }
    }

    fn authorization(&self, session: &Session) -> Authorization {
        Authorization {
            application: ApplicationId::new(dev::SHARED_WEB_APPLICATION),
            issuer: self.app.site(SANDBOX).issuer,
            user: session.user,
            session: session.id,
            auth_time: session.auth_time,
            acr: session.acr.clone(),
            amr: session.amr.clone(),
            scope: Scope::parse("openid profile").unwrap(),
            resource: Vec::new(),
            claims: AskedClaims::default(),
            details: Details::default(),
            confirmation: Confirmation::None,
            instance: None,
        }
    }

    /// The shared web application exchanges a code of [`TestApp::code`].
    pub async fn exchange(&self, code: &str) -> Answer {
        let redirect = dev::REDIRECT_URI;
        let body =
            format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}");
        self.encoded(&self.at("token"), &format!("{body}&{}", shared())).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        let body = format!("grant_type=refresh_token&refresh_token={token}&{}", shared());
        self.encoded(&self.at("token"), &body).await
    }

    /// What the shared web application learns of a token.
    pub async fn introspect(&self, token: &str) -> Value {
        let answer = self.encoded(&self.at("introspect"), &format!("token={token}&{}", shared())).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// An administrator changes members of an application of the sandbox, such as `{ "enabled": false }`.
    pub async fn change(&self, application: Uuid, members: Value) {
        self.change_in(SANDBOX, &application.to_string(), members).await;
    }

    pub(crate) async fn change_in(&self, environment: EnvironmentId, application: &str, members: Value) {
        let path = format!("/environments/{environment}/applications/{application}");
        let mut body = self.manage(Method::GET, &path, None).await.expect(200);
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    }

    /// Switches the seeded user on or off, and nothing else: the management API ends the sessions as well, and then a
    /// refusal would not tell whether the switch is looked at.
    pub async fn switch_user(&self, enabled: bool) {
        let user = self.base.store.user(SANDBOX, UserId::new(dev::USER)).await.unwrap().unwrap();
        self.furnish(vec![Change::put(User { enabled, ..user }, Guard::Version)]).await;
    }
}
