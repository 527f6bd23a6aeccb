//! Decides whether two colours can be told apart and mends the text when they cannot (WCAG 2.2 §1.4.3, §1.4.11).

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rgb(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const WHITE: Rgb = Rgb(255, 255, 255);
pub(super) const BLACK: Rgb = Rgb(0, 0, 0);

/// What normal text needs against its background.
pub(super) const TEXT: f64 = 4.5;
/// What a border or a focus ring needs.
pub(super) const EDGE: f64 = 3.0;

impl Rgb {
    /// `#rgb` or `#rrggbb`, the forms in which PingOne's branding holds colours; anything else is no colour.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        match digits.len() {
            6 => Some(Self((value >> 16) as u8, (value >> 8) as u8, value as u8)),
            3 => Some(Self((value >> 8 & 15) as u8 * 17, (value >> 4 & 15) as u8 * 17, (value & 15) as u8 * 17)),
            _ => None,
        }
    }

    /// WCAG 2.2 "relative luminance".
    pub(super) fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// This colour with `share` (0 to 1) of another in it.
    pub(super) fn mix(self, other: Self, share: f64) -> Self {
        let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    pub(super) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    pub(super) fn is_dark(self) -> bool {
        contrast(self, WHITE) > contrast(self, BLACK)
    }
}

/// WCAG 2.2 "contrast ratio", 1 to 21.
pub(super) fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (a.luminance() + 0.05, b.luminance() + 0.05);
    if a > b { a / b } else { b / a }
}

/// The colour nearest to `wanted` that reaches `ratio` on every one of the `backgrounds`: moved towards black or
/// white, whichever is nearer, no further than needed. Where no colour can satisfy all, the better of the two ends.
pub(super) fn readable(wanted: Rgb, backgrounds: &[Rgb], ratio: f64) -> Rgb {
    let worst = |colour: Rgb| backgrounds.iter().map(|b| contrast(colour, *b)).fold(f64::INFINITY, f64::min);
    if worst(wanted) >= ratio {
        return wanted;
    }
    let towards = |end: Rgb| {
        (1..=STEPS)
            .map(|step| (step, wanted.mix(end, f64::from(step) / f64::from(STEPS))))
            .find(|(_, c)| worst(*c) >= ratio)
    };
    match (towards(BLACK), towards(WHITE)) {
        (Some((dark, colour)), Some((light, _))) if dark <= light => colour,
        (_, Some((_, colour))) | (Some((_, colour)), None) => colour,
        (None, None) => {
            if worst(BLACK) >= worst(WHITE) {
                BLACK
            } else {
                WHITE
            }
        }
    }
}

const STEPS: u32 = 64;
