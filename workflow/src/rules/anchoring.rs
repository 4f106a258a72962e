//! From which unit the places of an application are looked up: what `anchor` says.

use entities::UnitId;

use super::{
    facts::{Stuck, value},
    pools::unit_in,
};
use crate::{
    error::Refusal,
    organisation::Organisation,
    program::{
        Program,
        expression::{Scope, Value},
    },
};

/// The unit that `anchor` names for whoever applies; a place from the county upwards may be named
/// by its code.
///
/// # Errors
/// [`Stuck`] where it names none, as long as the profile or the form lacks what it reads.
pub fn anchor(
    program: &Program,
    scope: &Scope,
    organisation: &Organisation,
) -> Result<UnitId, Stuck> {
    let found = value(&program.anchor, scope)?;
    let of_division = || match &found {
        Value::Text(code) => organisation.of_division(code).map(|unit| unit.id),
        _ => None,
    };
    let unit = unit_in(&found).or_else(of_division);
    unit.ok_or_else(|| Stuck::new(program.anchor.source(), format!("{found} names no unit")))
}

/// The same of a draft: `known`, where only the form will say it.
///
/// # Errors
/// [`Refusal::Profile`] with what the applicant's own data lack, [`Refusal::Stuck`].
pub fn anchor_of_draft(
    program: &Program,
    scope: &Scope,
    organisation: &Organisation,
    known: UnitId,
) -> Result<UnitId, Refusal> {
    match anchor(program, scope, organisation) {
        Ok(unit) => Ok(unit),
        Err(stuck) if stuck.lacks_of("form") => Ok(known),
        Err(stuck) if stuck.lacks_of("applicant") => Err(Refusal::Profile(lacking(&stuck))),
        Err(stuck) => Err(stuck.into()),
    }
}

/// What the applicant has to say of themselves: their county is known by their township.
fn lacking(stuck: &Stuck) -> String {
    let path = stuck.missing.as_deref().unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    if name == "school" { name.to_owned() } else { "township".to_owned() }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use chrono::{DateTime, Utc};
    use entities::{Level, unit};

    use super::*;
    use crate::{
        calendar::Calendar,
        program::{Programs, load},
    };

    fn start() -> DateTime<Utc> {
        "2018-09-10T02:00:00Z".parse().unwrap()
    }

    fn place(nth: u8, level: Level, division: &str) -> unit::Model {
        let id = UnitId::derived(start(), [nth; 10]);
        unit::Model {
            id,
            level,
            division: division.to_owned(),
            office: "own".to_owned(),
            seat_id: id,
            parent_id: None,
            mark: None,
            successor_id: None,
            code: None,
            name_zh: division.to_owned(),
            name_en: division.to_owned(),
            from_on: "2018-01-01".parse().unwrap(),
            to_on: None,
        }
    }

    #[test]
    fn an_anchor_is_what_the_program_says_it_is() {
        let (school, township) =
            (place(1, Level::School, "640424"), place(2, Level::Township, "640424100"));
        let county = place(3, Level::County, "640424");
        let text = |unit: &unit::Model| Value::Text(unit.id.to_string());
        let organisation =
            Organisation::new([school.clone(), township.clone(), county.clone()], Vec::new());
        let scope = |applicant: &[(&str, &unit::Model)], form: Option<Value>| {
            let days = Arc::new(Calendar::shipped().unwrap().of("640000"));
            let tables = Arc::clone(Programs::shipped().unwrap().tables());
            let mut scope = Scope::new("2018-09-10".parse().unwrap(), tables, days);
            let named = applicant.iter().map(|(name, unit)| ((*name).to_owned(), text(unit)));
            scope.applicant = named.collect();
            scope.form = form.map(|value| ("host".to_owned(), value)).into_iter().collect();
            scope.lets = BTreeMap::new();
            scope
        };
        let full =
            scope(&[("school", &school), ("township", &township), ("county", &county)], None);
        let of_township = scope(&[("township", &township)], None);
        let named = scope(&[("school", &school)], Some(text(&township)));
        let coded = scope(&[("school", &school)], Some(Value::Text("640424".to_owned())));
        let table = [
            ("applicant.school", &full, Ok(&school)),
            ("applicant.township", &full, Ok(&township)),
            ("applicant.county", &full, Ok(&county)),
            ("applicant.township", &of_township, Ok(&township)),
            ("applicant.school", &of_township, Err("school")),
            ("applicant.county", &of_township, Err("township")),
            ("form.host", &full, Ok(&school)), // nobody has filled it in yet
            ("form.host", &named, Ok(&township)),
            ("form.host", &coded, Ok(&county)),
        ];
        for (anchor, scope, expected) in table {
            let source = format!(
                "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
                 basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
                 owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: {anchor}\n\
                 route: []\nclock: {{total: 30wd, from: accepted, to: outcome}}\n"
            );
            let program = load::program("sample.yaml", &source).unwrap();
            let found = anchor_of_draft(&program, scope, &organisation, school.id);
            match (found, expected) {
                (Ok(found), Ok(unit)) => assert_eq!(found, unit.id, "{anchor}"),
                (Err(Refusal::Profile(lacks)), Err(name)) => assert_eq!(lacks, name, "{anchor}"),
                (found, _) => panic!("{anchor}: {found:?}"),
            }
        }
    }
}
