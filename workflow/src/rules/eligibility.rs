//! Who may ask for what, and when: the season, the conditions, once only, who files.

use chrono::{Datelike, NaiveDate};
use entities::PersonId;
use serde::{Deserialize, Serialize};

use super::facts::Stuck;
use crate::{
    error::{Bar, Refusal},
    program::{
        Expr, MonthDay, Program, Season,
        expression::{Scope, Shape, Value},
        model::{Eligible, Filer},
    },
};

/// The reason of those who come outside the season in which a program takes applications.
pub const OUTSIDE_WINDOW: &str = "outside_window";

/// What no data could say, so that a person confirms it by hand. Source: rule 8 of the language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// The rule that could not be answered.
    pub rule: String,
    /// On what it hangs.
    pub about: About,
    /// The reason that would have been given.
    pub reason: Option<String>,
}

/// What a rule hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A list that is not loaded.
    Roster(String),
    /// An amount that was not found in a source.
    Table(String),
}

/// What a condition is worth for somebody who asks for something.
pub(super) enum Answer {
    Yes,
    No,
    Unknown(About),
}

/// Whether the person of `scope` may ask for this today; what must be confirmed by hand if so.
///
/// # Errors
/// As [`open_on`] and [`conditions`], the first that applies.
pub fn eligible(program: &Program, scope: &Scope) -> Result<Vec<Confirm>, Refusal> {
    open_on(program, scope.today)?;
    conditions(program, scope)
}

/// Whether the person of `scope` fulfils what the program asks of people, whatever the season: as
/// of a case that has been handed in and is only completed.
///
/// # Errors
/// [`Refusal::NotEligible`] for the first that does not hold; [`Refusal::Stuck`] when one cannot be
/// evaluated.
pub fn conditions(program: &Program, scope: &Scope) -> Result<Vec<Confirm>, Refusal> {
    let mut confirm = Vec::new();
    for rule in &program.eligible {
        match answer(&rule.condition, scope)? {
            Answer::Yes => {}
            // Only a part of the award falls away: see `award`.
            Answer::No if !rule.lines.is_empty() => {}
            Answer::No => return Err(Refusal::NotEligible { reason: rule.refuse.to_string() }),
            Answer::Unknown(about) => confirm.push(confirmed(rule, about)),
        }
    }
    Ok(confirm)
}

/// The lines of the award that fall away, by the conditions that name lines.
///
/// # Errors
/// [`Stuck`].
pub(super) fn lost_lines<'a>(program: &'a Program, scope: &Scope) -> Result<Vec<&'a str>, Stuck> {
    let mut lost = Vec::new();
    for rule in program.eligible.iter().filter(|rule| !rule.lines.is_empty()) {
        if matches!(answer(&rule.condition, scope)?, Answer::No) {
            lost.extend(rule.lines.iter().map(crate::program::Word::as_str));
        }
    }
    Ok(lost)
}

fn confirmed(rule: &Eligible, about: About) -> Confirm {
    let reason = Some(rule.refuse.to_string());
    Confirm { rule: rule.condition.source().to_owned(), about, reason }
}

/// Neither a list that is not loaded nor an unverified amount refuses anybody.
pub(super) fn answer(rule: &Expr, scope: &Scope) -> Result<Answer, Stuck> {
    let done = rule.evaluate(scope)?;
    match done.value {
        Value::Bool(true) => Ok(Answer::Yes),
        Value::Bool(false) => {
            let unsure = done.reads.into_iter().find(|read| !read.verified);
            Ok(unsure.map_or(Answer::No, |read| Answer::Unknown(About::Table(read.table))))
        }
        Value::NotLoaded(roster) => Ok(Answer::Unknown(About::Roster(roster))),
        other => Err(Stuck::new(rule.source(), format!("expected bool, found {}", other.kind()))),
    }
}

/// Whether `program` takes applications on `today`.
///
/// # Errors
/// [`Refusal::UnknownProgram`] before and after the days on which it is valid,
/// [`Refusal::NotEligible`] with [`OUTSIDE_WINDOW`] outside its season.
pub fn open_on(program: &Program, today: NaiveDate) -> Result<(), Refusal> {
    let valid = &program.valid;
    if today < valid.from || valid.to.is_some_and(|to| today > to) {
        return Err(Refusal::UnknownProgram(program.id().to_owned()));
    }
    let window = &program.intake.window;
    if window.is_empty() || window.iter().any(|season| holds(season, today)) {
        return Ok(());
    }
    Err(Refusal::NotEligible { reason: OUTSIDE_WINDOW.to_owned() })
}

/// Does a season hold a day? One that ends before it begins goes over the new year.
fn holds(season: &Season, day: NaiveDate) -> bool {
    let day = MonthDay { month: day.month(), day: day.day() };
    if season.from <= season.to {
        (season.from..=season.to).contains(&day)
    } else {
        day >= season.from || day <= season.to
    }
}

/// What may be there only once, as a text that is the same for the same case; none where the
/// program sets no such limit. It holds personal facts: the caller blinds it.
///
/// # Errors
/// [`Stuck`] when a part has no value.
pub fn once_key(
    program: &Program,
    scope: &Scope,
    person: Option<PersonId>,
) -> Result<Option<String>, Stuck> {
    // The same lines once is a matter of the letters that bring them.
    let mut counted = program.intake.once.iter().filter(|part| part.source() != "rows").peekable();
    if counted.peek().is_none() {
        return Ok(None);
    }
    let mut parts = vec![(program.id().to_owned(), Value::Null)];
    for part in counted {
        let value = match &part.node().shape {
            Shape::Name(name) if name == "person" => {
                let person = person.ok_or_else(|| Stuck::new("person", "the case is about nobody"));
                Value::text(person?.to_string())
            }
            Shape::Name(name) if name == "parent" => key_of(scope.parent.as_ref())?,
            Shape::Name(name) if name == "year" => Value::Int(scope.today.year().into()),
            _ => part.evaluate(scope)?.value,
        };
        parts.push((part.source().to_owned(), value));
    }
    // Pairs and sorted maps: the same parts give the same text.
    let text = serde_json::to_string(&parts);
    text.map(Some).map_err(|error| Stuck::new("once".to_owned(), error.to_string()))
}

/// What a case that went before is told by.
fn key_of(parent: Option<&Value>) -> Result<Value, Stuck> {
    let key = parent.and_then(|parent| match parent {
        Value::Map(parent) => parent.get("key").cloned(),
        _ => None,
    });
    key.ok_or_else(|| Stuck::new("once", "no case went before this one"))
}

/// Whether `filed_as` (`self`, `guardian`, `school`, `township`, `machine`, `place/role`) is among
/// those who may file.
///
/// # Errors
/// [`Refusal::NotYours`] with [`Bar::MayNotFile`].
pub fn may_file(by: &[Filer], filed_as: &str) -> Result<(), Refusal> {
    let named = |filer: &Filer| match filer {
        Filer::Myself => filed_as == "self",
        Filer::Guardian => filed_as == "guardian",
        Filer::School => filed_as == "school",
        Filer::Township => filed_as == "township",
        Filer::Machine => filed_as == "machine",
        Filer::Role(role) => role.to_string() == filed_as,
    };
    if by.iter().any(named) { Ok(()) } else { Err(Refusal::NotYours(Bar::MayNotFile)) }
}

#[cfg(test)]
mod tests;
