//! Running an expression: its value, why it is so, and which tables were read.

use entities::Fen;

use super::{
    functions,
    node::{Binary, Each, Literal, Node, Shape},
    operate::{binary, logic, negated},
    outcome::{Evaluated, Why},
    scope::Scope,
    value::Value,
};
use crate::program::tables::TableRead;

/// Most parts one evaluation looks at: lists are long, but not endless.
const STEPS: u32 = 1_000_000;

/// Why a part could not be evaluated.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) zh: String,
    pub(super) en: String,
    /// The fact that is not there.
    pub(super) missing: Option<String>,
}

impl Stop {
    pub(super) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), missing: None }
    }

    pub(super) fn missing(name: &str) -> Self {
        let missing = Some(name.to_owned());
        let (zh, en) = (format!("缺少事实 {name}"), format!("the fact {name} is missing"));
        Self { missing, ..Self::new(zh, en) }
    }

    pub(super) fn kind(expected: &str, found: &Value) -> Self {
        let kind = found.kind();
        Self::new(
            format!("应为 {expected}，实为 {kind}"),
            format!("expected {expected}, found {kind}"),
        )
    }

    pub(super) fn overflow() -> Self {
        Self::new("数值溢出或除以零", "the number is too large, or divided by zero")
    }
}

pub(super) type Got = Result<Value, Stop>;

/// Evaluates an expression and explains it.
pub(super) fn run(node: &Node, scope: &Scope) -> Result<Evaluated, Stop> {
    let mut run = Run { scope, reads: Vec::new(), bound: Vec::new(), lets: 0, left: STEPS };
    let (value, why) = run.explained(node)?;
    Ok(Evaluated { value, why, reads: run.reads })
}

/// One evaluation.
pub(super) struct Run<'a> {
    pub(super) scope: &'a Scope,
    pub(super) reads: Vec<TableRead>,
    /// Names of macros, innermost last.
    bound: Vec<(String, Value)>,
    lets: u32,
    left: u32,
}

impl Run<'_> {
    /// The value of a part, with the explanation of what it is made of.
    fn explained(&mut self, node: &Node) -> Result<(Value, Why), Stop> {
        let mut parts = Vec::new();
        let value = match &node.shape {
            Shape::Binary { op: op @ (Binary::And | Binary::Or), left, right } => {
                let (first, why) = self.explained(left)?;
                parts.push(why);
                match (op, &first) {
                    (Binary::And, Value::Bool(false)) | (Binary::Or, Value::Bool(true)) => first,
                    _ => {
                        let (second, why) = self.explained(right)?;
                        parts.push(why);
                        logic(*op, first, second)?
                    }
                }
            }
            Shape::Binary { op, left, right } => {
                let (a, why_a) = self.explained(left)?;
                let (b, why_b) = self.explained(right)?;
                parts.extend([why_a, why_b]);
                binary(*op, a.by_day(), b.by_day())?
            }
            Shape::Not(inner) => {
                let (value, why) = self.explained(inner)?;
                parts.push(why);
                negated(value)?
            }
            Shape::Choice { when, then, otherwise } => {
                let (is, why) = self.explained(when)?;
                parts.push(why);
                let branch = match is {
                    Value::Bool(true) => then,
                    Value::Bool(false) => otherwise,
                    other => return Err(Stop::kind("bool", &other)),
                };
                let (value, why) = self.explained(branch)?;
                parts.push(why);
                value
            }
            Shape::Call { name, on: None, args } => {
                let mut values = Vec::new();
                for arg in args {
                    let (value, why) = self.explained(arg)?;
                    values.push(value.by_day());
                    parts.push(why);
                }
                functions::call(self, name, &values)?
            }
            _ => self.value(node)?,
        };
        parts.retain(|part| part.text != part.value);
        let why = Why { text: node.to_string(), value: value.to_string(), parts };
        Ok((value, why))
    }

    pub(super) fn value(&mut self, node: &Node) -> Got {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| Stop::new("计算量过大", "the expression takes too many steps"))?;
        match &node.shape {
            Shape::Literal(literal) => Ok(match literal {
                Literal::Null => Value::Null,
                Literal::Bool(is) => Value::Bool(*is),
                Literal::Int(number) => Value::Int(*number),
                Literal::Text(text) => Value::Text(text.clone()),
            }),
            Shape::Name(name) => self.name(name),
            Shape::Field { of, name } => {
                let path = node.to_string();
                self.field(of, name)?.ok_or_else(|| Stop::missing(&path))
            }
            Shape::Has { of, name } => {
                self.field(of, name).map(|found| Value::Bool(found.is_some()))
            }
            Shape::Index { of, at } => match (self.value(of)?, self.value(at)?) {
                (Value::List(list), Value::Int(index)) => usize::try_from(index)
                    .ok()
                    .and_then(|index| list.get(index).cloned())
                    .ok_or_else(|| Stop::missing(&node.to_string())),
                (other, _) => Err(Stop::kind("list", &other)),
            },
            Shape::List(items) => {
                items.iter().map(|item| self.value(item)).collect::<Result<_, _>>().map(Value::List)
            }
            Shape::Minus(inner) => match self.value(inner)? {
                Value::Int(n) => n.checked_neg().map(Value::Int).ok_or_else(Stop::overflow),
                Value::Money(Fen(n)) => {
                    n.checked_neg().map(|n| Value::Money(Fen(n))).ok_or_else(Stop::overflow)
                }
                Value::Length { months, days } => Ok(Value::Length {
                    months: months.saturating_neg(),
                    days: days.saturating_neg(),
                }),
                other => Err(Stop::kind("int", &other)),
            },
            Shape::Call { name, on: Some(on), args } => self.method(name, on, args),
            Shape::Each { kind, list, name, body } => self.each(*kind, list, name, body),
            Shape::Binary { .. } | Shape::Not(_) | Shape::Choice { .. } | Shape::Call { .. } => {
                self.explained(node).map(|(value, _)| value)
            }
        }
    }

    fn name(&mut self, name: &str) -> Got {
        if let Some((_, value)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return Ok(value.clone());
        }
        let scope = self.scope;
        let found = match name {
            "today" => Some(Value::Date(scope.today)),
            "form" => Some(Value::Map(scope.form.clone())),
            "applicant" => Some(Value::Map(scope.applicant.clone())),
            "case" => Some(Value::Map(scope.case.clone())),
            "award" => Some(Value::Map(scope.award.clone())),
            "signer" => Some(Value::Map(scope.signer.clone())),
            "round" => scope.round.map(Value::Int),
            "item" => scope.item.clone(),
            "parent" => scope.parent.clone(),
            "row" => scope.row.clone(),
            "rows" => scope.rows.clone().map(Value::List),
            _ => scope.facts.get(name).cloned(),
        };
        if let Some(value) = found {
            return Ok(value);
        }
        let Some(named) = scope.lets.get(name) else { return Err(Stop::missing(name)) };
        // A `let` may use another, but not for ever.
        if self.lets >= 8 {
            return Err(Stop::new(
                format!("{name} 循环引用"),
                format!("{name} is defined by itself"),
            ));
        }
        self.lets += 1;
        let value = self.value(named.node());
        self.lets -= 1;
        value
    }

    /// A field, or none when it is not there.
    fn field(&mut self, of: &Node, name: &str) -> Result<Option<Value>, Stop> {
        let scope = self.scope;
        let present = |value: Option<&Value>| value.filter(|value| **value != Value::Null).cloned();
        match &of.shape {
            // Straight to the field: the whole form need not be copied.
            Shape::Name(root) if !self.bound.iter().any(|(bound, _)| bound == root) => {
                match root.as_str() {
                    "form" => return Ok(present(scope.form.get(name))),
                    "applicant" => return Ok(present(scope.applicant.get(name))),
                    "case" => return Ok(present(scope.case.get(name))),
                    "award" => return Ok(present(scope.award.get(name))),
                    "signer" => return Ok(present(scope.signer.get(name))),
                    _ => {}
                }
            }
            Shape::Field { of: root, name: step }
                if root.shape == Shape::Name("step".to_owned()) =>
            {
                return Ok(present(scope.steps.get(step).and_then(|facts| facts.values.get(name))));
            }
            _ => {}
        }
        match self.value(of)? {
            Value::Map(map) => Ok(present(map.get(name))),
            Value::Text(unit) => Ok(scope.units.fact(&unit, name)),
            other => Err(Stop::kind("record", &other)),
        }
    }

    fn each(&mut self, kind: Each, list: &Node, name: &str, body: &Node) -> Got {
        let Value::List(items) = self.value(list)? else {
            return Err(Stop::new("应为列表", "expected a list"));
        };
        let mut out = Vec::new();
        for item in items {
            let value = self.bound_value(name, item.clone(), body)?;
            match (kind, value) {
                (Each::Map, value) => out.push(value),
                (Each::All, Value::Bool(false)) => return Ok(Value::Bool(false)),
                (Each::Exists, Value::Bool(true)) => return Ok(Value::Bool(true)),
                (Each::Filter, Value::Bool(true)) => out.push(item),
                (_, Value::Bool(_)) => {}
                (_, other) => return Err(Stop::kind("bool", &other)),
            }
        }
        Ok(match kind {
            Each::All => Value::Bool(true),
            Each::Exists => Value::Bool(false),
            Each::Map | Each::Filter => Value::List(out),
        })
    }

    fn bound_value(&mut self, name: &str, value: Value, body: &Node) -> Got {
        self.bound.push((name.to_owned(), value));
        let got = self.value(body);
        self.bound.pop();
        got
    }

    /// `list.by(row.class)`: `[{key, rows}]`, in the order in which the keys come.
    fn grouped(&mut self, list: Vec<Value>, body: &Node) -> Got {
        let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
        for one in list {
            let key = self.bound_value("row", one.clone(), body)?;
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(one),
                None => groups.push((key, vec![one])),
            }
        }
        let group = |(key, rows): (Value, Vec<Value>)| {
            let fields = [("key".to_owned(), key), ("rows".to_owned(), Value::List(rows))];
            Value::Map(fields.into_iter().collect())
        };
        Ok(Value::List(groups.into_iter().map(group).collect()))
    }

    fn method(&mut self, name: &str, on: &Node, args: &[Node]) -> Got {
        if name == "count" && on.shape == Shape::Name("history".to_owned()) {
            let values: Vec<_> =
                args.iter().map(|arg| self.value(arg)).collect::<Result<_, _>>()?;
            return functions::count(&self.scope.history, &values);
        }
        let target = self.value(on)?;
        if let ("count", Value::Map(person)) = (name, &target) {
            // Facts are gathered for the person that is looked at; another person's are not here.
            if *person != self.scope.applicant {
                return Err(Stop::missing("count()"));
            }
            let values: Vec<_> =
                args.iter().map(|arg| self.value(arg)).collect::<Result<_, _>>()?;
            return functions::count(&self.scope.history, &values);
        }
        match (name, target, args) {
            ("size", value, []) => functions::size(&value),
            ("distinct", Value::List(list), []) => {
                let mut seen: Vec<Value> = Vec::new();
                for one in list {
                    if !seen.contains(&one) {
                        seen.push(one);
                    }
                }
                Ok(Value::List(seen))
            }
            ("picked", Value::List(list), []) => {
                let is_in = |row: &Value| match row {
                    Value::Map(map) => map.get("state") == Some(&Value::text("in")),
                    _ => false,
                };
                Ok(Value::List(list.into_iter().filter(is_in).collect()))
            }
            ("where", Value::List(list), [body]) => {
                let mut kept = Vec::new();
                for one in list {
                    match self.bound_value("row", one.clone(), body)? {
                        Value::Bool(true) => kept.push(one),
                        Value::Bool(false) => {}
                        other => return Err(Stop::kind("bool", &other)),
                    }
                }
                Ok(Value::List(kept))
            }
            // Of a thread: how one of its steps ended; one that was not reached has said nothing.
            ("verdict", Value::Map(thread), [step]) => {
                let Value::Text(step) = self.value(step)? else { return Ok(Value::text("")) };
                let verdict = match thread.get("verdicts") {
                    Some(Value::Map(verdicts)) => verdicts.get(&step).cloned(),
                    _ => None,
                };
                Ok(verdict.unwrap_or_else(|| Value::text("")))
            }
            ("by", Value::List(list), [body]) => self.grouped(list, body),
            _ => Err(Stop::missing(&format!("{name}()"))),
        }
    }
}
