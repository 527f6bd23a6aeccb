//! Key pairs with certificates: made, brought as files, exported, certified by others. The environment's own signing keys are among
//! them, and those of key rotation policies; neither is written here.

use engine::Failure;
use engine::manage::Authorized;
use engine::{keys, rotation};
use jose::dn::pem;
use jose::{DistinguishedName, Facts, SignedWith, pkcs7};
use protocol::change::{Change, Guard};
use protocol::id::{EnvironmentId, KeyPairId};
use protocol::model::describe;
use protocol::model::key_pair::{read_update, signed_with_hash};
use protocol::model::{IdentityProvider, Kept as _, KeyPair};
use protocol::refusal::{Detail, Reason, Refused};
use protocol::time::Time;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::Answer;
use super::call::{Call, MULTIPART};
use super::crud::{self, Here, Include, Managed, own_links};
use super::entered;
use super::key_file::{self, Media};
use super::list::whole;
use super::room;
use super::shape::Object;

impl Managed for KeyPair {
    fn links(&self) -> Vec<(&'static str, String)> {
        let path = format!("/environments/{}/keys/{}", self.environment, self.id);
        let mut links = own_links(self);
        links.extend(["csr", "applications"].map(|name| (name, format!("{path}/{name}"))));
        links
    }

    fn unknown(environment: EnvironmentId, id: Uuid) -> Failure {
        key_file::unknown("Key", environment, id)
    }

    async fn release(by: &Authorized, pair: &Self) -> Result<(), Failure> {
        let providers: Vec<IdentityProvider> = by.store().every_within(pair.environment).await?;
        if !providers.iter().any(|provider| provider.saml.signing_key == Some(pair.id.uuid())) {
            return Ok(());
        }
        // Clients look for the sentence, and try again: whoever uses it may be on the way out.
        let refused =
            Refused::new(Reason::ConstraintViolated, "a key that nothing uses", "the key of an identity provider");
        let details = vec![Detail::new("CONSTRAINT_VIOLATION", "id", IN_USE)];
        Err(Refused { details, ..refused.saying(IN_USE) }.into())
    }

    async fn made(by: &Authorized, pairs: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        let of = |pair: &Self| {
            let status = status((pair.starts_at, pair.expires_at), by.now());
            Object::default().with("status", status).with("serialNumber", pair.serial.as_str()).into_map()
        };
        Ok(pairs.iter().map(of).collect())
    }
}

/// Whether a certificate is good at `now`.
pub(super) fn status((starts_at, expires_at): (Time, Time), now: Time) -> &'static str {
    match now {
        now if now < starts_at => "NOT_YET_VALID",
        now if now > expires_at => "EXPIRED",
        _ => "VALID",
    }
}

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let pairs = rotation::pairs(&call.by.app, call.environment()?).await?;
    let rows = crud::shapes(&call.by, &pairs, &Include::default()).await?;
    Ok(whole(&call, KeyPair::PATH, rows, ATTRIBUTES)?.numbered())
}

/// As JSON, or the certificate as a file where that is asked for.
pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let pair = find(&call).await?;
    let Some(media) = Media::asked(&call) else { return respond(&call.by, pair, Answer::ok).await };
    let pair = if pair.certificate.is_empty() {
        let key = rotation::private_key(&call.by.app, &pair).await?;
        keys::certified(pair, &key)?
    } else {
        pair
    };
    key_file::certificates(media, std::iter::once(&pair.certificate).chain(&pair.chain))
}

/// Makes a key, or takes the one of a file.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let blank =
        KeyPair { id: by.ctx().uuid().into(), version: 1, ..KeyPair::begun(call.environment()?, by.now().to_millis()) };
    let there: Vec<KeyPair> = by.store().all(blank.environment, &[]).await?;
    if there.len() >= MOST {
        let message = format!("an environment has at most {MOST} keys");
        return Err(crud::constraint("id", &message, "one more"));
    }
    room::hold::<KeyPair>(by, (blank.environment, None), there.len(), MOST);
    let pair = if call.media_types().iter().any(|media| media == MULTIPART) {
        imported(&call, blank).await?
    } else {
        let body = call.json_of_any(&["application/json", MULTIPART]).await?;
        let pair: KeyPair = describe::read(&body, &blank, &Here::of(by))?;
        keys::new_pair(&by.app, &by.ctx(), pair).await?
    };
    undefault(by, &pair, &there);
    Ok(entered::add(by, pair, Vec::new()).await?.numbered())
}

async fn imported(call: &Call, blank: KeyPair) -> Result<KeyPair, Failure> {
    let by = &call.by;
    let form = key_file::Sent::read(call).await?;
    let blank = KeyPair { usage: form.usage()?, ..blank };
    // The password is hashed as often as the file says: not on a thread that serves others.
    let (app, now) = (by.app.clone(), by.now());
    let opened = tokio::task::spawn_blocking(move || keys::opened(&form.file, form.password()));
    let opened = opened.await.map_err(|_| Failure::Bug("a file of keys"))?;
    let opened = opened.map_err(|message| key_file::faulty(&message))?;
    key_file::judge_time(&opened.facts, now)?;
    Ok(keys::imported(&by.ctx(), app.seal(), blank, opened))
}

/// PingOne's: only what it is for, and whether it is the default.
pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let before = find(&call).await?;
    of_nobody(&before, "is written by its key rotation policy alone")?;
    let before: KeyPair = crud::load(&call).await?;
    let after = read_update(&call.json().await?, &before)?;
    let there: Vec<KeyPair> = by.store().all(before.environment, &[]).await?;
    undefault(by, &after, &there);
    respond(by, crud::write(by, &before, after, Vec::new()).await?, Answer::ok).await
}

pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let pair = find(&call).await?;
    if pair.is_published() {
        // No sentence that clients repeat: this does not pass.
        return Err(crud::constraint("id", OF_POLICY, "a key that signs tokens, will sign or has signed"));
    }
    crud::delete::<KeyPair>(call).await
}

/// A request for a certificate of the key, to be signed by somebody else.
pub(super) async fn request(call: Call) -> Result<Answer, Failure> {
    let pair = find(&call).await?;
    let key = rotation::private_key(&call.by.app, &pair).await?;
    let subject = DistinguishedName::parse(&pair.subject).map_err(|_| Failure::Bug("a name that was judged"))?;
    let with = signed_with_hash(&pair.signature_algorithm).unwrap_or(SignedWith::Sha256);
    let der = key.request(&subject, with).map_err(|_| Failure::Bug("a request that is not signed"))?;
    Ok(if call.accepts("application/pkcs10") {
        Answer::file("application/pkcs10", der)
    } else {
        Answer::file("application/x-pem-file", pem("CERTIFICATE REQUEST", &der).into_bytes())
    })
}

/// The certificate that came of it takes the place of the one that the key has.
pub(super) async fn certify(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let pair = find(&call).await?;
    of_nobody(&pair, "has the certificate that its key rotation policy makes")?;
    let before: KeyPair = crud::load(&call).await?;
    let form = key_file::Sent::read(&call).await?;
    let files = pkcs7::certificates(&form.file).map_err(|error| key_file::faulty(&error.to_string()))?;
    let key = rotation::private_key(&by.app, &before).await?;
    let public = key.public_key_info().map_err(|_| Failure::Bug("a key without its public half"))?;
    let all: Result<Vec<Facts>, _> = files.iter().map(|der| Facts::read(der)).collect();
    let all = all.map_err(|error| key_file::faulty(&error.to_string()))?;
    let Some(own) = all.iter().find(|facts| facts.public_key == public) else {
        return Err(key_file::faulty("there is no certificate of this key in the file").into());
    };
    key_file::judge_time(own, by.now())?;
    let above = all.iter().filter(|facts| facts.public_key != public).map(|facts| key_file::base64(&facts.der));
    let after = KeyPair { chain: above.collect(), ..keys::as_certified(before.clone(), own) };
    respond(by, crud::write(by, &before, after, Vec::new()).await?, Answer::ok).await
}

/// One of all that are listed.
pub(super) async fn find(call: &Call) -> Result<KeyPair, Failure> {
    let id = call.id(KeyPair::PARAMETER, KeyPairId::parse)?;
    let environment = call.environment()?;
    let pairs = rotation::pairs(&call.by.app, environment).await?;
    pairs.into_iter().find(|pair| pair.id == id).ok_or_else(|| KeyPair::unknown(environment, id.uuid()))
}

/// Refuses to write what a policy writes.
fn of_nobody(pair: &KeyPair, message: &str) -> Result<(), Failure> {
    if pair.is_published() { Err(crud::constraint("id", message, "a key that signs tokens")) } else { Ok(()) }
}

/// The key is the default of its usage alone: the one that was before is it no more. The database has one at most, so of two that
/// become it at once one is decided again.
fn undefault(by: &Authorized, pair: &KeyPair, there: &[KeyPair]) {
    let other = |key: &&KeyPair| pair.default && key.default && key.usage == pair.usage && key.id != pair.id;
    for key in there.iter().filter(other) {
        let key = KeyPair { default: false, updated_at: by.now().to_millis(), ..key.clone() };
        by.along(Change::put(key, Guard::Version));
    }
}

async fn respond(by: &Authorized, pair: KeyPair, answer: fn(Value) -> Answer) -> Result<Answer, Failure> {
    Ok(crud::respond(by, pair, &Include::default(), answer).await?.numbered())
}

const IN_USE: &str = "The Key must not be in use";
const OF_POLICY: &str = "A key that tokens are signed with ends with its key rotation policy alone";
const MOST: usize = 500;
const ATTRIBUTES: &[&str] = &["id", "name", "usageType", "default", "status", "algorithm", "createdAt", "expiresAt"];
