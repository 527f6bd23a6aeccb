//! `multipart::parse` of a body with a boundary: every part lies within the body, between lines of the boundary that it does not hold,
//! and none is named twice.

use protocol::multipart::parse;

pub fn check(body: &[u8]) {
    let Ok(parts) = parse("multipart/form-data; boundary=b", body) else { return };
    assert!(parts.len() <= 16);
    for (place, part) in parts.iter().enumerate() {
        assert!(part.content.is_empty() || body.windows(part.content.len()).any(|window| window == part.content));
        assert!(!part.content.windows(5).any(|window| window == b"\r\n--b"));
        assert!(parts[..place].iter().all(|other| other.name != part.name));
    }
    // Written anew, it is read alike.
    let mut again = Vec::new();
    for part in &parts {
        if part.name.contains(['"', ';', '\r', '\n', '=']) || part.name.trim() != part.name {
            return;
        }
        again.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n", part.name).bytes());
        again.extend_from_slice(part.content);
        again.extend(b"\r\n");
    }
    again.extend(b"--b--");
    assert_eq!(parse("multipart/form-data; boundary=b", &again).as_ref(), Ok(&parts));
}
