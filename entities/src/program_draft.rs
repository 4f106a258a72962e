//! A program as somebody would change it: the text of its next version, or its end.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{DraftState, PersonId, ProgramDraftId};

/// One draft.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program_draft")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramDraftId,
    pub program: String,
    /// The version that it would be.
    pub number: i32,
    /// The program shall take no new cases; there is no text then.
    pub retires: bool,
    pub yaml: String,
    pub state: DraftState,
    /// Ids of everybody who wrote on it, who therefore does not publish it.
    pub written_by: Json,
    /// From which day it shall count.
    pub effective_on: Option<Date>,
    /// Why, for all who may change programs.
    pub reason: Option<String>,
    pub proposed_by: Option<PersonId>,
    /// Who published it, sent it back or gave it up.
    pub decided_by: Option<PersonId>,
    pub created_at: DateTimeUtc,
    pub changed_at: DateTimeUtc,
    /// Counts the changes: who changes it says which one they saw.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether `person` wrote on it.
    pub fn is_written_by(&self, person: PersonId) -> bool {
        let name = person.to_string();
        let written = self.written_by.as_array().map(Vec::as_slice).unwrap_or_default();
        written.iter().any(|by| by.as_str() == Some(&name))
    }
}

impl Entity {
    /// The drafts of one program, the newest first.
    pub fn of_program(program: &str) -> Select<Self> {
        Self::find().filter(Column::Program.eq(program)).order_by_desc(Column::Id)
    }
}
