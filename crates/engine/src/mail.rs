//! Mail to people. Where nothing can send any, nothing that needs it is offered.

use protocol::ctx::Ctx;
use protocol::id::EnvironmentId;
use protocol::mailed::{CodeFor, MailedCode, mailed_code};
use protocol::model::User;
use protocol::secret::Secret;

use crate::app::App;
use crate::controls::outbox::Message;

/// A code that is on record, on its way to who reads the user's mail.
#[derive(Clone, Debug)]
pub struct CodeLetter {
    pub environment: EnvironmentId,
    pub kind: CodeFor,
    pub to: String,
    pub code: Secret,
    /// What the user reads best, as they said.
    pub language: Option<String>,
}

impl App {
    /// Whether mail can be sent: on a developer's server it goes to the outbox. Another has nothing that sends it.
    pub fn sends_mail(&self) -> bool {
        self.controls.is_some()
    }

    /// A fresh code for the user: what is stored of it, and what is sent once it is stored.
    pub fn code_for(&self, ctx: &Ctx<'_>, user: &User, kind: CodeFor) -> (MailedCode, CodeLetter) {
        let (code, stored) = mailed_code(ctx, self.pepper(), user, kind);
        let language = user.profile.preferred_language.clone().or_else(|| user.profile.locale.clone());
        (stored, CodeLetter { environment: user.environment, kind, to: user.email.clone(), code, language })
    }

    /// Sends a message to somebody of an environment.
    pub fn send(&self, environment: EnvironmentId, message: Message) {
        if let Some(controls) = &self.controls {
            controls.send(environment, self.world.now(), message);
        }
    }
}
