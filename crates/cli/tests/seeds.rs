//! `grantor dev --seed`: worlds that are there when the port opens.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::io::{Read as _, Write as _};

use program::{Program, connect, free_port, run};

fn ask(port: &str, head: &str, body: &str) -> String {
    let mut stream = connect(&format!("127.0.0.1:{port}"));
    let length = body.len();
    let more = format!("Host: localhost:{port}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    write!(stream, "{head}\r\n{more}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const SEED: &str = "
environments:
  - name: Shop
    tokenProfile: RFC9068
    resources: [{ name: orders, audience: 'https://orders.test', scopes: [{ name: 'orders:read' }] }]
    applications:
      - name: Portal
        enabled: true
        type: SERVICE
        protocol: OPENID_CONNECT
        clientId: portal
        clientSecret: { env: PORTAL_SECRET }
        tokenEndpointAuthMethod: CLIENT_SECRET_POST
        grantTypes: [CLIENT_CREDENTIALS]
        grants: [{ resource: orders, scopes: ['orders:read'] }]
    mounts: [{ path: /shop, layout: spring }]
";

/// The same at every start, its id too, and at the address of its mount.
#[test]
fn a_seeded_world_is_there_when_the_port_opens() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("seed.yaml"), SEED).unwrap();
    let mut worlds = Vec::new();
    for _ in 0..2 {
        let port = free_port().to_string();
        let arguments = ["dev", "--port", &port, "--seed", "seed.yaml", "--data-dir", "data"];
        let dev = Program::start(place.path(), &arguments, &[("PORTAL_SECRET", "a-secret-of-a-variable")]);
        dev.wait_for("curl");
        let form = "grant_type=client_credentials&client_id=portal&client_secret=a-secret-of-a-variable";
        let head = "POST /shop/oauth2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        let answer = ask(&port, head, form);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("orders:read"), "{answer}");
        let told = ask(&port, "GET /dev/v1/worlds HTTP/1.1", "");
        let told: serde_json::Value = serde_json::from_str(told.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        let shop = told["worlds"].as_array().unwrap().iter().find(|world| world["name"] == "Shop").cloned();
        worlds.push(shop.unwrap()["id"].clone());
        assert_eq!(dev.interrupt(), 0);
    }
    assert_eq!(worlds[0], worlds[1]);
}

/// Whatever is wrong is told with its place, before anything is made.
#[test]
fn a_wrong_seed_starts_nothing() {
    let place = tempfile::tempdir().unwrap();
    for (seed, said) in [
        (SEED.replace("grantTypes", "grantTyps"), "seed.yaml:14:9: environments[0].applications[0].grantTyps"),
        (SEED.replace("audience", "audiance"), "did you mean audience"),
        (SEED.replace("/shop", "/v1"), "path must be"),
        (SEED.replace("layout: spring", "layout: autumn"), "layout must be"),
        (SEED.replace("/shop", "/ms-auth-server"), "would both answer"),
        (SEED.replace("PORTAL_SECRET", "NOT_THERE"), "NOT_THERE"),
        ("environments: 7".to_owned(), "it must be a list"),
        ("[".to_owned(), "it is no YAML"),
    ] {
        std::fs::write(place.path().join("seed.yaml"), &seed).unwrap();
        let refused = run(place.path(), &["dev", "--port", "0", "--seed", "seed.yaml"]);
        assert_eq!(refused.code, 78, "{}", refused.errors);
        assert!(refused.errors.contains(said), "{said}: {}", refused.errors);
    }
}
