//! Key rotation policies: what the keys of an environment's tokens are like, and how often another one follows (the contract, Annex A:
//! KeyRotationPolicy). Every environment has one of its own; applications may name others.

use jose::digest;
use uuid::Uuid;

use super::check::Fields;
use super::describe::{Absent, Described, Found, Place, Walk, property};
use super::key_pair::{MAX_DAYS, MAX_NAME, is_name, judge_spec};
use crate::id::{EnvironmentId, KeyRotationPolicyId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyRotationPolicy {
    pub id: KeyRotationPolicyId,
    pub environment: EnvironmentId,
    pub name: String,
    /// `RSA`.
    pub algorithm: String,
    /// The distinguished name in the certificates of its keys.
    pub dn: String,
    /// Bits.
    pub length: i64,
    /// `SHA256withRSA`.
    pub signature_algorithm: String,
    /// `SIGNING`.
    pub usage: String,
    /// Days from one rotation to the next.
    pub period: i64,
    /// Days that the certificate of a key is good for.
    pub validity: i64,
    pub rotated_at: Time,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl KeyRotationPolicy {
    /// The one of the environment's own keys, as it is before anybody wrote it.
    pub fn own(environment: EnvironmentId, rotated_at: Time) -> Self {
        Self {
            id: key_rotation_policy(environment).into(),
            environment,
            name: "Default Key Rotation Policy".into(),
            algorithm: "RSA".into(),
            dn: format!("CN={environment}"),
            length: 2_048,
            signature_algorithm: "SHA256withRSA".into(),
            usage: "SIGNING".into(),
            period: 90,
            validity: 365,
            rotated_at,
            created_at: rotated_at,
            updated_at: rotated_at,
            version: 1,
        }
    }

    /// Whether it is that one, which every environment has.
    pub fn is_own(&self) -> bool {
        self.id.uuid() == key_rotation_policy(self.environment)
    }

    /// When the next key follows.
    pub fn due_at(&self) -> Time {
        self.rotated_at.plus(self.period.saturating_mul(86_400))
    }
}

/// The id of the policy that every environment has. It is derived, because applications name it before anybody wrote it.
pub fn key_rotation_policy(environment: EnvironmentId) -> Uuid {
    let hash = digest::sha256(format!("key-rotation-policy:{environment}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Described for KeyRotationPolicy {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let due_at = self.due_at();
        let Self {
            id,
            environment,
            name,
            algorithm,
            dn,
            length,
            signature_algorithm,
            usage,
            period,
            validity,
            rotated_at,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required(), name);
        walk.text(&property("algorithm").one_of(&["RSA"]).required(), algorithm);
        walk.text(&property("dn").checked(MAX_NAME, is_name).required(), dn);
        walk.number(&property("keyLength").range(1, 16_384).required(), length);
        walk.text(&property("signatureAlgorithm").one_of(&["SHA256withRSA"]).required(), signature_algorithm);
        walk.text(&property("usageType").one_of(&["SIGNING"]).required(), usage);
        walk.number(&property("rotationPeriod").range(30, MAX_DAYS).absent(Absent::Default("90")), period);
        walk.number(&property("validityPeriod").range(1, MAX_DAYS).absent(Absent::Default("365")), validity);
        walk.made(&property("currentKeyId"), "string");
        walk.made(&property("nextKeyId"), "string");
        walk.time(&property("rotatedAt").read_only(), rotated_at);
        // What finds those that are due; it follows from the two above.
        walk.time(&property("dueAt").place(Place::Hidden("due_at")).column("due_at"), &mut { due_at });
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        judge_spec(&self.algorithm, self.length, &self.signature_algorithm, fields);
    }
}

/// So many an environment may have, its own among them, as PingOne's documents say.
pub const MOST_POLICIES: usize = 5;
