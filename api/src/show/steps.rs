//! The way of a case, step by step, as it was, is and will be.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entities::{RunState, TaskState, Verdict, step_run, task};
use workflow::{
    calendar::local_date,
    program::{
        Block, Entry, Field, Step, StepKind,
        expression::{Scope, Truth, Value},
    },
    rules::form,
    state::CaseState,
    vault::{self, Owner},
};

use super::{Reader, case::Case, due, guide, people, reader::words_or};
use crate::{
    Problem,
    read::{
        StepState, Words,
        progress::{SaidView, StepView},
    },
};

/// All steps of people and of the public, in the order of the file; blocks whose condition does
/// not hold are left out. What came round several times stands there several times, round by
/// round.
pub(super) fn of(r: &Reader<'_>, case: &Case) -> Vec<StepView> {
    let scope = case.scope(r);
    let mut views: Vec<((usize, usize), StepView)> = Vec::new();
    let to_come = to_come(case);
    let mut turn: Option<(&Block, usize)> = None; // the repeated block of the last step
    for (place, (step, around)) in case.program.steps_and_blocks().into_iter().enumerate() {
        if !step.is_peoples() && step.kind != StepKind::Publish {
            continue;
        }
        let repeated = around.iter().copied().find(|block| block.repeat.is_some());
        turn = repeated.map(|block| match turn {
            Some((last, start)) if std::ptr::eq(last, block) => (block, start),
            _ => (block, place),
        });
        let place = turn.map_or(place, |(_, start)| start);
        let runs = case.state.runs.iter();
        let runs = runs.filter(|run| run.path == *step.id && run.state != RunState::Void);
        let runs: Vec<&step_run::Model> = runs.collect();
        let next = to_come.get(step.id.as_str()).copied();
        let off = around.iter().any(|block| is_off(block, &scope));
        if runs.is_empty() && next.is_none() && !off {
            views.push(((place, 1), ahead(r, case, step, &scope)));
        }
        let (several, after) = (runs.len() > 1, runs.len() + 1);
        for (round, run) in (1..).zip(runs) {
            let mut view = entered(r, case, step, run);
            if several {
                view.title = in_round(&view.title, round);
            }
            views.push(((place, round), view));
        }
        if let Some(day) = next {
            let view = StepView { opens_on: Some(day), ..ahead(r, case, step, &scope) };
            views.push(((place, after), view));
        }
    }
    views.sort_by_key(|(place, _)| *place);
    views.into_iter().map(|(_, view)| view).collect()
}

/// The steps whose next round waits for its day, or that begin a block whose next round does.
fn to_come(case: &Case) -> BTreeMap<&str, NaiveDate> {
    let mut series = Vec::new();
    for (entries, place) in [(&case.program.route, "route"), (&case.program.then, "then")] {
        rounds(entries, place, &mut series);
    }
    let day = |path: &str| {
        let run = case.state.latest(path).filter(|run| run.state == RunState::Waiting)?;
        run.opens_at.map(local_date)
    };
    series.into_iter().filter_map(|(step, path)| Some((step, day(&path)?))).collect()
}

/// Under which path the rounds of a step are kept, or those of the block that it begins.
fn rounds<'p>(entries: &'p [Entry], place: &str, found: &mut Vec<(&'p str, String)>) {
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("{place}.{index}");
        match entry {
            Entry::Step(step) if step.repeat.is_some() => found.push((&step.id, place)),
            Entry::Step(_) => {}
            Entry::Block(block) => {
                if let (Some(_), Some(Entry::Step(first))) = (&block.repeat, block.entries.first())
                {
                    let own = block.id.as_ref().map(ToString::to_string);
                    found.push((&first.id, own.unwrap_or_else(|| place.clone())));
                }
                rounds(&block.entries, &place, found);
            }
        }
    }
}

/// The title of a step that came round before.
fn in_round(title: &Words, round: usize) -> Words {
    Words::new(format!("{}（第 {round} 次）", title.zh), format!("{} ({round})", title.en))
}

/// What the open part of a step's form says.
fn said(r: &Reader<'_>, case: &Case, step: &Step, run: &step_run::Model) -> Vec<SaidView> {
    let values: BTreeMap<String, Value> =
        serde_json::from_value(run.said.clone()).unwrap_or_default();
    // Of a step that waits for another case: what that one answered.
    let answered = answered(r, step);
    let fields = step.form.iter().chain(&answered).filter(|field| !field.is_private());
    let one = |field: &Field| {
        let value = case.looks.named(field, values.get(field.id.as_str())?, r.lang());
        let text = form::show(&value, field, r.lang());
        Some(SaidView { title: words_or(field.title.as_ref(), &field.id), text })
    };
    fields.filter_map(one).filter(|said| !said.text.is_empty()).collect()
}

/// The fields that a line says of which a step waits for an answer.
pub(super) fn answered(r: &Reader<'_>, step: &Step) -> Vec<Field> {
    let program = step.gather.as_ref().and(step.program.as_ref());
    let program = program.and_then(|program| r.workflow.programs.get(program.as_str()));
    program.and_then(|program| program.rows.clone()).map_or_else(Vec::new, |rows| rows.form)
}

fn is_off(block: &Block, scope: &Scope) -> bool {
    block.when.as_ref().is_some_and(|when| matches!(when.truth(scope), Ok(Truth::No)))
}

/// A step that is still to come, or will be passed by as things stand.
fn ahead(r: &Reader<'_>, case: &Case, step: &Step, scope: &Scope) -> StepView {
    let off = step.when.as_ref().is_some_and(|when| matches!(when.truth(scope), Ok(Truth::No)));
    let over = !case.state.is_live() && case.file().number.is_some();
    let unit = guide::unit(r, &case.program, step);
    StepView {
        title: words_or(step.title.as_ref(), &step.id),
        unit: r.say(&unit.zh, &unit.en).to_owned(),
        state: if off || over { StepState::Skipped } else { StepState::Waiting },
        outcome: None,
        at: None,
        due: None,
        opens_on: None,
        said: Vec::new(),
        note: None,
    }
}

fn entered(r: &Reader<'_>, case: &Case, step: &Step, run: &step_run::Model) -> StepView {
    let clock = case.state.clock_of(run.id);
    let state = match (run.state, run.verdict) {
        (RunState::Skipped, _) | (RunState::Closed, Some(Verdict::Skipped)) => StepState::Skipped,
        (RunState::Closed, Some(Verdict::Refused)) => StepState::Refused,
        (RunState::Closed, Some(Verdict::Returned)) => StepState::Returned,
        (RunState::Closed, _) => StepState::Done,
        (RunState::Void | RunState::Waiting, _) => StepState::Waiting,
        (RunState::Open, _) if case.file().supplementing => StepState::Stopped,
        (RunState::Open, _) if !case.state.is_live() => StepState::Skipped,
        (RunState::Open, _) => StepState::Now,
    };
    let open = matches!(state, StepState::Now | StepState::Stopped);
    StepView {
        title: words_or(step.title.as_ref(), &step.id),
        unit: unit_names(r, case, run),
        state,
        outcome: run.verdict.map(|verdict| outcome(r, verdict, run.reason.as_deref())),
        at: run.closed_at,
        due: if open { clock.and_then(|row| due::of_clock(r, row)) } else { None },
        opens_on: run.opens_at.filter(|_| run.state == RunState::Waiting).map(local_date),
        said: said(r, case, step, run),
        note: None,
    }
}

/// The units whose slots a run has, each once.
pub(super) fn unit_names(r: &Reader<'_>, case: &Case, run: &step_run::Model) -> String {
    let mut names: Vec<String> = Vec::new();
    let of_slots = case.state.slots(run.id).map(|slot| slot.unit_id);
    for unit in of_slots.chain(run.unit_id) {
        let name = people::name_in(r, &case.units, Some(unit));
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(r.say("、", ", "))
}

/// What was said of a step.
pub(super) fn outcome(r: &Reader<'_>, verdict: Verdict, reason: Option<&str>) -> Words {
    let said = match verdict {
        Verdict::Approved => Words::new("同意", "approved"),
        Verdict::Less => Words::new("同意，核减金额", "approved, less"),
        Verdict::Refused => Words::new("不同意", "not approved"),
        Verdict::Returned => Words::new("退回", "returned"),
        Verdict::Done => Words::new("完成", "done"),
        Verdict::Missed => Words::new("逾期未办", "missed"),
        Verdict::Skipped => Words::new("无需办理", "not needed"),
        Verdict::Merged => Words::new("与前一环节合并", "merged with the step before"),
    };
    match reason.map(|code| r.reason(code)) {
        Some(why) => {
            Words::new(format!("{}：{}", said.zh, why.zh), format!("{}: {}", said.en, why.en))
        }
        None => said,
    }
}

/// Slots that can be signed now, with their runs.
pub(super) fn open_slots(
    state: &CaseState,
) -> impl Iterator<Item = (&task::Model, &step_run::Model)> {
    let open = |slot: &&task::Model| matches!(slot.state, TaskState::Open | TaskState::Claimed);
    state.tasks.iter().filter(open).filter_map(|slot| Some((slot, state.run(slot.run_id)?)))
}

/// What a signer wrote, opened; empty when nothing.
pub(super) async fn note_of(r: &Reader<'_>, slot: &task::Model) -> Result<Option<String>, Problem> {
    let Some(sealed) = slot.note_sealed.as_deref() else { return Ok(None) };
    let key = vault::key(r.db(), r.workflow, Owner::Case(slot.case_id)).await?;
    let Some(key) = key else { return Ok(None) };
    let place = slot.id.to_string();
    let note = vault::open_text(&key, ("task", "note_sealed", &place), sealed);
    Ok(Some(note.map_err(workflow::CommandError::from)?.into_inner()))
}
