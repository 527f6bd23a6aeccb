//! Which environment and which endpoint a path leads to, as tests name endpoints.

use protocol::id::EnvironmentId;
use protocol::params::decode_component;

use crate::app::{App, Mount};
use crate::site::{Endpoint, Layout};

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Authorize,
    Token,
    Userinfo,
    Introspect,
    Revoke,
    Jwks,
    Discovery,
    Par,
    Management,
    /// The flow API.
    Flows,
    /// The hosted pages of a flow.
    SignOn,
    Resume,
    SignOff,
    Register,
    Challenge,
    CheckSession,
    /// A path of the environment that is none of these.
    Other,
}

impl Place {
    pub const ALL: [Self; 17] = [
        Self::Authorize,
        Self::Token,
        Self::Userinfo,
        Self::Introspect,
        Self::Revoke,
        Self::Jwks,
        Self::Discovery,
        Self::Par,
        Self::Management,
        Self::Flows,
        Self::SignOn,
        Self::Resume,
        Self::SignOff,
        Self::Register,
        Self::Challenge,
        Self::CheckSession,
        Self::Other,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::Jwks => "jwks",
            Self::Discovery => "discovery",
            Self::Par => "par",
            Self::Management => "management",
            Self::Flows => "flows",
            Self::SignOn => "signon",
            Self::Resume => "resume",
            Self::SignOff => "signoff",
            Self::Register => "register",
            Self::Challenge => "challenge",
            Self::CheckSession => "checkSession",
            Self::Other => "other",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }

    /// Whether the next answer of it can be chosen.
    pub const fn is_forced(self) -> bool {
        matches!(
            self,
            Self::Authorize
                | Self::Token
                | Self::Userinfo
                | Self::Introspect
                | Self::Revoke
                | Self::Jwks
                | Self::Discovery
                | Self::Par
                | Self::Management
        )
    }

    /// Whether it makes claims of somebody: tokens, or answers about them.
    pub const fn makes_claims(self) -> bool {
        matches!(self, Self::Authorize | Self::Token | Self::Userinfo | Self::Introspect)
    }

    /// What a path leads to; None where it names no environment. Whether there is such an environment is not asked.
    pub fn of(mounts: &[Mount], path: &str) -> Option<(EnvironmentId, Self)> {
        let (environment, found) = found(mounts, path)?;
        let place = match found {
            Found::Inserted => Self::Discovery,
            Found::Managed => Self::Management,
            Found::Below(layout, rest) => Self::below(layout, rest),
        };
        Some((environment, place))
    }

    fn below(layout: Layout, path: &str) -> Self {
        if path.contains("/.well-known/") {
            return Self::Discovery;
        }
        if path.starts_with("/flows/") {
            return Self::Flows;
        }
        if path == "/signon" {
            return Self::SignOn;
        }
        let endpoint = ENDPOINTS.into_iter().find(|endpoint| layout.path(*endpoint) == path);
        let registered =
            || path.strip_prefix(layout.path(Endpoint::Register)).is_some_and(|rest| rest.starts_with('/'));
        match endpoint {
            Some(Endpoint::Authorize) => Self::Authorize,
            Some(Endpoint::Challenge) => Self::Challenge,
            Some(Endpoint::CheckSession) => Self::CheckSession,
            Some(Endpoint::Introspect) => Self::Introspect,
            Some(Endpoint::Jwks) => Self::Jwks,
            Some(Endpoint::Register) => Self::Register,
            Some(Endpoint::Par) => Self::Par,
            Some(Endpoint::Resume) => Self::Resume,
            Some(Endpoint::Revoke) => Self::Revoke,
            Some(Endpoint::Signoff) => Self::SignOff,
            Some(Endpoint::Token) => Self::Token,
            Some(Endpoint::Userinfo) => Self::Userinfo,
            None if registered() => Self::Register,
            None => Self::Other,
        }
    }
}

impl App {
    /// As [`Place::of`], with the mounts of this server.
    pub fn place(&self, path: &str) -> Option<(EnvironmentId, Place)> {
        self.of_mounts(|mounts| Place::of(mounts, path))
    }

    /// The environment that a path names, as every route of this server reads it. Whether there is one is not asked.
    pub fn environment_of(&self, path: &str) -> Option<EnvironmentId> {
        self.of_mounts(|mounts| found(mounts, path).map(|(environment, _)| environment))
    }
}

/// The mount that answers a path.
pub fn mount_at<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let inserted = path.strip_prefix("/.well-known/").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    longest(mounts, inserted.unwrap_or(path)).map(|(mount, _)| mount)
}

/// How a path names an environment.
enum Found<'a> {
    /// RFC 8414 §3.1: behind what is inserted between host and path.
    Inserted,
    /// By the management API.
    Managed,
    /// At its beginning; in which layout, and what is left of it.
    Below(Layout, &'a str),
}

fn found<'a>(mounts: &[Mount], path: &'a str) -> Option<(EnvironmentId, Found<'a>)> {
    if let Some(inserted) = path.strip_prefix("/.well-known/") {
        let (_, rest) = inserted.split_at(inserted.find('/')?);
        return site(mounts, rest).map(|(environment, ..)| (environment, Found::Inserted));
    }
    if let Some(managed) = path.strip_prefix("/v1/") {
        let managed = managed.strip_prefix("v1/").unwrap_or(managed);
        let id = managed.strip_prefix("environments/")?.split('/').next()?;
        return decoded(id).map(|environment| (environment, Found::Managed));
    }
    let (environment, layout, rest) = site(mounts, path)?;
    Some((environment, Found::Below(layout, rest)))
}

/// An id in a segment of a path, which the router of the management API decodes.
fn decoded(segment: &str) -> Option<EnvironmentId> {
    // What else a form decodes is in no id.
    let octets = decode_component(segment.as_bytes())?;
    EnvironmentId::parse(std::str::from_utf8(&octets).ok()?)
}

/// The environment that a path is below, in which layout, and what is left of the path.
fn site<'a>(mounts: &[Mount], path: &'a str) -> Option<(EnvironmentId, Layout, &'a str)> {
    let own = path.get(1..37).and_then(EnvironmentId::parse);
    if let Some(environment) = own.filter(|_| path.starts_with('/')) {
        let rest = below(&path[..37], path)?;
        return Some((environment, Layout::PingOne, rest));
    }
    longest(mounts, path).map(|(mount, rest)| (mount.environment, mount.layout, rest))
}

/// One mount may stand below another: the router answers by the longer one.
fn longest<'a, 'b>(mounts: &'a [Mount], path: &'b str) -> Option<(&'a Mount, &'b str)> {
    let found = mounts.iter().filter_map(|mount| Some((mount, below(&mount.path, path)?)));
    found.min_by_key(|(_, rest)| rest.len())
}

/// What is left of a path below another.
fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

const ENDPOINTS: [Endpoint; 12] = [
    Endpoint::Authorize,
    Endpoint::Challenge,
    Endpoint::CheckSession,
    Endpoint::Introspect,
    Endpoint::Jwks,
    Endpoint::Register,
    Endpoint::Par,
    Endpoint::Resume,
    Endpoint::Revoke,
    Endpoint::Signoff,
    Endpoint::Token,
    Endpoint::Userinfo,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_layouts_name_their_environment_and_endpoint() {
        let id = "3bc050cb-d0fa-40c1-bf5f-7d6a521f965d";
        let own = EnvironmentId::parse(id).unwrap();
        let other = EnvironmentId::parse("00000000-0000-0000-0000-000000000001").unwrap();
        let below = EnvironmentId::parse("00000000-0000-0000-0000-000000000002").unwrap();
        let mounts = [("/ms-auth-server", Layout::Spring, other), ("/ms-auth-server/inner", Layout::PingOne, below)];
        let mounts = mounts.map(|(path, layout, environment)| Mount { path: path.into(), layout, environment });
        let table = [
            (format!("/{id}/as/token"), own, Place::Token),
            (format!("/{id}/as/register/abc"), own, Place::Register),
            (format!("/{id}/flows/x"), own, Place::Flows),
            (format!("/{id}/signon"), own, Place::SignOn),
            (format!("/{id}/as/.well-known/openid-configuration"), own, Place::Discovery),
            (format!("/.well-known/openid-configuration/{id}/as"), own, Place::Discovery),
            (format!("/v1/environments/{id}"), own, Place::Management),
            (format!("/v1/v1/environments/{id}/users"), own, Place::Management),
            (format!("/v1/environments/%33{}/users", &id[1..]), own, Place::Management),
            (format!("/v1/environments/{}", id.replace('-', "%2D")), own, Place::Management),
            (format!("/{id}"), own, Place::Other),
            (format!("/{id}/as/tokens"), own, Place::Other),
            ("/ms-auth-server/oauth2/token".into(), other, Place::Token),
            ("/ms-auth-server/userinfo".into(), other, Place::Userinfo),
            ("/ms-auth-server/inner".into(), below, Place::Other),
            ("/ms-auth-server/inner/as/token".into(), below, Place::Token),
            ("/ms-auth-server/inners/as/token".into(), other, Place::Other),
            ("/.well-known/openid-configuration/ms-auth-server/inner/as".into(), below, Place::Discovery),
            ("/.well-known/oauth-authorization-server/ms-auth-server".into(), other, Place::Discovery),
        ];
        for (path, environment, place) in table {
            assert_eq!(Place::of(&mounts, &path), Some((environment, place)), "{path}");
        }
        for path in ["/", "/v1/organizations", "/ms-auth-servers/oauth2/token", "/dev/v1/worlds", "/é/as/token"] {
            assert_eq!(Place::of(&mounts, path), None, "{path}");
        }
        for path in [
            format!("/{id}x/as/token"),
            format!("/%33{}/as/token", &id[1..]),
            format!("/v1/environments/v1/{id}"),
            format!("/v1/environments/{id}&x"),
            format!("/v1/environments/%25{}", &id[1..]),
        ] {
            assert!(Place::of(&mounts, &path).is_none(), "{path}");
        }
        for place in Place::ALL {
            assert_eq!(Place::parse(place.name()), Some(place));
        }
    }
}
