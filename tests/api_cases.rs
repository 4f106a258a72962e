//! Emergency aid over the JSON API: the whole story, and what goes wrong on the way.

use actix_web::{http::Method, test::TestRequest};
use entities::{Stream, trail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{
    api::{Api, picture, picture_saying},
    both,
    world::World,
};

both![
    four_levels_decide_over_json,
    every_wrong_input_has_its_name,
    a_decision_that_comes_twice_is_made_once,
    strangers_find_nothing,
    papers_come_in_clean_and_go_out_safe,
    supplements_are_asked_for_and_answered,
];

async fn four_levels_decide_over_json(mut world: World) {
    world.full_staff().await;
    world.works("Leader", "county", entities::Duty::Head).await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    let phone = json!({ "phone": "13912345678" });
    let person = format!("/people/{}", world.subject("Ma"));
    let saved = api.ask(&world, "Ma", (Method::PUT, &person), phone).await;
    assert_eq!(saved.status, 200, "{}", saved.json);

    let (id, number) = api.apply(&world, "Ma", 1_200_000).await;
    let case = api.get(&world, "Ma", &format!("/cases/{id}")).await;
    assert_eq!(case.json["progress"]["status"], "received");
    assert_eq!(case.json["progress"]["holders"][0]["unit"], "school/class_teachers");
    assert_eq!(case.json["form"]["need"], 1_200_000);

    for name in ["Teacher", "Aid", "Head"] {
        let done = api.does(&world, name, "approve", json!({})).await;
        assert_eq!(done.status, 200, "{name}: {}", done.json);
    }
    let visit = api.task(&world, "Visitor").await;
    let photo = format!("/tasks/{visit}/papers/visit_photo");
    let put = api.put_file(&world, "Visitor", &photo, ("image/png", picture(20, 20))).await;
    assert_eq!(put.status, 201, "{}", put.json);
    let form = json!({ "form": { "visit": "two rooms, the father is in hospital" } });
    assert_eq!(api.does(&world, "Visitor", "approve", form).await.status, 200);
    for name in ["Edu", "Poor", "City"] {
        let task = api.task(&world, name).await;
        let seen = api.get(&world, name, &format!("/tasks/{task}")).await;
        let names: Vec<&str> = seen.json["verbs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|verb| verb["blocked"].is_null())
            .map(|verb| verb["name"].as_str().unwrap())
            .collect();
        assert!(names.contains(&"approve") && names.contains(&"refuse"), "{name}: {names:?}");
        let done = api.does(&world, name, "approve", json!({})).await;
        assert_eq!(done.status, 200, "{name}: {}", done.json);
    }

    let notices = api.get(&world, "", "/notices").await;
    let notice = &notices.json["rows"][0];
    let path = format!("/notices/{}", notice["id"].as_str().unwrap());
    let shown = api.get(&world, "", &path).await;
    assert_eq!(shown.json["rows"], json!([["M*", "school"]]));
    let words = json!({ "text": "I know the family well, and doubt it." });
    let objected = api.post(&world, "", &format!("{path}/objections"), words).await;
    assert_eq!(objected.status, 202, "{}", objected.json);
    world.settle().await;
    let found = json!({ "form": {
        "objected": "two houses", "finding": "one house", "upheld": false,
    } });
    let told = json!({ "form": { "replied": true } });
    let answers =
        [("Edu", "hand-in", found), ("Leader", "approve", json!({})), ("Edu", "hand-in", told)];
    for (name, verb, body) in answers {
        let done = api.does(&world, name, verb, body).await;
        assert_eq!(done.status, 200, "{name}: {}", done.json);
    }

    world.until("09-14 09:00").await;
    let look = json!({ "number": number, "phone": "139 1234 5678" });
    let looked = api.post(&world, "", "/look-ups", look).await;
    assert_eq!(looked.json["status"], "paying", "{}", looked.json);
    assert_eq!((&looked.json["subject"], &looked.json["looked_up"]), (&json!("M*"), &json!(true)));
    assert_eq!(api.does(&world, "Pay", "pay", json!({})).await.status, 200);

    let decision = api.get(&world, "Ma", &format!("/cases/{number}/decision")).await;
    assert_eq!(decision.json["outcome"], "approved", "{}", decision.json);
    assert_eq!(decision.json["fen"], 1_200_000);
    assert_eq!(decision.json["payment"]["state"], "paid");
    let mine = api.get(&world, "Ma", "/cases").await;
    assert_eq!(mine.json[0]["status"], "closed");
    let done = api.get(&world, "City", "/tasks?tab=done").await;
    assert_eq!(done.json["rows"][0]["number"], number.as_str());
}

async fn every_wrong_input_has_its_name(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    let id = api.draft(&world, "Ma", json!(100_000)).await;
    let (patch, case) = (Method::PATCH, format!("/cases/{id}"));
    let field = |field: &str, value: Value| json!({ "fields": { field: value } });

    //  body, field, code: all 422 invalid-fields
    for (body, at, code) in [
        (field("need", json!("a lot")), "need", "not_a_number"),
        (field("need", json!(1.5)), "need", "too_many_decimals"),
        (field("day", json!("soon")), "day", "not_a_date"),
        (field("cause", json!("boredom")), "cause", "not_an_option"),
        (field("urgent", json!("perhaps")), "urgent", "not_a_boolean"),
        (field("nickname", json!("x")), "nickname", "unknown_field"),
    ] {
        let refused = api.ask(&world, "Ma", (patch.clone(), &case), body.clone()).await;
        assert_eq!(refused.problem(), (422, "invalid-fields"), "{body}");
        assert_eq!(refused.first(), (at, code), "{body}");
    }
    // What only the whole form shows.
    for (body, at, code) in [
        (field("need", json!(0)), "need", "refused_by_rule"),
        (field("day", json!("2018-09-11")), "day", "refused_by_rule"),
        (field("home", Value::Null), "home", "missing"),
    ] {
        let before = api.get(&world, "Ma", &case).await.json["form"].clone();
        api.ask(&world, "Ma", (patch.clone(), &case), body.clone()).await;
        let path = format!("{case}/submit");
        let refused = api.post(&world, "Ma", &path, json!({ "declared": true })).await;
        assert_eq!(refused.problem(), (422, "invalid-fields"), "{body}");
        assert_eq!(refused.first(), (at, code), "{body}");
        let errors = refused.json["errors"].as_array().unwrap();
        assert!(errors.iter().any(|error| error["code"] == "missing_paper"));
        let back = json!({ "fields": before });
        assert_eq!(api.ask(&world, "Ma", (patch.clone(), &case), back).await.status, 200);
    }

    let subject = world.subject("Ma");
    let start =
        |program: &str| json!({ "program": program, "subject": subject, "filed_as": "self" });
    let table = [
        ("/cases", start("no-such-aid"), (422, "unknown-program")),
        ("/cases", json!({ "program": 5 }), (422, "invalid-fields")),
        ("/cases", json!({ "colour": "red" }), (422, "unknown-field")),
        (
            "/people",
            json!({ "name": "Li", "id_number": "640422200801011235" }),
            (422, "invalid-fields"),
        ),
        (
            "/look-ups",
            json!({ "number": "640424-YJ-2018-000001-0", "phone": "13912345678" }),
            (404, "not-found"),
        ),
    ];
    for (path, body, problem) in table {
        assert_eq!(api.post(&world, "Ma", path, body.clone()).await.problem(), problem, "{body}");
    }
    let submit = format!("{case}/submit");
    let stale = api.post(&world, "Ma", &submit, json!({ "declared": true, "version": 1 })).await;
    assert_eq!(stale.problem(), (409, "stale-version"));
    assert!(stale.json["current"].as_i64().unwrap() > 1);
    let undeclared = api.post(&world, "Ma", &submit, json!({ "declared": false })).await;
    assert_eq!(undeclared.problem(), (422, "no-consent"));
    assert_eq!(api.post(&world, "", "/cases", start("emergency-aid")).await.status, 401);
    let broken = TestRequest::post()
        .uri("/api/v1/cases")
        .insert_header(("content-type", "application/json"));
    let broken = api.send(&world, "Ma", broken.set_payload("{\"program\": ")).await;
    assert_eq!(broken.problem(), (400, "malformed-json"));

    let proof = format!("{case}/papers/proof");
    let png = picture(8, 8);
    let table = [
        ("image/png", Vec::new(), (422, "paper-refused"), "empty"),
        ("image/png", b"%PDF-1.4 not a picture %%EOF".to_vec(), (422, "paper-refused"), "lying"),
        ("text/plain", b"hello".to_vec(), (422, "paper-refused"), "wrong_kind"),
        ("image/png", png[..40].to_vec(), (422, "paper-refused"), ""),
        ("image/png", vec![0; 10 * 1024 * 1024 + 1], (413, "body-too-large"), ""),
    ];
    for (kind, bytes, problem, code) in table {
        let refused = api.put_file(&world, "Ma", &proof, (kind, bytes)).await;
        assert_eq!(refused.problem(), problem, "{kind} {code} {}", refused.json);
        assert!(code.is_empty() || refused.first().1 == code, "{}", refused.json);
    }
    let unknown =
        api.put_file(&world, "Ma", &format!("{case}/papers/selfie"), ("image/png", png)).await;
    assert_eq!(unknown.first(), ("paper", "unknown"));
}

async fn a_decision_that_comes_twice_is_made_once(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    api.apply(&world, "Ma", 100_000).await;
    let task = api.task(&world, "Teacher").await;
    let path = format!("/api/v1/tasks/{task}/approve");
    let approve = |note: &str| {
        let request = TestRequest::post().uri(&path).insert_header(("idempotency-key", "k-1"));
        request.set_json(json!({ "note": note }))
    };
    let first = api.send(&world, "Teacher", approve("seen")).await;
    let again = api.send(&world, "Teacher", approve("seen")).await;
    assert_eq!((first.status, &first.bytes), (200, &again.bytes));
    let other = api.send(&world, "Teacher", approve("another")).await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused"));
    let late = api.post(&world, "Teacher", &format!("/tasks/{task}/approve"), json!({})).await;
    assert_eq!(late.problem(), (409, "settled-already"));
    world.settle().await;

    let task = api.task(&world, "Aid").await;
    let one = |verb: &str| format!("/tasks/{task}/{verb}");
    let claimed = api.post(&world, "Aid", &one("claim"), json!({})).await;
    assert_eq!(claimed.status, 200, "{}", claimed.json);
    let stale = TestRequest::post().uri(&format!("/api/v1{}", one("approve")));
    let stale = stale.insert_header(("if-match", "\"0\"")).set_json(json!({}));
    assert_eq!(api.send(&world, "Aid", stale).await.problem(), (409, "stale-version"));
    for (verb, body, problem) in [
        ("refuse", json!({}), (422, "needs-reason")),
        ("refuse", json!({ "reason": "ugly" }), (422, "unknown-reason")),
        ("approve-less", json!({ "fen": 100_000 }), (422, "not-less")),
        ("approve-less", json!({ "fen": "x" }), (422, "invalid-fields")),
        ("return", json!({ "to": "city", "note": "why" }), (422, "return-target")),
        ("request-supplement", json!({}), (422, "nothing-asked")),
        ("dance", json!({}), (404, "not-found")),
    ] {
        let refused = api.post(&world, "Aid", &one(verb), body.clone()).await;
        assert_eq!(refused.problem(), problem, "{verb} {body} {}", refused.json);
    }
}

async fn strangers_find_nothing(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    world.applies("Li").await;
    world.works("Far", "county2/education", entities::Duty::Handler).await;
    world.works("Boss", "region/education", entities::Duty::Handler).await;
    let api = Api::of(&world);
    let (id, number) = api.apply(&world, "Ma", 100_000).await;
    let task = api.task(&world, "Teacher").await;
    let case = api.get(&world, "Ma", &format!("/cases/{id}")).await;
    let paper = case.json["papers"][0]["files"][0]["id"].as_str().unwrap().to_owned();
    for path in [format!("/cases/{id}"), format!("/cases/{number}"), format!("/papers/{paper}")] {
        assert_eq!(api.get(&world, "Li", &path).await.status, 404, "{path}");
        assert_eq!(api.get(&world, "Far", &path).await.status, 404, "{path}");
        assert_eq!(api.get(&world, "", &path).await.status, 401, "{path}");
        assert_eq!(api.get(&world, "Ma", &path).await.status, 200, "{path}");
    }
    let one = format!("/tasks/{task}");
    for (name, status) in [("Teacher", 200), ("Boss", 200), ("Far", 404), ("Ma", 404), ("Li", 404)]
    {
        assert_eq!(api.get(&world, name, &one).await.status, status, "{name}");
    }
    let far = api.post(&world, "Far", &format!("{one}/approve"), json!({})).await;
    assert_eq!(far.problem(), (404, "not-found"));
    let boss = api.post(&world, "Boss", &format!("{one}/approve"), json!({})).await;
    assert_eq!(boss.problem(), (403, "not-yours"));
    let withdraw = format!("/cases/{id}/withdraw");
    assert_eq!(api.post(&world, "Li", &withdraw, json!({})).await.status, 404);
    assert_eq!(api.get(&world, "Li", "/cases").await.json, json!([]));
    let search = api.get(&world, "Far", &format!("/tasks?search={number}")).await;
    assert_eq!(search.json["rows"], json!([]));
    let withdrawn = api.post(&world, "Ma", &withdraw, json!({})).await;
    assert_eq!(withdrawn.json["phase"], "ended", "{}", withdrawn.json);
}

async fn papers_come_in_clean_and_go_out_safe(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    let id = api.draft(&world, "Ma", json!(100_000)).await;
    let large = picture_saying(2_000, 500, "Comment\0GPS 37.96 N 105.72 E");
    let path = format!("/cases/{id}/papers/proof");
    let put = api.put_file(&world, "Ma", &path, ("image/png", large)).await;
    let paper = format!("/papers/{}", put.text("id"));
    let got = api.get(&world, "Ma", &paper).await;
    assert_eq!(&got.bytes[..4], &[0x89, b'P', b'N', b'G']);
    assert_eq!(&got.bytes[16..24], &[0, 0, 6, 64, 0, 0, 1, 144], "1600 × 400");
    assert!(!got.bytes.windows(3).any(|three| three == b"GPS"));
    let header = |name: &str| got.headers.get(name).unwrap().to_str().unwrap();
    assert!(header("content-disposition").starts_with("attachment"));
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let delete = TestRequest::delete().uri(&format!("/api/v1{paper}"));
    assert_eq!(api.send(&world, "Ma", delete).await.status, 204);
    assert_eq!(api.get(&world, "Ma", &paper).await.status, 404);
}

async fn supplements_are_asked_for_and_answered(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    let phone = json!({ "phone": "13912345678" });
    let person = format!("/people/{}", world.subject("Ma"));
    api.ask(&world, "Ma", (Method::PUT, &person), phone).await;
    let (id, _) = api.apply(&world, "Ma", 100_000).await;
    let ask = json!({ "fields": ["need"], "papers": ["proof"], "note": "the bill, please" });
    let task = api.task(&world, "Teacher").await;
    let asked =
        api.post(&world, "Teacher", &format!("/tasks/{task}/request-supplement"), ask).await;
    assert_eq!(asked.status, 200, "{}", asked.json);
    let case = api.get(&world, "Ma", &format!("/cases/{id}")).await;
    assert_eq!(case.json["progress"]["status"], "supplement");
    assert_eq!(case.json["progress"]["actions"][0], "supplement");
    let mend = json!({ "fields": { "need": 90_000 } });
    let mended = api.ask(&world, "Ma", (Method::PATCH, &format!("/cases/{id}")), mend).await;
    assert_eq!(mended.status, 200, "{}", mended.json);
    let again = api.post(&world, "Ma", &format!("/cases/{id}/resubmit"), json!({})).await;
    assert_eq!(again.status, 200, "{}", again.json);
    world.settle().await;

    let seen = api.get(&world, "Teacher", &format!("/tasks/{task}")).await;
    let facts = seen.json["facts"][0]["facts"].as_array().unwrap();
    let phone = facts.iter().find(|fact| fact["id"] == "person.phone").unwrap();
    assert_eq!(phone["answer"], json!({ "type": "masked", "value": "139****5678" }));
    let show = json!({ "fact": "person.phone" });
    let shown = api.post(&world, "Teacher", &format!("/tasks/{task}/show"), show).await;
    assert_eq!(shown.json["text"], "13912345678");
    let noted = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::Person))
        .filter(trail::Column::Kind.eq("fact_shown"))
        .count(world.workflow.store.read())
        .await;
    assert_eq!(noted.unwrap(), 1);
    assert!(!seen.json["history"].as_array().unwrap().is_empty());
}
