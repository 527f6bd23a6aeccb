//! FAPI 2.0 over HTTP: what an environment of the profile demands, and what an application demands of itself (ADR 0036).

mod discovery;
mod lint;
mod refused;
mod whole;

use engine::rotation::{Line, rotate};
use jose::{Alg, SigningKey, Typ};
use protocol::audit::Refusal;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::people::{CALLBACK, PASSWORD};
use testkit::{Answer, CHALLENGE, Database, Holder, People, Request, TestApp, VERIFIER, encode, parameters};

use crate::token::assertions::set;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who demands the profile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    /// The application's own settings, in an environment that demands nothing.
    Application,
    Environment,
}

const BOTH: [By; 2] = [By::Application, By::Environment];

/// A server, and an application that does all that the profile demands.
struct Scene {
    people: People,
    key: SigningKey,
    holder: Holder,
    made: std::sync::atomic::AtomicU64,
}

impl Scene {
    async fn by(by: By) -> Self {
        Self::on(by, Database::chosen()).await
    }

    async fn on(by: By, database: Database) -> Self {
        let people = People::on(TestApp::build().strict().database(database)).await;
        let (key, holder) = (SigningKey::generate(Alg::Es256).unwrap(), Holder::new(Alg::Es256));
        let mut members = json!({
            "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": set(&[&key]),
            "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
        });
        if by == By::Application {
            members["parRequirement"] = json!("REQUIRED");
            members["dpopBoundAccessTokens"] = json!(true);
        }
        people.change(members).await;
        let scene = Self { people, key, holder, made: std::sync::atomic::AtomicU64::new(0) };
        if by == By::Environment {
            rotate(&scene.people.server.app, scene.people.env, Line::Own(Some(Alg::Ps256)), true).await.unwrap();
            scene.profile("FAPI").await.expect(200);
        }
        scene
    }

    /// An administrator gives the environment a profile.
    async fn profile(&self, profile: &str) -> Answer {
        let path = format!("/environments/{}", self.people.env);
        let mut environment = self.people.server.manage(Method::GET, &path, None).await.expect(200);
        environment["securityProfile"] = json!(profile);
        self.people.server.manage(Method::PUT, &path, Some(&environment)).await
    }

    fn issuer(&self) -> String {
        self.people.server.app.site(self.people.env).issuer
    }

    /// The claims of a good assertion.
    fn claims(&self) -> Value {
        let (client, now) = (&self.people.client, self.people.server.now().secs());
        let number = self.made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        json!({ "iss": client, "sub": client, "aud": self.issuer(), "exp": now + 60, "iat": now, "nbf": now, "jti": format!("a{number}") })
    }

    fn assertion(&self) -> String {
        self.sign(&self.claims())
    }

    fn sign(&self, claims: &Value) -> String {
        self.key.sign(Some(Typ::ClientAuthenticationJwt), claims.to_string().as_bytes()).unwrap()
    }

    /// Pushes a good request with these parameters instead; `-` leaves one out.
    async fn push(&self, more: &[(&str, &str)]) -> Answer {
        let assertion = self.assertion();
        let good = [
            ("client_id", self.people.client.as_str()),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &assertion),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let good = good.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let fields: Vec<_> = good.chain(more.iter().copied()).filter(|(_, value)| *value != "-").collect();
        self.people.server.form(&self.people.path("/as/par"), &fields).await
    }

    /// The response to a good request with these parameters beside, once the person signed on.
    async fn response(&self, more: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
        let pushed = self.push(more).await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        let query = encode(&[("client_id", &self.people.client), ("request_uri", pushed.member("request_uri"))]);
        let browser = self.people.browser();
        let page = browser.get(&self.people.path(&format!("/as/authorize?{query}"))).await;
        let page = browser.follow(page).await;
        let ended = browser.sign_on(&page, "ann", PASSWORD).await;
        let leads = browser.follow(ended).await.leads(302);
        assert!(leads.starts_with(CALLBACK), "{leads}");
        parameters(&leads)
    }

    /// Asks the token endpoint, by an assertion, with a proof where there is a holder.
    async fn token(&self, holder: Option<&Holder>, fields: &[(&str, &str)]) -> Answer {
        let assertion = self.assertion();
        let proof = [("client_assertion_type", ASSERTION), ("client_assertion", &assertion)];
        let body = encode(&[&proof[..], fields].concat());
        let path = self.people.path("/as/token");
        match holder {
            Some(holder) => holder.ask(&self.people.server, &path, &body).await,
            None => self.people.server.send(Request::form(&path).body(&body)).await,
        }
    }

    async fn exchange(&self, holder: Option<&Holder>, code: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(holder, &fields).await
    }

    /// Why the owner is told that a request was refused.
    async fn refusal(&self, answer: &Answer) -> Refusal {
        let app = &self.people.server.app;
        app.audit.flush().await;
        let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
        app.store.explain(correlation).await.unwrap().remove(0).event.refusal.unwrap()
    }

    /// Refused with this error and for this reason, and the owner is told who demands it.
    async fn refuses(&self, answer: &Answer, error: &str, reason: Reason) -> Refusal {
        answer.is_refused(if error == "invalid_client" { 401 } else { 400 }, error);
        let refusal = self.refusal(answer).await;
        assert_eq!(refusal.reason, reason, "{refusal:?}");
        refusal
    }
}
