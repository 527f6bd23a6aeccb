//! A request to paste for each call: what the environment file of `grantor dev` names is taken from there, what a page makes it sets a variable
//! to. `clients/curl/reference.py` makes all of them.

use super::operation::{self, call};
use super::own::{self, Answered, Call};
use crate::manage::{Route, all};

/// The calls of a page so that each deletion comes after whatever is below what it deletes.
pub(super) fn in_order<'a>(routes: &[&'a Route]) -> Vec<&'a Route> {
    let (mut ends, mut ordered): (Vec<&Route>, Vec<&Route>) = routes.iter().partition(|route| route.name == "DELETE");
    ends.sort_by_key(|route| std::cmp::Reverse(route.path.len()));
    for end in ends {
        let of = if end.path.ends_with('}') { end.path } else { above(end.path) };
        let last = ordered.iter().rposition(|route| route.path == of || route.path.starts_with(&format!("{of}/")));
        ordered.insert(last.map_or(ordered.len(), |last| last + 1), end);
    }
    ordered
}

/// A command, and what must stand before it.
pub(super) fn request(route: &Route) -> String {
    let of = call(route);
    let mut text = String::new();
    for line in before(route) {
        text.push_str(&line);
        text.push('\n');
    }
    let method = match route.name {
        "GET" => String::new(),
        _ => format!("-X {} ", route.name),
    };
    let path = format!("\"$apiPath{}\"", path(route));
    let (body, here) = body(route, &of);
    let command = format!("{method}{path} {TOKEN}{body}");
    match made(route, &of) {
        Some(variable) if here.is_empty() => text + &format!("{variable}=$(curl -s {command} | jq -r .id)"),
        Some(variable) => text + &format!("{variable}=$(curl -s {command} <<EOF | jq -r .id\n{here}\nEOF\n)"),
        None if here.is_empty() => text + &format!("curl {command}"),
        None => text + &format!("curl {command} <<EOF\n{here}\nEOF"),
    }
}

/// What is sent, and the text that is read of the command itself.
fn body(route: &Route, of: &Call) -> (String, String) {
    if let Some((_, filter)) = own::filter(route.path) {
        return (
            format!(
                " \\\n  -G --data-urlencode \"filter={}\"",
                filter.replacen('"', "\\\"", 1).replace("Z)\"", "Z)\\\"")
            ),
            String::new(),
        );
    }
    let Some(name) = of.body else { return (String::new(), String::new()) };
    if let Some((_, form)) = FORMS.iter().find(|(handler, _)| *handler == key(route)) {
        return (format!(" \\\n  {form}"), String::new());
    }
    let media = MEDIA.iter().find(|(of, _)| *of == name).map(|(_, media)| *media);
    let media = media.or_else(|| of.media.first().copied()).unwrap_or("application/json");
    let said = BODIES.iter().find(|(of, _)| *of == key(route)).or_else(|| BODIES.iter().find(|(of, _)| *of == name));
    match said {
        Some((_, "")) => (format!(" \\\n  -H \"Content-Type: {media}\""), String::new()),
        // In a text of the command itself a dollar names a variable, and a brace behind it is ours.
        Some((_, body)) => (format!(" \\\n  -H \"Content-Type: {media}\" -d @-"), body.replace("${", "\\${")),
        None => (format!(" \\\n  -H \"Content-Type: {media}\" -d @body.json"), String::new()),
    }
}

/// The call as the tables below name it.
fn key(route: &Route) -> String {
    operation::id(route)
}

/// The variable that the id of what is made is kept in.
fn made(route: &Route, of: &Call) -> Option<String> {
    let Answered::One(201 | 202, _) = of.answered else { return None };
    let one = one_of(route.path)?;
    Some(if own(&one).is_some() { fresh(&one) } else { format!("{one}ID") })
}

/// The parameter of one of those with this path.
fn one_of(path: &str) -> Option<String> {
    let one = all().find_map(|route| {
        let name = route.path.strip_prefix(path)?.strip_prefix("/{")?.strip_suffix('}')?;
        (!name.contains('/')).then_some(name)
    });
    one.map(str::to_owned)
}

fn path(route: &Route) -> String {
    let parts: Vec<&str> = route.path.split('/').collect();
    let ids = parts.iter().enumerate().map(|(at, part)| match parameter(part) {
        Some(name) => format!("${}", variable(route, name, parts.len() - at - 1)),
        None => (*part).to_owned(),
    });
    ids.collect::<Vec<_>>().join("/")
}

/// What dev has for good stays what it is: whatever would write it writes what the page made. So many parts of the path come `behind` it.
fn variable(route: &Route, name: &str, behind: usize) -> String {
    let written = match behind {
        0 => matches!(route.name, "PUT" | "PATCH" | "DELETE"),
        1 if route.path.ends_with("/secret") => route.name != "GET",
        1 if route.path.ends_with("/password") => route.name == "PUT",
        _ => false,
    };
    match own(name) {
        Some(_) if written && name != "organization" && name != "license" => fresh(name),
        Some(own) => own.to_owned(),
        None => format!("{name}ID"),
    }
}

fn fresh(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("new{}{rest}ID", first.to_ascii_uppercase())
}

fn own(name: &str) -> Option<&'static str> {
    OWN.iter().find(|(of, _)| *of == name).map(|(_, variable)| *variable)
}

fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(above, _)| above)
}

/// Lines that set what no call of the page makes, and make the files that are sent.
fn before(route: &Route) -> Vec<String> {
    let mut lines = Vec::new();
    for (end, _) in route.path.match_indices('}') {
        let path = &route.path[..=end];
        let list = above(path);
        let name = path.rsplit('/').next().and_then(parameter).unwrap_or_default();
        let makes =
            all().any(|other| other.path == list && other.name == "POST" && made(other, &call(other)).is_some());
        let listed = all().find(|other| other.path == list && other.name == "GET").map(call);
        if let (None, false, Some(Call { answered: Answered::Many { under, .. }, .. })) = (own(name), makes, listed) {
            let at = list
                .split('/')
                .map(|part| parameter(part).map_or(part.to_owned(), |name| format!("${}", variable(route, name, 9))));
            let at = at.collect::<Vec<_>>().join("/");
            lines.push(format!("{name}ID=$(curl -s \"$apiPath{at}\" {TOKEN} | jq -r '._embedded.{under}[0].id')"));
        }
    }
    let key = key(route);
    let more = BEFORE.iter().filter(|(calls, _)| calls.split(' ').any(|call| call == key));
    lines.extend(more.map(|(_, line)| line.replace("TOKEN", TOKEN)));
    lines
}

const TOKEN: &str = "-H \"Authorization: Bearer $accessToken\"";

/// What dev has for good.
const OWN: &[(&str, &str)] = &[
    ("application", "sharedWebAppID"),
    ("environment", "envID"),
    ("license", "licenseID"),
    ("organization", "orgID"),
    ("population", "popID"),
    ("user", "userID"),
];

/// Of several media types the one that is shown.
const MEDIA: &[(&str, &str)] = &[("AccountAction", "application/vnd.pingidentity.account.unlock+json")];

/// What is sent as files.
const FORMS: &[(&str, &str)] = &[
    ("createApplicationKey", "-H \"Content-Type: application/x-pem-file\" --data-binary @own.pem"),
    ("createCertificate", "-F file=@own.pem -F usageType=SIGNING"),
    ("createKeyCsr", "-F file=@issued.pem"),
];

/// Lines before calls, by the names of the calls.
const BEFORE: &[(&str, &str)] = &[
    (
        "createApplicationKey createCertificate",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.pem -subj /CN=Own -days 30",
    ),
    ("createKeyCsr", "curl -s \"$apiPath/environments/$envID/keys/$keyID/csr\" TOKEN -o asked.csr"),
    (
        "createKeyCsr",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.pem -subj /CN=Own -days 30",
    ),
    (
        "createKeyCsr",
        "openssl x509 -req -in asked.csr -CA own.pem -CAkey own.key -CAcreateserial -days 30 -out issued.pem",
    ),
    (
        "createApplicationGrant replaceApplicationGrant",
        "resourceID=$(curl -s \"$apiPath/environments/$envID/resources\" TOKEN | jq -r '._embedded.resources[] | select(.name == \"PingOne API\").id')",
    ),
    (
        "createApplicationGrant replaceApplicationGrant",
        "scopeID=$(curl -s \"$apiPath/environments/$envID/resources/$resourceID/scopes\" TOKEN | jq -r '._embedded.scopes[0].id')",
    ),
    (
        "createAuthorizationDetailsType replaceAuthorizationDetailsType",
        "resourceID=$(curl -s \"$apiPath/environments/$envID/resources\" TOKEN | jq -r '._embedded.resources[0].id')",
    ),
    (
        "createApplicationSignOnPolicyAssignment replaceApplicationSignOnPolicyAssignment",
        "signOnPolicyID=$(curl -s \"$apiPath/environments/$envID/signOnPolicies\" TOKEN | jq -r '._embedded.signOnPolicies[0].id')",
    ),
    (
        "createApplicationRoleAssignment createGroupRoleAssignment createUserRoleAssignment",
        "roleID=$(curl -s \"$apiPath/roles\" TOKEN | jq -r '._embedded.roles[] | select(.name == \"Identity Data Read Only\").id')",
    ),
    (
        "createEnvironmentRole replaceEnvironmentRole",
        "adminRoleID=$(curl -s \"$apiPath/roles\" TOKEN | jq -r '._embedded.roles[] | select(.name == \"Environment Admin\").id')",
    ),
    // A policy keeps one.
    (
        "deleteSignOnPolicyAction",
        "curl -s -o another.json \"$apiPath/environments/$envID/signOnPolicies/$policyID/actions\" TOKEN -H \"Content-Type: application/json\" -d '{\"type\": \"MULTI_FACTOR_AUTHENTICATION\", \"priority\": 2}'",
    ),
    (
        "createUserMemberOfGroup",
        "groupID=$(curl -s \"$apiPath/environments/$envID/groups\" TOKEN -H \"Content-Type: application/json\" -d '{\"name\": \"Everybody\"}' | jq -r .id)",
    ),
    (
        "createGroupMemberOfGroup",
        "parentID=$(curl -s \"$apiPath/environments/$envID/groups\" TOKEN -H \"Content-Type: application/json\" -d '{\"name\": \"Above\"}' | jq -r .id)",
    ),
];

/// What is sent, by the name of the call, else of the schema.
const BODIES: &[(&str, &str)] = &[
    ("createGroupMemberOfGroup", r#"{"id": "$parentID"}"#),
    ("createUserMemberOfGroup", r#"{"id": "$groupID"}"#),
    ("updateSchemaAttribute", r#"{"description": "Where it is booked"}"#),
    ("updateUser", r#"{"title": "Dr"}"#),
    ("AccountAction", ""),
    ("ActivitySearch", r#"{"filter": "recordedAt gt \"$(date -u +%Y-%m-%dT00:00:00Z)\""}"#),
    ("AdministratorSecurity", r#"{"authenticationMethod": "PINGONE", "mfaStatus": "ENFORCE", "recovery": true}"#),
    (
        "Application",
        r#"{
  "name": "Shop", "enabled": true, "type": "WEB_APP", "protocol": "OPENID_CONNECT",
  "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"],
  "redirectUris": ["https://shop.example.com/callback"]
}"#,
    ),
    ("ApplicationAttribute", r#"{"name": "department", "value": "${user.title}"}"#),
    ("AuthorizationDetailsType", r#"{"type": "payment", "resource": {"id": "$resourceID"}}"#),
    ("BillOfMaterials", r#"{"products": []}"#),
    (
        "CustomRole",
        r#"{
  "name": "Reader", "applicableTo": ["ENVIRONMENT"], "canBeAssignedBy": [{"id": "$adminRoleID"}],
  "permissions": [{"id": "dir:read:user"}]
}"#,
    ),
    ("DefaultIdentityProvider", "{}"),
    ("Environment", r#"{"name": "Trial", "type": "SANDBOX", "region": "NA", "license": {"id": "$licenseID"}}"#),
    ("EnvironmentStatus", r#"{"status": "ACTIVE", "license": {"id": "$licenseID"}}"#),
    ("EnvironmentType", r#"{"type": "SANDBOX"}"#),
    ("Group", r#"{"name": "Buyers"}"#),
    (
        "IdentityProvider",
        r#"{
  "name": "Partner", "type": "OPENID_CONNECT", "enabled": true, "clientId": "grantor", "clientSecret": "of the partner",
  "issuer": "https://partner.example.com", "authorizationEndpoint": "https://partner.example.com/authorize",
  "tokenEndpoint": "https://partner.example.com/token", "jwksEndpoint": "https://partner.example.com/jwks",
  "scopes": ["openid"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC"
}"#,
    ),
    ("IdentityProviderAttribute", r#"{"name": "email", "value": "${providerAttributes.email}", "update": "ALWAYS"}"#),
    ("InitialAccessToken", r#"{"name": "Partner", "expiresAt": "2030-01-01T00:00:00Z"}"#),
    (
        "KeyPair",
        r#"{
  "name": "Shop", "algorithm": "EC", "keyLength": 256, "signatureAlgorithm": "SHA256withECDSA", "subjectDN": "CN=Shop",
  "usageType": "SIGNING", "validityPeriod": 365, "default": false
}"#,
    ),
    (
        "KeyRotationPolicy",
        r#"{
  "name": "Shop", "algorithm": "RSA", "keyLength": 2048, "signatureAlgorithm": "SHA256withRSA", "dn": "CN=Shop",
  "usageType": "SIGNING"
}"#,
    ),
    ("LicenseName", r#"{"name": "INTERNAL"}"#),
    ("NewPassword", r#"{"value": "Correct-horse-7-battery"}"#),
    ("NewUser", NEW_USER),
    ("User", NEW_USER),
    ("PasswordAction", r#"{"password": "$password"}"#),
    (
        "PasswordPolicy",
        r#"{
  "name": "Short", "excludesCommonlyUsed": true, "excludesProfileData": true, "notSimilarToCurrent": true,
  "length": {"min": 8, "max": 255}
}"#,
    ),
    ("Population", r#"{"name": "Staff"}"#),
    ("Resource", r#"{"name": "Orders"}"#),
    ("ResourceAttribute", r#"{"name": "department", "value": "${user.title}"}"#),
    ("ResourceGrant", r#"{"resource": {"id": "$resourceID"}, "scopes": [{"id": "$scopeID"}]}"#),
    ("ResourceScope", r#"{"name": "orders:read"}"#),
    ("RoleAssignment", r#"{"role": {"id": "$roleID"}, "scope": {"id": "$envID", "type": "ENVIRONMENT"}}"#),
    ("Rotation", r#"{"previous": {"expiresAt": "$(date -u +%Y-%m-%dT23:59:59Z)"}}"#),
    ("SchemaAttribute", r#"{"name": "costCenter", "enabled": true}"#),
    ("SignOnAction", r#"{"type": "LOGIN", "priority": 1}"#),
    ("SignOnPolicy", r#"{"name": "Shop"}"#),
    ("SignOnPolicyAssignment", r#"{"signOnPolicy": {"id": "$signOnPolicyID"}, "priority": 1}"#),
    (
        "TrustedIssuer",
        r#"{"name": "Builds", "issuer": "https://token.ci.example.com", "jwksUrl": "https://token.ci.example.com/jwks"}"#,
    ),
    ("UserEnabled", r#"{"enabled": true}"#),
    ("UserIdentityProvider", "{}"),
    ("UserMfaEnabled", r#"{"mfaEnabled": false}"#),
    ("UserPopulation", r#"{"id": "$popID"}"#),
    ("UserVerifyStatus", r#"{"verifyStatus": "NOT_INITIATED"}"#),
];

const NEW_USER: &str =
    r#"{"username": "new.person", "email": "new.person@example.com", "population": {"id": "$popID"}}"#;

#[cfg(test)]
mod tests {
    use super::*;

    /// No request asks for a file that nobody has.
    #[test]
    fn every_request_says_what_it_sends() {
        for route in all() {
            let request = request(route);
            assert!(!request.contains("body.json"), "{} {}: {request}", route.name, route.path);
        }
        let calls: Vec<String> = all().map(operation::id).collect();
        let named = BEFORE.iter().flat_map(|(calls, _)| calls.split(' ')).chain(FORMS.iter().map(|(call, _)| *call));
        for name in named {
            assert!(calls.iter().any(|call| call == name), "{name} is no call");
        }
    }

    #[test]
    fn what_is_below_is_deleted_before_what_it_is_below() {
        let groups: Vec<&Route> = all().filter(|route| operation::tag(route) == "groups").collect();
        let ordered = in_order(&groups);
        assert_eq!(ordered.len(), groups.len());
        assert_eq!(
            ordered.last().map(|route| (route.name, route.path)),
            Some(("DELETE", "/environments/{environment}/groups/{group}"))
        );
    }
}
