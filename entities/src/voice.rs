//! What those who are not staff say: of a case, or of a unit.

use sea_orm::{Condition, QueryOrder, entity::prelude::*};

use crate::{AccountId, CaseId, Grade, UnitId, VoiceId, VoiceKind};

/// One complaint, appeal, rating or tip-off. Added, never updated.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "voice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VoiceId,
    pub kind: VoiceKind,
    /// The case that it is about; none for a tip-off.
    pub about_id: Option<CaseId>,
    /// The case in which it is dealt with, where it was opened at once; else the letter
    /// `letter_key` opens it.
    pub case_id: Option<CaseId>,
    pub letter_key: Option<String>,
    /// The unit whose doing it is about.
    pub unit_id: Option<UnitId>,
    /// Who said it; none for the public.
    pub account_id: Option<AccountId>,
    /// Of a rating.
    pub grade: Option<Grade>,
    /// The words, sealed for `voice.sealed` and this row with the key of `about_id`, else of
    /// `case_id`.
    pub sealed: Option<Vec<u8>>,
    /// SHA-256 of the ciphertext, as the trail quotes it.
    pub sha256: Option<Vec<u8>>,
    /// A second one of the same is none.
    pub dedupe_key: String,
    pub said_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What was said of a case, oldest first.
    pub fn about(case: CaseId) -> Select<Self> {
        Self::find().filter(Column::AboutId.eq(case)).order_by_asc(Column::Id)
    }

    /// What opened a case, directly or by a letter with one of these keys.
    pub fn behind(case: CaseId, letters: Vec<String>) -> Select<Self> {
        let opened =
            Condition::any().add(Column::CaseId.eq(case)).add(Column::LetterKey.is_in(letters));
        Self::find().filter(opened).order_by_asc(Column::Id)
    }
}
