//! What of applications is kept and read by no rule.

use protocol::model::{
    ApplicationTag, CacheUnit, Integrity, IntegrityMode, Mobile, NumberMatching, Platform, RefreshTokenType,
    UnusedSettings, VerificationType,
};

use super::{HOSTILE, some};

pub(super) fn full_unused_settings() -> UnusedSettings {
    UnusedSettings {
        apply_default_theme: Some(false),
        assign_actor_roles: Some(true),
        enable_default_theme_footer: Some(true),
        hidden_from_app_portal: Some(false),
        idp_signoff: Some(true),
        include_x5t: Some(true),
        op_session_check_enabled: Some(false),
        support_unsigned_request_object: Some(true),
        device_polling_interval: Some(0),
        device_timeout: Some(i64::MAX),
        device_path_id: some("path"),
        device_custom_verification_uri: some("https://example.test/device"),
        refresh_token_duration: Some(1),
        refresh_token_type: Some(RefreshTokenType::OpaqueToken),
        tags: ApplicationTag::ALL.to_vec(),
        mobile: Some(Mobile {
            bundle_id: some(HOSTILE),
            huawei_app_id: some("a"),
            huawei_package_name: some("b"),
            package_name: some("c"),
            uri_prefix: some("d"),
            integrity: Integrity {
                mode: IntegrityMode::Enabled,
                excluded_platforms: vec![Platform::Ios],
                cache: Some((7, CacheUnit::Hours)),
                google_play: Some(VerificationType::Internal),
            },
            passcode_seconds: 45,
            passcode_grace_period: Some(0),
            number_matching: Some(NumberMatching::SelectNumber),
        }),
    }
}
