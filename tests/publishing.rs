//! A program is changed while the service runs: drafted, proposed, confirmed by a second person.
//! New cases begin on the new version; those under way stay as they are, to the byte.

use entities::{CaseId, DraftState, Duty, Phase, ProgramDraftId, Stream, program_version, trail};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal, Workflow,
    program_versions::{
        self, ProposeDraft, ProposeEnd, SaveDraft, begin_draft, follow, propose_draft, propose_end,
        publish_draft, save_draft,
    },
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    a_draft_with_an_error_is_refused_with_its_line,
    new_cases_begin_on_the_new_version_and_no_running_due_date_moves,
    whoever_wrote_on_a_draft_does_not_publish_it,
    only_administrators_of_the_lead_office_at_region_may,
    of_two_who_publish_at_the_same_instant_one_wins,
    a_process_that_started_before_sees_the_new_version,
    a_version_counts_from_its_day_on,
    a_retired_program_takes_no_new_cases_and_finishes_old_ones,
    a_draft_case_is_handed_in_under_the_version_of_the_day,
    what_the_deployment_changed_itself_is_not_overwritten_by_an_upgrade,
    who_did_what_with_a_draft_is_on_record,
];

pub(crate) const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
     basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
     owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
     form: [{id: days, type: integer, required: true}]\nroute:\n  \
     - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n  \
     - {id: last, by: city/education, within: 4wd, on_empty: climb}\n\
     clock: {total: 30wd, from: accepted, to: outcome}\nremind: R0\nladder: EM\n";

impl World {
    /// A world with the sample program, published, and two administrators.
    pub(crate) async fn of_sample(&mut self) {
        let programs = self.workflow.programs.with_source("sample.yaml", SOURCE).unwrap();
        self.workflow.programs = programs.clone();
        let now = self.workflow.clock.now();
        let published =
            self.command(async |tx| program_versions::publish_new(tx, &programs, now).await);
        published.await.unwrap();
        for (name, unit, duty) in [
            ("Ann", "region/education", Duty::Administrator),
            ("Bob", "region/education", Duty::Administrator),
            ("Root", "region", Duty::Administrator),
            ("Fin", "region/finance", Duty::Administrator),
            ("Cou", "county/education", Duty::Administrator),
            ("Li", "county/education", Duty::Handler),
            ("City", "city/education", Duty::Handler),
            ("Look", "county/supervision", Duty::Handler),
        ] {
            self.works(name, unit, duty).await;
        }
        self.applies("Ma").await;
        self.applies("Yu").await;
    }

    /// A case of the sample program, on its way.
    pub(crate) async fn begins(&self, name: &str) -> CaseId {
        let case = self.drafts(name, "sample", json!({ "days": 1 })).await;
        self.submits(name, case).await.unwrap();
        self.settle().await;
        case
    }

    /// A draft by `name`, with `from` replaced by `to`.
    pub(crate) async fn rewrites(&self, name: &str, from: &str, to: &str) -> ProgramDraftId {
        let (actor, w) = (self.actor(name), &self.workflow);
        let draft =
            self.command(async |tx| begin_draft(tx, w, actor, "sample").await).await.unwrap();
        // What was published without its text by people is there in its canonical form.
        let text = if draft.yaml.starts_with('{') {
            SOURCE.replace("code: SP", &format!("version: {}\ncode: SP", draft.number))
        } else {
            draft.yaml.clone()
        };
        assert!(text.contains(from), "{text}");
        let yaml = text.replace(from, to);
        let ask = SaveDraft { draft: draft.id, seen: Some(draft.version), yaml };
        let saved = self.command(async |tx| save_draft(tx, w, actor, ask.clone()).await);
        saved.await.unwrap().id
    }

    pub(crate) async fn proposes(
        &self,
        name: &str,
        draft: ProgramDraftId,
        day: Option<&str>,
    ) -> Result<entities::program_draft::Model, CommandError> {
        let (actor, w) = (self.actor(name), &self.workflow);
        let ask = ProposeDraft {
            draft,
            seen: None,
            effective_on: day.map(|day| day.parse().unwrap()),
            reason: "the county asked for more time".to_owned(),
        };
        self.command(async |tx| propose_draft(tx, w, actor, ask.clone()).await).await
    }

    pub(crate) async fn confirms(
        &self,
        name: &str,
        draft: ProgramDraftId,
    ) -> Result<entities::program_draft::Model, CommandError> {
        let (actor, w) = (self.actor(name), &self.workflow);
        let done = self.command(async |tx| publish_draft(tx, w, actor, (draft, None)).await).await;
        follow(w).await.unwrap();
        done
    }

    /// `from` is replaced by `to`, by two people.
    pub(crate) async fn publishes(&self, from: &str, to: &str) -> ProgramDraftId {
        let draft = self.rewrites("Ann", from, to).await;
        self.proposes("Ann", draft, None).await.unwrap();
        self.confirms("Bob", draft).await.unwrap();
        draft
    }

    /// All rows of a case's clocks, timers, steps and slots, as they are stored.
    async fn stored(&self, case: CaseId) -> String {
        let db = self.workflow.store.read();
        let clocks = entities::clock::Entity::of_case(case).all(db).await.unwrap();
        let timers = entities::timer::Entity::of_case(case).all(db).await.unwrap();
        let slots = entities::task::Entity::of_case(case).all(db).await.unwrap();
        let dues: Vec<_> = slots.iter().map(|slot| (slot.id, slot.due_at)).collect();
        let file = self.case(case).await;
        let on = (file.program_hash, file.program_number, file.version);
        serde_json::to_string(&(clocks, timers, dues, on)).unwrap()
    }
}

async fn a_draft_with_an_error_is_refused_with_its_line(mut world: World) {
    world.of_sample().await;
    let draft = world.rewrites("Ann", "by: county/education", "by: county/educaton").await;
    let Refusal::Draft(findings) = refusal(world.proposes("Ann", draft, None).await) else {
        panic!("it has an error");
    };
    let first = &findings[0];
    assert_eq!((first.line, first.code), (12, "unknown-role"), "{findings:?}");
    assert!(first.message_en.contains("educaton") && !first.message_zh.is_empty());
    // A text that is no program at all has a line as well.
    let broken = world.rewrites("Ann", "within: 4wd", "within: [").await;
    let found = refusal(world.proposes("Ann", broken, None).await);
    assert!(matches!(&found, Refusal::Draft(found) if found[0].line > 0), "{found:?}");
    // The version counts up.
    let same = world.rewrites("Ann", "version: 2", "version: 1").await;
    let found = refusal(world.proposes("Ann", same, None).await);
    assert!(
        matches!(&found, Refusal::Draft(found) if found[0].code == "version-number"),
        "{found:?}"
    );
}

async fn new_cases_begin_on_the_new_version_and_no_running_due_date_moves(mut world: World) {
    world.of_sample().await;
    let old = world.begins("Ma").await;
    let before = world.stored(old).await;
    world.publishes("within: 5wd", "within: 2wd").await;
    world.settle().await;
    assert_eq!(world.stored(old).await, before);
    let new = world.begins("Yu").await;
    assert_eq!(world.due(old, "first").await, "09-17 18:00");
    assert_eq!(world.due(new, "first").await, "09-12 18:00");
    assert_eq!(world.case(new).await.program_number, 2);
    // Each goes on under its own.
    world.says("Li", old, "first", workflow::commands::Word::Approve).await.unwrap();
    world.says("City", old, "last", workflow::commands::Word::Approve).await.unwrap();
    assert_eq!(world.case(old).await.phase, Phase::Ended);
    assert_eq!(world.case(old).await.program_number, 1);
    world.can_be_told_again(old).await;
    world.can_be_told_again(new).await;
}

async fn whoever_wrote_on_a_draft_does_not_publish_it(mut world: World) {
    world.of_sample().await;
    let draft = world.rewrites("Ann", "within: 5wd", "within: 2wd").await;
    world.proposes("Ann", draft, None).await.unwrap();
    assert_eq!(refusal(world.confirms("Ann", draft).await), Refusal::FourEyes);
    // Who proposes what another wrote is no second person either.
    world.proposes("Bob", draft, None).await.unwrap();
    assert_eq!(refusal(world.confirms("Bob", draft).await), Refusal::FourEyes);
    assert_eq!(world.confirms("Root", draft).await.unwrap().state, DraftState::Published);
    let again = refusal(world.confirms("Root", draft).await);
    assert_eq!(again, Refusal::DraftState("published".to_owned()));
}

async fn only_administrators_of_the_lead_office_at_region_may(mut world: World) {
    world.of_sample().await;
    let w = &world.workflow;
    let barred = Refusal::NotYours(Bar::NotProgramAdministrator);
    for name in ["Fin", "Cou", "Li", "Ma"] {
        let actor = world.actor(name);
        let asked = world.command(async |tx| begin_draft(tx, w, actor, "sample").await).await;
        assert_eq!(refusal(asked), barred, "{name}");
    }
    for name in ["Ann", "Root"] {
        let actor = world.actor(name);
        world.command(async |tx| begin_draft(tx, w, actor, "sample").await).await.unwrap();
    }
}

async fn of_two_who_publish_at_the_same_instant_one_wins(mut world: World) {
    world.of_sample().await;
    let one = world.rewrites("Ann", "within: 5wd", "within: 2wd").await;
    let other = world.rewrites("Ann", "within: 4wd", "within: 2wd").await;
    for draft in [one, other] {
        world.proposes("Ann", draft, None).await.unwrap();
    }
    let (first, second) = tokio::join!(world.confirms("Bob", one), world.confirms("Root", other));
    let done = [&first, &second].iter().filter(|done| done.is_ok()).count();
    assert_eq!(done, 1, "{first:?} {second:?}");
    let lost = if first.is_err() { first } else { second };
    assert!(
        matches!(refusal(lost), Refusal::Outdated(2) | Refusal::Draft(_)),
        "the other is told that it is outdated"
    );
    let rows = program_version::Entity::in_order().all(world.workflow.store.read()).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.program == "sample").count(), 2);
}

async fn a_process_that_started_before_sees_the_new_version(mut world: World) {
    world.of_sample().await;
    // Another process: on the same store, with what it knew when it started.
    let other = Workflow { programs: world.workflow.programs.apart(), ..world.workflow.clone() };
    world.publishes("within: 5wd", "within: 2wd").await;
    assert_eq!(other.programs.get("sample").unwrap().version, 1);
    assert!(follow(&other).await.unwrap());
    assert_eq!(other.programs.get("sample").unwrap().version, 2);
    assert!(!follow(&other).await.unwrap(), "there is nothing new any more");
    let case = world.begins("Ma").await;
    let file = world.case(case).await;
    assert_eq!(workflow::load::program(&other, &file).unwrap().version, 2);
}

async fn a_version_counts_from_its_day_on(mut world: World) {
    world.of_sample().await;
    let draft = world.rewrites("Ann", "within: 5wd", "within: 2wd").await;
    let past = world.proposes("Ann", draft, Some("2018-09-07")).await;
    assert_eq!(refusal(past), Refusal::PastDay);
    world.proposes("Ann", draft, Some("2018-09-12")).await.unwrap();
    world.confirms("Bob", draft).await.unwrap();
    let case = world.begins("Ma").await;
    assert_eq!(world.case(case).await.program_number, 1);
    world.until("09-12 10:00").await;
    let case = world.begins("Yu").await;
    assert_eq!(world.case(case).await.program_number, 2);
}

async fn a_retired_program_takes_no_new_cases_and_finishes_old_ones(mut world: World) {
    world.of_sample().await;
    let case = world.begins("Ma").await;
    let waiting = world.drafts("Yu", "sample", json!({ "days": 1 })).await;
    let (ann, w) = (world.actor("Ann"), &world.workflow);
    let ask = ProposeEnd { program: "sample".to_owned(), on: None, reason: "a new law".to_owned() };
    let end = world.command(async |tx| propose_end(tx, w, ann, ask.clone()).await).await.unwrap();
    assert_eq!(refusal(world.confirms("Ann", end.id).await), Refusal::FourEyes);
    world.confirms("Bob", end.id).await.unwrap();
    let (actor, subject) = (world.actor("Yu"), world.subject("Yu"));
    let start = workflow::commands::StartCase {
        program: "sample".to_owned(),
        subject,
        filed_as: "self".to_owned(),
    };
    let begun = world
        .command(async |tx| workflow::commands::start_case(tx, w, actor, start.clone()).await)
        .await;
    assert_eq!(refusal(begun), Refusal::UnknownProgram("sample".to_owned()));
    let handed_in = world.submits("Yu", waiting).await;
    assert_eq!(refusal(handed_in), Refusal::UnknownProgram("sample".to_owned()));
    for (name, step) in [("Li", "first"), ("City", "last")] {
        world.says(name, case, step, workflow::commands::Word::Approve).await.unwrap();
    }
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    // It is taken up again by a new version.
    world.publishes("within: 5wd", "within: 2wd").await;
    world.submits("Yu", waiting).await.unwrap();
}

async fn a_draft_case_is_handed_in_under_the_version_of_the_day(mut world: World) {
    world.of_sample().await;
    let fits = world.drafts("Ma", "sample", json!({ "days": 1 })).await;
    let lacks = world.drafts("Yu", "sample", json!({ "days": 1 })).await;
    world.publishes("within: 5wd", "within: 2wd").await;
    world.submits("Ma", fits).await.unwrap();
    world.settle().await;
    assert_eq!(world.case(fits).await.program_number, 2);
    assert_eq!(world.due(fits, "first").await, "09-12 18:00");
    let form = "{id: days, type: integer, required: true}";
    let longer = "{id: days, type: integer, required: true}, {id: places, type: integer, \
                  required: true}";
    world.publishes(form, longer).await;
    let Refusal::NewVersion { version, faults } = refusal(world.submits("Yu", lacks).await) else {
        panic!("the form does not fit any more");
    };
    assert_eq!((version, faults[0].field.as_str()), (3, "places"));
    // The draft shows what the new version asks for, and takes it.
    world.fills("Yu", lacks, json!({ "places": 2 })).await.unwrap();
    world.submits("Yu", lacks).await.unwrap();
    assert_eq!(world.case(lacks).await.program_number, 3);
    world.can_be_told_again(lacks).await;
}

async fn what_the_deployment_changed_itself_is_not_overwritten_by_an_upgrade(mut world: World) {
    world.of_sample().await;
    world.publishes("within: 5wd", "within: 2wd").await;
    // The next release brings versions of its own: of the number that was given away, and higher.
    let now = world.workflow.clock.now();
    for version in ["version: 2\ncode: SP", "version: 7\ncode: SP"] {
        let source = SOURCE.replace("code: SP", version).replace("within: 4wd", "within: 1wd");
        let shipped = crate::harness::world::shipped().with_source("sample.yaml", &source).unwrap();
        let published =
            world.command(async |tx| program_versions::publish_new(tx, &shipped, now).await);
        assert_eq!(published.await.unwrap(), 0);
        let db = world.workflow.store.read();
        let known = program_versions::with_stored(db, shipped).await.unwrap();
        assert_eq!(known.get("sample").unwrap().version, 2);
        let today = "2018-09-10".parse().unwrap();
        let in_force = known.in_force("sample", today).unwrap();
        assert_eq!(in_force.hash(), world.workflow.programs.get("sample").unwrap().hash());
    }
}

async fn who_did_what_with_a_draft_is_on_record(mut world: World) {
    world.of_sample().await;
    let draft = world.publishes("within: 5wd", "within: 2wd").await;
    let db = world.workflow.store.read();
    let rows = trail::Entity::of(Stream::Program, draft.0).all(db).await.unwrap();
    workflow::record::verify(&rows).unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let who = world.people.iter().find(|(_, actor)| Some(actor.account) == row.account_id);
            (row.kind.as_str(), who.map_or("", |(name, _)| name.as_str()))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("program_drafted", "Ann"),
            ("program_draft_changed", "Ann"),
            ("program_proposed", "Ann"),
            ("program_confirmed", "Bob"),
        ]
    );
    assert!(rows.iter().all(|row| !row.body.contains("more time")), "no free text stands there");
}
