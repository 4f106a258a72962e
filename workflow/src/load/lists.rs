//! What the rules must know of lists that give seats away.

use entities::seat;
use sea_orm::ConnectionTrait;

use crate::{
    CommandError,
    rules::{facts::Facts, selecting},
    seal,
};

/// The seats that are taken from the program's lists, and what a draw that begins now is made of.
///
/// # Errors
/// The database's, [`CommandError::Seal`] when the system gives no random bytes.
pub(super) async fn tell(db: &impl ConnectionTrait, facts: &mut Facts) -> Result<(), CommandError> {
    let lists = selecting::lists(&facts.program);
    if !lists.is_empty() {
        facts.seats = seat::Entity::of_lists(lists).all(db).await?;
    }
    if facts.program.steps().iter().any(|step| step.draws()) {
        facts.seed = Some(seal::chance()?);
    }
    Ok(())
}
