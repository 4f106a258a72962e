//! The whole chain as one story: a step lies at the county; a notice, an interview and an order
//! come of it, with their letters; who is asked what is told at every door.

use std::{collections::BTreeMap, fmt::Write};

use actix_web::test::TestRequest;
use entities::{CaseId, Duty, PersonId, case_file, notice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use worker::{Services, Settings, settle};
use workflow::{commands::Word, drawer::Drawer};

use crate::{
    harness::{
        api::Api,
        both,
        house::{Body, House},
        passing::at,
        scratch,
        story::local,
        world::World,
    },
    oversight::late_world,
};

both![the_whole_chain, a_letter_is_for_the_offices_that_it_concerns];

async fn latest(world: &World, program: &str) -> case_file::Model {
    case_file::Entity::find()
        .filter(case_file::Column::Program.eq(program))
        .order_by_desc(case_file::Column::Id)
        .one(world.workflow.store.read())
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("there is no {program}"))
}

/// The worker that brings letters out, and the drawer that they are put into.
struct Post {
    services: Services,
    drawer: Drawer,
}

impl Post {
    fn of(world: &World) -> Self {
        let drawer = scratch("letters");
        let mut settings = Settings { drawer: drawer.clone(), ..Settings::default() };
        settings.mail.quiet_hours = false;
        let services = Services::new(world.workflow.clone(), settings).unwrap();
        Self { services, drawer: Drawer::at(drawer) }
    }

    /// Time passes, and each letter goes out in the moment it was written.
    async fn until(&self, world: &World, moment: &str) {
        self.goes_out().await;
        world.comes_to_with(at(moment), async || self.goes_out().await).await;
    }

    async fn goes_out(&self) {
        assert_eq!(settle(&self.services).await.unwrap().left, 0);
    }

    /// Every letter once: when it went out, to whom, its subject and its words; and what is read
    /// only after signing in.
    async fn told(&self, world: &World) -> String {
        let db = world.workflow.store.read();
        let names: BTreeMap<PersonId, &String> =
            world.people.iter().filter_map(|(name, actor)| Some((actor.person?, name))).collect();
        let cases = case_file::Entity::find().all(db).await.unwrap();
        let letters = self.drawer.letters(None, 999).unwrap();
        let mut told: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
        for row in notice::Entity::find().all(db).await.unwrap() {
            let id = row.id.0.simple().to_string();
            let letter = letters.iter().find(|letter| letter.id.ends_with(&id));
            let who = row.person_id.and_then(|person| names.get(&person)).map_or("", |who| who);
            let case = cases.iter().find(|case| Some(case.id) == row.case_id);
            let program = case.map_or("", |case| case.program.as_str());
            let mut words = format!("{}  {program}", row.template).trim_end().to_owned();
            match letter {
                Some(letter) => {
                    let subject = letter.subject.iter().map(String::as_str);
                    for line in subject.chain(letter.text.lines()).filter(|line| !line.is_empty()) {
                        write!(words, "\n    {line}").unwrap();
                    }
                }
                None => words.push_str("\n    (nowhere to send it: it is read after signing in)"),
            }
            told.entry((local(row.created_at), words)).or_default().push(who);
        }
        let blocks = told.into_iter().map(|((at, words), mut who)| {
            who.sort_unstable();
            format!("{at}  {}  {words}", who.join(", "))
        });
        blocks.collect::<Vec<_>>().join("\n\n")
    }
}

fn draft() -> serde_json::Value {
    json!({
        "period": "9月", "problems": "逾期未办", "requirements": "限期办结",
        "deadline": "2018-09-28",
    })
}

/// With the reason, what was done about it, and a day by which it is done after all.
async fn reads_an_apology(world: &World, api: &Api, late: CaseId) {
    let number = world.case(late).await.number.unwrap();
    let seen = api.get(world, "Ma", &format!("/cases/{number}")).await;
    let apology = &seen.json["progress"]["late"];
    assert!(apology["reason"]["zh"].as_str().unwrap().contains("已催办并报上级督查"), "{apology}");
    assert_eq!(apology["new_day"], "2018-10-26", "{apology}");
}

/// A file of the pages, for somebody who has signed in.
async fn fetched(world: &World, name: &str, path: &str) -> String {
    let mut house = House::of(world).await;
    house.lets_staff_in(world, name).await;
    let request = TestRequest::get().uri(path);
    house.open().await(house.by(name, request, &Body::Nothing)).await.text()
}

/// It lies at the county; the applicant is told who has it, until when and by which rule.
async fn is_told_who_has_it(world: &World, api: &Api, late: CaseId) {
    let why = api.get(world, "Ma", &format!("/cases/{late}/why")).await;
    assert_eq!(why.status, 200, "{}", why.json);
    let said = why.json["sentence"]["zh"].as_str().unwrap();
    for part in ["须在9月13日18:00前", "《示例办法》第一条", "时限3个工作日"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert_eq!(why.json["can"][0]["verb"], "withdraw");
}

/// Whom a matter comes to that goes one level further up.
async fn staffs_the_region(world: &mut World) {
    for (name, unit, duty) in [
        ("Ren", "region/supervision", Duty::Handler),
        ("Top", "region", Duty::Head),
        ("Other", "region", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
}

async fn the_whole_chain(mut world: World) {
    late_world(&mut world).await;
    staffs_the_region(&mut world).await;
    let post = Post::of(&world);
    let late = world.asks("Ma").await;
    let api = Api::of(&world);

    is_told_who_has_it(&world, &api, late).await;
    let theirs = api.get(&world, "Edu", &format!("/cases/{late}/why")).await;
    assert!(theirs.json["can"].to_string().contains("approve"), "{}", theirs.json);

    // On the third working day after, a notice collects until the end of the week.
    post.until(&world, "09-21 18:00").await;
    let said = api.get(&world, "Ma", &format!("/cases/{late}/why")).await;
    assert!(said.json["sentence"]["zh"].as_str().unwrap().contains("现已超期"), "{}", said.json);
    reads_an_apology(&world, &api, late).await;
    let notice = latest(&world, "circulated-notice").await.id;
    world.says_with("Sun", notice, "draft", (Word::HandIn, draft())).await.unwrap();
    let letter = api.get(&world, "Lead", &format!("/cases/{notice}/document")).await;
    assert_eq!(letter.status, 200, "{}", letter.json);
    assert!(letter.json["number"].is_null(), "what is signed must have been read before");
    let text = letter.json.to_string();
    for part in ["逾期未办", "限期办结", "应于2018年9月13日办结"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    let letter = api.get(&world, "Edu", &format!("/cases/{notice}/document")).await;
    assert_eq!(letter.json["number"], "city通〔2018〕1号", "{}", letter.json);
    assert_eq!(letter.json["dated"], "2018-09-21");
    world.says("Edu", notice, "receive", Word::Receive).await.unwrap();

    // Ten working days after, an interview is proposed: summons, receipt, minutes, commitments.
    post.until(&world, "09-30 18:00").await;
    let talk = latest(&world, "interview").await.id;
    let plan = json!({ "basis": "第八条", "person": "局长", "convener": "督学" });
    world.says_with("Sun", talk, "plan", (Word::HandIn, plan)).await.unwrap();
    world.says("Lead", talk, "leader", Word::Approve).await.unwrap();
    let summons = json!({ "time": "2018-10-12T14:30", "place": "市政府三楼" });
    world.says_with("Sun", talk, "summons", (Word::HandIn, summons)).await.unwrap();
    let paper = api.get(&world, "Chief", &format!("/cases/{talk}/document?part=summons")).await;
    assert!(paper.json["sections"].to_string().contains("市政府三楼"), "{}", paper.json);
    assert!(paper.json["sections"].to_string().contains("12 October 2018 14:30"), "{}", paper.json);
    let invitation = paper.json["invitation"].as_str().unwrap();
    assert!(invitation.ends_with("/invitation/summons"), "{invitation}");
    let file = fetched(&world, "Chief", invitation).await;
    assert!(file.contains("DTSTART:20181012T063000Z"), "for calendars: {file}");
    let receipt = (Word::Receive, json!({ "comes": true }));
    world.says_with("Chief", talk, "receipt", receipt).await.unwrap();
    post.until(&world, "10-12 14:30").await;
    let minutes = json!({
        "present": true, "problems": "逾期", "explanation": "人手不足",
        "commitments": [{ "matter": "清理积压", "person": "副局长", "due": "2018-10-19" }],
    });
    world.says_with("Sun", talk, "held", (Word::HandIn, minutes)).await.unwrap();
    let paper = api.get(&world, "Chief", &format!("/cases/{talk}/document?part=held")).await;
    assert!(paper.json["sections"].to_string().contains("清理积压"), "{}", paper.json);
    for name in ["Chief", "Lead"] {
        world.says(name, talk, "signed", Word::Receive).await.unwrap();
    }
    let task = world.slot(talk, "did", "Edu").await;
    world.attaches("Edu", talk, "proof", Some(task)).await.unwrap();
    let result = (Word::HandIn, json!({ "result": "尚未清理" }));
    world.signs("Edu", task, result).await.unwrap();
    world.settle().await;
    let no = Word::Refuse("untrue".to_owned());
    world.says("Sun", talk, "check", no).await.unwrap();
    let task = world.slot(talk, "report", "Chief").await;
    world.attaches("Chief", talk, "report", Some(task)).await.unwrap();
    world.says("Chief", talk, "report", Word::HandIn).await.unwrap();

    // The order over the commitment that was not kept: one level above whoever held the interview,
    // closed by another hand.
    let order = latest(&world, "supervision-order").await;
    assert_eq!(order.anchor_id, Some(world.units["region"]));
    let order = order.id;
    let form = json!({
        "source": "minutes", "grade": "normal", "requirements": "限期办结",
        "support": [world.units["county2/education"]],
    });
    world.says_with("Ren", order, "register", (Word::HandIn, form)).await.unwrap();
    world.says("Top", order, "leader", Word::Approve).await.unwrap();
    world.says("Edu", order, "receive", Word::Receive).await.unwrap();
    let task = world.slot(order, "act", "Chief").await;
    world.attaches("Chief", order, "result", Some(task)).await.unwrap();
    world.signs("Chief", task, (Word::HandIn, json!({ "result": "已办结" }))).await.unwrap();
    world.settle().await;
    world.says("Ren", order, "review", Word::Approve).await.unwrap();
    let checks = json!({
        "facts_clear": true, "solved": true, "done": true, "lawful": true, "papers_complete": true,
    });
    world.says_with("Other", order, "close", (Word::Approve, checks)).await.unwrap();

    let mut told = String::new();
    for (title, case) in [("办件", late), ("通报", notice), ("约谈", talk), ("督办", order)]
    {
        writeln!(told, "== {title}\n{}\n", world.story(case).await.trim_end()).unwrap();
        world.can_be_told_again(case).await;
    }
    post.goes_out().await;
    writeln!(told, "== 消息\n{}", post.told(&world).await).unwrap();
    let mut theirs = told.split("\n\n").filter(|letter| letter.contains("  Ma in person"));
    assert!(theirs.all(|letter| !letter.contains("  escalated")), "nobody is set over them");
    insta::assert_snapshot!("the_whole_chain", told);
}

async fn a_letter_is_for_the_offices_that_it_concerns(mut world: World) {
    late_world(&mut world).await;
    let late = world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let notice = latest(&world, "circulated-notice").await.id;
    world.says_with("Sun", notice, "draft", (Word::HandIn, draft())).await.unwrap();
    let api = Api::of(&world);
    let path = format!("/cases/{notice}/document");
    for stranger in ["Ma", "Edu", "Edu2"] {
        assert_eq!(api.get(&world, stranger, &path).await.status, 404, "{stranger}: a draft");
    }
    let unknown = api.get(&world, "Sun", &format!("{path}?part=nothing")).await;
    assert_eq!(unknown.status, 404);
    let other = api.get(&world, "Edu", &format!("/cases/{late}/document")).await;
    assert_eq!(other.status, 404, "an application is no letter");
    // Whoever may not act is told why not.
    let why = api.get(&world, "Sun", &format!("/cases/{notice}/why")).await;
    let cannot = why.json["cannot"][0].clone();
    assert_eq!(cannot["verb"], "approve", "{}", why.json);
    assert!(!cannot["why"].as_str().unwrap().is_empty());
}
