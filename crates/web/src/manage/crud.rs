//! What is the same for every managed object that describes itself: list, read, create, replace, patch, delete.
//!
//! [`Managed`] says what the description does not: names, links, audit actions, and what depends on other objects.

use engine::Failure;
use engine::manage::{About, Authorized};
use engine::reads::{Page, StoreError};
use protocol::audit::{Action, Kind};
use protocol::change::{Change, Guard};
use protocol::filter::Filter;
use protocol::id::{EnvironmentId, PopulationId};
use protocol::model::describe::{self, Described, Refers};
use protocol::model::{
    Application, Certificate, CustomRole, Group, Kept, KeyPair, ObjectKind, Population, Role, UNWRITTEN,
};
use protocol::refusal::{Detail, Reason, Refused};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::answer::Answer;
use super::call::{Call, missing};
pub(super) use super::committed::{commit, commit_of};
pub(super) use super::here::Here;
pub(super) use super::include::Include;
use super::list::{self, Asked, whole};
use super::shape::linked;

/// A kind of object as the management API serves it.
pub(super) trait Managed: Kept + Send + Sync + 'static {
    /// The last part of the path of all of them, and their name in a list.
    const PATH: &'static str = Self::KIND.many();
    /// The parameter of the path that holds the id of one.
    const PARAMETER: &'static str = Self::KIND.one();
    /// What a sentence calls one.
    const NOUN: &'static str = Self::KIND.one();
    /// What is said where a value that must be unique is taken.
    const TAKEN: &'static str = "another one has it";
    /// What is recorded when one is created, replaced and deleted.
    const RECORDED: [Action; 3] = recorded(Self::KIND);

    /// The same of this very one, where that follows from what it is a part of.
    fn recorded(&self) -> [Action; 3] {
        Self::RECORDED
    }

    /// Whether its version is its entity tag. That of a part of another object is not: conditions of a request are for the whole.
    const TAGGED: bool = true;

    /// How many a page has that names no limit.
    const PAGE: u32 = list::DEFAULT_LIMIT;

    /// What a filter of a list that comes whole may name.
    const ATTRIBUTES: &'static [&'static str] = &["id", "createdAt", "updatedAt"];
    /// What a filter calls the population that one is in, or is. None: they are in none.
    const POPULATION: Option<&'static str> = None;

    /// The population that it is in, or is: a role over one reaches what is in it.
    fn in_population(&self) -> Option<PopulationId> {
        None
    }

    /// Whether the permission was given for where it is. Of a part of another object that was asked of the other.
    fn reached(&self, by: &Authorized) -> Result<(), Failure> {
        by.reaches(self.in_population())
    }

    /// Names and paths below `/v1`; `self` is the first.
    fn links(&self) -> Vec<(&'static str, String)> {
        own_links(self)
    }

    /// The links of an answer: those, and whole addresses that follow from how the server is set up.
    fn addresses(&self, _by: &Authorized) -> Vec<(&'static str, String)> {
        self.links()
    }

    /// 404 for one that is not there, or not in this environment.
    fn unknown(_: EnvironmentId, id: Uuid) -> Failure {
        missing(Self::NOUN, id.to_string())
    }

    /// What the event is about.
    fn target(&self) -> (Kind, Uuid) {
        (Self::KIND.into(), self.id())
    }

    /// What the event says of it, where that is more than which properties changed: what was given to whom, or taken; never a
    /// secret. Without `before` it was created, without `after` deleted.
    fn told(_by: &Authorized, _before: Option<&Self>, _after: Option<&Self>) -> Option<String> {
        None
    }

    /// One that is made now, with whatever stands in it before a body is read. It gets its id when it is allowed. A parent that is missing is told here.
    async fn blank(call: &Call) -> Result<Self, Failure> {
        Ok(Self::begun(call.environment()?, call.by.now().to_millis()))
    }

    /// What is written with one that is made now, and what of it follows from its id.
    fn completed(&mut self, _by: &Authorized) -> Vec<Change> {
        Vec::new()
    }

    /// The ids of its parents below the environment. A parent that is missing is told here.
    async fn parents(_: &Call) -> Result<Vec<Uuid>, Failure> {
        Ok(Vec::new())
    }

    /// Those of its parents that stand from the beginning, where some do: one that is not stored is answered as it is here.
    async fn unwritten(_: &Call) -> Result<Vec<Self>, Failure> {
        Ok(Vec::new())
    }

    /// A filter of their list in terms of what is stored, where some attributes follow from others.
    fn resolved(_by: &Authorized, filter: Filter) -> Result<Filter, Failure> {
        Ok(filter)
    }

    /// What was read of one, as the environment knows it now.
    fn known(&mut self, _by: &Authorized) -> Result<(), Failure> {
        Ok(())
    }

    /// What of it is answered.
    fn drawn(&self, _by: &Authorized) -> Result<Map<String, Value>, Failure> {
        Ok(describe::draw(self))
    }

    /// Which property is taken when a commit ran into this constraint, where that follows from the values.
    async fn taken(_by: &Authorized, _object: &Self, _constraint: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Writes what a body left out and what follows from the environment.
    fn settle(&mut self, _: &Authorized) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether it may become `after`; `None` when it is created. For what needs more than the body to be decided.
    async fn allow(_by: &Authorized, _before: Option<&Self>, _after: &Self) -> Result<(), Failure> {
        Ok(())
    }

    /// Writes what follows from that it becomes another than `before`, once that is allowed.
    fn follow(&mut self, _by: &Authorized, _before: &Self) {}

    /// Whether it may be deleted.
    async fn release(_by: &Authorized, _object: &Self) -> Result<(), Failure> {
        Ok(())
    }

    /// Why the store kept one that was to be deleted.
    async fn why_kept(_by: &Authorized, _object: &Self) -> Result<Failure, Failure> {
        Ok(Reason::StateChanged.into())
    }

    /// The members of answers that are made when it is answered, for each of `objects`; some only where they are asked for.
    async fn made(_by: &Authorized, objects: &[Self], _: &Include) -> Result<Vec<Map<String, Value>>, Failure> {
        Ok(objects.iter().map(|_| Map::new()).collect())
    }
}

/// What the list of kinds says; what it says nothing of does not compile without saying it here.
const fn recorded(kind: ObjectKind) -> [Action; 3] {
    match kind.recorded() {
        Some(recorded) => recorded,
        None => panic!("other events tell of it: which, `RECORDED` says"),
    }
}

/// Where an object of an environment is, and the environment.
pub(super) fn own_links<R: Managed>(object: &R) -> Vec<(&'static str, String)> {
    let environment = object.key().environment().map(|id| format!("/environments/{id}")).unwrap_or_default();
    vec![("self", format!("{environment}/{}/{}", R::PATH, object.id())), ("environment", environment)]
}

/// A page of all in the environment.
pub(super) async fn list<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let (mut asked, environment) = (Asked::read(&call)?, call.environment()?);
    asked.unless_limited(R::PAGE);
    let filter = asked.list.filter.take().map(|filter| R::resolved(&call.by, filter)).transpose()?;
    asked.list.filter = list::confined(&call.by, R::POPULATION, filter)?;
    let page = call.by.store().list::<R>(environment, &asked.list).await.map_err(list::refused)?;
    let rows = shapes(&call.by, &page.rows, &Include::read(&call)?).await?;
    let page = Page { rows, next: page.next, prev: page.prev, total: page.total };
    Ok(asked.page(&call.by, R::PATH, &page, Value::clone))
}

/// Everything of one parent: a list that is short by nature and comes whole.
pub(super) async fn all<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let parents = R::parents(&call).await?;
    let stored = call.by.store().all::<R>(call.environment()?, &parents).await?;
    let mut rows = R::unwritten(&call).await?;
    for row in stored {
        match rows.iter_mut().find(|one| one.id() == row.id()) {
            Some(one) => *one = row,
            None => rows.push(row),
        }
    }
    let rows = shapes(&call.by, &rows, &Include::read(&call)?).await?;
    whole(&call, R::PATH, rows, R::ATTRIBUTES)
}

pub(super) async fn read<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let (object, include) = (load::<R>(&call).await?, Include::read(&call)?);
    respond(&call.by, object, &include, Answer::ok).await
}

pub(super) async fn create<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let blank = R::blank(&call).await?;
    let mut object = written_onto(&call, &call.json().await?, &blank).await?;
    object.settle(&call.by)?;
    enter(&call, object).await
}

/// Stores an object that is new, and answers it.
pub(super) async fn enter<R: Managed>(call: &Call, mut object: R) -> Result<Answer, Failure> {
    let by = &call.by;
    R::allow(by, None, &object).await?;
    object.reached(by)?;
    object.set_id(by.new_id());
    let with = object.completed(by);
    super::entered::add(by, object, with).await
}

pub(super) async fn replace<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let before = load::<R>(&call).await?;
    let body = call.json().await?;
    overwrite(&call, &before, &body).await
}

/// Merges the body into what the object is (RFC 7396) and judges the result as a replacement would be (MG-07). The type that
/// the RFC gives such a body says what PingOne means by `application/json`.
pub(super) async fn patch<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let before = load::<R>(&call).await?;
    let patch = call.json_of_any(&["application/json", "application/merge-patch+json"]).await?;
    let body = describe::merged(&before, patch);
    overwrite(&call, &before, &body).await
}

async fn overwrite<R: Managed>(call: &Call, before: &R, body: &Map<String, Value>) -> Result<Answer, Failure> {
    let by = &call.by;
    let mut after = written_onto(call, body, before).await?;
    after.settle(by)?;
    R::allow(by, Some(before), &after).await?;
    after.follow(by, before);
    let after = write(by, before, after, Vec::new()).await?;
    respond(by, after, &Include::default(), Answer::ok).await
}

/// Stores what became of the object, with `more` that follows from it. The object as it is then.
pub(super) async fn write<R: Managed>(
    by: &Authorized,
    before: &R,
    mut after: R,
    more: Vec<Change>,
) -> Result<R, Failure> {
    after.reached(by)?;
    let stamps = after.stamps();
    if let Some(at) = stamps.updated_at {
        *at = by.now().to_millis();
    }
    let guard = match stamps.version {
        // It is written for the first time.
        Some(version) if *version == UNWRITTEN => {
            *version = 0;
            Guard::New
        }
        Some(_) => Guard::Version,
        None => Guard::Exists,
    };
    let [_, action, _] = after.recorded();
    let changes = std::iter::once(Change::put(after.clone(), guard)).chain(more).collect();
    commit_of(by, &after, changes, action, about(by, Some(before), Some(&after))?).await?;
    if let Some(version) = after.stamps().version.filter(|_| guard == Guard::Version) {
        *version += 1;
    }
    Ok(after)
}

pub(super) async fn delete<R: Managed>(call: Call) -> Result<Answer, Failure> {
    let by = &call.by;
    let mut object = load::<R>(&call).await?;
    R::release(by, &object).await?;
    if let Some(version) = object.stamps().version.copied() {
        // What was allowed, and what the event tells, is of this version.
        by.expect(Change::Expect(object.key(), version));
    }
    let [.., action] = object.recorded();
    let changes = vec![Change::Remove(object.key())];
    match by.try_finish(changes, action, about(by, Some(&object), None)?).await {
        Err(lost @ StoreError::Lost { .. }) if !by.is_outdated(&lost) => Err(R::why_kept(by, &object).await?),
        done => done.map(|()| Answer::none()).map_err(|error| by.meant(error)),
    }
}

/// The object of the path, in the version that the call is for.
pub(super) async fn load<R: Managed>(call: &Call) -> Result<R, Failure> {
    let mut path = R::parents(call).await?;
    let id = call.id(R::PARAMETER, protocol::id::canonical)?;
    path.push(id);
    let environment = call.environment()?;
    let found = match call.by.store().get::<R>(environment, &path).await? {
        None => R::unwritten(call).await?.into_iter().find(|one| one.id() == id),
        found => found,
    };
    let mut object = found.ok_or_else(|| R::unknown(environment, id))?;
    object.reached(&call.by)?;
    object.known(&call.by)?;
    if let Some(version) = object.stamps().version.copied().filter(|_| R::TAGGED) {
        call.expect_version(version, Change::Expect(object.key(), version))?;
    }
    Ok(object)
}

/// An object as it is answered: its links, what it describes, what is made.
pub(super) fn shape<R: Kept>(by: &Authorized, object: &R, links: &[(&str, String)], made: Map<String, Value>) -> Value {
    shown(by, describe::draw(object), links, made)
}

fn shown(by: &Authorized, drawn: Map<String, Value>, links: &[(&str, String)], made: Map<String, Value>) -> Value {
    super::oneself::visible(by, linked(by, links).and(drawn).and(made).into())
}

/// A fault of a value that only the state of things forbids.
pub(super) fn constraint(target: &str, message: &str, came: &str) -> Failure {
    constrained(target, message, came).into()
}

/// The same, for what is told when the commit shows it.
pub(super) fn constrained(target: &str, message: &str, came: &str) -> Refused {
    let detail = Detail::new("CONSTRAINT_VIOLATION", target, message);
    Refused { details: vec![detail], ..Refused::new(Reason::ConstraintViolated, message, came) }
}

pub(super) async fn shapes<R: Managed>(
    by: &Authorized,
    objects: &[R],
    include: &Include,
) -> Result<Vec<Value>, Failure> {
    let made = R::made(by, objects, include).await?;
    let all = objects.iter().zip(made);
    all.map(|(object, made)| Ok(shown(by, object.drawn(by)?, &object.addresses(by), made))).collect()
}

/// Answers the object, with its version where it has one.
pub(super) async fn respond<R: Managed>(
    by: &Authorized,
    mut object: R,
    include: &Include,
    answer: fn(Value) -> Answer,
) -> Result<Answer, Failure> {
    let body = shapes(by, std::slice::from_ref(&object), include).await?.pop().unwrap_or_default();
    let answer = answer(body);
    Ok(match object.stamps().version {
        Some(version) if R::TAGGED => answer.version(*version),
        _ => answer,
    })
}

/// What the event of a write says.
pub(super) fn about<R: Managed>(by: &Authorized, before: Option<&R>, after: Option<&R>) -> Result<About, Failure> {
    let object = after.or(before).ok_or(Failure::Bug("a write of nothing"))?;
    let about = About::from(object.target());
    Ok(match (R::told(by, before, after), before, after) {
        (Some(note), ..) => about.noting(note),
        (None, Some(before), Some(after)) => {
            about.changing(&describe::draw(before).into(), &describe::draw(after).into())
        }
        (None, ..) => about,
    })
}

/// The object with what the body writes. It is read twice: first to learn what it refers to that only the database knows, then
/// with the answers.
pub(super) async fn written_onto<R: Described>(
    call: &Call,
    body: &Map<String, Value>,
    before: &R,
) -> Result<R, Failure> {
    let by = &call.by;
    let mut found = Vec::new();
    for (what, id) in describe::referred(body, before) {
        let (store, environment) = (by.store(), call.environment()?);
        let is_there = match what {
            Refers::Application => store.get::<Application>(environment, &[id]).await?.is_some(),
            Refers::Certificate => store.get::<Certificate>(environment, &[id]).await?.is_some(),
            Refers::Group => store.get::<Group>(environment, &[id]).await?.is_some(),
            Refers::KeyPair => store.get::<KeyPair>(environment, &[id]).await?.is_some_and(|key| !key.is_published()),
            Refers::Population => store.get::<Population>(environment, &[id]).await?.is_some(),
            Refers::Role => Role::find(id).is_none() && store.get::<CustomRole>(environment, &[id]).await?.is_some(),
            _ => false,
        };
        found.extend(is_there.then_some((what, id)));
    }
    Ok(describe::read(body, before, &Here::having(by, found))?)
}
