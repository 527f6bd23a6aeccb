//! `web::server::Frames` against a sum over whole frames: a connection is cut with the first frame with which it sent more beside
//! its requests than they pay for, wherever its octets are cut. The input is repeated as often as its first octet says.

use web::server::Frames;

pub fn check((times, frames): (u8, &[u8])) {
    let octets = [b"SM\r\n\r\n", &*frames.repeat(usize::from(times) * 16)].concat();
    let whole = Frames::default().accept(&octets);
    let mut cut = Frames::default();
    let mut pieces = octets.chunks(1 + frames.len() % 1000).enumerate();
    let found =
        pieces.find_map(|(number, piece)| cut.accept(piece).err().map(|at| number * (1 + frames.len() % 1000) + at));
    assert_eq!(whole.err(), found);
    assert_eq!(found, enough(&octets));
}

fn enough(octets: &[u8]) -> Option<usize> {
    let (mut at, mut useful, mut idle) = (6, 0, 0);
    while let Some([high, middle, low, kind, _, _, _, _, _]) = octets.get(at..at + 9) {
        let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
        at += 9 + length;
        if at > octets.len() {
            return None;
        }
        // RFC 9113 §6.1, §6.2: DATA and HEADERS.
        if *kind < 2 {
            useful += length
        } else {
            idle += length
        }
        idle += 9;
        if idle > 128 * 1024 + 8 * useful {
            return Some(at);
        }
    }
    None
}
