//! What a draft would have changed, and what going over to a version changes, in words.

use std::collections::BTreeMap;

use entities::{
    ProgramReplayId, ReplayFound, ReplayState, UnitId, program_draft, program_replay,
    replayed_case, unit,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use workflow::{
    Actor, CommandError, Refusal,
    canonical::{digest, hex},
    program::Program,
    program_versions::{Rebase, RebaseCase, may_begin, may_change, may_change_draft, preview},
    rules::replay::{CaseChange, DueChange, Sums},
};

use super::{Reader, decision, people::unit_name, reader::words};
use crate::{
    Problem,
    read::{
        Words,
        program_desk::{LoadRow, PayerRow, RebaseRow, RebaseView, ReplayRow, ReplayView},
    },
};

/// Cases of one report that are shown.
const SHOWN: u64 = 200;

/// The newest look at a draft.
///
/// # Errors
/// The database's.
pub(super) async fn newest(
    r: &Reader<'_>,
    draft: &program_draft::Model,
) -> Result<Option<ReplayView>, Problem> {
    let found = program_replay::Entity::of_draft(draft.id).one(r.db()).await?;
    match found {
        Some(row) => Ok(Some(view(r, row, Some(draft)).await?)),
        None => Ok(None),
    }
}

/// One look at a draft of `program`.
///
/// # Errors
/// [`Refusal::NotFound`], or as [`may_change`].
pub async fn replay(
    r: &Reader<'_>,
    actor: Actor,
    (program, id): (&str, ProgramReplayId),
) -> Result<ReplayView, Problem> {
    let is_new = r.workflow.programs.get(program).is_none();
    if !is_new {
        may_change(r.db(), r.workflow, actor, program).await?;
    }
    let found = program_replay::Entity::find_by_id(id).one(r.db()).await?;
    let row = found.filter(|row| row.program == program);
    let Some(row) = row else {
        // Who may change nothing does not learn whether there is one.
        may_begin(r.db(), r.workflow, actor).await?;
        return Err(CommandError::Refused(Refusal::NotFound("replay")).into());
    };
    let draft = program_draft::Entity::find_by_id(row.draft_id).one(r.db()).await?;
    if let Some(draft) = draft.as_ref().filter(|_| is_new) {
        may_change_draft(r.db(), r.workflow, actor, draft).await?;
    }
    view(r, row, draft.as_ref()).await
}

async fn view(
    r: &Reader<'_>,
    row: program_replay::Model,
    draft: Option<&program_draft::Model>,
) -> Result<ReplayView, Problem> {
    let sums: Sums = serde_json::from_value(row.sums.clone()).unwrap_or_default();
    let cases = replayed_case::Entity::of_replay(row.id).limit(SHOWN).all(r.db()).await?;
    let program = r.workflow.programs.get(&row.program);
    let program = program.as_deref();
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(sums.units.keys().copied()));
    let units: BTreeMap<UnitId, unit::Model> =
        units.all(r.db()).await?.into_iter().map(|unit| (unit.id, unit)).collect();
    let load = |(id, load): (&UnitId, &workflow::rules::replay::Load)| LoadRow {
        unit: units.get(id).map_or_else(String::new, |unit| unit_name(r, unit)),
        before: load.before,
        after: load.after,
    };
    let payer = |(payer, sum): (&String, &workflow::rules::replay::Difference)| PayerRow {
        payer: Words::new(decision::payer(payer), payer),
        before: sum.before.0,
        after: sum.after.0,
        change: sum.after.0 - sum.before.0,
    };
    let changed = draft.map(|draft| hex(&digest(draft.yaml.as_bytes())) != row.sha256);
    Ok(ReplayView {
        id: row.id.to_string(),
        since: row.since,
        state: row.state.word(),
        total: row.total,
        done: row.done,
        outdated: changed.unwrap_or(true) || row.state == ReplayState::Failed,
        same: sums.same,
        gain: sums.gain,
        lose: sums.lose,
        refused: sums.refused,
        waiting: sums.waiting,
        untold: sums.untold,
        red: sums.red,
        green: sums.green,
        payers: sums.payers.iter().map(payer).collect(),
        units: sums.units.iter().map(load).collect(),
        cases: cases.into_iter().map(|case| case_row(r, program, case)).collect(),
    })
}

fn case_row(r: &Reader<'_>, program: Option<&Program>, row: replayed_case::Model) -> ReplayRow {
    let body = row.body.unwrap_or_default();
    if row.found == ReplayFound::Untold {
        let text = |name: &str| {
            body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
        };
        let (en, zh) = (text("why"), text("why_zh"));
        let said = vec![Words::new(format!("无法重演：{zh}"), format!("cannot be told: {en}"))];
        let number = text("number");
        return ReplayRow { number, said, untold: true, before: None, after: None };
    }
    let change: CaseChange = serde_json::from_value(body).unwrap_or_default();
    let award = change.award.as_ref();
    ReplayRow {
        said: sentences(r, program, &change),
        untold: false,
        before: award.map(|award| award.before.0),
        after: award.map(|award| award.after.0),
        number: change.number,
    }
}

/// What would be different of one case.
fn sentences(r: &Reader<'_>, program: Option<&Program>, change: &CaseChange) -> Vec<Words> {
    let mut said = Vec::new();
    if let Some(reason) = &change.refused {
        let known = r.workflow.programs.shared().reasons.get(reason);
        let why = known.map_or_else(|| Words::new(reason, reason), words);
        said.push(Words::new(
            format!("不予受理：{}", why.zh),
            format!("would not have been taken: {}", why.en),
        ));
    }
    let steps = |list: &[String]| {
        let names: Vec<Words> = list.iter().map(|step| step_title(program, step)).collect();
        let join = |pick: fn(&Words) -> &String, between: &str| {
            names.iter().map(|name| pick(name).as_str()).collect::<Vec<_>>().join(between)
        };
        Words::new(join(|name| &name.zh, "、"), join(|name| &name.en, ", "))
    };
    for (list, zh, en) in [
        (&change.waits_for, "停留在新环节，等待", "would wait for"),
        (&change.added, "增加环节", "more steps:"),
        (&change.left_out, "减少环节", "fewer steps:"),
        (&change.dropped, "意见不再适用", "what was said has no place at"),
        (&change.red, "将变红", "would have turned red:"),
        (&change.green, "不再变红", "would have stayed green:"),
    ] {
        if !list.is_empty() {
            let names = steps(list);
            said.push(Words::new(format!("{zh}：{}", names.zh), format!("{en} {}", names.en)));
        }
    }
    if let Some(outcome) = &change.outcome {
        let word = |outcome: Option<entities::Outcome>| {
            outcome.map_or_else(|| "—".to_owned(), entities::Outcome::word)
        };
        let both = format!("{} → {}", word(outcome.before), word(outcome.after));
        said.push(Words::new(format!("结果 {both}"), format!("outcome {both}")));
    }
    said.extend(change.dues.iter().map(|due| due_words(program, due)));
    said
}

/// A due instant that moves.
fn due_words(program: Option<&Program>, due: &DueChange) -> Words {
    let title = step_title(program, due.step.split('@').next().unwrap_or_default());
    let at = |at: chrono::DateTime<chrono::Utc>| {
        at.with_timezone(&workflow::calendar::SHANGHAI).format("%Y-%m-%d %H:%M").to_string()
    };
    let (before, after) = (at(due.before), at(due.after));
    Words::new(
        format!("“{}”到期 {before} → {after}", title.zh),
        format!("“{}” due {before} → {after}", title.en),
    )
}

/// A step's title; of the whole case the time limit's.
fn step_title(program: Option<&Program>, step: &str) -> Words {
    if step == "total" {
        return Words::new("总期限", "the whole");
    }
    let title = program.and_then(|program| program.step(step)).and_then(|s| s.title.as_ref());
    title.map_or_else(|| Words::new(step, step), words)
}

/// What going over to another version changes, case by case.
///
/// # Errors
/// As [`preview`].
pub async fn rebase(r: &Reader<'_>, actor: Actor, ask: &Rebase) -> Result<RebaseView, Problem> {
    let found = preview(r.db(), r.workflow, actor, ask).await?;
    Ok(rebase_view(r, ask, found))
}

/// The same of what was done.
pub fn rebase_view(r: &Reader<'_>, ask: &Rebase, found: Vec<RebaseCase>) -> RebaseView {
    let program = r.workflow.programs.get(&ask.program);
    let program = program.as_deref();
    let row = |one: RebaseCase| RebaseRow {
        number: one.number,
        from: one.from,
        open: one.open.iter().map(|step| step_title(program, step)).collect(),
        said: one.dues.iter().map(|due| due_words(program, due)).collect(),
        unmoved: one.unmoved.map(|why| unmoved(program, &why)),
    };
    let cases: Vec<RebaseRow> = found.into_iter().map(row).collect();
    RebaseView {
        program: ask.program.clone(),
        title: program.map_or_else(Words::default, |program| words(&program.title)),
        to: ask.to,
        chosen: ask.cases.join(" "),
        movable: cases.iter().filter(|case| case.unmoved.is_none()).count(),
        cases,
    }
}

fn unmoved(program: Option<&Program>, why: &workflow::program_versions::Unmoved) -> Words {
    use workflow::program_versions::Unmoved as U;
    let step = |step: &str| step_title(program, step).zh;
    let zh = match why {
        U::SameVersion => "已在此版本".to_owned(),
        U::NotLive => "没有进行中的环节".to_owned(),
        U::Supplementing => "正在等待申请人补正，请稍后".to_owned(),
        U::Routing => "正在流转，请稍候".to_owned(),
        U::Step(path) => format!("当前环节“{}”在此版本中不存在或类型不同", step(path)),
        U::WouldOpen(path) => format!("会在当前环节之外另开环节“{}”", step(path)),
        U::Form(fields) => format!("表单不符：{fields}"),
        U::NotEligible(reason) => format!("不再符合条件：{reason}"),
        U::Award => "金额会改变".to_owned(),
        U::Late(path) => format!("“{}”已逾期，红灯不消", step(path)),
        U::Stands(path) => format!("“{}”的计时曾暂停、恢复或延期", step(path)),
        U::Stuck(why) => format!("规则无法执行：{why}"),
        U::Lines => "名单类办件或由其他办件发起".to_owned(),
    };
    Words::new(zh, why.to_string())
}
