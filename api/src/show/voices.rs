//! What the applicant's side says of a case: what may be said, what was, and what became of it.

use entities::{Grade, Outcome, TaskState, VoiceKind, appointment, task};
use workflow::{
    Actor, CommandError, Refusal,
    commands::{self, Heard, WORDS, decided_at, heard_of, may_say_again, reply_of},
    rules::{
        authority::Authority,
        voicing::{Appealable, may_appeal, may_complain, may_rate},
    },
};

use super::{
    Reader, Wrong,
    case::Case,
    fields::{own, text_area},
    progress, scope,
};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, OptionView, Words,
        progress::Action,
        staff_case::ObjectionView,
        voices::{MayView, SayView, VoiceState, VoiceView, VoicesView},
    },
};

/// The kinds that are said of a case, in the order of the page.
const KINDS: [VoiceKind; 3] = [VoiceKind::Complaint, VoiceKind::Appeal, VoiceKind::Rating];

/// What was said of a case of one's own, and what may be said now.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn voices(r: &Reader<'_>, actor: Actor, key: &str) -> Result<VoicesView, Problem> {
    let case = Case::read(r, scope::mine(r, actor, key).await?).await?;
    let authority = progress::authority(r, actor).await?;
    let heard = heard_of(r.db(), case.file().id).await?;
    let mut may = Vec::new();
    for kind in KINDS {
        let judged = judge(r, &case, &authority, (kind, &heard)).await?;
        let until = judged.as_ref().ok().and_then(|judged| judged.as_ref()).map(|one| one.last);
        let why_not = judged.as_ref().err().map(|refusal| why(r, refusal.clone()));
        may.push(MayView { kind, may: judged.is_ok(), why_not, until });
    }
    Ok(VoicesView { number: case.key(), said: views(r, heard).await?, may })
}

/// The page on which one thing is said.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn say(
    r: &Reader<'_>,
    actor: Actor,
    (key, kind): (&str, VoiceKind),
    wrong: &Wrong,
) -> Result<SayView, Problem> {
    let case = Case::read(r, scope::mine(r, actor, key).await?).await?;
    let authority = progress::authority(r, actor).await?;
    let heard = heard_of(r.db(), case.file().id).await?;
    let judged = judge(r, &case, &authority, (kind, &heard)).await?;
    let said = heard.into_iter().filter(|one| one.row.kind == kind).collect();
    let (fields, why_not, until) = match judged {
        Ok(judged) => (fields(kind, wrong), None, judged.map(|one| one.last)),
        Err(refusal) => (Vec::new(), Some(why(r, refusal)), None),
    };
    Ok(SayView {
        number: case.key(),
        title: case.title(),
        kind,
        said: views(r, said).await?,
        fields,
        why_not,
        until,
        holds: kind == VoiceKind::Appeal && case.file().outcome == Some(Outcome::Granted),
    })
}

fn fields(kind: VoiceKind, wrong: &Wrong) -> Vec<FieldView> {
    let most = u32::try_from(*WORDS.end()).ok();
    let words = |title: Words, required| {
        let kind = FieldKind::Text { long: true, most };
        FieldView { kind, ..text_area("text", title, required) }
    };
    let fields = match kind {
        VoiceKind::Complaint => vec![FieldView {
            hint: Some(Words::new(
                "写明哪个环节、什么时间、发生了什么。原话加密保存，只有处理投诉的上级部门能看到，不转给被投诉的单位。",
                "Which step, when, what happened. Your words are encrypted: only the office above that deals with the complaint reads them, not the unit complained of.",
            )),
            ..words(Words::new("投诉内容", "What you complain of"), true)
        }],
        VoiceKind::Appeal => vec![FieldView {
            hint: Some(Words::new(
                "写明不服的理由和可以核实的事实，有新情况的一并写明。原申请材料不用重交。",
                "Why you do not agree, and facts that can be checked; say what is new. The papers of your application need not be handed in again.",
            )),
            ..words(Words::new("申诉理由", "Why you do not agree"), true)
        }],
        _ => vec![
            own("grade", Words::new("您的评价", "Your rating"), grades(), true),
            words(Words::new("想对我们说的话", "What you would like to tell us"), false),
        ],
    };
    fields.into_iter().map(|field| wrong.over(field)).collect()
}

fn grades() -> FieldKind {
    use entities::Grade as G;
    let all = [G::VerySatisfied, G::Satisfied, G::Fair, G::Dissatisfied, G::VeryDissatisfied];
    let option =
        |grade: Grade| OptionView { value: grade.word(), title: grade_words(grade), hint: None };
    FieldKind::Choice { options: all.map(option).into() }
}

/// What people read for a grade.
pub(super) fn grade_words(grade: Grade) -> Words {
    match grade {
        Grade::VerySatisfied => Words::new("非常满意", "Very satisfied"),
        Grade::Satisfied => Words::new("满意", "Satisfied"),
        Grade::Fair => Words::new("基本满意", "Fairly satisfied"),
        Grade::Dissatisfied => Words::new("不满意", "Dissatisfied"),
        Grade::VeryDissatisfied => Words::new("非常不满意", "Very dissatisfied"),
    }
}

/// Whether it may be said now; of an appeal, until when.
async fn judge(
    r: &Reader<'_>,
    case: &Case,
    authority: &Authority,
    (kind, heard): (VoiceKind, &[Heard]),
) -> Result<Result<Option<Appealable>, Refusal>, Problem> {
    let judged = match kind {
        VoiceKind::Complaint => {
            may_complain(authority, &case.state, case.facts.shared()).map(|()| None)
        }
        VoiceKind::Appeal => {
            let decided = decided_at(r.db(), case.file()).await?;
            may_appeal(authority, (&case.state, &case.facts), decided, r.now).map(Some)
        }
        _ => may_rate(authority, &case.state).map(|()| None),
    };
    Ok(judged.and_then(|judged| may_say_again(heard, kind).map(|()| judged)))
}

fn why(r: &Reader<'_>, refusal: Refusal) -> String {
    Problem::Command(CommandError::Refused(refusal)).detail(r.language)
}

/// What the applicant's side may say of a case now, beside what was said of it: buttons, and, of
/// what is refused for a reason of its own, the reason.
pub(super) async fn open_to(
    r: &Reader<'_>,
    case: &Case,
    authority: &Authority,
) -> Result<Offered, Problem> {
    let heard = heard_of(r.db(), case.file().id).await?;
    let mut offered = Offered::default();
    for kind in KINDS {
        match judge(r, case, authority, (kind, &heard)).await? {
            Ok(judged) => {
                offered.actions.extend(action(kind));
                offered.until = judged.map(|one| one.last).or(offered.until);
            }
            Err(Refusal::NotNow { .. } | Refusal::NotYours(_)) => {}
            Err(refusal) => offered.barred.push((kind, why(r, refusal))),
        }
    }
    offered.said = views(r, heard).await?;
    Ok(offered)
}

/// What may be said, and what was.
#[derive(Debug, Default)]
pub(super) struct Offered {
    pub(super) actions: Vec<Action>,
    pub(super) barred: Vec<(VoiceKind, String)>,
    pub(super) said: Vec<VoiceView>,
    /// The last day for an appeal.
    pub(super) until: Option<chrono::NaiveDate>,
}

fn action(kind: VoiceKind) -> Option<Action> {
    match kind {
        VoiceKind::Complaint => Some(Action::Complain),
        VoiceKind::Appeal => Some(Action::Appeal),
        VoiceKind::Rating => Some(Action::Rate),
        VoiceKind::TipOff => None,
    }
}

async fn views(r: &Reader<'_>, heard: Vec<Heard>) -> Result<Vec<VoiceView>, Problem> {
    let mut views = Vec::new();
    for one in heard {
        let reply = match &one.case {
            Some(case) => reply_of(r.db(), r.workflow, case).await?,
            None => None,
        };
        let refused = one.outcome() == Some(Outcome::Refused);
        let reason = one.case.as_ref().and_then(|case| case.reason.clone()).filter(|_| refused);
        views.push(VoiceView {
            kind: one.row.kind,
            said_at: one.row.said_at,
            grade: one.row.grade,
            number: one.number(),
            state: state(&one),
            reason: reason.map(|code| r.reason(&code)),
            reply,
        });
    }
    Ok(views)
}

/// What became of it, as far as it has come out.
pub(super) fn state(one: &Heard) -> VoiceState {
    let appeal = one.row.kind == VoiceKind::Appeal;
    match one.outcome() {
        _ if !one.leads_on() => VoiceState::Noted,
        Some(Outcome::Refused) if appeal => VoiceState::NotUpheld,
        Some(_) if appeal => VoiceState::Upheld,
        _ if one.is_over() => VoiceState::Answered,
        _ => VoiceState::UnderWay,
    }
}

/// The words with which a case was opened, for those who deal with it: never for whoever works in
/// the unit that they are about, nor for those who may only look.
///
/// # Errors
/// The database's.
pub(super) async fn spoken(
    r: &Reader<'_>,
    case: &Case,
    authority: &Authority,
) -> Result<Vec<ObjectionView>, Problem> {
    let held = &authority.appointments;
    let deals = |slot: &task::Model| {
        let counts = matches!(slot.state, TaskState::Open | TaskState::Claimed | TaskState::Signed);
        let own =
            |held: &appointment::Model| held.unit_id == slot.unit_id && held.duty == slot.duty;
        counts && held.iter().any(own)
    };
    if !case.state.tasks.iter().any(deals) {
        return Ok(Vec::new());
    }
    let mut views = Vec::new();
    for one in commands::heard_behind(r.db(), case.file()).await? {
        if held.iter().any(|held| Some(held.unit_id) == one.row.unit_id) {
            continue;
        }
        if let Some(spoken) = commands::words_of(r.db(), r.workflow, &one.row).await? {
            let at = one.row.said_at;
            views.push(ObjectionView { at, text: spoken.text, contact: spoken.contact });
        }
    }
    Ok(views)
}
