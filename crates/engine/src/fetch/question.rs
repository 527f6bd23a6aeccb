//! What an operator asks of another server by a command, at an address that they name themselves.

use protocol::id::EnvironmentId;
use protocol::outgoing::Target;
use protocol::secret::Secret;

use super::{Answer, Method, Outgoing, Unfetched, claim};

/// What an operator asks of another server, at an address that they name themselves.
#[derive(Debug)]
pub struct Question<'a> {
    pub method: Method,
    pub url: &'a str,
    /// The value of `Authorization`.
    pub authorization: Secret,
    /// A form, which only [`Method::Post`] has.
    pub form: &'a str,
    /// Bytes of the answer.
    pub largest: usize,
}

impl Outgoing {
    /// The answer to an operator's question, whatever its status.
    ///
    /// # Errors
    /// [`Unfetched`]; nothing is remembered.
    pub async fn ask(&self, environment: EnvironmentId, question: Question<'_>) -> Result<Answer, Unfetched> {
        let Question { method, url, authorization, form, largest } = question;
        let target = Target::read(url, &self.outbound.policy).map_err(Unfetched::Unfit)?;
        let mut headers = vec![("authorization", authorization), ("accept", Secret::new("application/json".into()))];
        if method == Method::Post {
            headers.push(("content-type", Secret::new("application/x-www-form-urlencoded".into())));
        }
        let call = (method, headers, Secret::new(form.to_owned()));
        self.send(claim(environment), target, call, largest).await
    }
}
