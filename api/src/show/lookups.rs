//! What fields offer that stands in no program: organisations, and the codes of tables.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use entities::unit;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use workflow::{
    calendar::local_date,
    organise::{is_of_kind, organisations},
    program::{Code, Field, FieldType, Items, Lang, Tables, expression::Value},
    state::CaseState,
};

use super::{Reader, people, reader::words_or};
use crate::{
    Problem,
    read::{OptionView, Words},
};

/// Most places below one that are offered.
const MOST_PLACES: u64 = 40;

/// Organisations and tables that some fields need.
#[derive(Debug)]
pub(super) struct Lookups {
    units: Vec<unit::Model>,
    /// Units that may be named where no organisation outside is meant.
    near: Vec<unit::Model>,
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
        Ok(Self { units, near: Vec::new(), tables, on: local_date(r.now) })
    }

    /// The same, with the units of a case for the fields that name one: those of its own place and
    /// of the places below, and those on its lines.
    pub(super) async fn around(
        self,
        r: &Reader<'_>,
        fields: impl IntoIterator<Item = &Field>,
        state: &CaseState,
    ) -> Result<Self, Problem> {
        let (true, Some(own)) = (fields.into_iter().any(names_unit), state.case.anchor_id) else {
            return Ok(self);
        };
        let below = unit::Entity::find()
            .filter(unit::Column::ParentId.eq(own))
            .filter(Expr::col(unit::Column::SeatId).eq(Expr::col(unit::Column::Id)))
            .limit(MOST_PLACES)
            .all(r.db())
            .await?;
        let places = below.into_iter().map(|unit| unit.id).chain([own]);
        let mut near = unit::Entity::in_places(places)
            .order_by_asc(unit::Column::Division)
            .order_by_asc(unit::Column::Id)
            .all(r.db())
            .await?;
        let named = state.rows.iter().filter_map(|row| row.unit_id);
        let strange = named.filter(|id| near.iter().all(|unit| unit.id != *id));
        let strange = people::units(r, strange.collect::<Vec<_>>()).await?;
        near.extend(strange.into_values());
        Ok(Self { near, ..self })
    }

    /// The units that may be named.
    pub(super) fn near(&self) -> Vec<OptionView> {
        let option = |unit: &unit::Model| OptionView {
            value: unit.id.to_string(),
            title: unit_words(unit),
            hint: None,
        };
        self.near.iter().map(option).collect()
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
            FieldType::Unit if !self.near.is_empty() => Some(self.near()),
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
            (Value::List(items), Some(Items::Of(FieldType::Unit))) => {
                let unit = Field { kind_of: FieldType::Unit, ..field.clone() };
                Value::List(items.iter().map(|item| self.named(&unit, item, lang)).collect())
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
            FieldType::Unit => {
                let unit = self.near.iter().find(|unit| unit.id.to_string() == text);
                unit.map(unit_words)
            }
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

/// Does a field name a unit of the administration?
fn names_unit(field: &Field) -> bool {
    field.kind_of == FieldType::Unit || field.of == Some(Items::Of(FieldType::Unit))
}

fn title(code: &Code<'_>) -> Words {
    words_or(code.title, code.code)
}
