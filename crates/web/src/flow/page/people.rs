//! The page that asks who somebody is; on a developer's server with the people of its world, each signed on by a click.

use axum::response::Response;
use engine::Site;
use engine::bootstrap::dev;
use engine::controls::world::Known;
use engine::flow::{Act, FlowView, act};
use engine::reads::List;
use http::StatusCode;
use http::request::Parts;
use protocol::audit::Action;
use protocol::flow::{Purpose, State};
use protocol::model::User;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};

use super::{Here, purpose};
use crate::dev::is_open_to;
use crate::flow::{csrf, html, vouched};
use crate::page::{Forms, SignOn, SignOnProblem, Theme};
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
    /// Nobody on another server, or where nobody is to sign on. Who comes from elsewhere is told nobody either, without the control key.
    pub(super) async fn of(web: &AppState, site: &Site, parts: &Parts, view: &FlowView) -> Self {
        let (Some(controls), State::UsernamePasswordRequired) = (&web.app.controls, &view.flow.state) else {
            return Self::default();
        };
        let unable = vouched::named(web, site, view.flow.purpose.login_hint());
        if !is_open_to(web, parts) {
            return Self { usernames: Vec::new(), unable };
        }
        let control = controls.find(site.environment);
        let none = Known::default();
        let known = control.as_ref().map_or(&none, |control| &control.known);
        let list = List { filter: None, after: None, limit: MOST };
        let users = web.app.store.users(site.environment, &list).await.map(|page| page.rows).unwrap_or_default();
        let usernames = users.iter().filter(|user| is_offered(known, user)).map(|user| user.username.clone()).collect();
        Self { usernames, unable }
    }
}

fn is_offered(known: &Known, user: &User) -> bool {
    user.may_act().is_ok() && known.password(user).is_some()
}

impl Here<'_> {
    pub(super) fn sign_on_page(
        self,
        status: StatusCode,
        cookie: &str,
        username: &str,
        problem: Option<SignOnProblem>,
    ) -> Response {
        let locale = self.locale();
        let id = self.view.flow.id.to_string();
        let demo = self.is_demo();
        let here = self.here();
        let People { usernames, unable } = self.people;
        let page = SignOn {
            locale,
            theme: &Theme::default(),
            application: &html::application(&self.view.client),
            around: self.web.around(Some(&self.view.environment), Some(&here)),
            flow_id: &id,
            action_url: &self.address(),
            username: if demo && username.is_empty() { dev::USERNAME } else { username },
            problem,
            csrf: &csrf::token(&self.web.app, &purpose(&id), cookie),
            recovers: self.view.recovers,
            demo_password: demo.then_some(dev::PASSWORD),
            people: usernames,
            unable: unable.as_deref(),
        };
        html::page_with_form(status, page.render(), locale, Forms::Application)
    }

    /// The developer's server fills in the documented password of its own person, for whom it asks itself and nobody else.
    fn is_demo(self) -> bool {
        let Purpose::Code(request) = &self.view.flow.purpose;
        let own = dev::try_redirect_uri(&self.web.app);
        self.web.dev.is_some()
            && is_open_to(self.web, self.parts)
            && request.redirect_uri.as_deref() == Some(own.as_str())
    }

    /// Signs on whom a button of the page names.
    pub(super) async fn sign_on_as(self, form: &Params, cookie: &str, id: &str) -> Response {
        let named = form.text("as").unwrap_or_default();
        if !self.people.usernames.iter().any(|username| username == named) {
            let expected = if is_open_to(self.web, self.parts) { "somebody of the page" } else { NEARBY };
            let refused = Refused::new(Reason::ParameterInvalid, expected, "somebody else").about("as");
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

/// Said to who comes from elsewhere: the page shows them nobody.
const NEARBY: &str = "a click on this machine, or the control key: others sign on with a password";
/// Users that are looked at: a world of more signs on by name.
const MOST: u32 = 20;
