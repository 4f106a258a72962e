//! A form as a whole: what is asked, what must be there, what rules say.

use std::collections::{BTreeMap, BTreeSet};

use super::{Read, check};
use crate::{
    error::Fault,
    program::{
        Expr, Field, FieldType, Items,
        expression::{Scope, Truth, Value},
    },
};

/// Asks every rule of `fields` about the values that were read; `faulty` ones are not there.
pub(super) fn judge(fields: &[Field], scope: &Scope, faulty: &BTreeSet<String>, read: &mut Read) {
    let mut scope = scope.clone();
    for field in fields {
        scope.form.remove(field.id.as_str());
    }
    scope.form.extend(read.values.clone());
    let mut judge = Judge { scope, faulty, faults: vec![], stuck: vec![], not_asked: vec![] };
    judge.form(fields, &mut read.values);
    let not_asked = judge.not_asked;
    read.faults.retain(|fault| not_asked.iter().all(|id| id != top(fault)));
    read.faults.append(&mut judge.faults);
    // A rule that cannot be asked mostly lacks a value that is named already.
    if read.faults.is_empty() {
        read.faults.append(&mut judge.stuck);
    }
    read.faults.sort_by_key(|fault| fields.iter().position(|field| field.id == *top(fault)));
}

/// The field of the form in which a fault lies.
fn top(fault: &Fault) -> &str {
    fault.field.split('.').next().unwrap_or_default()
}

/// Whether a field is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Yes,
    No,
    /// Its condition has no answer: it may be given, it need not be.
    Perhaps,
}

struct Judge<'a> {
    scope: Scope,
    faulty: &'a BTreeSet<String>,
    faults: Vec<Fault>,
    stuck: Vec<Fault>,
    /// What was entered where nothing is asked does not count, and is not judged.
    not_asked: Vec<String>,
}

impl Judge<'_> {
    fn form(&mut self, fields: &[Field], values: &mut BTreeMap<String, Value>) {
        for field in fields {
            let id = field.id.as_str();
            let asked = self.asked(field, id);
            if asked == Asked::No {
                values.remove(id);
                self.scope.form.remove(id);
                self.not_asked.push(id.to_owned());
                continue;
            }
            if self.faulty.contains(id) {
                continue;
            }
            self.there(field, values.get(id), asked, id);
            if let Some(value) = values.get_mut(id) {
                self.records(field, value, id);
                self.check(field, &format!("form.{id}"), id);
            }
        }
    }

    /// The records of a list, each with itself as `item`.
    fn records(&mut self, field: &Field, value: &mut Value, at: &str) {
        let (Some(Items::Records(fields)), Value::List(items)) = (&field.of, value) else { return };
        let outer = self.scope.item.take();
        for (index, item) in items.iter_mut().enumerate() {
            self.scope.item = Some(item.clone());
            if let Value::Map(record) = item {
                self.record(fields, record, &format!("{at}.{index}"));
            }
        }
        self.scope.item = outer;
    }

    fn record(&mut self, fields: &[Field], record: &mut BTreeMap<String, Value>, at: &str) {
        for field in fields {
            let id = field.id.as_str();
            let at = format!("{at}.{id}");
            let asked = self.asked(field, &at);
            if asked == Asked::No {
                record.remove(id);
                self.scope.item = Some(Value::Map(record.clone()));
                continue;
            }
            self.there(field, record.get(id), asked, &at);
            if let Some(value) = record.get_mut(id) {
                self.records(field, value, &at);
                self.check(field, &format!("item.{id}"), &at);
            }
        }
    }

    fn asked(&mut self, field: &Field, at: &str) -> Asked {
        let Some(when) = &field.when else { return Asked::Yes };
        match when.truth(&self.scope) {
            Ok(Truth::Yes) => Asked::Yes,
            Ok(Truth::No) => Asked::No,
            Ok(Truth::NotLoaded { .. }) => Asked::Perhaps,
            Err(_) => {
                self.cannot(when, at);
                Asked::Perhaps
            }
        }
    }

    fn there(&mut self, field: &Field, value: Option<&Value>, asked: Asked, at: &str) {
        // A list with a least number of items must be there even if nobody wrote so.
        let filled = field.kind_of == FieldType::List && field.at_least.is_some_and(|n| n > 0);
        if value.is_none() && asked == Asked::Yes && (field.required || filled) {
            self.faults.push(Fault::new(at, "missing", ""));
        }
    }

    fn check(&mut self, field: &Field, path: &str, at: &str) {
        let Some(rule) = &field.check else { return };
        match rule.truth(&self.scope) {
            // A list that is not loaded refuses nobody.
            Ok(Truth::Yes | Truth::NotLoaded { .. }) => {}
            Ok(Truth::No) => {
                let (code, detail) = check::broken(field, rule, path, &self.scope);
                self.faults.push(Fault::new(at, code, detail));
            }
            Err(_) => self.cannot(rule, at),
        }
    }

    fn cannot(&mut self, rule: &Expr, at: &str) {
        self.stuck.push(Fault::new(at, "cannot_be_checked", rule.source()));
    }
}
