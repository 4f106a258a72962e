//! Lines that steps make and fill in: a list of people has a step that makes it before anybody
//! signs it, a list of cases says which and when they come in.

use super::{Against, unknown, uses::collect};
use crate::{
    program::{
        entry::Step,
        expression::types::Names,
        field::PaperAsk,
        finding::Finding,
        model::{Program, Rows},
        step_words::{Edit, StepKind},
        word::{At, Word},
    },
    rules::keeping,
};

pub(super) fn lint(
    program: &Program,
    names: &Names,
    against: &Against<'_>,
    found: &mut Vec<Finding>,
) {
    expressions(program, names, against, found);
    let Some(rows) = &program.rows else { return };
    let steps = program.steps();
    let first = steps.first().copied();
    if rows.of == *"person" {
        let makes =
            first.is_some_and(|step| step.kind == StepKind::Fill && step.may.contains(&Edit::Add));
        if !makes {
            let zh = "名册（rows: of: person）须由第一个环节编制：kind: fill，may: [add]";
            let en = "a list of people is expected to be made by the first step: `kind: fill` with \
                      `may: [add]`";
            error(found, rows.of.at, "list-of-nobody", zh, en);
        }
    } else if let Some(from) = rows.from.as_ref().filter(|from| !calls_cases(from.source())) {
        let zh = "办件清单的 from 须由 cases(地区, 起, 止) 得出";
        let en = "`from` of lines that are no people is expected to call `cases(places, from, to)`";
        error(found, from.at, "from-what", zh, en);
    }
    after(rows, first, found);
    papers(program, rows, &steps, found);
    if rows.of == *"person" {
        for step in &steps {
            keeps(program, step, found);
        }
    }
    for step in &steps {
        let asks = step.kind == StepKind::Fill && step.rows.is_some();
        if asks && step.row_form.is_empty() && rows.form.is_empty() {
            let zh = "环节按 rows 填报，须有 row_form 或 rows.form 写明填什么";
            let en = "a step that fills in lines is expected to say what: `row_form`, or `form` of \
                      `rows`";
            error(found, step.id.at, "asks-nothing", zh, en);
        }
    }
}

/// Papers are asked of people alone, under ids that no other paper of the program has, and by a step.
fn papers(program: &Program, rows: &Rows, steps: &[&Step], found: &mut Vec<Finding>) {
    let Some(first) = rows.papers.first() else { return };
    if rows.of != *"person" {
        let zh =
            "只有人员名册（rows: of: person）可逐行要材料；办件自有其材料，请写在该事项的 papers";
        let en = "only lines of people are asked for papers: the cases have papers of their own, \
                  written in their program";
        error(found, first.id.at, "papers-of-cases", zh, en);
        return;
    }
    let of_steps = steps.iter().flat_map(|step| &step.papers).filter_map(|ask| match ask {
        PaperAsk::Own(paper) => Some(&paper.id),
        PaperAsk::Named(_) => None,
    });
    let others: Vec<&Word> = program.papers.iter().map(|paper| &paper.id).chain(of_steps).collect();
    for paper in &rows.papers {
        if others.contains(&&paper.id) {
            let zh = format!("编号“{}”已用于本事项的其他材料，请另取", paper.id);
            let en = format!("another paper of the program has the id `{}`", paper.id);
            error(found, paper.id.at, "twice", &zh, &en);
        }
    }
}

/// Who speaks of people anew asks again for something that the step asked for whose word is kept.
fn keeps(program: &Program, step: &Step, found: &mut Vec<Finding>) {
    let Some(named) = &step.keeps else { return };
    let before = keeping::kept_step(program, step);
    if before.is_some_and(|before| !keeping::both_ask(before, step).is_empty()) {
        return;
    }
    let zh = "keeps 须指向之前用 row_form 填报的环节，本环节的 row_form 须有同样的字段";
    let en = "`keeps` is expected to name an earlier step with a `row_form`, of which the `row_form` \
              of this step asks for a field again";
    error(found, named.at, "keeps-nothing", zh, en);
}

/// The lines come in with the first step, which nothing skips, or as the case begins.
fn after(rows: &Rows, first: Option<&Step>, found: &mut Vec<Finding>) {
    let Some(after) = &rows.after else { return };
    if rows.from.is_none() {
        let (zh, en) = ("after 须与 from 同用", "`after` is expected to stand with `from`");
        error(found, after.at, "after-without-from", zh, en);
    }
    let fits = first.is_some_and(|step| {
        step.id == *after && step.kind == StepKind::Fill && step.when.is_none()
    });
    if !fits {
        let zh = "after 须为第一个环节，kind: fill，且不带 when";
        let en = "`after` is expected to name the first step, a `fill` step without `when`";
        error(found, after.at, "after-what", zh, en);
    }
}

/// `cases()` is read where lines come in and nowhere else; the lists of `names()` are known.
fn expressions(program: &Program, names: &Names, against: &Against<'_>, found: &mut Vec<Finding>) {
    let from = program.rows.as_ref().and_then(|rows| rows.from.as_ref());
    let known: Vec<&str> = against.shared.names.keys().map(String::as_str).collect();
    for one in collect(program, names, against.tables) {
        let source = one.expr.source();
        if calls_cases(source) && !from.is_some_and(|from| std::ptr::eq(from, one.expr)) {
            let zh = "cases() 只能用于 rows 的 from";
            let en = "`cases()` is known only in `from` of `rows`";
            error(found, one.expr.at, "cases-elsewhere", zh, en);
        }
        for (_, rest) in source
            .match_indices("names(\"")
            .map(|(at, call)| source.split_at((at + call.len()).min(source.len())))
        {
            let name = rest.split('"').next().unwrap_or_default();
            if !known.contains(&name) {
                let what = ["名单", "list of names"];
                found.push(unknown(one.expr.at, "unknown-names", what, name, &known));
            }
        }
    }
}

fn calls_cases(source: &str) -> bool {
    source.match_indices("cases(").any(|(at, _)| {
        let before = source.get(..at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.')
    })
}

fn error(found: &mut Vec<Finding>, at: At, code: &'static str, zh: &str, en: &str) {
    found.push(Finding::error(at, code, zh.to_owned(), en.to_owned()));
}

#[cfg(test)]
mod tests {
    use crate::program::{Programs, load};

    /// What the check says of the shipped program of an inspection when a part of it is another.
    fn said(from: &str, to: &str) -> Vec<(String, u64)> {
        let shipped = include_str!("../../../programs/inspection-round.yaml");
        assert!(shipped.contains(from), "{from}");
        let source = shipped.replacen(from, to, 1);
        let program = load::program("inspection.yaml", &source).unwrap();
        let programs = Programs::shipped().unwrap();
        let found = programs.lint("inspection.yaml", Some(&source), &program);
        let errors = found.into_iter().filter(|finding| !finding.warning);
        errors.map(|finding| (finding.code.to_owned(), finding.line)).collect()
    }

    #[test]
    fn lines_say_what_they_are_made_of_when_and_what_is_asked_of_them() {
        let table: [(&str, &str, &[&str]); 8] = [
            ("after: plan", "after: plan", &[]),
            ("after: plan", "after: planned", &["after-what"]),
            ("after: plan", "after: self", &["after-what"]),
            ("names(\"inspected\")", "names(\"inspectd\")", &["unknown-names"]),
            (
                "cases(step.plan.counties, step.plan.from_day, today)",
                "threads(\"county\")",
                &["from-what"],
            ),
            ("  from: 'cases", "  #", &["after-without-from"]),
            ("'rows.exists(r, ", "'cases([], today, today).exists(r, ", &["cases-elsewhere"]),
            ("keeps: county", "keeps: region", &["unknown-step"]),
        ];
        for (from, to, expected) in table {
            let found = said(from, to);
            let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
            assert_eq!(codes, expected, "{to}");
            assert!(found.iter().all(|(_, line)| *line > 1), "each at its line: {found:?}");
        }
    }

    /// The same of the shipped list of people.
    fn said_of_people(from: &str, to: &str) -> Vec<(String, u64)> {
        let shipped = include_str!("../../../programs/nine-plus-three.yaml");
        assert!(shipped.contains(from), "{from}");
        let source = shipped.replacen(from, to, 1);
        let program = load::program("list.yaml", &source).unwrap();
        let programs = Programs::shipped().unwrap();
        let found = programs.lint("list.yaml", Some(&source), &program);
        found.into_iter().map(|finding| (finding.code.to_owned(), finding.line)).collect()
    }

    #[test]
    fn people_are_asked_for_papers_under_ids_of_their_own_and_cases_are_not() {
        let asks = |papers: &str| format!("  papers:\n{papers}\n  eligible:\n");
        let paper = |more: &str| format!("    - {{id: pass, title: {{zh: 证, en: Pass}}{more}}}");
        let (one, of_line) = (paper(""), paper(", required: true, when: 'row.boarding'"));
        let table: [(String, &[&str]); 7] = [
            (of_line, &[]),
            (paper(", waive: 'on_roster(\"registered_poor\", applicant)'"), &[]),
            (format!("{one}\n{one}"), &["twice"]),
            // That of the step that makes the list.
            (one.replace("id: pass", "id: hukou"), &["twice"]),
            (paper(", when: 'row.bording'"), &["unknown-field"]),
            (paper(", when: 'row.months'"), &["type"]),
            (paper(", when: 'form.schol == opener_unit'"), &["unknown-field"]),
        ];
        for (papers, expected) in table {
            let found = said_of_people("  eligible:\n", &asks(&papers));
            let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
            assert_eq!(codes, expected, "{papers}");
            assert!(found.iter().all(|(_, line)| *line > 1), "each at its line: {found:?}");
        }
        let of_cases = "  form:\n    - id: subject";
        let papers = format!("  papers:\n{one}\n{of_cases}");
        let codes: Vec<String> =
            said(of_cases, &papers).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, ["papers-of-cases"]);
    }

    #[test]
    fn who_keeps_what_was_said_of_people_asks_for_it_again() {
        let again = |keeps: &str, form: &str| {
            format!(
                "  - {{id: again, title: {{zh: 复核, en: Again}}, kind: fill, by: county/education, \
                 within: 5wd, keeps: {keeps}, on_empty: hold{form}}}\n  - {{id: recover, "
            )
        };
        let form = |field: &str| {
            format!(", row_form: [{{id: {field}, type: percent, title: {{zh: 率, en: Rate}}}}]")
        };
        let table: [(String, &[&str]); 5] = [
            (again("present", &form("attended")), &[]),
            (again("present", &form("rate")), &["keeps-nothing"]),
            (again("present", ""), &["keeps-nothing"]),
            // The list itself is no word of a step on its lines.
            (again("list", &form("attended")), &["keeps-nothing"]),
            (again("presnt", &form("attended")), &["keeps-nothing", "unknown-step"]),
        ];
        for (step, expected) in table {
            let found = said_of_people("  - {id: recover, ", &step);
            let mut codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
            codes.sort_unstable();
            assert_eq!(codes, expected, "{step}");
        }
    }
}
