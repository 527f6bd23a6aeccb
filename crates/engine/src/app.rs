//! The application: the store, the world, the keys derived from the master key, and what this node keeps in memory.

use std::net::IpAddr;
use std::sync::Arc;

use admission::{Claim, Gate, Level, Processor};
use jose::digest::HmacKey;
use jose::seal::SealKey;
use protocol::ctx::Ctx;
use protocol::dpop::Nonces;
use protocol::id::{CorrelationId, EnvironmentId};
use protocol::model::{EnvironmentStatus, Session};
use protocol::sealed::Keys;
use protocol::time::Time;
use store::{Reads, Store, StoreError};

use crate::allowance::Allowance;
use crate::audit::AuditWriter;
use crate::controls::Controls;
use crate::failure::{Failure, Fault};
use crate::fetch::{Outbound, Outgoing};
use crate::followed::Followed;
use crate::keys::pool::KeyPool;
use crate::site::{Layout, Site};
use crate::tenant::{Tenant, Tenants};
use crate::turns::Turns;
use crate::world::SharedWorld;

/// What the operator decided. Addresses carry no slash at their end.
#[derive(Clone, Debug)]
pub struct Config {
    /// Origin of issuers, pages and authorization links.
    pub public_url: String,
    /// Origin of management links, without `/v1`.
    pub api_url: String,
    pub mounts: Vec<Mount>,
    /// Where environments may be made: the regions of the licence, of AP, AU, CA, EU, NA and SG. Never empty.
    pub regions: Vec<&'static str>,
    /// Answer stateless tokens only after their event is committed.
    pub audit_strict: bool,
    /// The developer's server: `http` issuers and localhost redirects are expected there.
    pub developer: bool,
    /// Whether `/dev/resource` is there.
    pub resource: bool,
    /// Days that activities are kept.
    pub activity_days: i64,
    /// Seconds that what this process knows of a configuration counts while it cannot follow changes; None for ever.
    pub max_stale: Option<i64>,
    /// Whether a certificate of a client can arrive: TLS ends here, or a listed proxy hands it on (RFC 8705).
    pub certificates: bool,
    /// Requests that leave the server.
    pub outbound: Outbound,
    /// What one source or environment may have of what everybody shares.
    pub allowance: Allowance,
}

impl Config {
    /// Of a developer's server at this origin: with `/dev/resource`, no mounts, and requests that leave it for anywhere.
    #[must_use]
    pub fn developer(public_url: String) -> Self {
        Self {
            api_url: public_url.clone(),
            public_url,
            mounts: Vec::new(),
            regions: vec!["NA"],
            audit_strict: false,
            developer: true,
            resource: true,
            activity_days: 30,
            max_stale: Some(10),
            certificates: false,
            outbound: Outbound::developer(),
            allowance: Allowance::default(),
        }
    }
}

/// One more way to reach an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Such as `/ms-auth-server`.
    pub path: String,
    pub layout: Layout,
    pub environment: EnvironmentId,
}

/// Who asks: the number of the request and the peer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub correlation: CorrelationId,
    pub source: Option<IpAddr>,
}

/// Everything a request needs. One per process, shared.
pub struct App {
    /// What is on record. Only the engine writes, by the one exit.
    pub store: Reads,
    pub(crate) writes: Store,
    pub world: SharedWorld,
    pub config: Config,
    pub audit: AuditWriter,
    /// Documents of other servers, and notices to them.
    pub outgoing: Arc<Outgoing>,
    form_key: HmacKey,
    nonce_key: HmacKey,
    kept: Keys,
    tenants: Tenants,
    passwords: crate::password::Passwords,
    /// The door that requests pass.
    requests: Arc<Gate>,
    /// The one before the processor.
    processor: Processor,
    keys: KeyPool,
    pub(crate) budget: crate::budget::Budget,
    pub(crate) devices: crate::flow::device::Devices,
    pub(crate) followed: Followed,
    pub(crate) unanswered: crate::token::Unanswered,
    pub logouts: crate::logout::Logouts,
    pub(crate) fillings: crate::groups::Fillings,
    /// Of writers of one object, among those who were overtaken.
    pub turns: Turns,
    /// Of a developer's server.
    pub controls: Option<Arc<Controls>>,
}

impl App {
    /// Puts the parts together; must run on a runtime, because the audit writer starts here.
    pub fn new(store: Store, world: SharedWorld, config: Config, master_key: &[u8; 32]) -> Arc<Self> {
        let controls = config.developer.then(Arc::<Controls>::default);
        Arc::new(Self {
            audit: AuditWriter::start(store.clone()),
            outgoing: Outgoing::timed(world.clone(), config.outbound.clone(), controls.clone()),
            form_key: HmacKey::derive(master_key, "forms-and-cursors"),
            nonce_key: HmacKey::derive(master_key, "dpop-nonces"),
            kept: sealing(master_key),
            tenants: Tenants::default(),
            passwords: crate::password::Passwords::new(world.clone(), config.allowance.sign_ons()),
            requests: config.allowance.requests(),
            processor: config.allowance.processor(),
            keys: KeyPool::default(),
            devices: crate::flow::device::Devices::default(),
            budget: crate::budget::Budget::new(&config.allowance),
            followed: Followed::default(),
            unanswered: crate::token::Unanswered::default(),
            logouts: crate::logout::Logouts::default(),
            fillings: crate::groups::Fillings::default(),
            turns: Turns::default(),
            controls,
            store: store.reads().clone(),
            writes: store,
            world,
            config,
        })
    }

    /// The world as this request sees it, wherever it arrives: the time is read here, once.
    pub fn ctx(&self, ask: &Ask) -> Ctx<'_> {
        Ctx { now: self.world.now(), entropy: &*self.world, correlation: ask.correlation }
    }

    /// Whether there is such an environment, and it serves: for whoever needs no more of it, such as its keys, which take long to be read.
    ///
    /// # Errors
    /// That the store cannot be read.
    pub async fn serves(&self, id: EnvironmentId) -> Result<bool, Failure> {
        let status = match self.tenants.kept(id) {
            Some(tenant) => Some(tenant.environment.status()),
            None => self.store.environment(id).await?.map(|environment| environment.status()),
        };
        Ok(status == Some(EnvironmentStatus::Active))
    }

    /// What the clock of an environment shows: on a developer's server it may be another than the machine's.
    pub fn now(&self, environment: EnvironmentId) -> Time {
        Controls::shown(self.controls.as_deref(), environment, self.world.now())
    }

    /// The world as what is done in an environment sees it.
    pub(crate) fn ctx_in(&self, environment: EnvironmentId, ask: &Ask) -> Ctx<'_> {
        Ctx { now: self.now(environment), ..self.ctx(ask) }
    }

    /// What the clocks show that are not the machine's: none but on a developer's server.
    pub(crate) fn clocks(&self) -> Vec<(EnvironmentId, Time)> {
        self.controls.as_ref().map_or_else(Vec::new, |controls| controls.clocks(self.world.now()))
    }

    /// What the clock that is most behind shows: what is deleted in all environments at once expired in each of them.
    pub(crate) fn earliest(&self) -> Time {
        let own = self.clocks().into_iter().map(|(_, now)| now);
        own.chain([self.world.now()]).min().unwrap_or_default()
    }

    /// What the clock that is most ahead shows: what is due nowhere by it needs not be looked for.
    pub(crate) fn latest(&self) -> Time {
        let own = self.clocks().into_iter().map(|(_, now)| now);
        own.chain([self.world.now()]).max().unwrap_or_default()
    }

    /// The environment's snapshot; None when there is no such environment.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] also where this process could not ask for changes for so long that the snapshot may be of a
    /// configuration that was taken back: an application disabled, a secret rotated, a role taken.
    pub async fn tenant(&self, id: EnvironmentId) -> Result<Option<Arc<Tenant>>, Failure> {
        if self.config.max_stale.is_some_and(|most| self.followed.lags(self.world.now(), most)) {
            return Err(Fault::Unavailable.into());
        }
        self.tenants.tenant(self, id).await
    }

    /// The same of one that serves however old it is, for what gives nobody anything: documents that are published.
    pub(crate) async fn publishing(&self, id: EnvironmentId) -> Result<Option<Arc<Tenant>>, Failure> {
        let tenant = self.tenants.tenant(self, id).await?;
        Ok(tenant.filter(|tenant| tenant.environment.status() == EnvironmentStatus::Active))
    }

    /// The environment's snapshot where it serves anybody; None also for one that was put aside to be deleted.
    pub async fn serving(&self, id: EnvironmentId) -> Result<Option<Arc<Tenant>>, Failure> {
        let tenant = self.tenant(id).await?;
        Ok(tenant.filter(|tenant| tenant.environment.status() == EnvironmentStatus::Active))
    }

    /// Drops what this node keeps of an environment.
    pub fn forget(&self, id: EnvironmentId) {
        self.tenants.forget(id);
    }

    /// Drops what this node keeps of every environment.
    pub(crate) fn forget_all(&self) {
        self.tenants.forget_all();
        self.store.forget_filters();
    }

    /// An environment at its own path, in PingOne's layout.
    pub fn site(&self, environment: EnvironmentId) -> Site {
        Site::new(&self.config.public_url, &format!("/{environment}"), Layout::PingOne, environment)
    }

    /// What is asked of all mounts: those of the configuration, and on a developer's server those of its worlds.
    pub fn of_mounts<T>(&self, ask: impl FnOnce(&[Mount]) -> T) -> T {
        let all = self.controls.as_ref().and_then(|controls| controls.mounted.all());
        ask(all.as_deref().unwrap_or(&self.config.mounts))
    }

    /// The mount at `path`.
    pub fn mount(&self, path: &str) -> Option<Site> {
        let site = |m: &Mount| Site::new(&self.config.public_url, &m.path, m.layout, m.environment);
        self.of_mounts(|mounts| mounts.iter().find(|m| m.path == path).map(site))
    }

    /// Every site of an environment: what it signed under any of these issuers is its own.
    pub fn issuers(&self, environment: EnvironmentId) -> Vec<String> {
        self.of_mounts(|mounts| {
            let mounted = mounts.iter().filter(|m| m.environment == environment);
            let mounted = mounted.filter_map(|m| self.mount(&m.path)).map(|s| s.issuer);
            std::iter::once(self.site(environment).issuer).chain(mounted).collect()
        })
    }

    /// Says how many refusals were not recorded one by one since it did so last.
    pub async fn tell_rest(&self) {
        for mut event in self.budget.rest(self.world.now()) {
            event.at = event.environment.map_or(event.at, |environment| self.now(environment));
            crate::finish::name(self, &mut event);
            self.audit.record(Box::new(event)).await;
        }
    }

    /// Finishes what is queued, events too, and closes the database.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.tell_rest().await;
        self.audit.flush().await;
        self.writes.close().await
    }

    /// Digests client secrets are compared by.
    pub fn pepper(&self) -> &HmacKey {
        &self.kept.pepper
    }

    /// Authenticates forms and cursors.
    pub fn form_key(&self) -> &HmacKey {
        &self.form_key
    }

    /// The nonce of an environment's next DPoP proof, for whoever is told that it needs one.
    pub fn dpop_nonce(&self, environment: EnvironmentId) -> String {
        Nonces { key: &self.nonce_key, environment, now: self.now(environment) }.current()
    }

    /// The challenge of the next proof of a client attestation, for whoever is told that it needs one.
    pub fn attestation_challenge(&self, environment: EnvironmentId) -> String {
        self.attestation_challenges(environment, self.now(environment)).challenge()
    }

    /// The challenges that proofs of client attestations need in an environment.
    pub(crate) fn attestation_challenges(&self, environment: EnvironmentId, now: Time) -> Nonces<'_> {
        Nonces { key: &self.nonce_key, environment, now }
    }

    /// What a browser may know of a session: the same on every process, and nothing that opens it.
    pub(crate) fn browser_state(&self, session: &Session) -> String {
        let named = format!("browser-state:{}:{}", session.environment, session.id);
        jose::b64::encode(&jose::digest::hmac_sha256(&self.form_key, named.as_bytes()))
    }

    /// The nonces that DPoP proofs need in an environment; None where they need none.
    pub(crate) fn dpop_nonces(&self, tenant: &Tenant, now: Time) -> Option<Nonces<'_>> {
        let needed = tenant.environment.settings.dpop_nonces;
        needed.then(|| Nonces { key: &self.nonce_key, environment: tenant.id(), now })
    }

    /// Seals what must be readable again: client secrets and signing keys.
    pub fn seal(&self) -> &SealKey {
        &self.kept.seal
    }

    /// Hashes and checks passwords beside the async threads.
    pub fn passwords(&self) -> &crate::password::Passwords {
        &self.passwords
    }

    /// The door that requests pass, by source and environment.
    pub fn requests(&self) -> &Arc<Gate> {
        &self.requests
    }

    /// The door before the processor, for whoever is under way.
    pub fn processor(&self) -> &Processor {
        &self.processor
    }

    /// How many were told to come back since the start: from what, and by which bound.
    pub fn turned_away(&self) -> Vec<(&'static str, Level, u64)> {
        let of = |by: Level| {
            [
                ("calls", by, self.outgoing.turned_away(by)),
                ("lists", by, self.store.lists_turned_away(by)),
                ("requests", by, self.requests.turned_away(by) + self.processor.gate().turned_away(by)),
                ("sign_ons", by, self.passwords.turned_away(by)),
            ]
        };
        Level::ALL.into_iter().flat_map(of).collect()
    }

    /// Who was told to come back most since the start: from what, and how often.
    pub fn most_turned_away(&self) -> Vec<(&'static str, Claim, u64)> {
        let requests = self.requests.most_turned_away().into_iter().map(|(claim, total)| ("requests", claim, total));
        let sign_ons = self.passwords.most_turned_away().into_iter().map(|(claim, total)| ("sign_ons", claim, total));
        requests.chain(sign_ons).collect()
    }

    /// Whether this process knows that there is such an environment; one that nobody asked for lately it does not.
    pub fn knows(&self, id: EnvironmentId) -> bool {
        self.tenants.kept(id).is_some()
    }

    /// Signing keys made ahead.
    pub fn keys(&self) -> &KeyPool {
        &self.keys
    }
}

/// What is derived of a master key for what is at rest.
pub(crate) fn sealing(master_key: &[u8; 32]) -> Keys {
    Keys { seal: seal(master_key), pepper: HmacKey::derive(master_key, "client-secret-pepper") }
}

/// The key that seals what is at rest.
pub(crate) fn seal(master_key: &[u8; 32]) -> SealKey {
    SealKey::derive(master_key, "at-rest")
}

/// Names a master key without telling anything of it: for people who have several, and for copies of databases.
pub fn fingerprint(master_key: &[u8; 32]) -> String {
    let named = jose::digest::hmac_sha256(&HmacKey::derive(master_key, "fingerprint"), b"");
    let (first, _) = named.split_first_chunk().unwrap_or((&[0; 8], &[]));
    format!("{:016x}", u64::from_be_bytes(*first))
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}
