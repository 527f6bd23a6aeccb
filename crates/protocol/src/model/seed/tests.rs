use std::sync::atomic::{AtomicU8, Ordering};

use crate::change::{Change, Guard};
use crate::ctx::{Ctx, Entropy};
use crate::id::{CorrelationId, EnvironmentId, LicenseId, OrganizationId};
use crate::model::{
    BillOfMaterials, Environment, EnvironmentSettings, EnvironmentType, KeyStatus, Object, ResourceType,
    SigningKeyRecord,
};
use crate::time::Time;

struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn bare(ctx: &Ctx<'_>) -> Environment {
    Environment {
        id: EnvironmentId::new(ctx.uuid()),
        organization: OrganizationId::new(ctx.uuid()),
        license: LicenseId::new(ctx.uuid()),
        name: "Test".into(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "NA".into(),
        icon: None,
        bill_of_materials: BillOfMaterials {
            solution_type: None,
            products: Vec::new(),
            created_at: ctx.now,
            updated_at: ctx.now,
        },
        settings: EnvironmentSettings::default(),
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 0,
    }
}

#[test]
fn a_new_environment_can_issue_its_first_token() {
    let entropy = Counting(AtomicU8::new(1));
    let correlation = CorrelationId::new(uuid::Uuid::nil());
    let ctx = Ctx { now: Time::from_secs(1_000), entropy: &entropy, correlation };
    let environment = bare(&ctx);
    let key = SigningKeyRecord {
        environment: environment.id,
        kid: "k".into(),
        status: KeyStatus::Active,
        created_at: ctx.now,
        ..SigningKeyRecord::default()
    };
    let id = environment.id;
    let seed = super::environment(&ctx, environment, key, "https://api.example");
    assert!(
        matches!(put(&seed).next(), Some(Object::Environment(e)) if e.id == id),
        "what the rest refers to comes first"
    );
    assert!(seed.changes.iter().all(|c| c.configures() == Some(id)), "everything belongs to the one environment");
    let resources: Vec<_> =
        put(&seed).filter_map(|object| if let Object::Resource(r) = object { Some(r) } else { None }).collect();
    assert_eq!(resources.len(), 2);
    assert_eq!((resources[0].kind, resources[0].audience.as_deref()), (ResourceType::OpenidConnect, None));
    assert_eq!(
        (resources[1].name.as_str(), resources[1].audience.as_deref()),
        ("PingOne API", Some("https://api.example"))
    );
    let scopes: Vec<_> = seed.scopes.iter().map(|(name, _)| *name).collect();
    assert_eq!(scopes, ["openid", "profile", "email", "address", "phone", "offline_access"]);
    let built_in: Vec<(&str, bool)> = put(&seed)
        .filter_map(|object| match object {
            Object::PasswordPolicy(policy) => Some((policy.name.as_str(), policy.default)),
            Object::SignOnPolicy(policy) => Some((policy.name.as_str(), policy.default)),
            _ => None,
        })
        .collect();
    // P12: what every new environment of PingOne has.
    let made =
        [("Single_Factor", true), ("Multi_Factor", false), ("Standard", true), ("Passphrase", false), ("Basic", false)];
    assert_eq!(built_in, made);
    let of = |resource| {
        put(&seed).filter(move |object| matches!(object, Object::ResourceScope(s) if s.resource == resource))
    };
    let ids: Vec<_> = of(seed.openid_resource).chain(of(seed.api_resource)).collect();
    assert_eq!(ids.len(), 20);
    let defaults: Vec<bool> = put(&seed)
        .filter_map(|object| match object {
            Object::Population(p) => Some(p.default && p.id == seed.default_population),
            _ => None,
        })
        .collect();
    assert_eq!(defaults, [true]);
}

/// What the seed puts as new.
fn put(seed: &super::Seed) -> impl Iterator<Item = &Object> {
    seed.changes.iter().filter_map(|change| match change {
        Change::Put(object, Guard::New) => Some(&**object),
        _ => None,
    })
}
