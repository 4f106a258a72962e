//! Why a case is where it is, in the words of its rules.

use chrono::{DateTime, Datelike, Timelike, Utc};
use entities::{ClockKind, Phase, RunKind, RunState, VoiceKind, step_run, task};
use workflow::{
    Actor, CommandError, Refusal,
    calendar::SHANGHAI,
    event::Holders,
    program::{Program, Span, Step, StepKind, Within},
    rules::{
        authority::{Authority, Verb},
        recusing,
    },
};

use super::{
    Reader, case::Case, due, people, progress, reader::words_or, scope, steps, verb_views, voices,
    why_machine,
};
use crate::{
    Problem,
    read::{
        DueView, Light, StepState, Words,
        progress::Action,
        why::{CanView, CannotView, WaitView, WhyView},
    },
    verbs::NAMES,
};

/// Why a case that one may look at is where it is.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn why(r: &Reader<'_>, actor: Actor, key: &str) -> Result<WhyView, Problem> {
    let file = scope::seen(r, actor, key).await?;
    let case = Case::read(r, file).await?;
    let authority = progress::authority(r, actor).await?;
    let (mut can, mut cannot) = verbs(r, &case, &authority);
    let offered = voices::open_to(r, &case, &authority).await?;
    can.extend(offered.actions.iter().filter_map(|action| voice(*action)));
    cannot.extend(offered.barred.into_iter().map(|(kind, why)| {
        let (verb, title) = voice_words(kind);
        CannotView { verb, title, why }
    }));
    let waits = waits(r, &case);
    let next = next(r, &case);
    let sentence = sentence(&waits, &next, &case);
    Ok(WhyView { number: case.key(), status: case.status(), sentence, waits, next, can, cannot })
}

/// What is waited for: open slots, a public notice, a day, the applicant.
pub(super) fn waits(r: &Reader<'_>, case: &Case) -> Vec<WaitView> {
    let file = case.file();
    if file.phase == Phase::Draft || !case.state.is_live() {
        return Vec::new();
    }
    if file.supplementing {
        return vec![supplement(r, case)];
    }
    let mut views: Vec<WaitView> = Vec::new();
    let held = case.state.objected();
    for (slot, run) in steps::open_slots(&case.state) {
        if held && run.kind == RunKind::Pay {
            continue;
        }
        let view = of_slot(r, case, slot, run);
        if !views.iter().any(|known| known.who == view.who && known.step == view.step) {
            views.push(view);
        }
    }
    for run in &case.state.runs {
        match run.state {
            RunState::Open if run.kind == RunKind::Publish => views.push(publicity(r, case, run)),
            RunState::Waiting | RunState::Open if held && run.kind == RunKind::Pay => {
                views.push(objected(case, run));
            }
            RunState::Waiting => views.extend(why_machine::day(r, case, run)),
            RunState::Open => views.extend(why_machine::open(case, run)),
            _ => {}
        }
    }
    if views.is_empty() {
        views.extend(why_machine::collects(case));
    }
    views
}

/// Who must do what with one open slot.
pub(super) fn of_slot(
    r: &Reader<'_>,
    case: &Case,
    slot: &task::Model,
    run: &step_run::Model,
) -> WaitView {
    let step = case.program.step(&run.path);
    let own = slot.addressed && slot.person_id == case.file().subject_id;
    let who = if own {
        Words::new("申请人", "The applicant")
    } else {
        let office = case.units.get(&slot.unit_id);
        let duty = people::duty_words(r, office.map_or("", |unit| &unit.office), slot.duty);
        let zh = office.map_or("", |unit| &unit.name_zh);
        let en = office.map_or("", |unit| &unit.name_en);
        Words::new(format!("{zh}（{}）", duty.zh), format!("{en} ({})", duty.en))
    };
    let what = match step.map(|step| step.kind) {
        Some(StepKind::Fill) => Words::new("报送", "hand in"),
        Some(StepKind::Receive) => Words::new("签收", "sign for receipt of"),
        Some(StepKind::Pay) => Words::new("拨付", "pay"),
        _ => Words::new("审批", "decide"),
    };
    let clock = case.state.clock_of(run.id);
    let due = clock.and_then(|row| due::of_slot(r, case, slot.unit_id, row));
    let mut view = told(who, title(&case.program, &run.path), what, due, rule(&case.program, step));
    if let Some(kept) = kept_away(run) {
        view.sentence.zh.push_str(&kept.zh);
        view.sentence.en.push_str(&kept.en);
    }
    view
}

/// 回避: that somebody was taken off the people of a step, and for what; never who.
fn kept_away(run: &step_run::Model) -> Option<Words> {
    let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
    let mut kinds = holders.struck.keys().filter_map(|why| match why.as_str() {
        "conflict" => Some(("利害关系", "a tie on record")),
        "declared_relative" => Some(("申报的亲属", "a declared relative")),
        "declared_township" => Some(("申报的乡镇", "a declared township")),
        "declared_village" => Some(("申报的村", "a declared village")),
        "declared_school" => Some(("申报的学校", "a declared school")),
        recusing::SAME_BANK => Some(("同一银行卡", "the same bank card")),
        recusing::SAME_PHONE => Some(("同一手机", "the same phone")),
        recusing::SAME_ADDRESS => Some(("同一住址", "the same address")),
        _ => None,
    });
    let (zh, en) = kinds.next()?;
    Some(Words::new(
        format!("有人员因{zh}回避，不参与办理。"),
        format!(" Somebody keeps away from it because of {en}."),
    ))
}

fn supplement(r: &Reader<'_>, case: &Case) -> WaitView {
    let clocks = case.state.clocks.iter();
    let mut open = clocks.filter(|row| row.kind == ClockKind::Applicant && row.ended_at.is_none());
    let due = open.next_back().and_then(|row| due::of_clock(r, row));
    let who = Words::new("申请人", "The applicant");
    let step = Words::new("补正", "what was asked for");
    let what = Words::new("提交", "hand in");
    told(who, step, what, due, rule(&case.program, None))
}

fn publicity(r: &Reader<'_>, case: &Case, run: &step_run::Model) -> WaitView {
    let due = run.due_at.map(|at| due::of_instant(r, at, false));
    let step = title(&case.program, &run.path);
    let until = due.as_ref().map(|due| moment(due.at));
    let (zh, en) = until
        .map_or_else(Default::default, |at| (format!("至{}", at.zh), format!(" until {}", at.en)));
    let sentence = Words::new(
        format!("正在公示{zh}；期满无异议即转入下一步。"),
        format!("It is shown to the public{en}; without objection it goes on then."),
    );
    let who = Words::new("公众", "The public");
    let what = Words::new("公示", "may object to");
    WaitView { who, step, what, due, rule: rule(&case.program, None), sentence }
}

/// A payment that an objection or an appeal holds up.
fn objected(case: &Case, run: &step_run::Model) -> WaitView {
    let step = title(&case.program, &run.path);
    let sentence = Words::new(
        format!("因异议或申诉正在核实，“{}”暂缓；核实结束后继续。", step.zh),
        format!("An objection or an appeal is open: “{}” waits until it has come out.", step.en),
    );
    let who = Words::new("核实的单位", "Whoever examines it");
    let what = Words::new("核实", "examine it");
    WaitView { who, step, what, due: None, rule: rule(&case.program, None), sentence }
}

/// The title of a step, and of a block that of its first step; the path where there is none.
pub(super) fn title(program: &Program, path: &str) -> Words {
    words_or(program.first_step(path).and_then(|step| step.title.as_ref()), path)
}

fn told(who: Words, step: Words, what: Words, due: Option<DueView>, rule: Words) -> WaitView {
    let stands = due.as_ref().is_some_and(|due| due.light == Light::Stopped);
    let by = due.as_ref().filter(|_| !stands).map(|due| moment(due.at));
    let (zh, en) = by
        .map_or_else(Default::default, |at| (format!("须在{}前", at.zh), format!(" by {}", at.en)));
    let (zh, en) = if stands {
        ("已依法暂停计时，恢复后继续".to_owned(), " once the clock runs again".to_owned())
    } else {
        (zh, en)
    };
    let late = due.as_ref().is_some_and(|due| due.left < 0);
    let (late_zh, late_en) =
        if late { ("，现已超期", "; that time is over") } else { ("", "") };
    let sentence = Words::new(
        format!("{}{zh}{}“{}”{late_zh}（{}）。", who.zh, what.zh, step.zh, rule.zh),
        format!("{} must {} “{}”{en}{late_en} ({}).", who.en, what.en, step.en, rule.en),
    );
    WaitView { who, step, what, due, rule, sentence }
}

/// By which clause, and in how much time.
pub(super) fn rule(program: &Program, step: Option<&Step>) -> Words {
    let mut clauses = program.basis.iter();
    let basis = clauses.next().map_or_else(String::new, |b| format!("《{}》{}", b.doc, b.clause));
    let limit = step.and_then(|step| step.within.as_ref()).and_then(|list| list.only());
    let (Some(Within::Span(span)), false) = (limit, basis.is_empty()) else {
        return Words::new(basis.clone(), basis);
    };
    let limit = length(*span);
    Words::new(format!("{basis}，时限{}", limit.zh), format!("{basis}, limit {}", limit.en))
}

fn length(span: Span) -> Words {
    let (n, zh, en) = match span {
        Span::WorkingDays(n) => (n, "个工作日", "working days"),
        Span::Hours(n) => (n, "小时", "hours"),
        Span::Days(n) => (n, "天", "days"),
        Span::Months(n) => (n, "个月", "months"),
        Span::Years(n) => (n, "年", "years"),
    };
    Words::new(format!("{n}{zh}"), format!("{n} {en}"))
}

/// A moment in both languages: `10月17日18:00`.
pub(super) fn moment(at: DateTime<Utc>) -> Words {
    let local = at.with_timezone(&SHANGHAI);
    let time = format!("{:02}:{:02}", local.hour(), local.minute());
    let zh = format!("{}月{}日{time}", local.month(), local.day());
    Words::new(zh, format!("{}, {time}", local.format("%-d %b")))
}

/// What happens when it is done.
fn next(r: &Reader<'_>, case: &Case) -> Words {
    let file = case.file();
    match file.phase {
        Phase::Draft => {
            return Words::new(
                "提交后由第一个环节受理。",
                "Once handed in, the first step takes it on.",
            );
        }
        Phase::Ended => return Words::new("事项已办结。", "The case has ended."),
        _ => {}
    }
    let ahead = steps::of(r, case).into_iter().find(|step| step.state == StepState::Waiting);
    match ahead {
        Some(step) => {
            let zh = format!("下一步是“{}”。", step.title.zh);
            Words::new(zh, format!("Next comes “{}”.", step.title.en))
        }
        None if file.outcome.is_some() => Words::new("此后事项办结。", "After that the case ends."),
        None => Words::new("此后作出决定。", "After that it is decided."),
    }
}

fn sentence(waits: &[WaitView], next: &Words, case: &Case) -> Words {
    if waits.is_empty() {
        let file = case.file();
        let passes = case.state.is_live() && file.phase != Phase::Draft;
        let first = if passes {
            Words::new("正在转到下一个环节。", "It is on its way to the next step. ")
        } else if file.phase == Phase::Draft {
            Words::new(
                "尚未提交，只有您能看到。",
                "It has not been handed in; only you can see it. ",
            )
        } else {
            Words::new("", "")
        };
        return Words::new(format!("{}{}", first.zh, next.zh), format!("{}{}", first.en, next.en));
    }
    let zh: String = waits.iter().map(|wait| wait.sentence.zh.as_str()).collect();
    let en: Vec<&str> = waits.iter().map(|wait| wait.sentence.en.as_str()).collect();
    Words::new(format!("{zh}{}", next.zh), format!("{} {}", en.join(" "), next.en))
}

/// What the reader can do now, and what they cannot, with the judge's own reason.
fn verbs(r: &Reader<'_>, case: &Case, authority: &Authority) -> (Vec<CanView>, Vec<CannotView>) {
    let (mut can, mut cannot) = (Vec::new(), Vec::new());
    let own = [
        ("resubmit", Verb::Resubmit, Words::new("补正", "Hand in what was asked for")),
        ("withdraw", Verb::Withdraw, Words::new("撤回", "Withdraw")),
    ];
    for (name, verb, title) in own {
        if authority.may(verb, &case.state, &case.program, None).is_ok() {
            can.push(CanView { verb: name.to_owned(), title, task: None });
        }
    }
    for (slot, _) in steps::open_slots(&case.state) {
        for (name, verb) in NAMES {
            let title = verb_views::title(verb);
            match authority.may(verb, &case.state, &case.program, Some(slot)) {
                Ok(_) => {
                    let task = Some(slot.id.to_string());
                    can.push(CanView { verb: name.to_owned(), title, task });
                }
                Err(refusal) if verb_views::belongs(&case.program, slot, verb) => {
                    cannot.push(CannotView {
                        verb: name.to_owned(),
                        title,
                        why: words(r, refusal),
                    });
                }
                Err(_) => {}
            }
        }
    }
    cannot.retain(|one: &CannotView| !can.iter().any(|open| open.verb == one.verb));
    (can, cannot)
}

/// What the applicant's side may say of the case.
fn voice(action: Action) -> Option<CanView> {
    let kind = match action {
        Action::Complain => VoiceKind::Complaint,
        Action::Appeal => VoiceKind::Appeal,
        Action::Rate => VoiceKind::Rating,
        _ => return None,
    };
    let (verb, title) = voice_words(kind);
    Some(CanView { verb, title, task: None })
}

/// By the last part of its address.
fn voice_words(kind: VoiceKind) -> (String, Words) {
    let title = match kind {
        VoiceKind::Complaint => Words::new("投诉", "Complain"),
        VoiceKind::Appeal => Words::new("申诉", "Appeal"),
        _ => Words::new("评价", "Rate"),
    };
    (kind.word(), title)
}

fn words(r: &Reader<'_>, refusal: Refusal) -> String {
    Problem::Command(CommandError::Refused(refusal)).detail(r.language)
}
