//! A letter of an office, as it is printed on A4 and signed.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Words, staff_case::RowView};

/// `/staff/cases/{number}/document`, `GET /api/v1/cases/{id}/document`: what a case says as a
/// letter. It names units, never applicants.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocumentView {
    pub case: String,
    /// 发文机关: whose letter it is.
    pub issuer: String,
    /// 发文字号; none before it is signed.
    pub number: Option<String>,
    pub title: Words,
    /// 主送: each field that names units, under its own title.
    pub addressees: Vec<SectionView>,
    /// 抄送: who only reads it, at the foot of the letter.
    pub copies: Vec<SectionView>,
    /// What it says, field by field.
    pub sections: Vec<SectionView>,
    /// The late work that it is about; what was struck is not in it.
    pub rows: Vec<RowView>,
    /// 签收: who has signed for it.
    pub received: Vec<ReceiptView>,
    /// 成文日期; none for a draft.
    pub dated: Option<NaiveDate>,
    /// A picture that leads here.
    pub qr_svg: String,
    /// The letters that the case has beside this one.
    pub parts: Vec<PartView>,
    /// Where an appointment can be taken into a calendar.
    pub invitation: Option<String>,
}

/// A heading and what stands under it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SectionView {
    pub title: Words,
    pub text: String,
    /// Lines of a list of records.
    pub items: Vec<String>,
}

/// One signature for receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    pub step: Words,
    pub unit: String,
    pub at: DateTime<Utc>,
}

/// Another letter of the case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartView {
    pub title: Words,
    pub href: String,
    /// It is the one that is shown.
    pub here: bool,
}
