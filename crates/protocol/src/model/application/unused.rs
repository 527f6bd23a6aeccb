//! Settings that are kept and answered although no rule reads them yet, each with its own rule and PingOne's default.
//!
//! A setting that would protect something and that nothing enforces yet is refused, not kept: nobody shall rely on it in
//! vain. One that a rule begins to read moves out of here.

use super::access::{AccessControl, describe_access};
use super::describe::{MAX_SECONDS, MAX_URL};
use super::{ApplicationType, ParSettings, RegisteredKeys};
use crate::model::check::application::is_web_address;
use crate::model::describe::{Absent, Place, Property, Walk, property};
use crate::names::names;

names! {
    /// A refresh token of this server is opaque, whichever is asked for: only this server reads it.
    pub enum RefreshTokenType {
        JsonWebToken = "JSON_WEB_TOKEN",
        OpaqueToken = "OPAQUE_TOKEN",
    }
}

names! {
    pub enum ApplicationTag {
        PingFedConnectionIntegration = "PING_FED_CONNECTION_INTEGRATION",
    }
}

names! {
    pub enum AccessRole {
        AdminUsersOnly = "ADMIN_USERS_ONLY",
    }
}

names! {
    /// Whether the application's push notifications wait for proof that the device is whole. This server sends none, so it is
    /// only kept.
    #[derive(Default)]
    pub enum IntegrityMode {
        #[default]
        Disabled = "DISABLED",
        Enabled = "ENABLED",
    }
}

names! {
    pub enum Platform {
        Google = "GOOGLE",
        Ios = "IOS",
    }
}

names! {
    pub enum CacheUnit {
        Hours = "HOURS",
        Minutes = "MINUTES",
    }
}

names! {
    pub enum VerificationType {
        Google = "GOOGLE",
        Internal = "INTERNAL",
    }
}

names! {
    pub enum NumberMatching {
        EnterManually = "ENTER_MANUALLY",
        SelectNumber = "SELECT_NUMBER",
    }
}

names! {
    pub enum TimeUnit {
        Seconds = "SECONDS",
    }
}

/// A missing value is not answered: an application that the server made itself was never told it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnusedSettings {
    /// Of PingOne's own applications.
    pub apply_default_theme: Option<bool>,
    pub assign_actor_roles: Option<bool>,
    /// Of the self-service application.
    pub enable_default_theme_footer: Option<bool>,
    pub hidden_from_app_portal: Option<bool>,
    pub idp_signoff: Option<bool>,
    pub include_x5t: Option<bool>,
    pub op_session_check_enabled: Option<bool>,
    /// An unsigned one proves nothing, and is taken from nobody (RFC 9101 §10.2).
    pub support_unsigned_request_object: Option<bool>,
    /// Seconds.
    pub device_polling_interval: Option<i64>,
    /// Seconds.
    pub device_timeout: Option<i64>,
    pub device_path_id: Option<String>,
    pub device_custom_verification_uri: Option<String>,
    /// Seconds, where they were sent; [`super::RefreshTokenSettings::duration`] has them always.
    pub refresh_token_duration: Option<i64>,
    pub refresh_token_type: Option<RefreshTokenType>,
    pub tags: Vec<ApplicationTag>,
    /// Of native applications.
    pub mobile: Option<Mobile>,
}

/// A native application on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mobile {
    pub bundle_id: Option<String>,
    pub huawei_app_id: Option<String>,
    pub huawei_package_name: Option<String>,
    pub package_name: Option<String>,
    pub uri_prefix: Option<String>,
    pub integrity: Integrity,
    /// `passcodeRefreshDuration`, in seconds.
    pub passcode_seconds: i64,
    pub passcode_grace_period: Option<i64>,
    /// `push.numberMatching.type`.
    pub number_matching: Option<NumberMatching>,
}

/// `integrityDetection`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Integrity {
    pub mode: IntegrityMode,
    pub excluded_platforms: Vec<Platform>,
    /// How long a result counts.
    pub cache: Option<(i64, CacheUnit)>,
    /// `googlePlay.verificationType`. The keys beside it are secrets that nothing here uses: they are read and not kept.
    pub google_play: Option<VerificationType>,
}

impl Default for Mobile {
    fn default() -> Self {
        Self {
            bundle_id: None,
            huawei_app_id: None,
            huawei_package_name: None,
            package_name: None,
            uri_prefix: None,
            integrity: Integrity::default(),
            passcode_seconds: PASSCODE_SECONDS,
            passcode_grace_period: None,
            number_matching: None,
        }
    }
}

/// What lies among them and says how an application's authorization requests come.
pub(super) struct Requests<'a> {
    pub(super) par: &'a mut ParSettings,
    /// `requireSignedRequestObject`.
    pub(super) require_signed: &'a mut Option<bool>,
}

impl UnusedSettings {
    /// Walks them, in their order among all that an application of the type has.
    pub(super) fn describe(
        &mut self,
        (several_resources, keys, requests, access): (
            &mut Option<bool>,
            &mut RegisteredKeys,
            Requests<'_>,
            &mut AccessControl,
        ),
        kind: ApplicationType,
        new: bool,
        walk: &mut dyn Walk,
    ) {
        // PingOne: it says what a worker is made with, and a replacement changes nothing of that.
        let roles = named("assignActorRoles").absent(Absent::Default("false"));
        walk.flag_if(&if new { roles } else { roles.read_only() }, &mut self.assign_actor_roles);
        let Requests { par, require_signed } = requests;
        self.switches(several_resources, require_signed, walk);
        let Self {
            // Walked by the parts.
            apply_default_theme: _,
            assign_actor_roles: _,
            enable_default_theme_footer: _,
            hidden_from_app_portal: _,
            idp_signoff: _,
            include_x5t: _,
            op_session_check_enabled: _,
            support_unsigned_request_object: _,
            device_polling_interval,
            device_timeout,
            device_path_id,
            device_custom_verification_uri,
            refresh_token_duration,
            refresh_token_type,
            tags,
            mobile,
        } = self;
        walk.number(
            &const { named("devicePollingInterval").inert().range(1, 60).absent(Absent::Default("5")) },
            device_polling_interval,
        );
        walk.number(
            &const { named("deviceTimeout").inert().range(1, 3_600).absent(Absent::Default("600")) },
            device_timeout,
        );
        walk.number(&const { named("parTimeout").range(1, 600).absent(Absent::Default("60")) }, &mut par.timeout);
        let sent = const { property("refreshTokenDuration").place(Place::Hidden("refreshTokenDuration")) };
        walk.number(&sent, refresh_token_duration);
        walk.choice(&const { named("parRequirement").absent(Absent::Default("OPTIONAL")) }, &mut par.requirement);
        walk.choice(&const { named("refreshTokenType").inert() }, refresh_token_type);
        let path = const { named("devicePathId").inert().matching((1, 50), is_path_id, "^[a-zA-Z0-9_-]{1,50}$") };
        walk.text_if(&path, device_path_id);
        walk.text_if(
            &const { named("deviceCustomVerificationUri").inert().checked(MAX_URL, is_web_address) },
            device_custom_verification_uri,
        );
        keys.describe(walk);
        walk.choices(&const { named("tags").inert() }, tags);
        describe_access(access, kind == ApplicationType::Worker, walk);
        describe_mobile(mobile, kind == ApplicationType::NativeApp, walk);
    }

    fn switches(
        &mut self,
        several_resources: &mut Option<bool>,
        require_signed: &mut Option<bool>,
        walk: &mut dyn Walk,
    ) {
        const OFF: Absent = Absent::Default("false");
        walk.flag_if(&const { named("hiddenFromAppPortal").inert().absent(OFF) }, &mut self.hidden_from_app_portal);
        walk.flag_if(&const { named("idpSignoff").inert().absent(OFF) }, &mut self.idp_signoff);
        walk.flag_if(&const { named("includeX5t").inert() }, &mut self.include_x5t);
        walk.flag_if(&const { named("opSessionCheckEnabled").inert() }, &mut self.op_session_check_enabled);
        walk.flag_if(&const { named("requestScopesForMultipleResourcesEnabled").absent(OFF) }, several_resources);
        walk.flag_if(&const { named("requireSignedRequestObject") }, require_signed);
        let support_unsigned = &mut self.support_unsigned_request_object;
        walk.flag_if(&const { named("supportUnsignedRequestObject").inert() }, support_unsigned);
        walk.judge(&mut |fields| {
            if *require_signed == Some(true) && *support_unsigned == Some(true) {
                let message = "must not be true beside requireSignedRequestObject";
                fields.fault("INVALID_VALUE", "supportUnsignedRequestObject", message, None);
            }
        });
    }
}

fn describe_mobile(mobile: &mut Option<Mobile>, native: bool, walk: &mut dyn Walk) {
    let mut present = mobile.is_some();
    let mut described = mobile.take().unwrap_or_default();
    walk.within_if(&named("mobile").inert().only_if(native), &mut present, &mut |walk| described.describe(walk));
    walk.judge(&mut |_| present = native);
    *mobile = present.then_some(described);
}

impl Mobile {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            bundle_id,
            huawei_app_id,
            huawei_package_name,
            package_name,
            uri_prefix,
            integrity,
            passcode_seconds,
            passcode_grace_period,
            number_matching,
        } = self;
        walk.text_if(&const { named("bundleId").text(1, 256) }, bundle_id);
        walk.text_if(&const { named("huaweiAppId").text(1, 256) }, huawei_app_id);
        walk.text_if(&const { named("huaweiPackageName").text(1, 256) }, huawei_package_name);
        walk.text_if(&const { named("packageName").text(1, 256) }, package_name);
        walk.text_if(&const { named("uriPrefix").text(1, 256) }, uri_prefix);
        walk.within(&const { named("integrityDetection") }, &mut |walk| integrity.describe(walk));
        walk.number(&const { named("passcodeGracePeriod").range(0, MAX_SECONDS) }, passcode_grace_period);
        let mut seconds = Some(*passcode_seconds);
        walk.judge(&mut |_| seconds = None);
        walk.within(&const { named("passcodeRefreshDuration") }, &mut |walk| {
            walk.number(&const { named("duration").range(30, 60).absent(Absent::Kept) }, &mut seconds);
            walk.choice(&const { named("timeUnit").absent(Absent::Default("SECONDS")) }, &mut TimeUnit::Seconds);
            walk.judge(&mut |fields| _ = fields.require("duration", seconds));
        });
        *passcode_seconds = seconds.unwrap_or(PASSCODE_SECONDS);
        let mut present = number_matching.is_some();
        walk.within_if(&const { named("push") }, &mut present, &mut |walk| {
            walk.within_if(&const { named("numberMatching").required() }, &mut true, &mut |walk| {
                walk.choice(&const { named("type").required() }, number_matching);
            });
        });
        if !present {
            *number_matching = None;
        }
    }
}

impl Integrity {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { mode, excluded_platforms, cache, google_play } = self;
        walk.choice(&const { named("mode").absent(Absent::Default("DISABLED")) }, mode);
        walk.choices(&const { named("excludedPlatforms") }, excluded_platforms);
        walk.judge(&mut |fields| _ = fields.list("excludedPlatforms", 1));
        let mut present = cache.is_some();
        let (mut amount, mut units) = cache.unzip();
        walk.within_if(&const { named("cacheDuration") }, &mut present, &mut |walk| {
            walk.number(&const { named("amount").range(1, MAX_SECONDS).required() }, &mut amount);
            walk.choice(&const { named("units").required() }, &mut units);
        });
        *cache = amount.zip(units).filter(|_| present);
        let mut present = google_play.is_some();
        walk.within_if(&const { named("googlePlay") }, &mut present, &mut |walk| {
            walk.choice(&const { named("verificationType").required() }, google_play);
            walk.judge(&mut |fields| GOOGLE_KEYS.iter().for_each(|name| _ = fields.string(name)));
        });
        if !present {
            *google_play = None;
        }
    }
}

/// A property that a row has under its own name.
pub(super) const fn named(name: &'static str) -> Property {
    property(name).stored_as(name)
}

fn is_path_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

const GOOGLE_KEYS: [&str; 3] = ["decryptionKey", "serviceAccountCredentials", "verificationKey"];
const PASSCODE_SECONDS: i64 = 30;
