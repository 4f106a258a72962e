//! What is sent, by whom, and what is to come back.

use entities::{CaseId, TaskId};
use serde_json::json;

use crate::harness::{house::Body, world::World};

/// What is sent by whom, and what comes back.
pub(super) struct Row {
    pub(super) who: &'static str,
    /// Method and path.
    pub(super) call: (&'static str, String),
    pub(super) header: Option<(&'static str, &'static str)>,
    pub(super) body: Body,
    /// Status and name.
    pub(super) expected: (u16, &'static str),
}

pub(super) fn row(
    who: &'static str,
    call: (&'static str, impl Into<String>),
    body: Body,
    expected: (u16, &'static str),
) -> Row {
    Row { who, call: (call.0, call.1.into()), header: None, body, expected }
}

fn with(row: Row, name: &'static str, value: &'static str) -> Row {
    Row { header: Some((name, value)), ..row }
}

/// What the rows are about.
pub(super) struct Things {
    /// Of one page, filled in, without papers.
    pub(super) draft: CaseId,
    /// The same with a day in the future, no amount and no place.
    pub(super) wrong: CaseId,
    /// Signed by the class teacher, open for the aid office.
    pub(super) case: CaseId,
    pub(super) signed: TaskId,
    pub(super) open: TaskId,
    /// The same once more.
    pub(super) again: CaseId,
    /// Of somebody who has had all there is.
    pub(super) third: CaseId,
    /// At the head of the school, for more than they may grant.
    pub(super) much: TaskId,
}

/// Bodies, methods and addresses that are none.
pub(super) fn of_bodies() -> Vec<Row> {
    let sign_in = ("POST", "/api/v1/sessions");
    let raw = |kind, text: &str| Body::Raw(kind, text.as_bytes().to_vec());
    let long = format!("{{\"login\": \"{}\"}}", "x".repeat(70_000));
    let guess = json!({ "login": "teacher", "password": "a guess" });
    let phone = json!({ "phone": "13912340000", "code": "123456" });
    let json = "application/json";
    vec![
        row("", sign_in, raw(json, "{\"login\": "), (400, "malformed-json")),
        row("", sign_in, raw(json, ""), (400, "malformed-json")),
        row("", sign_in, raw(json, "[1]"), (422, "invalid-fields")),
        row("", sign_in, raw(json, "{}"), (422, "invalid-fields")),
        row("", sign_in, raw(json, &long), (413, "body-too-large")),
        row("", sign_in, raw("text/plain", &guess.to_string()), (415, "unsupported-media-type")),
        row("", sign_in, Body::Json(json!({ "colour": 1 })), (422, "unknown-field")),
        row(
            "",
            ("POST", "/api/v1/sign-in-codes"),
            Body::Json(json!({ "phone": "139" })),
            (422, "invalid-fields"),
        ),
        row("", ("POST", "/api/v1/sessions/by-code"), Body::Json(phone), (401, "wrong-code")),
        row("", sign_in, Body::Json(guess), (401, "wrong-password")),
    ]
}

/// Methods, addresses and headers that are none.
pub(super) fn of_addresses() -> Vec<Row> {
    let cases = ("POST", "/api/v1/cases");
    let put = ("PUT", "/api/v1/me/password");
    let stale = Body::Raw("application/x-www-form-urlencoded", b"csrf=x".to_vec());
    vec![
        row("", ("PUT", "/api/v1/sessions"), Body::Json(json!({})), (405, "method-not-allowed")),
        row("", ("GET", "/api/v1/nowhere"), Body::Nothing, (404, "not-found")),
        row("", ("GET", "/api/v1/programs/no-such-aid"), Body::Nothing, (422, "unknown-program")),
        row("", ("GET", "/api/v1/cases?a=%00"), Body::Nothing, (400, "malformed-request")),
        row("", ("GET", "/api/v1/cases"), Body::Nothing, (401, "unauthenticated")),
        row("", ("POST", "/sign-out"), stale, (403, "stale-form")),
        with(
            row("Ma", ("DELETE", "/api/v1/sessions"), Body::Nothing, (403, "foreign-origin")),
            "origin",
            "https://evil.example",
        ),
        with(
            row("Ma", cases, Body::Json(json!({})), (400, "malformed-idempotency-key")),
            "idempotency-key",
            "a b",
        ),
        row(
            "Teacher",
            put,
            Body::Json(json!({ "old": "north wind 7", "new": "1234" })),
            (422, "weak-password"),
        ),
    ]
}

/// Identity numbers, each wrong in its own way.
pub(super) fn of_people(world: &World) -> Vec<Row> {
    let (school, township) = (world.units["school"], world.units["township"]);
    let numbers = [
        "",                   // missing
        "640422990101123",    // of the first generation
        "64042219900101123",  // too short
        "64042219900101A234", // no digit
        "640422199013011234", // a thirteenth month
        "640422209901011234", // not born yet
        "640422200001011235", // the last character does not fit
    ];
    let mut rows: Vec<Row> = Vec::new();
    for number in numbers {
        let body = json!({
            "name": "李雷", "id_number": number, "school": school, "township": township,
        });
        rows.push(row("Ma", ("POST", "/api/v1/people"), Body::Json(body), (422, "invalid-fields")));
    }
    let body =
        json!({ "name": "李", "id_number": "640422200001011234", "phone": "139", "bank": "1" });
    rows.push(row("Ma", ("POST", "/api/v1/people"), Body::Json(body), (422, "invalid-fields")));
    rows
}

/// Beginning, filling in and handing in.
pub(super) fn of_drafts(world: &World, things: &Things) -> Vec<Row> {
    let (post, patch) = ("POST", "PATCH");
    let cases = "/api/v1/cases";
    let start = |program: &str, name: &str| {
        let subject = world.subject(name);
        Body::Json(json!({ "program": program, "subject": subject, "filed_as": "self" }))
    };
    let draft = format!("{cases}/{}", things.draft);
    let submit = |case: CaseId| format!("{cases}/{case}/submit");
    let declared = || Body::Json(json!({ "declared": true }));
    let mut rows = vec![
        row("Ma", (post, cases), start("no-such-aid", "Ma"), (422, "unknown-program")),
        row("Ma", (post, cases), Body::Json(json!({})), (422, "invalid-fields")),
        row("Ma", (post, cases), start("emergency-aid", "Often"), (403, "not-yours")),
        row("Often", (post, submit(things.third)), declared(), (422, "not-eligible")),
        row("Ma", (post, submit(things.again)), declared(), (409, "applied-already")),
        row(
            "Ma",
            (post, submit(things.draft)),
            Body::Json(json!({ "declared": false })),
            (422, "no-consent"),
        ),
        row("Ma", (post, submit(things.draft)), declared(), (422, "invalid-fields")),
        row("Ma", (post, submit(things.wrong)), declared(), (422, "invalid-fields")),
        row(
            "Ma",
            (post, submit(things.draft)),
            Body::Json(json!({ "declared": true, "version": 1 })),
            (409, "stale-version"),
        ),
        row("Ma", (post, submit(things.case)), declared(), (409, "not-now")),
        row("Ma", (post, format!("{draft}/resubmit")), Body::Json(json!({})), (409, "not-now")),
        row("Ma", (post, format!("{draft}/withdraw")), Body::Json(json!({})), (409, "not-now")),
        row("Often", ("GET", draft.clone()), Body::Nothing, (404, "not-found")),
        row("", ("GET", draft.clone()), Body::Nothing, (401, "unauthenticated")),
        row(
            "Ma",
            (patch, draft.clone()),
            Body::Json(json!({ "version": 1, "fields": { "need": 80_000 } })),
            (409, "stale-version"),
        ),
    ];
    rows.extend(of_fields(&draft));
    rows
}

/// Answers that are none.
fn of_fields(draft: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (field, value) in [
        ("need", json!("a lot")),
        ("need", json!("12.345")),
        ("need", json!(1.5)),
        ("need", json!("99999999999999999999")),
        ("day", json!("soon")),
        ("day", json!("2018-02-30")),
        ("cause", json!("boredom")),
        ("urgent", json!("perhaps")),
        ("household_size", json!("many")),
        ("account", json!("1234")),
        ("nickname", json!("x")),
    ] {
        let body = Body::Json(json!({ "fields": { field: value } }));
        rows.push(row("Ma", ("PATCH", draft), body, (422, "invalid-fields")));
    }
    rows
}

/// Files of the wrong kind.
pub(super) fn of_papers(things: &Things) -> Vec<Row> {
    let proof = format!("/api/v1/cases/{}/papers/proof", things.draft);
    let selfie = format!("/api/v1/cases/{}/papers/selfie", things.draft);
    let pdf = b"%PDF-1.4\na paper\n%%EOF\n".to_vec();
    let active = b"%PDF-1.4\n1 0 obj <</OpenAction <</S /JavaScript /JS (x)>> >>\n%%EOF\n".to_vec();
    let refused = (422, "paper-refused");
    let put = |path: &str, kind, bytes, expected| {
        row("Ma", ("PUT", path), Body::Raw(kind, bytes), expected)
    };
    vec![
        put(&proof, "image/png", Vec::new(), refused),
        put(&proof, "image/png", pdf.clone(), refused),
        put(&proof, "text/plain", b"hello".to_vec(), refused),
        put(&proof, "image/jpeg", b"\xff\xd8\xff\xe0 broken off".to_vec(), refused),
        put(&proof, "application/pdf", active, refused),
        put(&selfie, "application/pdf", pdf, refused),
        put(&proof, "application/pdf", vec![b'x'; 11 * 1024 * 1024], (413, "body-too-large")),
    ]
}

/// Words on a task that cannot be said.
pub(super) fn of_tasks(things: &Things) -> Vec<Row> {
    let verb = |task: TaskId, verb: &str| ("POST", format!("/api/v1/tasks/{task}/{verb}"));
    let (open, signed, much) = (things.open, things.signed, things.much);
    let none = || Body::Json(json!({}));
    vec![
        row("Head", verb(much, "approve"), none(), (422, "over-authority")),
        row("Teacher", verb(signed, "approve"), none(), (409, "settled-already")),
        with(
            row("Aid", verb(open, "approve"), none(), (409, "stale-version")),
            "if-match",
            "\"0\"",
        ),
        row("City", verb(open, "approve"), none(), (403, "not-yours")),
        row("Ma", verb(open, "approve"), none(), (404, "not-found")),
        row("Aid", verb(open, "dance"), none(), (404, "not-found")),
        row("Aid", verb(open, "refuse"), none(), (422, "needs-reason")),
        row(
            "Aid",
            verb(open, "refuse"),
            Body::Json(json!({ "reason": "ugly" })),
            (422, "unknown-reason"),
        ),
        row(
            "Aid",
            verb(open, "approve-less"),
            Body::Json(json!({ "fen": 120_000 })),
            (422, "not-less"),
        ),
        row("Aid", verb(open, "approve-less"), none(), (422, "invalid-fields")),
        row(
            "Aid",
            verb(open, "return"),
            Body::Json(json!({ "to": "city", "note": "why" })),
            (422, "return-target"),
        ),
        row("Aid", verb(open, "request-supplement"), none(), (422, "nothing-asked")),
    ]
}
