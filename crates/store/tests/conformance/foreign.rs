//! Rows that a newer version wrote: an older process beside it lists what it can, and says honestly what it cannot read.

use protocol::audit::Action;
use protocol::change::Change;
use protocol::model::{Application, RoleAssignment, SignOnAction, SignOnActionType, SignOnPolicy};
use protocol::refusal::Reason;
use store::{List, Store, StoreError, Value};

use crate::beside::Beside;
use crate::each;
use crate::life::built;
use crate::samples::{HERE, event, uuid};

const WHOLE: List = List { filter: None, after: None, limit: 1000 };

beside_another_version!(events, others, policies);

async fn events(store: &Store, beside: &Beside) {
    each(store, built(HERE)).await;
    let known = event(HERE, 0x701);
    let newer = event(HERE, 0x702).refused(&Reason::SecretWrong.into());
    each(store, [known.clone(), newer.clone()].map(|event| Change::Record(Box::new(event)))).await;
    let sql = "UPDATE activities SET action = $1, actor_kind = $2, reason = $3, target_kind = $4, target_id = $5 WHERE id = $6";
    let values = ["GALAXY.CREATED", "ROBOT", "too_far", "GALAXY"].map(Value::from);
    beside.run(sql, [values.to_vec(), vec![uuid(7).into(), newer.id.uuid().into()]].concat()).await;

    let page = store.activities(HERE, &WHOLE).await.unwrap();
    let [.., first, second] = page.rows.as_slice() else { panic!("two events") };
    assert_eq!((first.id, first.action(), first.reason(), first.target()), (known.id, known.action.name(), None, None));
    let told = (second.action(), second.reason(), second.target());
    assert_eq!(told, ("GALAXY.CREATED", Some("too_far"), Some(("GALAXY", uuid(7)))));
    assert_ne!(Action::parse(second.action()), Some(second.event.action));
    assert_eq!(page.total, i64::try_from(page.rows.len()).unwrap(), "nothing is left out");
    assert_eq!(store.activity(HERE, newer.id).await.unwrap().as_ref(), Some(second));
    assert!(store.explain(newer.correlation).await.unwrap().contains(second));
}

async fn others(store: &Store, beside: &Beside) {
    each(store, built(HERE)).await;
    let applications = store.list::<Application>(HERE, &WHOLE).await.unwrap().rows;
    let strange = &applications[0];
    let here = || HERE.uuid().into();
    let body = r#"{"id":"00000000-0000-0000-0000-000000000001","name":"new","kind":"ROBOT"}"#;
    beside
        .run(
            "UPDATE applications SET body = $1 WHERE environment_id = $2 AND id = $3",
            vec![body.into(), here(), strange.id.uuid().into()],
        )
        .await;
    let left = store.list::<Application>(HERE, &WHOLE).await.unwrap();
    assert_eq!(left.rows, applications[1..], "the others are listed");
    let single = store.client_of(HERE, strange.id).await;
    assert!(matches!(single, Err(StoreError::Unreadable(_))), "{single:?}");

    let keys = store.keys(HERE).await.unwrap();
    let strange = &keys[0];
    let values = vec![r#"{"status":"SHINING","alg":"XX"}"#.into(), here(), strange.kid.as_str().into()];
    beside.run("UPDATE signing_keys SET body = $1 WHERE environment_id = $2 AND kid = $3", values).await;
    assert_eq!(store.readable_keys(HERE).await.unwrap(), keys[1..]);
    assert!(matches!(store.keys(HERE).await, Err(StoreError::Unreadable(_))), "nobody decides by the rest");

    beside
        .run("UPDATE role_assignments SET scope_kind = $1 WHERE environment_id = $2", vec!["GALAXY".into(), here()])
        .await;
    let holders = [applications.iter().map(|a| a.id.uuid()).collect::<Vec<_>>(), vec![uuid(1), uuid(2)]].concat();
    for actor in holders {
        assert_eq!(store.all::<RoleAssignment>(HERE, &[actor]).await, Ok(vec![]), "what is not known gives nothing");
    }
    for every in [store.every::<RoleAssignment>(HERE, &[uuid(1)]).await, store.every_within(HERE).await] {
        assert!(
            matches!(every, Err(StoreError::Unreadable(_))),
            "and is not passed over by who asks for all: {every:?}"
        );
    }
}

/// A sign-on policy of version 0.1 has no actions: it asks for the password. One that asks for nothing lets nobody in, and one of a step
/// that is not known here is not read.
async fn policies(store: &Store, beside: &Beside) {
    each(store, built(HERE)).await;
    let all = store.all::<SignOnPolicy>(HERE, &[]).await.unwrap();
    let first = &all[0];
    let old = r#"{"id":"ID","environment":"ENV","name":"Old","default":true,"created_at":1,"updated_at":2}"#;
    let old = old.replace("ID", &first.id.to_string()).replace("ENV", &HERE.to_string());
    let nothing = old.replace('}', r#","actions":[]}"#);
    let sql = "UPDATE sign_on_policies SET body = $1 WHERE id = $2";
    beside.run(sql, vec![old.into(), first.id.uuid().into()]).await;
    let read = store.all::<SignOnPolicy>(HERE, &[]).await.unwrap();
    let old = read.iter().find(|policy| policy.id == first.id).unwrap();
    let login = SignOnAction::begun(first.id, 0, SignOnActionType::Login);
    assert_eq!((old.name.as_str(), &old.actions), ("Old", &vec![login]));
    beside.run(sql, vec![nothing.clone().into(), first.id.uuid().into()]).await;
    let read = store.all::<SignOnPolicy>(HERE, &[]).await.unwrap_or_default();
    let nothing_asked = read.iter().find(|policy| policy.id == first.id).unwrap();
    assert!(nothing_asked.actions.is_empty() && !nothing_asked.may_be_followed());
    for newer in [
        r#"["ROBOT"]"#,
        r#"["LOGIN"],"steps":[{"id":"ID","type":"ROBOT","priority":1}]"#,
        r#"["LOGIN"],"steps":[{"id":"ID","type":"LOGIN","priority":1,"condition":{"moon":"full"}}]"#,
    ] {
        let body = nothing.replace("[]", newer).replace("ID", &first.id.to_string());
        beside.run(sql, vec![body.into(), first.id.uuid().into()]).await;
        let read = store.every::<SignOnPolicy>(HERE, &[]).await;
        assert!(matches!(read, Err(StoreError::Unreadable(_))), "{newer}: {read:?}");
    }
}
