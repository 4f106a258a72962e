//! The papers of the lines of a list: what each line is asked for, what is there, and through which
//! step one takes a paper out.

use std::collections::BTreeMap;

use entities::{CaseRowId, RowState, StepRunId, TaskId, case_row, paper, task};
use workflow::{
    Actor,
    commands::{self, Private},
    load,
    rules::{
        authority::Verb,
        papers::NeededPaper,
        rosters::{self, Asks},
    },
};

use super::{Reader, case::Case, paper_views, progress, scope};
use crate::{Problem, read::PaperView};

/// The papers of all lines that are shown.
pub(super) struct LinePapers<'a> {
    case: &'a Case,
    /// What each line needs, where this step asks for it.
    needed: BTreeMap<CaseRowId, Vec<NeededPaper>>,
    there: BTreeMap<CaseRowId, Vec<paper::Model>>,
}

impl<'a> LinePapers<'a> {
    /// Reads those of `rows`; `run` is the step that shows them.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn of(
        r: &Reader<'_>,
        case: &'a Case,
        (asks, run, known): (Option<Asks<'_>>, StepRunId, &Private),
        rows: &[&case_row::Model],
    ) -> Result<Self, Problem> {
        let mut all = Self { case, needed: BTreeMap::new(), there: BTreeMap::new() };
        if rosters::papers_of(&case.program).is_empty() {
            return Ok(all);
        }
        for row in paper::Entity::of_lines(case.file().id).all(r.db()).await? {
            if let Some(line) = row.row_id {
                all.there.entry(line).or_default().push(row);
            }
        }
        if let Some(asks) = asks {
            let counted: Vec<&case_row::Model> =
                rows.iter().filter(|row| row.state == RowState::In).copied().collect();
            let scope = case.facts.scope_in(&case.state, r.now, Some(run));
            all.needed = commands::papers_needed(r.db(), asks, &counted, (&scope, known)).await?;
        }
        Ok(all)
    }

    /// Those of one line: what it is asked for here, and what is there.
    pub(super) fn of_line(&self, row: CaseRowId) -> Vec<PaperView> {
        let there: Vec<&paper::Model> = self.there.get(&row).into_iter().flatten().collect();
        let needed = self.needed.get(&row).map(Vec::as_slice).unwrap_or_default();
        paper_views::of_line(rosters::papers_of(&self.case.program), needed, &there)
    }

    /// Whether a line can be asked for any here.
    pub(super) fn asked(&self, row: CaseRowId) -> bool {
        self.needed.get(&row).is_some_and(|needed| !needed.is_empty())
    }
}

/// The slot through which one may take a paper of a line out: one at which the line is filled in,
/// else the one at which the paper was put in, which says why not.
///
/// # Errors
/// [`Problem::NotFound`] for whoever has neither, the database's.
pub(super) async fn slot_of(
    r: &Reader<'_>,
    actor: Actor,
    row: &paper::Model,
) -> Result<TaskId, Problem> {
    let file = scope::find(r, &row.case_id.to_string()).await?;
    let program = load::program(r.workflow, &file)?;
    let state = load::state(r.db(), file).await?;
    let authority = progress::authority(r, actor).await?;
    let fills = |slot: &&task::Model| {
        let asks = commands::step_asks(&program, &slot.path);
        asks.is_some_and(|(_, asks)| !asks.papers.is_empty())
            && authority.may(Verb::FillRows, &state, &program, Some(slot)).is_ok()
    };
    let put_in = |slot: &&task::Model| {
        let held = |unit, duty| {
            authority.appointments.iter().any(|held| held.unit_id == unit && held.duty == duty)
        };
        Some(slot.run_id) == row.run_id && held(slot.unit_id, slot.duty)
    };
    let found = state.tasks.iter().find(fills).or_else(|| state.tasks.iter().find(put_in));
    found.map(|slot| slot.id).ok_or(Problem::NotFound)
}
