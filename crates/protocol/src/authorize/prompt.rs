//! Decides what `prompt` and `max_age` ask of the sign-on (OIDC Core §3.1.2.1).

use crate::params::Params;
use crate::refusal::{Reason, Refused};
use crate::told;

use super::Prompt;

/// A space-delimited set of known values; `none` stands alone.
pub(super) fn read(params: &Params) -> Result<Prompt, Refused> {
    let mut prompt = Prompt::default();
    let text = params.text("prompt").unwrap_or_default();
    for value in text.split(' ').filter(|value| !value.is_empty()) {
        match value {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return Err(invalid("prompt", "prompt of none, login, consent, select_account", told(text))),
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return Err(invalid("prompt", "prompt=none alone", told(text)));
    }
    Ok(prompt)
}

/// Whole seconds, zero or more.
pub(crate) fn read_max_age(params: &Params) -> Result<Option<i64>, Refused> {
    let Some(text) = params.text("max_age") else { return Ok(None) };
    let digits = text.bytes().all(|octet| octet.is_ascii_digit());
    let seconds = if digits { text.parse().ok() } else { None };
    seconds.map(Some).ok_or_else(|| invalid("max_age", "max_age in whole seconds", told::number(text)))
}

fn told(text: &str) -> String {
    told::words(text, &["none", "login", "consent", "select_account", "create"])
}

fn invalid(parameter: &'static str, expected: &str, came: String) -> Refused {
    Refused::new(Reason::ParameterInvalid, expected, came).about(parameter)
}
