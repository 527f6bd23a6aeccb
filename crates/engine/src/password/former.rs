//! Passwords that a user had: what the policy remembers is not taken again.

use admission::Claim;
use protocol::flow::{Before, NewPasswordProblem, judge_new_password};
use protocol::model::{PasswordPolicy, User};

use crate::app::App;
use crate::failure::Failure;

/// Judges a new password by its policy: first by what it says of itself, and only then by the former ones, each of which takes a
/// hash. They are no more than a policy may remember, and all are compared.
///
/// # Errors
/// That the store does not answer or too many wait; what is wrong with the password is the inner error.
pub async fn judge(
    app: &App,
    claim: Claim,
    (policy, user): (&PasswordPolicy, &User),
    before: Before<'_>,
    new: &str,
) -> Result<Result<(), NewPasswordProblem>, Failure> {
    if let Err(problem) = judge_new_password(policy, user, before, new) {
        return Ok(Err(problem));
    }
    let Some((since, most)) = policy.remembered(app.now(user.environment)) else { return Ok(Ok(())) };
    let mut found = false;
    for hash in app.store.former_passwords(user.environment, user.id, since, most).await? {
        found |= app.passwords().check(claim, &hash, new).await?.right;
    }
    Ok(if found { Err(NewPasswordProblem::former(most)) } else { Ok(()) })
}
