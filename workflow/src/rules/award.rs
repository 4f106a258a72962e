//! What is granted, and who pays it, line by line.

use entities::Fen;

use super::{
    eligibility::{About, Confirm, lost_lines},
    facts::Stuck,
};
use crate::{
    event::Line,
    program::{
        FieldType, Program, Shared, TableRead,
        expression::{Node, Scope, Shape, Value},
        model::{AwardLine, Share, Split},
    },
};

/// Deepest chain of `let` names that is followed, as in an evaluation.
const DEEPEST: usize = 8;

/// What a case comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Award {
    /// One row a line and payer; a line that comes to nothing has none.
    pub lines: Vec<Line>,
    /// Their sum.
    pub total: Fen,
    /// That less than asked for can be granted.
    pub cut: Option<Cut>,
    /// Amounts that nobody has found in a source: a person confirms them.
    pub confirm: Vec<Confirm>,
}

/// Less than asked for: said before the case is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What the form asks for.
    pub asked: Fen,
    /// What there is at most.
    pub ceiling: Fen,
}

/// What `program` grants for the form in `scope`; of a program without money, nothing.
///
/// # Errors
/// [`Stuck`] when a rule has no value, a split is not known or does not make a hundred, or the
/// sum is too large.
pub fn award(program: &Program, shared: &Shared, scope: &Scope) -> Result<Award, Stuck> {
    let mut award = Award::default();
    let Some(rules) = &program.award else { return Ok(award) };
    for (line, fen, reads) in amounts(program, scope, &mut award)? {
        award.confirm.extend(unverified(line, &reads));
        let split = line.split.as_ref().or(rules.split.as_ref());
        let split = shares(program, (shared, scope), line, split)?;
        for (payer, part) in parts(fen, &split.payers) {
            award.lines.push(row(program, line, (payer, part), (&reads, &split)));
        }
        award.confirm.extend(split.confirm);
        let total = award.total.0.checked_add(fen.0);
        award.total = Fen(total.ok_or_else(|| stuck(line, "the sum is too large"))?);
    }
    Ok(award)
}

/// Whether what `program` grants hangs on what its steps say, by itself or by names from `let`.
pub fn reads_steps(program: &Program) -> bool {
    let Some(rules) = &program.award else { return false };
    let of_lines = rules.lines.iter().flat_map(|line| line.when.iter().chain([&line.amount]));
    let of_rules = program.eligible.iter().filter(|rule| !rule.lines.is_empty());
    let mut all = of_lines.chain(of_rules.map(|rule| &rule.condition));
    all.any(|rule| rule.reads_steps(&program.lets))
}

type Amount<'a> = (&'a AwardLine, Fen, Vec<TableRead>);

/// The lines that are asked for and what each comes to; where the program says which is `first`,
/// that one is taken out of what the others come to, in their order.
fn amounts<'a>(
    program: &'a Program,
    scope: &Scope,
    award: &mut Award,
) -> Result<Vec<Amount<'a>>, Stuck> {
    let Some(rules) = &program.award else { return Ok(Vec::new()) };
    let lost = lost_lines(program, scope)?;
    let mut amounts = Vec::new();
    for line in &rules.lines {
        let asked = line.when.as_ref().map_or(Ok(true), |when| when.holds(scope))?;
        if !asked || lost.contains(&line.id.as_str()) {
            continue;
        }
        let (fen, done) = line.amount.money(scope)?;
        let fen = fen.max(Fen(0));
        award.cut = award.cut.or_else(|| cut(program, line, fen, scope));
        amounts.push((line, fen, done.reads));
    }
    let first = rules.stack.as_ref().and_then(|stack| stack.first.as_ref());
    if let Some(place) = first.and_then(|id| amounts.iter().position(|(l, ..)| l.id == **id)) {
        paid_first(&mut amounts, place);
    }
    amounts.retain(|(_, fen, _)| fen.0 > 0);
    Ok(amounts)
}

/// The line at `place` is paid out of the others: they give way to it, and it gets no more than
/// they have.
fn paid_first(amounts: &mut [Amount<'_>], place: usize) {
    let Some(wanted) = amounts.get(place).map(|(_, fen, _)| fen.0) else { return };
    let mut left = wanted;
    for (index, (_, fen, _)) in amounts.iter_mut().enumerate() {
        if index != place {
            let taken = left.min(fen.0);
            fen.0 -= taken;
            left -= taken;
        }
    }
    if let Some((_, fen, _)) = amounts.get_mut(place) {
        fen.0 = wanted - left;
    }
}

fn stuck(line: &AwardLine, why: impl Into<String>) -> Stuck {
    Stuck::new(format!("award.{}", line.id), why.into())
}

fn row(
    program: &Program,
    line: &AwardLine,
    (payer, fen): (&str, Fen),
    (reads, split): (&[TableRead], &Shares),
) -> Line {
    let of_program = || {
        let basis = program.basis.iter().map(|basis| format!("{} {}", basis.doc, basis.clause));
        basis.collect()
    };
    let mut basis: Vec<String> = reads.iter().map(|read| read.basis.clone()).collect();
    let read = |read: &TableRead| format!("{}@{}", read.table, read.version);
    let mut versions: Vec<String> = reads.iter().map(read).chain(split.version.clone()).collect();
    basis.extend(split.basis.clone());
    once_each(&mut basis);
    once_each(&mut versions);
    if basis.is_empty() {
        basis = of_program();
    }
    Line {
        line: line.id.to_string(),
        payer: payer.to_owned(),
        payee_kind: line.payee().to_owned(),
        fen,
        basis: basis.join("; "),
        table_version: versions.join(" "),
    }
}

/// Several years read the same row of a table: it is named once.
fn once_each(texts: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
}

fn unverified(line: &AwardLine, reads: &[TableRead]) -> Vec<Confirm> {
    let unsure = reads.iter().filter(|read| !read.verified);
    let confirm = unsure.map(|read| Confirm {
        rule: line.amount.source().to_owned(),
        about: About::Table(read.table.clone()),
        reason: None,
    });
    confirm.collect()
}

/// Who pays which percent of a line, and where that stands.
#[derive(Default)]
struct Shares {
    payers: Vec<(String, u32)>,
    version: Option<String>,
    basis: Option<String>,
    confirm: Option<Confirm>,
}

/// Who pays which percent of `line`; a payer stands there once.
fn shares(
    program: &Program,
    (shared, scope): (&Shared, &Scope),
    line: &AwardLine,
    split: Option<&Split>,
) -> Result<Shares, Stuck> {
    let mut found = Shares::default();
    let written: Vec<Share> = match split {
        Some(Split::Shares(shares)) => shares.clone(),
        Some(Split::Named(name)) => {
            let table =
                program.splits.get(name.as_str()).or_else(|| shared.splits.get(name.as_str()));
            let table =
                &table.ok_or_else(|| stuck(line, format!("there is no split {name}")))?.table;
            let read = scope.tables.shares_at(table, scope.read_on()).ok_or_else(|| {
                stuck(line, format!("the table {table} has no row on {}", scope.read_on()))
            })?;
            found.confirm = (!read.verified).then(|| Confirm {
                rule: format!("split {name}"),
                about: About::Table(table.to_string()),
                reason: None,
            });
            (found.version, found.basis) = (Some(read.version), Some(read.basis));
            read.shares
        }
        None => return Err(stuck(line, "nobody pays it: there is no split")),
    };
    for share in written {
        match found.payers.iter_mut().find(|(payer, _)| share.payer == **payer) {
            Some((_, percent)) => *percent = percent.saturating_add(share.percent),
            None => found.payers.push((share.payer.to_string(), share.percent)),
        }
    }
    let whole = found.payers.iter().fold(0_u32, |sum, (_, percent)| sum.saturating_add(*percent));
    if whole == 100 { Ok(found) } else { Err(stuck(line, format!("its split makes {whole} %"))) }
}

/// Cuts `whole` in fen, rounded half up, the rest to the first payer; nobody pays less than
/// nothing, and who pays nothing is not there.
fn parts(whole: Fen, shares: &[(String, u32)]) -> Vec<(&str, Fen)> {
    let mut left = whole.0;
    let mut parts: Vec<(&str, Fen)> = Vec::new();
    for (payer, percent) in shares.iter().skip(1) {
        let rounded = (i128::from(whole.0) * i128::from(*percent) * 2 + 100).div_euclid(200);
        // Several roundings up of very little may be more than there is.
        let part = i64::try_from(rounded).unwrap_or(i64::MAX).clamp(0, left);
        left -= part;
        parts.push((payer, Fen(part)));
    }
    let first = shares.first().map(|(payer, _)| (payer.as_str(), Fen(left)));
    first.into_iter().chain(parts).filter(|(_, fen)| fen.0 > 0).collect()
}

/// Whether the form asks for more than comes out.
fn cut(program: &Program, line: &AwardLine, ceiling: Fen, scope: &Scope) -> Option<Cut> {
    let mut fields = Vec::new();
    weighed(line.amount.node(), scope, DEEPEST, &mut fields);
    let money = |id: &&str| program.field(id).is_some_and(|f| f.kind_of == FieldType::Money);
    let asked = fields.into_iter().filter(money).filter_map(|id| match scope.form.get(id) {
        Some(Value::Money(fen)) => Some(*fen),
        _ => None,
    });
    let asked = asked.max().filter(|asked| *asked > ceiling)?;
    Some(Cut { asked, ceiling })
}

/// The fields of the form that an amount weighs against its limits, and that come out unchanged
/// where nothing limits them: half of a cost is no cut.
fn weighed<'a>(node: &'a Node, scope: &'a Scope, left: usize, found: &mut Vec<&'a str>) {
    let mut all = |nodes: &mut dyn Iterator<Item = &'a Node>| {
        nodes.for_each(|node| weighed(node, scope, left, found));
    };
    match &node.shape {
        Shape::Field { of, name } if of.shape == Shape::Name("form".to_owned()) => found.push(name),
        Shape::Name(name) => {
            if let (Some(named), Some(left)) = (scope.lets.get(name), left.checked_sub(1)) {
                weighed(named.node(), scope, left, found);
            }
        }
        Shape::Call { name, on: None, args } if matches!(name.as_str(), "min" | "max") => {
            all(&mut args.iter());
        }
        Shape::List(items) => all(&mut items.iter()),
        Shape::Choice { then, otherwise, .. } => {
            all(&mut [&**then, &**otherwise].into_iter());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
