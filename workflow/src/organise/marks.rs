//! 机关代字: what the numbers of a unit's documents begin with, as `宁教` in 宁教督〔2026〕3号.
//!
//! It is the place's word and the office's (Regulation on official documents of Party and
//! government organs, 2012, article 9: the issuer's mark, the year, the number).

use std::collections::BTreeMap;

use super::files::{self, NotOrganisation};

/// Words of offices.
const OFFICES: [(&str, &str); 7] = [
    ("government", "政"),
    ("education", "教"),
    ("finance", "财"),
    ("human_resources", "人社"),
    ("poverty_relief", "扶"),
    // 教育督导 works within the education department, whose word its documents bear: 宁教督〔2026〕3号.
    ("supervision", "教"),
    ("development_reform", "发改"),
];

/// The words of places, by the code of their division.
pub(super) struct Marks(BTreeMap<String, String>);

impl Marks {
    /// Those of the files.
    pub(super) fn read() -> Result<Self, NotOrganisation> {
        Ok(Self(files::marks()?.into_iter().map(|row| (row.code, row.mark)).collect()))
    }

    /// That of an office of a place; none where the place or the office has none.
    pub(super) fn of(&self, place: Option<&str>, office: &str) -> Option<String> {
        let place = self.0.get(place?)?;
        let (_, word) = OFFICES.into_iter().find(|(known, _)| *known == office)?;
        Some(format!("{place}{word}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_division_has_a_mark_of_its_own() {
        let marks = Marks::read().unwrap();
        let divisions = files::divisions().unwrap();
        let of = |code: &str| marks.of(Some(code), "education").expect("a mark");
        let all: BTreeSet<String> = divisions.iter().map(|row| of(&row.code)).collect();
        assert_eq!(all.len(), divisions.len(), "{all:?}");
        assert_eq!(of("640000"), "宁教");
        assert_eq!(of("640400"), "固教");
        assert_eq!(marks.of(Some("640000"), "supervision").as_deref(), Some("宁教"));
        assert_eq!(marks.of(Some("640000"), "aid_office"), None);
        assert_eq!(marks.of(None, "education"), None);
    }
}
