//! What the operators of the language do.

use entities::Fen;

use super::{
    evaluate::{Got, Stop},
    node::Binary,
    value::{Value, moved},
};

pub(super) fn negated(value: Value) -> Got {
    match value {
        Value::Bool(is) => Ok(Value::Bool(!is)),
        roster @ Value::NotLoaded(_) => Ok(roster),
        other => Err(Stop::kind("bool", &other)),
    }
}

/// `&&` and `||` of three values: what is not loaded stays open unless the other side decides.
pub(super) fn logic(op: Binary, a: Value, b: Value) -> Got {
    let decides = Value::Bool(op == Binary::Or);
    match (a, b) {
        (Value::Bool(_) | Value::NotLoaded(_), b) if b == decides => Ok(b),
        (roster @ Value::NotLoaded(_), Value::Bool(_) | Value::NotLoaded(_))
        | (Value::Bool(_), roster @ Value::NotLoaded(_)) => Ok(roster),
        (Value::Bool(_), Value::Bool(b)) => Ok(Value::Bool(b)),
        (Value::Bool(_) | Value::NotLoaded(_), other) | (other, _) => {
            Err(Stop::kind("bool", &other))
        }
    }
}

pub(super) fn binary(op: Binary, a: Value, b: Value) -> Got {
    use Value::{Bool, Date, Int, Length, List, Money};
    let int = |found: Option<i64>| found.map(Int).ok_or_else(Stop::overflow);
    let money = |found: Option<i64>| found.map(|n| Money(Fen(n))).ok_or_else(Stop::overflow);
    match (op, a, b) {
        (Binary::Equal | Binary::Unequal, a, b) => {
            if std::mem::discriminant(&a) != std::mem::discriminant(&b) {
                return Err(Stop::kind(a.kind(), &b));
            }
            Ok(Bool((a == b) == (op == Binary::Equal)))
        }
        (Binary::In, a, List(list)) => Ok(Bool(list.contains(&a))),
        (Binary::Less | Binary::AtMost | Binary::More | Binary::AtLeast, a, b) => {
            compared(op, &a, &b).map(Bool)
        }
        (Binary::Plus, Int(a), Int(b)) => int(a.checked_add(b)),
        (Binary::Minus, Int(a), Int(b)) => int(a.checked_sub(b)),
        (Binary::Times, Int(a), Int(b)) => int(a.checked_mul(b)),
        (Binary::By, Int(a), Int(b)) => int(a.checked_div(b)),
        (Binary::Rest, Int(a), Int(b)) => int(a.checked_rem(b)),
        (Binary::Plus, Money(Fen(a)), Money(Fen(b))) => money(a.checked_add(b)),
        (Binary::Minus, Money(Fen(a)), Money(Fen(b))) => money(a.checked_sub(b)),
        (Binary::Times, Money(Fen(a)), Int(b)) | (Binary::Times, Int(a), Money(Fen(b))) => {
            money(a.checked_mul(b))
        }
        (Binary::Plus, List(mut a), List(b)) => {
            a.extend(b);
            Ok(List(a))
        }
        (Binary::Plus, Length { months: m, days: d }, Length { months, days }) => {
            Ok(Length { months: m.saturating_add(months), days: d.saturating_add(days) })
        }
        (Binary::Minus, Length { months: m, days: d }, Length { months, days }) => {
            Ok(Length { months: m.saturating_sub(months), days: d.saturating_sub(days) })
        }
        (Binary::Plus, Date(day), Length { months, days }) => {
            moved(day, months, days).map(Date).ok_or_else(Stop::overflow)
        }
        (Binary::Minus, Date(day), Length { months, days }) => {
            moved(day, months.saturating_neg(), days.saturating_neg())
                .map(Date)
                .ok_or_else(Stop::overflow)
        }
        (_, a, b) => Err(Stop::kind(a.kind(), &b)),
    }
}

fn compared(op: Binary, a: &Value, b: &Value) -> Result<bool, Stop> {
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Money(a), Value::Money(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        _ => return Err(Stop::kind(a.kind(), b)),
    };
    Ok(match op {
        Binary::Less => order.is_lt(),
        Binary::AtMost => order.is_le(),
        Binary::More => order.is_gt(),
        _ => order.is_ge(),
    })
}
