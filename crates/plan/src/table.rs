//! What the document of the API does not say of its objects: by what one is known, what its references lead to, what is never taken along.
//!
//! Whatever else there is follows from the document: a kind that is new there, with a `name` and with references that are known here, is
//! planned, applied and exported without a line.

/// By what an object is known among its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By a text.
    By(&'static str),
    /// By what one of its members refers to.
    Of(&'static str),
    /// By a text that several may have: the second is the second in the order of `priority`.
    Nth(&'static str),
    /// It is nothing but a reference.
    Itself,
    /// By all of it: another one is another object.
    Whole,
    /// There is always just one.
    Single,
}

/// What a member `id` leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refers {
    /// One of these, of the environment.
    To(&'static str),
    /// A scope of the resource that stands beside it.
    Scope,
    /// A part of an object that every environment has, by the address of its kind. A text alone may be the id of one.
    Within(&'static str),
    /// What a role is given over, as its `type` says.
    Over,
    License,
    /// What no file can name. It is left alone.
    Nothing,
    /// Itself: the server gives the id.
    Own,
}

/// By their path below the environment, without ids. The others are known by their `name`.
pub const IDENTITIES: &[(&str, Identity)] = &[
    ("applications/grants", Identity::Of("resource")),
    ("applications/roleAssignments", Identity::Whole),
    ("applications/signOnPolicyAssignments", Identity::Of("signOnPolicy")),
    ("authorizationDetailsTypes", Identity::By("type")),
    ("groups/memberOfGroups", Identity::Itself),
    ("groups/roleAssignments", Identity::Whole),
    ("signOnPolicies/actions", Identity::Nth("type")),
    ("users", Identity::By("username")),
    ("users/memberOfGroups", Identity::Itself),
    ("users/roleAssignments", Identity::Whole),
];

/// Paths that are not configuration, or whose matter does not leave a server, with whatever is below them.
pub const LEFT_OUT: &[&str] = &["activities", "applications/keys", "certificates", "initialAccessTokens", "users"];

/// Members with an `id`, by their name.
const REFERENCES: &[(&str, Refers)] = &[
    ("agreement", Refers::Nothing),
    ("application", Refers::To("applications")),
    ("applications", Refers::To("applications")),
    ("canBeAssignedBy", Refers::To("roles")),
    ("certificates", Refers::Nothing),
    ("defaultIdentityProvider", Refers::To("identityProviders")),
    ("deployment", Refers::Nothing),
    ("deviceAuthenticationPolicy", Refers::Nothing),
    ("gateways", Refers::Nothing),
    ("group", Refers::To("groups")),
    ("groups", Refers::To("groups")),
    ("icon", Refers::Nothing),
    ("identityProvider", Refers::To("identityProviders")),
    ("key", Refers::To("keys")),
    ("keyRotationPolicy", Refers::To("keyRotationPolicies")),
    ("license", Refers::License),
    ("loginButtonIcon", Refers::Nothing),
    ("mappedClaims", Refers::Within("resources[openid].attributes")),
    ("memberOfGroups", Refers::To("groups")),
    ("oidcScopes", Refers::Within("resources[openid].scopes")),
    ("passwordPolicy", Refers::To("passwordPolicies")),
    ("population", Refers::To("populations")),
    ("products", Refers::Own),
    ("provider", Refers::To("identityProviders")),
    ("resource", Refers::To("resources")),
    ("role", Refers::To("roles")),
    ("scope", Refers::Over),
    ("scopes", Refers::Scope),
    ("signOnPolicy", Refers::To("signOnPolicies")),
    ("socialProviders", Refers::To("identityProviders")),
    ("theme", Refers::Nothing),
    ("userType", Refers::Nothing),
];

pub fn refers(member: &str) -> Option<Refers> {
    REFERENCES.iter().find(|(name, _)| *name == member).map(|(_, refers)| *refers)
}

/// Members whose texts may have ids within them: expressions, filters and conditions.
pub const IDS_WITHIN: &[&str] = &["condition", "userFilter", "value"];

/// Members that are never shown, and that a file only says where to find.
pub const SECRETS: &[&str] = &["appSecret", "clientSecret", "clientSecretSigningKey", "password", "secret"];

/// Members that say where an object is, when it was made, or what follows from its making: no file has them.
const MADE: &[(&str, &[&str])] = &[
    ("", &["_embedded", "_links", "createdAt", "environment", "updatedAt"]),
    ("adminConfig", &["hasFido2Capabilities", "isPingIDInBOM"]),
    ("applications/roleAssignments", &["application", "group", "user"]),
    ("environment", &["billOfMaterials", "organization"]),
    ("groups/roleAssignments", &["application", "group", "user"]),
    ("keys", &["issuerDN", "serialNumber"]),
    ("populations/defaultIdentityProvider", &["type"]),
    ("schemas", &["allowsContainsOperator", "description"]),
    ("signOnPolicies/actions", &["signOnPolicy"]),
    ("users/roleAssignments", &["application", "group", "user"]),
];

pub fn is_made(path: &str, member: &str) -> bool {
    MADE.iter().any(|(of, members)| (of.is_empty() || *of == path) && members.contains(&member))
}

/// Kinds of which some are the server's own: their own properties are as the server has them.
pub const OWN_TYPE: &[&str] = &["resources", "roles", "schemas"];

/// Kinds whose names stand in texts of the others (`${user.costCenter}`), where nothing shows a reference: they come first.
pub const FIRST: &[&str] = &["schemas"];

/// What a new environment has before anything is made in it, so that it can be referred to in a plan for one that is not there yet.
pub const SEEDED: &[(&str, &[&str])] = &[
    ("keyRotationPolicies", &["Default Key Rotation Policy"]),
    ("passwordPolicies", &["Basic", "Passphrase", "Standard"]),
    ("populations", &["Default"]),
    ("resources", &["openid", "PingOne API"]),
    ("schemas", &["User"]),
    ("signOnPolicies", &["Multi_Factor", "Single_Factor"]),
];

/// The scopes that the resources of every environment have.
pub const SCOPES: &[(&str, &[&str])] = &[
    ("openid", &["address", "email", "offline_access", "openid", "phone", "profile"]),
    (
        "PingOne API",
        &[
            "p1:create:device",
            "p1:create:pairingKey",
            "p1:delete:device",
            "p1:delete:sessions",
            "p1:read:device",
            "p1:read:oauthConsents",
            "p1:read:sessions",
            "p1:read:user",
            "p1:read:userPassword",
            "p1:reset:userPassword",
            "p1:update:device",
            "p1:update:oauthConsents",
            "p1:update:user",
            "p1:validate:userPassword",
        ],
    ),
];

/// Properties that are what they are once the object is made, by its path.
const FIXED: &[(&str, &[&str])] = &[
    ("applications", &["protocol", "type"]),
    ("environment", &["region"]),
    ("identityProviders", &["type"]),
    ("resources", &["type"]),
];

pub fn is_fixed(path: &str, member: &str) -> bool {
    FIXED.iter().any(|(of, members)| *of == path && members.contains(&member))
}

/// Kinds of which a new object brings some along.
pub const BROUGHT: &[&str] = &["actions", "attributes", "scopes"];
