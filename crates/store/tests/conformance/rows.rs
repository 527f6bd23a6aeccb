//! Rows as a process before the descriptions wrote them: this one reads them, and what it writes has every member that one looks for.

use jose::Alg;
use protocol::change::{Change, Guard};
use protocol::id::{LicenseId, OrganizationId, PasswordPolicyId};
use protocol::model::{
    BillOfMaterials, Environment, EnvironmentSettings, EnvironmentType, KeyStatus, License, Organization,
    PasswordPolicy, Product, RoleAssignment, RoleScope, SigningKeyRecord, TokenProfile, TrustedAuthorities,
};
use protocol::time::Time;
use serde_json::Value as Json;
use store::{Store, StoreError, Value};

use crate::beside::Beside;
use crate::each;
use crate::samples::{HERE, key, role_assignment, some, uuid};

beside_another_version!(
    rows_are_read_and_written_again,
    a_signing_key_is_read_and_written_again,
    a_value_of_another_kind_hides_nothing_else,
);

async fn rows_are_read_and_written_again(store: &Store, beside: &Beside) {
    let of = uuid(1);
    let rows: [(&'static str, Vec<Value>, &'static str); 4] = [
        ("organizations (id, created_at, body) VALUES ($1, $2, $3)", vec![of.into(), 1.into()], ORGANIZATION),
        (
            "licenses (organization_id, id, created_at, body) VALUES ($1, $2, $3, $4)",
            vec![of.into(), uuid(2).into(), 1.into()],
            LICENSE,
        ),
        (
            "environments (id, organization_id, license_id, name_key, kind, region, created_at, updated_at, version, body)
             VALUES ($1, $2, $3, 'tenant', 'PRODUCTION', 'NA', 5000, 6000, 7, $4)",
            vec![HERE.uuid().into(), of.into(), uuid(2).into()],
            ENVIRONMENT,
        ),
        (
            "password_policies (environment_id, id, created_at, body) VALUES ($1, $2, $3, $4)",
            vec![HERE.uuid().into(), uuid(3).into(), 1.into()],
            PASSWORD_POLICY,
        ),
    ];
    for (into, mut values, body) in rows {
        values.push(body.into());
        beside.run(format!("INSERT INTO {into}"), values).await;
    }
    read(store).await;

    let environment = store.environment(HERE).await.unwrap().unwrap();
    let written = [
        Change::put(organization(), Guard::Exists),
        Change::put(license(), Guard::Exists),
        Change::put(Environment { version: 7, ..environment }, Guard::Version),
        Change::put(password_policy(), Guard::Exists),
    ];
    each(store, written).await;
    for (table, before) in [
        ("organizations", ORGANIZATION),
        ("licenses", LICENSE),
        ("environments", ENVIRONMENT),
        ("password_policies", PASSWORD_POLICY),
    ] {
        let mut now = beside.body(table).await;
        if table == "environments" {
            assert_eq!(now["version"], 8);
            now["version"] = 7.into();
            // What was not known then is written as it was read.
            assert_eq!(now.as_object_mut().unwrap().remove("activity_retention_days"), Some(0.into()));
        }
        if table == "password_policies" {
            let added = now.as_object_mut().unwrap();
            assert_eq!(added.remove("version"), Some(0.into()));
            assert_eq!(added.remove("not_similar_to_current"), Some(true.into()));
        }
        assert_eq!(now, serde_json::from_str::<Json>(before).unwrap(), "{table}");
    }
}

async fn read(store: &Store) {
    let of = OrganizationId::new(uuid(1));
    assert_eq!(store.organizations().await.unwrap(), [organization()]);
    assert_eq!(store.organization(of).await, Ok(Some(organization())));
    assert_eq!(store.licenses(of).await.unwrap(), [license()]);
    assert_eq!(store.environment(HERE).await, Ok(Some(environment())));
    assert_eq!(store.all::<PasswordPolicy>(HERE, &[]).await.unwrap(), [password_policy()]);
}

async fn a_signing_key_is_read_and_written_again(store: &Store, beside: &Beside) {
    let before = r#"{"alg":"ES256","retired_at":null,"status":"next"}"#;
    let sql =
        "INSERT INTO signing_keys (environment_id, kid, created_at, sealed, body) VALUES ($1, 'key-1', $2, $3, $4)";
    let key = key(HERE, 1, KeyStatus::Next);
    let values = vec![HERE.uuid().into(), key.created_at.0.into(), key.sealed.clone().into(), before.into()];
    beside.run(sql, values).await;
    assert_eq!(store.keys(HERE).await, Ok(vec![key.clone()]));
    let active = SigningKeyRecord { status: KeyStatus::Active, ..key };
    each(store, [Change::UpdateKey { key: active.clone(), was: KeyStatus::Next }]).await;
    assert_eq!(store.keys(HERE).await, Ok(vec![active]));
    let now = beside.body("signing_keys").await;
    assert_eq!((&now["alg"], &now["status"], &now["sealed"]), (&"ES256".into(), &"active".into(), &Json::Null));
}

/// What a newer process stores in a column may be no id, or no text: lists leave it out, and who needs all of them is told.
async fn a_value_of_another_kind_hides_nothing_else(store: &Store, beside: &Beside) {
    let of = role_assignment(HERE, uuid(1), 1, RoleScope::Environment(HERE));
    let other = role_assignment(HERE, uuid(1), 2, RoleScope::Environment(HERE));
    let other = RoleAssignment { role: uuid(0xae), ..other };
    each(store, [of.clone(), other].map(|row| Change::put(row, Guard::New))).await;
    beside
        .run("UPDATE role_assignments SET scope_id = $1 WHERE id = $2", vec![vec![1_u8, 2].into(), uuid(2).into()])
        .await;
    assert_eq!(store.all::<RoleAssignment>(HERE, &[uuid(1)]).await, Ok(vec![of]));
    let every = store.every::<RoleAssignment>(HERE, &[uuid(1)]).await;
    assert!(matches!(every, Err(StoreError::Unreadable(_))), "{every:?}");
    let within = store.every_within::<RoleAssignment>(HERE).await;
    assert!(matches!(within, Err(StoreError::Unreadable(_))), "{within:?}");
}

fn organization() -> Organization {
    Organization {
        id: OrganizationId::new(uuid(1)),
        name: "House".to_owned(),
        description: some("All of it"),
        kind: "INTERNAL".to_owned(),
        created_at: Time(1),
        updated_at: Time(2),
    }
}

fn license() -> License {
    License {
        id: LicenseId::new(uuid(2)),
        organization: OrganizationId::new(uuid(1)),
        name: "Licence".to_owned(),
        package: "INTERNAL".to_owned(),
        created_at: Time(1),
        updated_at: Time(3),
    }
}

fn environment() -> Environment {
    Environment {
        id: HERE,
        organization: OrganizationId::new(uuid(1)),
        license: LicenseId::new(uuid(2)),
        name: "Tenant".to_owned(),
        description: some("First"),
        kind: EnvironmentType::Production,
        region: "NA".to_owned(),
        icon: some("https://example.test/icon.png"),
        bill_of_materials: BillOfMaterials {
            solution_type: some("CUSTOMER"),
            products: vec![Product {
                id: uuid(9),
                kind: "PING_ONE_BASE".to_owned(),
                description: some("PingOne Platform"),
                console: some("https://console.example.test/"),
                tags: vec!["DAVINCI_MINIMAL".to_owned()],
                bookmarks: vec![("Zoo".to_owned(), "https://example.test/".to_owned())],
            }],
            created_at: Time(3_000),
            updated_at: Time(4_000),
        },
        settings: EnvironmentSettings {
            token_profile: TokenProfile::Spring,
            signing_alg: Alg::Es256,
            access_token_seconds: 60,
            id_token_seconds: 61,
            par_requirement: protocol::model::ParRequirement::Optional,
            locale: "de".to_owned(),
            registration: protocol::registration::RegistrationPolicy::Disabled,
            statement_required: false,
            unused_days: None,
            client_documents: Vec::new(),
            foreign_scopes: Vec::new(),
            dpop_nonces: false,
            user_info: protocol::step_up::StepUp::default(),
            front_channel_tokens: None,
            client_authorities: TrustedAuthorities::default(),
            security_profile: protocol::policy::SecurityProfile::Rfc9700,
            signed_metadata: false,
            administrators: None,
            session_management: false,
        },
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: Time(5_000),
        updated_at: Time(6_000),
        version: 7,
    }
}

fn password_policy() -> PasswordPolicy {
    PasswordPolicy {
        min_characters: vec![("xyz".to_owned(), 2), ("abc".to_owned(), 1)],
        updated_at: Time(2),
        // What rows of the first versions do not have.
        description: None,
        history_count: None,
        history_days: None,
        max_age_days: None,
        min_age_days: None,
        ..PasswordPolicy::standard(PasswordPolicyId::new(uuid(3)), HERE, Time(1))
    }
}

const ORGANIZATION: &str = r#"{"created_at":1,"description":"All of it","id":"5eed0000-0000-4000-8000-000000000001",
    "kind":"INTERNAL","name":"House","updated_at":2}"#;
const LICENSE: &str = r#"{"created_at":1,"id":"5eed0000-0000-4000-8000-000000000002","name":"Licence",
    "organization":"5eed0000-0000-4000-8000-000000000001","package":"INTERNAL","updated_at":3}"#;
const ENVIRONMENT: &str = r#"{
    "bill_of_materials":{"created_at":3000,"products":[{"bookmarks":[["Zoo","https://example.test/"]],
        "console":"https://console.example.test/","description":"PingOne Platform",
        "id":"5eed0000-0000-4000-8000-000000000009","kind":"PING_ONE_BASE","tags":["DAVINCI_MINIMAL"]}],
        "solution_type":"CUSTOMER","updated_at":4000},
    "created_at":5000,"description":"First","icon":"https://example.test/icon.png",
    "id":"5eed0000-0000-4000-8000-0000000000e1","kind":"PRODUCTION","license":"5eed0000-0000-4000-8000-000000000002",
    "name":"Tenant","organization":"5eed0000-0000-4000-8000-000000000001","region":"NA",
    "settings":{"access_token_seconds":60,"id_token_seconds":61,"locale":"de","signing_alg":"ES256","token_profile":"spring"},
    "updated_at":6000,"version":7}"#;
const PASSWORD_POLICY: &str = r#"{"created_at":1,"default":true,"environment":"5eed0000-0000-4000-8000-0000000000e1",
    "excludes_commonly_used":true,"excludes_profile_data":true,"id":"5eed0000-0000-4000-8000-000000000003",
    "lockout_failures":5,"lockout_seconds":900,"max_length":255,"max_repeated":2,"min_characters":[["xyz",2],["abc",1]],
    "min_length":8,"min_unique":5,"name":"Standard","updated_at":2}"#;
