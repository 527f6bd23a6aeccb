//! What an answer is asked to have beside what it always has.

use engine::Failure;

use super::call::Call;

/// What the parameter `include` asks for beside what is always answered: names with commas between them. Those that mean
/// nothing here are passed over. Only readings are asked: what is committed is answered and cannot be refused any more.
#[derive(Default)]
pub(super) struct Include(Vec<String>);

impl Include {
    pub(super) fn read(call: &Call) -> Result<Self, Failure> {
        let query = call.query()?;
        let names = query.text("include").unwrap_or_default().split(',').map(str::trim);
        Ok(Self(names.map(str::to_owned).collect()))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|named| named == name)
    }
}
