//! Which places a case has that begins at a school under a county, a city, or the region.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountId, CaseId, Duty, Fen, Level, PersonId, Phase, UnitId, appointment, case_file, unit,
};
use serde_json::json;

use crate::{
    Event,
    calendar::Calendar,
    organisation::Organisation,
    program::{By, Place, Programs, load},
    rules::{assigning::Desks, engine::Engine, facts::Facts},
    state::CaseState,
};

const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
     basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
     owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\nroute:\n  \
     - {id: both, by: [county/education, city/education], within: 5wd, on_empty: hold}\n\
     clock: {total: 30wd, from: accepted, to: outcome}\n";

fn start() -> DateTime<Utc> {
    "2018-09-10T02:00:00Z".parse().unwrap()
}

/// region ← city ← county ← township, each with an education office, and three schools.
#[derive(Default)]
struct Country {
    units: BTreeMap<&'static str, UnitId>,
    rows: Vec<unit::Model>,
}

impl Country {
    fn new() -> Self {
        let mut country = Self::default();
        for (name, level, above) in [
            ("region", Level::Region, None),
            ("city", Level::City, Some("region")),
            ("county", Level::County, Some("city")),
            ("township", Level::Township, Some("county")),
        ] {
            country.add(name, (level, "government"), (None, above));
        }
        for (name, seat, level) in [
            ("region/education", "region", Level::Region),
            ("city/education", "city", Level::City),
            ("county/education", "county", Level::County),
        ] {
            country.add(name, (level, "education"), (Some(seat), None));
        }
        for (name, above) in [("school", "county"), ("city_college", "city"), ("college", "region")]
        {
            country.add(name, (Level::School, "school"), (None, Some(above)));
        }
        country.add("bank", (Level::Outside, "bank"), (None, None));
        country
    }

    fn add(
        &mut self,
        name: &'static str,
        (level, office): (Level, &str),
        (seat, above): (Option<&str>, Option<&str>),
    ) {
        let nth = u8::try_from(self.rows.len()).unwrap();
        let id = UnitId::derived(start(), [nth; 10]);
        let of = |name: &str| self.units[name];
        self.rows.push(unit::Model {
            id,
            level,
            division: "640000".to_owned(),
            office: office.to_owned(),
            seat_id: seat.map_or(id, of),
            parent_id: seat.or(above).map(of),
            mark: None,
            successor_id: None,
            code: None,
            name_zh: name.to_owned(),
            name_en: name.to_owned(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        });
        self.units.insert(name, id);
    }

    fn name(&self, id: UnitId) -> &'static str {
        self.units.iter().find_map(|(name, unit)| (*unit == id).then_some(*name)).unwrap()
    }

    fn facts(&self) -> Facts {
        let calendar = Arc::new(Calendar::shipped().unwrap());
        Facts {
            program: Arc::new(load::program("sample.yaml", SOURCE).unwrap()),
            programs: Programs::shipped().unwrap(),
            days: calendar.of("640000"),
            calendar,
            organisation: Organisation::new(
                self.rows.iter().cloned(),
                Vec::<appointment::Model>::new(),
            ),
            history: Vec::new(),
            rosters: BTreeMap::new(),
            conflicts: Vec::new(),
            recused: BTreeMap::new(),
            near_lines: BTreeMap::new(),
            filer: None,
            lines: Vec::new(),
            payments: Vec::new(),
            desks: Desks::default(),
            seats: Vec::new(),
            seed: None,
        }
    }

    /// A case of somebody whose household is in the township, seen from `anchor`.
    fn case(&self, anchor: &str, has_applicant: bool) -> CaseState {
        let home = |name: &str| json!({ "text": self.units[name].to_string() });
        let applicant = if has_applicant {
            json!({ "township": home("township"), "county": home("county") })
        } else {
            json!({})
        };
        CaseState::new(case_file::Model {
            id: CaseId::at(start()),
            number: None,
            planned: None,
            program: "sample".to_owned(),
            program_number: 1,
            program_hash: String::new(),
            subject_id: has_applicant.then(|| PersonId::derived(start(), [250; 10])),
            filed_by: AccountId::derived(start(), [251; 10]),
            filed_as: "self".to_owned(),
            anchor_id: Some(self.units[anchor]),
            county: "640424".to_owned(),
            phase: Phase::Running,
            outcome: None,
            reason: None,
            routing: false,
            suspended: false,
            supplementing: false,
            supplements: 0,
            asked: None,
            facts: json!({ "applicant": applicant }),
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
            created_at: start() - TimeDelta::days(1),
        })
    }
}

#[test]
fn who_stands_next_above_takes_the_part_of_a_level_that_is_left_out() {
    let country = Country::new();
    let facts = country.facts();
    let table = [
        // from, whether somebody applies, place, found
        ("school", false, "county", Some("county")),
        ("school", false, "city", Some("city")),
        ("city_college", false, "county", Some("city")),
        ("city_college", false, "city", Some("city")),
        ("college", false, "county", Some("region")),
        ("college", false, "city", Some("region")),
        ("college", false, "region", Some("region")),
        // Whose college it is decides, not where the household is at home.
        ("college", true, "county", Some("region")),
        // A school is in no township: the household's own counts, and without one the county's.
        ("school", true, "township", Some("township")),
        ("school", false, "township", Some("county")),
        ("college", true, "township", Some("township")),
        // What lies below a place is not its part.
        ("city", false, "county", None),
        ("township", false, "school", None),
        ("bank", false, "county", None),
    ];
    for (from, applies, place, found) in table {
        let engine = Engine::new(&facts, country.case(from, applies), start());
        let place: Place = place.parse().unwrap();
        let is = engine.place(&place, country.units[from]).unwrap();
        let is = is.map(|unit| country.name(unit));
        assert_eq!(is, found, "{place} from {from}, somebody applies: {applies}");
    }
}

/// From where, whose seats it has, and what the case is told.
type Seated<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn it_is_told_on_the_case_and_whoever_has_a_seat_of_their_own_signs_once() {
    let country = Country::new();
    let facts = country.facts();
    let step = facts.program.step("both").unwrap().clone();
    let Some(By::Roles(roles)) = &step.by else { panic!("it has roles") };
    let table: [Seated<'_>; 3] = [
        ("school", &["county", "city"], &[]),
        ("city_college", &["city"], &[("county", "city")]),
        ("college", &["region"], &[("county", "region"), ("city", "region")]),
    ];
    for (from, at, told) in table {
        let mut engine = Engine::new(&facts, country.case(from, false), start());
        let seats = engine.seats(&step, roles).unwrap();
        let places: Vec<_> = seats.iter().map(|seat| country.name(seat.place)).collect();
        assert_eq!(places, at, "{from}");
        assert!(seats.iter().all(|seat| seat.duty == Duty::Handler && seat.office == "education"));
        let said: Vec<_> = engine
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Climbed { from, to, left_out: true, .. } => Some((&**from, &**to)),
                _ => None,
            })
            .collect();
        assert_eq!(said, told, "{from}");
    }
}
