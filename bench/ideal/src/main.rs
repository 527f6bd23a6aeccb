//! The ideal token endpoint: the least work that a correct answer needs, to measure the server against.
//!
//! One signature for client_credentials, two for authorization_code and refresh_token (RFC 6749 §4.4, §4.1.3, §6);
//! `--durable FILE` adds one synced row per exchange. No log, no audit, no policy, no TLS.
//!
//! `ideal --port N [--alg RS256|ES256|EdDSA] [--durable FILE]`

mod durable;
mod sign;
mod token;

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::routing::{get, post};
use axum::serve::ListenerExt;

use crate::durable::Journal;
use crate::sign::{Algorithm, Signer};
use crate::token::Endpoint;

fn main() -> Result<()> {
    let flags = Flags::read(std::env::args().skip(1))?;
    let journal = flags.durable.as_deref().map(Journal::open).transpose()?;
    let issuer = format!("http://127.0.0.1:{}", flags.port);
    let endpoint = Arc::new(Endpoint::new(Signer::generate(flags.algorithm)?, journal, issuer)?);
    // One thread: the server has one core, and a second thread would only add switching.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(flags.port, endpoint))
}

async fn serve(port: u16, endpoint: Arc<Endpoint>) -> Result<()> {
    let router = Router::new()
        .route("/token", post(token::exchange))
        .route("/codes/{count}", get(token::issue_codes))
        .with_state(endpoint);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let undelayed = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(undelayed, router).await.context("the listener ended")
}

struct Flags {
    port: u16,
    algorithm: Algorithm,
    durable: Option<String>,
}

impl Flags {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut flags = Self { port: 0, algorithm: Algorithm::Rs256, durable: None };
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--port" => flags.port = value.parse().context("--port is no port")?,
                "--alg" => flags.algorithm = Algorithm::named(&value)?,
                "--durable" => flags.durable = Some(value),
                _ => bail!("{name} is no flag"),
            }
        }
        Ok(flags)
    }
}
