//! What an environment holds, in PingOne's words: the values that rules read and the store keeps.
//!
//! Every value here is plain data whose fields may hold anything of their type. What a management call may *write*
//! is decided by the `check` functions beside the types; wire shapes live in `web`, row shapes in `store`.

mod activity;
mod application;
mod bill_of_materials;
pub mod check;
mod client_secret;
pub mod describe;
mod environment;
mod group;
mod object;
mod password_policy;
mod population;
mod resource;
mod role;
pub mod seed;
mod sign_on;
mod user;

pub use activity::{Activity, Foreign};
pub use application::{
    AccessRole, Application, ApplicationTag, ApplicationType, ClientSecret, CorsBehavior, CorsSettings, Icon,
    IntegrityMode, Mobile, ParRequirement, PkceEnforcement, Protocol, RefreshTokenSettings, RefreshTokenType,
    ResourceGrant, ResponseKind, SecretPair, TimeUnit, TokenFormat, UnusedSettings, key_rotation_policy,
};
pub use bill_of_materials::{BillOfMaterials, Product};
pub use environment::{
    Environment, EnvironmentSettings, EnvironmentType, KeyStatus, License, Organization, SigningKeyRecord,
    TokenProfile, WrittenType,
};
pub use group::{Group, MAX_NESTED, Member, Membership};
pub use object::{Kept, Key, Object, ObjectKind};
pub use password_policy::{PasswordPolicy, PasswordRule, password_rules_failed};
pub use population::Population;
pub use resource::{Resource, ResourceScope, ResourceType, Scopes};
pub use role::{Permission, ROLES, Role, RoleAssignment, RoleScope, RoleScopeKind};
pub use sign_on::{SINGLE_FACTOR, Session, SignOnAction, SignOnActions, SignOnPolicy};
pub use user::{Account, Address, PasswordState, PasswordStatus, Profile, User, UserName};
