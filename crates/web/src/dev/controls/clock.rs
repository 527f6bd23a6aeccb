//! The clock of a world.

use engine::controls::clock::{BeyondTime, Rate, Shown, To, Turn};
use engine::controls::passed;
use engine::controls::told::Told;

use super::{
    Answer, AppState, EnvironmentId, Members, Request, Response, State, StatusCode, Value, Wrong, controlled, json,
};

pub(super) async fn show(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    Ok(told(control.clock.shown(web.app.world.now())))
}

pub(super) async fn set(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let (id, _) = controlled(&web, &parts).await?;
    let turn = wanted(Members::read(&parts, body).await?)?;
    turned(&web, id, turn).await.map(told)
}

/// Turns the clock, and does what became due by that.
pub(in crate::dev) async fn turned(web: &AppState, id: EnvironmentId, turn: Turn) -> Result<Shown, Wrong> {
    let turned = passed::turn(&web.app, id, turn).await.map_err(|_| Wrong::unavailable())?;
    let shown = turned.map_err(|BeyondTime| {
        let member = if matches!(turn.to, To::At(_)) { "now" } else { "advance" };
        Wrong::invalid(member, "it would show a time before 1970 or after the year 9999")
    })?;
    if let Some(controls) = &web.app.controls {
        controls.events.tell(Told::Clock(id));
    }
    Ok(shown)
}

/// What is to become of a clock, by the members of a body or of `clock` in another.
pub(super) fn wanted(mut members: Members) -> Result<Turn, Wrong> {
    let now = members.time("now")?;
    let advance = members.number("advance", -LONGEST..=LONGEST)?;
    let frozen = members.boolean("frozen")?;
    let rate = members.number("rate", 0.0..=f64::from(Rate::MOST))?;
    let to = match (now, advance) {
        (Some(_), Some(_)) => {
            return Err(Wrong::invalid(members.at("advance"), "a clock is set or advanced, not both at once"));
        }
        (Some(now), None) => To::At(now),
        (None, Some(seconds)) => To::By(micros(seconds)),
        (None, None) => To::Here,
    };
    members.end()?;
    Ok(Turn { to, frozen, rate: rate.and_then(Rate::of) })
}

fn micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

fn told(shown: Shown) -> Response {
    json(StatusCode::OK, &drawn(shown))
}

/// What a clock shows.
pub(super) fn drawn(Shown { now, frozen, rate }: Shown) -> Value {
    let rate = rate.seconds();
    let rate = if rate.fract() == 0.0 { Value::from(rate as i64) } else { Value::from(rate) };
    serde_json::json!({ "now": now.to_string(), "frozen": frozen, "rate": rate })
}

/// Seconds: more than from 1970 to the end of the year 9999.
const LONGEST: f64 = 1e12;
