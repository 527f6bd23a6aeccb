//! `protocol::cookie` against a slow reader that collects every pair: a value is found exactly when its name appears
//! once. The first line of the input is the name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::cookie::cookie;

fuzz_target!(|lines: &str| {
    let (name, header) = lines.split_once('\n').unwrap_or(("ST", lines));
    let mut values = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let end = rest.find(';').unwrap_or(rest.len());
        if let Some(equals) = rest[..end].find('=') {
            let trim = |text: &str| text.trim_matches(|c| c == ' ' || c == '\t').to_owned();
            if trim(&rest[..equals]) == name {
                values.push(trim(&rest[equals + 1..end]));
            }
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    match cookie(header, name) {
        Some(value) => {
            assert_eq!(values, [value]);
            assert!(value.bytes().all(|octet| matches!(octet, 0x21..=0x7e) && !b"\",;\\".contains(&octet)));
        }
        None => {
            let sound = |value: &String| value.bytes().all(|o| matches!(o, 0x21..=0x7e) && !b"\",;\\".contains(&o));
            let within_bounds = header.len() <= 16 * 1024 && header.matches(';').count() < 200;
            assert!(values.len() != 1 || !sound(&values[0]) || !within_bounds);
        }
    }
});
