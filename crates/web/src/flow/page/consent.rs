//! The page that asks what an application may do, and the answer to it.

use axum::response::Response;
use engine::flow::{Act, act};
use http::StatusCode;
use protocol::flow::Purpose;

use super::{Here, purpose};
use crate::flow::{csrf, html};
use crate::page::{Consent, Forms, Theme};

impl Here<'_> {
    /// The person's answer to what the application asks for.
    pub(super) async fn consent(self, allowed: bool, cookie: &str, id: &str) -> Response {
        let deed = Act::Consent { allowed, visitor: self.cookies.visitor() };
        match Box::pin(act(&self.web.app, self.site, self.ask, id, deed, Some(self.browser()))).await.into_result() {
            Ok(acted) if allowed => self.onward(&acted),
            Ok(acted) => self.declined(&acted, cookie).await,
            Err(failure) => self.failed(&failure, cookie).await,
        }
    }

    pub(super) fn consent_page(self, cookie: &str) -> Response {
        let locale = self.locale();
        let id = self.view.flow.id.to_string();
        let here = self.here();
        let Purpose::Code(request) = &self.view.flow.purpose;
        let asking = self.view.asking.clone().unwrap_or_default();
        let page = Consent {
            locale,
            theme: &Theme::default(),
            application: &html::application(&self.view.client),
            around: self.web.around(Some(&self.view.environment), Some(&here)),
            flow_id: &id,
            action_url: &self.address(),
            username: self.view.user.as_ref().map_or("", |user| &user.username),
            origin: html::origin_of(&self.view.client),
            destination: html::destination(request.redirect_uri.as_deref()),
            new: &html::asked(&asking),
            known: &html::permissions(&asking, &asking.known),
            csrf: &csrf::token(&self.web.app, &purpose(&id), cookie),
        };
        html::page_with_form(StatusCode::OK, page.render(), locale, Forms::Application)
    }
}
