//! What a case waits for where no person has to act: a day, a condition, another case, its own
//! collecting time.

use chrono::{DateTime, Utc};
use entities::{Phase, RunKind, step_run};
use workflow::calendar::local_date;

use super::{
    Reader,
    case::Case,
    why::{moment, rule, title},
};
use crate::read::{Words, why::WaitView};

/// A block that begins again on a day, or a step whose day has not come.
pub(super) fn day(r: &Reader<'_>, case: &Case, run: &step_run::Model) -> Option<WaitView> {
    let at = run.opens_at.filter(|at| *at > r.now)?;
    let title = title(&case.program, &run.path);
    let sentence = begins(&title, at);
    let (who, what) = (Words::new("", ""), Words::new("等待", "waits for its day"));
    Some(WaitView { who, step: title, what, due: None, rule: rule(&case.program, None), sentence })
}

fn begins(title: &Words, at: DateTime<Utc>) -> Words {
    let day = local_date(at);
    Words::new(
        format!("“{}”于{}开始，此前无人需要办理。", title.zh, moment(at).zh),
        format!("“{}” begins on {day}; until then nobody has to act.", title.en),
    )
}

/// An open step that nobody holds.
pub(super) fn open(case: &Case, run: &step_run::Model) -> Option<WaitView> {
    let step = title(&case.program, &run.path);
    let (what, sentence) = match run.kind {
        RunKind::Wait => (
            Words::new("等待", "waits for its condition"),
            Words::new(
                format!("“{}”等待所定条件成就，每日核对，无需另行办理。", step.zh),
                format!("“{}” waits for its condition, which is looked at every day.", step.en),
            ),
        ),
        RunKind::Open => (
            Words::new("等待关联办件", "waits for the case that it opened"),
            Words::new(
                format!("“{}”已另立办件，等待其办理结果。", step.zh),
                format!("“{}” has opened another case and waits for what comes of it.", step.en),
            ),
        ),
        _ => return None,
    };
    let who = Words::new("", "");
    Some(WaitView { who, step, what, due: None, rule: rule(&case.program, None), sentence })
}

/// A case that still collects what belongs together, before anybody is asked about it.
pub(super) fn collects(case: &Case) -> Option<WaitView> {
    let file = case.file();
    let begun = !case.state.runs.is_empty() || file.phase == Phase::Draft;
    if begun || file.subject_id.is_some() || !case.state.is_live() {
        return None;
    }
    let sentence = Words::new(
        "正在汇集应当一并处理的事项，期满后由承办单位拟稿。",
        "It still collects what belongs together; a draft is made of it when that time is over.",
    );
    let (who, step) = (Words::new("", ""), Words::new("汇集", "collecting"));
    let what = Words::new("汇集", "collects");
    Some(WaitView { who, step, what, due: None, rule: rule(&case.program, None), sentence })
}
