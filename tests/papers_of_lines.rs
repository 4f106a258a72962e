//! Papers of the lines of a list: asked for line by line, put in by whoever fills the line in, seen
//! by those who see the lines.

use std::sync::Arc;

use entities::{CaseId, PaperId, TaskId, paper};
use serde_json::json;
use workflow::{
    CommandError, PaperFault, Refusal, RowFault,
    commands::{self, Word},
    event::ReturnMode,
    program::load,
    program_versions::tale,
    rules::replay::{Untold, retell},
};

use crate::{
    harness::{
        both,
        walk::{approves, hands_in},
        world::World,
    },
    programs_rosters::staffed,
    replaying::is_told_as_it_was,
};

mod doors;

both![
    a_list_is_not_handed_in_while_a_line_lacks_a_paper,
    a_line_that_is_struck_needs_no_paper,
    what_is_taken_out_is_missing_again_and_what_is_signed_stands,
    a_line_has_room_for_its_own_papers,
    whoever_is_added_later_needs_their_paper_too,
    a_paper_takes_the_place_of_a_list_that_is_not_loaded,
    what_a_rule_hangs_on_is_told_before_the_paper,
    papers_stay_with_their_line_when_the_list_comes_back,
    a_draft_that_asks_for_more_papers_says_what_the_list_lacks,
];

const CARD: &str = "6217000000000012314";

/// The shipped list, whose lines are asked for papers: of who boards one must be there.
fn with_papers(world: &mut World) {
    asking(world, BOARDS);
}

const BOARDS: &str = "{id: pass, required: true, when: 'row.boarding', title: {zh: 住宿证明, en: Proof of boarding}}";

fn source(first: &str) -> String {
    let shipped = include_str!("../workflow/programs/nine-plus-three.yaml");
    let papers = format!(
        "  papers:\n    - {first}\n    - {{id: remark, title: {{zh: 补充说明, en: A remark}}}}\n  eligible:\n"
    );
    let shipped = shipped.replacen("version: 4", "version: 5", 1);
    shipped.replacen("  eligible:\n", &papers, 1)
}

fn asking(world: &mut World, first: &str) {
    let programs = world.workflow.programs.with_source("nine-plus-three.yaml", &source(first));
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

/// A list whose lines are filled in: Ma and Bai board, Li does not.
async fn filled(world: &mut World) -> CaseId {
    staffed(world).await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let line = |boards: bool| json!({ "grade": 1, "boarding": boards, "account": CARD });
    let lines = vec![("Ma", line(true)), ("Li", line(false)), ("Bai", line(true))];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    case
}

async fn puts(world: &World, case: CaseId, name: &str) -> PaperId {
    world.attaches_to_line("Aid", (case, "list"), (name, "pass", name)).await.unwrap()
}

/// Both papers are there, and the list is handed in.
async fn listed(world: &World, case: CaseId) -> PaperId {
    let paper = puts(world, case, "Ma").await;
    puts(world, case, "Bai").await;
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    paper
}

async fn takes_out(
    world: &World,
    who: &str,
    (case, task): (CaseId, TaskId),
    paper: PaperId,
) -> Result<(), CommandError> {
    let (actor, ask) = (world.actor(who), (case, paper, Some(task)));
    world.command(async |tx| commands::remove_paper(tx, &world.workflow, actor, ask).await).await
}

fn faults<T: std::fmt::Debug>(done: Result<T, CommandError>) -> Vec<RowFault> {
    match done.unwrap_err() {
        CommandError::Refused(Refusal::Rows(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(done: Result<T, CommandError>) -> Refusal {
    match done.unwrap_err() {
        CommandError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn numbers(world: &World, case: CaseId, names: &[&str]) -> Vec<u64> {
    let mut found = Vec::new();
    for name in names {
        found.push(u64::try_from(world.line(case, name).await.position).unwrap());
    }
    found.sort_unstable();
    found
}

async fn a_list_is_not_handed_in_while_a_line_lacks_a_paper(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    let at: Vec<u64> = why.iter().map(|fault| fault.line).collect();
    assert_eq!(at, numbers(&world, case, &["Ma", "Bai"]).await, "{why:?}");
    assert!(why.iter().all(|fault| fault.column == "pass"), "{why:?}");
    assert_eq!(why[0].said.zh, "缺少材料“住宿证明”，请上传");
    assert_eq!(why[0].said.en, "the paper \u{201c}Proof of boarding\u{201d} is missing; put it in");
    let first = puts(&world, case, "Ma").await;
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    assert_eq!(why.len(), 1, "{why:?}");
    // Another paper of the line does not stand for it; nor does anybody else's.
    world.attaches_to_line("Aid", (case, "list"), ("Bai", "remark", "x")).await.unwrap();
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    assert_eq!(why.len(), 1, "{why:?}");
    let other = puts(&world, case, "Bai").await;
    assert_eq!(puts(&world, case, "Ma").await, first, "the same bytes are put in once");
    assert_ne!(first, other);
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    let db = world.workflow.store.read();
    let own = paper::Entity::of_case(case).all(db).await.unwrap();
    let of_lines = paper::Entity::of_lines(case).all(db).await.unwrap();
    let own: Vec<&str> = own.iter().map(|row| row.paper.as_str()).collect();
    assert_eq!((own.as_slice(), of_lines.len()), (["hukou"].as_slice(), 3), "none of the case's");
    let line = world.line(case, "Ma").await.id;
    assert_eq!(of_lines.iter().filter(|row| row.row_id == Some(line)).count(), 1);
    world.can_be_told_again(case).await;
}

async fn a_line_that_is_struck_needs_no_paper(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    puts(&world, case, "Ma").await;
    world.strikes("Aid", case, "list", ("Bai", "listed_wrongly")).await.unwrap();
    let late = world.attaches_to_line("Aid", (case, "list"), ("Bai", "pass", "late")).await;
    assert_eq!(faults(late)[0].said.en, "this line was struck and needs no papers");
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    world.can_be_told_again(case).await;
}

async fn what_is_taken_out_is_missing_again_and_what_is_signed_stands(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    let task = world.slot(case, "list", "Aid").await;
    let first = puts(&world, case, "Ma").await;
    takes_out(&world, "Aid", (case, task), first).await.unwrap();
    let again = takes_out(&world, "Aid", (case, task), first).await;
    assert!(matches!(refusal(again), Refusal::NotFound("paper")));
    puts(&world, case, "Bai").await;
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    let at: Vec<u64> = why.iter().map(|fault| fault.line).collect();
    assert_eq!(at, numbers(&world, case, &["Ma"]).await, "{why:?}");
    let paper = listed(&world, case).await;
    assert_ne!(paper, first, "what was taken out does not come back");
    // It was handed in: nothing comes in or goes any more, by anybody.
    let ask = |row, task| commands::AttachPaper {
        case,
        task: Some(task),
        row: Some(row),
        paper: "remark".to_owned(),
        kind: workflow::rules::media::MediaKind::Pdf,
        bytes: b"late".to_vec(),
    };
    let line = world.line(case, "Ma").await.id;
    let class = world.slot(case, "class", "Teacher").await;
    for (who, task) in [("Aid", task), ("Teacher", class)] {
        let actor = world.actor(who);
        let late = world
            .command(async |tx| {
                commands::attach_paper(tx, &world.workflow, actor, ask(line, task)).await
            })
            .await;
        let late = refusal(late);
        assert!(
            matches!(late, Refusal::Settled { .. } | Refusal::NotNow { .. }),
            "{who}: {late:?}"
        );
        let gone = refusal(takes_out(&world, who, (case, task), paper).await);
        assert!(
            matches!(gone, Refusal::Settled { .. } | Refusal::NotNow { .. }),
            "{who}: {gone:?}"
        );
    }
    let there = paper::Entity::of_lines(case).all(world.workflow.store.read()).await.unwrap();
    assert!(there.iter().any(|row| row.id == paper));
    world.can_be_told_again(case).await;
}

async fn a_line_has_room_for_its_own_papers(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    for name in ["Ma", "Li", "Bai"] {
        for nth in 0..10 {
            let what = (name, "remark", format!("page {nth}"));
            let put = world.attaches_to_line("Aid", (case, "list"), (what.0, what.1, &what.2));
            put.await.unwrap();
        }
    }
    let more = world.attaches_to_line("Aid", (case, "list"), ("Ma", "remark", "one more")).await;
    assert!(matches!(refusal(more), Refusal::Paper(PaperFault::TooManyOfLine)));
    // They do not take the room of the case's own.
    let task = world.slot(case, "list", "Aid").await;
    world.attaches("Aid", case, "hukou", Some(task)).await.unwrap();
    let strange = world.attaches_to_line("Aid", (case, "list"), ("Li", "hukou", "x")).await;
    assert!(matches!(refusal(strange), Refusal::Paper(PaperFault::Unknown)), "of the step alone");
    let strange = world.attaches("Aid", case, "pass", Some(task)).await;
    assert!(matches!(refusal(strange), Refusal::Paper(PaperFault::Unknown)), "of a line alone");
}

async fn whoever_is_added_later_needs_their_paper_too(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    listed(&world, case).await;
    for _ in 0..2 {
        world.says("Teacher", case, "class", Word::Approve).await.unwrap();
    }
    world.learns("Yang", "640402200802299973", "18级2班").await;
    let fields = json!({ "grade": 1, "boarding": true, "account": CARD });
    let yang = ("Yang", "640402200802299973", fields);
    world.adds_line("First", case, "school", yang).await.unwrap();
    let why = faults(world.says("First", case, "school", Word::Approve).await);
    let at: Vec<u64> = why.iter().map(|fault| fault.line).collect();
    assert_eq!(at, numbers(&world, case, &["Yang"]).await, "{why:?}");
    world.attaches_to_line("First", (case, "school"), ("Yang", "pass", "Yang")).await.unwrap();
    let acts = vec![approves("First", "school"), approves("Second", "school")];
    world.walks(case, acts).await;
    world.can_be_told_again(case).await;
}

async fn a_paper_takes_the_place_of_a_list_that_is_not_loaded(mut world: World) {
    asking(&mut world, "{id: pass, proves: registered_poor, title: {zh: 贫困证明, en: Proof}}");
    staffed(&mut world).await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let line = json!({ "grade": 1, "boarding": false, "account": CARD });
    let lines = vec![("Ma", line.clone()), ("Li", line.clone()), ("Bai", line)];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    assert_eq!(why.len(), 3, "while the list is not loaded everybody proves it: {why:?}");
    for name in ["Ma", "Li", "Bai"] {
        puts(&world, case, name).await;
    }
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
}

async fn what_a_rule_hangs_on_is_told_before_the_paper(mut world: World) {
    with_papers(&mut world);
    staffed(&mut world).await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    assert!(why.iter().all(|fault| fault.column != "pass"), "{why:?}");
}

async fn papers_stay_with_their_line_when_the_list_comes_back(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    let paper = listed(&world, case).await;
    let back = Word::Return {
        to: "list".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["row.1".to_owned()],
        papers: Vec::new(),
    };
    world.says("Teacher", case, "class", back).await.unwrap();
    let task = world.slot(case, "list", "Aid").await;
    takes_out(&world, "Aid", (case, task), paper).await.unwrap();
    let why = faults(world.says("Aid", case, "list", Word::HandIn).await);
    assert_eq!(why.len(), 1, "Bai's is still there: {why:?}");
    puts(&world, case, "Ma").await;
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    world.can_be_told_again(case).await;
}

async fn a_draft_that_asks_for_more_papers_says_what_the_list_lacks(mut world: World) {
    with_papers(&mut world);
    let case = filled(&mut world).await;
    listed(&world, case).await;
    is_told_as_it_was(&world, case).await;
    let file = world.case(case).await;
    let own = world.workflow.programs.by_hash(&file.program_hash).unwrap();
    let text = source(BOARDS).replacen("version: 3", "version: 4", 1);
    let db = world.workflow.store.read();
    for (from, to, lacks) in [
        ("{id: remark,", "{id: remark, when: 'row.grade > 1', required: true,", None),
        ("{id: remark,", "{id: remark, required: true,", Some("remark")),
        ("when: 'row.boarding', title", "title", Some("pass")),
    ] {
        assert!(text.contains(from), "{from}");
        let draft = load::program("draft.yaml", &text.replacen(from, to, 1)).unwrap();
        let draft = Arc::new(draft);
        let tale = tale(db, &world.workflow, &file, [&own, &draft]).await.unwrap().unwrap();
        let told = retell(&tale, &own, &draft).map(|_| ());
        let expected = lacks.map_or(Ok(()), |id| Err(Untold::Form(vec![id.to_owned()])));
        assert_eq!(told, expected, "{to}");
    }
}
