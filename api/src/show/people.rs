//! Names of units and people, and the personal data of one person, opened where needed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entities::{AccountId, Duty, PersonId, UnitId, account, person, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    commands::Guardian,
    organise::names_on,
    rules::{bank_card::BankCard, identity::ResidentId, mobile::Mobile},
    vault::{self, Owner},
};

use super::Reader;
use crate::{Problem, read::Words};

/// Units by id.
pub(super) async fn units(
    r: &Reader<'_>,
    ids: impl IntoIterator<Item = UnitId>,
) -> Result<BTreeMap<UnitId, unit::Model>, Problem> {
    let ids: std::collections::BTreeSet<UnitId> = ids.into_iter().collect();
    let rows = unit::Entity::find().filter(unit::Column::Id.is_in(ids)).all(r.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The same units under the names that they bore on a day: what was written then keeps them.
pub(super) async fn named_on(
    r: &Reader<'_>,
    mut units: BTreeMap<UnitId, unit::Model>,
    day: NaiveDate,
) -> Result<BTreeMap<UnitId, unit::Model>, Problem> {
    let ids: Vec<UnitId> = units.keys().copied().collect();
    for (id, (zh, en)) in names_on(r.db(), &ids, day).await? {
        if let Some(unit) = units.get_mut(&id) {
            (unit.name_zh, unit.name_en) = (zh, en);
        }
    }
    Ok(units)
}

/// A unit's name; English names are few, the Chinese one stands in.
pub(super) fn unit_name(r: &Reader<'_>, unit: &unit::Model) -> String {
    name_of(r, &unit.name_zh, &unit.name_en)
}

/// The same of its two names.
pub(super) fn name_of(r: &Reader<'_>, zh: &str, en: &str) -> String {
    let english = r.say("", en);
    if english.is_empty() { zh.to_owned() } else { english.to_owned() }
}

/// The name of one unit among those read; empty when it is not there.
pub(super) fn name_in(
    r: &Reader<'_>,
    units: &BTreeMap<UnitId, unit::Model>,
    id: Option<UnitId>,
) -> String {
    id.and_then(|id| units.get(&id)).map(|unit| unit_name(r, unit)).unwrap_or_default()
}

/// Names of people by id.
pub(super) async fn names(
    r: &Reader<'_>,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<BTreeMap<PersonId, String>, Problem> {
    let ids: std::collections::BTreeSet<PersonId> = ids.into_iter().collect();
    let rows = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(r.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Who stands behind accounts; an applicant's phone has no name.
pub(super) async fn account_people(
    r: &Reader<'_>,
    ids: impl IntoIterator<Item = AccountId>,
) -> Result<BTreeMap<AccountId, Option<PersonId>>, Problem> {
    let ids: std::collections::BTreeSet<AccountId> = ids.into_iter().collect();
    let rows = account::Entity::find().filter(account::Column::Id.is_in(ids)).all(r.db()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.person_id)).collect())
}

/// One person.
pub(super) async fn person(r: &Reader<'_>, id: PersonId) -> Result<person::Model, Problem> {
    person::Entity::find_by_id(id).one(r.db()).await?.ok_or(Problem::NotFound)
}

/// What is kept encrypted of a person. Never shown whole without a trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Opened {
    pub(super) id_number: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) bank: Option<String>,
    /// 组、门牌
    pub(super) address: Option<String>,
    pub(super) guardian: Option<Guardian>,
}

/// Opens it.
pub(super) async fn opened(r: &Reader<'_>, person: &person::Model) -> Result<Opened, Problem> {
    let key = vault::key(r.db(), r.workflow, Owner::Person(person.id)).await?;
    let Some(key) = key else { return Ok(Opened::default()) };
    let row = person.id.to_string();
    let open = |column: &str, sealed: &Option<Vec<u8>>| {
        let text = sealed
            .as_deref()
            .map(|sealed| vault::open_text(&key, ("person", column, &row), sealed));
        let text = text.transpose().map_err(workflow::CommandError::from)?;
        Ok::<_, Problem>(text.map(|text| text.expose().clone()))
    };
    let guardian = open("guardian_sealed", &person.guardian_sealed)?;
    Ok(Opened {
        id_number: open("id_sealed", &person.id_sealed)?,
        phone: open("phone_sealed", &person.phone_sealed)?,
        bank: open("bank_sealed", &person.bank_sealed)?,
        address: open("address_sealed", &person.address_sealed)?,
        guardian: guardian.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

impl Opened {
    /// `640***********1234`
    pub(super) fn id_masked(&self, r: &Reader<'_>) -> String {
        let today = workflow::calendar::local_date(r.now);
        let read = self.id_number.as_deref().map(|text| ResidentId::parse(text, today));
        read.and_then(Result::ok).map(|id| id.masked()).unwrap_or_default()
    }

    /// `138****1234`
    pub(super) fn phone_masked(&self) -> String {
        let read = self.phone.as_deref().map(Mobile::parse);
        read.and_then(Result::ok).map(|phone| phone.masked()).unwrap_or_default()
    }

    /// Of a house nothing is shown.
    pub(super) fn address_masked(&self) -> String {
        self.address.as_ref().map(|_| "***".to_owned()).unwrap_or_default()
    }

    /// The last four digits.
    pub(super) fn bank_masked(&self) -> String {
        let read = self.bank.as_deref().map(BankCard::parse);
        read.and_then(Result::ok).map(|card| card.masked()).unwrap_or_default()
    }
}

/// What one does in a unit: the role's title where the office has one for the duty.
pub(super) fn duty_words(r: &Reader<'_>, office: &str, duty: Duty) -> Words {
    let roles = &r.workflow.programs.shared().roles;
    let known = roles.values().find(|role| role.office == office && role.duty == duty.word());
    if let Some(title) = known.and_then(|role| role.title.as_ref()) {
        return super::reader::words(title);
    }
    duty_alone(duty)
}

/// What one does, whatever the office.
pub(super) fn duty_alone(duty: Duty) -> Words {
    match duty {
        Duty::Handler => Words::new("经办人", "Handler"),
        Duty::Head => Words::new("负责人", "Head"),
        Duty::Supervisor => Words::new("督导", "Supervisor"),
        Duty::Administrator => Words::new("系统管理员", "System administrator"),
        Duty::SecurityAdministrator => Words::new("安全管理员", "Security administrator"),
        Duty::Auditor => Words::new("审计管理员", "Auditor"),
    }
}
