//! What an environment is set to beside what PingOne's environments have.

use super::{AdministratorSecurity, TokenProfile};
use crate::model::describe::{Absent, Described, Listed, Place, Walk, property};
use crate::model::{FrontChannelTokens, ParRequirement, TrustedAuthorities};
use crate::policy::SecurityProfile;
use crate::registration::{RegistrationPolicy, document};
use crate::step_up::{self, StepUp};

/// What an environment decides for all its applications.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentSettings {
    pub token_profile: TokenProfile,
    /// Algorithm of the key that signs; RS256 unless chosen otherwise.
    pub signing_alg: jose::Alg,
    /// Seconds. PingOne: 3600; the playground's Spring server: 14400.
    pub access_token_seconds: i64,
    pub id_token_seconds: i64,
    /// Whether all its applications must push their authorization requests.
    pub par_requirement: ParRequirement,
    /// Language of pages when the person's own is not offered.
    pub locale: String,
    /// Who may register clients (RFC 7591).
    pub registration: RegistrationPolicy,
    /// `softwareStatementRequired`: whether none is registered without a software statement (RFC 7591 §2.3).
    pub statement_required: bool,
    /// `unusedClientDays`: after how many days a client that registered itself ends that was never given a token. Absent: it stays.
    pub unused_days: Option<i64>,
    /// The domains whose metadata documents are clients here: `*` for all, none unless given.
    pub client_documents: Vec<String>,
    /// The scopes of resources that clients may ask for of whom nobody answers: each person is asked about them.
    pub foreign_scopes: Vec<String>,
    /// Whether DPoP proofs need a nonce of this server's (RFC 9449 §8).
    pub dpop_nonces: bool,
    /// `userInfoAcrValues`, `userInfoMaxAge`: which sign-on userinfo demands (RFC 9470).
    pub user_info: StepUp,
    /// Absent: as the token profile has it ([`crate::policy::front_channel_tokens`]).
    pub front_channel_tokens: Option<FrontChannelTokens>,
    /// `clientCertificateAuthorities`: who vouches for the certificates of its applications (RFC 8705 §2.1).
    pub client_authorities: TrustedAuthorities,
    /// What all its applications are held to.
    pub security_profile: SecurityProfile,
    /// Whether its metadata are signed as well (RFC 8414 §2.1).
    pub signed_metadata: bool,
    /// How its administrators sign on, where somebody said so.
    pub administrators: Option<AdministratorSecurity>,
    /// Whether applications may watch the session in the browser (OpenID Connect Session Management 1.0).
    pub session_management: bool,
}

impl Default for EnvironmentSettings {
    fn default() -> Self {
        Self {
            token_profile: TokenProfile::PingOne,
            signing_alg: jose::Alg::Rs256,
            access_token_seconds: 3600,
            id_token_seconds: 3600,
            par_requirement: ParRequirement::Optional,
            locale: "en".into(),
            registration: RegistrationPolicy::Disabled,
            statement_required: false,
            unused_days: None,
            client_documents: Vec::new(),
            foreign_scopes: Vec::new(),
            dpop_nonces: false,
            user_info: StepUp::default(),
            front_channel_tokens: None,
            client_authorities: TrustedAuthorities::default(),
            security_profile: SecurityProfile::Rfc9700,
            signed_metadata: false,
            administrators: None,
            session_management: false,
        }
    }
}

impl Described for EnvironmentSettings {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            token_profile,
            signing_alg,
            access_token_seconds,
            id_token_seconds,
            par_requirement,
            locale,
            registration,
            statement_required,
            unused_days,
            client_documents,
            foreign_scopes,
            dpop_nonces,
            user_info,
            front_channel_tokens,
            client_authorities,
            security_profile,
            signed_metadata,
            administrators,
            session_management,
        } = self;
        // This server's own properties. PingOne's clients do not know them, so their absence changes nothing and they are not
        // shown where they are theirs.
        let profile = property("tokenProfile").absent(Absent::Kept).unless(TokenProfile::PingOne.name());
        walk.choice(&profile, token_profile);
        // A row of before says nothing, and so does one of today that is as before: a process of that version still reads it.
        let mut said = Some(*par_requirement).filter(|said| *said != ParRequirement::Optional);
        walk.choice(&property("parRequirement").absent(Absent::Kept), &mut said);
        *par_requirement = said.unwrap_or_default();
        describe_registration((registration, statement_required, unused_days), walk);
        let domains = property("clientIdMetadataDomains").at_most(MOST_DOMAINS, document::check_domain);
        walk.texts(&domains.absent(Absent::Kept).unless(""), client_documents);
        let scopes = property("foreignClientScopes").at_most(MOST_DOMAINS, document::check_scope);
        walk.texts(&scopes.absent(Absent::Kept).unless(""), foreign_scopes);
        // Likewise. A row that does not say is of an environment without.
        let mut said = Some(*dpop_nonces).filter(|nonces| *nonces);
        walk.flag_if(&property("dpopNonceRequired").absent(Absent::Kept).stored_as("dpop_nonces"), &mut said);
        *dpop_nonces = said.unwrap_or_default();
        describe_step_up(user_info, walk);
        let front = property("frontChannelTokens").absent(Absent::Kept).stored_as("front_channel_tokens");
        walk.choice(&front, front_channel_tokens);
        client_authorities.describe(walk);
        let mut said = Some(*security_profile).filter(|said| *said != SecurityProfile::Rfc9700);
        walk.choice(&property("securityProfile").absent(Absent::Kept).stored_as("security_profile"), &mut said);
        *security_profile = said.unwrap_or_default();
        let mut said = Some(*signed_metadata).filter(|signed| *signed);
        walk.flag_if(&property("signedMetadata").absent(Absent::Kept).stored_as("signed_metadata"), &mut said);
        *signed_metadata = said.unwrap_or_default();
        let mut said = Some(*session_management).filter(|watched| *watched);
        walk.flag_if(&property("sessionManagement").absent(Absent::Kept).stored_as("session_management"), &mut said);
        *session_management = said.unwrap_or_default();
        walk.stored("administrators", administrators);
        let kept = |name| property(name).place(Place::Hidden(name));
        walk.choice(&kept("signing_alg"), signing_alg);
        walk.number(&kept("access_token_seconds"), access_token_seconds);
        walk.number(&kept("id_token_seconds"), id_token_seconds);
        walk.text(&kept("locale"), locale);
    }
}

/// Likewise.
fn describe_registration(
    (policy, statement_required, unused_days): (&mut RegistrationPolicy, &mut bool, &mut Option<i64>),
    walk: &mut dyn Walk,
) {
    let mut said = Some(*policy).filter(|said| *said != RegistrationPolicy::Disabled);
    walk.choice(&property("clientRegistration").absent(Absent::Kept), &mut said);
    *policy = said.unwrap_or_default();
    let mut said = Some(*statement_required).filter(|required| *required);
    let required = property("softwareStatementRequired").absent(Absent::Kept);
    walk.flag_if(&required.stored_as("statement_required"), &mut said);
    *statement_required = said.unwrap_or_default();
    // 0 takes it back.
    let days = property("unusedClientDays").range(0, LONGEST_UNUSED).absent(Absent::Kept);
    walk.number(&days.stored_as("unused_days"), unused_days);
    *unused_days = unused_days.filter(|days| *days > 0);
}

/// Likewise. An empty list and 0 take it back.
fn describe_step_up(demanded: &mut StepUp, walk: &mut dyn Walk) {
    let StepUp { acr_values, max_age } = demanded;
    let values = property("userInfoAcrValues").at_most(step_up::MOST_VALUES, is_acr).absent(Absent::Kept);
    walk.outside(&mut |walk| walk.texts(&values, acr_values));
    walk.stored("user_info_acr_values", &mut Listed(acr_values));
    let age = property("userInfoMaxAge").range(0, 2_147_483_647).absent(Absent::Kept).stored_as("user_info_max_age");
    walk.number(&age, max_age);
    *max_age = max_age.filter(|seconds| *seconds > 0);
}

/// As it stands in a challenge, between quotes and spaces (RFC 9470 §3).
fn is_acr(text: &str) -> Result<(), String> {
    if step_up::is_acr(text) {
        return Ok(());
    }
    Err("must be visible ASCII characters without spaces and quotes".into())
}

const MOST_DOMAINS: usize = 100;
/// Days: ten years.
const LONGEST_UNUSED: i64 = 3_650;
