//! What two steps say of the same people stands side by side: private words stay encrypted, once for
//! each step, and only whether the two differ is in the open.

use entities::{CaseId, Duty, form_version};
use sea_orm::QueryOrder;
use serde_json::{Value, json};
use workflow::{CommandError, Refusal, RowFault, commands::Word, event::ReturnMode, lot::Lot};

use crate::{
    harness::{
        api::Api,
        both,
        walk::{approves, hands_in},
        world::World,
    },
    programs_rosters::staffed,
};

both![
    what_differs_in_private_is_known_and_said_nowhere,
    where_both_say_the_same_nobody_looks_again,
    what_was_said_before_stands_beside_and_is_nobody_elses_word,
    what_comes_back_is_their_own_word_still,
    who_says_it_first_again_is_heard_again,
];

const VISITS: &str = r"program: home-visits
code: HV
title: {zh: 家访名册, en: Visits at home}
basis: [{doc: 职业教育助推精准脱贫工作实施方案, clause: 四（三）}]
valid: {from: 2018-01-01}
owner: {lead: education}
intake: {by: [school/aid_office], once: [form.school, form.term]}
anchor: opener
form:
  - {id: school, type: organisation, kind: school, required: true, start: 'opener_unit', title: {zh: 学校, en: School}}
  - {id: term, type: term, required: true, start: 'term(today)', title: {zh: 学期, en: Term}}
rows:
  of: person
  from: 'enrolled(form.school, form.term)'
  form:
    - {id: grade, type: integer, required: true, title: {zh: 年级, en: Grade}}
    - {id: account, type: bank_account, title: {zh: 卡号, en: Account}}
route:
  - {id: list, title: {zh: 编制, en: Made}, kind: fill, by: school/aid_office, may: [strike, add], within: 5wd, on_empty: climb}
  - {id: visit, title: {zh: 学校家访, en: The school visits}, kind: fill, by: school/head, row_form: [{id: home, type: boolean, required: true, title: {zh: 在家, en: At home}}, {id: seen, type: text, title: {zh: 所见, en: Seen}}], within: 5wd, on_empty: climb}
  - {id: again, title: {zh: 县里复访, en: The county visits}, kind: fill, by: county/poverty_relief, keeps: visit, row_form: [{id: home, type: boolean, required: true, title: {zh: 在家, en: At home}}, {id: seen, type: text, title: {zh: 所见, en: Seen}}], within: 5wd, on_empty: climb}
  - {id: look, title: {zh: 比对, en: Looked at}, by: county/education, when: 'rows.exists(r, r.differs)', verdicts: [approve, return], may_return: [again, visit], within: 5wd, on_empty: climb}
  - {id: sign, title: {zh: 签发, en: Signed}, by: county/finance, verdicts: [approve], within: 5wd, on_empty: climb}
clock: {total: 40wd, from: opened, to: outcome}
privacy: {keep: 10y}
";

const WORD: &str = "土房两间，父亲住院";

/// The list is handed in; the school has not visited yet.
async fn listed(world: &mut World) -> CaseId {
    let programs = world.workflow.programs.with_source("home-visits.yaml", VISITS);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    staffed(world).await;
    let case = world.opens("Aid", "home-visits", "school").await;
    let line = json!({ "grade": 2, "account": "6217000000000012314" });
    let lines = vec![("Ma", line.clone()), ("Li", line.clone()), ("Bai", line)];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    case
}

fn found(home: bool, seen: &str) -> Value {
    json!({ "home": home, "seen": seen })
}

/// What a step says of Ma, and of the two others what was seen of all; handed in.
async fn says(world: &World, case: CaseId, (who, step): (&'static str, &'static str), ma: Value) {
    let lines = vec![("Ma", ma), ("Li", found(true, WORD)), ("Bai", found(true, WORD))];
    world.fills_lines(who, case, (step, lines)).await.unwrap();
    world.walks(case, vec![hands_in(who, step, json!({}))]).await;
}

async fn lot(world: &World, case: CaseId, name: &str) -> Lot {
    Lot::of(&world.line(case, name).await)
}

/// The steps that there were, with how they closed.
async fn steps(world: &World, case: CaseId) -> Vec<String> {
    world.behind(case).await
}

fn faults<T: std::fmt::Debug>(done: Result<T, CommandError>) -> Vec<RowFault> {
    match done.unwrap_err() {
        CommandError::Refused(Refusal::Rows(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

async fn what_differs_in_private_is_known_and_said_nowhere(mut world: World) {
    let case = listed(&mut world).await;
    says(&world, case, ("Head", "visit"), found(true, WORD)).await;
    let other = "砖房三间，父亲在家";
    says(&world, case, ("Poor", "again"), found(true, other)).await;
    assert!(lot(&world, case, "Ma").await.other, "they saw something else");
    assert!(!lot(&world, case, "Li").await.other);
    for row in world.lines(case).await {
        let open = format!("{} {:?}", row.fields, row.place);
        assert!(!open.contains("住院") && !open.contains("在家"), "private words: {open}");
        assert_eq!(row.fields["grade"], json!({ "int": 2 }), "the list's own fields stay");
    }
    let trail = world.story(case).await;
    assert!(!trail.contains("住院"), "{trail}");
    // Each saving is there once, and nothing was copied.
    let forms = form_version::Entity::of_case(case).order_by_asc(form_version::Column::Number);
    let forms = forms.all(world.workflow.store.read()).await.unwrap();
    assert_eq!(forms.len(), 3, "the list, and the two visits");
    world.walks(case, vec![approves("Edu", "look"), approves("Pay", "sign")]).await;
    world.can_be_told_again(case).await;
}

async fn where_both_say_the_same_nobody_looks_again(mut world: World) {
    let case = listed(&mut world).await;
    says(&world, case, ("Head", "visit"), found(true, WORD)).await;
    says(&world, case, ("Poor", "again"), found(true, WORD)).await;
    for name in ["Ma", "Li", "Bai"] {
        let lot = lot(&world, case, name).await;
        assert!(!lot.other && lot.before.as_deref() == Some("visit"), "{name}: {lot:?}");
    }
    assert!(steps(&world, case).await.contains(&"look skipped".to_owned()));
    world.walks(case, vec![approves("Pay", "sign")]).await;
    world.can_be_told_again(case).await;
}

async fn what_was_said_before_stands_beside_and_is_nobody_elses_word(mut world: World) {
    let case = listed(&mut world).await;
    says(&world, case, ("Head", "visit"), found(true, WORD)).await;
    // Nothing of it is the county's own, so that it is asked for anew.
    let why = faults(world.says("Poor", case, "again", Word::HandIn).await);
    let at: Vec<&str> = why.iter().map(|fault| fault.column.as_str()).collect();
    assert_eq!(at, ["home", "home", "home"], "{why:?}");
    let api = Api::of(&world);
    let task = world.slot(case, "again", "Poor").await;
    let page = api.get(&world, "Poor", &format!("/tasks/{task}/rows")).await;
    let line = &page.json["lines"][0];
    // Grade, account, at home, seen.
    assert_eq!((&line["cells"][0], &line["cells"][2]), (&json!("2"), &json!("")), "{line}");
    assert_ne!(line["cells"][1], "", "the list's own account is shown as ever: {line}");
    assert_eq!(line["kept"][0]["step"]["en"], "The school visits", "{line}");
    assert_ne!(line["kept"][0]["cells"][2], "", "{line}");
    world.fills_lines("Poor", case, ("again", vec![("Ma", found(false, WORD))])).await.unwrap();
    let ma = lot(&world, case, "Ma").await;
    assert!(ma.other && ma.said_by.as_deref() == Some("again"), "{ma:?}");
    let page = api.get(&world, "Poor", &format!("/tasks/{task}/rows")).await;
    let lines = page.json["lines"].as_array().unwrap();
    let ma = world.line(case, "Ma").await.id;
    let line = lines.iter().find(|line| line["id"] == json!(ma)).unwrap();
    assert_ne!(line["cells"][2], line["kept"][0]["cells"][2], "both stand there: {line}");
    // Who is near neither of them does not see it.
    world.works("Far", "county2/education", Duty::Handler).await;
    let strange = api.get(&world, "Far", &format!("/tasks/{task}/rows")).await;
    assert_eq!(strange.status, 404);
    // What is said again replaces their own word, not the school's.
    world.fills_lines("Poor", case, ("again", vec![("Ma", found(true, WORD))])).await.unwrap();
    let ma = lot(&world, case, "Ma").await;
    assert!(!ma.other && ma.kept.len() == 1, "{ma:?}");
    world.can_be_told_again(case).await;
}

async fn what_comes_back_is_their_own_word_still(mut world: World) {
    let case = listed(&mut world).await;
    says(&world, case, ("Head", "visit"), found(true, WORD)).await;
    says(&world, case, ("Poor", "again"), found(false, WORD)).await;
    let back = Word::Return {
        to: "again".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["row.1".to_owned()],
        papers: Vec::new(),
    };
    world.says("Edu", case, "look", back).await.unwrap();
    // All of it is there, and may be handed in; what is mended is compared with the school's.
    world
        .fills_lines("Poor", case, ("again", vec![("Ma", json!({ "home": true }))]))
        .await
        .unwrap();
    assert!(!lot(&world, case, "Ma").await.other, "the same words, and at home");
    world.walks(case, vec![hands_in("Poor", "again", json!({})), approves("Pay", "sign")]).await;
    world.can_be_told_again(case).await;
}

async fn who_says_it_first_again_is_heard_again(mut world: World) {
    let case = listed(&mut world).await;
    says(&world, case, ("Head", "visit"), found(true, WORD)).await;
    says(&world, case, ("Poor", "again"), found(false, "砖房三间，父亲在家")).await;
    let back = Word::Return {
        to: "visit".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["row.1".to_owned()],
        papers: Vec::new(),
    };
    world.says("Edu", case, "look", back).await.unwrap();
    // One thing is mended of one line: the school's other words are still its own, not the county's.
    let mended = vec![("Ma", json!({ "home": false }))];
    world.fills_lines("Head", case, ("visit", mended)).await.unwrap();
    world.walks(case, vec![hands_in("Head", "visit", json!({}))]).await;
    assert!(!lot(&world, case, "Ma").await.other, "nobody has said it anew");
    let why = faults(world.says("Poor", case, "again", Word::HandIn).await);
    let at: Vec<&str> = why.iter().map(|fault| fault.column.as_str()).collect();
    assert_eq!(at, ["home"], "of the line that was mended alone: {why:?}");
    let again = vec![("Ma", found(false, WORD))];
    world.fills_lines("Poor", case, ("again", again)).await.unwrap();
    assert!(!lot(&world, case, "Ma").await.other, "the school has seen what the county sees now");
    world.walks(case, vec![hands_in("Poor", "again", json!({})), approves("Pay", "sign")]).await;
    world.can_be_told_again(case).await;
}
