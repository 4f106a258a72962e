//! The newcomer's story: the real program, its demonstration, one case from a phone to the payment.

use std::process::Command;

use tokio::sync::Mutex;

use crate::harness::{
    browser::{Browser, Screen},
    demo,
    person::Person,
};

/// There is one clock: whoever moves it has the demonstration for themselves.
static CLOCK: Mutex<()> = Mutex::const_new(());

/// Signs in by a code that `drawer` shows.
async fn signs_in(person: &mut Person, drawer: &mut Person, phone: &str) {
    person.open("/").await;
    person.looks("home").await;
    person.browser.follow(".hero a[href='/sign-in']").await;
    person.looks("sign-in").await;
    person.browser.type_into("input[name=phone]", phone).await;
    person.browser.follow("form.sheet button").await;
    person.looks("code").await;
    let code = drawer.reads_code(phone).await;
    drawer.looks("letters").await;
    person.browser.type_into("input[name=code]", &code).await;
    person.browser.follow("form.sheet button").await;
    person.looks("me").await;
}

/// Fills in an application for emergency aid and hands it in; its number.
async fn applies(person: &mut Person) -> String {
    person.browser.follow("a[href='/programs/emergency-aid']").await;
    person.looks("guide").await;
    person.browser.follow("form.start button").await;
    person.looks("task-list").await;
    person.browser.follow(".tasks li:first-child a").await;
    person.looks("form").await;
    let browser = &person.browser;
    browser.click("input[name=urgent][value=false] + span").await;
    browser.click("input[name=cause][value=illness] + span").await;
    let today =
        browser.evaluate("document.querySelector('aside time').dateTime.slice(0, 10)").await;
    browser.choose("input[name=day]", today.as_str().unwrap()).await;
    browser.type_into("input[name=need]", "12000").await;
    browser.follow("form.sheet button").await;
    browser.click("input[name=home][value=in_village] + span").await;
    let words = "父亲因急性阑尾炎住院手术，家里没有别的收入，医药费还欠着。";
    browser.type_into("textarea[name=description]", words).await;
    browser.type_into("input[name=loss]", "18600").await;
    browser.follow("form.sheet button").await;
    person.browser.type_into("input[name=household_size]", "4").await;
    person.browser.type_into("input[name=household_income]", "1500").await;
    person.browser.follow("form.sheet button").await;
    for id in ["proof", "identity"] {
        person.puts_in(id).await;
    }
    person.looks("papers").await;
    person.browser.follow("a[href$='/check']").await;
    let page = person.browser.text("main").await;
    assert!(page.contains("¥12,000") && page.contains("疾病"), "{page}");
    person.looks("check").await;
    person.browser.click("input[name=truth] + span").await;
    person.browser.click("input[name=consent] + span").await;
    person.browser.follow("form[action$='/submit'] button").await;
    person.looks("submitted").await;
    let number = person.browser.text("p.number").await;
    assert!(number.starts_with("640424-YJ-"), "{number}");
    let receipt = person.browser.text(".receipt").await;
    assert!(receipt.contains(&number) && receipt.contains("¥12,000"), "{receipt}");
    assert_eq!(person.browser.count(".receipt svg").await, 1);
    number
}

/// Everybody up to the city signs.
async fn decide(desk: &mut Person, applicant: &mut Person, number: &str) {
    let all = [
        "teacher",
        "school-aid",
        "school-head",
        "township-aid",
        "county-edu",
        "county-relief",
        "city-edu",
    ];
    for login in all {
        desk.signs_in_as_staff(login).await;
        desk.looks(&format!("queue-{login}")).await;
        desk.opens_case(number).await;
        desk.looks(&format!("case-{login}")).await;
        if login == "township-aid" {
            desk.puts_in("visit_photo").await;
            desk.browser.click("details:has(> form[action$='/approve']) > summary").await;
            desk.browser
                .type_into("[name='form.visit']", "两间旧房，父亲住院，欠费单据属实。")
                .await;
            desk.browser.follow("form[action$='/approve'] button.btn").await;
        } else {
            desk.decides("approve").await;
        }
        let complaints = desk.browser.complaints();
        assert_eq!(complaints, Vec::<String>::new(), "after {login}");
        if login == "township-aid" {
            let county = "section.holder .card:nth-of-type(2)"; // two offices at once
            applicant.opens_until(&format!("/cases/{number}"), county).await;
            applicant.looks("progress").await;
        }
    }
}

/// Moves business time day by day until the case is no longer on public notice.
async fn waits_out_the_notice(desk: &mut Person, number: &str) {
    desk.leaves().await;
    desk.open("/notices").await;
    desk.looks("notices").await;
    desk.browser.follow("main .cells li:first-child a").await;
    desk.looks("notice").await;
    for _ in 0..4 {
        desk.open("/demo/clock").await;
        desk.looks("clock").await;
        desk.browser.follow("button[name=days][value='1']").await;
        desk.opens_until("/demo/clock", "main:not(:has(#moving))").await;
    }
    desk.signs_in_as_staff("county-finance").await;
    desk.opens_case(number).await;
    desk.looks("case-county-finance").await;
    desk.decides("pay").await;
}

#[actix_web::test]
async fn a_case_goes_from_a_phone_to_the_payment() {
    let _clock = CLOCK.lock().await;
    let mut applicant = Person::sits_down(demo::address(), Screen::Phone).await;
    let mut desk = Person::sits_down(demo::address(), Screen::Desktop).await;
    let phone = "13800000005";
    signs_in(&mut applicant, &mut desk, phone).await;
    let number = applies(&mut applicant).await;
    decide(&mut desk, &mut applicant, &number).await;
    waits_out_the_notice(&mut desk, &number).await;

    let path = format!("/cases/{number}");
    applicant.opens_until(&path, "a[href$='/decision']").await;
    applicant.looks("progress-end").await;
    let steps = applicant.browser.text(".steps").await;
    for step in ["班主任", "学校", "入户", "县级会签", "市级审批", "公示", "支付"]
    {
        assert!(steps.contains(step), "{step} is not in {steps}");
    }
    applicant.browser.follow("a[href$='/decision']").await;
    applicant.looks("decision").await;
    let decision = applicant.browser.text("main").await;
    for said in ["¥12,000.00", "壹万贰仟元整", "已发放到账"] {
        assert!(decision.contains(said), "{said} is not in {decision}");
    }
    assert_eq!(applicant.browser.count("article ol.list li").await, 1, "a reason");

    desk.leaves().await;
    desk.open("/demo/letters").await;
    let mut letters = desk.browser.text("ul.letters").await;
    while desk.browser.count("a[href^='/demo/letters?after=']").await > 0 {
        desk.browser.follow("a[href^='/demo/letters?after=']").await;
        letters.push_str(&desk.browser.text("ul.letters").await);
    }
    for milestone in ["已提交", "已通过市级审批", "正在公示", "已批准", "已拨付"]
    {
        let told = letters.lines().any(|line| line.contains(&number) && line.contains(milestone));
        assert!(told, "no letter says {milestone}: {letters}");
    }
}

#[actix_web::test]
async fn a_form_page_is_filled_without_javascript() {
    let _clock = CLOCK.lock().await;
    let phone = "13800000002"; // has a draft
    let browser = Browser::start(Screen::SmallPhone).await.without_javascript().await;
    let mut applicant = Person::at(demo::address(), browser);
    let mut drawer = Person::sits_down(demo::address(), Screen::Desktop).await;
    applicant.open("/sign-in").await;
    applicant.browser.type_into("input[name=phone]", phone).await;
    applicant.browser.follow("form.sheet button").await;
    let code = drawer.reads_code(phone).await;
    applicant.browser.type_into("input[name=code]", &code).await;
    applicant.browser.follow("form.sheet button").await;
    applicant.browser.follow(".asked a[href^='/drafts/']").await;
    applicant.browser.follow(".tasks li:first-child a").await;
    applicant.browser.type_into("input[name=need]", "4321.50").await;
    applicant.browser.follow("form.sheet button").await;
    assert!(applicant.browser.url().await.ends_with("/pages/2"));
    applicant.browser.follow(".crumb a").await;
    let kept = applicant.browser.evaluate("document.querySelector('[name=need]').value").await;
    assert_eq!(kept, "4321.50");
    let wide = applicant.browser.evaluate("document.documentElement.scrollWidth").await;
    assert_eq!(wide, 320, "nothing sticks out");
    assert_eq!(applicant.browser.complaints(), Vec::<String>::new());
}

#[actix_web::test]
async fn the_first_case_of_the_documents_can_be_walked() {
    let _clock = CLOCK.lock().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/first-case.sh");
    let walked = Command::new("sh").args([script, demo::address()]).output().unwrap();
    let said = String::from_utf8_lossy(&walked.stdout);
    let errors = String::from_utf8_lossy(&walked.stderr);
    assert!(walked.status.success(), "{said}\n{errors}");
    assert!(said.contains("approved, 1200000 fen, payment: paid"), "{said}\n{errors}");
}

#[actix_web::test]
async fn an_administrator_finds_the_background_work() {
    let mut admin = Person::sits_down(demo::address(), Screen::Desktop).await;
    admin.signs_in_as_staff("admin").await;
    admin.browser.follow("nav a[href='/staff/jobs']").await;
    admin.looks("jobs").await;
    let states = admin.browser.text(".chips").await;
    for state in ["停用", "失败待重试", "迟延", "办理中", "等待"] {
        assert!(states.contains(state), "{state} is not in {states}");
    }
}
