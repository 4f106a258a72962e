//! Seats are had when a list is signed, given back when a case does not want its own any more,
//! and go to the next who waits. The cases of the lines hear of it by letter.

use std::collections::{BTreeMap, BTreeSet};

use entities::{
    CaseRowId, LetterKind, Outcome, RowState, RunKind, RunState, StepRunId, Verdict, case_row,
    step_run,
};

use super::{engine::Engine, facts::Stuck, letters::Answers, selecting::Asked};
use crate::{
    error::Refusal,
    event::{Event, Placed},
    lot::{GIVEN_BACK, Lot, is_gone},
    program::Step,
};

/// Why the signatures under a list are void that has changed since.
pub(super) const LIST_CHANGED: &str = "list_changed";

/// The part of a pool that lines have in common, such as those of a county.
type Share = (String, String);

impl Engine<'_> {
    /// Whether a step signs a list.
    pub fn signs_list(&self, run: StepRunId) -> bool {
        self.state.run(run).is_some_and(|run| self.list_of(run).is_some())
    }

    /// A step was agreed to: if it signs a list, the seats on it are taken, and the cases of the
    /// lines are told.
    ///
    /// # Errors
    /// [`Refusal::SeatsGone`] when others have taken one of them meanwhile; [`Refusal::Stuck`] when
    /// a rule of the selection has no value.
    pub(super) fn sign_list(&mut self, run: StepRunId) -> Result<(), Refusal> {
        let list = self.state.run(run).and_then(|run| self.list_of(run)).cloned();
        let Some(list) = list else { return Ok(()) };
        let seats = self.free_seats(&list)?;
        for (row, pool, number) in seats {
            self.emit(Event::SeatTaken { row, pool, number });
        }
        self.answer_rows(|state| match state {
            RowState::In => Some(Verdict::Approved),
            RowState::Out | RowState::Struck => Some(Verdict::Refused),
            RowState::Waiting => None,
        });
        Ok(())
    }

    /// The list that a step signs no longer fits what others have taken: it is made anew.
    ///
    /// # Errors
    /// [`Stuck`] when a rule of the selection has no value.
    pub fn renew_list(&mut self, run: StepRunId) -> Result<(), Stuck> {
        let open = self.state.run(run).filter(|run| run.state == RunState::Open);
        let list = open.and_then(|run| self.list_of(run)).cloned();
        match list {
            Some(list) if self.free_seats(&list).is_err() => self.propose_again(&list),
            _ => Ok(()),
        }
    }

    /// A number for each line that is in: the lowest ones that are free.
    fn free_seats(&self, list: &step_run::Model) -> Result<Vec<(CaseRowId, String, i32)>, Refusal> {
        let mut used: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
        let mut shares: BTreeMap<Share, i64> = BTreeMap::new();
        for seat in &self.facts.seats {
            used.entry(seat.pool.clone()).or_default().insert(seat.number);
            if let Some(share) = &seat.share {
                *shares.entry((seat.pool.clone(), share.clone())).or_default() += 1;
            }
        }
        let most = self.most_of_shares(list)?;
        let mut found = Vec::new();
        for row in self.state.rows.iter().filter(|row| row.state == RowState::In) {
            let lot = Lot::of(row);
            let (Some(pool), None) = (lot.pool, lot.seat) else { continue };
            let all = list.said.pointer("/seats/map").and_then(|all| all.get(&pool)?.get("int"));
            let all = all.and_then(serde_json::Value::as_i64).unwrap_or(0);
            let taken = used.entry(pool.clone()).or_default();
            if i64::try_from(taken.len()).unwrap_or(i64::MAX) >= all {
                return Err(Refusal::SeatsGone);
            }
            if let Some(share) = lot.share.map(|share| (pool.clone(), share)) {
                let had = shares.entry(share.clone()).or_default();
                if most.get(&share).is_some_and(|most| *had >= *most) {
                    return Err(Refusal::SeatsGone);
                }
                *had += 1;
            }
            let number = (1..=i32::MAX).find(|number| !taken.contains(number)).unwrap_or(i32::MAX);
            taken.insert(number);
            found.push((row.id, pool, number));
        }
        Ok(found)
    }

    /// How many seats of a pool may go to one share at most, where the list says so.
    fn most_of_shares(&self, list: &step_run::Model) -> Result<BTreeMap<Share, i64>, Stuck> {
        let step = self.facts.program.step(&list.path);
        let Some(step) = step.filter(|step| step.quota.as_ref().is_some_and(|q| q.per.is_some()))
        else {
            return Ok(BTreeMap::new());
        };
        let rows = self.candidates(step, list.id)?;
        let mut asked = Asked { scope: self.scope_of(list.id), unverified: BTreeSet::new() };
        let (runners, _) = self.runners(step, &rows, &mut asked)?;
        let wishes = runners.into_iter().flat_map(|runner| runner.wishes);
        let most = wishes.filter_map(|wish| wish.share.map(|(of, most)| ((wish.pool, of), most)));
        Ok(most.collect())
    }

    /// Tells the cases of the lines what has become of them, by their state; none: not yet.
    pub(super) fn answer_rows(&mut self, verdict: impl Fn(RowState) -> Option<Verdict>) {
        let rows: Vec<case_row::Model> = self.state.rows.clone();
        for row in rows.iter().filter(|row| !is_gone(row)) {
            if let Some(verdict) = verdict(row.state) {
                self.answer_row(row, verdict);
            }
        }
    }

    fn answer_row(&mut self, row: &case_row::Model, verdict: Verdict) {
        let lot = Lot::of(row);
        let (Some(run), Some(to), None) = (row.from_run, row.from_case, lot.answered) else {
            return;
        };
        let answer = Answers {
            run,
            outcome: None,
            number: self.state.case.number.clone(),
            verdict: Some(verdict),
            fields: lot.fields,
        };
        let key = format!("answer/{}/{run}/{}", self.state.case.id, verdict.word());
        let body = serde_json::to_value(answer).unwrap_or_default();
        self.post(LetterKind::Answer, key, (None, None, Some(to)), body);
    }

    /// What a case that comes to its end tells those of its lines whom it has told nothing yet.
    pub fn answer_the_rest(&mut self) {
        let outcome = self.state.case.outcome;
        self.answer_rows(|state| match (outcome, state) {
            (Some(Outcome::Done | Outcome::Granted), RowState::In) => Some(Verdict::Approved),
            (Some(Outcome::Done | Outcome::Granted | Outcome::Refused), _) => {
                Some(Verdict::Refused)
            }
            (Some(Outcome::Withdrawn | Outcome::Lapsed) | None, _) => Some(Verdict::Missed),
        });
    }

    /// The case of a line does not want its place any more: it has ended, or goes on without it.
    /// A seat goes to the next who waits.
    ///
    /// # Errors
    /// [`Stuck`] when a rule of the selection has no value.
    pub fn give_back(&mut self, run: StepRunId) -> Result<(), Stuck> {
        let own = |row: &&case_row::Model| row.from_run == Some(run) && !is_gone(row);
        let Some(row) = self.state.rows.iter().find(own).cloned() else { return Ok(()) };
        let lot = Lot::of(&row);
        let seat = lot.pool.zip(lot.seat);
        if let Some((pool, number)) = seat.clone() {
            self.emit(Event::SeatFreed { row: row.id, pool, number });
        }
        self.emit(Event::RowChanged {
            row: row.id,
            state: RowState::Struck,
            reason: Some(GIVEN_BACK.to_owned()),
            by: None,
            run: None,
        });
        if let Some((pool, number)) = seat {
            return self.promote(&pool, number);
        }
        match self.proposed().filter(|_| self.state.is_live()) {
            Some(list) => self.propose_again(&list),
            None => Ok(()),
        }
    }

    /// A freed seat goes to the next on the signed list who waits for one of that pool: what was
    /// signed is carried out.
    fn promote(&mut self, pool: &str, number: i32) -> Result<(), Stuck> {
        let program = std::sync::Arc::clone(&self.facts.program);
        if !self.promotes() {
            return Ok(());
        }
        let signed = |run: &&step_run::Model| {
            run.kind == RunKind::Select
                && run.state == RunState::Closed
                && self.is_signed(run.id)
                && program.step(&run.path).is_some_and(|step| step.mark.is_none())
        };
        let list = self.state.runs.iter().rev().find(signed);
        let list = list.and_then(|list| Some((list.id, program.step(&list.path)?)));
        let Some((run, step)) = list else { return Ok(()) };
        let Some(placed) = self.next_waiting(step, run, pool)? else { return Ok(()) };
        let row = placed.row;
        let (seats, unverified) = (BTreeMap::new(), Vec::new());
        self.emit(Event::Ranked { run, mark: None, seats, unverified, list: vec![placed] });
        self.emit(Event::SeatTaken { row, pool: pool.to_owned(), number });
        if let Some(row) = self.state.rows.iter().find(|known| known.id == row).cloned() {
            self.answer_row(&row, Verdict::Approved);
        }
        Ok(())
    }

    /// Whether a freed seat goes to who waits: until the step that says so is over.
    fn promotes(&self) -> bool {
        let over = |step: &Step| {
            let runs = self.state.runs.iter().filter(|run| run.path == *step.id);
            runs.into_iter().any(|run| matches!(run.state, RunState::Closed | RunState::Skipped))
        };
        let steps = self.facts.program.steps();
        let mut says = steps.iter().filter(|step| step.promotes.is_some());
        self.state.is_live() && says.any(|step| !over(step))
    }

    /// The first who waits, would have a seat of that pool, and whose share is not used up.
    fn next_waiting(
        &self,
        step: &Step,
        list: StepRunId,
        pool: &str,
    ) -> Result<Option<Placed>, Stuck> {
        let waiting = self.state.rows.iter().filter(|row| row.state == RowState::Waiting);
        let mut waiting: Vec<case_row::Model> = waiting.cloned().collect();
        waiting.sort_by_key(|row| Lot::of(row).waiting);
        let mut asked = Asked { scope: self.scope_of(list), unverified: BTreeSet::new() };
        let (runners, seats) = self.runners(step, &waiting, &mut asked)?;
        for (row, runner) in waiting.iter().zip(runners) {
            let wishes = runner.wishes.iter().enumerate();
            let fits = wishes.into_iter().find(|(_, wish)| {
                wish.pool == pool
                    && wish.share.as_ref().is_none_or(|(share, most)| {
                        let others = seats.shares.get(&(pool.to_owned(), share.clone()));
                        others.copied().unwrap_or(0) + self.own_share(pool, share) < *most
                    })
            });
            let Some((nth, wish)) = fits else { continue };
            let lot = Lot::of(row);
            return Ok(Some(Placed {
                row: row.id,
                state: RowState::In,
                rank: lot.rank.unwrap_or_default(),
                points: lot.points,
                draw: lot.draw,
                wish: i32::try_from(nth + 1).ok(),
                pool: Some(pool.to_owned()),
                share: wish.share.as_ref().map(|(share, _)| share.clone()),
                waiting: None,
                fields: wish.fields.clone(),
            }));
        }
        Ok(None)
    }

    /// How many of this case's own lines have a seat of a share.
    fn own_share(&self, pool: &str, share: &str) -> i64 {
        let has = |row: &&case_row::Model| {
            let lot = Lot::of(row);
            lot.seat.is_some()
                && lot.pool.as_deref() == Some(pool)
                && lot.share.as_deref() == Some(share)
        };
        i64::try_from(self.state.rows.iter().filter(has).count()).unwrap_or(i64::MAX)
    }

    /// Nobody is promoted any more: who still waits has no place.
    pub(super) fn close_waiting(&mut self) {
        let waits = |row: &&case_row::Model| row.state == RowState::Waiting;
        let rows: Vec<CaseRowId> = self.state.rows.iter().filter(waits).map(|row| row.id).collect();
        for row in rows {
            let reason = Some(NO_PLACE.to_owned());
            self.emit(Event::RowChanged { row, state: RowState::Out, reason, by: None, run: None });
        }
        self.answer_rows(|state| (state == RowState::Out).then_some(Verdict::Refused));
    }

    /// The steps of this case that have put it on the list of another and do not want the place
    /// any more, since `before`: those that are void, all of them when it came to nothing, and
    /// that of a round in which a later step refused.
    pub fn given_up(&self, before: &crate::state::CaseState) -> Vec<StepRunId> {
        let program = &self.facts.program;
        let on_lists = self.state.runs.iter().filter(|run| {
            run.kind == RunKind::Open
                && run.said.get("sent").is_some()
                && program.step(&run.path).is_some_and(|step| step.gather.is_some())
        });
        let case = &self.state.case;
        let came_to_nothing = case
            .outcome
            .is_some_and(|outcome| !matches!(outcome, Outcome::Granted | Outcome::Done))
            && before.case.outcome != case.outcome;
        let fresh = |run: &step_run::Model| {
            let was = before.run(run.id);
            was.is_none_or(|was| was.state != run.state || was.verdict != run.verdict)
        };
        let refused_after = |open: &step_run::Model| {
            self.state.runs.iter().any(|run| {
                run.kind == RunKind::Decide
                    && run.parent_id == open.parent_id
                    && run.position > open.position
                    && run.verdict == Some(Verdict::Refused)
                    && fresh(run)
            })
        };
        let gives = |run: &&step_run::Model| {
            came_to_nothing
                || (run.state == RunState::Void && fresh(run))
                || (run.verdict == Some(Verdict::Missed) && fresh(run))
                || (run.verdict == Some(Verdict::Approved) && refused_after(run))
        };
        on_lists.filter(gives).map(|run| run.id).collect()
    }
}

/// Why a line that waited to the end is out: the reason's code.
const NO_PLACE: &str = "no_place";
