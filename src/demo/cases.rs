//! The demonstration's cases: one in each state, played over the last working days.

use entities::CaseId;
use serde_json::json;
use workflow::commands::Word;

use super::{editions, leavers, oversight, people::BROTHER, roster, round, stage::Stage};
use crate::fault::Fault;

const BOTH: &[&str] = &["proof", "identity"];

/// Plays them, day by day, up to the present.
pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), Fault> {
    // Boxed: so many steps in one future would not fit a small stack.
    Box::pin(leavers::studies_in_fujian(stage)).await?;
    Box::pin(sleeps(stage)).await?;
    morning(stage, 0).await?;
    Box::pin(editions::publish(stage)).await?;
    let granted = stage.files("马示范", ("self", "illness", 12_000), BOTH).await?;
    approves(stage, granted, &["teacher"]).await?;
    morning(stage, 1).await?;
    let refused = stage.files("杨示范", ("self", "accident", 3_000), BOTH).await?;
    approves(stage, refused, &["teacher"]).await?;
    approves(stage, granted, &["school-aid", "school-head"]).await?;
    morning(stage, 2).await?;
    let reason = Word::Refuse("not_in_need".to_owned());
    stage.signs("school-aid", refused, "school", reason).await?;
    stage.visits(granted).await?;
    approves(stage, granted, &["county-edu", "county-relief"]).await?;
    let list = Box::pin(roster::is_made(stage)).await?;
    morning(stage, 3).await?;
    approves(stage, granted, &["city-edu"]).await?; // three working days of public notice follow
    let withdrawn = stage.files("丁示范", ("self", "disaster", 5_000), &["proof"]).await?;
    let teachers = Box::pin(round::is_proposed(stage)).await?;
    morning(stage, 4).await?;
    stage.withdraws("丁示范", withdrawn).await?;
    roster::is_checked(stage, list).await?;
    morning(stage, 5).await?;
    roster::is_agreed(stage, list).await?; // five working days of public notice follow
    morning(stage, 7).await?;
    Box::pin(round::is_given_points(stage, &teachers)).await?;
    let enlisted = Box::pin(leavers::enlists(stage)).await?;
    stage.signs("college-finance", enlisted, "fees", Word::Approve).await?;
    stage.signs("county-finance", granted, "pay", Word::Pay).await?;
    let public = stage.files("穆示范", ("self", "illness", 4_000), BOTH).await?;
    approves(stage, public, &["teacher"]).await?;
    morning(stage, 8).await?;
    approves(stage, public, &["school-aid", "school-head"]).await?;
    stage.visits(public).await?;
    for login in ["college-aid", "college-head"] {
        stage.signs(login, enlisted, "college", Word::Approve).await?; // and on to the army
    }
    Box::pin(later_days(stage, (public, list))).await
}

/// A case that the head of a school does not sign, some days before all others; what that leads to
/// goes its way from then on.
async fn sleeps(stage: &Stage<'_>) -> Result<(), Fault> {
    for before in (0..=oversight::BEFORE).rev() {
        stage.until_day(stage.before_first(before)).await?;
        if before == oversight::BEFORE {
            let late = stage.files("哈示范", ("self", "other", 2_500), BOTH).await?;
            approves(stage, late, &["teacher", "school-aid"]).await?;
        }
        oversight::goes_on(stage).await?;
    }
    Ok(())
}

/// Nine o'clock of the n-th working day, after every morning before it.
async fn morning(stage: &Stage<'_>, day: u32) -> Result<(), Fault> {
    for day in day.saturating_sub(1)..=day {
        stage.until(day, (9, 0)).await?;
        Box::pin(oversight::goes_on(stage)).await?;
    }
    Ok(())
}

async fn later_days(stage: &Stage<'_>, (public, list): (CaseId, CaseId)) -> Result<(), Fault> {
    morning(stage, 9).await?;
    let asked = stage.files("白示范", ("self", "illness", 8_000), BOTH).await?;
    let joint = stage.files("兰示范", ("self", "accident", 6_000), BOTH).await?;
    approves(stage, joint, &["teacher"]).await?;
    morning(stage, 10).await?;
    approves(stage, public, &["county-edu2", "county-relief"]).await?; // and hangs out
    let village = Box::pin(leavers::goes_to_a_village(stage)).await?;
    stage.signs("college-aid", village, "college", Word::Approve).await?;
    stage.asks_for("teacher", asked, ("teacher", "proof")).await?;
    approves(stage, joint, &["school-aid", "school-head"]).await?;
    morning(stage, 11).await?;
    stage.visits(joint).await?;
    approves(stage, joint, &["county-edu"]).await?; // poverty relief has not signed yet
    roster::is_struck_and_signed(stage, (list, roster::IN_FUJIAN)).await?; // nor has finance
    let class = json!({ "class_confirmed": false });
    stage.signs_with("county-hr", village, "county", (Word::Approve, class)).await?;
    stage.until_now().await?;
    oversight::goes_on(stage).await?;
    stage.files("马示范", ("self", "accident", 2_000), BOTH).await?;
    stage.files("沙示范", ("self", "accident", 1_500), &[]).await?;
    stage.drafts("杨示范", ("self", "illness", 6_000), false).await?;
    stage.drafts(BROTHER, ("guardian", "illness", 3_000), false).await?;
    Ok(())
}

/// Each signs the step that is theirs.
async fn approves(stage: &Stage<'_>, case: CaseId, logins: &[&str]) -> Result<(), Fault> {
    for login in logins {
        let step = match *login {
            "teacher" => "teacher",
            "school-aid" | "school-head" => "school",
            "city-edu" => "city",
            _ => "county",
        };
        stage.signs(login, case, step, Word::Approve).await?;
    }
    Ok(())
}
