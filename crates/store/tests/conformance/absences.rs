//! What an answer says is not there is looked for once more, where the commit is.

use jose::Alg;
use protocol::change::{Absence, AccessToken, Change, Family, Guard};
use protocol::id::{EnvironmentId, FamilyId, GroupId, OrganizationId};
use protocol::model::{Group, KeyStatus, ObjectKind, RoleScope, Session, SigningKeyRecord};
use protocol::secret::TokenHash;
use protocol::time::Time;
use store::Store;

use crate::races::one_wins;
use crate::samples::*;
use crate::{each, loses};

on_every_engine!(
    a_living_token_is_not_absent,
    a_living_session_is_not_absent,
    a_key_is_not_absent,
    one_key_is_made_of_a_chosen_algorithm,
    a_role_beside_the_known_is_not_absent,
    no_more_groups_are_made_at_once_than_there_may_be
);

fn token(environment: EnvironmentId, access: TokenHash, refresh: TokenHash, at: Time) -> Change {
    Change::Absent(Absence::Token { environment, access, refresh, at })
}

/// H3: a token of either kind is there while it counts, in its own environment.
async fn a_living_token_is_not_absent(store: &Store) {
    let absent = |access, refresh| token(HERE, access_hash(access), refresh_hash(refresh), NOW);
    each(store, [absent(1, 1)]).await;
    let opaque = |n| AccessToken { claims: Some("{}".to_owned()), ..access_token(HERE, n) };
    each(
        store,
        [
            Change::CreateFamily(family(HERE, 1)),
            Change::IssueRefreshToken(refresh_token(HERE, 1)),
            Change::RecordAccessToken(opaque(1)),
            Change::CreateFamily(Family { revoked_at: Some(NOW), ..family(HERE, 2) }),
            Change::IssueRefreshToken(refresh_token(HERE, 2)),
            Change::RecordAccessToken(AccessToken { family: Some(FamilyId::new(uuid(2))), ..opaque(2) }),
            Change::RecordAccessToken(AccessToken { revoked_at: Some(NOW), ..opaque(3) }),
            // The `jti` of a JWT is no token.
            Change::RecordAccessToken(access_token(HERE, 4)),
        ],
    )
    .await;
    for (access, refresh) in [(1, 9), (9, 1), (1, 1)] {
        loses(store, absent(access, refresh)).await;
    }
    each(store, [absent(2, 2), absent(3, 9), absent(4, 9), token(THERE, access_hash(1), refresh_hash(1), NOW)]).await;
    let expired = NOW.plus(3600);
    each(store, [token(HERE, access_hash(1), refresh_hash(9), expired)]).await;
    loses(store, token(HERE, access_hash(1), refresh_hash(9), expired.plus(-1))).await;
}

/// H3: a session is there until it ends.
async fn a_living_session_is_not_absent(store: &Store) {
    let absent =
        |session: &Session, at| Change::Absent(Absence::Session { environment: HERE, token: session.token, at });
    let (living, ended) = (session(HERE, 1), Session { ended_at: Some(NOW), ..session(HERE, 2) });
    each(store, [absent(&living, NOW)]).await;
    each(store, [Change::CreateSession(living.clone()), Change::CreateSession(ended.clone())]).await;
    loses(store, absent(&living, NOW)).await;
    each(store, [absent(&ended, NOW), absent(&living, living.expires_at)]).await;
    each(store, [Change::EndSession(HERE, living.id, NOW), absent(&living, NOW)]).await;
}

/// H3: a key is there as long as it is published.
async fn a_key_is_not_absent(store: &Store) {
    let absent = |kid: &str| Change::Absent(Absence::Key(HERE, kid.to_owned()));
    each(store, [absent("key-1"), Change::CreateKey(key(HERE, 1, KeyStatus::Retired)), absent("key-2")]).await;
    loses(store, absent("key-1")).await;
}

/// Of those who find at once that there is no key of an algorithm one makes it. The environment's own is none that was chosen, nor is
/// one that signs no more.
async fn one_key_is_made_of_a_chosen_algorithm(store: &Store) {
    let absent = |alg| Change::Absent(Absence::ChosenKey(HERE, alg));
    let of = |n: u128, chosen, status| SigningKeyRecord { chosen, ..key(HERE, n, status) };
    each(
        store,
        [
            Change::put(environment(HERE), Guard::New),
            Change::CreateKey(of(1001, false, KeyStatus::Active)),
            Change::CreateKey(of(1002, true, KeyStatus::Retired)),
            absent(Alg::Es256),
        ],
    )
    .await;
    let make = |n: u128| vec![absent(Alg::Es256), Change::CreateKey(of(n, true, KeyStatus::Active))];
    one_wins(store, make).await;
    loses(store, absent(Alg::Es256)).await;
    each(store, [absent(Alg::Rs256)]).await;
    assert_eq!(store.keys(HERE).await.map(|keys| keys.len()), Ok(3));
}

/// MG-06: a role that was not known when it was decided on is one too many, of whatever actor of the environment.
async fn a_role_beside_the_known_is_not_absent(store: &Store) {
    let absent = |environment, actor: u128, known: &[u128]| {
        let known = known.iter().map(|id| uuid(*id)).collect();
        Change::Absent(Absence::Role { environment, actor: uuid(actor), known })
    };
    each(store, [absent(HERE, 1, &[]), absent(HERE, 1, &[5])]).await;
    let over = |n| RoleScope::Organization(OrganizationId::new(uuid(n)));
    let give = |n: u128| Change::put(role_assignment(HERE, uuid(1), n, over(n)), Guard::New);
    each(store, [give(5), absent(HERE, 1, &[5]), give(6), absent(HERE, 1, &[5, 6, 7])]).await;
    for known in [&[][..], &[5], &[6, 7]] {
        loses(store, absent(HERE, 1, known)).await;
    }
    each(store, [absent(HERE, 2, &[]), absent(THERE, 1, &[])]).await;
}

/// RC-01: of those who come at once with the last place one has it: of all groups, and of those that have a filter.
async fn no_more_groups_are_made_at_once_than_there_may_be(store: &Store) {
    let group = |n: u128, filter: Option<&str>| Group {
        id: GroupId::new(uuid(n)),
        environment: HERE,
        name: format!("Group {n}"),
        user_filter: filter.map(str::to_owned),
        ..Group::default()
    };
    each(store, [Change::put(environment(HERE), Guard::New), Change::put(group(1001, None), Guard::New)]).await;
    let absent = |most| Change::Absent(Absence::Most { of: ObjectKind::Group, environment: HERE, parent: None, most });
    let make = |n: u128| vec![absent(2), Change::put(group(n, None), Guard::New)];
    one_wins(store, make).await;
    assert_eq!(store.group_count(HERE).await, Ok(2));
    loses(store, absent(2)).await;
    each(store, [absent(3)]).await;
    let filtered = |beside: u128, most| {
        let beside = GroupId::new(uuid(beside));
        Change::Absent(Absence::MostFiltered { environment: HERE, beside, most })
    };
    let make =
        |n: u128| vec![filtered(2000 + n, 1), Change::put(group(2000 + n, Some("username eq \"a\"")), Guard::New)];
    let winner = one_wins(store, make).await;
    assert_eq!(store.filtered_groups(HERE).await, Ok(vec![GroupId::new(uuid(2000 + winner))]));
    loses(store, filtered(9, 1)).await;
    // Its own filter is no other's, and those that have none are not counted.
    each(store, [filtered(2000 + winner, 1), filtered(9, 2)]).await;
}
