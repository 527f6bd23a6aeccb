//! The ideal token endpoint: the least work that a correct answer needs, to measure the server against.
//!
//! One signature for client_credentials, two for authorization_code and refresh_token (RFC 6749 §4.4, §4.1.3, §6);
//! `--durable FILE` adds one synced row per exchange. No log, no audit, no policy, no TLS. What the other endpoints do and no
//! more, [`proof`], [`pushed`] and [`introspect`] say.
//!
//! `ideal --port N [--alg RS256|ES256|EdDSA] [--durable FILE] [--jwk FILE]… [--tls PEM --tls-key PEM --registered PEM]`

mod durable;
mod introspect;
mod once;
mod proof;
mod pushed;
mod sign;
mod tls;
mod token;

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::serve::ListenerExt;

use crate::durable::Journal;
use crate::introspect::Tokens;
use crate::once::Once;
use crate::proof::Registered;
use crate::pushed::Requests;
use crate::sign::{Algorithm, Signer};
use crate::token::{Digest, Endpoint, digest_of, now};

/// The token endpoint and what is beside it.
pub(crate) struct Ideal {
    endpoint: Arc<Endpoint>,
    registered: Registered,
    once: Once,
    requests: Requests,
    tokens: Tokens,
    /// The address that DPoP proofs are for.
    htu: String,
    session: Digest,
    /// The thumbprint of the client's certificate.
    certificate: Option<String>,
}

fn main() -> Result<()> {
    let flags = Flags::read(std::env::args().skip(1))?;
    let journal = flags.durable.as_deref().map(Journal::open).transpose()?;
    let issuer = format!("http://127.0.0.1:{}", flags.port);
    let htu = format!("{issuer}/dpop");
    let ideal = Arc::new(Ideal {
        endpoint: Arc::new(Endpoint::new(Signer::generate(flags.algorithm)?, journal, issuer)?),
        registered: Registered::read(&flags.jwks)?,
        once: Once::default(),
        requests: Requests::default(),
        tokens: Tokens::default(),
        htu,
        session: digest_of("the-session-of-a-person-0000000000000000000"),
        certificate: flags.certificate.as_deref().map(tls::registered).transpose()?,
    });
    // One thread: the server has one core, and a second thread would only add switching.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(flags, ideal))
}

async fn serve(flags: Flags, ideal: Arc<Ideal>) -> Result<()> {
    let tokens = Router::new()
        .route("/token", post(token::exchange))
        .route("/codes/{count}", get(token::issue_codes))
        .with_state(Arc::clone(&ideal.endpoint));
    let router = Router::new()
        .route("/assertion", post(proof::assertion))
        .route("/dpop", post(proof::dpop))
        .route("/certificate", post(proof::certificate))
        .route("/par", post(pushed::push))
        .route("/authorize", get(pushed::authorize))
        .route("/introspect", post(introspect::introspect))
        .route("/opaque", get(introspect::opaque))
        .route("/remember/{count}", get(remember))
        .with_state(ideal)
        .merge(tokens);
    if let Some((certificate, key)) = &flags.tls {
        return tls::serve(flags.port, router, certificate, key).await;
    }
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, flags.port)).await?;
    let undelayed = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(undelayed, router).await.context("the listener ended")
}

/// Remembers so many as if they had been shown.
async fn remember(State(ideal): State<Arc<Ideal>>, Path(count): Path<u64>) -> String {
    ideal.once.fill(count, now() + 3600);
    format!("{count}")
}

struct Flags {
    port: u16,
    algorithm: Algorithm,
    durable: Option<String>,
    jwks: Vec<String>,
    tls: Option<(String, String)>,
    certificate: Option<String>,
}

impl Flags {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (durable, jwks, tls, certificate) = Default::default();
        let mut flags = Self { port: 0, algorithm: Algorithm::Rs256, durable, jwks, tls, certificate };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{name} needs a value"));
            match name.as_str() {
                "--port" => flags.port = value()?.parse().context("--port is no port")?,
                "--alg" => flags.algorithm = Algorithm::named(&value()?)?,
                "--durable" => flags.durable = Some(value()?),
                "--jwk" => flags.jwks.push(value()?),
                "--tls" => flags.tls = Some((value()?, String::new())),
                "--tls-key" => {
                    let key = value()?;
                    flags.tls = flags.tls.map(|(certificate, _)| (certificate, key));
                }
                "--registered" => flags.certificate = Some(value()?),
                _ => bail!("{name} is no flag"),
            }
        }
        Ok(flags)
    }
}
