//! `protocol::cookie` against a slow reader that collects every pair: the values of a name are those, in their order,
//! whatever octets stand around them. The first line of the input is the name.

use protocol::cookie::pairs;

pub fn check(input: &[u8]) {
    let end = input.iter().position(|octet| *octet == b'\n');
    let (name, line) = end.map_or((b"ST".as_slice(), input), |at| (&input[..at], &input[at + 1..]));
    let Ok(name) = std::str::from_utf8(name) else { return };
    let sound = |octet: u8| matches!(octet, 0x21..=0x7e) && !b"\",;\\".contains(&octet);
    let mut values = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.iter().position(|octet| *octet == b';').unwrap_or(rest.len());
        if let Ok(pair) = std::str::from_utf8(&rest[..end])
            && let Some(equals) = pair.find('=')
        {
            let trim = |text: &str| text.trim_matches(|c| c == ' ' || c == '\t').to_owned();
            let value = trim(&pair[equals + 1..]);
            if trim(&pair[..equals]) == name && value.bytes().all(sound) {
                values.push(value);
            }
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    let found: Vec<&str> = pairs(line).filter(|(known, _)| *known == name).map(|(_, value)| value).collect();
    assert_eq!(found, values);
}
