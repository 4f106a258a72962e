//! The units that a case names itself: in its form, and in what its steps said.

use std::collections::BTreeMap;

use entities::{UnitId, case_row};
use serde_json::Value as Json;

use super::pools::unit_in;
use crate::{
    lot::Lot,
    organisation::Roots,
    program::{Field, FieldType, Items, Program, Step, expression::Value},
};

/// Whether a form of a step can name a unit, or an answer that a step waits for.
pub fn by_steps(program: &Program) -> bool {
    let looks = |step: &Step| step.of.as_ref().is_some_and(|of| of.source().starts_with("step."));
    let names = |step: &Step| step.form.iter().any(is_unit) || step.gather.is_some() || looks(step);
    program.steps().into_iter().any(names)
}

/// The units that a line names: whose doing it is, and what is known of a case that is the line.
pub fn of_row(row: &case_row::Model) -> Vec<UnitId> {
    let mut found: Vec<UnitId> = row.unit_id.into_iter().collect();
    let case = row.facts.get("case").cloned();
    let case: Option<BTreeMap<String, Value>> =
        case.and_then(|case| serde_json::from_value(case).ok());
    let said =
        Lot::of(row).fields.into_values().chain(case.into_iter().flat_map(BTreeMap::into_values));
    for value in said {
        in_value(&value, &mut found);
    }
    found
}

/// All texts that look like a unit's id, however deep.
fn in_value(value: &Value, found: &mut Vec<UnitId>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| in_value(item, found)),
        Value::Map(map) => map.values().for_each(|value| in_value(value, found)),
        value => found.extend(unit_in(value)),
    }
}

/// The units named by the case's open `form` and by what its steps `said`, and the divisions that
/// steps look places up from.
pub fn roots(program: &Program, form: &BTreeMap<String, Value>, said: &[Json]) -> Roots {
    let mut roots = Roots::default();
    named(&program.form, form, &mut roots);
    let steps = program.steps();
    let fields: Vec<Field> = steps.iter().flat_map(|step| step.form.iter().cloned()).collect();
    // What another case has answered is told apart by nothing but its look.
    let answered = steps.iter().any(|step| step.gather.is_some());
    for values in said {
        let values: BTreeMap<String, Value> =
            serde_json::from_value(values.clone()).unwrap_or_default();
        named(&fields, &values, &mut roots);
        if answered {
            for value in values.values() {
                in_value(value, &mut roots.units);
            }
        }
    }
    for of in steps.iter().filter_map(|step| step.of.as_ref()) {
        let field = of.source().strip_prefix("form.").and_then(|id| form.get(id));
        let of_step = of.source().strip_prefix("step.").and_then(|path| path.split_once('.'));
        let said = said.iter().filter_map(|said| said.get(of_step?.1)?.get("text")?.as_str());
        let named = field.into_iter().filter_map(|field| match field {
            Value::Text(code) => Some(code.as_str()),
            _ => None,
        });
        let codes = named.chain(said).filter(|code| unit_in(&Value::text(*code)).is_none());
        roots.divisions.extend(codes.map(str::to_owned));
    }
    roots.units.sort_unstable();
    roots.units.dedup();
    roots.divisions.sort_unstable();
    roots.divisions.dedup();
    roots
}

/// The divisions that steps look places up from and that the form of the case before names.
pub fn of_parent(program: &Program, parent: Option<&Value>) -> Vec<String> {
    let Some(Value::Map(parent)) = parent else { return Vec::new() };
    let Some(Value::Map(form)) = parent.get("form") else { return Vec::new() };
    let steps = program.steps();
    let looks = steps.iter().filter_map(|step| step.of.as_ref());
    let fields = looks.filter_map(|of| form.get(of.source().strip_prefix("parent.form.")?));
    let codes = fields.filter_map(|value| match value {
        Value::Text(code) if unit_in(value).is_none() => Some(code.clone()),
        _ => None,
    });
    codes.collect()
}

fn named(fields: &[Field], values: &BTreeMap<String, Value>, roots: &mut Roots) {
    for field in fields {
        match (values.get(field.id.as_str()), &field.of) {
            (Some(Value::List(items)), Some(Items::Records(inner))) => {
                for item in items {
                    if let Value::Map(record) = item {
                        named(inner, record, roots);
                    }
                }
            }
            (Some(Value::List(items)), _) if is_unit(field) => {
                roots.units.extend(items.iter().filter_map(unit_in));
            }
            (Some(value), _) if is_unit(field) => roots.units.extend(unit_in(value)),
            _ => {}
        }
    }
}

fn is_unit(field: &Field) -> bool {
    let unit = |kind: &FieldType| matches!(kind, FieldType::Unit | FieldType::Organisation);
    unit(&field.kind_of) || matches!(&field.of, Some(Items::Of(kind)) if unit(kind))
}
