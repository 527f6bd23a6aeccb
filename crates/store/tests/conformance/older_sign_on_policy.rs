//! Sign-on policies of a process that knows their actions by their names alone, before the migration and beside this one.

use protocol::change::{Change, Guard};
use protocol::id::SignOnPolicyId;
use protocol::model::{Condition, Kept as _, SignOnAction, SignOnActionType, SignOnPolicy};
use serde_json::{Value as Json, json};
use store::{Store, StoreError, Value};

use crate::beside::Beside;
use crate::samples::{HERE, NOW, uuid};
use crate::{each, loses};

beside_another_version!(a_policy_of_before_is_written_again, an_older_process_reads_what_it_follows);

const INSERT: &str = "INSERT INTO sign_on_policies (environment_id, id, created_at, body) VALUES ($1, $2, $3, $4)";

/// As every environment began.
fn before(n: u128, name: &str, actions: &[SignOnActionType]) -> (SignOnPolicy, Vec<Value>) {
    let id = SignOnPolicyId::new(uuid(n));
    let steps = actions.iter().enumerate().map(|(place, kind)| SignOnAction::begun(id, place, *kind)).collect();
    let begun = SignOnPolicy::begun(HERE, NOW);
    let policy = SignOnPolicy { id, name: name.into(), default: n == 1, actions: steps, ..begun };
    let names: Vec<&str> = actions.iter().map(|kind| kind.name()).collect();
    let body = json!({
        "id": id.to_string(), "environment": HERE.to_string(), "name": name, "default": n == 1, "actions": names, "created_at": NOW.0,
        "updated_at": NOW.0,
    });
    (policy, vec![HERE.uuid().into(), uuid(n).into(), NOW.0.into(), body.to_string().into()])
}

async fn a_policy_of_before_is_written_again(store: &Store, beside: &Beside) {
    let (login, mfa) = (SignOnActionType::Login, SignOnActionType::MultiFactor);
    let (single, first) = before(1, "Single_Factor", &[login]);
    let (multi, second) = before(2, "Multi_Factor", &[login, mfa]);
    let undone = [
        "DROP INDEX policy_assignments_policy",
        "DROP TABLE policy_assignments",
        "DROP INDEX sign_on_policies_name",
        "ALTER TABLE sign_on_policies DROP COLUMN name",
        "ALTER TABLE sign_on_policies DROP COLUMN version",
    ];
    let write = async || {
        for values in [first.clone(), second.clone()] {
            beside.run(INSERT, values).await;
        }
    };
    beside.migrated(store, 19, &undone, write).await;
    let all = store.all::<SignOnPolicy>(HERE, &[]).await.unwrap();
    assert_eq!(all, [single.clone(), multi.clone()]);
    let ids: Vec<_> = all.iter().flat_map(|policy| &policy.actions).map(|action| action.id).collect();
    let again = store.all::<SignOnPolicy>(HERE, &[]).await.unwrap();
    assert_eq!(again.iter().flat_map(|policy| &policy.actions).map(|action| action.id).collect::<Vec<_>>(), ids);
    // The name is taken, as that of one that is made now.
    let twice = SignOnPolicy { id: SignOnPolicyId::new(uuid(3)), default: false, ..single.clone() };
    let outcome = store.commit(vec![Change::put(twice, Guard::New)]).await;
    let constraint = "sign_on_policies_name".to_owned();
    assert_eq!(outcome, Err(StoreError::Conflict { constraint }));
    loses(store, Change::put(SignOnPolicy { version: 7, ..single.clone() }, Guard::Version)).await;
    each(store, [Change::put(single.clone(), Guard::Version)]).await;
    let written = store.get::<SignOnPolicy>(HERE, &[single.id.uuid()]).await.unwrap();
    assert_eq!(written, Some(SignOnPolicy { version: 1, ..single }));
}

/// It follows what it would follow as this one does, and what says more it cannot read: then nobody signs on there.
async fn an_older_process_reads_what_it_follows(store: &Store, beside: &Beside) {
    let begun = |kind| SignOnAction::begun(SignOnPolicyId::new(uuid(1)), 0, kind);
    let always = SignOnAction { condition: None, ..begun(SignOnActionType::Login) };
    let hour = SignOnAction { condition: Some(Condition::password_older_than(3600)), ..always.clone() };
    for (action, told) in [
        (begun(SignOnActionType::Login), "LOGIN"),
        (begun(SignOnActionType::MultiFactor), "MULTI_FACTOR_AUTHENTICATION"),
        (begun(SignOnActionType::IdentifierFirst), "IDENTIFIER_FIRST"),
        (always, "LOGIN+"),
        (hour, "LOGIN+"),
    ] {
        let (policy, _) = before(1, "P", &[]);
        let policy = SignOnPolicy { actions: vec![action.clone()], ..policy };
        each(store, [Change::put(policy.clone(), Guard::New)]).await;
        let body: Json = beside.body("sign_on_policies").await;
        assert_eq!(body["actions"], json!([told]));
        assert_eq!(store.all::<SignOnPolicy>(HERE, &[]).await.unwrap(), std::slice::from_ref(&policy));
        each(store, [Change::Remove(policy.key())]).await;
    }
}
