//! Decides whether the request object of an authorization request is fetched, and from where (RFC 9101 §5.2, OIDC Core §6.2).
//!
//! Nothing is fetched but from an address that the application registered: what a browser brings names one of them at most.

use jose::digest::sha256;

use crate::client::Client;
use crate::model::Environment;
use crate::params::Params;
use crate::refusal::{Reason, Refused};
use crate::told;

use super::pushed;

/// Where a request object lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Without a fragment.
    pub address: &'a str,
    /// The hash of what is meant (OIDC Core §6.2). It tells whether what is kept is old. What it does not do is prove anything: the
    /// signature does.
    version: Option<&'a str>,
}

/// The reference that a request makes; None where it brings its parameters, or refers to what was pushed, and for an application that
/// registered no address: such a request is refused for the parameter.
///
/// # Errors
/// [`Reason::PushRequired`] where requests must be pushed, so that nothing is fetched for what would be refused;
/// [`Reason::RequestUriNotRegistered`].
pub fn read<'a>(
    params: &'a Params,
    client: &Client,
    environment: &Environment,
) -> Result<Option<Reference<'a>>, Refused> {
    let registered = &client.application.request_uris;
    let Some(uri) = params.text("request_uri").filter(|_| !registered.is_empty()) else { return Ok(None) };
    if pushed::referred(params).is_some() {
        return Ok(None);
    }
    pushed::not_demanded(client, environment)?;
    let (address, version) = uri.split_once('#').map_or((uri, None), |(address, version)| (address, Some(version)));
    // With its version it is that one; without one it is whatever lies there.
    if !registered.iter().any(|one| one == uri || one == address) {
        let expected = registered.join(" ");
        return Err(Refused::new(Reason::RequestUriNotRegistered, expected, told::address(uri)));
    }
    Ok(Some(Reference { address, version }))
}

impl Reference<'_> {
    /// Whether what is kept is what is meant. Without a version nobody can say so.
    pub fn is_kept_as(&self, body: &[u8]) -> bool {
        self.version.is_some_and(|version| version == jose::b64::encode(&sha256(body)))
    }

    /// Whether it says what it means.
    pub const fn has_version(&self) -> bool {
        self.version.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::tests::{client, environment};
    use crate::model::ParRequirement;

    const REGISTERED: [&str; 2] = ["https://client.example/r", "https://client.example/v#abc"];

    fn judge(uri: &str, change: impl FnOnce(&mut crate::model::Application)) -> Result<Option<String>, Reason> {
        let client = client(|application| {
            application.request_uris = REGISTERED.map(str::to_owned).to_vec();
            change(application);
        });
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("request_uri", uri).finish();
        let params = Params::form(form.as_bytes()).unwrap();
        let read = read(&params, &client, &environment());
        read.map(|found| found.map(|one| one.address.to_owned())).map_err(|refused| refused.reason)
    }

    /// JA-04, AZ-15, SS-05: one of the registered addresses, whole.
    #[test]
    fn nothing_is_fetched_that_is_not_registered() {
        let found = |address: &str| Ok(Some(address.to_owned()));
        assert_eq!(judge(REGISTERED[0], |_| {}), found("https://client.example/r"));
        assert_eq!(judge("https://client.example/r#any", |_| {}), found("https://client.example/r"));
        assert_eq!(judge("https://client.example/v#abc", |_| {}), found("https://client.example/v"));
        assert_eq!(judge("urn:ietf:params:oauth:request_uri:x", |_| {}), Ok(None));
        for other in [
            "https://client.example/v",
            "https://client.example/v#abd",
            "https://client.example/r?x=1",
            "https://client.example/r/",
            "https://client.example/R",
            "https://client.example:443/r",
            "http://client.example/r",
            "https://client.example@evil.example/r",
            "https://evil.example/#https://client.example/r",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "gopher://127.0.0.1:25/",
            "urn:ietf:params:oauth:request:x",
        ] {
            assert_eq!(judge(other, |_| {}), Err(Reason::RequestUriNotRegistered), "{other}");
        }
        assert_eq!(judge(REGISTERED[0], |application| application.request_uris.clear()), Ok(None));
        let pushes = |application: &mut crate::model::Application| {
            application.par.requirement = Some(ParRequirement::Required);
        };
        assert_eq!(judge(REGISTERED[0], pushes), Err(Reason::PushRequired));
    }

    /// OIDC Core §6.2: a changed fragment says that what is kept is old.
    #[test]
    fn a_version_tells_what_is_kept() {
        let version = jose::b64::encode(&sha256(b"object"));
        let reference = Reference { address: "", version: Some(&version) };
        assert!(reference.is_kept_as(b"object") && reference.has_version());
        assert!(!reference.is_kept_as(b"another"));
        assert!(!Reference { address: "", version: None }.is_kept_as(b"object"));
    }
}
