//! One case with all that its views need: rows, program, what the rules see, who it is for.

use std::{collections::BTreeMap, sync::Arc};

use entities::{UnitId, case_file, paper, person, unit};
use sea_orm::EntityTrait;
use workflow::{
    calendar::local_date,
    commands, load,
    program::{
        Field, Program,
        expression::{Scope, Value},
    },
    rules::facts::Facts,
    state::CaseState,
};

use super::{Reader, lookups::Lookups, people, reader::words};
use crate::{
    Problem,
    read::{CaseStatus, Words},
};

/// A case, read whole.
pub(super) struct Case {
    pub(super) state: CaseState,
    pub(super) program: Arc<Program>,
    pub(super) facts: Facts,
    /// The form as it stands: the draft, or what was last handed in.
    pub(super) values: BTreeMap<String, Value>,
    pub(super) subject: Option<person::Model>,
    pub(super) papers: Vec<paper::Model>,
    /// Every unit that has or had a slot, and the subject's school and township.
    pub(super) units: BTreeMap<UnitId, unit::Model>,
    /// What the fields of its forms offer to choose from.
    pub(super) looks: Lookups,
}

impl Case {
    /// Reads it. Who asks has been judged by [`scope`](super::scope).
    pub(super) async fn read(r: &Reader<'_>, file: case_file::Model) -> Result<Self, Problem> {
        let db = r.db();
        let state = load::state(db, file).await?;
        let facts = load::facts(db, r.workflow, &state.case, r.now).await?;
        let mut values = commands::draft(db, r.workflow, &state.case).await?;
        if values.is_empty() && state.case.subject_id.is_none() {
            // Nobody filled in the form of a case that an office or the machine has opened: it
            // began with what was known.
            values = facts.scope(&state, r.now).form;
        }
        let subject = match state.case.subject_id {
            Some(id) => person::Entity::find_by_id(id).one(db).await?,
            None => None,
        };
        let papers = paper::Entity::of_case(state.case.id).all(db).await?;
        let of_tasks = state.tasks.iter().map(|task| task.unit_id);
        let of_runs = state.runs.iter().filter_map(|run| run.unit_id);
        let of_subject = subject.iter().flat_map(|p| [p.school_id, p.township_id]).flatten();
        let mut units = people::units(r, of_tasks.chain(of_runs).chain(of_subject)).await?;
        // What has ended bears the names of its day.
        if let Some(ended) = state.case.ended_at {
            units = people::named_on(r, units, local_date(ended)).await?;
        }
        let program = Arc::clone(&facts.program);
        let steps = program.steps();
        let of_steps = steps.iter().flat_map(|step| &step.form);
        let answers: Vec<Field> =
            steps.iter().flat_map(|step| super::steps::answered(r, step)).collect();
        let fields = || program.form.iter().chain(of_steps.clone()).chain(&answers);
        let looks = Lookups::of(r, fields()).await?.around(r, fields(), &state).await?;
        Ok(Self { state, program, facts, values, subject, papers, units, looks })
    }

    /// What expressions see, with the form as it stands.
    pub(super) fn scope(&self, r: &Reader<'_>) -> Scope {
        let mut scope = self.facts.scope(&self.state, r.now);
        scope.form.clone_from(&self.values);
        scope
    }

    pub(super) fn file(&self) -> &case_file::Model {
        &self.state.case
    }

    pub(super) fn title(&self) -> Words {
        words(&self.program.title)
    }

    /// The name of whom it is for.
    pub(super) fn subject_name(&self) -> String {
        self.subject.as_ref().map(|person| person.name.clone()).unwrap_or_default()
    }

    pub(super) fn status(&self) -> CaseStatus {
        super::status::of(self.file(), &self.state.runs)
    }

    /// The number, or the id of a draft: what its pages are addressed by.
    pub(super) fn key(&self) -> String {
        self.file().number.clone().unwrap_or_else(|| self.file().id.to_string())
    }

    /// What was asked for, where the program weighs it against a limit.
    pub(super) fn asked_fen(&self, r: &Reader<'_>) -> Option<i64> {
        let scope = self.scope(r);
        let shared = r.workflow.programs.shared();
        let award = workflow::rules::award::award(&self.program, shared, &scope).ok()?;
        self.program.award.as_ref()?;
        Some(award.cut.map_or(award.total.0, |cut| cut.asked.0))
    }
}
