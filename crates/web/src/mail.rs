//! Mail to people, drawn in their own language: as text, and as HTML that needs nothing from elsewhere.

use engine::App;
use engine::controls::outbox::{Means, Message};
use engine::mail::CodeLetter;
use protocol::mailed::CodeFor;
use protocol::model::Environment;

use crate::page::{CodeMail, CodePurpose, Locale};

/// Sends a code that is on record.
pub(crate) fn send(app: &App, environment: &Environment, letter: CodeLetter) {
    let own = letter.language.as_deref().and_then(Locale::from_tag);
    let default = || Locale::from_tag(&environment.settings.locale).unwrap_or_default();
    let purpose = match letter.kind {
        CodeFor::Recovery => CodePurpose::Recovery,
        CodeFor::Verification => CodePurpose::Verification,
    };
    let code = letter.code.expose();
    let mail = CodeMail { locale: own.unwrap_or_else(default), environment: &environment.name, purpose, code };
    let message = Message {
        means: Means::Email,
        subject: Some(mail.subject()),
        text: mail.text(),
        html: Some(mail.html()),
        code: Some(code.to_owned()),
        links: Vec::new(),
        to: letter.to,
    };
    app.send(letter.environment, message);
}
