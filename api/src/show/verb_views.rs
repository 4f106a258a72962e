//! What can be done at a step: one judge decides, here it only gets words and fields.

use entities::task;
use workflow::{
    Bar, CommandError, Refusal,
    program::{Field, Program, Step},
    rules::{
        authority::{Authority, Verb},
        form,
        returning::{self, APPLICANT},
        standing,
    },
    state::CaseState,
};

use super::{
    Open, Reader,
    case::Case,
    fields::{self, own, text_area},
    hand_fields,
    hands::Hands,
    list,
    reader::words_or,
    rows,
};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, OptionView, Words,
        staff_case::{RowMark, Tone, VerbView},
    },
    verbs::NAMES,
};

/// Most choices of a reason when a step names none: the whole shared table.
const MOST_REASONS: usize = 40;

/// The verbs of a slot: those that may be done, and those that belong to it but are barred,
/// with why.
pub(super) fn of(
    r: &Reader<'_>,
    case: &Case,
    authority: &Authority,
    (slot, hands): (&task::Model, &Hands),
    open: &Open,
) -> Vec<VerbView> {
    let mut views = Vec::new();
    for (name, verb) in NAMES {
        let may = authority.may(verb, &case.state, &case.program, Some(slot));
        let blocked = match may {
            Ok(_) => None,
            Err(Refusal::NotYours(Bar::OtherOffice)) => continue,
            Err(refusal @ (Refusal::NotYours(_) | Refusal::AskedOnce | Refusal::Owes { .. })) => {
                if !belongs(&case.program, slot, verb) {
                    continue;
                }
                Some(Problem::Command(CommandError::Refused(refusal)).detail(r.language))
            }
            Err(_) => continue,
        };
        // Lines of a roster are struck where they stand.
        let mut lines = case.state.lines().filter(|row| row.person_id.is_none());
        if matches!(verb, Verb::Strike | Verb::Move) && lines.next().is_none() {
            continue;
        }
        let choices = hand_fields::choices(hands, verb);
        if choices.is_some_and(<[OptionView]>::is_empty) {
            continue; // there is nobody to choose
        }
        let (title, tone, key) = look(verb);
        let run = case.state.runs.iter().find(|run| run.id == slot.run_id);
        let cash = verb == Verb::Pay && run.is_some_and(CaseState::is_cash);
        let is_open = open.verb.as_deref() == Some(name);
        let mut fields =
            hand_fields::asks(hands, verb).unwrap_or_else(|| asks(r, case, slot, verb));
        if is_open {
            let wrong = match case.program.step(&slot.path) {
                Some(step) => open.wrong.of_step(step),
                None => open.wrong.clone(),
            };
            fields = fields.into_iter().map(|field| wrong.over(field)).collect();
        }
        views.push(VerbView {
            name: name.to_owned(),
            title: if cash { Words::new("现金已发放", "Paid in cash") } else { title },
            tone,
            hint: if cash { Some(in_cash()) } else { hint(verb) },
            key: key.map(str::to_owned),
            fields,
            blocked,
            open: is_open,
            ends: matches!(verb, Verb::Approve | Verb::HandIn | Verb::SignForReceipt | Verb::Pay),
            rare: hand_fields::is_rare(verb),
        });
    }
    views
}

fn in_cash() -> Words {
    Words::new(
        "以现金发放，须由几名经办人分别签字，一人不能办结。",
        "Paid by hand: several of the office sign, each for themselves.",
    )
}

/// A barred verb is worth a word only where it would be the step's own.
pub(super) fn belongs(program: &Program, slot: &task::Model, verb: Verb) -> bool {
    use workflow::program::StepKind;
    let kind = program.step(&slot.path).map(|step| step.kind);
    match verb {
        Verb::Approve | Verb::RequestSupplement => kind == Some(StepKind::Decide),
        Verb::HandIn => kind == Some(StepKind::Fill),
        Verb::SignForReceipt => kind == Some(StepKind::Receive),
        Verb::Pay => kind == Some(StepKind::Pay),
        _ => false,
    }
}

/// What a verb is called on its button.
pub(super) fn title(verb: Verb) -> Words {
    look(verb).0
}

fn look(verb: Verb) -> (Words, Tone, Option<&'static str>) {
    let (zh, en, tone, key) = match verb {
        Verb::Approve => ("同意", "Approve", Tone::Primary, Some("a")),
        Verb::ApproveLess => ("核减同意", "Approve less", Tone::Plain, None),
        Verb::Refuse => ("不同意", "Refuse", Tone::Grave, None),
        Verb::Return => ("退回", "Return", Tone::Plain, Some("r")),
        Verb::RequestSupplement => ("补正告知", "Ask for supplements", Tone::Plain, Some("s")),
        Verb::Accept => ("受理", "Accept", Tone::Plain, None),
        Verb::RefuseAcceptance => ("不予受理", "Do not accept", Tone::Grave, None),
        Verb::Complain => ("投诉", "Complain", Tone::Plain, None),
        Verb::Appeal => ("申诉", "Appeal", Tone::Plain, None),
        Verb::Rate => ("评价", "Rate", Tone::Plain, None),
        Verb::HandIn => ("报送", "Hand in", Tone::Primary, Some("a")),
        Verb::SignForReceipt => ("签收", "Sign for receipt", Tone::Primary, Some("a")),
        Verb::Pay => ("已拨付", "Paid", Tone::Primary, Some("a")),
        Verb::Claim => ("领取", "Claim", Tone::Plain, None),
        Verb::Release => ("放回", "Release", Tone::Plain, None),
        Verb::Strike => ("剔除", "Strike", Tone::Plain, None),
        Verb::Move => ("调整名单", "Move on the list", Tone::Plain, None),
        Verb::CloseAsLapsed => ("按放弃办结", "Close as given up", Tone::Grave, None),
        Verb::AskExtension => ("申请延期", "Ask for more time", Tone::Plain, None),
        Verb::Suspend => ("挂起", "Suspend", Tone::Plain, None),
        Verb::Continue => ("恢复办理", "Go on", Tone::Primary, None),
        verb => {
            let (zh, en) = hand_fields::title(verb);
            (zh, en, Tone::Plain, None)
        }
    };
    (Words::new(zh, en), tone, key)
}

fn hint(verb: Verb) -> Option<Words> {
    match verb {
        Verb::RequestSupplement => Some(Words::new(
            "补正只能一次性告知：请列全。等待期间不计时。",
            "Only once: name all of it. The clock stands meanwhile.",
        )),
        Verb::Refuse | Verb::RefuseAcceptance => {
            Some(Words::new("理由会告知申请人。", "The applicant is told the reason."))
        }
        Verb::Strike => Some(Words::new(
            "剔除的事项留有记录，不再计入。",
            "What is struck stays on record and counts no more.",
        )),
        Verb::Move => Some(Words::new(
            "调整后其余人选按原次序和摇号结果递补；签发后不能再调整。",
            "The others move up or down by rank and draw; once the list is signed it stands.",
        )),
        Verb::AskExtension => Some(Words::new(
            "须在期限届满前提出，由上级答复，只延一次；延期会告知申请人。",
            "Before the time is over; the superior answers, once. The applicant is told.",
        )),
        Verb::Suspend => Some(Words::new(
            "须有依据；挂起期间不计时，满规定期限自动恢复。",
            "On a legal ground; the clock stands, and goes on by itself when the cap is reached.",
        )),
        Verb::Claim => Some(Words::new(
            "领取后他人不能办理，计时不变。",
            "Nobody else can decide it meanwhile; the clock does not change.",
        )),
        verb => hand_fields::hint(verb),
    }
}

/// The fields of a verb's form. Those of the step's own form are called `form.…`.
fn asks(r: &Reader<'_>, case: &Case, slot: &task::Model, verb: Verb) -> Vec<FieldView> {
    let Some(step) = case.program.step(&slot.path) else { return Vec::new() };
    let note = |required| text_area("note", Words::new("说明", "Note"), required);
    let scope = case.facts.scope_in(&case.state, r.now, Some(slot.run_id));
    // What cannot be worked out is filled in by hand; handing in says what is wrong.
    let starts = form::starts(&step.form, &scope).unwrap_or_default();
    let form = || {
        let value = |field: &Field| starts.get(field.id.as_str());
        step.form.iter().map(move |field| fields::of_step(field, value(field), &case.looks))
    };
    match verb {
        Verb::ApproveLess => {
            let title = Words::new("核减后的金额", "The lower amount");
            let amount = own("amount", title, FieldKind::Money, true);
            [amount].into_iter().chain(form()).chain([note(false)]).collect()
        }
        Verb::Strike => vec![line(r, case), reason(r, step)],
        Verb::Move => vec![line(r, case), list::places(case), reason(r, step)],
        Verb::Refuse | Verb::RefuseAcceptance => vec![reason(r, step), note(false)],
        Verb::Return => {
            let mut asked = vec![target(case, step), mode()];
            asked.extend(defects(case));
            asked.push(note(false));
            asked
        }
        Verb::AskExtension => vec![note(true)],
        Verb::Suspend => vec![ground(r, case), note(true)],
        Verb::RequestSupplement => defects(case).into_iter().chain([note(false)]).collect(),
        Verb::Approve | Verb::HandIn | Verb::SignForReceipt | Verb::Pay => {
            form().chain([note(false)]).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn option(value: &str, title: Words) -> OptionView {
    OptionView { value: value.to_owned(), title, hint: None }
}

pub(super) fn reason(r: &Reader<'_>, step: &Step) -> FieldView {
    let own_reasons = step.reasons.iter().map(|code| option(code, r.reason(code)));
    let mut options: Vec<OptionView> = own_reasons.collect();
    if options.is_empty() {
        let all = r.workflow.programs.shared().reasons.keys().take(MOST_REASONS);
        options = all.map(|code| option(code, r.reason(code))).collect();
    }
    own("reason", Words::new("理由", "Reason"), FieldKind::Choice { options }, true)
}

/// Which line is meant.
fn line(r: &Reader<'_>, case: &Case) -> FieldView {
    let late = rows::of(case).into_iter().filter(|row| row.state == RowMark::In);
    let late = late.map(|row| {
        let title = |unit: &str, what: &str| format!("{unit} · {} · {what}", row.number);
        let words =
            Words::new(title(&row.unit.zh, &row.step.zh), title(&row.unit.en, &row.step.en));
        option(&row.id, words)
    });
    let kind = FieldKind::Choice { options: late.chain(list::options(r, case)).collect() };
    own("row", Words::new("事项", "Line"), kind, true)
}

/// For which of the program's grounds the step may stand.
fn ground(r: &Reader<'_>, case: &Case) -> FieldView {
    let options = standing::grounds(&case.program).into_iter();
    let options = options.map(|ground| option(&ground, r.ground(&ground))).collect();
    own("reason", Words::new("依据", "Ground"), FieldKind::Choice { options }, true)
}

fn target(case: &Case, step: &Step) -> FieldView {
    let asks = returning::is_answered(&case.state);
    let targets = step.may_return.iter().filter(|to| asks || **to != APPLICANT);
    let options = targets.map(|to| {
        let title = if *to == APPLICANT {
            Words::new("申请人", "The applicant")
        } else {
            words_or(case.program.step(to).and_then(|step| step.title.as_ref()), to)
        };
        option(to, title)
    });
    let kind = FieldKind::Choice { options: options.collect() };
    own("to", Words::new("退回到", "Back to"), kind, true)
}

fn mode() -> FieldView {
    let options = vec![
        option("replay", Words::new("重新逐级签署", "All sign again")),
        option("here", Words::new("改好后直接回到这里", "Straight back here once mended")),
    ];
    let kind = FieldKind::Choice { options };
    let field = own("mode", Words::new("改好之后", "Once mended"), kind, true);
    FieldView { value: Some("replay".to_owned()), ..field }
}

/// Which fields and papers of the application are to be mended.
fn defects(case: &Case) -> Vec<FieldView> {
    let titled = |id: &str, title| option(id, words_or(title, id));
    let fields = case.program.form.iter().map(|field| titled(&field.id, field.title.as_ref()));
    let papers = case.program.papers.iter().map(|paper| titled(&paper.id, paper.title.as_ref()));
    let (fields, papers): (Vec<_>, Vec<_>) = (fields.collect(), papers.collect());
    let many = |id: &str, zh: &str, en: &str, options| {
        own(id, Words::new(zh, en), FieldKind::Many { options }, false)
    };
    vec![
        many("defect_fields", "需更正的填写项", "Fields to be corrected", fields),
        many("defect_papers", "需补交的材料", "Papers to be handed in", papers),
    ]
}
