//! Administrators switch people off and on, end sessions, give applications other secrets, and make and delete users.

use std::rc::Rc;
use std::time::Duration;

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Request, basic};
use tokio::time::sleep;

use crate::actors::client::redeem;
use crate::actors::prober::try_the_service;
use crate::actors::sign_on::{managed, sign_on};
use crate::books;
use crate::cluster::Reply;
use crate::dice::Dice;
use crate::fixture::{at, password};
use crate::ledger::Line;
use crate::link::LATEST;
use crate::scene::{Scene, Told};

/// Looks after people and their sessions until they stop coming.
pub(crate) async fn over_people(scene: Rc<Scene>, dice: Dice) {
    while scene.open.get() {
        scene.rest(&dice).await;
        scene.rest(&dice).await;
        let person = scene.somebody(&dice).await;
        match dice.below(5) {
            0 | 1 => {
                switch_person(&scene, &dice, person, false).await;
                scene.rest(&dice).await;
                books::compare(&scene);
                switch_person(&scene, &dice, person, true).await;
            }
            2 => {
                // Whoever types the old one meanwhile has nothing of it: what hashes the new one takes as long as what compares.
                let shop = dice.below(scene.fixture.shops.len());
                let replaces = async {
                    scene.until_signing(person).await;
                    sleep(dice.millis(0, 6)).await;
                    set_password(&scene, &dice, person).await;
                };
                if let (Some(line), ()) = tokio::join!(sign_on(&scene, &dice, person, shop), replaces) {
                    redeem(&scene, &line, dice.below(2)).await;
                }
            }
            _ => {
                let line = dice.pick(&scene.ledger.lines.borrow()).cloned();
                if let Some(line) = line {
                    end_session(&scene, &dice, &line).await;
                }
            }
        }
    }
}

/// Looks after applications, and after users who come and go.
pub(crate) async fn over_applications(scene: Rc<Scene>, dice: Dice) {
    let mut number = 0;
    while scene.open.get() {
        scene.rest(&dice).await;
        scene.rest(&dice).await;
        match dice.below(3) {
            0 => rotate(&scene, &dice, dice.below(scene.fixture.shops.len())).await,
            1 => {
                switch_service(&scene, &dice, false).await;
                sleep(dice.millis(0, 25_000)).await;
                tokio::join!(try_the_service(&scene, 0), try_the_service(&scene, 1));
                switch_service(&scene, &dice, true).await;
                sleep(dice.millis(0, 15_000)).await;
            }
            _ => {
                number += 1;
                come_and_go(&scene, &dice, &format!("guest-{number}")).await;
            }
        }
    }
}

/// Withdraws what people allow until they stop coming.
pub(crate) async fn over_consents(scene: Rc<Scene>, dice: Dice) {
    while scene.open.get() {
        scene.rest(&dice).await;
        scene.rest(&dice).await;
        let person = scene.somebody_resuming(&dice).await;
        withdraw(&scene, &dice, person).await;
        books::compare(&scene);
    }
}

async fn withdraw(scene: &Scene, dice: &Dice, person: usize) {
    let (id, client) = (&scene.fixture.people[person].id, &scene.fixture.stranger);
    let path = at(&format!("/users/{id}/oauthConsents/{client}"));
    let what = format!("withdraw the consent of person {person}");
    let will = &scene.ledger.wills[person];
    will.withdraws();
    loop {
        let from = scene.ledger.stamp();
        match manage(scene, dice, (Method::DELETE, "OAUTH_CONSENT.DELETED"), &path, None, &what).await {
            // 404: there was none any more.
            Told::Yes(..) | Told::No => {
                will.is_withdrawn(from, scene.ledger.stamp());
                break;
            }
            // What is still under way would withdraw what is allowed later.
            Told::Perhaps => sleep(Duration::from_millis(LATEST + 4000)).await,
            Told::Never => scene.breathe(dice).await,
        }
    }
    will.settles();
}

async fn switch_person(scene: &Scene, dice: &Dice, person: usize, on: bool) {
    let path = at(&format!("/users/{}/enabled", scene.fixture.people[person].id));
    let what = format!("switch person {person} {}", if on { "on" } else { "off" });
    loop {
        let from = if on { scene.ledger.stamp() } else { scene.ledger.switching_person_off(person) };
        if on {
            scene.ledger.people[person].begin_on();
        }
        let told =
            manage(scene, dice, (Method::PUT, "USER.UPDATED"), &path, Some(&json!({ "enabled": on })), &what).await;
        if let Told::Yes(..) = told {
            if on {
                let now = scene.ledger.stamp();
                scene.ledger.people[person].is_on(now);
            } else {
                scene.ledger.switched_person_off(person, from);
            }
            return;
        }
        scene.breathe(dice).await;
    }
}

/// Another password, which ends all sessions and what they gave.
async fn set_password(scene: &Scene, dice: &Dice, person: usize) {
    let path = at(&format!("/users/{}/password", scene.fixture.people[person].id));
    let value = password(scene.ledger.password(person) + 1);
    let body = json!({ "value": value, "forceChange": false, "bypassPolicy": true }).to_string();
    loop {
        let admin_token = admin_token(scene, dice).await;
        let request = managed(Method::PUT, &path, &admin_token)
            .header("content-type", "application/vnd.pingidentity.password.set+json")
            .body(&body);
        let from = scene.ledger.replacing(person);
        let what = format!("set the password of person {person}");
        match told(scene, scene.send(dice.below(2), &what, request).await, "PASSWORD.CHANGED", &what) {
            Told::Yes(..) => return scene.ledger.replaced(person, from),
            // What is still under way would end what comes later.
            Told::Perhaps => sleep(Duration::from_millis(LATEST + 4000)).await,
            Told::No | Told::Never => scene.breathe(dice).await,
        }
    }
}

/// The session of a line, with all that it gave.
async fn end_session(scene: &Scene, dice: &Dice, line: &Line) {
    let person = &scene.fixture.people[line.person].id;
    let path = at(&format!("/users/{person}/sessions/{}", line.session));
    let what = format!("end the session of line {}", line.number);
    for _ in 0..6 {
        scene.ledger.ending(&line.ended, "its session was ended");
        match manage(scene, dice, (Method::DELETE, "SESSION.DELETED"), &path, None, &what).await {
            // 404: it had ended before.
            Told::Yes(..) | Told::No => return scene.ledger.over(&line.ended, "its session was ended"),
            Told::Perhaps | Told::Never => scene.breathe(dice).await,
        }
    }
}

async fn rotate(scene: &Scene, dice: &Dice, shop: usize) {
    let secret = &scene.ledger.secrets[shop];
    let path = at(&format!("/applications/{}/secret", scene.fixture.shops[shop].id));
    secret.begin();
    let what = format!("another secret of shop {shop}");
    let mut told = manage(scene, dice, (Method::POST, "SECRET.ROTATED"), &path, None, &what).await;
    if !matches!(told, Told::Yes(..)) {
        // Whatever is still under way has happened then.
        sleep(Duration::from_millis(LATEST + 4000)).await;
    }
    loop {
        if let Told::Yes(answer, _) = &told {
            let now = scene.ledger.stamp();
            return secret.settle(answer.member("secret"), now);
        }
        scene.breathe(dice).await;
        told = manage(scene, dice, (Method::GET, "SECRET.READ"), &path, None, "read a secret").await;
    }
}

async fn switch_service(scene: &Scene, dice: &Dice, on: bool) {
    let path = at(&format!("/applications/{}", scene.fixture.service.id));
    let what = format!("switch the service {}", if on { "on" } else { "off" });
    let service = &scene.ledger.service;
    loop {
        let from = scene.ledger.stamp();
        if on {
            service.begin_on();
        } else {
            service.begin_off(from);
        }
        let read = manage(scene, dice, (Method::GET, ""), &path, None, "read the service").await;
        if let Told::Yes(answer, _) = read {
            let mut body = answer.body;
            body["enabled"] = json!(on);
            let put = (Method::PUT, "APPLICATION.UPDATED");
            if let Told::Yes(..) = manage(scene, dice, put, &path, Some(&body), &what).await {
                let now = scene.ledger.stamp();
                return if on { service.is_on(now) } else { service.is_off(from, now) };
            }
        }
        scene.breathe(dice).await;
    }
}

/// Whoever was made is there, at both, until they were deleted.
async fn come_and_go(scene: &Scene, dice: &Dice, name: &str) {
    let body = json!({ "username": name, "email": format!("{name}@example.com") });
    let made = manage(scene, dice, (Method::POST, "USER.CREATED"), &at("/users"), Some(&body), "make a guest").await;
    let Told::Yes(answer, _) = made else { return };
    let path = at(&format!("/users/{}", answer.member("id")));
    scene.rest(dice).await;
    is_there(scene, dice, &path, true).await;
    for _ in 0..6 {
        match manage(scene, dice, (Method::DELETE, "USER.DELETED"), &path, None, "delete a guest").await {
            // 404: an attempt before did it.
            Told::Yes(..) | Told::No => return is_there(scene, dice, &path, false).await,
            Told::Perhaps | Told::Never => scene.breathe(dice).await,
        }
    }
}

async fn is_there(scene: &Scene, dice: &Dice, path: &str, expected: bool) {
    for process in 0..2 {
        let admin_token = admin_token(scene, dice).await;
        let reply = scene.send(process, "look for a guest", managed(Method::GET, path, &admin_token)).await;
        let Reply::Answered(answer, _) = reply else { continue };
        let found = match answer.status {
            200 => true,
            404 => false,
            _ => continue,
        };
        if found != expected {
            scene
                .ledger
                .find(format!("process {process}: a guest is there: {found}, and was answered for: {expected}"));
        }
    }
}

/// A call of the management API at either process. No means that there is no such thing, or not in that state.
async fn manage(
    scene: &Scene,
    dice: &Dice,
    (method, action): (Method, &'static str),
    path: &str,
    body: Option<&Value>,
    what: &str,
) -> Told<Answer> {
    let admin_token = admin_token(scene, dice).await;
    let request = managed(method, path, &admin_token);
    let request = body.iter().fold(request, |request, body| request.json(body));
    told(scene, scene.send(dice.below(2), what, request).await, action, what)
}

fn told(scene: &Scene, reply: Reply, action: &'static str, what: &str) -> Told<Answer> {
    match reply {
        Reply::Answered(answer, by) => match answer.status {
            200 | 201 | 204 => {
                if !action.is_empty() {
                    scene.record(&answer, action, by, true, true);
                }
                Told::Yes(*answer, by)
            }
            404 => Told::No,
            // Somebody else was quicker, several times over.
            409 | 412 => Told::Never,
            503 => Told::Perhaps,
            other => {
                scene.ledger.find(format!("{what}: {other} {}", answer.text));
                Told::Perhaps
            }
        },
        Reply::Lost => Told::Perhaps,
        Reply::Unsent => Told::Never,
    }
}

/// The token that administrators call with.
pub(crate) async fn admin_token(scene: &Scene, dice: &Dice) -> String {
    loop {
        let admin_token = scene.admin_token.borrow().clone();
        if let Some(admin_token) = admin_token {
            return admin_token;
        }
        let request = Request::form(format!("/{}/as/token", dev::ADMIN_ENVIRONMENT))
            .header("authorization", basic(dev::ADMIN_APPLICATION, dev::ADMIN_SECRET))
            .body("grant_type=client_credentials");
        if let Reply::Answered(answer, _) = scene.send(dice.below(2), "the administrators' token", request).await
            && answer.status == 200
        {
            scene.admin_token.replace(Some(answer.text_of("access_token")));
        }
        scene.breathe(dice).await;
    }
}
