//! When an action of a sign-on policy is needed: PingOne's condition language, whose rules are told from each other by their members.
//!
//! A rule holds, does not hold, or cannot be told: what is not known yet, and what this server never learns, is neither true nor
//! false. Whoever asks takes an action that may be needed for one that is.

mod facts;
mod range;

use serde_json::{Map, Value, json};

use crate::model::describe::Stored;

pub use facts::Facts;
pub(super) use facts::is_attribute;
use range::Range;

#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// A user's attribute, by its path, has this value.
    Equals {
        attribute: String,
        value: Scalar,
    },
    /// The last sign-on with this authenticator, or with any, is longer ago than so many seconds.
    Greater {
        authenticator: Option<String>,
        seconds: i64,
    },
    /// The request comes from one of these networks.
    IpRange(Vec<Range>),
    /// The address is of this risk. No service here tells it.
    IpRisk {
        min: i64,
        max: i64,
    },
    /// The person cannot have come there so fast. No service here tells it.
    GeoVelocity,
    /// The request comes from a network that hides its users, and from none of these. No service here tells which do.
    AnonymousNetwork(Vec<Range>),
}

/// What an attribute is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    Flag(bool),
    Text(String),
}

impl Condition {
    /// Signing on again once the last password is so old.
    pub fn password_older_than(seconds: i64) -> Self {
        Self::Greater { authenticator: Some(PASSWORD.to_owned()), seconds }
    }

    /// The condition of this object; None for an empty one.
    ///
    /// # Errors
    /// The sentence for a client, with the place.
    pub fn read(object: &Map<String, Value>) -> Result<Option<Self>, String> {
        if object.is_empty() {
            return Ok(None);
        }
        let mut reading = Reading { left: MAX_RULES };
        reading.rule(object, "condition", MAX_DEPTH).map(Some)
    }

    pub fn to_object(&self) -> Map<String, Value> {
        let all = |rules: &[Self]| rules.iter().map(|rule| Value::Object(rule.to_object())).collect::<Vec<_>>();
        let texts = |ranges: &[Range]| ranges.iter().map(|range| range.text().into()).collect::<Vec<Value>>();
        let object = match self {
            Self::And(rules) => json!({ "and": all(rules) }),
            Self::Or(rules) => json!({ "or": all(rules) }),
            Self::Not(rule) => json!({ "not": rule.to_object() }),
            Self::Equals { attribute, value } => {
                let value = match value {
                    Scalar::Flag(flag) => Value::from(*flag),
                    Scalar::Text(text) => text.as_str().into(),
                };
                json!({ "value": format!("${{user.{attribute}}}"), "equals": value })
            }
            Self::Greater { authenticator, seconds } => {
                json!({ "secondsSince": since(authenticator.as_deref()), "greater": seconds })
            }
            Self::IpRange(ranges) => json!({ "contains": REMOTE_IP, "ipRange": texts(ranges) }),
            Self::IpRisk { min, max } => {
                json!({ "ipRisk": { "minScore": min, "maxScore": max }, "valid": REMOTE_IP })
            }
            Self::GeoVelocity => json!({ "geoVelocity": REMOTE_IP, "valid": previous() }),
            Self::AnonymousNetwork(ranges) => json!({ "anonymousNetwork": texts(ranges), "valid": REMOTE_IP }),
        };
        match object {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    /// The attributes of users that it compares.
    pub fn attributes(&self) -> Vec<&str> {
        match self {
            Self::And(rules) | Self::Or(rules) => rules.iter().flat_map(Self::attributes).collect(),
            Self::Not(rule) => rule.attributes(),
            Self::Equals { attribute, .. } => vec![attribute.as_str()],
            _ => Vec::new(),
        }
    }
}

/// A row has it as it is answered.
impl Stored for Option<Condition> {
    fn write(&self) -> Option<Value> {
        self.as_ref().map(|condition| condition.to_object().into())
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let read = match stored {
            None => Ok(None),
            Some(Value::Object(object)) => Condition::read(object),
            Some(_) => Err(String::new()),
        };
        read.map(|read| *self = read).is_ok()
    }
}

/// How much more may be read.
struct Reading {
    left: usize,
}

impl Reading {
    fn rule(&mut self, object: &Map<String, Value>, at: &str, depth: usize) -> Result<Condition, String> {
        self.left = self.left.checked_sub(1).ok_or_else(|| format!("{at}: more than {MAX_RULES} rules"))?;
        let depth = depth.checked_sub(1).ok_or_else(|| format!("{at}: nested deeper than {MAX_DEPTH}"))?;
        let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
        names.sort_unstable();
        let member = |name: &str| object.get(name).unwrap_or(&NOTHING);
        match names.as_slice() {
            ["and"] => self.rules(member("and"), &format!("{at}.and"), depth).map(Condition::And),
            ["or"] => self.rules(member("or"), &format!("{at}.or"), depth).map(Condition::Or),
            ["not"] => {
                let at = format!("{at}.not");
                let inner = inner(member("not")).ok_or_else(|| format!("{at}: must be one rule"))?;
                Ok(Condition::Not(Box::new(self.rule(inner, &at, depth)?)))
            }
            _ => data(&names, member, at),
        }
    }

    fn rules(&mut self, value: &Value, at: &str, depth: usize) -> Result<Vec<Condition>, String> {
        let rules = value.as_array().filter(|rules| !rules.is_empty());
        let rules = rules.ok_or_else(|| format!("{at}: must be a list of rules"))?;
        let one = |(index, rule): (usize, &Value)| {
            let at = format!("{at}[{index}]");
            let rule = rule.as_object().ok_or_else(|| format!("{at}: must be an object"))?;
            self.rule(rule, &at, depth)
        };
        rules.iter().enumerate().map(one).collect()
    }
}

/// PingOne's documents write the rule of `not` as an object, and once in a list.
fn inner(value: &Value) -> Option<&Map<String, Value>> {
    match value {
        Value::Object(rule) => Some(rule),
        Value::Array(rules) => match rules.as_slice() {
            [Value::Object(rule)] => Some(rule),
            _ => None,
        },
        _ => None,
    }
}

fn data<'a>(names: &[&str], member: impl Fn(&str) -> &'a Value, at: &str) -> Result<Condition, String> {
    let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{at}: {what}")) };
    let remote = |name: &str| must(member(name).as_str() == Some(REMOTE_IP), &format!("{name} must be {REMOTE_IP}"));
    match names {
        ["equals", "value"] => {
            let attribute = member("value").as_str().and_then(attribute);
            let attribute =
                attribute.ok_or_else(|| format!("{at}: value must name an attribute as ${{user.email}} does"))?;
            let value = match member("equals") {
                Value::Bool(flag) => Scalar::Flag(*flag),
                Value::String(text) if text.chars().count() <= MAX_TEXT => Scalar::Text(text.clone()),
                _ => return Err(format!("{at}: equals must be a boolean or a text of at most {MAX_TEXT} characters")),
            };
            Ok(Condition::Equals { attribute: attribute.to_owned(), value })
        }
        ["greater", "secondsSince"] => {
            let authenticator = member("secondsSince").as_str().and_then(|text| authenticator(text).ok());
            let authenticator =
                authenticator.ok_or_else(|| format!("{at}: secondsSince must be as {}", since(Some(PASSWORD))))?;
            let seconds = member("greater").as_i64().filter(|seconds| (0..=MAX_SECONDS).contains(seconds));
            let seconds = seconds.ok_or_else(|| format!("{at}: greater must be from 0 to {MAX_SECONDS}"))?;
            Ok(Condition::Greater { authenticator, seconds })
        }
        ["contains", "ipRange"] => {
            remote("contains")?;
            let ranges = ranges(member("ipRange"), at)?;
            must(!ranges.is_empty(), "ipRange must not be empty")?;
            Ok(Condition::IpRange(ranges))
        }
        ["ipRisk", "valid"] => {
            remote("valid")?;
            let score =
                |name: &str| member("ipRisk").get(name).and_then(Value::as_i64).filter(|n| (0..=100).contains(n));
            let scores = score("minScore").zip(score("maxScore")).filter(|(min, max)| min <= max);
            let (min, max) = scores.ok_or_else(|| format!("{at}: ipRisk must have scores from 0 to 100"))?;
            Ok(Condition::IpRisk { min, max })
        }
        ["geoVelocity", "valid"] => {
            remote("geoVelocity")?;
            must(*member("valid") == previous(), "valid must name the last sign-on")?;
            Ok(Condition::GeoVelocity)
        }
        ["anonymousNetwork", "valid"] => {
            remote("valid")?;
            Ok(Condition::AnonymousNetwork(ranges(member("anonymousNetwork"), at)?))
        }
        _ => Err(format!("{at}: no rule has these members")),
    }
}

fn ranges(value: &Value, at: &str) -> Result<Vec<Range>, String> {
    let texts = value.as_array().filter(|texts| texts.len() <= MAX_RANGES);
    let texts = texts.ok_or_else(|| format!("{at}: must be a list of at most {MAX_RANGES} networks"))?;
    let one = |text: &Value| text.as_str().and_then(Range::parse).ok_or_else(|| format!("{at}: {text} is no network"));
    texts.iter().map(one).collect()
}

/// The path in `${user.…}`.
fn attribute(text: &str) -> Option<&str> {
    let path = text.strip_prefix("${user.")?.strip_suffix('}')?;
    let named = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (path.len() <= MAX_TEXT && path.split('.').all(named)).then_some(path)
}

/// The authenticator in `${session.lastSignOn.withAuthenticator.….at}`; none in `${session.lastSignOn.at}`.
///
/// # Errors
/// Another text.
fn authenticator(text: &str) -> Result<Option<String>, ()> {
    let rest = text.strip_prefix("${session.lastSignOn.").and_then(|rest| rest.strip_suffix("at}")).ok_or(())?;
    if rest.is_empty() {
        return Ok(None);
    }
    let name = rest.strip_prefix("withAuthenticator.").and_then(|rest| rest.strip_suffix('.')).ok_or(())?;
    let named = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if named { Ok(Some(name.to_owned())) } else { Err(()) }
}

fn since(authenticator: Option<&str>) -> String {
    match authenticator {
        Some(name) => format!("${{session.lastSignOn.withAuthenticator.{name}.at}}"),
        None => "${session.lastSignOn.at}".to_owned(),
    }
}

fn previous() -> Value {
    json!({
        "previousSuccessfulAuthenticationIp": "${user.lastSignOn.remoteIp}",
        "previousSuccessfulAuthenticationTime": "${user.lastSignOn.at}",
    })
}

static NOTHING: Value = Value::Null;
const PASSWORD: &str = "pwd";
const REMOTE_IP: &str = "${flow.request.http.remoteIp}";
const MAX_DEPTH: usize = 10;
const MAX_RULES: usize = 100;
const MAX_RANGES: usize = 100;
const MAX_TEXT: usize = 256;
const MAX_SECONDS: i64 = i32::MAX as i64;

#[cfg(test)]
mod tests;
