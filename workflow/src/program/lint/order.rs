//! What must come before what: returns, `apart`, the ends of clocks.

use super::unknown;
use crate::program::{
    entry::{Block, Step},
    field::FieldType,
    finding::Finding,
    model::{Program, Reply},
    place::{self, By},
    word::Word,
};

type Place<'a> = (&'a Step, Vec<&'a Block>);

pub(super) fn lint(program: &Program, found: &mut Vec<Finding>) {
    let steps = program.steps_and_blocks();
    for (index, here) in steps.iter().enumerate() {
        let (earlier, _) = steps.split_at(index);
        for target in &here.0.may_return {
            if let Some(finding) = bad_return(program, target, here, &steps, earlier) {
                found.push(finding);
            }
        }
        for role in here.0.by.iter().flat_map(By::roles) {
            let place::Place::Step { step: named, .. } = &role.place else { continue };
            let ids: Vec<_> = earlier.iter().map(|(step, _)| step.id.as_str()).collect();
            if !ids.contains(&named.as_str()) && program.step(named).is_some() {
                let what = ["前置环节", "earlier step"];
                found.push(unknown(role.at, "unknown-step", what, named, &ids));
            }
        }
        for id in here.0.debts.iter().filter(|id| program.step(id).is_none()) {
            let ids: Vec<_> = steps.iter().map(|(step, _)| step.id.as_str()).collect();
            found.push(unknown(id.at, "unknown-step", ["环节", "step"], id, &ids));
        }
        for id in here.0.apart.iter().chain(&here.0.keeps) {
            let is_block = |block: &&Block| block.id.as_ref() == Some(id);
            let known =
                earlier.iter().any(|(step, around)| step.id == *id || around.iter().any(is_block));
            if !known {
                let ids: Vec<_> = earlier.iter().map(|(step, _)| step.id.as_str()).collect();
                found.push(unknown(id.at, "unknown-step", ["前置环节", "earlier step"], id, &ids));
            }
        }
    }
    if let Some(finding) = program.reply.as_ref().and_then(|reply| no_reply(program, reply)) {
        found.push(finding);
    }
    for to in program.clock.to.values() {
        if *to != "outcome" && *to != "end" && program.step(to).is_none() {
            let mut known = vec!["outcome", "end"];
            known.extend(steps.iter().map(|(step, _)| step.id.as_str()));
            found.push(unknown(to.at, "unknown-step", ["环节", "step"], to, &known));
        }
    }
}

/// Why nothing can be read there as the answer.
fn no_reply(program: &Program, reply: &Reply) -> Option<Finding> {
    let Some(step) = program.step(&reply.step) else {
        let ids: Vec<_> = program.steps().iter().map(|step| step.id.as_str()).collect();
        return Some(unknown(reply.step.at, "unknown-step", ["环节", "step"], &reply.step, &ids));
    };
    let texts = step.form.iter().filter(|field| field.kind_of == FieldType::Text);
    let ids: Vec<_> = texts.map(|field| field.id.as_str()).collect();
    let known = ids.contains(&reply.field.as_str());
    let what = ["文本字段", "text field"];
    (!known).then(|| unknown(reply.field.at, "unknown-field", what, &reply.field, &ids))
}

/// Why a return may not go there.
fn bad_return(
    program: &Program,
    target: &Word,
    here: &Place<'_>,
    steps: &[Place<'_>],
    earlier: &[Place<'_>],
) -> Option<Finding> {
    if *target == "applicant" {
        return None;
    }
    let id = target.rsplit('.').next().unwrap_or(target);
    let Some(there) = steps.iter().find(|(step, _)| step.id == *id) else {
        let known: Vec<_> = earlier.iter().map(|(step, _)| step.id.as_str()).collect();
        return Some(unknown(
            target.at,
            "unknown-step",
            ["退回环节", "step to return to"],
            target,
            &known,
        ));
    };
    let bad = |zh: &str, en: &str| {
        Some(Finding::error(
            target.at,
            "bad-return",
            format!("不能退回到“{target}”：{zh}"),
            format!("`{target}` is no target of a return: {en}"),
        ))
    };
    if !earlier.iter().any(|(step, _)| std::ptr::eq(*step, there.0)) {
        return bad("它不在本环节之前", "it does not come before this step");
    }
    if program.is_after_outcome(&here.0.id) != program.is_after_outcome(id) {
        return bad("它在结果之前", "the outcome lies between");
    }
    let common = here.1.iter().zip(&there.1).take_while(|(a, b)| std::ptr::eq(**a, **b)).count();
    if common > 0 && here.1.get(common - 1).is_some_and(|block| block.together) {
        return bad("它在并行的另一分支", "it stands in a sibling branch of `together`");
    }
    let threads = there.1.iter().skip(common).any(|block| block.each.is_some());
    if threads || there.0.has_threads() {
        return bad(
            "它逐项分别办理（each），退回时说不出是哪一项",
            "it stands in an `each`, and a return cannot say in which thread",
        );
    }
    None
}
