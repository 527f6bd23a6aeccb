//! Writes every page into a folder, with its style sheet and script beside it, to be looked at in a browser:
//! `cargo run -p grantor-web --example pages -- OUT [en|de|fr|es]`.

use std::{fs, io, path::Path};

use web::page::{
    ApplicationView, Around, AskedBeside, Branding, ChangePassword, ChangeReason, CharacterClass, ClaimView,
    ConnectForm, Consent, Destination, DevFront, DevValue, ErrorKind, ErrorPage, Exchange, FlowEnded, FlowEnding,
    FormPost, Forms, Home, Leaving, Links, Locale, Origin, PasswordProblem, PasswordRule, Permission, RefusalView,
    Refusals, Rendered, RequestView, SignOff, SignOn, SignOnProblem, SignatureCheck, SignedOut, Theme, TokenKind,
    TokenView, Told, TryResult, ValueGroup, WorldView, asset,
};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().ok_or_else(|| io::Error::other("give the folder to write to"))?;
    let locale = arguments.next().and_then(|tag| Locale::from_tag(&tag)).unwrap_or_default();
    let out = Path::new(&out);
    for path in [asset::stylesheet(), asset::script(), asset::mark()] {
        if let Some((bytes, _, _)) = asset::asset(path) {
            let file = out.join(path.trim_start_matches('/'));
            fs::create_dir_all(out.join("assets"))?;
            fs::write(file, bytes)?;
        }
    }
    for (name, page) in pages(locale) {
        fs::write(out.join(format!("{name}.html")), &page.html)?;
        // Beside each page, the policy it is served with.
        fs::write(out.join(format!("{name}.csp")), page.content_security_policy(Forms::Here, &[]))?;
    }
    Ok(())
}

fn pages(locale: Locale) -> Vec<(&'static str, Rendered)> {
    let plain = Theme::default();
    let branding = Branding {
        background_color: Some("#1d2a44"),
        card_color: Some("#ffffff"),
        button_color: Some("#f2b705"),
        link_text_color: Some("#f2b705"),
        footer: Some("Harbour Lending, a company of the Harbour group"),
        ..Branding::default()
    };
    let (branded, _) = Theme::from_branding(&branding);
    let (tinted, _) = Theme::from_branding(&Branding { button_color: Some("#7c3aed"), ..Branding::default() });
    let mut pages = sign_on(locale, &plain);
    pages.push(("signon-branded", sign_on_page(locale, &branded, Some(SignOnProblem::Credentials)).render()));
    pages.push(("signon-tinted", sign_on_page(locale, &tinted, None).render()));
    pages.extend(consent(locale, &plain));
    pages.extend(password(locale, &plain));
    pages.extend(errors(locale, &plain));
    pages.extend(endings(locale, &plain));
    pages.push(("dev", dev(locale, &plain, &REFUSALS)));
    pages.push(("dev-quiet", dev(locale, &plain, &[])));
    pages.push(("try-it", try_it(locale, &plain)));
    pages
}

fn sign_on_page(locale: Locale, theme: &Theme, problem: Option<SignOnProblem>) -> SignOn<'_> {
    SignOn {
        locale,
        theme,
        application: &APPLICATION,
        around: AROUND,
        flow_id: "0a1b2c3d",
        action_url: "/signon",
        username: if problem.is_some() { "jane.doe" } else { "" },
        problem,
        csrf: "token",
        recovers: true,
        demo_password: None,
        people: &[],
        unable: None,
    }
}

fn sign_on(locale: Locale, theme: &Theme) -> Vec<(&'static str, Rendered)> {
    let demo = SignOn { username: "demouser", demo_password: Some("2Federate!"), ..sign_on_page(locale, theme, None) };
    vec![
        ("signon", sign_on_page(locale, theme, None).render()),
        ("signon-demo", demo.render()),
        ("signon-wrong", sign_on_page(locale, theme, Some(SignOnProblem::CredentialsLeft { attempts: 2 })).render()),
        (
            "signon-missing",
            SignOn { username: "", ..sign_on_page(locale, theme, Some(SignOnProblem::BothMissing)) }.render(),
        ),
        ("signon-locked", sign_on_page(locale, theme, Some(SignOnProblem::Locked { minutes: Some(15) })).render()),
    ]
}

fn consent(locale: Locale, theme: &Theme) -> Vec<(&'static str, Rendered)> {
    let scope = |name, words| Permission::Scope { name, words };
    let new = [scope("profile", None), scope("orders:read", Some("Read your orders")), scope("offline_access", None)];
    let page = |origin, destination, known: &[Permission<'_>]| {
        Consent {
            locale,
            theme,
            application: &APPLICATION,
            around: AROUND,
            flow_id: "0a1b2c3d",
            action_url: "/signon",
            username: "jane.doe",
            origin,
            destination,
            new: &new,
            known,
            csrf: "token",
        }
        .render()
    };
    let site = Destination::Site { host: "app.example" };
    let device = Destination::Device { place: "127.0.0.1:33418" };
    vec![
        ("consent", page(Origin::Unknown, site, &[scope("openid", None), scope("email", None)])),
        ("consent-device", page(Origin::Host("tools.example"), device, &[])),
        ("consent-vouched", page(Origin::Vouched, Destination::Caller, &[])),
    ]
}

fn password(locale: Locale, theme: &Theme) -> Vec<(&'static str, Rendered)> {
    let failed = [RULES[0].clone(), RULES[3].clone()];
    let page = |(reason, asks, username), problem| {
        ChangePassword {
            locale,
            theme,
            application: &APPLICATION,
            around: AROUND,
            asks,
            flow_id: "0a1b2c3d",
            action_url: "/signon",
            username,
            reason,
            rules: &RULES,
            problem,
            csrf: "token",
        }
        .render()
    };
    let must = (ChangeReason::MustChange, AskedBeside::Nothing, "jane.doe");
    let forgotten = |typed| (ChangeReason::Forgotten, AskedBeside::Code(typed), "");
    vec![
        ("password", page(must, None)),
        ("password-failed", page(must, Some(PasswordProblem::RulesFailed(&failed)))),
        ("password-forgotten", page(forgotten(""), None)),
        ("password-code-wrong", page(forgotten("ABCD2345"), Some(PasswordProblem::CurrentWrong))),
    ]
}

fn errors(locale: Locale, theme: &Theme) -> Vec<(&'static str, Rendered)> {
    let page = |kind, detail, application, told| {
        let around = AROUND;
        let correlation_id = "5f0c9b1e-7d0b-4a3e-9a53-2f6f0f3f7c11";
        ErrorPage { locale, theme, application, around, kind, detail, told, correlation_id }.render()
    };
    let detail = Some("redirect_uri is missing or not registered for the application");
    let told = Told {
        expected: "https://app.example/callback https://app.example/silent https://staging.example/callback http://localhost:3000/callback",
        several: true,
        came: "https://app.example/callback/",
        mend: "Register the exact redirect URI, or send the one that is registered.",
        entry_url: "/#r-1",
    };
    vec![
        ("error-redirect", page(ErrorKind::RedirectUri, detail, Some(&APPLICATION), None)),
        ("error-redirect-dev", page(ErrorKind::RedirectUri, detail, Some(&APPLICATION), Some(told))),
        ("error-application", page(ErrorKind::Application, None, None, None)),
        ("home", Home { locale, theme, around: AROUND }.render()),
    ]
}

fn endings(locale: Locale, theme: &Theme) -> Vec<(&'static str, Rendered)> {
    let application = Some(&APPLICATION);
    let ended =
        |ending, restart_url| FlowEnded { locale, theme, application, around: AROUND, ending, restart_url }.render();
    let off = SignOff {
        locale,
        theme,
        application,
        around: AROUND,
        username: Some("jane.doe"),
        action_url: "/signoff",
        parameters: &[("post_logout_redirect_uri", "https://app.example/bye")],
        csrf: "token",
    };
    let post = FormPost {
        locale,
        theme,
        application,
        redirect_uri: "https://app.example/callback",
        parameters: &[("code", "abc"), ("state", "xyz")],
    };
    let frames = ["https://app.example/gone".to_owned()];
    let onward = Some("https://app.example/bye");
    let leaving = Leaving { locale, theme, application, around: AROUND, frames: &frames, onward };
    vec![
        ("signed-out", SignedOut { locale, theme, application, around: AROUND }.render()),
        ("signed-out-bare", SignedOut { locale, theme, application: None, around: AROUND }.render()),
        ("leaving", leaving.render()),
        ("sign-off", off.render()),
        ("ended-finished", ended(FlowEnding::Finished, None)),
        ("ended-expired", ended(FlowEnding::Expired, Some("https://app.example/login"))),
        // Without the mark that sends it, so that it holds still for its picture.
        ("form-post", hold(post.render())),
    ]
}

fn hold(mut page: Rendered) -> Rendered {
    page.html = page.html.replace(" data-submit", "");
    page
}

fn dev(locale: Locale, theme: &Theme, refusals: &[RefusalView<'_>]) -> Rendered {
    let ids = [
        DevValue { name: "envID", value: "c0ffee00-0000-4000-8000-000000000002" },
        DevValue { name: "username", value: "demouser" },
        DevValue { name: "password", value: "2Federate!" },
    ];
    let web = [
        DevValue { name: "sharedWebAppID", value: "c0ffee00-0000-4000-8000-000000000010" },
        DevValue {
            name: "sharedWebAppSecret",
            value: "b9c0Vf_3kQy2~wq7H.ZsX1pLr8uJm5TnE4aD6gKoYtRi0eWvNxUhCzBfSlMjPdQA",
        },
    ];
    DevFront {
        locale,
        theme,
        version: "0.1.0",
        store: "SQLite, in memory",
        public_url: "http://localhost:8085",
        open: true,
        worlds: &[
            WorldView {
                name: "Grantor Dev",
                kind: "SANDBOX",
                issuer: "http://localhost:8085/c0ffee00-0000-4000-8000-000000000002/as",
                url: "/worlds/c0ffee00-0000-4000-8000-000000000002",
                discovery_url: "/c0ffee00/as/.well-known/openid-configuration",
            },
            WorldView {
                name: "ms-auth-server",
                kind: "Spring",
                issuer: "http://localhost:8085/ms-auth-server",
                url: "/worlds/c0ffee00-0000-4000-8000-000000000003",
                discovery_url: "/ms-auth-server/.well-known/openid-configuration",
            },
        ],
        worlds_total: 3,
        happening: None,
        values: &[
            ValueGroup { title: "Grantor Dev", values: &ids },
            ValueGroup { title: "Web application, CLIENT_SECRET_POST", values: &web },
        ],
        requests: &[
            RequestView { title: "A token by client credentials", command: CURL },
            RequestView { title: "The users of the environment", command: CURL_USERS },
        ],
        try_url: "/try",
        connect: ConnectForm::default(),
        now: 1_795_219_330,
        refusals: Refusals { items: refusals, newer_url: None, older_url: Some("/?page=2#refusals") },
        live_url: None,
        docs: &[
            ("Get started", "/docs"),
            ("Every refusal and how to mend it", "/docs/errors"),
            ("The management API", "/docs/api"),
        ],
    }
    .render()
}

fn try_it(locale: Locale, theme: &Theme) -> Rendered {
    let claim = |name, value| ClaimView { name, value };
    let header = [claim("alg", "\"RS256\""), claim("kid", "\"Xk3t0a\""), claim("typ", "\"JWT\"")];
    let id = [
        claim("iss", "\"http://localhost:8085/c0ffee00-0000-4000-8000-000000000002/as\""),
        claim("sub", "\"c0ffee00-0000-4000-8000-000000000004\""),
        claim("aud", "\"c0ffee00-0000-4000-8000-000000000010\""),
        claim("exp", "1795222800"),
        claim("iat", "1795219200"),
        claim("auth_time", "1795219199"),
        claim("nonce", "\"n-0S6_WzA2Mj\""),
        claim("amr", "[\"pwd\"]"),
        claim("department", "\"Engineering\""),
    ];
    let access = [
        claim("client_id", "\"c0ffee00-0000-4000-8000-000000000010\""),
        claim("scope", "\"openid profile\""),
        claim("aud", "[\"http://localhost:8085\"]"),
        claim("p1.rid", "\"c0ffee00-0000-4000-8000-00000000ff01\""),
    ];
    let signature =
        SignatureCheck::Valid { algorithm: "RS256", kid: "Xk3t0a", jwks_uri: "http://localhost:8085/c0ffee00/as/jwks" };
    let raw = "eyJhbGciOiJSUzI1NiIsImtpZCI6IlhrM3QwYSJ9.eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0OjgwODUvYzBmZmVlMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyL2FzIn0.QmV0d2VlbiB0aGUgaWRlYSBhbmQgdGhlIHJlYWxpdHkgZmFsbHMgdGhlIHNoYWRvdw";
    TryResult {
        locale,
        theme,
        version: "0.1.0",
        application: "Harbour Lending",
        person: Some("Jane Doe"),
        now: 1_795_219_260,
        exchanges: &[Exchange { title: "The exchange of the code", request: REQUEST, response: RESPONSE }],
        tokens: &[
            TokenView { kind: TokenKind::Id, raw, header: &header, claims: &id, signature },
            TokenView { kind: TokenKind::Access, raw, header: &header, claims: &access, signature },
        ],
        again_url: "/dev/try",
        front_url: "/",
    }
    .render()
}

const APPLICATION: ApplicationView<'static> = ApplicationView {
    name: "Harbour Lending",
    logo: None,
    policy_url: Some("https://app.example/privacy"),
    terms_url: Some("https://app.example/terms"),
    home_url: Some("https://app.example/"),
};

const RULES: [PasswordRule<'static>; 6] = [
    PasswordRule::Length { min: 8, max: 255 },
    PasswordRule::Characters { class: CharacterClass::Upper, set: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", min: 1 },
    PasswordRule::Characters { class: CharacterClass::Lower, set: "abcdefghijklmnopqrstuvwxyz", min: 1 },
    PasswordRule::Characters { class: CharacterClass::Special, set: "~!@#$%^&*()-_=+[]{}|;:,.<>/?", min: 1 },
    PasswordRule::NotCommon,
    PasswordRule::NotInHistory { count: 6 },
];

const AROUND: Around<'static> = Around {
    environment: Some("Harbour Customers"),
    links: Links { terms: None, policy: None, support: Some("mailto:help@harbour.example") },
    here: Some("/signon?flowId=0a1b2c3d&"),
    front: None,
};

const REFUSALS: [RefusalView<'static>; 2] = [
    RefusalView {
        at: 1_795_219_200,
        correlation_id: "5f0c9b1e-7d0b-4a3e-9a53-2f6f0f3f7c11",
        reason: "secret_wrong",
        explanation: "The client secret is not the application's current or previous one.",
        told: Told {
            expected: "the secret of application sharedWebApp",
            several: false,
            came: "a secret of 12 characters in the body",
            mend: "Copy the secret again; rotation may have ended the previous one.",
            entry_url: "",
        },
    },
    RefusalView {
        at: 1_795_219_100,
        correlation_id: "8d2f7a40-1c9e-4e0f-b7a1-60b1f5f0a9d3",
        reason: "method_not_configured",
        explanation: "The application authenticates with CLIENT_SECRET_POST, but the request used the Authorization header.",
        told: Told {
            expected: "client_secret_post",
            several: false,
            came: "client_secret_basic",
            mend: "",
            entry_url: "",
        },
    },
];

const CURL: &str = "curl http://localhost:8085/ms-auth-server/oauth2/token \\\n  -d grant_type=client_credentials \\\n  -d client_id=messaging-client \\\n  -d client_secret=secret \\\n  -d scope=message.read";
const CURL_USERS: &str = "curl http://localhost:8085/v1/environments/c0ffee00-0000-4000-8000-000000000002/users \\\n  -H \"Authorization: Bearer $TOKEN\"";
const REQUEST: &str = "POST /c0ffee00-0000-4000-8000-000000000002/as/token HTTP/1.1\nHost: localhost:8085\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=authorization_code\n&code=4f1c0e2a\n&redirect_uri=http://localhost:8085/dev/try/callback\n&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const RESPONSE: &str = "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n{\n  \"access_token\": \"eyJhbGciOiJSUzI1NiIs…\",\n  \"token_type\": \"Bearer\",\n  \"expires_in\": 3600,\n  \"scope\": \"openid profile\",\n  \"id_token\": \"eyJhbGciOiJSUzI1NiIs…\"\n}";
