//! What an action asks of the person: PingOne's types, each with its own properties.

mod describe;
mod without;

use uuid::Uuid;

use crate::id::PopulationId;
use crate::model::describe::Walk;
use crate::names::names;

names! {
    #[derive(Default)]
    pub enum SignOnActionType {
        /// The username and the password, and another one where it must be changed.
        #[default]
        Login = "LOGIN",
        /// Consent to an agreement.
        Agreement = "AGREEMENT",
        /// Who it is, and by that how they sign on.
        IdentifierFirst = "IDENTIFIER_FIRST",
        /// The sign-on at another provider.
        IdentityProvider = "IDENTITY_PROVIDER",
        /// A further proof of another kind.
        MultiFactor = "MULTI_FACTOR_AUTHENTICATION",
        PingId = "PINGID_AUTHENTICATION",
        PingIdWindows = "PINGID_WINLOGIN_PASSWORDLESS_AUTHENTICATION",
        /// More about the person.
        ProgressiveProfiling = "PROGRESSIVE_PROFILING",
    }
}

impl SignOnActionType {
    /// Whether this server has the step.
    pub const fn is_performed(self) -> bool {
        match self {
            Self::Login => true,
            Self::Agreement
            | Self::IdentifierFirst
            | Self::IdentityProvider
            | Self::MultiFactor
            | Self::PingId
            | Self::PingIdWindows
            | Self::ProgressiveProfiling => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum SignOnStep {
    Login(Box<Login>),
    Agreement(Agreement),
    IdentifierFirst(Box<IdentifierFirst>),
    IdentityProvider(Box<IdentityProvider>),
    MultiFactor(Box<MultiFactor>),
    PingId,
    PingIdWindows(PingIdWindows),
    ProgressiveProfiling(Box<ProgressiveProfiling>),
}

impl Default for SignOnStep {
    fn default() -> Self {
        Self::of(SignOnActionType::default())
    }
}

impl SignOnStep {
    /// One of which nothing is written.
    pub fn of(kind: SignOnActionType) -> Self {
        match kind {
            SignOnActionType::Login => Self::Login(Box::default()),
            SignOnActionType::Agreement => Self::Agreement(Agreement::default()),
            SignOnActionType::IdentifierFirst => Self::IdentifierFirst(Box::default()),
            SignOnActionType::IdentityProvider => Self::IdentityProvider(Box::default()),
            SignOnActionType::MultiFactor => Self::MultiFactor(Box::default()),
            SignOnActionType::PingId => Self::PingId,
            SignOnActionType::PingIdWindows => Self::PingIdWindows(PingIdWindows::default()),
            SignOnActionType::ProgressiveProfiling => Self::ProgressiveProfiling(Box::default()),
        }
    }

    pub const fn kind(&self) -> SignOnActionType {
        match self {
            Self::Login(_) => SignOnActionType::Login,
            Self::Agreement(_) => SignOnActionType::Agreement,
            Self::IdentifierFirst(_) => SignOnActionType::IdentifierFirst,
            Self::IdentityProvider(_) => SignOnActionType::IdentityProvider,
            Self::MultiFactor(_) => SignOnActionType::MultiFactor,
            Self::PingId => SignOnActionType::PingId,
            Self::PingIdWindows(_) => SignOnActionType::PingIdWindows,
            Self::ProgressiveProfiling(_) => SignOnActionType::ProgressiveProfiling,
        }
    }

    /// The attributes of users that it names.
    pub(super) fn attributes(&self) -> Vec<&str> {
        match self {
            Self::PingIdWindows(windows) => vec![&windows.attribute],
            Self::ProgressiveProfiling(profiling) => profiling.attributes.iter().map(|one| one.name.as_str()).collect(),
            Self::Login(_)
            | Self::Agreement(_)
            | Self::IdentifierFirst(_)
            | Self::IdentityProvider(_)
            | Self::MultiFactor(_)
            | Self::PingId => Vec::new(),
        }
    }

    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        match self {
            Self::Login(login) => login.describe(walk),
            Self::Agreement(agreement) => agreement.describe(walk),
            Self::IdentifierFirst(first) => first.describe(walk),
            Self::IdentityProvider(provider) => provider.describe(walk),
            Self::MultiFactor(factor) => factor.describe(walk),
            Self::PingId => {}
            Self::PingIdWindows(windows) => windows.describe(walk),
            Self::ProgressiveProfiling(profiling) => profiling.describe(walk),
        }
    }
}

/// LOGIN. That the password is asked for, and that a forgotten one can be replaced, acts; links to registration and providers come with
/// those.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Login {
    pub entry: Entry,
    /// Directories whose users are let in and made users here.
    pub gateways: Vec<Gateway>,
}

/// IDENTIFIER_FIRST.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentifierFirst {
    pub entry: Entry,
    pub rules: Vec<DiscoveryRule>,
}

/// What a person may do who is not signed on yet, beside signing on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// `recovery.enabled`, the other way round: PingOne allows it where nothing is said.
    pub no_recovery: bool,
    pub registration: Option<SignOnRegistration>,
    pub social_providers: Vec<Uuid>,
    /// `enforceLockoutForIdentityProviders`.
    pub enforce_lockout: Option<bool>,
}

/// Who may become a user, and where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignOnRegistration {
    pub enabled: bool,
    /// The page of somebody else.
    pub external: Option<String>,
    pub population: Option<PopulationId>,
    /// Whether what a provider told is shown to the person first.
    pub confirm: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gateway {
    pub id: Uuid,
    pub kind: String,
    pub user_type: Uuid,
}

/// Whose identifier holds this text signs on there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiscoveryRule {
    pub contains: String,
    pub value: String,
    pub provider: Uuid,
}

/// IDENTITY_PROVIDER.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentityProvider {
    pub provider: Uuid,
    pub acr_values: Option<String>,
    pub pass_user_context: Option<bool>,
    pub registration: Option<SignOnRegistration>,
}

/// AGREEMENT.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    pub agreement: Uuid,
    pub disable_decline: Option<bool>,
}

names! {
    pub enum NoDevicesMode {
        Bypass = "BYPASS",
        Block = "BLOCK",
    }
}

names! {
    pub enum ExtraVerification {
        Disabled = "disabled",
        Permissive = "permissive",
        Restrictive = "restrictive",
    }
}

/// MULTI_FACTOR_AUTHENTICATION.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiFactor {
    /// Whether each of [`METHODS`] is allowed.
    pub methods: [Option<bool>; METHODS.len()],
    pub applications: Vec<MobileApplication>,
    pub policy: Option<Uuid>,
    pub no_devices: Option<NoDevicesMode>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MobileApplication {
    pub id: Uuid,
    pub auto_enrollment: Option<bool>,
    /// Whether a device is authorized by it, where that is said.
    pub authorization: Option<bool>,
    pub extra_verification: Option<ExtraVerification>,
}

/// PINGID_WINLOGIN_PASSWORDLESS_AUTHENTICATION.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PingIdWindows {
    /// The attribute that finds the user.
    pub attribute: String,
    pub offline: bool,
}

/// PROGRESSIVE_PROFILING.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProgressiveProfiling {
    pub attributes: Vec<AskedAttribute>,
    pub once_per_flow: bool,
    pub interval_seconds: i64,
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedAttribute {
    pub name: String,
    pub required: bool,
}

/// What PingOne's older documents switch one by one.
pub(super) const METHODS: [&str; 6] = ["authenticator", "boundBiometrics", "email", "securityKey", "sms", "voice"];
