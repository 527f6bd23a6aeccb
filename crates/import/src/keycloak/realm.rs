//! What a realm decided for all of it: passwords and locks. What this server decides elsewhere or not at all is told.

use serde_json::{Map, Value, json};

use crate::text::{flag, inner, number, objects, text};
use crate::{Left, Wanted};

pub(super) fn read(members: &Map<String, Value>, name: &str, wanted: &mut Vec<Wanted>, left: &mut Left) {
    wanted.extend(password_policy(members, name, left));
    for (member, why) in NOT_HERE {
        if says(members.get(member)) {
            left.add("settings", member, why);
        }
    }
    for provider in objects(members, "identityProviders") {
        let alias = text(provider, "alias").unwrap_or_default();
        left.add(
            "identity providers",
            alias,
            "people who sign on through another provider are taken, the provider is not",
        );
    }
    let stores = inner(members, "components").and_then(|all| all.get("org.keycloak.storage.UserStorageProvider"));
    for store in stores.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        let why = "people of a directory (LDAP, Kerberos) are taken only where Keycloak imported them, without their password";
        left.add("user federation", text(store, "name").unwrap_or_default(), why);
    }
    for flow in objects(members, "authenticationFlows").filter(|flow| flag(flow, "builtIn") == Some(false)) {
        let alias = text(flow, "alias").unwrap_or_default();
        left.add("authentication flows", alias, "a flow of one's own is a sign-on policy here: write it anew");
    }
}

/// Whether a member says something that is not what nobody chose.
fn says(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Object(members)) => !members.is_empty(),
        Some(Value::Array(elements)) => !elements.is_empty(),
        Some(_) => true,
    }
}

/// `passwordPolicy` and `bruteForceProtected` as a password policy, which is the environment's default from then on.
fn password_policy(members: &Map<String, Value>, name: &str, left: &mut Left) -> Option<Wanted> {
    let rules = text(members, "passwordPolicy").unwrap_or_default();
    let protects = flag(members, "bruteForceProtected") == Some(true);
    if rules.is_empty() && !protects {
        return None;
    }
    let policy = format!("Keycloak {name}");
    let mut body = Map::new();
    for (member, value) in [
        ("name", json!(policy)),
        ("description", json!(format!("As realm {name} of Keycloak had it"))),
        ("default", json!(true)),
        ("excludesCommonlyUsed", json!(false)),
        ("excludesProfileData", json!(false)),
        ("notSimilarToCurrent", json!(false)),
    ] {
        body.insert(member.into(), value);
    }
    let (mut classes, mut length) = (Map::new(), Map::new());
    for rule in rules.split(" and ").map(str::trim).filter(|rule| !rule.is_empty()) {
        let (rule, value) = rule.split_once('(').unwrap_or((rule, ""));
        let value = value.trim_end_matches(')');
        let count = value.trim().parse::<i64>().ok();
        match (rule, count) {
            ("length", Some(least)) => {
                length.insert("min".into(), least.clamp(8, 32).into());
                if !(8..=32).contains(&least) {
                    left.add(
                        "settings",
                        "passwordPolicy length",
                        "the least length of a password is between 8 and 32 here",
                    );
                }
            }
            ("maxLength", Some(most)) => {
                length.insert("max".into(), most.clamp(8, 255).into());
            }
            ("digits" | "lowerCase" | "upperCase" | "specialChars", Some(count)) => {
                classes.insert(class(rule).into(), count.clamp(0, 255).into());
            }
            ("notUsername" | "notEmail" | "notContainsUsername", _) => {
                body.insert("excludesProfileData".into(), true.into());
            }
            ("passwordBlacklist", _) => {
                body.insert("excludesCommonlyUsed".into(), true.into());
                left.add(
                    "settings",
                    "passwordPolicy passwordBlacklist",
                    "this server's own list of common passwords stands in its place",
                );
            }
            ("passwordHistory", Some(count)) if count > 0 => {
                let history = json!({ "count": count.clamp(1, 24), "retentionDays": REMEMBERED_DAYS });
                body.insert("history".into(), history);
            }
            ("forceExpiredPasswordChange", Some(days)) if days > 0 => {
                body.insert("maxAgeDays".into(), days.max(21).into());
            }
            // How Keycloak hashes is its own.
            ("hashIterations" | "hashAlgorithm", _) => {}
            (rule, _) => {
                left.add("settings", &format!("passwordPolicy {rule}"), "password policies have no such rule here")
            }
        }
    }
    for (member, found) in [("length", length), ("minCharacters", classes)] {
        if !found.is_empty() {
            body.insert(member.into(), found.into());
        }
    }
    if protects {
        let failures = number(members, "failureFactor").unwrap_or(30).max(1);
        let seconds = number(members, "waitIncrementSeconds").unwrap_or(60).max(1);
        body.insert("lockout".into(), json!({ "failureCount": failures, "durationSeconds": seconds }));
        if flag(members, "permanentLockout") == Some(true) {
            left.add("settings", "permanentLockout", "a lock ends by itself here");
        }
    }
    Some(Wanted::named("passwordPolicies", &policy, body))
}

fn class(rule: &str) -> &'static str {
    match rule {
        "digits" => "0123456789",
        "lowerCase" => "abcdefghijklmnopqrstuvwxyz",
        "upperCase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _ => "~!@#$%^&*()-_=+[]{}|;:,.<>/?",
    }
}

/// What is decided elsewhere, or not at all.
const NOT_HERE: [(&str, &str); 9] = [
    (
        "accessTokenLifespan",
        "how long an access token lives is a resource's: those that come of bearer-only clients have it",
    ),
    ("registrationAllowed", "nobody registers themselves here yet"),
    ("rememberMe", "a sign-on policy says how long a session lives"),
    ("verifyEmail", "whose address was verified is taken; nobody is asked to verify one"),
    ("editUsernameAllowed", "scopes of the PingOne API say what users may change of themselves"),
    ("smtpServer", "notifications are not sent from here yet"),
    ("revokeRefreshToken", "refresh tokens are exchanged at each use here"),
    ("internationalizationEnabled", "pages choose their language by the browser"),
    ("clientPolicies", "policies for clients are the environment's securityProfile here"),
];
/// Keycloak remembers former passwords for ever: ten years.
const REMEMBERED_DAYS: i64 = 3_650;
