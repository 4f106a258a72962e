//! What a late school leads to in the demonstration: a notice that names it, an interview with its
//! head, an order to the county. The machine opens them, people draft and sign.

use entities::UnitId;
use serde_json::{Value as Json, json};
use workflow::{commands::Word, organise};

use super::{people::SCHOOL, stage::Stage};
use crate::fault::Fault;

/// So many working days before the first of the demonstration the school was given a case that its
/// head does not sign: the interview is then held, and the order given, on the last days.
pub(super) const BEFORE: u32 = 6;

/// Somebody's act: the program, who, on which step, the word.
type Act = (&'static str, &'static str, &'static str, Word);

fn acts() -> [Act; 13] {
    let (notice, interview, order) = ("circulated-notice", "interview", "supervision-order");
    [
        (notice, "county-watch", "draft", Word::HandIn),
        (notice, "county-head", "leader", Word::Approve),
        (notice, "school-office", "receive", Word::Receive),
        (interview, "county-watch", "plan", Word::HandIn),
        (interview, "county-head", "leader", Word::Approve),
        (interview, "county-watch", "summons", Word::HandIn),
        (interview, "school-head", "receipt", Word::Receive),
        (interview, "county-watch", "held", Word::HandIn),
        (interview, "school-head", "signed", Word::Receive),
        (interview, "county-head", "signed", Word::Receive),
        (order, "city-watch", "register", Word::HandIn),
        (order, "city-head", "leader", Word::Approve),
        (order, "county-edu", "receive", Word::Receive),
    ]
}

/// Whoever has something to sign of it this morning signs it.
pub(super) async fn goes_on(stage: &Stage<'_>) -> Result<(), Fault> {
    for (program, login, step, word) in acts() {
        let Some(case) = stage.newest_if_any(program).await? else { continue };
        if stage.waiting(login, case, step).await?.is_some() {
            let form = said(stage, (program, step)).await?;
            stage.signs_with(login, case, step, (word, form)).await?;
        }
    }
    Ok(())
}

/// What they fill in.
async fn said(stage: &Stage<'_>, at: (&str, &str)) -> Result<Json, Fault> {
    Ok(match at {
        ("circulated-notice", "draft") => json!({
            "period": stage.today().format("%Y年%-m月").to_string(),
            "problems": "学校负责人未在规定期限内签署意见，县、乡核实无法开展，申请逾期。",
            "requirements": "即日办结所列事项，查明原因，明确专人每日查看待办，并书面报告整改情况。",
            "deadline": stage.ahead(14).to_string(),
            "copies": [unit(stage, "640424/education").await?],
        }),
        ("interview", "plan") => json!({
            "basis": "《教育督导问责办法》",
            "person": "校长",
            "convener": "县人民政府负责人",
        }),
        ("interview", "summons") => json!({
            "time": format!("{}T09:00", stage.after_today(3)),
            "place": "县人民政府三楼会议室",
            "materials": "逾期事项清单、原因说明、整改计划",
        }),
        ("interview", "receipt") => json!({ "comes": true }),
        ("interview", "held") => json!({
            "present": true,
            "problems": "一名学生的应急救助申请在学校停留十余个工作日，经催办、通报仍未办理。",
            "explanation": "学校负责人外出培训期间未指定代理人，今后外出一律指定代理人。",
            "commitments": [
                { "matter": "办结所列申请", "person": "校长", "due": stage.ahead(7).to_string() },
                { "matter": "建立外出代理制度", "person": "办公室主任", "due": stage.ahead(21).to_string() },
            ],
        }),
        ("supervision-order", "register") => json!({
            "source": "ladder",
            "grade": "important",
            "lead": unit(stage, "640424/education").await?,
            "support": [unit(stage, SCHOOL).await?, unit(stage, "640424/poverty_relief").await?],
            "requirements": "牵头单位督促学校办结所列事项，逐校排查逾期申请，每周报送进展。",
        }),
        _ => json!({}),
    })
}

async fn unit(stage: &Stage<'_>, name: &str) -> Result<UnitId, Fault> {
    Ok(organise::find_unit(stage.workflow.store.read(), name).await?.id)
}
