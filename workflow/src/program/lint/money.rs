//! Do the shares of the pay steps make the whole, and has each amount a ceiling?

use std::collections::BTreeMap;

use super::uses::collect;
use crate::program::{
    entry::{Block, Step},
    expression::{Binary, Each, Expr, Literal, Node, Shape, types::Names},
    field::Field,
    finding::Finding,
    model::{Portion, Program},
    step_words::StepKind,
    tables::Tables,
};

pub(super) fn lint(program: &Program, names: &Names, tables: &Tables, found: &mut Vec<Finding>) {
    recomputed(program, found);
    ceilings(program, found);
    in_parts(program, names, tables, found);
    // By payee: what its steps pay in all, as a fraction, and the last of them.
    let mut paid: BTreeMap<&str, ((u64, u64), &Step)> = BTreeMap::new();
    for (step, around) in program.steps_and_blocks() {
        if step.kind != StepKind::Pay || step.share.is_none() {
            continue;
        }
        // What depends on a condition, or has no end, cannot be summed.
        let Some((part, whole)) = fraction(step, &around) else { return };
        let to = step.to.as_ref().map_or("", |to| to.source());
        let ((sum, of), last) = paid.entry(to).or_insert(((0, 1), step));
        (*sum, *of, *last) = (*sum * whole + part * *of, *of * whole, step);
    }
    for ((sum, whole), step) in paid.into_values() {
        if sum != whole {
            let zh = format!("各支付环节的份额合计为 {sum}/{whole}，不等于全部");
            let en = format!("the shares of the pay steps make {sum}/{whole}, not the whole");
            found.push(Finding::warning(step.id.at, "shares", zh, en));
        }
    }
}

/// What somebody types is no measure of what is paid: an amount that reads it is held below what
/// stands in a table, by `min`.
fn ceilings(program: &Program, found: &mut Vec<Finding>) {
    let own = program.award.iter().flat_map(|award| &award.lines);
    let rows = program.rows.iter().filter_map(|rows| rows.award.as_ref());
    for line in own.chain(rows.flat_map(|award| &award.lines)) {
        if open_ended(line.amount.node(), &program.lets, super::LETS) {
            let zh = format!("“{}”的金额取自填报数，须用 min 限定在标准表之内", line.id);
            let en = format!(
                "the amount of `{}` is as large as what is typed: expected `min(…, table(…))`",
                line.id
            );
            found.push(Finding::error(line.amount.at, "no-ceiling", zh, en));
        }
    }
}

/// Whether a value grows with what somebody types, without an end.
fn open_ended(node: &Node, lets: &BTreeMap<String, Expr>, left: u32) -> bool {
    let open = |node: &Node| open_ended(node, lets, left);
    match &node.shape {
        Shape::Name(name) => {
            let named = lets.get(name.as_str()).filter(|_| left > 0);
            named.is_some_and(|named| open_ended(named.node(), lets, left - 1))
        }
        // A field of the form, of a line, of a step or of an entry of a list.
        Shape::Field { .. } => true,
        Shape::Index { of, .. } | Shape::Minus(of) => open(of),
        Shape::List(all) => all.iter().any(open),
        Shape::Binary { op: Binary::Plus | Binary::Minus | Binary::Times, left, right } => {
            open(left) || open(right)
        }
        // What is divided does not grow by what it is divided by.
        Shape::Binary { op: Binary::By | Binary::Rest, left, .. } => open(left),
        Shape::Choice { then, otherwise, .. } => open(then) || open(otherwise),
        Shape::Call { name, on, args } => match name.as_str() {
            "min" => args.iter().all(open),
            "max" | "sum" => on.iter().any(|on| open(on)) || args.iter().any(open),
            // How many parts there are is the field's own check.
            "part" => args.first().is_some_and(open),
            "yuan" | "days_between" | "working_days" | "at_least" | "percent_of" => {
                args.iter().any(open)
            }
            _ => false,
        },
        Shape::Each { kind: Each::Map, body, .. } => open(body),
        Shape::Each { kind: Each::Filter, list, .. } => open(list),
        // What is typed in the program itself, and what is no amount.
        Shape::Literal(_)
        | Shape::Has { .. }
        | Shape::Not(_)
        | Shape::Binary { .. }
        | Shape::Each { .. } => false,
    }
}

/// An award that hangs on what steps say is cut anew when they have said it, and then nobody
/// opens what is kept private.
fn recomputed(program: &Program, found: &mut Vec<Finding>) {
    let lines = program.award.iter().flat_map(|award| &award.lines);
    let rules = || lines.clone().flat_map(|line| line.when.iter().chain([&line.amount]));
    if !rules().any(|rule| rule.reads_steps(&program.lets)) {
        return;
    }
    for rule in rules() {
        for id in rule.form_fields(&program.lets) {
            if program.field(id).is_some_and(Field::is_private) {
                let zh = format!("{rule}：按环节核定结果重算的金额不能用保密字段“{id}”");
                let en = format!(
                    "{rule}: an amount that hangs on a step is computed again after it, and the \
                     field `{id}` is private"
                );
                found.push(Finding::error(rule.at, "private-amount", zh, en));
            }
        }
    }
}

/// What a line of a list has been paid is known as a whole alone.
fn in_parts(program: &Program, names: &Names, tables: &Tables, found: &mut Vec<Finding>) {
    let awards = program.rows.as_ref().is_some_and(|rows| rows.award.is_some());
    if !awards || program.steps().iter().all(|step| step.share.is_none()) {
        return;
    }
    for one in
        collect(program, names, tables).iter().filter(|one| one.expr.source().contains(".paid"))
    {
        let zh = format!("{}：分次支付的名册不能读 row.paid，它只有整笔的数", one.expr);
        let en = format!(
            "{}: `row.paid` is what a line was paid as a whole; a list that is paid in shares \
             cannot ask it",
            one.expr
        );
        found.push(Finding::error(one.expr.at, "paid-in-parts", zh, en));
    }
}

/// What a step pays in all its rounds.
fn fraction(step: &Step, around: &[&Block]) -> Option<(u64, u64)> {
    let repeats = around.iter().filter_map(|block| block.repeat.as_ref()).chain(&step.repeat);
    let mut rounds: u64 = 1;
    for repeat in repeats {
        rounds = rounds.checked_mul(repeat.at_most?.into())?;
    }
    let (part, whole) = match step.share.as_ref()? {
        Portion::Part { of } => (1, u64::from(*of)),
        Portion::Percent(percent) => match &percent.node().shape {
            Shape::Literal(Literal::Int(n)) => (u64::try_from(*n).ok()?, 100),
            _ => return None,
        },
    };
    Some((part.checked_mul(rounds)?, whole))
}

#[cfg(test)]
mod tests {
    use crate::program::{Programs, load};

    #[test]
    fn a_list_that_is_paid_in_shares_does_not_ask_what_a_line_was_paid() {
        let shipped = include_str!("../../../programs/nine-plus-three.yaml");
        let said = |share: &str| -> Vec<&'static str> {
            let source = shipped.replacen("per: line, due", &format!("per: line, {share}due"), 1);
            let program = load::program("list.yaml", &source).unwrap();
            let found = Programs::shipped().unwrap().lint("list.yaml", Some(&source), &program);
            found.iter().map(|finding| finding.code).collect()
        };
        assert_eq!(said(""), [""; 0]);
        assert_eq!(said("share: 50, "), ["paid-in-parts", "shares"]);
    }
}
