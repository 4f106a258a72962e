//! Selections: somebody signs what they propose, lines are there to choose among, and seats are
//! counted once.

use super::{Against, unknown};
use crate::program::{
    entry::{Block, Step},
    finding::Finding,
    model::Program,
    step_words::{Edit, StepKind},
    word::At,
};

/// What lines may be of, beside cases of a program.
const OF: [&str; 3] = ["person", "case", "task"];

pub(super) fn lint(program: &Program, against: &Against<'_>, found: &mut Vec<Finding>) {
    if let Some(rows) = &program.rows {
        let known = OF.contains(&rows.of.as_str()) || against.programs.contains_key(&*rows.of);
        if !known && *rows.of != *program.id() {
            let mut all: Vec<&str> = OF.to_vec();
            all.extend(against.programs.keys().map(String::as_str));
            found.push(unknown(rows.of.at, "unknown-program", ["事项", "program"], &rows.of, &all));
        }
    }
    let steps = program.steps_and_blocks();
    for (index, (step, around)) in steps.iter().enumerate() {
        let (before, after) = steps.split_at(index);
        if step.kind == StepKind::Select {
            of_select(program, (step, around), after.get(1), found);
        }
        let lists = || before.iter().filter(|(step, _)| gives_seats(step));
        if step.promotes.is_some() && !lists().any(|(step, _)| step.lets_wait()) {
            let zh = "promotes 之前须有 rest: waiting 的 select 环节";
            let en = "`promotes` is expected after a selection with `rest: waiting`";
            error(found, step.id.at, "nobody-waits", zh, en);
        }
        if step.may.contains(&Edit::Move) && lists().next().is_none() {
            let zh = "may: move 之前须有 select 环节";
            let en = "`may: [move]` is expected on the step that signs a selection";
            error(found, step.id.at, "no-list", zh, en);
        }
    }
}

fn of_select(
    program: &Program,
    (step, around): (&Step, &[&Block]),
    next: Option<&(&Step, Vec<&Block>)>,
    found: &mut Vec<Finding>,
) {
    if program.rows.is_none() {
        let (zh, en) = ("select 须有 rows", "a selection is expected in a program with `rows`");
        error(found, step.id.at, "select-without-rows", zh, en);
    }
    let beside = |there: &[&Block]| {
        let same = |(a, b): (&&Block, &&Block)| std::ptr::eq(*a, *b);
        there.len() == around.len() && there.iter().zip(around).all(same)
    };
    let signs = |(next, there): &&(&Step, Vec<&Block>)| {
        next.kind == StepKind::Decide && next.when.is_none() && beside(there)
    };
    if step.mark.is_none() && next.as_ref().is_none_or(|next| !signs(next)) {
        let zh = "没有 mark 的 select 之后须紧接一个无条件的审批环节来签发";
        let en = "a selection without `mark` is expected to be followed by a deciding step that \
                  signs it, without `when`, in the same block";
        error(found, step.id.at, "unsigned-list", zh, en);
    }
    let seats = step.quota.as_ref().map(|quota| &quota.seats);
    if let Some(seats) = seats.filter(|seats| seats.source().contains("taken(")) {
        let zh = "seats 是总名额，已占用的自动扣除，不能再减 taken()";
        let en = "`seats` is how many there are in all; those that are taken are left out by \
                  themselves: without `taken()`";
        error(found, seats.at, "taken-twice", zh, en);
    }
    if let Some(rest) =
        step.rest.as_ref().filter(|rest| !["waiting", "out"].contains(&rest.as_str()))
    {
        let what = ["未入选的处理", "word for the rest"];
        found.push(unknown(rest.at, "unknown-rest", what, rest, &["waiting", "out"]));
    }
}

fn gives_seats(step: &Step) -> bool {
    step.kind == StepKind::Select && step.mark.is_none()
}

fn error(found: &mut Vec<Finding>, at: At, code: &'static str, zh: &str, en: &str) {
    found.push(Finding::error(at, code, zh.to_owned(), en.to_owned()));
}

#[cfg(test)]
mod tests {
    use crate::program::{Programs, load};

    /// What the check says of the shipped program of a round when a part of it is another.
    fn said(from: &str, to: &str) -> Vec<String> {
        let shipped = include_str!("../../../programs/nomination-round.yaml");
        assert!(shipped.contains(from), "{from}");
        let source = shipped.replacen(from, to, 1);
        let program = load::program("round.yaml", &source).unwrap();
        let programs = Programs::shipped().unwrap();
        let found = programs.lint("round.yaml", Some(&source), &program);
        found.into_iter().map(|finding| finding.code.to_owned()).collect()
    }

    #[test]
    fn a_list_is_signed_has_lines_and_counts_its_seats_once() {
        let table: [(&str, &str, &[&str]); 8] = [
            ("code: ST", "code: ST", &[]),
            ("  - id: sign\n", "  - id: sign\n    when: 'today > today'\n", &["unsigned-list"]),
            (
                "    rest: waiting\n",
                "    rest: waiting\n    mark: sample\n",
                &["nobody-waits", "no-list"],
            ),
            ("    rest: waiting\n", "    rest: home\n", &["unknown-rest", "nobody-waits"]),
            ("    rest: waiting\n", "", &["nobody-waits"]),
            ("of: teacher-nomination", "of: teacher-nominations", &["unknown-program"]),
            (
                "seats: 'table(\"places\", form.course, today)'",
                "seats: 'table(\"places\", form.course, today) - taken(year(today), form.course)'",
                &["taken-twice"],
            ),
            ("of: teacher-nomination", "of: person", &["list-of-nobody"]),
        ];
        for (from, to, expected) in table {
            let mut found = said(from, to);
            found.sort_unstable();
            let mut expected: Vec<&str> = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(found, expected, "{to}");
        }
    }

    #[test]
    fn a_case_gathers_only_where_such_cases_are_lines() {
        let shipped = include_str!("../../../programs/teacher-nomination.yaml");
        let programs = Programs::shipped().unwrap();
        for (to, code) in
            [("fujian-round", "gather-of-others"), ("aid-fund", "gather-without-rows")]
        {
            let source =
                shipped.replacen("program: nomination-round", &format!("program: {to}"), 1);
            let program = load::program("nomination.yaml", &source).unwrap();
            let found = programs.lint("nomination.yaml", Some(&source), &program);
            assert!(found.iter().any(|finding| finding.code == code), "{found:?}");
        }
    }
}
