//! Users who are imported (`application/vnd.pingidentity.user.import+json`): with a state and with a password.

use super::User;
use crate::model::check::Fields;
use crate::model::describe::{Described, Walk};
use crate::secret::Secret;

/// A user as an import brings them. What it does not say of the state is as it is of a user who is created.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedUser {
    pub user: User,
    pub password: Option<NewPassword>,
}

/// A password as it came. Its rules are the policy's.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPassword {
    pub value: Secret,
    pub must_change: bool,
}

impl Described for ImportedUser {
    const HAS_SCHEMA: bool = true;

    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { user, password } = self;
        user.walked(walk, Some(password));
    }
}

/// Reads the password. None is kept at a gateway: this server has none.
pub(super) fn judge_import(fields: &mut Fields<'_>) -> Option<NewPassword> {
    fields.within("password", |f| {
        if f.has("external") {
            let message = "this server has no gateways: the password must be given by value";
            f.fault("INVALID_VALUE", "external", message, None);
        }
        let value = f.string("value");
        f.require("value", value);
        let value = Secret::new(value?.to_owned());
        Some(NewPassword { value, must_change: f.boolean("forceChange").unwrap_or(false) })
    })?
}
