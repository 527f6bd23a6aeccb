//! Issuers whose word an environment takes for what runs elsewhere: a cluster, a CI system, a SPIFFE trust domain. Their tokens
//! prove an application in place of a secret (RFC 7523 §3, draft-ietf-oauth-spiffe-client-auth).

mod subject;

use super::application::RegisteredKeys;
use super::check::Fields;
use super::check::application::is_fetched_address;
use super::describe::{Absent, Described, Found, Walk, each, property};
use crate::id::{ApplicationId, EnvironmentId, TrustedIssuerId};
use crate::names::names;
use crate::time::Time;

names! {
    /// What an issuer is believed in.
    #[derive(Default)]
    pub enum TrustedIssuerType {
        /// Which instance of a client has which key (draft-ietf-oauth-attestation-based-client-auth). Subjects are client ids.
        ClientAttester = "CLIENT_ATTESTER",
        /// What a software is that registers itself as a client (RFC 7591 §2.3).
        SoftwareStatement = "SOFTWARE_STATEMENT",
        /// The name of the workload that holds the token.
        #[default]
        Workload = "WORKLOAD",
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrustedIssuer {
    pub id: TrustedIssuerId,
    pub environment: EnvironmentId,
    pub name: String,
    pub kind: TrustedIssuerType,
    /// `iss` of its tokens; of a SPIFFE trust domain `spiffe://` and its name, which the `sub` of its tokens begins with.
    pub issuer: String,
    pub keys: RegisteredKeys,
    /// The only `aud` of its tokens. Absent: the issuer of the environment.
    pub audience: Option<String>,
    /// Whether each token is good for one request alone, by its `jti`. Most issuers mean theirs to be shown until they end.
    pub single_use: bool,
    pub workloads: Vec<Workload>,
    /// `softwareIds`: the only software whose statements are approved. Empty: all of the issuer's.
    pub software: Vec<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What the issuer's names mean here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// A pattern of `sub`; see [`subject`].
    pub subject: String,
    pub application: ApplicationId,
}

impl TrustedIssuer {
    /// Whether its tokens are JWT-SVIDs, which are found by the trust domain in `sub`.
    pub fn is_spiffe(&self) -> bool {
        self.kind == TrustedIssuerType::Workload && self.issuer.starts_with(SPIFFE)
    }

    /// The applications that the workload of this name may be, in the order in which they are listed.
    pub fn applications<'a>(&'a self, subject: &'a str) -> impl Iterator<Item = ApplicationId> + 'a {
        let meant = self.workloads.iter().filter(move |workload| subject::matches(&workload.subject, subject));
        meant.map(|workload| workload.application)
    }
}

/// The trust domain that a SPIFFE ID is of, as `issuer` names it (SPIFFE-ID §2).
pub(crate) fn trust_domain(subject: &str) -> Option<&str> {
    let domain = subject.strip_prefix(SPIFFE)?.split_once('/').map(|(domain, path)| (domain, !path.is_empty()));
    let (domain, true) = domain? else { return None };
    is_trust_domain(domain).then(|| &subject[..SPIFFE.len() + domain.len()])
}

/// SPIFFE-ID §2.1: lower case, digits, dots, hyphens and underscores; no user, no port.
fn is_trust_domain(text: &str) -> bool {
    let known = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || matches!(octet, b'.' | b'-' | b'_');
    (1..=255).contains(&text.len()) && text.bytes().all(known)
}

fn is_issuer(text: &str) -> Result<(), String> {
    match text.strip_prefix(SPIFFE) {
        Some(domain) if is_trust_domain(domain) => Ok(()),
        Some(_) => Err("must be spiffe:// and the name of a trust domain, and nothing behind it".into()),
        None => is_fetched_address(text),
    }
}

/// This server's own: PingOne has no such object.
impl Described for TrustedIssuer {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            kind,
            issuer,
            keys,
            audience,
            single_use,
            workloads,
            software,
            created_at,
            updated_at,
            version,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").inert().text(1, 256).required(), name);
        walk.choice(&property("type").absent(Absent::Default("WORKLOAD")).stored_as("kind"), kind);
        walk.text(&property("issuer").checked(2_048, is_issuer).required().found("issuer", Found::Exact), issuer);
        keys.describe(walk);
        walk.text_if(&property("audience").text(1, 2_048), audience);
        walk.flag(&property("singleUse"), single_use);
        each(walk, &property("workloads").up_to(MAX_WORKLOADS).shown(), workloads, Workload::describe);
        let ids = property("softwareIds").at_most(MAX_SOFTWARE, is_software).stored_as("software");
        walk.texts(&ids.unless(""), software);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        if self.keys.is_empty() && !fields.has("jwks") && !fields.has("jwksUrl") {
            fields.fault("REQUIRED_VALUE", "jwks", "a trusted issuer needs jwks or jwksUrl", None);
        }
        let foreign = |workload: &&Workload| self.is_spiffe() && !of_domain(&self.issuer, &workload.subject);
        if self.workloads.iter().any(|workload| foreign(&workload)) {
            fields.fault("INVALID_VALUE", "workloads", "must have subjects of the trust domain", None);
        }
        self.judge_software(fields);
    }
}

impl TrustedIssuer {
    /// A statement is of software, which all its copies show and no application is.
    fn judge_software(&self, fields: &mut Fields<'_>) {
        let states = self.kind == TrustedIssuerType::SoftwareStatement;
        for (wrong, property, message) in [
            (!states && !self.software.is_empty(), "softwareIds", "are for an issuer of the type SOFTWARE_STATEMENT"),
            (states && !self.workloads.is_empty(), "workloads", "are not for an issuer of the type SOFTWARE_STATEMENT"),
            (states && self.single_use, "singleUse", "is not for an issuer of the type SOFTWARE_STATEMENT"),
            (states && self.issuer.starts_with(SPIFFE), "issuer", "must be an address with https"),
        ] {
            if wrong {
                fields.fault("INVALID_VALUE", property, message, None);
            }
        }
    }
}

/// As metadata has it (RFC 7591 §2).
fn is_software(text: &str) -> Result<(), String> {
    if (1..=MAX_ID).contains(&text.len()) && text.chars().all(super::check::is_printable) {
        return Ok(());
    }
    Err("must have between 1 and 2048 printable characters".into())
}

fn of_domain(issuer: &str, subject: &str) -> bool {
    subject.strip_prefix(issuer).is_some_and(|rest| rest.starts_with('/'))
}

impl Workload {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { subject, application } = self;
        walk.text(&property("subject").checked(1_024, subject::judge).required(), subject);
        walk.reference(&property("application").required(), application);
    }
}

const SPIFFE: &str = "spiffe://";
const MAX_WORKLOADS: usize = 100;
const MAX_SOFTWARE: usize = 100;
const MAX_ID: usize = 2_048;
