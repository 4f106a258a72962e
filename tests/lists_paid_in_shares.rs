//! A list of people that is paid in shares: each person's own line is cut by itself, in fen, and the
//! last share brings what rounding has left.

use entities::{PaymentState, award_line, payment};
use workflow::commands::Word;

use crate::{
    harness::{
        both,
        walk::{approves, pays, receives},
        world::World,
    },
    programs_rosters::{at_the_county, staffed},
};

both![each_person_and_each_school_is_paid_in_shares_and_the_last_makes_it_whole];

const WHOLE: &str = "kind: pay, by: region/finance, per: line, due: 'date(year(date(form.term)), month(date(form.term)) == 9 ? 11 : 5, 30)', on_empty: hold}";

/// The shipped list, paid in three parts that do not divide it.
fn in_shares(world: &mut World) {
    let shipped = include_str!("../workflow/programs/nine-plus-three.yaml");
    let source = shipped
        .replacen("version: 4", "version: 5", 1)
        .replacen(WHOLE, "kind: pay, by: region/finance, per: line, share: 33, within: 5wd, on_empty: hold}\n  - {id: more, title: {zh: 续付, en: More}, kind: pay, by: region/finance, per: line, share: 33, within: 5wd, on_empty: hold}\n  - {id: rest, title: {zh: 余款, en: The rest}, kind: pay, by: region/finance, per: line, share: 34, within: 5wd, on_empty: hold}", 1)
        .replacen("each: 'rows.where(row.paid > row.due && !(has(row.carry) && row.carry))'", "each: 'rows.where(has(row.carry) && row.carry)'", 1);
    let programs = world.workflow.programs.with_source("nine-plus-three.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn each_person_and_each_school_is_paid_in_shares_and_the_last_makes_it_whole(
    mut world: World,
) {
    in_shares(&mut world);
    staffed(&mut world).await;
    let case = at_the_county(&world).await;
    let acts = vec![
        approves("Edu", "education"),
        approves("Pay", "finance"),
        receives("City", "city"),
        approves("Treasury", "region"),
        pays("Treasury", "pay"),
    ];
    world.walks(case, acts).await;
    let lines = async || {
        let rows = award_line::Entity::of_case(case).all(world.workflow.store.read()).await;
        rows.unwrap()
    };
    assert!(
        lines().await.iter().all(|line| line.state != PaymentState::Paid),
        "a third is not all"
    );
    world.says("Cashier", case, "more", Word::Pay).await.unwrap();
    world.says("Treasury", case, "rest", Word::Pay).await.unwrap();
    let rows = payment::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    assert_eq!(rows.len(), 33, "eleven payments, three times");
    for line in lines().await {
        let own: Vec<_> =
            rows.iter().filter(|row| row.line == line.line && row.payer == line.payer).collect();
        assert_eq!(own.iter().map(|row| row.fen.0).sum::<i64>(), line.fen.0, "{line:?}");
        assert_eq!(line.state, PaymentState::Paid, "{line:?}");
        let mut numbers: Vec<i32> = own.iter().map(|row| row.share).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), own.len(), "no share is paid twice: {own:?}");
    }
    // Living, 250 yuan from each payer to each pupil: 82.50, 82.50 and what is left.
    let of_one = rows.iter().filter(|row| row.line == "E" && row.payer == "region");
    let mut living: Vec<(Option<entities::CaseRowId>, i32, i64)> =
        of_one.map(|row| (row.row_id, row.share, row.fen.0)).collect();
    living.sort_unstable();
    let fen: Vec<i64> = living.iter().map(|(_, _, fen)| *fen).collect();
    assert_eq!(fen, [8_250, 8_250, 8_500, 8_250, 8_250, 8_500]);
    let story = world.story(case).await;
    assert_eq!(story.matches("payment_ordered").count(), 3, "{story}");
    world.can_be_told_again(case).await;
}
