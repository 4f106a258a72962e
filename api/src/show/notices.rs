//! Public notices: whitelisted facts, from a day to a day.

use std::collections::BTreeMap;

use entities::{PublicityId, publicity, unit};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use workflow::calendar::local_date;

use super::{
    Reader, Wrong,
    fields::{own, text_area},
    people,
    reader::words,
};
use crate::{
    Problem, Services,
    limits::Rate,
    read::{
        FieldKind, Words,
        notice::{NoticeCard, NoticeView, NoticesView},
    },
};

/// Notices of one page.
const PAGE: usize = 30;
/// Objections of one network.
const OBJECTIONS: Rate = Rate { per_second: 1, burst: 5 };

/// Counts one objection of a network.
///
/// # Errors
/// [`Problem::TooManyRequests`].
pub fn count_objection(services: &Services, network: &str) -> Result<(), Problem> {
    let caller = format!("objection/{network}");
    services.count(&caller, OBJECTIONS)
}

/// What is up now, newest first; `after` is the key of the last page's last.
///
/// # Errors
/// [`Problem::MalformedRequest`] for a key that is none, the database's.
pub async fn notices(r: &Reader<'_>, after: Option<&str>) -> Result<NoticesView, Problem> {
    let mut query = publicity::Entity::up(r.now).order_by_desc(publicity::Column::Id);
    if let Some(after) = after {
        let after: PublicityId = after.parse().map_err(|_| Problem::MalformedRequest)?;
        query = query.filter(publicity::Column::Id.lt(after));
    }
    let most = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut rows = query.limit(most).all(r.db()).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let units = people::units(r, rows.iter().filter_map(|row| row.unit_id)).await?;
    Ok(NoticesView { rows: rows.iter().map(|row| card(r, &units, row)).collect(), next })
}

fn card(
    r: &Reader<'_>,
    units: &BTreeMap<entities::UnitId, unit::Model>,
    row: &publicity::Model,
) -> NoticeCard {
    let program = r.workflow.programs.get(&row.program);
    let title = program.map_or_else(Words::default, |program| words(&program.title));
    let for_good = row.is_for_good();
    let (today, ends_on) = (local_date(r.now), local_date(row.ends_at));
    let days_left = if for_good { 0 } else { r.days().working_days_between(today, ends_on).into() };
    NoticeCard {
        id: row.id.to_string(),
        title: Words::new(format!("{}公示", title.zh), format!("{}: public notice", title.en)),
        unit: people::name_in(r, units, row.unit_id),
        starts_on: local_date(row.starts_at),
        ends_on: (!for_good).then_some(ends_on),
        days_left,
    }
}

/// One notice, while it is up.
///
/// # Errors
/// [`Problem::NotFound`] before and after, the database's.
pub async fn notice(
    r: &Reader<'_>,
    id: PublicityId,
    objected: bool,
    wrong: &Wrong,
) -> Result<NoticeView, Problem> {
    let row = publicity::Entity::up(r.now).filter(publicity::Column::Id.eq(id)).one(r.db()).await?;
    let row = row.ok_or(Problem::NotFound)?;
    let units = people::units(r, row.unit_id).await?;
    let (columns, rows) = shown(&row.fields);
    let known = &r.workflow.programs.shared().whitelist;
    let title = |id: &String| known.get(id).map_or_else(|| Words::chinese(id.as_str()), words);
    let contact = FieldKind::Text { long: false, most: Some(100) };
    let objection = vec![
        wrong.over(text_area("text", Words::new("异议内容", "Your objection"), true)),
        wrong.over(own("contact", Words::new("联系方式", "How to reach you"), contact, false)),
    ];
    Ok(NoticeView {
        card: card(r, &units, &row),
        columns: columns.iter().map(title).collect(),
        rows,
        objection,
        objected,
    })
}

/// The columns of a notice, and what stands in them: of one person, or of each line of a list.
fn shown(fields: &serde_json::Value) -> (Vec<String>, Vec<Vec<String>>) {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let Some(all) = fields.as_object() else { return (Vec::new(), Vec::new()) };
    let Some(rows) = all.get("rows").and_then(serde_json::Value::as_array) else {
        return (all.keys().cloned().collect(), vec![all.values().map(text).collect()]);
    };
    let rows = || rows.iter().filter_map(serde_json::Value::as_object);
    let columns: std::collections::BTreeSet<&String> =
        rows().flat_map(serde_json::Map::keys).collect();
    let line = |row: &serde_json::Map<String, serde_json::Value>| {
        columns.iter().map(|column| row.get(*column).map(text).unwrap_or_default()).collect()
    };
    let lines = rows().map(line).collect();
    (columns.into_iter().cloned().collect(), lines)
}
