//! The closed list of client-authentication methods (OIDC Core §9; RFC 6749 §2.3).

use crate::names::Named;

/// How an application proves who it is. Discovery and authentication follow from [`Method::rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// An attestation and the proof of its key (draft-ietf-oauth-attestation-based-client-auth §8.5).
    AttestJwtClientAuth,
    /// The same with the DPoP proof of the request in the place of the other (§5.2, §8.3).
    AttestJwtClientAuthDpop,
    ClientSecretBasic,
    /// OIDC Core §9: an assertion with a MAC under the application's secret.
    ClientSecretJwt,
    ClientSecretPost,
    None,
    /// OIDC Core §9: an assertion signed with a key whose public half is registered.
    PrivateKeyJwt,
    /// A token that a trusted issuer made for what runs there (draft-ietf-oauth-spiffe-client-auth §3, RFC 7523 §3).
    WorkloadIdentity,
    /// RFC 8705 §2.2: a certificate that is registered itself.
    SelfSignedTlsClientAuth,
    /// RFC 8705 §2.1: a certificate for which an authority vouches.
    TlsClientAuth,
}

/// How what a request presented is judged. A further rule is a variant: the compiler then asks [`super::authenticate`] for its
/// arm, and the engine for the facts that it needs loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// An attestation by whom the environment trusts, and a proof by the attested key, used once.
    Attestation,
    /// The certificate of the connection, for which an authority vouches, is the client's by its name (RFC 8705 §2.1).
    Certificate,
    /// The certificate of the connection, or its key, is one that the client registered (RFC 8705 §2.2).
    CertificateKey,
    /// Nothing is proven: a public client says its name (RFC 6749 §2.1).
    Name,
    /// An assertion signed with the application's private key, used once (RFC 7523 §3, RFC 10070).
    PrivateKey,
    /// The application's secret, compared with the digests in its registration (RFC 6749 §2.3.1).
    Secret,
    /// An assertion with a MAC under the application's secret, used once (RFC 7523 §3, RFC 7518 §3.2).
    SharedKey,
    /// A token of a trusted issuer of the environment.
    Workload,
}

impl Rule {
    /// The algorithms of the assertions that the rule proves; none where it proves something else. A shared secret is in no key
    /// set, and a public key makes no MAC (RFC 8725 §3.1).
    pub fn algs(self) -> impl Iterator<Item = jose::Alg> {
        let symmetric = match self {
            Self::PrivateKey | Self::Workload => Some(false),
            Self::SharedKey => Some(true),
            // They are no assertions: their algorithms have members of their own.
            Self::Attestation | Self::Certificate | Self::CertificateKey | Self::Name | Self::Secret => None,
        };
        jose::Alg::ALL.iter().copied().filter(move |alg| Some(alg.is_symmetric()) == symmetric)
    }

    /// Whether it proves nothing where no certificate of a client arrives.
    pub const fn needs_certificate(self) -> bool {
        matches!(self, Self::Certificate | Self::CertificateKey)
    }
}

impl Method {
    /// The rule by which this server proves it. Both what authenticates and what metadata says follow from here, so that nothing
    /// is published that is refused.
    pub const fn rule(self) -> Rule {
        match self {
            Self::AttestJwtClientAuth | Self::AttestJwtClientAuthDpop => Rule::Attestation,
            Self::ClientSecretBasic | Self::ClientSecretPost => Rule::Secret,
            Self::ClientSecretJwt => Rule::SharedKey,
            Self::None => Rule::Name,
            Self::PrivateKeyJwt => Rule::PrivateKey,
            Self::WorkloadIdentity => Rule::Workload,
            Self::SelfSignedTlsClientAuth => Rule::CertificateKey,
            Self::TlsClientAuth => Rule::Certificate,
        }
    }

    /// What `tokenEndpointAuthMethod` may hold, and so what metadata says.
    pub const REGISTRABLE: [Self; 10] = [
        Self::AttestJwtClientAuth,
        Self::AttestJwtClientAuthDpop,
        Self::ClientSecretBasic,
        Self::ClientSecretJwt,
        Self::ClientSecretPost,
        Self::None,
        Self::PrivateKeyJwt,
        Self::WorkloadIdentity,
        Self::SelfSignedTlsClientAuth,
        Self::TlsClientAuth,
    ];

    /// Whether a client may register itself with it (RFC 7591 §2): whose word counts beside the client's own is for administrators
    /// to say.
    pub const fn is_for_anybody(self) -> bool {
        !matches!(self.rule(), Rule::Attestation | Rule::Workload)
    }

    /// As registered with IANA and written in metadata. Tokens of workloads have a name there only where they are JWT-SVIDs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AttestJwtClientAuth => "attest_jwt_client_auth",
            Self::AttestJwtClientAuthDpop => "attest_jwt_client_auth_dpop",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::WorkloadIdentity => "spiffe_jwt",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            Self::TlsClientAuth => "tls_client_auth",
        }
    }

    /// As PingOne writes `tokenEndpointAuthMethod`.
    pub const fn management_name(self) -> &'static str {
        match self {
            Self::AttestJwtClientAuth => "ATTEST_JWT_CLIENT_AUTH",
            Self::AttestJwtClientAuthDpop => "ATTEST_JWT_CLIENT_AUTH_DPOP",
            Self::ClientSecretBasic => "CLIENT_SECRET_BASIC",
            Self::ClientSecretJwt => "CLIENT_SECRET_JWT",
            Self::ClientSecretPost => "CLIENT_SECRET_POST",
            Self::None => "NONE",
            Self::PrivateKeyJwt => "PRIVATE_KEY_JWT",
            Self::WorkloadIdentity => "WORKLOAD_IDENTITY",
            Self::SelfSignedTlsClientAuth => "SELF_SIGNED_TLS_CLIENT_AUTH",
            Self::TlsClientAuth => "TLS_CLIENT_AUTH",
        }
    }

    pub fn from_management_name(name: &str) -> Option<Self> {
        Self::REGISTRABLE.into_iter().find(|m| m.management_name() == name)
    }

    /// Whether it is by keys of the application's own, without which nobody could be it.
    pub const fn needs_keys(self) -> bool {
        matches!(self.rule(), Rule::PrivateKey | Rule::CertificateKey)
    }

    /// Whether the method proves anything: a client with `none` is public (RFC 6749 §2.1).
    pub const fn is_confidential(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// Its names in the management API and in rows.
impl Named for Method {
    fn all() -> &'static [Self] {
        &Self::REGISTRABLE
    }

    fn name(self) -> &'static str {
        self.management_name()
    }

    fn stored(self) -> &'static str {
        self.management_name()
    }
}
