//! The lines of a file of users.

#[path = "../../../../crates/cli/src/import/csv.rs"]
mod csv;
#[path = "../../../../crates/cli/src/import/text.rs"]
mod text;

/// The header of a file and its records, each as it was read; None where it cannot be read at all.
pub(crate) type File = Option<(Vec<String>, Vec<Result<Vec<String>, &'static str>>)>;

pub(crate) fn records(octets: &[u8]) -> File {
    let (mut records, header) = csv::Records::open(octets).ok()??.ok()?;
    let read = std::iter::from_fn(|| records.next().ok().flatten().map(|(_, record)| record)).collect();
    Some((header, read))
}
