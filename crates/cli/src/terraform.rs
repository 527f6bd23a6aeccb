//! Lets Ping's Terraform provider, and whatever else insists on https, dotted names and the default port, reach `grantor dev`: by a proxy on
//! loopback that leads two names to it, and one of PingOne's, and no others. No file of hosts, no port 443 and no root are needed.
//!
//! `.test` leads nowhere in the world (RFC 6761 §6.2), so whoever is not behind the proxy reaches nobody. Ping's MCP server signs people on
//! at a name of PingOne's and at no other: behind the proxy that name is this server (ADR 0063).

mod certificate;
mod tunnel;

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use certificate::Certificate;

use crate::dev::write_private;
use crate::exit::Exit;

/// The names that lead to the server, for sign-ons and for the management API.
const NAMES: [&str; 2] = ["auth.grantor.test", "api.grantor.test"];

/// Where programs that know PingOne's regions alone sign people on, in the region of `PINGONE_REGION_CODE`.
const REGION: &str = "auth.pingone.com";

/// All that the proxy leads to the server, and its certificate names.
pub(crate) fn led() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain([REGION])
}

/// A proxy that is bound and not served yet.
pub(crate) struct Reach {
    listener: tokio::net::TcpListener,
    proxy: SocketAddr,
    certificate: Certificate,
}

impl Reach {
    /// Takes a port of its own and makes a certificate for the names, which whoever signed it forgets.
    pub(crate) async fn open() -> Result<Self, Exit> {
        let failed = |error| Exit::Unavailable(format!("--terraform: no port on 127.0.0.1: {error}"));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let proxy = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, proxy, certificate: Certificate::issue()? })
    }

    /// Writes what the provider has to know into `directory`: the authority of the certificate, an environment file, and a configuration of
    /// the provider where there is none yet.
    pub(crate) fn write(&self, directory: &Path, values: &[(&'static str, String)]) -> Result<(), Exit> {
        let cannot =
            |what: &Path, e: std::io::Error| Exit::CannotCreate(format!("{} cannot be written: {e}", what.display()));
        fs::create_dir_all(directory).map_err(|e| cannot(directory, e))?;
        let directory = fs::canonicalize(directory).map_err(|e| cannot(directory, e))?;
        let authority = directory.join("grantor.crt");
        fs::write(&authority, self.certificate.authority()).map_err(|e| cannot(&authority, e))?;
        let lines = environment(self.proxy, &authority, values);
        write_private(&directory.join("grantor.env"), &lines)?;
        let provider = directory.join("grantor.tf");
        if has_provider(&directory, &provider) {
            return Ok(());
        }
        fs::write(&provider, PROVIDER).map_err(|e| cannot(&provider, e))
    }

    /// Leads whoever asks for one of the names to `server`, until the process ends.
    pub(crate) async fn serve(self, server: SocketAddr) {
        tunnel::serve(self.listener, self.certificate.config(), server).await;
    }
}

/// `NAME='value'` lines for a shell.
fn environment(proxy: SocketAddr, authority: &Path, values: &[(&'static str, String)]) -> String {
    let value =
        |name: &str| values.iter().find(|(of, _)| *of == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let [auth, api] = NAMES;
    let proxy = format!("http://{proxy}");
    let lines = [
        ("PINGONE_CLIENT_ID", value("adminAppID")),
        ("PINGONE_CLIENT_SECRET", value("adminAppSecret")),
        ("PINGONE_ENVIRONMENT_ID", value("adminEnvID")),
        ("PINGONE_REGION_CODE", "NA".to_owned()),
        ("PINGONE_AUTH_SERVICE_HOSTNAME", auth.to_owned()),
        ("PINGONE_API_SERVICE_HOSTNAME", api.to_owned()),
        // Ping's newer Go client takes both names of this, and its proxy of PROXYURL.
        ("PINGONE_ROOT_DOMAIN", "grantor.test".to_owned()),
        // And the management API alone of this, where the root domain is one of PingOne's.
        ("PINGONE_API_DOMAIN", api.to_owned()),
        ("PINGONE_MCP_ENVIRONMENT_ID", value("adminEnvID")),
        ("PROXYURL", proxy.clone()),
        ("HTTPS_PROXY", proxy),
        // An exception of the machine's own would pass by the proxy.
        ("NO_PROXY", String::new()),
        ("no_proxy", String::new()),
        ("SSL_CERT_FILE", authority.display().to_string()),
        // Terraform asks for news of itself, which is nowhere behind the proxy.
        ("CHECKPOINT_DISABLE", "1".to_owned()),
        ("TF_VAR_organization_id", value("orgID")),
        ("TF_VAR_license_id", value("licenseID")),
    ];
    lines.iter().fold(String::from(HEAD), |mut text, (name, value)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}={}", quoted(value));
        text
    })
}

/// As a shell takes it letter by letter.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Whether another file of the directory configures the provider: a second configuration would be an error.
fn has_provider(directory: &Path, own: &Path) -> bool {
    let files = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    files
        .filter(|path| path != own && path.extension().is_some_and(|extension| extension == "tf"))
        .any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("pingidentity/pingone")))
}

const HEAD: &str = "\
# Written by `grantor dev --terraform`, anew at every start. Run `terraform init` first, without these; then
#   set -a; . ./grantor.env; set +a; terraform apply
";

const PROVIDER: &str = r#"# Written by `grantor dev --terraform`. Where and as whom it administers stands in grantor.env.
terraform {
  required_providers {
    pingone = {
      source = "pingidentity/pingone"
    }
  }
}

provider "pingone" {}
"#;

#[cfg(test)]
mod tests;
