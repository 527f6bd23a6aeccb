//! The end of a flow: the code, for the holder of its session and once, or the news that the person turned away.

use std::sync::Arc;

use protocol::audit::Action;
use protocol::authorize::{Answer, AuthorizationRequest, Given};
use protocol::change::Change;
use protocol::client::Client;
use protocol::consent::Will;
use protocol::flow::{self, Purpose, Resumption, State, Yielded};
use protocol::model::Standing;
use protocol::refusal::{Reason, Refused};

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Failure;
use crate::finish::{Finished, Granted};
use crate::flow::{FlowView, Present, Visitor, about, client_of, load, view, will};
use crate::par::still_unused;
use crate::respond::{Response, description, give, is_told, respond};
use crate::site::Site;

/// How a flow is answered.
#[derive(Debug)]
pub enum Resumed {
    /// To the caller that drives it: the flow as JSON, with what was asked for.
    Flow { view: Box<FlowView>, given: Given },
    /// To the application, by the browser.
    Answered(Response),
}

/// Answers a completed flow, once: 404 for an unknown flow, 400 before its completion and after its first answer, 401
/// without the flow's session.
pub async fn resume(app: &App, site: &Site, ask: &Ask, flow: &str, visitor: &Visitor<'_>) -> Finished<Resumed> {
    let mut call = match Call::begin(app, site, ask, Action::CodeIssued).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    for _ in 0..ATTEMPTS {
        let granted = match decide(&mut call, flow, visitor).await {
            Ok(granted) => granted,
            Err(stop) => return call.stop(stop).await,
        };
        // Where another resume was first, this one is decided again, and refused.
        if let Ok(finished) = call.attempt(granted).await {
            return finished;
        }
    }
    call.stop(Reason::FlowMovedOn.into()).await
}

async fn decide(call: &mut Call<'_>, flow: &str, visitor: &Visitor<'_>) -> Result<Granted<Resumed>, Stop> {
    let flow = load(call, flow).await?;
    about(call, &flow);
    let present = visitor.present_in(call, &flow).await?;
    let Purpose::Code(request) = &flow.purpose;
    let client = client_of(call, &flow).await?;
    let (known, standing) = match flow.state.user() {
        Some(user) => (will::known(call, &client, request, user).await?, will::standing(call, &client, user).await?),
        None => (None, Standing::UNKNOWN),
    };
    let will = Will { client: &client, standing: &standing, known: known.as_ref(), answered: false };
    let resumption = flow::resume(&flow, present.as_ref().map(Present::presence), will, &call.ctx)?;
    let Resumption { flow, yielded, mut changes, event } = resumption;
    let (Yielded::Code { request, .. } | Yielded::Refused { request, .. }) = &yielded;
    still_unused(call, request.pushed).await?;
    let view = view(call, flow, present.as_ref().map(|present| present.user.clone())).await?;
    let value = match yielded {
        Yielded::Code { code, front, request } => {
            let presence = present.as_ref().map(Present::presence).ok_or(Reason::SessionMissing)?;
            let given = match give(call, &view.client, &request, presence, (code, front)).await {
                Err(Stop::Denied(denial)) if is_told(&denial, &request) => {
                    // What the request was granted goes with it: the flow alone is answered.
                    changes.retain(|change| matches!(change, Change::UpdateFlow(_)));
                    call.tells(event.refused(&denial.refused));
                    let value = Resumed::Answered(told(call, view.client, &request, &denial.refused)?);
                    return Ok(Granted { value, changes });
                }
                given => given?,
            };
            changes.extend(given.changes);
            if request.drives_itself() {
                Resumed::Flow { view: Box::new(view), given: given.value }
            } else {
                Resumed::Answered(respond(call, view.client, &request, Answer::Granted(&given.value))?)
            }
        }
        Yielded::Refused { refused, request } => Resumed::Answered(told(call, view.client, &request, &refused)?),
    };
    call.tells(event);
    Ok(Granted { value, changes })
}

/// The news that a good request is refused (RFC 6749 §4.1.2.1).
fn told(
    call: &Call<'_>,
    client: Arc<Client>,
    request: &AuthorizationRequest,
    refused: &Refused,
) -> Result<Response, Failure> {
    let description = description(call, refused);
    respond(call, client, request, Answer::Error { code: refused.reason.row().oauth, description: &description })
}

/// The response for a flow whose person turned away (RFC 6749 §4.1.2.1, `access_denied`). None where there is nowhere to
/// tell it. A page when the redirection URI is not registered any more.
pub async fn decline(app: &App, site: &Site, ask: &Ask, view: &FlowView) -> Finished<Option<Response>> {
    let mut call = match Call::begin(app, site, ask, Action::FlowUpdated).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    about(&mut call, &view.flow);
    let outcome = declined(&call, view);
    call.show(outcome).await
}

fn declined(call: &Call<'_>, view: &FlowView) -> Result<Option<Response>, Stop> {
    if view.flow.state != State::Cancelled {
        return Ok(None);
    }
    let request = match &view.flow.purpose {
        Purpose::Code(request) if request.drives_itself() => return Ok(None),
        Purpose::Code(request) => request,
    };
    let description = if view.flow.consented == Some(false) { DENIED } else { "The user cancelled the sign-on" };
    let answer = Answer::Error { code: "access_denied", description };
    Ok(Some(respond(call, view.client.clone(), request, answer)?))
}

/// What is told where the person was asked for consent and gave none.
pub const DENIED: &str = "The user did not allow what the application asked for";
const ATTEMPTS: usize = 2;
