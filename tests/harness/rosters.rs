//! What people do with the lines of a roster.

use entities::{CaseId, CaseRowId, PaperId, RowState, case_row, payment, person};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryOrder};
use serde_json::Value;
use workflow::{
    CommandError,
    commands::{self, AttachPaper, Done, FillRows, LineGiven, OpenCase, StrikeRow},
    rules::{media::MediaKind, rosters::RowAward},
};

use super::world::{World, given};

impl World {
    /// Somebody who learns or trains: their ID number and class.
    pub(crate) async fn learns(&mut self, name: &str, id_number: &str, class: &str) {
        self.applies(name).await;
        let index = self.workflow.keys.blind_index("person.id_index").of(id_number).to_vec();
        let row = person::Entity::find_by_id(self.subject(name));
        let row = row.one(self.workflow.store.read()).await.unwrap().unwrap();
        let mut row: person::ActiveModel = row.into();
        (row.id_index, row.class) = (Set(Some(index)), Set(Some(class.to_owned())));
        row.update(self.workflow.store.for_migration()).await.unwrap();
    }

    /// Opens a case that follows another one.
    pub(crate) async fn opens_after(
        &self,
        who: &str,
        (program, place): (&str, &str),
        parent: &str,
    ) -> Result<CaseId, CommandError> {
        let (opener, actor) = (self.units[place], self.actor(who));
        let ask = OpenCase::numbered(&self.workflow, program.to_owned(), opener).await?;
        let ask = OpenCase { parent: Some(parent.to_owned()), ..ask };
        let done = self
            .command(async |tx| commands::open_case(tx, &self.workflow, actor, ask.clone()).await)
            .await?;
        self.settle().await;
        Ok(done.case)
    }

    /// The lines of a case, in their order.
    pub(crate) async fn lines(&self, case: CaseId) -> Vec<case_row::Model> {
        case_row::Entity::of_cases([case]).all(self.workflow.store.read()).await.unwrap()
    }

    /// The line of somebody.
    pub(crate) async fn line(&self, case: CaseId, name: &str) -> case_row::Model {
        let person = Some(self.subject(name));
        let lines = self.lines(case).await;
        lines.into_iter().find(|row| row.person_id == person).expect("they are in the list")
    }

    /// Who counts, with yuan for each of them.
    pub(crate) async fn counted(&self, case: CaseId) -> Vec<i64> {
        let lines = self.lines(case).await;
        let counts = lines.iter().filter(|row| row.state == RowState::In);
        counts.map(|row| RowAward::of(row).total().0 / 100).collect()
    }

    /// Fills in lines that are there, by the names of their people.
    pub(crate) async fn fills_lines(
        &self,
        who: &str,
        case: CaseId,
        (step, lines): (&str, Vec<(&str, Value)>),
    ) -> Result<Done, CommandError> {
        let mut asked = Vec::new();
        for (line, (name, fields)) in (1..).zip(lines) {
            let row = Some(self.line(case, name).await.id);
            asked.push(LineGiven { line, row, fields: given(fields), ..LineGiven::default() });
        }
        self.sends_lines(who, case, step, asked).await
    }

    /// Adds somebody by their ID number and name.
    pub(crate) async fn adds_line(
        &self,
        who: &str,
        case: CaseId,
        step: &str,
        (name, id_number, fields): (&str, &str, Value),
    ) -> Result<Done, CommandError> {
        let (id_number, name) = (id_number.to_owned(), name.to_owned());
        let line = LineGiven { line: 1, row: None, id_number, name, fields: given(fields) };
        self.sends_lines(who, case, step, vec![line]).await
    }

    pub(crate) async fn sends_lines(
        &self,
        who: &str,
        case: CaseId,
        step: &str,
        lines: Vec<LineGiven>,
    ) -> Result<Done, CommandError> {
        let ask = FillRows { task: self.slot(case, step, who).await, seen: None, lines };
        let actor = self.actor(who);
        self.command(async |tx| commands::fill_rows(tx, &self.workflow, actor, ask.clone()).await)
            .await
    }

    /// Puts a paper of somebody's line in, at a step that fills the line in.
    pub(crate) async fn attaches_to_line(
        &self,
        who: &str,
        (case, step): (CaseId, &str),
        (name, paper, bytes): (&str, &str, &str),
    ) -> Result<PaperId, CommandError> {
        let ask = AttachPaper {
            case,
            task: Some(self.slot(case, step, who).await),
            row: Some(self.line(case, name).await.id),
            paper: paper.to_owned(),
            kind: MediaKind::Pdf,
            bytes: bytes.as_bytes().to_vec(),
        };
        let actor = self.actor(who);
        self.command(async |tx| {
            commands::attach_paper(tx, &self.workflow, actor, ask.clone()).await
        })
        .await
    }

    /// Strikes somebody's line.
    pub(crate) async fn strikes(
        &self,
        who: &str,
        case: CaseId,
        step: &str,
        (name, reason): (&str, &str),
    ) -> Result<Done, CommandError> {
        let row: CaseRowId = self.line(case, name).await.id;
        let task = self.slot(case, step, who).await;
        let ask = StrikeRow { task, seen: None, row, reason: reason.to_owned() };
        let actor = self.actor(who);
        self.command(async |tx| commands::strike_row(tx, &self.workflow, actor, ask.clone()).await)
            .await
    }

    /// The payments of a case: line, payer, whether a person of the list gets it, yuan.
    pub(crate) async fn payments(&self, case: CaseId) -> Vec<(String, String, bool, i64)> {
        let rows = payment::Entity::of_case(case)
            .order_by_asc(payment::Column::Line)
            .order_by_asc(payment::Column::Payer)
            .order_by_asc(payment::Column::Share);
        let rows = rows.all(self.workflow.store.read()).await.unwrap().into_iter();
        rows.map(|row| (row.line, row.payer, row.row_id.is_some(), row.fen.0 / 100)).collect()
    }
}
