//! The authorization endpoint: load client and session, let the protocol decide, and hand back a page to go to, a flow to
//! drive, or a response on its way.

use std::sync::Arc;

use protocol::audit::{Action, Actor};
use protocol::authorize::{
    Answer, Asked, AuthorizationRequest, AuthorizeRefusal, Given, IdTokenHint, SignOn, Surroundings, check, client_id,
    decide_sign_on, takes_plain,
};
use protocol::change::Change;
use protocol::client::Client;
use protocol::consent::{Will, needed, required};
use protocol::flow::{Flow, Followed, Issued, Purpose, Resumption, Yielded, issue, resume, start, start_signed_on};
use protocol::model::SignOnPolicyAssignment;
use protocol::policy::{Own, token_profile};
use protocol::refusal::{Reason, Refused};
use protocol::registration::document;
use protocol::secret::Secret;

use crate::app::{App, Ask};
use crate::brought::brought;
use crate::budget::Budget;
use crate::call::{Call, Here, Stop};
use crate::controls::forced;
use crate::controls::sign_on::is_named;
use crate::finish::{Failed, Finished, Granted};
use crate::flow::{Asking, FlowView, Present, Visitor, about, bind, recovers, will};
use crate::respond::{self, Response, give, is_told, redirectable, respond};
use crate::site::{Endpoint, Site};
use crate::token::ATTEMPTS;

/// What becomes of an authorization request.
#[derive(Debug)]
pub enum Authorization {
    /// A flow: its caller drives it (`pi.flow`), or the person is sent to a page.
    Begun(Begun),
    /// The session was enough: the response is on its way.
    Answered(Response),
    /// The same for a caller that drives itself and wants nobody to be asked: the flow, answered, with what was asked for.
    Told { view: Box<FlowView>, given: Given },
    /// Refused, and the application is told.
    Denied(Response),
    /// Refused, and the application is told once the person says so: nobody vouches for it, and they never had to do with it.
    Interposed { response: Response, failed: Failed },
    /// Refused, and told to whoever asks here. The application is there once it was found.
    Refused { refusal: AuthorizeRefusal, failed: Failed, client: Option<Arc<Client>> },
}

/// A flow that begins here, and the cookie that binds its pages to the browser.
#[derive(Debug)]
pub struct Begun {
    pub view: Box<FlowView>,
    pub browser: Secret,
}

/// Answers an authorization request.
pub async fn authorize(
    app: &App,
    site: &Site,
    ask: &Ask,
    asked: &Asked<'_>,
    visitor: &Visitor<'_>,
) -> Finished<Authorization> {
    let mut call = match Call::begin(app, site, ask, Action::AuthorizationRequested).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let asked_for = call.event.clone();
    for _ in 0..ATTEMPTS {
        match decide(&mut call, asked, visitor).await {
            Ok(Decided::Granted(granted)) => {
                if matches!(granted.value, Authorization::Begun(_))
                    && let Err(stop) = may_begin(&call)
                {
                    return call.stop(stop).await;
                }
                // Where another answer was first, on the same reference, this one is decided again, and refused.
                if let Ok(finished) = call.attempt(granted).await {
                    return finished;
                }
                call.event = asked_for.clone();
            }
            Ok(Decided::Refused(denied)) => return deny(call, denied, visitor).await,
            Err(stop) => return call.stop(stop).await,
        }
    }
    call.stop(Reason::StateChanged.into()).await
}

/// Tells a refusal where it may be told.
async fn deny(call: Call<'_>, denied: Denied, visitor: &Visitor<'_>) -> Finished<Authorization> {
    let Denied { refusal, client, silent } = denied;
    let refused = refusal.refused().clone();
    if let Err(fault) = call.at.tenant.may_refuse(refused.reason) {
        return call.stop(fault.into()).await;
    }
    let told = match respond::refuse(&call, client.as_ref(), &refusal) {
        Ok(told) => told,
        Err(failure) => return call.stop(failure.into()).await,
    };
    let known = match &told {
        Some(response) if !silent => known_to(&call, &response.client, visitor).await,
        _ => Ok(true),
    };
    let known = match known {
        Ok(known) => known,
        Err(stop) => return call.stop(stop).await,
    };
    let draw = |failed| match told {
        Some(response) if known => Authorization::Denied(response),
        Some(response) => Authorization::Interposed { response, failed },
        None => Authorization::Refused { refusal, failed, client },
    };
    call.tell(refused, draw).await
}

/// Whether one more sign-on may be begun from there: what nobody begins is kept until it expires.
///
/// # Errors
/// 429 for nobody who began too many.
pub(crate) fn may_begin(call: &Call<'_>) -> Result<(), Stop> {
    if !Budget::is_of_nobody(&call.event) {
        return Ok(());
    }
    let Some(seconds) = call.app.budget.begins(call.claim(), call.app.world.now()) else { return Ok(()) };
    let refused = Refused::new(Reason::RateLimited, "fewer sign-ons that are begun from one address", "one more");
    Err(Refused { retry_after: Some(seconds), ..refused }.into())
}

/// Whether the person has to do with the application, so that they may be sent there with a refusal that came before they did anything
/// (RFC 9700 §4.11.2): it is registered here, or they are signed on and allowed it something before.
async fn known_to(call: &Call<'_>, client: &Client, visitor: &Visitor<'_>) -> Result<bool, Stop> {
    // ADR 0048: relying parties that register themselves wait for the redirect.
    if !document::is_address(&client.application.client_id) {
        return Ok(true);
    }
    let Some(present) = visitor.present(call).await? else { return Ok(false) };
    let consent = call.app.store.consent(call.environment(), present.user.id, client.application.id).await?;
    Ok(consent.is_some())
}

/// What was decided, before it is committed.
enum Decided {
    Granted(Granted<Authorization>),
    Refused(Denied),
}

struct Denied {
    refusal: AuthorizeRefusal,
    client: Option<Arc<Client>>,
    /// A page asks in the background (`prompt=none`), which no person looks at.
    silent: bool,
}

async fn decide(call: &mut Call<'_>, asked: &Asked<'_>, visitor: &Visitor<'_>) -> Result<Decided, Stop> {
    let client = match find_client(call, asked).await? {
        Ok(client) => client,
        Err(refusal) => return Ok(Decided::Refused(Denied { refusal, client: None, silent: false })),
    };
    call.event.application = Some(client.application.id);
    crate::noted::client(&client.application.client_id);
    call.at.tenant.must_know_policies()?;
    let brought = match brought(call, asked, &client).await? {
        Ok(brought) => brought,
        Err(refusal) => return Ok(Decided::Refused(Denied { refusal, client: Some(client), silent: false })),
    };
    let asked = brought.as_ref().map_or(*asked, |brought| brought.asked(asked));
    let silent = asked.params.text("prompt") == Some("none");
    let refused = |refusal, client| Decided::Refused(Denied { refusal, client: Some(client), silent });
    // On a developer's server somebody may be named who is to sign on: nobody else's session does then.
    let present = visitor
        .present(call)
        .await?
        .filter(|present| silent || is_named(call, asked.params.text("login_hint"), &present.user));
    let assignments = call.at.tenant.assignments(call.app, client.application.id).await?;
    let (request, sign_on) = match judge(call, &asked, &client, present.as_ref(), &assignments) {
        Ok(judged) => judged,
        Err(refusal) => return Ok(refused(refusal, client)),
    };
    let Some(present) = present.filter(|_| sign_on == SignOn::Present) else {
        return Ok(match begun(call, client.clone(), request.clone(), None) {
            Ok(begun) => Decided::Granted(begun),
            // What the policy asks for is refused, and not left out.
            Err(why) => refused(redirectable(call, &request, &client, why), client),
        });
    };
    let known = will::known(call, &client, &request, present.user.id).await?;
    let standing = will::standing(call, &client, present.user.id).await?;
    let will = Will { client: &client, standing: &standing, known: known.as_ref(), answered: false };
    if let Err(refusal) = will.admit() {
        return Ok(refused(redirectable(call, &request, &client, refusal), client));
    }
    if needed(&request, will) {
        if request.prompt.none {
            let refusal = redirectable(call, &request, &client, required(will));
            return Ok(refused(refusal, client));
        }
        let asking = will::asking(&call.at.tenant, &request, will);
        return Ok(Decided::Granted(begun(call, client, request, Some((present, Some(asking))))?));
    }
    if !request.drives_itself() {
        return match answer(call, client.clone(), &request, &present, will).await {
            Err(Stop::Denied(denial)) if is_told(&denial, &request) => {
                Ok(refused(redirectable(call, &request, &client, *denial.refused), client))
            }
            answered => answered.map(Decided::Granted),
        };
    }
    Ok(Decided::Granted(if request.prompt.none {
        tell(call, client.clone(), request, &present, will).await?
    } else {
        begun(call, client.clone(), request, Some((present, None)))?
    }))
}

async fn find_client(call: &Call<'_>, asked: &Asked<'_>) -> Result<Result<Arc<Client>, AuthorizeRefusal>, Stop> {
    let id = match client_id(asked) {
        Ok(id) => id,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let unknown = || Refused::new(Reason::ClientUnknown, "the client id of an application", "another");
    Ok(call.at.tenant.client(call.app, id).await?.ok_or_else(|| asked.unredirectable(unknown())))
}

fn judge(
    call: &Call<'_>,
    asked: &Asked<'_>,
    client: &Client,
    present: Option<&Present>,
    assignments: &[SignOnPolicyAssignment],
) -> Result<(AuthorizationRequest, SignOn), AuthorizeRefusal> {
    let userinfo = call.at.site.url(Endpoint::Userinfo);
    let mut request = check(asked, client, &surroundings(call, &userinfo, assignments))?;
    forced::decided().map_err(|refused| told(call, asked, (&request, client), refused))?;
    let hint = asked.params.text("id_token_hint").map(|token| verify_hint(call, token)).transpose();
    let hint = hint.map(|hint| hint.map(|hint| hint.of(client, present.map(|present| &present.user))));
    // OIDC Core §3.1.2.1: nobody else is answered for, whoever signs on.
    let hint = hint.and_then(|hint| hint.as_ref().map_or(Ok(()), |hint| request.expect(hint)).map(|()| hint));
    let refuse = |refused: Refused| redirectable(call, &request, client, refused);
    let hint = hint.map_err(refuse)?;
    let presence = present.map(Present::presence);
    let follows = Followed::of(&call.at.tenant.sign_on_policies, request.policies(), call.ask.source);
    let sign_on = decide_sign_on(&request, client, presence, hint.as_ref(), &follows, call.ctx.now).map_err(refuse)?;
    Ok((request, sign_on))
}

/// What the checks of a request read, wherever it came.
pub(crate) fn surroundings<'a>(
    call: &'a Call<'_>,
    userinfo: &'a str,
    assignments: &'a [SignOnPolicyAssignment],
) -> Surroundings<'a> {
    let Here { site, tenant } = &call.at;
    Surroundings {
        issuer: &site.issuer,
        environment: &tenant.environment,
        developer: call.app.config.developer,
        own: Own { api: &call.app.config.api_url, userinfo },
        scopes: &tenant.scopes,
        sign_on_policies: &tenant.sign_on_policies,
        assignments,
    }
}

fn begun(
    call: &mut Call<'_>,
    client: Arc<Client>,
    request: AuthorizationRequest,
    present: Option<(Present, Option<Asking>)>,
) -> Result<Granted<Authorization>, Refused> {
    let Granted { value, changes } = begin(call, client, Purpose::Code(request), present)?;
    Ok(Granted { value: Authorization::Begun(value), changes })
}

/// Starts a flow; with a session that is enough nobody is asked who they are, but perhaps what they allow.
///
/// # Errors
/// None of the sign-on policies comes to its end here.
pub(crate) fn begin(
    call: &mut Call<'_>,
    client: Arc<Client>,
    purpose: Purpose,
    present: Option<(Present, Option<Asking>)>,
) -> Result<Granted<Begun>, Refused> {
    let (binding, browser) = bind(&call.ctx);
    let environment = call.environment();
    let flow = if let Some((present, asking)) = &present {
        // Nobody's sign-on is slowed who is signed on already.
        call.event.actor = Actor::User(present.user.id);
        call.event.user = Some(present.user.id);
        start_signed_on(&call.ctx, environment, purpose, binding, &present.session).asking(asking.is_some())
    } else {
        let follows = Followed::of(&call.at.tenant.sign_on_policies, purpose.policies(), call.ask.source);
        start(&call.ctx, environment, purpose, &follows, binding)?
    };
    let document = document::is_address(&client.application.client_id).then(|| client.application.client_id.clone());
    let flow = Flow { document, ..flow };
    about(call, &flow);
    let changes = vec![Change::CreateFlow(Box::new(flow.clone()))];
    let own = &call.at.tenant.environment;
    let (user, asking) = present.map_or((None, None), |(present, asking)| (Some(present.user), asking));
    let (environment, locale) = (own.name.clone(), own.settings.locale.clone());
    let repeatable = takes_plain(&client, own);
    let recovers = recovers(call, &flow);
    let password_policy = None;
    let view = FlowView { flow, client, user, password_policy, asking, recovers, repeatable, environment, locale };
    Ok(Granted { value: Begun { view: Box::new(view), browser }, changes })
}

async fn answer(
    call: &mut Call<'_>,
    client: Arc<Client>,
    request: &AuthorizationRequest,
    present: &Present,
    will: Will<'_>,
) -> Result<Granted<Authorization>, Stop> {
    let Issued { code, front, mut changes, event } =
        issue(call.environment(), request, present.presence(), will, &call.ctx)?;
    let given = give(call, &client, request, present.presence(), (code, front)).await?;
    changes.extend(given.changes);
    let response = respond(call, client, request, Answer::Granted(&given.value))?;
    call.tells(event);
    Ok(Granted { value: Authorization::Answered(response), changes })
}

/// Begins a flow and ends it at once: `prompt=none` leaves its caller nothing to drive.
async fn tell(
    call: &mut Call<'_>,
    client: Arc<Client>,
    request: AuthorizationRequest,
    present: &Present,
    will: Will<'_>,
) -> Result<Granted<Authorization>, Stop> {
    let purpose = Purpose::Code(request);
    let Granted { value: Begun { mut view, .. }, mut changes } =
        begin(call, client, purpose, Some((present.clone(), None)))?;
    let resumed = resume(&view.flow, Some(present.presence()), will, &call.ctx)?;
    let Resumption { flow, yielded, changes: more, event } = resumed;
    let given = match yielded {
        Yielded::Code { code, front, request } => {
            give(call, &view.client, &request, present.presence(), (code, front)).await?
        }
        Yielded::Refused { refused, .. } => return Err((*refused).into()),
    };
    view.flow = flow;
    changes.extend(more);
    changes.extend(given.changes);
    call.tells(event);
    Ok(Granted { value: Authorization::Told { view, given: given.value }, changes })
}

/// A hint may come from any mount of the environment.
pub(crate) fn verify_hint(call: &Call<'_>, token: &str) -> Result<IdTokenHint, Refused> {
    let mut outcome = Err(Reason::HintInvalid.into());
    let tenant = &call.at.tenant;
    for issuer in call.app.issuers(tenant.id()) {
        outcome = IdTokenHint::verify(
            token,
            |kid| tenant.keys.find(kid),
            &issuer,
            token_profile(&tenant.environment),
            call.ctx.now,
        );
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// A refusal that a test asked for, told where a real one would be: not at an address that it says is nobody's.
fn told(
    call: &Call<'_>,
    asked: &Asked<'_>,
    (request, client): (&AuthorizationRequest, &Client),
    refused: Refused,
) -> AuthorizeRefusal {
    match refused.reason {
        Reason::ClientUnknown
        | Reason::RedirectUriInvalid
        | Reason::RedirectUriUnsafe
        | Reason::RateLimited
        | Reason::RequestsCrowded => asked.unredirectable(refused),
        _ => redirectable(call, request, client, refused),
    }
}
