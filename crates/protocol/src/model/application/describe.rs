//! What an application is made of (the contract, Annex A: ApplicationOIDC), and what contradicts itself in one.

use serde_json::{Value, json};
use uuid::Uuid;

use super::cors::describe_cors;
use super::keys::{describe_access_tokens, describe_assertions, describe_policy, describe_signing, judge_keys};
use super::request_uris::describe_request_uris;
use super::responses::describe_responses;
use super::tls_client_auth::{describe_bound, judge_subject};
use super::unused::Requests;
use super::{Application, ApplicationType, Icon, REFRESH_SECONDS, RefreshTokenSettings, UnusedSettings};
use crate::client_auth::Method;
use crate::grant::GrantType;
use crate::id::{EnvironmentId, KeyRotationPolicyId};
use crate::model::check::Fields;
use crate::model::check::application::is_web_address;
use crate::model::describe::{Absent, Among, Described, Found, Listed, Place, Stored, Walk, property};
use crate::refusal::Refused;
use crate::uri::{UriError, UriKind, is_any_port, register};

impl Described for Application {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let new = self.name.is_empty() || self.unused.assign_actor_roles.is_none();
        self.identity(walk);
        self.methods(walk);
        self.addresses(walk);
        self.rights(walk);
        let Self {
            id: _, // And so on: walked by the parts.
            environment,
            client_id: _,
            name: _,
            description: _,
            enabled: _,
            kind,
            protocol: _,
            auth_methods: _,
            grant_types: _,
            response_types: _,
            response_modes: _,
            redirect_uris: _,
            post_logout_redirect_uris: _,
            allow_wildcard_in_redirect_uris: _,
            login_page_url: _,
            home_page_url: _,
            initiate_login_uri: _,
            target_link_uri: _,
            icon: _,
            pkce: _,
            cors: _,
            refresh: _,
            token_format: _,
            access_token_seconds: _,
            dpop_bound: _,
            certificate_bound: _,
            tls_client_auth: _,
            several_resources,
            authorization_details_types: _,
            keys,
            par,
            assertion_audience: _,
            auth_signing_alg: _,
            registration: _,
            unused_since: _,
            registered_as: _,
            signing,
            request_object,
            logout: _,
            request_uris: _,
            access,
            unused,
            created_at: _,
            updated_at: _,
            version: _,
        } = self;
        walk.within(&const { property("other").place(Place::Hidden("other")) }, &mut |walk| {
            let requests = Requests { par, require_signed: &mut request_object.require_signed };
            unused.describe((several_resources, keys, requests, access), *kind, new, walk);
            describe_rest(unused, (&mut signing.policy, *environment), *kind, walk);
        });
        self.stamps(walk);
    }

    /// RFC 7523 §3: an assertion that no key is known for proves nothing.
    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        judge_keys(&self.auth_methods, &self.keys, self.auth_signing_alg, fields);
        self.logout.judge(&self.redirect_uris, fields);
        judge_subject(&self.auth_methods, &self.tls_client_auth, fields);
    }

    /// PingOne's clients look for the sentence on wildcards at the start of the message.
    fn worded(refused: Refused) -> Refused {
        let sentence = UriError::WildcardNotAllowed.sentence();
        if refused.details.iter().any(|d| d.message == sentence) { refused.saying(sentence) } else { refused }
    }
}

impl Application {
    /// How it may be called and what its tokens are.
    fn rights(&mut self, walk: &mut dyn Walk) {
        let Self { cors, refresh, pkce, grant_types, token_format, access_token_seconds, dpop_bound, unused, .. } =
            self;
        let Self { assertion_audience, auth_signing_alg, registration, signing, request_object, logout, .. } = self;
        let Self { authorization_details_types, .. } = self;
        let Self { certificate_bound, tls_client_auth, .. } = self;
        let Self { request_uris, .. } = self;
        describe_cors(cors, walk);
        let granted = grant_types.contains(&GrantType::RefreshToken);
        describe_refresh(refresh, &mut unused.refresh_token_duration, granted, walk);
        walk.choice(&const { property("pkceEnforcement").absent(Absent::Default("OPTIONAL")).stored_as("pkce") }, pkce);
        describe_access_tokens(token_format, access_token_seconds, dpop_bound, walk);
        describe_assertions(assertion_audience, auth_signing_alg, walk);
        // Only its client writes it, by the registration endpoint.
        walk.stored("registration", registration);
        describe_signing(signing, walk);
        request_object.describe(walk);
        // This server's own property: its absence changes nothing, an empty list takes all away.
        let types = property("authorizationDetailsTypes").at_most(MAX_TYPES, is_details_type).absent(Absent::Kept);
        walk.outside(&mut |walk| walk.texts(&types, authorization_details_types));
        walk.stored("authorization_details_types", &mut Listed(authorization_details_types));
        logout.describe(walk);
        describe_bound(certificate_bound, walk);
        tls_client_auth.describe(walk);
        describe_request_uris(request_uris, walk);
    }

    fn stamps(&mut self, walk: &mut dyn Walk) {
        let Self { keys, unused_since, registered_as, created_at, updated_at, version, .. } = self;
        keys.describe_certificates(walk);
        let own = const { property("registeredAs").place(Place::Hidden("registered_as")).column("registered_as") };
        walk.text_if(&own, registered_as);
        walk.time_if(&const { property("unusedSince").read_only().column("unused_since").apart() }, unused_since);
        walk.time(&const { property("createdAt").read_only().found("created_at", Found::Time) }, created_at);
        walk.time(&const { property("updatedAt").read_only().found("updated_at", Found::Time) }, updated_at);
        walk.version(version);
    }

    fn identity(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, client_id, name, description, enabled, kind, protocol, .. } = self;
        walk.id(&const { property("id").read_only().found("id", Found::Id) }, id);
        walk.reference(&const { property("environment").read_only().column("environment_id") }, environment);
        // What an application is decides its defaults; it is made once.
        let own = [*kind];
        let allowed = if name.is_empty() { &ApplicationType::MADE[..] } else { &own };
        let of_kind = const { property("type").required().stored_as("kind").found_in_body(Found::Exact) };
        walk.choice(&of_kind, &mut Among { allowed, value: kind });
        walk.choice(
            &const { property("protocol").required().found_in_body(Found::Exact).listed_before("type") },
            protocol,
        );
        walk.text(
            &const {
                property("name").text(1, MAX_NAME).required().found("name_key", Found::Folded).listed_before("protocol")
            },
            name,
        );
        walk.text(
            &const { property("clientId").read_only().found("client_id", Found::Exact).listed_before("protocol") },
            client_id,
        );
        walk.flag(
            &const { property("enabled").required().found("enabled", Found::Flag).listed_before("protocol") },
            enabled,
        );
        walk.text_if(&const { property("description").inert().prose(MAX_DESCRIPTION) }, description);
        walk.judge(&mut |fields| refuse_what_is_not_kept(fields, client_id, *kind));
    }

    fn methods(&mut self, walk: &mut dyn Walk) {
        let Self { kind, grant_types, response_types, response_modes, auth_methods, .. } = self;
        let mut grants = Some(std::mem::take(grant_types));
        walk.judge(&mut |_| grants = None);
        walk.choices(&const { property("grantTypes").absent(Absent::Kept).shown() }, &mut grants);
        walk.judge(&mut |fields| judge_grants(fields, &mut grants, *kind));
        *grant_types = grants.unwrap_or_default();
        describe_responses(response_types, response_modes, grant_types, walk);
        walk.outside(&mut |walk| {
            let mut method = auth_methods.first().copied();
            walk.judge(&mut |_| method = None);
            walk.choice(&const { property("tokenEndpointAuthMethod").required() }, &mut method);
            walk.judge(&mut |fields| judge_method(fields, method, grant_types));
            // An imported client may have a second method; writing back the one that is shown does not take it away.
            if method.is_some() && auth_methods.first() != method.as_ref() {
                *auth_methods = method.into_iter().collect();
            }
        });
        walk.stored("auth_methods", auth_methods);
    }

    /// Every address is judged before it is kept (RFC 6749 §3.1.2, the contract §2.3, URL rules).
    fn addresses(&mut self, walk: &mut dyn Walk) {
        let wildcards = &mut self.allow_wildcard_in_redirect_uris;
        walk.flag(&const { property("allowWildcardInRedirectUris") }, wildcards);
        let (redirect, post_logout): (Judge, Judge) = match (*wildcards, walk.any_port()) {
            (true, false) => {
                (|text| judged(text, UriKind::Redirect, true), |text| judged(text, UriKind::PostLogout, true))
            }
            (false, false) => {
                (|text| judged(text, UriKind::Redirect, false), |text| judged(text, UriKind::PostLogout, false))
            }
            (true, true) => {
                (|text| developed(text, UriKind::Redirect, true), |text| developed(text, UriKind::PostLogout, true))
            }
            (false, true) => {
                (|text| developed(text, UriKind::Redirect, false), |text| developed(text, UriKind::PostLogout, false))
            }
        };
        walk.texts(&property("redirectUris").at_most(MAX_URIS, redirect), &mut self.redirect_uris);
        let post_logout = property("postLogoutRedirectUris").at_most(MAX_URIS, post_logout);
        walk.texts(&post_logout, &mut self.post_logout_redirect_uris);
        let login = const { property("loginPageUrl").checked(MAX_URL, |text| judged(text, UriKind::LoginPage, false)) };
        walk.text_if(&login, &mut self.login_page_url);
        let home = const { property("homePageUrl").checked(MAX_URL, |text| judged(text, UriKind::HomePage, false)) };
        walk.text_if(&home, &mut self.home_page_url);
        let initiate =
            property("initiateLoginUri").checked(MAX_URL, |text| judged(text, UriKind::InitiateLogin, false));
        walk.text_if(&initiate, &mut self.initiate_login_uri);
        let target = const {
            property("targetLinkUri").inert().checked(MAX_URL, |text| judged(text, UriKind::TargetLink, false))
        };
        walk.text_if(&target, &mut self.target_link_uri);
        describe_icon(&mut self.icon, self.kind.is_built_in(), walk);
    }
}

/// What would be dropped in silence, and whoever sends it relies on it, is refused: an id or a secret of one's own (PingOne takes
/// them behind a switch of its own), and what belongs to another type. A body that repeats what was answered, or is a copy of
/// another application's, is none of it.
fn refuse_what_is_not_kept(fields: &mut Fields<'_>, own: &str, kind: ApplicationType) {
    let client_id = fields.sent("clientId");
    if client_id.is_some_and(|sent| sent.as_str() != Some(own)) && client_id != fields.sent("id") {
        let message = "is the id of the application: bringing another one is not supported";
        fields.fault("INVALID_VALUE", "clientId", message, None);
    }
    for (name, message) in NOT_KEPT {
        if fields.has(name) {
            fields.fault("INVALID_VALUE", name, message, None);
        }
    }
    if kind != ApplicationType::NativeApp && fields.has("mobile") {
        fields.fault("INVALID_VALUE", "mobile", "is supported for NATIVE_APP only", None);
    }
}

fn judge_grants(fields: &mut Fields<'_>, grants: &mut Option<Vec<GrantType>>, kind: ApplicationType) {
    match grants {
        Some(grants) if grants.is_empty() => fields.fault("EMPTY_VALUE", "grantTypes", "must not be empty", None),
        Some(_) => {}
        None => {
            *grants = Some(vec![match kind {
                ApplicationType::Service | ApplicationType::Worker => GrantType::ClientCredentials,
                // RFC 9700 §2.1.2: the implicit grant of older defaults is asked for by name or not at all.
                _ => GrantType::AuthorizationCode,
            }]);
        }
    }
}

/// RFC 6749 §4.4: only a confidential client asks in its own name.
fn judge_method(fields: &mut Fields<'_>, method: Option<Method>, grants: &[GrantType]) {
    if method == Some(Method::None) && grants.contains(&GrantType::ClientCredentials) {
        let message = "NONE cannot be used with the grant type CLIENT_CREDENTIALS";
        fields.fault("INVALID_VALUE", "tokenEndpointAuthMethod", message, None);
    }
}

/// Whose keys sign for it, and how its pages look.
fn describe_rest(
    unused: &mut UnusedSettings,
    (policy, environment): (&mut Option<KeyRotationPolicyId>, EnvironmentId),
    kind: ApplicationType,
    walk: &mut dyn Walk,
) {
    describe_policy(policy, environment, walk);
    describe_theme(unused, kind, walk);
}

/// Ping's models demand the first of every application of PingOne's own.
fn describe_theme(unused: &mut UnusedSettings, kind: ApplicationType, walk: &mut dyn Walk) {
    let apply = property("applyDefaultTheme").inert().stored_as("applyDefaultTheme").absent(Absent::Kept);
    let footer = property("enableDefaultThemeFooter").inert().stored_as("enableDefaultThemeFooter");
    walk.flag_if(&apply.only_if(kind.is_built_in()), &mut unused.apply_default_theme);
    let footer = footer.only_if(kind == ApplicationType::PingOneSelfService);
    walk.flag_if(&footer, &mut unused.enable_default_theme_footer);
}

/// Ping's clients write back the icon that they read, and the empty members of their model where there was none. The one that
/// the server shows for its own applications is where the server is: it is not kept.
fn describe_icon(icon: &mut Option<Icon>, built_in: bool, walk: &mut dyn Walk) {
    walk.outside(&mut |walk| {
        let mut present = icon.is_some();
        let (mut id, mut href) = icon.take().map_or((None, String::new()), |icon| (Some(icon.id), icon.href));
        let mut none = false;
        walk.judge(&mut |fields| {
            none = fields.sent("icon").is_some_and(|sent| *sent == json!({ "id": "", "href": "" }));
        });
        present &= !none;
        walk.within_if(&property("icon").only_if(!none), &mut present, &mut |walk| {
            walk.id(&const { property("id").required() }, &mut id);
            walk.text(&const { property("href").required().checked(MAX_URL, is_web_address) }, &mut href);
        });
        *icon = id.filter(|id| present && !(built_in && *id == Icon::OF_BUILT_IN)).map(|id| Icon { id, href });
    });
    walk.stored("icon", icon);
}

/// A row has the two members as a list.
impl Stored for Option<Icon> {
    fn write(&self) -> Option<Value> {
        self.as_ref().map(|icon| json!([icon.id.to_string(), icon.href]))
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        *self = stored.and_then(|pair| {
            let [id, href] = pair.as_array()?.as_slice() else { return None };
            Some(Icon { id: Uuid::try_parse(id.as_str()?).ok()?, href: href.as_str()?.to_owned() })
        });
        self.is_some() || stored.is_none()
    }
}

/// `sent` is `refreshTokenDuration` where it was sent: then it is answered also without refresh tokens.
fn describe_refresh(refresh: &mut RefreshTokenSettings, sent: &mut Option<i64>, granted: bool, walk: &mut dyn Walk) {
    let RefreshTokenSettings { duration, rolling_duration, grace, replay_protection, rotate } = refresh;
    walk.within(&const { property("refresh").place(Place::Hidden("refresh")) }, &mut |walk| {
        walk.outside(&mut |walk| {
            let mut told = sent.or(granted.then_some(*duration));
            walk.number(&const { property("refreshTokenDuration").range(60, MAX_SECONDS) }, &mut told);
            walk.judge(&mut |_| {
                *duration = told.unwrap_or(REFRESH_SECONDS);
                *sent = told;
            });
        });
        walk.number(&const { property("duration").place(Place::Hidden("duration")) }, duration);
        let rolling = const { property("refreshTokenRollingDuration").range(60, MAX_SECONDS) };
        walk.number(&rolling.stored_as("rolling_duration"), rolling_duration);
        let grace_period = const { property("refreshTokenRollingGracePeriodDuration").range(0, MAX_GRACE) };
        walk.number(&grace_period.stored_as("grace"), grace);
        let protection =
            const { property("additionalRefreshTokenReplayProtectionEnabled").absent(Absent::Default("true")) };
        walk.flag(&protection.stored_as("replay_protection"), replay_protection);
        walk.flag(&const { property("rotate").place(Place::Hidden("rotate")) }, rotate);
    });
}

/// Judges an address; its error is the sentence for the client.
type Judge = fn(&str) -> Result<(), String>;

fn judged(text: &str, kind: UriKind, wildcards: bool) -> Result<(), String> {
    register(text, kind, wildcards).map_err(|error| error.to_string())
}

/// On a developer's server.
fn developed(text: &str, kind: UriKind, wildcards: bool) -> Result<(), String> {
    if is_any_port(text) { Ok(()) } else { judged(text, kind, wildcards) }
}

/// Whether there is such a type is seen when it is asked for: they come and go by themselves.
fn is_details_type(text: &str) -> Result<(), String> {
    if (1..=256).contains(&text.chars().count()) && text.chars().all(crate::model::check::is_printable) {
        return Ok(());
    }
    Err("must have between 1 and 256 characters".into())
}

const NOT_KEPT: [(&str, &str); 3] = [
    ("clientSecret", "is made by the server: bringing another one is not supported"),
    ("kerberos", "is not supported"),
    ("template", "is not supported"),
];
pub(super) const MAX_URL: usize = 2_048;
const MAX_NAME: usize = 256;
const MAX_DESCRIPTION: usize = 4_096;
const MAX_URIS: usize = 100;
const MAX_TYPES: usize = 50;
pub(super) const MAX_SECONDS: i64 = 2_147_483_647;
const MAX_GRACE: i64 = 86_400;
