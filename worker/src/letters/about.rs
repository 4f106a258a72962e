//! What a letter may say of its case: nothing personal, no amounts.

use chrono::{DateTime, Utc};
use entities::{notice, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    calendar::local_date,
    program::{Lang, Program},
};

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
}

/// Reads what the notice is about.
pub(super) async fn of(services: &Services, notice: &notice::Model) -> Result<About, JobError> {
    let word = |name: &str| notice.params.get(name).and_then(serde_json::Value::as_str);
    let until = word("until").or_else(|| word("due")).and_then(day).unwrap_or_default();
    let Some(case) = notice.case_id else { return Ok(About { until, ..About::default() }) };
    let db = services.workflow.store.read();
    let file = jobs::case(services, case).await?.ok_or(JobError::Gone("case"))?;
    let county = unit::Entity::find()
        .filter(unit::Column::Division.eq(file.county.as_str()))
        .filter(unit::Column::Office.eq("government"))
        .one(db)
        .await?;
    let programs = &services.workflow.programs;
    let program = programs.by_hash(&file.program_hash).or_else(|| programs.get(&file.program));
    let words = program.map(|program| words(program, word("step")));
    let (title, step) = words.unwrap_or_default();
    Ok(About {
        number: file.number.unwrap_or_default(),
        place: county.map(|unit| unit.name_zh).unwrap_or_default(),
        title,
        step,
        until,
    })
}

/// The titles of a program and one of its steps.
fn words(program: &Program, step: Option<&str>) -> (String, String) {
    let step = step.and_then(|id| program.step(id));
    let step = step.map(|step| step.title_in(Lang::Zh).to_owned()).unwrap_or_default();
    (program.title.zh.clone(), step)
}

/// The day of a stored moment, as people in Ningxia write it.
fn day(stored: &str) -> Option<String> {
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
