//! What the trail tells: that it is whole, that each rung was climbed once, and that the days
//! which holders had sum to the whole.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use entities::{Phase, StepRunId, Stream, TimerKind, case_file, trail};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::Value as Json;

use super::{
    Check, FIRST, Look, Report, Why,
    cases::{Case, step},
};
use crate::{
    CommandError, Event, Workflow,
    calendar::{Days, local_date},
    fold,
    record::{Chain, TrailBreak},
    rules::held::{self, Stretch},
};

/// Rows of other streams that are in memory at once.
const PAGE: u64 = 1000;

type Told = Vec<(DateTime<Utc>, Event)>;

/// All checks of one case's trail.
pub(super) fn check(case: &Case<'_>, (workflow, look): (&Workflow, &Look), report: &mut Report) {
    let mut chain = Some(Chain::default());
    let mut told: Option<Told> = Some(Vec::with_capacity(case.trail.len()));
    for row in case.trail {
        chain = chain.and_then(|chain| follows(chain, row, Some(case.name()), report));
        // What only a newer process can read is not told.
        told = told.and_then(|mut told| {
            told.push((row.happened_at, event(row)?));
            Some(told)
        });
    }
    let file = &case.state.case;
    if let Some(chain) = chain {
        let same = chain.number == file.trail_number
            && (chain.number == 0 || file.trail_head == chain.head);
        if !same {
            let about = format!("{} / {}", file.trail_number, chain.number);
            report.found(Check::Trail, Why::TrailHead, case.name(), about);
        }
    }
    if let Some(told) = told {
        rungs(case, &told, report);
        held_days(case, (&workflow.calendar.of(fold::REGION), look), &told, report);
    }
}

/// Whether a row follows; where it does not, the rest of its stream cannot be told.
fn follows(
    chain: Chain,
    row: &trail::Model,
    case: Option<String>,
    report: &mut Report,
) -> Option<Chain> {
    report.looked(Check::Trail);
    let about = format!("{} {} #{}", row.stream.word(), row.kind, row.number);
    match chain.then(row) {
        Ok(next) => {
            if !copies(row) {
                report.found(Check::Trail, Why::TrailCopy, case, about);
            }
            Some(next)
        }
        Err(TrailBreak::Gap(_)) => {
            report.found(Check::Trail, Why::TrailGap, case, about);
            None
        }
        Err(TrailBreak::Hash(_)) => {
            report.found(Check::Trail, Why::TrailHash, case, about);
            None
        }
    }
}

/// Whether the columns say what the hashed body says.
fn copies(row: &trail::Model) -> bool {
    let Ok(body) = serde_json::from_str::<Json>(&row.body) else { return false };
    let text = |key: &str| body.get(key).and_then(Json::as_str).map(str::to_owned);
    text("id") == Some(row.stream_id.to_string())
        && text("stream") == Some(row.stream.word())
        && text("account") == row.account_id.map(|id| id.to_string())
        && text("at") == Some(row.happened_at.to_rfc3339_opts(SecondsFormat::Micros, true))
        && body.get("number").and_then(Json::as_i64) == Some(i64::from(row.number))
}

fn event(row: &trail::Model) -> Option<Event> {
    let mut body: Json = serde_json::from_str(&row.body).ok()?;
    serde_json::from_value(body.get_mut("what")?.take()).ok()
}

/// Each rung of a step was climbed once, in order; and only one is armed. A letter that a rung
/// sends for a task has step run, task and rung in its unique key.
pub(super) fn rungs(case: &Case<'_>, told: &[(DateTime<Utc>, Event)], report: &mut Report) {
    let mut climbed: BTreeMap<StepRunId, Vec<i32>> = BTreeMap::new();
    for (_, event) in told {
        if let Event::RungClimbed { run, rung, .. } = event {
            climbed.entry(*run).or_default().push(*rung);
        }
    }
    for run in &case.state.runs {
        let climbed = climbed.remove(&run.id).unwrap_or_default();
        let armed = case
            .timers
            .iter()
            .filter(|timer| timer.kind == TimerKind::Rung && timer.run_id == Some(run.id));
        let armed = armed.count();
        if climbed.is_empty() && run.rungs == 0 && armed == 0 {
            continue;
        }
        report.looked(Check::Rungs);
        if !climbed.iter().copied().eq(0..run.rungs) {
            let about = format!("{} {climbed:?} / {}", step(run), run.rungs);
            report.found(Check::Rungs, Why::RungsDiffer, case.name(), about);
        }
        if armed > 1 {
            report.found(Check::Rungs, Why::RungTwice, case.name(), step(run));
        }
    }
}

/// Every instant from the handing in to the end is in exactly one hand.
pub(super) fn held_days(
    case: &Case<'_>,
    (days, look): (&Days, &Look),
    told: &[(DateTime<Utc>, Event)],
    report: &mut Report,
) {
    let Some(program) = case.program else { return };
    report.looked(Check::HeldDays);
    let file = &case.state.case;
    let stretches = held::stretches(file, told, program, look.now);
    // Between its end and its reopening a case is in nobody's hands; so it is while a decision
    // stands that is undone later.
    let reopened = told
        .iter()
        .any(|(_, event)| matches!(event, Event::Reopened { .. } | Event::DecisionUndone { .. }));
    let pairs = stretches.iter().zip(stretches.iter().skip(1));
    let whole = reopened || pairs.clone().all(|(one, next)| one.to == next.from);
    let turned = stretches.iter().any(|stretch| stretch.from >= stretch.to);
    let mut found = |why, about: String| report.found(Check::HeldDays, why, case.name(), about);
    if !whole || turned {
        let at = pairs.clone().find(|(one, next)| one.to != next.from);
        found(Why::HeldGap, at.map_or_else(String::new, |(one, _)| one.to.to_rfc3339()));
        return;
    }
    let Some((first, last)) = stretches.first().zip(stretches.last()) else { return };
    // What has only just passed to somebody is in nobody's hands for no time at all.
    let just_now = told.last().is_some_and(|(at, _)| *at == look.now);
    if let Some(why) = ends(file, (first, last), look).filter(|_| !just_now) {
        found(Why::HeldSum, why.to_rfc3339());
        return;
    }
    let parts = held::parts(&stretches, days);
    let sum: u32 = parts.iter().map(|part| part.working_days).sum();
    let all = days.working_days_between(local_date(first.from), local_date(last.to));
    if !reopened && sum != all {
        found(Why::HeldSum, format!("{sum} / {all}"));
    }
}

/// The end that is not where the case says.
fn ends(
    file: &case_file::Model,
    (first, last): (&Stretch, &Stretch),
    look: &Look,
) -> Option<DateTime<Utc>> {
    let begun = file.submitted_at.filter(|at| *at != first.from);
    let over = file.ended_at.filter(|_| file.phase == Phase::Ended).unwrap_or(look.now);
    begun.or((last.to != over).then_some(over))
}

/// The streams that are no case's: people, units, programs, the system.
pub(super) async fn other_streams(
    tx: &DatabaseTransaction,
    report: &mut Report,
) -> Result<(), CommandError> {
    let mut last: Option<trail::Model> = None;
    let mut chain = Some(Chain::default());
    loop {
        let rows = trail::Entity::after(last.as_ref())
            .filter(trail::Column::Stream.ne(Stream::Case))
            .limit(PAGE)
            .all(tx)
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let same = last
                .as_ref()
                .is_some_and(|last| last.stream == row.stream && last.stream_id == row.stream_id);
            if !same {
                chain = Some(Chain::default());
            }
            chain = chain.and_then(|chain| follows(chain, &row, None, report));
            last = Some(row);
        }
    }
}

/// A case that is on record is there.
pub(super) async fn orphans(
    tx: &DatabaseTransaction,
    report: &mut Report,
) -> Result<(), CommandError> {
    let case = Query::select()
        .expr(Expr::val(1))
        .from(case_file::Entity)
        .and_where(
            Expr::col((case_file::Entity, case_file::Column::Id))
                .equals((trail::Entity, trail::Column::StreamId)),
        )
        .to_owned();
    let gone = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::Case))
        .filter(trail::Column::Number.eq(1))
        .filter(Expr::not_exists(case))
        .limit(u64::try_from(FIRST).unwrap_or_default())
        .all(tx)
        .await?;
    for row in gone {
        report.found(Check::Trail, Why::TrailOrphan, Some(row.stream_id.to_string()), row.kind);
    }
    Ok(())
}
