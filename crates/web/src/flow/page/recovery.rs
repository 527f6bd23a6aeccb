//! The page of a forgotten password: the code that was sent, and a new password. It says the same whether or not anybody has the name.

use axum::response::Response;
use engine::flow::{Act, act, of_person};
use http::StatusCode;
use protocol::audit::Action;
use protocol::model::PasswordPolicy;
use protocol::name::typed_username;
use protocol::params::Params;
use protocol::refusal::Reason;

use super::{Here, purpose, seconds};
use crate::flow::{csrf, html, recovery, rules};
use crate::page::{AskedBeside, ChangePassword, ChangeReason, Forms, PasswordProblem, SignOnProblem, Theme};

impl Here<'_> {
    /// Who forgot their password says their name first: in the form that asks for both.
    pub(super) async fn forgot(self, form: &Params, cookie: &str, id: &str) -> Response {
        let Some(username) = form.text("username").map(typed_username).filter(|name| !name.is_empty()) else {
            self.incomplete(Action::FlowUpdated, "username").await;
            return self.sign_on_page(StatusCode::BAD_REQUEST, cookie, "", Some(SignOnProblem::UsernameMissing));
        };
        let deed = Act::PasswordForgot { username };
        match recovery::perform(self.web, self.site, self.ask, id, deed, Some(self.browser())).await {
            Ok(acted) => self.onward(&acted),
            Err(failure) => match super::problem(&failure) {
                Some(problem) => self.sign_on_page(html::status(&failure.refused()), cookie, username, Some(problem)),
                None => self.failed(&failure, cookie).await,
            },
        }
    }

    /// One more code, or back to the sign-on.
    pub(super) async fn again(self, back: bool, cookie: &str, id: &str) -> Response {
        let browser = Some(self.browser());
        let outcome = if back {
            act(&self.web.app, self.site, self.ask, id, Act::SessionReset, browser).await.into_result()
        } else {
            recovery::perform(self.web, self.site, self.ask, id, Act::PasswordSendRecoveryCode, browser).await
        };
        match outcome {
            Ok(acted) => self.onward(&acted),
            Err(failure) if failure.reason() == Reason::RateLimited => {
                let problem = PasswordProblem::TooManyRequests { seconds: seconds(&failure.refused()) };
                self.recovery_page(html::status(&failure.refused()), cookie, "", Some(problem))
            }
            Err(failure) => self.failed(&failure, cookie).await,
        }
    }

    pub(super) async fn recover(self, form: &Params, cookie: &str, id: &str) -> Response {
        let typed = form.text("recoveryCode").unwrap_or_default();
        let again = |status, problem| self.recovery_page(status, cookie, typed, Some(problem));
        let new = match (typed.is_empty(), form.text("newPassword")) {
            (false, Some(new)) => new,
            (empty, new) => {
                self.incomplete(Action::PasswordChanged, "recoveryCode and newPassword").await;
                let problem = match (empty, new) {
                    (true, None) => PasswordProblem::BothMissing,
                    (true, Some(_)) => PasswordProblem::CurrentMissing,
                    (false, _) => PasswordProblem::NewMissing,
                };
                return again(StatusCode::BAD_REQUEST, problem);
            }
        };
        let deed = Act::PasswordRecover { code: typed, new };
        let failure = match recovery::perform(self.web, self.site, self.ask, id, deed, Some(self.browser())).await {
            Ok(acted) => return self.onward(&acted),
            Err(failure) => failure,
        };
        let refused = failure.refused();
        let status = html::status(&refused);
        match failure.reason() {
            Reason::NewPasswordRefused => {
                // The code was right: whose it is may be told by their rules.
                let view = of_person(&self.web.app, self.site, self.ask, self.view.clone()).await;
                let broken = rules::broken(&view, &refused, None, new);
                let problem = PasswordProblem::RulesFailed(&rules::told(&broken));
                Here { view: &view, ..self }.recovery_page(status, cookie, typed, Some(problem))
            }
            Reason::MailedCodeWrong => again(status, PasswordProblem::CurrentWrong),
            Reason::RateLimited | Reason::PasswordHashBusy => {
                again(status, PasswordProblem::TooManyRequests { seconds: seconds(&refused) })
            }
            _ => self.failed(&failure, cookie).await,
        }
    }

    pub(super) fn recovery_page(
        self,
        status: StatusCode,
        cookie: &str,
        typed: &str,
        problem: Option<PasswordProblem<'_>>,
    ) -> Response {
        let locale = self.locale();
        let id = self.view.flow.id.to_string();
        let policy = self.view.password_policy.as_ref().map(PasswordPolicy::rules).unwrap_or_default();
        let here = self.here();
        let page = ChangePassword {
            locale,
            theme: &Theme::default(),
            application: &html::application(&self.view.client),
            around: self.web.around(Some(&self.view.environment), Some(&here)),
            flow_id: &id,
            action_url: &self.address(),
            username: "",
            reason: ChangeReason::Forgotten,
            asks: AskedBeside::Code(typed),
            rules: &rules::told(&policy),
            problem,
            csrf: &csrf::token(&self.web.app, &purpose(&id), cookie),
        };
        html::page_with_form(status, page.render(), locale, Forms::Application)
    }
}
