//! The canonical form: the typed model as JSON with sorted keys, without what is not said.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical text of a model. Nulls, empty lists and empty maps are left out, so that a key
/// that the language gains later does not change the hash of programs that do not use it.
pub(super) fn text(model: &impl Serialize) -> String {
    let mut out = String::new();
    // A model is made of texts, whole numbers, lists and maps with text keys: it always has a
    // JSON form; should it not, the text is empty and equal to no other.
    if let Ok(value) = serde_json::to_value(model) {
        write(&value, &mut out);
    }
    out
}

/// SHA-256 of the canonical text, in hex.
pub(super) fn hash(model: &impl Serialize) -> String {
    hex(&Sha256::digest(text(model).as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(list) => {
            out.push('[');
            for (index, one) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(one, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut said: Vec<_> = map.iter().filter(|(_, value)| is_said(value)).collect();
            said.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in said.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(&Value::from(key.as_str()), out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
