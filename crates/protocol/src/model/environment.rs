//! Organizations, licences and environments (the contract, Annex A: Organization, License, Environment).

use super::check::Fields;
use super::check::application::is_web_address;
use super::describe::{Absent, Described, Found, Listed, Place, Property, Walk, property};
use super::{BillOfMaterials, ParRequirement, TrustedAuthorities};
use crate::id::{EnvironmentId, LicenseId, OrganizationId};
use crate::names::names;
use crate::policy::SecurityProfile;
use crate::registration::{RegistrationPolicy, document};
use crate::step_up::StepUp;
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub description: Option<String>,
    /// PAID, TRIAL or INTERNAL.
    pub kind: String,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct License {
    pub id: LicenseId,
    pub organization: OrganizationId,
    pub name: String,
    /// The package, such as INTERNAL.
    pub package: String,
    pub created_at: Time,
    pub updated_at: Time,
}

names! {
    #[derive(Default)]
    pub enum EnvironmentType {
        Production = "PRODUCTION",
        #[default]
        Sandbox = "SANDBOX",
    }
}

names! {
    /// How this environment's access tokens look. Chosen once per environment; no rule branches on it elsewhere.
    pub enum TokenProfile {
        /// PingOne's claims (the contract §4).
        PingOne = "PINGONE" stored "pingone",
        /// RFC 9068: `typ` at+jwt and its required claims.
        Rfc9068 = "RFC9068" stored "rfc9068",
        /// Spring Authorization Server's claims: `sub` = `aud` = client id, `scope` as an array, `nbf`.
        Spring = "SPRING" stored "spring",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    pub id: EnvironmentId,
    pub organization: OrganizationId,
    pub license: LicenseId,
    pub name: String,
    pub description: Option<String>,
    pub kind: EnvironmentType,
    /// AP, AU, CA, EU, NA or SG.
    pub region: String,
    pub icon: Option<String>,
    pub bill_of_materials: BillOfMaterials,
    pub settings: EnvironmentSettings,
    /// For how many days its activities are kept; 0: as long as the server keeps any, which is the most.
    pub activity_retention_days: i64,
    /// When it was put aside to be deleted. It serves nobody since.
    pub soft_deleted_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Counts writes; the guard of the next one.
    pub version: i64,
}

names! {
    /// Which tokens an environment gives at its authorization endpoint, to applications that are registered for them: there they pass
    /// through the browser, and RFC 9700 §2.1.2 would have none (D10).
    pub enum FrontChannelTokens {
        All = "ALL",
        /// Signed words about the person, and nothing that opens anything.
        IdToken = "ID_TOKEN",
        None = "NONE",
    }
}

names! {
    #[derive(Default)]
    pub enum EnvironmentStatus {
        #[default]
        Active = "ACTIVE",
        /// Put aside to be deleted, and restored by making it active again.
        DeletePending = "DELETE_PENDING",
    }
}

impl Environment {
    pub fn status(&self) -> EnvironmentStatus {
        if self.soft_deleted_at.is_some() { EnvironmentStatus::DeletePending } else { EnvironmentStatus::Active }
    }

    /// From when on one that was put aside may be deleted.
    pub fn removable_at(&self) -> Option<Time> {
        self.soft_deleted_at.map(|at| at.plus(WAITING_SECONDS))
    }
}

/// What an environment decides for all its applications.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentSettings {
    pub token_profile: TokenProfile,
    /// Algorithm of the key that signs; RS256 unless chosen otherwise.
    pub signing_alg: jose::Alg,
    /// Seconds. PingOne: 3600; the playground's Spring server: 14400.
    pub access_token_seconds: i64,
    pub id_token_seconds: i64,
    /// Whether all its applications must push their authorization requests.
    pub par_requirement: ParRequirement,
    /// Language of pages when the person's own is not offered.
    pub locale: String,
    /// Who may register clients (RFC 7591).
    pub registration: RegistrationPolicy,
    /// The domains whose metadata documents are clients here: `*` for all, none unless given.
    pub client_documents: Vec<String>,
    /// The scopes of resources that clients may ask for of whom nobody answers: each person is asked about them.
    pub foreign_scopes: Vec<String>,
    /// Whether DPoP proofs need a nonce of this server's (RFC 9449 §8).
    pub dpop_nonces: bool,
    /// `userInfoAcrValues`, `userInfoMaxAge`: which sign-on userinfo demands (RFC 9470).
    pub user_info: StepUp,
    /// Absent: as the token profile has it ([`crate::policy::front_channel_tokens`]).
    pub front_channel_tokens: Option<FrontChannelTokens>,
    /// `clientCertificateAuthorities`: who vouches for the certificates of its applications (RFC 8705 §2.1).
    pub client_authorities: TrustedAuthorities,
    /// What all its applications are held to.
    pub security_profile: SecurityProfile,
    /// Whether its metadata are signed as well (RFC 8414 §2.1).
    pub signed_metadata: bool,
}

impl Default for EnvironmentSettings {
    fn default() -> Self {
        Self {
            token_profile: TokenProfile::PingOne,
            signing_alg: jose::Alg::Rs256,
            access_token_seconds: 3600,
            id_token_seconds: 3600,
            par_requirement: ParRequirement::Optional,
            locale: "en".into(),
            registration: RegistrationPolicy::Disabled,
            client_documents: Vec::new(),
            foreign_scopes: Vec::new(),
            dpop_nonces: false,
            user_info: StepUp::default(),
            front_channel_tokens: None,
            client_authorities: TrustedAuthorities::default(),
            security_profile: SecurityProfile::Rfc9700,
            signed_metadata: false,
        }
    }
}

impl Described for Organization {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, name, description, kind, created_at, updated_at } = self;
        let own = |name| property(name).read_only();
        walk.id(&own("id").column("id"), id);
        walk.text(&own("name"), name);
        walk.text_if(&own("description"), description);
        walk.text(&own("type").stored_as("kind"), kind);
        walk.made(&own("billingConnections"), "array");
        walk.time(&own("createdAt").column("created_at"), created_at);
        walk.time(&own("updatedAt"), updated_at);
    }
}

impl Described for License {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, organization, name, package, created_at, updated_at } = self;
        let own = |name| property(name).read_only();
        walk.reference(&own("organization").column("organization_id"), organization);
        walk.id(&own("id").column("id"), id);
        walk.text(&own("name"), name);
        walk.text(&own("package"), package);
        walk.made(&own("status"), "string");
        walk.made(&own("expiresAt"), "string");
        walk.made(&own("assignedEnvironmentsCount"), "integer");
        for group in LICENSED {
            walk.made(&own(group), "object");
        }
        walk.time(&own("beginsAt").stored_as("created_at").column("created_at"), created_at);
        walk.time(&own("updatedAt").place(Place::Hidden("updated_at")), updated_at);
    }
}

impl Described for Environment {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            organization,
            license,
            name,
            description,
            kind,
            region,
            icon,
            bill_of_materials,
            settings,
            activity_retention_days,
            soft_deleted_at,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(&property("description").prose(4_096), description);
        walk.text(&property("region").one_of(&REGIONS).required().found("region", Found::Exact), region);
        walk.choice(&TYPE.found("kind", Found::Exact).listed_before("region"), kind);
        walk.text_if(&property("icon").checked(2_048, is_web_address), icon);
        walk.reference(&property("organization").read_only().found("organization_id", Found::Id), organization);
        walk.reference(&property("license").required().found("license_id", Found::Id), license);
        walk.within(&property("settings").place(Place::Hidden("settings")), &mut |walk| settings.describe(walk));
        // This server's own property, as `tokenProfile` is.
        let retention = property("activityRetentionDays").range(0, LONGEST_RETENTION).absent(Absent::Kept).unless("0");
        walk.number(&retention.column("activity_retention_days"), activity_retention_days);
        let bill = property("billOfMaterials").absent(Absent::Kept);
        walk.within(&bill, &mut |walk| bill_of_materials.describe(walk));
        walk.made(&property("status"), "string");
        let put_aside = property("softDeletedAt").read_only().found("soft_deleted_at", Found::Time).listed_last();
        walk.time_if(&put_aside, soft_deleted_at);
        walk.made(&property("hardDeletedAllowedAt"), "string");
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only().found("updated_at", Found::Time), updated_at);
        walk.version(version);
    }
}

/// What the body of `PUT …/type` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WrittenType(pub EnvironmentType);

impl Described for WrittenType {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self(kind) = self;
        walk.choice(&TYPE, kind);
    }
}

/// What the body of `PUT …/status` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WrittenStatus {
    pub status: EnvironmentStatus,
    /// Under which an environment is active again.
    pub license: LicenseId,
}

impl Described for WrittenStatus {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { status, license } = self;
        walk.choice(&property("status").required(), status);
        walk.reference(&property("license").absent(Absent::Kept), license);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        if self.status == EnvironmentStatus::Active && !fields.has("license") {
            fields.fault("REQUIRED_VALUE", "license", "must be provided with ACTIVE", None);
        }
    }
}

impl Described for EnvironmentSettings {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            token_profile,
            signing_alg,
            access_token_seconds,
            id_token_seconds,
            par_requirement,
            locale,
            registration,
            client_documents,
            foreign_scopes,
            dpop_nonces,
            user_info,
            front_channel_tokens,
            client_authorities,
            security_profile,
            signed_metadata,
        } = self;
        // This server's own properties. PingOne's clients do not know them, so their absence changes nothing and they are not
        // shown where they are theirs.
        let profile = property("tokenProfile").absent(Absent::Kept).unless(TokenProfile::PingOne.name());
        walk.choice(&profile, token_profile);
        // A row of before says nothing, and so does one of today that is as before: a process of that version still reads it.
        let mut said = Some(*par_requirement).filter(|said| *said != ParRequirement::Optional);
        walk.choice(&property("parRequirement").absent(Absent::Kept), &mut said);
        *par_requirement = said.unwrap_or_default();
        let mut said = Some(*registration).filter(|said| *said != RegistrationPolicy::Disabled);
        walk.choice(&property("clientRegistration").absent(Absent::Kept), &mut said);
        *registration = said.unwrap_or_default();
        let domains = property("clientIdMetadataDomains").at_most(MOST_DOMAINS, document::check_domain);
        walk.texts(&domains.absent(Absent::Kept).unless(""), client_documents);
        let scopes = property("foreignClientScopes").at_most(MOST_DOMAINS, document::check_scope);
        walk.texts(&scopes.absent(Absent::Kept).unless(""), foreign_scopes);
        // Likewise. A row that does not say is of an environment without.
        let mut said = Some(*dpop_nonces).filter(|nonces| *nonces);
        walk.flag_if(&property("dpopNonceRequired").absent(Absent::Kept).stored_as("dpop_nonces"), &mut said);
        *dpop_nonces = said.unwrap_or_default();
        describe_step_up(user_info, walk);
        let front = property("frontChannelTokens").absent(Absent::Kept).stored_as("front_channel_tokens");
        walk.choice(&front, front_channel_tokens);
        client_authorities.describe(walk);
        let mut said = Some(*security_profile).filter(|said| *said != SecurityProfile::Rfc9700);
        walk.choice(&property("securityProfile").absent(Absent::Kept).stored_as("security_profile"), &mut said);
        *security_profile = said.unwrap_or_default();
        let mut said = Some(*signed_metadata).filter(|signed| *signed);
        walk.flag_if(&property("signedMetadata").absent(Absent::Kept).stored_as("signed_metadata"), &mut said);
        *signed_metadata = said.unwrap_or_default();
        let kept = |name| property(name).place(Place::Hidden(name));
        walk.choice(&kept("signing_alg"), signing_alg);
        walk.number(&kept("access_token_seconds"), access_token_seconds);
        walk.number(&kept("id_token_seconds"), id_token_seconds);
        walk.text(&kept("locale"), locale);
    }
}

/// Likewise. An empty list and 0 take it back.
fn describe_step_up(demanded: &mut StepUp, walk: &mut dyn Walk) {
    let StepUp { acr_values, max_age } = demanded;
    let values = property("userInfoAcrValues").at_most(20, is_acr).absent(Absent::Kept);
    walk.outside(&mut |walk| walk.texts(&values, acr_values));
    walk.stored("user_info_acr_values", &mut Listed(acr_values));
    let age = property("userInfoMaxAge").range(0, 2_147_483_647).absent(Absent::Kept).stored_as("user_info_max_age");
    walk.number(&age, max_age);
    *max_age = max_age.filter(|seconds| *seconds > 0);
}

/// As it stands in a challenge, between quotes and spaces (RFC 9470 §3).
fn is_acr(text: &str) -> Result<(), String> {
    let is_word = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\');
    if (1..=256).contains(&text.len()) && text.bytes().all(is_word) {
        return Ok(());
    }
    Err("must be visible ASCII characters without spaces and quotes".into())
}

names! {
    /// A signing key's life (OIDC Core §10.1.1): published before it signs, published after it stopped.
    pub enum KeyStatus {
        /// Published, not signing yet.
        Next = "next",
        /// Signs. One of the environment, and one of each algorithm that applications chose beside it.
        Active = "active",
        /// Published so that what it signed still verifies.
        Retired = "retired",
    }
}

/// A signing key at rest: the private part is sealed under the master key.
#[derive(Clone, Debug, PartialEq)]
pub struct SigningKeyRecord {
    pub environment: EnvironmentId,
    pub kid: String,
    pub alg: jose::Alg,
    pub status: KeyStatus,
    /// Made because applications chose its algorithm: the environment's own does not follow it.
    pub chosen: bool,
    pub sealed: Vec<u8>,
    pub created_at: Time,
    pub retired_at: Option<Time>,
}

impl SigningKeyRecord {
    /// Which keys it takes turns with: those of the environment whatever their algorithm (None), or those that were chosen of one.
    pub fn line(&self) -> Option<jose::Alg> {
        self.chosen.then_some(self.alg)
    }
}

impl Default for SigningKeyRecord {
    fn default() -> Self {
        Self {
            environment: EnvironmentId::default(),
            kid: String::new(),
            alg: EnvironmentSettings::default().signing_alg,
            status: KeyStatus::Next,
            chosen: false,
            sealed: Vec::new(),
            created_at: Time::default(),
            retired_at: None,
        }
    }
}

/// A rotation writes them and no call does.
impl Described for SigningKeyRecord {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { environment, kid, alg, status, chosen, sealed, created_at, retired_at } = self;
        let own = |name| property(name).read_only();
        walk.reference(&own("environment").column("environment_id"), environment);
        walk.text(&own("kid").column("kid"), kid);
        walk.choice(&own("alg"), alg);
        walk.choice(&own("status"), status);
        let mut said = Some(*chosen).filter(|chosen| *chosen);
        walk.flag_if(&own("chosen"), &mut said);
        *chosen = said.unwrap_or_default();
        walk.time(&own("createdAt").column("created_at"), created_at);
        walk.time_if(&own("retiredAt"), retired_at);
        walk.octets(&own("sealed").place(Place::Hidden("sealed")).column("sealed"), sealed);
    }
}

const MOST_DOMAINS: usize = 100;
/// In days.
const LONGEST_RETENTION: i64 = 36_500;
/// Thirty days: whoever did not mean it has noticed by then.
const WAITING_SECONDS: i64 = 30 * 24 * 3_600;
/// What a licence says of each part of the product.
const LICENSED: [&str; 11] = [
    "advancedServices",
    "authorize",
    "credentials",
    "environments",
    "fraud",
    "gateways",
    "intelligence",
    "mfa",
    "orchestrate",
    "users",
    "verify",
];
const TYPE: Property = property("type").required().stored_as("kind");
/// Where an environment may be.
pub const REGIONS: [&str; 6] = ["AP", "AU", "CA", "EU", "NA", "SG"];
