//! A site is where an environment is reached: its issuer, its layout of paths, its links.

use protocol::id::EnvironmentId;

/// Which paths the endpoints have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `/as/token`, `/as/authorize`, `/flows/{id}` …
    PingOne,
    /// `/oauth2/token`, `/oauth2/authorize`, `/userinfo` … as Spring Authorization Server has them.
    Spring,
}

/// One environment as one mount shows it. The issuer follows the mount, never a header of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub environment: EnvironmentId,
    pub layout: Layout,
    pub issuer: String,
    /// The absolute address of the mount, without a slash at its end.
    pub base: String,
    /// The path of the mount, which is also its cookies': `/{environment}` or the configured prefix.
    pub path: String,
}

/// The endpoints of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Authorize,
    Challenge,
    /// The frame that watches the session (OpenID Connect Session Management 1.0 §3.3).
    CheckSession,
    Introspect,
    Jwks,
    Register,
    Par,
    Resume,
    Revoke,
    Signoff,
    Token,
    Userinfo,
}

impl Site {
    pub fn new(public_url: &str, path: &str, layout: Layout, environment: EnvironmentId) -> Self {
        let base = [public_url, path].concat();
        let issuer = match layout {
            Layout::PingOne => [base.as_str(), "/as"].concat(),
            Layout::Spring => base.clone(),
        };
        Self { environment, layout, issuer, base, path: path.to_owned() }
    }

    /// The absolute address of an endpoint.
    pub fn url(&self, endpoint: Endpoint) -> String {
        [self.base.as_str(), self.layout.path(endpoint)].concat()
    }

    /// The absolute address at which a client that registered itself is managed (RFC 7592 §3).
    pub fn registration_url(&self, client_id: &str) -> String {
        format!("{}/{client_id}", self.url(Endpoint::Register))
    }

    /// Where the metadata of the resource at an endpoint is: its path after the well-known part (RFC 9728 §3.1).
    pub fn resource_metadata_url(&self, endpoint: Endpoint) -> String {
        let origin = self.base.strip_suffix(&self.path).unwrap_or(&self.base);
        format!("{origin}/.well-known/oauth-protected-resource{}{}", self.path, self.layout.path(endpoint))
    }

    /// The absolute address of a flow.
    pub fn flow_url(&self, flow: protocol::id::FlowId) -> String {
        format!("{}/flows/{flow}", self.base)
    }

    /// The absolute address of the hosted page of a flow.
    pub fn sign_on_url(&self, flow: protocol::id::FlowId) -> String {
        format!("{}/signon?flowId={flow}", self.base)
    }

    /// The absolute address that finishes a flow.
    pub fn resume_url(&self, flow: protocol::id::FlowId) -> String {
        format!("{}?flowId={flow}", self.url(Endpoint::Resume))
    }
}

impl Layout {
    /// The endpoint's path below the mount.
    pub const fn path(self, endpoint: Endpoint) -> &'static str {
        match (self, endpoint) {
            (Self::PingOne, Endpoint::Authorize) => "/as/authorize",
            (Self::PingOne, Endpoint::Challenge) => "/as/challenge",
            (Self::PingOne, Endpoint::CheckSession) => "/as/check_session",
            (Self::PingOne, Endpoint::Introspect) => "/as/introspect",
            (Self::PingOne, Endpoint::Jwks) => "/as/jwks",
            (Self::PingOne, Endpoint::Register) => "/as/register",
            (Self::PingOne, Endpoint::Par) => "/as/par",
            (Self::PingOne, Endpoint::Resume) => "/as/resume",
            (Self::PingOne, Endpoint::Revoke) => "/as/revoke",
            (Self::PingOne, Endpoint::Signoff) => "/as/signoff",
            (Self::PingOne, Endpoint::Token) => "/as/token",
            (Self::PingOne, Endpoint::Userinfo) => "/as/userinfo",
            (Self::Spring, Endpoint::Authorize) => "/oauth2/authorize",
            (Self::Spring, Endpoint::Challenge) => "/oauth2/challenge",
            (Self::Spring, Endpoint::CheckSession) => "/connect/check_session",
            (Self::Spring, Endpoint::Introspect) => "/oauth2/introspect",
            (Self::Spring, Endpoint::Jwks) => "/oauth2/jwks",
            (Self::Spring, Endpoint::Register) => "/connect/register",
            (Self::Spring, Endpoint::Par) => "/oauth2/par",
            (Self::Spring, Endpoint::Resume) => "/oauth2/resume",
            (Self::Spring, Endpoint::Revoke) => "/oauth2/revoke",
            (Self::Spring, Endpoint::Signoff) => "/connect/logout",
            (Self::Spring, Endpoint::Token) => "/oauth2/token",
            (Self::Spring, Endpoint::Userinfo) => "/userinfo",
        }
    }
}
