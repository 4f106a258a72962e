//! What may leave of a text: codes, ids, dates. Everything that somebody may have typed stays.

use chrono::{DateTime, NaiveDate};
use serde_json::Value as Json;
use uuid::Uuid;

/// What stands in the place of a text that stays here.
pub(super) const MASKED: &str = "***";

/// So many digits in a row may be a phone, a bank card or an ID number.
const NUMBER: usize = 7;

/// From so many digits on a number may be a phone or a bank card; a count or a version is shorter.
const LONG: usize = 11;

/// A document with all texts masked that are not codes, ids or dates, and all numbers that may
/// identify somebody. Its keys are the program's words.
///
/// A sum of money, whose key is `fen` or `money` or ends in `_fen`, is as long as it is.
pub(super) fn open(value: &Json) -> Json {
    within(value, false)
}

fn within(value: &Json, money: bool) -> Json {
    match value {
        Json::String(text) if is_code(text) => Json::String(text.clone()),
        Json::String(_) => Json::String(MASKED.to_owned()),
        Json::Number(number) if !money && is_long(&number.to_string()) => {
            Json::String(MASKED.to_owned())
        }
        Json::Array(list) => list.iter().map(|value| within(value, money)).collect(),
        Json::Object(map) => {
            let entry = |(key, value): (&String, &Json)| (word(key), within(value, is_money(key)));
            Json::Object(map.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

/// Columns of money, and the language's own word for a sum.
fn is_money(key: &str) -> bool {
    ["fen", "money"].contains(&key) || key.ends_with("_fen")
}

/// Whether a number has so many digits that it may be somebody's.
fn is_long(number: &str) -> bool {
    number.chars().filter(char::is_ascii_digit).count() >= LONG
}

/// A text that is a code, or else masked.
pub(super) fn word(text: &str) -> String {
    if is_code(text) { text.to_owned() } else { MASKED.to_owned() }
}

/// Lower case as programs write their words, an id, a hash, a date, or a moment.
fn is_code(text: &str) -> bool {
    let moment = DateTime::parse_from_rfc3339(text).is_ok();
    if moment || text.parse::<NaiveDate>().is_ok() || text.parse::<Uuid>().is_ok() {
        return true;
    }
    if text.len() == 64 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
        return true;
    }
    // A key that is made of ids.
    if text.contains('/') {
        return text.split('/').all(is_code);
    }
    let own = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.#".contains(c);
    let mut run = 0;
    let numbered = text.chars().any(|c| {
        run = if c.is_ascii_digit() { run + 1 } else { 0 };
        run >= NUMBER
    });
    text.chars().all(own) && !numbered
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_codes_ids_and_dates_leave() {
        let id = "0199f0a2-6f3c-7d4e-8a11-2b3c4d5e6f70";
        for text in ["illness", "2wd", "county_education", "640424", id, "2018-09-01", ""] {
            assert_eq!(word(text), text);
        }
        let moment = "2018-09-10T02:00:00.000000Z";
        assert_eq!(word(moment), moment);
        let key = format!("{id}/rung/2/{id}");
        assert_eq!(word(&key), key);
        for text in [
            "张三",
            "Ma Xiaoyan",
            "Ma",
            "13912345678",
            "139-12345678",
            "64042419990101123x",
            "x@example.cn",
            "He fell ill.",
        ] {
            assert_eq!(word(text), MASKED, "{text}");
        }
    }

    #[test]
    fn a_number_that_may_be_a_phone_or_a_card_stays_unless_it_is_money() {
        let told = open(&json!({
            "phone": 13_912_345_678_i64, "card": 6_217_000_000_000_012_397_i64, "year": 2018,
            "count": 9_999_999_999_i64, "minus": -13_912_345_678_i64, "part": 13_912_345_678.5,
            "award_fen": 13_912_345_678_i64, "fen": [12_345_678_901_i64], "fenced": 13_912_345_678_i64, "need": { "money": 12_345_678_901_i64 },
            "list": [13_912_345_678_i64, 7],
        }));
        assert_eq!(
            told,
            json!({
                "phone": MASKED, "card": MASKED, "year": 2018, "count": 9_999_999_999_i64,
                "minus": MASKED, "part": MASKED, "award_fen": 13_912_345_678_i64,
                "fen": [12_345_678_901_i64], "fenced": MASKED,
                "need": { "money": 12_345_678_901_i64 }, "list": [MASKED, 7],
            })
        );
    }

    #[test]
    fn a_document_keeps_its_shape() {
        let found = open(&json!({ "cause": "illness", "name": "张三", "fen": [1, null, true] }));
        assert_eq!(found, json!({ "cause": "illness", "name": "***", "fen": [1, null, true] }));
    }
}
