//! What the public points out: the form, and the answer for whoever has number and code.

use entities::{Level, unit};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use workflow::{
    commands::{WORDS, find_tip_off, heard_behind, reply_of},
    rules::case_number::CaseNumber,
};

use super::{
    Reader, Wrong,
    fields::{own, text_area},
    voices,
};
use crate::{
    Problem, Services,
    limits::Rate,
    read::{
        FieldKind, FieldView, OptionView, Words,
        voices::{TipOffFound, TipOffView, TippedView, VoiceState},
    },
};

/// Of one network, and of one number: a guesser of codes has many to try.
const LOOK_UPS: Rate = Rate { per_second: 1, burst: 10 };
/// What one network points out.
const TIP_OFFS: Rate = Rate { per_second: 1, burst: 5 };

/// Counts one thing that a network points out.
///
/// # Errors
/// [`Problem::TooManyRequests`].
pub fn count_tip_off(services: &Services, network: &str) -> Result<(), Problem> {
    let caller = format!("tip-off/{network}");
    services.count(&caller, TIP_OFFS)
}

/// The page: both forms, with what was typed into `wrong` of the first or `asked` of the second.
///
/// # Errors
/// The database's.
pub async fn tip_offs(
    r: &Reader<'_>,
    (wrong, asked): (&Wrong, &Wrong),
    recorded: Option<TippedView>,
    found: Option<TipOffFound>,
) -> Result<TipOffView, Problem> {
    let short = |most| FieldKind::Text { long: false, most: Some(most) };
    let ask = vec![
        asked.over(own("number", Words::new("编号", "Number"), short(40), true)),
        asked.over(own("code", Words::new("查询码", "Code"), short(20), true)),
    ];
    let fields = if recorded.is_some() { Vec::new() } else { form(r, wrong).await? };
    Ok(TipOffView { fields, recorded, ask, found, error: asked.detail.clone() })
}

async fn form(r: &Reader<'_>, wrong: &Wrong) -> Result<Vec<FieldView>, Problem> {
    let most = u32::try_from(*WORDS.end()).ok();
    let hint = |field: FieldView, zh: &str, en: &str| FieldView {
        hint: Some(Words::new(zh, en)),
        ..field
    };
    let options = places(r).await?.into_iter().map(|unit| OptionView {
        value: unit.id.to_string(),
        title: Words::new(unit.name_zh, unit.name_en),
        hint: None,
    });
    let place = FieldKind::Choice { options: options.collect() };
    let short = || FieldKind::Text { long: false, most: Some(100) };
    let text = FieldKind::Text { long: true, most };
    let fields = [
        own("place", Words::new("哪个地方", "Which place"), place, true),
        hint(
            own("name", Words::new("哪个单位", "Which unit"), short(), false),
            "学校、乡镇或部门的名称，知道多少写多少。",
            "The school, township or office, as far as you know.",
        ),
        hint(
            FieldView {
                kind: text,
                ..text_area("text", Words::new("反映的情况", "What you want to point out"), true)
            },
            "时间、地点、什么事。内容加密保存，不转给被反映的单位。",
            "When, where, what. It is encrypted, and not passed on to the unit that it is about.",
        ),
        hint(
            own("contact", Words::new("联系方式", "How to reach you"), short(), false),
            "可以不填。填了只用于核实和答复，加密保存。",
            "You need not say. It is encrypted, and used to ask you and to answer alone.",
        ),
    ];
    Ok(fields.into_iter().map(|field| wrong.over(field)).collect())
}

/// Counties, cities and the region, from below.
async fn places(r: &Reader<'_>) -> Result<Vec<unit::Model>, Problem> {
    let levels = [Level::County, Level::City, Level::Region];
    let places = unit::Entity::find()
        .filter(Expr::col(unit::Column::SeatId).eq(Expr::col(unit::Column::Id)))
        .filter(unit::Column::Level.is_in(levels))
        .filter(unit::Column::ToOn.is_null())
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Id);
    Ok(places.all(r.db()).await?)
}

/// How far it is. A wrong number and a wrong code get the same answer.
///
/// # Errors
/// [`Problem::NotFound`], [`Problem::TooManyRequests`], the database's.
pub async fn tip_off(
    r: &Reader<'_>,
    services: &Services,
    network: &str,
    (number, code): (&str, &str),
) -> Result<TipOffFound, Problem> {
    let number = number.trim();
    for caller in [format!("tip-off-code/{network}"), format!("tip-off-code/{number}")] {
        services.count(&caller, LOOK_UPS)?;
    }
    let read: Option<CaseNumber> = number.parse().ok();
    let number = read.map(|read| read.to_string()).ok_or(Problem::NotFound)?;
    let case = find_tip_off(r.db(), r.workflow, (&number, code)).await?.ok_or(Problem::NotFound)?;
    let heard = heard_behind(r.db(), &case).await?;
    let state = heard.first().map_or(VoiceState::UnderWay, voices::state);
    let reply = reply_of(r.db(), r.workflow, &case).await?;
    Ok(TipOffFound { number, state, reply })
}
