//! Certificates of others, which come as files.

use engine::Failure;
use engine::keys;
use engine::manage::Authorized;
use jose::{Facts, pkcs7};
use protocol::id::EnvironmentId;
use protocol::model::{Application, Certificate, IdentityProvider, Kept as _};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::time::Time;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::Answer;
use super::call::Call;
use super::crud::{self, Include, Managed, own_links};
use super::entered;
use super::key::status;
use super::key_file::{self, Media};
use super::list::whole;
use super::room;
use super::shape::Object;

impl Managed for Certificate {
    fn links(&self) -> Vec<(&'static str, String)> {
        let path = format!("/environments/{}/certificates/{}", self.environment, self.id);
        let mut links = own_links(self);
        links.push(("applications", format!("{path}/applications")));
        links
    }

    fn unknown(environment: EnvironmentId, id: Uuid) -> Failure {
        key_file::unknown("Certificate", environment, id)
    }

    /// Clients look for the status and the sentence, and try again: whoever uses it may be on the way out.
    async fn release(by: &Authorized, certificate: &Self) -> Result<(), Failure> {
        let providers: Vec<IdentityProvider> = by.store().every_within(certificate.environment).await?;
        if !providers.iter().any(|provider| provider.saml.certificates.contains(&certificate.id.uuid())) {
            return Ok(());
        }
        let refused = Refused::new(Reason::InUse, "a certificate that nothing uses", "that of an identity provider");
        let details = vec![Detail::new("CONSTRAINT_VIOLATION", "id", IN_USE)];
        Err(Refused { details, ..refused.saying(IN_USE) }.into())
    }

    async fn made(by: &Authorized, certificates: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let of = |one: &Self| {
            let status = status((one.starts_at, one.expires_at), by.now());
            Object::default().with("status", status).into_map()
        };
        Ok(certificates.iter().map(of).collect())
    }
}

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let all: Vec<Certificate> = call.by.store().all(call.environment()?, &[]).await?;
    let rows = crud::shapes(&call.by, &all, &Include::default()).await?;
    Ok(whole(&call, Certificate::PATH, rows, ATTRIBUTES)?.numbered())
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let one: Certificate = crud::load(&call).await?;
    match Media::asked(&call) {
        Some(media) => key_file::certificates(media, std::iter::once(&one.certificate)),
        None => Ok(crud::respond(&call.by, one, &Include::default(), Answer::ok).await?.numbered()),
    }
}

/// Takes the certificate of a file: the first, where it has those above it as well.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let form = key_file::Sent::read(&call).await?;
    let usage = form.usage()?;
    let files = pkcs7::certificates(&form.file).map_err(|error| key_file::faulty(&error.to_string()))?;
    let first = files.first().map(|der| Facts::read(der)).ok_or(Failure::Bug("a file without a certificate"))?;
    let facts = first.map_err(|error| key_file::faulty(&error.to_string()))?;
    key_file::judge_time(&facts, by.now())?;
    let there: Vec<Certificate> = by.store().all(call.environment()?, &[]).await?;
    if there.len() >= MOST {
        return Err(crud::constraint("id", &format!("an environment has at most {MOST} certificates"), "one more"));
    }
    room::hold::<Certificate>(by, (call.environment()?, None), there.len(), MOST);
    let (algorithm, length) = keys::spec(&facts).unwrap_or(("UNKNOWN", 0));
    let one = Certificate {
        id: by.ctx().uuid().into(),
        name: facts.name().chars().take(256).collect(),
        algorithm: algorithm.to_owned(),
        length,
        signature_algorithm: facts.signed_with.clone(),
        // As PingOne spells them for certificates: the root first.
        subject: facts.subject.spelled(",", true),
        issuer: facts.issuer.spelled(",", true),
        serial: facts.serial.clone(),
        usage,
        validity: (facts.not_after - facts.not_before) / 86_400,
        starts_at: Time::from_secs(facts.not_before),
        expires_at: Time::from_secs(facts.not_after),
        certificate: key_file::base64(&facts.der),
        version: 1,
        ..Certificate::begun(call.environment()?, by.now().to_millis())
    };
    Ok(entered::add_answering(by, one, Vec::new(), Answer::accepted).await?.numbered())
}

/// Nothing refers to one yet: what will is SAML.
pub(super) async fn applications(call: Call) -> Result<Answer, Failure> {
    crud::load::<Certificate>(&call).await?;
    whole(&call, Application::PATH, Vec::new(), &["id", "name", "type", "enabled"])
}

const IN_USE: &str = "The Certificate must not be in use";
const MOST: usize = 500;
const ATTRIBUTES: &[&str] = &["id", "name", "usageType", "status", "algorithm", "createdAt", "expiresAt"];
