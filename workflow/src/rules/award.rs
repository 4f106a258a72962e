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
        expression::{Node, Part, Scope, Value},
        model::{AwardLine, Share, Split},
    },
};

/// Who is paid where a line does not say it.
const PERSON: &str = "person";
/// Deepest chain of `let` names that is followed, as in an evaluation.
const DEEPEST: usize = 8;

/// What a case comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Award {
    /// One row a line and payer; none without money but for a line that comes to nothing.
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
    let lost = lost_lines(program, scope)?;
    for line in &rules.lines {
        let asked = line.when.as_ref().map_or(Ok(true), |when| when.holds(scope))?;
        if !asked || lost.contains(&line.id.as_str()) {
            continue;
        }
        let (fen, done) = line.amount.money(scope)?;
        let fen = fen.max(Fen(0));
        award.cut = award.cut.or_else(|| cut(program, line, fen, scope));
        award.confirm.extend(unverified(line, &done.reads));
        let split = line.split.as_ref().or(rules.split.as_ref());
        let shares = shares(program, shared, line, split)?;
        for (payer, part) in parts(fen, &shares) {
            award.lines.push(row(program, line, payer, part, &done.reads));
        }
        let total = award.total.0.checked_add(fen.0);
        award.total = Fen(total.ok_or_else(|| stuck(line, "the sum is too large"))?);
    }
    Ok(award)
}

fn stuck(line: &AwardLine, why: impl Into<String>) -> Stuck {
    Stuck { rule: format!("award.{}", line.id), why: why.into() }
}

fn row(program: &Program, line: &AwardLine, payer: &str, fen: Fen, reads: &[TableRead]) -> Line {
    let of_program = || {
        let basis = program.basis.iter().map(|basis| format!("{} {}", basis.doc, basis.clause));
        basis.collect()
    };
    let mut basis: Vec<String> = reads.iter().map(|read| read.basis.clone()).collect();
    let mut versions: Vec<String> =
        reads.iter().map(|read| format!("{}@{}", read.table, read.version)).collect();
    basis.dedup();
    versions.dedup();
    if basis.is_empty() {
        basis = of_program();
    }
    let to = line.to.as_ref().map_or(PERSON, |to| to.as_str());
    Line {
        line: line.id.to_string(),
        payer: payer.to_owned(),
        // The person whose case it is: two words of the language for the same.
        payee_kind: if to == "applicant" { PERSON } else { to }.to_owned(),
        fen,
        basis: basis.join("; "),
        table_version: versions.join(" "),
    }
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

/// Who pays which percent of `line`; a payer stands there once.
fn shares(
    program: &Program,
    shared: &Shared,
    line: &AwardLine,
    split: Option<&Split>,
) -> Result<Vec<(String, u32)>, Stuck> {
    let written: &[Share] = match split {
        Some(Split::Shares(shares)) => shares,
        Some(Split::Named(name)) => {
            let table =
                program.splits.get(name.as_str()).or_else(|| shared.splits.get(name.as_str()));
            return Err(match table {
                // The tables of amounts hold no shares.
                Some(split) => stuck(line, format!("the table {} cannot be read", split.table)),
                None => stuck(line, format!("there is no split {name}")),
            });
        }
        None => return Err(stuck(line, "nobody pays it: there is no split")),
    };
    let mut shares: Vec<(String, u32)> = Vec::new();
    for share in written {
        match shares.iter_mut().find(|(payer, _)| share.payer == **payer) {
            Some((_, percent)) => *percent = percent.saturating_add(share.percent),
            None => shares.push((share.payer.to_string(), share.percent)),
        }
    }
    let whole = shares.iter().fold(0_u32, |sum, (_, percent)| sum.saturating_add(*percent));
    if whole == 100 { Ok(shares) } else { Err(stuck(line, format!("its split makes {whole} %"))) }
}

/// Cuts `whole` in fen, rounded half up, the rest to the first payer; nobody pays less than
/// nothing, and who pays nothing is not there (but the first of a line that is worth nothing).
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
    let paid = first.into_iter().chain(parts).filter(|(_, fen)| fen.0 > 0);
    let paid: Vec<(&str, Fen)> = paid.collect();
    if paid.is_empty() { first.into_iter().collect() } else { paid }
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
    match &node.part {
        Part::Field { of, name } if of.part == Part::Name("form".to_owned()) => found.push(name),
        Part::Name(name) => {
            if let (Some(named), Some(left)) = (scope.lets.get(name), left.checked_sub(1)) {
                weighed(named.node(), scope, left, found);
            }
        }
        Part::Call { name, on: None, args } if matches!(name.as_str(), "min" | "max") => {
            all(&mut args.iter());
        }
        Part::List(items) => all(&mut items.iter()),
        Part::Choice { then, otherwise, .. } => {
            all(&mut [&**then, &**otherwise].into_iter());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
