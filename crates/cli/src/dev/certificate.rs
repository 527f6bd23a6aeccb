//! The certificate of `grantor dev --tls`, kept so that it need be trusted once; and how it is trusted.
//!
//! The authority that signs it vouches for nothing else: its key is forgotten when it has signed. So whoever reads the directory can
//! pass for this server's names and for no others.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::time::Time;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use web::tls::Tls;

use super::write_private;
use crate::args::TrustArgs;
use crate::exit::Exit;

const AUTHORITY: &str = "authority.crt";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";
/// When it ends, in seconds, and the names that it is for, each on a line.
const ABOUT: &str = "about.txt";
const LOCK: &str = "lock";
/// How many names one is for at most: those of earlier starts stay with it.
const NAMES: usize = 100;
/// Days. Apple's systems take none that is good for more than 825.
const DAYS: i64 = 365;
const DAY: i64 = 86_400;
/// How often it is looked whether there is another.
const PERIOD: Duration = Duration::from_millis(500);

/// Where it is kept: with the data, or where the system has the state of programs.
pub(super) fn place(data_dir: Option<&Path>) -> Result<PathBuf, Exit> {
    if let Some(directory) = data_dir {
        return Ok(directory.join("tls"));
    }
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    let missing =
        "--data-dir is missing: without it the certificate is kept below XDG_STATE_HOME or HOME, and neither is set";
    Ok(state.ok_or_else(|| Exit::Configuration(missing.into()))?.join("grantor/dev/tls"))
}

/// The certificate that is kept, where it is for these names and lasts; else a new one, of which `true` says that it must be trusted anew.
/// One start at a time looks and makes: of two authorities one would be in the file, and the other have signed.
pub(super) fn load(directory: &Path, names: &[String], now: Time) -> Result<(Tls, bool), Exit> {
    fs::create_dir_all(directory).map_err(|error| unwritten(directory, &error))?;
    let _turn = turn(directory)?;
    let open = || Tls::load(directory.join(CERTIFICATE), directory.join(KEY), false);
    let about = fs::read_to_string(directory.join(ABOUT)).unwrap_or_default();
    let mut wanted = names.to_vec();
    if lasts(&about, now)
        && let Ok(tls) = open()
    {
        let known: Vec<&str> = about.lines().skip(1).collect();
        if names.iter().all(|name| known.contains(&name.as_str())) {
            return Ok((tls, false));
        }
        // Starts with other names take turns: one that forgot theirs would have to be trusted anew each time.
        wanted.extend(known.into_iter().map(str::to_owned).filter(|name| !names.contains(name)));
        wanted.truncate(NAMES.max(names.len()));
    }
    make(directory, &wanted, now)?;
    open().map(|tls| (tls, true)).map_err(|error| Exit::Failure(format!("--tls: {error}")))
}

/// Shows whatever is kept there by now: another start, with other names, may have made another certificate, and the file of whom to trust
/// is of that one's authority alone.
pub(super) async fn follow(directory: PathBuf, tls: Tls) {
    let mut shown = None;
    loop {
        // It is written last; while one is made it is not there.
        let written = fs::metadata(directory.join(ABOUT)).and_then(|about| about.modified()).ok();
        if written.is_some() && written != shown && tls.reload().is_ok() {
            shown = written;
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Held until it is dropped.
fn turn(directory: &Path) -> Result<File, Exit> {
    let file = File::options().create(true).append(true).open(directory.join(LOCK));
    let file = file.map_err(|error| unwritten(directory, &error))?;
    if let Err(error) = file.lock() {
        tracing::warn!(%error, path = %directory.display(), "no lock: see to it that no two servers make a certificate here at once");
    }
    Ok(file)
}

fn unwritten(directory: &Path, error: &std::io::Error) -> Exit {
    Exit::CannotCreate(format!("{} cannot be written: {error}", directory.display()))
}

/// Where the authority's certificate is.
pub(super) fn authority(directory: &Path) -> PathBuf {
    directory.join(AUTHORITY)
}

fn lasts(about: &str, now: Time) -> bool {
    let ends = about.lines().next().and_then(|line| line.parse::<i64>().ok()).unwrap_or_default();
    ends > now.secs() + DAY
}

fn make(directory: &Path, names: &[String], now: Time) -> Result<(), Exit> {
    let cannot = |error: std::io::Error| unwritten(directory, &error);
    let made = signed(names, now).map_err(|error| Exit::Failure(format!("--tls: no certificate was made: {error}")))?;
    // What it says of itself comes last: what was only half written is made anew.
    let _ = fs::remove_file(directory.join(ABOUT));
    fs::write(directory.join(AUTHORITY), made.authority).map_err(cannot)?;
    fs::write(directory.join(CERTIFICATE), made.certificate).map_err(cannot)?;
    write_private(&directory.join(KEY), &made.key)?;
    let about = names.iter().fold(format!("{}\n", now.plus(DAYS * DAY).secs()), |text, name| text + name + "\n");
    fs::write(directory.join(ABOUT), about).map_err(cannot)
}

/// In PEM.
struct Signed {
    authority: String,
    certificate: String,
    key: String,
}

fn signed(names: &[String], now: Time) -> Result<Signed, rcgen::Error> {
    let day = |(year, month, day)| rcgen::date_time_ymd(year, month, day);
    let (begins, ends) = (day(date(now.plus(-DAY))), day(date(now.plus(DAYS * DAY))));
    let mut above = CertificateParams::new(Vec::new())?;
    above.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    above.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    above.distinguished_name.push(DnType::CommonName, "grantor dev authority");
    (above.not_before, above.not_after) = (begins, ends);
    let authority = CertifiedIssuer::self_signed(above, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    // Another name than the authority's: what is issued by its own name passes for self-signed.
    params.distinguished_name.push(DnType::CommonName, "grantor dev server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (begins, ends);
    let certificate = params.signed_by(&key, &authority)?;
    Ok(Signed { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() })
}

/// Year, month and day.
fn date(at: Time) -> (i32, u8, u8) {
    let text = at.to_string();
    let mut numbers = text.split(['-', 'T']);
    let year = numbers.next().and_then(|year| year.parse().ok()).unwrap_or(1970);
    let mut next = || numbers.next().and_then(|number| number.parse().ok()).unwrap_or(1);
    (year, next(), next())
}

/// `grantor dev trust`: says, and does nothing.
pub(super) fn trust(args: &TrustArgs) -> Result<(), Exit> {
    let directory = place(args.data_dir.as_deref())?;
    let path = authority(&directory);
    let Ok(about) = fs::read_to_string(directory.join(ABOUT)) else {
        return Err(Exit::Failure(format!(
            "there is no certificate in {} yet: grantor dev --tls makes one at its first start",
            directory.display()
        )));
    };
    let path = fs::canonicalize(&path).unwrap_or(path);
    let _ = std::io::stdout().write_all(told(&path, &about).as_bytes());
    Ok(())
}

fn told(path: &Path, about: &str) -> String {
    let names: Vec<&str> = about.lines().skip(1).collect();
    let ends = about.lines().next().and_then(|line| line.parse().ok()).map(Time::from_secs);
    let ends = ends.map_or_else(String::new, |ends| format!(", until {ends}"));
    let quoted = format!("'{}'", path.display().to_string().replace('\'', r"'\''"));
    let mut text = format!(
        "The authority of the certificate of grantor dev --tls:\n  {}\nIt vouches for {}{ends}, and for nothing else: its key is \
         forgotten.\nOne of these makes a program trust it; nothing is changed by this command.\n\n",
        path.display(),
        names.join(", ")
    );
    for (who, how) in WAYS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{who}\n  {}", how.replace("PATH", &quoted));
    }
    text
}

/// PATH stands for the file.
const WAYS: [(&str, &str); 12] = [
    ("Debian, Ubuntu", "sudo cp PATH /usr/local/share/ca-certificates/grantor-dev.crt && sudo update-ca-certificates"),
    ("Fedora, RHEL", "sudo cp PATH /etc/pki/ca-trust/source/anchors/grantor-dev.crt && sudo update-ca-trust"),
    ("macOS", "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db PATH"),
    ("Windows", "certutil -user -addstore Root PATH"),
    ("Chromium on Linux (libnss3-tools)", "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n grantor-dev -i PATH"),
    ("Firefox", "Settings, Privacy & Security, View Certificates, Authorities, Import: PATH"),
    (
        "Android, iOS",
        "send the file to the device, and open it there; on iOS switch it on in Certificate Trust Settings",
    ),
    ("curl", "curl --cacert PATH"),
    ("Node.js", "export NODE_EXTRA_CA_CERTS=PATH"),
    ("Python", "export SSL_CERT_FILE=PATH REQUESTS_CA_BUNDLE=PATH"),
    ("Go, OpenSSL", "export SSL_CERT_FILE=PATH"),
    ("Java", "keytool -importcert -noprompt -cacerts -storepass changeit -alias grantor-dev -file PATH"),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const NOW: Time = Time::from_secs(1_800_000_000);

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Trust lasts: what is kept is served as long as it is for the names and does not end.
    #[test]
    fn a_certificate_is_kept_and_made_anew_where_it_must_be() {
        let place = tempfile::tempdir().unwrap();
        let first = names(&["127.0.0.1", "localhost"]);
        let read = || fs::read_to_string(place.path().join(CERTIFICATE)).unwrap();
        assert!(load(place.path(), &first, NOW).unwrap().1);
        let kept = read();
        assert!(!load(place.path(), &first[1..], NOW.plus(300 * DAY)).unwrap().1);
        assert_eq!(read(), kept);
        assert!(load(place.path(), &first, NOW.plus(365 * DAY)).unwrap().1, "it ends");
        assert!(load(place.path(), &names(&["localhost", "grantor.test"]), NOW).unwrap().1, "another name");
        fs::write(place.path().join(KEY), "x").unwrap();
        assert!(load(place.path(), &names(&["localhost"]), NOW).unwrap().1, "damaged");
        let text = told(&authority(place.path()), &fs::read_to_string(place.path().join(ABOUT)).unwrap());
        assert!(text.contains("vouches for localhost, until 20") && !text.contains("PATH"), "{text}");
    }

    /// Whoever trusts the file of authorities trusts every server that runs, the one that was there before it too.
    #[tokio::test]
    async fn a_server_that_runs_shows_what_another_start_made() {
        let place = tempfile::tempdir().unwrap();
        let own = names(&["localhost"]);
        let (tls, _) = load(place.path(), &own, NOW).unwrap();
        let changed = async |from: Arc<_>| {
            for _ in 0..100 {
                if !Arc::ptr_eq(&from, &tls.config()) {
                    return true;
                }
                tokio::time::sleep(PERIOD / 10).await;
            }
            false
        };
        let begun = tls.config();
        let following = tokio::spawn(follow(place.path().to_owned(), tls.clone()));
        assert!(changed(begun).await);
        let shown = tls.config();
        assert!(!load(place.path(), &own, NOW).unwrap().1, "nothing is made");
        tokio::time::sleep(PERIOD * 2).await;
        assert!(Arc::ptr_eq(&shown, &tls.config()));
        assert!(load(place.path(), &names(&["localhost", "other.test"]), NOW).unwrap().1);
        assert!(changed(shown).await);
        following.abort();
    }

    /// Servers that are started at the same moment have one authority: whoever trusts its file trusts them all.
    #[test]
    fn starts_at_the_same_moment_make_one_certificate() {
        let place = tempfile::tempdir().unwrap();
        let load_all = |of: &(dyn Fn(usize) -> Vec<String> + Sync)| {
            let together = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                let starts: Vec<_> = (0..8)
                    .map(|at| {
                        let (together, place) = (&together, place.path());
                        scope.spawn(move || {
                            together.wait();
                            load(place, &of(at), NOW).unwrap().1
                        })
                    })
                    .collect();
                starts.into_iter().map(|start| start.join().unwrap()).filter(|made| *made).count()
            })
        };
        assert_eq!(load_all(&|_| names(&["localhost"])), 1);
        // Others' names stay: whoever comes again needs no new trust.
        let own = |at: usize| vec!["localhost".to_owned(), format!("n{at}.test")];
        assert_eq!(load_all(&own), 8);
        assert_eq!(load_all(&own), 0);
    }

    /// It does not grow with every name that there ever was.
    #[test]
    fn a_certificate_is_for_a_hundred_names() {
        let place = tempfile::tempdir().unwrap();
        let many: Vec<String> = (0..NAMES).map(|at| format!("n{at}.test")).collect();
        load(place.path(), &many, NOW).unwrap();
        load(place.path(), &names(&["last.test"]), NOW).unwrap();
        let about = fs::read_to_string(place.path().join(ABOUT)).unwrap();
        assert_eq!(about.lines().count(), 1 + NAMES);
        assert!(about.contains("\nlast.test\n") && about.contains("\nn0.test\n") && !about.contains("n99.test"));
    }
}
