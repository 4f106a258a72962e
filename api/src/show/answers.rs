//! A case's facts as they are read back: the person, and the form page by page.

use workflow::{
    calendar::instant,
    program::{
        Field, FieldType, Items,
        expression::{Scope, Value},
    },
    rules::form,
};

use super::{
    Reader,
    case::Case,
    fields::option_words,
    grouping,
    lookups::Lookups,
    people::{self, Opened},
    reader::words_or,
};
use crate::read::{Answer, FactGroup, FactView, Words};

/// Stands for what is not shown.
const HIDDEN: &str = "••••••";

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eyes {
    /// The applicant: all but account numbers stands open, and can be changed at the page.
    Own { change: bool },
    /// Staff: what is private is masked until it is asked for.
    Staff,
}

/// The facts of a case, in groups.
pub(super) fn groups(r: &Reader<'_>, case: &Case, person: &Opened, eyes: Eyes) -> Vec<FactGroup> {
    // What a unit's lateness has opened is for nobody.
    let mut groups: Vec<FactGroup> =
        case.subject.iter().map(|_| applicant(r, case, person, eyes)).collect();
    let scope = case.scope(r);
    let pages = grouping::pages(&case.program, &scope);
    for (page, fields) in (1..).zip(pages) {
        let facts =
            fields.iter().map(|field| fact(r, field, (&scope, &case.looks), eyes)).collect();
        let change = (eyes == Eyes::Own { change: true })
            .then(|| format!("/drafts/{}/pages/{page}", case.file().id));
        if fields.is_empty() {
            continue;
        }
        groups.push(FactGroup { title: grouping::title(&fields), change, facts });
    }
    groups
}

/// Who the case is for. `person.…` ids are those that staff may ask to see.
fn applicant(r: &Reader<'_>, case: &Case, person: &Opened, eyes: Eyes) -> FactGroup {
    let row = case.subject.as_ref();
    let text = |text: String| if text.is_empty() { Answer::Nothing } else { Answer::Text(text) };
    let masked =
        |text: String| if text.is_empty() { Answer::Nothing } else { Answer::Masked(text) };
    let place = |id| text(people::name_in(r, &case.units, id));
    let fact = |id: &str, zh: &str, en: &str, answer| FactView {
        id: id.to_owned(),
        title: Words::new(zh, en),
        answer,
    };
    let class = row.and_then(|row| row.class.clone()).unwrap_or_default();
    let village = row.and_then(|row| row.village.clone()).unwrap_or_default();
    let facts = vec![
        fact("person.name", "姓名", "Name", text(case.subject_name())),
        fact("person.id_number", "身份证号", "ID number", masked(person.id_masked(r))),
        fact("person.phone", "手机", "Phone", masked(person.phone_masked())),
        fact("person.school", "学校", "School", place(row.and_then(|row| row.school_id))),
        fact("person.class", "班级", "Class", text(class)),
        fact("person.township", "乡镇", "Township", place(row.and_then(|row| row.township_id))),
        fact("person.village", "村（社区）", "Village", text(village)),
        fact("person.address", "组、门牌号", "House", masked(person.address_masked())),
        fact("person.bank", "收款账号", "Account for payment", masked(person.bank_masked())),
    ];
    let change = (eyes == Eyes::Own { change: true }).then(|| "/me/profile".to_owned());
    FactGroup { title: Words::new("申请人", "Applicant"), change, facts }
}

fn fact(r: &Reader<'_>, field: &Field, (scope, looks): (&Scope, &Lookups), eyes: Eyes) -> FactView {
    let title = words_or(field.title.as_ref(), &field.id);
    let value = scope.form.get(field.id.as_str());
    let answer = match value {
        None | Some(Value::Null) => Answer::Nothing,
        Some(_) if eyes == Eyes::Staff && field.is_private() => Answer::Masked(HIDDEN.to_owned()),
        Some(value) => answer(r, field, value, looks),
    };
    FactView { id: field.id.to_string(), title, answer }
}

/// A value as people read it.
pub(super) fn answer(r: &Reader<'_>, field: &Field, value: &Value, looks: &Lookups) -> Answer {
    match (value, field.kind_of) {
        (Value::Null, _) => Answer::Nothing,
        (Value::Bool(yes), _) => Answer::YesNo(*yes),
        (Value::Money(fen), _) => Answer::Fen(fen.0),
        (Value::Date(day), _) => Answer::Day(*day),
        (Value::Moment(at), _) => Answer::Moment(instant(at.date(), at.time())),
        (Value::Text(text), FieldType::Choice) => Answer::Choice(option_words(field, text)),
        (Value::List(items), _) if field.of == Some(Items::Of(FieldType::Choice)) => {
            let chosen = items.iter().filter_map(|item| match item {
                Value::Text(text) => Some(option_words(field, text)),
                _ => None,
            });
            Answer::Many(chosen.collect())
        }
        (Value::Text(_), FieldType::BankAccount) => {
            Answer::Masked(form::show(value, field, r.lang()))
        }
        _ => Answer::Text(form::show(&looks.named(field, value, r.lang()), field, r.lang())),
    }
}

/// A value with nothing hidden, for whoever has asked to see it.
pub(super) fn whole(r: &Reader<'_>, field: &Field, value: &Value, looks: &Lookups) -> String {
    match value {
        Value::Text(text) if field.kind_of == FieldType::BankAccount => text.clone(),
        value => form::show(&looks.named(field, value, r.lang()), field, r.lang()),
    }
}
