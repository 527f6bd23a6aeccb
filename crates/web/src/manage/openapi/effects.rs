//! What follows from each property that acts, for `docs/reference/pingone.md`. Whether it acts its description says (`inert()`); a test
//! refuses one that acts and is not here, so whoever adds a property says what follows from it, or that nothing does.

/// Of the kind: its properties, and what follows from them. A name stands for all that is below it.
pub(super) type Effects = (&'static str, &'static [(&'static str, &'static str)]);

pub(super) const EFFECTS: &[Effects] = &[
    (
        "ApplicationAttribute",
        &[
            ("name value required", "the claim, and what is refused where it is empty"),
            ("idToken userInfo oidcScopes", "where the claim stands"),
        ],
    ),
    (
        "Application",
        &[
            ("name", "shown where people sign on and consent"),
            ("enabled", "a disabled one gets no codes and no tokens"),
            ("type", "which properties it has and what it defaults to"),
            ("protocol", "OPENID_CONNECT alone"),
            ("grantTypes responseTypes responseModes", "what it may ask for"),
            ("redirectUris allowWildcardInRedirectUris", "where people are sent back to"),
            ("postLogoutRedirectUris", "where people are sent back to"),
            ("tokenEndpointAuthMethod tokenEndpointAuthSigningAlg jwks jwksUrl", "how it proves who it is"),
            ("tlsClientAuth assertionAudience", "how it proves who it is"),
            ("pkceEnforcement parRequirement parTimeout", "what an authorization request must have"),
            ("requireSignedRequestObject requestObjectSigningAlg requestObjectTimes", "request objects"),
            ("requestUris", "request objects"),
            ("refreshTokenDuration refreshTokenRollingDuration", "how long refresh tokens live"),
            ("refreshTokenRollingGracePeriodDuration", "how long refresh tokens live"),
            ("additionalRefreshTokenReplayProtectionEnabled", "a refresh token that comes again ends its family"),
            ("accessTokenFormat", "JWT or opaque access tokens"),
            ("requestScopesForMultipleResourcesEnabled", "scopes of several resources in one request"),
            ("authorizationDetailsTypes", "which `authorization_details` it may ask for"),
            ("dpopBoundAccessTokens tlsClientCertificateBoundAccessTokens", "tokens are bound to a key"),
            ("idTokenSignedResponseAlg userInfoSignedResponseAlg", "with which algorithm answers are signed"),
            ("authorizationSignedResponseAlg", "with which algorithm answers are signed"),
            ("introspectionSignedResponseAlg", "with which algorithm answers are signed"),
            ("signing", "whose keys sign its tokens"),
            ("corsSettings", "from which origins browsers may call"),
            ("accessControl.group accessControl.role", "who may sign on"),
            ("assignActorRoles", "a worker that is made is given the roles of who makes it"),
            ("loginPageUrl", "people sign on at a page of its own"),
            ("homePageUrl initiateLoginUri", "where a page that has ended leads"),
            ("icon", "shown on the pages"),
            ("backchannelLogoutUri backchannelLogoutSessionRequired", "it is told that a session ended"),
            ("frontchannelLogoutUri frontchannelLogoutSessionRequired", "it is told that a session ended"),
        ],
    ),
    (
        "AuthorizationDetailsType",
        &[
            ("type resource schema", "which details are accepted, for which API"),
            ("description", "shown where people consent"),
        ],
    ),
    (
        "CustomRole",
        &[
            ("name", "unique"),
            ("permissions", "what its holders may do"),
            ("applicableTo canBeAssignedBy", "where and by whom it is given"),
        ],
    ),
    (
        "Environment",
        &[
            ("name", "unique in the organization"),
            ("type", "one in production is not deleted at once"),
            ("region license", "must be there; the region does not change"),
            ("tokenProfile securityProfile", "which layout and which demands"),
            ("parRequirement dpopNonceRequired frontChannelTokens", "what an authorization request must have"),
            ("clientRegistration softwareStatementRequired unusedClientDays", "dynamic registration"),
            ("clientIdMetadataDomains foreignClientScopes", "clients by document"),
            ("clientCertificateAuthorities", "whose certificates are taken"),
            ("userInfoAcrValues userInfoMaxAge", "step-up at userinfo"),
            ("signedMetadata sessionManagement", "in its metadata, and what they say"),
            ("activityRetentionDays", "how long activities stay"),
        ],
    ),
    (
        "Group",
        &[("name", "unique; in claims"), ("population", "whose users may be in it"), ("userFilter", "who is in it")],
    ),
    ("IdentityProvider", &[("name", "unique"), ("type", "which properties it has; does not change")]),
    ("InitialAccessToken", &[("expiresAt maxRegistrations grantTypes", "what can be registered with it")]),
    (
        "KeyPair",
        &[
            ("name algorithm keyLength subjectDN issuerDN", "the key that is made, and its certificate"),
            ("serialNumber signatureAlgorithm validityPeriod", "the key that is made, and its certificate"),
            ("customCRL", "the key that is made, and its certificate"),
            ("usageType", "the certificate of one for ISSUANCE may sign others"),
        ],
    ),
    (
        "KeyRotationPolicy",
        &[
            ("name", "unique"),
            ("algorithm keyLength signatureAlgorithm dn validityPeriod", "the next keys that are made"),
            ("usageType", "SIGNING alone"),
            ("rotationPeriod", "when the next key takes over"),
        ],
    ),
    (
        "PasswordPolicy",
        &[
            ("name", "unique"),
            ("default", "for whom has no other"),
            ("length minCharacters minUniqueCharacters maxRepeatedCharacters", "which passwords are taken"),
            ("minComplexity", "which passwords are taken"),
            ("excludesCommonlyUsed excludesProfileData notSimilarToCurrent", "which passwords are refused"),
            ("history", "which passwords are refused"),
            ("alphabetSequenceRule numberSequenceRule qwertySequenceRule", "which sequences are refused"),
            ("shiftedNumberRowSequenceRule", "which sequences are refused"),
            ("maxAgeDays minAgeDays", "when a password must and may be changed"),
            ("lockout", "when an account is locked, and how long"),
        ],
    ),
    (
        "Population",
        &[
            ("name", "unique"),
            ("default", "whose are users who are made without one"),
            ("passwordPolicy", "for its users"),
        ],
    ),
    (
        "Resource",
        &[
            ("name", "unique; the audience where there is none"),
            ("type", "CUSTOM alone is made"),
            ("audience accessTokenValiditySeconds", "of access tokens for it"),
            ("introspectEndpointAuthMethod", "how it asks about tokens"),
        ],
    ),
    (
        "ResourceAttribute",
        &[
            ("name value", "the claim"),
            ("idToken userInfo", "where the claim of `openid` stands"),
            ("byScopes", "whether scopes alone tell it"),
        ],
    ),
    ("ResourceGrant", &[("resource scopes", "which scopes the application gets")]),
    (
        "ResourceScope",
        &[
            ("name", "asked for and told"),
            ("description", "shown where people consent"),
            ("mappedClaims", "which claims it brings"),
            ("schemaAttributes", "which attributes of oneself may be read or written"),
        ],
    ),
    ("RoleAssignment", &[("role scope", "what somebody may do, and where")]),
    (
        "SchemaAttribute",
        &[
            ("name", "users have it by this name: in bodies, filters, mappings and scopes"),
            ("enabled", "a disabled one is neither read nor told"),
            ("type multiValued schemaType", "which values it takes, and what of it can be changed"),
            ("unique", "no two users have the same"),
            ("regexValidation.pattern", "which values it takes"),
            ("regexValidation.requirements", "told to whoever is refused"),
            ("regexValidation.valuesPatternShouldMatch", "tried when the pattern is written"),
            ("regexValidation.valuesPatternShouldNotMatch", "tried when the pattern is written"),
        ],
    ),
    (
        "SignOnAction",
        &[
            ("type", "the step; one that is not there yet fails its policy"),
            ("priority", "its place"),
            ("condition", "when it is needed"),
            ("recovery", "LOGIN lets people replace a forgotten password, where mail is sent"),
        ],
    ),
    ("SignOnPolicy", &[("name", "`acr_values`, `acr`"), ("default", "for whom has no other")]),
    ("SignOnPolicyAssignment", &[("signOnPolicy priority", "which policies are tried, in which order")]),
    (
        "TrustedIssuer",
        &[
            ("type issuer audience jwks jwksUrl singleUse", "whose statements are believed"),
            ("workloads softwareIds", "for which applications and software"),
        ],
    ),
    (
        "User",
        &[
            ("username email", "unique; to sign on with; in claims"),
            ("population", "which password policy, and which groups may have them"),
            ("name nickname title address birthdate gender locale preferredLanguage timezone", PERSON),
            ("mobilePhone primaryPhone photo profileUrl website externalId type", PERSON),
        ],
    ),
];

const PERSON: &str = "claims, mappings, filters of groups, `excludesProfileData`";
