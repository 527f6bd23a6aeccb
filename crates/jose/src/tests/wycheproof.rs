//! The vectors of Project Wycheproof for every algorithm of the list, each through the key that a token is verified with.
//!
//! A vector signs bytes that are no compact token, so it goes through [`VerifyingKey::check`], which [`crate::Compact::verify`] goes
//! through. Every vector of a kind of key meets every algorithm of that kind: `valid` is accepted by the algorithm that it was made
//! for and by no other, `invalid` by none but the one whose signature it is. The numbers are asserted, so that a set that shrinks is
//! noticed.

use serde_json::{Value, json};
use wycheproof::{EdwardsCurve, EllipticCurve, HashFunction, TestResult};
use wycheproof::{ecdsa, eddsa, mac, mldsa_verify, rsa_pkcs1_verify, rsa_pss_verify};

use crate::alg::Hash;
use crate::{Alg, Error, Jwk, VerifyingKey, b64};

/// What became of the vectors of one algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Invalid for being the signature of another algorithm, and accepted by that one.
    elsewhere: usize,
    /// The key was refused before any signature was looked at.
    unusable: usize,
}

const fn tally(accepted: usize, refused: usize, elsewhere: usize, unusable: usize) -> Tally {
    Tally { accepted, refused, elsewhere, unusable }
}

/// What must become of a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Accepted,
    Refused,
    /// It is invalid where it was made for because it is a good signature of another algorithm, which may be this one.
    Elsewhere,
}

/// Accepted: what is good, and was made for this algorithm.
///
/// One kind is `acceptable`, and refused here: the PKCS #1 padding of a hash without the NULL of its parameters. RFC 8017 §8.2.2
/// compares with the one encoding of §9.2, in which the NULL stands (note 1).
fn due(alg: Alg, result: TestResult, fits: bool, (flags, comment): (&str, &str)) -> Due {
    match result {
        TestResult::Valid if fits => Due::Accepted,
        TestResult::Invalid if !fits && ["[WrongHash]", "[WrongPrimitive]"].contains(&flags) => Due::Elsewhere,
        // The salt that a JWS has, in a set of another one.
        TestResult::Invalid if !fits && alg == Alg::Ps256 && comment == "s_len changed to 32" => Due::Elsewhere,
        TestResult::Acceptable => {
            assert_eq!(flags, "[MissingNull]", "nobody has decided about this kind");
            Due::Refused
        }
        _ => Due::Refused,
    }
}

impl Tally {
    /// One vector: `usable` says whether the specifications let the key be used at all.
    fn count(
        &mut self,
        name: &str,
        (key, usable): (&Result<VerifyingKey, Error>, bool),
        (message, signature): (&[u8], &[u8]),
        due: Due,
    ) {
        assert_eq!(key.is_ok(), usable, "{name}: the key is {key:?}");
        let Ok(key) = key else {
            self.unusable += 1;
            return;
        };
        match (due, key.check(message, signature)) {
            (Due::Accepted, Ok(())) => self.accepted += 1,
            (Due::Elsewhere, Ok(())) => self.elsewhere += 1,
            (Due::Refused | Due::Elsewhere, Err(Error::BadSignature)) => self.refused += 1,
            (due, outcome) => panic!("{name}: {outcome:?}, and due was {due:?}"),
        }
    }
}

fn of_jwk(jwk: &Value, alg: Alg) -> Result<VerifyingKey, Error> {
    VerifyingKey::from_jwk(&Jwk::from_json(jwk)?, alg)
}

/// The hash of the two that a JWS algorithm names.
fn is(hash: HashFunction, of: Alg) -> bool {
    let named = match hash {
        HashFunction::Sha2_256 => Hash::Sha256,
        HashFunction::Sha2_384 => Hash::Sha384,
        HashFunction::Sha2_512 => Hash::Sha512,
        _ => return false,
    };
    of.hash() == Some(named)
}

const RSA: [Alg; 6] = [Alg::Rs256, Alg::Rs384, Alg::Rs512, Alg::Ps256, Alg::Ps384, Alg::Ps512];

/// RFC 7518 §3.3 and §3.5: 2048 bits or more, and here 8192 or fewer.
fn rsa_key(n: &[u8], e: &[u8], bits: usize, alg: Alg) -> (Result<VerifyingKey, Error>, bool) {
    let jwk = json!({ "kty": "RSA", "n": b64::encode(n), "e": b64::encode(e) });
    (of_jwk(&jwk, alg), (2048..=8192).contains(&bits))
}

/// RFC 7518 §3.3: the signatures of RSASSA-PKCS1-v1_5 with all the hashes that there are, 2048 to 8192 bits.
#[test]
fn rsassa_pkcs1_v1_5() {
    let mut tallies = [Tally::default(); 6];
    for set in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
            for (alg, tally) in RSA.into_iter().zip(&mut tallies) {
                let (key, usable) = rsa_key(&group.key.n, &group.key.e, group.key_size, alg);
                let fits = alg.name().starts_with("RS") && is(group.hash, alg);
                for test in &group.tests {
                    let due = due(alg, test.result, fits, (&format!("{:?}", test.flags), &test.comment));
                    let name = format!("{set:?} {} {alg}: {}", test.tc_id, test.comment);
                    tally.count(&name, (&key, usable), (&test.msg, &test.sig), due);
                }
            }
        }
    }
    let expected = [
        tally(31, 6151, 20, 0),
        tally(28, 6154, 20, 0),
        tally(30, 6152, 20, 0),
        tally(0, 6198, 4, 0),
        tally(0, 6198, 4, 0),
        tally(0, 6198, 4, 0),
    ];
    assert_eq!(tallies, expected);
}

/// RFC 7518 §3.5: a salt as long as the hash, and the same hash in MGF1. Vectors of other salts, of other masks and of other hashes
/// are good signatures, and none of a JWS.
#[test]
fn rsassa_pss() {
    let mut tallies = [Tally::default(); 6];
    for set in rsa_pss_verify::TestName::all() {
        for group in rsa_pss_verify::TestSet::load(set).unwrap().test_groups {
            for (alg, tally) in RSA.into_iter().zip(&mut tallies) {
                let (key, usable) = rsa_key(&group.key.n, &group.key.e, group.key_size, alg);
                let fits = alg.name().starts_with("PS")
                    && is(group.hash, alg)
                    && group.mgf_hash.is_some_and(|mask| is(mask, alg))
                    && alg.hash().is_some_and(|hash| hash.size() == group.salt_size);
                for test in &group.tests {
                    let due = due(alg, test.result, fits, (&format!("{:?}", test.flags), &test.comment));
                    let name = format!("{set:?} {} {alg}: {}", test.tc_id, test.comment);
                    tally.count(&name, (&key, usable), (&test.msg, &test.sig), due);
                }
            }
        }
    }
    let expected = [
        tally(0, 3473, 24, 0),
        tally(0, 3495, 2, 0),
        tally(0, 3492, 5, 0),
        tally(317, 3178, 2, 0),
        tally(192, 3305, 0, 0),
        tally(266, 3231, 0, 0),
    ];
    assert_eq!(tallies, expected);
}

/// RFC 7518 §3.4: R and S side by side, each as wide as the field. The vectors in X9.62's coding, and of a curve with another hash
/// than its algorithm's, are good signatures, and none of a JWS.
#[test]
fn ecdsa_on_each_curve() {
    let curves = [
        (EllipticCurve::Secp256r1, Alg::Es256, "P-256"),
        (EllipticCurve::Secp384r1, Alg::Es384, "P-384"),
        (EllipticCurve::Secp521r1, Alg::Es512, "P-521"),
    ];
    let mut tallies = [Tally::default(); 3];
    for set in ecdsa::TestName::all() {
        for group in ecdsa::TestSet::load(set).unwrap().test_groups {
            let Some(place) = curves.iter().position(|(curve, ..)| *curve == group.key.curve) else { continue };
            let (_, alg, crv) = curves[place];
            let (x, y) = group.key.key[1..].split_at(group.key.key.len() / 2);
            let key = of_jwk(&json!({ "kty": "EC", "crv": crv, "x": b64::encode(x), "y": b64::encode(y) }), alg);
            let fits = group.test_type == ecdsa::TestGroupTypeId::EcdsaP1363 && is(group.hash, alg);
            for test in &group.tests {
                let due = due(alg, test.result, fits, (&format!("{:?}", test.flags), &test.comment));
                let name = format!("{set:?} {} {alg}: {}", test.tc_id, test.comment);
                tallies[place].count(&name, (&key, true), (&test.msg, &test.sig), due);
            }
        }
    }
    assert_eq!(tallies, [tally(173, 3227, 0, 0), tally(193, 3815, 0, 0), tally(231, 2013, 0, 0)]);
}

/// RFC 8037 §3.1 and RFC 9864 §2.2: under both names.
#[test]
fn ed25519() {
    for alg in [Alg::EdDsa, Alg::Ed25519] {
        let mut tallied = Tally::default();
        for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
            assert_eq!(group.key.curve, EdwardsCurve::Ed25519);
            let key = of_jwk(&json!({ "kty": "OKP", "crv": "Ed25519", "x": b64::encode(&group.key.pk) }), alg);
            for test in &group.tests {
                let due = due(alg, test.result, true, (&format!("{:?}", test.flags), &test.comment));
                let name = format!("{} {alg}: {}", test.tc_id, test.comment);
                tallied.count(&name, (&key, true), (&test.msg, &test.sig), due);
            }
        }
        assert_eq!(tallied, tally(88, 63, 0, 0), "{alg}");
    }
}

/// RFC 7518 §3.2: a key as long as the hash or longer, and the whole tag. A key that is shorter is none, and a tag that was cut is
/// good elsewhere.
#[test]
fn hmac() {
    let sets = [
        (mac::TestName::HmacSha256, Alg::Hs256),
        (mac::TestName::HmacSha384, Alg::Hs384),
        (mac::TestName::HmacSha512, Alg::Hs512),
    ];
    let tallies = sets.map(|(set, alg)| {
        let mut tallied = Tally::default();
        let size = alg.hash().unwrap().size();
        for group in mac::TestSet::load(set).unwrap().test_groups {
            for test in &group.tests {
                let key = VerifyingKey::from_secret(alg, &test.key);
                let due =
                    due(alg, test.result, group.tag_size == 8 * size, (&format!("{:?}", test.flags), &test.comment));
                let name = format!("{} {alg}: {}", test.tc_id, test.comment);
                tallied.count(&name, (&key, test.key.len() >= size), (&test.msg, &test.tag), due);
            }
        }
        tallied
    });
    assert_eq!(tallies, [tally(30, 138, 0, 6); 3]);
}

/// RFC 9964 §3: the context is the empty string. What was signed under another one is good elsewhere.
#[test]
fn ml_dsa() {
    let sets = [
        (mldsa_verify::TestName::MlDsa44Verify, Alg::MlDsa44, 1312),
        (mldsa_verify::TestName::MlDsa65Verify, Alg::MlDsa65, 1952),
        (mldsa_verify::TestName::MlDsa87Verify, Alg::MlDsa87, 2592),
    ];
    let tallies = sets.map(|(set, alg, length)| {
        let mut tallied = Tally::default();
        for group in mldsa_verify::TestSet::load(set).unwrap().test_groups {
            let key = of_jwk(&json!({ "kty": "AKP", "alg": alg.name(), "pub": b64::encode(&group.pubkey) }), alg);
            for test in &group.tests {
                let fits = test.ctx.as_ref().is_none_or(wycheproof::ByteString::is_empty);
                let due = due(alg, test.result, fits, (&format!("{:?}", test.flags), &test.comment));
                let name = format!("{} {alg}: {}", test.tc_id, test.comment);
                tallied.count(&name, (&key, group.pubkey.len() == length), (&test.msg, &test.sig), due);
            }
        }
        tallied
    });
    assert_eq!(tallies, [tally(75, 101, 0, 4), tally(77, 129, 0, 4), tally(69, 168, 0, 4)]);
}
