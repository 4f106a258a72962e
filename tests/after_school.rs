//! Those who leave school: a graduate in the army, one at the grass roots and a leaver bound for
//! Fujian each walk their program in the browser until it is ended.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::harness::{browser::Screen, demo::Demonstration, person::Person};

mod digests;
mod rounds;

use rounds::signs_round;

const SOLDIER: &str = "13800000009";
const TEACHER: &str = "13800000010";
const LEAVER: &str = "13800000011";

/// The demonstration, whoever is at the desk, and the phones: each applicant has their own and
/// stays signed in, for a code is sent once a minute at most.
struct Scene<'d> {
    demo: &'d Demonstration,
    desk: Person,
    /// The phone that is looked at.
    phone: Person,
    /// Whose it is.
    holder: &'static str,
    others: BTreeMap<&'static str, Person>,
}

impl<'d> Scene<'d> {
    async fn opens(demo: &'d Demonstration) -> Self {
        let desk = Person::sits_down(demo.address(), Screen::Desktop).await;
        let phone = Person::sits_down(demo.address(), Screen::Phone).await;
        Self { demo, desk, phone, holder: "", others: BTreeMap::new() }
    }

    /// The applicant takes their phone; the first time they sign in with a code that the drawer
    /// shows.
    async fn signs_in(&mut self, number: &'static str) {
        if self.holder.is_empty() {
            self.holder = number;
        } else {
            let known = self.others.remove(number);
            let is_known = known.is_some();
            let next = match known {
                Some(phone) => phone,
                None => Person::sits_down(self.demo.address(), Screen::Phone).await,
            };
            let before = std::mem::replace(&mut self.phone, next);
            self.others.insert(std::mem::replace(&mut self.holder, number), before);
            if is_known {
                return;
            }
        }
        self.phone.open("/sign-in").await;
        self.phone.browser.type_into("input[name=phone]", number).await;
        self.phone.browser.follow("form.sheet button").await;
        let code = self.desk.reads_code(number).await;
        self.phone.browser.type_into("input[name=code]", &code).await;
        self.phone.browser.follow("form.sheet button").await;
    }

    /// Begins an application and opens the first page of its form.
    async fn begins(&mut self, program: &str) {
        self.phone.open(&format!("/programs/{program}")).await;
        self.phone.sees(&format!("guide-{program}")).await;
        self.phone.browser.follow("form.start button").await;
        self.phone.browser.follow(".tasks li:first-child a").await;
    }

    /// Puts the papers in and hands the application in; its number.
    async fn hands_in(&mut self, papers: &[&str], says: &[&str]) -> String {
        for id in papers {
            self.phone.puts_in(id).await;
        }
        let check = "document.querySelector(\"a[href$='/check']\").getAttribute('href')";
        let check = self.phone.browser.evaluate(check).await;
        self.phone.open(check.as_str().unwrap()).await;
        let page = self.phone.browser.text("main").await;
        for said in says {
            assert!(page.contains(said), "{said} is not in {page}");
        }
        self.phone.sees("check-of-leavers").await;
        self.phone.browser.click("input[name=truth] + span").await;
        self.phone.browser.click("input[name=consent] + span").await;
        self.phone.browser.follow("form[action$='/submit'] button").await;
        self.phone.browser.text("p.number").await
    }

    /// Chooses what is called so in a list, or of a few that are all seen at once.
    async fn chooses(person: &Person, name: &str, called: &str) {
        let all = format!(
            "[...document.querySelectorAll(\"select[name='{name}'] option, input[name='{name}']\")]"
        );
        let text = "(o.text ?? o.nextElementSibling.textContent)";
        let value = format!("{all}.find(o => {text}.includes('{called}'))?.value ?? ''");
        let value = person.browser.evaluate(&value).await;
        let value = value.as_str().unwrap();
        assert!(!value.is_empty(), "{called} is not to be chosen for {name}");
        let list = format!("select[name='{name}']");
        if person.browser.count(&list).await > 0 {
            person.browser.choose(&list, value).await;
        } else {
            let radio = format!("input[name='{name}'][value='{value}'] + span");
            person.browser.click(&radio).await;
        }
    }

    /// Somebody opens the case from the queue.
    async fn at_desk(&mut self, login: &str, number: &str) {
        self.desk.signs_in_as_staff(login).await;
        self.desk.opens_case(number).await;
    }

    /// Everybody approves in turn.
    async fn approve(&mut self, number: &str, logins: &[&str]) {
        for login in logins {
            self.at_desk(login, number).await;
            self.desk.decides("approve").await;
            assert_eq!(self.desk.browser.complaints(), Vec::<String>::new(), "after {login}");
        }
    }

    /// Somebody fills in what their step asks for: radios by value, and confirms the verb.
    async fn fills(&mut self, verb: &str, radios: &[(&str, &str)]) {
        let form = format!("form[action$='/{verb}']");
        let browser = &self.desk.browser;
        browser.click(&format!("details:has(> {form}) > summary")).await;
        for (name, value) in radios {
            let radio = format!("{form} input[name='form.{name}'][value='{value}'] + span");
            browser.click(&radio).await;
        }
        browser.follow(&format!("{form} button.btn")).await;
        assert_eq!(self.desk.browser.complaints(), Vec::<String>::new());
    }

    /// The day of business time.
    async fn today(&mut self) -> NaiveDate {
        self.desk.open("/demo/clock").await;
        let day = "document.querySelector('aside time').dateTime.slice(0, 10)";
        self.desk.browser.evaluate(day).await.as_str().unwrap().parse().unwrap()
    }

    /// Business time walks on by so many working days.
    async fn days_pass(&mut self, days: u32) {
        self.desk.open("/demo/clock").await;
        self.desk.browser.type_into("#f-days", &days.to_string()).await;
        self.desk.browser.follow("form:has(#f-days) button").await;
        self.desk.opens_until("/demo/clock", "main:not(:has(#moving))").await;
    }

    /// Business time walks on until the day has come, by steps of at most four weeks.
    async fn until(&mut self, day: NaiveDate) {
        loop {
            let left = day.signed_duration_since(self.today().await).num_days();
            if left <= 0 {
                return;
            }
            let days = u32::try_from(left * 5 / 7 + 1).unwrap_or(20).min(20);
            self.days_pass(days).await;
        }
    }

    /// The applicant's own page says that the case is closed.
    async fn is_ended(&mut self, number: &str) {
        let path = format!("/cases/{number}");
        self.phone.opens_until(&path, "h1 .tag.quiet").await;
        let title = self.phone.browser.text("h1").await;
        assert!(title.contains("办结"), "{title}");
    }
}

/// A day as a page takes it.
fn typed(day: NaiveDate) -> String {
    day.to_string()
}

#[actix_web::test]
async fn leavers_walk_their_programs_to_the_end() {
    let demo = Demonstration::start("leavers");
    let mut scene = Scene::opens(&demo).await;
    digests::are_not_wanted(&mut scene).await;
    let began = scene.today().await;
    let soldier = enlists(&mut scene, began).await;
    let teacher = goes_to_a_village(&mut scene, began).await;
    is_discharged(&mut scene, &soldier).await;
    scene.signs_in(TEACHER).await;
    proves(&mut scene, &teacher, 1).await;
    goes_to_fujian(&mut scene).await;
    scene.signs_in(TEACHER).await;
    for year in 2..=3 {
        proves(&mut scene, &teacher, year).await;
    }
    is_paid_by_thirds(&mut scene, &teacher).await;
}

/// Four years at 21 000 yuan, 30 000 yuan of a loan still owed: the bank is paid first.
async fn enlists(scene: &mut Scene<'_>, today: NaiveDate) -> String {
    scene.signs_in(SOLDIER).await;
    scene.begins("military-compensation").await;
    let enlisted = today.checked_sub_months(Months::new(12)).unwrap() + Days::new(12);
    let browser = &scene.phone.browser;
    browser.click("input[name=standing][value=graduate] + span").await;
    browser.click("input[name=service][value=conscript] + span").await;
    browser.choose("input[name=enlisted]", &typed(enlisted)).await;
    Scene::chooses(&scene.phone, "enlisted_by", "泾源县").await;
    browser.follow("form.sheet > p .btn").await;
    browser.click("input[name=degree][value=undergraduate] + span").await;
    browser.click("input[name=fees_waived][value=false] + span").await;
    browser.type_into("input[name=account]", "6217000000000012397").await;
    for year in 0..4 {
        if year > 0 {
            browser.follow("button[name=more]").await;
        }
        browser.type_into(&format!("input[name='years.{year}.fees_paid']"), "21000").await;
    }
    browser.follow("button[name=more]").await;
    assert_eq!(browser.count("fieldset .defect").await, 5);
    browser.follow("button[name=drop][value='years.4']").await;
    assert_eq!(browser.count("fieldset .defect").await, 4, "what is left empty is no row");
    scene.phone.sees("form-with-rows").await;
    let browser = &scene.phone.browser;
    browser.follow("form.sheet > p .btn").await;
    browser.click("input[name=has_loan][value=true] + span").await;
    browser.type_into("input[name=lender]", "国家开发银行").await;
    browser.type_into("input[name=contract]", "DEMO-2021-0001").await;
    browser.type_into("input[name=owed]", "30000").await;
    browser.follow("form.sheet > p .btn").await;
    let papers = ["notice", "application", "diploma", "fees", "loan_contract"];
    let says = ["¥80,000", "泾源县人民政府征兵办公室", "¥21,000"];
    let number = scene.hands_in(&papers, &says).await;
    assert!(number.starts_with("640424-FB-"), "{number}");

    scene.approve(&number, &["college-finance", "college-aid", "college-head"]).await;
    scene.at_desk("conscription", &number).await;
    scene.desk.sees("case-conscription").await;
    let form = "form[action$='/approve']";
    scene.desk.browser.click(&format!("details:has(> {form}) > summary")).await;
    scene.desk.browser.choose("input[name='form.joined']", &typed(enlisted)).await;
    scene.desk.browser.follow(&format!("{form} button.btn")).await;
    scene.approve(&number, &["county-edu", "region-edu"]).await;
    scene.at_desk("region-finance", &number).await;
    scene.desk.decides("pay").await;

    let path = format!("/cases/{number}/decision");
    scene.phone.opens_until(&path, ".good ~ .good, td .tag.good").await;
    let decision = scene.phone.browser.text("main").await;
    for said in ["¥80,000.00", "贷款银行", "¥30,000.00", "¥50,000.00"] {
        assert!(decision.contains(said), "{said} is not in {decision}");
    }
    scene.phone.sees("decision-two-payees").await;
    number
}

/// Ten thousand yuan of fees, asked for as compensation; county, city and region agree.
async fn goes_to_a_village(scene: &mut Scene<'_>, today: NaiveDate) -> String {
    scene.signs_in(TEACHER).await;
    scene.begins("hard-area-repayment").await;
    let started = today.checked_sub_months(Months::new(12)).unwrap() + Days::new(10);
    let browser = &scene.phone.browser;
    browser.click("input[name=degree][value=vocational] + span").await;
    let graduated = typed(started.checked_sub_months(Months::new(3)).unwrap());
    browser.choose("input[name=graduated]", &graduated).await;
    browser.click("input[name=commissioned][value=false] + span").await;
    browser.type_into("input[name=employer]", "泾源县某乡中心小学").await;
    browser.click("input[name=employer_kind][value=school] + span").await;
    browser.follow("form.sheet > p .btn").await;
    Scene::chooses(&scene.phone, "work_county", "泾源县").await;
    browser.click("input[name=below_seat][value=true] + span").await;
    browser.choose("input[name=started]", &typed(started)).await;
    browser.type_into("input[name=promised]", "3").await;
    browser.type_into("input[name='years.0.fees_paid']", "10000").await;
    browser.follow("form.sheet > p .btn").await;
    browser.click("input[name=mode][value=compensation] + span").await;
    browser.type_into("input[name=account]", "6217000000000012405").await;
    browser.follow("form.sheet > p .btn").await;
    let papers = ["agreement", "employer_proof", "diploma", "fees"];
    let number = scene.hands_in(&papers, &["¥10,000", "泾源县"]).await;

    scene.approve(&number, &["college-aid"]).await;
    for login in ["county-hr", "county-edu"] {
        scene.at_desk(login, &number).await;
        scene.fills("approve", &[("class_confirmed", "false")]).await;
    }
    scene.approve(&number, &["city-edu", "region-edu", "region-finance"]).await;
    scene.days_pass(6).await; // the public notice hangs five working days
    let path = format!("/cases/{number}");
    scene.phone.opens_until(&path, "a[href$='/decision']").await;
    scene.phone.sees("progress-year-to-come").await;
    number
}

/// The conscription office says how the service went: it is over.
async fn is_discharged(scene: &mut Scene<'_>, number: &str) {
    scene.days_pass(8).await;
    scene.at_desk("conscription", number).await;
    scene.fills("hand-in", &[("status", "discharged")]).await;
    scene.signs_in(SOLDIER).await;
    scene.is_ended(number).await;
}

/// Wishes, one school that declines, one that accepts, arrival, money, a term.
async fn goes_to_fujian(scene: &mut Scene<'_>) {
    let today = scene.today().await;
    let spring = |year| NaiveDate::from_ymd_opt(year, 3, 2).unwrap();
    let year = if today < spring(today.year()) { today.year() } else { today.year() + 1 };
    scene.until(spring(year)).await;
    scene.signs_in(LEAVER).await;
    scene.begins("fujian-placement").await;
    let browser = &scene.phone.browser;
    browser.type_into("input[name=score]", "512").await;
    Scene::chooses(&scene.phone, "school_wishes.0.host", "黎明").await;
    Scene::chooses(&scene.phone, "school_wishes.0.major", "汽车").await;
    browser.click("input[name='school_wishes.0.mode'][value=full] + span").await;
    browser.follow("button[name=more]").await;
    Scene::chooses(&scene.phone, "school_wishes.1.host", "船政").await;
    Scene::chooses(&scene.phone, "school_wishes.1.major", "汽车").await;
    let browser = &scene.phone.browser;
    browser.click("input[name='school_wishes.1.mode'][value=full] + span").await;
    browser.click("input[name=diet][value=halal] + span").await;
    scene.phone.sees("form-wishes").await;
    let browser = &scene.phone.browser;
    browser.follow("form.sheet > p .btn").await;
    browser.click("input[name=lodging][value=true] + span").await;
    browser.click("input[name=agrees][value=true] + span").await;
    browser.type_into("input[name=account]", "6217000000000012454").await;
    scene.phone.sees("form-wishes").await;
    scene.phone.browser.follow("form.sheet > p .btn").await;
    let papers = ["certificate", "health", "guardian_consent", "photo"];
    let number = scene.hands_in(&papers, &["黎明职业大学", "汽车运用与维修"]).await;

    scene.approve(&number, &["school-aid", "county-edu", "county-relief", "city-edu"]).await;
    signs_round(scene).await;
    scene.at_desk("quanzhou", &number).await;
    scene.desk.sees("case-quanzhou").await;
    let form = "form[action$='/refuse']";
    scene.desk.browser.click(&format!("details:has(> {form}) > summary")).await;
    scene.desk.browser.click(&format!("{form} input[value=no_seat] + span")).await;
    scene.desk.browser.follow(&format!("{form} button.btn")).await;
    signs_round(scene).await;
    scene.approve(&number, &["fuzhou"]).await;
    scene.days_pass(6).await; // the public notice
    arrives(scene, &number, year).await;
}

async fn arrives(scene: &mut Scene<'_>, number: &str, year: i32) {
    let path = format!("/cases/{number}");
    scene.phone.opens_until(&path, "a[href$='/decision']").await;
    let steps = scene.phone.browser.text(".steps").await;
    for said in ["福建船政交通职业学院", "计划已满", "（第 2 次）"] {
        assert!(steps.contains(said), "{said} is not in {steps}");
    }
    scene.phone.sees("progress-placed").await;
    scene.until(NaiveDate::from_ymd_opt(year, 9, 2).unwrap()).await;
    scene.at_desk("fuzhou", number).await;
    scene.fills("hand-in", &[("arrived", "true")]).await;
    scene.at_desk("region-finance", number).await;
    scene.desk.decides("pay").await;
    scene.at_desk("fuzhou", number).await;
    scene.desk.decides("pay").await;
    let arrived = scene.today().await;
    scene.until(arrived + Days::new(33)).await;
    scene.at_desk("fuzhou", number).await;
    scene.fills("hand-in", &[("status", "graduated")]).await;
    scene.is_ended(number).await;
}

/// The yearly proof on the phone, the county's word, and a third of the money.
async fn proves(scene: &mut Scene<'_>, number: &str, year: u32) {
    let path = format!("/cases/{number}");
    let todo = "a[href*='/steps/']";
    scene.phone.open(&path).await;
    while scene.phone.browser.count(todo).await == 0 {
        scene.days_pass(20).await;
        scene.phone.open(&path).await;
    }
    scene.phone.browser.follow(todo).await;
    if year == 1 {
        scene.phone.sees("yearly-proof").await;
    }
    scene.phone.puts_in("at_work").await;
    scene.phone.browser.click("input[name='form.new_employer'][value=false] + span").await;
    scene.phone.browser.follow("form.sheet button.btn").await;
    scene.at_desk("county-hr", number).await;
    scene.fills("hand-in", &[("at_work", "true")]).await;
    scene.at_desk("region-finance", number).await;
    scene.desk.decides("pay").await;
}

/// The last third has what rounding left over.
async fn is_paid_by_thirds(scene: &mut Scene<'_>, number: &str) {
    scene.is_ended(number).await;
    scene.phone.open(&format!("/cases/{number}/decision")).await;
    let decision = scene.phone.browser.text("main").await;
    for said in ["1/3", "3/3", "¥3,333.33", "¥3,333.34"] {
        assert!(decision.contains(said), "{said} is not in {decision}");
    }
    scene.phone.sees("decision-thirds").await;
}
