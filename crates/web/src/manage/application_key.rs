//! Keys that an application registers by certificate for `private_key_jwt`: PingOne's documents name the call, and no model of its
//! says what is sent or answered. What is answered here has the members of its certificates.

use engine::Failure;
use engine::manage::{About, Authorized};
use jose::Certificate;
use jose::certificate::Validity;
use protocol::audit::Action;
use protocol::change::{Change, Guard};
use protocol::id::canonical;
use protocol::model::{Application, KeyCertificate};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::time::Time;
use serde_json::Value;

use super::answer::Answer;
use super::application::load;
use super::call::{Call, missing};
use super::crud::{Managed as _, constraint};
use super::list::whole;
use super::shape::{linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let application = load(&call).await?.application;
    let rows = application.keys.certificates().iter().filter_map(|one| shape(&call.by, &application, one));
    whole(&call, "keys", rows.collect(), &["id", "kid", "status", "expiresAt"])
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let application = load(&call).await?.application;
    let certificate = find(&call, &application)?;
    Ok(Answer::ok(respond(&call.by, &application, certificate)?))
}

/// Registers the key of the certificate that is sent.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let mut application = load(&call).await?.application;
    let pem = pem(&call).await?;
    let mut certificates = application.keys.certificates().to_vec();
    let (made, read) = KeyCertificate::register(by.ctx().uuid(), &pem, &certificates, by.now())
        .map_err(|sentence| Refused::fields(vec![Detail::new("INVALID_VALUE", MEMBER, sentence)]))?;
    certificates.push(made.clone());
    application.keys = application.keys.with(certificates);
    let about = about(&application, "registered", &read);
    write(&by, &mut application, about).await?;
    Ok(Answer::created(respond(&by, &application, &made)?))
}

/// Takes the key away: no assertion that is made with it is believed from now on.
pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let mut application = load(&call).await?.application;
    let gone = find(&call, &application)?.clone();
    let rest = application.keys.certificates().iter().filter(|one| one.id != gone.id).cloned().collect();
    application.keys = application.keys.with(rest);
    if application.lacks_keys() {
        // PingOne's sentence of a key without which something would not work.
        return Err(constraint(
            "id",
            "The Key must not be in use",
            "the only key of an application with PRIVATE_KEY_JWT",
        ));
    }
    let about = match gone.read() {
        Some(read) => about(&application, "took away", &read),
        None => About::from(application.target()),
    };
    write(&by, &mut application, about).await?;
    Ok(Answer::none())
}

async fn write(by: &Authorized, application: &mut Application, about: About) -> Result<(), Failure> {
    application.updated_at = by.now().to_millis();
    let change = Change::put(application.clone(), Guard::Version);
    by.finish(vec![change], Action::ApplicationUpdated, about).await
}

/// The names of a key are public.
fn about(application: &Application, verb: &str, certificate: &Certificate) -> About {
    About::from(application.target()).noting(format!("{verb} the key {}", certificate.jwk.thumbprint()))
}

fn find<'a>(call: &Call, application: &'a Application) -> Result<&'a KeyCertificate, Failure> {
    let id = call.id("key", canonical)?;
    let found = application.keys.certificates().iter().find(|one| one.id == id);
    found.ok_or_else(|| missing("key", id.to_string()))
}

/// The certificate as it was sent: as the file that it is in, or as a member of a JSON object.
async fn pem(call: &Call) -> Result<Vec<u8>, Failure> {
    if call.media_types().iter().any(|media| media == FILE) {
        return call.octets().await;
    }
    match call.json_of_any(&["application/json", FILE]).await?.get(MEMBER) {
        Some(Value::String(text)) => Ok(text.clone().into_bytes()),
        Some(_) => Err(Refused::fields(vec![Detail::new("INVALID_VALUE", MEMBER, "must be a text")]).into()),
        None => Err(Refused::fields(vec![Detail::new("REQUIRED_VALUE", MEMBER, "must be provided")]).into()),
    }
}

fn respond(by: &Authorized, application: &Application, certificate: &KeyCertificate) -> Result<Value, Failure> {
    shape(by, application, certificate).ok_or_else(|| Reason::ResourceNotFound.into())
}

/// None: a newer version stored what this one does not read.
fn shape(by: &Authorized, application: &Application, certificate: &KeyCertificate) -> Option<Value> {
    let read = certificate.read()?;
    let environment = format!("/environments/{}", application.environment);
    let path = format!("{environment}/applications/{}", application.id);
    let (kind, bits) = read.key;
    let links =
        [("self", format!("{path}/keys/{}", certificate.id)), ("environment", environment), ("application", path)];
    let body = linked(by, &links)
        .with("id", certificate.id.to_string())
        .with("environment", reference(application.environment))
        .with("application", reference(application.id))
        .maybe("kid", read.jwk.kid())
        .maybe("x5t#S256", read.jwk.certificate())
        .with("algorithm", kind.name())
        .with("keyLength", bits)
        .with("usageType", "SIGNING")
        .with("status", status(&read, by.now()))
        .with("subjectDN", read.subject.as_str())
        .with("issuerDN", read.issuer.as_str())
        // As a text: RFC 5280 §4.1.2.2 lets it have twenty octets.
        .with("serialNumber", read.serial.as_str())
        .with("signatureAlgorithm", read.signed_with.as_str())
        .with("startsAt", stamp(Time::from_secs(read.not_before)))
        .with("expiresAt", stamp(Time::from_secs(read.not_after)))
        .with("createdAt", stamp(certificate.created_at));
    Some(body.into())
}

fn status(certificate: &Certificate, now: Time) -> &'static str {
    match certificate.at(now.secs()) {
        Validity::NotYet => "NOT_YET_VALID",
        Validity::Valid => "VALID",
        Validity::Expired => "EXPIRED",
    }
}

const MEMBER: &str = "certificate";
/// What PingOne calls PEM.
const FILE: &str = "application/x-pem-file";
