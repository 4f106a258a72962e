//! Who held the days of a case, in words.

use std::collections::BTreeMap;

use entities::{Stream, UnitId, case_file, trail, unit};
use workflow::{
    Actor, Event, load,
    rules::held::{self, Holder, Part},
};

use super::{Reader, people, scope};
use crate::{
    Problem,
    read::{
        Words,
        held::{HeldPart, HeldView},
    },
};

/// Who held a case that one may look at, as its applicant's side or as staff.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn held(r: &Reader<'_>, actor: Actor, key: &str) -> Result<HeldView, Problem> {
    let file = scope::seen(r, actor, key).await?;
    of(r, &file).await
}

/// Who held a case, told from its trail.
pub(super) async fn of(r: &Reader<'_>, file: &case_file::Model) -> Result<HeldView, Problem> {
    let rows = trail::Entity::of(Stream::Case, file.id.0).all(r.db()).await?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let mut body: serde_json::Value = serde_json::from_str(&row.body)
            .map_err(|e| Problem::Unexpected(format!("trail {}: {e}", row.number)))?;
        let what = body.get_mut("what").map(serde_json::Value::take).unwrap_or_default();
        // An event of a later version than this process moves nothing that it knows of.
        if let Ok(event) = serde_json::from_value::<Event>(what) {
            told.push((row.happened_at, event));
        }
    }
    let program = load::program(r.workflow, file)?;
    let stretches = held::stretches(file, &told, &program, r.now);
    let parts = held::parts(&stretches, &r.days());
    let units = people::units(r, parts.iter().filter_map(|part| unit_of(&part.holder))).await?;
    let seconds: i64 = parts.iter().map(|part| part.seconds).sum();
    Ok(HeldView {
        number: file.number.clone().unwrap_or_default(),
        from: stretches.first().map(|stretch| stretch.from),
        to: stretches.last().map(|stretch| stretch.to),
        seconds,
        working_days: parts.iter().map(|part| part.working_days).sum(),
        parts: parts.iter().map(|part| view(r, &units, part, seconds)).collect(),
    })
}

fn unit_of(holder: &Holder) -> Option<UnitId> {
    match holder {
        Holder::Unit(unit) => Some(*unit),
        Holder::Stop { by, .. } => *by,
        Holder::Applicant | Holder::Calendar => None,
    }
}

fn view(
    r: &Reader<'_>,
    units: &BTreeMap<UnitId, unit::Model>,
    part: &Part,
    whole: i64,
) -> HeldPart {
    let unit = unit_of(&part.holder);
    let name = people::name_in(r, units, unit);
    let (kind, holder) = match &part.holder {
        Holder::Applicant => ("applicant", Words::new("申请人", "The applicant")),
        Holder::Unit(_) => ("unit", Words::new(name.as_str(), name.as_str())),
        Holder::Calendar => ("calendar", Words::new("等待日期", "Waiting for a day")),
        Holder::Stop { ground, .. } => {
            let ground = r.ground(ground);
            let by = if name.is_empty() { String::new() } else { format!("（{name}）") };
            let en = if name.is_empty() { String::new() } else { format!(" ({name})") };
            let zh = format!("{}{by}", ground.zh);
            ("stop", Words::new(zh, format!("Clock stopped: {}{en}", ground.en)))
        }
    };
    HeldPart {
        holder,
        kind: kind.to_owned(),
        unit: unit.map(|unit| unit.to_string()),
        seconds: part.seconds,
        working_days: part.working_days,
        percent: if whole > 0 { (part.seconds * 200 + whole) / (whole * 2) } else { 0 },
    }
}
