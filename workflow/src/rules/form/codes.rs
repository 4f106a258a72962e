//! Codes that must stand in their table on the day on which they are read.

use crate::{
    error::Fault,
    program::{
        Field, FieldType, Items,
        expression::{Scope, Value},
    },
};

/// Adds a fault at `at` for every code that its table does not have today. A code of a table that
/// does not exist is not judged: publication refuses such a program.
pub(super) fn known(
    field: &Field,
    value: &Value,
    (at, scope): (&str, &Scope),
    faults: &mut Vec<Fault>,
) {
    match (value, &field.of) {
        (Value::Text(code), _) if field.kind_of == FieldType::Code => {
            let Some(table) = field.table.as_ref().filter(|table| scope.tables.has(table)) else {
                return;
            };
            if scope.tables.code(table, code, scope.today).is_none() {
                faults.push(Fault::new(at, "not_an_option", table.to_string()));
            }
        }
        (Value::List(items), Some(Items::Records(fields))) => {
            for (index, item) in items.iter().enumerate() {
                let Value::Map(record) = item else { continue };
                for field in fields {
                    if let Some(value) = record.get(field.id.as_str()) {
                        known(field, value, (&format!("{at}.{index}.{}", field.id), scope), faults);
                    }
                }
            }
        }
        _ => {}
    }
}
