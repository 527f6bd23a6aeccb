//! A server with administrators whom tests know, and what is asked of it.

use std::path::Path;

use super::Program;

/// A server with known administrators.
pub(crate) struct Serving {
    pub(crate) program: Program,
    pub(crate) listen: String,
}

impl Serving {
    pub(crate) fn start(place: &Path, database: &[(&str, &str)]) -> Self {
        let listen = format!("127.0.0.1:{}", super::free_port());
        let arguments = ["serve", "--listen", &listen, "--management-listen", "off"];
        let program = Program::start(place, &arguments, &[&KNOWN, database].concat());
        program.wait_for_log("serving");
        Self { program, listen }
    }

    /// An application that gets tokens, with its secret.
    pub(crate) fn worker(&self, bearer: &str, number: usize) -> (String, String) {
        let body = format!(
            "{{\"name\":\"worker {number}\",\"enabled\":true,\"type\":\"WORKER\",\"protocol\":\"OPENID_CONNECT\",\
             \"grantTypes\":[\"CLIENT_CREDENTIALS\"],\"tokenEndpointAuthMethod\":\"CLIENT_SECRET_BASIC\"}}"
        );
        let url = format!("http://{}/v1/environments/{ENVIRONMENT}/applications", self.listen);
        let (status, answer) = Program::post_json(&url, bearer, &body);
        assert_eq!(status, 201, "{answer}");
        let made: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        let secret = self.secret(bearer, &id);
        (id, secret)
    }

    pub(crate) fn secret(&self, bearer: &str, id: &str) -> String {
        let url = format!("http://{}/v1/environments/{ENVIRONMENT}/applications/{id}/secret", self.listen);
        let (status, answer) = Program::get(&url, bearer);
        assert_eq!(status, 200, "{answer}");
        let found: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        found["secret"].as_str().unwrap().to_owned()
    }

    pub(crate) fn populations(&self) -> String {
        format!("http://{}/v1/environments/{ENVIRONMENT}/populations", self.listen)
    }

    pub(crate) fn ask(&self, client: &str, secret: &str) -> (u16, String) {
        let url = format!("http://{}/{ENVIRONMENT}/as/token", self.listen);
        self.program.post_as(&url, "grant_type=client_credentials", Some((client, secret)))
    }

    pub(crate) fn token(&self, client: &str, secret: &str) -> u16 {
        self.ask(client, secret).0
    }

    pub(crate) fn bearer(&self, client: &str, secret: &str) -> String {
        let (_, answer) = self.ask(client, secret);
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let token: serde_json::Value = serde_json::from_str(body).unwrap();
        token["access_token"].as_str().unwrap().to_owned()
    }
}

pub(crate) const ENVIRONMENT: &str = "25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e";
pub(crate) const CLIENT: &str = "7b1cab74-19b8-42ac-9d41-3590ea34b988";
pub(crate) const SECRET: &str = "MG0bMHf9zgOXkRu0s.pxoVK9El0~1Xg1";
pub(crate) const KNOWN: [(&str, &str); 3] = [
    ("GRANTOR_ADMIN_ENVIRONMENT_ID", ENVIRONMENT),
    ("GRANTOR_ADMIN_CLIENT_ID", CLIENT),
    ("GRANTOR_ADMIN_CLIENT_SECRET", SECRET),
];
