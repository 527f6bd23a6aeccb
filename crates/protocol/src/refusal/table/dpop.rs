//! The rows about proofs of possession (RFC 9449 §5, §7, §8). At a resource each of them is 401 (§7.1).

use crate::refusal::{Reason, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        reason: Reason::AccessTokenBound,
        name: "access_token_bound",
        mend: "Send the token as `Authorization: DPoP` with a proof by its key in the header DPoP (RFC 9449 §7.1).",
        ..TOKEN
    },
    Row {
        reason: Reason::AccessTokenKeyOther,
        name: "access_token_key_other",
        mend: "Sign the proof with the key that the token was asked for with (RFC 9449 §6).",
        ..TOKEN
    },
    Row {
        reason: Reason::AccessTokenUnbound,
        name: "access_token_unbound",
        mend: "Send the token as `Authorization: Bearer`, or ask for a bound one: with a DPoP proof at the token endpoint.",
        ..TOKEN
    },
    Row {
        reason: Reason::DpopKeyOther,
        name: "dpop_key_other",
        oauth: "invalid_grant",
        public: "What was granted is bound to another key",
        mend: "Sign the proof with the key of the authorization request (dpop_jkt), or of the first token request (RFC 9449 §5, §10).",
        ..PROOF
    },
    Row {
        reason: Reason::DpopNonceRequired,
        name: "dpop_nonce_required",
        oauth: "use_dpop_nonce",
        public: "The DPoP proof needs the nonce of this answer",
        mend: "Make the proof anew with the value of the header DPoP-Nonce as its nonce (RFC 9449 §8).",
        ..PROOF
    },
    PROOF,
    Row {
        reason: Reason::DpopProofMissing,
        name: "dpop_proof_missing",
        public: "The request needs a DPoP proof",
        mend: "Send a DPoP proof in the header DPoP: the application (dpopBoundAccessTokens), the code or the token is bound to a key, or the environment (securityProfile) gives bound tokens alone.",
        ..PROOF
    },
    Row {
        reason: Reason::DpopProofUsed,
        name: "dpop_proof_used",
        public: "The DPoP proof was used before",
        mend: "Make a new proof, with another jti, for each request (RFC 9449 §11.1).",
        ..PROOF
    },
];

const PROOF: Row = Row {
    reason: Reason::DpopProofInvalid,
    name: "dpop_proof_invalid",
    status: 400,
    oauth: "invalid_dpop_proof",
    code: "ACCESS_FAILED",
    detail: "INVALID_TOKEN",
    public: "The DPoP proof is not valid",
    mend: "See which member was expected: the proof is for one method, one address and one moment (RFC 9449 §4.2).",
};

const TOKEN: Row = Row {
    reason: Reason::AccessTokenBound,
    name: "",
    status: 401,
    oauth: "invalid_token",
    code: "ACCESS_FAILED",
    detail: "INVALID_TOKEN",
    public: "The request could not be completed. You do not have access to this resource",
    mend: "",
};
