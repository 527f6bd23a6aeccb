//! A client that registered itself, and of which people are asked: what they allow, remember and have withdrawn.

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use testkit::{CHALLENGE, Request, SANDBOX, VERIFIER, encode, parameters};
use tokio::time::sleep;

use crate::actors::sign_on::Visit;
use crate::cluster::Reply;
use crate::dice::Dice;
use crate::fixture::STRANGERS;
use crate::ledger::Stamp;
use crate::link::LATEST;
use crate::scene::{Scene, Told};

/// One person after the other comes to the client until they stop coming.
pub(crate) async fn visits(scene: Rc<Scene>, dice: Dice) {
    while scene.open.get() {
        scene.rest(&dice).await;
        let person = dice.below(scene.fixture.people.len());
        if let Some((code, known)) = visit(&scene, &dice, person).await {
            live_on(&scene, &dice, person, (code, known)).await;
        }
    }
}

/// The code that the client gets, and since when it has it.
async fn visit(scene: &Scene, dice: &Dice, person: usize) -> Option<(String, Stamp)> {
    let will = &scene.ledger.wills[person];
    let mut visit = Visit::new(scene, dice);
    let fields = [
        ("response_type", "code"),
        ("scope", "openid"),
        ("redirect_uri", STRANGERS),
        ("client_id", scene.fixture.stranger.as_str()),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let begun = visit.begin(&fields).await?;
    let flow = parameters(begun.header("location")).get("flowId")?.clone();
    let address = format!("/{SANDBOX}/flows/{flow}");
    let from = scene.ledger.stamp();
    let (checked, _) = visit.show_password(&address, person).await?;
    let mut known = scene.ledger.stamp();
    let mut resume = checked.body["resumeUrl"].as_str().map(str::to_owned);
    if checked.body["status"] == "CONSENT_REQUIRED" {
        if will.stands(from) {
            scene.ledger.find(format!("person {person} was asked again for what they allowed"));
        }
        let accept = dice.below(6) > 0;
        scene.rest(dice).await;
        let answered = answer(&mut visit, &address, accept).await?;
        known = scene.ledger.stamp();
        if !accept {
            return None;
        }
        will.allowed(known);
        resume = Some(answered);
    }
    // Whoever withdraws it now is before the client.
    scene.rest(dice).await;
    let resume = resume?;
    for _ in 0..3 {
        scene.resumes(person);
        let from = scene.ledger.stamp();
        match visit.send("resume to the stranger", Request::get(&resume)).await {
            Told::Yes(answer, by) => {
                let code = parameters(answer.header("location")).get("code").cloned()?;
                scene.record(&answer, "AUTHORIZATION_CODE.CREATED", by, true, true);
                if will.ended(known, from) {
                    scene.ledger.find(format!("a code of person {person}, who had withdrawn their consent"));
                }
                return Some((code, scene.ledger.stamp()));
            }
            Told::No => return None,
            Told::Perhaps | Told::Never => scene.breathe(dice).await,
        }
    }
    None
}

/// Says yes or no, and once more where nobody tells; the address at which the flow goes on.
async fn answer(visit: &mut Visit<'_>, address: &str, accept: bool) -> Option<String> {
    let media = "application/vnd.pingidentity.user.consent+json";
    let body = json!({ "accept": accept }).to_string();
    match visit
        .send("answer what the stranger asks", Request::post(address).header("content-type", media).body(&body))
        .await
    {
        Told::Yes(answer, _) => Some(answer.body["resumeUrl"].as_str().unwrap_or_default().to_owned()),
        // It may have happened: whoever looks sees. Where it did not, it may yet.
        Told::Perhaps => {
            if let Told::Yes(seen, _) = visit.send("look at the flow", Request::get(address)).await
                && seen.body["status"] == "COMPLETED"
            {
                return Some(seen.body["resumeUrl"].as_str().unwrap_or_default().to_owned());
            }
            sleep(Duration::from_millis(LATEST + 4000)).await;
            None
        }
        Told::No | Told::Never => None,
    }
}

/// Exchanges the code and refreshes, now and then.
async fn live_on(scene: &Scene, dice: &Dice, person: usize, (code, known): (String, Stamp)) {
    let client = scene.fixture.stranger.as_str();
    scene.rest(dice).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", client),
        ("redirect_uri", STRANGERS),
        ("code_verifier", VERIFIER),
    ];
    let Some(mut refresh) = take(scene, dice, person, known, &fields).await else { return };
    for _ in 0..dice.below(4) {
        scene.rest(dice).await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", client)];
        let Some(next) = take(scene, dice, person, known, &fields).await else { return };
        refresh = next;
    }
}

/// The refresh token of an answer. What the client has stands on a consent that was there at `known`.
async fn take(scene: &Scene, dice: &Dice, person: usize, known: Stamp, fields: &[(&str, &str)]) -> Option<String> {
    let request = Request::form(format!("/{SANDBOX}/as/token")).body(encode(fields));
    let from = scene.ledger.stamp();
    let reply = scene.send(dice.below(2), "tokens for the stranger", request).await;
    let Reply::Answered(answer, by) = reply else { return None };
    if answer.status != 200 {
        return None;
    }
    scene.record(&answer, "ACCESS_TOKEN.CREATED", by, true, true);
    if scene.ledger.wills[person].ended(known, from) {
        scene.ledger.find(format!("tokens of person {person}, who had withdrawn their consent"));
    }
    Some(answer.text_of("refresh_token"))
}
