//! Rows that are places: townships and schools, with the offices that stand in each.

use std::collections::{BTreeMap, BTreeSet};

use entities::{Level, unit, unit_name};
use sea_orm::{DatabaseTransaction, EntityTrait};

use super::{Kind, Row, Taken};
use crate::{
    CommandError, RowFault, Said, Workflow,
    calendar::local_date,
    organise::{
        divisions::{PlaceRow, school, township},
        files::{School, Township, TownshipKind},
        import::{Plan, name},
        marks::Marks,
    },
    record::Batch,
};

/// Rows of one insert.
const ROWS: usize = 500;

/// Checks the rows and, unless there is a fault or it is only looked at, makes the places.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (kind, dry): (Kind, bool),
    rows: &[Row],
    faults: &mut Vec<RowFault>,
) -> Result<Vec<Taken>, CommandError> {
    let now = workflow.clock.now();
    let units = unit::Entity::find().all(tx).await?;
    let known = Known::new(&units);
    let mut plan = Plan::new(&units, Marks::read()?, now);
    let (mut seen, mut taken) = (BTreeSet::new(), Vec::new());
    for row in rows {
        let read = match kind {
            Kind::Townships => known.township(row),
            _ => known.school(row),
        };
        let place = match read {
            Ok(place) => place,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let name = row.cell("name_zh").to_owned();
        let Some(place) = place else {
            let said = Said::new("统计用区，不设机构，跳过", "a statistical unit: left out");
            taken.push(Taken { line: row.line, name, made: false, said });
            continue;
        };
        let key = place.code.clone().unwrap_or_else(|| place.name_zh.clone());
        if !seen.insert(key) {
            faults.push(row.fault(
                "",
                "与前面的行重复，请删除",
                "it stands here twice; take it out",
            ));
            continue;
        }
        let before = plan.rows.len();
        plan.place(&place)?;
        let made = plan.rows.len() - before;
        let said = match made {
            0 => Said::new("已有，不变", "known, unchanged"),
            n => Said::new(format!("新建单位 {n} 个"), format!("{n} unit(s) made")),
        };
        taken.push(Taken { line: row.line, name, made: made > 0, said });
    }
    if faults.is_empty() && !dry {
        let today = local_date(now);
        let rows = plan.rows.into_iter().map(|row| unit::Model { from_on: today, ..row });
        write(tx, &rows.collect::<Vec<_>>()).await?;
    }
    Ok(taken)
}

async fn write(tx: &DatabaseTransaction, rows: &[unit::Model]) -> Result<(), CommandError> {
    for rows in rows.chunks(ROWS) {
        let mut batch = Batch::default();
        batch.insert::<unit::Entity>(rows.to_vec());
        batch.run(tx).await?;
        let mut batch = Batch::default();
        batch.insert::<unit_name::Entity>(rows.iter().map(name).collect());
        batch.run(tx).await?;
    }
    Ok(())
}

/// What rows may refer to.
struct Known<'a> {
    counties: BTreeMap<&'a str, &'a unit::Model>,
    /// Cities and the region, by name.
    cities: BTreeMap<String, String>,
    by_code: BTreeMap<&'a str, &'a unit::Model>,
}

impl<'a> Known<'a> {
    fn new(units: &'a [unit::Model]) -> Self {
        let own = || units.iter().filter(|unit| unit.id == unit.seat_id && unit.to_on.is_none());
        let at = |levels: &'static [Level]| own().filter(|unit| levels.contains(&unit.level));
        let city = |unit: &unit::Model| (unit.name_zh.clone(), unit.division.clone());
        Self {
            counties: at(&[Level::County]).map(|unit| (unit.division.as_str(), unit)).collect(),
            cities: at(&[Level::City, Level::Region]).map(city).collect(),
            by_code: units
                .iter()
                .filter(|unit| unit.id == unit.seat_id)
                .filter_map(|unit| Some((unit.code.as_deref()?, unit)))
                .collect(),
        }
    }

    /// None for what is no township of its own.
    fn township(&self, row: &Row) -> Result<Option<PlaceRow>, RowFault> {
        let (code, county) = (row.cell("code"), row.cell("county_code"));
        if !digits(code, 9) {
            return Err(row.fault(
                "code",
                "乡镇代码为 9 位数字，如 640424100",
                "a township's code has 9 digits, such as 640424100",
            ));
        }
        self.county(row, county)?;
        if !code.starts_with(county) {
            return Err(row.fault(
                "county_code",
                "与乡镇代码的前 6 位不符，请核对",
                "it is not what the township's code begins with; look at both",
            ));
        }
        let name = self.named(row, Some(code))?;
        let kind = match row.cell("kind") {
            "street" => TownshipKind::Street,
            "town" => TownshipKind::Town,
            "township" => TownshipKind::Township,
            "statistical_unit" => return Ok(None),
            _ => {
                return Err(row.fault(
                    "kind",
                    "请填 street（街道）、town（镇）或 township（乡）",
                    "take street, town or township",
                ));
            }
        };
        Ok(Some(township(Township {
            code: code.to_owned(),
            name_zh: name,
            pinyin: row.cell("pinyin").to_owned(),
            county_code: county.to_owned(),
            kind,
        })))
    }

    fn school(&self, row: &Row) -> Result<Option<PlaceRow>, RowFault> {
        let (city, county) = (row.cell("city_zh"), row.cell("county_code"));
        if city.is_empty() {
            return Err(row.missing("city_zh"));
        }
        let outside = row.cell("outside") == "1";
        if !outside && !self.cities.contains_key(city) {
            return Err(row.fault(
                "city_zh",
                "没有此市，请写全称，如 固原市；区外学校请在 outside 列填 1",
                "there is no such city; write its whole name, such as 固原市, and 1 in the column \
                 outside for a school elsewhere",
            ));
        }
        if !county.is_empty() {
            self.county(row, county)?;
        }
        let code = row.cell("moe_code");
        if !code.is_empty() && !digits(code, 10) {
            return Err(row.fault(
                "moe_code",
                "学校标识码为 10 位数字；不知道时留空",
                "a school's code has 10 digits; leave it empty where it is not known",
            ));
        }
        let name_zh = self.named(row, Some(code).filter(|code| !code.is_empty()))?;
        let read = School {
            name_zh,
            name_en: row.cell("name_en").to_owned(),
            city_zh: city.to_owned(),
            county_code: county.to_owned(),
            moe_code: code.to_owned(),
        };
        Ok(Some(school(read, &self.cities)))
    }

    fn county(&self, row: &Row, code: &str) -> Result<(), RowFault> {
        if self.counties.contains_key(code) {
            return Ok(());
        }
        Err(row.fault(
            "county_code",
            "没有此县（区），请填 6 位代码，如 640424",
            "there is no such county; take its 6 digits, such as 640424",
        ))
    }

    /// The name; one that is known by its code bears the same, or is renamed on its own page.
    fn named(&self, row: &Row, code: Option<&str>) -> Result<String, RowFault> {
        let name = crate::organise::units::name_of(row.cell("name_zh"));
        let name = name.map_err(|said| row.fault("name_zh", said.zh, said.en))?;
        match code.and_then(|code| self.by_code.get(code)) {
            Some(unit) if unit.name_zh != name => {
                let bears = &unit.name_zh;
                Err(row.fault(
                    "name_zh",
                    format!("此代码现名为{bears}；更名须注明日期，请在该单位页面办理"),
                    format!(
                        "this code is {bears} now; a new name has a day: rename it on its page"
                    ),
                ))
            }
            _ => Ok(name),
        }
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}
