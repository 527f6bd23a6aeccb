//! Whoever tries what is over: revoked lines, secrets that were replaced, a service that was switched off.

use std::rc::Rc;

use crate::actors::client::{look, redeem, refresh};
use crate::dice::Dice;
use crate::ledger::{Line, STALE};
use crate::scene::{Scene, Told};

/// Tries something now and then until people stop coming.
pub(crate) async fn probes(scene: Rc<Scene>, dice: Dice) {
    while scene.open.get() {
        scene.rest(&dice).await;
        match dice.below(6) {
            0..=2 => try_a_line(&scene, &dice).await,
            3 => try_a_secret(&scene, &dice).await,
            _ => try_the_service(&scene, dice.below(2)).await,
        }
    }
}

async fn try_a_line(scene: &Scene, dice: &Dice) {
    let lines: Vec<_> = scene.ledger.lines.borrow().iter().filter(|line| is_over(line)).cloned().collect();
    let Some(line) = dice.pick(&lines) else { return };
    let token = dice.pick(&line.refresh.borrow()).cloned();
    let access = dice.pick(&line.access.borrow()).cloned();
    match (token, access) {
        (Some(token), _) if dice.below(2) == 0 => {
            refresh(scene, line, &token, dice.below(2)).await;
        }
        (_, Some(access)) => {
            look(scene, line, &access, dice.below(2)).await;
        }
        _ => {
            redeem(scene, line, dice.below(2)).await;
        }
    }
}

fn is_over(line: &Line) -> bool {
    line.ended.borrow().surely.is_some()
}

/// A secret that was replaced so long ago that every process knows.
pub(crate) async fn try_a_secret(scene: &Scene, dice: &Dice) {
    let shop = dice.below(scene.fixture.shops.len());
    let retired = scene.ledger.secrets[shop].retired.borrow().clone();
    let old: Vec<_> = retired.into_iter().filter(|(_, since)| since.elapsed() > STALE).collect();
    let Some((secret, _)) = dice.pick(&old) else { return };
    let client = (scene.fixture.shops[shop].id.as_str(), secret.as_str());
    let asked = ("introspect", "TOKEN.INTROSPECTED");
    let (_, told) = scene.ask_with(dice.below(2), client, asked, &[("token", "nothing")], "an old secret").await;
    if matches!(told, Told::Yes(..) | Told::No) {
        scene.ledger.find(format!("a secret of shop {shop} counted that was replaced"));
    }
}

/// The service's own token, which needs no database.
pub(crate) async fn try_the_service(scene: &Scene, at: usize) {
    let service = &scene.ledger.service;
    let (off, on) = (service.surely_off_for(STALE), service.surely_on_for(STALE));
    let client = (scene.fixture.service.id.as_str(), scene.fixture.service.secret.as_str());
    let fields = [("grant_type", "client_credentials")];
    let asked = ("token", "ACCESS_TOKEN.CREATED");
    let (unproven, told) = scene.ask_with(at, client, asked, &fields, "a token of the service").await;
    let refused = unproven.0 || matches!(told, Told::No);
    // It may have been asked again after an answer that did not come, and switched on meanwhile.
    if off && service.surely_off_for(STALE) && matches!(told, Told::Yes(..)) {
        scene.ledger.find("the service got a token and was switched off".to_owned());
    }
    if on && refused && service.surely_on_for(STALE) {
        scene.ledger.find("the service got no token and was switched on".to_owned());
    }
}
