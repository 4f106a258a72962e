//! Where the random lives take place: a small organisation, and four programs that between them
//! have branches, votes, money, a public notice, rounds, threads and what follows a grant.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountId, AppointmentId, CaseId, Duty, Fen, Level, PersonId, Phase, UnitId, appointment,
    case_file, unit,
};
use serde_json::json;

use crate::{
    organisation::Organisation,
    program::{Program, load},
};

/// What all programs begin with.
const HEAD: &str = "title: {zh: 示例, en: Sample}\nbasis: [{doc: 示例办法, clause: 第一条}]\n\
    valid: {from: 2018-01-01}\nowner: {lead: education}\nintake: {by: [self]}\n\
    anchor: applicant.school\n\
    form: [{id: days, type: integer, required: true}, {id: sum, type: money, required: true}]\n\
    award: {lines: [{id: main, amount: 'min(form.sum, table(\"project_region_cap\", today))'}], split: [{payer: county, percent: 100}]}\n";

/// What all programs end with.
const TAIL: &str = "clock: {total: 30wd, from: accepted, to: outcome, \
    stops: {supplement: 20wd, publicity: 5wd, appraisal: 6wd, expert: 2wd}, \
    extend: {times: 1, by: 5wd, approved_by: superior}}\nremind: R0\n";

/// Branches side by side, returns, one step that another forbids, and a payment.
const BRANCHES: &str = "route:\n\
    \x20 - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n\
    \x20 - together:\n\
    \x20     - {id: left, by: county/finance, within: 3wd, stop: expert, on_empty: climb}\n\
    \x20     - {id: right, by: county/poverty_relief, within: 4wd, on_empty: climb, may_return: [first]}\n\
    \x20 - {id: long, by: city/finance, when: 'form.days > 5', within: 6wd, on_empty: climb}\n\
    \x20 - {id: last, by: city/education, apart: [first], within: 48h, on_empty: climb, \
            may_return: [first, applicant]}\n\
    then:\n\
    \x20 - {id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}\n\
    ladder: E0\n";

/// Every way of taking a step.
const VOTES: &str = "route:\n\
    \x20 - {id: first, by: county/education, within: 3wd, on_empty: climb}\n\
    \x20 - {id: board, by: [county/education, county/finance, county/poverty_relief], \
            take: {quorum: 4, of: 6}, within: 4wd, on_empty: climb, may_return: [first]}\n\
    \x20 - {id: offices, by: [county/finance, county/poverty_relief], take: each_office, \
            within: 5wd, on_empty: climb, may_return: [applicant]}\n\
    \x20 - {id: row, by: [city/education, city/finance], take: in_order, within: 4wd, \
            on_empty: climb}\n\
    \x20 - {id: share, by: [city/education, city/supervision], take: {percent: 60}, within: 4wd, \
            on_empty: climb, refuse: goes_on}\n\
    \x20 - {id: all, by: region/education, take: all, within: 3wd, on_empty: climb, \
            may_return: [row]}\n\
    ladder: EM\n";

/// A notice, what is owed afterwards, and a case that may be reopened.
const AFTER: &str = "merge: true\nroute:\n\
    \x20 - {id: check, by: county/education, within: 2wd, on_empty: climb, may_return: [applicant]}\n\
    \x20 - {id: again, by: county/head, within: 2wd, on_empty: climb}\n\
    \x20 - {id: notice, kind: publish, rule: P5, at: county}\n\
    then:\n\
    \x20 - {id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}\n\
    \x20 - together:\n\
    \x20     - {id: owed, kind: fill, by: applicant, within: 5wd, \
                missed: {grace: 3wd, then: go_on}, on_empty: hold}\n\
    \x20     - {id: proof, kind: fill, by: county/poverty_relief, within: 3wd, \
                missed: {grace: 2wd, then: suspend}, on_empty: hold}\n\
    \x20 - {id: later, by: county/supervision, from: 'day(\"pay\") + days(20)', within: 4wd, \
            refuse: goes_on, on_empty: climb}\n\
    ladder: E0\n\
    reopen: {within: 60d, by: county/supervision, at: later, ground: 抽查不合格}\n";

/// Rounds until something is as it should be, and rounds by the calendar.
const ROUNDS: &str = "route:\n\
    \x20 - {id: first, by: county/education, within: 3wd, on_empty: climb, may_return: [applicant]}\n\
    \x20 - repeat: {until: 'verdict(\"judge\") == \"approved\"', at_most: 3}\n\
    \x20   within: 12wd\n\
    \x20   steps:\n\
    \x20     - {id: report, kind: fill, by: county/finance, within: block, on_empty: climb}\n\
    \x20     - {id: judge, by: county/poverty_relief, within: 3wd, refuse: goes_on, \
                on_empty: climb, may_return: [report]}\n\
    \x20 - {id: last, by: city/education, within: 4wd, on_empty: climb, \
            may_return: [judge, applicant]}\n\
    then:\n\
    \x20 - {id: monthly, kind: fill, by: county/poverty_relief, \
            repeat: {every: {month: 1, day: 5}, at_most: 3}, within: 3wd, on_empty: hold, \
            missed: {grace: 4wd, then: go_on}}\n\
    ladder: EM\n";

/// The calendar of the stories: a Monday before the holidays of autumn 2018.
pub(super) fn start() -> DateTime<Utc> {
    "2018-09-10T02:00:00Z".parse().unwrap()
}

/// The programs, by the number that a life draws.
pub(super) fn programs() -> Vec<Arc<Program>> {
    let all = [("BR", BRANCHES), ("VO", VOTES), ("AF", AFTER), ("RO", ROUNDS)];
    let program = |(code, route): (&str, &str)| {
        let id = format!("sample-{}", code.to_lowercase());
        let source = format!("program: {id}\ncode: {code}\n{HEAD}{route}{TAIL}");
        let loaded = load::program("sample.yaml", &source);
        Arc::new(loaded.unwrap_or_else(|why| panic!("{code}: {why:?}\n{source}")))
    };
    all.map(program).into()
}

/// Who the case is about, and the account that filed it.
pub(super) fn subject() -> PersonId {
    PersonId::derived(start(), [250; 10])
}

pub(super) fn account(nth: u8) -> AccountId {
    AccountId::derived(start(), [nth; 10])
}

/// The applicant's account.
pub(super) const APPLICANT: u8 = 251;

/// Units and people: three in each office, a head in each place.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) units: Vec<unit::Model>,
    /// Every appointment that there ever was.
    pub(super) held: Vec<appointment::Model>,
    pub(super) people: Vec<PersonId>,
    pub(super) school: Option<UnitId>,
}

impl Place {
    pub(super) fn built() -> Self {
        let mut place = Self::default();
        let offices = ["education", "finance", "poverty_relief", "supervision"];
        let mut above = None;
        for (level, division) in
            [(Level::Region, "640000"), (Level::City, "640400"), (Level::County, "640424")]
        {
            let seat = place.unit(level, division, "government", (None, above));
            place.person(seat, Duty::Head);
            for office in offices {
                let unit = place.unit(level, division, office, (Some(seat), None));
                // The city and the region are thin: there somebody is soon missing.
                let most = if level == Level::County { 3 } else { 2 };
                for _ in 0..most {
                    place.person(unit, Duty::Handler);
                }
            }
            above = Some(seat);
        }
        place.school = Some(place.unit(Level::School, "640424", "school", (None, above)));
        place
    }

    fn unit(
        &mut self,
        level: Level,
        division: &str,
        office: &str,
        (seat, above): (Option<UnitId>, Option<UnitId>),
    ) -> UnitId {
        let nth = u8::try_from(self.units.len() + 1).unwrap();
        let id = UnitId::derived(start(), [nth; 10]);
        self.units.push(unit::Model {
            id,
            level,
            division: division.to_owned(),
            office: office.to_owned(),
            seat_id: seat.unwrap_or(id),
            parent_id: seat.or(above),
            mark: None,
            successor_id: None,
            code: None,
            name_zh: office.to_owned(),
            name_en: office.to_owned(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        });
        id
    }

    fn person(&mut self, unit: UnitId, duty: Duty) {
        let nth = u8::try_from(self.people.len() + 1).unwrap();
        let person = PersonId::derived(start(), [nth; 10]);
        self.people.push(person);
        self.appoint(person, (unit, duty), start() - TimeDelta::days(300));
    }

    pub(super) fn appoint(
        &mut self,
        person: PersonId,
        (unit, duty): (UnitId, Duty),
        at: DateTime<Utc>,
    ) {
        let nth = u64::try_from(self.held.len() + 1).unwrap();
        let mut bits = [9; 10];
        bits[..8].copy_from_slice(&nth.to_be_bytes());
        self.held.push(appointment::Model {
            id: AppointmentId::derived(start(), bits),
            person_id: person,
            unit_id: unit,
            duty,
            from_at: at,
            to_at: None,
        });
    }

    /// Who holds what at `now`.
    pub(super) fn in_force(
        &self,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &appointment::Model> + '_ {
        self.held
            .iter()
            .filter(move |held| held.from_at <= now && held.to_at.is_none_or(|to| now < to))
    }

    /// The same as the rules see it.
    pub(super) fn organisation(&self, now: DateTime<Utc>) -> Organisation {
        Organisation::new(self.units.iter().cloned(), self.in_force(now).cloned().collect())
    }
}

/// A case before it is handed in.
pub(super) fn draft(program: &Program, school: Option<UnitId>) -> case_file::Model {
    case_file::Model {
        id: CaseId::derived(start(), [7; 10]),
        number: None,
        program: program.id().to_owned(),
        program_number: 1,
        program_hash: program.hash(),
        subject_id: Some(subject()),
        filed_by: account(APPLICANT),
        filed_as: "self".to_owned(),
        anchor_id: school,
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
        planned: None,
    }
}
