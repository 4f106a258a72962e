//! Somebody speaks: what one signature makes of its step.

use chrono::{DateTime, Utc};
use entities::{Added, ClockKind, Fen, Phase, RunKind, StepRunId, TaskId, Verdict, task};

use super::{
    engine::Engine,
    facts::{self, Facts},
    signing::{self, Mode, Slot, SlotState},
};
use crate::{
    error::{Refusal, Said},
    event::{AcceptedBy, Asked, Event, ReturnMode, Signature},
    program::{Step, Take, expression::Value},
    state::CaseState,
};

/// Where a returned case goes, and how it comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendBack {
    /// A step's id, or `applicant`.
    pub to: String,
    /// Signed anew by all, or resumed here.
    pub mode: ReturnMode,
    /// All defects in one list.
    pub asked: Asked,
}

/// Signs `task`: the slot, and, when that is enough, its step. Returns whether the step closed,
/// so that the worker shall let the case go on.
///
/// # Errors
/// [`Refusal::OverAuthority`], [`Refusal::NotLess`], [`Refusal::ReturnTarget`],
/// [`Refusal::SeatsGone`], [`Refusal::Stuck`]; who may sign has been judged before.
pub fn sign(
    engine: &mut Engine<'_>,
    task: TaskId,
    signature: Signature,
    back: Option<SendBack>,
) -> Result<bool, Refusal> {
    let program = std::sync::Arc::clone(&engine.facts.program);
    let row = engine.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
    let step = program.step(&row.path).ok_or(Refusal::NotFound("step"))?;
    check(engine, step, &row, &signature)?;
    check_return(step, signature.verdict, back.as_ref())?;
    let agrees = matches!(signature.verdict, Verdict::Approved | Verdict::Less | Verdict::Done);
    if agrees && engine.state.case.phase == Phase::Filed {
        engine.accept(AcceptedBy::Person, engine.now)?;
    }
    engine.emit(Event::TaskSigned { task, signature: Box::new(signature) });
    settle(engine, step, row.run_id, back)
}

impl Engine<'_> {
    /// Counts the signatures of a step anew after somebody was taken off its list: it may be
    /// closed by that, or the next one may have their turn. False: it cannot come to a verdict.
    pub(crate) fn counts_again(&mut self, step: &Step, run: StepRunId) -> bool {
        let (said, before) = (self.events.len(), self.state.clone());
        let counted = settle(self, step, run, None).is_ok();
        // Where to, is said by whoever returns it.
        let returned =
            self.state.run(run).is_some_and(|run| run.verdict == Some(Verdict::Returned));
        if !counted || returned {
            self.events.truncate(said);
            self.state = before;
        }
        counted && !returned
    }
}

/// Closes the step, or opens its next slots, as the signatures have it.
fn settle(
    engine: &mut Engine<'_>,
    step: &Step,
    run: StepRunId,
    back: Option<SendBack>,
) -> Result<bool, Refusal> {
    let slots: Vec<task::Model> = engine.state.slots(run).cloned().collect();
    let list: Vec<Slot> = slots
        .iter()
        .map(|slot| Slot {
            office: slot.unit_id,
            person: slot.person_id,
            state: SlotState::of(slot.state, slot.verdict),
            beside: beside(&slots, slot),
        })
        .collect();
    let held = engine.state.run(run).is_some_and(CaseState::is_held);
    let standing = signing::standing(mode(&engine.state.taking(run, step), held), &list)
        .map_err(|cannot| Refusal::Stuck(cannot.to_string()))?;
    for place in &standing.void {
        if let Some(slot) = slots.get(*place) {
            engine.emit(Event::TaskVoided { task: slot.id });
        }
    }
    for place in &standing.open {
        if let Some(slot) = slots.get(*place) {
            engine.emit(Event::TaskOpened { task: slot.id });
        }
    }
    let Some(verdict) = standing.closed else { return Ok(false) };
    let signed = || engine.state.slots(run).filter(|slot| slot.verdict.is_some());
    let fen =
        if verdict == Verdict::Less { signed().filter_map(|slot| slot.fen).min() } else { None };
    let ordered = engine.state.run(run).filter(|row| row.kind == RunKind::Pay);
    let ordered = ordered.map(|row| row.fen);
    let reason = signed().filter(|s| s.verdict == Some(verdict)).find_map(|s| s.reason.clone());
    engine.end_clock(Some(run), ClockKind::Step);
    engine.emit(Event::StepClosed { run, verdict, fen, reason });
    if matches!(verdict, Verdict::Approved | Verdict::Less) {
        engine.sign_list(run)?;
    }
    if verdict == Verdict::Done {
        engine.light_by_figures(step, run)?;
    }
    if verdict == Verdict::Returned
        && let Some(SendBack { to, mode, asked }) = back
    {
        engine.emit(Event::Returned { run, to, mode, asked });
    }
    if let (Some(fen), Verdict::Done) = (ordered, verdict) {
        engine.emit(Event::PaymentMade { run, fen });
    }
    Ok(true)
}

/// Why a slot stands beside which other one of the list.
fn beside(slots: &[task::Model], slot: &task::Model) -> Option<(Added, usize)> {
    let of = slots.iter().position(|other| Some(other.id) == slot.beside_id);
    Some((slot.added?, of?))
}

fn check(
    engine: &Engine<'_>,
    step: &Step,
    row: &task::Model,
    signature: &Signature,
) -> Result<(), Refusal> {
    let run = engine.state.run(row.run_id);
    let alone = run.is_some_and(|run| CaseState::is_cash(run) && CaseState::is_held(run));
    if alone && signature.verdict == Verdict::Done {
        // Whoever looks after a step that has too few people sees to it that there are two.
        return Err(Refusal::Unfit(Said::new(
            "现金须由两名经办人共同签字：请先为经办办公室增加一名经办人，再由二人办理",
            "cash is signed for by two: appoint another official in the office that pays, and the \
             two of them sign",
        )));
    }
    let award = engine.state.case.award_fen;
    let granted = match (signature.verdict, signature.fen) {
        (Verdict::Less, Some(fen)) if fen > Fen(0) && fen < award => fen,
        (Verdict::Less, _) => return Err(Refusal::NotLess { award }),
        (Verdict::Approved, _) => award,
        _ => return Ok(()),
    };
    match ceiling(engine.facts, &engine.state, engine.now, (step, row))? {
        Some(most) if granted > most => Err(Refusal::OverAuthority { most }),
        _ => Ok(()),
    }
}

/// The most that may be granted at a slot; none where its step sets no ceiling.
///
/// # Errors
/// [`Refusal::Stuck`] for a rule that cannot be evaluated.
pub fn ceiling(
    facts: &Facts,
    state: &CaseState,
    now: DateTime<Utc>,
    (step, row): (&Step, &task::Model),
) -> Result<Option<Fen>, Refusal> {
    let Some(most) = &step.most else { return Ok(None) };
    let mut scope = facts.scope_in(state, now, Some(row.run_id));
    if let Some(unit) = facts.organisation.unit(row.unit_id) {
        scope.signer.insert("level".to_owned(), Value::Text(unit.level.word()));
        scope.signer.insert("office".to_owned(), Value::Text(unit.office.clone()));
        scope.signer.insert("unit".to_owned(), Value::Text(unit.id.to_string()));
    }
    let rule = most.pick(|rule| facts::holds(rule, &scope))?;
    let Some(rule) = rule else { return Ok(None) };
    match facts::value(rule, &scope)? {
        Value::Money(most) => Ok(Some(most)),
        other => Err(Refusal::Stuck(format!("{}: {other} is not money", rule.source()))),
    }
}

fn check_return(step: &Step, verdict: Verdict, back: Option<&SendBack>) -> Result<(), Refusal> {
    match (verdict, back) {
        (Verdict::Returned, Some(back)) if step.may_return.iter().any(|to| *to == *back.to) => {
            Ok(())
        }
        (Verdict::Returned, Some(back)) => Err(Refusal::ReturnTarget(back.to.clone())),
        (Verdict::Returned, None) => Err(Refusal::ReturnTarget(String::new())),
        _ => Ok(()),
    }
}

/// How many must sign. Where nobody could take the step, one of those who hold it is enough,
/// whatever vote it was to be: there is no list to vote.
pub(crate) fn mode(take: &Take, held: bool) -> Mode {
    match take {
        _ if held => Mode::Any,
        Take::Any => Mode::Any,
        Take::EachOffice => Mode::EachOffice,
        Take::All => Mode::All,
        Take::InOrder => Mode::InOrder,
        Take::Quorum { quorum, .. } => Mode::Quorum(*quorum),
        Take::Percent { percent } => Mode::Percent(u8::try_from(*percent).unwrap_or(100)),
    }
}
