//! Who held the days, told from the rows of a case as they stand: for figures over many cases, whose
//! trails would be too much to read. Each instant has one holder, the one that is due first, as
//! [`stretches`](super::held::stretches) has it; but the rows know only when a step is due now, and
//! not when it was due before its clock was stopped or extended.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{ClockKind, Phase, RunKind, RunState, TaskState, UnitId, clock, step_run, task};

use super::{
    engine::face_of,
    held::{Holder, Stretch},
    publicity::PUBLICITY,
};
use crate::{program::Program, state::CaseState};

/// To be passed on takes less; where nobody has it for longer, a day is waited for.
const A_MOMENT: TimeDelta = TimeDelta::minutes(1);

/// A stretch, and the unit for whose figures it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub stretch: Stretch,
    /// The one that had it, had asked, or had it before; the case's own place before the first.
    pub at: Option<UnitId>,
}

/// The stretches of a case, from when it was handed in to its end, or to `now`; none for a draft.
pub fn placed(state: &CaseState, program: &Program, now: DateTime<Utc>) -> Vec<Placed> {
    let file = &state.case;
    let Some(begun) = file.submitted_at.filter(|_| file.phase != Phase::Draft) else {
        return Vec::new();
    };
    let end = file.ended_at.filter(|_| file.phase == Phase::Ended).unwrap_or(now);
    let rows = Rows { state, program, end };
    let mut turns: BTreeSet<DateTime<Utc>> = rows.turns().collect();
    turns.extend([begun, end]);
    let turns: Vec<DateTime<Utc>> =
        turns.into_iter().filter(|at| (begun..=end).contains(at)).collect();
    let mut found: Vec<Placed> = Vec::new();
    let mut last = file.anchor_id;
    let mut had = None;
    for (from, to) in turns.iter().zip(turns.iter().skip(1)).map(|(a, b)| (*a, *b)) {
        let (holder, at) = rows.holder(from).unwrap_or_else(|| {
            let passes_on = (to - from < A_MOMENT).then_some(had).flatten();
            (passes_on.map_or(Holder::Calendar, Holder::Unit), last)
        });
        if let Holder::Unit(unit) = holder {
            had = Some(unit);
        }
        last = at.or(last);
        match found.last_mut() {
            Some(before) if before.stretch.holder == holder && before.at == last => {
                before.stretch.to = to;
            }
            _ => found.push(Placed { stretch: Stretch { from, to, holder }, at: last }),
        }
    }
    found
}

struct Rows<'a> {
    state: &'a CaseState,
    program: &'a Program,
    end: DateTime<Utc>,
}

impl Rows<'_> {
    /// When something passes from hand to hand.
    fn turns(&self) -> impl Iterator<Item = DateTime<Utc>> {
        let runs = self.runs().flat_map(|run| [Some(run.opened_at), run.closed_at]);
        let slots = self.state.tasks.iter().flat_map(|slot| [slot.opened_at, slot.signed_at]);
        let stops = self.stops(None).flat_map(|(row, from)| [Some(from), row.ended_at]);
        runs.chain(slots).chain(stops).flatten()
    }

    /// Steps that somebody has had.
    fn runs(&self) -> impl Iterator<Item = &step_run::Model> {
        self.state.runs.iter().filter(|run| {
            run.kind != RunKind::Block
                && !matches!(run.state, RunState::Waiting | RunState::Skipped)
        })
    }

    /// The time in which the applicant was asked, and stops for a legal ground: of one kind, or of
    /// both, and when they began.
    fn stops(
        &self,
        kind: Option<ClockKind>,
    ) -> impl Iterator<Item = (&clock::Model, DateTime<Utc>)> {
        let both = [ClockKind::Applicant, ClockKind::Stop];
        let wanted = move |row: &&clock::Model| {
            kind.map_or(both.contains(&row.kind), |kind| row.kind == kind)
        };
        self.state
            .clocks
            .iter()
            .filter(wanted)
            .filter_map(|row| Some((row, face_of(row)?.started_at)))
    }

    fn spans(&self, from: DateTime<Utc>, to: Option<DateTime<Utc>>, at: DateTime<Utc>) -> bool {
        from <= at && at < to.unwrap_or(self.end)
    }

    /// Of the steps that are open then, the one that is due first; of those due together, the first
    /// in the file.
    fn first(&self, at: DateTime<Utc>) -> Option<&step_run::Model> {
        let open = self.runs().filter(|run| self.spans(run.opened_at, run.closed_at, at));
        open.min_by_key(|run| (run.due_at.unwrap_or(DateTime::<Utc>::MAX_UTC), run.position))
    }

    fn holder(&self, at: DateTime<Utc>) -> Option<(Holder, Option<UnitId>)> {
        let unit =
            |run: &step_run::Model| self.slot(run, at).map(|slot| slot.unit_id).or(run.unit_id);
        let open = || self.runs().filter(|run| self.spans(run.opened_at, run.closed_at, at));
        let last = open().max_by_key(|run| run.position);
        let standing = |kind| {
            let mut stops = self.stops(Some(kind));
            stops.find(|(row, from)| self.spans(*from, row.ended_at, at)).map(|(row, _)| row)
        };
        if standing(ClockKind::Applicant).is_some() {
            return Some((Holder::Applicant, last.and_then(unit)));
        }
        if let Some(row) = standing(ClockKind::Stop) {
            let by = last.and_then(|run| run.unit_id);
            let ground = row.ground.clone().unwrap_or_default();
            return Some((Holder::Stop { ground, by }, by));
        }
        let run = self.first(at)?;
        if run.kind == RunKind::Publish {
            let holder = Holder::Stop { ground: PUBLICITY.to_owned(), by: run.unit_id };
            return Some((holder, run.unit_id));
        }
        let own = self.program.step(&run.path).and_then(|step| step.stop.as_ref());
        let stops = &self.program.clock.stops;
        if let Some(ground) = own.filter(|ground| stops.contains_key(ground.as_str())) {
            let holder = Holder::Stop { ground: ground.to_string(), by: run.unit_id };
            return Some((holder, run.unit_id));
        }
        if run.kind == RunKind::Wait {
            return Some((Holder::Calendar, run.unit_id));
        }
        let Some(slot) = self.slot(run, at) else {
            return Some((run.unit_id.map_or(Holder::Calendar, Holder::Unit), run.unit_id));
        };
        let subject = self.state.case.subject_id;
        let own = slot.addressed && slot.person_id.is_some() && slot.person_id == subject;
        let holder = if own { Holder::Applicant } else { Holder::Unit(slot.unit_id) };
        Some((holder, Some(slot.unit_id)))
    }

    /// The first slot of a step that waits for somebody then.
    fn slot(&self, run: &step_run::Model, at: DateTime<Utc>) -> Option<&task::Model> {
        self.state.slots(run.id).find(|slot| {
            let to = slot.signed_at.or(run.closed_at);
            let had = slot.state != TaskState::Waiting;
            had && slot.opened_at.is_some_and(|from| self.spans(from, to, at))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::held;
    use crate::{Event, at_random::lives};

    /// Whatever happens: one holder at each instant, from the first to the last.
    #[test]
    fn each_instant_of_a_case_has_one_holder_in_the_figures_too() {
        let (mut same, mut all) = (0, 0);
        for life in lives(400) {
            let placed = super::placed(&life.state, &life.program, life.now);
            let Some((first, last)) = placed.first().zip(placed.last()) else { continue };
            let file = &life.state.case;
            assert_eq!(Some(first.stretch.from), file.submitted_at);
            assert_eq!(last.stretch.to, file.ended_at.unwrap_or(life.now));
            let pairs = placed.iter().zip(placed.iter().skip(1));
            for (one, next) in pairs {
                assert_eq!(one.stretch.to, next.stretch.from, "no gap, and no two at once");
            }
            all += 1;
            // Where nothing moved a due instant, it is the case's own list.
            let moved = life.told.iter().any(|(_, event)| {
                matches!(
                    event,
                    Event::ClockResumed { .. }
                        | Event::ClockExtended { .. }
                        | Event::ClockReprojected { .. }
                        | Event::ClockReopened { .. }
                        | Event::TakenBack { .. }
                        | Event::SignerAdded { .. }
                        | Event::TaskMoved { .. }
                        | Event::StepWaiting { .. }
                        | Event::RoundWaiting { .. }
                        | Event::StepVoided { .. }
                )
            });
            if moved {
                continue;
            }
            let own = held::stretches(&life.draft, &life.told, &life.program, life.now);
            let own = held::parts(&own, &life.calendar.of("640000"));
            let figures: Vec<_> = placed.into_iter().map(|placed| placed.stretch).collect();
            let figures = held::parts(&figures, &life.calendar.of("640000"));
            for part in &own {
                let other = figures.iter().find(|other| other.holder == part.holder);
                let other = other.map_or(0, |other| other.seconds);
                let apart = (other - part.seconds).abs();
                assert!(apart <= 60, "{own:#?}\n{figures:#?}\n{:#?}", life.told);
            }
            same += 1;
        }
        assert!(all > 300 && same > 40, "{same} of {all}");
    }
}
