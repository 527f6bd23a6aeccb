//! What the pages promise: names that programs rely on, nothing unescaped, every word in every language.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, reason = "a test may panic")]

mod contract;
mod hostile;
mod language;
mod themes;

use super::*;

/// One of each page, all text that comes from outside being `text`.
fn every_page(locale: Locale, theme: &Theme, text: &str) -> Vec<(&'static str, Rendered)> {
    let application = ApplicationView {
        name: text,
        logo: Some(text),
        policy_url: Some(text),
        terms_url: Some(text),
        home_url: Some(text),
    };
    let application = &application;
    let sign_on = |problem| SignOn {
        locale,
        theme,
        application,
        flow_id: text,
        action_url: text,
        username: text,
        problem,
        csrf: text,
        demo_password: Some(text),
    };
    let some = Some(application);
    let ended = FlowEnded { locale, theme, application: some, ending: FlowEnding::Expired, restart_url: Some(text) };
    let off = SignOff {
        locale,
        theme,
        application: some,
        username: Some(text),
        action_url: text,
        parameters: &[(text, text)],
        csrf: text,
    };
    let post = FormPost { locale, theme, application: some, redirect_uri: text, parameters: &[(text, text)] };
    let kind = ErrorKind::RedirectUri;
    vec![
        ("sign-on", sign_on(None).render()),
        ("sign-on again", sign_on(Some(SignOnProblem::CredentialsLeft { attempts: 1 })).render()),
        ("password", password(locale, theme, application, text)),
        (
            "error",
            ErrorPage { locale, theme, application: some, kind, detail: Some(text), correlation_id: text }.render(),
        ),
        ("signed out", SignedOut { locale, theme, application: some }.render()),
        ("sign-off", off.render()),
        ("ended", ended.render()),
        ("form post", post.render()),
        ("dev", dev(locale, theme, text)),
        ("try it", try_it(locale, theme, text)),
    ]
}

fn password(locale: Locale, theme: &Theme, application: &ApplicationView<'_>, text: &str) -> Rendered {
    let rules = [
        PasswordRule::Length { min: 8, max: 255 },
        PasswordRule::Characters { class: CharacterClass::Special, set: text, min: 1 },
        PasswordRule::NotCommon,
    ];
    ChangePassword {
        locale,
        theme,
        application,
        flow_id: text,
        action_url: text,
        username: text,
        reason: ChangeReason::Expired,
        rules: &rules,
        problem: Some(PasswordProblem::RulesFailed(&rules[..1])),
        csrf: text,
    }
    .render()
}

fn dev(locale: Locale, theme: &Theme, text: &str) -> Rendered {
    let values = [DevValue { name: text, value: text }];
    let refusal = RefusalView {
        at: 1_795_219_200,
        correlation_id: text,
        reason: text,
        explanation: text,
        expected: Some(text),
        came: Some(text),
        mend: Some(text),
    };
    DevFront {
        locale,
        theme,
        version: text,
        store: text,
        public_url: text,
        environments: &[EnvironmentView { name: text, kind: text, issuer: text, discovery_url: text }],
        values: &[ValueGroup { title: text, values: &values }],
        requests: &[RequestView { title: text, command: text }, RequestView { title: text, command: text }],
        try_url: text,
        refusals: &[refusal],
        docs: &[(text, text)],
    }
    .render()
}

fn try_it(locale: Locale, theme: &Theme, text: &str) -> Rendered {
    let claims = [ClaimView { name: text, value: text }];
    let valid = SignatureCheck::Valid { algorithm: text, kid: text, jwks_uri: text };
    let invalid = SignatureCheck::Invalid { algorithm: text, kid: text, jwks_uri: text };
    TryResult {
        locale,
        theme,
        version: text,
        exchanges: &[Exchange { title: text, request: text, response: text }],
        tokens: &[
            TokenView { kind: TokenKind::Id, raw: text, header: &claims, claims: &claims, signature: valid },
            TokenView { kind: TokenKind::Access, raw: text, header: &claims, claims: &claims, signature: invalid },
        ],
        again_url: text,
        front_url: text,
    }
    .render()
}
