//! From what was given to a value of the field's type.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use entities::{Fen, UnitId};
use serde_json::Value as Json;

use super::{
    amount::{NotNumber, decimal},
    limits::MOST_ITEMS,
    offer::{self, Offer},
};
use crate::{
    error::Fault,
    program::{Field, FieldType, Items, expression::Value},
    rules::{
        bank_card::{BankCard, NotBankCard},
        half_width::half_width,
    },
};

/// Longest code of a place, a post, a term, in characters.
const LONGEST_CODE: usize = 64;

/// A code and its detail.
pub(super) type Wrong = (&'static str, String);

fn wrong<T>(code: &'static str) -> Result<T, Wrong> {
    Err((code, String::new()))
}

/// The value of `field`; none, and at least one fault at `at`, where it cannot be read.
pub(super) fn value(
    field: &Field,
    offer: &Offer,
    at: &str,
    faults: &mut Vec<Fault>,
) -> Option<Value> {
    if field.kind_of == FieldType::List {
        return list(field, offer, at, faults);
    }
    match scalar(field.kind_of, field, offer) {
        Ok(value) => Some(value),
        Err((code, detail)) => {
            faults.push(Fault::new(at, code, detail));
            None
        }
    }
}

fn list(field: &Field, offer: &Offer, at: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let before = faults.len();
    let items: Vec<Offer> = match offer {
        Offer::Json(Json::Array(items)) => items.iter().cloned().map(Offer::Json).collect(),
        Offer::List(items) => items.clone(),
        Offer::Text(text) => text.lines().map(|line| Offer::Text(line.to_owned())).collect(),
        Offer::Json(_) | Offer::Record(_) => {
            faults.push(Fault::new(at, "not_a_list", ""));
            return None;
        }
    };
    // An empty line of a page is no item; one in the middle of a JSON list is a slip.
    let items: Vec<Offer> = match offer {
        Offer::Json(_) => items,
        _ => items.into_iter().filter(|item| !item.is_blank()).collect(),
    };
    if items.len() > MOST_ITEMS {
        faults.push(Fault::new(at, "too_many", MOST_ITEMS.to_string()));
        return None;
    }
    let values: Vec<Value> = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| one(field, item, &format!("{at}.{index}"), faults))
        .collect();
    (faults.len() == before).then_some(Value::List(values))
}

fn one(field: &Field, item: &Offer, at: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let read = match &field.of {
        Some(Items::Records(fields)) => return record(fields, item, at, faults),
        Some(Items::Of(kind)) => scalar(*kind, field, item),
        None => scalar(FieldType::Text, field, item),
    };
    read.map_err(|(code, detail)| faults.push(Fault::new(at, code, detail))).ok()
}

fn record(fields: &[Field], item: &Offer, at: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let given: BTreeMap<String, Offer> = match item {
        Offer::Record(given) => given.clone(),
        Offer::Json(Json::Object(given)) => {
            given.iter().map(|(key, value)| (key.clone(), Offer::Json(value.clone()))).collect()
        }
        _ => {
            faults.push(Fault::new(at, "not_a_record", ""));
            return None;
        }
    };
    let mut record = BTreeMap::new();
    for field in fields {
        let Some(offer) = given.get(field.id.as_str()).filter(|offer| !offer.is_blank()) else {
            continue;
        };
        let at = format!("{at}.{}", field.id);
        if let Some(value) = value(field, offer, &at, faults) {
            record.insert(field.id.text.clone(), value);
        }
    }
    let strange = given.keys().filter(|key| fields.iter().all(|field| field.id != ***key));
    faults.extend(strange.map(|key| offer::fault(&format!("{at}.{key}"))));
    Some(Value::Map(record))
}

fn scalar(kind: FieldType, field: &Field, offer: &Offer) -> Result<Value, Wrong> {
    match kind {
        FieldType::Integer | FieldType::Number | FieldType::Percent => {
            number(offer, 0).map(Value::Int)
        }
        FieldType::Money => number(offer, 2).map(|fen| Value::Money(Fen(fen))),
        FieldType::Boolean => boolean(offer),
        FieldType::Date => date(&text(offer, "not_a_date")?, offer),
        FieldType::Datetime => moment(&text(offer, "not_a_date")?, offer),
        FieldType::Text => prose(&text(offer, "not_a_text")?),
        FieldType::Choice => {
            let chosen = text(offer, "not_an_option")?;
            let chosen = chosen.trim();
            if field.options.iter().any(|option| *option == *chosen) {
                return Ok(Value::text(chosen));
            }
            let options: Vec<&str> =
                field.options.iter().map(crate::program::Word::as_str).collect();
            Err(("not_an_option", options.join(", ")))
        }
        FieldType::Unit | FieldType::Organisation => {
            let id = text(offer, "not_a_unit")?;
            let id: UnitId = id.trim().parse().or_else(|_| wrong("not_a_unit"))?;
            Ok(Value::Text(id.to_string()))
        }
        FieldType::BankAccount => card(&text(offer, "not_a_bank_account")?),
        FieldType::Code | FieldType::Post | FieldType::Division | FieldType::Term => {
            code(&text(offer, "not_a_code")?)
        }
        FieldType::List => wrong("not_a_list"),
    }
}

fn text(offer: &Offer, code: &'static str) -> Result<String, Wrong> {
    match offer {
        Offer::Text(text) | Offer::Json(Json::String(text)) => Ok(text.clone()),
        _ => wrong(code),
    }
}

/// Of JSON a whole number (money: fen), of a page a number with at most `places` decimals.
fn number(offer: &Offer, places: u32) -> Result<i64, Wrong> {
    match offer {
        Offer::Json(Json::Number(number)) => match number.as_i64() {
            Some(number) => Ok(number),
            None => wrong(if is_whole(&number.to_string()) {
                "out_of_range"
            } else {
                "too_many_decimals"
            }),
        },
        Offer::Text(text) => decimal(text, places).or_else(|why| {
            wrong(match why {
                NotNumber::Text => "not_a_number",
                NotNumber::Decimals => "too_many_decimals",
                NotNumber::Large => "out_of_range",
            })
        }),
        // A text might be yuan or fen.
        _ => wrong("not_a_number"),
    }
}

/// Is a number that is no `i64` too large, rather than broken? It may be written as `1e30`.
fn is_whole(number: &str) -> bool {
    if number.contains('e') { !number.contains("e-") } else { !number.contains('.') }
}

fn boolean(offer: &Offer) -> Result<Value, Wrong> {
    let is = match offer {
        Offer::Json(Json::Bool(is)) => Some(*is),
        Offer::Text(text) => match half_width(text).trim().to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" | "是" => Some(true),
            "false" | "off" | "no" | "0" | "否" => Some(false),
            _ => None,
        },
        _ => None,
    };
    is.map(Value::Bool).map_or_else(|| wrong("not_a_boolean"), Ok)
}

/// A text of people: trimmed, with plain line ends.
fn prose(text: &str) -> Result<Value, Wrong> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    // NUL breaks databases; marks that turn the direction of writing disguise what is read.
    let bad = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(bad) { wrong("bad_characters") } else { Ok(Value::text(text)) }
}

/// `2026-11-20`; of a page also `2026/11/20`, `2026.11.20`, `20261120`, `2026年11月20日`.
fn date(text: &str, offer: &Offer) -> Result<Value, Wrong> {
    let day = match offer {
        Offer::Text(_) => written_day(text),
        _ => strict_day(text),
    };
    day.map(Value::Date).map_or_else(|| wrong("not_a_date"), Ok)
}

fn written_day(text: &str) -> Option<NaiveDate> {
    let text = half_width(text);
    let text = text.trim().trim_end_matches(['日', '号']);
    let text = text.replace(['年', '月', '/', '.'], "-");
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    if digits {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        return day_of(year, month, day);
    }
    let mut parts = text.split('-').map(str::trim);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    day_of(year, month, day)
}

fn strict_day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    if month.len() == 2 && day.len() == 2 { day_of(year, month, day) } else { None }
}

/// A real day of the years in which people of a case live.
fn day_of(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let digits = |part: &str, most| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let year: i32 = year.parse().ok().filter(|year| (1900..2200).contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

/// A moment in China, to the minute: `2026-11-20T09:30`. A day alone says no time of day.
fn moment(text: &str, offer: &Offer) -> Result<Value, Wrong> {
    let text = half_width(text);
    let Some((day, time)) = text.trim().split_once(['T', ' ']) else { return date(&text, offer) };
    let time = ["%H:%M", "%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(time.trim(), format).ok());
    match (date(day, offer)?.day(), time) {
        (Some(day), Some(time)) => Ok(Value::Moment(day.and_time(time))),
        _ => wrong("not_a_date"),
    }
}

fn code(text: &str) -> Result<Value, Wrong> {
    let text = half_width(text);
    let text = text.trim();
    let sound = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    if text.chars().count() > LONGEST_CODE || !text.chars().all(sound) {
        return wrong("not_a_code");
    }
    Ok(Value::text(text))
}

fn card(text: &str) -> Result<Value, Wrong> {
    let card = BankCard::parse(text).map_err(|why| {
        let detail = match why {
            NotBankCard::Character => "character",
            NotBankCard::Length(_) => "length",
            NotBankCard::Check => "check",
        };
        ("not_a_bank_account", detail.to_owned())
    })?;
    Ok(Value::text(card.as_str()))
}
