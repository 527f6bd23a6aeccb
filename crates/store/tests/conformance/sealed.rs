//! What the master key opens: all of it is found, and goes under another key once; and users who come many at once.

use jose::digest::HmacKey;
use jose::seal::SealKey;
use protocol::change::{Change, Guard};
use protocol::ctx::{Ctx, Entropy};
use protocol::id::CorrelationId;
use protocol::model::{ClientSecret, KeyPair, KeyStatus, RoleAssignment, RoleScope, SecretPair};
use protocol::sealed::{Keys, Place, Resealed, Sealed};
use protocol::secret::{Secret, SecretDigest};
use store::{SealedWalk, Store, StoreError, USERNAME_TAKEN};

use crate::each;
use crate::samples::*;

on_every_engine!(everything_sealed_goes_under_another_key, many_users_come_at_once);

struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn keys(of: u8) -> Keys {
    Keys { seal: SealKey::derive(&[of; 32], "at-rest"), pepper: HmacKey::derive(&[of; 32], "client-secret-pepper") }
}

/// C4: every place, in every environment, whatever the size of a page; what opens with the new key is passed over, and what
/// was changed meanwhile is not written over.
async fn everything_sealed_goes_under_another_key(store: &Store) {
    let (old, new) = (keys(1), keys(2));
    seal_everything(store, &old).await;
    let walked = walked(store).await;
    assert_eq!(walked.len(), 28);
    let changes = |all: &[Sealed]| -> Vec<Change> {
        all.iter()
            .filter_map(|sealed| match sealed.reseal(&Counting, &old, &new) {
                Resealed::Change(change) => Some(*change),
                Resealed::Done => None,
                Resealed::Lost => panic!("{:?}", sealed.place),
            })
            .collect()
    };
    let all = changes(&walked);
    assert_eq!(all.len(), 28);
    for change in &all {
        assert_eq!(store.commit(vec![change.clone()]).await, Ok(()));
        assert_eq!(store.commit(vec![change.clone()]).await, Err(StoreError::Lost { index: 0 }), "twice");
    }
    let mut walk = SealedWalk::new(100);
    while let Some(some) = store.next_sealed(&mut walk).await.unwrap() {
        assert!(changes(&some).is_empty());
        assert!(some.iter().all(|sealed| matches!(sealed.reseal(&Counting, &keys(3), &old), Resealed::Lost)));
    }
    let client = store.client(HERE, "client-1").await.unwrap().unwrap();
    let (current, previous) = (client.secrets.current.unwrap(), client.secrets.previous.unwrap());
    for (secret, text) in [(current, "current"), (previous, "previous")] {
        assert_eq!(secret.reveal(&new.seal, HERE, client.application.id).unwrap().expose(), text);
        assert!(secret.digest.matches(&SecretDigest::of(&new.pepper, text)));
    }
    assert_eq!(store.master_key_rotation().await, Ok(None));
    each(store, [Change::MasterKeyRotation(Some("a b".into())), Change::MasterKeyRotation(Some("a c".into()))]).await;
    assert_eq!(store.master_key_rotation().await, Ok(Some("a c".to_owned())));
    each(store, [Change::MasterKeyRotation(None)]).await;
    assert_eq!(store.master_key_rotation().await, Ok(None));
    // Of a file nobody can tell; of a server's sessions this test has some of its own.
    let sessions = store.sessions_by("postgres://h/x").await.unwrap();
    assert!(sessions.is_none_or(|sessions| sessions > 0));
}

/// Two of everything that is sealed, in two environments.
async fn seal_everything(store: &Store, old: &Keys) {
    let ctx = Ctx { now: NOW, entropy: &Counting, correlation: CorrelationId::new(uuid(1)) };
    let sealed = |place: &Place| old.seal.seal([9; 12], &place.context(), b"hidden");
    for environment in [HERE, THERE] {
        for n in [1, 2] {
            let mut key = key(environment, n, KeyStatus::Active);
            key.sealed = sealed(&Place::SigningKey(environment, key.kid.clone()));
            let mut client = full_client(environment, n);
            let place = (environment, client.application.id);
            let secret =
                |text: &str| ClientSecret::new(&ctx, (&old.pepper, &old.seal), place, &Secret::new(text.to_owned()));
            client.secrets = SecretPair { current: Some(secret("current")), previous: None };
            let mut token = full_refresh_token(environment, n);
            let of =
                Place::Successor { environment, token: token.hash, family: token.family, generation: token.generation };
            token.sealed_successor = Some(sealed(&of));
            let rotate = Change::RotateSecret {
                environment,
                of: client.application.id.into(),
                was: client.secrets.current.as_ref().map(|secret| *secret.digest.bytes()),
                current: secret("current"),
                previous: Some(ClientSecret { expires_at: Some(NOW), ..secret("previous") }),
            };
            each(store, std::iter::once(Change::CreateKey(key)).chain(client.creation())).await;
            let mut pair = KeyPair { id: uuid(n).into(), environment, version: 1, ..KeyPair::default() };
            pair.sealed = sealed(&Place::KeyPair(environment, pair.id));
            each(store, [rotate, Change::IssueRefreshToken(token), Change::put(pair, Guard::New)]).await;
            let (resource, of) = (resource(environment, n), resource(environment, n).id.into());
            let sealed = |text: &str| {
                ClientSecret::new(&ctx, (&old.pepper, &old.seal), (environment, of), &Secret::new(text.to_owned()))
            };
            let previous = Some(ClientSecret { expires_at: Some(NOW), ..sealed("previous") });
            let first = Change::RotateSecret { environment, of, was: None, current: sealed("current"), previous };
            each(store, [Change::put(resource, Guard::New), first]).await;
        }
    }
}

/// What is sealed, which is the same whatever the size of a page.
async fn walked(store: &Store) -> Vec<Sealed> {
    let mut walked = Vec::new();
    for rows in [1, 3, 100] {
        let mut walk = SealedWalk::new(rows);
        let mut found: Vec<Sealed> = Vec::new();
        while let Some(some) = store.next_sealed(&mut walk).await.unwrap() {
            found.extend(some);
        }
        walked.push(found);
    }
    assert!(walked.iter().all(|found| *found == walked[0]));
    walked.remove(0)
}

/// C4: a column that holds something sealed and is not resealed would be lost with the old key.
#[test]
fn no_sealed_column_is_forgotten() {
    let mut columns: Vec<String> = crate::complete::tables()
        .into_iter()
        .flat_map(|(table, columns)| columns.into_iter().map(move |column| format!("{table}.{column}")))
        .filter(|column| column.contains("sealed"))
        .collect();
    columns.sort();
    let known = [
        "applications.previous_sealed",
        "applications.secret_sealed",
        "identity_providers.secret_sealed",
        "keys.sealed",
        "refresh_tokens.sealed_successor",
        "resources.previous_sealed",
        "resources.secret_sealed",
        "signing_keys.sealed",
    ];
    assert_eq!(columns, known);
}

async fn many_users_come_at_once(store: &Store) {
    each(store, populations()).await;
    let some: Vec<_> = (1..=40).map(|n| user(HERE, n)).collect();
    assert_eq!(store.commit(vec![Change::ImportUsers(some.clone())]).await, Ok(()));
    let keys: Vec<String> = ["user.1", "user.40", "user.41"].map(str::to_owned).to_vec();
    let found = store.users_by_names(HERE, &keys).await.unwrap();
    assert_eq!((found.len(), &found["user.1"], &found["user.40"]), (2, &some[0], &some[39]));
    assert!(store.users_by_names(THERE, &keys).await.unwrap().is_empty());
    assert_eq!(store.user_count(HERE, some[0].population).await, Ok(40));
    assert_eq!(store.holders_for_organizations(uuid(0x0a)).await, Ok(vec![]));
    let held = [HERE, THERE].map(|environment| {
        let scope = RoleScope::Organization(organization_of(environment));
        RoleAssignment { role: uuid(0x0a), ..role_assignment(environment, uuid(1), 1, scope) }
    });
    each(store, held.map(|held| Change::put(held, Guard::New))).await;
    assert_eq!(store.holders_for_organizations(uuid(0x0a)).await, Ok(vec![(HERE, uuid(1)), (THERE, uuid(1))]));
    // One whose name is taken undoes all, and so does a population that is not there.
    let taken =
        Change::ImportUsers(vec![user(HERE, 41), protocol::model::User { id: user(HERE, 42).id, ..user(HERE, 1) }]);
    assert_eq!(store.commit(vec![taken]).await, Err(StoreError::Conflict { constraint: USERNAME_TAKEN.to_owned() }));
    let nowhere = protocol::model::User { population: protocol::id::PopulationId::new(uuid(9)), ..user(HERE, 43) };
    assert_eq!(
        store.commit(vec![Change::ImportUsers(vec![user(HERE, 44), nowhere])]).await,
        Err(StoreError::Lost { index: 0 })
    );
    assert_eq!(store.users(HERE, &WHOLE).await.unwrap().total, 40);
    assert_eq!(store.user_count(HERE, some[0].population).await, Ok(40));
    let put = Change::put(user(HERE, 45), Guard::New);
    each(store, [put, Change::ImportUsers(vec![user(THERE, 1), user(HERE, 46)])]).await;
    assert_eq!(store.user_count(HERE, some[0].population).await, Ok(42));
}
