//! A case as a letter: for every program that has document numbers, from what its steps say.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveTime, Utc};
use entities::{RunKind, RunState, document_number, step_run, unit};
use sea_orm::EntityTrait;
use workflow::{
    Actor,
    calendar::{instant, local_date},
    commands::step_answers,
    program::{By, Entry, Field, FieldType, Items, Place, Step, StepKind, expression::Value},
    rules::form,
};

use super::{Reader, case::Case, people, reader::words_or, rows, scope, steps, submitted::picture};
use crate::{
    Problem,
    read::{
        document::{DocumentView, PartView, ReceiptView, SectionView},
        staff_case::RowMark,
    },
};

/// When a meeting begins whose hour nobody has written down.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => panic!("09:00 is a time"),
};

/// A step's form as it was last handed in.
type Said<'c> = (&'c Step, &'c step_run::Model, BTreeMap<String, Value>);

/// The letter of a case that staff may see, or of one of its steps (`part`); `address` is the
/// service's own.
///
/// # Errors
/// [`Problem::NotFound`] also where the program has no letters or the step has said nothing; the
/// database's.
pub async fn document(
    r: &Reader<'_>,
    actor: Actor,
    (key, part): (&str, Option<&str>),
    address: &str,
) -> Result<DocumentView, Problem> {
    let mut case = read(r, actor, key).await?;
    // A letter bears the names of the day on which it was signed.
    let signed = document_number::Entity::find_by_id(case.file().id).one(r.db()).await?;
    let day = signed.as_ref().map_or(r.now, |row| row.taken_at);
    case.units = people::named_on(r, case.units, local_date(day)).await?;
    let said = all_said(r, &case).await?;
    let base = format!("/staff/cases/{}/document", case.key());
    let own: Vec<&Said<'_>> = said.iter().filter(|(step, ..)| in_route(&case, step)).collect();
    let shown: Vec<&Said<'_>> = match part {
        None => own,
        Some(id) => {
            let found: Vec<_> = said.iter().filter(|(step, ..)| step.id == *id).collect();
            if found.is_empty() {
                return Err(Problem::NotFound);
            }
            found
        }
    };
    let (mut addressees, mut copies, mut sections) = (Vec::new(), Vec::new(), Vec::new());
    let opened = case.program.form.iter().map(|field| {
        let path = format!("form.{}", field.id);
        (path, field, case.values.get(field.id.as_str()))
    });
    let of_steps = shown.iter().flat_map(|(step, _, said)| {
        let path = |field: &Field| format!("step.{}.{}", step.id, field.id);
        step.form.iter().map(move |field| (path(field), field, said.get(field.id.as_str())))
    });
    for (path, field, value) in opened.chain(of_steps) {
        let Some(value) = value else { continue };
        let section = section(r, &case, field, value);
        if section.text.is_empty() && section.items.is_empty() {
            continue;
        }
        match names_units(field) {
            true if is_copied(&case, &path) => copies.push(section),
            true => addressees.push(section),
            false => sections.push(section),
        }
    }
    let dated = match part {
        None => signed.as_ref().map(|row| local_date(row.taken_at)),
        Some(_) => shown.iter().filter_map(|(_, run, _)| run.closed_at).map(local_date).max(),
    };
    let title = match shown.first().filter(|_| part.is_some()) {
        Some((step, ..)) => words_or(step.title.as_ref(), &step.id),
        None => case.title(),
    };
    let here = part.map_or_else(|| base.clone(), |part| format!("{base}?part={part}"));
    Ok(DocumentView {
        case: case.key(),
        issuer: issuer(r, &case, day).await?,
        number: signed.map(|row| row.text),
        title,
        addressees,
        copies,
        sections,
        rows: rows::of(&case).into_iter().filter(|row| row.state != RowMark::Struck).collect(),
        received: received(r, &case),
        dated,
        qr_svg: picture(&format!("{}{here}", address.trim_end_matches('/')))?,
        parts: parts(&case, &said, (&base, part)),
        invitation: meeting(&shown).map(|_| {
            let step = part.unwrap_or_default();
            format!("/staff/cases/{}/invitation/{step}", case.key())
        }),
    })
}

/// An appointment that a step has made, as a file for calendars.
///
/// # Errors
/// As [`document`].
pub async fn invitation(
    r: &Reader<'_>,
    actor: Actor,
    (key, part): (&str, &str),
) -> Result<String, Problem> {
    let case = read(r, actor, key).await?;
    let said = all_said(r, &case).await?;
    let of_step: Vec<&Said<'_>> = said.iter().filter(|(step, ..)| step.id == *part).collect();
    let (begins, place) = meeting(&of_step).ok_or(Problem::NotFound)?;
    let run = of_step.first().map(|(_, run, _)| run.id).ok_or(Problem::NotFound)?;
    let ends = begins + chrono::TimeDelta::hours(2);
    let utc = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let summary = format!("{} {}", r.say(&case.title().zh, &case.title().en), case.key());
    let by = issuer(r, &case, r.now).await?;
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Banjie//Banjie//ZH".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{run}@banjie"),
        format!("DTSTAMP:{}", utc(r.now)),
        format!("DTSTART:{}", utc(begins)),
        format!("DTEND:{}", utc(ends)),
        format!("SUMMARY:{}", escaped(&summary)),
        format!("LOCATION:{}", escaped(&place)),
        format!("DESCRIPTION:{}", escaped(&by)),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    Ok(lines.iter().map(|line| folded(line)).collect())
}

/// Where the letter of a case is read; none where it is not one between offices.
pub(super) fn href(case: &Case) -> Option<String> {
    let is = is_letter(case);
    is.then(|| format!("/staff/cases/{}/document", case.key()))
}

/// What is about an applicant is no letter between offices.
fn is_letter(case: &Case) -> bool {
    case.program.number.is_some() && case.file().subject_id.is_none()
}

async fn read(r: &Reader<'_>, actor: Actor, key: &str) -> Result<Case, Problem> {
    let file = scope::find(r, key).await?;
    if !scope::is_ours(r, actor, &file).await? {
        return Err(Problem::NotFound);
    }
    let case = Case::read(r, file).await?;
    if is_letter(&case) { Ok(case) } else { Err(Problem::NotFound) }
}

/// What the steps of the issuing side have handed in, the last round of each.
async fn all_said<'c>(r: &Reader<'_>, case: &'c Case) -> Result<Vec<Said<'c>>, Problem> {
    let mut found = Vec::new();
    for step in case.program.steps() {
        if step.kind != StepKind::Fill || step.form.is_empty() || !is_issuers(step) {
            continue;
        }
        let Some(run) = case.state.latest(&step.id) else { continue };
        if run.state != RunState::Closed {
            continue;
        }
        found.push((step, run, step_answers(r.db(), r.workflow, run).await?));
    }
    Ok(found)
}

/// Whether a step is done by whoever issues the letter, and not by whom it goes to.
fn is_issuers(step: &Step) -> bool {
    let roles = step.by.as_ref().map(By::roles).unwrap_or_default();
    roles.iter().any(|role| role.place == Place::Opener)
}

fn in_route(case: &Case, step: &Step) -> bool {
    fn has(entries: &[Entry], id: &str) -> bool {
        entries.iter().any(|entry| match entry {
            Entry::Step(step) => step.id == *id,
            Entry::Block(block) => has(&block.entries, id),
        })
    }
    has(&case.program.route, &step.id)
}

fn names_units(field: &Field) -> bool {
    field.kind_of == FieldType::Unit || matches!(field.of, Some(Items::Of(FieldType::Unit)))
}

/// Whether the units that a field names get a copy and nothing to do.
fn is_copied(case: &Case, path: &str) -> bool {
    let steps = case.program.steps();
    let copies = steps.iter().filter(|step| step.kind == StepKind::Copy);
    copies.filter_map(|step| step.to.as_ref()).any(|to| to.source() == path)
}

fn section(r: &Reader<'_>, case: &Case, field: &Field, value: &Value) -> SectionView {
    let title = words_or(field.title.as_ref(), &field.id);
    let named = case.looks.named(field, value, r.lang());
    if let (Value::List(records), Some(Items::Records(fields))) = (&named, &field.of) {
        let line = |record: &Value| {
            let Value::Map(record) = record else { return String::new() };
            let parts = fields.iter().filter_map(|f| {
                let text = written(r, f, record.get(f.id.as_str())?);
                Some(text).filter(|text| !text.is_empty())
            });
            parts.collect::<Vec<_>>().join(r.say("；", "; "))
        };
        let items = records.iter().map(line).filter(|line| !line.is_empty()).collect();
        return SectionView { title, text: String::new(), items };
    }
    let text = match named {
        Value::List(_) if names_units(field) => {
            form::show(&named, field, r.lang()).replace('\n', r.say("、", ", "))
        }
        _ => written(r, field, &named),
    };
    SectionView { title, text, items: Vec::new() }
}

/// A value as a letter writes it: a date in words.
fn written(r: &Reader<'_>, field: &Field, value: &Value) -> String {
    let Some(day) = value.day() else { return form::show(value, field, r.lang()) };
    let chinese = format!("{}年{}月{}日", day.year(), day.month(), day.day());
    let english = day.format("%-d %B %Y").to_string();
    let day = r.say(&chinese, &english);
    match value {
        Value::Moment(at) => format!("{day} {}", at.format("%H:%M")),
        _ => day.to_owned(),
    }
}

/// Whose letter it is: the office that leads the program at the place of the case, else the place.
async fn issuer(r: &Reader<'_>, case: &Case, at: DateTime<Utc>) -> Result<String, Problem> {
    let Some(anchor) = case.file().anchor_id else { return Ok(String::new()) };
    let units = unit::Entity::in_places([anchor]).all(r.db()).await?;
    let lead = units.iter().find(|unit| unit.office == *case.program.owner.lead);
    let place = units.iter().find(|unit| unit.id == anchor);
    let known: BTreeMap<_, _> =
        lead.or(place).map(|unit| (unit.id, unit.clone())).into_iter().collect();
    let known = people::named_on(r, known, local_date(at)).await?;
    Ok(people::name_in(r, &known, known.keys().next().copied()))
}

fn received(r: &Reader<'_>, case: &Case) -> Vec<ReceiptView> {
    let of_receipt = |run: &&step_run::Model| run.kind == RunKind::Receive;
    let runs = case.state.runs.iter().filter(of_receipt);
    runs.filter_map(|run| {
        let step = case.program.step(&run.path);
        Some(ReceiptView {
            step: words_or(step.and_then(|step| step.title.as_ref()), &run.path),
            unit: steps::unit_names(r, case, run),
            at: run.closed_at.filter(|_| run.state == RunState::Closed)?,
        })
    })
    .collect()
}

fn parts(case: &Case, said: &[Said<'_>], (base, part): (&str, Option<&str>)) -> Vec<PartView> {
    let whole = PartView { title: case.title(), href: base.to_owned(), here: part.is_none() };
    let later = said.iter().filter(|(step, ..)| !in_route(case, step));
    let later = later.map(|(step, ..)| PartView {
        title: words_or(step.title.as_ref(), &step.id),
        href: format!("{base}?part={}", step.id),
        here: part == Some(step.id.as_str()),
    });
    [whole].into_iter().chain(later).collect()
}

/// The moment and the place of a meeting: the first field that is a moment, and the text after it.
fn meeting(shown: &[&Said<'_>]) -> Option<(DateTime<Utc>, String)> {
    for (step, _, said) in shown {
        let at = step.form.iter().position(|field| field.kind_of == FieldType::Datetime);
        let Some(at) = at else { continue };
        let begins = step.form.get(at).and_then(|field| match said.get(field.id.as_str()) {
            Some(Value::Moment(at)) => Some(instant(at.date(), at.time())),
            Some(Value::Date(day)) => Some(instant(*day, MORNING)),
            _ => None,
        });
        let place = step.form.iter().skip(at + 1).find(|field| field.kind_of == FieldType::Text);
        let place = place.and_then(|field| match said.get(field.id.as_str()) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        });
        if let Some(begins) = begins {
            return Some((begins, place.unwrap_or_default()));
        }
    }
    None
}

/// Text of a calendar file (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
    text.replace("\r\n", "\\n").replace(['\n', '\r'], "\\n")
}

/// A line of at most 75 octets, and its continuations (RFC 5545, 3.1).
fn folded(line: &str) -> String {
    let (mut out, mut octets) = (String::new(), 0);
    for letter in line.chars() {
        if octets + letter.len_utf8() > 74 {
            out.push_str("\r\n ");
            octets = 1;
        }
        octets += letter.len_utf8();
        out.push(letter);
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_folded_between_letters_and_unfolds_to_itself() {
        let line = format!("SUMMARY:{}", "约谈，城关镇".repeat(20));
        let folded = folded(&line);
        assert!(folded.split("\r\n").all(|part| part.len() <= 75));
        assert_eq!(folded.replace("\r\n ", "").trim_end(), line);
    }

    #[test]
    fn text_cannot_break_out_of_its_line() {
        assert_eq!(escaped("a;b,c\\d\r\nEND:VEVENT"), "a\\;b\\,c\\\\d\\nEND:VEVENT");
    }
}
