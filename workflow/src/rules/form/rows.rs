//! One line of a roster: its own form, in which rules call the line `row`.

use std::collections::BTreeMap;

use super::{Given, Read, Reading, check, read};
use crate::{
    error::Fault,
    program::{
        Field,
        expression::{Scope, Truth, Value},
    },
};

/// Reads what is `given` for one line over what was there `before`; `row` is what is known of the
/// line besides, and the values lie over it when rules are asked.
pub fn read_row(
    fields: &[Field],
    given: &BTreeMap<String, Given>,
    before: &BTreeMap<String, Value>,
    (scope, row): (&Scope, &BTreeMap<String, Value>),
    how: Reading,
) -> Read {
    let mut read = read(fields, given, before, scope, Reading::Draft);
    if how == Reading::Draft {
        return read;
    }
    let faulty: Vec<String> = read.faults.iter().map(|fault| fault.field.clone()).collect();
    let mut scope = scope.clone();
    let mut stuck = Vec::new();
    let mut line = row.clone();
    line.extend(read.values.clone());
    for field in fields {
        let id = field.id.as_str();
        scope.row = Some(Value::Map(line.clone()));
        let asked = field.when.as_ref().map(|when| (when, when.truth(&scope)));
        match asked {
            Some((_, Ok(Truth::No))) => {
                // What was entered where nothing is asked does not count.
                read.values.remove(id);
                line.remove(id);
                read.faults.retain(|fault| fault.field != id);
                continue;
            }
            Some((when, Err(_))) => stuck.push(Fault::new(id, "cannot_be_checked", when.source())),
            _ => {}
        }
        if faulty.iter().any(|faulty| faulty == id) {
            continue;
        }
        if !read.values.contains_key(id) {
            let perhaps = matches!(asked, Some((_, Err(_) | Ok(Truth::NotLoaded { .. }))));
            if field.required && !perhaps {
                read.faults.push(Fault::new(id, "missing", ""));
            }
            continue;
        }
        let Some(rule) = &field.check else { continue };
        match rule.truth(&scope) {
            // A list that is not loaded refuses nobody.
            Ok(Truth::Yes | Truth::NotLoaded { .. }) => {}
            Ok(Truth::No) => {
                let (code, detail) = check::broken(field, rule, &format!("row.{id}"), &scope);
                read.faults.push(Fault::new(id, code, detail));
            }
            Err(_) => stuck.push(Fault::new(id, "cannot_be_checked", rule.source())),
        }
    }
    // A rule that cannot be asked mostly lacks a value that is named already.
    if read.faults.is_empty() {
        read.faults.append(&mut stuck);
    }
    read
}
