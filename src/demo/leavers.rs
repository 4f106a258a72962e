//! The demonstration's cases of the programs for those who leave school.

use chrono::{Days, NaiveDate};
use entities::CaseId;
use serde_json::{Value as Json, json};
use workflow::{commands::Word, organise};

use super::{
    people::{FUZHOU, OFFICE},
    stage::Stage,
};
use crate::fault::Fault;

/// Somebody who applied in the summer and studies in Fujian now.
pub(super) async fn studies_in_fujian(stage: &Stage<'_>) -> Result<(), Fault> {
    let host = unit(stage, FUZHOU).await?;
    let wishes = json!([{ "host": host, "major": "700206", "mode": "full" }]);
    let form = json!({
        "score": 486, "school_wishes": wishes, "diet": "halal", "lodging": true, "agrees": true,
        "account": "6217000000000012447",
    });
    let papers = ["certificate", "health", "guardian_consent", "photo"];
    let case = stage.applies("fujian-placement", "洪示范", &form, &papers).await?;
    for (login, step) in [
        ("school-aid", "school"),
        ("county-edu", "county"),
        ("county-relief", "county"),
        ("city-edu", "city"),
    ] {
        stage.signs(login, case, step, Word::Approve).await?;
    }
    // The round collects for two working days, then it is ranked, signed, and answers.
    let day = stage.today();
    stage.until_day(day.checked_add_days(Days::new(7)).unwrap_or(day)).await?;
    let round = stage.newest("fujian-round").await?;
    stage.signs("region-edu", round, "sign", Word::Approve).await?;
    stage.signs("fuzhou", case, "host", Word::Approve).await?;
    let year = stage.today();
    let september = |day| NaiveDate::from_ymd_opt(chrono::Datelike::year(&year), 9, day);
    stage.until_day(september(1).unwrap_or(year)).await?;
    let arrived = json!({ "arrived": true });
    stage.signs_with("fuzhou", case, "arrival", (Word::HandIn, arrived)).await?;
    let day = stage.today();
    stage.signs("region-finance", case, "transfer", Word::Pay).await?;
    stage.signs("fuzhou", case, "support", Word::Pay).await?;
    stage.until_day(day.checked_add_days(Days::new(31)).unwrap_or(day)).await?;
    let studies = json!({ "status": "studying" });
    stage.signs_with("fuzhou", case, "term", (Word::HandIn, studies)).await
}

/// Four years at college, then the army.
pub(super) async fn enlists(stage: &Stage<'_>) -> Result<CaseId, Fault> {
    let form = json!({
        "standing": "graduate",
        "service": "conscript",
        "enlisted": months_ago(stage, 2),
        "enlisted_by": unit(stage, OFFICE).await?,
        "degree": "vocational",
        "fees_waived": false,
        "years": years(3, 4_200),
        "has_loan": false,
        "account": "6217000000000012421",
    });
    let papers = ["notice", "application", "diploma", "fees"];
    stage.applies("military-compensation", "纳示范", &form, &papers).await
}

/// Three years at college, then a village.
pub(super) async fn goes_to_a_village(stage: &Stage<'_>) -> Result<CaseId, Fault> {
    let form = json!({
        "degree": "vocational",
        "graduated": months_ago(stage, 4),
        "commissioned": false,
        "employer": "（演示）泾源县某乡中心小学",
        "employer_kind": "school",
        "work_county": "640424",
        "below_seat": true,
        "started": months_ago(stage, 3),
        "promised": 3,
        "years": years(3, 4_200),
        "mode": "compensation",
        "account": "6217000000000012439",
    });
    let papers = ["agreement", "employer_proof", "diploma", "fees"];
    stage.applies("hard-area-repayment", "锁示范", &form, &papers).await
}

/// So many school years at so many yuan.
fn years(count: usize, yuan: i64) -> Json {
    Json::Array(vec![json!({ "fees_paid": yuan * 100 }); count])
}

fn months_ago(stage: &Stage<'_>, months: u32) -> String {
    let today = stage.today();
    today.checked_sub_months(chrono::Months::new(months)).unwrap_or(today).to_string()
}

async fn unit(stage: &Stage<'_>, name: &str) -> Result<String, Fault> {
    Ok(organise::find_unit(stage.workflow.store.read(), name).await?.id.to_string())
}
