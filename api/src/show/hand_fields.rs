//! What the verbs that bring others to a step are called, and what they ask for.

use workflow::rules::authority::Verb;

use super::{
    fields::{own, text_area},
    hands::Hands,
};
use crate::read::{FieldKind, FieldView, OptionView, Words};

/// Whom or what there is to choose from; none for a verb that chooses nobody.
pub(super) fn choices(hands: &Hands, verb: Verb) -> Option<&[OptionView]> {
    Some(match verb {
        Verb::Transfer | Verb::Delegate => &hands.colleagues,
        Verb::AddSigner => &hands.near,
        Verb::AskOpinion | Verb::AskExpert | Verb::Copy => &hands.around,
        Verb::DropSigner => &hands.beside,
        Verb::PlanHolder if hands.later.is_empty() => &[],
        Verb::PlanHolder => &hands.headed,
        _ => return None,
    })
}

/// The fields of these verbs; none for any other.
pub(super) fn asks(hands: &Hands, verb: Verb) -> Option<Vec<FieldView>> {
    let why = || text_area("note", Words::new("说明", "Note"), true);
    let who = |zh: &str, en: &str| {
        let options = choices(hands, verb).unwrap_or_default().to_vec();
        own("person", Words::new(zh, en), FieldKind::Choice { options }, true)
    };
    Some(match verb {
        Verb::Transfer => vec![who("转给", "To"), why()],
        Verb::Delegate => vec![who("委派给", "To"), why()],
        Verb::AddSigner => vec![who("加签人", "Who"), side(), why()],
        Verb::AskOpinion => vec![who("征求谁的意见", "Whose opinion"), why()],
        Verb::AskExpert => vec![who("请哪位专家", "Which expert"), why()],
        Verb::Copy => vec![who("抄送给", "To")],
        Verb::DropSigner => {
            let options = hands.beside.clone();
            vec![own("slot", Words::new("减签", "Who"), FieldKind::Choice { options }, true)]
        }
        Verb::PlanHolder => {
            let options = hands.later.clone();
            let step = own("step", Words::new("环节", "Step"), FieldKind::Choice { options }, true);
            vec![step, who("由谁办理", "By")]
        }
        Verb::GiveOpinion | Verb::Undo | Verb::AskSupplementAgain => vec![why()],
        Verb::GiveBack => vec![text_area("note", Words::new("说明", "Note"), false)],
        Verb::TakeBack => Vec::new(),
        _ => return None,
    })
}

fn side() -> FieldView {
    let option = |value: &str, zh: &str, en: &str| OptionView {
        value: value.to_owned(),
        title: Words::new(zh, en),
        hint: None,
    };
    let options = vec![
        option("before", "在我之前签", "signs before me"),
        option("after", "在我之后签", "signs after me"),
    ];
    let kind = FieldKind::Choice { options };
    let field = own("side", Words::new("顺序", "Order"), kind, true);
    FieldView { value: Some("before".to_owned()), ..field }
}

/// Whether a verb is for some days only.
pub(super) fn is_rare(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Transfer
            | Verb::Delegate
            | Verb::AddSigner
            | Verb::DropSigner
            | Verb::AskOpinion
            | Verb::AskExpert
            | Verb::Copy
            | Verb::PlanHolder
            | Verb::AskSupplementAgain
            | Verb::AskExtension
            | Verb::Suspend
    )
}

/// What they are called.
pub(super) fn title(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Transfer => ("转办", "Pass on"),
        Verb::Delegate => ("委派", "Delegate"),
        Verb::GiveBack => ("交回", "Give back"),
        Verb::AddSigner => ("加签", "Add a signer"),
        Verb::DropSigner => ("减签", "Drop a signer"),
        Verb::AskOpinion => ("沟通", "Ask for an opinion"),
        Verb::AskExpert => ("征求专家意见", "Ask an expert"),
        Verb::GiveOpinion => ("回复意见", "Give your opinion"),
        Verb::Copy => ("抄送", "Send a copy"),
        Verb::TakeBack => ("拿回", "Take back"),
        Verb::Undo => ("撤销决定", "Undo the decision"),
        Verb::PlanHolder => ("指定后续办理人", "Name a later holder"),
        Verb::AskSupplementAgain => ("申请再次补正", "Ask to request again"),
        _ => ("", ""),
    }
}

/// What follows from them, before one does it.
pub(super) fn hint(verb: Verb) -> Option<Words> {
    let (zh, en) = match verb {
        Verb::Transfer => {
            ("期限不变，由同事办结。", "The time stays as it is; a colleague decides.")
        }
        Verb::Delegate => (
            "同事准备后交回，由您签署；期限不变。",
            "A colleague prepares it and gives it back; you sign. The time stays as it is.",
        ),
        Verb::AddSigner => (
            "加签人不同意，本环节即不同意；期限不变。",
            "If they refuse, the step is refused. The time stays as it is.",
        ),
        Verb::AskOpinion => (
            "对方只提意见，不签署；本环节照常计时。",
            "They say what they think and sign nothing. The time runs on.",
        ),
        Verb::AskExpert => (
            "对方只提意见，不签署。项目规定专家评审可停计时限的，收到意见前本环节暂停计时，满规定期限自动恢复；未规定的照常计时。",
            "They say what they think and sign nothing. Where the program knows a stop for experts, the clock stands until they answer, at most to its cap; else it runs on.",
        ),
        Verb::Copy => ("对方可以查看，无需办理。", "They may look at it and have nothing to do."),
        Verb::TakeBack => (
            "下一环节尚未领取或签署时可以拿回；期限从首次收到起算。",
            "As long as nobody has taken the next step. The time runs from when it first came.",
        ),
        Verb::Undo => (
            "两小时内、尚未支付或公示时可以撤销；申请人会收到通知。",
            "Within two hours, before anything is paid or published. The applicant is told.",
        ),
        Verb::PlanHolder => (
            "只对本件有效；届时不能办理的，仍由原部门办理。",
            "For this case only; if they cannot then, the office does as ever.",
        ),
        Verb::AskSupplementAgain => (
            "须经上级同意；同意的，记为本单位一次性告知不到位。",
            "The superior answers; if allowed, it counts against your unit.",
        ),
        _ => return None,
    };
    Some(Words::new(zh, en))
}
