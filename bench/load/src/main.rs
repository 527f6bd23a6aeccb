//! Sends prepared token requests over kept-alive connections and reports rate and latency as one line of JSON.
//!
//! `load repeat|once|walk --to HOST:PORT --path PATH --bodies FILE --connections N --seconds S`
//! - `repeat`: the first body again and again, for S seconds.
//! - `once`: every body once (codes), until none is left or S seconds are over.
//! - `walk`: connection n starts with body n, and goes on with the refresh token of each answer, for S seconds.
//! - `pushed`: no bodies, but what a pushed request and its code need ([`pushed`]), again and again, for S seconds.
//!
//! With `--trusted PEM --certificate PEM --key PEM` each request has a TLS connection of its own, which resumes the one before.
//! `load key` and `load make` make what may be shown once ([`make`]).

mod connection;
mod make;
mod pushed;
mod tls;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::connection::Connection;
use crate::pushed::Pushed;
use crate::tls::Tls;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("key") => return make::key(&arguments[1..]),
        Some("make") => return make::requests(&arguments[1..]),
        _ => {}
    }
    let run = Run::read(arguments.into_iter())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(tokio::task::LocalSet::new().run_until(run.measure()))?);
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Repeat,
    Once,
    Walk,
    Pushed,
}

struct Run {
    mode: Mode,
    to: String,
    path: String,
    bodies: Vec<String>,
    connections: usize,
    seconds: f64,
    pushed: Pushed,
    /// What a TLS connection trusts, and shows; its key.
    trusted: String,
    certificate: String,
    key: String,
}

#[derive(Default)]
struct Tally {
    latencies: Vec<Duration>,
    refused: usize,
    next: usize,
    resumed: usize,
    /// What each walker would send next, so that a later run goes on from there.
    left: Vec<String>,
}

impl Run {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mode = match arguments.next().as_deref() {
            Some("repeat") => Mode::Repeat,
            Some("once") => Mode::Once,
            Some("walk") => Mode::Walk,
            Some("pushed") => Mode::Pushed,
            _ => bail!("repeat, once, walk or pushed?"),
        };
        let (to, path, bodies, pushed, trusted, certificate, key) = Default::default();
        let mut run = Self { mode, to, path, bodies, connections: 16, seconds: 3.0, pushed, trusted, certificate, key };
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--to" => run.to = value,
                "--path" => run.path = value,
                "--bodies" => run.bodies = std::fs::read_to_string(&value)?.lines().map(str::to_owned).collect(),
                "--connections" => run.connections = value.parse()?,
                "--seconds" => run.seconds = value.parse()?,
                "--trusted" => run.trusted = value,
                "--certificate" => run.certificate = value,
                "--key" => run.key = value,
                "--par" => run.pushed.par = value,
                "--authorize" => run.pushed.authorize = value,
                "--token" => run.pushed.token = value,
                "--client" => run.pushed.client = value,
                "--cookie" => run.pushed.cookie = value,
                "--request" => run.pushed.request = value,
                "--redemption" => run.pushed.redemption = value,
                _ => bail!("{name} is no flag"),
            }
        }
        let enough = match run.mode {
            Mode::Walk => run.connections,
            Mode::Pushed => 0,
            Mode::Repeat | Mode::Once => 1,
        };
        anyhow::ensure!(run.bodies.len() >= enough, "too few bodies for this mode");
        Ok(run)
    }

    /// What its walker's connections share, where they are of TLS.
    fn tls(&self) -> Result<Option<Tls>> {
        let tls = || Tls::new(&self.trusted, &self.certificate, &self.key);
        (!self.certificate.is_empty()).then(tls).transpose()
    }

    async fn open(&self, tls: Option<&Tls>, tally: &RefCell<Tally>) -> Result<Connection> {
        let connection = Connection::open(&self.to, &self.path, tls).await?;
        tally.borrow_mut().resumed += usize::from(connection.resumed);
        Ok(connection)
    }

    async fn measure(self) -> Result<String> {
        let (run, tally) = (Rc::new(self), Rc::new(RefCell::new(Tally::default())));
        let started = Instant::now();
        let until = started + Duration::from_secs_f64(run.seconds);
        let walkers: Vec<_> = (0..run.connections)
            .map(|number| tokio::task::spawn_local(send(Rc::clone(&run), Rc::clone(&tally), number, until)))
            .collect();
        for walker in walkers {
            walker.await??;
        }
        Ok(report(&mut tally.borrow_mut(), started.elapsed()))
    }
}

async fn send(run: Rc<Run>, tally: Rc<RefCell<Tally>>, number: usize, until: Instant) -> Result<()> {
    let tls = run.tls()?;
    let mut kept = if tls.is_none() { Some(run.open(None, &tally).await?) } else { None };
    let mut walking = run.bodies.get(number).cloned().unwrap_or_default();
    while Instant::now() < until {
        if run.mode == Mode::Pushed {
            let Some(connection) = &mut kept else { bail!("pushed requests need no TLS here") };
            let sent = Instant::now();
            run.pushed.run(connection).await?;
            tally.borrow_mut().latencies.push(sent.elapsed());
            continue;
        }
        let body = match run.mode {
            Mode::Repeat => run.bodies[0].as_str(),
            Mode::Walk | Mode::Pushed => walking.as_str(),
            Mode::Once => {
                let mut tally = tally.borrow_mut();
                tally.next += 1;
                let Some(body) = run.bodies.get(tally.next - 1) else { break };
                body
            }
        };
        let sent = Instant::now();
        let answer = match &mut kept {
            Some(connection) => connection.post(body).await?,
            None => {
                let mut connection = run.open(tls.as_ref(), &tally).await?;
                let answer = connection.post(body).await?;
                connection.close().await;
                answer
            }
        };
        let took = sent.elapsed();
        let successor = successor(&answer.body).map(|token| with_token(body, token));
        let mut tally = tally.borrow_mut();
        // What a control makes is answered with 201.
        if matches!(answer.status, 200 | 201) {
            tally.latencies.push(took);
        } else {
            if tally.refused == 0 {
                eprintln!("refused: {} {}", answer.status, answer.body);
            }
            tally.refused += 1;
        }
        if run.mode == Mode::Walk {
            let Some(next) = successor else { break };
            walking = next;
        }
    }
    if run.mode == Mode::Walk {
        tally.borrow_mut().left.push(walking);
    }
    Ok(())
}

/// The refresh token of an answer: its alphabet needs no unescaping (RFC 6749 §A.17 with base64url).
fn successor(body: &str) -> Option<&str> {
    let after = body.split_once(r#""refresh_token":"#)?.1.trim_start().strip_prefix('"')?;
    Some(after.split_once('"')?.0)
}

/// The same body with its last parameter, the refresh token, replaced.
fn with_token(body: &str, token: &str) -> String {
    let kept = body.rfind('=').map_or(body, |at| &body[..=at]);
    format!("{kept}{token}")
}

fn report(tally: &mut Tally, elapsed: Duration) -> String {
    tally.latencies.sort_unstable();
    let count = tally.latencies.len();
    let at = |share: f64| {
        let index = ((count as f64 * share) as usize).min(count.saturating_sub(1));
        tally.latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    };
    let left: Vec<String> = tally.left.iter().map(|body| format!(r#""{body}""#)).collect();
    format!(
        r#"{{"count":{count},"refused":{},"rps":{:.1},"p50":{:.3},"p99":{:.3},"resumed":{},"left":[{}]}}"#,
        tally.refused,
        count as f64 / elapsed.as_secs_f64(),
        at(0.50),
        at(0.99),
        tally.resumed,
        left.join(",")
    )
}
