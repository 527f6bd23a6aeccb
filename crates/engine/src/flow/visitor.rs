//! Who is in front of the browser, as far as its cookies tell.

use protocol::authorize::Presence;
use protocol::ctx::Ctx;
use protocol::model::{Session, User};
use protocol::secret::{Artefact, Secret, TokenHash};
use store::StoreError;

use crate::call::Call;

/// The cookies of a request. Their text proves nothing until it is looked up in the site's environment.
#[derive(Clone, Copy, Default)]
pub struct Visitor<'a> {
    /// `ST`: the session.
    pub session: Option<&'a str>,
    /// `FLOW`: the browser that a flow's pages are bound to.
    pub browser: Option<&'a str>,
}

/// A live session and its user.
#[derive(Clone, Debug)]
pub struct Present {
    pub session: Session,
    pub user: User,
}

impl Present {
    pub fn presence(&self) -> Presence<'_> {
        Presence { session: &self.session, user: &self.user }
    }
}

impl Visitor<'_> {
    /// The live session of the cookie. A session of another environment is none here, whatever path the cookie came by.
    pub(crate) async fn present(&self, call: &Call<'_>) -> Result<Option<Present>, StoreError> {
        let (store, environment) = (&call.app.store, call.environment());
        let Some(token) = self.session else { return Ok(None) };
        let hash = TokenHash::of(Artefact::Session, token);
        let Some(session) = store.session_by_token(environment, hash).await? else { return Ok(None) };
        if !session.is_live(call.ctx.now) {
            return Ok(None);
        }
        let user = store.user(environment, session.user).await?;
        Ok(user.map(|user| Present { session, user }))
    }

    /// The hash that pages of a flow must show again.
    pub fn binding(&self) -> Option<TokenHash> {
        self.browser.map(|cookie| TokenHash::of(Artefact::BrowserBinding, cookie))
    }

    /// The browser's cookie, and the text of a new one where it brought none. A flow that is begun in one tab keeps the
    /// cookie of another tab's.
    pub(crate) fn bind(&self, ctx: &Ctx<'_>) -> (TokenHash, Option<Secret>) {
        if let Some(hash) = self.binding() {
            return (hash, None);
        }
        let cookie = ctx.token::<32>();
        (TokenHash::of(Artefact::BrowserBinding, cookie.expose()), Some(cookie))
    }
}

impl std::fmt::Debug for Visitor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visitor")
            .field("session", &self.session.is_some())
            .field("browser", &self.browser.is_some())
            .finish()
    }
}
