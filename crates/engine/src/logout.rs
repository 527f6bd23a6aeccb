//! Telling applications that a session of theirs ended (OpenID Connect Back-Channel Logout 1.0 §2.5): what is due was written in the
//! commit that ended the session, and whichever node comes first sends it.
//!
//! Nobody's sign-off waits for it. A node takes a notice by moving it to its next attempt, so that no other sends it meanwhile, and so
//! that it is sent again should this node die. An environment has few under way, and none of another waits for them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use protocol::audit::{Action, Actor, Event, Kind};
use protocol::change::Change;
use protocol::client::Client;
use protocol::ctx::Ctx;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::logout::{self, Notice};
use protocol::outgoing::Unfit;
use protocol::policy;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use store::StoreError;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::app::{App, Ask};
use crate::failure::Failure;
use crate::fetch::{self, Unfetched};
use crate::tenant::Tenant;

/// What this node knows of notices: that there are new ones, and what came of those that it sent.
#[derive(Debug, Default)]
pub struct Logouts {
    new: Arc<Notify>,
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

impl Logouts {
    pub(crate) fn wake(&self) {
        self.new.notify_one();
    }

    /// How many attempts of this node ended how, since the start.
    pub fn outcomes(&self) -> [(&'static str, u64); 3] {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [("delivered", of(&self.delivered)), ("failed", of(&self.failed)), ("given_up", of(&self.given_up))]
    }
}

/// Tells whoever is to be told, until the app is dropped.
pub async fn tell_ended(app: Arc<App>) {
    let new = app.logouts.new.clone();
    let app = Arc::downgrade(&{ app });
    let mut under_way = UnderWay::default();
    loop {
        let Some(app) = app.upgrade() else { return };
        under_way.begin(&app).await;
        drop(app);
        // What another node wrote is found by looking for it.
        let _ = tokio::time::timeout(POLL, new.notified()).await;
    }
}

/// The same once, and waits for all of it.
pub async fn tell_due(app: &Arc<App>) {
    let mut under_way = UnderWay::default();
    under_way.begin(app).await;
    while under_way.tasks.join_next().await.is_some() {}
}

/// The environments that are being told.
#[derive(Debug, Default)]
struct UnderWay {
    environments: HashSet<EnvironmentId>,
    tasks: JoinSet<EnvironmentId>,
}

impl UnderWay {
    async fn begin(&mut self, app: &Arc<App>) {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Ok(environment) => drop(self.environments.remove(&environment)),
                // Which one it was is not known: all of them may be begun again, as two cannot send the same.
                Err(_) => self.environments.clear(),
            }
        }
        let mut looked_at = 0;
        while self.tasks.len() < ENVIRONMENTS {
            let page = match app.store.with_notices(app.latest(), (looked_at, PAGE)).await {
                Ok(page) => page,
                Err(error) => return tracing::warn!(%error, "who is to be told of a sign-off cannot be read"),
            };
            looked_at += PAGE;
            // What another clock shows already is due there alone.
            for (environment, _) in page.iter().filter(|(environment, due_at)| *due_at <= app.now(*environment)) {
                self.tell(app, *environment);
            }
            if page.len() < PAGE as usize {
                return;
            }
        }
    }

    fn tell(&mut self, app: &Arc<App>, environment: EnvironmentId) {
        if self.tasks.len() < ENVIRONMENTS && self.environments.insert(environment) {
            let app = app.clone();
            self.tasks.spawn(async move {
                if let Err(failure) = tell_in(&app, environment).await {
                    let reason = failure.reason().row().name;
                    tracing::warn!(%environment, reason, "applications cannot be told of a sign-off");
                }
                environment
            });
        }
    }
}

/// Tells everybody whom the environment is to tell now, a few at a time.
async fn tell_in(app: &Arc<App>, environment: EnvironmentId) -> Result<(), Failure> {
    loop {
        // What an environment left that is gone is deleted by itself.
        let Some(tenant) = app.tenant(environment).await? else { return Ok(()) };
        let notices = app.store.notices(environment, app.now(environment), AT_ONCE).await?;
        if notices.is_empty() {
            return Ok(());
        }
        let mut sent = JoinSet::new();
        for notice in notices {
            let (app, tenant) = (app.clone(), tenant.clone());
            sent.spawn(async move { tell(&app, &tenant, notice).await });
        }
        // All of them end: what was sent is put on record, whatever became of the others.
        let ended = sent.join_all().await;
        ended.into_iter().collect::<Result<Vec<()>, Failure>>()?;
    }
}

/// Takes the notice, sends it and records what came of it.
async fn tell(app: &App, tenant: &Tenant, notice: Notice) -> Result<(), Failure> {
    let nobody = Ask { correlation: CorrelationId::new(Uuid::nil()), source: None };
    let ask = Ask { correlation: CorrelationId::new(app.ctx(&nobody).uuid()), source: None };
    let ctx = app.ctx_in(tenant.id(), &ask);
    let begun = notice.begun(ctx.now);
    match moved(app, begun.clone(), &notice).await {
        // Another node was first.
        Err(StoreError::Lost { .. }) => return Ok(()),
        taken => taken?,
    }
    let client = tenant.client_of(app, notice.participation.application).await?;
    let uri = client.as_ref().and_then(|client| client.application.logout.backchannel_uri.as_deref());
    let (Some(client), Some(uri)) = (&client, uri) else {
        // It is gone, or does not want to be told any more.
        return Ok(crate::finish::commit(app, vec![leaves(&begun)], None).await?);
    };
    let token = signed(&ctx, tenant, client, &begun)?;
    let body = Secret::new(format!("logout_token={}", token.expose()));
    let sent = fetch::Notice { media: FORM, body, bearer: None };
    let came = app.outgoing.notify(tenant.id(), uri, sent).await;
    if came == Err(Unfetched::Crowded) {
        return Ok(moved(app, begun.postponed(app.now(tenant.id())), &begun).await?);
    }
    conclude(app, &ctx, &begun, came).await
}

fn signed(ctx: &Ctx<'_>, tenant: &Tenant, client: &Client, notice: &Notice) -> Result<Secret, Failure> {
    let Client { application, .. } = client;
    let demands = policy::demands(&tenant.environment, application);
    let key = tenant.keys.signing_within(demands, application.signing.policy, application.signing.id_token)?;
    logout::token(ctx, &notice.participation, &application.client_id, key).map_err(|error| {
        tracing::error!(%error, "a logout token could not be signed");
        Failure::Bug("signing")
    })
}

/// What came of the attempt, and whether another follows.
async fn conclude(app: &App, ctx: &Ctx<'_>, notice: &Notice, came: Result<u16, Unfetched>) -> Result<(), Failure> {
    let Notice { participation, attempts, .. } = notice;
    let event = Event::new(Some(participation.environment), ctx.now, ctx.correlation, Action::LogoutTold);
    let event = event.by(Actor::System).on(Kind::Session, participation.session.uuid());
    let event = Event { application: Some(participation.application), user: Some(participation.user), ..event };
    let (done, hopeless) = (came.is_ok_and(logout::is_done), is_hopeless(came));
    let over = done || hopeless || notice.is_last();
    let event = match came {
        Ok(status) if done => event.noting(format!("attempt {attempts}: status {status}")),
        came => {
            let told = came.map_or_else(|error| error.to_string(), |status| format!("status {status}"));
            let follows = if over { "given up" } else { "another follows" };
            let refused = Refused::new(Reason::LogoutUndelivered, EXPECTED, told);
            event.noting(format!("attempt {attempts}: {follows}")).refused(&refused)
        }
    };
    let counter = match (done, over) {
        (true, _) => &app.logouts.delivered,
        (false, true) => &app.logouts.given_up,
        (false, false) => &app.logouts.failed,
    };
    let changes = over.then(|| leaves(notice)).into_iter().collect();
    crate::finish::commit(app, changes, Some(event)).await?;
    counter.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Whether the address itself is not one to call: it will be none the next time either. A name may be found later.
fn is_hopeless(came: Result<u16, Unfetched>) -> bool {
    matches!(came, Err(Unfetched::Unfit(unfit)) if unfit != Unfit::Unknown)
}

async fn moved(app: &App, notice: Notice, before: &Notice) -> Result<(), StoreError> {
    let change = Change::MoveNotice { notice: Box::new(notice), was: before.due_at };
    crate::finish::commit(app, vec![change], None).await
}

fn leaves(notice: &Notice) -> Change {
    Change::LeaveSession(Box::new(notice.participation.clone()))
}

const FORM: &str = "application/x-www-form-urlencoded";
const EXPECTED: &str = "status 200 or 204 of backchannelLogoutUri";
const POLL: Duration = Duration::from_secs(1);
/// Environments that are looked for at once.
const PAGE: i64 = 100;
/// Environments that are told at the same time.
const ENVIRONMENTS: usize = 16;
/// Of one of them: LO-09, a session with ten thousand applications.
const AT_ONCE: i64 = 4;
