//! The lines of a file, numbered, whatever stands in them.

use std::io::BufRead;

/// Reads one line after the other.
#[derive(Debug)]
pub(super) struct Text<R> {
    from: R,
    lines: u64,
}

impl<R: BufRead> Text<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, lines: 0 }
    }

    /// How many lines are read.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// The next line with its end, or what is wrong with it; None after the last. The mark before a file's first line, which says
    /// only that UTF-8 follows, is left out.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Result<String, &'static str>>> {
        let mut line = Vec::new();
        if self.from.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.lines += 1;
        if self.lines == 1 && line.starts_with(MARK) {
            line.drain(..MARK.len());
        }
        Ok(Some(String::from_utf8(line).map_err(|_| "is not UTF-8")))
    }
}

const MARK: &[u8] = "\u{feff}".as_bytes();
