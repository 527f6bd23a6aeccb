//! Initial access tokens. Whoever may create applications lets others do it, for so many and so long; the text is told once.

use engine::Failure;
use engine::manage::Authorized;
use protocol::change::Change;
use protocol::model::InitialAccessToken;
use protocol::refusal::{Detail, Refused};
use serde_json::{Map, Value};

use super::crud::{Include, Managed};
use super::shape::Object;

impl Managed for InitialAccessToken {
    const NOUN: &'static str = "initial access token";

    async fn allow(by: &Authorized, _: Option<&Self>, after: &Self) -> Result<(), Failure> {
        if after.expires_at <= by.now() {
            let message = "must be a time that is to come";
            return Err(Refused::fields(vec![Detail::new("INVALID_VALUE", "expiresAt", message)]).into());
        }
        Ok(())
    }

    fn completed(&mut self, by: &Authorized) -> Vec<Change> {
        self.make(&by.ctx());
        Vec::new()
    }

    /// Only the answer to its making has it.
    async fn made(_: &Authorized, tokens: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let text = |one: &Self| one.made.as_ref().map(|text| text.expose().to_owned());
        Ok(tokens.iter().map(|one| Object::default().maybe("token", text(one)).into_map()).collect())
    }
}
