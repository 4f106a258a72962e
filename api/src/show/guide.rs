//! How to apply, as the program's definition has it.

use workflow::program::{Program, Step, StepKind, Within, model::Filer};

use super::{
    Reader,
    programs::{self, ceilings, in_days, most_fen},
    reader::{basis, words, words_or},
};
use crate::{
    Problem,
    read::{
        Words,
        guide::{BasisView, GuideStep, GuideView, PaperNeed},
    },
};

/// One program's guide.
///
/// # Errors
/// Unknown program.
pub async fn guide(r: &Reader<'_>, program: &str) -> Result<GuideView, Problem> {
    let program = programs::open(r, program)?;
    let paper = |paper: &workflow::program::Paper| PaperNeed {
        title: words_or(paper.title.as_ref(), &paper.id),
        hint: paper.hint.as_ref().map(words),
        required: paper.required,
    };
    let basis = program
        .basis
        .iter()
        .map(|basis| BasisView { document: basis.doc.clone(), clause: basis.clause.clone() });
    Ok(GuideView {
        name: program.id().to_owned(),
        title: words(&program.title),
        summary: program.summary.as_ref().map(words).unwrap_or_default(),
        who: who(r, &program),
        papers: program.papers.iter().map(paper).collect(),
        steps: steps(r, &program),
        days: programs::days(&program),
        most_fen: most_fen(r, &program),
        how_much: how_much(r, &program),
        urgent: urgent(r, &program),
        basis: basis.collect(),
        why_not: None,
    })
}

/// Who may file, and under which conditions.
fn who(r: &Reader<'_>, program: &Program) -> Vec<Words> {
    let filers = program.intake.by.iter().filter_map(|filer| match filer {
        Filer::Myself => Some(Words::new("本人", "the person")),
        Filer::Guardian => Some(Words::new("监护人", "the guardian")),
        Filer::School => Some(Words::new("学校代办", "the school, on behalf")),
        Filer::Township => Some(Words::new("乡镇代办", "the township, on behalf")),
        Filer::Machine | Filer::Role(_) => None,
    });
    let filers: Vec<Words> = filers.collect();
    let joined =
        |pick: fn(&Words) -> &str, by: &str| filers.iter().map(pick).collect::<Vec<_>>().join(by);
    let by = if filers.is_empty() {
        Words::new("由单位立案，不受理个人申请。", "Opened by offices; nobody applies for it.")
    } else {
        Words::new(
            format!("可由{}提出申请。", joined(|w| &w.zh, "、")),
            format!("May be filed by {}.", joined(|w| &w.en, ", ")),
        )
    };
    let refusals = program.eligible.iter().map(|rule| {
        let reason = r.reason(&rule.refuse);
        Words::new(format!("不予申请：{}。", reason.zh), format!("Not if: {}.", reason.en))
    });
    std::iter::once(by).chain(refusals).collect()
}

/// The steps of people and of the public, in the order of the file.
fn steps(r: &Reader<'_>, program: &Program) -> Vec<GuideStep> {
    let mut steps = Vec::new();
    for (step, around) in program.steps_and_blocks() {
        if !step.is_peoples() && step.kind != StepKind::Publish {
            continue;
        }
        let rules = around.iter().filter_map(|block| block.when.as_ref()).chain(&step.when);
        let spoken: Vec<Words> =
            rules.map(|rule| r.spoken(program, |s| s.condition(rule))).collect();
        let when = (!spoken.is_empty()).then(|| {
            let all = |pick: fn(&Words) -> &str, by: &str| {
                spoken.iter().map(pick).collect::<Vec<_>>().join(by)
            };
            Words::new(all(|w| &w.zh, "，且"), all(|w| &w.en, " and "))
        });
        steps.push(GuideStep {
            title: words_or(step.title.as_ref(), &step.id),
            unit: unit(r, program, step),
            days: own_days(r, step),
            when,
        });
    }
    steps
}

/// Who does a step, in words.
pub(super) fn unit(r: &Reader<'_>, program: &Program, step: &Step) -> Words {
    match (&step.at, step.kind) {
        (Some(at), StepKind::Publish) => r.spoken(program, |s| s.place(at)),
        _ => r.spoken(program, |s| s.by(step)),
    }
}

/// The working days of a step; of a public notice those of its rule.
fn own_days(r: &Reader<'_>, step: &Step) -> Option<i64> {
    if let Some(rule) = &step.rule {
        let rule = r.workflow.programs.shared().publicities.get(rule.as_str())?;
        return in_days(rule.days);
    }
    match step.within.as_ref()?.values().last()? {
        Within::Span(span) => in_days(*span),
        Within::Block => None,
    }
}

fn how_much(r: &Reader<'_>, program: &Program) -> Vec<Words> {
    let mut said = Vec::new();
    for line in program.award.iter().flat_map(|award| &award.lines) {
        let title = words_or(line.title.as_ref(), &line.id);
        said.push(title);
    }
    let mut ceilings = ceilings(r, program);
    ceilings.dedup_by(|one, other| one.fen() == other.fen());
    for read in ceilings {
        let Some(fen) = read.fen() else { continue };
        let (yuan, source) = (workflow::rules::form::yuan(fen), basis(&read.basis));
        said.push(Words::new(
            format!("每件最多 {yuan}（{}）。", source.zh),
            format!("At most {yuan} a case ({}).", source.en),
        ));
    }
    said
}

/// The quick way, where the program has one: a total that is counted in hours.
fn urgent(r: &Reader<'_>, program: &Program) -> Option<Words> {
    let quick = program.clock.total.0.iter().find(|choice| {
        choice.when.is_some() && matches!(choice.is, workflow::program::Span::Hours(_))
    })?;
    let when = quick.when.as_ref()?;
    let rule = r.spoken(program, |s| s.condition(when));
    let span = r.spoken(program, |s| s.span(quick.is));
    Some(Words::new(
        format!("{}：{}内办结。", rule.zh, span.zh),
        format!("{}: settled within {}.", rule.en, span.en),
    ))
}
