//! The door of our own resources, userinfo, the management API and those to try tokens on: whether whoever sent an access token may use it (RFC 6750 §2,
//! RFC 9449 §7, RFC 8705 §3).

use protocol::audit::Action;
use protocol::dpop::{Expected, Scheme, Sent, at_resource, used};
use protocol::mutual_tls;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::step_up::StepUp;
use protocol::time::Time;
use store::StoreError;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Failure;
use crate::finish::Finished;
use crate::site::Site;
use crate::tenant::Tenant;
use crate::token::{AccessFacts, verify};

/// An access token as a request shows it.
#[derive(Debug)]
pub struct Shown {
    pub token: Secret,
    pub scheme: Scheme,
    /// What stands in the `DPoP` header.
    pub proof: Sent,
    /// The certificate that its connection shows.
    pub certificate: mutual_tls::Sent,
    pub method: String,
    /// The address that clients are told of what they ask for.
    pub url: String,
}

/// A token whose sender may use it.
#[derive(Debug)]
pub struct Admitted {
    pub facts: AccessFacts,
    /// For the next proof, where they need one (RFC 9449 §8.2).
    pub dpop_nonce: Option<String>,
}

/// What a resource demands of an access token beyond that it lives and that its sender may use it. Nothing of it: the resource
/// stands for any.
#[derive(Clone, Debug, Default)]
pub struct Demanded<'a> {
    /// Its address, which the token must be for (RFC 9068 §4).
    pub audience: Option<&'a str>,
    pub scope: Option<&'a str>,
    pub step_up: StepUp,
}

impl Demanded<'_> {
    fn judge(&self, facts: &AccessFacts, now: Time) -> Result<(), Refused> {
        if let Some(own) = self.audience
            && !facts.audience.iter().any(|named| named == own)
        {
            let came = format!("audience {}", facts.audience.join(" "));
            return Err(Refused::new(Reason::AccessTokenInactive, format!("audience {own}"), came));
        }
        if let Some(scope) = self.scope
            && !facts.scope.contains(scope)
        {
            let came = format!("scope {}", facts.scope);
            return Err(Refused::new(Reason::ScopeInsufficient, format!("scope {scope}"), came));
        }
        self.step_up.judge(facts.authorization.as_deref(), now)
    }
}

/// What a resource learns of an access token of this environment that is what it demands.
pub async fn shown(app: &App, site: &Site, ask: &Ask, shown: &Shown, demanded: &Demanded<'_>) -> Finished<Admitted> {
    let mut call = match Call::begin(app, site, ask, Action::RequestReceived).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let outcome = try_shown(&mut call, shown, demanded).await;
    call.show(outcome).await
}

async fn try_shown(call: &mut Call<'_>, shown: &Shown, demanded: &Demanded<'_>) -> Result<Admitted, Stop> {
    let (app, tenant, event) = (call.app, &call.at.tenant, &mut call.event);
    let admitted = app.admit(tenant, shown, false, call.ctx.now, |facts| {
        event.application = Some(facts.application);
        event.user = facts.user;
    });
    let admitted = admitted.await?;
    demanded.judge(&admitted.facts, call.ctx.now)?;
    Ok(admitted)
}

impl App {
    /// Decides whether the token lives and whether its sender may use it; `lives` learns in between whose it is. A proof is used up by
    /// that, on every process: by a commit of its own, which nothing but a bound token costs (ADR 0027). `again` where the same
    /// request passed here before and is decided once more.
    ///
    /// # Errors
    /// [`verify`]'s, [`mutual_tls::at_resource`]'s, [`at_resource`]'s, `invalid_dpop_proof` for a proof that was used; that the store cannot be read or written.
    pub(crate) async fn admit(
        &self,
        tenant: &Tenant,
        shown: &Shown,
        again: bool,
        now: Time,
        lives: impl FnOnce(&AccessFacts),
    ) -> Result<Admitted, Failure> {
        let Shown { token, scheme, proof, certificate, method, url } = shown;
        let facts = verify(self, tenant, token.expose(), now).await?;
        lives(&facts);
        mutual_tls::at_resource(&facts.confirmation, certificate)?;
        let nonces = self.dpop_nonces(tenant, now);
        let expected = Expected { method, url, access_token: Some(token), nonces, now };
        let Some(proof) = at_resource(&facts.confirmation, *scheme, proof, &expected)? else {
            return Ok(Admitted { facts, dpop_nonce: None });
        };
        facts.demands.judge_alg(proof.alg(), Reason::DpopProofInvalid)?;
        if !again {
            match crate::finish::commit(self, vec![proof.single_use(tenant.id())], None).await {
                Ok(()) => {}
                Err(StoreError::Lost { .. }) => return Err(used().into()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Admitted { facts, dpop_nonce: nonces.map(|nonces| nonces.current()) })
    }
}
