//! Users whom versions before schemas wrote: they have no values, and can have some.

use protocol::change::{Change, Guard};
use protocol::id::SchemaAttributeId;
use protocol::model::{CustomValue, CustomValues, SchemaAttribute, User};
use serde_json::json;
use store::Store;

use crate::beside::Beside;
use crate::each;
use crate::filtered::begin;
use crate::samples::{HERE, NOW, full_user, uuid};

beside_another_version!(who_was_before_has_no_values);

async fn who_was_before_has_no_values(store: &Store, beside: &Beside) {
    begin(store).await;
    each(store, [Change::put(full_user(HERE, 1), Guard::New)]).await;
    let undone = ["DROP TABLE schema_attributes", "DROP TABLE user_values", "DROP TABLE schema_endings"];
    beside.migrated(store, 25, &undone, async || {}).await;
    let read = store.get::<User>(HERE, &[uuid(1)]).await.unwrap().unwrap();
    assert_eq!(read, full_user(HERE, 1));
    let attribute = SchemaAttribute {
        id: SchemaAttributeId::new(uuid(2)),
        environment: HERE,
        name: "shirt".into(),
        enabled: true,
        created_at: NOW,
        version: 1,
        ..SchemaAttribute::default()
    };
    let value = CustomValue { attribute: attribute.id, name: "shirt".into(), value: json!("L") };
    let user = User { custom: CustomValues(vec![value]), ..read };
    each(store, [Change::put(attribute, Guard::New), Change::put(user.clone(), Guard::Version)]).await;
    let read = store.get::<User>(HERE, &[uuid(1)]).await.unwrap().unwrap();
    assert_eq!(read.custom, user.custom);
}
