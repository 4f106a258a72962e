//! The one way in which a value is written so that its hash means something.
//!
//! Canonical JSON: keys sorted by their bytes, no blanks, no floats, strings as `serde_json`
//! writes them (non-ASCII as it is). Values that differ have different texts, equal ones the same.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What stands before the first entry of a chain.
pub const GENESIS: [u8; 32] = [0; 32];

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// Money is fen, time is text: nothing here is a float.
    #[error("{0} is not a whole number")]
    Float(serde_json::Number),
    #[error("the value cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// `value` in canonical form.
///
/// # Errors
/// A float in it, or a map whose keys are not texts.
pub fn canonical(value: &impl Serialize) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write(&serde_json::to_value(value)?, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) if number.is_f64() => {
            return Err(NotCanonical::Float(number.clone()));
        }
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => text.push_str(&serde_json::to_string(string)?),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        Value::Object(map) => {
            // Sorted here: whether `serde_json` keeps the order depends on another crate's feature.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(key)?);
                text.push(':');
                write(item, text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

/// The hash of a trail entry: SHA-256 over the previous entry's hash ([`GENESIS`] before the
/// first) and the canonical text of this one. Whoever changes an entry must change all after it.
pub fn chain_hash(previous: &[u8; 32], body: &str) -> [u8; 32] {
    Sha256::new().chain_update(previous).chain_update(body).finalize().into()
}

/// SHA-256 of `bytes`.
pub fn digest(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// `bytes` in small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_nothing_is_padded() {
        let value = json!({"b": [1, {"z": null, "a": true}], "a": "张\"\n三", "é": -1, "Z": 0});
        let text = canonical(&value).unwrap();
        assert_eq!(text, r#"{"Z":0,"a":"张\"\n三","b":[1,{"a":true,"z":null}],"é":-1}"#);
    }

    #[test]
    fn floats_have_no_canonical_form() {
        for value in [json!(1.0), json!({"a": [0.1]})] {
            assert!(matches!(canonical(&value), Err(NotCanonical::Float(_))), "{value}");
        }
        assert_eq!(
            canonical(&json!([u64::MAX, i64::MIN])).unwrap(),
            format!("[{},{}]", u64::MAX, i64::MIN)
        );
    }

    #[test]
    fn a_chain_hash_depends_on_all_that_was_before() {
        let first = chain_hash(&GENESIS, "{}");
        assert_eq!(first, digest([&[0_u8; 32][..], b"{}"].concat()));
        assert_ne!(chain_hash(&first, "{}"), first);
        assert_ne!(chain_hash(&first, "{}"), chain_hash(&GENESIS, "{}"));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&digest("")), empty);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(keys in prop::collection::btree_map(".*", any::<i64>(), 0..8)) {
            let text = canonical(&keys).unwrap();
            prop_assert_eq!(serde_json::from_str::<std::collections::BTreeMap<String, i64>>(&text).unwrap(), keys);
        }
    }
}
