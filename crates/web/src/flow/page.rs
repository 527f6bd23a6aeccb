//! `GET|POST …/signon?flowId=…`: the hosted pages of a flow, bound to the browser that began it.
//!
//! Answers to forms are redirects with 303, so that reload and back are harmless (RFC 9700 §4.12).

mod consent;
mod people;
mod recovery;

use axum::body::Body;
use axum::response::Response;
use engine::flow::{Act, Acted, FlowView, Typed, act, read};
use engine::resume::decline;
use engine::{Ask, Failed, Site, refuse};
use http::request::Parts;
use http::{Method, StatusCode};
use protocol::audit::Action;
use protocol::flow::{State, knows_password};
use protocol::id::FlowId;
use protocol::model::PasswordPolicy;
use protocol::name::typed_username;
use protocol::params::Params;
use protocol::refusal::{Reason, Refused};
use protocol::secret::TokenHash;

use self::people::People;
use super::cookies::{self, Cookies};
use super::ending::{anew, ended, expired};
use super::{csrf, guesses, html, respond, rules};
use crate::layers::form::form;
use crate::page::{
    AskedBeside, ChangePassword, ChangeReason, FlowEnding, Forms, PasswordProblem, SignOnProblem, Theme,
};
use crate::state::AppState;
use crate::{ask, error};

/// Shows the page of the flow's state, or takes its form.
pub async fn handle(web: AppState, site: Site, parts: Parts, body: Body) -> Response {
    let ask = ask::ask(&parts);
    let cookies = Cookies::read(&parts.headers, &web.cookies(&site));
    let form = match sent(&parts, body).await {
        Ok(form) => form,
        Err(refused) => {
            let failure = refuse::inside(&web.app, &site, &ask, Action::FlowUpdated, refused).await;
            return html::error(&web, &parts.headers, &failure, (None, None), ask.correlation);
        }
    };
    let id = form.text("flowId").unwrap_or_default();
    if let (Some(chosen), Some(flow)) = (html::chosen(&parts, &form), FlowId::parse(id)) {
        let mut response = respond::redirect(&parts, &site.sign_on_url(flow));
        cookies::set_language(response.headers_mut(), &web, &site, chosen);
        return response;
    }
    let view = match read(&web.app, &site, &ask, id, &cookies.visitor()).await.into_result() {
        Ok(view) => view,
        Err(failure) if failure.reason() == Reason::FlowUnknown => {
            return expired(&web, &site, &parts, &ask, id, &cookies).await;
        }
        Err(failure) => return respond::failed(&web, &parts, &failure, &ask),
    };
    let people = People::of(&web, &site, &parts, &view).await;
    let here =
        Here { web: &web, site: &site, parts: &parts, ask: &ask, view: &view, cookies: &cookies, people: &people };
    // FL-01: a link to somebody else's flow opens nothing in this browser.
    let Some(cookie) = cookies.visitor().binding(&view.flow) else { return here.other_browser().await };
    let mut response =
        if parts.method == Method::POST { Box::pin(here.take(&form, cookie)).await } else { here.show(cookie) };
    cookies::clear_surplus(response.headers_mut(), &web.cookies(&site), &cookies, &view.flow);
    response
}

/// The query of a GET, the form of a POST.
async fn sent(parts: &Parts, body: Body) -> Result<Params, Refused> {
    let read = match parts.method {
        Method::POST => Params::form(&form(parts, body).await?),
        _ => Params::query(parts.uri.query().unwrap_or_default()),
    };
    read.map_err(|error| error.refused())
}

/// One request for a page, and the flow it is about.
#[derive(Clone, Copy)]
struct Here<'a> {
    web: &'a AppState,
    site: &'a Site,
    parts: &'a Parts,
    ask: &'a Ask,
    view: &'a FlowView,
    cookies: &'a Cookies,
    people: &'a People,
}

impl Here<'_> {
    fn show(self, cookie: &str) -> Response {
        match self.view.flow.state {
            State::UsernamePasswordRequired => {
                let hint = self.view.flow.purpose.login_hint().unwrap_or_default();
                self.sign_on_page(StatusCode::OK, cookie, hint, None)
            }
            State::MustChangePassword { .. } | State::PasswordExpired { .. } => {
                self.password_page(StatusCode::OK, cookie, None)
            }
            State::RecoveryCodeRequired { .. } => self.recovery_page(StatusCode::OK, cookie, "", None),
            State::ConsentRequired { .. } => self.consent_page(cookie),
            // Reload after the last step: resume decides whether there is still an answer.
            State::Completed { .. } => respond::redirect(self.parts, &self.site.resume_url(self.view.flow.id)),
            State::Resumed { .. } => self.ended(FlowEnding::Finished, self.view),
            State::Cancelled => self.ended(FlowEnding::Cancelled, self.view),
        }
    }

    /// Nothing of the form is looked at before its token.
    async fn take(self, form: &Params, cookie: &str) -> Response {
        let id = self.view.flow.id.to_string();
        if let Err(refused) = csrf::of_own_page(self.web, self.parts) {
            let failure = self.refuse(Action::FlowUpdated, refused).await;
            return self.error(&failure);
        }
        if !csrf::is_token(&self.web.app, &purpose(&id), cookie, form.text("csrf").unwrap_or_default()) {
            let refused = Refused::new(Reason::CsrfTokenInvalid, "the token of the page", "another or none");
            let failure = self.refuse(Action::FlowUpdated, refused).await;
            return self.error(&failure);
        }
        // The button of a person says who, and no more.
        let intent = form.text("as").map_or_else(|| form.text("intent"), |_| Some("sign-on-as"));
        match (intent, &self.view.flow.state) {
            // What is over, or a form of another step: sent twice, or from a page that "back" showed again.
            (_, State::Resumed { .. } | State::Cancelled | State::Completed { .. })
            | (Some("change-password"), State::UsernamePasswordRequired | State::ConsentRequired { .. })
            | (
                Some("sign-on" | "sign-on-as" | "forgot-password"),
                State::MustChangePassword { .. }
                | State::PasswordExpired { .. }
                | State::RecoveryCodeRequired { .. }
                | State::ConsentRequired { .. },
            )
            | (
                Some("send-code" | "back"),
                State::UsernamePasswordRequired
                | State::MustChangePassword { .. }
                | State::PasswordExpired { .. }
                | State::ConsentRequired { .. },
            )
            | (
                Some("allow"),
                State::UsernamePasswordRequired
                | State::MustChangePassword { .. }
                | State::PasswordExpired { .. }
                | State::RecoveryCodeRequired { .. },
            ) => self.show(cookie),
            (Some("allow"), State::ConsentRequired { .. }) => self.consent(true, cookie, &id).await,
            (Some("cancel"), State::ConsentRequired { .. }) => self.consent(false, cookie, &id).await,
            (Some("cancel"), _) => Box::pin(self.cancel(cookie, &id)).await,
            (Some("restart"), _) => self.restart(cookie, &id).await,
            (Some("sign-on-as"), State::UsernamePasswordRequired) => Box::pin(self.sign_on_as(form, cookie, &id)).await,
            (Some("forgot-password"), State::UsernamePasswordRequired) => {
                Box::pin(self.forgot(form, cookie, &id)).await
            }
            (Some(intent @ ("send-code" | "back")), State::RecoveryCodeRequired { .. }) => {
                Box::pin(self.again(intent == "back", cookie, &id)).await
            }
            (_, State::RecoveryCodeRequired { .. }) => Box::pin(self.recover(form, cookie, &id)).await,
            (_, State::UsernamePasswordRequired) => Box::pin(self.sign_on(form, cookie, &id)).await,
            // Nobody allows anything but by the button that says so.
            (_, State::ConsentRequired { .. }) => self.show(cookie),
            (_, State::MustChangePassword { .. } | State::PasswordExpired { .. }) => {
                self.change_password(form, cookie, &id).await
            }
        }
    }

    async fn sign_on(self, form: &Params, cookie: &str, id: &str) -> Response {
        let username = form.text("username").map(typed_username).filter(|name| !name.is_empty());
        let password = form.text("password");
        let again = async |problem| {
            self.incomplete(Action::PasswordChecked, "username and password").await;
            self.sign_on_page(StatusCode::BAD_REQUEST, cookie, username.unwrap_or_default(), Some(problem))
        };
        let (username, password) = match (username, password) {
            (Some(username), Some(password)) => (username, password),
            (Some(_), None) => return again(SignOnProblem::PasswordMissing).await,
            (None, Some(_)) => return again(SignOnProblem::UsernameMissing).await,
            (None, None) => return again(SignOnProblem::BothMissing).await,
        };
        let typed = Typed { username, password, device: self.cookies.device() };
        let outcome = guesses::sign_on(self.web, self.site, self.ask, id, typed, Some(self.browser())).await;
        match outcome {
            Ok(acted) => self.onward(&acted),
            Err(failure) => match problem(&failure) {
                Some(problem) => self.sign_on_page(html::status(&failure.refused()), cookie, username, Some(problem)),
                None => self.failed(&failure, cookie).await,
            },
        }
    }

    async fn change_password(self, form: &Params, cookie: &str, id: &str) -> Response {
        let again = |problem| self.password_page(StatusCode::BAD_REQUEST, cookie, Some(problem));
        let (current, new) = match (form.text("currentPassword"), form.text("newPassword")) {
            (None, Some(new)) if self.knows_password() => (None, new),
            (Some(current), Some(new)) => (Some(current), new),
            (current, new) => {
                self.incomplete(Action::PasswordChanged, "currentPassword and newPassword").await;
                return again(match (current, new) {
                    (None, None) if !self.knows_password() => PasswordProblem::BothMissing,
                    (None, Some(_)) => PasswordProblem::CurrentMissing,
                    _ => PasswordProblem::NewMissing,
                });
            }
        };
        let act =
            act(&self.web.app, self.site, self.ask, id, Act::PasswordReset { current, new }, Some(self.browser()))
                .await;
        let failure = match act.into_result() {
            Ok(acted) => return self.onward(&acted),
            Err(failure) => failure,
        };
        match failure.reason() {
            Reason::NewPasswordRefused => {
                let broken = rules::broken(self.view, &failure.refused(), current, new);
                again(PasswordProblem::RulesFailed(&rules::told(&broken)))
            }
            Reason::AccountLocked => again(PasswordProblem::Locked { minutes: minutes(&failure.refused()) }),
            reason if reason.row().detail == CREDENTIALS => again(PasswordProblem::CurrentWrong),
            _ => self.failed(&failure, cookie).await,
        }
    }

    async fn cancel(self, cookie: &str, id: &str) -> Response {
        match act(&self.web.app, self.site, self.ask, id, Act::Cancel, Some(self.browser())).await.into_result() {
            Ok(acted) => self.declined(&acted, cookie).await,
            Err(failure) => self.failed(&failure, cookie).await,
        }
    }

    /// Back to the application, which is told that its person turned away.
    async fn declined(self, acted: &Acted, cookie: &str) -> Response {
        match decline(&self.web.app, self.site, self.ask, &acted.view).await.into_result() {
            Ok(Some(answered)) => respond::answered(self.web, self.site, self.parts, &answered),
            Ok(None) => self.ended(FlowEnding::Cancelled, &acted.view),
            Err(failure) => self.failed(&failure, cookie).await,
        }
    }

    /// Somebody else sits here: what was proven is forgotten, and the same is asked for again, of nobody in particular.
    async fn restart(self, cookie: &str, id: &str) -> Response {
        let anew = anew(self.site, self.view, self.cookies, true);
        let acted =
            match act(&self.web.app, self.site, self.ask, id, Act::Cancel, Some(self.browser())).await.into_result() {
                Ok(acted) => acted,
                Err(failure) => return self.failed(&failure, cookie).await,
            };
        match anew {
            Some(address) => respond::redirect(self.parts, &address),
            None => self.ended(FlowEnding::Cancelled, &acted.view),
        }
    }

    fn ended(self, ending: FlowEnding, view: &FlowView) -> Response {
        ended(self.web, self.parts, StatusCode::OK, ending, Some(view), None)
    }

    /// To the answer when the flow is complete, to the next page otherwise.
    fn onward(self, acted: &Acted) -> Response {
        let flow = &acted.view.flow;
        let complete = flow.state.is_complete();
        let address = if complete { self.site.resume_url(flow.id) } else { self.site.sign_on_url(flow.id) };
        let mut response = respond::redirect(self.parts, &address);
        cookies::signed_on(response.headers_mut(), &self.web.cookies(self.site), self.cookies, acted);
        response
    }

    fn password_page(self, status: StatusCode, cookie: &str, problem: Option<PasswordProblem<'_>>) -> Response {
        let locale = self.locale();
        let id = self.view.flow.id.to_string();
        let all = |policy: &PasswordPolicy| [policy.rules(), policy.rules_of_change()].concat();
        let policy = self.view.password_policy.as_ref().map(all).unwrap_or_default();
        let expired = matches!(self.view.flow.state, State::PasswordExpired { .. });
        let here = self.here();
        let page = ChangePassword {
            locale,
            theme: &Theme::default(),
            application: &html::application(&self.view.client),
            around: self.web.around(Some(&self.view.environment), Some(&here)),
            flow_id: &id,
            action_url: &self.address(),
            username: self.view.user.as_ref().map_or("", |user| &user.username),
            reason: if expired { ChangeReason::Expired } else { ChangeReason::MustChange },
            asks: if self.knows_password() { AskedBeside::Nothing } else { AskedBeside::CurrentPassword },
            rules: &rules::told(&policy),
            problem,
            csrf: &csrf::token(&self.web.app, &purpose(&id), cookie),
        };
        html::page_with_form(status, page.render(), locale, Forms::Application)
    }

    /// Whether the person typed the password that is to be changed in this very flow.
    fn knows_password(self) -> bool {
        self.view.user.as_ref().is_some_and(|user| knows_password(&self.view.flow, user))
    }

    /// This page's address, up to the language.
    fn here(self) -> String {
        format!("{}?flowId={}&", self.address(), self.view.flow.id)
    }

    fn locale(self) -> crate::page::Locale {
        html::locale(&self.parts.headers, self.view.flow.purpose.ui_locales(), &self.view.locale)
    }

    fn address(self) -> String {
        format!("{}/signon", self.site.path)
    }

    /// Records a refusal that is decided here, before the flow is.
    async fn refuse(self, action: Action, refused: Refused) -> Failed {
        let id = self.view.flow.id.to_string();
        refuse::at_flow(&self.web.app, self.site, self.ask, action, &id, refused).await
    }

    /// A form that lacks what it asks for. The page says so itself.
    async fn incomplete(self, action: Action, wanted: &str) {
        let refused = Refused::new(Reason::ParameterMissing, wanted, "a form without");
        self.refuse(action, refused).await;
    }

    async fn other_browser(self) -> Response {
        let refused = Refused::new(Reason::SessionMissing, "the browser that began the flow", "another one");
        let failure = self.refuse(Action::FlowUpdated, refused).await;
        let mut response = self.error(&failure);
        *response.status_mut() = StatusCode::FORBIDDEN;
        response
    }

    async fn failed(self, failure: &Failed, cookie: &str) -> Response {
        let Self { web, site, parts, ask, view, cookies, .. } = self;
        match failure.reason() {
            Reason::FlowUnknown => {
                let anew = anew(site, view, cookies, false);
                ended(web, parts, StatusCode::NOT_FOUND, FlowEnding::Expired, Some(view), anew.as_deref())
            }
            // Another form of this page was first, so this one is told what is told after that.
            Reason::ActionNotAllowed | Reason::FlowMovedOn => {
                let id = view.flow.id.to_string();
                match read(&web.app, site, ask, &id, &cookies.visitor()).await.into_result() {
                    Ok(view) => Here { view: &view, ..self }.show(cookie),
                    Err(failure) => self.error(&failure),
                }
            }
            _ if html::wants_json(&parts.headers) => error::management(failure, ask.correlation),
            _ => self.error(failure),
        }
    }

    fn error(self, failure: &Failed) -> Response {
        let shown = html::application_of(self.view);
        let known = (Some(&shown), Some(self.view.environment.as_str()));
        html::error(self.web, &self.parts.headers, failure, known, self.ask.correlation)
    }

    /// What the form proved before it was taken.
    fn browser(self) -> TokenHash {
        self.view.flow.browser
    }
}

/// What the sign-on page says about a failure; None for what is not the person's.
fn problem(failure: &Failed) -> Option<SignOnProblem> {
    let refused = failure.refused();
    match refused.reason {
        reason if reason.row().detail == CREDENTIALS => Some(SignOnProblem::Credentials),
        Reason::AccountLocked => Some(SignOnProblem::Locked { minutes: minutes(&refused) }),
        Reason::RateLimited | Reason::PasswordHashBusy => {
            Some(SignOnProblem::TooManyRequests { seconds: seconds(&refused) })
        }
        _ => None,
    }
}

fn seconds(refused: &Refused) -> u32 {
    refused.retry_after.unwrap_or(1).try_into().unwrap_or(u32::MAX)
}

/// What is left of a lock, in minutes that have begun; None where somebody has to end it.
fn minutes(refused: &Refused) -> Option<u32> {
    let seconds = refused.retry_after?;
    Some(u32::try_from(seconds.div_ceil(60).max(1)).unwrap_or(u32::MAX))
}

fn purpose(flow: &str) -> String {
    format!("flow:{flow}")
}

const CREDENTIALS: &str = "INVALID_CREDENTIALS";
