//! Organizations, licences and environments.

use crate::id::{EnvironmentId, LicenseId, OrganizationId};
use crate::names::names;
use crate::time::Time;

#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub description: Option<String>,
    /// PAID, TRIAL or INTERNAL.
    pub kind: String,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Debug, PartialEq)]
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
    pub enum EnvironmentType {
        Production = "PRODUCTION",
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

#[derive(Clone, Debug, PartialEq)]
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
    pub created_at: Time,
    pub updated_at: Time,
    /// Counts writes; the guard of the next one.
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BillOfMaterials {
    pub solution_type: Option<String>,
    pub products: Vec<Product>,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    pub id: uuid::Uuid,
    pub kind: String,
    pub description: Option<String>,
    pub console: Option<String>,
    pub tags: Vec<String>,
    /// Name and address.
    pub bookmarks: Vec<(String, String)>,
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
    /// Language of pages when the person's own is not offered.
    pub locale: String,
}

impl Default for EnvironmentSettings {
    fn default() -> Self {
        Self {
            token_profile: TokenProfile::PingOne,
            signing_alg: jose::Alg::Rs256,
            access_token_seconds: 3600,
            id_token_seconds: 3600,
            locale: "en".into(),
        }
    }
}

names! {
    /// A signing key's life (OIDC Core §10.1.1): published before it signs, published after it stopped.
    pub enum KeyStatus {
        /// Published, not signing yet.
        Next = "next",
        /// Signs. Exactly one per environment and algorithm.
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
    pub sealed: Vec<u8>,
    pub created_at: Time,
    pub retired_at: Option<Time>,
}
