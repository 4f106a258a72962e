//! From whose cases somebody keeps away, as they have declared.

use entities::recusal::Tie;
use workflow::{Actor, commands};

use super::{Reader, Wrong, fields::own};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, OptionView, Words,
        recusal::{RecusalRow, RecusalsView},
    },
};

/// What a member of staff has declared, and the form for more.
///
/// # Errors
/// [`Problem::NotFound`] for whoever is no staff, the database's.
pub async fn recusals(
    r: &Reader<'_>,
    actor: Actor,
    wrong: &Wrong,
) -> Result<RecusalsView, Problem> {
    let person = actor.person.ok_or(Problem::NotFound)?;
    let found = commands::recusals(r.db(), r.workflow, person).await?;
    let rows = found.into_iter().map(|one| RecusalRow {
        id: one.row.id.to_string(),
        kind: word(one.row.kind).to_owned(),
        title: title(one.row.kind),
        of: match (one.name, one.unit) {
            (None, Some(unit)) if one.row.village.is_some() => {
                let village = one.row.village.unwrap_or_default();
                let en = if unit.name_en.is_empty() { &unit.name_zh } else { &unit.name_en };
                Words::new(format!("{}{village}", unit.name_zh), format!("{en}, {village}"))
            }
            (Some(name), _) => Words::new(name.clone(), name),
            (None, Some(unit)) => Words::new(unit.name_zh, unit.name_en),
            (None, None) => Words::new("—", "—"),
        },
        since: one.row.from_at,
    });
    let rows = rows.collect();
    let fields = fields().into_iter().map(|field| wrong.over(field)).collect();
    Ok(RecusalsView { rows, fields })
}

fn word(tie: Tie) -> &'static str {
    match tie {
        Tie::Relative => "relative",
        Tie::Township => "township",
        Tie::School => "school",
        Tie::Village => "village",
        Tie::House => "house",
    }
}

fn title(tie: Tie) -> Words {
    match tie {
        Tie::Relative => Words::new("亲属", "Relative"),
        Tie::Township => Words::new("乡镇", "Township"),
        Tie::School => Words::new("学校", "School"),
        Tie::Village => Words::new("村（社区）", "Village"),
        Tie::House => Words::new("本人住址", "My own address"),
    }
}

fn fields() -> Vec<FieldView> {
    let option = |tie| OptionView { value: word(tie).to_owned(), title: title(tie), hint: None };
    let options =
        [Tie::Relative, Tie::Village, Tie::Township, Tie::School, Tie::House].map(option).into();
    let text = || FieldKind::Text { long: false, most: Some(50) };
    let mut number =
        own("id_number", Words::new("身份证号", "ID number"), FieldKind::IdNumber, false);
    number.hint = Some(Words::new(
        "仅用于比对，不保存原号码。",
        "It is only compared; the number itself is not kept.",
    ));
    let mut place = own("place", Words::new("单位名称", "Name of the place"), text(), false);
    place.hint = Some(Words::new(
        "乡镇或学校的全称或代码；申报村、住址时填所在乡镇。",
        "A township or a school by its full name or its code; of a village or a house, its township.",
    ));
    let village = own("village", Words::new("村（社区）", "Village or community"), text(), false);
    let mut address = own("address", Words::new("组、门牌号", "House"), text(), false);
    address.hint = Some(Words::new(
        "仅申报本人住址时填写，只用于比对，不保存原文。",
        "Of your own address alone; it is only compared and not kept.",
    ));
    vec![
        own("kind", Words::new("回避对象", "Keep away from"), FieldKind::Choice { options }, true),
        own("name", Words::new("亲属姓名", "Name of the relative"), text(), false),
        number,
        place,
        village,
        address,
    ]
}
