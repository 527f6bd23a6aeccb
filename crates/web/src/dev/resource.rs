//! `GET|POST /dev/resource`: a protected resource to try tokens on, by `Authorization: Bearer` or `DPoP` (RFC 6750 §2.1, RFC 9449
//! §7). It answers with what the token says. It stands for any resource, so it looks at no audience and no scope; a query demands
//! a sign-on of the token, as a resource may (`?acr_values=…&max_age=…`, RFC 9470).

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use engine::manage::nonce_environment;
use engine::refuse;
use engine::resource::{Admitted, Demanded, Shown, shown};
use engine::site::Site;
use http::request::Parts;
use protocol::dpop::Scheme;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::step_up::StepUp;

use crate::ask::{access_token, ask, certificate, proof};
use crate::error;
use crate::oauth::introspect;
use crate::state::AppState;

pub(super) const PATH: &str = "/dev/resource";

/// Answers whoever may use the token that they show. Whose token it is says its issuer, which chooses the keys that must verify.
pub(super) async fn show(State(web): State<AppState>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let ask = ask(&parts);
    let Some(sent) = sent(&web, &parts) else {
        return refused(&web, &parts, Scheme::Bearer, no_token(Reason::AccessTokenMissing, "no access token")).await;
    };
    let Some(environment) = nonce_environment(&web.app, &sent) else {
        return refused(&web, &parts, sent.scheme, no_token(Reason::AccessTokenInactive, "another string")).await;
    };
    let step_up = match demanded(&parts) {
        Ok(step_up) => step_up,
        Err(unreadable) => return refused(&web, &parts, sent.scheme, unreadable).await,
    };
    let site = web.app.site(environment);
    let demanded = Demanded { step_up, ..Demanded::default() };
    match shown(&web.app, &site, &ask, &sent, &demanded).await.into_result() {
        Ok(admitted) => tell(&site, &admitted),
        Err(failure) => {
            let mut response = error::resource(&site, sent.scheme, &failure, &ask);
            if failure.reason() == Reason::AuthenticationInsufficient {
                error::tell_step_up(response.headers_mut(), &demanded.step_up);
            }
            let nonce = error::wants_nonce(&failure).then(|| web.app.dpop_nonce(environment));
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            response
        }
    }
}

fn tell(site: &Site, admitted: &Admitted) -> Response {
    let mut response = error::with_json(200, introspect::of_access(&admitted.facts).finish());
    error::dress(&mut response, site.layout);
    error::next_nonce(response.headers_mut(), admitted.dpop_nonce.as_deref());
    response
}

fn demanded(parts: &Parts) -> Result<StepUp, Refused> {
    let params = Params::query(parts.uri.query().unwrap_or_default()).map_err(|error| error.refused())?;
    StepUp::read(&params)
}

fn sent(web: &AppState, parts: &Parts) -> Option<Shown> {
    let (scheme, token) = access_token(&parts.headers)?;
    Some(Shown {
        token: Secret::new(token.to_owned()),
        scheme,
        proof: proof(&parts.headers),
        certificate: certificate(&parts.extensions),
        method: parts.method.to_string(),
        url: format!("{}{PATH}", web.app.config.public_url),
    })
}

/// Without a token that names an environment of ours there is none to say more in the name of.
async fn refused(web: &AppState, parts: &Parts, scheme: Scheme, refused: Refused) -> Response {
    let ask = ask(parts);
    error::no_resource(scheme, &refuse::outside(&web.app, &ask, refused).await, &ask)
}

fn no_token(reason: Reason, came: &str) -> Refused {
    Refused::new(reason, "an access token of this server in the header Authorization", came)
}
