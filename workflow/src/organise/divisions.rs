//! Which places there are, and which offices stand in each: plain rows, no database.

use std::{borrow::Cow, collections::BTreeMap};

use entities::Level;

use super::files::{self, Division, NotOrganisation, Outside, School, Township, TownshipKind};

/// An office of a place: its word, its name after the place's, in Chinese and in English.
type Office = (&'static str, &'static str, &'static str);

const OF_THE_REGION: &[Office] = &[
    ("education", "教育厅", "Department of Education"),
    ("finance", "财政厅", "Department of Finance"),
    ("human_resources", "人力资源和社会保障厅", "Department of Human Resources"),
    ("poverty_relief", "扶贫开发办公室", "Poverty Relief Office"),
    ("supervision", "政府督查室", "Supervision Office"),
    ("development_reform", "发展和改革委员会", "Development and Reform Commission"),
    ("experts", "专家组", "Expert Panel"),
];

const OF_A_CITY_OR_COUNTY: &[Office] = &[
    ("education", "教育局", "Education Bureau"),
    ("finance", "财政局", "Finance Bureau"),
    ("human_resources", "人力资源和社会保障局", "Human Resources Bureau"),
    ("poverty_relief", "扶贫开发办公室", "Poverty Relief Office"),
    ("supervision", "政府督查室", "Supervision Office"),
    ("development_reform", "发展和改革局", "Development and Reform Bureau"),
];

const OF_A_TOWNSHIP: &[Office] = &[("aid_office", "资助办", "Aid Office")];

const OF_A_SCHOOL: &[Office] = &[
    ("aid_office", "资助办", "Aid Office"),
    ("finance", "财务处", "Finance Office"),
    ("class_teachers", "班主任", "Class Teachers"),
    ("commission", "评审委员会", "Commission"),
    ("academic_office", "教务处", "Academic Office"),
    ("asset_office", "资产管理处", "Asset Office"),
];

/// A place as the files have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlaceRow {
    pub(super) level: Level,
    /// Of the place; a school's is its county's, or its city's where no county is known.
    pub(super) division: String,
    /// `government`, `township`, `school` or what kind of unit it is outside the administration:
    /// the office of the place's own row.
    pub(super) own: Cow<'static, str>,
    /// The code of the place above.
    pub(super) above: Option<String>,
    /// The state's or the ministry's own code.
    pub(super) code: Option<String>,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    /// The offices in it.
    pub(super) offices: &'static [Office],
}

/// Every place of the files, those above before those below.
pub(super) fn places() -> Result<Vec<PlaceRow>, NotOrganisation> {
    let divisions = files::divisions()?;
    let cities: BTreeMap<String, String> =
        divisions.iter().map(|row| (row.name_zh.clone(), row.code.clone())).collect();
    let mut places: Vec<PlaceRow> = divisions.into_iter().map(division).collect();
    let administered = files::townships()?.into_iter();
    let administered = administered.filter(|row| row.kind != TownshipKind::Statistical);
    places.extend(administered.map(township));
    places.extend(files::schools()?.into_iter().map(|row| school(row, &cities)));
    places.extend(files::outside()?.into_iter().map(outside));
    Ok(places)
}

fn division(row: Division) -> PlaceRow {
    let region = row.level == Level::Region;
    PlaceRow {
        level: row.level,
        division: row.code.clone(),
        own: "government".into(),
        above: Some(row.parent_code).filter(|code| !code.is_empty()),
        code: Some(row.code),
        name_zh: row.name_zh,
        name_en: row.name_en,
        offices: if region { OF_THE_REGION } else { OF_A_CITY_OR_COUNTY },
    }
}

pub(super) fn township(row: Township) -> PlaceRow {
    let kind = match row.kind {
        TownshipKind::Street => "Subdistrict",
        TownshipKind::Town => "Town",
        TownshipKind::Township | TownshipKind::Statistical => "Township",
    };
    PlaceRow {
        level: Level::Township,
        division: row.code.clone(),
        own: "township".into(),
        above: Some(row.county_code),
        code: Some(row.code),
        name_zh: row.name_zh,
        name_en: format!("{} {kind}", row.pinyin),
        offices: OF_A_TOWNSHIP,
    }
}

/// A school whose city is none of ours stands outside; one whose city is not known, in the region.
pub(super) fn school(row: School, cities: &BTreeMap<String, String>) -> PlaceRow {
    let city = cities.get(&row.city_zh).cloned();
    let outside = city.is_none() && !row.city_zh.is_empty();
    let known = Some(row.county_code).filter(|code| !code.is_empty());
    let region = cities.get("宁夏回族自治区").cloned();
    let division = known.or(city).or(region.filter(|_| !outside)).unwrap_or_default();
    PlaceRow {
        level: if outside { Level::Outside } else { Level::School },
        above: Some(division.clone()).filter(|_| !outside),
        division,
        own: "school".into(),
        code: Some(row.moe_code).filter(|code| !code.is_empty()),
        name_zh: row.name_zh,
        name_en: row.name_en,
        offices: if outside { &[] } else { OF_A_SCHOOL },
    }
}

/// It reports to nobody here: its clocks are counted, nobody above it is called.
fn outside(row: Outside) -> PlaceRow {
    PlaceRow {
        level: Level::Outside,
        division: row.division,
        own: row.kind.into(),
        above: None,
        code: None,
        name_zh: row.name_zh,
        name_en: row.name_en,
        offices: &[],
    }
}
