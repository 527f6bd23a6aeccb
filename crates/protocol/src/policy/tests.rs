//! The limits that hold whatever an application's settings say.

use super::{CODE_SECONDS, FAPI, RFC9700, RefreshPolicy};
use crate::client_auth::Method;
use crate::grant::tests::{NOW, client};

#[test]
fn imported_settings_are_kept_within_the_limits() {
    const HALF_A_YEAR: i64 = 180 * 86_400;
    // RT-21, D6: what PingOne allows, and what it becomes.
    let table = [
        (None, None, HALF_A_YEAR, 0),
        (Some(2_147_483_647), Some(86_400), HALF_A_YEAR, 60),
        (Some(600), Some(30), 600, 30),
        (Some(-1), Some(-1), 0, 0),
    ];
    for (rolling, grace, absolute, seconds) in table {
        let mut client = client(&[Method::ClientSecretPost]);
        (client.application.refresh.rolling_duration, client.application.refresh.grace) = (rolling, grace);
        let policy = RefreshPolicy::of(&client, &RFC9700);
        assert_eq!((policy.absolute, policy.grace), (absolute, seconds));
    }
}

#[test]
fn a_token_never_outlives_its_line() {
    let policy = RefreshPolicy::of(&client(&[Method::ClientSecretPost]), &RFC9700);
    assert_eq!(policy.expiry(NOW, NOW.plus(10)), NOW.plus(10));
    assert_eq!(policy.expiry(NOW, NOW.plus(1_000_000)), NOW.plus(3600));
}

#[test]
fn a_public_clients_line_is_always_guarded() {
    let mut client = client(&[Method::None]);
    (client.application.refresh.rotate, client.application.refresh.replay_protection) = (false, false);
    for demands in [&RFC9700, &FAPI] {
        let policy = RefreshPolicy::of(&client, demands);
        assert!(policy.rotate && policy.revoke_on_reuse);
    }
}

#[test]
fn a_code_lives_a_minute_at_most() {
    // FAPI 2.0 §5.3.2.1
    const { assert!(CODE_SECONDS <= 60) };
}
