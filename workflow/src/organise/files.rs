//! The divisions, townships and schools that come with the program. Their sources stand at the
//! head of `workflow/organisation/*.csv`.

use entities::Level;
use serde::{Deserialize, de::DeserializeOwned};

const DIVISIONS: &str = include_str!("../../organisation/divisions.csv");
const MARKS: &str = include_str!("../../organisation/marks.csv");
const TOWNSHIPS: &str = include_str!("../../organisation/townships.csv");
const SCHOOLS: &str = include_str!("../../organisation/schools.csv");
const OUTSIDE: &str = include_str!("../../organisation/outside.csv");

/// A file of the organisation was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotOrganisation {
    /// A row or a column is not what it should be.
    #[error("a row of the organisation's files cannot be read")]
    Csv(#[from] csv::Error),
    /// A row names a place that no row above it has.
    #[error("{name} stands in {code}, which is not in divisions.csv")]
    NoPlace {
        /// Whose.
        name: String,
        /// Which place.
        code: String,
    },
}

/// A region, a city, a county.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Division {
    pub(super) code: String,
    pub(super) level: Level,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) parent_code: String,
}

/// What the numbers of a division's documents begin with.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Mark {
    pub(super) code: String,
    pub(super) mark: String,
}

/// A town, a township, a street; or a statistical unit that is none of them.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Township {
    pub(super) code: String,
    pub(super) name_zh: String,
    pub(super) pinyin: String,
    pub(super) county_code: String,
    pub(super) kind: TownshipKind,
}

/// What a township-level code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TownshipKind {
    Street,
    Town,
    Township,
    /// A development zone or a farm: no administration of its own.
    #[serde(rename = "statistical_unit")]
    Statistical,
}

/// A vocational school.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct School {
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) city_zh: String,
    pub(super) county_code: String,
    pub(super) moe_code: String,
}

/// A unit outside the administration that has a part in a program.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Outside {
    pub(super) kind: String,
    pub(super) division: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
}

pub(super) fn divisions() -> Result<Vec<Division>, NotOrganisation> {
    read(DIVISIONS)
}

pub(super) fn marks() -> Result<Vec<Mark>, NotOrganisation> {
    read(MARKS)
}

pub(super) fn townships() -> Result<Vec<Township>, NotOrganisation> {
    read(TOWNSHIPS)
}

pub(super) fn schools() -> Result<Vec<School>, NotOrganisation> {
    read(SCHOOLS)
}

pub(super) fn outside() -> Result<Vec<Outside>, NotOrganisation> {
    read(OUTSIDE)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, NotOrganisation> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}
