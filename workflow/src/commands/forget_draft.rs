//! A draft that nobody has gone on with is thrown away.

use chrono::{DateTime, Utc};
use entities::{CaseId, Phase, case_file, data_key, form_version, paper};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, ModelTrait, QueryFilter};

use crate::{CommandError, load};

/// Deletes the draft `case`, its form and papers, and the key that they are encrypted with;
/// nothing when it has been handed in, or was begun or written into after `before` (machine time).
/// Returns whether it went.
/// What lies of it in the folder of papers is for the caller to remove; nobody can read it any
/// more.
///
/// # Errors
/// [`Refusal::NotFound`](crate::Refusal::NotFound), or the database's.
#[tracing::instrument(skip_all, fields(case.id = %case))]
pub async fn forget_draft(
    tx: &DatabaseTransaction,
    case: CaseId,
    before: DateTime<Utc>,
) -> Result<bool, CommandError> {
    let draft: case_file::Model = load::lock(tx, case).await?;
    if draft.phase != Phase::Draft || draft.created_at >= before {
        return Ok(false);
    }
    let written = form_version::Entity::of_case(case)
        .filter(form_version::Column::CreatedAt.gte(before))
        .one(tx)
        .await?;
    if written.is_some() {
        return Ok(false);
    }
    let forms = form_version::Entity::delete_many();
    forms.filter(form_version::Column::CaseId.eq(case)).exec(tx).await?;
    paper::Entity::delete_many().filter(paper::Column::CaseId.eq(case)).exec(tx).await?;
    data_key::Entity::delete_by_id(("case".to_owned(), case.0)).exec(tx).await?;
    draft.delete(tx).await?;
    Ok(true)
}
