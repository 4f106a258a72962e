//! The list of a school and a term in the demonstration: made, checked, published, and now with
//! the county, where education has struck a line and finance has not signed yet.

use entities::{CaseId, CaseRowId, case_row};
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{self, FillRows, LineGiven, OpenCase, StrikeRow, Word},
    organise, tx,
};

use super::{
    people::{SCHOOL, bank_of},
    stage::{Stage, given},
};
use crate::fault::Fault;

/// Who studies in Fujian.
pub(super) const IN_FUJIAN: &str = "洪示范";
/// Of somebody who has no bank card yet: the family's.
const OF_THE_FAMILY: &str = "6217000000000012496";

/// The school opens the list, fills in its lines and hands it in.
pub(super) async fn is_made(stage: &Stage<'_>) -> Result<CaseId, Fault> {
    let (w, actor) = (stage.workflow, stage.actor("school-aid")?);
    let school = organise::find_unit(w.store.read(), SCHOOL).await?.id;
    let ask = OpenCase::numbered(w, "nine-plus-three".to_owned(), school).await?;
    let opened =
        tx::write(&w.store, async |tx| commands::open_case(tx, w, actor, ask.clone()).await)
            .await?;
    stage.settle().await?;
    let (case, step) = (opened.case, "list");
    let names = stage.applicants.iter().map(|(name, who)| (who.person, *name));
    let names: std::collections::BTreeMap<_, _> = names.collect();
    let mut lines = Vec::new();
    for (nth, row) in (0_u64..).zip(lines_of(stage, case).await?) {
        let name = row.person_id.and_then(|person| names.get(&person)).copied().unwrap_or_default();
        // Of all grades, and not everybody boards. Of whoever has a place in Fujian the school says
        // that they are back, which the county does not find so.
        let fields = json!({
            "back_home": name == IN_FUJIAN,
            "grade": 1 + nth % 3, "boarding": nth % 4 != 1, "months": if nth == 5 { 3 } else { 5 },
            "account": bank_of(name).unwrap_or(OF_THE_FAMILY),
        });
        let fields = given(&fields);
        lines.push(LineGiven { line: nth + 1, row: Some(row.id), fields, ..LineGiven::default() });
    }
    let task = stage.slot("school-aid", case, step).await?;
    let ask = FillRows { task, seen: None, lines };
    tx::write(&w.store, async |tx| commands::fill_rows(tx, w, actor, ask.clone()).await).await?;
    stage.signs("school-aid", case, step, Word::HandIn).await?;
    Ok(case)
}

/// Each class is checked by its teacher.
pub(super) async fn is_checked(stage: &Stage<'_>, case: CaseId) -> Result<(), Fault> {
    while stage.waiting("teacher", case, "class").await?.is_some() {
        stage.signs("teacher", case, "class", Word::Approve).await?;
    }
    Ok(())
}

/// The commission of the school agrees; the public notice follows.
pub(super) async fn is_agreed(stage: &Stage<'_>, case: CaseId) -> Result<(), Fault> {
    for login in ["commission1", "commission2"] {
        stage.signs(login, case, "school", Word::Approve).await?;
    }
    Ok(())
}

/// The county's education office strikes whoever studies elsewhere, and signs.
pub(super) async fn is_struck_and_signed(
    stage: &Stage<'_>,
    (case, who): (CaseId, &str),
) -> Result<(), Fault> {
    let (w, actor, step) = (stage.workflow, stage.actor("county-edu")?, "education");
    let person = stage.applicant(who)?.person;
    let lines = lines_of(stage, case).await?;
    let row: Option<CaseRowId> =
        lines.iter().find(|row| row.person_id == Some(person)).map(|row| row.id);
    let row = row.ok_or(CommandError::Refused(Refusal::NotFound("row")))?;
    let task = stage.slot("county-edu", case, step).await?;
    let ask = StrikeRow { task, seen: None, row, reason: "not_enrolled".to_owned() };
    tx::write(&w.store, async |tx| commands::strike_row(tx, w, actor, ask.clone()).await).await?;
    stage.settle().await?;
    stage.signs("county-edu", case, step, Word::Approve).await
}

/// Its lines.
async fn lines_of(stage: &Stage<'_>, case: CaseId) -> Result<Vec<case_row::Model>, Fault> {
    let rows = case_row::Entity::of_cases([case]).all(stage.workflow.store.read()).await?;
    Ok(rows)
}
