//! The rows about certificates of clients: as what proves a client, and as what a token is bound to (RFC 8705 §2, §3).

use crate::refusal::{Reason, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        reason: Reason::AccessTokenCertificateOther,
        name: "access_token_certificate_other",
        oauth: "invalid_token",
        public: "The request could not be completed. You do not have access to this resource",
        mend: "Use the token over a connection that shows the certificate that the token was asked for with (RFC 8705 §3); a proxy hands it on as Client-Cert.",
        ..CLIENT
    },
    Row {
        reason: Reason::BindingCertificateMissing,
        name: "binding_certificate_missing",
        status: 400,
        oauth: "invalid_request",
        public: "The request needs a client certificate",
        mend: "Show a client certificate in the TLS handshake: tokens of the application are bound to it (tlsClientCertificateBoundAccessTokens).",
        ..CLIENT
    },
    Row {
        reason: Reason::BoundCertificateOther,
        name: "bound_certificate_other",
        status: 400,
        oauth: "invalid_grant",
        public: "What was granted is bound to another certificate",
        mend: "Use the certificate of the first token request, or let the person sign on again (RFC 8705 §4).",
        ..CLIENT
    },
    Row {
        reason: Reason::CertificateInvalid,
        name: "certificate_invalid",
        mend: "See what came: the certificate must be readable, good now, and one that an authority of the environment (clientCertificateAuthorities) vouches for by the chain that is sent with it.",
        ..CLIENT
    },
    Row {
        reason: Reason::CertificateMissing,
        name: "certificate_missing",
        mend: "Show the client certificate in the TLS handshake. Where a proxy ends TLS, it hands it on as Client-Cert (RFC 9440), and http.client_certificates says that it is believed.",
        ..CLIENT
    },
    Row {
        reason: Reason::CertificateOther,
        name: "certificate_other",
        mend: "Register what came: the subject in tlsClientAuth, or the certificate in jwks or by POST …/keys; or show the certificate that was expected.",
        ..CLIENT
    },
];

const CLIENT: Row = Row {
    reason: Reason::CertificateInvalid,
    name: "",
    status: 401,
    oauth: "invalid_client",
    code: "ACCESS_FAILED",
    detail: "INVALID_TOKEN",
    public: "Request denied: Unsupported authentication method",
    mend: "",
};
