//! A browser without scripts: it keeps cookies by name, sends forms and follows redirects one at a time.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};

use crate::app::TestApp;
use crate::wire::Answer;

/// One person's browser.
#[derive(Debug)]
pub struct Browser {
    http: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(app: &TestApp) -> Self {
        Self { http: app.http.clone(), origin: app.origin.clone(), cookies: BTreeMap::new() }
    }

    /// Opens a page: an absolute address of this server, or a path.
    pub async fn get(&mut self, address: &str) -> Answer {
        let request = self.http.request(Method::GET, self.absolute(address)).header("accept", "text/html");
        self.send(request).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.request(Method::POST, self.absolute(address)).header("accept", "text/html");
        let request = request.header("origin", &self.origin).header("content-type", FORM);
        self.send(request.body(crate::app::form(fields))).await
    }

    /// Follows redirects within this server; the answer is a page, or the redirect that leads away.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = answer.headers.get(LOCATION) else { break };
            let location = self.absolute(location.to_str().unwrap());
            if !location.starts_with(&self.origin) {
                break;
            }
            answer = self.get(&location).await;
        }
        answer
    }

    /// Fills in the sign-on page and sends it with its hidden fields.
    pub async fn sign_on(&mut self, page: &Answer, username: &str, password: &str) -> Answer {
        let action = attribute(&page.text, "<form", "action").unwrap();
        let action = action.replace("&amp;", "&");
        let mut fields = hidden(&page.text);
        fields.extend([("username".to_owned(), username.to_owned()), ("password".to_owned(), password.to_owned())]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.submit(&action, &fields).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    fn absolute(&self, address: &str) -> String {
        if address.starts_with('/') { format!("{}{address}", self.origin) } else { address.to_owned() }
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let answer = Answer::read(request.send().await.unwrap()).await;
        for line in answer.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// The hidden fields of a page's first form.
fn hidden(html: &str) -> Vec<(String, String)> {
    let form = html.split("</form>").next().unwrap_or_default();
    let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let fields = inputs.filter(|tag| tag.contains("type=\"hidden\""));
    let pair = |tag: &str| Some((value(tag, "name")?, value(tag, "value").unwrap_or_default()));
    fields.filter_map(pair).collect()
}

/// An attribute of the first tag that begins so.
fn attribute(html: &str, tag: &str, name: &str) -> Option<String> {
    let rest = &html[html.find(tag)?..];
    value(rest.split('>').next()?, name)
}

fn value(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    tag[start..].split('"').next().map(str::to_owned)
}

const FORM: &str = "application/x-www-form-urlencoded";
const MOST_REDIRECTS: usize = 12;
