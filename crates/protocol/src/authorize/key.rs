//! Decides which key a code will be bound to (RFC 9449 §10).

use crate::confirmation::Thumbprint;
use crate::params::Params;
use crate::refusal::{Reason, Refused};

/// The key of `dpop_jkt`, or of the proof that came with the request where there is one: a pushed request may have either, or both
/// of the same key (§10.1).
///
/// # Errors
/// `invalid_request` for what is no thumbprint, and for one that is not the proof's.
pub fn read(params: &Params, proven: Option<&Thumbprint>) -> Result<Option<Thumbprint>, Refused> {
    let Some(text) = params.text("dpop_jkt") else { return Ok(proven.cloned()) };
    let refuse = |expected: &str, came: &str| {
        let refused = Refused::new(Reason::ParameterInvalid, format!("dpop_jkt: {expected}"), came);
        Err(refused.about("dpop_jkt"))
    };
    match Thumbprint::parse(text) {
        None => refuse("a SHA-256 thumbprint of 43 characters", "another text"),
        Some(named) if proven.is_some_and(|proven| *proven != named) => {
            refuse("the key of the DPoP proof", "another key's thumbprint")
        }
        Some(named) => Ok(Some(named)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    fn judge(sent: &str, proven: Option<&str>) -> Result<Option<Thumbprint>, Reason> {
        let params = Params::form(sent.as_bytes()).unwrap();
        let proven = proven.map(|text| Thumbprint::parse(text).unwrap());
        read(&params, proven.as_ref()).map_err(|refused| refused.reason)
    }

    /// PA-12: two keys are none.
    #[test]
    fn the_parameter_and_the_proof_name_one_key() {
        let key = Thumbprint::parse(KEY);
        assert_eq!(judge("", None), Ok(None));
        for (sent, proven) in [(KEY, None), ("", Some(KEY)), (KEY, Some(KEY))] {
            let sent = if sent.is_empty() { String::new() } else { format!("dpop_jkt={sent}") };
            assert_eq!(judge(&sent, proven), Ok(key.clone()));
        }
        let other = "1ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(judge(&format!("dpop_jkt={KEY}"), Some(other)), Err(Reason::ParameterInvalid));
        for odd in ["x", &KEY[1..], &format!("{KEY}A"), &format!("{}%3D", &KEY[1..]), &format!("{}!", &KEY[1..])] {
            assert_eq!(judge(&format!("dpop_jkt={odd}"), None), Err(Reason::ParameterInvalid), "{odd}");
        }
    }
}
