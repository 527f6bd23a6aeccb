//! Password policies as versions before could not write them: none was changed, so their names, the default and what populations
//! have are in their bodies alone.

use protocol::change::{Change, Guard};
use protocol::id::PasswordPolicyId;
use protocol::model::{Kept as _, PasswordPolicy};
use serde_json::json;
use store::{Store, StoreError, Value};

use crate::beside::Beside;
use crate::samples::{HERE, environment, uuid};
use crate::{each, loses, refused};

beside_another_version!(what_was_before_is_read);

/// The default stays the default, all forbid what is similar, and what a population has is not deleted.
async fn what_was_before_is_read(store: &Store, beside: &Beside) {
    each(store, [Change::put(environment(HERE), Guard::New)]).await;
    let undone = [
        "DROP TABLE password_history",
        "ALTER TABLE users DROP COLUMN password_chosen",
        "DROP INDEX populations_by_password_policy",
        "ALTER TABLE populations DROP COLUMN password_policy_id",
        "DROP INDEX password_policies_page",
        "DROP INDEX password_policies_one_default",
        "DROP INDEX password_policies_environment_id_name_key_key",
        "ALTER TABLE password_policies DROP COLUMN version",
        "ALTER TABLE password_policies DROP COLUMN not_similar",
        "ALTER TABLE password_policies DROP COLUMN is_default",
        "ALTER TABLE password_policies DROP COLUMN name_key",
    ];
    let key = |n| [HERE.uuid().into(), uuid(n).into()];
    let write = async || {
        for (n, name, default) in [(1, "Standard", true), (2, "Basic", false)] {
            let body = json!({
                "id": uuid(n).to_string(), "environment": HERE.to_string(), "name": name, "default": default,
                "min_length": 8, "max_length": 255, "min_characters": [["0123456789", 1]], "max_repeated": 2, "min_unique": 5,
                "excludes_commonly_used": true, "excludes_profile_data": false, "lockout_failures": 5, "lockout_seconds": 900,
                "created_at": 7, "updated_at": 8,
            });
            let sql = "INSERT INTO password_policies (environment_id, id, created_at, body) VALUES ($1, $2, $3, $4)";
            let rest: [Value; 2] = [7.into(), body.to_string().into()];
            beside.run(sql, [key(n).to_vec(), rest.to_vec()].concat()).await;
        }
        for (n, policy) in [(1, Some(2)), (2, None)] {
            let mut body = json!({ "id": uuid(n).to_string(), "environment": HERE.to_string(), "name": format!("P{n}"),
                "default": n == 1, "preferred_language": "en", "theme": uuid(9).to_string(), "created_at": 7, "updated_at": 8 });
            if let Some(policy) = policy {
                body["password_policy"] = uuid(policy).to_string().into();
            }
            let sql = "INSERT INTO populations (environment_id, id, name_key, is_default, created_at, updated_at, version, body)
                VALUES ($1, $2, $3, $4, 7, 8, 0, $5)";
            let rest: [Value; 3] = [format!("p{n}").into(), (n == 1).into(), body.to_string().into()];
            beside.run(sql, [key(n).to_vec(), rest.to_vec()].concat()).await;
        }
    };
    beside.migrated(store, 21, &undone, write).await;
    let policies = store.all::<PasswordPolicy>(HERE, &[]).await.unwrap();
    let told: Vec<_> =
        policies.iter().map(|p| (p.name.as_str(), p.default, p.not_similar_to_current, p.version)).collect();
    assert_eq!(told, [("Standard", true, true, 0), ("Basic", false, true, 0)]);
    let ids = policies.iter().map(|policy| policy.id).collect::<Vec<_>>();
    assert_eq!(store.populations_of(HERE, &ids).await.unwrap(), [(PasswordPolicyId::new(uuid(2)), 1)].into());
    // Neither the default nor the one that a population has.
    for policy in &policies {
        loses(store, Change::Remove(policy.key())).await;
    }
    let basic = PasswordPolicy { default: true, not_similar_to_current: false, ..policies[1].clone() };
    each(store, [Change::put(basic, Guard::Version)]).await;
    let after = store.all::<PasswordPolicy>(HERE, &[]).await.unwrap();
    let told: Vec<_> = after.iter().map(|p| (p.default, p.not_similar_to_current, p.version)).collect();
    assert_eq!(told, [(false, true, 1), (true, false, 1)]);
    let named = PasswordPolicy { id: PasswordPolicyId::new(uuid(3)), name: "STANDARD".into(), ..policies[1].clone() };
    let taken = refused(store, Change::put(named, Guard::New)).await;
    assert!(matches!(taken, StoreError::Conflict { constraint } if store::taken(&constraint) == Some("name")));
}
