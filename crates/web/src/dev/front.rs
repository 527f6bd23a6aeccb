//! The front page: what is running, what is seeded, requests to paste, "Try it" and "Connect your application", and the last
//! refusals with their reasons.

use axum::extract::{Request, State};
use axum::response::Response;
use engine::bootstrap::dev;
use engine::reads::List;
use http::StatusCode;
use http::request::Parts;
use protocol::filter::{self, Filter};
use protocol::id::EnvironmentId;
use protocol::model::Activity;
use protocol::params::Params;
use protocol::refusal::Row;

use super::documents::NAMED;
use super::live::{self, Live};
use super::worlds::Worlds;
use super::{Front, controls, world};
use crate::ask::ask;
use crate::flow::html;
use crate::page::{
    ConnectForm, DevFront, DevValue, Forms, RefusalList, RefusalView, Refusals, RequestView, Theme, Told, ValueGroup,
};
use crate::state::AppState;

pub(super) async fn show(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    page(&web, &parts, StatusCode::OK, ConnectForm::default()).await
}

/// The page, or the part of it alone that its script asks for.
pub(super) async fn page(web: &AppState, parts: &Parts, status: StatusCode, connect: ConnectForm<'_>) -> Response {
    let Some(front) = &web.dev else { return Response::default() };
    let locale = html::locale(&parts.headers, None, "en");
    let (params, _) = Params::lenient(parts.uri.query().unwrap_or_default().as_bytes());
    let open = controls::is_open_to(web, parts);
    watch(web, parts);
    let live = Live::of_all(web, &parts.headers, EnvironmentId::new(dev::ENVIRONMENT)).await;
    let (asked, letters) = live.as_ref().map(|live| (live.asked(), live.letters())).unwrap_or_default();
    let happening = live.as_ref().map(|live| live.view(&asked, &letters));
    if let Some((part, happening)) = world::part(parts).zip(happening) {
        return html::page(status, happening.render_part(part, locale), locale, Forms::Here);
    }
    let number = params.text("page").and_then(|number| number.parse().ok()).unwrap_or(1).max(1);
    let now = web.app.ctx(&ask(parts)).now.secs();
    let found = if open { refusals(web).await } else { Vec::new() };
    let explained: Vec<Explained> = found.iter().filter_map(explain).collect();
    let turned = Turned::to(number, explained.len());
    let items: Vec<RefusalView<'_>> = explained[turned.range()].iter().map(Explained::view).collect();
    let refusals = Refusals { items: &items, newer_url: turned.newer.as_deref(), older_url: turned.older.as_deref() };
    if params.text("part") == Some("refusals") {
        let part = RefusalList { locale, now, refusals }.render_part();
        return html::page(status, part, locale, Forms::None);
    }
    let public_url = web.app.config.public_url.as_str();
    let worlds = Worlds::find(web, front, open).await;
    let views = worlds.views();
    let requests = Front::requests(public_url, &front.values);
    let requests: Vec<RequestView<'_>> =
        requests.iter().map(|(title, command)| RequestView { title, command }).collect();
    let groups = groups(front);
    let values: Vec<ValueGroup<'_>> = groups.iter().map(|(title, values)| ValueGroup { title, values }).collect();
    let rendered = DevFront {
        locale,
        theme: &Theme::default(),
        version: front.version,
        store: &front.store,
        public_url,
        open,
        worlds: &views,
        worlds_total: worlds.total,
        happening,
        values: &values,
        requests: &requests,
        try_url: "/try",
        connect,
        now,
        refusals,
        live_url: (turned.number == 1).then_some("/?part=refusals"),
        docs: &NAMED.map(|path| (path.trim_start_matches('/'), path)),
    }
    .render();
    html::page(status, rendered, locale, Forms::Here)
}

/// Whoever looks at this page wants to see what the seeded environments are asked: from here on it is recorded.
fn watch(web: &AppState, parts: &Parts) {
    let Some(controls) = web.app.controls.as_ref().filter(|_| live::is_open(web, &parts.headers)) else { return };
    for environment in SEEDED {
        controls.of(EnvironmentId::new(environment));
    }
}

/// One page of a list.
struct Turned {
    number: usize,
    of: usize,
    newer: Option<String>,
    older: Option<String>,
}

impl Turned {
    fn to(number: usize, of: usize) -> Self {
        let number = number.min(of.div_ceil(SHOWN).max(1));
        let newer = (number > 1).then(|| format!("/?page={}#refusals", number - 1));
        let older = (number * SHOWN < of).then(|| format!("/?page={}#refusals", number + 1));
        Self { number, of, newer, older }
    }

    fn range(&self) -> std::ops::Range<usize> {
        (self.number - 1) * SHOWN..(self.number * SHOWN).min(self.of)
    }
}

fn groups(front: &Front) -> Vec<(&'static str, Vec<DevValue<'_>>)> {
    let pick = |names: &[&'static str]| names.iter().map(|name| DevValue { name, value: front.value(name) }).collect();
    vec![
        ("Addresses", pick(&["authPath", "apiPath", "msIssuer", "mcpURL"])),
        ("Environment", pick(&["envID", "popID", "orgID", "licenseID"])),
        ("User", pick(&["userID", "username", "password"])),
        (
            "Applications",
            pick(&[
                "sharedWebAppID",
                "sharedWebAppSecret",
                "basicWebAppID",
                "basicWebAppSecret",
                "spaAppID",
                "mcpAppID",
            ]),
        ),
        ("Playground, in Spring's layout", playground()),
        ("Administrator", pick(&["adminEnvID", "adminAppID", "adminAppSecret"])),
    ]
}

/// The clients of the playground by their ids, with their secrets.
fn playground() -> Vec<DevValue<'static>> {
    let clients = dev::PLAYGROUND_CLIENTS.into_iter();
    let clients =
        clients.map(|(name, secret)| DevValue { name, value: secret.unwrap_or("signs with a key of its own") });
    std::iter::once(DevValue { name: "environment", value: PLAYGROUND }).chain(clients).collect()
}

/// The last refusals of the seeded environments and of the worlds that were made last, newest first. Only the developer's own server
/// shows them to whoever asks.
async fn refusals(web: &AppState) -> Vec<Activity> {
    let mut found = Vec::new();
    let seeded = SEEDED.map(EnvironmentId::new);
    let made = web.app.controls.iter().flat_map(|controls| controls.latest.worlds());
    for environment in seeded.into_iter().chain(made.filter(|world| !seeded.contains(world))) {
        found.extend(refused_in(web, environment).await);
    }
    found.sort_by_key(|activity| std::cmp::Reverse(activity.event.at));
    found.truncate(KEPT);
    found
}

/// Lists run from old to new: the last page of the last minutes is walked to.
async fn refused_in(web: &AppState, environment: EnvironmentId) -> Vec<Activity> {
    let Ok(refused): Result<Filter, _> = filter::parse("refusal.reason pr") else { return Vec::new() };
    let mut list = List { filter: Some(refused), after: None, limit: 1000 };
    let mut newest = Vec::new();
    for _ in 0..PAGES {
        let Ok(page) = web.app.store.activities(environment, &list).await else { return newest };
        newest.extend(page.rows);
        let surplus = newest.len().saturating_sub(KEPT);
        newest.drain(..surplus);
        list.after = page.next;
        if list.after.is_none() {
            break;
        }
    }
    // How long ago it was is seen by the environment's own clock.
    let apart = web.app.world.now().secs() - web.app.now(environment).secs();
    for activity in &mut newest {
        activity.event.at = activity.event.at.plus(apart);
    }
    newest
}

struct Explained {
    at: i64,
    correlation: String,
    reason: String,
    /// None for a reason of a newer version.
    row: Option<&'static Row>,
    expected: String,
    came: String,
}

fn explain(activity: &Activity) -> Option<Explained> {
    let refusal = activity.event.refusal.as_ref()?;
    Some(Explained {
        at: activity.event.at.secs(),
        correlation: activity.event.correlation.to_string(),
        reason: activity.reason()?.to_owned(),
        row: activity.row(),
        expected: refusal.expected.clone(),
        came: refusal.came.clone(),
    })
}

impl Explained {
    fn view(&self) -> RefusalView<'_> {
        let several = self.row.is_some_and(|row| html::is_list(row.reason, &self.expected));
        let mend = self.row.map_or("", |row| row.mend);
        RefusalView {
            at: self.at,
            correlation_id: &self.correlation,
            reason: &self.reason,
            explanation: self.row.map_or("", |row| row.public),
            told: Told { expected: &self.expected, several, came: &self.came, mend, entry_url: "" },
        }
    }
}

/// The environments that every developer's server has.
pub(super) const SEEDED: [uuid::Uuid; 3] = [dev::ENVIRONMENT, dev::PLAYGROUND, dev::ADMIN_ENVIRONMENT];
/// On one page.
pub(super) const SHOWN: usize = 8;
/// On all pages.
const KEPT: usize = 200;
const PAGES: usize = 50;
/// The environment of the playground, [`dev::PLAYGROUND`].
const PLAYGROUND: &str = "00e4d60b-9a66-4994-a6c8-5b94fff63e29";

#[cfg(test)]
mod tests {
    use protocol::audit::{Action, Event};
    use protocol::id::CorrelationId;
    use protocol::refusal::Reason;
    use protocol::time::Time;

    use super::{Activity, PLAYGROUND, SHOWN, Turned, dev, explain};

    #[test]
    fn pages_begin_with_the_newest_and_end_with_the_oldest() {
        let of = 2 * SHOWN + 1;
        let (first, last) = (Turned::to(1, of), Turned::to(9, of));
        assert_eq!((first.range(), first.newer, first.older.as_deref()), (0..SHOWN, None, Some("/?page=2#refusals")));
        assert_eq!((last.range(), last.newer.as_deref(), last.older), (2 * SHOWN..of, Some("/?page=2#refusals"), None));
        let none = Turned::to(1, 0);
        assert_eq!((none.range(), none.newer, none.older), (0..0, None, None));
    }

    #[test]
    fn the_playground_is_named_by_its_id() {
        assert_eq!(PLAYGROUND, dev::PLAYGROUND.to_string());
    }

    #[test]
    fn a_reason_of_a_newer_version_is_told_by_its_name_alone() {
        let event = Event::new(None, Time::from_secs(1), CorrelationId::new(uuid::Uuid::nil()), Action::TokenIssued);
        let mut activity = Activity::from(event.refused(&Reason::SecretWrong.into()));
        let known = explain(&activity).unwrap();
        assert_eq!((known.view().reason, known.view().told.mend.is_empty()), ("secret_wrong", false));
        activity.foreign.reason = Some("too_far".to_owned());
        let newer = explain(&activity).unwrap();
        assert_eq!((newer.view().reason, newer.view().explanation, newer.view().told.mend), ("too_far", "", ""));
    }
}
