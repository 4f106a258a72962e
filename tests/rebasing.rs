//! Chosen cases go over to another version, after a preview; nothing else moves a due date.

use workflow::{
    Bar, Refusal,
    commands::Word,
    program_versions::{Rebase, RebaseCase, Unmoved, preview, rebase_cases},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    a_case_goes_over_with_its_clock_and_its_trail_says_so,
    a_case_moved_there_and_back_is_what_it_was,
    a_preview_says_the_same_and_writes_nothing,
    what_cannot_be_moved_stays_and_says_why,
    only_chosen_cases_move,
    only_those_who_may_change_the_program_move_its_cases,
];

impl World {
    fn to(version: u32, cases: &[&str]) -> Rebase {
        let cases = cases.iter().map(|&case| case.to_owned()).collect();
        Rebase { program: "sample".to_owned(), to: version, cases }
    }

    async fn looks(&self, ask: &Rebase) -> Vec<RebaseCase> {
        let db = self.workflow.store.read();
        preview(db, &self.workflow, self.actor("Ann"), ask).await.unwrap()
    }

    async fn moves(&self, ask: &Rebase) -> Result<Vec<RebaseCase>, workflow::CommandError> {
        let (ann, w) = (self.actor("Ann"), &self.workflow);
        let done = self.command(async |tx| rebase_cases(tx, w, ann, ask).await).await;
        self.settle().await;
        done.map(|(cases, _)| cases)
    }
}

async fn a_case_goes_over_with_its_clock_and_its_trail_says_so(mut world: World) {
    world.of_sample().await;
    let case = world.begins("Ma").await;
    world.publishes("within: 5wd", "within: 8wd").await;
    let moved = world.moves(&World::to(2, &[])).await.unwrap();
    assert_eq!(moved[0].unmoved, None);
    assert_eq!(world.due(case, "first").await, "09-20 18:00");
    let file = world.case(case).await;
    assert_eq!(file.program_number, 2);
    assert_eq!(file.program_hash, world.workflow.programs.get("sample").unwrap().hash());
    world.can_be_told_again(case).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("rebased") && story.contains("clock_reset"), "{story}");
}

async fn a_case_moved_there_and_back_is_what_it_was(mut world: World) {
    world.of_sample().await;
    let case = world.begins("Ma").await;
    let due = world.due(case, "first").await;
    world.publishes("within: 5wd", "within: 1wd").await;
    world.until("09-12 10:00").await;
    // One day from the 10th is over: it has until the next evening.
    let moved = world.moves(&World::to(2, &[])).await.unwrap();
    assert_eq!(moved[0].unmoved, None);
    assert_eq!(world.due(case, "first").await, "09-13 18:00");
    let back = world.moves(&World::to(1, &[])).await.unwrap();
    assert_eq!(back[0].unmoved, None, "the way back is open");
    assert_eq!(world.due(case, "first").await, due);
    world.can_be_told_again(case).await;
    // Whoever was given more time since is not moved: the clock is another one.
    world.moves(&World::to(2, &[])).await.unwrap();
    world.says("Li", case, "first", Word::Approve).await.unwrap();
}

async fn a_preview_says_the_same_and_writes_nothing(mut world: World) {
    world.of_sample().await;
    let case = world.begins("Ma").await;
    world.publishes("within: 5wd", "within: 8wd").await;
    let before = world.story(case).await;
    let shown = world.looks(&World::to(2, &[])).await;
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].from, shown[0].open.as_slice()), (1, &["first".to_owned()][..]));
    assert_eq!(shown[0].dues[0].step, "first");
    assert_eq!(world.story(case).await, before);
    let moved = world.moves(&World::to(2, &[])).await.unwrap();
    assert_eq!(moved[0].dues, shown[0].dues);
}

async fn what_cannot_be_moved_stays_and_says_why(mut world: World) {
    world.of_sample().await;
    world.begins("Ma").await;
    let why = async |world: &World, version| {
        let shown = world.looks(&World::to(version, &[])).await;
        let refused = refusal(world.moves(&World::to(version, &[])).await);
        assert_eq!(refused, Refusal::Rebase);
        shown[0].unmoved.clone().unwrap()
    };
    // The open step has another name there.
    world.publishes("id: first", "id: other").await;
    assert_eq!(why(&world, 2).await, Unmoved::Step("first".to_owned()));
    // There is a step before it, which nobody has done.
    let before =
        "  - {id: zero, by: county/supervision, within: 2wd, on_empty: climb}\n  - {id: first";
    world.publishes("  - {id: other", before).await;
    assert_eq!(why(&world, 3).await, Unmoved::WouldOpen("zero".to_owned()));
    // The form lacks what it asks for.
    world.publishes(&format!("route:\n{before}"), "route:\n  - {id: first").await;
    let form = "{id: days, type: integer, required: true}";
    let longer = "{id: days, type: integer, required: true}, {id: places, type: integer, \
                  required: true}";
    world.publishes(form, longer).await;
    assert_eq!(why(&world, 5).await, Unmoved::Form("places".to_owned()));
    // Red stays red.
    world.publishes(longer, form).await;
    world.publishes("within: 5wd", "within: 9wd").await;
    world.until("09-18 10:00").await;
    assert_eq!(why(&world, 7).await, Unmoved::Late("first".to_owned()));
}

async fn only_chosen_cases_move(mut world: World) {
    world.of_sample().await;
    let (one, other) = (world.begins("Ma").await, world.begins("Yu").await);
    world.publishes("within: 5wd", "within: 8wd").await;
    let number = world.case(one).await.number.unwrap();
    world.moves(&World::to(2, &[&number])).await.unwrap();
    assert_eq!(world.due(one, "first").await, "09-20 18:00");
    assert_eq!(world.due(other, "first").await, "09-17 18:00");
    assert_eq!(world.case(other).await.program_number, 1);
}

async fn only_those_who_may_change_the_program_move_its_cases(mut world: World) {
    world.of_sample().await;
    world.begins("Ma").await;
    world.publishes("within: 5wd", "within: 8wd").await;
    let (li, w) = (world.actor("Li"), &world.workflow);
    let ask = World::to(2, &[]);
    let barred = Refusal::NotYours(Bar::NotProgramAdministrator);
    let asked = world.command(async |tx| rebase_cases(tx, w, li, &ask).await).await;
    assert_eq!(refusal(asked.map(|_| ())), barred);
    let asked = preview(w.store.read(), w, li, &ask).await;
    assert_eq!(refusal(asked.map(|_| ())), barred);
}
