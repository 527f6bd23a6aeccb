//! Proofs of possession over HTTP (RFC 9449; attacks A10), at every endpoint that takes one.

mod bound;
mod nonces;
mod once;
mod proofs;
mod registered;

use engine::bootstrap::dev;
use engine::site::Endpoint;
use jose::Alg;
use protocol::audit::Refusal;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::refusal::Reason;
use protocol::scope::Scope;
use serde_json::{Value, json};
use testkit::{Answer, FakeWorld, Holder, Request, SANDBOX, TestApp, basic, shared};

/// Where a proof is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// The administrators' worker asks for its own token: as often as it likes.
    Token,
    Userinfo,
    Management,
    /// The resource to try tokens on.
    Try,
}

const PLACES: [Place; 4] = [Place::Token, Place::Userinfo, Place::Management, Place::Try];

/// A server, somebody who holds a key, and tokens that are bound to it.
struct Scene {
    server: TestApp,
    holder: Holder,
    person: String,
    worker: String,
}

impl Scene {
    async fn inside() -> Self {
        Self::on(TestApp::build().strict().start().await).await
    }

    async fn on(server: TestApp) -> Self {
        let holder = Holder::new(Alg::Es256);
        let person = person(&server, &holder).await.text_of("access_token");
        let worker = holder.ask(&server, &server.at_admin("token"), "").await;
        assert_eq!(worker.status, 401, "nobody is proven by a proof alone");
        let mut scene = Self { server, holder, person, worker: String::new() };
        let worker = scene.show(Place::Token, &[&scene.good(Place::Token)]).await;
        scene.worker = worker.text_of("access_token");
        scene
    }

    /// The same on the database of another server, and without a socket: so that another process of it has the same addresses.
    async fn over(server: &TestApp, clock: FakeWorld) -> Self {
        Self::on(beside(server, clock).await).await
    }

    /// The claims of a good proof.
    fn claims(&self, place: Place) -> Value {
        self.holder.claims(&self.server, place.method(), &self.url(place), self.token(place))
    }

    fn good(&self, place: Place) -> String {
        self.holder.sign(&self.holder.header(), &self.claims(place))
    }

    /// What is told of the endpoint's address.
    fn url(&self, place: Place) -> String {
        let app = &self.server.app;
        match place {
            Place::Token => app.site(EnvironmentId::new(dev::ADMIN_ENVIRONMENT)).url(Endpoint::Token),
            Place::Userinfo => app.site(SANDBOX).url(Endpoint::Userinfo),
            Place::Try => format!("{}/dev/resource", app.config.public_url),
            Place::Management => format!("{}/v1/environments", app.config.api_url),
        }
    }

    fn token(&self, place: Place) -> Option<&str> {
        match place {
            Place::Token => None,
            Place::Userinfo | Place::Try => Some(&self.person),
            Place::Management => Some(&self.worker),
        }
    }

    /// A request that lacks nothing but its proof.
    fn request(&self, place: Place) -> Request {
        let path = match place {
            Place::Token => self.server.at_admin("token"),
            Place::Userinfo => self.server.at("userinfo"),
            Place::Try => "/dev/resource".to_owned(),
            Place::Management => "/v1/environments".to_owned(),
        };
        match self.token(place) {
            None => {
                let client = basic(dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
                Request::form(path).header("authorization", client).body("grant_type=client_credentials")
            }
            Some(token) => Request::get(path).header("authorization", format!("DPoP {token}")),
        }
    }

    /// Shows proofs, one a header.
    async fn show(&self, place: Place, proofs: &[&str]) -> Answer {
        let request = proofs.iter().fold(self.request(place), |request, proof| request.header("dpop", *proof));
        self.server.send(request).await
    }

    /// Shows a proof that does not hold: it is refused with this reason.
    async fn refuses(&self, place: Place, proofs: &[&str], reason: Reason) -> Refusal {
        let answer = self.show(place, proofs).await;
        self.is_refused(place, &answer, reason).await
    }

    async fn is_refused(&self, place: Place, answer: &Answer, reason: Reason) -> Refusal {
        let error = reason.row().oauth;
        match place {
            Place::Token => answer.is_refused(400, error),
            Place::Userinfo | Place::Try => answer.is_refused(401, error),
            Place::Management => {
                assert_eq!((answer.status, answer.member("code")), (401, "ACCESS_FAILED"), "{answer:?}");
            }
        }
        if place != Place::Token {
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("DPoP ") && challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
            assert!(challenge.contains("algs=\"RS256 "), "{challenge}");
        }
        let refused = refusal(&self.server, answer).await;
        assert_eq!(refused.reason, reason, "{place:?}: {refused:?}");
        refused
    }
}

impl Place {
    const fn method(self) -> &'static str {
        match self {
            Self::Token => "POST",
            Self::Userinfo | Self::Try | Self::Management => "GET",
        }
    }
}

/// Another process on the same database.
async fn beside(server: &TestApp, clock: FakeWorld) -> TestApp {
    TestApp::build().strict().clock(clock).over(server.base.store.clone()).again().start().await
}

/// What the owner of the environment is told.
async fn refusal(server: &TestApp, answer: &Answer) -> Refusal {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    assert_eq!(told.len(), 1, "{answer:?}");
    told.remove(0).event.refusal.unwrap()
}

/// The shared web application exchanges a code with a proof.
async fn person(server: &TestApp, holder: &Holder) -> Answer {
    let answer = holder.ask(server, &server.at("token"), &exchange(&code(server).await, &shared())).await;
    assert_eq!((answer.status, answer.member("token_type")), (200, "DPoP"), "{answer:?}");
    answer
}

async fn code(server: &TestApp) -> String {
    let scope = Scope::parse("openid profile offline_access").unwrap();
    server.code(|code| code.authorization.scope = scope).await
}

/// The body of an exchange by a client that proves itself in the body.
fn exchange(code: &str, client: &str) -> String {
    let (redirect, verifier) = (dev::REDIRECT_URI, testkit::VERIFIER);
    format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={verifier}&{client}")
}

fn refresh(token: &str, client: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}&{client}")
}

/// Makes the shared web application a public client, and says how it names itself.
async fn public(server: &TestApp) -> String {
    let members = json!({ "tokenEndpointAuthMethod": "NONE", "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
    format!("client_id={}", dev::SHARED_WEB_APPLICATION)
}
