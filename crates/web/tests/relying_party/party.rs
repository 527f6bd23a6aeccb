//! A party as it is set up: registered through the management API, and from then on on its own.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use engine::bootstrap::dev;
use engine::world::World as _;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IntrospectionUrl, IssuerUrl, ProviderMetadata, RedirectUrl, RevocationUrl,
};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use testkit::TestApp;

/// A client that knows every endpoint from discovery.
pub(crate) type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

/// An application that was registered.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Registered {
    /// Registers an application through the management API.
    pub(crate) async fn make(app: &TestApp, application: &Value) -> Self {
        let path = format!("/environments/{}/applications", dev::ENVIRONMENT);
        let created = app.manage(Method::POST, &path, Some(application)).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let id = created.member("id").to_owned();
        let secret = app.manage(Method::GET, &format!("{path}/{id}/secret"), None).await;
        let secret = secret.member("secret").to_owned();
        Self { id, secret }
    }
}

/// Reads discovery and keys as the crate does, issuer comparison included.
pub(crate) async fn discover(app: &TestApp, registered: &Registered) -> Client {
    let issuer = IssuerUrl::new(app.url(&format!("/{}/as", dev::ENVIRONMENT))).unwrap();
    let metadata = Metadata::discover_async(issuer, &caller()).await.unwrap();
    let own = metadata.additional_metadata().clone();
    let secret = ClientSecret::new(registered.secret.clone());
    // The crate insists on https here (RFC 7009 §2). The caller ends it, as a proxy before the server would.
    let revocation = own.revocation_endpoint.replacen("http:", "https:", 1);
    CoreClient::from_provider_metadata(metadata, ClientId::new(registered.id.clone()), Some(secret))
        .set_redirect_uri(RedirectUrl::new(dev::REDIRECT_URI.into()).unwrap())
        .set_introspection_url(own.introspection_endpoint)
        .set_revocation_url(RevocationUrl::new(revocation).unwrap())
}

/// What the crate sends its requests with: no redirects, as it asks for.
pub(crate) fn caller() -> impl Fn(HttpRequest) -> Sent {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let mut request: reqwest::Request = request.try_into()?;
            let plain = request.url().as_str().replacen("https:", "http:", 1);
            *request.url_mut() = plain.parse().unwrap();
            let answer = http.execute(request).await?;
            let mut response = http::Response::builder().status(answer.status()).body(Vec::new()).unwrap();
            response.headers_mut().clone_from(answer.headers());
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}

/// The time in the server's world.
pub(crate) fn is_at(app: &TestApp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(app.world.now().secs().unsigned_abs())
}

type Sent = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>>>>;

/// The endpoints that OpenID Connect Discovery does not name (RFC 8414 §2).
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Endpoints {
    introspection_endpoint: IntrospectionUrl,
    revocation_endpoint: String,
}

impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
