//! Environments and their bills of materials (the contract, Annex A: Environment, BillOfMaterials).

use serde_json::{Map, Value};

use super::Fields;
use crate::ctx::Ctx;
use crate::id::LicenseId;
use crate::model::{BillOfMaterials, EnvironmentType, Product, TokenProfile};
use crate::refusal::Refused;
use crate::time::Time;

/// What creating or replacing an environment writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub name: String,
    pub description: Option<String>,
    pub kind: EnvironmentType,
    pub region: String,
    pub icon: Option<String>,
    pub license: LicenseId,
    pub bill_of_materials: Option<BillOfMaterials>,
    /// This server's own property. PingOne's clients do not know it, so its absence changes nothing.
    pub token_profile: Option<TokenProfile>,
}

/// Reads an environment. `before` is the bill of materials so far, whose products keep their ids.
pub fn read(ctx: &Ctx<'_>, body: &Map<String, Value>, before: Option<&BillOfMaterials>) -> Result<Written, Refused> {
    let mut fields = Fields::new(body);
    let name = fields.text("name", 1, MAX_NAME);
    let name = fields.require("name", name);
    let description = fields.prose("description", MAX_DESCRIPTION);
    let region = fields.choice("region", &REGIONS, |region| region);
    let region = fields.require("region", region);
    let kind = fields.choice("type", &EnvironmentType::ALL, EnvironmentType::name);
    let kind = fields.require("type", kind);
    let icon = fields.checked("icon", MAX_URL, super::application::web_address);
    let license = fields.within("license", |license| {
        let id = license.id("id");
        license.require("id", id)
    });
    let license = fields.require("license", license).flatten();
    let token_profile = fields.choice("tokenProfile", &TokenProfile::ALL, TokenProfile::name);
    let bill = fields.within("billOfMaterials", |bill| bill_fields(ctx, bill, before));
    let read = name.zip(region).zip(kind).zip(license).map(|(((name, region), kind), license)| Written {
        name,
        description,
        kind,
        region: region.to_owned(),
        icon,
        license: LicenseId::new(license),
        bill_of_materials: bill,
        token_profile,
    });
    super::complete(fields, read)
}

/// Reads the body of `PUT …/type`.
pub fn read_type(body: &Map<String, Value>) -> Result<EnvironmentType, Refused> {
    let mut fields = Fields::new(body);
    let kind = fields.choice("type", &EnvironmentType::ALL, EnvironmentType::name);
    let kind = fields.require("type", kind);
    super::complete(fields, kind)
}

/// Reads the body of `PUT …/billOfMaterials`.
pub fn read_bill(
    ctx: &Ctx<'_>,
    body: &Map<String, Value>,
    before: &BillOfMaterials,
) -> Result<BillOfMaterials, Refused> {
    let mut fields = Fields::new(body);
    let bill = bill_fields(ctx, &mut fields, Some(before));
    fields.finish(bill)
}

/// The bill of an environment that was made without one.
pub fn empty_bill(now: Time) -> BillOfMaterials {
    BillOfMaterials { solution_type: None, products: Vec::new(), created_at: now, updated_at: now }
}

fn bill_fields(ctx: &Ctx<'_>, fields: &mut Fields<'_>, before: Option<&BillOfMaterials>) -> BillOfMaterials {
    let now = ctx.now.to_millis();
    let solution_type = fields.choice("solutionType", &SOLUTIONS, |s| s).map(str::to_owned);
    let products = fields.each("products", MAX_PRODUCTS, |product| read_product(ctx, product, before));
    let products = fields.require("products", products);
    BillOfMaterials {
        solution_type,
        products: products.unwrap_or_default().into_iter().flatten().collect(),
        created_at: before.map_or(now, |b| b.created_at),
        updated_at: now,
    }
}

fn read_product(ctx: &Ctx<'_>, fields: &mut Fields<'_>, before: Option<&BillOfMaterials>) -> Option<Product> {
    let kind = fields.choice("type", &PRODUCTS, |(kind, _)| kind);
    let kind = fields.require("type", kind);
    let console = fields.within("console", |console| {
        let href = console.checked("href", MAX_URL, super::application::web_address);
        console.require("href", href)
    });
    let tags = fields.choices("tags", PRODUCTS.len(), &["DAVINCI_MINIMAL"], |t| t).unwrap_or_default();
    let bookmarks = fields.each("bookmarks", MAX_BOOKMARKS, |bookmark| {
        let name = bookmark.text("name", 1, MAX_NAME);
        let name = bookmark.require("name", name);
        let href = bookmark.checked("href", MAX_URL, super::application::web_address);
        name.zip(bookmark.require("href", href))
    });
    let (kind, description) = kind?;
    let kept = before.and_then(|b| b.products.iter().find(|p| p.kind == kind));
    Some(Product {
        id: kept.map_or_else(|| ctx.uuid(), |p| p.id),
        kind: kind.to_owned(),
        description: Some(description.to_owned()),
        console: console.flatten(),
        tags: tags.into_iter().map(str::to_owned).collect(),
        bookmarks: bookmarks.unwrap_or_default().into_iter().flatten().collect(),
    })
}

const MAX_NAME: usize = 256;
const MAX_DESCRIPTION: usize = 4_096;
const MAX_URL: usize = 2_048;
const MAX_PRODUCTS: usize = 50;
const MAX_BOOKMARKS: usize = 5;
const REGIONS: [&str; 6] = ["AP", "AU", "CA", "EU", "NA", "SG"];
const SOLUTIONS: [&str; 4] = ["WORKFORCE", "CUSTOMER", "CIAM_TRIAL", "WF_TRIAL"];
/// The products and what each is called: PingOne answers it as the description.
const PRODUCTS: [(&str, &str); 23] = [
    ("PING_ONE_MFA", "PingOne MFA"),
    ("PING_ONE_DAVINCI", "PingOne DaVinci"),
    ("PING_ONE_ORCHESTRATE", "PingOne Orchestrate"),
    ("PING_ONE_RISK", "PingOne Protect"),
    ("PING_ONE_FRAUD", "PingOne Fraud"),
    ("PING_ONE_PROVISIONING", "PingOne Provisioning"),
    ("PING_DATA_SYNC", "PingDataSync"),
    ("PING_DATA_GOVERNANCE", "PingDataGovernance"),
    ("PING_ONE_FOR_ENTERPRISE", "PingOne for Enterprise"),
    ("PING_ID_SDK", "PingID SDK"),
    ("PING_ONE_FOR_SAAS", "PingOne for SaaS"),
    ("PING_ONE_VERIFY", "PingOne Verify"),
    ("PING_ONE_CREDENTIALS", "PingOne Credentials"),
    ("PING_ONE_AUTHORIZE", "PingOne Authorize"),
    ("PING_ONE_BASE", "PingOne Platform"),
    ("PING_FEDERATE", "PingFederate"),
    ("PING_ACCESS", "PingAccess"),
    ("PING_DIRECTORY", "PingDirectory"),
    ("PING_AUTHORIZE", "PingAuthorize"),
    ("PING_ID", "PingID"),
    ("PING_ONE_ID", "PingOne ID"),
    ("PING_INTELLIGENCE", "PingIntelligence"),
    ("PING_CENTRAL", "PingCentral"),
];
