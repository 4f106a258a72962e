//! Expressions: quoted, well typed, and reading only what is certain to be there.

use std::collections::BTreeSet;

use super::uses::{Use, Wants, collect};
use crate::program::{
    entry::{Block, Step},
    expression::{Each, Expr, Literal, Node, Shape, Type, check::check, types::Names},
    field::FieldType,
    finding::Finding,
    model::{Program, Repeat},
    place::{By, Place},
    step_words::{AfterMissed, StepKind},
    tables::Tables,
    word::At,
};

pub(super) fn lint(
    source: Option<&str>,
    program: &Program,
    names: &Names,
    tables: &Tables,
    found: &mut Vec<Finding>,
) {
    let uses = collect(program, names, tables);
    let lines: Option<Vec<&str>> = source.map(|text| text.lines().collect());
    for one in &uses {
        if lines.as_ref().is_some_and(|lines| !is_quoted(lines, one)) {
            let zh = "表达式须加单引号".to_owned();
            found.push(Finding::error(
                one.expr.at,
                "unquoted",
                zh,
                "an expression is expected in single quotes".to_owned(),
            ));
        }
        if one.wants == Wants::Key {
            continue;
        }
        match check(one.expr.node(), &one.names, tables) {
            Ok(kind) => found.extend(unwanted(one, &kind)),
            Err(fault) => {
                let zh = format!("{}：{}", one.expr, fault.zh);
                found.push(Finding::error(
                    inside(one, fault.start),
                    fault.code,
                    zh,
                    format!("{}: {}", one.expr, fault.en),
                ));
            }
        }
        found.extend(too_early(program, one));
    }
    places(program, names, tables, found);
    unused_fields(program, &uses, found);
}

/// A name from `let` that says who acts, or who is paid, is a unit.
fn places(program: &Program, names: &Names, tables: &Tables, found: &mut Vec<Finding>) {
    let names = names.with_lets(program, tables);
    let mut look = |name: &str, at: At| {
        let kind = names.types.get(name).filter(|_| program.lets.contains_key(name));
        if let Some(kind) = kind.filter(|kind| !matches!(kind, Type::Unit | Type::Any)) {
            let zh = format!("“{name}”应为单位，实为 {kind}");
            let en = format!("`{name}`: expected a unit, found {kind}");
            found.push(Finding::error(at, "type", zh, en));
        }
    };
    for step in program.steps() {
        for role in step.by.iter().flat_map(By::roles) {
            if let Place::Named(name) = &role.place {
                look(name, role.at);
            }
        }
        if let Some(to) = &step.to {
            look(to.source(), to.at);
        }
    }
}

/// The place of a byte of an expression in the file; one more for the quote.
fn inside(one: &Use<'_>, start: usize) -> At {
    let column = one.expr.at.column + u64::try_from(start).unwrap_or(0) + 1;
    At { column, ..one.expr.at }
}

fn is_quoted(lines: &[&str], one: &Use<'_>) -> bool {
    let At { line, column } = one.expr.at;
    let Some(index) = usize::try_from(line).ok().and_then(|line| line.checked_sub(1)) else {
        return true; // it stands in no file
    };
    let column = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    let opens = lines.get(index).and_then(|line| line.chars().nth(column));
    let bare =
        one.bare && (one.expr.is_path() || one.expr.source().bytes().all(|b| b.is_ascii_digit()));
    bare || opens == Some('\'')
}

/// The expression is well typed, but not of the type that its place asks for.
fn unwanted(one: &Use<'_>, kind: &Type) -> Option<Finding> {
    let (wanted, fits) = match (one.wants, kind) {
        (Wants::Bool, _) => ("bool", *kind == Type::Bool),
        (Wants::Money, _) => ("money", *kind == Type::Money),
        (Wants::Date, _) => ("date", matches!(kind, Type::Date | Type::Any)),
        (Wants::Int, _) => ("int", matches!(kind, Type::Int | Type::Any)),
        (Wants::List, _) => ("list", matches!(kind, Type::List(_) | Type::Any)),
        (Wants::Any | Wants::Key, _) => return None,
    };
    let text = if *kind == Type::Any { " (its type is not declared)" } else { "" };
    (!fits).then(|| {
        let zh = format!("{}：应为 {wanted}，实为 {kind}", one.expr);
        Finding::error(
            one.expr.at,
            "type",
            zh,
            format!("{}: expected {wanted}, found {kind}{text}", one.expr),
        )
    })
}

/// Which steps an expression reads, and how.
#[derive(Default)]
struct Reads {
    /// `step.x.y`, `day("x")`: an error where the step was skipped.
    fields: BTreeSet<String>,
    /// Of these, `step.x.y` alone.
    fields_of_forms: BTreeSet<String>,
    /// `verdict("x")`: `skipped` where it was skipped.
    verdicts: BTreeSet<String>,
    /// `has(step.x.y)`, `done("x")`: never an error.
    guards: BTreeSet<String>,
}

fn all_reads(nodes: &[Node], into: &mut Reads) {
    for node in nodes {
        reads(node, into);
    }
}

fn reads(node: &Node, into: &mut Reads) {
    let step_of = |of: &Node| match &of.shape {
        Shape::Field { of, name } if of.shape == Shape::Name("step".to_owned()) => {
            Some(name.clone())
        }
        _ => None,
    };
    match &node.shape {
        Shape::Field { of, .. } => {
            into.fields.extend(step_of(of));
            into.fields_of_forms.extend(step_of(of));
            reads(of, into);
        }
        Shape::Has { of, .. } => match step_of(of) {
            Some(step) => into.guards.extend([step]),
            None => reads(of, into),
        },
        Shape::Call { name, on: None, args } => {
            if let Some(Shape::Literal(Literal::Text(step))) = args.first().map(|arg| &arg.shape) {
                match name.as_str() {
                    "day" => into.fields.extend([step.clone()]),
                    "verdict" => into.verdicts.extend([step.clone()]),
                    "done" => into.guards.extend([step.clone()]),
                    _ => {}
                }
            }
            all_reads(args, into);
        }
        Shape::Call { on: Some(on), args, .. } => {
            reads(on, into);
            all_reads(args, into);
        }
        Shape::Index { of: a, at: b } | Shape::Binary { left: a, right: b, .. } => {
            reads(a, into);
            reads(b, into);
        }
        Shape::Each {
            kind: Each::All | Each::Exists | Each::Map | Each::Filter,
            list,
            body,
            ..
        } => {
            reads(list, into);
            reads(body, into);
        }
        Shape::List(items) => all_reads(items, into),
        Shape::Not(inner) | Shape::Minus(inner) => reads(inner, into),
        Shape::Choice { when, then, otherwise } => {
            for part in [when, then, otherwise] {
                reads(part, into);
            }
        }
        Shape::Literal(_) | Shape::Name(_) => {}
    }
}

/// Reads a step that has not been, or that may have been skipped.
fn too_early(program: &Program, one: &Use<'_>) -> Vec<Finding> {
    let mut seen = Reads::default();
    reads(one.expr.node(), &mut seen);
    let steps = program.steps_and_blocks();
    let position = |id: &str| steps.iter().position(|(step, _)| step.id == *id);
    let here = one.on.and_then(|step| position(&step.id));
    let mut found = Vec::new();
    for id in seen.fields.union(&seen.verdicts) {
        let Some(there) = position(id) else { continue };
        let Some((step, around)) = steps.get(there) else { continue };
        // A `let` or an award is read when it is needed; on a block, its own steps have been.
        let in_own_round =
            around.iter().any(|block| one.around.iter().any(|mine| std::ptr::eq(*block, *mine)));
        let is_own = one.on.is_some_and(|own| own.id == **id);
        if here.is_some_and(|here| there >= here)
            && !(is_own && step.repeat.is_some())
            && !in_own_round
        {
            let zh = format!("{}：环节“{id}”尚未办理", one.expr);
            let en = format!("{}: reads the step `{id}`, which does not come before", one.expr);
            found.push(Finding::error(one.expr.at, "too-early", zh, en));
            continue;
        }
        if !seen.fields.contains(id) || seen.verdicts.contains(id) || seen.guards.contains(id) {
            continue;
        }
        let silent = !is_own && !in_own_round && may_be_silent(step, around);
        if silent && seen.fields_of_forms.contains(id) {
            let zh = format!("{}：环节“{id}”可能无人填报，请加 has()", one.expr);
            let en = format!(
                "{}: nobody may have filled in the step `{id}` (it may be missed, or have no round \
                 yet): expected has()",
                one.expr
            );
            found.push(Finding::error(one.expr.at, "may-be-silent", zh, en));
            continue;
        }
        if step.kind != StepKind::Open && !is_certain(one, step.when.as_ref(), around, &seen) {
            let zh = format!("{}：环节“{id}”可能被跳过，请加 has() 或条件", one.expr);
            let en =
                format!("{}: the step `{id}` may be skipped: expected a guard or has()", one.expr);
            found.push(Finding::error(one.expr.at, "may-be-skipped", zh, en));
        }
    }
    found
}

/// A step may be over without having said anything: it was missed or left undone, or its
/// rounds ended first.
fn may_be_silent(step: &Step, around: &[&Block]) -> bool {
    let by_calendar = |repeat: &Repeat| repeat.every.is_some() && repeat.until.is_some();
    let repeats = around.iter().filter_map(|block| block.repeat.as_ref()).chain(&step.repeat);
    step.optional
        || step.missed.as_ref().is_some_and(|missed| missed.then == AfterMissed::GoOn)
        || repeats.into_iter().any(by_calendar)
}

/// Every condition on the way to the step is asked where the expression is read: around it, or in
/// it, literally or by the verdicts that the condition is about.
fn is_certain(one: &Use<'_>, own: Option<&Expr>, around: &[&Block], seen: &Reads) -> bool {
    let mine = one.around.iter().filter_map(|block| block.when.as_ref());
    let mine: Vec<&str> =
        mine.chain(one.on.and_then(|step| step.when.as_ref())).map(Expr::source).collect();
    let mut conditions = around.iter().filter_map(|block| block.when.as_ref()).chain(own);
    conditions.all(|condition| {
        let mut asks = Reads::default();
        reads(condition.node(), &mut asks);
        let by_verdict = !asks.verdicts.is_empty() && asks.verdicts.is_subset(&seen.verdicts);
        mine.contains(&condition.source())
            || one.expr.source().contains(condition.source())
            || by_verdict
    })
}

/// Fields that no expression reads. Texts and papers are read by people.
fn unused_fields(program: &Program, uses: &[Use<'_>], found: &mut Vec<Finding>) {
    for field in &program.form {
        let path = format!("form.{}", field.id);
        let is_path_of = |source: &str| {
            source.match_indices(&path).any(|(start, _)| {
                let rest = source.get(start + path.len()..).unwrap_or_default();
                !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            })
        };
        let by_people =
            matches!(field.kind_of, FieldType::Text | FieldType::BankAccount | FieldType::List);
        let in_places = program.steps().iter().any(|step| {
            step.by.iter().flat_map(By::roles).any(|role| role.place.to_string() == path)
        });
        if !by_people
            && field.hint.is_none()
            && !in_places
            && !uses.iter().any(|one| is_path_of(one.expr.source()))
        {
            let en =
                format!("no rule reads the field `{}`, and no hint says what it is for", field.id);
            found.push(Finding::warning(
                field.id.at,
                "unused-field",
                format!("没有规则用到字段“{}”", field.id),
                en,
            ));
        }
    }
}
