//! The pages, walked by a browser without JavaScript.

use std::io::Cursor;

use actix_web::http::Method;
use entities::Duty;
use image::{DynamicImage, ImageFormat};

use super::{browser::Browser, place::Place, world::World};
use crate::routes::{Asks, doors};

pub(super) const PHONE: &str = "13912345678";
pub(super) const ID_NUMBER: &str = "640422200001011234";

/// Whoever has just signed in writes down who they are.
pub(super) async fn profile(place: &Place, browser: &Browser<'_>) {
    assert_eq!(browser.get("/me/profile?subject=new").await.status, 200);
    let (school, township) = (place.id("school"), place.id("township"));
    let fields = [
        ("subject", ""),
        ("name", "马小兰"),
        ("id_number", ID_NUMBER),
        ("phone", PHONE),
        ("school", school.as_str()),
        ("township", township.as_str()),
        ("class", "18级1班"),
        ("basis", "oneself"),
    ];
    let saved = browser.post("/me/profile", &fields).await;
    assert_eq!((saved.status, saved.to.as_str()), (303, "/me"), "{}", saved.html);
    let again = browser.post("/me/profile", &fields).await;
    assert_eq!((again.status, again.to.as_str()), (303, "/me"), "a double click is harmless");
}

/// Begins an application and fills in its pages; returns the draft's address.
pub(super) async fn fill(browser: &Browser<'_>, urgent: &str) -> String {
    let guide = browser.get("/programs/emergency-aid").await;
    assert_eq!(guide.status, 200);
    let begun = browser.post("/programs/emergency-aid/start", &[]).await;
    assert_eq!(begun.status, 303, "{}", begun.html);
    let draft = begun.to;
    assert_eq!(browser.get(&draft).await.status, 200);
    fill_pages(browser, &draft, urgent).await;
    draft
}

/// Fills in every page of a draft.
pub(super) async fn fill_pages(browser: &Browser<'_>, draft: &str, urgent: &str) {
    let fields = [
        ("urgent", urgent),
        ("cause", "illness"),
        ("day", "2026-01-04"),
        ("need", "1800.50"),
        ("home", "at_school"),
        ("description", "父亲住院，家中没有收入，孩子在校生活费一时无法负担，请予帮助。"),
    ];
    let mut page = format!("{draft}/pages/1");
    while page.contains("/pages/") {
        let shown = browser.get(&page).await;
        assert_eq!(shown.status, 200, "{page} {}", shown.html);
        let kept = browser.post(&page, &fields).await;
        assert_eq!(kept.status, 303, "{page} {}", kept.html);
        page = kept.to;
    }
    assert_eq!(page, format!("{draft}/papers"));
}

pub(super) fn photograph() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(320, 240).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[actix_web::test]
async fn an_applicant_walks_from_the_code_to_the_receipt_and_a_head_approves() {
    let place = Place::new().await;
    place.works("head", "school", Duty::Head).await;
    place.works("pay", "county/finance", Duty::Handler).await;
    let applicant = Browser::new(&place.world);
    applicant.by_code(PHONE).await;
    assert_eq!(applicant.get("/me").await.status, 200);
    profile(&place, &applicant).await;
    let draft = fill(&applicant, "true").await;

    let check = applicant.get(&format!("{draft}/check")).await;
    assert_eq!(check.status, 200);
    let submit = format!("{draft}/submit");
    let refused = applicant.post(&submit, &[("truth", "true")]).await;
    assert_eq!(refused.status, 422, "both boxes are asked for");
    let boxes = [("truth", "true"), ("consent", "true")];
    // The token of one page, sent twice: a double click.
    let (first, second) =
        (applicant.post(&submit, &boxes).await, applicant.post(&submit, &boxes).await);
    assert_eq!(first.status, 303, "{}", first.html);
    assert_eq!((second.status, &second.to), (303, &first.to));
    assert_eq!(place.cases().await, 1);
    let receipt = applicant.get(&first.to).await;
    assert_eq!(receipt.status, 200);
    assert!(receipt.html.contains("<svg") && !receipt.html.contains("<?xml"));
    let case = first.to.trim_end_matches("/submitted").to_owned();
    place.settle().await;

    let head = Browser::new(&place.world);
    head.by_password("head").await;
    let queue = head.get("/staff/tasks").await;
    let task = queue.link("/staff/tasks/").expect("the case is in the queue");
    let desk = head.get(&task).await;
    assert_eq!(desk.status, 200);
    let version = desk.value("version").unwrap_or_default();
    let approve = format!("{task}/approve");
    let done = head.post(&approve, &[("version", version.as_str())]).await;
    assert_eq!((done.status, done.to.as_str()), (303, "/staff/tasks"), "{}", done.html);
    let again = head.post(&approve, &[("version", version.as_str())]).await;
    assert_eq!((again.status, again.to.as_str()), (303, "/staff/tasks"), "a double click");
    place.settle().await;
    let progress = applicant.get(&case).await;
    assert_eq!(progress.status, 200);
    assert_eq!(applicant.get(&format!("{case}/decision")).await.status, 200);
}

#[actix_web::test]
async fn papers_are_put_in_shown_small_and_taken_out_and_what_is_none_is_told_at_its_place() {
    let place = Place::new().await;
    place.works("teacher", "school/class_teachers", Duty::Handler).await;
    let applicant = Browser::new(&place.world);
    applicant.by_code(PHONE).await;
    profile(&place, &applicant).await;
    let draft = fill(&applicant, "false").await;
    let papers = format!("{draft}/papers");
    assert_eq!(applicant.get(&papers).await.status, 200);
    let to = format!("{papers}/proof");
    let wrong = applicant.upload(&to, "bill.txt", b"hello").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("id=\"p-proof\"") && wrong.html.contains("PDF"));
    let huge = applicant.upload(&to, "bill.pdf", &vec![b'x'; 11 * 1024 * 1024]).await;
    assert_eq!(huge.status, 413);
    assert!(huge.html.contains("id=\"p-proof\""), "the same page again");
    let photograph = photograph();
    let taken = applicant.upload(&to, "bill.png", &photograph).await;
    assert_eq!(taken.status, 303, "{}", taken.html);
    let listed = applicant.get(&papers).await;
    let file = listed.link("/papers/").expect("the file is listed");
    for size in ["", "?size=small"] {
        assert_eq!(applicant.get(&format!("{file}{size}")).await.status, 200);
    }
    let stranger = Browser::new(&place.world);
    stranger.by_code("13900000000").await;
    assert_eq!(stranger.get(&file).await.status, 404);
    assert_eq!(stranger.get(&draft).await.status, 404);
    applicant.get(&papers).await;
    let removed = applicant.post(&format!("{file}/remove"), &[]).await;
    assert_eq!(removed.status, 303, "{}", removed.html);
    assert_eq!(applicant.get(&file).await.status, 404);

    let check = applicant.get(&format!("{draft}/check")).await;
    assert_eq!(check.status, 200);
    let boxes = [("truth", "true"), ("consent", "true")];
    let missing = applicant.post(&format!("{draft}/submit"), &boxes).await;
    assert_eq!(missing.status, 422, "papers are missing");
    assert!(missing.html.contains("情况证明：") && !missing.html.contains("href=\"#p-"));
    let thrown = applicant.post(&format!("{draft}/discard"), &[]).await;
    assert_eq!((thrown.status, thrown.to.as_str()), (303, "/me"));
    assert_eq!(place.cases().await, 0);
}

#[actix_web::test]
async fn every_page_answers_strangers_applicants_and_staff_without_failing() {
    let place = Place::new().await;
    place.works("head", "school", Duty::Head).await;
    let (stranger, applicant, clerk) =
        (Browser::new(&place.world), Browser::new(&place.world), Browser::new(&place.world));
    applicant.by_code(PHONE).await;
    profile(&place, &applicant).await;
    clerk.by_password("head").await;
    let draft = applicant.get("/programs/emergency-aid").await;
    assert_eq!(draft.status, 200);
    let draft = applicant.post("/programs/emergency-aid/start", &[]).await.to;
    let draft = draft.trim_start_matches("/drafts/").to_owned();
    let none = "018f0000-0000-7000-8000-000000000000";
    for door in doors()
        .into_iter()
        .filter(|door| !door.path.starts_with("/api/") && door.path != "/sign-out")
    {
        for (draft, name) in [(draft.as_str(), "emergency-aid"), (none, "x%0d")] {
            let mut path = door.path.replace("{draft}", draft).replace("{page}", "1");
            path = path.replace("{name}", name).replace("{paper}", "proof");
            for hole in ["{id}", "{number}", "{task}", "{file}", "{verb}"] {
                path = path.replace(hole, none);
            }
            for (who, browser) in
                [("a stranger", &stranger), ("an applicant", &applicant), ("a clerk", &clerk)]
            {
                let seen = if door.method == Method::GET {
                    browser.get(&path).await
                } else {
                    browser.post(&path, &[]).await
                };
                let fine = [200, 303, 400, 403, 404, 409, 415, 422, 429].contains(&seen.status);
                assert!(fine, "{} {path} for {who}: {}", door.method, seen.status);
                if who == "a stranger" && door.asks == Asks::Account {
                    assert!(
                        seen.to.contains("/sign-in"),
                        "{} {path}: {}",
                        door.method,
                        seen.status
                    );
                }
            }
        }
    }
}

#[actix_web::test]
async fn what_is_chosen_is_kept_and_leads_back_here_only() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    assert!(browser.get("/sign-in").await.html.contains("lang=\"zh-CN\""));
    let to = browser.get("/preferences?lang=en&elder=1&to=/sign-in").await;
    assert_eq!((to.status, to.to.as_str()), (303, "/sign-in"));
    let page = browser.get("/sign-in").await.html;
    assert!(page.contains("<html lang=\"en\">") && page.contains("elder"));
    assert_eq!(browser.get("/preferences?elder=0&to=//evil.example").await.to, "/");
    let private = browser.get("/me?a=1").await;
    assert_eq!(private.status, 401, "without pages of errors, a problem");
}

#[actix_web::test]
async fn a_wrong_code_and_a_wrong_password_are_told_on_the_same_page() {
    let place = Place::new().await;
    place.works("head", "school", Duty::Head).await;
    let browser = Browser::new(&place.world);
    let sent = browser.get("/me?a=1").await;
    assert_eq!((sent.status, sent.to.as_str()), (303, "/sign-in?to=/me%3Fa%3D1"));
    browser.get(&sent.to).await;
    let short = browser.post("/sign-in", &[("phone", "139"), ("to", "/me?a=1")]).await;
    assert_eq!(short.status, 422);
    assert!(short.html.contains("value=\"139\"") && short.html.contains("e-phone"));
    let asked = browser.post("/sign-in", &[("phone", PHONE), ("to", "/me?a=1")]).await;
    assert!(asked.html.contains("139****5678"));
    let fields = [("phone", PHONE), ("code", "0000000"), ("to", "/me?a=1")];
    let wrong = browser.post("/sign-in/code", &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("e-code"));
    let code = place.world.code_of(PHONE);
    let fields = [("phone", PHONE), ("code", code.as_str()), ("to", "/me?a=1")];
    assert_eq!(browser.post("/sign-in/code", &fields).await.to, "/me?a=1");
    let out = browser.get("/me").await;
    assert_eq!(out.status, 200);
    assert_eq!(browser.post("/sign-out", &[]).await.status, 303);
    assert_eq!(browser.get("/me").await.status, 303);
    browser.get("/staff/sign-in").await;
    let fields = [("account", "head"), ("password", "guess"), ("to", "")];
    let wrong = browser.post("/staff/sign-in", &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.html.contains("value=\"head\"") && !wrong.html.contains("guess"));
}
