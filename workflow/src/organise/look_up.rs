//! Finding what a person at a keyboard means: a unit by code or name, somebody by login.

use entities::{PersonId, account, person, unit};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};

use super::refused;
use crate::{CommandError, Refusal};

/// The unit that `text` names: a place or an office by its code or its name in either language
/// (`640424`, `泾源县`, `泾源县教育局`), or an office by its place and its word
/// (`640424/education`).
///
/// # Errors
/// [`Refusal::Unfit`] that says how to name it, when none or several are called so; or the
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
    let name = &place.name_zh;
    Err(refused(
        format!("{name}没有机构 {office:?}，现有：{has}"),
        format!("{name} has no office {office:?}; it has {has}"),
    )
    .into())
}

async fn called(db: &impl ConnectionTrait, text: &str) -> Result<unit::Model, CommandError> {
    let named = unit::Column::Code
        .eq(text)
        .or(unit::Column::NameZh.eq(text))
        .or(unit::Column::NameEn.eq(text));
    let found = unit::Entity::find().filter(named).all(db).await?;
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(refused(
            format!("没有名为 {text:?} 的单位；请用代码或全称，如 640424、泾源县教育局、640424/education"),
            format!(
                "no unit is called {text:?}; name it by its code or its full name, such as 640424, \
                 泾源县教育局 or 640424/education"
            ),
        )
        .into()),
        several => {
            let codes: Vec<String> = several
                .iter()
                .map(|unit| format!("{} ({})", unit.code.as_deref().unwrap_or("-"), unit.division))
                .collect();
            let codes = codes.join(", ");
            Err(refused(
                format!("有多个单位名为 {text:?}，请用代码：{codes}"),
                format!("several units are called {text:?}; take a code: {codes}"),
            )
            .into())
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

/// The member of staff whom `text` names: by login, or by mail address.
///
/// # Errors
/// [`Refusal::Unfit`] that says how to name somebody; or the database's.
pub async fn find_member(db: &impl ConnectionTrait, text: &str) -> Result<PersonId, CommandError> {
    let text = text.trim().to_lowercase();
    let account = account::Entity::of_login(&text).one(db).await?;
    if let Some(person) = account.and_then(|account| account.person_id) {
        return Ok(person);
    }
    let found = person::Entity::find().filter(person::Column::Mail.eq(&*text)).all(db).await?;
    match &found[..] {
        [one] if !text.is_empty() => Ok(one.id),
        _ => Err(refused(
            "没有或不止一位这样的工作人员，请填登录账号或邮箱；未登记的请先登记",
            "there is no such member of staff, or more than one; take the login or the mail \
             address, or put them on record first",
        )
        .into()),
    }
}
