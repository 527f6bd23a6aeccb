//! What is outside of a [`FakeWorld`](crate::FakeWorld): names, answers, and a record of what was asked.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use engine::fetch::{Answer, Call, Method, Unfetched};

/// Names and answers as tests put them. Of several for one key each is given once, and the last from then on.
#[derive(Debug, Default)]
pub struct Outside {
    names: Mutex<BTreeMap<String, VecDeque<Vec<IpAddr>>>>,
    answers: Mutex<BTreeMap<String, VecDeque<Result<Answer, Unfetched>>>>,
    asked: Mutex<Vec<Asked>>,
}

/// A request that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub url: String,
    /// Where the connection was allowed to go.
    pub addresses: Vec<SocketAddr>,
    pub method: Method,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Bytes of the answer that would be read.
    pub largest: usize,
    /// What a log would show of it.
    pub debug: String,
}

impl Outside {
    /// What a look-up of `name` finds next.
    pub fn name(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.names.lock().unwrap().entry(name.to_owned()).or_default().push_back(addresses);
    }

    /// What a request for `url` gets next.
    pub fn answer(&self, url: &str, answer: Result<Answer, Unfetched>) {
        self.answers.lock().unwrap().entry(url.to_owned()).or_default().push_back(answer);
    }

    /// A JSON document at `url`.
    pub fn json(&self, url: &str, body: &str) {
        let media = Some("application/json".to_owned());
        self.answer(url, Ok(Answer { status: 200, media, body: body.into(), ..Answer::default() }));
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Unfetched> {
        next(&mut self.names.lock().unwrap(), name).ok_or(Unfetched::Unreachable)
    }

    pub(crate) fn fetch(&self, call: &Call) -> Result<Answer, Unfetched> {
        self.asked.lock().unwrap().push(Asked {
            url: call.to().as_str().to_owned(),
            addresses: call.to().addresses().to_vec(),
            method: call.method(),
            headers: call.headers().map(|(name, value)| (name, value.to_owned())).collect(),
            body: call.body().to_owned(),
            largest: call.largest(),
            debug: format!("{call:?}"),
        });
        next(&mut self.answers.lock().unwrap(), call.to().as_str()).unwrap_or(Err(Unfetched::Unreachable))
    }
}

fn next<T: Clone>(table: &mut BTreeMap<String, VecDeque<T>>, key: &str) -> Option<T> {
    let queue = table.get_mut(key)?;
    if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() }
}
