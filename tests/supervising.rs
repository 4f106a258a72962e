//! Whoever supervises sees the lights below them, who held the days, and the documents about late
//! units: the same figures on the page, in JSON, in CSV and in XLSX, and never an applicant.

mod beside;
mod documents;
mod opening;
mod reading;

use std::collections::BTreeMap;

use actix_web::test::TestRequest;
use entities::{CaseId, Duty, Level};
use serde_json::{Value, json};
use workflow::{
    commands::{self, RequestSupplement, Word},
    program::Programs,
};

use self::reading::{page_rows, sheet_rows, unzipped};
use crate::harness::{
    both,
    browser::{Browser, Screen},
    demo,
    house::{Answer, Body, House},
    person::Person,
    world::World,
};

both![
    late_and_timely_work_of_two_counties_is_counted_alike_everywhere,
    only_supervisors_see_it_and_only_downwards,
    a_case_gives_the_same_days_here_as_on_its_own_page,
    who_signs_beside_others_has_the_days_from_their_signature_on,
];

const PEOPLE: [&str; 2] = ["马小燕", "杨立新"];

/// Two counties of one city with a school each, a program of one step, and who sees to it.
async fn two_counties(world: &mut World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: days, type: integer, required: true}]\n\
         route:\n  - {id: check, by: [county/education], within: 3wd, on_empty: climb}\n\
         clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd, opinion: 20wd}}\n\
         remind: R0\nladder: E0\n";
    let programs: Programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
    world.workflow.programs = programs;
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Chief", "county/education", Duty::Head),
        ("Edu2", "county2/education", Duty::Handler),
        ("Sun", "city/supervision", Duty::Handler),
        ("Near", "county/supervision", Duty::Supervisor),
        ("Lead", "city", Duty::Head),
        ("Plain", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies(PEOPLE[0]).await;
    // The other goes to school in the other county.
    let own = world.units["school"];
    let place = (Level::School, "640423", "school");
    let other = world.unit("school2", place, (None, Some("county2"))).await;
    world.units.insert("school".to_owned(), other);
    world.applies(PEOPLE[1]).await;
    world.units.insert("school".to_owned(), own);
}

/// What stands for `path` when `name` asks.
async fn gets(house: &House, name: &str, path: &str) -> Answer {
    let knock = house.open().await;
    knock(house.by(name, TestRequest::get().uri(path), &Body::Nothing)).await
}

async fn json_of(house: &House, name: &str, path: &str) -> Value {
    let answer = gets(house, name, path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.bytes).unwrap()
}

async fn house(world: &World, names: &[&str]) -> House {
    let mut house = House::of(world).await;
    for name in names {
        house.lets_staff_in(world, name).await;
    }
    house
}

async fn late_and_timely_work_of_two_counties_is_counted_alike_everywhere(mut world: World) {
    two_counties(&mut world).await;
    let [ma, yang] = PEOPLE;
    let (timely, late, left) = (world.asks(ma).await, world.asks(ma).await, world.asks(ma).await);
    let quick = world.asks(yang).await;
    world.until("09-11 10:00").await;
    world.says("Edu2", quick, "check", Word::Approve).await.unwrap();
    world.until("09-12 10:00").await;
    world.says("Edu", timely, "check", Word::Approve).await.unwrap();
    world.until("09-13 10:00").await;
    let fresh = world.asks(yang).await;
    world.until("09-14 10:00").await;
    world.says("Edu", late, "check", Word::Approve).await.unwrap();
    let house = self::house(&world, &["Sun"]).await;
    let view = json_of(&house, "Sun", "/api/v1/oversight/units").await;
    assert_eq!(view["unit"]["name"], "city");
    assert_eq!(view["period"]["from"], "2018-07-01");
    // Of the first county: one done in two days, one late in four, one lies there and is late.
    let figures = |name: &str| {
        let rows = view["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["unit"]["name"] == name);
        row.unwrap_or_else(|| panic!("no {name} in {rows:?}"))["figures"].clone()
    };
    let expected = |lights: [i64; 5], closed: [i64; 3], median: f64, held: i64| {
        let [open, green, amber, red, stopped] = lights;
        let [closed, on_time, percent] = closed;
        json!({
            "open": open, "green": green, "amber": amber, "red": red, "stopped": stopped,
            "closed": closed, "on_time": on_time, "on_time_percent": percent,
            "median_working_days": median, "held": held,
        })
    };
    let known = |figures: &Value| {
        let mut known = figures.clone();
        known["held"] = figures["held"]["unit"]["working_days"].clone();
        let extra = known.as_object_mut().unwrap();
        extra.remove("stop_percent");
        extra.remove("stops_too_much");
        known
    };
    assert_eq!(known(&figures("county")), expected([1, 0, 0, 1, 0], [2, 1, 50], 3.0, 10));
    assert_eq!(known(&figures("county2")), expected([1, 1, 0, 0, 0], [1, 1, 100], 1.0, 2));
    assert_eq!(known(&view["total"]), expected([2, 1, 0, 1, 0], [3, 2, 67], 2.0, 12));
    let september = view["months"].as_array().unwrap().last().unwrap();
    let of_month =
        json!({ "month": "2018-09-01", "closed": 3, "on_time": 2, "on_time_percent": 67 });
    assert_eq!(*september, of_month);

    let page = gets(&house, "Sun", "/staff/oversight").await.text();
    let rows = page_rows(&page);
    let cells = |list: [&str; 14]| list.map(str::to_owned).to_vec();
    let first = ["1", "0", "0", "1", "0", "2", "50%", "3", "10", "0", "0", "0", "0", "0%"];
    let second = ["1", "1", "0", "0", "0", "1", "100%", "1", "2", "0", "0", "0", "0", "0%"];
    assert_eq!(rows["county"], cells(first), "{page}");
    assert_eq!(rows["county2"], cells(second), "{page}");
    assert!(page.matches("<svg").count() >= 3, "the mark and two charts");

    let csv = gets(&house, "Sun", "/staff/oversight/units.csv").await;
    let text = csv.text();
    assert!(csv.bytes.starts_with("\u{feff}单位,在办,".as_bytes()), "{text}");
    assert!(csv.header("content-disposition").contains("oversight-units-2018-09-14.csv"));
    let csv_rows: Vec<Vec<String>> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    assert_eq!(csv_rows[1][..10], ["county", "1", "0", "0", "1", "0", "2", "1", "50", "3"]);
    assert_eq!(csv_rows[2][..10], ["county2", "1", "1", "0", "0", "0", "1", "1", "100", "1"]);
    assert_eq!(csv_rows[3][..10], ["合计", "2", "1", "0", "1", "0", "3", "2", "67", "2"]);
    let xlsx = gets(&house, "Sun", "/staff/oversight/units.xlsx").await;
    let trimmed = |rows: &[Vec<String>]| {
        let kept = |row: &Vec<String>| {
            row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>()
        };
        rows.iter().map(kept).collect::<Vec<_>>()
    };
    assert_eq!(trimmed(&sheet_rows(&xlsx.bytes)), trimmed(&csv_rows));

    drills_down(&world, &house, &[left, fresh]).await;
}

/// City, county, its education office: down to the step that lies there, and the case behind it.
async fn drills_down(world: &World, house: &House, open: &[CaseId]) {
    let address = |unit: &str| format!("/staff/oversight?unit={}", world.units[unit]);
    let county = gets(house, "Sun", &address("county")).await.text();
    assert!(county.contains(&format!("/staff/oversight?unit={}", world.units["city"])));
    assert_eq!(page_rows(&county).keys().collect::<Vec<_>>(), ["county/education"]);
    let office = gets(house, "Sun", &address("county/education")).await.text();
    let number = world.case(open[0]).await.number.unwrap();
    let other = world.case(open[1]).await.number.unwrap();
    assert!(office.contains(&number) && !office.contains(&other), "{office}");
    assert!(office.contains("超期 1 个工作日"), "{office}");
    let task = office.split("href=\"/staff/tasks/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(gets(house, "Sun", &format!("/staff/tasks/{task}")).await.status, 200);
    // Nobody who applies is named, wherever one looks and by whatever door.
    let mut told = vec![county, office];
    for unit in ["city", "county", "county/education", "county2", "school"] {
        let unit = world.units[unit];
        for door in ["/api/v1/oversight/units", "/api/v1/oversight/boards"] {
            told.push(gets(house, "Sun", &format!("{door}?unit={unit}")).await.text());
        }
        for door in ["", "/units.csv", "/boards", "/boards.csv"] {
            told.push(
                gets(house, "Sun", &format!("/staff/oversight{door}?unit={unit}")).await.text(),
            );
        }
        let sheet = gets(house, "Sun", &format!("/staff/oversight/units.xlsx?unit={unit}")).await;
        told.push(unzipped(&sheet.bytes, "xl/sharedStrings.xml"));
    }
    for text in &told {
        let named = PEOPLE.iter().find(|name| text.contains(**name));
        assert_eq!(named, None, "{text}");
    }
}

async fn only_supervisors_see_it_and_only_downwards(mut world: World) {
    two_counties(&mut world).await;
    let house = self::house(&world, &["Sun", "Near", "Lead", "Plain", "Edu"]).await;
    let doors = [
        "/staff/oversight",
        "/staff/oversight/units.csv",
        "/staff/oversight/units.xlsx",
        "/staff/oversight/boards",
        "/staff/oversight/boards.csv",
        "/staff/oversight/boards.xlsx",
        "/api/v1/oversight/units",
        "/api/v1/oversight/boards",
    ];
    let city = world.units["city"];
    let county = world.units["county"];
    for door in doors {
        for (who, status) in
            [("Sun", 200), ("Near", 200), ("Lead", 200), ("Plain", 403), ("Edu", 403)]
        {
            assert_eq!(gets(&house, who, door).await.status, status, "{door} for {who}");
        }
        // Upwards, sideways and at other people's parameters there is nothing.
        for (who, unit, status) in [
            ("Near", county.to_string(), 200),
            ("Near", city.to_string(), 404),
            ("Near", world.units["county2"].to_string(), 404),
            ("Near", world.units["county2/education"].to_string(), 404),
            ("Sun", world.units["region"].to_string(), 404),
            ("Sun", "1".to_owned(), 400),
            ("Plain", county.to_string(), 403),
        ] {
            let path = format!("{door}?unit={unit}");
            assert_eq!(gets(&house, who, &path).await.status, status, "{path} for {who}");
        }
    }
    for wrong in ["span=week", "sort=name", "own=perhaps", "after=x&own=true"] {
        let path = format!("/api/v1/oversight/units?{wrong}");
        assert_eq!(gets(&house, "Sun", &path).await.status, 400, "{path}");
    }
    let page = gets(&house, "Plain", "/staff/tasks").await.text();
    assert!(!page.contains("href=\"/staff/oversight\""), "no way there is shown to others");
    let page = gets(&house, "Sun", "/staff/tasks").await.text();
    assert!(page.contains("href=\"/staff/oversight\""));
}

/// The parts of a case by kind, as its own page tells them.
async fn parts(house: &House, name: &str, case: CaseId) -> BTreeMap<String, (i64, i64)> {
    let held = json_of(house, name, &format!("/api/v1/cases/{case}/held")).await;
    let parts = held["parts"].as_array().unwrap().iter();
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for part in parts {
        let sum = sums.entry(part["kind"].as_str().unwrap().to_owned()).or_default();
        sum.0 += part["seconds"].as_i64().unwrap();
        sum.1 += part["working_days"].as_i64().unwrap();
    }
    sums
}

/// The same as the figures of a unit tell it, without what is nothing.
async fn told(house: &House, name: &str, path: &str) -> BTreeMap<String, (i64, i64)> {
    let view = json_of(house, name, path).await;
    let held = view["total"]["held"].as_object().unwrap();
    let sum = |of: &Value| (of["seconds"].as_i64().unwrap(), of["working_days"].as_i64().unwrap());
    let sums = held.iter().map(|(kind, of)| (kind.clone(), sum(of)));
    sums.filter(|(_, sum)| *sum != (0, 0)).collect()
}

async fn a_case_gives_the_same_days_here_as_on_its_own_page(mut world: World) {
    two_counties(&mut world).await;
    let case = world.asks(PEOPLE[0]).await;
    let office = format!("/api/v1/oversight/units?unit={}", world.units["county/education"]);
    let agree = async |world: &World, kinds: &[&str]| {
        let house = self::house(world, &["Sun"]).await;
        let own = parts(&house, "Sun", case).await;
        assert_eq!(own.keys().map(String::as_str).collect::<Vec<_>>(), kinds);
        assert_eq!(told(&house, "Sun", &office).await, own, "{}", world.story(case).await);
        assert_eq!(told(&house, "Sun", "/api/v1/oversight/units").await, own);
    };
    world.until("09-11 15:30").await;
    supplement(&world, case).await;
    agree(&world, &["unit"]).await;
    world.until("09-13 09:10").await;
    agree(&world, &["applicant", "unit"]).await;
    let ma = world.actor(PEOPLE[0]);
    let answer = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    answer.await.unwrap();
    world.settle().await;
    world.until("09-14 11:20").await;
    pauses(&world, case).await;
    world.until("09-18 16:45").await;
    agree(&world, &["applicant", "stop", "unit"]).await;
    let (edu, task) = (world.actor("Edu"), world.slot(case, "check", "Edu").await);
    let goes_on = world
        .command(async |tx| commands::continue_step(tx, &world.workflow, edu, task, None).await);
    goes_on.await.unwrap();
    world.until("09-19 10:00").await;
    agree(&world, &["applicant", "stop", "unit"]).await;
    world.says("Edu", case, "check", Word::Approve).await.unwrap();
    world.until("09-28 10:00").await;
    agree(&world, &["applicant", "stop", "unit"]).await;
    // Of the month after, nothing; of the year, all.
    world.until("10-09 10:00").await;
    let house = self::house(&world, &["Sun"]).await;
    assert_eq!(told(&house, "Sun", &office).await, BTreeMap::new());
    let year = format!("{office}&span=year");
    assert_eq!(told(&house, "Sun", &year).await, parts(&house, "Sun", case).await);
}

async fn supplement(world: &World, case: CaseId) {
    let (edu, task) = (world.actor("Edu"), world.slot(case, "check", "Edu").await);
    let ask = RequestSupplement { fields: vec!["days".to_owned()], ..RequestSupplement::default() };
    let asked = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, edu, task, ask.clone()).await
    });
    asked.await.unwrap();
}

async fn pauses(world: &World, case: CaseId) {
    let (edu, task) = (world.actor("Edu"), world.slot(case, "check", "Edu").await);
    let why = (None, "opinion".to_owned(), "等待意见".to_owned());
    let paused = world.command(async |tx| {
        commands::pause_step(tx, &world.workflow, edu, task, why.clone()).await
    });
    paused.await.unwrap();
}

async fn who_signs_beside_others_has_the_days_from_their_signature_on(mut world: World) {
    world.full_staff().await;
    world.works("Ren", "region/supervision", Duty::Supervisor).await;
    world.applies("Li").await;
    let case = world.asks_for("Li", 12_000).await;
    for (name, step) in [("Teacher", "teacher"), ("Aid", "school"), ("Head", "school")] {
        world.until(if step == "teacher" { "09-11 09:00" } else { "09-12 09:00" }).await;
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    world.until("09-13 14:00").await;
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, the father is in hospital" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    world.until("09-14 10:00").await;
    world.says("Edu", case, "county", Word::Approve).await.unwrap();
    world.until("09-17 10:00").await;
    world.says("Poor", case, "county", Word::Approve).await.unwrap();
    world.until("09-18 11:00").await;
    world.says("City", case, "city", Word::Approve).await.unwrap();
    world.until("09-20 10:00").await; // on public notice
    let house = self::house(&world, &["Ren"]).await;
    let mut own = parts(&house, "Ren", case).await;
    // The case's page calls it a stop, for a public notice.
    let publicity = own.remove("stop").unwrap();
    own.insert("publicity".to_owned(), publicity);
    assert_eq!(told(&house, "Ren", "/api/v1/oversight/units").await, own);
    let of = async |unit: &str| {
        let path = format!("/api/v1/oversight/units?unit={}", world.units[unit]);
        told(&house, "Ren", &path).await
    };
    let days = |sums: BTreeMap<String, (i64, i64)>| sums.get("unit").map(|sum| sum.1);
    assert_eq!(days(of("county/education").await), Some(1));
    assert_eq!(days(of("county/poverty_relief").await), Some(1), "from the other's signature on");
}

#[actix_web::test]
async fn the_pages_of_a_supervisor_have_no_barriers() {
    for (screen, name) in [(Screen::Phone, "phone"), (Screen::Desktop, "desktop")] {
        let browser = Browser::start(screen).await;
        let mut person = Person::at(demo::address(), browser);
        person.signs_in_as_staff("region-watch").await;
        person.browser.follow("nav a[href='/staff/oversight']").await;
        person.looks(&format!("oversight-{name}")).await;
        person.browser.follow("tbody th a").await;
        person.looks(&format!("oversight-below-{name}")).await;
        person.open("/staff/oversight/boards").await;
        person.looks(&format!("boards-{name}")).await;
    }
}
