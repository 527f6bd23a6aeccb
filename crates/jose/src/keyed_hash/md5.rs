//! MD5 (RFC 1321), which the library for everything else leaves out.

/// HMAC-MD5 (RFC 2104 §2).
pub(super) fn keyed(key: &[u8], data: &[u8]) -> [u8; 16] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..16].copy_from_slice(&hash(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8, data: &[u8]| hash(&[&block.map(|octet| octet ^ pad)[..], data].concat());
    padded(0x5c, &padded(0x36, data))
}

const BLOCK: usize = 64;

/// RFC 1321 §3.4: how far each step of a round turns, by its place among four.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

fn hash(data: &[u8]) -> [u8; 16] {
    // RFC 1321 §3.1, §3.2: one bit, noughts up to the length, and the length in bits.
    let mut padded = data.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(8), 0);
    while padded.len() % BLOCK != BLOCK - 8 {
        padded.extend([0; 8]);
    }
    padded.extend((data.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks_exact(BLOCK) {
        let mut words = [0_u32; 16];
        for (word, octets) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = octets.iter().rev().fold(0, |word, octet| word << 8 | u32::from(*octet));
        }
        let [mut a, mut b, mut c, mut d] = state;
        for (step, count) in (0..BLOCK).zip(1_u8..) {
            let (mixed, word) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (b & d | c & !d, 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            // RFC 1321 §3.4: the whole part of 2^32 times the sine of the step.
            let sine = (f64::from(count).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mixed).wrapping_add(words[word % 16]).wrapping_add(sine);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(TURNS[step / 16][step % 4]));
        }
        for (kept, made) in state.iter_mut().zip([a, b, c, d]) {
            *kept = kept.wrapping_add(made);
        }
    }
    let mut octets = [0; 16];
    for (four, word) in octets.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_le_bytes());
    }
    octets
}
