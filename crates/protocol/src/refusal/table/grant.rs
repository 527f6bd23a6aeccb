//! The rows about what is to become a token: codes, refresh tokens, scopes and resources (RFC 6749 §4–§6).

use crate::refusal::{Reason, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        reason: Reason::CodeConsumed,
        name: "code_consumed",
        mend: "Start a new authorization request; a code is good for one exchange.",
        ..CODE
    },
    Row {
        reason: Reason::CodeExpired,
        name: "code_expired",
        mend: "Exchange the code at once; it lives for one minute.",
        ..CODE
    },
    Row {
        reason: Reason::CodeOfOtherClient,
        name: "code_of_other_client",
        mend: "Exchange the code with the client that asked for it.",
        ..CODE
    },
    Row { reason: Reason::CodeUnknown, name: "code_unknown", mend: "Start a new authorization request.", ..CODE },
    Row {
        reason: Reason::GrantTypeMissing,
        name: "grant_type_missing",
        status: 400,
        oauth: "invalid_request",
        code: "INVALID_DATA",
        detail: "REQUIRED_VALUE",
        public: "grant_type is missing",
        mend: "Send grant_type in the form body.",
    },
    Row {
        reason: Reason::GrantTypeNotAllowed,
        name: "grant_type_not_allowed",
        status: 400,
        oauth: "unauthorized_client",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "The application may not use this grant type",
        mend: "Add the grant type to the application.",
    },
    Row {
        reason: Reason::GrantTypeUnsupported,
        name: "grant_type_unsupported",
        status: 400,
        oauth: "unsupported_grant_type",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "The grant type is not supported",
        mend: "Use a grant type that the metadata lists.",
    },
    Row {
        reason: Reason::RedirectUriMismatch,
        name: "redirect_uri_mismatch",
        mend: "Send the same redirect_uri that the authorization request had (RFC 6749 §4.1.3).",
        ..CODE
    },
    Row {
        reason: Reason::MappingUnmet,
        name: "mapping_unmet",
        status: 400,
        oauth: "access_denied",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "The user has no value for an attribute that the application requires",
        mend: "Give the user a value for the attribute, or let the attribute mapping not be required.",
    },
    Row {
        reason: Reason::RefreshTokenExpired,
        name: "refresh_token_expired",
        mend: "Ask the user to sign on again.",
        ..REFRESH_TOKEN
    },
    Row {
        reason: Reason::RefreshTokenOfOtherClient,
        name: "refresh_token_of_other_client",
        mend: "Use the refresh token with the client that received it.",
        ..REFRESH_TOKEN
    },
    Row {
        reason: Reason::RefreshTokenReused,
        name: "refresh_token_reused",
        mend: "Use the newest refresh token; all of this sign-on are revoked now because an old one came back (RFC 9700 §4.14.2).",
        ..REFRESH_TOKEN
    },
    Row {
        reason: Reason::RefreshTokenUnknown,
        name: "refresh_token_unknown",
        mend: "Ask the user to sign on again.",
        ..REFRESH_TOKEN
    },
    Row {
        reason: Reason::ResourceMalformed,
        name: "resource_malformed",
        public: "The requested resource is not an absolute URI without a fragment",
        mend: "Send the absolute URI of a resource, without a fragment (RFC 8707 §2).",
        ..TARGET
    },
    Row {
        reason: Reason::ResourceUnknown,
        name: "resource_unknown",
        public: "The requested resource is not one of the application's",
        mend: "Ask for a resource that the application has a grant for (RFC 8707 §2).",
        ..TARGET
    },
    Row {
        reason: Reason::ResourceWider,
        name: "resource_wider",
        public: "The requested resource exceeds what was authorized",
        mend: "Ask for resources of the authorization, or start another authorization request that names it (RFC 8707 §2.2).",
        ..TARGET
    },
    Row {
        reason: Reason::ScopeInvalid,
        name: "scope_invalid",
        status: 400,
        oauth: "invalid_scope",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "At least one scope must be granted",
        mend: "Ask for scopes that the application has a grant for.",
    },
    Row {
        reason: Reason::ScopeMalformed,
        name: "scope_malformed",
        status: 400,
        oauth: "invalid_scope",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "scope must be names separated by single spaces",
        mend: "Send each scope once, one space between two, none before or after them (RFC 6749 §3.3).",
    },
    Row {
        reason: Reason::ScopeWider,
        name: "scope_wider",
        status: 400,
        oauth: "invalid_scope",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "The scope is wider than what was granted",
        mend: "Ask for the granted scopes or fewer (RFC 6749 §6).",
    },
    Row {
        reason: Reason::SubjectInactive,
        name: "subject_inactive",
        status: 400,
        oauth: "invalid_grant",
        code: "INVALID_DATA",
        detail: "INVALID_VALUE",
        public: "The user or the session that this came from is no longer active",
        mend: "Ask the user to sign on again.",
    },
    Row {
        reason: Reason::VerifierInvalid,
        name: "verifier_invalid",
        mend: "Send the code_verifier whose S256 hash is the code_challenge (RFC 7636 §4.6).",
        ..CODE
    },
    Row {
        reason: Reason::VerifierMissing,
        name: "verifier_missing",
        mend: "Send code_verifier: the authorization request had a code_challenge.",
        ..CODE
    },
    Row {
        reason: Reason::VerifierUnexpected,
        name: "verifier_unexpected",
        mend: "Send code_challenge in the authorization request, or leave code_verifier out (RFC 9700 §4.8.2).",
        ..CODE
    },
    Row {
        reason: Reason::AuthorizationDetailsInvalid,
        name: "authorization_details_invalid",
        status: 400,
        oauth: "invalid_authorization_details",
        code: "INVALID_REQUEST",
        detail: "INVALID_PARAMETER",
        public: "authorization_details is not acceptable",
        mend: "Send authorization_details as RFC 9396 §2 says, with a type in authorizationDetailsTypes of the application and the members that its schema has.",
    },
    Row {
        reason: Reason::AuthorizationDetailsWider,
        name: "authorization_details_wider",
        status: 400,
        oauth: "invalid_authorization_details",
        code: "INVALID_REQUEST",
        detail: "INVALID_PARAMETER",
        public: "authorization_details is more than was authorized",
        mend: "Ask at the token endpoint for objects that were authorized, as they were, or leave authorization_details out.",
    },
    Row {
        reason: Reason::AttestedKeyOther,
        name: "attested_key_other",
        mend: "Refresh with the instance of the client that the tokens were given to; another one signs on by itself.",
        ..REFRESH_TOKEN
    },
];

/// What a code that is not exchanged is told, whatever the reason: whoever found one learns nothing of it.
const CODE: Row = Row {
    reason: Reason::CodeUnknown,
    name: "",
    status: 400,
    oauth: "invalid_grant",
    code: "INVALID_DATA",
    detail: "INVALID_VALUE",
    public: "The authorization code is invalid, expired or was used before",
    mend: "",
};

/// The same for a refresh token.
const REFRESH_TOKEN: Row =
    Row { reason: Reason::RefreshTokenUnknown, public: "The refresh token is invalid, expired or revoked", ..CODE };

/// What a resource that no token is issued for is told (RFC 8707 §2).
const TARGET: Row = Row {
    reason: Reason::ResourceUnknown,
    name: "",
    status: 400,
    oauth: "invalid_target",
    code: "INVALID_DATA",
    detail: "INVALID_VALUE",
    public: "",
    mend: "",
};
