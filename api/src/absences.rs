//! What a form or a request says of a substitution.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use entities::{Fen, PersonId};
use workflow::{CommandError, Fault, Refusal, calendar::instant, commands::NameSubstitute};

use crate::Problem;

/// The substitution that `said` describes: `absent` (none: `own`), `substitute`, `from` and `to`
/// as days (both counted), `program`, `amount` in yuan.
///
/// # Errors
/// Invalid fields, each by its name.
pub(crate) fn read(
    own: Option<PersonId>,
    said: &BTreeMap<&str, &str>,
) -> Result<NameSubstitute, Problem> {
    let text = |name: &str| said.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut faults = Vec::new();
    let mut wrong = |field: &str, code| faults.push(Fault::new(field, code, ""));
    let person = |text: &str| text.parse::<PersonId>().ok();
    let absent = match text("absent") {
        Some(id) => person(id),
        None => own,
    };
    if absent.is_none() {
        wrong("absent", "not_an_option");
    }
    let substitute = text("substitute");
    let who = substitute.and_then(person);
    if who.is_none() {
        wrong("substitute", if substitute.is_none() { "missing" } else { "not_an_option" });
    }
    let mut day = |name: &str| {
        let said = text(name);
        let day = said.and_then(|text| text.parse::<NaiveDate>().ok());
        if day.is_none() {
            wrong(name, if said.is_none() { "missing" } else { "not_a_date" });
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    let most = text("amount").map(|text| text.replace([',', '，'], "").parse::<Fen>());
    if matches!(most, Some(Err(_))) {
        wrong("amount", "not_a_number");
    }
    let end = to.and_then(|day| day.succ_opt());
    let (Some(absent), Some(substitute), Some(from), Some(to), true) =
        (absent, who, from, end, faults.is_empty())
    else {
        return Err(Problem::Command(CommandError::Refused(Refusal::Form(faults))));
    };
    Ok(NameSubstitute {
        absent,
        substitute,
        from: instant(from, NaiveTime::MIN),
        to: instant(to, NaiveTime::MIN),
        program: text("program").map(str::to_owned),
        most: most.and_then(Result::ok),
    })
}
