//! `/dev/mcp`: a small server of the Model Context Protocol to try its clients on, a protected resource by Bearer or DPoP (RFC 6750
//! §2.1, RFC 9449 §7), with its metadata where a client looks for them (RFC 9728 §3.1).
//!
//! It keeps nothing between two requests, so it gives no session and opens no stream: each request is answered with one JSON
//! object. `/dev/mcp` is for the environment that is made for it ([`engine::bootstrap::mcp`]); `/dev/mcp/{environment}` for any other,
//! where a resource with that address as its audience is registered.

mod answers;
mod message;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, options, post};
use engine::Ask;
use engine::bootstrap::mcp::{self, PATH, SCOPE};
use engine::metadata::keys;
use engine::refuse;
use engine::resource::{Admitted, Demanded, Shown, shown};
use http::header::{ACCEPT, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use protocol::discovery::dpop_algs;
use protocol::dpop::Scheme;
use protocol::id::EnvironmentId;
use protocol::policy::RFC9700;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::token::Json;
use url::Url;

use crate::ask::{access_token, ask, certificate, media_types, proof};
use crate::error::{self, Protected};
use crate::layers::form::whole;
use crate::oauth::{cors, resource};
use crate::state::{AppState, is_this_machine};
use answers::answer;
use message::{Fault, read};

/// The routes for each environment; with `own` those for the one that is made for it.
pub(super) fn routes(own: bool) -> Router<AppState> {
    let paths = if own {
        vec![PATH.to_owned(), format!("{PATH}/{{environment}}")]
    } else {
        vec![format!("{PATH}/{{environment}}")]
    };
    paths.iter().fold(Router::new(), |router, path| {
        let of_browsers = || options(cors::preflight_public);
        router
            .route(path, post(call).merge(of_browsers()))
            .route(&format!("{METADATA}{path}"), get(describe).merge(of_browsers()))
    })
}

/// Where a request is for.
struct Place {
    environment: EnvironmentId,
    /// The address of the server, and the audience of its tokens.
    address: String,
    metadata: String,
}

impl Place {
    /// # Errors
    /// The answer, where there is no such environment or it cannot be made now.
    async fn of(web: &AppState, parts: &Parts, ask: &Ask) -> Result<Self, Response> {
        let path = parts.uri.path();
        let path = path.strip_prefix(METADATA).unwrap_or(path);
        let found = match path.strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/')) {
            None => mcp::there(&web.app, ask).await.into_result(),
            Some(id) => {
                if let Some(environment) = EnvironmentId::parse(id) {
                    Ok(environment)
                } else {
                    let refused = Refused::new(Reason::EnvironmentUnknown, "a lower-case UUID", "another path segment");
                    Err(refuse::outside(&web.app, ask, refused).await)
                }
            }
        };
        let at = &web.app.config.public_url;
        found
            .map(|environment| Self {
                environment,
                address: format!("{at}{path}"),
                metadata: format!("{at}{METADATA}{path}"),
            })
            .map_err(|failure| error::management(&failure, ask.correlation))
    }
}

/// The metadata of the server (RFC 9728 §2).
async fn describe(State(web): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let ask = ask(&parts);
    let place = match Place::of(&web, &parts, &ask).await {
        Ok(place) => place,
        Err(response) => return cors::open(response),
    };
    let site = web.app.site(place.environment);
    if let Err(failure) = keys(&web.app, &site, &ask).await.into_result() {
        return cors::open(error::management(&failure, ask.correlation));
    }
    let document = Json::object()
        .text("resource", &place.address)
        .texts("authorization_servers", [site.issuer.as_str()])
        .texts("scopes_supported", [SCOPE])
        .texts("bearer_methods_supported", ["header"])
        .texts("dpop_signing_alg_values_supported", dpop_algs(&RFC9700))
        .text("resource_name", "MCP server to try clients on");
    resource::publish(&parts, document)
}

/// One message.
async fn call(State(web): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // MCP, Streamable HTTP, "Security": a page of somewhere else has nothing to ask here.
    if !is_ours(&web, &parts.headers) {
        return Fault::refused(StatusCode::FORBIDDEN, "The page is of another origin").answer();
    }
    let ask = ask(&parts);
    let mut response = match Place::of(&web, &parts, &ask).await {
        Ok(place) => protected(&web, &place, &parts, body, &ask).await,
        Err(response) => response,
    };
    error::dress(&mut response, engine::site::Layout::PingOne);
    cors::expose(cors::open(response))
}

async fn protected(web: &AppState, place: &Place, parts: &Parts, body: Body, ask: &Ask) -> Response {
    let of = Protected { scope: SCOPE, metadata: &place.metadata };
    let scheme = access_token(&parts.headers).map_or(Scheme::Bearer, |(scheme, _)| scheme);
    let admitted = match admitted(web, place, parts, ask).await {
        Ok(admitted) => admitted,
        Err(failure) => {
            let mut response = error::protected(of, scheme, &failure, ask);
            let nonce = error::wants_nonce(&failure).then(|| web.app.dpop_nonce(place.environment));
            error::next_nonce(response.headers_mut(), nonce.as_deref());
            return response;
        }
    };
    let told = told(web, parts, body, ask, &admitted).await;
    let mut response = told.unwrap_or_else(|refused| refused);
    error::next_nonce(response.headers_mut(), admitted.dpop_nonce.as_deref());
    response
}

/// Whoever sent the token may use the server.
async fn admitted(web: &AppState, place: &Place, parts: &Parts, ask: &Ask) -> Result<Admitted, engine::Failed> {
    let Some((scheme, token)) = access_token(&parts.headers) else {
        let expected = "an access token in the header Authorization";
        let refused = Refused::new(Reason::AccessTokenMissing, expected, "no access token");
        return Err(refuse::outside(&web.app, ask, refused).await);
    };
    let sent = Shown {
        token: Secret::new(token.to_owned()),
        scheme,
        proof: proof(&parts.headers),
        certificate: certificate(&parts.extensions),
        method: parts.method.to_string(),
        url: place.address.clone(),
    };
    let demanded = Demanded { audience: Some(&place.address), scope: Some(SCOPE), ..Demanded::default() };
    shown(&web.app, &web.app.site(place.environment), ask, &sent, &demanded).await.into_result()
}

/// The answer to a message of somebody who may ask.
///
/// # Errors
/// The answer to what is no message.
async fn told(web: &AppState, parts: &Parts, body: Body, ask: &Ask, who: &Admitted) -> Result<Response, Response> {
    if !takes_json(&parts.headers) {
        return Err(Fault::refused(StatusCode::NOT_ACCEPTABLE, "The answer is application/json").answer());
    }
    if media_types(&parts.headers) != ["application/json"] {
        return Err(Fault::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The message must be application/json").answer());
    }
    let body = match whole(parts, body, LONGEST).await {
        Ok(body) => body,
        Err(refused) => {
            let failure = refuse::outside(&web.app, ask, refused).await;
            return Err(error::management(&failure, ask.correlation));
        }
    };
    Ok(read(&body).map_or_else(|fault| fault.answer(), |message| answer(&message, &parts.headers, &who.facts)))
}

/// Without an origin it is no browser's page.
fn is_ours(web: &AppState, headers: &HeaderMap) -> bool {
    headers.get_all(ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        origin == web.app.config.public_url || Url::parse(origin).is_ok_and(|url| is_this_machine(&url))
    })
}

/// RFC 9110 §12.5.1: whoever says nothing takes anything.
fn takes_json(headers: &HeaderMap) -> bool {
    let lines: Vec<&str> = headers.get_all(ACCEPT).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let media = |range: &str| range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let ranges = lines.iter().flat_map(|line| line.split(','));
    lines.is_empty() || ranges.into_iter().any(|range| TAKEN.contains(&media(range).as_str()))
}

const TAKEN: [&str; 3] = ["application/json", "application/*", "*/*"];
const METADATA: &str = "/.well-known/oauth-protected-resource";
const LONGEST: usize = 64 * 1024;
