//! Statements of what filters find of users' values, and of what no two users may have: in the commit that writes the user, and in the
//! one that makes an attribute unique. A writer of users holds the revision of the schema with that of the filters ([`super::filtered`]).

use protocol::model::{ObjectKind, SchemaAttribute, SchemaAttributeType, User};

use super::{Batch, filtered};
use crate::Statement;
use crate::kinds::texts;

/// Forgets what the user has under attributes that are no more.
pub(super) fn settle(batch: &Batch, user: &mut User) {
    if let Some(known) = batch.filters.get(&user.environment) {
        user.custom.0.retain(|value| known.has(value.attribute));
    }
}

/// Puts down what is found of the user, who was written just before.
pub(super) fn write(batch: &mut Batch, user: &User, new: bool) {
    let Some(known) = batch.filters.get(&user.environment).filter(|known| !known.schema.is_empty()).cloned() else {
        return;
    };
    if !new {
        batch.run(CLEARED, vec![user.environment.uuid().into(), user.id.uuid().into()]);
    }
    for row in known.values_of(user) {
        batch.run(
            FOUND,
            vec![
                user.environment.uuid().into(),
                row.attribute.uuid().into(),
                row.path.into(),
                row.key.into(),
                user.id.uuid().into(),
                row.text.into(),
                row.sole.into(),
            ],
        );
    }
}

/// The attribute is about to become this one.
pub(super) fn changes(batch: &mut Batch, attribute: &SchemaAttribute) {
    filtered::raise(batch, attribute.environment, None);
    if attribute.kind != SchemaAttributeType::String {
        return;
    }
    let key = vec![attribute.environment.uuid().into(), attribute.id.uuid().into()];
    match (attribute.is_custom(), attribute.unique) {
        (true, true) => batch.run(TAKEN, key),
        (true, false) => batch.run(FREED, key),
        (false, false) => batch.run(FORGOTTEN, key),
        (false, true) => {
            let table = &texts(ObjectKind::User).table;
            let found = table.attributes.iter().find(|(name, ..)| *name == attribute.name);
            let Some((_, column, _)) = found else { return };
            let value = match column.strip_prefix("body.") {
                None => (*column).to_owned(),
                Some(member) => batch.dialect.json_text("body", member),
            };
            // A longer one has another key, and comes to it when its user is written.
            let sql = format!(
                "INSERT INTO user_values (environment_id, attribute_id, path, value_key, user_id, sole)
                 SELECT environment_id, $2, '', lower({value}), id, lower({value}) FROM users
                 WHERE environment_id = $1 AND {value} <> '' AND length({value}) <= {}
                    AND NOT EXISTS (SELECT 1 FROM user_values v WHERE v.environment_id = $1 AND v.attribute_id = $2)",
                protocol::model::MAX_KEY
            );
            batch.push(Statement::new(sql, key));
        }
    }
}

const CLEARED: &str = "DELETE FROM user_values WHERE environment_id = $1 AND user_id = $2";
const FOUND: &str = "INSERT INTO user_values (environment_id, attribute_id, path, value_key, user_id, value_text, sole)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (environment_id, attribute_id, path, value_key, user_id) DO NOTHING";
const TAKEN: &str = "UPDATE user_values SET sole = value_key WHERE environment_id = $1 AND attribute_id = $2 AND sole IS NULL AND path = ''";
const FREED: &str =
    "UPDATE user_values SET sole = NULL WHERE environment_id = $1 AND attribute_id = $2 AND sole IS NOT NULL";
const FORGOTTEN: &str = "DELETE FROM user_values WHERE environment_id = $1 AND attribute_id = $2";
