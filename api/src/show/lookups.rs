//! What fields offer that stands in no program: organisations, and the codes of tables.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use entities::unit;
use workflow::{
    calendar::local_date,
    organise::{is_of_kind, organisations},
    program::{Code, Field, FieldType, Items, Lang, Tables, expression::Value},
};

use super::{Reader, reader::words_or};
use crate::{
    Problem,
    read::{OptionView, Words},
};

/// Organisations and tables that some fields need.
#[derive(Debug)]
pub(super) struct Lookups {
    units: Vec<unit::Model>,
    tables: Arc<Tables>,
    on: NaiveDate,
}

impl Lookups {
    /// What `fields` need; where none of them names an organisation the database is not asked.
    pub(super) async fn of<'f>(
        r: &Reader<'_>,
        fields: impl IntoIterator<Item = &'f Field>,
    ) -> Result<Self, Problem> {
        let needed = fields.into_iter().any(names_one);
        let units = if needed { organisations(r.db()).await? } else { Vec::new() };
        let tables = Arc::clone(r.workflow.programs.tables());
        Ok(Self { units, tables, on: local_date(r.now) })
    }

    /// What may be chosen for a field; none for a field that is not chosen from a list.
    pub(super) fn options(&self, field: &Field) -> Option<Vec<OptionView>> {
        let option = |value: String, title: Words| OptionView { value, title, hint: None };
        match field.kind_of {
            FieldType::Organisation => {
                let kind = field.kind.as_ref().map(workflow::program::Word::as_str);
                let units = self.units.iter().filter(|unit| is_of_kind(unit, kind));
                let named = |unit: &unit::Model| option(unit.id.to_string(), unit_words(unit));
                Some(units.map(named).collect())
            }
            FieldType::Code => {
                let codes = self.tables.codes(field.table.as_ref()?, self.on).into_iter();
                Some(codes.map(|code| option(code.code.to_owned(), title(&code))).collect())
            }
            _ => None,
        }
    }

    /// The value with names for organisations and codes, as people read it.
    pub(super) fn named(&self, field: &Field, value: &Value, lang: Lang) -> Value {
        match (value, &field.of) {
            (Value::Text(text), _) => Value::Text(self.name(field, text, lang)),
            (Value::List(items), Some(Items::Records(fields))) => {
                let record = |item: &Value| match item {
                    Value::Map(record) => Value::Map(self.record(fields, record, lang)),
                    other => other.clone(),
                };
                Value::List(items.iter().map(record).collect())
            }
            _ => value.clone(),
        }
    }

    fn record(
        &self,
        fields: &[Field],
        record: &BTreeMap<String, Value>,
        lang: Lang,
    ) -> BTreeMap<String, Value> {
        let named = record.iter().map(|(id, value)| {
            let field = fields.iter().find(|field| field.id == **id);
            let value = field.map_or_else(|| value.clone(), |field| self.named(field, value, lang));
            (id.clone(), value)
        });
        named.collect()
    }

    /// What stands behind an id or a code; itself where it is not known any more.
    fn name(&self, field: &Field, text: &str, lang: Lang) -> String {
        let words = match field.kind_of {
            FieldType::Organisation => {
                let unit = self.units.iter().find(|unit| unit.id.to_string() == text);
                unit.map(unit_words)
            }
            FieldType::Code => {
                let table = field.table.as_deref().unwrap_or_default();
                self.tables.code(table, text, self.on).as_ref().map(title)
            }
            _ => None,
        };
        words.map_or_else(
            || text.to_owned(),
            |words| match lang {
                Lang::En if !words.en.is_empty() => words.en,
                _ => words.zh,
            },
        )
    }
}

fn unit_words(unit: &unit::Model) -> Words {
    let en = if unit.name_en.is_empty() { &unit.name_zh } else { &unit.name_en };
    Words::new(unit.name_zh.as_str(), en.as_str())
}

/// Does a field, or one of its records', name an organisation?
fn names_one(field: &Field) -> bool {
    let inner = match &field.of {
        Some(Items::Records(fields)) => fields.iter().any(names_one),
        _ => false,
    };
    inner || field.kind_of == FieldType::Organisation
}

fn title(code: &Code<'_>) -> Words {
    words_or(code.title, code.code)
}
