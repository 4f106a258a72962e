//! Rows that are people with what they do where. Somebody is known by the mail address.

use std::collections::BTreeMap;

use entities::{Duty, PersonId, appointment, person, unit};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{Row, Taken};
use crate::{
    Actor, CommandError, RowFault, Said, Workflow,
    load::padded,
    organise::{AddPerson, Appoint, add_person, appoint, people::checked},
};

/// A row that can be taken.
struct Asked<'a> {
    row: &'a Row,
    name: String,
    mail: String,
    unit: &'a unit::Model,
    duty: Duty,
}

/// Checks the rows and, unless there is a fault or it is only looked at, writes people and
/// appointments down.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (by, dry): (Option<Actor>, bool),
    rows: &[Row],
    faults: &mut Vec<RowFault>,
) -> Result<Vec<Taken>, CommandError> {
    let units = unit::Entity::find().filter(unit::Column::ToOn.is_null()).all(tx).await?;
    let mails: Vec<String> = rows.iter().map(|row| row.cell("mail").to_lowercase()).collect();
    let found = person::Entity::find().filter(person::Column::Mail.is_in(padded(&mails)));
    let mut known: BTreeMap<String, (PersonId, String)> = BTreeMap::new();
    for row in found.all(tx).await? {
        known.insert(row.mail.unwrap_or_default(), (row.id, row.name));
    }
    let mut names: BTreeMap<String, String> =
        known.iter().map(|(mail, (_, name))| (mail.clone(), name.clone())).collect();
    let mut asked = Vec::new();
    for row in rows {
        match read(row, &units, &mut names) {
            Ok(one) => {
                let own = known.get(&one.mail).map(|(id, _)| *id);
                if own.is_some() && by.is_some_and(|by| by.person == own) {
                    faults.push(row.fault(
                        "mail",
                        "不能为本人任职，请由同事导入",
                        "nobody appoints himself; let a colleague import this row",
                    ));
                }
                asked.push(one);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Ok(Vec::new());
    }
    let held = in_force(tx, workflow, &known).await?;
    let mut taken = Vec::new();
    for one in asked {
        taken.push(write(tx, workflow, (by, dry), one, (&mut known, &held)).await?);
    }
    Ok(taken)
}

async fn in_force(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    known: &BTreeMap<String, (PersonId, String)>,
) -> Result<Vec<appointment::Model>, CommandError> {
    let people: Vec<PersonId> = known.values().map(|(id, _)| *id).collect();
    let now = workflow.clock.now();
    let held = appointment::Entity::find()
        .filter(appointment::Column::PersonId.is_in(padded(&people)))
        .all(tx)
        .await?;
    let lasts =
        |row: &appointment::Model| row.from_at <= now && row.to_at.is_none_or(|to| to > now);
    Ok(held.into_iter().filter(lasts).collect())
}

fn read<'a>(
    row: &'a Row,
    units: &'a [unit::Model],
    names: &mut BTreeMap<String, String>,
) -> Result<Asked<'a>, RowFault> {
    for column in ["name", "mail", "unit", "duty"] {
        if row.cell(column).is_empty() {
            return Err(row.missing(column));
        }
    }
    let mail = row.cell("mail").to_lowercase();
    let ask = AddPerson { name: row.cell("name").to_owned(), mail: Some(mail.clone()) };
    let (name, _) = checked(&ask).map_err(|said| {
        let column = if said.zh.starts_with("姓名") { "name" } else { "mail" };
        row.fault(column, said.zh, said.en)
    })?;
    let bears = names.entry(mail.clone()).or_insert_with(|| name.clone());
    if *bears != name {
        return Err(row.fault(
            "mail",
            format!("此邮箱属于{bears}；每人一个邮箱，请核对"),
            format!("this address is {bears}'s; each person has one of their own"),
        ));
    }
    let duty = duty(row)?;
    let unit = called(row, units)?;
    Ok(Asked { row, name, mail, unit, duty })
}

fn duty(row: &Row) -> Result<Duty, RowFault> {
    let duty = match row.cell("duty") {
        "经办人" => Some(Duty::Handler),
        "负责人" => Some(Duty::Head),
        "督导" => Some(Duty::Supervisor),
        word => Duty::of_word(word),
    };
    match duty {
        Some(duty) if duty.is_administrative() => Err(row.fault(
            "duty",
            "管理职责由安全管理员逐人授予，不能导入",
            "administrative duties are given one by one by the security administrator",
        )),
        Some(duty) => Ok(duty),
        None => Err(row.fault(
            "duty",
            "请填 handler（经办人）、head（负责人）或 supervisor（督导）",
            "take handler, head or supervisor",
        )),
    }
}

/// `640424`, `泾源县教育局`, `640424/education`.
fn called<'a>(row: &Row, units: &'a [unit::Model]) -> Result<&'a unit::Model, RowFault> {
    let text = row.cell("unit");
    let (place, office) = match text.split_once('/') {
        Some((place, office)) => (place.trim(), Some(office.trim())),
        None => (text, None),
    };
    let named = |unit: &&unit::Model| {
        unit.code.as_deref() == Some(place) || unit.name_zh == place || unit.name_en == place
    };
    let mut found = units.iter().filter(named);
    let one = found.next().filter(|_| found.next().is_none());
    let one = one.and_then(|one| match office {
        None => Some(one),
        Some(office) => {
            units.iter().find(|unit| unit.seat_id == one.seat_id && unit.office == office)
        }
    });
    one.ok_or_else(|| {
        row.fault(
            "unit",
            "没有或不止一个这样的单位；请用代码或全称，如 640424、泾源县教育局、640424/education",
            "there is none, or more than one; name it by its code or its full name, such as \
             640424, 泾源县教育局 or 640424/education",
        )
    })
}

async fn write(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (by, dry): (Option<Actor>, bool),
    one: Asked<'_>,
    (known, held): (&mut BTreeMap<String, (PersonId, String)>, &[appointment::Model]),
) -> Result<Taken, CommandError> {
    let Asked { row, name, mail, unit, duty } = one;
    let person = known.get(&mail).map(|(id, _)| *id);
    let has = held
        .iter()
        .any(|held| Some(held.person_id) == person && held.unit_id == unit.id && held.duty == duty);
    let place = &unit.name_zh;
    let said = match (person, has) {
        (_, true) => Said::new("已任此职，不变", "has this duty already"),
        (Some(_), false) => Said::new(format!("任职于{place}"), format!("appointed in {place}")),
        (None, _) => Said::new(
            format!("新登记，任职于{place}"),
            format!("put on record and appointed in {place}"),
        ),
    };
    if !dry && !has {
        let person = if let Some(person) = person {
            person
        } else {
            let new = AddPerson { name: name.clone(), mail: Some(mail.clone()) };
            add_person(tx, workflow, by, new).await?
        };
        known.insert(mail, (person, name.clone()));
        let from = workflow.clock.now();
        appoint(tx, workflow, by, Appoint { person, unit: unit.id, duty, from }).await?;
    }
    Ok(Taken { line: row.line, name, made: !has, said })
}
