//! `web::tls` and `engine::fetch::Trust` of the operator's files: only a pair that belongs together is served, and what is wrong is
//! told without a line of either. The input is both files, the key behind an empty line.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use engine::fetch::Trust;
use web::tls::Tls;

pub fn check(input: &[u8]) {
    let at = input.windows(2).position(|pair| pair == b"\n\n").unwrap_or(input.len());
    let (chain, key) = (&input[..at], input.get(at + 2..).unwrap_or_default());
    let paths = [write("chain.pem", chain), write("key.pem", key)];
    let trusted = Trust::with(&paths[0]).is_ok();
    assert!(!trusted || count(chain, b"-----BEGIN CERTIFICATE-----") > 0);
    match Tls::load(&paths[0], &paths[1], false) {
        Ok(tls) => {
            assert!(count(chain, b"-----BEGIN CERTIFICATE-----") > 0 && count(key, b"PRIVATE KEY-----") > 1);
            assert!(tls.reload().is_ok());
        }
        Err(error) => {
            let told = format!("{error} {error:?}");
            let lines = str::from_utf8(key).unwrap_or_default().lines();
            assert!(
                lines.filter(|line| line.len() > 20 && !line.starts_with("-----")).all(|line| !told.contains(line))
            );
        }
    }
}

fn write(name: &str, octets: &[u8]) -> PathBuf {
    let path = PLACE.join(name);
    std::fs::write(&path, octets).expect("a folder of this process");
    path
}

fn count(octets: &[u8], what: &[u8]) -> usize {
    octets.windows(what.len()).filter(|window| *window == what).count()
}

/// In memory where the system has such a place.
static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let shared = Path::new("/dev/shm");
    let below = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    let place = below.join(format!("grantor-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&place).expect("a folder");
    place
});
