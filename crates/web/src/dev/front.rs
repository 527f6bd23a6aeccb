//! The front page: what is running, what is seeded, two requests, "Try it", and the last refusals with their reasons.

use axum::extract::{Request, State};
use axum::response::Response;
use engine::bootstrap::dev;
use engine::reads::List;
use http::StatusCode;
use protocol::filter::{self, Filter};
use protocol::id::EnvironmentId;
use protocol::model::Activity;
use protocol::refusal::Row;

use super::Front;
use super::documents::DOCUMENTS;
use crate::flow::html;
use crate::page::{DevFront, DevValue, EnvironmentView, Forms, RefusalView, RequestView, Theme, ValueGroup};
use crate::state::AppState;

pub(super) async fn show(State(web): State<AppState>, request: Request) -> Response {
    let locale = html::locale(request.headers(), None, "en");
    let Some(front) = &web.dev else { return Response::default() };
    let refusals = refusals(&web).await;
    let public_url = web.app.config.public_url.as_str();
    let issuers = issuers(front, public_url);
    let environments: Vec<EnvironmentView<'_>> = issuers
        .iter()
        .map(|(name, kind, issuer, discovery)| EnvironmentView { name, kind, issuer, discovery_url: discovery })
        .collect();
    let requests = Front::requests(public_url, &front.values);
    let requests: Vec<RequestView<'_>> =
        requests.iter().map(|(title, command)| RequestView { title, command }).collect();
    let groups = groups(front);
    let values: Vec<ValueGroup<'_>> = groups.iter().map(|(title, values)| ValueGroup { title, values }).collect();
    let explained: Vec<Explained> = refusals.iter().filter_map(explain).collect();
    let refusals: Vec<RefusalView<'_>> = explained.iter().map(Explained::view).collect();
    let rendered = DevFront {
        locale,
        theme: &Theme::default(),
        version: front.version,
        store: &front.store,
        public_url,
        environments: &environments,
        values: &values,
        requests: &requests,
        try_url: "/try",
        refusals: &refusals,
        docs: &DOCUMENTS.map(|(path, _)| (path.trim_start_matches('/'), path)),
    }
    .render();
    html::page(StatusCode::OK, rendered, locale, Forms::Here)
}

/// Name, kind, issuer and discovery address of each seeded environment.
fn issuers(front: &Front, public_url: &str) -> [(&'static str, &'static str, String, String); 3] {
    let own = |name, kind, id: &str| {
        let issuer = format!("{public_url}/{id}/as");
        let discovery = format!("{issuer}/.well-known/openid-configuration");
        (name, kind, issuer, discovery)
    };
    let playground = front.value("msIssuer").to_owned();
    let discovery = format!("{playground}/.well-known/openid-configuration");
    [
        own("Grantor Dev", "SANDBOX", front.value("envID")),
        ("ms-auth-server", "Spring layout", playground, discovery),
        own("Administrators", "SANDBOX", front.value("adminEnvID")),
    ]
}

fn groups(front: &Front) -> Vec<(&'static str, Vec<DevValue<'_>>)> {
    let pick = |names: &[&'static str]| names.iter().map(|name| DevValue { name, value: front.value(name) }).collect();
    vec![
        ("Addresses", pick(&["authPath", "apiPath", "msIssuer"])),
        ("Environment", pick(&["envID", "popID", "orgID", "licenseID"])),
        ("User", pick(&["userID", "username", "password"])),
        (
            "Applications",
            pick(&["sharedWebAppID", "sharedWebAppSecret", "basicWebAppID", "basicWebAppSecret", "spaAppID"]),
        ),
        ("Administrator", pick(&["adminEnvID", "adminAppID", "adminAppSecret"])),
    ]
}

/// The last refusals of the seeded environments, newest first. Only the developer's own server shows them to whoever asks.
async fn refusals(web: &AppState) -> Vec<Activity> {
    let mut found = Vec::new();
    for environment in [dev::ENVIRONMENT, dev::PLAYGROUND, dev::ADMIN_ENVIRONMENT] {
        found.extend(refused_in(web, EnvironmentId::new(environment)).await);
    }
    found.sort_by_key(|activity| std::cmp::Reverse(activity.event.at));
    found.truncate(SHOWN);
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
        let surplus = newest.len().saturating_sub(SHOWN);
        newest.drain(..surplus);
        list.after = page.next;
        if list.after.is_none() {
            break;
        }
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
        let some = |text: &'_ str| !text.is_empty();
        RefusalView {
            at: self.at,
            correlation_id: &self.correlation,
            reason: &self.reason,
            explanation: self.row.map_or("", |row| row.public),
            expected: some(&self.expected).then_some(&self.expected),
            came: some(&self.came).then_some(&self.came),
            mend: self.row.map(|row| row.mend),
        }
    }
}

const SHOWN: usize = 10;
const PAGES: usize = 50;

#[cfg(test)]
mod tests {
    use protocol::audit::{Action, Event};
    use protocol::id::CorrelationId;
    use protocol::refusal::Reason;
    use protocol::time::Time;

    use super::{Activity, explain};

    #[test]
    fn a_reason_of_a_newer_version_is_told_by_its_name_alone() {
        let event = Event::new(None, Time::from_secs(1), CorrelationId::new(uuid::Uuid::nil()), Action::TokenIssued);
        let mut activity = Activity::from(event.refused(&Reason::SecretWrong.into()));
        let known = explain(&activity).unwrap();
        assert_eq!((known.view().reason, known.view().mend.is_some()), ("secret_wrong", true));
        activity.foreign.reason = Some("too_far".to_owned());
        let newer = explain(&activity).unwrap();
        assert_eq!((newer.view().reason, newer.view().explanation, newer.view().mend), ("too_far", "", None));
    }
}
