//! What the authorization endpoint answers applications with, and how it travels there.

mod front;
mod registered;
mod signed;
mod unmet;

use jose::{Compact, Jwks, VerifyingKey};
use protocol::audit::Refusal;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use serde_json::Value;
use testkit::people::{CALLBACK, PASSWORD, SECRET};
use testkit::{Answer, Browser, ORIGIN, People, encode, parameters};

/// A browser at which `ann` is signed on.
async fn signed_on(people: &People) -> Browser {
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    browser
}

/// What is told by a form or by an address, in one way.
fn told(answer: &Answer) -> Vec<(String, String)> {
    if answer.status != 200 {
        return parameters(&answer.clone().leads(302)).into_iter().collect();
    }
    let mut fields = Vec::new();
    for input in answer.text.split("<input type=\"hidden\" name=\"").skip(1) {
        let name = input.split('"').next().unwrap();
        fields.push((name.to_owned(), answer.hidden(name)));
    }
    fields
}

/// The claims of a JWT that verifies under the environment's keys.
async fn verified(people: &People, token: &str) -> Value {
    let keys = Jwks::parse(people.server.get(&people.path("/as/jwks")).await.text.as_bytes()).unwrap();
    let compact = Compact::parse(token).unwrap();
    let key = VerifyingKey::from_jwk(keys.find(compact.kid(), compact.alg()).unwrap(), compact.alg()).unwrap();
    Value::Object(compact.verify(&key).unwrap().payload)
}

/// Why the request with this answer was refused.
async fn refusal(people: &People, answer: &Answer) -> Refusal {
    people.server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = people.server.app.store.explain(correlation).await.unwrap();
    told.remove(0).event.refusal.unwrap()
}

async fn reason(people: &People, answer: &Answer) -> Reason {
    refusal(people, answer).await.reason
}
