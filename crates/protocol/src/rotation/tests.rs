use super::*;
use crate::id::{EnvironmentId, LicenseId, OrganizationId};
use crate::model::{BillOfMaterials, EnvironmentSettings, EnvironmentType, Object};
use uuid::Uuid;

const NOW: Time = Time::from_secs(1_800_000_000);

fn environment() -> Environment {
    let id = Uuid::from_u128(1);
    Environment {
        id: EnvironmentId::new(id),
        organization: OrganizationId::new(id),
        license: LicenseId::new(id),
        name: "E".into(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "NA".into(),
        icon: None,
        bill_of_materials: BillOfMaterials { solution_type: None, products: vec![], created_at: NOW, updated_at: NOW },
        settings: EnvironmentSettings::default(),
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

fn key(kid: &str, alg: Alg, status: KeyStatus, created_at: Time, retired_at: Option<Time>) -> SigningKeyRecord {
    let environment = environment().id;
    SigningKeyRecord {
        environment,
        kid: kid.into(),
        alg,
        status,
        created_at,
        retired_at,
        ..SigningKeyRecord::default()
    }
}

/// Plays changes onto a key set.
fn apply(keys: &mut Vec<SigningKeyRecord>, changes: Vec<Change>) -> Option<Alg> {
    let mut alg = None;
    for change in changes {
        match change {
            Change::CreateKey(key) => keys.push(key),
            Change::UpdateKey { key: new, .. } => {
                let kept = keys.iter_mut().find(|k| k.kid == new.kid).unwrap();
                *kept = new;
            }
            Change::DeleteKey(_, kid, _) => keys.retain(|k| k.kid != kid),
            Change::Put(object, Guard::Version) => match *object {
                Object::Environment(e) => alg = Some(e.settings.signing_alg),
                other => panic!("a rotation does not write {other:?}"),
            },
            other => panic!("a rotation does not {other:?}"),
        }
    }
    alg
}

fn active(keys: &[SigningKeyRecord]) -> Vec<&str> {
    keys.iter().filter(|k| k.status == KeyStatus::Active).map(|k| k.kid.as_str()).collect()
}

// MD-06: a verifier that kept the set for its max-age knows the key before the first token.
#[test]
fn a_new_key_is_published_before_it_signs_and_the_old_one_after() {
    let mut keys = vec![key("a", Alg::Rs256, KeyStatus::Active, NOW, None)];
    let new = key("b", Alg::Es256, KeyStatus::Next, NOW, None);
    let changes = begin(&environment(), &keys, new, false, NOW).unwrap();
    assert_eq!(apply(&mut keys, changes), None);
    assert_eq!((active(&keys), keys.len()), (vec!["a"], 2));
    assert!(due(&environment(), &keys, NOW.plus(PUBLISHED_FIRST - 1)).is_empty());

    let then = NOW.plus(PUBLISHED_FIRST);
    let changes = due(&environment(), &keys, then);
    assert_eq!(apply(&mut keys, changes), Some(Alg::Es256));
    assert_eq!((active(&keys), keys.len()), (vec!["b"], 2));

    assert!(due(&environment(), &keys, then.plus(KEPT - 1)).is_empty());
    let changes = due(&environment(), &keys, then.plus(KEPT));
    apply(&mut keys, changes);
    assert_eq!((active(&keys), keys.len()), (vec!["b"], 1));
}

#[test]
fn one_key_waits_at_a_time() {
    let keys = [key("a", Alg::Rs256, KeyStatus::Active, NOW, None), key("b", Alg::Rs256, KeyStatus::Next, NOW, None)];
    let new = key("c", Alg::Rs256, KeyStatus::Next, NOW, None);
    let refused = begin(&environment(), &keys, new, false, NOW).unwrap_err();
    assert_eq!((refused.reason, refused.came.as_str()), (Reason::ConstraintViolated, "b"));
    // C4: whoever is refused learns when it signs, and the way around it.
    let told = &refused.details[0].message;
    assert!(told.contains(&NOW.plus(PUBLISHED_FIRST).to_string()) && told.contains("--now"), "{told}");
}

/// C4: the answer to a key that leaked works while an announced rotation waits, whatever the algorithm of either.
#[test]
fn at_once_works_while_a_key_waits() {
    for (waiting, new) in [(Alg::Rs256, Alg::Rs256), (Alg::Es256, Alg::Es256), (Alg::Es256, Alg::Rs256)] {
        let mut keys =
            vec![key("a", Alg::Rs256, KeyStatus::Active, NOW, None), key("b", waiting, KeyStatus::Next, NOW, None)];
        let then = NOW.plus(60);
        let changes = begin(&environment(), &keys, key("c", new, KeyStatus::Next, then, None), true, then).unwrap();
        apply(&mut keys, changes);
        assert_eq!(active(&keys), ["c"]);
        let all: Vec<_> = keys.iter().map(|k| (k.kid.as_str(), k.status)).collect();
        assert_eq!(all, [("a", KeyStatus::Retired), ("c", KeyStatus::Active)]);
        assert!(due(&environment(), &keys, then.plus(PUBLISHED_FIRST)).is_empty(), "nothing waits any more");
    }
}

// After a leak the new key signs from this moment; exactly one is active.
#[test]
fn at_once_leaves_one_active_key() {
    let mut keys = vec![key("a", Alg::Rs256, KeyStatus::Active, NOW, None)];
    let new = key("b", Alg::Rs256, KeyStatus::Next, NOW, None);
    let changes = begin(&environment(), &keys, new, true, NOW).unwrap();
    assert_eq!(apply(&mut keys, changes), None);
    assert_eq!(active(&keys), ["b"]);
    assert_eq!(keys[0].retired_at, Some(NOW));
}

// KD-04: what a key signed before it was retired counts, and for as long as another node may not have heard of it.
#[test]
fn a_retired_key_signs_nothing_new() {
    let verifying = jose::SigningKey::generate(Alg::Es256).unwrap().verifying();
    let key = |retired_at| PublishedKey { verifying: verifying.clone(), retired_at };
    assert!(key(None).can_have_signed(Some(i64::MAX)) && key(None).can_have_signed(None));
    let retired = key(Some(NOW));
    for (issued_at, counts) in [
        (Some(0), true),
        (Some(NOW.secs()), true),
        (Some(NOW.secs() + FOLLOWED), true),
        (Some(NOW.secs() + FOLLOWED + 1), false),
        (Some(i64::MAX), false),
        (None, false),
    ] {
        assert_eq!(retired.can_have_signed(issued_at), counts, "{issued_at:?}");
    }
}

fn chosen(kid: &str, alg: Alg, status: KeyStatus, created_at: Time) -> SigningKeyRecord {
    SigningKeyRecord { chosen: true, ..key(kid, alg, status, created_at, None) }
}

/// The keys of the environment and those of each algorithm that applications chose take turns by themselves.
#[test]
fn each_line_rotates_by_itself() {
    let (then, at_once) = (NOW.plus(PUBLISHED_FIRST), true);
    let start = || {
        vec![
            key("own", Alg::Rs256, KeyStatus::Active, NOW, None),
            chosen("es", Alg::Es256, KeyStatus::Active, NOW),
            chosen("ed", Alg::EdDsa, KeyStatus::Active, NOW),
        ]
    };
    // Announced in every line at the same time, and due at the same time.
    let mut keys = start();
    for new in [
        key("own2", Alg::Ps256, KeyStatus::Next, NOW, None),
        chosen("es2", Alg::Es256, KeyStatus::Next, NOW),
        chosen("ed2", Alg::EdDsa, KeyStatus::Next, NOW),
    ] {
        let again = SigningKeyRecord { kid: "again".into(), ..new.clone() };
        let changes = begin(&environment(), &keys, new, false, NOW).unwrap();
        apply(&mut keys, changes);
        assert!(begin(&environment(), &keys, again, false, NOW).is_err(), "one waits in this line");
    }
    assert_eq!(active(&keys), ["own", "es", "ed"]);
    let changes = due(&environment(), &keys, then);
    assert_eq!(apply(&mut keys, changes), Some(Alg::Ps256), "the environment follows its own alone");
    assert_eq!(active(&keys), ["own2", "es2", "ed2"]);
    // A key that leaked leaves the other lines alone.
    let mut keys = start();
    let changes = begin(&environment(), &keys, chosen("es2", Alg::Es256, KeyStatus::Next, NOW), at_once, NOW).unwrap();
    assert_eq!(apply(&mut keys, changes), None);
    assert_eq!(active(&keys), ["own", "ed", "es2"]);
    // What a chosen line has of the environment's algorithm stays when the environment's own is replaced.
    let mut keys =
        vec![key("own", Alg::Rs256, KeyStatus::Active, NOW, None), chosen("rs", Alg::Rs256, KeyStatus::Active, NOW)];
    let changes =
        begin(&environment(), &keys, key("own2", Alg::Rs256, KeyStatus::Next, NOW, None), at_once, NOW).unwrap();
    apply(&mut keys, changes);
    assert_eq!(active(&keys), ["rs", "own2"]);
}

/// Of what applications chose, what has no key that will go on to sign.
#[test]
fn a_key_is_lacking_that_nothing_signs_with_soon() {
    let own = key("own", Alg::Rs256, KeyStatus::Active, NOW, None);
    let wanted = [Alg::Es256, Alg::Rs256, Alg::Es256];
    assert_eq!(lacking(std::slice::from_ref(&own), wanted), [Alg::Es256]);
    for (other, expected) in [
        (chosen("es", Alg::Es256, KeyStatus::Active, NOW), &[][..]),
        (chosen("es", Alg::Es256, KeyStatus::Next, NOW), &[Alg::Es256]),
        (chosen("es", Alg::Es256, KeyStatus::Retired, NOW), &[Alg::Es256]),
        // The environment goes to another algorithm: RS256 is lacking before it is gone, and ES256 until then.
        (key("next", Alg::Es256, KeyStatus::Next, NOW, None), &[Alg::Rs256, Alg::Es256]),
        (key("next", Alg::Rs256, KeyStatus::Next, NOW, None), &[Alg::Es256]),
    ] {
        assert_eq!(lacking(&[own.clone(), other.clone()], wanted), expected, "{other:?}");
    }
    let changes = begin(
        &environment(),
        std::slice::from_ref(&own),
        key("new", Alg::Es256, KeyStatus::Next, NOW, None),
        true,
        NOW,
    );
    assert_eq!(lacking(&after(&[own], &changes.unwrap()), wanted), [Alg::Rs256]);
}

/// MD-07: a key that leaked goes, whatever it was; where it signed another does, and where it did not nothing else changes.
#[test]
fn a_key_that_leaked_goes() {
    let keys = || {
        vec![
            key("old", Alg::Rs256, KeyStatus::Retired, NOW, Some(NOW)),
            key("own", Alg::Rs256, KeyStatus::Active, NOW, None),
            key("next", Alg::Ps256, KeyStatus::Next, NOW, None),
            chosen("es", Alg::Es256, KeyStatus::Active, NOW),
            chosen("es2", Alg::Es256, KeyStatus::Next, NOW),
        ]
    };
    let new = || Some(key("new", Alg::EdDsa, KeyStatus::Next, NOW, None));
    for (leaked, left, signs) in [
        ("old", &["own", "next", "es", "es2"][..], &["own", "es"][..]),
        ("own", &["old", "es", "es2", "new"], &["es", "new"]),
        ("next", &["old", "own", "es", "es2"], &["own", "es"]),
        ("es", &["old", "own", "next", "new"], &["own", "new"]),
        ("es2", &["old", "own", "next", "es"], &["own", "es"]),
    ] {
        let mut keys = keys();
        let line = keys.iter().find(|key| key.kid == leaked).map(|key| (key.alg, key.chosen));
        let changes = revoke(&keys, leaked, new()).unwrap();
        assert_eq!(apply(&mut keys, changes), None);
        assert_eq!(
            (keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), active(&keys)),
            (left.to_vec(), signs.to_vec())
        );
        let made = keys.iter().find(|key| key.kid == "new").map(|key| (key.alg, key.chosen));
        assert!(made.is_none() || made == line, "{leaked}: of its line and algorithm");
    }
    assert_eq!(revoke(&keys(), "none", new()).unwrap_err().reason, Reason::ConstraintViolated);
}

proptest::proptest! {
    /// The last moment is the time that it is, none lies outside, and whatever a key waits for fits between.
    #[test]
    fn moments_lie_between_two_times(from in 0..i64::MAX / 4, later in 0..1_000_000_000_000_000_i64) {
        let (from, to) = (Time(from), Time(from + later));
        let moments = moments(from, to);
        proptest::prop_assert_eq!(moments.last(), Some(&to));
        proptest::prop_assert!(moments.len() <= 4 && moments.is_sorted() && moments.iter().all(|moment| *moment >= from));
        let apart = to.since(moments[0]);
        proptest::prop_assert!(later / 1_000_000 < PUBLISHED_FIRST || apart >= PUBLISHED_FIRST);
        proptest::prop_assert!(later / 1_000_000 < KEPT + 2 * PUBLISHED_FIRST || apart - PUBLISHED_FIRST >= KEPT);
    }
}
