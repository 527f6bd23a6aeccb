//! The end of a flow: the code, for the holder of its session and once, or the news that the person turned away.

use protocol::audit::{Action, Event};
use protocol::authorize::Answer;
use protocol::ctx::Ctx;
use protocol::flow::{self, Flow, State};
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;

use crate::app::{App, Ask};
use crate::authorize::{Response, respond};
use crate::failure::Failure;
use crate::finish::{Denied, Granted, attempt, finish_stateless};
use crate::flow::{FlowView, Present, Visitor, load, tenant, view};
use crate::site::Site;
use crate::tenant::Tenant;

/// How a flow is answered.
#[derive(Debug)]
pub enum Resumed {
    /// To the caller that drives it: the flow as JSON, with the code.
    Flow { view: Box<FlowView>, code: Secret },
    /// To the application, by the browser.
    Answered(Response),
}

/// Answers a completed flow, once.
///
/// # Errors
/// 404 for an unknown flow, 400 before its completion and after its first answer, 401 without the flow's session.
pub async fn resume(app: &App, site: &Site, ask: &Ask, flow: &str, visitor: &Visitor<'_>) -> Result<Resumed, Failure> {
    let ctx = app.ctx(ask);
    let tenant = tenant(app, site.environment).await?;
    let present = visitor.present(app, &ctx, site.environment).await?;
    for _ in 0..ATTEMPTS {
        let flow = load(app, &ctx, site.environment, flow).await?;
        let granted = match decide(app, ask, &ctx, &tenant, &flow, present.as_ref()).await {
            Ok(granted) => granted,
            Err(Failure::Refused(refused)) => return Err(record(app, ask, &ctx, &flow, *refused).await),
            Err(failure) => return Err(failure),
        };
        // Where another resume was first, this one is decided again, and refused.
        if let Ok(finished) = attempt(app, granted).await {
            return finished.into_result();
        }
    }
    Err(Reason::FlowMovedOn.into())
}

async fn decide(
    app: &App,
    ask: &Ask,
    ctx: &Ctx<'_>,
    tenant: &Tenant,
    flow: &Flow,
    present: Option<&Present>,
) -> Result<Granted<Resumed>, Failure> {
    let (resumed, issued) = flow::resume(flow, present.map(Present::presence), ctx)?;
    let view = view(app, tenant, resumed, present.map(|present| present.user.clone())).await?;
    // An application that was switched off meanwhile gets no code.
    if !view.client.application.enabled {
        return Err(Refused::new(Reason::ApplicationDisabled, "an enabled application", "a disabled one").into());
    }
    let event = Event { source: ask.source, ..issued.event };
    let value = if view.flow.request.drives_itself() {
        Resumed::Flow { view: Box::new(view), code: issued.code }
    } else {
        let request = view.flow.request.clone();
        Resumed::Answered(respond(tenant, view.client, request, Answer::Code(&issued.code))?)
    };
    Ok(Granted { value, changes: issued.changes, event })
}

/// The response for a flow whose person turned away (RFC 6749 §4.1.2.1, `access_denied`). None where there is nowhere to
/// tell it.
///
/// # Errors
/// A page when the redirection URI is not registered any more.
pub async fn decline(app: &App, site: &Site, view: &FlowView) -> Result<Option<Response>, Failure> {
    let request = view.flow.request.clone();
    if view.flow.state != State::Cancelled || request.drives_itself() {
        return Ok(None);
    }
    let tenant = tenant(app, site.environment).await?;
    let answer = Answer::Error { code: "access_denied", description: "The user cancelled the sign-on" };
    respond(&tenant, view.client.clone(), request, answer).map(Some)
}

async fn record(app: &App, ask: &Ask, ctx: &Ctx<'_>, flow: &Flow, refused: Refused) -> Failure {
    let mut event =
        Event::new(Some(flow.environment), ctx.now, ctx.correlation, Action::CodeIssued).on("FLOW", flow.id.uuid());
    event.source = ask.source;
    event.application = Some(flow.request.application);
    let denied = Denied { refused: refused.clone(), changes: Vec::new(), event };
    finish_stateless::<()>(app, Err(denied)).await.into_result().err().unwrap_or_else(|| refused.into())
}

const ATTEMPTS: usize = 2;
