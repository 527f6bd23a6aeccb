//! `protocol::authorize` of a request to the authorization endpoint: nothing is ever sent to an address that is not registered,
//! an error comes with the `state` that came, and a sound request asks for the same when it is asked again with its own
//! parameters. The octet before the query chooses among clients.

use grantor_fuzz::known::{ISSUER, REDIRECTS, client, scopes};
use protocol::authorize::{
    Answer, Asked, AuthorizationRequest, AuthorizeRefusal, Carrier, Delivery, ResponseMode, Surroundings, Via,
    client_id, deliver,
};
use protocol::client::Client;
use protocol::model::{Environment, Scopes};
use protocol::params::Params;
use protocol::policy::Own;
use url::{Url, form_urlencoded};

pub fn check((variant, query): (u8, &[u8])) {
    let (client, scopes) = (client(variant), scopes());
    let (params, problem) = Params::lenient(query);
    let asked = Asked { via: Via::Front, params: &params, problem: problem.as_ref(), origin: None };
    if client_id(&asked) != Ok("app") {
        return;
    }
    match read(&asked, &client, &scopes) {
        Ok(request) => {
            assert!(problem.is_none());
            assert!(request.redirect_uri.as_deref().is_some_and(is_registered) || request.drives_itself());
            assert!(
                request.challenge.is_some() || variant & 5 == 0 || !request.response_type.code(),
                "RFC 9700 §2.1.1"
            );
            let kind = request.response_type;
            let front = kind.id_token() || kind.token();
            assert!(variant & 8 != 0 || !front, "only what is registered");
            assert!(!kind.id_token() || request.nonce.is_some(), "OIDC Core §3.2.2.1");
            let in_query = request.response_mode.carrier() == Carrier::Query && !request.drives_itself();
            assert!(!(front && in_query), "Multiple Response Types §3");
            assert_ne!(request.response_mode, ResponseMode::Jwt, "resolved");
            let again =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(request.parameters("app")).finish();
            let params = Params::query(&again).expect("what is written can be read");
            let again = Asked { via: Via::Front, params: &params, problem: None, origin: None };
            assert_eq!(read(&again, &client, &scopes).as_ref(), Ok(&request));
        }
        Err(AuthorizeRefusal::Redirect { to, mode, state, refused }) => {
            assert!(is_registered(to.as_str()));
            assert_eq!(state.as_deref(), params.text("state").filter(|state| state.len() <= 8 * 1024));
            let answer = Answer::Error { code: "invalid_request", description: &refused.reason.row().public };
            // Every parameter that is signed, as the JWT would have them.
            let sign = |told: &[(&str, &str)]| {
                let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
                Ok::<_, std::convert::Infallible>(format!("iss={ISSUER}&{text}"))
            };
            let Ok(delivery) = deliver(answer, &to, mode, state.as_deref(), ISSUER, sign);
            arrives(&delivery, to.as_str(), mode, state.as_deref());
        }
        Err(AuthorizeRefusal::Page(_) | AuthorizeRefusal::Flow(_)) => {}
        Err(AuthorizeRefusal::Client(_)) => unreachable!("nothing was pushed"),
    }
}

fn read(asked: &Asked<'_>, client: &Client, scopes: &Scopes) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    let environment = Environment::default();
    let surroundings = Surroundings {
        issuer: ISSUER,
        developer: false,
        environment: &environment,
        own: Own { api: "https://management.example", userinfo: "https://op.example/as/userinfo" },
        scopes,
        sign_on_policies: &[],
        assignments: &[],
    };
    protocol::authorize::check(asked, client, &surroundings)
}

/// Read by the WHATWG parser: one of the registered, but for the port of this machine and one segment in place of a star.
fn is_registered(uri: &str) -> bool {
    let Ok(uri) = Url::parse(uri) else { return false };
    let shape =
        |uri: &Url| (uri.scheme().to_owned(), uri.host_str().map(str::to_owned), uri.query().map(str::to_owned));
    REDIRECTS.iter().filter_map(|known| Url::parse(known).ok()).any(|known| {
        let segments = |uri: &Url| uri.path().split('/').map(str::to_owned).collect::<Vec<_>>();
        let (mine, theirs) = (segments(&known), segments(&uri));
        let same = mine.len() == theirs.len() && mine.iter().zip(&theirs).all(|(a, b)| a == b || a == "*");
        let port = known.port() == uri.port() || known.host_str() == Some("127.0.0.1");
        shape(&known) == shape(&uri) && same && port && uri.fragment().is_none() && uri.username().is_empty()
    })
}

fn arrives(delivery: &Delivery, to: &str, mode: ResponseMode, state: Option<&str>) {
    let told: Vec<(String, String)> = match delivery {
        Delivery::Redirect(address) => {
            assert!(address.is_ascii() && address.starts_with(to));
            let address = Url::parse(address).expect("an address");
            let part = if mode.carrier() == Carrier::Fragment { address.fragment() } else { address.query() };
            form_urlencoded::parse(part.unwrap_or_default().as_bytes()).into_owned().collect()
        }
        Delivery::Form { parameters, .. } => parameters.clone(),
    };
    let told = if mode.is_signed() {
        let responses: Vec<_> = told.iter().filter(|(name, _)| name == "response").collect();
        let [(_, response)] = responses[..] else { panic!("one response: {told:?}") };
        assert!(!told.iter().any(|(name, _)| name == "iss" || name == "error"), "JARM §2.1: nothing beside it");
        form_urlencoded::parse(response.as_bytes()).into_owned().collect()
    } else {
        told
    };
    let of = |name: &str| {
        told.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((of("error"), of("iss"), of("code")), (vec!["invalid_request"], vec![ISSUER], vec![]));
    assert_eq!(of("state"), state.into_iter().collect::<Vec<_>>());
}
