//! Which letters there are.

use crate::jobs::JobError;

/// A letter, by the stored name in `notice.template`. Stored names are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Filed,
    Accepted,
    AcceptanceRefused,
    SupplementAsked,
    Returned,
    LevelPassed,
    Published,
    Granted,
    Refused,
    Withdrawn,
    Lapsed,
    Done,
    Paid,
    Suspended,
    SignInCode,
    TaskOpened,
    Objection,
    Stuck,
    TaskVoided,
    LapseProposed,
    Copied,
    AwardChanged,
    Late,
    Overdue,
    Reminded,
    Amber,
    Urged,
    Escalated,
    Digest,
    Paused,
    StopSoon,
    StopOver,
    Extended,
    ExtensionAsked,
    ExtensionGiven,
    ExtensionRefused,
    TaskMoved,
    OpinionAsked,
    OpinionGiven,
    Hurried,
    Undone,
    SupplementWanted,
    SupplementAllowed,
    SupplementNotAllowed,
    HandedOver,
    Unroutable,
}

impl Kind {
    /// All of them, each with its name.
    pub(super) const ALL: [(&'static str, Self); 46] = [
        ("filed", Self::Filed),
        ("accepted", Self::Accepted),
        ("acceptance_refused", Self::AcceptanceRefused),
        ("supplement_asked", Self::SupplementAsked),
        ("returned", Self::Returned),
        ("level_passed", Self::LevelPassed),
        ("published", Self::Published),
        ("granted", Self::Granted),
        ("refused", Self::Refused),
        ("withdrawn", Self::Withdrawn),
        ("lapsed", Self::Lapsed),
        ("done", Self::Done),
        ("paid", Self::Paid),
        ("suspended", Self::Suspended),
        ("sign_in_code", Self::SignInCode),
        ("task_opened", Self::TaskOpened),
        ("objection", Self::Objection),
        ("stuck", Self::Stuck),
        ("task_voided", Self::TaskVoided),
        ("lapse_proposed", Self::LapseProposed),
        ("copied", Self::Copied),
        ("award_changed", Self::AwardChanged),
        ("late", Self::Late),
        ("overdue", Self::Overdue),
        ("reminded", Self::Reminded),
        ("amber", Self::Amber),
        ("urged", Self::Urged),
        ("escalated", Self::Escalated),
        ("digest", Self::Digest),
        ("paused", Self::Paused),
        ("stop_soon", Self::StopSoon),
        ("stop_over", Self::StopOver),
        ("extended", Self::Extended),
        ("extension_asked", Self::ExtensionAsked),
        ("extension_given", Self::ExtensionGiven),
        ("extension_refused", Self::ExtensionRefused),
        ("task_moved", Self::TaskMoved),
        ("opinion_asked", Self::OpinionAsked),
        ("opinion_given", Self::OpinionGiven),
        ("hurried", Self::Hurried),
        ("undone", Self::Undone),
        ("supplement_wanted", Self::SupplementWanted),
        ("supplement_allowed", Self::SupplementAllowed),
        ("supplement_not_allowed", Self::SupplementNotAllowed),
        ("handed_over", Self::HandedOver),
        ("unroutable", Self::Unroutable),
    ];

    /// The letter of that name.
    pub(super) fn of(name: &str) -> Result<Self, JobError> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        let unknown = || JobError::Stored(format!("there is no letter {name:?}"));
        found.map(|(_, kind)| kind).ok_or_else(unknown)
    }

    /// Whether whoever gets it has just asked for it: it comes at night too.
    pub(super) fn is_asked_for(self) -> bool {
        matches!(self, Self::SignInCode | Self::Filed | Self::Withdrawn)
    }

    /// What a mail's subject begins with.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::TaskOpened => "待办",
            Self::Objection => "异议",
            Self::Stuck => "规则待查",
            Self::Unroutable => "无人可办",
            Self::TaskVoided => "无需办理",
            Self::LapseProposed => "补正逾期",
            Self::Copied => "抄送",
            Self::Late | Self::Overdue => "超期",
            Self::Reminded | Self::Amber => "提醒",
            Self::Urged | Self::Hurried => "催办",
            Self::Escalated => "督办",
            Self::Digest => "汇总",
            Self::StopSoon => "挂起将满",
            Self::StopOver => "恢复计时",
            Self::Extended
            | Self::ExtensionAsked
            | Self::ExtensionGiven
            | Self::ExtensionRefused => "延期",
            Self::TaskMoved | Self::HandedOver => "转办",
            Self::OpinionAsked | Self::OpinionGiven => "沟通",
            Self::Undone => "撤销",
            Self::SupplementWanted | Self::SupplementAllowed | Self::SupplementNotAllowed => {
                "再次补正"
            }
            Self::Suspended | Self::Paused => "暂停",
            Self::SupplementAsked | Self::Returned => "补正",
            Self::Granted | Self::Refused | Self::Withdrawn | Self::Lapsed | Self::Done => "办结",
            Self::Filed
            | Self::Accepted
            | Self::AcceptanceRefused
            | Self::LevelPassed
            | Self::Published
            | Self::Paid
            | Self::AwardChanged
            | Self::SignInCode => "进度",
        }
    }
}
