//! Cases about nobody, and the lines of a list, told again. What was collected, struck, moved and
//! filled in stands as it was; what a line comes to is worked out anew.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{CaseRowId, Fen, PaperId, RowState, StepRunId, TaskId, seat};

use super::{Sat, Teller, Told, Untold};
use crate::{
    event::{Event, FilledRow},
    lot::{GIVEN_BACK, Lot},
    program::{ClockFrom, Paper, Program, Step},
    rules::{
        engine::Engine,
        facts::Stuck,
        papers,
        rosters::{self, Background},
    },
};

impl Teller<'_> {
    /// A case that a unit or a letter opened: nobody judges it, and its clock runs from the moment
    /// at which it has all its lines.
    pub(super) fn open(&mut self, at: DateTime<Utc>, event: &Event) -> Result<(), Untold> {
        let (event, collects) = (event.clone(), self.collects());
        self.stuck_or(at, |engine| {
            engine.emit(event);
            if collects { Ok(()) } else { engine.start_total(ClockFrom::Opened, at) }
        })?;
        self.goes_on = (!collects).then_some(at);
        Ok(())
    }

    /// Lets the rules do `work`; a rule without a value ends the tale.
    fn stuck_or(
        &mut self,
        at: DateTime<Utc>,
        work: impl FnOnce(&mut Engine<'_>) -> Result<(), Stuck>,
    ) -> Result<(), Untold> {
        self.act(at, work).map_err(|stuck| Untold::Stuck(stuck.to_string()))
    }

    /// Whether it was opened to collect what others send.
    fn collects(&self) -> bool {
        let told = &self.tale.told;
        let filed = told.iter().find(|told| matches!(told.event, Event::Filed { .. }));
        let Some(at) = filed.map(|told| told.at) else { return false };
        let closes = |told: &Told| matches!(told.event, Event::GatheringClosed);
        let starts =
            |told: &Told| told.at == at && matches!(told.event, Event::ClockStarted { .. });
        // One that collects still has no clock yet.
        told.iter().any(closes) || !told.iter().any(starts)
    }

    /// A row of the trail that is about lines.
    ///
    /// # Errors
    /// [`Untold`].
    pub(super) fn hear_lines(&mut self, at: DateTime<Utc>, event: &Event) -> Result<(), Untold> {
        match event {
            Event::GatheringClosed => {
                self.stuck_or(at, |engine| {
                    engine.emit(Event::GatheringClosed);
                    engine.start_total(ClockFrom::Opened, at)
                })?;
                self.goes_on = Some(at);
                Ok(())
            }
            Event::RowChanged { row, state, reason, by, run: Some(run) } => {
                let Some(run) = self.run_here(*run) else { return Ok(()) };
                let (row, state, reason, by) = (*row, *state, reason.clone(), *by);
                let made_of_people = rosters::of(&self.program).is_some();
                self.stuck_or(at, |engine| {
                    engine.emit(Event::RowChanged { row, state, reason, by, run: Some(run) });
                    engine.relist(run)?;
                    if made_of_people {
                        engine.rows_changed(run);
                    }
                    Ok(())
                })
            }
            Event::RowMoved { run, .. } | Event::RowRenewed { run: Some(run), .. } => {
                let here = self.run_here(*run);
                let mut event = event.clone();
                match &mut event {
                    Event::RowMoved { run, .. } => *run = here.unwrap_or(*run),
                    Event::RowRenewed { run, .. } => *run = here.or(*run),
                    _ => {}
                }
                self.emit_here(at, &event)?;
                let Some(run) = here.filter(|_| matches!(event, Event::RowMoved { .. })) else {
                    return Ok(());
                };
                self.stuck_or(at, |engine| engine.relist(run))
            }
            Event::RowsFilled { run, rows, form } => {
                let here = run.and_then(|run| self.run_here(run));
                if run.is_some() && here.is_none() {
                    return Ok(());
                }
                self.fill(at, (here, rows, form.as_ref()))
            }
            // The case of a line did not want its place any more.
            Event::RowChanged { row, reason: Some(reason), run: None, .. }
                if reason == GIVEN_BACK =>
            {
                let line = self.state.rows.iter().find(|line| line.id == *row);
                let Some(from) = line.and_then(|line| line.from_run) else { return Ok(()) };
                self.stuck_or(at, |engine| engine.give_back(from))?;
                self.goes_on = self.goes_on.or(self.state.is_live().then_some(at));
                Ok(())
            }
            // What was signed by others meanwhile: the list is made anew.
            Event::Ranked { run, .. } => {
                let Some(list) = self.run_here(*run) else { return Ok(()) };
                self.stuck_or(at, |engine| {
                    let signing = engine.signing_of(list).map(|run| run.id);
                    signing.map_or(Ok(()), |signing| engine.renew_list(signing))
                })
            }
            // A draw and what came of it follow from the selection itself.
            Event::RowChanged { .. }
            | Event::RowsFrozen { .. }
            | Event::Drawn { .. }
            | Event::SeatTaken { .. }
            | Event::SeatFreed { .. } => Ok(()),
            other => self.emit_here(at, other),
        }
    }

    /// Lines are filled in: what each comes to is worked out by the rules that are asked now.
    fn fill(
        &mut self,
        at: DateTime<Utc>,
        (run, rows, form): (Option<StepRunId>, &[FilledRow], Option<&String>),
    ) -> Result<(), Untold> {
        let facts = self.facts(at);
        let mut filled = Vec::with_capacity(rows.len());
        let case = facts.scope_in(&self.state, at, run);
        for told in rows {
            let mut one = told.clone();
            let line = self.state.rows.iter().find(|row| row.id == told.row);
            if let Some(line) = line.filter(|_| told.award.is_some() || told.due.is_some()) {
                let value = rosters::value(line, told.due.is_some());
                let scope = rosters::scope_of(&case, value, &Background::default());
                if self.reads_history() {
                    let why = "the earlier cases of the people of a list".to_owned();
                    return Err(Untold::Stuck(why));
                }
                let lines = rosters::lines_of(&facts, &scope)
                    .map_err(|stuck| Untold::Stuck(stuck.to_string()))?;
                one.due = told.due.map(|_| Fen(lines.iter().map(|line| line.fen.0).sum()));
                one.award = told.award.as_ref().map(|_| lines);
            }
            filled.push(one);
        }
        let judged = filled.iter().any(|one| one.award.is_some());
        let form = form.cloned();
        self.act(at, |engine| {
            engine.emit(Event::RowsFilled { run, rows: filled, form });
            if let Some(run) = run.filter(|_| judged) {
                engine.rows_changed(run);
            }
            Ok(())
        })
    }

    /// Where a list is handed in: its lines must have the papers that this definition asks for, as
    /// an application must. What its own definition asks for too was judged then, by what is not
    /// known here any more.
    ///
    /// # Errors
    /// [`Untold::Form`] with the ids of those that are not there.
    pub(super) fn papers_of_lines(
        &self,
        row: usize,
        at: DateTime<Utc>,
        slot: TaskId,
    ) -> Result<(), Untold> {
        let Some(slot) = self.state.task(slot) else { return Ok(()) };
        let asked = |program: &Program| -> Vec<Paper> {
            let step = program.step(&slot.path);
            let asks = step.and_then(|step| rosters::asked(program, step));
            asks.map(|asks| asks.papers.to_vec()).unwrap_or_default()
        };
        let (here, own) = (asked(&self.program), asked(&self.own));
        if here.is_empty() || here == own {
            return Ok(());
        }
        let there = self.papers_before(row);
        let keys = rosters::of_thread(&self.state, slot.run_id);
        let case = self.facts(at).scope_in(&self.state, at, Some(slot.run_id));
        let mut lacks: BTreeSet<String> = BTreeSet::new();
        for line in self.state.rows.iter().filter(|line| line.state == RowState::In) {
            if keys.as_ref().is_some_and(|keys| !keys.contains(&line.key)) {
                continue;
            }
            let value = rosters::value(line, false);
            let scope = rosters::scope_of(&case, value, &Background::default());
            let have = there.get(&line.id).map(Vec::as_slice).unwrap_or_default();
            let missing = |asked: &[Paper]| {
                let needed = papers::of_line(asked, &scope).unwrap_or_default();
                papers::missing(&needed, have)
            };
            let known = missing(&own);
            let new = missing(&here).into_iter().filter(|fault| !known.contains(fault));
            lacks.extend(new.map(|fault| fault.field));
        }
        if lacks.is_empty() { Ok(()) } else { Err(Untold::Form(lacks.into_iter().collect())) }
    }

    /// The papers that each line had before a row of the trail.
    fn papers_before(&self, row: usize) -> BTreeMap<CaseRowId, Vec<String>> {
        let mut there: BTreeMap<PaperId, (CaseRowId, String)> = BTreeMap::new();
        for told in self.tale.told.iter().take(row) {
            match &told.event {
                Event::PaperAdded { paper, id, row: Some(line), .. } => {
                    there.insert(*paper, (*line, id.clone()));
                }
                Event::PaperRemoved { paper } => {
                    there.remove(paper);
                }
                _ => {}
            }
        }
        let mut found: BTreeMap<CaseRowId, Vec<String>> = BTreeMap::new();
        for (line, id) in there.into_values() {
            found.entry(line).or_default().push(id);
        }
        found
    }

    /// Whether what a line comes to hangs on what its person was granted before: nothing of that is
    /// gathered here.
    fn reads_history(&self) -> bool {
        let award = self.program.rows.as_ref().and_then(|rows| rows.award.as_ref());
        let lines = award.into_iter().flat_map(|award| &award.lines);
        let mut rules = lines.flat_map(|line| line.when.iter().chain([&line.amount]));
        rules.any(|rule| rule.source().contains("history"))
            || self.program.lets.values().any(|named| named.source().contains("history"))
    }

    /// The seats that were taken then: others' as they were, its own as it is told.
    pub(super) fn seats_at(&self, at: DateTime<Utc>) -> Vec<seat::Model> {
        let taken =
            |sat: &&Sat| sat.seat.taken_at <= at && sat.until.is_none_or(|until| at < until);
        let others = self.tale.known.seats.iter().filter(taken).map(|sat| sat.seat.clone());
        let own = self.seats.iter().map(|((pool, number), row)| {
            let line = self.state.rows.iter().find(|line| line.id == *row);
            seat::Model {
                pool: pool.clone(),
                number: *number,
                list: pool.split('|').next().unwrap_or_default().to_owned(),
                case_id: self.state.case.id,
                row_id: *row,
                share: line.and_then(|line| Lot::of(line).share),
                taken_at: at,
            }
        });
        others.chain(own).collect()
    }

    /// Who sits where of its own lines.
    pub(super) fn note_seat(&mut self, event: &Event) {
        match event {
            Event::SeatTaken { row, pool, number } => {
                self.seats.insert((pool.clone(), *number), *row);
            }
            Event::SeatFreed { pool, number, .. } => {
                self.seats.remove(&(pool.clone(), *number));
            }
            _ => {}
        }
    }

    /// What a draw that comes next was made of: of several the first of a step that is not told yet.
    /// A draw that is asked for under other steps than it was made for has none: then nothing is said.
    pub(super) fn next_seed(&self) -> Option<[u8; 32]> {
        let stands = |run: StepRunId| {
            let opened = self.tale.told.iter().find_map(|told| match &told.event {
                Event::StepOpened { opening } if opening.run == run => Some(opening.path.as_str()),
                _ => None,
            });
            opened.is_some_and(|path| self.program.step(path).is_some_and(Step::draws))
        };
        let drawn = |told: &Told| match &told.event {
            Event::Drawn { run, seed, .. } if self.run_here(*run).is_none() && stands(*run) => {
                bytes(seed)
            }
            _ => None,
        };
        self.tale.told.iter().find_map(drawn)
    }
}

/// 64 hexadecimal digits.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut seed = [0; 32];
    for (nth, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * nth..2 * nth + 2)?, 16).ok()?;
    }
    Some(seed)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_seed_reads_back() {
        let seed = bytes(&"0af1".repeat(16)).unwrap();
        assert_eq!((seed[0], seed[1], seed[31]), (0x0a, 0xf1, 0xf1));
        assert_eq!((bytes("0a"), bytes(&"zz".repeat(32))), (None, None));
    }
}
