//! What is wrong with a program although it could be read. An error keeps it from publication.

mod between;
mod expressions;
mod later;
mod length;
mod lists;
mod money;
mod names;
mod order;
mod rosters;
mod rounds;
mod steps;
mod uses;

use std::{collections::BTreeMap, sync::Arc};

use super::{
    expression::types::Names,
    finding::Finding,
    model::Program,
    repeats::Repeats,
    shared::{RungDoes, Shared},
    span::Span,
    tables::Tables,
    word::At,
};

/// Deepest chain of `let` names that is followed, as in an evaluation.
const LETS: u32 = 8;

/// What a program is held against.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    pub shared: &'a Shared,
    pub tables: &'a Tables,
    /// The newest versions of the programs that there are, by id.
    pub programs: &'a BTreeMap<String, Arc<Program>>,
}

/// Every rule, on one program. `source` is the text of its file; none for a stored program.
pub fn lint(
    file: &str,
    source: Option<&str>,
    program: &Program,
    against: &Against<'_>,
) -> Vec<Finding> {
    let names = Names::of(program);
    let mut found = Vec::new();
    names::lint(program, against, &mut found);
    between::lint(program, against, &mut found);
    steps::lint(program, &mut found);
    order::lint(program, &mut found);
    rosters::lint(program, &names, against, &mut found);
    rounds::lint(program, &names, against.tables, &mut found);
    later::lint(program, &mut found);
    lists::lint(program, against, &mut found);
    money::lint(program, &names, against.tables, &mut found);
    length::lint(program, against.shared, &mut found);
    expressions::lint(source, program, &names, against.tables, &mut found);
    finished(file, found)
}

/// The rules on the named rules themselves.
pub fn lint_shared(file: &str, shared: &Shared) -> Vec<Finding> {
    let mut found = Vec::new();
    let here = At::default();
    for (name, publicity) in &shared.publicities {
        let short = match publicity.days {
            Span::WorkingDays(days) => days < 5,
            Span::Hours(hours) => hours < 7 * 24,
            Span::Days(days) => days < 7,
            Span::Months(_) | Span::Years(_) => false,
        };
        if short && publicity.ground.is_none() {
            let zh = format!("公示 {name} 少于 5 个工作日，须写明依据（ground）");
            let en = format!("publicity {name} is shorter than 5wd: expected a `ground`");
            found.push(Finding::error(here, "short-publicity", zh, en));
        }
        if publicity.fields != "whitelist" {
            let zh = format!("公示 {name} 的字段只能取自 whitelist");
            let en = format!("publicity {name} shows other fields: expected `whitelist`");
            found.push(Finding::error(publicity.fields.at, "outside-whitelist", zh, en));
        }
    }
    later::lint_shared(shared, &mut found);
    for (name, list) in &shared.reminders {
        let repeats = list.iter().filter_map(|reminder| reminder.every.as_ref());
        for (zh, en) in repeats.filter_map(Repeats::wrong) {
            let zh = format!("提醒规则 {name} 的 every：{zh}");
            let en = format!("`every` of reminder {name}: {en}");
            found.push(Finding::error(here, "uneven-repeats", zh, en));
        }
    }
    for (name, rungs) in &shared.ladders {
        let ends = rungs.last().is_some_and(|last| match last.what {
            RungDoes::Open => last.program.is_some() && last.at_unit.is_some(),
            _ => !last.to.is_empty(),
        });
        if !ends {
            let zh = format!("督办阶梯 {name} 的最后一级没有收件人");
            let en = format!(
                "ladder {name} ends with nobody: expected `to`, or `program` and `at_unit`"
            );
            found.push(Finding::error(here, "ladder-to-nobody", zh, en));
        }
    }
    finished(file, found)
}

fn finished(file: &str, mut found: Vec<Finding>) -> Vec<Finding> {
    for one in &mut found {
        file.clone_into(&mut one.file);
    }
    found.sort_by_key(|one| (one.warning, one.line, one.column));
    found.dedup();
    found
}

/// Is a table read by an expression, or by a name from `let` that it uses?
fn reads_table(program: &Program, source: &str, left: u32) -> bool {
    let words = source.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut used = words.filter_map(|word| program.lets.get(word));
    source.contains("table(")
        || (left > 0 && used.any(|named| reads_table(program, named.source(), left - 1)))
}

/// An error about a name that is not known, with the nearest that is.
fn unknown(at: At, code: &'static str, what: [&str; 2], name: &str, known: &[&str]) -> Finding {
    let near = super::load::nearest(name, known);
    let [zh, en] = what;
    let zh = format!(
        "不认识的{zh}“{name}”{}",
        near.map(|n| format!("，是不是“{n}”？")).unwrap_or_default()
    );
    let en = match (near, known) {
        (Some(near), _) => format!("unknown {en} `{name}`. Did you mean `{near}`?"),
        (None, []) => format!("unknown {en} `{name}`"),
        (None, known) => format!("unknown {en} `{name}`. Expected one of: {}", known.join(", ")),
    };
    Finding::error(at, code, zh, en)
}

#[cfg(test)]
mod tests;
