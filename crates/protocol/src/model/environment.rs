//! Organizations, licences and environments (the contract, Annex A: Organization, License, Environment).

mod administrator_security;
mod settings;

use super::BillOfMaterials;
use super::check::Fields;
use super::check::application::is_web_address;
use super::describe::{Absent, Described, Found, Place, Property, Walk, property};
use crate::id::{EnvironmentId, LicenseId, OrganizationId};
use crate::names::names;
use crate::time::Time;

pub use administrator_security::{AdministratorAuthentication, AdministratorSecurity};
pub use settings::EnvironmentSettings;

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
        walk.text_if(&property("description").inert().prose(4_096), description);
        walk.text(&property("region").one_of(&REGIONS).required().found("region", Found::Exact), region);
        walk.choice(&TYPE.found("kind", Found::Exact).listed_before("region"), kind);
        walk.text_if(&property("icon").inert().checked(2_048, is_web_address), icon);
        walk.reference(&property("organization").read_only().found("organization_id", Found::Id), organization);
        walk.reference(&property("license").required().found("license_id", Found::Id), license);
        walk.within(&property("settings").place(Place::Hidden("settings")), &mut |walk| settings.describe(walk));
        // This server's own property, as `tokenProfile` is.
        let retention = property("activityRetentionDays").range(0, LONGEST_RETENTION).absent(Absent::Kept).unless("0");
        walk.number(&retention.column("activity_retention_days"), activity_retention_days);
        let bill = property("billOfMaterials").inert().absent(Absent::Kept);
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
