//! What a letter may say of its case: nothing personal, no amounts.

use chrono::{DateTime, Utc};
use entities::{notice, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    calendar::local_date,
    program::{Lang, Program},
};

use super::{Kind, escalating};
use crate::{
    Services,
    jobs::{self, JobError},
};

/// The words of a letter. Empty ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    /// The case's number.
    pub(super) number: String,
    /// The county.
    pub(super) place: String,
    /// The program.
    pub(super) title: String,
    /// The step.
    pub(super) step: String,
    /// Until when, as `11月25日`.
    pub(super) until: String,
    /// Of a case that a ladder has opened: how high it stands, and what it is: `二级·约谈`.
    pub(super) grade: String,
    /// Working days since the time was over; none while it is not.
    pub(super) over: Option<u32>,
    /// Of a digest: how many lines, and how many of them are over their time.
    pub(super) counts: Option<(u64, u64)>,
    /// Of an escalation: what it is about, as label and words.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Of a digest: its lines; of an escalation: what is late.
    pub(super) rows: Vec<String>,
}

/// Reads what the notice is about.
pub(super) async fn of(services: &Services, notice: &notice::Model) -> Result<About, JobError> {
    let word = |name: &str| notice.params.get(name).and_then(serde_json::Value::as_str);
    let until = word("until").or_else(|| word("due")).and_then(day).unwrap_or_default();
    let Some(case) = notice.case_id else {
        let count = |name: &str| notice.params.get(name).and_then(serde_json::Value::as_u64);
        let counts = count("count").map(|count| (count, self::late(&notice.params)));
        return Ok(About { until, counts, rows: rows(&notice.params), ..About::default() });
    };
    let db = services.workflow.store.read();
    let file = jobs::case(services, case).await?.ok_or(JobError::Gone("case"))?;
    let county = unit::Entity::find()
        .filter(unit::Column::Division.eq(file.county.as_str()))
        .filter(unit::Column::Office.eq("government"))
        .one(db)
        .await?;
    let programs = &services.workflow.programs;
    let program = programs.by_hash(&file.program_hash).or_else(|| programs.get(&file.program));
    let words = program.map(|program| words(&program, word("step")));
    let (title, step) = words.unwrap_or_default();
    let escalation = escalating::of(services, notice, &file).await?;
    Ok(About {
        number: file.number.unwrap_or_default(),
        place: county.map(|unit| unit.name_zh).unwrap_or_default(),
        title,
        step,
        until,
        grade: escalation.grade,
        over: escalation.over,
        counts: None,
        facts: escalation.facts,
        rows: escalation.rows,
    })
}

/// How many lines of a digest are over their time.
fn late(params: &serde_json::Value) -> u64 {
    params.get("late").and_then(serde_json::Value::as_u64).unwrap_or_default()
}

/// The lines of a digest: what, which case, which step, until when.
fn rows(params: &serde_json::Value) -> Vec<String> {
    let lines = params.get("lines").and_then(serde_json::Value::as_array);
    let lines = lines.map(Vec::as_slice).unwrap_or_default();
    let mut rows: Vec<String> = lines
        .iter()
        .map(|line| {
            let word =
                |name| line.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            let label = Kind::of(word("what")).map(Kind::label).unwrap_or_default();
            let due = day(word("due")).map(|day| format!("期限{day}")).unwrap_or_default();
            let parts = [word("number"), word("title"), word("step"), &due];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            format!("【{label}】{}", parts.join(" "))
        })
        .collect();
    let count = params.get("count").and_then(serde_json::Value::as_u64).unwrap_or_default();
    let more = count.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    if more > 0 {
        rows.push(format!("另有 {more} 件，请登录查看。"));
    }
    rows
}

/// The titles of a program and one of its steps.
fn words(program: &Program, step: Option<&str>) -> (String, String) {
    let step = step.and_then(|id| program.step(id));
    let step = step.map(|step| step.title_in(Lang::Zh).to_owned()).unwrap_or_default();
    (program.title.zh.clone(), step)
}

/// The day of a stored moment, as people in Ningxia write it.
pub(super) fn day(stored: &str) -> Option<String> {
    let at: DateTime<Utc> = stored.parse().ok()?;
    Some(local_date(at).format("%-m月%-d日").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_day_in_ningxia() {
        assert_eq!(day("2026-11-24T15:59:59Z").as_deref(), Some("11月24日"));
        assert_eq!(day("2026-11-24T16:00:00Z").as_deref(), Some("11月25日"));
        assert_eq!(day("soon"), None);
    }
}
