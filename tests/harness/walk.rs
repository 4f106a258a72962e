//! A case walks through its program by a list of what people do: who says what, and how time goes.

use entities::{CaseId, UnitId, award_line, case_file, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use workflow::{
    commands::{self, OpenCase, Word},
    program::PaperAsk,
};

use super::world::World;

/// One thing that happens on the way.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Somebody speaks on a step, with what the step's form asks for; papers are put in first.
    Says { who: &'static str, step: &'static str, word: Word, form: Value },
    /// Time passes.
    Until(&'static str),
}

pub(crate) fn approves(who: &'static str, step: &'static str) -> Act {
    approves_with(who, step, json!({}))
}

pub(crate) fn approves_with(who: &'static str, step: &'static str, form: Value) -> Act {
    Act::Says { who, step, word: Word::Approve, form }
}

pub(crate) fn refuses(who: &'static str, step: &'static str, reason: &str) -> Act {
    let (word, form) = (Word::Refuse(reason.to_owned()), json!({}));
    Act::Says { who, step, word, form }
}

pub(crate) fn hands_in(who: &'static str, step: &'static str, form: Value) -> Act {
    Act::Says { who, step, word: Word::HandIn, form }
}

pub(crate) fn receives(who: &'static str, step: &'static str) -> Act {
    Act::Says { who, step, word: Word::Receive, form: json!({}) }
}

pub(crate) fn pays(who: &'static str, step: &'static str) -> Act {
    Act::Says { who, step, word: Word::Pay, form: json!({}) }
}

pub(crate) fn until(moment: &'static str) -> Act {
    Act::Until(moment)
}

impl World {
    /// One more office of a place that is there.
    pub(crate) async fn office(&mut self, place: &str, office: &str) -> UnitId {
        let seat = unit::Entity::find_by_id(self.units[place]);
        let seat = seat.one(self.workflow.store.read()).await.unwrap().unwrap();
        let what = (seat.level, seat.division.as_str(), office);
        self.unit(&format!("{place}/{office}"), what, (Some(seat.id), None)).await
    }

    /// Files a case of the program that most tests write for themselves; it is on its way.
    pub(crate) async fn asks(&self, name: &str) -> CaseId {
        let case = self.drafts(name, "sample", json!({ "days": 1 })).await;
        self.submits(name, case).await.unwrap();
        self.settle().await;
        case
    }

    /// Applies for `program` with all its papers; the case is on its way.
    pub(crate) async fn hands_in_for(
        &self,
        name: &str,
        program: &str,
        (form, papers): (Value, &[&str]),
    ) -> CaseId {
        let case = self.drafts(name, program, form).await;
        for paper in papers {
            self.attaches(name, case, paper, None).await.unwrap();
        }
        let filed = self.submits(name, case).await;
        filed.unwrap_or_else(|why| panic!("{name} asks for {program}: {why:?}"));
        self.settle().await;
        case
    }

    /// Opens a case of `program` that is about nobody, at `place`.
    pub(crate) async fn opens(&self, name: &str, program: &str, place: &str) -> CaseId {
        let opener = self.units[place];
        let actor = self.actor(name);
        let ask = OpenCase::numbered(&self.workflow, program.to_owned(), opener).await.unwrap();
        let done = self
            .command(async |tx| commands::open_case(tx, &self.workflow, actor, ask.clone()).await)
            .await
            .unwrap_or_else(|why| panic!("{name} opens {program}: {why:?}"));
        self.settle().await;
        done.case
    }

    /// The newest case of a program.
    pub(crate) async fn newest(&self, program: &str) -> Option<CaseId> {
        let found = case_file::Entity::find().filter(case_file::Column::Program.eq(program));
        let found = found.order_by_desc(case_file::Column::Id);
        found.one(self.workflow.store.read()).await.unwrap().map(|case| case.id)
    }

    /// All cases of a program, the oldest first.
    pub(crate) async fn all_of(&self, program: &str) -> Vec<CaseId> {
        let found = case_file::Entity::find().filter(case_file::Column::Program.eq(program));
        let found = found.order_by_asc(case_file::Column::Id);
        let found = found.all(self.workflow.store.read()).await.unwrap();
        found.into_iter().map(|case| case.id).collect()
    }

    /// Lets a case go its way.
    pub(crate) async fn walks(&self, case: CaseId, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Until(moment) => self.until(moment).await,
                Act::Says { who, step, word, form } => {
                    self.puts_in_papers(who, case, step).await;
                    let said = self.says_with(who, case, step, (word, form)).await;
                    if let Err(why) = said {
                        panic!("{who} on {step}: {why:?}\n{}", self.story(case).await);
                    }
                }
            }
        }
    }

    /// The papers that a step asks for and that it describes itself.
    async fn puts_in_papers(&self, who: &str, case: CaseId, step: &str) {
        let file = self.case(case).await;
        let program = self.workflow.programs.get(&file.program).unwrap().clone();
        let papers = program.step(step).into_iter().flat_map(|step| &step.papers);
        let asked: Vec<String> = papers
            .filter_map(|ask| match ask {
                PaperAsk::Own(paper) if paper.required => Some(paper.id.to_string()),
                _ => None,
            })
            .collect();
        if !asked.is_empty() {
            let task = self.slot(case, step, who).await;
            for paper in asked {
                self.attaches(who, case, &paper, Some(task)).await.unwrap();
            }
        }
    }

    /// Every step that is behind, in the order in which it ended: `fees approved`, `city skipped`.
    pub(crate) async fn behind(&self, case: CaseId) -> Vec<String> {
        let (story, file) = (self.story(case).await, self.case(case).await);
        let program = self.workflow.programs.get(&file.program).unwrap().clone();
        // Blocks end as well, and are no steps.
        let is_step = |line: &String| {
            let name = line.split([' ', '#']).next().unwrap_or_default();
            program.step(name).is_some()
        };
        let ended = |line: &str| {
            let what = line.split_once("  ")?.1.trim_start().split_once("  ")?.1.trim_start();
            if let Some(skipped) = what.strip_prefix("step_skipped ") {
                return Some(format!("{} skipped", skipped.split(' ').next()?));
            }
            let mut words = what.strip_prefix("step_closed ")?.split(' ');
            Some(format!("{} {}", words.next()?, words.next()?))
        };
        story.lines().filter_map(ended).filter(is_step).collect()
    }

    /// Payer, payee and yuan of each line of the award.
    pub(crate) async fn granted(&self, case: CaseId) -> Vec<(String, String, i64)> {
        let rows = award_line::Entity::of_case(case).order_by_asc(award_line::Column::Line);
        let rows = rows.all(self.workflow.store.read()).await.unwrap();
        rows.into_iter().map(|row| (row.payer, row.payee_kind, row.fen.0 / 100)).collect()
    }
}
