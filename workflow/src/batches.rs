//! 批量办理: like cases that one person approves in one act, after opening a sample of them.
//!
//! The list is fixed and the sample drawn when the batch is put together. The signature is given
//! once, in a transaction of its own; after it each case is signed in its own transaction, under
//! its own lock, and has its own result. Whatever breaks off in between, the same request goes on
//! where it stopped.

mod preparing;
mod signing;

use entities::{BatchId, batch, batch_row};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::{Actor, CommandError, Refusal};

pub use preparing::{open_row, prepare_batch};
pub use signing::{Finished, SignBatch, finish_batch, give_signature, sign_rows};

/// Why a batch cannot be put together, or not be signed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongBatch {
    /// The step asks something of each case, or does not approve.
    #[error("this step asks something of each case; decide the cases one by one")]
    Asks,
    /// Too few cases are alike.
    #[error("only {0} case(s) can be approved together; decide them one by one")]
    TooFew(usize),
    /// The sample has not been opened.
    #[error("{0} case(s) of the sample have not been opened; open them first")]
    Unopened(usize),
    /// All cases were taken off the list.
    #[error("no case is left on the list; leave at least one on it")]
    Nothing,
    /// The signature was given already.
    #[error("this batch has been signed; a new one may be put together")]
    Signed,
}

/// One's own batch with its rows.
///
/// # Errors
/// [`Refusal::NotFound`] for anybody else's, or the database's.
pub async fn own_batch(
    db: &impl ConnectionTrait,
    actor: Actor,
    id: BatchId,
) -> Result<(batch::Model, Vec<batch_row::Model>), CommandError> {
    let found = batch::Entity::find_by_id(id).one(db).await?;
    let own = found.filter(|batch| Some(batch.person_id) == actor.person);
    let batch = own.ok_or(Refusal::NotFound("batch"))?;
    let rows = batch_row::Entity::of_batch(id).all(db).await?;
    Ok((batch, rows))
}
