//! What a world was asked and what it answered.

use std::time::Duration;

use super::query::Query;
use super::{Answer, AppState, Request, State, StatusCode, Wrong, controlled, error, waited};
use engine::controls::place::Place;
use engine::controls::recorder::Recorded;

pub(super) async fn list(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    let mut query = Query::read(&parts)?;
    let wanted = Wanted::read(&mut query)?;
    let after = query.integer("after", 0..=u64::MAX)?.unwrap_or_default();
    let wait = query.integer("waitMs", 0..=waited::LONGEST)?.unwrap_or_default();
    query.end()?;
    let recorder = &control.recorder;
    let find = || recorder.list(after, |recorded| wanted.picks(recorded));
    let found = waited::until(recorder.changes(), Duration::from_millis(wait), find).await;
    let texts: Vec<&str> = found.iter().map(|recorded| recorded.text.as_str()).collect();
    // Each was drawn when it was answered.
    Ok(error::with_json(200, format!(r#"{{"requests":[{}]}}"#, texts.join(","))))
}

pub(super) async fn clear(State(web): State<AppState>, request: Request) -> Answer {
    let (parts, _) = request.into_parts();
    let (_, control) = controlled(&web, &parts).await?;
    if let Some(controls) = &web.app.controls {
        controls.clear_recorder(&control);
    }
    Ok(error::empty(StatusCode::NO_CONTENT))
}

/// Which requests are asked for.
#[derive(Debug)]
struct Wanted {
    place: Option<Place>,
    client: Option<String>,
    status: Option<u16>,
}

impl Wanted {
    fn read(query: &mut Query) -> Result<Self, Wrong> {
        let place = query.text("endpoint").map(|name| {
            let known = || Place::ALL.map(Place::name).join(", ");
            Place::parse(&name).ok_or_else(|| Wrong::invalid("endpoint", format!("it must be one of {}", known())))
        });
        let status = query.integer("status", 100..=599)?.and_then(|status| u16::try_from(status).ok());
        Ok(Self { place: place.transpose()?, client: query.text("clientId"), status })
    }

    fn picks(&self, recorded: &Recorded) -> bool {
        self.place.is_none_or(|place| place == recorded.place)
            && self.client.as_deref().is_none_or(|client| recorded.client.as_deref() == Some(client))
            && self.status.is_none_or(|status| recorded.status == Some(status))
    }
}
