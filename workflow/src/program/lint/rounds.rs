//! `rounds("step")` is asked of steps that come more than once.

use super::uses::collect;
use crate::program::{
    expression::{Literal, Node, Shape, types::Names},
    finding::Finding,
    model::Program,
    tables::Tables,
};

pub(super) fn lint(program: &Program, names: &Names, tables: &Tables, found: &mut Vec<Finding>) {
    let steps = program.steps_and_blocks();
    // A return makes a new round as well, but takes the old one away.
    let repeats = |id: &str| {
        let known = steps.iter().find(|(step, _)| step.id == *id);
        known.is_none_or(|(step, around)| {
            step.repeat.is_some() || around.iter().any(|block| block.repeat.is_some())
        })
    };
    for one in collect(program, names, tables) {
        let mut asked = Vec::new();
        of(one.expr.node(), &mut asked);
        for id in asked.into_iter().filter(|id| !repeats(id)) {
            let zh = format!("rounds(\"{id}\")：环节“{id}”不重复，没有轮次");
            let en = format!("rounds(\"{id}\"): the step `{id}` does not `repeat`");
            found.push(Finding::error(one.expr.at, "no-rounds", zh, en));
        }
    }
}

/// The steps whose rounds an expression reads.
fn of<'a>(node: &'a Node, into: &mut Vec<&'a str>) {
    if let Shape::Call { name, on: None, args } = &node.shape
        && name == "rounds"
        && let Some(Shape::Literal(Literal::Text(step))) = args.first().map(|arg| &arg.shape)
    {
        into.push(step);
    }
    for inner in node.inner() {
        of(inner, into);
    }
}

#[cfg(test)]
mod tests {
    use crate::program::{Programs, load};

    #[test]
    fn what_earlier_rounds_said_of_a_line_is_read_with_the_line() {
        let shipped = include_str!("../../../programs/training-claim.yaml");
        let last = "clock: {total: 25wd";
        let said = |rule: &str| {
            let step = format!(
                "  - {{id: look, title: {{zh: 回访, en: A look}}, kind: receive, by: county/finance, \
                 when: '{rule}', within: 3wd, on_empty: climb}}\n{last}"
            );
            let source = shipped.replacen(last, &step, 1);
            let program = load::program("claim.yaml", &source).unwrap();
            let found = Programs::shipped().unwrap().lint("claim.yaml", Some(&source), &program);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let rule =
            "rows.exists(r, has(r.rounds.job) && r.rounds.job.exists(j, has(j.works) && !j.works))";
        assert_eq!(said(rule), Vec::<String>::new());
    }

    #[test]
    fn rounds_are_those_of_a_step_that_repeats_and_have_its_fields() {
        let shipped = include_str!("../../../programs/pairing.yaml");
        let table: [(&str, &[&str]); 5] = [
            ("rounds(\"report\").filter(r, has(r.visits)", &[]),
            (
                "rounds(\"propose\").size() * rounds(\"report\").filter(r, has(r.visits)",
                &["no-rounds"],
            ),
            ("rounds(\"nowhere\").filter(r, has(r.visits)", &["unknown-step"]),
            ("rounds(\"report\").filter(r, has(r.visit)", &["unknown-field"]),
            ("rounds(report).filter(r, has(r.visits)", &["unknown-name"]),
        ];
        for (to, expected) in table {
            let source = shipped.replacen("rounds(\"report\").filter(r, has(r.visits)", to, 1);
            let program = load::program("pairing.yaml", &source).unwrap();
            let found = Programs::shipped().unwrap().lint("pairing.yaml", Some(&source), &program);
            let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, expected, "{to}: {found:?}");
        }
    }
}
