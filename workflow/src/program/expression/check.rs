//! The static checker: CEL has none, and without it a slip of the pen is silently false.

use super::{
    fault::{Fault, arity, fault, mismatch, unknown},
    node::{Binary, Each, Literal, Node, Shape},
    signature::{self, Kind, METHODS, Takes},
    types::{Names, Type, unit_field},
};
use crate::program::tables::Tables;

/// The verdicts that a step may end with.
pub(crate) const VERDICTS: [&str; 8] =
    ["approved", "less", "refused", "returned", "done", "missed", "skipped", "merged"];

/// The type of an expression, or what is wrong with it.
pub(crate) fn check(node: &Node, names: &Names, tables: &Tables) -> Result<Type, Fault> {
    Checker { names, tables }.of(node)
}

struct Checker<'a> {
    names: &'a Names,
    tables: &'a Tables,
}

impl Checker<'_> {
    fn of(&self, node: &Node) -> Result<Type, Fault> {
        match &node.shape {
            Shape::Literal(Literal::Bool(_)) => Ok(Type::Bool),
            Shape::Literal(Literal::Int(_)) => Ok(Type::Int),
            Shape::Literal(Literal::Text(_)) => Ok(Type::Text),
            Shape::Literal(Literal::Null) => {
                let zh = "不使用 null，请用 has()".to_owned();
                Err(fault(node, "type", zh, "null is not known: expected has(…)".to_owned()))
            }
            Shape::Name(name) => self.names.types.get(name).cloned().ok_or_else(|| {
                let known: Vec<_> = self.names.types.keys().map(String::as_str).collect();
                unknown(node, "unknown-name", ["名称", "name"], name, &known)
            }),
            Shape::Field { of, name } => self.field(node, of, name),
            Shape::Has { of, name } => self.field(node, of, name).map(|_| Type::Bool),
            Shape::Index { of, at } => {
                self.expect(at, &Type::Int)?;
                match self.of(of)? {
                    Type::List(item) => Ok(*item),
                    Type::Any => Ok(Type::Any),
                    other => Err(mismatch(of, "list", &other)),
                }
            }
            Shape::List(items) => self.same(items).map(|item| Type::List(Box::new(item))),
            Shape::Not(inner) => self.expect(inner, &Type::Bool),
            Shape::Minus(inner) => match self.of(inner)? {
                kind @ (Type::Int | Type::Money | Type::Days | Type::Any) => Ok(kind),
                other => Err(mismatch(inner, "int, money or days", &other)),
            },
            Shape::Binary { op, left, right } => self.binary(node, *op, left, right),
            Shape::Choice { when, then, otherwise } => {
                self.expect(when, &Type::Bool)?;
                let (one, other) = (self.of(then)?, self.of(otherwise)?);
                match one.meets(&other) {
                    false => Err(mismatch(otherwise, &one.to_string(), &other)),
                    true if one == Type::Any => Ok(other),
                    true if matches!(one, Type::Choice(_)) => Ok(Type::Text),
                    true => Ok(one),
                }
            }
            Shape::Call { name, on: None, args } => self.call(node, name, args),
            Shape::Call { name, on: Some(on), args } => self.method(node, name, on, args),
            Shape::Each { kind, list, name, body } => self.each(*kind, list, name, body),
        }
    }

    fn expect(&self, node: &Node, expected: &Type) -> Result<Type, Fault> {
        let found = self.of(node)?;
        if found.meets(expected) {
            Ok(expected.clone())
        } else {
            Err(mismatch(node, &expected.to_string(), &found))
        }
    }

    /// All of one type, which is given.
    fn same(&self, nodes: &[Node]) -> Result<Type, Fault> {
        let mut all = Type::Any;
        for node in nodes {
            let kind = self.of(node)?;
            if !kind.meets(&all) {
                return Err(mismatch(node, &all.to_string(), &kind));
            }
            if all == Type::Any {
                all = kind;
            }
        }
        Ok(all)
    }

    fn field(&self, node: &Node, of: &Node, name: &str) -> Result<Type, Fault> {
        match self.of(of)? {
            Type::Any => Ok(Type::Any),
            Type::Unit => unit_field(name).ok_or_else(|| {
                unknown(node, "unknown-field", ["单位属性", "field of a unit"], name, &[])
            }),
            Type::Record(record) => match record.fields.get(name) {
                Some(kind) => Ok(kind.clone()),
                None if record.open => Ok(Type::Any),
                None => {
                    let known: Vec<_> = record.fields.keys().map(String::as_str).collect();
                    let en = format!("field of {}", record.name);
                    Err(unknown(node, "unknown-field", ["字段", &en], name, &known))
                }
            },
            other => Err(mismatch(of, "a record", &other)),
        }
    }

    fn binary(&self, node: &Node, op: Binary, left: &Node, right: &Node) -> Result<Type, Fault> {
        let (a, b) = (self.of(left)?, self.of(right)?);
        let found = match op {
            Binary::And | Binary::Or => {
                self.expect(left, &Type::Bool)?;
                Some(self.expect(right, &Type::Bool)?)
            }
            Binary::Equal | Binary::Unequal if a.meets(&b) => {
                known_value(left, &a, right)?;
                known_value(right, &b, left)?;
                Some(Type::Bool)
            }
            Binary::In => {
                let listed =
                    if let Shape::List(items) = &right.shape { items.as_slice() } else { &[] };
                for one in listed {
                    known_value(left, &a, one)?;
                }
                let fits = match &b {
                    Type::Any => true,
                    Type::List(item) => a.meets(item) || a == Type::Unit,
                    _ => false,
                };
                fits.then_some(Type::Bool)
            }
            _ => computed(op, &a, &b),
        };
        found.ok_or_else(|| {
            let sign = op.sign();
            let zh = format!("不能计算 {a} {sign} {b}");
            let mut en = format!("{a} {sign} {b} is not possible");
            if matches!((&a, &b), (Type::Money, Type::Int) | (Type::Int, Type::Money)) {
                en.push_str(": money is compared with and added to money, yuan(n)");
            }
            fault(node, "type", zh, en)
        })
    }

    /// `min`, `max`, `sum` and `size`, which take several types.
    fn aggregate(&self, node: &Node, name: &str, args: &[Node]) -> Result<Type, Fault> {
        use Type::{Any, Date, Int, List, Money, Text};
        if let ("min" | "max", [_, _, ..]) = (name, args) {
            return match self.same(args)? {
                kind @ (Int | Money | Date | Any) => Ok(kind),
                other => Err(mismatch(node, "int, money or date", &other)),
            };
        }
        let [only] = args else { return Err(arity(node, name, "1")) };
        match (name, self.of(only)?) {
            ("size", List(_) | Text | Any) => Ok(Int),
            ("sum", List(item)) if matches!(*item, Int | Money | Any) => Ok(*item),
            ("min" | "max", List(item)) if matches!(*item, Int | Money | Date | Any) => Ok(*item),
            (_, other) => Err(mismatch(only, "list", &other)),
        }
    }

    fn call(&self, node: &Node, name: &str, args: &[Node]) -> Result<Type, Fault> {
        if ["min", "max", "sum", "size"].contains(&name) {
            return self.aggregate(node, name, args);
        }
        let known = signature::of(name);
        let Some(first) = known.first() else {
            return Err(unknown(
                node,
                "unknown-function",
                ["函数", "function"],
                name,
                &signature::names(),
            ));
        };
        let fits = |one: &&&signature::Signature| match one.takes {
            Takes::Just(kinds) => kinds.len() == args.len(),
            Takes::Between(kinds, _) => args.len() > kinds.len(),
        };
        let Some(signature) = known.iter().find(fits) else {
            let wants = match first.takes {
                Takes::Just(kinds) => kinds.len().to_string(),
                Takes::Between(kinds, _) => format!(">= {}", kinds.len() + 1),
            };
            return Err(arity(node, name, &wants));
        };
        let (kinds, last) = match signature.takes {
            Takes::Just(kinds) => (kinds, None),
            Takes::Between(kinds, last) => (kinds, Some(last)),
        };
        for (kind, arg) in kinds.iter().zip(args) {
            self.argument(name, *kind, arg)?;
        }
        for arg in args.iter().skip(kinds.len()) {
            self.of(arg)?;
        }
        if let (Some(kind), Some(arg)) = (last, args.last()) {
            self.argument(name, kind, arg)?;
        }
        if ["table", "in_table"].contains(&name) {
            let gives = self.table(node, args)?;
            return Ok(if name == "table" { gives } else { Type::Bool });
        }
        if let ("rounds", [step]) = (name, args) {
            return Ok(self.rounds(step));
        }
        Ok(signature.gives.as_type())
    }

    /// `rounds("step")`: a list of what the step's form says.
    fn rounds(&self, step: &Node) -> Type {
        let said = match (self.names.types.get("step"), &step.shape) {
            (Some(Type::Record(steps)), Shape::Literal(Literal::Text(id))) => steps.fields.get(id),
            _ => None,
        };
        Type::List(Box::new(said.cloned().unwrap_or(Type::Any)))
    }

    fn argument(&self, name: &str, kind: Kind, arg: &Node) -> Result<(), Fault> {
        let found = self.of(arg)?;
        if !found.meets(&kind.as_type()) {
            return Err(mismatch(arg, &kind.as_type().to_string(), &found));
        }
        if !matches!(kind, Kind::StepName | Kind::BlockName | Kind::Literal) {
            return Ok(());
        }
        let Shape::Literal(Literal::Text(text)) = &arg.shape else {
            let zh = format!("{name}() 的第一个参数应为引号中的名称");
            return Err(fault(arg, "literal", zh, format!("{name}() takes a name in quotes")));
        };
        let is_step = self.names.steps.contains(text);
        let is_block = kind == Kind::BlockName && self.names.blocks.contains(text);
        if kind == Kind::Literal || is_step || is_block {
            return Ok(());
        }
        let known: Vec<_> = self.names.steps.iter().map(String::as_str).collect();
        Err(unknown(arg, "unknown-step", ["环节", "step"], text, &known))
    }

    /// `table("name", key…, DATE)`
    fn table(&self, node: &Node, args: &[Node]) -> Result<Type, Fault> {
        super::tabled::check(node, args, self.tables, &|arg| self.of(arg))
    }

    fn method(&self, node: &Node, name: &str, on: &Node, args: &[Node]) -> Result<Type, Fault> {
        let target = self.of(on)?;
        let is_past = match &target {
            Type::History => true,
            Type::Record(record) => record.name == "person",
            _ => false,
        };
        match (name, &target, args) {
            ("count", _, [program, outcome, year]) if is_past => {
                self.argument("count", Kind::Text, program)?;
                self.argument("count", Kind::Text, outcome)?;
                self.expect(year, &Type::Int)
            }
            ("size", Type::List(_) | Type::Text | Type::Any, []) => Ok(Type::Int),
            ("distinct" | "picked", Type::List(_) | Type::Any, []) => Ok(target),
            ("where", Type::List(item), [body]) => {
                let inner = self.names.with("row", (**item).clone());
                let inner = Checker { names: &inner, tables: self.tables };
                inner.expect(body, &Type::Bool)?;
                Ok(target)
            }
            ("by", Type::List(item), [body]) => {
                let inner = self.names.with("row", (**item).clone());
                let key = Checker { names: &inner, tables: self.tables }.of(body)?;
                let group = [("key", key), ("rows", target.clone())];
                Ok(Type::List(Box::new(Type::record("group", false, &group))))
            }
            ("verdict", Type::Any, [step]) => {
                self.argument("verdict", Kind::StepName, step)?;
                Ok(Type::Text)
            }
            (known, Type::Any, _) if METHODS.contains(&known) => Ok(Type::Any),
            (known, _, _) if METHODS.contains(&known) => {
                let zh = format!("{target} 没有这样的 {name}()");
                let en = format!("{target} has no {name}() with {} arguments", args.len());
                Err(fault(node, "unknown-function", zh, en))
            }
            _ => Err(unknown(node, "unknown-function", ["方法", "method"], name, &METHODS)),
        }
    }

    fn each(&self, kind: Each, list: &Node, name: &str, body: &Node) -> Result<Type, Fault> {
        let item = match self.of(list)? {
            Type::List(item) => *item,
            Type::Any => Type::Any,
            other => return Err(mismatch(list, "list", &other)),
        };
        let names = self.names.with(name, item.clone());
        let inner = Checker { names: &names, tables: self.tables };
        Ok(match kind {
            Each::All | Each::Exists => inner.expect(body, &Type::Bool)?,
            Each::Filter => {
                inner.expect(body, &Type::Bool)?;
                Type::List(Box::new(item))
            }
            Each::Map => Type::List(Box::new(inner.of(body)?)),
        })
    }
}

/// The type of what an operator computes or compares; none where it cannot.
fn computed(op: Binary, a: &Type, b: &Type) -> Option<Type> {
    use Type::{Any, Bool, Date, Days, Int, List, Money};
    if let Binary::Less | Binary::AtMost | Binary::More | Binary::AtLeast = op {
        let both = |kind: &Type| a.meets(kind) && b.meets(kind);
        return [Int, Money, Date].iter().any(both).then_some(Bool);
    }
    match (op, a, b) {
        (Binary::Plus | Binary::Minus, Int | Money | Days, _) if a == b => Some(a.clone()),
        (Binary::Times | Binary::By | Binary::Rest, Int, Int) => Some(Int),
        (Binary::Plus | Binary::Minus, Date | Any, Days) => Some(Date),
        (Binary::Plus, List(_), List(_)) if a.meets(b) => Some(a.clone()),
        (Binary::Times, Money, Int) | (Binary::Times, Int, Money) => Some(Money),
        (Binary::Plus | Binary::Minus | Binary::Times, Any, Int | Money | Any)
        | (Binary::Plus | Binary::Minus | Binary::Times, Int | Money, Any)
        | (Binary::By | Binary::Rest, Any, Int | Any)
        | (Binary::By | Binary::Rest, Int, Any) => Some(Any),
        _ => None,
    }
}

/// A text in quotes that is compared with a choice must be one of its options.
fn known_value(node: &Node, kind: &Type, other: &Node) -> Result<(), Fault> {
    let Shape::Literal(Literal::Text(text)) = &other.shape else { return Ok(()) };
    let verdicts = VERDICTS.map(str::to_owned);
    let known: &[String] = match (kind, &node.shape) {
        (Type::Choice(options), _) => options,
        (_, Shape::Call { name, .. }) if name == "verdict" => &verdicts,
        _ => return Ok(()),
    };
    if known.contains(text) {
        return Ok(());
    }
    let zh = format!("“{text}”不在可选值之内：{}", known.join("、"));
    let en = format!("`{text}` never comes: expected one of {}", known.join(", "));
    Err(fault(other, "unknown-value", zh, en))
}
