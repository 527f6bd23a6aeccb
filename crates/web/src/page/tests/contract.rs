use super::*;

fn application() -> ApplicationView<'static> {
    ApplicationView {
        name: "Acme & Sons",
        logo: Some("https://cdn.example/logo.png"),
        policy_url: Some("https://app.example/policy"),
        terms_url: Some("https://app.example/terms"),
        home_url: Some("https://app.example/"),
    }
}

fn sign_on(problem: Option<SignOnProblem>, username: &str) -> String {
    let (application, theme) = (application(), Theme::default());
    SignOn {
        locale: Locale::English,
        theme: &theme,
        application: &application,
        around: Around { environment: Some("Acme Staff"), ..Around::default() },
        flow_id: "f1",
        action_url: "/e1/flows/f1",
        username,
        problem,
        csrf: "c1",
        recovers: false,
        demo_password: None,
        people: &[],
        unable: None,
    }
    .render()
    .html
}

/// The text of the element with this id, tags and white space aside.
fn text_of(html: &str, id: &str) -> String {
    let start = html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no id={id}"));
    let body = &html[start..html[start..].find("</div>").map_or(html.len(), |end| start + end)];
    let mut text = String::new();
    let mut inside = true;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// The start tag in which `part` stands.
fn tag<'h>(html: &'h str, part: &str) -> &'h str {
    let at = html.find(part).unwrap_or_else(|| panic!("no {part}"));
    let start = html[..at].rfind('<').unwrap();
    &html[start..start + html[start..].find('>').unwrap()]
}

#[test]
fn sign_on_has_the_names_programs_rely_on() {
    let html = sign_on(None, "");
    assert!(html.contains("<title>Sign on to Acme &#38; Sons</title>"));
    assert!(html.contains("<form method=\"post\" action=\"/e1/flows/f1\""));
    assert!(html.contains("name=\"csrf\" value=\"c1\"") && html.contains("name=\"flowId\" value=\"f1\""));
    assert!(tag(&html, "id=\"sign-on\"").starts_with("<button"));
    assert!(tag(&html, "id=\"cancel\"").starts_with("<button"));
    for link in ["https://app.example/policy", "https://app.example/terms", "https://cdn.example/logo.png"] {
        assert!(html.contains(&format!("\"{link}\"")), "{link}");
    }
}

#[test]
fn fields_help_password_managers_and_never_capitalise() {
    let html = sign_on(None, "");
    let username = tag(&html, "name=\"username\"");
    assert!(username.contains("autocomplete=\"username webauthn\""));
    assert!(tag(&html, "name=\"password\"").contains("autocomplete=\"current-password\""));
    for field in ["name=\"username\"", "name=\"password\""] {
        let field = tag(&html, field);
        assert!(field.contains("autocapitalize=\"none\"") && field.contains("spellcheck=\"false\""), "{field}");
        assert!(!field.contains("onpaste"));
    }
    assert!(html.contains("<label for=\"username\">") && html.contains("<label for=\"password\">"));
}

#[test]
fn first_focus_is_on_the_first_field_to_fill_or_on_what_is_wrong() {
    assert!(tag(&sign_on(None, ""), "name=\"username\"").contains(" autofocus"));
    let known = sign_on(None, "jane");
    assert!(tag(&known, "name=\"password\"").contains(" autofocus"));
    let again = sign_on(Some(SignOnProblem::Credentials), "jane");
    assert_eq!(again.matches("autofocus").count(), 1);
    assert!(tag(&again, "name=\"password\"").contains(" autofocus"));
    let empty = sign_on(Some(SignOnProblem::BothMissing), "");
    assert_eq!(empty.matches("autofocus").count(), 1);
    assert!(tag(&empty, "name=\"username\"").contains(" autofocus"));
    let locked = sign_on(Some(SignOnProblem::Locked { minutes: Some(9) }), "jane");
    let notice = tag(&locked, "role=\"alert\"");
    assert!(notice.contains("autofocus") && notice.contains("tabindex=\"-1\""));
    assert_eq!(locked.matches("autofocus").count(), 1);
}

#[test]
fn a_failure_keeps_the_username_and_is_told_once_at_the_field() {
    let html = sign_on(Some(SignOnProblem::CredentialsLeft { attempts: 2 }), "jane");
    assert!(tag(&html, "name=\"username\"").contains("value=\"jane\""));
    assert!(tag(&html, "name=\"password\"").contains("value=\"\""), "a password never comes back");
    assert_eq!(html.matches("Wrong username or password").count(), 1);
    assert_eq!(html.matches("role=\"alert\"").count(), 1);
    assert!(tag(&html, "id=\"password-error\"").contains("role=\"alert\""));
    let field = tag(&html, "name=\"password\"");
    assert!(
        field.contains("aria-invalid=\"true\"") && field.contains("aria-describedby=\"password-error\""),
        "{field}"
    );
    assert!(html.contains("You have 2 attempts left"));
}

#[test]
fn every_problem_says_something() {
    use SignOnProblem as P;
    for problem in [
        P::UsernameMissing,
        P::PasswordMissing,
        P::BothMissing,
        P::Credentials,
        P::CredentialsLeft { attempts: 1 },
        P::Locked { minutes: Some(15) },
        P::Locked { minutes: None },
        P::TooManyRequests { seconds: 30 },
        P::FormExpired,
    ] {
        let html = sign_on(Some(problem), "jane");
        let place = ["problem", "username-error", "password-error"]
            .into_iter()
            .find(|id| html.contains(&format!("id=\"{id}\"")));
        assert!(text_of(&html, place.unwrap()).len() > 18, "{problem:?}");
        assert!(html.contains("role=\"alert\""), "{problem:?}");
    }
}

#[test]
fn the_password_page_shows_rules_and_marks_the_failed_ones() {
    let (application, theme) = (application(), Theme::default());
    let asked = (ChangeReason::Expired, AskedBeside::CurrentPassword);
    let html = password(Locale::English, &theme, (&application, Around::default()), "#!", asked).html;
    assert!(tag(&html, "name=\"currentPassword\"").contains("autocomplete=\"current-password\""));
    assert!(tag(&html, "name=\"newPassword\"").contains("autocomplete=\"new-password\""));
    assert!(tag(&html, "name=\"newPassword\"").contains("newPassword-error newPassword-rules"));
    assert!(tag(&html, "data-rule=\"length\"").contains("class=\"failed\""));
    assert!(!tag(&html, "data-rule=\"characters\"").contains("failed"));
    assert!(tag(&html, "data-rule=\"characters\"").contains("data-set=\"#!\""));
    assert!(html.contains("At least 8 characters") && html.contains("Nor may it be easy to guess."));
    assert!(!html.contains("Not a commonly used password"), "told when it is broken");
    assert_eq!(html.matches("role=\"alert\"").count(), 1);
}

#[test]
fn every_error_page_tells_what_and_what_now_and_the_number() {
    let theme = Theme::default();
    for locale in Locale::ALL {
        for kind in ErrorKind::ALL {
            let page = ErrorPage {
                locale,
                theme: &theme,
                application: None,
                around: Around::default(),
                kind,
                detail: Some("technical"),
                told: None,
                correlation_id: "id-1",
            };
            let html = page.render().html;
            assert!(text_of(&html, "error").len() > 20, "{kind:?}");
            assert!(html.contains(&format!("<p>{}</p>", locale.text(kind.now_key()))), "{kind:?}");
            assert_eq!(text_of(&html, "correlation-id"), "id-1");
            // What is for developers is folded away.
            assert!(tag(&html, "id=\"details\"").ends_with("id=\"details\""), "{kind:?}");
            assert!(html.contains("data-copy=\"correlation-id\""));
        }
    }
}

#[test]
fn the_end_of_a_session_has_its_names() {
    let (application, theme) = (application(), Theme::default());
    for some in [None, Some(&application)] {
        let around = Around { front: Some("/"), ..Around::default() };
        let out = SignedOut { locale: Locale::English, theme: &theme, application: some, around }.render().html;
        assert!(text_of(&out, "logged-out").starts_with("You are signed out"));
        assert_eq!(out.contains("href=\"https://app.example/\""), some.is_some());
        assert_eq!(out.contains("id=\"front\""), some.is_none(), "there is always a way on");
    }
    let off = every_page(Locale::English, &theme, "text").into_iter().find(|(n, _)| *n == "sign-off").unwrap().1.html;
    assert!(tag(&off, "id=\"log-out\"").starts_with("<button") && tag(&off, "id=\"cancel\"").starts_with("<button"));
}

#[test]
fn an_ended_flow_offers_a_way_back() {
    let (application, theme) = (application(), Theme::default());
    for ending in [FlowEnding::Finished, FlowEnding::Expired, FlowEnding::Cancelled, FlowEnding::Stayed] {
        let page = |application, restart_url| {
            let around = Around::default();
            FlowEnded { locale: Locale::English, theme: &theme, application, around, ending, restart_url }.render().html
        };
        assert!(page(Some(&application), None).contains("href=\"https://app.example/\""));
        assert!(
            page(Some(&application), Some("https://app.example/login")).contains("href=\"https://app.example/login\"")
        );
        assert!(page(None, None).contains("You can close this page"));
    }
}

#[test]
fn the_front_page_shows_each_value_with_a_copy_button() {
    let theme = Theme::default();
    let html = dev(Locale::English, &theme, "shown").html;
    assert_eq!(html.matches("<button type=\"button\"").count(), html.matches("data-copy=\"").count());
    for target in html.split("data-copy=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert_eq!(html.matches(&format!("id=\"{target}\"")).count(), 1, "{target} exists once");
    }
    assert!(html.contains("id=\"try-it\""));
}

#[test]
fn a_token_copies_back_to_itself_and_every_claim_is_explained() {
    let raw = "aaa.bbb.ccc";
    let claims = [ClaimView { name: "exp", value: "1795222800" }, ClaimView { name: "favourite", value: "1" }];
    let signature = SignatureCheck::Opaque;
    let token = TokenView { kind: TokenKind::Access, raw, header: &[], claims: &claims, signature };
    let theme = Theme::default();
    let page = TryResult {
        locale: Locale::English,
        theme: &theme,
        version: "1",
        application: "Demo",
        person: None,
        now: 1_795_219_300,
        exchanges: &[],
        tokens: &[token],
        again_url: "/dev/try",
        front_url: "/",
    };
    let html = page.render().html;
    assert!(
        html.contains(
            "<span class=\"p0\">aaa</span><span class=\"p1\">.bbb</span><span class=\"p2\">.ccc</span></code>"
        )
    );
    assert!(html.contains("in 58 minutes · 21 Nov 2026, 01:00:00 UTC"));
    assert!(html.contains("A claim of your own"));
}

/// V6: who comes first, then for whom and how long, whatever the order in the token.
#[test]
fn claims_are_told_in_the_order_of_their_questions() {
    let names = ["acr", "at_hash", "aud", "exp", "email", "iat", "given_name", "env", "sub"];
    let claims = names.map(|name| ClaimView { name, value: "1" });
    let signature = SignatureCheck::Opaque;
    let token = TokenView { kind: TokenKind::Id, raw: "a.b.c", header: &[], claims: &claims, signature };
    let told: Vec<&str> = token.groups().iter().flat_map(|group| &group.claims).map(|claim| claim.name).collect();
    assert_eq!(told, ["sub", "given_name", "email", "aud", "iat", "exp", "acr", "at_hash", "env"]);
}

/// V3: who asks and who runs this, with the links that are configured, and the other languages.
#[test]
fn the_page_says_who_asks_and_who_runs_it() {
    let html = sign_on(None, "");
    assert!(html.contains("<h1>Sign on to Acme &#38; Sons</h1>") && html.contains("with your Acme Staff account"));
    let own = Links { terms: Some("https://op.example/t"), policy: None, support: Some("mailto:help@op.example") };
    let around = Around { links: own, here: Some("/e1/signon?flowId=f1&"), ..Around::default() };
    let acme = application();
    let page = |application| {
        let theme = Theme::default();
        SignedOut { locale: Locale::French, theme: &theme, application, around }.render().html
    };
    let known = page(Some(&acme));
    assert!(known.contains("href=\"https://app.example/terms\"") && !known.contains("op.example/t"), "{known}");
    assert!(known.contains("href=\"mailto:help@op.example\""));
    assert!(page(None).contains("href=\"https://op.example/t\""));
    for (tag, name) in [("en", "English"), ("de", "Deutsch"), ("es", "Español")] {
        let link =
            format!("href=\"/e1/signon?flowId=f1&#38;language={tag}\" lang=\"{tag}\" hreflang=\"{tag}\">{name}</a>");
        assert!(known.contains(&link), "{tag} {known}");
    }
    assert!(!known.contains("language=fr"));
}

#[test]
fn distances_are_told_in_one_unit() {
    let told = |seconds: i64| Locale::English.distance(1_000_000 + seconds, 1_000_000);
    for (seconds, words) in [
        (0, "just now"),
        (-59, "just now"),
        (59, "in less than a minute"),
        (60, "in one minute"),
        (3_599, "in 59 minutes"),
        (3_600, "in one hour"),
        (-7_200, "2 hours ago"),
        (-86_400, "one day ago"),
        (400 * 86_400, "in 400 days"),
    ] {
        assert_eq!(told(seconds), words);
    }
    assert!(Locale::German.distance(i64::MIN, i64::MAX).starts_with("vor "));
}

#[test]
fn assets_are_found_under_their_hash_only() {
    for path in [asset::stylesheet(), asset::script(), asset::mark()] {
        let (bytes, content_type, etag) = asset::asset(path).unwrap();
        assert!(!bytes.is_empty() && content_type.contains('/') && etag.starts_with('"') && etag.ends_with('"'));
    }
    assert!(asset::stylesheet().starts_with("/assets/grantor."));
    for path in ["/assets/grantor.css", "/assets/../Cargo.toml", "", "/assets/grantor.AAAAAAAAAAAA.js"] {
        assert!(asset::asset(path).is_none(), "{path}");
    }
}

#[test]
fn sign_on_weighs_little() {
    // 15 KB compressed is the promise; a third of the plain size is a safe upper bound for gzip on such text.
    let [css, js] = [asset::stylesheet(), asset::script()].map(|path| asset::asset(path).unwrap().0.len());
    assert!(sign_on(None, "").len() + css + js < 36 * 1024);
}
