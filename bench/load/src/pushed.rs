//! A sign-on of somebody who is signed on: the pushed request, the browser with its reference, the code (RFC 9126 §2, §4).

use anyhow::{Context, Result, ensure};

use crate::connection::Connection;

/// Where the three requests go, and what they say.
#[derive(Default)]
pub(crate) struct Pushed {
    pub(crate) par: String,
    pub(crate) authorize: String,
    pub(crate) token: String,
    pub(crate) client: String,
    /// The session's.
    pub(crate) cookie: String,
    /// What is pushed, and what is sent with the code, whose parameter is its last.
    pub(crate) request: String,
    pub(crate) redemption: String,
}

impl Pushed {
    /// All three, one after the other.
    ///
    /// # Errors
    /// One of them was not answered as it should be.
    pub(crate) async fn run(&self, connection: &mut Connection) -> Result<()> {
        let answer = connection.post_to(&self.par, &self.request).await?;
        ensure!(answer.status == 201, "pushed: {} {}", answer.status, answer.body);
        let reference = text(&answer.body, "request_uri").context("no reference")?.replace(':', "%3A");
        let target = format!("{}?client_id={}&request_uri={reference}", self.authorize, self.client);
        let answer = connection.get(&target, &self.cookie).await?;
        let location = answer.location.with_context(|| format!("authorize: {} {}", answer.status, answer.body))?;
        let code = location.split(['?', '&', '#']).find_map(|pair| pair.strip_prefix("code="));
        let code = code.with_context(|| format!("no code: {location}"))?;
        let answer = connection.post_to(&self.token, &format!("{}{code}", self.redemption)).await?;
        ensure!(answer.status == 200, "redeemed: {} {}", answer.status, answer.body);
        Ok(())
    }
}

/// A member whose value needs no unescaping.
fn text<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let after = body.split_once(&format!(r#""{name}":"#))?.1.trim_start().strip_prefix('"')?;
    Some(after.split_once('"')?.0)
}
