//! What a `postgres://` URL asks for: the server, and how far TLS is demanded.
//!
//! `sslmode` `disable`, `allow` or absent: no TLS. `prefer`: TLS when the server offers it. `require`, `verify-ca`,
//! `verify-full`: TLS or nothing. Whenever TLS is used the certificate and the host name are verified, unlike with
//! libpq's `require`: against the PEM file `sslrootcert` names, or against the system's certificates.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::generation::Generation;
use super::hosts::{self, Good, Hosts};
use super::pooler::Pooler;
use super::url::Asked;
use crate::driver::{Extent, Options, StoreError};

/// The pool for a URL, of an extent where it is for lists; nothing is connected yet.
pub(super) fn pool(
    url: &str,
    options: &Options,
    extent: Option<Extent>,
    generation: &Generation,
    good: &Good,
    pooler: &Pooler,
) -> Result<Pool, StoreError> {
    let Asked { mut config, roots } = Asked::read(url)?;
    let handshake = config.get_connect_timeout().copied().unwrap_or(HANDSHAKE);
    let all = handshake * u32::try_from(hosts::count(&config) + 1).unwrap_or(u32::MAX);
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_connect(config, Hosts::new(NoTls, handshake, good), recycling)
    } else {
        let tls = MakeRustlsConnect::new(client(roots.as_deref())?);
        Manager::from_connect(config, Hosts::new(tls, handshake, good), recycling)
    };
    let builder = Pool::builder(manager);
    let builder = match extent {
        None => builder.max_size(options.pool.max(1)),
        Some(Extent::Page) => builder.max_size(options.pages.max(1)),
        Some(Extent::Scan) => builder.max_size(options.scans.max(1)),
    };
    builder
        .post_create(pooler.look(handshake))
        .pre_recycle(generation.guard())
        // The connection used last has its statements and pages at hand, and so has the process at its other end.
        .queue_mode(QueueMode::Lifo)
        .wait_timeout(Some(options.acquire_timeout))
        .create_timeout(Some(all))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn client(roots: Option<&str>) -> Result<ClientConfig, StoreError> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(path) => {
            let unreadable =
                |error| StoreError::Unsuitable(format!("the database URL is not right: sslrootcert {path}: {error}"));
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                let added = store.add(certificate.map_err(unreadable)?);
                added.map_err(|error| {
                    StoreError::Unsuitable(format!("the database URL is not right: sslrootcert {path}: {error}"))
                })?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(StoreError::Unsuitable(
            "TLS to the database is asked for, but no certificate is trusted: name the authority in sslrootcert"
                .to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

/// For the whole handshake with one address, if the URL says nothing of it.
const HANDSHAKE: Duration = Duration::from_millis(1500);
/// After so long without a sign from the other side the kernel gives a connection up.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
