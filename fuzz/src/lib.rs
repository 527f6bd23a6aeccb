//! What all fuzz targets share: one program drives one of several, by the name in `FUZZ_TARGET`.
//!
//! libFuzzer wants one function per program, and a program per target would link the whole server forty times.

pub mod known;
pub mod reference;

use std::sync::OnceLock;

/// Makes a program of targets: each is a module whose `check` takes some [`Input`] and panics at a finding.
#[macro_export]
macro_rules! targets {
    ($($name:ident)+) => {
        $(mod $name;)+

        libfuzzer_sys::fuzz_target!(
            init: $crate::choose(&[$((stringify!($name), |octets| $name::check($crate::Input::of(octets)))),+]),
            |octets: &[u8]| $crate::drive(octets)
        );
    };
}

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Takes the target that is asked for; without one, prints the names of all and ends.
pub fn choose(targets: &[Target]) {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some((_, check)) = targets.iter().find(|(known, _)| *known == name) else {
        for (known, _) in targets {
            println!("{known}");
        }
        std::process::exit(i32::from(!name.is_empty()));
    };
    let _ = CHOSEN.set(*check);
}

/// Drives the target that was chosen.
pub fn drive(octets: &[u8]) {
    if let Some(check) = CHOSEN.get() {
        check(octets);
    }
}

static CHOSEN: OnceLock<fn(&[u8])> = OnceLock::new();

/// What a target makes of the octets.
pub trait Input<'a> {
    fn of(octets: &'a [u8]) -> Self;
}

impl<'a> Input<'a> for &'a [u8] {
    fn of(octets: &'a [u8]) -> Self {
        octets
    }
}

/// As much as is UTF-8.
impl<'a> Input<'a> for &'a str {
    fn of(octets: &'a [u8]) -> Self {
        match str::from_utf8(octets) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&octets[..error.valid_up_to()]).unwrap_or_default(),
        }
    }
}

/// So many lines; the last has all that is left, and one that does not come is empty.
impl<'a, const N: usize> Input<'a> for [&'a str; N] {
    fn of(octets: &'a [u8]) -> Self {
        let mut lines = <&str>::of(octets).splitn(N, '\n');
        [(); N].map(|()| lines.next().unwrap_or_default())
    }
}

/// The first octet chooses.
impl<'a, T: Input<'a>> Input<'a> for (u8, T) {
    fn of(octets: &'a [u8]) -> Self {
        let (first, rest) = octets.split_first().map_or((0, octets), |(first, rest)| (*first, rest));
        (first, T::of(rest))
    }
}
