//! Devices on which somebody signed on before: strangers who lock an account by guessing do not lock its owner out of them
//! (PW-06; OWASP, device cookies).
//!
//! A device is a cookie that lives for a year and opens nothing: it says for whom a password was right in this browser, under this server's
//! signature. It is good for a few wrong passwords, then it is one of the strangers.

use std::time::Duration;

use admission::{Buckets, Rate};
use jose::digest::HmacKey;
use jose::{b64, digest};
use protocol::ctx::Ctx;
use protocol::id::{EnvironmentId, UserId};
use protocol::model::Session;
use protocol::time::Time;

use crate::app::App;

/// How many wrong passwords came from each device lately.
#[derive(Debug)]
pub(crate) struct Devices {
    wrong: Buckets,
}

/// A device of one person, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Device([u8; NUMBER]);

impl Default for Devices {
    fn default() -> Self {
        Self { wrong: Buckets::new(Rate::new(WRONG, Duration::from_hours(1)), 65_536) }
    }
}

impl Devices {
    /// One more wrong password.
    pub(crate) fn failed(&self, device: Device, now: Time) {
        self.wrong.add(device, since(now));
    }

    fn are_trusted(&self, device: Device, now: Time) -> bool {
        self.wrong.wait(device, since(now)).is_zero()
    }
}

/// The user's device among those of the cookie, unless it is not trusted any more.
pub(crate) fn known(
    app: &App,
    (environment, user): (EnvironmentId, UserId),
    cookie: &str,
    now: Time,
) -> Option<Device> {
    let entry = entries(cookie).find_map(|entry| read(app.form_key(), (environment, user), entry))?;
    let (device, since) = entry;
    (now < since.plus(YEAR) && app.devices.are_trusted(device, now)).then_some(device)
}

/// The cookie once the user signed on by this session: the device's others stay, as far as there is room.
pub(crate) fn remembered(app: &App, ctx: &Ctx<'_>, session: &Session, cookie: Option<&str>) -> String {
    let whose = (session.environment, session.user);
    let own = write(app.form_key(), whose, session, ctx.now);
    let others = cookie.into_iter().flat_map(entries).filter(|entry| read(app.form_key(), whose, entry).is_none());
    std::iter::once(own.as_str()).chain(others.take(PEOPLE - 1)).collect::<Vec<_>>().join(".")
}

fn entries(cookie: &str) -> impl Iterator<Item = &str> {
    cookie.split('.').filter(|entry| entry.len() == LENGTH).take(PEOPLE)
}

fn write(key: &HmacKey, whose: (EnvironmentId, UserId), session: &Session, now: Time) -> String {
    let number = digest::hmac_sha256(key, format!("device number:{}", session.id).as_bytes());
    let mut entry = number[..NUMBER].to_vec();
    entry.extend((now.millis() / 1000).to_be_bytes());
    entry.extend(signature(key, whose, &entry));
    b64::encode(&entry)
}

fn read(key: &HmacKey, whose: (EnvironmentId, UserId), entry: &str) -> Option<(Device, Time)> {
    let bytes = b64::decode(entry)?;
    let (signed, came) = bytes.split_at_checked(NUMBER + 8)?;
    if !digest::eq(&signature(key, whose, signed), came) {
        return None;
    }
    let (number, since) = signed.split_at_checked(NUMBER)?;
    Some((Device(number.try_into().ok()?), Time::from_secs(i64::from_be_bytes(since.try_into().ok()?))))
}

fn signature(key: &HmacKey, (environment, user): (EnvironmentId, UserId), signed: &[u8]) -> [u8; 32] {
    let mut text = format!("device:{environment}:{user}:").into_bytes();
    text.extend_from_slice(signed);
    digest::hmac_sha256(key, &text)
}

fn since(time: Time) -> Duration {
    Duration::from_micros(u64::try_from(time.0).unwrap_or_default())
}

const NUMBER: usize = 16;
/// Of an entry in base64url: number, time and signature.
const LENGTH: usize = ((NUMBER + 8 + 32) * 4).div_ceil(3);
/// Who shares a device.
const PEOPLE: usize = 3;
/// Wrong passwords from a device before it is a stranger's, then one more an hour.
const WRONG: u32 = 5;
/// In seconds; the cookie's own life as well.
pub const YEAR: i64 = 31_536_000;
