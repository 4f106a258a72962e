//! What each step must say, by its kind.

use crate::program::{
    choice::FirstMatch,
    entry::{Block, Step},
    finding::Finding,
    model::{Every, Missed, Program, Repeat},
    place::By,
    span::{Span, Within},
    step_words::{AfterMissed, Refusal, StepKind, Take, VerdictKind},
    word::At,
};

pub(super) fn lint(program: &Program, found: &mut Vec<Finding>) {
    let mut say =
        |at: At, code, zh: String, en: String| found.push(Finding::error(at, code, zh, en));
    let mut before: Option<&Step> = None;
    let mut doubts = Vec::new();
    for (step, around) in program.steps_and_blocks() {
        for (code, zh, en) in missing(step) {
            say(step.id.at, code, zh.to_owned(), en.to_owned());
        }
        for key in strangers(step) {
            let zh = format!("“{key}”不属于此类环节");
            let en = format!("`{key}` does not go with a step of this kind ({:?})", step.kind);
            say(step.id.at, "wrong-kind", zh, en.to_lowercase());
        }
        if let Some(finding) = refusal_after_outcome(program, step) {
            say(step.id.at, "refuse-in-then", finding.0.to_owned(), finding.1.to_owned());
        }
        let repeats = around.iter().filter_map(|block: &&Block| block.repeat.as_ref());
        for repeat in repeats.chain(&step.repeat) {
            if matches!(repeat.every, Some(Every::Span(Span::Hours(_)))) {
                let zh = "按日历重复的轮次以天计，不以小时计".to_owned();
                let en = "rounds by the calendar are days apart, not hours".to_owned();
                say(step.id.at, "rounds-in-hours", zh, en);
            }
            if repeat.start.is_some() && repeat.every.is_none() {
                let zh = "start 须与 every 同用".to_owned();
                let en = "`start` is expected to stand with `every`".to_owned();
                say(step.id.at, "start-without-every", zh, en);
            }
            if is_endless(repeat) {
                let en = "a `repeat` is expected to have `at_most`, or rounds by the calendar with `until`";
                say(
                    step.id.at,
                    "endless-repeat",
                    "repeat 须有 at_most，或有日历轮次加 until".to_owned(),
                    en.to_owned(),
                );
            }
        }
        let extends = |block: &&&Block| block.extend.is_some() && block.within.is_none();
        for block in around.iter().filter(extends) {
            let at = block.id.as_ref().map_or(step.id.at, |id| id.at);
            let zh = "extend 须与 within 同用：没有期限的环节组无从延长".to_owned();
            let en = "`extend` on a block is expected to stand with `within`".to_owned();
            say(at, "extend-without-within", zh, en);
        }
        // Side by side nobody comes before another.
        let beside = around.last().is_some_and(|block| block.together);
        doubts.extend(doubtful(step, before.filter(|_| !beside)));
        before = Some(step);
    }
    found.extend(doubts);
}

/// Keys that a step of its kind cannot do without: code, Chinese, English.
fn missing(step: &Step) -> Vec<(&'static str, &'static str, &'static str)> {
    let of_kind = match step.kind {
        StepKind::Publish if step.rule.is_none() || step.at.is_none() => Some((
            "publish",
            "公示环节须有 rule 和 at",
            "a publish step is expected to have `rule` and `at`",
        )),
        StepKind::Pay if step.to.is_none() && step.per.is_none() => {
            Some(("pay", "支付环节须有 to 或 per", "a pay step is expected to have `to` or `per`"))
        }
        StepKind::Open if step.program.is_none() => {
            Some(("open", "open 环节须有 program", "an open step is expected to name a `program`"))
        }
        StepKind::Wait if step.until.is_none() && step.from.is_none() => Some((
            "wait",
            "wait 环节须有 until 或 from",
            "a wait step is expected to have `until` or `from`",
        )),
        StepKind::Copy if step.to.is_none() => {
            Some(("copy", "copy 环节须有 to", "a copy step is expected to have `to`"))
        }
        StepKind::Select if step.quota.is_none() => {
            Some(("select", "select 环节须有 quota", "a select step is expected to have `quota`"))
        }
        _ => None,
    };
    let mut all = missing_of_people(step);
    all.extend(of_kind);
    let opens = |missed: &Missed| missed.then == AfterMissed::Open && missed.program.is_none();
    if step.missed.as_ref().is_some_and(opens) {
        let en = "`missed: open` is expected to name the `program` that it opens";
        all.push(("missed", "missed: open 须写明开启的 program", en));
    }
    let timed = step.within.is_some() || step.due.is_some();
    let bound = step.missed.is_some() || step.ladder.is_some();
    if step.optional && (step.kind != StepKind::Fill || !timed || bound) {
        let zh = "optional 只用于 fill，须有 within 或 due，且不与 missed、ladder 并用";
        let en = "`optional` is for `fill` alone, needs `within` or `due`, and goes with neither \
                  `missed` nor `ladder`";
        all.push(("optional", zh, en));
    }
    all
}

/// The same, for the steps that people do.
fn missing_of_people(step: &Step) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = Vec::new();
    if !step.is_peoples() {
        return all;
    }
    if step.by.is_none() {
        let en = "a people's step is expected to say `by` whom";
        all.push(("no-by", "缺少 by：由谁办理", en));
    }
    if step.on_empty.is_none() {
        let en = "a people's step is expected to have `on_empty`: climb or hold";
        all.push(("no-on-empty", "缺少 on_empty：climb 或 hold", en));
    }
    let votes = matches!(step.take, Some(Take::All | Take::Quorum { .. } | Take::Percent { .. }));
    if step.assign.is_some() && (votes || step.by == Some(By::Applicant)) {
        let en = "`assign` offers an office's slot to one of its people: not a vote, whose slots \
                  have people already, nor the applicant's own step";
        all.push(("assign", "assign 只用于由部门办理的环节，不用于表决或申请人自己的环节", en));
    }
    let alone = |take: &Take| !matches!(take, Take::Quorum { quorum, .. } if *quorum >= 2);
    if step.cash.as_ref().and_then(|cash| cash.take.as_ref()).is_some_and(alone) {
        let en = "`cash` is signed for by two at least: `take: {quorum: 2}`";
        all.push(("cash-alone", "现金须至少两人签字：take: {quorum: 2}", en));
    }
    if step.within.is_none() && step.due.is_none() {
        let en = "a people's step is expected to have a limit: `within` or `due`";
        all.push(("no-limit", "缺少期限：within 或 due", en));
    }
    all
}

/// Keys of one kind on a step of another.
fn strangers(step: &Step) -> Vec<&'static str> {
    use StepKind::{Copy, Decide, Fill, Open, Pay, Publish, Receive, Select, Wait};
    let keys: [(&str, bool, &[StepKind]); 23] = [
        ("assign", step.assign.is_some(), &[Decide, Fill, Receive, Pay]),
        ("rule", step.rule.is_some(), &[Publish]),
        ("at", step.at.is_some(), &[Publish]),
        ("to", step.to.is_some(), &[Pay, Copy]),
        ("per", step.per.is_some(), &[Pay]),
        ("share", step.share.is_some(), &[Pay]),
        ("cash", step.cash.is_some(), &[Pay]),
        ("program", step.program.is_some(), &[Open]),
        ("at_unit", step.at_unit.is_some(), &[Open]),
        ("gather", step.gather.is_some(), &[Open]),
        ("wait", step.wait.is_some(), &[Open]),
        ("mark", step.mark.is_some(), &[Select]),
        ("rank", !step.rank.is_empty(), &[Select]),
        ("tie", step.tie.is_some(), &[Select]),
        ("wishes", step.wishes.is_some(), &[Select]),
        ("quota", step.quota.is_some(), &[Select]),
        ("always", step.always.is_some(), &[Select]),
        ("rest", step.rest.is_some(), &[Select]),
        ("until", step.until.is_some(), &[Wait]),
        ("promotes", step.promotes.is_some(), &[Wait]),
        ("keeps", step.keeps.is_some(), &[Fill]),
        ("lights", !step.lights.is_empty(), &[Fill]),
        ("row_form", !step.row_form.is_empty(), &[Fill]),
    ];
    let wrong = keys.into_iter().filter(|(_, said, kinds)| *said && !kinds.contains(&step.kind));
    wrong.map(|(key, _, _)| key).collect()
}

/// After the outcome nothing refuses the case any more.
fn refusal_after_outcome(program: &Program, step: &Step) -> Option<(&'static str, &'static str)> {
    let may_refuse = step.verdicts.is_empty() || step.verdicts.contains(&VerdictKind::Refuse);
    let ends = step.kind == StepKind::Decide && may_refuse && step.refuse == Refusal::Ends;
    (ends && program.is_after_outcome(&step.id)).then_some((
        "结果之后的环节不能再否决：用 refuse: goes_on，或在 verdicts 中去掉 refuse",
        "`then` cannot refuse the case: expected `refuse: goes_on`, or `verdicts` without refuse",
    ))
}

fn is_endless(repeat: &Repeat) -> bool {
    repeat.at_most.is_none() && !(repeat.every.is_some() && repeat.until.is_some())
}

fn doubtful(step: &Step, before: Option<&Step>) -> Vec<Finding> {
    let mut doubts = Vec::new();
    let mut doubt =
        |code, zh: String, en: String| doubts.push(Finding::warning(step.id.at, code, zh, en));
    if step.take == Some(Take::All) {
        let en = format!("`{}`: `take: all` needs every holder of a role to sign", step.id);
        doubt("all-of-many", format!("“{}”要求所有人签字", step.id), en);
    }
    let mut spans = step.within.iter().flat_map(FirstMatch::values);
    let long = |within: &Within| matches!(within, Within::Span(Span::WorkingDays(16..)));
    let is_long = spans.any(long);
    // Whoever the total clock stands still for has a cap of their own.
    if step.stop.is_none() && step.long.is_none() && is_long {
        doubt(
            "long-step",
            format!("“{}”超过 15 个工作日；确需如此的，以 long 注明依据", step.id),
            format!(
                "`{}` takes more than 15wd: if that is meant, `long` says by which rule",
                step.id
            ),
        );
    }
    if step.long.is_some() && !is_long {
        doubt(
            "not-long",
            format!("“{}”不超过 15 个工作日，不需要 long", step.id),
            format!("`{}` takes 15wd at most: it needs no `long`", step.id),
        );
    }
    let roles = |step: &Step| -> Vec<String> {
        step.by.iter().flat_map(By::roles).map(ToString::to_string).collect()
    };
    let own = roles(step);
    if !own.is_empty() && before.is_some_and(|before| roles(before) == own && before.of == step.of)
    {
        let en = format!("`{}` is the step of the same role as the one before", step.id);
        doubt("same-role-twice", format!("“{}”与上一环节同一角色", step.id), en);
    }
    doubts
}
