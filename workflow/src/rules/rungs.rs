//! Ladders: what follows when a step stays late. A rung is climbed once for a step's round and
//! each of its slots; the machine opens and drafts, and decides nothing.

use chrono::{DateTime, NaiveTime, Utc};
use entities::{CaseRowId, RunKind, RunState, StepRunId, TimerKind, UnitId, step_run, task};
use serde_json::json;

use super::{
    clock::{self, moment},
    engine::{Engine, budget, face_of, is_running},
    facts::{self, Stuck},
    letters::Wanted,
};
use crate::{
    calendar::{instant, local_date},
    event::{Event, Light, Row},
    program::{
        Lang, Moment,
        shared::{CountRung, Rung, RungDoes},
    },
    state::CaseState,
};

/// When the offices open.
const OPENING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => panic!("09:00 is a time"),
};

impl Engine<'_> {
    /// Looks at a run again when its next rung is reached.
    pub(super) fn watch_rungs(&mut self, run: StepRunId) {
        if let Some((_, _, at)) = self.next_rung(run) {
            self.looks.push((TimerKind::Rung, run, at));
        }
    }

    /// The ladder of a step or block: its own, or the program's; and its rungs.
    fn ladder(&self, run: &step_run::Model) -> Result<Option<(String, Vec<Rung>)>, Stuck> {
        let program = &self.facts.program;
        let own = program.step(&run.path).and_then(|step| step.ladder.as_ref());
        let Some(list) = own.or(program.ladder.as_ref()) else { return Ok(None) };
        let scope = self.facts.scope_in(&self.state, self.now, Some(run.id));
        let Some(name) = list.pick(|rule| facts::holds(rule, &scope))? else { return Ok(None) };
        let rungs = self.facts.shared().ladders.get(name.as_str()).cloned();
        Ok(rungs.map(|rungs| (name.to_string(), rungs)))
    }

    /// The next rung of a run that is open and whose clock counts, and when it is reached.
    fn next_rung(&self, run: StepRunId) -> Option<(String, Rung, DateTime<Utc>)> {
        let row = self.state.run(run).filter(|row| row.state == RunState::Open)?;
        let clock = self.state.clock_of(run).filter(|clock| is_running(clock))?;
        // A ladder whose condition cannot be evaluated stops no case; `program check` and the
        // step's own rules say what is wrong.
        let (name, rungs) = self.ladder(row).ok().flatten()?;
        let rung = rungs.get(usize::try_from(row.rungs).ok()?)?.clone();
        let days = self.facts.calendar.of(&clock.scope);
        let at = moment(&face_of(clock)?, of_clock(rung.at)?, &days);
        Some((name, rung, at))
    }

    /// A rung may be reached: climbs it, or comes again when it is. After an outage there is at
    /// most one case opened a working day for one step.
    ///
    /// # Errors
    /// [`Stuck`] when a case cannot be opened as the rung says.
    pub fn climb(&mut self, run: StepRunId) -> Result<(), Stuck> {
        while let Some((ladder, rung, at)) = self.next_rung(run) {
            if at > self.now {
                self.looks.push((TimerKind::Rung, run, at));
                return Ok(());
            }
            let number = self.state.run(run).map_or(0, |row| row.rungs);
            self.emit(Event::RungClimbed { run, ladder, rung: number });
            match rung.what {
                RungDoes::Light if !self.state.run(run).is_some_and(|row| row.late) => {
                    self.emit(Event::LightChanged { run: Some(run), light: Light::Amber });
                }
                RungDoes::Open => {
                    self.open_by(run, &rung, number)?;
                    let tomorrow = self.facts.days.add_working(local_date(self.now), 1);
                    if let Some((_, _, at)) = self.next_rung(run) {
                        let at = if at > self.now { at } else { instant(tomorrow, OPENING) };
                        self.looks.push((TimerKind::Rung, run, at));
                    }
                    return Ok(());
                }
                // What goes out by mail is told by the event.
                RungDoes::Light | RungDoes::Urge | RungDoes::Mail => {}
            }
        }
        Ok(())
    }

    /// One letter for each slot that is late.
    fn open_by(&mut self, run: StepRunId, rung: &Rung, number: i32) -> Result<(), Stuck> {
        let Some(program) = &rung.program else { return Ok(()) };
        for task in self.on_the_clock_of(run) {
            if self.facts.organisation.is_outside(task.unit_id) {
                continue; // counted, never called to account
            }
            let wanted = Wanted {
                program,
                at_unit: rung.at_unit.as_ref(),
                gather: rung.gather.as_ref(),
                holder: Some(task.unit_id),
                rows: vec![self.line(&task)],
            };
            let key = format!("{run}/{}/{number}", task.id);
            self.post_opening(key, (run, Some(task.id)), wanted)?;
        }
        Ok(())
    }

    /// A unit has had as many red lights in a period as a rule counts; `run` is the last of them.
    pub fn count_reached(
        &mut self,
        (name, period, rule): (&str, &str, &CountRung),
        (run, unit): (StepRunId, UnitId),
    ) {
        let rows = self.on_the_clock_of(run);
        let wanted = Wanted {
            program: &rule.program,
            at_unit: Some(&rule.at_unit),
            gather: None,
            holder: Some(unit),
            rows: rows.iter().map(|task| self.line(task)).collect(),
        };
        let key = format!("count/{name}/{unit}/{period}");
        if let Err(stuck) = self.post_opening(key, (run, None), wanted) {
            let path = name.to_owned();
            self.emit(Event::StuckOnRule { path, rule: stuck.rule, why: stuck.why });
        }
    }

    /// The open slots that a clock counts for: of its step, or of all in its block that have no
    /// clock of their own.
    pub(super) fn on_the_clock_of(&self, run: StepRunId) -> Vec<task::Model> {
        let is_block = self.state.run(run).is_some_and(|run| run.kind == RunKind::Block);
        let mut runs = vec![run];
        if is_block {
            let below = self.state.below(run).into_iter();
            runs.extend(below.filter(|below| self.state.clock_of(*below).is_none()));
        }
        let open = |task: &&task::Model| runs.contains(&task.run_id) && CaseState::is_open(task);
        self.state.tasks.iter().filter(open).cloned().collect()
    }

    /// A block is late: so is what is open in it and has no clock of its own.
    pub fn light_inside(&mut self, block: StepRunId, light: Light) {
        let runs: Vec<StepRunId> = self.on_the_clock_of(block).iter().map(|t| t.run_id).collect();
        for run in runs.into_iter().filter(|run| *run != block) {
            self.emit(Event::LightChanged { run: Some(run), light });
        }
    }

    /// A late slot as a line of the case that it leads to. It names units, never people.
    pub fn line(&self, task: &task::Model) -> Row {
        let program = &self.facts.program;
        let step = program.step(&task.path);
        let title = |lang| step.map_or(task.path.as_str(), |step| step.title_in(lang));
        let unit = self.unit_names(task.unit_id);
        let facts = json!({
            "number": self.state.case.number,
            "program": program.id(),
            "program_zh": program.title.zh,
            "program_en": program.title.en,
            "step": task.path,
            "step_zh": title(Lang::Zh),
            "step_en": title(Lang::En),
            "unit_zh": unit.0,
            "unit_en": unit.1,
            "opened": task.opened_at.map(local_date),
            "due": task.due_at.map(local_date),
        });
        let key = task.id.to_string();
        let id = CaseRowId::derived(self.now, self.bits(&["row", &key]));
        let (unit, task_id, case) = (Some(task.unit_id), Some(task.id), Some(task.case_id));
        Row { id, key, unit, task: task_id, case, facts }
    }

    /// A unit by its place and its own name: `海原县教育局`.
    fn unit_names(&self, unit: UnitId) -> (String, String) {
        let named = self.facts.organisation.unit(unit);
        named.map_or_else(Default::default, |unit| (unit.name_zh.clone(), unit.name_en.clone()))
    }
}

/// A moment of the language as the clock has it; none for those that no ladder has.
fn of_clock(at: Moment) -> Option<clock::Moment> {
    match at {
        Moment::Due | Moment::Late => Some(clock::Moment::Due),
        Moment::Used(percent) => Some(clock::Moment::Percent(u8::try_from(percent).ok()?)),
        Moment::Before(span) => Some(clock::Moment::Before(budget(span))),
        Moment::After(span) => Some(clock::Moment::After(budget(span))),
        Moment::Opened => None,
    }
}
