//! What the calls take and answer that are no plain writing or reading of an object, in a notation of one line each: members with
//! their types, `!` where a body must have one, `{…}` for what is within, `[]` for a list.

use serde_json::{Map, Value, json};

use super::operation::JSON;

/// What a call takes and answers. Schemas are told by their names.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) body: Option<&'static str>,
    pub(super) required: bool,
    pub(super) media: Vec<&'static str>,
    pub(super) answered: Answered,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Answered {
    Nothing,
    One(u16, &'static str),
    Many {
        under: &'static str,
        of: &'static str,
        paged: bool,
    },
    /// What is no JSON.
    File,
}

use Answered::{File, Nothing, One};

const fn whole(under: &'static str, of: &'static str) -> Answered {
    Answered::Many { under, of, paged: false }
}

const fn paged(under: &'static str, of: &'static str) -> Answered {
    Answered::Many { under, of, paged: true }
}

/// Handler, body, answer.
const CALLS: &[(&str, &str, Answered)] = &[
    ("activity::list", "", paged("activities", "Activity")),
    ("activity::read", "", One(200, "Activity")),
    ("activity::search", "ActivitySearch", paged("activities", "Activity")),
    ("administrator_security::read", "", One(200, "AdministratorSecurity")),
    ("administrator_security::replace", "AdministratorSecurity", One(200, "AdministratorSecurity")),
    ("application_key::create", "NewApplicationKey", One(201, "ApplicationKey")),
    ("application_key::delete", "", Nothing),
    ("application_key::list", "", whole("keys", "ApplicationKey")),
    ("application_key::read", "", One(200, "ApplicationKey")),
    ("application_secret::delete_previous", "", Nothing),
    ("application_secret::read", "", One(200, "ApplicationSecret")),
    ("application_secret::rotate", "Rotation", One(200, "ApplicationSecret")),
    ("capability::read", "", One(200, "Capabilities")),
    ("certificate::applications", "", whole("applications", "Application")),
    ("certificate::create", "KeyFile", One(202, "Certificate")),
    ("certificate::list", "", whole("certificates", "Certificate")),
    ("certificate::read", "", One(200, "Certificate")),
    ("environment::create", "Environment", One(201, "Environment")),
    ("environment::delete", "", Nothing),
    ("environment::list", "", paged("environments", "Environment")),
    ("environment::read", "", One(200, "Environment")),
    ("environment::read_bill", "", One(200, "BillOfMaterials")),
    ("environment::replace", "Environment", One(200, "Environment")),
    ("environment::replace_bill", "BillOfMaterials", One(200, "BillOfMaterials")),
    ("environment::replace_status", "EnvironmentStatus", One(200, "Environment")),
    ("environment::replace_type", "EnvironmentType", One(200, "Environment")),
    ("identity_count::active", "", whole("activeIdentityCounts", "ActiveIdentityCount")),
    ("identity_count::total", "", whole("totalIdentities", "TotalIdentities")),
    ("identity_provider::replace", "IdentityProvider", One(200, "IdentityProvider")),
    ("key::certify", "KeyFile", One(200, "KeyPair")),
    ("key::create", "KeyPair", One(201, "KeyPair")),
    ("key::delete", "", Nothing),
    ("key::list", "", whole("keys", "KeyPair")),
    ("key::read", "", One(200, "KeyPair")),
    ("key::replace", "KeyPair", One(200, "KeyPair")),
    ("key::request", "", File),
    ("key_application::list", "", paged("applications", "Application")),
    ("key_rotation_policy::create", "KeyRotationPolicy", One(201, "KeyRotationPolicy")),
    ("key_rotation_policy::delete", "", Nothing),
    ("key_rotation_policy::jwks", "", One(200, "KeySet")),
    ("key_rotation_policy::list", "", whole("keyRotationPolicies", "KeyRotationPolicy")),
    ("key_rotation_policy::read", "", One(200, "KeyRotationPolicy")),
    ("key_rotation_policy::replace", "KeyRotationPolicy", One(200, "KeyRotationPolicy")),
    ("membership::join", "Reference", One(201, "GroupMembership")),
    ("membership::leave", "", Nothing),
    ("membership::list_of_group", "", paged("groupMemberships", "GroupMembership")),
    ("membership::list_of_user", "", paged("groupMemberships", "GroupMembership")),
    ("membership::nest", "Reference", One(201, "GroupMembership")),
    ("membership::read_of_group", "", One(200, "GroupMembership")),
    ("membership::read_of_user", "", One(200, "GroupMembership")),
    ("membership::unnest", "", Nothing),
    ("oauth_consent::delete", "", Nothing),
    ("oauth_consent::list", "", whole("oauthConsents", "OauthConsent")),
    ("oauth_consent::read", "", One(200, "OauthConsent")),
    ("organization::license_name", "", One(200, "LicenseName")),
    ("organization::rename_license", "LicenseName", One(200, "LicenseName")),
    ("organization::license", "", One(200, "License")),
    ("organization::licenses", "", whole("licenses", "License")),
    ("organization::list", "", whole("organizations", "Organization")),
    ("organization::read", "", One(200, "Organization")),
    ("password::act", "PasswordAction", One(200, "Password")),
    ("password::read", "", One(200, "Password")),
    ("password::replace", "NewPassword", One(200, "Password")),
    ("population::read_default_provider", "", One(200, "DefaultIdentityProvider")),
    ("population::replace_default_provider", "DefaultIdentityProvider", One(200, "DefaultIdentityProvider")),
    ("resource_scope::delete", "", Nothing),
    ("resource_secret::delete_previous", "", Nothing),
    ("resource_secret::read", "", One(200, "ResourceSecret")),
    ("resource_secret::rotate", "Rotation", One(200, "ResourceSecret")),
    ("role::list", "", whole("roles", "Role")),
    ("role::read", "", One(200, "Role")),
    ("role::list_in_environment", "", whole("roles", "Role")),
    ("role::read_in_environment", "", One(200, "Role")),
    ("schema::list", "", whole("schemas", "Schema")),
    ("schema::read", "", One(200, "Schema")),
    ("session::delete", "", Nothing),
    ("session::list", "", whole("sessions", "Session")),
    ("session::read", "", One(200, "Session")),
    ("sign_on_action::create", "SignOnAction", One(201, "SignOnAction")),
    ("sign_on_action::delete", "", Nothing),
    ("sign_on_action::list", "", whole("actions", "SignOnAction")),
    ("sign_on_action::read", "", One(200, "SignOnAction")),
    ("sign_on_action::replace", "SignOnAction", One(200, "SignOnAction")),
    ("sign_on_policy::replace", "SignOnPolicy", One(200, "SignOnPolicy")),
    ("user_import::create", "NewUser", One(201, "User")),
    ("user_state::act", "AccountAction", One(200, "User")),
    ("user_state::linked_account", "", One(200, "LinkedAccount")),
    ("user_state::linked_accounts", "", whole("linkedAccounts", "LinkedAccount")),
    ("user_state::read_enabled", "", One(200, "UserEnabled")),
    ("user_state::read_identity_provider", "", One(200, "UserIdentityProvider")),
    ("user_state::read_mfa", "", One(200, "UserMfaEnabled")),
    ("user_state::read_population", "", One(200, "UserPopulation")),
    ("user_state::read_verify_status", "", One(200, "UserVerifyStatus")),
    ("user_state::replace_enabled", "UserEnabled", One(200, "UserEnabled")),
    ("user_state::replace_identity_provider", "UserIdentityProvider", One(200, "UserIdentityProvider")),
    ("user_state::replace_mfa", "UserMfaEnabled", One(200, "UserMfaEnabled")),
    ("user_state::replace_population", "UserPopulation", One(200, "UserPopulation")),
    ("user_state::replace_verify_status", "UserVerifyStatus", One(200, "UserVerifyStatus")),
];

/// Bodies of other media types than JSON's own.
const MEDIA: &[(&str, &[&str])] = &[
    ("KeyFile", &["multipart/form-data"]),
    ("KeyPair", &["application/json", "multipart/form-data"]),
    ("NewApplicationKey", &["application/json", "application/x-pem-file"]),
    ("NewUser", &["application/json", "application/vnd.pingidentity.user.import+json"]),
    (
        "NewPassword",
        &[
            "application/vnd.pingidentity.password.set+json",
            "application/vnd.pingidentity.password.setValue+json",
            "application/vnd.pingidentity.password.reset+json",
        ],
    ),
    (
        "PasswordAction",
        &[
            "application/vnd.pingidentity.password.check+json",
            "application/vnd.pingidentity.password.forceChange+json",
            "application/vnd.pingidentity.password.recover+json",
            "application/vnd.pingidentity.password.sendRecoveryCode+json",
        ],
    ),
    (
        "AccountAction",
        &[
            "application/vnd.pingidentity.account.lock+json",
            "application/vnd.pingidentity.account.unlock+json",
            "application/vnd.pingidentity.account.sendVerificationCode+json",
            "application/vnd.pingidentity.account.verify+json",
        ],
    ),
];

/// Bodies that may be left out.
const OPTIONAL: &[&str] = &["Rotation", "PasswordAction", "AccountAction"];

const SHAPES: &[(&str, &str)] = &[
    ("ActiveIdentityCount", "startDate:time endDate:time value:number"),
    ("LicenseName", "name!:text"),
    ("DefaultIdentityProvider", "id:id type:text"),
    ("KeyFile", "file!:text usageType:text password:text"),
    ("KeySet", "keys!:object[]"),
    ("ResourceSecret", "environment:ref resource:ref secret:text previous{secret:text expiresAt:time lastUsed:time}"),
    ("TotalIdentities", "date:number totalIdentities:number"),
    ("AccountAction", "verificationCode:text"),
    (
        "Activity",
        "id:id environment:ref recordedAt:time createdAt:time correlationId:text actors:object action{type:text description:text} \
         resources:object[] result{status:text description:text} description:text source{ipAddress:text} \
         refusal{reason:text expected:text came:text mend:text}",
    ),
    ("ActivitySearch", "filter:text"),
    (
        "ApplicationKey",
        "id:id environment:ref application:ref kid:text x5t#S256:text algorithm:text keyLength:number usageType:text status:text \
         subjectDN:text issuerDN:text serialNumber:text signatureAlgorithm:text startsAt:time expiresAt:time createdAt:time",
    ),
    ("ApplicationSecret", "environment:ref secret:text previous{secret:text expiresAt:time lastUsed:time}"),
    (
        "BillOfMaterials",
        "solutionType:text products!{id:id type:text description:text console{href:text} bookmarks{name:text href:text}[] tags:text[] \
         deployment:ref softwareLicense:object}[] createdAt:time updatedAt:time",
    ),
    ("EnvironmentStatus", "status!:text license:ref"),
    ("EnvironmentType", "type!:text"),
    ("Error", "id!:id code!:text message!:text details{code:text target:text message:text innerError:object}[]"),
    ("GroupMembership", "id:id environment:ref name:text type:text _embedded:object"),
    ("LinkedAccount", "id:id"),
    ("NewApplicationKey", "certificate!:text"),
    ("NewPassword", "value:text forceChange:flag bypassPolicy:flag currentPassword:text newPassword:text"),
    (
        "OauthConsent",
        "id:id environment:ref user:ref application{id:id clientId:text name:text} scope:text[] status:text claims:text[] resources:text[] \
         createdAt:time updatedAt:time",
    ),
    ("Password", "environment:ref user:ref passwordPolicy:ref status:text lastChangedAt:time"),
    ("PasswordAction", "password:text recoveryCode:text newPassword:text"),
    ("Reference", "id!:id"),
    (
        "Role",
        "id:id environment:ref name:text description:text applicableTo:text[] permissions{id:text classifier:text description:text}[] \
         canAssign:object[] canBeAssignedBy:object[] type:text createdAt:time updatedAt:time",
    ),
    ("Rotation", "previous{expiresAt:time}"),
    ("Schema", "id:id environment:ref name:text description:text allowsContainsOperator:flag"),
    (
        "Session",
        "id:id environment:ref user:ref createdAt:time expiresAt:time lastSignOn{at:time withAuthenticator:object}",
    ),
    ("UserEnabled", "enabled!:flag"),
    ("UserIdentityProvider", "type:text id:id"),
    ("UserMfaEnabled", "mfaEnabled!:flag"),
    ("UserPopulation", "id!:id"),
    ("UserVerifyStatus", "verifyStatus!:text"),
];

/// What the handler takes and answers. One that is missing here is told by a test.
pub(super) fn call(handler: &str) -> Call {
    let found = CALLS.iter().find(|(of, ..)| *of == handler);
    let (body, answered) = found.map_or(("", Nothing), |(_, body, answered)| (*body, *answered));
    let media = MEDIA.iter().find(|(of, _)| *of == body).map_or(JSON, |(_, media)| media);
    Call {
        body: (!body.is_empty()).then_some(body),
        required: !OPTIONAL.contains(&body),
        media: media.to_vec(),
        answered,
    }
}

/// What the filter must say of a call that takes none without one, and one that does.
pub(super) fn filter(path: &str) -> Option<(&'static str, &'static str)> {
    match path.rsplit('/').next()? {
        "totalIdentities" => Some((
            "`startDate eq` or `endDate eq`, or both, with `and`",
            r#"startDate eq "$(date -u +%Y-%m-%dT00:00:00Z)""#,
        )),
        "activeIdentityCounts" => Some((
            "`startDate ge`, and with `and` `samplingPeriod eq` with hours in quotes",
            r#"startDate ge "$(date -u +%Y-%m-%dT00:00:00Z)""#,
        )),
        _ => None,
    }
}

/// Whether it is told what the handler takes and answers.
#[cfg(test)]
pub(super) fn knows(handler: &str) -> bool {
    CALLS.iter().any(|(of, ..)| *of == handler)
}

/// Every handler that something is told of.
#[cfg(test)]
pub(super) fn handlers() -> impl Iterator<Item = &'static str> {
    CALLS.iter().map(|(of, ..)| *of)
}

/// By name.
pub(super) fn schemas() -> impl Iterator<Item = (String, Value)> {
    let shapes = SHAPES.iter().map(|(name, members)| {
        let mut schema = members_of(&mut members.trim().chars().peekable());
        if !matches!(*name, "Error") {
            schema["properties"]["_links"] = json!({ "$ref": "#/components/schemas/Links" });
        }
        ((*name).to_owned(), schema)
    });
    let href = json!({ "type": "object", "properties": { "href": { "type": "string" } }, "required": ["href"] });
    let page: Map<String, Value> =
        ["self", "next", "prev"].map(|name| (name.to_owned(), href.clone())).into_iter().collect();
    let others = [
        // What a server can is told by names that it has once it can.
        ("Capabilities".to_owned(), json!({ "type": "object", "additionalProperties": true })),
        ("Links".to_owned(), json!({ "type": "object", "additionalProperties": href })),
        ("PageLinks".to_owned(), json!({ "type": "object", "properties": page, "required": ["self"] })),
    ];
    shapes.chain(others)
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Reads members up to a `}` or the end.
fn members_of(letters: &mut Letters<'_>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    loop {
        while letters.next_if(char::is_ascii_whitespace).is_some() {}
        if letters.peek().is_none() || letters.next_if_eq(&'}').is_some() {
            break;
        }
        let mut name = String::new();
        while let Some(letter) = letters.next_if(|letter| !matches!(letter, ':' | '{' | '!')) {
            name.push(letter);
        }
        if letters.next_if_eq(&'!').is_some() {
            required.push(name.clone());
        }
        let schema = kind_of(letters);
        properties.insert(name, schema);
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// Reads `:type` or `{…}`, and `[]` behind it.
fn kind_of(letters: &mut Letters<'_>) -> Value {
    let within = letters.next() == Some('{');
    let schema = if within {
        members_of(letters)
    } else {
        let mut kind = String::new();
        while let Some(letter) = letters.next_if(char::is_ascii_lowercase) {
            kind.push(letter);
        }
        plain(&kind)
    };
    if letters.next_if_eq(&'[').is_some() {
        letters.next();
        return json!({ "type": "array", "items": schema });
    }
    schema
}

fn plain(kind: &str) -> Value {
    match kind {
        "id" => json!({ "type": "string", "format": "uuid" }),
        "ref" => json!({ "type": "object", "properties": { "id": plain("id") }, "required": ["id"] }),
        "time" => json!({ "type": "string", "format": "date-time" }),
        "flag" => json!({ "type": "boolean" }),
        "number" => json!({ "type": "integer" }),
        "object" => json!({ "type": "object" }),
        _ => json!({ "type": "string" }),
    }
}
