//! Keys and certificates: what PingOne's clients send and read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::keys;
use jose::{Facts, SigningKey, pkcs7};
use protocol::id::EnvironmentId;
use protocol::model::KeyPair;
use serde_json::{Value, json};
use testkit::{Admin, Answer};

const DAY: i64 = 86_400;
pub(super) const DN: &str = "CN=key, OU=Ping Identity, O=Ping Identity, L=, ST=, C=US";
/// Made with OpenSSL 3, password `secret`.
const OF_OPENSSL: &[u8] = include_bytes!("../../../../jose/src/pkcs12/openssl.p12");

pub(super) fn key(usage: &str, default: bool) -> Value {
    json!({
        "name": "key", "algorithm": "EC", "keyLength": 256, "signatureAlgorithm": "SHA384withECDSA", "subjectDN": DN,
        "usageType": usage, "default": default, "validityPeriod": 365,
    })
}

pub(super) fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

pub(super) async fn send_form(api: &Admin, path: &str, fields: &[(&str, &[u8])]) -> Answer {
    let (media, body) = form(fields);
    api.typed("POST", path, &[media], body).await
}

/// A form of files, and its media type.
pub(super) fn form(fields: &[(&str, &[u8])]) -> (&'static str, Vec<u8>) {
    let mut body = Vec::new();
    for (name, content) in fields {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n").bytes(),
        );
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    ("multipart/form-data; boundary=b", body)
}

pub(super) async fn file(api: &Admin, path: &str, media: &str) -> Answer {
    api.send(api.request("GET", path).header("accept", media)).await
}

/// The contract, Annex A: Certificate; the provider's own tests of a minimal key.
#[tokio::test]
async fn a_key_is_made_and_shown_as_the_contract_has_it() {
    let api = Admin::start().await;
    let path = api.path("/keys");
    let made = api.post(&path, &key("SIGNING", false)).await.expect(201);
    for (member, expected) in [
        ("status", json!("VALID")),
        ("default", json!(false)),
        ("algorithm", json!("EC")),
        ("keyLength", json!(256)),
        ("signatureAlgorithm", json!("SHA384withECDSA")),
        ("subjectDN", json!(DN)),
        ("issuerDN", json!(DN)),
        ("validityPeriod", json!(365)),
    ] {
        assert_eq!(made[member], expected, "{member}");
    }
    assert!(made["serialNumber"].as_u64().is_some_and(|serial| serial < 1 << 53));
    assert!(made["startsAt"].is_string() && made["expiresAt"].is_string() && made.get("sealed").is_none());
    let one = format!("{path}/{}", id(&made));
    assert_eq!(api.get(&one).await.expect(200), made);
    // The certificate says the same.
    let pem = file(&api, &one, "application/x-x509-ca-cert").await;
    assert_eq!(pem.headers["content-type"], "application/x-x509-ca-cert");
    let facts = Facts::read(&pkcs7::certificates(pem.text.as_bytes()).unwrap()[0]).unwrap();
    assert_eq!(json!(facts.serial.parse::<u64>().unwrap()), made["serialNumber"]);
    assert_eq!((facts.signed_with.as_str(), facts.not_after - facts.not_before), ("SHA384withECDSA", 365 * DAY));
    // Only what it is for and whether it is the default can be written.
    let written = json!({ "default": true, "usageType": "ENCRYPTION", "name": "other" });
    let after = api.put(&one, &written).await.expect(200);
    assert_eq!(
        (&after["usageType"], &after["default"], &after["name"]),
        (&json!("ENCRYPTION"), &json!(true), &json!("key"))
    );
    let second = api.post(&path, &key("ENCRYPTION", true)).await.expect(201);
    assert_eq!(api.get(&one).await.expect(200)["default"], false, "there is one default of each usage");
    assert_eq!(second["default"], true);
    api.put(&one, &json!({ "usageType": "SIGNING" })).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "default");
    api.delete(&one).await.expect(204);
    assert_eq!(api.get(&one).await.expect(404)["message"], not_found("Key", &one));
}

#[tokio::test]
async fn a_key_says_what_it_is_given_and_refuses_what_is_not_made() {
    let api = Admin::start().await;
    let path = api.path("/keys");
    let with = |members: Value| {
        let mut body = key("ISSUANCE", false);
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let given = with(json!({
        "algorithm": "RSA", "keyLength": 3072, "signatureAlgorithm": "SHA512withRSA", "serialNumber": 1_662_023_413_215_u64,
        "issuerDN": "CN=My CA, C=US", "customCRL": "http://ca.example/list.crl",
    }));
    let made = api.post(&path, &given).await.expect(201);
    for member in ["keyLength", "serialNumber", "issuerDN", "customCRL", "signatureAlgorithm"] {
        assert_eq!(made[member], given[member], "{member}");
    }
    for (members, target) in [
        (json!({ "keyLength": 224 }), "keyLength"),
        (json!({ "algorithm": "RSA", "keyLength": 7680, "signatureAlgorithm": "SHA256withRSA" }), "keyLength"),
        (json!({ "signatureAlgorithm": "SHA256withRSA" }), "signatureAlgorithm"),
        (json!({ "subjectDN": "nobody" }), "subjectDN"),
        (json!({ "usageType": "SIGNING", "customCRL": "http://ca.example/l" }), "customCRL"),
        (json!({ "validityPeriod": 0 }), "validityPeriod"),
        (json!({ "serialNumber": 0 }), "serialNumber"),
    ] {
        let answer = api.post(&path, &with(members)).await;
        assert_eq!(
            (answer.status, answer.body["details"][0]["target"].as_str()),
            (400, Some(target)),
            "{}",
            answer.text
        );
    }
    api.post(&path, &json!({ "name": "key" })).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "algorithm");
}

/// PKCS #12 in, PKCS #7 and PEM out, a request that openssl and others read, and the certificate that comes back.
#[tokio::test]
async fn keys_come_and_go_as_files() {
    let api = Admin::start().await;
    let path = api.path("/keys");
    let fields: &[(&str, &[u8])] = &[("usageType", b"SIGNING"), ("password", b"secret"), ("file", OF_OPENSSL)];
    let made = send_form(&api, &path, fields).await.expect(201);
    assert_eq!((&made["name"], &made["subjectDN"]), (&json!("terraform"), &json!("CN=terraform, O=Grantor, C=GB")));
    assert_eq!((&made["algorithm"], &made["keyLength"], &made["default"]), (&json!("EC"), &json!(256), &json!(false)));
    let one = format!("{path}/{}", id(&made));
    let text = api.get(&one).await.text;
    assert!(
        text.split("\"serialNumber\":").nth(1).unwrap().starts_with(|c: char| c.is_ascii_digit()),
        "a number: {text}"
    );
    let packed = file(&api, &one, "application/x-pkcs7-certificates").await;
    assert_eq!(packed.headers["content-type"], "application/x-pkcs7-certificates");
    let wrong: &[(&str, &[u8])] = &[("usageType", b"SIGNING"), ("password", b"other"), ("file", OF_OPENSSL)];
    send_form(&api, &path, wrong).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "file");
    send_form(&api, &path, &wrong[..2]).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "file");
    send_form(&api, &path, &wrong[2..]).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "usageType");
    // A certificate of another key is none of this one.
    let csr = file(&api, &format!("{one}/csr"), "application/x-pem-file").await;
    assert!(csr.text.starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    let other = SigningKey::generate(jose::Alg::Es256).unwrap();
    let foreign = certified(&other, "CN=terraform, O=Grantor, C=GB", api.server.now().secs());
    let answer = send_form(&api, &format!("{one}/csr"), &[("file", foreign.as_bytes())]).await;
    answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "file");
    let environment = EnvironmentId::parse(&api.env).unwrap();
    let stored: Vec<KeyPair> = api.server.app.store.all(environment, &[]).await.unwrap();
    let own = keys::open(&stored[0], api.server.app.seal()).unwrap();
    let signed = certified(&own, "CN=Test CA, C=GB", api.server.now().secs());
    let after = send_form(&api, &format!("{one}/csr"), &[("file", signed.as_bytes())]).await.expect(200);
    assert_eq!(after["name"], "terraform (Test CA)");
    assert_eq!((&after["id"], &after["issuerDN"]), (&made["id"], &json!("CN=Test CA, C=GB")));
}

/// A certificate of the key in PEM, as an authority of this name would give it.
pub(super) fn certified(key: &SigningKey, issuer: &str, now: i64) -> String {
    let subject = jose::DistinguishedName::parse("CN=terraform, O=Grantor, C=GB").unwrap();
    let issuer = jose::DistinguishedName::parse(issuer).unwrap();
    let said = jose::Said {
        subject: &subject,
        issuer: &issuer,
        serial: &[7; 20],
        not_before: now - DAY,
        not_after: now + 100 * DAY,
        authority: false,
        revocations: None,
    };
    jose::dn::pem("CERTIFICATE", &key.certify(&said, jose::SignedWith::Sha256).unwrap())
}

#[tokio::test]
async fn certificates_of_others_are_kept() {
    let api = Admin::start().await;
    let path = api.path("/certificates");
    let now = api.server.now().secs();
    let key = SigningKey::generate(jose::Alg::Rs256).unwrap();
    let pem = certified(&key, "CN=terraform, O=Grantor, C=GB", now);
    let der = pkcs7::certificates(pem.as_bytes()).unwrap().remove(0);
    let packed = pkcs7::write(&[&der]);
    let usage: (&str, &[u8]) = ("usageType", b"SSL/TLS");
    for sent in [pem.as_bytes(), &packed[..], &der[..]] {
        let made = send_form(&api, &path, &[usage, ("file", sent)]).await.expect(202);
        assert_eq!(
            (&made["subjectDN"], &made["usageType"]),
            (&json!("C=GB,O=Grantor,CN=terraform"), &json!("SSL/TLS"))
        );
        assert_eq!((&made["validityPeriod"], &made["status"]), (&json!(101), &json!("VALID")));
        let one = format!("{path}/{}", id(&made));
        // RFC 5280 §4.1.2.2: twenty octets, as a number.
        let text = api.get(&one).await.text;
        let serial = text.split("\"serialNumber\":").nth(1).unwrap();
        assert!(serial.starts_with("40119652789475766382061936584368553480751089415"), "{serial}");
        api.delete(&one).await.expect(204);
        assert_eq!(api.get(&one).await.expect(404)["message"], not_found("Certificate", &one));
    }
    let expired = certified(&key, "CN=a", now - 400 * DAY);
    send_form(&api, &path, &[usage, ("file", expired.as_bytes())]).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "file",
    );
    let private = format!("{pem}{}", jose::dn::pem("PRIVATE KEY", key.pkcs8()));
    let answer = send_form(&api, &path, &[usage, ("file", private.as_bytes())]).await;
    assert!(!answer.text.contains(&STANDARD.encode(&key.pkcs8()[..30])), "nothing of it is told");
    answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "file");
    assert_eq!(api.post(&path, &json!({})).await.status, 415);
}

/// A certificate of somebody else, of any key.
pub(super) async fn certificate(api: &Admin) -> String {
    let pem = certified(&SigningKey::generate(jose::Alg::Es256).unwrap(), "CN=a", api.server.now().secs());
    let path = api.path("/certificates");
    id(&send_form(api, &path, &[("usageType", b"SIGNING"), ("file", pem.as_bytes())]).await.expect(202))
}

/// Ping's provider looks for the sentence.
fn not_found(what: &str, path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').collect();
    let [id, _, environment, ..] = parts[..] else { panic!("{path}") };
    format!("{what} not found for id: {id} and environmentId: {environment}")
}

/// PingOne: a key that an identity provider signs with is not deleted, in the words that clients repeat until it is free.
#[tokio::test]
async fn a_key_that_an_identity_provider_signs_with_is_in_use() {
    let api = Admin::start().await;
    let made = id(&api.post(&api.path("/keys"), &key("SIGNING", false)).await.expect(201));
    let one = api.path(&format!("/keys/{made}"));
    let body = json!({
        "name": "SAML", "enabled": true, "type": "SAML", "idpEntityId": "idp:x", "spEntityId": "sp:x", "authnRequestSigned": true,
        "idpVerification": { "certificates": [{ "id": certificate(&api).await }] }, "ssoBinding": "HTTP_POST", "ssoEndpoint": "https://idp.example.com/sso",
        "spSigning": { "algorithm": "SHA256withRSA", "key": { "id": made } },
    });
    let provider = id(&api.post(&api.path("/identityProviders"), &body).await.expect(201));
    let refused = api.delete(&one).await.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "id");
    assert_eq!(refused["message"], "The Key must not be in use");
    api.delete(&api.path(&format!("/identityProviders/{provider}"))).await.expect(204);
    api.delete(&one).await.expect(204);
}
