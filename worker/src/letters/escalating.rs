//! What a letter says of work that is over its time: whose, since when, how late, what the ladder
//! has done, what comes next, who reads it too. Units and roles; never an applicant, an amount or
//! the name of anybody.

use chrono::{DateTime, NaiveDate, Utc};
use entities::{RowState, UnitId, case_file, case_row, notice, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value as Json;
use workflow::{
    calendar::{Days, local_date},
    program::{Place, RoleRef, Shared},
};

use super::{Kind, about::day};
use crate::{Services, jobs::JobError};

/// Late work that a letter names one by one.
const NAMED: usize = 10;

/// What there is to say.
#[derive(Default)]
pub(super) struct Escalation {
    pub(super) grade: String,
    pub(super) over: Option<u32>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) rows: Vec<String>,
}

/// Reads it. Days are counted up to when the letter was written: it is the same at every try.
pub(super) async fn of(
    services: &Services,
    notice: &notice::Model,
    file: &case_file::Model,
) -> Result<Escalation, JobError> {
    let workflow = &services.workflow;
    let days = workflow.calendar.of(&file.county);
    let until = local_date(notice.created_at);
    let kind = Kind::of(&notice.template)?;
    if let Some(grade) = workflow.programs.shared().grade_of(&file.program) {
        return of_oversight(services, (notice, file), grade, (&days, until)).await;
    }
    let mut said = Escalation::default();
    if matches!(kind, Kind::Overdue | Kind::Urged | Kind::Escalated) {
        let due = moment(&notice.params, "due").filter(|due| *due <= notice.created_at);
        said.over = due.map(|due| days.working_days_between(local_date(due), until));
    }
    if notice.params.get("ladder").is_some() {
        said.facts = facts(services, notice, said.over).await?;
    }
    Ok(said)
}

/// A case that a ladder has opened: its lines are the late work.
async fn of_oversight(
    services: &Services,
    (notice, file): (&notice::Model, &case_file::Model),
    grade: usize,
    (days, until): (&Days, NaiveDate),
) -> Result<Escalation, JobError> {
    let workflow = &services.workflow;
    let program = workflow.programs.by_hash(&file.program_hash);
    let title = program.map(|program| program.title.zh.clone()).unwrap_or_default();
    let rows = case_row::Entity::of_cases([file.id]).all(workflow.store.read()).await?;
    let rows: Vec<case_row::Model> =
        rows.into_iter().filter(|row| row.state == RowState::In).collect();
    let word = |row: &case_row::Model, name: &str| {
        row.facts.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let due = |row: &case_row::Model| word(row, "due").parse::<NaiveDate>().ok();
    let first = rows.iter().filter_map(due).min().filter(|due| *due <= until);
    let line = |row: &case_row::Model| {
        let since = word(row, "opened");
        let late = due(row).map(|due| days.working_days_between(due, until));
        let late = late.map(|days| match days {
            0 => "，已超期".to_owned(),
            days => format!("，已超期{days}个工作日"),
        });
        let late = late.unwrap_or_default();
        let what = [word(row, "unit_zh"), word(row, "number"), word(row, "step_zh")];
        format!("{}（{since} 起{late}）", what.join(" "))
    };
    let mut facts = Vec::new();
    let units: Vec<String> = rows.iter().map(|row| word(row, "unit_zh")).collect();
    push(&mut facts, "单位", joined(units));
    if let Some(due) = moment(&notice.params, "due") {
        push(&mut facts, "要求", format!("请于{}前办理", local_date(due).format("%-m月%-d日")));
    }
    Ok(Escalation {
        grade: format!("{}级·{title}", numeral(grade)),
        over: first.map(|due| days.working_days_between(due, until)),
        facts,
        rows: rows.iter().take(NAMED).map(line).collect(),
    })
}

async fn facts(
    services: &Services,
    notice: &notice::Model,
    over: Option<u32>,
) -> Result<Vec<(&'static str, String)>, JobError> {
    let workflow = &services.workflow;
    let shared = workflow.programs.shared();
    let list = |name: &str| notice.params.get(name).and_then(Json::as_array).cloned();
    let units: Vec<UnitId> = list("units")
        .unwrap_or_default()
        .into_iter()
        .filter_map(|id| serde_json::from_value(id).ok())
        .collect();
    let found = unit::Entity::find().filter(unit::Column::Id.is_in(units));
    let found = found.all(workflow.store.read()).await?;
    let mut facts = Vec::new();
    push(&mut facts, "单位", joined(found.into_iter().map(|unit| unit.name_zh).collect()));
    push(&mut facts, "起始", said_day(&notice.params, "since"));
    let late = over.map(|days| format!("{days}个工作日")).unwrap_or_default();
    push(&mut facts, "已超期", late);
    let title = |program: &str| {
        let program = workflow.programs.get(program);
        program.map_or_else(String::new, |program| program.title.zh.clone())
    };
    let rung = |rung: &Json| {
        let what = match rung.get("do").and_then(Json::as_str) {
            Some("light") => "预警".to_owned(),
            Some("urge") => "催办".to_owned(),
            Some("mail") => "报上级督查".to_owned(),
            _ => rung.get("program").and_then(Json::as_str).map(title).unwrap_or_default(),
        };
        format!("{}{what}", said_day(rung, "at"))
    };
    if let Some(next) = notice.params.get("next").filter(|next| !next.is_null()) {
        let asked = format!("请在下一级之前督促办结：{}", rung(next));
        push(&mut facts, "要求", asked);
    } else {
        push(&mut facts, "要求", "请立即办结".to_owned());
    }
    let so_far = list("ladder").unwrap_or_default().iter().map(rung).collect::<Vec<_>>();
    push(&mut facts, "已采取", so_far.join("，"));
    let to = list("to").unwrap_or_default();
    let to = to.iter().filter_map(Json::as_str).map(|word| office(shared, word));
    push(&mut facts, "同时发送", joined(to.collect()));
    Ok(facts)
}

/// Who is meant by a rung's word.
fn office(shared: &Shared, word: &str) -> String {
    match word {
        "holder" => return "承办人".to_owned(),
        "unit_head" => return "承办单位负责人".to_owned(),
        _ => {}
    }
    let Ok(role) = word.parse::<RoleRef>() else { return String::new() };
    let place = match &role.place {
        Place::Superior(_) => "上级",
        Place::AboveOpener(_) => "发出单位上级",
        Place::Issuer => "发出单位",
        Place::Level(level) => match level.as_str() {
            "school" => "学校",
            "township" => "乡镇",
            "county" => "县级",
            "city" => "市级",
            _ => "自治区",
        },
        _ => "",
    };
    let title = shared.roles.get(&role.role).and_then(|role| role.title.as_ref());
    format!("{place}{}", title.map_or("", |title| title.zh.as_str()))
}

fn push(facts: &mut Vec<(&'static str, String)>, label: &'static str, said: String) {
    if !said.is_empty() {
        facts.push((label, said));
    }
}

/// Each once, in order.
fn joined(words: Vec<String>) -> String {
    let mut each: Vec<String> = Vec::new();
    for word in words {
        if !word.is_empty() && !each.contains(&word) {
            each.push(word);
        }
    }
    each.join("、")
}

fn moment(params: &Json, name: &str) -> Option<DateTime<Utc>> {
    params.get(name).and_then(Json::as_str).and_then(|at| at.parse().ok())
}

fn said_day(params: &Json, name: &str) -> String {
    params.get(name).and_then(Json::as_str).and_then(day).unwrap_or_default()
}

fn numeral(grade: usize) -> String {
    let words = ["一", "二", "三", "四", "五"];
    let word = grade.checked_sub(1).and_then(|place| words.get(place));
    word.map_or_else(|| grade.to_string(), |word| (*word).to_owned())
}
