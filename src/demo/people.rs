//! Who is in the demonstration. All are invented: 示例 and 示范 mean "sample".

use std::fmt::Write as _;

use chrono::TimeDelta;
use entities::{AccountKind, Basis, Language, PersonId, Sensitive};
use workflow::{
    Actor, CommandError,
    commands::{self, Guardian, SavePerson},
    organise::{self, AddPerson, Appoint, NewAccount},
    seal,
    sign_in::{self, CodeAddressee, NewStaff, Passwords, SignInLimits, Visit},
    tx,
};

use super::{
    staff::STAFF,
    stage::{Applicant, Stage},
};
use crate::{fault::Fault, settings::Settings};

pub(super) const SCHOOL: &str = "泾源县职业中学";
/// Units outside the administration.
pub(super) const OFFICE: &str = "泾源县人民政府征兵办公室";
pub(super) const FUZHOU: &str = "福建船政交通职业学院";
pub(super) const QUANZHOU: &str = "黎明职业大学";
pub(super) const COLLEGE: &str = "宁夏职业技术学院";
pub(super) const TOWNSHIP: &str = "香水镇";

/// An applicant: phone, name, ID number (synthetic, sequence 996 to 999), bank card, remark.
type Student = (&'static str, &'static str, &'static str, &'static str, &'static str);

const STUDENTS: &[Student] = &[
    (
        "13800000001",
        "马示范",
        "640424200403159963",
        "6217000000000012314",
        "granted and paid; a new one filed",
    ),
    ("13800000002", "杨示范", "640424200505209976", "6217000000000012322", "refused; a new draft"),
    (
        "13800000003",
        "丁示范",
        "640424200309019980",
        "6217000000000012330",
        "withdrawn; on the register of the poor",
    ),
    (
        "13800000004",
        "白示范",
        "640424200512119995",
        "6217000000000012348",
        "asked for a supplement",
    ),
    (
        "13800000005",
        "兰示范",
        "64042420060108996X",
        "6217000000000012355",
        "with two county offices, one has signed",
    ),
    (
        "13800000006",
        "哈示范",
        "640424200407159979",
        "6217000000000012363",
        "late: the head of the school has not signed",
    ),
    ("13800000007", "穆示范", "640424200305129971", "6217000000000012371", "on public notice"),
    (
        "13800000008",
        "沙示范",
        "640424200203019982",
        "6217000000000012389",
        "urgent, filed; acts for a brother, 沙小范",
    ),
];

/// Those of the other programs; the first three have filed nothing yet.
const LEAVERS: &[(Student, &str)] = &[
    (
        (
            "13800000009",
            "金示范",
            "640424200203159969",
            "6217000000000012397",
            "a graduate who has enlisted",
        ),
        COLLEGE,
    ),
    (
        (
            "13800000010",
            "撒示范",
            "640424200108209972",
            "6217000000000012405",
            "a graduate who works in a village",
        ),
        COLLEGE,
    ),
    (
        (
            "13800000011",
            "海示范",
            "640424200702069984",
            "6217000000000012413",
            "a leaver who wants to study in Fujian; on the register of the poor",
        ),
        SCHOOL,
    ),
    (
        (
            "13800000012",
            "纳示范",
            "640424200209219993",
            "6217000000000012421",
            "enlisted; with the conscription office",
        ),
        COLLEGE,
    ),
    (
        (
            "13800000013",
            "锁示范",
            "64042420000105996X",
            "6217000000000012439",
            "works in a village; with two county offices",
        ),
        COLLEGE,
    ),
    (
        (
            "13800000014",
            "洪示范",
            "640424200706119977",
            "6217000000000012447",
            "studies in Fujian; on the register of the poor",
        ),
        SCHOOL,
    ),
];

/// Teachers who are nominated for a placement at another school: those who are sent and those who
/// wait are a list of the round that lies with the region.
const TEACHERS: &[Student] = &[
    (
        "13800000015",
        "祁示范",
        "640424198506159966",
        "6217000000000012454",
        "a teacher; nominated, with most points",
    ),
    (
        "13800000016",
        "米示范",
        "640424199003229971",
        "6217000000000012462",
        "a teacher; nominated, equal with the next",
    ),
    (
        "13800000017",
        "虎示范",
        "640424198711089987",
        "6217000000000012470",
        "a teacher; nominated, equal with the one before",
    ),
    (
        "13800000018",
        "勉示范",
        "640424199309149990",
        "6217000000000012488",
        "a teacher; nominated, with fewest points",
    ),
];

/// On the register of poor households.
const POOR: [&str; 3] = ["丁示范", "海示范", "洪示范"];

/// The brother of the last: a minor without a phone.
pub(super) const BROTHER: &str = "brother";

/// Makes the organisation and its staff.
pub(super) async fn hire(stage: &mut Stage<'_>, password: &str) -> Result<(), Fault> {
    let w = stage.workflow;
    let now = w.clock.now();
    tx::write(&w.store, async |tx| organise::import_divisions(tx, w, now).await).await?;
    let passwords = Passwords::new()?;
    // One password for all of them, hashed once: the demonstration shall start at once.
    let hash = NewStaff::checked(&passwords, "", Sensitive::new(password)).await?;
    for (login, name, unit, duty, _) in STAFF {
        let unit = organise::find_unit(w.store.read(), unit).await?.id;
        let hash = hash.clone();
        let actor = tx::write(&w.store, async |tx| {
            let mail = Some(format!("{login}@demo.example"));
            let new = AddPerson { name: (*name).to_owned(), mail };
            let person = organise::add_person(tx, w, None, new).await?;
            let account = NewAccount {
                login: (*login).to_owned(),
                password_hash: hash.clone(),
                person,
                language: Language::Chinese,
            };
            let account = organise::add_staff_account(tx, w, None, account).await?;
            let from = now - TimeDelta::days(30);
            let duty = Appoint { person, unit, duty: *duty, from };
            organise::appoint(tx, w, None, duty).await?;
            Ok::<_, CommandError>(Actor { account, person: Some(person), kind: AccountKind::Staff })
        })
        .await?;
        stage.staff.insert(login, actor);
    }
    Ok(())
}

/// Lets the applicants sign in and fill in who they are.
pub(super) async fn enrol(stage: &mut Stage<'_>) -> Result<(), Fault> {
    let w = stage.workflow;
    let students = STUDENTS.iter().map(|student| (student, SCHOOL));
    let leavers = LEAVERS.iter().map(|(student, school)| (student, *school));
    let all: Vec<(&Student, &str)> = students.chain(leavers).collect();
    let poor = all.iter().filter(|(student, _)| POOR.contains(&student.1));
    let poor: Vec<&str> = poor.map(|(student, _)| student.2).collect();
    let list = ("registered_poor", "made for the demonstration");
    tx::write(&w.store, async |tx| organise::load_roster(tx, w, None, list, &poor).await).await?;
    let township = Some(organise::find_unit(w.store.read(), TOWNSHIP).await?.id);
    for (student, school) in all {
        enters(stage, student, (school, "24级1班")).await?;
    }
    let sister = stage.applicant("沙示范")?.actor;
    let school = Some(organise::find_unit(w.store.read(), SCHOOL).await?.id);
    let brother = SavePerson {
        name: "沙小范".to_owned(),
        id_number: "640424201010159967".to_owned(),
        school,
        township,
        class: "26级2班".to_owned(),
        basis: Some(Basis::Guardian),
        guardian: Some(guardian()),
        ..SavePerson::default()
    };
    let person = save(stage, sister, brother).await?;
    stage.applicants.insert(BROTHER, Applicant { actor: sister, person });
    Ok(())
}

/// Lets the teachers in: after the school's list of pupils was made, on which they do not belong.
/// Their names.
pub(super) async fn let_teachers_in(stage: &mut Stage<'_>) -> Result<Vec<&'static str>, Fault> {
    for teacher in TEACHERS {
        enters(stage, teacher, (SCHOOL, "教师")).await?;
    }
    Ok(TEACHERS.iter().map(|teacher| teacher.1).collect())
}

/// Somebody signs in for the first time and says who they are.
async fn enters(
    stage: &mut Stage<'_>,
    (phone, name, id_number, bank, _): &Student,
    (school, class): (&str, &str),
) -> Result<(), Fault> {
    let w = stage.workflow;
    let actor = phone_account(stage, phone).await?;
    let me = SavePerson {
        name: (*name).to_owned(),
        id_number: (*id_number).to_owned(),
        phone: (*phone).to_owned(),
        bank: (*bank).to_owned(),
        school: Some(organise::find_unit(w.store.read(), school).await?.id),
        township: Some(organise::find_unit(w.store.read(), TOWNSHIP).await?.id),
        class: class.to_owned(),
        basis: Some(Basis::Oneself),
        ..SavePerson::default()
    };
    let person = save(stage, actor, me).await?;
    stage.applicants.insert(name, Applicant { actor, person });
    Ok(())
}

/// The bank card of somebody who applies.
pub(super) fn bank_of(name: &str) -> Option<&'static str> {
    let leavers = LEAVERS.iter().map(|(student, _)| student);
    let mut all = STUDENTS.iter().chain(leavers);
    all.find(|student| student.1 == name).map(|student| student.3)
}

fn guardian() -> Guardian {
    Guardian {
        name: "沙大范".to_owned(),
        id_number: "640424197506019993".to_owned(),
        phone: "13800000008".to_owned(),
        relation: "父亲".to_owned(),
    }
}

async fn save(stage: &Stage<'_>, actor: Actor, ask: SavePerson) -> Result<PersonId, Fault> {
    let w = stage.workflow;
    let saved =
        tx::write(&w.store, async |tx| commands::save_person(tx, w, actor, ask.clone()).await);
    Ok(saved.await?)
}

/// The account of a phone, which comes to be when its code is entered.
async fn phone_account(stage: &Stage<'_>, phone: &str) -> Result<Actor, Fault> {
    let w = stage.workflow;
    // Hours ago, so that whoever tries the demonstration can ask for a code at once.
    let (now, limits) = (w.clock.machine() - TimeDelta::hours(2), SignInLimits::default());
    // Each from its own network, or they would ask for too many codes.
    let visit = Visit { network: format!("demo/{phone}"), replaces: None };
    let (phone, language) = (Sensitive::new(phone), Language::Chinese);
    let keys: &seal::KeyRing = &w.keys;
    let opened = tx::write(&w.store, async |tx| {
        let sent = sign_in::ask_code(tx, now, &limits, keys, &visit, (&phone, language)).await?;
        let to = CodeAddressee { phone: phone.clone(), language };
        let opened = sign_in::check_code(tx, now, &limits, keys, &visit, (&to, &sent.code)).await?;
        let opened = opened.into_result()?;
        sign_in::end_session(tx, now, opened.account.id, opened.session.id).await?;
        Ok::<_, sign_in::SignInError>(opened)
    })
    .await?;
    Ok(Actor { account: opened.account.id, person: None, kind: AccountKind::Applicant })
}

/// What is printed: who can sign in, and how.
pub(super) fn table(settings: &Settings, url: &str) -> String {
    let mut text = format!(
        "\n办结 Banjie: a demonstration. All people, cases and papers in it are invented.\n\n\
         Staff sign in at {url} with the password {}\n",
        settings.demo.password
    );
    for (login, name, _, _, what) in STAFF {
        let _ = writeln!(text, "  {login:<18}{name}  {what}");
    }
    let _ = writeln!(
        text,
        "\nApplicants sign in with their phone and a code, which lies at {url}/demo/letters\n\
         (and in {}). Business time is moved at {url}/demo/clock",
        settings.letters().display()
    );
    let leavers = LEAVERS.iter().map(|(student, _)| student);
    for (phone, name, _, _, what) in STUDENTS.iter().chain(leavers).chain(TEACHERS) {
        let _ = writeln!(text, "  {phone:<18}{name}  {what}");
    }
    text.push('\n');
    text
}
