//! Decides whether a person proved who they are well enough, and lately enough, for a resource of ours (RFC 9470).

use crate::authorization::Authorization;
use crate::authorize::prompt::read_max_age;
use crate::params::Params;
use crate::refusal::{Reason, Refused};
use crate::time::{LEEWAY, Time};

/// What a resource demands of the sign-on that a token tells of. Empty: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// The names of sign-on policies, of which one must have been followed. Empty: any.
    pub acr_values: Vec<String>,
    /// Seconds since the sign-on. None: as long ago as may be.
    pub max_age: Option<i64>,
}

impl StepUp {
    /// What the query of a request to the resource for trying tokens demands of its own token: `acr_values` and `max_age`, as an
    /// authorization request has them (OIDC Core §3.1.2.1).
    ///
    /// # Errors
    /// `invalid_request` for an age that is none, and for names that no challenge can tell.
    pub fn read(params: &Params) -> Result<Self, Refused> {
        let values = params.text("acr_values").unwrap_or_default().split(' ').filter(|value| !value.is_empty());
        let acr_values: Vec<String> = values.map(str::to_owned).collect();
        if acr_values.len() > MOST_VALUES || !acr_values.iter().all(|value| is_acr(value)) {
            let expected = format!("acr_values of at most {MOST_VALUES} words in visible ASCII, without quotes");
            return Err(Refused::new(Reason::ParameterInvalid, expected, "others").about("acr_values"));
        }
        Ok(Self { acr_values, max_age: read_max_age(params)? })
    }

    /// # Errors
    /// `insufficient_user_authentication` (RFC 9470 §3): the challenge says what is demanded.
    pub fn judge(&self, by: Option<&Authorization>, now: Time) -> Result<(), Refused> {
        let insufficient =
            |expected: String, came: String| Refused::new(Reason::AuthenticationInsufficient, expected, came);
        let acr = by.map(|by| by.acr.as_str()).unwrap_or_default();
        if !self.acr_values.is_empty() && !self.acr_values.iter().any(|value| value == acr) {
            return Err(insufficient(format!("acr: {}", self.acr_values.join(" or ")), format!("acr: {acr}")));
        }
        let Some(max_age) = self.max_age else { return Ok(()) };
        let age = by.map(|by| now.since(by.auth_time));
        if age.is_some_and(|age| age <= max_age.saturating_add(LEEWAY)) {
            return Ok(());
        }
        let came = age.map_or_else(|| "no sign-on".to_owned(), |age| format!("auth_time: {age} s ago"));
        Err(insufficient(format!("auth_time: at most {max_age} s ago"), came))
    }
}

/// Whether it can stand in a challenge, between quotes and spaces (RFC 9470 §3).
pub fn is_acr(text: &str) -> bool {
    let is_word = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\');
    (1..=256).contains(&text.len()) && text.bytes().all(is_word)
}

/// As many as an environment may list.
pub const MOST_VALUES: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::tests::{NOW, authorization};

    /// AZ-11: what is told is what happened.
    #[test]
    fn the_policy_and_the_time_decide() {
        let by = Authorization { acr: "Strong".into(), auth_time: NOW, ..authorization("openid") };
        let demand =
            |values: &[&str], max_age| StepUp { acr_values: values.iter().map(ToString::to_string).collect(), max_age };
        for (demanded, seconds, taken) in [
            (demand(&[], None), 1_000_000, true),
            (demand(&["Strong"], None), 0, true),
            (demand(&["Other", "Strong"], None), 0, true),
            (demand(&["Other"], None), 0, false),
            (demand(&["strong"], None), 0, false),
            (demand(&[], Some(300)), 300, true),
            (demand(&[], Some(300)), 300 + LEEWAY + 1, false),
            (demand(&["Strong"], Some(300)), 10_000, false),
        ] {
            let judged = demanded.judge(Some(&by), NOW.plus(seconds)).map_err(|refused| refused.reason);
            assert_eq!(judged, if taken { Ok(()) } else { Err(Reason::AuthenticationInsufficient) }, "{demanded:?}");
        }
        assert!(demand(&[], Some(300)).judge(None, NOW).is_err() && demand(&[], None).judge(None, NOW).is_ok());
    }
}
