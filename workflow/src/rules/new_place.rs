//! Where a new place may stand: under the place of the next level, within its division.

use entities::{Level, unit};

use crate::Said;

/// Why a place of `level` with the code `division` cannot stand under `above`; nothing where it
/// can. The region stands under nothing, and so does a unit outside the levels.
///
/// Source: GB/T 2260-2007 (codes of divisions are nested by twos, townships by three more).
pub fn misplaced(level: Level, division: &str, above: Option<&unit::Model>) -> Option<Said> {
    let Some(wanted) = level.above() else {
        return above.map(|_| {
            Said::new(
                "自治区和体系外单位不设上级，请勿填写",
                "the region and units outside stand under no place; leave it out",
            )
        });
    };
    let Some(above) = above else {
        return Some(Said::new("请填写上级地方", "name the place above it"));
    };
    if above.id != above.seat_id {
        let (zh, en) = (&above.name_zh, &above.name_zh);
        return Some(Said::new(
            format!("{zh}是内设机构，上级须为一个地方"),
            format!("{en} is an office; a place stands under a place"),
        ));
    }
    if above.level != wanted {
        let (zh, en) = (&above.name_zh, &above.name_zh);
        return Some(Said::new(
            format!("{zh}不是其上一级，请填写上一级地方"),
            format!("{en} is not of the next level; name the place just above it"),
        ));
    }
    let digits = |count| division.len() == count && division.bytes().all(|b| b.is_ascii_digit());
    let fits = if level == Level::Township { digits(9) } else { digits(6) };
    if !fits {
        return Some(Said::new(
            "行政区划代码：乡镇为 9 位数字，其余为 6 位",
            "the code has 9 digits of a township, and 6 of any other place",
        ));
    }
    let shared = match level {
        Level::School | Level::Township => 6,
        Level::County => 4,
        _ => 2,
    };
    if division.get(..shared) == above.division.get(..shared) {
        return None;
    }
    let (name, code) = (&above.name_zh, &above.division);
    Some(Said::new(
        format!("代码 {division} 不在{name}（{code}）之内，请核对"),
        format!("the code {division} does not lie in {name} ({code}); check both"),
    ))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entities::UnitId;

    use super::*;

    fn place(level: Level, division: &str) -> unit::Model {
        let id = UnitId::at(DateTime::from_timestamp(1_536_573_600, 0).unwrap());
        unit::Model {
            id,
            level,
            division: division.to_owned(),
            office: "government".to_owned(),
            seat_id: id,
            parent_id: None,
            mark: None,
            successor_id: None,
            code: None,
            name_zh: "某地".to_owned(),
            name_en: String::new(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        }
    }

    #[test]
    fn a_place_stands_under_the_next_level_and_within_its_code() {
        use Level::{City, County, Outside, Region, School, Township};
        let (region, city, county) =
            (place(Region, "640000"), place(City, "640400"), place(County, "640424"));
        let mut office = place(County, "640424");
        office.seat_id = UnitId::at(DateTime::from_timestamp(0, 0).unwrap());
        //  level, code, above, fits
        let table = [
            (School, "640424", Some(&county), true),
            (School, "640423", Some(&county), false), // another county's
            (School, "640400", Some(&city), false),   // two levels up
            (School, "640424", Some(&office), false), // an office is no place
            (School, "640424", None, false),
            (Township, "640424100", Some(&county), true),
            (Township, "640424", Some(&county), false), // nine digits
            (Township, "640423100", Some(&county), false),
            (County, "640425", Some(&city), true),
            (County, "640325", Some(&city), false),
            (County, "64042x", Some(&city), false),
            (City, "640500", Some(&region), true),
            (City, "630500", Some(&region), false),
            (Region, "640000", None, true),
            (Region, "640000", Some(&region), false),
            (Outside, "350000", None, true),
        ];
        for (level, division, above, fits) in table {
            let found = misplaced(level, division, above);
            assert_eq!(found.is_none(), fits, "{level:?} {division}: {found:?}");
        }
    }
}
