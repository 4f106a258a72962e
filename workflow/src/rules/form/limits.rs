//! How long, how many, how much: limits that a value has by itself.

use entities::Fen;

use super::show::yuan;
use crate::{
    error::Fault,
    program::{Field, FieldType, Items, expression::Value},
};

/// Most characters of a text whose field names no limit.
pub const LONGEST_TEXT: i64 = 1000;
/// Most items of a list whose field names no limit; no list is longer than this.
pub const MOST_ITEMS: usize = 200;

/// Adds a fault at `at` for every limit that `value` breaks.
pub(super) fn fits(field: &Field, value: &Value, at: &str, faults: &mut Vec<Fault>) {
    let fault = match value {
        Value::Text(text) => written(field, text),
        Value::Int(number) => counted(field, *number),
        Value::Money(fen) => paid(field, *fen),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                inside(field, item, &format!("{at}.{index}"), faults);
            }
            many(field, items.len())
        }
        _ => None,
    };
    faults.extend(fault.map(|(code, detail)| Fault::new(at, code, detail)));
}

fn inside(field: &Field, item: &Value, at: &str, faults: &mut Vec<Fault>) {
    match (&field.of, item) {
        (Some(Items::Records(fields)), Value::Map(record)) => {
            for field in fields {
                if let Some(value) = record.get(field.id.as_str()) {
                    fits(field, value, &format!("{at}.{}", field.id), faults);
                }
            }
        }
        (_, Value::Text(text)) if length(text) > LONGEST_TEXT => {
            faults.push(Fault::new(at, "too_long", LONGEST_TEXT.to_string()));
        }
        _ => {}
    }
}

type Wrong = Option<(&'static str, String)>;

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

fn written(field: &Field, text: &str) -> Wrong {
    if field.kind_of == FieldType::Choice {
        let known = field.options.iter().any(|option| *option == *text);
        return (!known).then(|| ("not_an_option", String::new()));
    }
    let most = field.at_most.unwrap_or(LONGEST_TEXT);
    if length(text) > most {
        return Some(("too_long", most.to_string()));
    }
    let least = field.at_least.filter(|least| length(text) < *least)?;
    Some(("too_short", least.to_string()))
}

fn counted(field: &Field, number: i64) -> Wrong {
    let percent = field.kind_of == FieldType::Percent;
    let least = field.at_least.or(percent.then_some(0));
    let most = field.at_most.or(percent.then_some(100));
    outside(number, least, most)
        .then(|| ("out_of_range", format!("{}..{}", shown(least), shown(most))))
}

/// Limits of money are whole yuan; without one it is at least zero.
fn paid(field: &Field, fen: Fen) -> Wrong {
    let limit = |yuan: Option<i64>| yuan.map(|yuan| yuan.saturating_mul(100));
    let (least, most) = (limit(field.at_least), limit(field.at_most));
    if least.is_none() && fen.0 < 0 {
        return Some(("below_zero", String::new()));
    }
    let money = |limit: Option<i64>| limit.map(|fen| yuan(Fen(fen))).unwrap_or_default();
    outside(fen.0, least, most)
        .then(|| ("out_of_range", format!("{}..{}", money(least), money(most))))
}

fn many(field: &Field, count: usize) -> Wrong {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    if let Some(most) = field.at_most.filter(|most| count > *most) {
        return Some(("too_many", most.to_string()));
    }
    let least = field.at_least.filter(|least| count < *least)?;
    Some(("too_few", least.to_string()))
}

fn outside(number: i64, least: Option<i64>, most: Option<i64>) -> bool {
    least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most)
}

fn shown(limit: Option<i64>) -> String {
    limit.map(|limit| limit.to_string()).unwrap_or_default()
}
