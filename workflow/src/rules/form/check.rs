//! What a rule that does not hold asks of the person: a day that has come, an amount above zero.

use crate::program::{
    Expr, Field,
    expression::{Binary, Node, Scope, Shape, Truth, Value},
};

/// The code and the detail for `rule`, which is not true of the field that rules call `path`.
///
/// A reason of the program goes first; then simple comparisons of the field with a limit speak
/// for themselves; of several conditions the first that fails.
pub(super) fn broken(
    field: &Field,
    rule: &Expr,
    path: &str,
    scope: &Scope,
) -> (&'static str, String) {
    if let Some(reason) = &field.refuse {
        return ("refused_by_rule", reason.to_string());
    }
    let failing = first_failing(rule.node(), scope).unwrap_or(rule.node());
    said(failing, path, scope).unwrap_or_else(|| ("refused_by_rule", rule.source().to_owned()))
}

/// Of `a && b && c` the first that is false.
fn first_failing<'a>(node: &'a Node, scope: &Scope) -> Option<&'a Node> {
    if let Shape::Binary { op: Binary::And, left, right } = &node.shape {
        return first_failing(left, scope).or_else(|| first_failing(right, scope));
    }
    let part = Expr::parse(&node.to_string()).ok()?;
    (part.truth(scope) == Ok(Truth::No)).then_some(node)
}

/// A comparison of the field with a limit.
fn said(node: &Node, path: &str, scope: &Scope) -> Option<(&'static str, String)> {
    let Shape::Binary { op, left, right } = &node.shape else { return None };
    let (op, limit) = if left.to_string() == path {
        (*op, right)
    } else if right.to_string() == path {
        (turned(*op)?, left)
    } else {
        return None;
    };
    let today = limit.shape == Shape::Name("today".to_owned());
    let limit = Expr::parse(&limit.to_string()).ok()?.evaluate(scope).ok()?.value;
    let zero = matches!(&limit, Value::Int(0)) || limit == Value::Money(entities::Fen(0));
    let day = matches!(limit, Value::Date(_));
    let code = match op {
        Binary::AtMost if today => "in_future",
        Binary::More if zero => "not_above_zero",
        Binary::AtLeast if zero => "below_zero",
        Binary::AtMost if day => "too_late",
        Binary::AtLeast if day => "too_early",
        Binary::AtMost | Binary::AtLeast => "out_of_range",
        Binary::More => "not_above",
        Binary::Less => "not_below",
        _ => return None,
    };
    let limit = match limit {
        Value::Money(fen) => super::yuan(fen),
        Value::Int(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        _ => return None,
    };
    Some((
        code,
        match (op, code) {
            (Binary::AtMost, "out_of_range") => format!("..{limit}"),
            (_, "out_of_range") => format!("{limit}.."),
            _ => limit,
        },
    ))
}

/// The same comparison with its sides exchanged.
fn turned(op: Binary) -> Option<Binary> {
    Some(match op {
        Binary::Less => Binary::More,
        Binary::More => Binary::Less,
        Binary::AtMost => Binary::AtLeast,
        Binary::AtLeast => Binary::AtMost,
        _ => return None,
    })
}
