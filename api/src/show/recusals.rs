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
    }
}

fn title(tie: Tie) -> Words {
    match tie {
        Tie::Relative => Words::new("亲属", "Relative"),
        Tie::Township => Words::new("乡镇", "Township"),
        Tie::School => Words::new("学校", "School"),
    }
}

fn fields() -> Vec<FieldView> {
    let option = |tie| OptionView { value: word(tie).to_owned(), title: title(tie), hint: None };
    let options = [Tie::Relative, Tie::Township, Tie::School].map(option).into();
    let text = || FieldKind::Text { long: false, most: Some(50) };
    let mut number =
        own("id_number", Words::new("身份证号", "ID number"), FieldKind::IdNumber, false);
    number.hint = Some(Words::new(
        "仅用于比对，不保存原号码。",
        "It is only compared; the number itself is not kept.",
    ));
    let mut place = own("place", Words::new("单位名称", "Name of the place"), text(), false);
    place.hint = Some(Words::new(
        "申报乡镇（含所属村）或学校时填写全称或代码。",
        "Of a township (with its villages) or a school: its full name or its code.",
    ));
    vec![
        own("kind", Words::new("回避对象", "Keep away from"), FieldKind::Choice { options }, true),
        own("name", Words::new("亲属姓名", "Name of the relative"), text(), false),
        number,
        place,
    ]
}
