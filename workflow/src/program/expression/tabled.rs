//! The static check of `table()` and `in_table()`: the table, its keys, the date, what it gives.

use super::{
    fault::{Fault, arity, fault, unknown},
    node::{Literal, Node, Shape},
    types::Type,
    value::Value,
};
use crate::program::tables::Tables;

/// What a table of that name gives for these arguments: name, keys, date.
pub(super) fn check(
    node: &Node,
    args: &[Node],
    tables: &Tables,
    of: &dyn Fn(&Node) -> Result<Type, Fault>,
) -> Result<Type, Fault> {
    let Some(Shape::Literal(Literal::Text(name))) = args.first().map(|arg| &arg.shape) else {
        return Ok(Type::Any);
    };
    let Some(sample) = tables.sample(name) else {
        let known: Vec<&str> = tables.names().collect();
        return Err(unknown(node, "unknown-table", ["标准表", "table"], name, &known));
    };
    let [_, keys @ .., date] = args else { return Err(arity(node, "table", ">= 2")) };
    match of(date)? {
        Type::Date | Type::Any => {}
        other => {
            let zh = format!("table() 的最后一个参数应为日期，实为 {other}");
            let en = format!("a table is read at a DATE: the last argument is {other}");
            return Err(fault(date, "undated-table", zh, en));
        }
    }
    if let Some(wanted) = tables.key_length(name).filter(|wanted| *wanted != keys.len()) {
        let zh = format!("表 {name} 需要 {wanted} 个键，给出 {} 个", keys.len());
        let en = format!("the table {name} has {wanted} keys before the date, not {}", keys.len());
        return Err(fault(node, "table-keys", zh, en));
    }
    for (place, key) in keys.iter().enumerate() {
        known_key(key, &of(key)?, (tables, name, place))?;
    }
    Ok(match sample {
        Value::Money(_) => Type::Money,
        Value::Int(_) => Type::Int,
        Value::Date(_) => Type::Date,
        Value::Text(_) => Type::Text,
        _ => Type::Any,
    })
}

/// A text in quotes, and every option of a choice, must stand in the table.
fn known_key(key: &Node, kind: &Type, at: (&Tables, &str, usize)) -> Result<(), Fault> {
    let (tables, table, place) = at;
    let Some(known) = tables.keys_at(table, place) else { return Ok(()) };
    let written: Vec<&str> = match (&key.shape, kind) {
        (Shape::Literal(Literal::Text(text)), _) => vec![text],
        (_, Type::Choice(options)) => options.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    match written.into_iter().find(|text| !known.contains(text)) {
        Some(text) => {
            let known: Vec<&str> = known.into_iter().collect();
            let what = [&format!("表 {table} 的键"), &*format!("key of the table {table}")];
            Err(unknown(key, "unknown-key", what, text, &known))
        }
        None => Ok(()),
    }
}
