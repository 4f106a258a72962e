//! The organisation by its pages and its JSON doors.

use std::{fs, process::Command};

use actix_web::test::TestRequest;
use entities::{Duty, TaskState};
use serde_json::{Value, json};

use crate::{
    harness::{
        both,
        house::{Answer, Body, House},
        process::scratch,
        world::World,
    },
    organisation_life::{claims, publish, slot_of},
};

both![
    an_administrator_merges_an_office_and_a_head_hands_over_by_their_pages,
    each_administrator_has_doors_of_their_own,
    a_mark_is_changed_on_the_page_of_its_unit,
    a_file_is_sent_to_both_doors,
    a_password_is_reset_by_the_api_too,
    a_password_that_somebody_chose_is_good_for_ones_own_only,
];

const ROUTE: &str =
    "route:\n  - {id: first, by: county/poverty_relief, within: 5wd, on_empty: climb}";

async fn staffed(world: &mut World) -> House {
    publish(world, ROUTE);
    for (name, unit, duty) in [
        ("Admin", "region/education", Duty::Administrator),
        ("Guard", "region/education", Duty::SecurityAdministrator),
        ("Eye", "region/education", Duty::Auditor),
        ("Boss", "county/education", Duty::Head),
        ("Poor", "county/poverty_relief", Duty::Handler),
        ("Edu", "county/education", Duty::Handler),
        ("City", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    let mut house = House::of(world).await;
    for name in ["Admin", "Guard", "Eye", "Boss", "Poor", "Edu"] {
        house.lets_staff_in(world, name).await;
    }
    house
}

async fn gets(house: &House, who: &str, path: &str) -> Answer {
    let knock = house.open().await;
    knock(house.by(who, TestRequest::get().uri(path), &Body::Nothing)).await
}

async fn sends(house: &House, who: &str, path: &str, body: Body) -> Answer {
    let knock = house.open().await;
    knock(house.by(who, TestRequest::post().uri(path), &body)).await
}

fn form(fields: &[(&'static str, &str)]) -> Body {
    Body::Form(fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.bytes).unwrap_or_else(|e| panic!("{e}: {}", answer.text()))
}

async fn an_administrator_merges_an_office_and_a_head_hands_over_by_their_pages(mut world: World) {
    let house = staffed(&mut world).await;
    let case = world.asks("Ma").await;
    claims(&world, "Poor", case, "first").await;
    let (office, to) = (world.units["county/poverty_relief"], world.units["county/education"]);
    let top = gets(&house, "Admin", "/staff/organisation").await;
    let region = format!("/staff/organisation/units/{}", world.units["region"]);
    assert_eq!((top.status, top.header("location")), (303, region.as_str()));
    let page = gets(&house, "Admin", &region).await.text();
    assert!(page.contains("region/education") && page.contains("下级单位"), "{page}");
    let shown = gets(&house, "Admin", &format!("/staff/organisation/units/{office}")).await;
    assert!(shown.text().contains(">Poor</a>"), "{}", shown.text());

    let closing = format!("/staff/organisation/units/{office}/closing");
    let alone = gets(&house, "Admin", &closing).await;
    assert!(alone.text().contains("须指定接办单位") && !alone.text().contains("确认撤并"));
    let preview = gets(&house, "Admin", &format!("{closing}?successor=county/education")).await;
    let text = preview.text();
    assert!(text.contains("移交待办 1 件") && text.contains("确认撤并"), "{text}");
    let unknown = gets(&house, "Admin", &format!("{closing}?successor=nowhere")).await;
    assert_eq!(unknown.status, 422, "{}", unknown.text());
    let close = format!("/staff/organisation/units/{office}/close");
    let poor = world.actor("Poor").person.unwrap().to_string();
    let successor = to.to_string();
    let without = sends(&house, "Admin", &close, form(&[("along", &poor)])).await;
    assert_eq!(without.status, 422, "{}", without.text());
    let fields = [("successor", successor.as_str()), ("along", &poor)];
    let done = sends(&house, "Admin", &close, form(&fields)).await;
    let there = format!("/staff/organisation/units/{to}");
    assert_eq!((done.status, done.header("location")), (303, there.as_str()), "{}", done.text());
    assert_eq!(slot_of(&world, case, "first").await.unit_id, to);
    let closed = gets(&house, "Admin", &format!("/staff/organisation/units/{office}")).await;
    assert!(closed.text().contains("撤销"), "{}", closed.text());

    // The head sees their own place and nothing beside it, and hands over what Poor has.
    let beside = format!("/staff/organisation/units/{}", world.units["county2"]);
    assert_eq!(gets(&house, "Boss", &beside).await.status, 404);
    let mine = gets(&house, "Boss", &there).await.text();
    let lying = format!("/staff/organisation/people/{poor}/hand-over?unit={to}");
    assert!(mine.contains(&lying.replace('&', "&amp;")), "{mine}");
    let shown = gets(&house, "Boss", &lying).await.text();
    let number = world.case(case).await.number.unwrap();
    assert!(shown.contains(&number) && shown.contains(">Edu</"), "{shown}");
    let path = format!("/staff/organisation/people/{poor}/hand-over");
    let edu = world.actor("Edu").person.unwrap();
    let (unit, receiver) = (to.to_string(), edu.to_string());
    let silent = form(&[("unit", unit.as_str()), ("to", receiver.as_str())]);
    let silent = sends(&house, "Boss", &path, silent).await;
    assert!(silent.status == 422 && silent.text().contains("说明转办原因"), "{}", silent.text());
    let fields = [("unit", unit.as_str()), ("to", receiver.as_str()), ("reason", "调离")];
    let done = sends(&house, "Boss", &path, form(&fields)).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let slot = slot_of(&world, case, "first").await;
    assert_eq!((slot.state, slot.person_id), (TaskState::Claimed, Some(edu)));
    // Who has no duty left is signed out at once.
    let one = json_of(&gets(&house, "Admin", &format!("/api/v1/organisation/people/{poor}")).await);
    let now = one["duties"].as_array().unwrap().iter().find(|duty| duty["in_force"] == true);
    let held = now.unwrap()["appointment"].as_str().unwrap();
    assert_eq!(gets(&house, "Poor", "/staff/organisation").await.status, 403);
    let end = format!("/staff/organisation/appointments/{held}/end");
    assert_eq!(sends(&house, "Admin", &end, form(&[])).await.status, 303);
    assert!(!house.is_in("Poor").await && house.is_in("Edu").await);
    for path in ["/staff/organisation", lying.as_str(), "/api/v1/organisation"] {
        assert_eq!(gets(&house, "Edu", path).await.status, 403, "{path}");
    }
}

async fn each_administrator_has_doors_of_their_own(mut world: World) {
    let house = staffed(&mut world).await;
    let edu = world.actor("Edu");
    let lock = format!("/api/v1/organisation/accounts/{}/lock", edu.account);
    let appoint = json!({
        "person": edu.person, "unit": world.units["county"], "duty": "auditor",
    });
    let works = json!({
        "person": edu.person, "unit": world.units["county/finance"], "duty": "handler",
    });
    let appointments = "/api/v1/organisation/appointments";
    let rename = format!("/api/v1/organisation/units/{}/rename", world.units["county/finance"]);
    let name = json!({ "name_zh": "泾源县财政局", "from_on": "2018-09-10" });
    let mark = format!("/api/v1/organisation/units/{}/mark", world.units["county/finance"]);
    let bears = json!({ "mark": "泾财", "from_on": "2018-09-10" });
    for (path, body, allowed, good) in [
        (rename.as_str(), name, "Admin", 200),
        (mark.as_str(), bears, "Admin", 200),
        (appointments, works, "Admin", 201),
        (appointments, appoint, "Guard", 201),
        (lock.as_str(), json!({}), "Guard", 200),
    ] {
        for who in ["Eye", "Boss", "Admin", "Guard"] {
            let answer = sends(&house, who, path, Body::Json(body.clone())).await;
            let expected = if who == allowed { good } else { 403 };
            assert_eq!(answer.status, expected, "{who} {path}: {}", answer.text());
        }
    }
    assert!(!house.is_in("Edu").await, "a lock ends the sessions");
    for who in ["Admin", "Guard", "Boss"] {
        assert_eq!(gets(&house, who, "/api/v1/trail").await.status, 403, "{who}");
    }
    let trail = json_of(&gets(&house, "Eye", "/api/v1/trail?stream=unit").await);
    let kinds: Vec<&str> =
        trail["rows"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    for kind in ["unit_renamed", "unit_mark_changed", "appointed"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert!(trail["rows"][0]["who"].is_string(), "{trail}");
    let page = gets(&house, "Eye", "/staff/trail").await;
    assert!(page.text().contains("单位更名") && page.text().contains("admin"), "{}", page.text());
    assert_eq!(gets(&house, "Eye", "/api/v1/trail?after=x").await.status, 400);
    let boss = world.actor("Boss").person.unwrap();
    let one = json_of(&gets(&house, "Eye", &format!("/api/v1/organisation/people/{boss}")).await);
    assert_eq!(one["duties"][0]["duty"], "head", "{one}");
    world.works("Late", "county/finance", Duty::Handler).await;
    let found = gets(&house, "Eye", "/api/v1/organisation/people?search=Late").await;
    assert_eq!(json_of(&found)["people"].as_array().unwrap().len(), 1, "{}", found.text());
}

async fn a_mark_is_changed_on_the_page_of_its_unit(mut world: World) {
    let house = staffed(&mut world).await;
    let there = format!("/staff/organisation/units/{}", world.units["county/finance"]);
    let path = format!("{there}/mark");
    assert!(gets(&house, "Admin", &there).await.text().contains(&path));
    for who in ["Guard", "Eye"] {
        assert!(!gets(&house, who, &there).await.text().contains(&path), "{who}");
    }
    for (mark, said) in [("", "1 至 6 个汉字"), ("JJ", "1 至 6 个汉字")] {
        let body = form(&[("mark", mark), ("from_on", "2018-09-10")]);
        let wrong = sends(&house, "Admin", &path, body).await;
        assert_eq!(wrong.status, 422, "{mark}");
        let page = wrong.text();
        assert!(page.contains(said) && page.contains(&format!("value=\"{mark}\"")), "{page}");
    }
    for day in ["", "9月10日"] {
        let body = form(&[("mark", "泾财"), ("from_on", day)]);
        assert_eq!(sends(&house, "Admin", &path, body).await.status, 422, "{day}");
    }
    let body = form(&[("mark", "泾财"), ("from_on", "2018-09-10")]);
    assert_eq!(sends(&house, "Admin", &path, body).await.status, 303);
    let body = form(&[("mark", "泾财政"), ("from_on", "2018-10-01")]);
    assert_eq!(sends(&house, "Admin", &path, body).await.status, 303);
    let page = gets(&house, "Admin", &there).await.text();
    for said in ["机关代字", "<dd>泾财</dd>", "<dd>泾财政</dd>", "代字沿革"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let one = gets(&house, "Admin", &there.replace("/staff", "/api/v1")).await;
    let one = json_of(&one);
    assert_eq!((&one["mark"], &one["marks"][0]["mark"]), (&json!("泾财"), &json!("泾财政")));
}

async fn a_file_is_sent_to_both_doors(mut world: World) {
    let house = staffed(&mut world).await;
    let path = "/api/v1/organisation/imports?kind=people";
    let bad = "name,mail,unit,duty\n马建军,ma@a.cn,nowhere,handler\n";
    let raw = |text: &str| Body::Raw("text/csv", text.as_bytes().to_vec());
    let refused = sends(&house, "Admin", path, raw(bad)).await;
    let told = json_of(&refused);
    assert_eq!((refused.status, told["type"].as_str()), (422, Some("/problems/rows-refused")));
    assert_eq!(told["errors"][0]["field"], "2.unit", "{told}");
    let gbk = Body::Raw("text/csv", b"name,mail,unit,duty\n\xc2\xed,a@b.cn,x,y\n".to_vec());
    let told = json_of(&sends(&house, "Admin", path, gbk).await);
    assert!(told["errors"][0]["detail"].as_str().unwrap().contains("GB18030"), "{told}");
    let huge = Body::Raw("text/csv", vec![b'a'; 2 * 1024 * 1024]);
    assert_eq!(sends(&house, "Admin", path, huge).await.status, 413);
    let rows = json!({ "rows": [
        { "name": "马建军", "mail": "ma@a.cn", "unit": "county/finance", "duty": "handler" },
    ] });
    let dry = sends(&house, "Admin", &format!("{path}&dry=true"), Body::Json(rows.clone())).await;
    assert_eq!((dry.status, json_of(&dry)["made"].as_u64()), (200, Some(1)), "{}", dry.text());
    let done = sends(&house, "Admin", path, Body::Json(rows)).await;
    assert_eq!((done.status, json_of(&done)["made"].as_u64()), (200, Some(1)), "{}", done.text());

    let page = "/staff/organisation/import?kind=people";
    let sent = sends(&house, "Admin", page, Body::File("a.csv", bad.as_bytes().to_vec())).await;
    assert!(sent.status == 422 && sent.text().contains("1 处不符"), "{}", sent.text());
    let good =
        "name,mail,unit,duty\n马建军,ma@a.cn,county/finance,handler\n李芳,li@a.cn,county,head\n";
    let sent = sends(&house, "Admin", page, Body::File("a.csv", good.as_bytes().to_vec())).await;
    assert!(
        sent.text().contains("新增 1 行") && sent.text().contains("已有 1 行"),
        "{}",
        sent.text()
    );
    for who in ["Guard", "Eye", "Boss", "Edu"] {
        let barred = sends(&house, who, page, Body::File("a.csv", bad.as_bytes().to_vec())).await;
        assert_eq!(barred.status, 403, "{who}");
    }
}

/// The program at the machine itself: whether it went well, and what it said.
fn banjie(data: &str, words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_banjie"))
        .args(["--data", data])
        .args(words)
        .env("BANJIE_PASSWORD", "north wind 7")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout) + &text(output.stderr))
}

#[test]
fn an_operator_begins_with_three_administrators_and_keeps_the_organisation() {
    let folder = scratch("operator");
    fs::create_dir_all(&folder).unwrap();
    let data = folder.join("var").display().to_string();
    let says = |words: &[&str]| {
        let (well, said) = banjie(&data, words);
        assert!(well, "{words:?}: {said}");
        said
    };
    for (login, duty) in
        [("system", "administrator"), ("guard", "security-administrator"), ("eye", "auditor")]
    {
        let who = ["person", "add", "--name", "沈示例", "--login", login, "--duty", duty];
        says(&[who.as_slice(), &["--unit", "640000/education"]].concat());
    }
    let two = ["organisation", "appoint", "guard", "--duty", "auditor", "--unit", "640424"];
    let (well, said) = banjie(&data, &two);
    assert!(!well && said.contains("nobody has two administrative duties"), "{said}");
    let file = folder.join("people.csv").display().to_string();
    let heading = "name,mail,unit,duty\n";
    fs::write(&file, format!("{heading}马示例,ma@example.cn,640424/none,handler\n")).unwrap();
    let import = ["organisation", "import", "--kind", "people", file.as_str()];
    let (well, said) = banjie(&data, &import);
    assert!(!well && said.contains("单位") && said.contains("name it by its code"), "{said}");
    let rows = "马示例,ma@example.cn,640424/poverty_relief,handler\n王示例,w@example.cn,泾源县教育局,handler\n";
    fs::write(&file, format!("{heading}{rows}")).unwrap();
    assert!(says(&[import.as_slice(), &["--dry"]].concat()).contains("2 would be new"));
    assert!(says(&import).contains("2 new, 0 known"));
    assert!(says(&import).contains("0 new, 2 known"));
    let close = ["organisation", "close", "640424/poverty_relief"];
    let (well, said) = banjie(&data, &close);
    assert!(!well && said.contains("name a unit that takes over"), "{said}");
    let into = [close.as_slice(), &["--into", "640424/education"]].concat();
    assert!(says(&[into.as_slice(), &["--dry"]].concat()).contains("1 appointment(s)"));
    assert!(says(&into).contains("1 of 1 appointment(s) go on"));
    let name = ["--zh", "泾源县教育体育局", "--from", "2019-01-01"];
    says(&[["organisation", "rename", "640424/education"].as_slice(), &name].concat());
    let mark = ["organisation", "mark", "640424/education"];
    let (well, said) = banjie(&data, &[mark.as_slice(), &["JJ", "--from", "2099-01-01"]].concat());
    assert!(!well && said.contains("one to six Chinese characters"), "{said}");
    let (well, said) =
        banjie(&data, &[mark.as_slice(), &["泾教体", "--from", "2019-01-01"]].concat());
    assert!(!well && said.contains("must begin today"), "{said}");
    let said = says(&[mark.as_slice(), &["泾教体", "--from", "2099-01-01"]].concat());
    assert!(said.contains("bear 泾教体 from 2099-01-01 on"), "{said}");
    let who = ["w@example.cn", "--duty", "handler", "--unit", "640424/education"];
    says(&[["organisation", "dismiss"].as_slice(), &who].concat());
    assert!(says(&["doctor"]).contains(": sound"));
}

async fn a_password_is_reset_by_the_api_too(mut world: World) {
    let house = staffed(&mut world).await;
    let path = |name: &str| {
        format!("/api/v1/organisation/accounts/{}/password", world.actor(name).account)
    };
    let word = |text: &str| Body::Json(json!({ "password": text }));
    for who in ["Admin", "Eye", "Boss"] {
        // Even of what is too weak they learn nothing.
        let refused = sends(&house, who, &path("Edu"), word("1")).await;
        assert_eq!(refused.status, 403, "{who}: {}", refused.text());
    }
    let weak = sends(&house, "Guard", &path("Edu"), word("1")).await;
    assert_eq!(weak.status, 422, "{}", weak.text());
    let own = sends(&house, "Guard", &path("Guard"), word("south wind 8")).await;
    assert_eq!(own.status, 403, "not their own: {}", own.text());
    assert!(house.is_in("Edu").await);
    let done = sends(&house, "Guard", &path("Edu"), word("south wind 8")).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(!house.is_in("Edu").await, "their sessions end");
    let trail = json_of(&gets(&house, "Eye", "/api/v1/trail?stream=person").await);
    assert!(trail.to_string().contains("password_set"), "{trail}");
    assert!(!trail.to_string().contains("south wind"), "{trail}");
}

async fn a_password_that_somebody_chose_is_good_for_ones_own_only(mut world: World) {
    let mut house = staffed(&mut world).await;
    let path = format!("/api/v1/organisation/accounts/{}/password", world.actor("Edu").account);
    let set =
        sends(&house, "Guard", &path, Body::Json(json!({ "password": "south wind 8" }))).await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert!(house.signs_in(&world, "Edu", "south wind 8").await);
    for shut in ["/api/v1/tasks", "/staff/tasks", "/api/v1/me/tokens", "/staff/settings"] {
        let answer = gets(&house, "Edu", shut).await;
        assert_eq!(answer.status, 403, "{shut}: {}", answer.text());
        assert_eq!(json_of(&answer)["type"], "/problems/password-given", "{shut}");
    }
    // What all may read stays open, and so does the way on.
    for open in ["/api/v1/programs", "/api/v1/me", "/staff/password"] {
        assert_eq!(gets(&house, "Edu", open).await.status, 200, "{open}");
    }
    let change = async |house: &House, new: &str| {
        let body = Body::Json(json!({ "old": "south wind 8", "new": new }));
        let put = TestRequest::put().uri("/api/v1/me/password");
        house.open().await(house.by("Edu", put, &body)).await
    };
    assert_eq!(change(&house, "south wind 8").await.status, 422, "the same is not another");
    assert_eq!(change(&house, "east wind 9").await.status, 201);
    assert!(!house.signs_in(&world, "Edu", "south wind 8").await, "the given one is gone");
    assert!(house.signs_in(&world, "Edu", "east wind 9").await);
    assert_eq!(gets(&house, "Edu", "/api/v1/tasks").await.status, 200);
}
