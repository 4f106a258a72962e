//! What programs do to one another: ladders that open cases, cases that gather, exclusions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Against;
use crate::program::{choice::FirstMatch, finding::Finding, model::Program, word::Word};

pub(super) fn lint(program: &Program, against: &Against<'_>, found: &mut Vec<Finding>) {
    if ladder_opens(program, against, &mut BTreeSet::new(), program.id()) {
        let ladders = program.ladder.iter().flat_map(FirstMatch::values);
        let at = ladders.map(|word| word.at).next().unwrap_or(program.program.at);
        let zh = "督办阶梯循环：它开启的事项又会开启本事项".to_owned();
        let en = "a cycle: the cases that its ladder opens open this program again";
        found.push(Finding::error(at, "ladder-cycle", zh, en));
    }
    for step in program.steps() {
        let (Some(other), Some(_)) = (&step.program, &step.gather) else { continue };
        let target = known(program, against.programs, other);
        // Lines that are cases of one program take no other cases.
        let of = target.and_then(|target| target.rows.as_ref()).map(|rows| &rows.of);
        let of_cases = of.filter(|of| !["case", "task", "person"].contains(&of.as_str()));
        if let Some(of) = of_cases.filter(|of| **of != *program.id()) {
            let zh = format!("“{other}”只汇集事项“{of}”的办件");
            let en = format!("`{other}` gathers cases of `{of}`, not of this program");
            found.push(Finding::error(other.at, "gather-of-others", zh, en));
        }
        if target.is_some_and(|other| other.rows.is_none()) {
            let zh = format!("gather 所指的事项“{other}”没有 rows");
            let en = format!(
                "`gather` is expected to lead to a program with `rows`; `{other}` has none"
            );
            found.push(Finding::error(other.at, "gather-without-rows", zh, en));
        }
    }
    for other in excluded(program) {
        let decided =
            program.award.iter().flat_map(|award| &award.stack).any(|s| s.first.is_some());
        let mut seen = BTreeSet::new();
        if !decided && excludes(program, against, &mut seen, other) {
            let direct = known(program, against.programs, other)
                .is_some_and(|other| excluded(other).any(|word| *word == *program.id()));
            let (zh, en) = if direct {
                (
                    format!("与“{other}”互相排除，须用 first 写明以哪个为先"),
                    format!("this program and `{other}` exclude each other: expected `first`"),
                )
            } else {
                (
                    format!("“{other}”所排除的事项又排除本事项，须用 first 写明以哪个为先"),
                    format!("a cycle: what `{other}` excludes excludes this one: expected `first`"),
                )
            };
            found.push(Finding::error(other.at, "excludes-cycle", zh, en));
        }
    }
}

/// Does `other` exclude this program, or something that does, however far?
fn excludes(
    program: &Program,
    against: &Against<'_>,
    seen: &mut BTreeSet<String>,
    other: &Word,
) -> bool {
    if !seen.insert(other.text.clone()) {
        return false;
    }
    let Some(found) = known(program, against.programs, other) else { return false };
    excluded(found).any(|next| *next == *program.id() || excludes(program, against, seen, next))
}

fn excluded(program: &Program) -> impl Iterator<Item = &Word> {
    let stacks = program.award.iter().filter_map(|award| award.stack.as_ref());
    stacks.flat_map(|stack| &stack.excludes)
}

/// A program by its id; the one under test counts as it is now, not as it was published.
fn known<'a>(
    own: &'a Program,
    all: &'a BTreeMap<String, Arc<Program>>,
    id: &str,
) -> Option<&'a Program> {
    if id == own.id() { Some(own) } else { all.get(id).map(|program| &**program) }
}

/// Does a rung of its ladders, or of the cases that they open, open `wanted`?
fn ladder_opens(
    program: &Program,
    against: &Against<'_>,
    seen: &mut BTreeSet<String>,
    wanted: &str,
) -> bool {
    let steps = program.steps();
    let of_steps = steps.iter().filter_map(|step| step.ladder.as_ref());
    let ladders = program.ladder.iter().chain(of_steps).flat_map(FirstMatch::values);
    let rungs = ladders.filter_map(|name| against.shared.ladders.get(name.as_str())).flatten();
    let mut opened = rungs.filter_map(|rung| rung.program.as_ref());
    opened.any(|next| {
        if *next == *wanted {
            return true;
        }
        let further = against.programs.get(next.as_str());
        seen.insert(next.text.clone())
            && further.is_some_and(|further| ladder_opens(further, against, seen, wanted))
    })
}
