//! Who is in front of the browser, as far as its cookies tell.

use protocol::authorize::Presence;
use protocol::change::{Absence, Change};
use protocol::ctx::Ctx;
use protocol::flow::Flow;
use protocol::model::{Session, User};
use protocol::secret::{Artefact, Secret, TokenHash};
use store::StoreError;

use crate::call::Call;

/// The cookies of a request. Their text proves nothing until it is looked up in the site's environment.
///
/// A cookie of another path or of a parent domain comes under the same name, so there may be several of each; every one
/// of them is tried (RFC 6265 §4.2.2).
#[derive(Clone, Copy, Default)]
pub struct Visitor<'a> {
    /// `ST`: the session.
    pub sessions: &'a [String],
    /// `FLOW-…`: the browser that a flow's pages are bound to.
    pub browsers: &'a [String],
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

impl<'a> Visitor<'a> {
    /// The live session of the cookies: the first of several.
    pub(crate) async fn present(&self, call: &Call<'_>) -> Result<Option<Present>, StoreError> {
        for token in self.sessions {
            if let Some(present) = live(call, token).await? {
                return Ok(Some(present));
            }
        }
        Ok(None)
    }

    /// Every live session of the cookies.
    pub(crate) async fn all_present(&self, call: &Call<'_>) -> Result<Vec<Present>, StoreError> {
        let mut all = Vec::with_capacity(1);
        for token in self.sessions {
            all.extend(live(call, token).await?);
        }
        Ok(all)
    }

    /// That none of the cookies is of a session that lives.
    pub(crate) fn absent(&self, call: &Call<'_>) -> Vec<Change> {
        let (environment, at) = (call.environment(), call.ctx.now);
        let token = |cookie: &String| TokenHash::of(Artefact::Session, cookie);
        let absent = |cookie| Change::Absent(Absence::Session { environment, token: token(cookie), at });
        self.sessions.iter().map(absent).collect()
    }

    /// The live session that completed the flow; where it did not come, the first that did.
    pub(crate) async fn present_in(&self, call: &Call<'_>, flow: &Flow) -> Result<Option<Present>, StoreError> {
        let mut all = self.all_present(call).await?;
        let own = all.iter().position(|present| Some(present.session.id) == flow.state.session());
        Ok((!all.is_empty()).then(|| all.swap_remove(own.unwrap_or(0))))
    }

    /// The cookie that binds the flow's pages to this browser, if it is among those that came.
    pub fn binding(&self, flow: &Flow) -> Option<&'a str> {
        self.browsers.iter().map(String::as_str).find(|cookie| bound(cookie) == flow.browser)
    }
}

/// What binds a new flow to the browser, and the text of its cookie. One that the browser brings is not taken: whoever put it there
/// would know it.
pub(crate) fn bind(ctx: &Ctx<'_>) -> (TokenHash, Secret) {
    let cookie = ctx.token::<32>();
    (bound(cookie.expose()), cookie)
}

/// A session of another environment is none here, whatever path the cookie came by.
async fn live(call: &Call<'_>, token: &str) -> Result<Option<Present>, StoreError> {
    let (store, environment) = (&call.app.store, call.environment());
    let hash = TokenHash::of(Artefact::Session, token);
    let Some(session) = store.session_by_token(environment, hash).await? else { return Ok(None) };
    if !session.is_live(call.ctx.now) {
        return Ok(None);
    }
    let user = store.user(environment, session.user).await?;
    Ok(user.map(|user| Present { session, user }))
}

fn bound(cookie: &str) -> TokenHash {
    TokenHash::of(Artefact::BrowserBinding, cookie)
}

impl std::fmt::Debug for Visitor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visitor")
            .field("sessions", &self.sessions.len())
            .field("browsers", &self.browsers.len())
            .finish()
    }
}
