//! What a software statement makes of the metadata that it came with (RFC 7591 §3.1.1).

use protocol::registration::statement::{Statement, missing};

use super::Metadata;
use crate::call::{Call, Stop};

/// Client metadata, with what a statement that is believed says in place of what the client says.
pub(super) struct Stated {
    pub(super) metadata: Metadata,
    /// As it came.
    pub(super) statement: Option<String>,
}

/// Believes the statement that was sent, or the one that is `kept` with the client where the same or none was sent: what was good
/// when the client was registered need not be good again, and stays what it is.
///
/// # Errors
/// `invalid_software_statement`, `unapproved_software_statement`; `invalid_client_metadata` where there is none and one is demanded.
pub(super) async fn stated(call: &Call<'_>, metadata: &Metadata, kept: Option<&str>) -> Result<Stated, Stop> {
    let sent = Statement::of(metadata)?;
    let kept = kept.and_then(Statement::read);
    let believed = match (sent, kept) {
        (Some(sent), Some(kept)) if sent.text() == kept.text() => kept,
        (None, Some(kept)) => kept,
        (Some(sent), kept) => {
            kept.map_or(Ok(()), |kept| sent.replaces(&kept))?;
            believe(call, &sent).await?;
            sent
        }
        (None, None) if call.at.tenant.environment.settings.statement_required => return Err(missing().into()),
        (None, None) => return Ok(Stated { metadata: metadata.clone(), statement: None }),
    };
    Ok(Stated { metadata: believed.over(metadata), statement: Some(believed.text().to_owned()) })
}

async fn believe(call: &Call<'_>, statement: &Statement<'_>) -> Result<(), Stop> {
    let trusted = statement.trusted(&call.at.tenant.trusted_issuers)?;
    let keys = call.keys(statement.asserted(), &trusted.keys).await;
    let keys = keys.as_ref().as_ref().map_err(String::as_str);
    Ok(statement.verify(trusted, keys, &call.at.site.issuer, call.ctx.now)?)
}
