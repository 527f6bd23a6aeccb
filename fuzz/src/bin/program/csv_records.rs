//! `crates/cli/src/import/csv.rs`: records that were read are read again, alike, from how RFC 4180 writes them, and each field stands in
//! the file.

use crate::import::records;

pub fn check(octets: &[u8]) {
    let Some((header, read)) = records(octets) else { return };
    let sound: Vec<&Vec<String>> = read.iter().filter_map(|record| record.as_ref().ok()).collect();
    assert!(read.len() <= octets.iter().filter(|octet| **octet == b'\n').count() + 1);
    let written: Vec<String> =
        std::iter::once(&header).chain(sound.iter().copied()).map(|fields| line(fields)).collect();
    // A field on a line of its own may look like no line at all.
    let plain = |fields: &Vec<String>| fields.len() > 1 || !fields[0].trim().is_empty();
    // The separator of a header is what stands there most often.
    if header.concat().contains([';', '\t', '\n', '\r'])
        || header.len() < 2
        || !sound.iter().all(|fields| plain(fields))
    {
        return;
    }
    let (again, read) = records(written.concat().as_bytes()).expect("what is written can be read");
    assert_eq!(again, header);
    let read: Vec<&Vec<String>> =
        read.iter().map(|record| record.as_ref().expect("what is written can be read")).collect();
    // Line ends within a field are written in one way.
    let ends = |fields: &[&Vec<String>]| format!("{fields:?}").replace("\\r", "");
    assert_eq!(ends(&read), ends(&sound));
}

/// Everything in quotes; the separator stands outside them alone.
fn line(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
    format!("{}\r\n", quoted.join(","))
}
