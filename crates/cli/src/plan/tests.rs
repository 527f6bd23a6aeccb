use plan::Kind;
use plan::shape::{Shape, Type};
use plan::table::Identity;

use super::kinds;

/// Every kind of the API can be told from its siblings, and every reference of one leads somewhere: whoever describes a new object sees
/// here what `plan/src/table.rs` lacks.
#[test]
fn every_kind_is_known_by_something_and_every_reference_leads_somewhere() {
    let root = kinds();
    let mut faults = Vec::new();
    kind(&root, &mut faults);
    assert!(faults.is_empty(), "a line in crates/plan/src/table.rs is missing for {faults:#?}");
    let names: Vec<&str> = root.parts.iter().map(|part| part.segment.as_str()).collect();
    for wanted in [
        "applications",
        "groups",
        "identityProviders",
        "passwordPolicies",
        "populations",
        "resources",
        "signOnPolicies",
    ] {
        assert!(names.contains(&wanted), "{wanted} is not among {names:?}");
    }
    // Expressions and filters name the attributes of users.
    assert_eq!(names.first(), Some(&"schemas"), "{names:?}");
    let at = |name: &str| names.iter().position(|one| *one == name);
    assert!(at("populations") < at("groups") && at("groups") < at("applications"), "{names:?}");
}

fn kind(one: &Kind, faults: &mut Vec<String>) {
    let has = |name: &str| one.shape.member(name).is_some();
    let known = match one.identity {
        Identity::By(name) | Identity::Of(name) | Identity::Nth(name) => has(name),
        Identity::Itself => one.shape.refers.is_some(),
        Identity::Whole | Identity::Single => true,
    };
    if !known {
        faults.push(format!("{}: known by nothing", one.path));
    }
    shape(&one.shape, &one.path, faults);
    one.parts.iter().for_each(|part| kind(part, faults));
}

fn shape(of: &Shape, path: &str, faults: &mut Vec<String>) {
    if of.read_only {
        return;
    }
    // What a permission is called is its name.
    let id = of.member("id").is_some_and(|id| !id.read_only);
    if id && of.refers.is_none() && !path.ends_with("permissions[]") {
        faults.push(format!("{path}: leads nowhere"));
    }
    let member = path.rsplit('.').next().unwrap_or_default();
    if of.refers.is_none() && of.is_id && member != "id" {
        faults.push(format!("{path}: an id that leads nowhere"));
    }
    // Of a list of texts the document does not say whether they are ids.
    let is_free = matches!(of.what, Type::Text) && of.choices.is_empty() && member.ends_with("[]");
    if is_free && of.refers.is_none() && !WORDS.contains(&member.trim_end_matches("[]")) {
        faults.push(format!("{path}: are these words, or ids of something?"));
    }
    of.members().for_each(|(name, member)| shape(member, &format!("{path}.{name}"), faults));
    if let Some(item) = of.item() {
        shape(item, &format!("{path}[]"), faults);
    }
}

/// Lists of texts that are no ids.
const WORDS: &[&str] = &[
    "alternativeIdentifiers",
    "authorizationDetailsTypes",
    "clientCertificateAuthorities",
    "clientIdMetadataDomains",
    "foreignClientScopes",
    "origins",
    "postLogoutRedirectUris",
    "redirectUris",
    "requestUris",
    "schemaAttributes",
    "scopes",
    "softwareIds",
    "tags",
    "userInfoAcrValues",
    "valuesPatternShouldMatch",
    "valuesPatternShouldNotMatch",
];
