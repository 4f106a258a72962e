//! What must hold of a case after whatever has happened. Each is a function; what `banjie doctor`
//! asks of the store is asked here too, by the doctor's own code.

use std::collections::BTreeSet;

use entities::{Added, ClockKind, Phase, RunKind, RunState, TaskState, Verdict, clock, task};

use super::{acts::Act, life::Life, place, verbs::is_over};
use crate::{
    Event, doctor,
    event::Holders,
    fold::PAUSED,
    rules::{
        engine::face_of,
        facts::CaseFacts,
        signing::{self, Slot, SlotState},
        verdicts::mode,
    },
    state::CaseState,
};

type Held = Result<(), String>;
type Invariant = fn(&Life) -> Held;

/// Their names, for whoever reads a failure.
pub(super) const ALL: [(&str, Invariant); 16] = [
    ("the trail alone tells the same case", folds),
    ("clocks, timers, rungs and held days are sound", is_sound),
    ("somebody can take what is open", has_holders),
    ("only accept, stop, resume, extend, return and calendar move a due date", dues_stay),
    ("what is open is due with its clock", dues_agree),
    ("red means that the time is over", red_is_late),
    ("the award is never above what the rules give", award_is_capped),
    ("what has ended has nothing open", ended_is_over),
    ("what was signed stays signed but for a take-back", signed_stays),
    ("nobody signs what they may not", four_eyes),
    ("a step closes by as many signatures as it takes", takes_enough),
    ("phases follow each other", phases_fit),
    ("the whole is timed until it comes out", total_counts),
    ("while the applicant is asked no clock counts", asked_stands),
    ("rows are told apart and in order", rows_are_apart),
    ("nobody signs before those whom they let go first", signed_in_turn),
];

fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Held {
    if condition { Ok(()) } else { Err(otherwise()) }
}

fn folds(life: &Life) -> Held {
    holds(life.state == life.retold, || {
        let (is, was) = (&life.state, &life.retold);
        let runs = is.runs.iter().zip(&was.runs).find(|(is, was)| is != was);
        let tasks = is.tasks.iter().zip(&was.tasks).find(|(is, was)| is != was);
        let clocks = is.clocks.iter().zip(&was.clocks).find(|(is, was)| is != was);
        format!("{runs:#?}\n{tasks:#?}\n{clocks:#?}\n{:#?}\n{:#?}", is.case, was.case)
    })
}

fn is_sound(life: &Life) -> Held {
    let case = doctor::OneCase {
        state: &life.state,
        program: &life.program,
        told: &life.told,
        timers: &life.timers,
        days: &life.calendar.of("640000"),
        now: life.now,
    };
    let found = doctor::look_at(&case);
    holds(found.is_empty(), || format!("{found:#?}\ntimers: {:#?}", life.timers))
}

/// Whether somebody works there who is neither struck nor has signed the same step.
fn somebody_can(life: &Life, slot: &task::Model, holders: &Holders) -> bool {
    if slot.person_id.is_some() && (slot.addressed || slot.person_id == Some(place::subject())) {
        return true;
    }
    let struck: BTreeSet<_> = holders.struck.values().flatten().collect();
    life.place.in_force(life.now).any(|held| {
        let there = held.unit_id == slot.unit_id && held.duty == slot.duty;
        let signed = life
            .state
            .slots(slot.run_id)
            .any(|other| other.id != slot.id && other.signed_by == Some(held.person_id));
        there && !struck.contains(&held.person_id) && !signed
    })
}

fn has_holders(life: &Life) -> Held {
    let by_people = [RunKind::Decide, RunKind::Fill, RunKind::Receive, RunKind::Pay];
    if !life.state.is_live() {
        return Ok(());
    }
    for run in life.state.runs.iter().filter(|run| run.state == RunState::Open) {
        let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
        if holders.held || !by_people.contains(&run.kind) {
            continue;
        }
        let open: Vec<_> =
            life.state.slots(run.id).filter(|slot| CaseState::is_open(slot)).collect();
        holds(!open.is_empty(), || format!("{} #{} has no open slot", run.path, run.round))?;
        for slot in open {
            holds(somebody_can(life, slot, &holders), || {
                format!("nobody can take {} #{}: {slot:#?}\n{holders:#?}", run.path, run.round)
            })?;
        }
    }
    Ok(())
}

/// Acts that no clock listens to.
fn is_quiet(act: Act) -> bool {
    matches!(
        act,
        Act::Claim { .. }
            | Act::Release { .. }
            | Act::Transfer { .. }
            | Act::GiveBack { .. }
            | Act::Add { .. }
            | Act::Drop { .. }
            | Act::Opinion { .. }
            | Act::Plan { .. }
            | Act::AskTime { .. }
            | Act::Conflict { .. }
            | Act::Leaves { .. }
            | Act::Comes { .. }
    )
}

fn dues_stay(life: &Life) -> Held {
    let (before, now) = (&life.last.before, &life.state);
    if life.last.act.is_some_and(is_quiet) && life.last.alone {
        holds(before.clocks == now.clocks, || "a clock listened".to_owned())?;
        for (was, is) in before.runs.iter().zip(&now.runs) {
            holds(was.due_at == is.due_at, || format!("{} is due {:?}", is.path, is.due_at))?;
        }
    }
    for was in &before.clocks {
        let Some(is) = now.clock(was.id).filter(|is| is.due_at != was.due_at) else { continue };
        moved_by_right(life, was, is)?;
    }
    Ok(())
}

/// A due instant has moved: something says so that may, and nothing but the calendar brings it
/// forward.
fn moved_by_right(life: &Life, was: &clock::Model, is: &clock::Model) -> Held {
    let said = life.last.events.iter().rev().find(|event| match event {
        Event::ClockResumed { clock, .. }
        | Event::ClockExtended { clock, .. }
        | Event::ClockReprojected { clock, .. } => *clock == is.id,
        _ => false,
    });
    let fits = match said {
        Some(Event::ClockExtended { .. }) => matches!(life.last.act, Some(Act::GiveTime)),
        Some(Event::ClockReprojected { .. }) => matches!(life.last.act, Some(Act::Calendar { .. })),
        Some(Event::ClockResumed { .. }) => true,
        _ => false,
    };
    holds(fits, || format!("{was:?} is now due {:?}, by {said:?}", is.due_at))?;
    let calendar = matches!(said, Some(Event::ClockReprojected { .. }));
    // A resumed clock counts the days as they are known then.
    let changed =
        life.told.iter().any(|(_, event)| matches!(event, Event::ClockReprojected { .. }));
    holds(calendar || changed || is.due_at >= was.due_at, || {
        format!("{:?} came forward to {:?}", was.due_at, is.due_at)
    })
}

fn dues_agree(life: &Life) -> Held {
    for run in life.state.runs.iter().filter(|run| run.state == RunState::Open) {
        let own = life.state.clock_of(run.id).filter(|clock| clock.ended_at.is_none());
        if let Some(own) = own {
            holds(run.due_at == own.due_at, || {
                format!("{} is due {:?}, its clock {:?}", run.path, run.due_at, own.due_at)
            })?;
        }
        for slot in life.state.slots(run.id).filter(|slot| !is_over(slot)) {
            holds(slot.due_at == run.due_at, || {
                format!("{} is due {:?}, a slot {:?}", run.path, run.due_at, slot.due_at)
            })?;
        }
    }
    Ok(())
}

fn red_is_late(life: &Life) -> Held {
    for run in life.state.runs.iter().filter(|run| run.state == RunState::Open && run.late) {
        let over = run.due_at.is_none_or(|due| due <= life.now);
        holds(over || CaseState::is_held(run), || {
            format!("{} is red and due {:?}", run.path, run.due_at)
        })?;
    }
    Ok(())
}

fn award_is_capped(life: &Life) -> Held {
    let most: i64 = CaseFacts::of(&life.state).lines.iter().map(|line| line.fen.0).sum();
    let award = life.state.case.award_fen.0;
    holds((0..=most).contains(&award), || format!("{award} of {most}"))?;
    let lines: i64 = life.lines.iter().map(|line| line.fen.0).sum();
    holds(lines == award, || format!("the lines are {lines}, the award {award}"))?;
    if life.state.case.outcome.is_none() || life.state.case.routing {
        return Ok(());
    }
    let closed = life.state.runs.iter().filter(|run| run.state == RunState::Closed);
    let lowest = closed.filter(|run| run.kind == RunKind::Decide).filter_map(|run| run.fen).min();
    holds(lowest.is_none_or(|lowest| award <= lowest.0), || format!("{award} above {lowest:?}"))
}

fn ended_is_over(life: &Life) -> Held {
    if life.state.case.phase != Phase::Ended {
        return Ok(());
    }
    let run = life.state.open_runs().next();
    holds(run.is_none(), || format!("{run:?}"))?;
    let slot = life.state.tasks.iter().find(|slot| !is_over(slot));
    holds(slot.is_none(), || format!("{slot:?}"))?;
    let clock = life.state.clocks.iter().find(|clock| clock.ended_at.is_none());
    holds(clock.is_none(), || format!("{clock:?}"))?;
    holds(life.timers.is_empty(), || format!("{:?}", life.timers))
}

fn signed_stays(life: &Life) -> Held {
    let back: BTreeSet<_> = life
        .last
        .events
        .iter()
        .filter_map(|event| match event {
            Event::TakenBack { run, .. } => Some(*run),
            _ => None,
        })
        .collect();
    for was in life.last.before.tasks.iter().filter(|was| is_over(was)) {
        let is = life.state.task(was.id);
        let same = is.is_some_and(|is| {
            (is.state, is.signed_by, is.verdict) == (was.state, was.signed_by, was.verdict)
                // Of what no longer counts, a signature stands as well.
                || (is.state == TaskState::Void && is.signed_by == was.signed_by)
        });
        holds(same || back.contains(&was.run_id), || format!("{was:?}\n{is:?}"))?;
    }
    for was in &life.last.before.runs {
        let over = matches!(was.state, RunState::Closed | RunState::Skipped | RunState::Void);
        let is = life.state.run(was.id).filter(|_| over && was.kind != RunKind::Block);
        let open = is.is_some_and(|is| matches!(is.state, RunState::Open | RunState::Waiting));
        holds(!open || back.contains(&was.id), || format!("{was:?}\n{is:?}"))?;
    }
    Ok(())
}

fn four_eyes(life: &Life) -> Held {
    for run in life.state.runs.iter().filter(|run| run.state != RunState::Void) {
        let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
        let step = life.program.step(&run.path);
        let mut signed = BTreeSet::new();
        for slot in life.state.slots(run.id) {
            let Some(person) = slot.signed_by else { continue };
            let struck = holders.struck.iter().find(|(_, people)| people.contains(&person));
            let excused = struck.is_some_and(|(why, _)| why == "same_step");
            holds(struck.is_none() || excused, || format!("{} by {struck:?}", run.path))?;
            holds(signed.insert(person), || format!("{} twice by {person}", run.path))?;
            holds(person != place::subject(), || format!("{} by the applicant", run.path))?;
            let apart = life.state.tasks.iter().find(|other| {
                let of = step.is_some_and(|step| step.apart.iter().any(|id| *id == *other.path));
                let counts = life.state.run(other.run_id);
                let counts = counts.is_some_and(|run| run.state != RunState::Void);
                of && counts && other.signed_by == Some(person)
            });
            holds(apart.is_none(), || format!("{} and {apart:?} by one hand", run.path))?;
        }
    }
    Ok(())
}

fn takes_enough(life: &Life) -> Held {
    for run in &life.state.runs {
        let Some(step) = life.program.step(&run.path) else { continue };
        let own: Vec<&task::Model> =
            life.state.slots(run.id).filter(|slot| slot.added.is_none()).collect();
        if own.is_empty() || !matches!(run.state, RunState::Open | RunState::Closed) {
            continue;
        }
        let list: Vec<Slot> = own
            .iter()
            .map(|slot| Slot {
                office: slot.unit_id,
                person: slot.person_id,
                state: SlotState::of(slot.state, slot.verdict),
                beside: None,
            })
            .collect();
        let mode = mode(&life.state.taking(run.id, step), CaseState::is_held(run));
        let said = signing::standing(mode, &list).ok().and_then(|standing| standing.closed);
        if run.state == RunState::Open {
            // Somebody who was added may be waited for.
            let waits = life.state.slots(run.id).any(|slot| {
                slot.added.is_some_and(|added| added != Added::Opinion) && !is_over(slot)
            });
            holds(said.is_none() || waits, || format!("{} is open and {said:?}", run.path))?;
            continue;
        }
        let good = matches!(run.verdict, Some(Verdict::Approved | Verdict::Less | Verdict::Done));
        let agreed = |slot: &&&task::Model| {
            matches!(slot.verdict, Some(Verdict::Approved | Verdict::Less | Verdict::Done))
        };
        let count = own.iter().filter(agreed).count();
        let enough = match mode {
            signing::Mode::Any => count == 1,
            signing::Mode::All | signing::Mode::InOrder => count == own.len(),
            signing::Mode::Quorum(n) => count == usize::try_from(n).unwrap(),
            signing::Mode::EachOffice | signing::Mode::Percent(_) => said.is_some(),
        };
        holds(!good || enough, || format!("{} closed by {count}: {own:#?}", run.path))?;
    }
    Ok(())
}

fn phases_fit(life: &Life) -> Held {
    let case = &life.state.case;
    let out = case.outcome.is_some();
    let fits = match case.phase {
        Phase::Draft => false,
        Phase::Filed => !out && case.accepted_at.is_none(),
        Phase::Running => !out && case.accepted_at.is_some(),
        Phase::After | Phase::Ended => out,
    };
    holds(fits, || format!("{case:#?}"))?;
    holds(case.supplements <= 1, || format!("asked {} times", case.supplements))?;
    let paused = life.state.runs.iter().filter(|run| run.reason.as_deref() == Some(PAUSED));
    let paused: Vec<_> = paused.filter(|run| run.state == RunState::Open).collect();
    let stops = life.state.clocks.iter().filter(|row| row.kind == ClockKind::Stop);
    let stops = stops.filter(|row| row.ended_at.is_none()).count();
    holds(paused.len() == stops, || format!("{stops} stops of {paused:#?}"))
}

fn total_counts(life: &Life) -> Held {
    if life.state.case.phase != Phase::Running {
        return Ok(());
    }
    let total = life.state.case_clock(ClockKind::Total);
    holds(total.is_some_and(|clock| clock.ended_at.is_none()), || format!("{total:?}"))
}

/// Until they answer, or their time is over: then the clocks count again, and they may still answer.
fn asked_stands(life: &Life) -> Held {
    if !life.state.case.supplementing {
        return Ok(());
    }
    let mut asked = life.state.clocks.iter().filter(|row| row.kind == ClockKind::Applicant);
    let waits = asked.clone().filter(|row| row.ended_at.is_none()).count();
    if waits == 0 {
        let last = asked.next_back();
        let is_over = last.is_some_and(|row| row.ended_at >= row.due_at && row.due_at.is_some());
        return holds(is_over, || format!("the applicant's time is not over: {last:?}"));
    }
    holds(waits == 1, || format!("{waits} clocks of the applicant"))?;
    let runs = life.state.clocks.iter().find(|row| {
        let counts = matches!(row.kind, ClockKind::Step | ClockKind::Total);
        let late = face_of(row).is_some_and(|face| face.is_late(life.now));
        counts && row.ended_at.is_none() && row.stopped_at.is_none() && !late
    });
    holds(runs.is_none(), || format!("{runs:?}"))
}

fn rows_are_apart(life: &Life) -> Held {
    let state = &life.state;
    let ids: BTreeSet<_> = state.runs.iter().map(|run| run.id).collect();
    holds(ids.len() == state.runs.len(), || "two runs have one id".to_owned())?;
    let ids: BTreeSet<_> = state.tasks.iter().map(|task| task.id).collect();
    holds(ids.len() == state.tasks.len(), || "two slots have one id".to_owned())?;
    let ids: BTreeSet<_> = state.clocks.iter().map(|clock| clock.id).collect();
    holds(ids.len() == state.clocks.len(), || "two clocks have one id".to_owned())?;
    let places = state.runs.iter().map(|run| run.position);
    holds(places.is_sorted_by(|one, next| one < next), || "runs are out of order".to_owned())?;
    let faces = state.clocks.iter().all(|row| face_of(row).is_some());
    holds(faces, || "a clock has no face".to_owned())?;
    let mut live = BTreeSet::new();
    for run in state.runs.iter().filter(|run| run.state != RunState::Void) {
        let key = (&run.path, &run.thread, run.parent_id);
        let one = run.kind == RunKind::Block || live.insert(key);
        holds(one, || format!("two rounds of {} count", run.path))?;
    }
    Ok(())
}

fn signed_in_turn(life: &Life) -> Held {
    let live = |slot: &&task::Model| CaseState::is_open(slot) || slot.state == TaskState::Waiting;
    for slot in life.state.tasks.iter().filter(|slot| CaseState::is_open(slot)) {
        let before = |other: &&task::Model| {
            other.beside_id == Some(slot.id) && other.added == Some(Added::Before)
        };
        let first = life.state.tasks.iter().filter(live).find(before);
        holds(first.is_none(), || format!("{slot:?}\n{first:?}"))?;
    }
    Ok(())
}
