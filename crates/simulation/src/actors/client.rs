//! A person's client: redeems the code, refreshes, asks what its tokens are worth, and gives them back.

use std::rc::Rc;

use testkit::{Answer, Request, SANDBOX};

use crate::actors::sign_on::sign_on;
use crate::cluster::{By, Reply};
use crate::dice::Dice;
use crate::fixture::CALLBACK;
use crate::ledger::{Artefact, Line};
use crate::scene::{Scene, Told};

/// Signs on and lives on what that gives, so many times.
pub(crate) async fn visits(scene: Rc<Scene>, dice: Dice, many: usize) {
    for _ in 0..many {
        scene.rest(&dice).await;
        let (person, shop) = (dice.below(scene.fixture.people.len()), dice.below(scene.fixture.shops.len()));
        if let Some(line) = sign_on(&scene, &dice, person, shop).await {
            redeem_somehow(&scene, &dice, &line).await;
            live_on(&scene, &dice, &line).await;
        }
    }
}

async fn redeem_somehow(scene: &Scene, dice: &Dice, line: &Line) {
    match dice.below(10) {
        // Never: somebody may find it later.
        0 => {}
        1 | 2 => {
            // At both at once.
            tokio::join!(redeem(scene, line, 0), redeem(scene, line, 1));
        }
        3 => {
            redeem(scene, line, dice.below(2)).await;
            scene.rest(dice).await;
            redeem(scene, line, dice.below(2)).await;
        }
        // As a client does: again while nobody tells.
        _ => {
            for _ in 0..4 {
                if redeem(scene, line, dice.below(2)).await {
                    break;
                }
                scene.breathe(dice).await;
            }
        }
    }
}

/// Whether that decided the matter.
pub(crate) async fn redeem(scene: &Scene, line: &Line, at: usize) -> bool {
    let fields = [("grant_type", "authorization_code"), ("code", &line.code.text), ("redirect_uri", CALLBACK)];
    take(scene, line, &line.code, at, &fields, &format!("redeem the code of line {}", line.number)).await
}

/// The same for a refresh token.
pub(crate) async fn refresh(scene: &Scene, line: &Line, token: &Artefact, at: usize) -> bool {
    let generation = line.refresh.borrow().iter().position(|other| other.text == token.text).unwrap_or_default();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &token.text)];
    take(scene, line, token, at, &fields, &format!("refresh {generation} of line {}", line.number)).await
}

async fn take(scene: &Scene, line: &Line, artefact: &Artefact, at: usize, fields: &[(&str, &str)], what: &str) -> bool {
    let from = scene.ledger.show(line, artefact);
    match scene.ask(at, (line.shop, "token", "ACCESS_TOKEN.CREATED"), fields, what).await {
        Told::Yes(answer, _) => {
            let next = answer.text_of("refresh_token");
            scene.ledger.won(line, artefact, from, &next);
            if line.refresh.borrow().iter().all(|token| token.text != next) {
                line.refresh.borrow_mut().push(Rc::new(Artefact::new(&next)));
            }
            line.access.borrow_mut().push(Rc::new(Artefact::new(answer.member("access_token"))));
            true
        }
        Told::No => {
            scene.ledger.refused(line, artefact, from);
            true
        }
        Told::Perhaps => false,
        Told::Never => {
            artefact.unshown();
            false
        }
    }
}

async fn live_on(scene: &Scene, dice: &Dice, line: &Line) {
    for _ in 0..dice.below(7) {
        scene.rest(dice).await;
        let Some(newest) = line.refresh.borrow().last().cloned() else { return };
        match dice.below(20) {
            0 => give_back(scene, dice, line, &newest).await,
            1 => give_back_access(scene, dice, line).await,
            2 => {
                // Whoever is not first finds a lost answer: both of them at once.
                let again = async {
                    tokio::join!(refresh(scene, line, &newest, 1), refresh(scene, line, &newest, 0));
                };
                tokio::join!(refresh(scene, line, &newest, 0), again);
            }
            3 => {
                let older = dice.pick(&line.refresh.borrow()).cloned();
                if let Some(older) = older {
                    refresh(scene, line, &older, dice.below(2)).await;
                }
            }
            4..=9 => {
                let access = dice.pick(&line.access.borrow()).cloned();
                if let Some(access) = access {
                    look(scene, line, &access, dice.below(2)).await;
                }
            }
            _ => honestly(scene, dice, line, &newest).await,
        }
    }
}

/// As a client does: again while nobody tells.
async fn honestly(scene: &Scene, dice: &Dice, line: &Line, token: &Artefact) {
    for _ in 0..4 {
        if refresh(scene, line, token, dice.below(2)).await {
            return;
        }
        scene.breathe(dice).await;
    }
}

/// RFC 7009: a refresh token takes its line with it.
pub(crate) async fn give_back(scene: &Scene, dice: &Dice, line: &Line, token: &Artefact) {
    let fields = [("token", token.text.as_str())];
    let what = format!("revoke line {}", line.number);
    for _ in 0..6 {
        scene.ledger.ending(&line.ended, "it was given back");
        let told = scene.ask(dice.below(2), (line.shop, "revoke", "TOKEN.REVOKED"), &fields, &what).await;
        if let Told::Yes(..) = told {
            scene.ledger.over(&line.ended, "it was given back");
            return;
        }
        scene.breathe(dice).await;
    }
}

async fn give_back_access(scene: &Scene, dice: &Dice, line: &Line) {
    let Some(access) = dice.pick(&line.access.borrow()).cloned() else { return };
    let fields = [("token", access.text.as_str())];
    let what = format!("revoke an access token of line {}", line.number);
    scene.ledger.ending(&access.ended, "it was given back");
    let told = scene.ask(dice.below(2), (line.shop, "revoke", "TOKEN.REVOKED"), &fields, &what).await;
    if let Told::Yes(..) = told {
        scene.ledger.over(&access.ended, "it was given back");
    }
}

/// Whether an access token is worth something, asked as its client or as a resource does; None where nobody tells.
pub(crate) async fn look(scene: &Scene, line: &Line, access: &Artefact, at: usize) -> Option<bool> {
    let from = scene.ledger.stamp();
    let counts = if from.is_even() {
        introspect(scene, line, access, at).await
    } else {
        userinfo(scene, line, access, at).await
    };
    let counts = counts?;
    if counts {
        scene.ledger.served(line, from, "an access token counted");
        if let Some((since, why)) = access.ended.borrow().surely
            && since < from
        {
            scene.ledger.find(format!("an access token of line {} counted, which was over: {why}", line.number));
        }
    } else {
        let now = scene.ledger.stamp();
        scene.ledger.wrongly_refused(line, access, now, "an access token did not count");
    }
    Some(counts)
}

async fn introspect(scene: &Scene, line: &Line, access: &Artefact, at: usize) -> Option<bool> {
    let what = format!("introspect a token of line {}", line.number);
    let fields = [("token", access.text.as_str())];
    match scene.ask(at, (line.shop, "introspect", "TOKEN.INTROSPECTED"), &fields, &what).await {
        Told::Yes(answer, _) => Some(answer.body["active"] == true),
        Told::No | Told::Perhaps | Told::Never => None,
    }
}

async fn userinfo(scene: &Scene, line: &Line, access: &Artefact, at: usize) -> Option<bool> {
    let request = Request::get(format!("/{SANDBOX}/as/userinfo")).bearer_auth(&access.text);
    let (answer, by) = answered(scene.send(at, &format!("userinfo of line {}", line.number), request).await)?;
    match answer.status {
        200 => {
            scene.record(&answer, "USER.ACCESS_ALLOWED", by, true, false);
            Some(true)
        }
        401 => Some(false),
        503 => None,
        other => {
            scene.ledger.find(format!("userinfo: {other} {}", answer.text));
            None
        }
    }
}

fn answered(reply: Reply) -> Option<(Box<Answer>, By)> {
    match reply {
        Reply::Answered(answer, by) => Some((answer, by)),
        Reply::Lost | Reply::Unsent => None,
    }
}
