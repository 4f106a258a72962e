//! Verbs in random order on a database, by the commands that the doors call: whatever people do
//! and however time goes, a command is done or refused, and the store stays sound.
//!
//! A run is so many acts from one seed, which it prints; `BANJIE_STORE_STEPS` and
//! `BANJIE_MODEL_SEED` give others. The rules alone are tried in `workflow/src/at_random`.

use std::{collections::BTreeMap, time::Instant};

use chrono::TimeDelta;
use entities::{CaseId, Duty, PersonId, Phase, TaskId, appointment, case_file, task};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use workflow::{
    CommandError, doctor,
    program::{Program, load},
    state::CaseState,
};

use crate::harness::{
    invariants::{self, Demand},
    world::World,
};

mod acts;

mod the_store_stays_sound_whatever_is_done {
    use crate::harness::{Store, show};

    #[actix_web::test]
    async fn sqlite() {
        Box::pin(show(super::the_store_stays_sound_whatever_is_done, Store::Sqlite)).await;
    }

    #[actix_web::test]
    async fn postgres() {
        Box::pin(show(super::the_store_stays_sound_whatever_is_done, Store::Postgres)).await;
    }
}

/// Acts of a run that nobody has asked more of, and how often the whole store is looked at.
const STEPS: u64 = 150;
const EVERY: u64 = 50;
const SEED: u64 = 20_181_001;
/// Cases under way at once.
const CASES: usize = 6;

const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
    form: [{id: days, type: integer, required: true}, {id: sum, type: money, required: true}]\n\
    award: {lines: [{id: main, amount: 'min(form.sum, table(\"project_region_cap\", today))'}], split: [{payer: county, percent: 100}]}\n\
    route:\n  \
    - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n  \
    - together:\n      \
    - {id: left, by: county/finance, within: 3wd, on_empty: climb}\n      \
    - {id: board, by: [county/poverty_relief, county/supervision], take: {quorum: 3, of: 4}, \
      within: 4wd, on_empty: climb}\n  \
    - {id: last, by: city/education, apart: [first], within: 3wd, on_empty: climb, \
      may_return: [first, applicant]}\n  \
    - {id: notice, kind: publish, rule: P5, at: county}\nthen:\n  \
    - {id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}\n  \
    - {id: owed, kind: fill, by: applicant, within: 5wd, \
      missed: {grace: 5wd, then: go_on}, on_empty: hold}\n\
    clock: {total: 60wd, from: accepted, to: outcome, \
    stops: {supplement: 20wd, publicity: 5wd, appraisal: 6wd}, \
    extend: {times: 1, by: 5wd, approved_by: superior}}\nremind: R0\nladder: E0\n\
    privacy: {publish: [name_masked, school], keep: 10y}\n";

/// Numbers that look like chance and are the same each time (xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    fn of(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let nth = self.of(of.len());
        of.get(nth)
    }
}

/// A world, those who work in it, and what was done so far.
struct Stage {
    world: World,
    chance: Chance,
    staff: Vec<String>,
    names: BTreeMap<PersonId, String>,
    applicants: usize,
    /// Whose case it is.
    of: BTreeMap<CaseId, String>,
    done: BTreeMap<&'static str, (usize, usize)>,
    program: Program,
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.replace('_', "").parse().ok()
}

async fn the_store_stays_sound_whatever_is_done(world: World) {
    let steps = from_environment("BANJIE_STORE_STEPS").unwrap_or(STEPS);
    let seed = from_environment("BANJIE_MODEL_SEED").unwrap_or(SEED);
    let begun = Instant::now();
    println!("{:?}: seed {seed}, {steps} steps", world.on);
    let mut stage = Stage::new(world, seed).await;
    for step in 1..=steps {
        // No two acts at one instant: what came first would not be told.
        stage.world.workflow.clock.advance(TimeDelta::seconds(1));
        let (name, result) = stage.acts().await;
        let count = stage.done.entry(name).or_default();
        match result {
            Ok(()) => count.0 += 1,
            Err(CommandError::Refused(why)) => {
                count.1 += 1;
                let stuck = matches!(why, workflow::Refusal::Stuck(_));
                assert!(!stuck, "seed {seed}, step {step}, {name}: {why:?}");
            }
            Err(other) => panic!("seed {seed}, step {step}, {name}: {other:?}"),
        }
        // The worker is quick most of the time.
        if stage.chance.of(8) > 0 {
            stage.world.settle().await;
        }
        if step % EVERY == 0 || step == steps {
            stage.looks(&format!("seed {seed}, step {step}, {name}")).await;
        }
    }
    println!("{:?}: {:.1} s", stage.world.on, begun.elapsed().as_secs_f64());
    for (name, (done, refused)) in &stage.done {
        println!("  {name:<18} {done:>6} done {refused:>6} refused");
    }
    let ended = stage.cases(|phase| phase == Phase::Ended).await.len();
    println!("  {ended} of {} cases ended", stage.of.len());
    assert!(ended > 0 && stage.done.values().filter(|(done, _)| *done > 0).count() > 10);
}

impl Stage {
    async fn new(mut world: World, seed: u64) -> Self {
        world.workflow.programs =
            world.workflow.programs.with_source("sample.yaml", SOURCE).unwrap();
        let program = load::program("sample.yaml", SOURCE).unwrap();
        let mut staff = Vec::new();
        for place in ["county", "city", "region"] {
            for office in ["education", "finance", "poverty_relief", "supervision"] {
                for nth in 0..3 {
                    let name = format!("{place} {office} {nth}");
                    let unit = format!("{place}/{office}");
                    world.works(&name, &unit, Duty::Handler).await;
                    staff.push(name);
                }
                let name = format!("{place} {office} head");
                world.works(&name, &format!("{place}/{office}"), Duty::Head).await;
                staff.push(name);
            }
            let name = format!("{place} head");
            world.works(&name, place, Duty::Head).await;
            staff.push(name);
        }
        let names = staff.iter().map(|name| (world.actor(name).person.unwrap(), name.clone()));
        let names = names.collect();
        let (of, done) = (BTreeMap::new(), BTreeMap::new());
        let chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        Self { world, chance, staff, names, applicants: 0, of, done, program }
    }

    /// All that the doctor asks, and all that tests ask of every fault.
    async fn looks(&mut self, after: &str) {
        self.world.settle().await;
        workflow::commands::settle_slots(&self.world.workflow).await.unwrap();
        let report = doctor::examine(&self.world.workflow, doctor::Reach::Whole).await.unwrap();
        let wrong: Vec<_> = report.checks.iter().filter(|checked| checked.found > 0).collect();
        // Whoever has left and had a vote is passed on by a person: the doctor says so.
        let mut said = Vec::new();
        for checked in wrong {
            for finding in &checked.first {
                if !Self::is_vote_of_a_leaver(finding) && !Self::is_unsent(finding) {
                    said.push(format!("{:?} {finding:?}", checked.check));
                }
            }
        }
        assert!(said.is_empty(), "{after}:\n{}", said.join("\n"));
        let found = invariants::findings(&self.world, &Demand::default()).await;
        let found: Vec<_> = found.into_iter().filter(|one| !one.starts_with("I25")).collect();
        assert!(found.is_empty(), "{after}:\n{}", found.join("\n"));
    }

    fn is_vote_of_a_leaver(finding: &doctor::Finding) -> bool {
        finding.why == doctor::Why::NobodyCan && finding.about.starts_with("board")
    }

    /// No letters are sent here: that they wait is no finding.
    fn is_unsent(finding: &doctor::Finding) -> bool {
        finding.why == doctor::Why::Late && finding.about.starts_with("send_notice")
    }

    async fn cases(&self, wanted: impl Fn(Phase) -> bool) -> Vec<case_file::Model> {
        let rows = case_file::Entity::find()
            .filter(case_file::Column::Program.eq("sample"))
            .order_by_asc(case_file::Column::Id);
        let rows = rows.all(self.world.workflow.store.read()).await.unwrap();
        rows.into_iter().filter(|row| wanted(row.phase)).collect()
    }

    /// One more application, of somebody new.
    async fn begins(&mut self) -> Result<(), CommandError> {
        self.applicants += 1;
        let name = format!("Ma{}", self.applicants);
        self.world.applies(&name).await;
        let sum = 100 * (1 + i64::try_from(self.chance.of(2_000)).unwrap());
        let form = json!({ "days": self.chance.of(9), "sum": sum });
        let case = self.world.drafts(&name, "sample", form).await;
        self.of.insert(case, name.clone());
        self.world.submits(&name, case).await.map(|_| ())
    }

    /// Time passes; mostly hours, now and then weeks.
    async fn passes(&mut self) {
        let minutes = match self.chance.of(8) {
            0 => self.chance.of(20_000),
            1..4 => self.chance.of(3_000),
            _ => self.chance.of(400),
        };
        let by = TimeDelta::minutes(i64::try_from(minutes).unwrap() + 1);
        self.world.comes_to(self.world.workflow.clock.now() + by).await;
    }

    /// A slot of a case that is under way: mostly an open one.
    async fn slot(&mut self) -> Option<task::Model> {
        let live = self.cases(|phase| !matches!(phase, Phase::Draft | Phase::Ended)).await;
        let nobodys = self.chance.of(12) == 0;
        let live = if nobodys { self.cases(|_| true).await } else { live };
        let case = self.chance.one(&live)?.id;
        let rows = task::Entity::of_case(case).all(self.world.workflow.store.read()).await.unwrap();
        let open: Vec<_> = rows.iter().filter(|row| CaseState::is_open(row)).cloned().collect();
        self.chance.one(if open.is_empty() { &rows } else { &open }).cloned()
    }

    /// Somebody: mostly one who may.
    async fn somebody(&mut self, slot: &task::Model) -> String {
        let any = self.chance.one(&self.staff).cloned().unwrap_or_default();
        let mine = slot.signed_by.or(slot.person_id).and_then(|who| self.names.get(&who)).cloned();
        if let Some(mine) = mine.filter(|_| self.chance.of(3) > 0) {
            return mine;
        }
        if self.chance.of(5) == 0 {
            return any;
        }
        let now = self.world.workflow.clock.now();
        let here = appointment::Entity::in_units([slot.unit_id], now)
            .filter(appointment::Column::Duty.eq(slot.duty))
            .all(self.world.workflow.store.read())
            .await
            .unwrap();
        let one = self.chance.one(&here).map(|held| held.person_id);
        one.and_then(|who| self.names.get(&who)).cloned().unwrap_or(any)
    }

    fn any_of(&mut self, ids: &[TaskId]) -> Option<TaskId> {
        self.chance.one(ids).copied()
    }
}
