//! Who is told that a session ended: attacks A15.

mod back;
mod front;
mod registered;
mod undelivered;

use engine::fetch::{Answer as Outside, Outbound};
use http::Method;
use protocol::audit::Action;
use serde_json::{Value, json};
use testkit::{Asked, Browser, People, TestApp};

/// People whose confidential application is told at [`TOLD`], which answers with `status`.
async fn told(status: u16) -> People {
    // As `serve` does: a developer's server calls this machine too.
    let people = People::on(TestApp::build().config(|config| config.outbound = Outbound::default())).await;
    people.change(json!({ "backchannelLogoutUri": TOLD, "backchannelLogoutSessionRequired": true })).await;
    people.server.world.outside.name("rp.example", &["93.184.216.34"]);
    answers(&people, status);
    people
}

fn answers(people: &People, status: u16) {
    people.server.world.outside.answer(TOLD, Ok(Outside { status, ..Outside::default() }));
}

/// Signs `ann` on; the tokens of the confidential application.
async fn sign_on(people: &People, browser: &Browser) -> Value {
    let flow = people.begin(browser, "").await;
    let done = people.sign_on(browser, &flow, "ann").await.expect(200);
    let resumed = browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(200);
    people.exchange(resumed["authorizeResponse"]["code"].as_str().unwrap()).await.expect(200)
}

async fn sign_off(people: &People, browser: &Browser, tokens: &Value) {
    let hint = tokens["id_token"].as_str().unwrap();
    let page = browser.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await;
    assert!(page.status == 200 && page.text.contains("id=\"logged-out\""), "{}", page.text);
}

/// What left the server since it was asked last.
async fn sent(people: &People, before: &mut usize) -> Vec<Asked> {
    engine::logout::tell_due(&people.server.app).await;
    let asked = people.server.world.outside.asked().split_off(*before);
    *before += asked.len();
    asked
}

/// The logout token of a notice.
fn token(asked: &Asked) -> &str {
    asked.body.strip_prefix("logout_token=").unwrap()
}

/// An administrator's call below the environment.
async fn manage(people: &People, method: Method, below: &str, body: Option<Value>) -> testkit::Answer {
    people.server.manage(method, &format!("/environments/{}{below}", people.env), body.as_ref()).await
}

/// What the activities say of notices: the note, and why it was not taken.
async fn recorded(people: &People) -> Vec<(String, Option<String>)> {
    let list = store::List { filter: None, after: None, limit: 100 };
    let rows = people.server.app.store.activities(people.env, &list).await.unwrap().rows;
    let of = rows.into_iter().map(|row| row.event).filter(|event| event.action == Action::LogoutTold);
    of.map(|event| (event.note.unwrap(), event.refusal.map(|refusal| refusal.came))).collect()
}

const TOLD: &str = "https://rp.example/logout";
