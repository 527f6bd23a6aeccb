//! What an environment is made of: products, for those who look at it (the contract, Annex A: BillOfMaterials).

use super::check::application::is_web_address;
use super::describe::{Described, Place, Walk, each, property};
use crate::ctx::Ctx;
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BillOfMaterials {
    pub solution_type: Option<String>,
    pub products: Vec<Product>,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Product {
    pub id: uuid::Uuid,
    pub kind: String,
    pub description: Option<String>,
    pub console: Option<String>,
    pub tags: Vec<String>,
    /// Name and address.
    pub bookmarks: Vec<(String, String)>,
}

impl BillOfMaterials {
    /// The bill of an environment that was made without one.
    pub const fn empty(now: Time) -> Self {
        Self { solution_type: None, products: Vec::new(), created_at: now, updated_at: now }
    }

    /// What the server writes of a bill that was read: a product that was there keeps its id, and each is called as PingOne
    /// calls it.
    pub fn settle(&mut self, before: &Self, ctx: &Ctx<'_>) {
        self.updated_at = ctx.now.to_millis();
        for product in &mut self.products {
            let kept = before.products.iter().find(|kept| kept.kind == product.kind);
            product.id = kept.map_or_else(|| ctx.uuid(), |kept| kept.id);
            let named = PRODUCTS.iter().zip(NAMES).find(|(kind, _)| **kind == product.kind);
            product.description = named.map(|(_, name)| name.to_owned());
        }
    }
}

impl Described for BillOfMaterials {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { solution_type, products, created_at, updated_at } = self;
        walk.text_if(&property("solutionType").one_of(&SOLUTIONS), solution_type);
        each(walk, &property("products").up_to(50).required().shown(), products, Product::describe);
        walk.time(&property("createdAt").read_only(), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
    }
}

impl Described for Product {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, kind, description, console, tags, bookmarks } = self;
        walk.id(&property("id").read_only(), id);
        walk.text(&property("type").one_of(&PRODUCTS).required().stored_as("kind"), kind);
        walk.text_if(&property("description").read_only(), description);
        let mut present = console.is_some();
        walk.within_if(&property("console").place(Place::Flat), &mut present, &mut |walk| {
            walk.text_if(&property("href").checked(MAX_URL, is_web_address).required().stored_as("console"), console);
        });
        if !present {
            *console = None;
        }
        walk.texts(&property("tags").some_of(PRODUCTS.len(), &["DAVINCI_MINIMAL"]), tags);
        each(walk, &property("bookmarks").up_to(5).tuples(), bookmarks, |(name, href), walk| {
            walk.text(&property("name").text(1, 256).required().stored_as("0"), name);
            walk.text(&property("href").checked(MAX_URL, is_web_address).required().stored_as("1"), href);
        });
    }
}

const MAX_URL: usize = 2_048;
const SOLUTIONS: [&str; 4] = ["WORKFORCE", "CUSTOMER", "CIAM_TRIAL", "WF_TRIAL"];
const PRODUCTS: [&str; 23] = [
    "PING_ONE_MFA",
    "PING_ONE_DAVINCI",
    "PING_ONE_ORCHESTRATE",
    "PING_ONE_RISK",
    "PING_ONE_FRAUD",
    "PING_ONE_PROVISIONING",
    "PING_DATA_SYNC",
    "PING_DATA_GOVERNANCE",
    "PING_ONE_FOR_ENTERPRISE",
    "PING_ID_SDK",
    "PING_ONE_FOR_SAAS",
    "PING_ONE_VERIFY",
    "PING_ONE_CREDENTIALS",
    "PING_ONE_AUTHORIZE",
    "PING_ONE_BASE",
    "PING_FEDERATE",
    "PING_ACCESS",
    "PING_DIRECTORY",
    "PING_AUTHORIZE",
    "PING_ID",
    "PING_ONE_ID",
    "PING_INTELLIGENCE",
    "PING_CENTRAL",
];
/// What each of them is called.
const NAMES: [&str; 23] = [
    "PingOne MFA",
    "PingOne DaVinci",
    "PingOne Orchestrate",
    "PingOne Protect",
    "PingOne Fraud",
    "PingOne Provisioning",
    "PingDataSync",
    "PingDataGovernance",
    "PingOne for Enterprise",
    "PingID SDK",
    "PingOne for SaaS",
    "PingOne Verify",
    "PingOne Credentials",
    "PingOne Authorize",
    "PingOne Platform",
    "PingFederate",
    "PingAccess",
    "PingDirectory",
    "PingAuthorize",
    "PingID",
    "PingOne ID",
    "PingIntelligence",
    "PingCentral",
];
