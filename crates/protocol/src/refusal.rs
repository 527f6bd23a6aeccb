//! The table of all refusals: for each reason what the client is told and what its owner is told.
//!
//! The public sentence never tells more than the specification allows (four different failures of client
//! authentication answer alike); the mending sentence is for whoever may read the environment's activities.

mod table;

use std::borrow::Cow;

use table::TABLE;

/// The reasons, said once: the enum, the list of all, and with the table's length the number of rows.
macro_rules! reasons {
    ($($reason:ident),+ $(,)?) => {
        /// Why a request is refused: precise, closed, in the order of the alphabet. What the client sees is in its [`Row`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($reason),+
        }

        impl Reason {
    /// Whether the error is one of the scheme `DPoP` at a resource, whichever was used (RFC 9449 §7.1).
    pub const fn is_of_dpop(self) -> bool {
        matches!(self, Self::AccessTokenBound | Self::AccessTokenKeyOther | Self::AccessTokenUnbound) || self.is_of_proof()
    }

    /// Whether a proof is missing, or is not what it must be.
    pub const fn is_of_proof(self) -> bool {
        matches!(
            self,
            Self::DpopNonceRequired | Self::DpopProofInvalid | Self::DpopProofMissing | Self::DpopProofUsed
        )
    }

            pub const ALL: &'static [Self] = &[$(Self::$reason),+];
        }
    };
}

reasons! {
    AccessTokenBound,
    AccessTokenCertificateOther,
    AccessTokenInactive,
    AccessTokenKeyOther,
    AccessTokenMissing,
    AccessTokenTwice,
    AccessTokenUnbound,
    AccountDisabled,
    AccountElsewhere,
    AccountLocked,
    AcrUnmet,
    ActionNotAllowed,
    ActorNotAuthorized,
    ApplicationDisabled,
    AssertionInvalid,
    AssertionUsed,
    AttestationChallengeRequired,
    AttestationInvalid,
    AttestationStale,
    AttestedKeyOther,
    AttesterUnknown,
    AuthenticationInsufficient,
    AuthorizationDetailsInvalid,
    AuthorizationDetailsWider,
    BindingCertificateMissing,
    BodyNotReadable,
    BodyTooLarge,
    BodyTooSlow,
    BoundCertificateOther,
    CertificateInvalid,
    CertificateMissing,
    CertificateOther,
    ChallengeInvalid,
    ChallengeMissing,
    ClientAuthAmbiguous,
    ClientDocumentInvalid,
    ClientDocumentUnfetched,
    ClientDocumentUnfit,
    ClientDomainUntrusted,
    ClientIdMismatch,
    ClientKeyExpired,
    ClientKeyUnknown,
    ClientMetadataInvalid,
    ClientUnknown,
    CodeConsumed,
    CodeExpired,
    CodeOfOtherClient,
    CodeUnknown,
    ConsentRequired,
    ConstraintViolated,
    ContentCodingUnsupported,
    CredentialsInQuery,
    CredentialsMalformed,
    CredentialsMissing,
    CsrfTokenInvalid,
    DefaultPolicyKept,
    DpopKeyOther,
    DpopNonceRequired,
    DpopProofInvalid,
    DpopProofMissing,
    DpopProofUsed,
    EnvironmentUnknown,
    ExpectationFailed,
    FieldsInvalid,
    FilterTooCostly,
    FlowMovedOn,
    FlowNotFinished,
    FlowUnknown,
    GrantTypeMissing,
    GrantTypeNotAllowed,
    GrantTypeUnsupported,
    GroupMissing,
    InUse,
    RoleMissing,
    HeaderTooLarge,
    HintInvalid,
    HintOfOtherClient,
    HostForeign,
    HostInvalid,
    ListsCrowded,
    LoginRequired,
    LogoutClientMissing,
    LogoutUndelivered,
    LogoutUriInvalid,
    MailedCodeWrong,
    MappingUnmet,
    MediaTypeUnsupported,
    MethodNotAllowed,
    MethodOther,
    MethodUnfit,
    NewPasswordRefused,
    OriginNotAllowed,
    ParameterInvalid,
    ParameterMissing,
    ParameterRepeated,
    ParametersNotReadable,
    PasswordHashBusy,
    PasswordMissing,
    PasswordWrong,
    PathUnknown,
    PreconditionFailed,
    PushRequired,
    RateLimited,
    RecoveryUnavailable,
    RedirectUriInvalid,
    RedirectUriMismatch,
    RedirectUriUnsafe,
    RefreshTokenExpired,
    RefreshTokenOfOtherClient,
    RefreshTokenReused,
    RefreshTokenUnknown,
    RegisteredUriInvalid,
    RegistrationClosed,
    RegistrationNotSupported,
    RegistrationTokenInvalid,
    RequestObjectBesideReference,
    RequestObjectInvalid,
    RequestObjectRequired,
    RequestUriExpired,
    RequestUriNotRegistered,
    RequestUriNotSupported,
    RequestUriOfOtherClient,
    RequestUriPushed,
    RequestUriUnfetched,
    RequestUriUnknown,
    RequestUriUsed,
    RequestsCrowded,
    ResourceMalformed,
    ResourceNotFound,
    ResourceUnknown,
    ResourceWider,
    ResponseModeInvalid,
    ResponseTypeMissing,
    ResponseTypeNotAllowed,
    ResponseTypeUnsupported,
    ScopeInsufficient,
    ScopeInvalid,
    ScopeMalformed,
    ScopeWider,
    SecretWrong,
    SessionMissing,
    SignOnStepUnavailable,
    StateChanged,
    SoftwareStatementInvalid,
    SoftwareStatementUnapproved,
    StoreUnavailable,
    SubjectInactive,
    TimedOut,
    Unexpected,
    UriTooLong,
    UserOther,
    UserUnknown,
    VerifierInvalid,
    VerifierMissing,
    VerifierUnexpected,
    WorkloadKeyUnknown,
    WorkloadTokenInvalid,
    WorkloadUnknown,
}

/// What one reason answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub reason: Reason,
    /// Stable name in explanations and metrics.
    pub name: &'static str,
    pub status: u16,
    /// The OAuth error code; empty where the reason cannot arise at an OAuth endpoint.
    pub oauth: &'static str,
    /// PingOne's error code and its detail code; the latter may be empty.
    pub code: &'static str,
    pub detail: &'static str,
    /// What anybody may know. Printable ASCII without quote or backslash (RFC 6749 §5.2).
    pub public: &'static str,
    /// What the owner can do about it.
    pub mend: &'static str,
}

/// A decision against a request: the reason, and for its owner what was expected and what came. Never a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub reason: Reason,
    pub expected: String,
    pub came: String,
    /// Replaces the row's public sentence at the management API, where PingOne's clients match a text.
    pub message: Option<String>,
    /// The single errors of a management call or a flow step.
    pub details: Vec<Detail>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u64>,
}

/// One entry of PingOne's `details`: what is wrong with which property.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// Such as REQUIRED_VALUE, INVALID_VALUE, UNIQUENESS_VIOLATION, SIZE_LIMIT_EXCEEDED.
    pub code: &'static str,
    pub target: String,
    pub message: String,
    /// `innerError`, a JSON object.
    pub inner: Option<serde_json::Value>,
}

impl Detail {
    pub fn new(code: &'static str, target: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, target: target.into(), message: message.into(), inner: None }
    }

    #[must_use]
    pub fn with_inner(mut self, inner: serde_json::Value) -> Self {
        self.inner = Some(inner);
        self
    }
}

impl Refused {
    pub fn new(reason: Reason, expected: impl Into<String>, came: impl Into<String>) -> Self {
        let (expected, came) = (expected.into(), came.into());
        Self { reason, expected, came, message: None, details: Vec::new(), retry_after: None }
    }

    /// A management call whose body is not valid, property by property.
    pub fn fields(details: Vec<Detail>) -> Self {
        let came = details.iter().map(|d| format!("{}: {}", d.target, d.code)).collect::<Vec<_>>().join(", ");
        Self { details, ..Self::new(Reason::FieldsInvalid, "valid properties", came) }
    }

    /// Names the parameter at fault, one of ours, so that the public answer can.
    #[must_use]
    pub fn about(mut self, parameter: &'static str) -> Self {
        let code = if self.reason == Reason::ParameterMissing { "REQUIRED_VALUE" } else { "INVALID_VALUE" };
        self.details.push(Detail::new(code, parameter, ""));
        self
    }

    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The public sentence, with the parameter at fault where it wants one. The name is one of ours.
    pub fn sentence(&self) -> Cow<'static, str> {
        let public = self.reason.row().public;
        let wants =
            matches!(self.reason, Reason::ParameterMissing | Reason::ParameterRepeated | Reason::ParameterInvalid);
        match self.details.first() {
            Some(of) if wants => format!("{public}: {}", of.target).into(),
            _ => public.into(),
        }
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::new(reason, "", "")
    }
}

impl Reason {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.row().name == name)
    }

    pub const fn status(self) -> u16 {
        self.row().status
    }

    /// The row of the reason.
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests;
