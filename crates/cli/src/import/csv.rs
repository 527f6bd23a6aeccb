//! Records of a CSV file (RFC 4180): quotes around what holds commas, quotes or line breaks. The header's separator, a comma, a
//! semicolon or a tab, is the file's.

use std::io::BufRead;

use super::text::Text;

/// Reads one record after the other.
#[derive(Debug)]
pub(super) struct Records<R> {
    text: Text<R>,
    separator: char,
}

/// A record, and the line on which it begins.
pub(super) type Record = (u64, Result<Vec<String>, &'static str>);

/// The records behind a header and its columns, or why it cannot be read.
pub(super) type Opened<R> = Result<(Records<R>, Vec<String>), &'static str>;

impl<R: BufRead> Records<R> {
    /// Reads the header as well, which is refused as a record is. None for a file without one.
    pub(super) fn open(from: R) -> std::io::Result<Option<Opened<R>>> {
        let mut records = Self { text: Text::new(from), separator: ',' };
        let line = match records.text.next()? {
            None => return Ok(None),
            Some(Err(what)) => return Ok(Some(Err(what))),
            Some(Ok(line)) => line,
        };
        records.separator = [',', ';', '\t'].into_iter().max_by_key(|of| line.matches(*of).count()).unwrap_or(',');
        // Of those that are not there at all the last one is found.
        if !line.contains(records.separator) {
            records.separator = ',';
        }
        let (_, header) = records.fields(1, line)?;
        Ok(Some(header.map(|header| (records, header.into_iter().map(|name| name.trim().to_owned()).collect()))))
    }

    /// The next record that is not an empty line.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Record>> {
        loop {
            match self.text.next()? {
                None => return Ok(None),
                Some(Ok(line)) if line.trim().is_empty() => {}
                Some(Ok(line)) => return self.fields(self.lines(), line).map(Some),
                Some(Err(what)) => return Ok(Some((self.lines(), Err(what)))),
            }
        }
    }

    pub(super) fn lines(&self) -> u64 {
        self.text.lines()
    }

    /// Takes the record that begins with `line` apart, reading on where a quoted field holds line breaks.
    fn fields(&mut self, began: u64, line: String) -> std::io::Result<Record> {
        let (mut fields, mut field, mut quoted, mut closed) = (Vec::new(), String::new(), false, false);
        let mut rest = line;
        loop {
            let mut characters = rest.trim_end_matches(['\n', '\r']).chars().peekable();
            while let Some(character) = characters.next() {
                match character {
                    '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' if quoted => (quoted, closed) = (false, true),
                    '"' if field.is_empty() && !closed => quoted = true,
                    other if other == self.separator && !quoted => {
                        fields.push(std::mem::take(&mut field));
                        closed = false;
                    }
                    _ if closed => return Ok((began, Err("is not CSV: something follows a closing quote"))),
                    other => field.push(other),
                }
            }
            if !quoted {
                fields.push(field);
                return Ok((began, Ok(fields)));
            }
            field.push('\n');
            match self.text.next()? {
                Some(Ok(more)) if field.len() <= LONGEST => rest = more,
                Some(Err(what)) => return Ok((began, Err(what))),
                _ => return Ok((began, Err("is not CSV: a quote is opened and not closed"))),
            }
        }
    }
}

/// A field in octets; more than any property takes.
const LONGEST: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<Record>) {
        let (mut records, header) = Records::open(text.as_bytes()).unwrap().unwrap().unwrap();
        (header, std::iter::from_fn(|| records.next().unwrap()).collect())
    }

    #[test]
    fn records_are_read_as_spreadsheets_write_them() {
        let (header, records) = read("\u{feff}a,b\r\n1,\"two, \"\"quoted\"\"\"\r\n\r\n\"x\ny\",\n,\"\"\nlast,one");
        assert_eq!(header, ["a", "b"]);
        let fields = |line, fields: [&str; 2]| (line, Ok(fields.map(str::to_owned).to_vec()));
        assert_eq!(
            records,
            [
                fields(2, ["1", "two, \"quoted\""]),
                fields(4, ["x\ny", ""]),
                fields(6, ["", ""]),
                fields(7, ["last", "one"])
            ]
        );
        for (text, separated) in [("a;b\n1;2,5", ["1", "2,5"]), ("a\tb\n1\t2;5", ["1", "2;5"])] {
            assert_eq!(read(text).1, [fields(2, separated)]);
        }
    }

    #[test]
    fn what_is_no_csv_is_told_and_the_rest_is_read() {
        let (_, records) = read("a\n\"x\"y\nz\n\"open\nto the end");
        assert!(matches!(&records[0], (2, Err(what)) if what.contains("closing quote")));
        assert_eq!(records[1], (3, Ok(vec!["z".to_owned()])));
        assert!(matches!(&records[2], (4, Err(what)) if what.contains("not closed")));
    }
}
