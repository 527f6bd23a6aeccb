//! What the pages promise: names that programs rely on, nothing unescaped, every word in every language.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, reason = "a test may panic")]

mod contract;
mod hostile;
mod language;
mod themes;

use super::*;

/// One of each page, all text that comes from outside being `text`.
fn every_page(locale: Locale, theme: &Theme, text: &str) -> Vec<(&'static str, Rendered)> {
    let application = &named(text);
    let links = Links { terms: Some(text), policy: Some(text), support: Some(text) };
    let here = format!("/signon?state={text}&");
    let around = Around { environment: Some(text), links, here: Some(&here), front: Some(text) };
    let (some, frames, some_people) = (Some(application), [text.to_owned()], [text.to_owned()]);
    let sign_on = |problem| SignOn {
        locale,
        theme,
        application,
        around,
        flow_id: text,
        action_url: text,
        username: text,
        problem,
        csrf: text,
        recovers: true,
        demo_password: Some(text),
        people: &some_people,
        unable: Some(text),
    };
    let ended =
        FlowEnded { locale, theme, application: some, around, ending: FlowEnding::Expired, restart_url: Some(text) };
    let off = SignOff {
        locale,
        theme,
        application: some,
        around,
        username: Some(text),
        action_url: text,
        parameters: &[(text, text)],
        csrf: text,
    };
    let new_password = |asked| password(locale, theme, (application, around), text, asked);
    let asked = |to| consent(locale, theme, (application, around), text, to);
    let leaving = Leaving { locale, theme, application: some, around, frames: &frames, onward: None };
    let post = FormPost { locale, theme, application: some, redirect_uri: text, parameters: &[(text, text)] };
    let [link, form] = strangers(locale, theme, text);
    vec![
        ("stranger", link),
        ("stranger with a form", form),
        ("sign-on", sign_on(None).render()),
        ("sign-on again", sign_on(Some(SignOnProblem::CredentialsLeft { attempts: 1 })).render()),
        ("password", new_password((ChangeReason::Expired, AskedBeside::CurrentPassword))),
        ("forgotten password", new_password((ChangeReason::Forgotten, AskedBeside::Code(text)))),
        ("consent", asked(Destination::Site { host: text })),
        ("consent on a device", asked(Destination::Device { place: text })),
        ("error", error(locale, theme, (application, around), text)),
        ("signed out", SignedOut { locale, theme, application: some, around }.render()),
        ("signed out of nothing", SignedOut { locale, theme, application: None, around }.render()),
        ("leaving", leaving.render()),
        ("sign-off", off.render()),
        ("ended", ended.render()),
        ("form post", post.render()),
        ("home", Home { locale, theme, around }.render()),
        ("dev", dev(locale, theme, text)),
        ("world", world(locale, theme, text)),
        ("connected", connected(locale, theme, text)),
        ("try it", try_it(locale, theme, text)),
    ]
}

fn named(text: &str) -> ApplicationView<'_> {
    let some = Some(text);
    ApplicationView { name: text, logo: some, policy_url: some, terms_url: some, home_url: some }
}

fn strangers(locale: Locale, theme: &Theme, text: &str) -> [Rendered; 2] {
    let form = Onward::Form { to: text, parameters: &[(text, text)] };
    [Onward::Link(text), form].map(|onward| Stranger { locale, theme, place: text, onward, detail: text }.render())
}

fn error(
    locale: Locale,
    theme: &Theme,
    (application, around): (&ApplicationView<'_>, Around<'_>),
    text: &str,
) -> Rendered {
    let told = Told { expected: text, several: false, came: text, mend: text, entry_url: text };
    ErrorPage {
        locale,
        theme,
        application: Some(application),
        around,
        kind: ErrorKind::RedirectUri,
        detail: Some(text),
        told: Some(told),
        correlation_id: text,
    }
    .render()
}

fn password(
    locale: Locale,
    theme: &Theme,
    (application, around): (&ApplicationView<'_>, Around<'_>),
    text: &str,
    (reason, asks): (ChangeReason, AskedBeside<'_>),
) -> Rendered {
    let rules = [
        PasswordRule::Length { min: 8, max: 255 },
        PasswordRule::Characters { class: CharacterClass::Special, set: text, min: 1 },
        PasswordRule::NotCommon,
    ];
    ChangePassword {
        locale,
        theme,
        application,
        around,
        flow_id: text,
        action_url: text,
        username: text,
        reason,
        asks,
        rules: &rules,
        problem: Some(PasswordProblem::RulesFailed(&rules[..1])),
        csrf: text,
    }
    .render()
}

fn consent(
    locale: Locale,
    theme: &Theme,
    (application, around): (&ApplicationView<'_>, Around<'_>),
    text: &str,
    destination: Destination<'_>,
) -> Rendered {
    let claims = [text.to_owned()];
    let all = [
        Permission::Scope { name: "email", words: None },
        Permission::Scope { name: text, words: Some(text) },
        Permission::Claims(&claims),
        Permission::Resource(text),
        Permission::Detail { words: text, object: text },
    ];
    Consent {
        locale,
        theme,
        application,
        around,
        flow_id: text,
        action_url: text,
        username: text,
        origin: Origin::Host(text),
        destination,
        new: &all,
        known: &all,
        csrf: text,
    }
    .render()
}

fn dev(locale: Locale, theme: &Theme, text: &str) -> Rendered {
    let values = [DevValue { name: text, value: text }];
    let told = Told { expected: text, several: false, came: text, mend: text, entry_url: "" };
    let (asked, letters) = ([asked(text)], [letter(text)]);
    let happening = happening(text, &asked, &letters);
    let refusal = RefusalView { at: 1_795_219_200, correlation_id: text, reason: text, explanation: text, told };
    DevFront {
        locale,
        theme,
        version: text,
        store: text,
        public_url: text,
        open: true,
        worlds: &[WorldView { name: text, kind: text, issuer: text, url: text, discovery_url: text }],
        worlds_total: 12,
        happening: Some(happening),
        values: &[ValueGroup { title: text, values: &values }],
        requests: &[RequestView { title: text, command: text }, RequestView { title: text, command: text }],
        try_url: text,
        connect: ConnectForm { redirect_uri: text, in_browser: false, refused: Some(text) },
        now: 1_795_219_300,
        refusals: Refusals { items: &[refusal], newer_url: Some(text), older_url: Some(text) },
        live_url: Some(text),
        docs: &[(text, text)],
    }
    .render()
}

fn asked(text: &str) -> Asked<'_> {
    Asked {
        world: text,
        world_url: text,
        at: text,
        method: text,
        path: text,
        whole: text,
        status: Some(400),
        refused: Some((text, text)),
        client: Some(text),
    }
}

fn letter(text: &str) -> Letter<'_> {
    Letter { at: text, means: text, to: text, subject: Some(text), text, code: Some(text) }
}

fn happening<'a>(text: &'a str, asked: &'a [Asked<'a>], outbox: &'a [Letter<'a>]) -> Happening<'a> {
    let going = Going::Rate(text);
    let clock = ClockView { world: text, now: 1_795_219_200, stamp: text, going, url: text, from: text };
    Happening { asked, mixed: true, clock, outbox, part_url: text }
}

fn world(locale: Locale, theme: &Theme, text: &str) -> Rendered {
    let values = [DevValue { name: text, value: text }];
    let (asked, letters) = ([asked(text)], [letter(text)]);
    WorldPage {
        locale,
        theme,
        version: text,
        name: text,
        issuer: text,
        discovery_url: text,
        values: &[ValueGroup { title: text, values: &values }],
        requests: &[RequestView { title: text, command: text }],
        happening: happening(text, &asked, &letters),
    }
    .render()
}

fn connected(locale: Locale, theme: &Theme, text: &str) -> Rendered {
    let values = [DevValue { name: text, value: text }];
    Connected {
        locale,
        theme,
        version: text,
        application: text,
        values: &[ValueGroup { title: text, values: &values }],
        snippets: &[SnippetView { title: text, file: text, note: text, text }],
        try_url: text,
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
        application: text,
        person: Some(text),
        now: 1_795_219_300,
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
