//! What happens on the developer's server, as its pages show it: the last requests, a clock, what was sent.

use engine::controls::Control;
use engine::controls::clock::{Rate, Shown};
use engine::controls::latest::MOST_REQUESTS;
use engine::controls::outbox::Sent;
use engine::controls::recorder::Recorded;
use http::HeaderMap;
use protocol::id::EnvironmentId;
use protocol::refusal::Reason;
use serde::Deserialize;
use std::sync::Arc;

use super::controls::holds_key;
use crate::page::{Asked, ClockView, Going, Happening, Letter};
use crate::state::AppState;

/// Whether pages show what the controls know: where others reach the port, only who has the control key is told.
pub(super) fn is_open(web: &AppState, headers: &HeaderMap) -> bool {
    web.app.controls.is_some() && holds_key(web, headers)
}

/// What happened, read out once.
#[derive(Debug)]
pub(super) struct Live {
    asked: Vec<Request>,
    /// Whether they are of several worlds.
    mixed: bool,
    clock: Clock,
    outbox: Vec<Arc<Sent>>,
    times: Vec<String>,
    part_url: String,
}

#[derive(Debug)]
struct Request {
    world: String,
    url: String,
    told: Told,
    short: String,
    recorded: Arc<Recorded>,
}

/// What the recorder drew.
#[derive(Debug, Default, Deserialize)]
struct Told {
    at: String,
    method: String,
    path: String,
}

#[derive(Debug)]
struct Clock {
    world: String,
    shown: Shown,
    stamp: String,
    rate: String,
    /// Shows what the machine's does.
    same: bool,
    url: String,
    from: String,
}

impl Live {
    /// What all worlds were asked, and the clock and the outbox of this one: for the front page.
    pub(super) async fn of_all(web: &AppState, headers: &HeaderMap, world: EnvironmentId) -> Option<Self> {
        let controls = web.app.controls.as_ref().filter(|_| is_open(web, headers))?;
        let mut asked = Vec::new();
        for (environment, recorded) in controls.latest.requests() {
            // One that ended meanwhile was asked nothing.
            if let Some(name) = name(web, environment).await {
                asked.push(Request::of(environment, name, recorded));
            }
        }
        let called = name(web, world).await.unwrap_or_default();
        let own = Self::around(web, (world, &called), &controls.of(world), "/");
        Some(Self { asked, mixed: true, ..own })
    }

    /// Everything of one world: for its own page.
    pub(super) fn of_one(web: &AppState, world: (EnvironmentId, &str), control: &Control) -> Self {
        let mut recorded = control.recorder.list(0, |_| true);
        let older = recorded.len().saturating_sub(MOST_REQUESTS);
        let newest = recorded.drain(older..).rev();
        let asked = newest.map(|recorded| Request::of(world.0, world.1.to_owned(), recorded)).collect();
        Self { asked, ..Self::around(web, world, control, &url(world.0)) }
    }

    fn around(web: &AppState, (id, name): (EnvironmentId, &str), control: &Control, from: &str) -> Self {
        let now = web.app.world.now();
        let shown = control.clock.shown(now);
        let clock = Clock {
            world: name.to_owned(),
            stamp: shown.now.to_string(),
            rate: shown.rate.seconds().to_string(),
            same: shown.now.secs() == now.secs(),
            shown,
            url: format!("{}/clock", url(id)),
            from: from.to_owned(),
        };
        let mut outbox = control.outbox.list(|_| true);
        outbox.reverse();
        outbox.truncate(MOST_LETTERS);
        let times = outbox.iter().map(|sent| sent.at.to_string()).collect();
        Self { asked: Vec::new(), mixed: false, clock, outbox, times, part_url: format!("{from}?part=") }
    }

    pub(super) fn asked(&self) -> Vec<Asked<'_>> {
        self.asked.iter().map(Request::view).collect()
    }

    pub(super) fn letters(&self) -> Vec<Letter<'_>> {
        self.outbox.iter().zip(&self.times).map(|(sent, at)| letter(sent, at)).collect()
    }

    pub(super) fn view<'a>(&'a self, asked: &'a [Asked<'a>], outbox: &'a [Letter<'a>]) -> Happening<'a> {
        Happening { asked, mixed: self.mixed, clock: self.clock.view(), outbox, part_url: &self.part_url }
    }
}

impl Request {
    fn of(environment: EnvironmentId, world: String, recorded: Arc<Recorded>) -> Self {
        let told: Told = serde_json::from_str(&recorded.text).unwrap_or_default();
        let id = environment.to_string();
        let below = [format!("/v1/environments/{id}"), format!("/{id}")];
        let short = below.iter().find_map(|start| told.path.strip_prefix(start)).unwrap_or(&told.path);
        let short = if short.is_empty() { "/" } else { short }.to_owned();
        Self { world, url: url(environment), told, short, recorded }
    }

    fn view(&self) -> Asked<'_> {
        let row = |name: &'static str| (name, Reason::parse(name).map_or("", |reason| reason.row().public));
        Asked {
            world: &self.world,
            world_url: &self.url,
            at: &self.told.at,
            method: &self.told.method,
            path: &self.short,
            whole: &self.told.path,
            status: self.recorded.status,
            refused: self.recorded.reason.map(row),
            client: self.recorded.client.as_deref(),
        }
    }
}

impl Clock {
    fn view(&self) -> ClockView<'_> {
        let going = match self.shown {
            Shown { frozen: true, .. } => Going::Frozen,
            Shown { rate, .. } if rate != Rate::ONE => Going::Rate(&self.rate),
            _ if self.same => Going::Machine,
            _ => Going::Apart,
        };
        let now = self.shown.now.secs();
        ClockView { world: &self.world, now, stamp: &self.stamp, going, url: &self.url, from: &self.from }
    }
}

fn letter<'a>(sent: &'a Sent, at: &'a str) -> Letter<'a> {
    let message = &sent.message;
    Letter {
        at,
        means: message.means.name(),
        to: &message.to,
        subject: message.subject.as_deref(),
        text: &message.text,
        code: message.code.as_deref(),
    }
}

/// The page of a world.
pub(super) fn url(world: EnvironmentId) -> String {
    format!("/worlds/{world}")
}

/// What a world is called, cut short because its id stands beside it; None where it serves nobody.
pub(super) async fn name(web: &AppState, world: EnvironmentId) -> Option<String> {
    let tenant = web.app.serving(world).await.ok()??;
    Some(short(&tenant.environment.name).to_owned())
}

/// A name that ends with an id, as those of worlds do that nobody named, with as much of it as tells them apart.
pub(crate) fn short(name: &str) -> &str {
    let split = name.rsplit_once(' ').filter(|(_, id)| EnvironmentId::parse(id).is_some());
    split.map_or(name, |(before, _)| &name[..before.len() + 1 + SHORT])
}

/// The first group of an id.
const SHORT: usize = 8;
const MOST_LETTERS: usize = 20;
