//! Pages of staff, and what applicants answer to them.

use std::sync::Arc;

use entities::Duty;

use super::{
    browser::Browser,
    pages::{ID_NUMBER, PHONE, fill, fill_pages, photograph, profile},
    place::Place,
};
use crate::Settings;

/// An application that is not urgent, with its papers, at the class teacher's; its number.
pub(super) async fn applied(place: &Place, applicant: &Browser<'_>) -> String {
    applicant.by_code(PHONE).await;
    profile(place, applicant).await;
    let draft = fill(applicant, "false").await;
    for paper in ["proof", "identity"] {
        applicant.get(&format!("{draft}/papers")).await;
        let put =
            applicant.upload(&format!("{draft}/papers/{paper}"), "a.png", &photograph()).await;
        assert_eq!(put.status, 303, "{}", put.html);
    }
    applicant.get(&format!("{draft}/check")).await;
    let boxes = [("truth", "true"), ("consent", "true")];
    let done = applicant.post(&format!("{draft}/submit"), &boxes).await;
    assert_eq!(done.status, 303, "{}", done.html);
    place.settle().await;
    done.to.trim_end_matches("/submitted").to_owned()
}

#[actix_web::test]
async fn whose_password_was_given_chooses_their_own_first() {
    let place = Place::new().await;
    place.works("teacher", "school/class_teachers", Duty::Handler).await;
    place.world.given("teacher").await;
    let teacher = Browser::new(&place.world);
    teacher.by_password("teacher").await;
    let sent = teacher.get("/staff/tasks").await;
    assert_eq!((sent.status, sent.to.as_str()), (303, "/staff/password"), "{}", sent.html);
    let page = teacher.get(&sent.to).await;
    assert!(page.html.contains("现在的密码是管理员设的"), "{}", page.html);
    let change = async |old: &str, new: &str| {
        teacher.post("/staff/password", &[("old", old), ("new", new)]).await
    };
    for (old, new, status, said) in [
        ("a guess", "east wind 9", 422, "请核对"),
        ("north wind 7", "1234567", 422, "新密码至少 8 个字符。"),
        ("north wind 7", "north wind 7", 422, "新密码不能与原密码相同。"),
    ] {
        let refused = change(old, new).await;
        assert_eq!(refused.status, status, "{new}");
        assert!(refused.html.contains(said), "{new}: {}", refused.html);
        assert!(!refused.html.contains(new), "no password is sent back");
    }
    let done = change("north wind 7", "east wind 9").await;
    assert_eq!((done.status, done.to.as_str()), (303, "/staff/tasks"), "{}", done.html);
    assert_eq!(teacher.get("/staff/tasks").await.status, 200, "the new session goes on");
    let page = teacher.get("/staff/password").await;
    assert!(!page.html.contains("管理员设的") && page.html.contains("/staff/settings"));
}

#[actix_web::test]
async fn what_a_teacher_misses_is_told_at_once_and_handed_in() {
    let place = Place::new().await;
    place.works("teacher", "school/class_teachers", Duty::Handler).await;
    let (applicant, teacher) = (Browser::new(&place.world), Browser::new(&place.world));
    let case = applied(&place, &applicant).await;
    teacher.by_password("teacher").await;
    let task = teacher.get("/staff/tasks").await.link("/staff/tasks/").expect("a task");
    let desk = teacher.get(&task).await;
    let version = desk.value("version").unwrap_or_default();
    let supplement = format!("{task}/request-supplement");
    let nothing = teacher.post(&supplement, &[("version", &version)]).await;
    assert_eq!(nothing.status, 422, "it has to name something");
    assert!(nothing.html.contains("<details class=\"verb\" open"), "the verb stays open");
    let ask = [
        ("version", version.as_str()),
        ("defect_fields", "description"),
        ("defect_papers", "proof"),
        ("note", "请补充住院证明。"),
    ];
    let asked = teacher.post(&supplement, &ask).await;
    assert_eq!((asked.status, asked.to.as_str()), (303, "/staff/tasks"), "{}", asked.html);
    place.settle().await;

    let list = format!("{case}/supplement");
    let shown = applicant.get(&list).await;
    assert_eq!(shown.status, 200);
    assert!(shown.html.contains("p-proof") && shown.html.contains("f-description"));
    let put = applicant.upload(&format!("{case}/papers/proof"), "b.jpg", b"hello").await;
    assert_eq!(put.status, 422);
    assert!(put.html.contains("e-proof") && put.html.contains("href=\"#p-proof\""), "at the paper");
    let mut other = photograph();
    other.extend(b"\n");
    let put = applicant.upload(&format!("{case}/papers/proof"), "b.png", &other).await;
    assert_eq!(put.status, 303, "{}", put.html);
    applicant.get(&list).await;
    let short = applicant.post(&list, &[("description", "短")]).await;
    assert_eq!(short.status, 422);
    assert!(short.html.contains(">短</textarea>"), "what was typed is still there: {}", short.html);
    let text = "父亲住院已经两个月，家中没有收入，孩子的生活费一时无法负担。";
    let done = applicant.post(&list, &[("description", text)]).await;
    assert_eq!((done.status, &done.to), (303, &case), "{}", done.html);
    place.settle().await;
    assert_eq!(applicant.get(&case).await.status, 200);
    assert_eq!(teacher.get(&task).await.status, 200);
    applicant.get(&case).await;
    let back = applicant.post(&format!("{case}/withdraw"), &[]).await;
    assert_eq!((back.status, &back.to), (303, &case), "{}", back.html);
    let late = applicant.post(&format!("{case}/withdraw"), &[("again", "1")]).await;
    assert_eq!(late.status, 409, "the same page says why not");
}

#[actix_web::test]
async fn what_is_sent_back_is_changed_on_its_own_pages() {
    let place = Place::new().await;
    place.works("teacher", "school/class_teachers", Duty::Handler).await;
    place.works("aid", "school/aid_office", Duty::Handler).await;
    let applicant = Browser::new(&place.world);
    let case = applied(&place, &applicant).await;
    for (login, verb) in [("teacher", "approve"), ("aid", "return")] {
        let clerk = Browser::new(&place.world);
        clerk.by_password(login).await;
        let task = clerk.get("/staff/tasks").await.link("/staff/tasks/").expect("a task");
        let desk = clerk.get(&task).await;
        let version = desk.value("version").unwrap_or_default();
        let why = [("note", "请核对金额。"), ("to", "applicant"), ("mode", "replay")];
        let fields: Vec<_> = [("version", version.as_str())].into_iter().chain(why).collect();
        let done = clerk.post(&format!("{task}/{verb}"), &fields).await;
        assert_eq!((done.status, done.to.as_str()), (303, "/staff/tasks"), "{login} {}", done.html);
        place.settle().await;
    }
    let told = applicant.get(&case).await;
    let change = told.link(&format!("{case}/change")).expect("it asks for a change");
    let draft = applicant.get(&change).await.to;
    let list = applicant.get(&draft).await;
    assert_eq!(list.status, 200, "{draft} {}", list.html);
    let page = list.link("/drafts/").expect("its pages");
    assert_eq!(applicant.get(&page).await.status, 200);
    let fields =
        [("urgent", "false"), ("cause", "illness"), ("day", "2026-01-04"), ("need", "900")];
    let kept = applicant.post(&page, &fields).await;
    assert_eq!(kept.status, 303, "{}", kept.html);
    let check = applicant.get(&format!("{draft}/check")).await;
    assert_eq!(check.status, 200);
    let boxes = [("truth", "true"), ("consent", "true")];
    let done = applicant.post(&format!("{draft}/submit"), &boxes).await;
    assert_eq!((done.status, &done.to), (303, &case), "{}", done.html);
    place.settle().await;
    assert_eq!(place.cases().await, 1);
    assert!(applicant.get(&case).await.link(&format!("{case}/change")).is_none());
}

#[actix_web::test]
async fn a_school_files_for_a_student_who_confirms_by_phone() {
    let place = Place::new().await;
    place.works("aid", "school/aid_office", Duty::Handler).await;
    let clerk = Browser::new(&place.world);
    clerk.by_password("aid").await;
    assert_eq!(clerk.get("/staff/file").await.status, 200);
    let wrong = clerk.post("/staff/file", &[("id_number", "64042219900101123")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.html.contains("value=\"64042219900101123\"") && wrong.html.contains("e-id_number")
    );
    let unknown = clerk.post("/staff/file", &[("id_number", ID_NUMBER)]).await;
    let write_down = unknown.link("/me/profile").expect("who it is must be written down");
    assert_eq!(clerk.get(&write_down.replace("&amp;", "&")).await.status, 200);
    let (school, township) = (place.id("school"), place.id("township"));
    let fields = [
        ("subject", ""),
        ("name", "马小兰"),
        ("id_number", ID_NUMBER),
        ("phone", PHONE),
        ("school", school.as_str()),
        ("township", township.as_str()),
    ];
    let saved = clerk.post("/me/profile", &fields).await;
    assert_eq!((saved.status, saved.to.as_str()), (303, "/staff/file"), "{}", saved.html);
    clerk.get("/staff/file").await;
    let found = clerk.post("/staff/file", &[("id_number", ID_NUMBER)]).await;
    let subject = found.value("subject").expect("the person is found");
    assert!(!found.html.contains(ID_NUMBER), "masked");
    let start = [("subject", subject.as_str()), ("program", "emergency-aid")];
    let begun = clerk.post("/staff/file", &start).await;
    assert_eq!(begun.status, 303, "{}", begun.html);
    let draft = begun.to;
    clerk.get(&format!("{draft}/pages/1")).await;
    fill_pages(&clerk, &draft, "true").await;
    let check = clerk.get(&format!("{draft}/check")).await;
    assert!(check.html.contains("139****5678") && check.html.contains("f-code"));
    let submit = format!("{draft}/submit");
    let boxes = [("truth", "true"), ("consent", "true"), ("code", "x")];
    let wrong = clerk.post(&submit, &boxes).await;
    assert_eq!(wrong.status, 422, "{}", wrong.html);
    assert!(wrong.html.contains("e-code"));
    let code = place.world.code_of(PHONE);
    let boxes = [("truth", "true"), ("consent", "true"), ("code", code.as_str())];
    let done = clerk.post(&submit, &boxes).await;
    assert_eq!(done.status, 303, "{}", done.html);
    let again = clerk.post(&submit, &boxes).await;
    assert_eq!((again.status, &again.to), (303, &done.to), "a double click");
    assert_eq!(clerk.get(&done.to).await.status, 200);
    let later = clerk.post(&submit, &boxes).await;
    let case = done.to.trim_end_matches("/submitted");
    assert_eq!((later.status, later.to.as_str()), (303, case), "what is handed in is a case");
    assert_eq!(clerk.get(&draft).await.to, case);
}

#[actix_web::test]
async fn a_demonstration_moves_its_clock_and_others_have_none() {
    let mut place = Place::new().await;
    assert_eq!(Browser::new(&place.world).get("/demo/clock").await.status, 404);
    let settings = Settings { demo: true, ..Settings::default() };
    place.world.services.settings = Arc::new(settings);
    place.works("head", "school", Duty::Head).await;
    let browser = Browser::new(&place.world);
    assert_eq!(browser.get("/demo/clock").await.status, 200);
    let none = browser.post("/demo/clock", &[("days", "soon")]).await;
    assert_eq!(none.status, 422);
    let moved = browser.post("/demo/clock", &[("days", "3")]).await;
    assert_eq!((moved.status, moved.to.as_str()), (303, "/demo/clock"), "{}", moved.html);
    let said = browser.get("/demo/clock").await;
    assert!(said.html.contains("class=\"box flash good\""));
    assert!(!browser.get("/demo/clock").await.html.contains("flash"), "said once");
    assert!(browser.get("/staff/sign-in").await.html.contains("<code>head</code>"));
    assert_eq!(browser.get("/about").await.status, 200);
}
