//! The life of a made-up case: people act by chance, the rules say what follows.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountId, AppointmentId, CaseId, Duty, Fen, Level, Outcome, PersonId, Phase, TaskId, UnitId,
    Verdict, appointment, case_file, unit,
};
use serde_json::json;

use super::super::{Known, Tale, Told};
use crate::{
    Event, Refusal,
    calendar::Calendar,
    event::{Asked, ReturnMode, Signature},
    organisation::Organisation,
    program::{ClockFrom, Program, Programs, expression::Value},
    rules::{
        accepting,
        advance::advance,
        assigning::Desks,
        engine::Engine,
        facts::{CaseFacts, Facts},
        judging::Application,
        verdicts::{SendBack, sign},
    },
    state::CaseState,
};

/// Numbers that look like chance and are the same each time (xorshift).
struct Chance(u64);

impl Chance {
    fn of(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

fn start() -> DateTime<Utc> {
    "2018-09-10T02:00:00Z".parse().unwrap()
}

/// region ← city ← county ← school, with the offices that the sample names.
fn organisation() -> (Organisation, UnitId) {
    let mut units: Vec<unit::Model> = Vec::new();
    let mut people = Vec::new();
    let mut nth = 0_u8;
    let mut add = |level, division: &str, office: &str, place: (Option<UnitId>, Option<UnitId>)| {
        nth += 1;
        let id = UnitId::derived(start(), [nth; 10]);
        units.push(unit::Model {
            id,
            level,
            division: division.to_owned(),
            office: office.to_owned(),
            seat_id: place.0.unwrap_or(id),
            parent_id: place.0.or(place.1),
            mark: None,
            successor_id: None,
            code: None,
            name_zh: office.to_owned(),
            name_en: office.to_owned(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        });
        if place.0.is_some() {
            for more in [0_u8, 100] {
                people.push(appointment::Model {
                    id: AppointmentId::derived(start(), [nth + more; 10]),
                    person_id: PersonId::derived(start(), [nth + more; 10]),
                    unit_id: id,
                    duty: Duty::Handler,
                    from_at: start() - TimeDelta::days(300),
                    // One of the two leaves in the middle of it all.
                    to_at: (more > 0).then(|| start() + TimeDelta::days(9)),
                });
            }
        }
        id
    };
    let offices = ["education", "finance", "poverty_relief", "supervision"];
    let mut above = None;
    for (level, division) in
        [(Level::Region, "640000"), (Level::City, "640400"), (Level::County, "640424")]
    {
        let seat = add(level, division, "government", (None, above));
        for office in offices {
            add(level, division, office, (Some(seat), None));
        }
        above = Some(seat);
    }
    let school = add(Level::School, "640424", "school", (None, above));
    (Organisation::new(units, people), school)
}

pub(super) fn known() -> (Known, UnitId) {
    let (organisation, school) = organisation();
    let known = Known {
        programs: Programs::shipped().unwrap(),
        calendar: Arc::new(Calendar::shipped().unwrap()),
        organisation,
        history: Vec::new(),
        rosters: BTreeMap::new(),
        conflicts: Vec::new(),
        recused: Vec::new(),
        filer: None,
        seats: Vec::new(),
    };
    (known, school)
}

fn draft(nth: u64, school: UnitId, program: &Program) -> case_file::Model {
    let mut bits = [7; 10];
    bits[..8].copy_from_slice(&nth.to_be_bytes());
    case_file::Model {
        id: CaseId::derived(start(), bits),
        number: None,
        planned: None,
        program: program.id().to_owned(),
        program_number: 1,
        program_hash: program.hash(),
        subject_id: Some(PersonId::derived(start(), [250; 10])),
        filed_by: AccountId::derived(start(), [251; 10]),
        filed_as: "self".to_owned(),
        anchor_id: Some(school),
        county: "640424".to_owned(),
        phase: Phase::Draft,
        outcome: None,
        reason: None,
        routing: false,
        suspended: false,
        supplementing: false,
        supplements: 0,
        asked: None,
        facts: json!({}),
        award_fen: Fen(0),
        once_key: None,
        version: 1,
        trail_number: 0,
        trail_head: Vec::new(),
        calendar_revision: String::new(),
        submitted_at: None,
        accepted_at: None,
        ended_at: None,
        late: false,
        returned_from: None,
        created_at: start(),
    }
}

/// A case as it happens.
struct Life {
    known: Known,
    program: Arc<Program>,
    state: CaseState,
    told: Vec<Told>,
    forms: Vec<BTreeMap<String, Value>>,
    now: DateTime<Utc>,
    routing: bool,
}

impl Life {
    fn facts(&self) -> Facts {
        let known = &self.known;
        Facts {
            program: Arc::clone(&self.program),
            programs: known.programs.clone(),
            days: known.calendar.of("640000"),
            calendar: Arc::clone(&known.calendar),
            organisation: known.organisation.at(self.now),
            history: Vec::new(),
            rosters: BTreeMap::new(),
            conflicts: Vec::new(),
            recused: BTreeMap::new(),
            near_lines: BTreeMap::new(),
            filer: None,
            lines: Vec::new(),
            seats: Vec::new(),
            seed: None,
            payments: Vec::new(),
            desks: Desks::default(),
        }
    }

    fn act<T>(
        &mut self,
        by_person: bool,
        work: impl FnOnce(&mut Engine<'_>) -> Result<T, Refusal>,
    ) -> Option<T> {
        let facts = self.facts();
        let mut engine = Engine::new(&facts, self.state.clone(), self.now);
        let done = work(&mut engine).ok()?;
        let at = self.now;
        self.told.extend(engine.events.iter().map(|event| Told {
            at,
            by_person,
            event: event.clone(),
        }));
        self.state = engine.state;
        Some(done)
    }

    /// The worker lets it go on, a moment later.
    fn settle(&mut self) {
        if std::mem::take(&mut self.routing) {
            self.now += TimeDelta::milliseconds(40);
            self.act(false, |engine| {
                advance(engine);
                Ok(())
            });
        }
    }

    fn file(&mut self, form: BTreeMap<String, Value>, again: bool) {
        let facts = self.facts();
        let application = Application {
            facts: &facts,
            state: &self.state,
            values: &form,
            papers: &[],
            now: self.now,
        };
        let judged = application.judge(application.read().faults).unwrap();
        self.forms.push(form);
        let facts = serde_json::to_value(&judged.facts).unwrap();
        let mode = self.state.case.asked.clone();
        let mode = mode.and_then(|asked| serde_json::from_value::<Asked>(asked).ok());
        let (award, lines) = (judged.award.total, judged.award.lines);
        // Another amount is signed for again.
        let replays = again && award != self.state.case.award_fen;
        let sets = !lines.is_empty() || (again && self.state.case.award_fen > Fen(0));
        self.act(true, |engine| {
            let form = String::new();
            if again {
                let changed = vec!["days".to_owned()];
                engine.emit(Event::Supplemented { facts, form, award, changed });
                if sets {
                    engine.emit(Event::AwardSet { lines });
                }
                engine.answered();
                if replays {
                    engine.replay_all();
                }
                return Ok(());
            }
            let (number, filed_as) = ("1".to_owned(), "self".to_owned());
            engine.emit(Event::Filed { number, filed_as, facts, form, award });
            if !lines.is_empty() {
                engine.emit(Event::AwardSet { lines });
            }
            Ok(engine.start_total(ClockFrom::Submitted, engine.now)?)
        });
        self.routing = !again || replays || mode.is_some_and(|asked| asked.mode.is_some());
        self.settle();
    }

    fn open(&self, chance: &mut Chance) -> Option<(TaskId, PersonId)> {
        let open: Vec<_> = self.state.tasks.iter().filter(|t| CaseState::is_open(t)).collect();
        let nth = usize::try_from(chance.of(u64::try_from(open.len().max(1)).unwrap())).unwrap();
        let task = open.get(nth)?;
        let people = self.known.organisation.at(self.now);
        let person = people.holders(task.unit_id, task.duty).first().copied();
        Some((task.id, person.unwrap_or_else(|| PersonId::derived(start(), [252; 10]))))
    }

    fn says(&mut self, chance: &mut Chance) {
        let Some((task, person)) = self.open(chance) else { return };
        let granted = self.state.case.award_fen;
        let least =
            granted > Fen(1) && self.state.task(task).is_some_and(|slot| slot.path == "long");
        let (verdict, back) = match chance.of(12) {
            3 | 4 if least => (Verdict::Less, None),
            0 => (Verdict::Refused, None),
            1 | 2 => {
                let to = if chance.of(2) == 0 { "first" } else { "applicant" }.to_owned();
                let mode = if chance.of(2) == 0 { ReturnMode::Replay } else { ReturnMode::Here };
                let asked = Asked { fields: vec!["days".to_owned()], ..Asked::default() };
                (Verdict::Returned, Some(SendBack { to, mode, asked }))
            }
            _ => (Verdict::Approved, None),
        };
        let signature = Signature {
            verdict,
            fen: (verdict == Verdict::Less).then_some(Fen(granted.0 / 2)),
            reason: (verdict == Verdict::Less).then(|| "other".to_owned()),
            person: Some(person),
            on_behalf: None,
            appointment: None,
            note: None,
            form: None,
            said: json!({}),
            seen: 1,
            batch: None,
        };
        let closed = self.act(true, |engine| sign(engine, task, signature, back));
        self.routing = closed.unwrap_or(false);
        self.settle();
    }

    /// Nobody has answered for five working days.
    fn silence(&mut self) {
        self.act(false, |engine| Ok(accepting::silence(engine)?));
    }

    fn step(&mut self, chance: &mut Chance) {
        self.silence();
        if self.state.case.supplementing {
            let days = i64::try_from(chance.of(10)).unwrap();
            self.file(BTreeMap::from([("days".to_owned(), Value::Int(days))]), true);
            return;
        }
        let open = self.open(chance);
        match (chance.of(10), open) {
            (0, Some((task, person))) => {
                self.act(true, |engine| {
                    engine.emit(Event::TaskClaimed { task, person });
                    Ok(())
                });
            }
            (1, Some((task, _))) => {
                let run = self.state.task(task).unwrap().run_id;
                let asked = Asked { fields: vec!["days".to_owned()], ..Asked::default() };
                if self.state.case.supplements == 0 {
                    self.act(true, |engine| {
                        engine.ask(run, asked);
                        Ok(())
                    });
                }
            }
            (2, Some((task, _))) => {
                let run = self.state.task(task).unwrap().run_id;
                let paused =
                    self.state.run(run).unwrap().reason.as_deref() == Some(crate::fold::PAUSED);
                self.act(true, |engine| {
                    if paused {
                        engine.unpause(run, false);
                        return Ok(());
                    }
                    engine.pause(run, "appraisal", None)
                });
            }
            (4, _) if chance.of(12) == 0 => {
                self.act(true, |engine| Ok(engine.reach(Outcome::Withdrawn, None)?));
            }
            _ => self.says(chance),
        }
    }
}

/// A life of chance.
pub(super) fn life(nth: u64, program: &Arc<Program>, (known, school): (&Known, UnitId)) -> Tale {
    let mut chance = Chance(nth.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let row = draft(nth, school, program);
    let minutes = i64::try_from(chance.of(20_000)).unwrap();
    let mut life = Life {
        known: known.clone(),
        program: Arc::clone(program),
        state: CaseState::new(row.clone()),
        told: Vec::new(),
        forms: Vec::new(),
        now: start() + TimeDelta::minutes(minutes),
        routing: false,
    };
    let carried = CaseFacts::default();
    life.state.case.facts = serde_json::to_value(carried).unwrap();
    let days = i64::try_from(chance.of(10)).unwrap();
    life.file(BTreeMap::from([("days".to_owned(), Value::Int(days))]), false);
    for _ in 0..18 {
        if life.state.is_live() {
            life.now += TimeDelta::minutes(i64::try_from(chance.of(3_000)).unwrap() + 1);
            life.step(&mut chance);
        }
    }
    life.silence();
    let until = life.now;
    Tale { draft: row, told: life.told, forms: life.forms, known: life.known, until }
}
