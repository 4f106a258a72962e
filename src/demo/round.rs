//! A round in the demonstration: four teachers of a county for two places. The list is ranked, two
//! of equal points by lot, and lies with the region to be signed; two wait.

use entities::CaseId;
use serde_json::json;
use workflow::{commands::Word, organise};

use super::{
    people::{COLLEGE, let_teachers_in},
    stage::Stage,
};
use crate::fault::Fault;

/// What the city gives each of them.
const POINTS: [i64; 4] = [92, 86, 86, 79];

/// The teachers are nominated, and their school proposes them; a public notice follows.
pub(super) async fn is_proposed(stage: &mut Stage<'_>) -> Result<Vec<CaseId>, Fault> {
    let names = let_teachers_in(stage).await?;
    let receiver = organise::find_unit(stage.workflow.store.read(), COLLEGE).await?.id;
    let papers = ["recommendation", "certificate", "school_consent"];
    let mut cases = Vec::new();
    for (years, name) in [12, 8, 8, 5].into_iter().zip(names) {
        let form = json!({
            "course": "placement", "receiver": receiver.to_string(), "post": "（演示）专业课教师",
            "major": "机电技术应用", "post_title": "讲师", "healthy": true, "years": years, "dual": true,
            "cover": "（演示）由同教研组教师分担课务", "promise": 3, "account": "6217000000000012504",
        });
        let case = stage.applies("teacher-nomination", name, &form, &papers).await?;
        stage.signs("school-head", case, "school", Word::Approve).await?;
        cases.push(case);
    }
    Ok(cases)
}

/// County and city see them; the round then collects for two days.
pub(super) async fn is_given_points(stage: &Stage<'_>, cases: &[CaseId]) -> Result<(), Fault> {
    for (points, case) in POINTS.into_iter().zip(cases) {
        stage.signs("county-edu", *case, "county", Word::Approve).await?;
        let points = json!({ "points": points });
        stage.signs_with("city-edu", *case, "city", (Word::Approve, points)).await?;
    }
    Ok(())
}
