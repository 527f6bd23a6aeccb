//! What to put into an application so that it signs people on here, for the frameworks that are asked about most.
//!
//! Whatever is filled in is quoted as the language wants: an apostrophe, `&`, `;` or `$(…)` is part of many a good URI.

use serde_json::Value;

/// What is filled in.
pub(super) struct Given<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// None for an application that can keep none.
    pub(super) secret: Option<&'a str>,
    pub(super) redirect_uri: &'a str,
}

/// A file's text, or commands.
pub(super) struct Snippet {
    pub(super) title: &'static str,
    pub(super) file: &'static str,
    pub(super) note: String,
    pub(super) text: String,
}

/// Those that fit the application: with a secret for servers, without one for browsers and devices.
pub(super) fn all(given: &Given<'_>) -> Vec<Snippet> {
    match given.secret {
        Some(secret) => vec![spring(given, secret), auth_js(given, secret), curl(given, Some(secret))],
        None => vec![oidc_client_ts(given), ping(given), curl(given, None)],
    }
}

fn spring(given: &Given<'_>, secret: &str) -> Snippet {
    let [issuer, client_id, redirect_uri] = [given.issuer, given.client_id, given.redirect_uri].map(yaml);
    let secret = yaml(secret);
    Snippet {
        title: "Spring Boot",
        file: "application.yml",
        note: "With spring-boot-starter-oauth2-client. Its own redirect URI is …/login/oauth2/code/grantor.".to_owned(),
        text: format!(
            "spring:\n  security:\n    oauth2:\n      client:\n        registration:\n          grantor:\n            client-id: {client_id}\n            client-secret: {secret}\n            authorization-grant-type: authorization_code\n            redirect-uri: {redirect_uri}\n            scope: openid, profile, email\n        provider:\n          grantor:\n            issuer-uri: {issuer}\n"
        ),
    }
}

fn auth_js(given: &Given<'_>, secret: &str) -> Snippet {
    let [issuer, client_id, secret] = [given.issuer, given.client_id, secret].map(script);
    Snippet {
        title: "Auth.js",
        file: "auth.ts",
        note: "Its redirect URI is …/auth/callback/grantor, in Next.js …/api/auth/callback/grantor.".to_owned(),
        text: format!(
            "import NextAuth from \"next-auth\";\n\nexport const {{ handlers, auth, signIn, signOut }} = NextAuth({{\n  providers: [\n    {{\n      id: \"grantor\",\n      name: \"Grantor\",\n      type: \"oidc\",\n      issuer: {issuer},\n      clientId: {client_id},\n      clientSecret: {secret},\n    }},\n  ],\n}});\n"
        ),
    }
}

fn oidc_client_ts(given: &Given<'_>) -> Snippet {
    let [issuer, client_id, redirect_uri] = [given.issuer, given.client_id, given.redirect_uri].map(script);
    Snippet {
        title: "oidc-client-ts",
        file: "sign-on.ts",
        note: "npm install oidc-client-ts".to_owned(),
        text: format!(
            "import {{ UserManager }} from \"oidc-client-ts\";\n\nexport const users = new UserManager({{\n  authority: {issuer},\n  client_id: {client_id},\n  redirect_uri: {redirect_uri},\n  scope: \"openid profile email\",\n}});\n\n// Where people sign on:\nawait users.signinRedirect();\n\n// At the redirect URI:\nconst user = await users.signinCallback();\nconsole.log(user.profile);\n"
        ),
    }
}

fn ping(given: &Given<'_>) -> Snippet {
    let [client_id, redirect_uri] = [given.client_id, given.redirect_uri].map(script);
    let discovery = script(&format!("{}/.well-known/openid-configuration", given.issuer));
    Snippet {
        title: "Ping's SDK",
        file: "sign-on.ts",
        note: "npm install @forgerock/oidc-client".to_owned(),
        text: format!(
            "import {{ oidc }} from \"@forgerock/oidc-client\";\n\nconst client = await oidc({{\n  config: {{\n    clientId: {client_id},\n    redirectUri: {redirect_uri},\n    scope: \"openid profile email\",\n    serverConfig: {{\n      wellknown: {discovery},\n    }},\n  }},\n}});\n\n// Where people sign on:\nlocation.assign(await client.authorize.url());\n\n// At the redirect URI:\nconst answer = new URLSearchParams(location.search);\nawait client.token.exchange(answer.get(\"code\"), answer.get(\"state\"));\nconsole.log(await client.user.info());\n"
        ),
    }
}

/// Two commands, with the browser between them. The verifier of a public client is its client id: 36 characters would be too
/// few for RFC 7636 §4.1, so it is said twice.
fn curl(given: &Given<'_>, secret: Option<&str>) -> Snippet {
    let Given { issuer, client_id, redirect_uri, .. } = given;
    let verifier = format!("{client_id}{client_id}");
    let challenge = jose::b64::encode(&jose::digest::sha256(verifier.as_bytes()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", "openid profile email")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    let proof = match secret {
        Some(secret) => format!("-u {}", shell(&format!("{client_id}:{secret}"))),
        None => format!("-d {}", shell(&format!("client_id={client_id}"))),
    };
    let (address, back) = (shell(&format!("{issuer}/token")), shell(&format!("redirect_uri={redirect_uri}")));
    Snippet {
        title: "curl",
        file: "in a terminal",
        note: "Open the first address, sign on, and copy the code out of the address that the browser ends at."
            .to_owned(),
        text: format!(
            "# Open in a browser:\n{issuer}/authorize?{query}\n\n# Then:\ncurl {address} {proof} \\\n  -d grant_type=authorization_code \\\n  --data-urlencode {back} \\\n  -d code_verifier={verifier} \\\n  -d code=CODE\n"
        ),
    }
}

/// YAML 1.2 §7.3.2: nothing but the apostrophe has a meaning.
fn yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// ECMA-262 §12.9.4: each JSON string is a string of a script.
fn script(text: &str) -> String {
    Value::from(text).to_string()
}

/// POSIX XCU §2.2.2: nothing but the apostrophe has a meaning.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
