//! Finding what a person at a keyboard means: a unit by code or name, somebody by login.

use entities::{account, unit};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};

use super::refused;
use crate::{CommandError, Refusal};

/// The unit that `text` names: a place or an office by its code or its name in either language
/// (`640424`, `泾源县`, `泾源县教育局`), or an office by its place and its word
/// (`640424/education`).
///
/// # Errors
/// [`Refusal::Organisation`] that says how to name it, when none or several are called so; or the
/// database's.
pub async fn find_unit(db: &impl ConnectionTrait, text: &str) -> Result<unit::Model, CommandError> {
    let text = text.trim();
    let Some((place, office)) = text.split_once('/') else { return called(db, text).await };
    let place = called(db, place.trim()).await?;
    let offices = unit::Entity::in_places([place.seat_id]).all(db).await?;
    if let Some(found) = offices.iter().find(|unit| unit.office == office.trim()) {
        return Ok(found.clone());
    }
    let words: Vec<&str> = offices.iter().map(|unit| unit.office.as_str()).collect();
    let has = words.join(", ");
    Err(refused(format!("{} has no office {office:?}; it has {has}", place.name_zh)).into())
}

async fn called(db: &impl ConnectionTrait, text: &str) -> Result<unit::Model, CommandError> {
    let named = unit::Column::Code
        .eq(text)
        .or(unit::Column::NameZh.eq(text))
        .or(unit::Column::NameEn.eq(text));
    let found = unit::Entity::find().filter(named).all(db).await?;
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(refused(format!(
            "no unit is called {text:?}; name it by its code or its full name, such as 640424, \
             泾源县教育局 or 640424/education"
        ))
        .into()),
        several => {
            let codes: Vec<String> = several
                .iter()
                .map(|unit| format!("{} ({})", unit.code.as_deref().unwrap_or("-"), unit.division))
                .collect();
            let codes = codes.join(", ");
            Err(refused(format!("several units are called {text:?}; take a code: {codes}")).into())
        }
    }
}

/// The staff account with this login, in any case.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
pub async fn find_login(
    db: &impl ConnectionTrait,
    login: &str,
) -> Result<account::Model, CommandError> {
    let login = login.trim().to_lowercase();
    let found = account::Entity::of_login(&login).one(db).await?;
    Ok(found.ok_or(Refusal::NotFound("account"))?)
}
