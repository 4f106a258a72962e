//! What is known of a person, as a form.

use entities::{Basis, Level, PersonId, unit};
use workflow::{
    Actor, CommandError, Fault, Refusal,
    commands::{Guardian, SavePerson},
};

use super::{
    Reader, Wrong,
    fields::own,
    mine::subjects,
    people::{self, Opened},
    programs,
};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, OptionView, Words,
        applicant::{FieldGroup, ProfileView},
    },
};

/// The form for `subject`; for a new person without one.
///
/// # Errors
/// [`Problem::NotFound`] for somebody whom the account does not act for, the database's.
pub async fn profile(
    r: &Reader<'_>,
    actor: Actor,
    subject: Option<PersonId>,
    wrong: &Wrong,
) -> Result<ProfileView, Problem> {
    let subjects = subjects(r, actor, subject).await?;
    let wanted = subject.map(|id| id.to_string());
    if wanted.is_some() && !subjects.iter().any(|known| Some(&known.id) == wanted.as_ref()) {
        return Err(Problem::NotFound);
    }
    let person = match subject {
        Some(id) => Some(people::person(r, id).await?),
        None => None,
    };
    let opened = match &person {
        Some(person) => people::opened(r, person).await?,
        None => Opened::default(),
    };
    let schools = options(&programs::places(r, Level::School).await?);
    let townships = options(&programs::places(r, Level::Township).await?);
    let chosen = |id: Option<entities::UnitId>| id.map(|id| id.to_string());
    let (school, township) = (
        chosen(person.as_ref().and_then(|person| person.school_id)),
        chosen(person.as_ref().and_then(|person| person.township_id)),
    );
    let name = person.as_ref().map(|person| person.name.clone());
    let class = person.as_ref().and_then(|person| person.class.clone());
    let village = person.as_ref().and_then(|person| person.village.clone());
    let new = person.is_none();
    let student = vec![
        text("name", ("姓名", "Name"), name, true),
        kept(
            "id_number",
            ("身份证号", "ID number"),
            FieldKind::IdNumber,
            (opened.id_masked(r), new),
        ),
        kept("phone", ("手机号", "Mobile"), FieldKind::Phone, (opened.phone_masked(), new)),
        choice("school", ("学校", "School"), schools, school),
        text("class", ("班级", "Class"), class, false),
        choice("township", ("户籍所在乡镇", "Township of the household"), townships, township),
        text("village", ("村（社区）", "Village or community"), village, false),
        kept("address", ("组、门牌号", "House"), house(), (opened.address_masked(), false)),
    ];
    let kind = FieldKind::BankAccount;
    let account = kept("bank", ("账号", "Account"), kind, (opened.bank_masked(), false));
    let mut groups = vec![
        group(("申请人", "Applicant"), student),
        group(("收款账户", "Account for payment"), vec![account]),
        group(("监护人（未满十八岁必填）", "Guardian (needed below 18)"), guardian(&opened)),
    ];
    if new {
        groups.insert(0, group(("与您的关系", "What you are to the person"), vec![relation()]));
    }
    for group in &mut groups {
        group.fields = group.fields.drain(..).map(|field| wrong.over(field)).collect();
    }
    Ok(ProfileView { subjects, subject: wanted, groups, errors: wrong.summary() })
}

fn group(title: (&str, &str), fields: Vec<FieldView>) -> FieldGroup {
    FieldGroup { title: Words::new(title.0, title.1), fields }
}

fn text(id: &str, title: (&str, &str), value: Option<String>, required: bool) -> FieldView {
    let kind = FieldKind::Text { long: false, most: Some(50) };
    FieldView { value, ..own(id, Words::new(title.0, title.1), kind, required) }
}

/// What a house is written in.
fn house() -> FieldKind {
    FieldKind::Text { long: false, most: Some(100) }
}

/// What is kept encrypted: what is there is hinted at, and stays if nothing is typed.
fn kept(id: &str, title: (&str, &str), kind: FieldKind, is: (String, bool)) -> FieldView {
    let (masked, required) = is;
    let hint = (!masked.is_empty()).then(|| {
        Words::new(
            format!("已登记 {masked}，不填则不变。"),
            format!("On record: {masked}. Leave empty to keep it."),
        )
    });
    FieldView { hint, ..own(id, Words::new(title.0, title.1), kind, required) }
}

fn choice(
    id: &str,
    title: (&str, &str),
    options: Vec<OptionView>,
    value: Option<String>,
) -> FieldView {
    let kind = FieldKind::Choice { options };
    FieldView { value, ..own(id, Words::new(title.0, title.1), kind, true) }
}

fn options(units: &[unit::Model]) -> Vec<OptionView> {
    let option = |unit: &unit::Model| OptionView {
        value: unit.id.to_string(),
        title: Words::new(unit.name_zh.as_str(), unit.name_en.as_str()),
        hint: None,
    };
    units.iter().map(option).collect()
}

fn relation() -> FieldView {
    let option = |value: &str, zh: &str, en: &str| OptionView {
        value: value.to_owned(),
        title: Words::new(zh, en),
        hint: None,
    };
    let options = vec![
        option("oneself", "我就是申请人", "I am the applicant"),
        option("guardian", "我是监护人", "I am the guardian"),
        option("agent", "我受申请人委托", "The applicant has asked me to"),
    ];
    let mut field = choice("basis", ("您是", "You are"), options, Some("oneself".to_owned()));
    field.required = false;
    field
}

/// One on record stays if nothing is typed; else all of it is written anew.
fn guardian(opened: &Opened) -> Vec<FieldView> {
    let hint = opened.guardian.as_ref().map(|known| {
        Words::new(
            format!("已登记 {}，全部不填则不变。", known.name),
            format!("On record: {}. Leave all empty to keep it.", known.name),
        )
    });
    let field = |id: &str, zh: &str, en: &str, kind| own(id, Words::new(zh, en), kind, false);
    let short = || FieldKind::Text { long: false, most: Some(50) };
    let name = field("guardian_name", "监护人姓名", "Guardian's name", short());
    vec![
        FieldView { hint, ..name },
        field("guardian_id_number", "监护人身份证号", "Guardian's ID number", FieldKind::IdNumber),
        field("guardian_phone", "监护人手机号", "Guardian's mobile", FieldKind::Phone),
        field("guardian_relation", "与申请人关系", "Relation", short()),
    ]
}

/// The posted form as what the command takes.
///
/// # Errors
/// Invalid fields, when a school, township or basis does not read.
pub fn save_person_of(
    subject: Option<PersonId>,
    typed: &[(String, String)],
) -> Result<SavePerson, Problem> {
    let get = |name: &str| {
        let found = typed.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let bad = |field: &str| {
        let fault = Fault::new(field, "not_an_option", "");
        Problem::Command(CommandError::Refused(Refusal::Form(vec![fault])))
    };
    let unit = |name: &str| match get(name).as_str() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| bad(name)),
    };
    let basis = match get("basis").as_str() {
        "" => None,
        "oneself" => Some(Basis::Oneself),
        "guardian" => Some(Basis::Guardian),
        "agent" => Some(Basis::Agent),
        _ => return Err(bad("basis")),
    };
    let guardian = Guardian {
        name: get("guardian_name"),
        id_number: get("guardian_id_number"),
        phone: get("guardian_phone"),
        relation: get("guardian_relation"),
    };
    Ok(SavePerson {
        person: subject,
        name: get("name"),
        id_number: get("id_number"),
        phone: get("phone"),
        school: unit("school")?,
        township: unit("township")?,
        village: get("village"),
        address: get("address"),
        class: get("class"),
        bank: get("bank"),
        guardian: Some(guardian).filter(|g| *g != Guardian::default()),
        basis,
    })
}
