//! Lines to several payees: what is paid first, to whom, and what falls away again.

use entities::{CaseId, Duty, PaymentState, award_line, payment};
use sea_orm::QueryOrder;
use serde_json::json;
use workflow::{commands, commands::Word, event::ReturnMode};

use crate::harness::{both, story::told, world::World};

both![
    the_bank_is_paid_first_and_the_rest_goes_to_the_person,
    a_line_that_falls_away_leaves_no_row_and_no_payment,
    what_is_approved_less_is_taken_from_the_last_lines,
];

const LOAN: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
    form: [{id: enlisted, type: date, required: true}, {id: owed, type: money, required: true}, \
    {id: years, type: list, at_least: 1, at_most: 8, of: [{id: paid, type: money, required: true}, {id: loan, type: money}]}]\n\
    let: {ceiling: 'table(\"study_ceiling\", \"military\", \"undergraduate\", form.enlisted)', \
    due: 'sum(form.years.map(y, min(max(y.paid, has(y.loan) ? y.loan : yuan(0)), ceiling)))'}\n\
    award:\n  lines:\n    - {id: loan, to: bank, amount: 'min(form.owed, table(\"project_region_cap\", today))'}\n    - {id: rest, to: applicant, amount: 'due'}\n  \
    split: [{payer: central, percent: 100}]\n  stack: {first: loan}\n\
    route:\n  - {id: county, by: county/education, within: 3wd, on_empty: climb, may_return: [applicant]}\n\
    then:\n  - {id: repay, kind: pay, by: county/finance, to: bank, within: 5wd, on_empty: hold}\n  \
    - {id: pay, kind: pay, by: county/finance, to: applicant, within: 5wd, on_empty: hold}\n\
    clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\n";

async fn asks(world: &mut World, owed: i64) -> CaseId {
    let programs = world.workflow.programs.with_source("sample.yaml", LOAN);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Fin", "county/finance", Duty::Handler).await;
    world.applies("Ma").await;
    let year = json!({ "paid": 2_100_000 });
    let form = json!({ "enlisted": "2018-09-01", "owed": owed, "years": [year, year, year, year] });
    let case = world.drafts("Ma", "sample", form).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

/// Line, payee and yuan of each row of the award.
async fn lines(world: &World, case: CaseId) -> Vec<(String, String, i64, PaymentState)> {
    let rows = award_line::Entity::of_case(case).order_by_asc(award_line::Column::Line);
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    let row = |row: award_line::Model| (row.line, row.payee_kind, row.fen.0 / 100, row.state);
    rows.into_iter().map(row).collect()
}

fn row(
    line: &str,
    payee: &str,
    yuan: i64,
    state: PaymentState,
) -> (String, String, i64, PaymentState) {
    (line.to_owned(), payee.to_owned(), yuan, state)
}

async fn the_bank_is_paid_first_and_the_rest_goes_to_the_person(mut world: World) {
    let case = asks(&mut world, 3_000_000).await;
    // Four years at 21 000 yuan, up to the 8 000 of 2018: 32 000 in all.
    let planned = |line, payee, yuan| row(line, payee, yuan, PaymentState::Planned);
    let wanted = [planned("loan", "bank", 30_000), planned("rest", "person", 2_000)];
    assert_eq!(lines(&world, case).await, wanted);
    world.says("Li", case, "county", Word::Approve).await.unwrap();
    assert_eq!(lines(&world, case).await[0].3, PaymentState::Ordered);
    assert_eq!(lines(&world, case).await[1].3, PaymentState::Planned);
    world.says("Fin", case, "repay", Word::Pay).await.unwrap();
    assert_eq!(lines(&world, case).await[0].3, PaymentState::Paid);
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    let paid: Vec<_> = lines(&world, case).await.into_iter().map(|row| row.3).collect();
    assert_eq!(paid, [PaymentState::Paid, PaymentState::Paid]);
    world.can_be_told_again(case).await;
    told!(world.story(case).await, @"
    09-10 10:00  Ma         filed ¥32000.00
    09-10 10:00  Ma         award_set
    09-10 10:00  the clock  step_opened county [county/education]
    09-10 10:00  the clock  clock_started county due 09-13 18:00
    09-10 10:00  Li         accepted person as_of 09-10 10:00
    09-10 10:00  Li         clock_started total due 10-26 18:00
    09-10 10:00  Li         task_signed county/education approved
    09-10 10:00  Li         clock_ended county
    09-10 10:00  Li         step_closed county approved
    09-10 10:00  the clock  outcome_reached granted
    09-10 10:00  the clock  clock_ended total
    09-10 10:00  the clock  step_opened repay [county/finance]
    09-10 10:00  the clock  clock_started repay due 09-17 18:00
    09-10 10:00  the clock  payment_ordered repay
    09-10 10:00  Fin        task_signed county/finance done
    09-10 10:00  Fin        clock_ended repay
    09-10 10:00  Fin        step_closed repay done
    09-10 10:00  Fin        payment_made repay ¥30000.00
    09-10 10:00  the clock  step_opened pay [county/finance]
    09-10 10:00  the clock  clock_started pay due 09-17 18:00
    09-10 10:00  the clock  payment_ordered pay
    09-10 10:00  Fin        task_signed county/finance done
    09-10 10:00  Fin        clock_ended pay
    09-10 10:00  Fin        step_closed pay done
    09-10 10:00  Fin        payment_made pay ¥2000.00
    09-10 10:00  the clock  case_ended
    ");
}

async fn a_line_that_falls_away_leaves_no_row_and_no_payment(mut world: World) {
    let case = asks(&mut world, 3_000_000).await;
    let back = Word::Return {
        to: "applicant".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["owed".to_owned()],
        papers: Vec::new(),
    };
    world.says("Li", case, "county", back).await.unwrap();
    world.fills("Ma", case, json!({ "owed": 0 })).await.unwrap();
    let ma = world.actor("Ma");
    world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await)
        .await
        .unwrap();
    world.settle().await;
    let wanted = [row("rest", "person", 32_000, PaymentState::Planned)];
    assert_eq!(lines(&world, case).await, wanted);
    world.says("Li", case, "county", Word::Approve).await.unwrap();
    // Nothing is owed to the bank: its step is none.
    let story = world.story(case).await;
    assert!(story.contains("step_skipped repay"), "{story}");
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    let payments = payment::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let payments: Vec<_> = payments.iter().map(|one| (&*one.line, one.fen.0, one.last)).collect();
    assert_eq!(payments, [("rest", 3_200_000, true)]);
    world.can_be_told_again(case).await;
}

async fn what_is_approved_less_is_taken_from_the_last_lines(mut world: World) {
    let case = asks(&mut world, 3_000_000).await;
    let less = Word::ApproveLess(entities::Fen(2_500_000));
    world.says("Li", case, "county", less).await.unwrap();
    // The person's line has come to nothing and is gone.
    let wanted = [row("loan", "bank", 25_000, PaymentState::Ordered)];
    assert_eq!(lines(&world, case).await, wanted);
    world.says("Fin", case, "repay", Word::Pay).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("step_skipped pay"), "{story}");
    assert!(story.contains("case_ended"), "{story}");
}
