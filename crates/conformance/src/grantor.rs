//! The server under test: a process of its own with a new database, an environment for each profile, and the clients that the suite's
//! static configurations want, registered through the management API as anybody would.

mod register;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use uuid::Builder;

use crate::client::Client;
use crate::http;
use crate::options::Options;

/// The running server. It ends with this value.
pub(crate) struct Grantor {
    /// Ended when dropped.
    _process: Child,
    origin: String,
    program: PathBuf,
    database: String,
    realms: BTreeMap<&'static str, Realm>,
    pub(crate) clients: [Client; 2],
}

/// An environment, its person, and its clients.
#[derive(Debug)]
pub(crate) struct Realm {
    id: String,
    pub(crate) username: String,
    pub(crate) password: String,
    /// By their names: id and secret, or why there is none.
    clients: BTreeMap<String, Result<(String, String), String>>,
}

/// What the environments are made with.
const REALMS: [(&str, &str, &str); 5] = [
    ("oidc", "frontChannelTokens", "ALL"),
    // Of the other plans that rotate keys: a rotation ends before the next begins.
    ("oidc-dynamic-jwt", "frontChannelTokens", "ALL"),
    ("oidc-mtls", "frontChannelTokens", "ALL"),
    ("fapi", "securityProfile", "FAPI"),
    ("fapi-signing", "securityProfile", "FAPI_MESSAGE_SIGNING"),
];

impl Grantor {
    /// # Errors
    /// It does not start, or takes no environment or person. A client that it does not take is told by the plan that wants it.
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        let folder = &options.folder;
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (host, port) = &options.host;
        let origin = format!("https://{host}:{port}");
        let tls = rcgen::generate_simple_self_signed([host.clone()])?;
        std::fs::write(folder.join("tls.crt"), tls.cert.pem())?;
        std::fs::write(folder.join("tls.key"), tls.signing_key.serialize_pem())?;
        #[cfg(unix)]
        std::fs::set_permissions(folder.join("tls.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let admin = (id()?, id()?, URL_SAFE_NO_PAD.encode(random::<48>()?));
        let database = format!("sqlite:{}", folder.join("grantor.db").display());
        let process = serve(options, &origin, &database, &admin)?;
        let clients = [Client::make("conformance-1")?, Client::make("conformance-2")?];
        let mut grantor = Self {
            _process: process,
            origin,
            program: options.binary.clone(),
            database,
            realms: BTreeMap::new(),
            clients,
        };
        let bearer = grantor.administrator(&admin).await?;
        for (name, property, value) in REALMS {
            let realm = register::realm(&grantor, &bearer, (name, property, value), &options.suite).await?;
            grantor.realms.insert(name, realm);
        }
        Ok(grantor)
    }

    /// The access token of the first worker, once the server answers.
    async fn administrator(&self, (environment, id, secret): &(String, String, String)) -> Result<String> {
        let client = http::client()?;
        let url = format!("{}/{environment}/as/token", self.origin);
        for _ in 0..100 {
            let form = [("grant_type", "client_credentials")];
            let request = client.post(&url).basic_auth(id, Some(secret));
            let body = form.map(|(name, value)| format!("{name}={value}")).join("&");
            let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
            match request.send().await {
                Ok(answer) => {
                    ensure!(answer.status().is_success(), "{url} answered {}", answer.status());
                    return http::text(&answer.json().await?, "/access_token");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
        bail!("the server did not start: see its log")
    }

    /// The environment of a configuration.
    ///
    /// # Errors
    /// It is none of ours.
    pub(crate) fn realm(&self, config: &str) -> Result<&Realm> {
        let longest =
            self.realms.iter().filter(|(name, _)| config.starts_with(**name)).max_by_key(|(name, _)| name.len());
        longest.map(|(_, realm)| realm).with_context(|| format!("no environment is for {config}"))
    }

    pub(crate) fn issuer(&self, realm: &Realm) -> String {
        format!("{}/{}/as", self.origin, realm.id)
    }

    /// What tokens are shown to.
    pub(crate) fn resource(&self) -> String {
        format!("{}/dev/resource", self.origin)
    }

    /// Begins with a new signing key in the environment of a configuration.
    ///
    /// # Errors
    /// The command failed.
    pub(crate) async fn rotate_keys(&self, config: &str) -> Result<()> {
        let realm = self.realm(config)?;
        let arguments = ["keys", "rotate", "--environment", &realm.id];
        let mut command = Command::new(&self.program);
        let status = command.args(arguments).env(DATABASE, &self.database).stdout(Stdio::null()).status().await?;
        ensure!(status.success(), "grantor keys rotate ended with {status}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    }

    async fn call(&self, bearer: &str, method: Method, path: &str, body: &Value) -> Result<Value> {
        http::json(&http::client()?, method, &format!("{}/v1/{path}", self.origin), bearer, body).await
    }
}

impl Realm {
    /// The id and secret of the client of this name.
    ///
    /// # Errors
    /// The server did not take it: with what it said.
    pub(crate) fn client(&self, name: &str) -> Result<(String, String)> {
        match self.clients.get(name) {
            Some(Ok(client)) => Ok(client.clone()),
            Some(Err(said)) => bail!("the client {name} was not taken: {said}"),
            None => bail!("no client is called {name}"),
        }
    }
}

fn serve(
    options: &Options,
    origin: &str,
    database: &str,
    (environment, id, secret): &(String, String, String),
) -> Result<Child> {
    let file = |name: &str| options.folder.join(name);
    let log = std::fs::File::create(file("server.log"))?;
    let listen = format!("127.0.0.1:{}", options.host.1);
    let certificate = std::path::absolute(&options.suite_certificate)?;
    ensure!(
        certificate.exists(),
        "{} is missing: --suite-certificate names the suite's certificate",
        certificate.display()
    );
    let suite = options.suite.trim_start_matches("https://").split([':', '/']).next().unwrap_or_default();
    let mut command = Command::new(&options.binary);
    command
        .args(["serve", "--listen", &listen, "--public-url", origin, "--management-listen", "off"])
        .arg("--tls-certificate")
        .arg(file("tls.crt"))
        .arg("--tls-key")
        .arg(file("tls.key"))
        .env(DATABASE, database)
        .env("GRANTOR_ADMIN_ENVIRONMENT_ID", environment)
        .env("GRANTOR_ADMIN_CLIENT_ID", id)
        .env("GRANTOR_ADMIN_CLIENT_SECRET", secret)
        .env("GRANTOR_OUTBOUND_EXTRA_CA", certificate)
        .env("GRANTOR_OUTBOUND_ALLOW", suite)
        .env("GRANTOR_HTTP_DEV_RESOURCE", "true")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true);
    command
        .spawn()
        .with_context(|| format!("cannot start {}: cargo build --release", Path::new(&options.binary).display()))
}

/// Its key lies beside it, where the server makes one.
const DATABASE: &str = "GRANTOR_DATABASE_URL";

fn id() -> Result<String> {
    Ok(Builder::from_random_bytes(random()?).into_uuid().to_string())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut octets = [0; N];
    rand::fill(&mut octets)?;
    Ok(octets)
}

/// A person with every standard claim (OIDC Core §5.1).
fn person(username: &str, password: &str, population: &str) -> Value {
    json!({
        "username": username, "email": format!("{username}@example.com"), "emailVerified": true,
        "population": { "id": population }, "password": { "value": password, "forceChange": false },
        "name": { "given": "Ada", "middle": "King", "family": "Lovelace", "formatted": "Ada King Lovelace" },
        "nickname": "Ada", "locale": "en-GB", "preferredLanguage": "en-GB", "timezone": "Europe/London",
        "primaryPhone": "+44.2079460000", "phoneVerified": true,
        "profileUrl": "https://example.com/ada", "website": "https://example.com/", "gender": "female", "birthdate": "1985-12-10",
        "photo": { "href": "https://example.com/ada.png" },
        "address": { "streetAddress": "12 St James's Square", "locality": "London", "region": "Greater London",
                     "postalCode": "SW1Y 4JH", "countryCode": "GB" },
    })
}
