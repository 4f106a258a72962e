//! Keys of the language that this version reads but does not run yet, or runs in one way only: a
//! program that needs another is refused rather than run as if it said something else.

use crate::program::{
    entry::Step,
    field::FieldType,
    finding::Finding,
    model::Program,
    shared::{CountRung, RungDoes, Shared},
    step_words::{Edit, Light},
    word::At,
};

/// The places of whoever applies.
const OF_APPLICANT: [&str; 4] =
    ["applicant.school", "applicant.township", "applicant.county", "applicant.city"];

pub(super) fn lint(program: &Program, found: &mut Vec<Finding>) {
    let rows = program.rows.as_ref();
    let roster = rows.is_some_and(|rows| rows.of == *"person");
    found.extend(anchor(program));
    found.extend(sequence(program));
    for step in program.steps() {
        found.extend(of_step(step, (rows.is_some(), roster)).map(|key| later(step.id.at, key)));
    }
}

fn of_step(step: &Step, (rows, roster): (bool, bool)) -> impl Iterator<Item = &'static str> {
    let keys = [
        (step.may.contains(&Edit::Add) && !roster, "may: add"),
        ((step.rows.is_some() || !step.row_form.is_empty()) && !rows, "rows"),
    ];
    keys.into_iter().filter(|(used, _)| *used).map(|(_, key)| key)
}

fn later(at: At, key: &str) -> Finding {
    let zh = format!("本版本尚不能运行 {key}");
    Finding::error(at, "not-run-yet", zh, format!("this version does not run `{key}` yet"))
}

/// Whoever applies is looked up from one of their places, or from a unit that they must name; what
/// a unit or the machine opens, from whose case it is.
fn anchor(program: &Program) -> Option<Finding> {
    let (at, source) = (program.anchor.at, program.anchor.source());
    if !program.is_applied_for() {
        let en = "a case that nobody applies for begins at the unit that opens it: expected \
                  `anchor: opener`";
        let zh = "无人申请的事项从开启单位起算，anchor 应为 opener";
        return (source != "opener").then(|| Finding::error(at, "anchor", zh, en));
    }
    let field = source.strip_prefix("form.").and_then(|id| program.field(id));
    let names_unit = field.is_some_and(|field| {
        let unit = matches!(field.kind_of, FieldType::Unit | FieldType::Organisation);
        unit && field.required && field.when.is_none()
    });
    let en = "expected an anchor that is run: applicant.school, applicant.township, \
              applicant.county, applicant.city, or form.x, a required field that names a unit";
    let zh = "anchor 只能是 applicant.school、applicant.township、applicant.county、\
              applicant.city，或必填且选单位的表单项 form.x";
    (!OF_APPLICANT.contains(&source) && !names_unit).then(|| Finding::error(at, "anchor", zh, en))
}

/// Numbers of documents are counted by unit, word and year.
fn sequence(program: &Program) -> Option<Finding> {
    let number = program.number.as_ref()?;
    let is_run = number.sequence.len() == 2
        && ["opener_unit", "year"].iter().all(|part| number.sequence.iter().any(|w| *w == **part));
    let at = number.sequence.first().map_or(program.program.at, |word| word.at);
    let zh = "文号按单位和年度编排，sequence 应为 [opener_unit, year]";
    let en = "document numbers are counted by unit and year: expected [opener_unit, year]";
    (!is_run).then(|| Finding::error(at, "sequence", zh, en))
}

/// What the named rules say that is run in one way only.
pub(super) fn lint_shared(shared: &Shared, found: &mut Vec<Finding>) {
    for (name, publicity) in &shared.publicities {
        let holds = publicity.objection.as_ref().map(|objection| &objection.holds);
        if let Some(holds) = holds.filter(|holds| **holds != *"payment") {
            let zh = format!("公示 {name}：未办结的异议只能暂停支付，holds 应为 payment");
            let en = format!(
                "publicity {name}: an open objection holds the payment: expected \
                              `holds: payment`"
            );
            found.push(Finding::error(holds.at, "holds", zh, en));
        }
    }
    let is_run = |rule: &CountRung| rule.count == Light::Red && rule.what == RungDoes::Open;
    for (name, rule) in shared.counts.iter().filter(|(_, rule)| !is_run(rule)) {
        let zh = format!("计数规则 {name}：只支持 count: red, do: open");
        let en = format!("count {name}: expected `count: red, do: open`");
        found.push(Finding::error(rule.program.at, "count", zh, en));
    }
}
