//! The people of a developer's world, each signed on by a click.

use axum::response::Response;
use engine::controls::world::Known;
use engine::flow::{Act, FlowView, act};
use engine::reads::List;
use engine::Site;
use protocol::flow::State;
use protocol::model::User;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::audit::Action;

use super::Here;
use crate::flow::vouched;
use crate::state::AppState;

/// What the sign-on page of a developer's server has beside its form.
#[derive(Debug, Default)]
pub(super) struct People {
    /// The usernames of those whose passwords this process knows.
    pub(super) usernames: Vec<String>,
    /// Who was to be signed on without a click, and could not.
    pub(super) unable: Option<String>,
}

impl People {
    /// Nobody on another server, or where nobody is to sign on.
    pub(super) async fn of(web: &AppState, site: &Site, view: &FlowView) -> Self {
        let (Some(controls), State::UsernamePasswordRequired) = (&web.app.controls, &view.flow.state) else {
            return Self::default();
        };
        let control = controls.find(site.environment);
        let none = Known::default();
        let known = control.as_ref().map_or(&none, |control| &control.known);
        let list = List { filter: None, after: None, limit: MOST };
        let users = web.app.store.users(site.environment, &list).await.map(|page| page.rows).unwrap_or_default();
        let usernames = users.iter().filter(|user| is_offered(known, user)).map(|user| user.username.clone()).collect();
        Self { usernames, unable: vouched::named(web, site, view.flow.purpose.login_hint()) }
    }
}

fn is_offered(known: &Known, user: &User) -> bool {
    user.may_act().is_ok() && known.password(user).is_some()
}

impl Here<'_> {
    /// Signs on whom a button of the page names.
    pub(super) async fn sign_on_as(self, form: &Params, cookie: &str, id: &str) -> Response {
        let named = form.text("as").unwrap_or_default();
        if !self.people.usernames.iter().any(|username| username == named) {
            let refused = Refused::new(Reason::ParameterInvalid, "somebody of the page", "somebody else").about("as");
            let failure = self.refuse(Action::PasswordChecked, refused).await;
            return self.failed(&failure, cookie).await;
        }
        let vouched = Act::Vouched { username: named };
        match act(&self.web.app, self.site, self.ask, id, vouched, Some(self.browser())).await.into_result() {
            Ok(acted) => self.onward(&acted),
            Err(failure) => self.failed(&failure, cookie).await,
        }
    }
}

/// Users that are looked at: a world of more signs on by name.
const MOST: u32 = 20;
