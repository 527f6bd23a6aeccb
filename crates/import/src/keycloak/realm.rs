//! What a realm decided for all of it: passwords and locks. What this server decides elsewhere or not at all is told.

use serde_json::{Map, Value, json};

use crate::text::{flag, inner, number, objects, put, text};
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
    let mut classes = Map::new();
    for written in rules.split(" and ").map(str::trim).filter(|rule| !rule.is_empty()) {
        rule(written, &mut body, &mut classes, left);
    }
    if !classes.is_empty() {
        body.insert("minCharacters".into(), classes.into());
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

/// One rule, such as `length(8)`.
fn rule(written: &str, body: &mut Map<String, Value>, classes: &mut Map<String, Value>, left: &mut Left) {
    let (rule, value) = written.split_once('(').unwrap_or((written, ""));
    let count = value.trim_end_matches(')').trim().parse::<i64>().ok();
    let mut tell = |why: &str| left.add("settings", &format!("passwordPolicy {rule}"), why);
    match (rule, count) {
        ("length", Some(least)) => {
            put(body, "length.min", least.clamp(8, 32));
            if !(8..=32).contains(&least) {
                tell("the least length of a password is between 8 and 32 here");
            }
        }
        ("maxLength", Some(most)) => put(body, "length.max", most.clamp(8, 255)),
        ("digits" | "lowerCase" | "upperCase" | "specialChars", Some(count)) => {
            classes.insert(class(rule).into(), count.clamp(0, 255).into());
        }
        ("notUsername" | "notEmail" | "notContainsUsername", _) => put(body, "excludesProfileData", true),
        ("passwordBlacklist", _) => {
            put(body, "excludesCommonlyUsed", true);
            tell("this server's own list of common passwords stands in its place");
        }
        ("passwordHistory", Some(count)) if count > 0 => {
            put(body, "history", json!({ "count": count.clamp(1, 24), "retentionDays": REMEMBERED_DAYS }));
        }
        ("forceExpiredPasswordChange", Some(days)) if days > 0 => put(body, "maxAgeDays", days.max(21)),
        // How Keycloak hashes is its own.
        ("hashIterations" | "hashAlgorithm", _) => {}
        _ => tell("password policies have no such rule here"),
    }
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
const NOT_HERE: [(&str, &str); 10] = [
    (
        "accessTokenLifespan",
        "how long an access token lives is a resource's: those that come of bearer-only clients have it",
    ),
    ("registrationAllowed", "nobody registers themselves here yet"),
    ("loginWithEmailAllowed", "people sign on with their user name: nobody is found by an address here"),
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
