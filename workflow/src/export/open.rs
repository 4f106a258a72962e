//! What may leave of a text: codes, ids, dates. Everything that somebody may have typed stays.

use chrono::{DateTime, NaiveDate};
use serde_json::Value as Json;
use uuid::Uuid;

/// What stands in the place of a text that stays here.
pub(super) const MASKED: &str = "***";

/// So many digits in a row may be a phone, a bank card or an ID number.
const NUMBER: usize = 7;

/// A document with all texts masked that are not codes, ids or dates, and all numbers that may
/// identify somebody. Its keys are the program's words.
pub(super) fn open(value: &Json) -> Json {
    match value {
        Json::String(text) if is_code(text) => Json::String(text.clone()),
        Json::String(_) => Json::String(MASKED.to_owned()),
        Json::Array(list) => list.iter().map(open).collect(),
        Json::Object(map) => {
            let entry = |(key, value): (&String, &Json)| (word(key), open(value));
            Json::Object(map.iter().map(entry).collect())
        }
        other => other.clone(),
    }
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
    fn a_document_keeps_its_shape() {
        let found = open(&json!({ "cause": "illness", "name": "张三", "fen": [1, null, true] }));
        assert_eq!(found, json!({ "cause": "illness", "name": "***", "fen": [1, null, true] }));
    }
}
