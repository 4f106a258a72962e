//! A sign-in code on its way: sealed in its notice, until a letter of it is made.

use chrono::{DateTime, Utc};
use entities::{Channel, Sensitive, notice};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use crate::{
    CommandError, Ticket, Workflow,
    record::{Telling, tell},
    sign_in::CodeToSend,
    vault::{self, Owner},
};

/// Which letter.
const TEMPLATE: &str = "sign_in_code";

/// What the letter needs.
#[derive(Clone, Debug, Deserialize)]
pub struct CodeLetter {
    /// Eleven digits.
    pub phone: Sensitive,
    /// Six digits.
    pub code: Sensitive,
}

#[derive(Serialize)]
struct Sealed<'a> {
    phone: &'a str,
    code: &'a str,
}

/// Writes the notice of a code and its job, in the transaction that made the code. Returns the
/// job, for [`Wake::hand`](crate::Wake::hand) after the commit. `now` is machine time.
///
/// # Errors
/// The database's, or [`CommandError::Seal`].
pub async fn tell_code(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    now: DateTime<Utc>,
    code: &CodeToSend,
) -> Result<Vec<Ticket>, CommandError> {
    let key = vault::key_or_new(tx, workflow, Owner::System, now).await?;
    let dedupe = format!("code/{}", code.id);
    let letter = Sealed { phone: code.phone.expose(), code: code.code.expose() };
    let telling = Telling {
        sealed: Some(vault::seal_value(&key, place(&dedupe), &letter)?),
        key: dedupe,
        case: None,
        account: None,
        person: None,
        channel: Channel::Sms,
        template: TEMPLATE,
        params: serde_json::json!({}),
    };
    Ok(tell(tx, (workflow.clock.now(), now), vec![telling]).await?.jobs)
}

/// Opens what [`tell_code`] sealed; none for a notice without a code.
///
/// # Errors
/// As [`vault::key`] and [`vault::open_value`].
pub async fn open_code(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    notice: &notice::Model,
) -> Result<Option<CodeLetter>, CommandError> {
    let Some(sealed) = notice.sealed.as_deref().filter(|_| notice.template == TEMPLATE) else {
        return Ok(None);
    };
    let Some(key) = vault::key(db, workflow, Owner::System).await? else { return Ok(None) };
    vault::open_value(&key, place(&notice.dedupe_key), sealed).map(Some)
}

fn place(dedupe_key: &str) -> (&str, &str, &str) {
    ("notice", "sealed", dedupe_key)
}
