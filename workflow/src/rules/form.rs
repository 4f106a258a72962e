//! What is entered in a form: read from either door, checked whole, split for keeping, shown.
//!
//! A fault never panics and never stops at the first: the person sees all of them, each at its
//! field. Source: "Bad input" and rules 4, 8 and 9 of the program language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::{
    error::Fault,
    program::{
        Field, FieldType, Items,
        expression::{Scope, Value},
    },
    rules::facts::{self, Stuck},
};

mod amount;
mod check;
mod codes;
mod limits;
mod offer;
mod rows;
mod show;
#[cfg(test)]
mod tests;
mod typed;
mod whole;

pub use limits::{LONGEST_TEXT, MOST_ITEMS};
pub use rows::read_row;
pub use show::{show, yuan};

/// Every code that [`read`] may give, so that pages can have a sentence for each.
///
/// `detail` is: a limit as people read it for `too_*`, `not_above` and `not_below`; `least..most`
/// for `out_of_range` (either may be empty); the options for `not_an_option`; the reason code, or
/// else the rule, for `refused_by_rule`; the rule for `cannot_be_checked`; the day for
/// `in_future`; what fails (`character`, `length`, `check`) for `not_a_bank_account`.
pub const CODES: [&str; 29] = [
    "bad_characters",
    "below_zero",
    "cannot_be_checked",
    "in_future",
    "missing",
    "names_somebody",
    "not_a_bank_account",
    "not_a_boolean",
    "not_a_code",
    "not_a_date",
    "not_a_list",
    "not_a_number",
    "not_a_record",
    "not_a_text",
    "not_a_unit",
    "not_above",
    "not_above_zero",
    "not_an_option",
    "not_below",
    "out_of_range",
    "refused_by_rule",
    "too_early",
    "too_late",
    "too_few",
    "too_long",
    "too_many",
    "too_many_decimals",
    "too_short",
    "unknown_field",
];

/// One answer as a door gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Of the JSON API: money in whole fen, dates `"2026-11-20"`, lists, records. `null` takes
    /// the value out.
    Json(Json),
    /// Of a page: money in yuan (`12000.50`, `１２，０００元`), empty text takes the value out. A list
    /// comes as `wish.0`, `wish.1`, or with one item a line; records as `budget.0.amount`.
    Text(String),
}

/// How much of a form must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Kept while it is written: only what is given is touched, nothing need be there yet and no
    /// rule is asked.
    Draft,
    /// Handed in: what was kept and what is given, as a whole.
    Whole,
}

/// What a form says, and all that is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// By field; a value with a fault is not among them (of a draft the one before stays).
    pub values: BTreeMap<String, Value>,
    /// In the order of the form; a list's item is `list.0`, a record's field `list.0.field`.
    pub faults: Vec<Fault>,
}

/// Reads what is `given` for `fields` over what was there `before`.
///
/// `scope` is the case's; the values read lie over its `form` when rules are asked.
pub fn read(
    fields: &[Field],
    given: &BTreeMap<String, Given>,
    before: &BTreeMap<String, Value>,
    scope: &Scope,
    how: Reading,
) -> Read {
    let mut read = Read::default();
    let mut faulty = BTreeSet::new();
    for field in fields {
        let id = field.id.as_str();
        let mut faults = Vec::new();
        let kept = before.get(id).filter(|value| **value != Value::Null);
        let value = match offer::of(field, given) {
            Some(offer) if offer.is_blank() => None,
            Some(offer) => typed::value(field, &offer, id, &mut faults),
            None => kept.cloned(),
        };
        if let Some(value) = &value {
            limits::fits(field, value, id, &mut faults);
            codes::known(field, value, (id, scope), &mut faults);
        }
        if faults.is_empty() {
            read.values.extend(value.map(|value| (id.to_owned(), value)));
        } else {
            faulty.insert(id.to_owned());
            if how == Reading::Draft {
                read.values.extend(kept.map(|kept| (id.to_owned(), kept.clone())));
            }
        }
        read.faults.append(&mut faults);
    }
    if how == Reading::Whole {
        whole::judge(fields, scope, &faulty, &mut read);
    }
    read.faults.extend(offer::unknown(fields, given));
    read
}

/// What a form starts with, where its program says so. What is not known yet starts empty.
///
/// # Errors
/// [`Stuck`] when a rule cannot be evaluated.
pub fn starts(fields: &[Field], scope: &Scope) -> Result<BTreeMap<String, Value>, Stuck> {
    let mut values = BTreeMap::new();
    for field in fields {
        let Some(start) = &field.start else { continue };
        match facts::value(start, scope) {
            Ok(value) => drop(values.insert(field.id.text.clone(), value)),
            Err(stuck) if stuck.missing.is_some() => {}
            Err(stuck) => return Err(stuck),
        }
    }
    Ok(values)
}

/// The values that may stand in the open, and those that are only kept encrypted.
///
/// A list of records is parted within each record; [`joined`] puts it together again.
pub fn open_and_private(
    fields: &[Field],
    values: &BTreeMap<String, Value>,
) -> (BTreeMap<String, Value>, BTreeMap<String, Value>) {
    let (mut open, mut private) = (BTreeMap::new(), BTreeMap::new());
    for (id, value) in values {
        let field = fields.iter().find(|field| field.id == **id);
        match (field, value) {
            (Some(field), Value::List(items)) if parted(field) => {
                let parts = items.iter().map(|item| part(field, item));
                let (opened, hidden): (Vec<_>, Vec<_>) = parts.unzip();
                if hidden.iter().any(|item| *item != Value::Map(BTreeMap::new())) {
                    private.insert(id.clone(), Value::List(hidden));
                }
                open.insert(id.clone(), Value::List(opened));
            }
            (Some(field), _) if !private_whole(field) => {
                open.insert(id.clone(), value.clone());
            }
            // What no field describes is nobody's business.
            _ => {
                private.insert(id.clone(), value.clone());
            }
        }
    }
    (open, private)
}

/// The values as they were before [`open_and_private`] parted them.
pub fn joined(
    mut open: BTreeMap<String, Value>,
    private: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    for (id, hidden) in private {
        match (open.get_mut(&id), hidden) {
            (Some(Value::List(items)), Value::List(hidden)) => {
                for (item, hidden) in items.iter_mut().zip(hidden) {
                    if let (Value::Map(item), Value::Map(hidden)) = (item, hidden) {
                        item.extend(hidden);
                    }
                }
            }
            (_, hidden) => {
                open.insert(id, hidden);
            }
        }
    }
    open
}

/// Is it a list of records that says nothing about who may see it?
fn parted(field: &Field) -> bool {
    field.keep.is_none() && matches!(field.of, Some(Items::Records(_)))
}

fn private_whole(field: &Field) -> bool {
    let of_texts = matches!(field.of, Some(Items::Of(FieldType::Text | FieldType::BankAccount)));
    field.is_private() || (field.keep.is_none() && of_texts)
}

fn part(field: &Field, item: &Value) -> (Value, Value) {
    let (Some(Items::Records(fields)), Value::Map(record)) = (&field.of, item) else {
        return (Value::Map(BTreeMap::new()), item.clone());
    };
    let (open, private) = open_and_private(fields, record);
    (Value::Map(open), Value::Map(private))
}
