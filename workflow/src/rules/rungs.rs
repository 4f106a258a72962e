//! What a rung or a count opens: a letter for each late slot, and the slot as a line of the case
//! that it leads to.

use entities::{Added, CaseRowId, RunKind, StepRunId, UnitId, case_file, task};
use serde_json::json;

use super::{engine::Engine, facts::Stuck, letters::Wanted};
use crate::{
    calendar::local_date,
    event::{Event, Light, Row},
    program::{
        Lang, Program,
        shared::{CountRung, Rung},
    },
    state::CaseState,
};

impl Engine<'_> {
    /// One letter for each slot that is late.
    pub(super) fn open_by(
        &mut self,
        run: StepRunId,
        rung: &Rung,
        number: i32,
    ) -> Result<(), Stuck> {
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

    /// A unit has had as many red lights in a period as a rule counts; `run` is the last of them,
    /// `rows` are all.
    pub fn count_reached(
        &mut self,
        (name, period, rule): (&str, &str, &CountRung),
        (run, unit): (StepRunId, UnitId),
        rows: Vec<Row>,
    ) {
        let (program, at_unit) = (&*rule.program.text, Some(&rule.at_unit));
        let wanted = Wanted { program, at_unit, gather: None, holder: Some(unit), rows };
        let key = count_key(name, unit, period);
        if let Err(stuck) = self.post_opening(key, (run, None), wanted) {
            let path = name.to_owned();
            self.emit(Event::StuckOnRule { path, rule: stuck.rule, why: stuck.why });
        }
    }

    /// The open slots that a clock counts for: of its step, or of all in its block that have no
    /// clock of their own. Whoever was only asked for an opinion has no time to answer for.
    pub(super) fn on_the_clock_of(&self, run: StepRunId) -> Vec<task::Model> {
        let is_block = self.state.run(run).is_some_and(|run| run.kind == RunKind::Block);
        let mut runs = vec![run];
        if is_block {
            let below = self.state.below(run).into_iter();
            runs.extend(below.filter(|below| self.state.clock_of(*below).is_none()));
        }
        let open = |task: &&task::Model| {
            let asked = task.added == Some(Added::Opinion);
            runs.contains(&task.run_id) && CaseState::is_open(task) && !asked
        };
        self.state.tasks.iter().filter(open).cloned().collect()
    }

    /// A block is late: so is what is open in it and has no clock of its own.
    pub fn light_inside(&mut self, block: StepRunId, light: Light) {
        for run in self.runs_on_the_clock_of(block).into_iter().filter(|run| *run != block) {
            self.emit(Event::LightChanged { run: Some(run), light });
        }
    }

    /// The run of a clock, and those inside it that have open slots and no clock of their own.
    pub(super) fn runs_on_the_clock_of(&self, run: StepRunId) -> Vec<StepRunId> {
        let mut runs = vec![run];
        for task in self.on_the_clock_of(run) {
            if !runs.contains(&task.run_id) {
                runs.push(task.run_id);
            }
        }
        runs
    }

    /// What a step waits for in `unit`, as lines of the case that it leads to.
    pub fn lines_of(&self, run: StepRunId, unit: UnitId) -> Vec<Row> {
        let slots = self.on_the_clock_of(run).into_iter();
        slots.filter(|slot| slot.unit_id == unit).map(|slot| self.line(&slot)).collect()
    }

    /// A late slot as a line of the case that it leads to. It names units, never people.
    pub fn line(&self, task: &task::Model) -> Row {
        self.line_of((&self.facts.program, self.state.case.number.as_ref()), task)
    }

    /// The same of a slot of another case.
    pub fn line_in(&self, file: &case_file::Model, task: &task::Model) -> Row {
        let own = self.facts.programs.by_hash(&file.program_hash);
        let program = own.or_else(|| self.facts.programs.get(&file.program));
        let program = program.unwrap_or_else(|| std::sync::Arc::clone(&self.facts.program));
        self.line_of((&program, file.number.as_ref()), task)
    }

    fn line_of(&self, (program, number): (&Program, Option<&String>), task: &task::Model) -> Row {
        let step = program.step(&task.path);
        let title = |lang| step.map_or(task.path.as_str(), |step| step.title_in(lang));
        let unit = self.unit_names(task.unit_id);
        let facts = json!({
            "number": number,
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
        Row { id, key, unit, task: task_id, case, run: None, facts, person: None }
    }

    /// A unit by its place and its own name: `海原县教育局`.
    fn unit_names(&self, unit: UnitId) -> (String, String) {
        let named = self.facts.organisation.unit(unit);
        named.map_or_else(Default::default, |unit| (unit.name_zh.clone(), unit.name_en.clone()))
    }
}

/// The key of the letter that red lights of a unit lead to: one in a period.
pub(crate) fn count_key(name: &str, unit: UnitId, period: &str) -> String {
    format!("count/{name}/{unit}/{period}")
}
