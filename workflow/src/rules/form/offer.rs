//! What was given for one field, from either door, as one tree.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Given;
use crate::{
    error::Fault,
    program::{Field, FieldType, Items},
};

/// Longest name of an unknown field that is said back.
const LONGEST_NAME: usize = 64;

/// What was given.
#[derive(Clone, Debug)]
pub(super) enum Offer {
    Json(Json),
    Text(String),
    /// Of a page: `wish.0`, `wish.1`.
    List(Vec<Offer>),
    /// Of a page: `budget.0.source`, `budget.0.amount`.
    Record(BTreeMap<String, Offer>),
}

impl Offer {
    fn new(given: &Given) -> Self {
        match given {
            Given::Json(json) => Self::Json(json.clone()),
            Given::Text(text) => Self::Text(text.clone()),
        }
    }

    /// Is nothing given? Then the value is taken out.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Json(Json::Null) => true,
            Self::Json(Json::String(text)) | Self::Text(text) => text.trim().is_empty(),
            Self::Json(Json::Array(items)) => items.is_empty(),
            Self::Json(_) => false,
            Self::List(items) => items.iter().all(Self::is_blank),
            Self::Record(fields) => fields.values().all(Self::is_blank),
        }
    }
}

/// What was given for a field; none where it was not mentioned.
pub(super) fn of(field: &Field, given: &BTreeMap<String, Given>) -> Option<Offer> {
    if let Some(given) = given.get(field.id.as_str()) {
        return Some(Offer::new(given));
    }
    let mut items: BTreeMap<u16, Offer> = BTreeMap::new();
    for (key, given) in given {
        let Some((index, name)) = item(field, key) else { continue };
        let Some(name) = name else {
            items.insert(index, Offer::new(given));
            continue;
        };
        let record = items.entry(index).or_insert_with(|| Offer::Record(BTreeMap::new()));
        if let Offer::Record(record) = record {
            record.insert(name.to_owned(), Offer::new(given));
        }
    }
    (!items.is_empty()).then(|| Offer::List(items.into_values().collect()))
}

/// Reads `list.3` or `list.3.name` as an item of `field`.
fn item<'a>(field: &Field, key: &'a str) -> Option<(u16, Option<&'a str>)> {
    if field.kind_of != FieldType::List {
        return None;
    }
    let rest = key.strip_prefix(field.id.as_str())?.strip_prefix('.')?;
    let (index, name) = rest.split_once('.').map_or((rest, None), |(at, name)| (at, Some(name)));
    let known = match (&field.of, name) {
        (Some(Items::Records(fields)), Some(name)) => fields.iter().any(|field| field.id == *name),
        (Some(Items::Records(_)), None) => false,
        (_, name) => name.is_none(),
    };
    let digits = index.bytes().all(|b| b.is_ascii_digit());
    (known && digits).then(|| index.parse().ok().map(|index| (index, name))).flatten()
}

/// A fault for everything given that no field takes.
pub(super) fn unknown(fields: &[Field], given: &BTreeMap<String, Given>) -> Vec<Fault> {
    let taken =
        |key: &str| fields.iter().any(|field| field.id == *key || item(field, key).is_some());
    given.keys().filter(|key| !taken(key)).map(|key| fault(key)).collect()
}

/// A fault that names an unknown field, which may be long.
pub(super) fn fault(key: &str) -> Fault {
    let name: String = key.chars().take(LONGEST_NAME).collect();
    Fault::new(&name, "unknown_field", "")
}
