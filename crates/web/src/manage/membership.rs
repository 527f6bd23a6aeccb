//! Who is in which group: users directly, groups by nesting, and both through nested groups.

use engine::Failure;
use engine::manage::{About, Authorized};
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::id::{EnvironmentId, GroupId};
use protocol::model::check::Fields;
use protocol::model::{Group, MAX_NESTED, Member, Membership, User};
use protocol::refusal::{Detail, Refused};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::authority;
use super::call::{Call, missing};
use super::crud::{self, Managed as _, constraint};
use super::list::{self, Asked};
use super::shape::{linked, reference};

/// The member whose groups the path is about.
struct Of {
    environment: EnvironmentId,
    member: Member,
    /// Where its own path is: `users/…` or `groups/…`.
    path: String,
    /// None: any.
    population: Option<protocol::id::PopulationId>,
}

pub(super) async fn list_of_user(call: Call) -> Result<Answer, Failure> {
    list(&call, &of_user(&call).await?).await
}

pub(super) async fn list_of_group(call: Call) -> Result<Answer, Failure> {
    list(&call, &of_group(&call).await?).await
}

pub(super) async fn read_of_user(call: Call) -> Result<Answer, Failure> {
    let of = of_user(&call).await?;
    read(&call, &of, call.id("group", GroupId::parse)?).await
}

pub(super) async fn read_of_group(call: Call) -> Result<Answer, Failure> {
    let of = of_group(&call).await?;
    read(&call, &of, call.id("parent", GroupId::parse)?).await
}

/// Puts a user into a group.
pub(super) async fn join(call: Call) -> Result<Answer, Failure> {
    let of = of_user(&call).await?;
    let group = named(&call, &of).await?;
    enter(&call, &of, group).await
}

/// Puts a group into another.
pub(super) async fn nest(call: Call) -> Result<Answer, Failure> {
    let of = of_group(&call).await?;
    let parent = named(&call, &of).await?;
    if let Member::Group(child) = of.member
        && let Some(nesting) = call.by.store().nesting(of.environment, child, parent.id).await?
    {
        if nesting.circle {
            let message = "a group cannot be in itself, nor in a group that is in it";
            return Err(constraint("id", message, message));
        }
        if nesting.levels > MAX_NESTED {
            let message = format!("no more than {MAX_NESTED} groups can be in each other");
            return Err(constraint("id", &message, &format!("{} groups", nesting.levels)));
        }
    }
    enter(&call, &of, parent).await
}

pub(super) async fn leave(call: Call) -> Result<Answer, Failure> {
    let of = of_user(&call).await?;
    exit(&call, &of, call.id("group", GroupId::parse)?).await
}

pub(super) async fn unnest(call: Call) -> Result<Answer, Failure> {
    let of = of_group(&call).await?;
    exit(&call, &of, call.id("parent", GroupId::parse)?).await
}

async fn of_user(call: &Call) -> Result<Of, Failure> {
    let user = crud::load::<User>(call).await?;
    let path = format!("users/{}", user.id);
    Ok(Of { environment: user.environment, member: Member::User(user.id), path, population: Some(user.population) })
}

async fn of_group(call: &Call) -> Result<Of, Failure> {
    let group = crud::load::<Group>(call).await?;
    let path = format!("groups/{}", group.id);
    Ok(Of { environment: group.environment, member: Member::Group(group.id), path, population: group.population })
}

async fn list(call: &Call, of: &Of) -> Result<Answer, Failure> {
    let (mut asked, group) = (Asked::read(call)?, expands(call)?);
    asked.list.filter = list::confined(&call.by, Group::POPULATION, asked.list.filter.take())?;
    let page = call.by.store().memberships(of.environment, of.member, &asked.list).await.map_err(list::refused)?;
    Ok(asked.page(&call.by, "groupMemberships", &page, |row| shape(&call.by, of, row, group)))
}

async fn read(call: &Call, of: &Of, group: GroupId) -> Result<Answer, Failure> {
    let row = held(call, of, group).await?;
    Ok(Answer::ok(shape(&call.by, of, &row, expands(call)?)))
}

/// What the member is in, where the actor may see that group.
async fn held(call: &Call, of: &Of, group: GroupId) -> Result<Membership, Failure> {
    let found = call.by.store().membership(of.environment, of.member, group).await?;
    let row = found.ok_or_else(|| missing("group membership", group.to_string()))?;
    call.by.reaches(row.group.population)?;
    Ok(row)
}

/// The group that the body names: `{"id": …}`.
async fn named(call: &Call, of: &Of) -> Result<Group, Failure> {
    let body = call.json().await?;
    let mut fields = Fields::new(&body);
    let id = fields.id("id");
    let id = fields.require("id", id).unwrap_or_default();
    let id = fields.finish(GroupId::new(id))?;
    let group = call.by.store().get::<Group>(of.environment, &[id.uuid()]).await?;
    let group = group.ok_or_else(|| fault("INVALID_VALUE", "no group of this environment has this id"))?;
    call.by.reaches(group.population)?;
    // The environment's groups are no population's: they and a population's can be in each other, users stay in their own.
    if group.population.is_some() && of.population.is_some() && group.population != of.population {
        return Err(fault("INVALID_VALUE", "the group takes members of its own population only"));
    }
    Ok(group)
}

async fn enter(call: &Call, of: &Of, group: Group) -> Result<Answer, Failure> {
    let by = &call.by;
    authority::may_let_in(by, of.environment, group.id).await?;
    if by.store().direct_membership(of.environment, of.member, group.id).await?.is_some() {
        return Err(fault("UNIQUENESS_VIOLATION", "is already a member of the group"));
    }
    let at = by.now().to_millis();
    let change = Change::JoinGroup { environment: of.environment, member: of.member, group: group.id, at };
    by.finish(vec![change], Action::GroupJoined, of.about().noting(format!("joined group {}", group.id))).await?;
    Ok(Answer::created(shape(by, of, &Membership { group, direct: true }, false)))
}

async fn exit(call: &Call, of: &Of, group: GroupId) -> Result<Answer, Failure> {
    let row = held(call, of, group).await?;
    if !row.direct {
        // Whom a filter put there is taken out by what is changed of them, or of the filter.
        let message = if row.group.user_filter.is_some() && matches!(of.member, Member::User(_)) {
            "who is in a group by its userFilter, or through another group, leaves it there"
        } else {
            "who is in a group through another one leaves it there"
        };
        return Err(constraint("id", message, message));
    }
    authority::may_let_in(&call.by, of.environment, group).await?;
    let change = Change::LeaveGroup { environment: of.environment, member: of.member, group };
    call.by.finish(vec![change], Action::GroupLeft, of.about().noting(format!("left group {group}"))).await?;
    Ok(Answer::none())
}

impl Of {
    fn about(&self) -> About {
        About::from(match self.member {
            Member::Group(id) => (Kind::Group, id.uuid()),
            Member::User(id) => (Kind::User, id.uuid()),
        })
    }
}

/// Whether `expand=group` asks for the groups themselves.
fn expands(call: &Call) -> Result<bool, Failure> {
    let query = call.query()?;
    Ok(query.text("expand").unwrap_or_default().split(',').any(|name| name.trim() == "group"))
}

/// A membership as it is answered (the contract, Annex A: GroupMembership).
fn shape(by: &Authorized, of: &Of, row: &Membership, group: bool) -> Value {
    let environment = format!("/environments/{}", of.environment);
    let own = format!("{environment}/{}", of.path);
    let member = if matches!(of.member, Member::User(_)) { "user" } else { "member" };
    let links = [
        ("self", format!("{own}/memberOfGroups/{}", row.group.id)),
        (member, own),
        ("group", format!("{environment}/groups/{}", row.group.id)),
        ("environment", environment),
    ];
    let embedded = group.then(|| json!({ "group": crud::shape(by, &row.group, &row.group.links(), Map::new()) }));
    linked(by, &links)
        .maybe("_embedded", embedded)
        .with("id", row.group.id.to_string())
        .with("environment", reference(of.environment))
        .with("name", row.group.name.as_str())
        .with("type", if row.direct { "DIRECT" } else { "INDIRECT" })
        .into()
}

fn fault(code: &'static str, message: &str) -> Failure {
    Refused::fields(vec![Detail::new(code, "id", message)]).into()
}
