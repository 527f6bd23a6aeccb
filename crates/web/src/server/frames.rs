//! Decides how much an HTTP/2 connection may send that brings no request any further (RFC 9113 §10.5).
//!
//! The library behind it ends a connection for resets, empty DATA and endless header blocks. It answers SETTINGS and PING, and
//! follows WINDOW_UPDATE, PRIORITY and unknown frames, for as long as they come; so these are weighed here against the octets of
//! HEADERS and DATA.

/// Follows the frames of one connection after the first line of its preface.
#[derive(Debug)]
pub struct Frames {
    /// Octets of the preface, then of the present payload, that are still to come.
    left: u32,
    /// The present frame's header as far as it came, and how far.
    head: [u8; HEAD],
    known: usize,
    /// Octets of requests, and all others.
    useful: u64,
    idle: u64,
}

impl Default for Frames {
    fn default() -> Self {
        Self { left: REST_OF_PREFACE, head: [0; HEAD], known: 0, useful: 0, idle: 0 }
    }
}

impl Frames {
    /// Follows `bytes`; `Err(n)`: with the frame that ends after `n` of them it is enough.
    pub fn accept(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.left > 0 {
                let taken = usize::try_from(self.left).map_or(bytes.len() - at, |left| left.min(bytes.len() - at));
                self.left -= u32::try_from(taken).unwrap_or(self.left);
                at += taken;
            } else {
                self.head[self.known] = bytes[at];
                (self.known, at) = (self.known + 1, at + 1);
                if self.known == HEAD {
                    self.weigh();
                }
            }
            if self.left == 0 && self.known == 0 && self.idle > MOST_IDLE + FACTOR * self.useful {
                return Err(at);
            }
        }
        Ok(())
    }

    /// RFC 9113 §4.1: three octets of length, and the type.
    fn weigh(&mut self) {
        let [high, middle, low, kind, ..] = self.head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        (self.left, self.known) = (length, 0);
        self.idle += HEAD as u64;
        if matches!(kind, DATA | HEADERS) {
            self.useful += u64::from(length);
        } else {
            self.idle += u64::from(length);
        }
    }
}

/// `SM`, an empty line and another (RFC 9113 §3.4).
const REST_OF_PREFACE: u32 = 6;
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
/// What a connection may always send beside its requests: some seven thousand frames.
const MOST_IDLE: u64 = 128 * 1024;
/// The shortest request has ten octets or so, and a careful client sends a few short frames with each.
const FACTOR: u64 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        [&[0, 0, length, kind, 0, 0, 0, 0, 1][..], &vec![7; length.into()]].concat()
    }

    /// Where it is enough, however the bytes are cut.
    fn enough(bytes: &[u8]) -> Option<usize> {
        let whole = Frames::default().accept(bytes).err();
        for size in [1, 2, 7, 1000, 16 * 1024] {
            let mut frames = Frames::default();
            let mut chunks = bytes.chunks(size).enumerate();
            let cut = chunks.find_map(|(number, chunk)| frames.accept(chunk).err().map(|at| number * size + at));
            assert_eq!(cut, whole, "in pieces of {size}");
        }
        whole
    }

    #[test]
    fn frames_without_requests_are_enough_at_the_end_of_one() {
        for (kind, length) in [(0, 0), (4, 6), (4, 0), (6, 8), (8, 4), (2, 5), (0x42, 0), (0x42, 255)] {
            let frames = [b"SM\r\n\r\n".to_vec(), frame(kind, length).repeat(20_000)].concat();
            let at = enough(&frames).unwrap();
            assert_eq!((at - 6) % (9 + usize::from(length)), 0, "{kind} {length}");
            assert!(at as u64 <= MOST_IDLE + 6 + 9 + 255, "{kind} {length}");
        }
    }

    #[test]
    fn requests_pay_for_what_comes_with_them() {
        let request =
            [frame(HEADERS, 10), frame(DATA, 5), frame(DATA, 0), frame(8, 4), frame(8, 4), frame(6, 8)].concat();
        assert_eq!(enough(&[b"SM\r\n\r\n".to_vec(), frame(4, 36), request.repeat(50_000)].concat()), None);
    }
}
