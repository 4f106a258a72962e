//! The closed vocabularies. Each value is stored as the word a person would use.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter)]
        #[derive(DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(
            rs_type = "String",
            db_type = "String(StringLen::N(24))",
            rename_all = "snake_case"
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// The word that is stored and shown to machines.
            pub fn word(self) -> String {
                self.to_value()
            }
        }
    };
}

words!(/** Where a case stands. */ Phase {
    /** Being written; not yet on record. */ Draft,
    /** Handed in, not yet accepted. */ Filed,
    /** Accepted; its route is under way. */ Running,
    /** Granted; what follows (payment, follow-up) is under way. */ After,
    /** Nothing more will happen. */ Ended,
});

words!(/** How a case came out. */ Outcome {
    /** 批准 */ Granted,
    /** 不予批准 or 不予受理 */ Refused,
    /** 撤回 by the applicant */ Withdrawn,
    /** Given up after silence, by a person's hand. */ Lapsed,
    /** An oversight case that is finished. */ Done,
});

words!(/** Where one round of a step stands. */ RunState {
    /** Its day has not come. */ Waiting,
    /** Somebody holds it. */ Open,
    /** It has its verdict. */ Closed,
    /** Its condition was false. */ Skipped,
    /** It no longer counts. */ Void,
});

words!(/** What a step run is. */ RunKind {
    /** People decide. */ Decide,
    /** People hand something in. */ Fill,
    /** People sign for receipt. */ Receive,
    /** People pay. */ Pay,
    /** The public is told. */ Publish,
    /** Another case is opened. */ Open,
    /** Rows are ranked or drawn. */ Select,
    /** A day or a condition is awaited. */ Wait,
    /** Somebody is informed. */ Copy,
    /** Not a step: the block that steps stand in. */ Block,
});

words!(/** What was said of a step. */ Verdict {
    /** 同意 */ Approved,
    /** 同意，核减金额 */ Less,
    /** 不同意 */ Refused,
    /** 退回 */ Returned,
    /** 完成 (handed in, received, paid, published) */ Done,
    /** Its time and grace went by. */ Missed,
    /** Its condition was false. */ Skipped,
    /** The same hand had just signed. */ Merged,
});

words!(/** Where one slot of a step run stands. */ TaskState {
    /** Its turn has not come (signing in order). */ Waiting,
    /** Free for whoever of the pool comes first. */ Open,
    /** Taken by one person. */ Claimed,
    /** Signed. */ Signed,
    /** No longer needed. */ Void,
});

words!(/** The five levels, and those outside them. */ Level {
    /** 学校 */ School,
    /** 乡镇 */ Township,
    /** 县区 */ County,
    /** 市 */ City,
    /** 自治区 */ Region,
    /** Outside the levels: banks, conscription offices, schools elsewhere. */ Outside,
});

words!(/** What one does in a unit. */ Duty {
    /** 经办人 */ Handler,
    /** 负责人 */ Head,
    /** 督导 */ Supervisor,
    /** 系统管理员: units, people, appointments, what runs. */ Administrator,
    /** 安全管理员: grants of administrative duties, locks of accounts. */ SecurityAdministrator,
    /** 审计管理员: reads what was done, changes nothing. */ Auditor,
});

words!(/** Whose time a clock counts. */ ClockKind {
    /** One step run's. */ Step,
    /** The whole case's. */ Total,
    /** The applicant's, while asked for supplements. */ Applicant,
    /** A stop's own: it runs into the cap of its ground. */ Stop,
});

words!(/** What to do when a timer comes due. */ TimerKind {
    /** A step's or the case's time is over. */ Due,
    /** Nobody has answered the filing: it counts as accepted. */ Silence,
    /** A public notice ends. */ PublicityEnd,
    /** A waiting step opens. */ Opens,
    /** The applicant's time for supplements is over. */ SupplementCap,
    /** A claim that was left lying is given back. */ ClaimEnd,
    /** Grace after a missed step is over. */ Grace,
    /** A rung of a ladder is reached. */ Rung,
    /** A case has collected its lines. */ Gather,
    /** A reminder of a step goes out. */ Remind,
    /** A stop has used up the cap of its ground. */ StopCap,
    /** A stop has used up most of it. */ StopSoon,
});

words!(/** Whether a line of a case counts. */ RowState {
    /** It counts. */ In,
    /** Somebody struck it. */ Struck,
    /** There was no seat for it yet. */ Waiting,
    /** It was not chosen. */ Out,
});

words!(/** What a letter between cases wants. */ LetterKind {
    /** Open a case, or join the one that collects. */ Open,
    /** A task that is somebody's line is done. */ Settled,
    /** A case that was opened has come to its end. */ Answer,
});

words!(/** Where a request for more time stands. */ ExtensionState {
    /** The superior has not answered. */ Asked,
    /** The due instant was moved. */ Approved,
    /** It was not. */ Refused,
});

words!(/** Why a slot was put beside another one. */ Added {
    /** 前加签: signs before it. */ Before,
    /** 后加签: signs after it. */ After,
    /** 沟通: is asked for an opinion, and signs nothing. */ Opinion,
});

words!(/** What a superior is asked for. */ ExtensionKind {
    /** 延期: more time. */ Time,
    /** 再次补正: to ask the applicant a second time. */ Supplement,
});

words!(/** How somebody is reached. */ Channel {
    /** E-mail. */ Mail,
    /** Text message. */ Sms,
    /** Shown after signing in. */ Inbox,
});

words!(/** Where a message stands. */ NoticeState {
    /** To be sent. */ Waiting,
    /** A sender has it in hand. */ Claimed,
    /** The provider took it. */ Sent,
    /** The provider refused it for good; a person must act. */ Bounced,
});

words!(/** Where one payable line stands. */ PaymentState {
    /** Decided, not yet ordered. */ Planned,
    /** An objection holds it. */ Held,
    /** Finance has been told to pay. */ Ordered,
    /** 已拨付 */ Paid,
});

words!(/** Where a draft of a program stands. */ DraftState {
    /** Somebody writes it. */ Open,
    /** Somebody would publish it, and another must confirm. */ Proposed,
    /** It is a version now, or the end of its program. */ Published,
    /** Given up. */ Discarded,
});

words!(/** How far a look at past cases has come. */ ReplayState {
    /** It is under way. */ Running,
    /** All cases were looked at. */ Done,
    /** It was broken off. */ Failed,
});

words!(/** What a draft would have made of a case. */ ReplayFound {
    /** Something else. */ Changed,
    /** That cannot be said. */ Untold,
});

words!(/** What came of one case of a batch. */ BatchResult {
    /** 同意 */ Approved,
    /** It was not signed with the others; it waits as before. */ LeftOut,
});

words!(/** What somebody who is not staff has to say. */ VoiceKind {
    /** 投诉: how a case of theirs is dealt with. */ Complaint,
    /** 申诉: against what was decided. */ Appeal,
    /** 评价 of how a case was dealt with, once it has ended. */ Rating,
    /** 社会监督举报 from the public. */ TipOff,
});

words!(/** 好差评: how content somebody is, best first. */ Grade {
    /** 非常满意 */ VerySatisfied,
    /** 满意 */ Satisfied,
    /** 基本满意 */ Fair,
    /** 不满意 */ Dissatisfied,
    /** 非常不满意 */ VeryDissatisfied,
});

words!(/** Whose stream of the trail. */ Stream {
    /** One case. */ Case,
    /** One person. */ Person,
    /** One unit. */ Unit,
    /** One program. */ Program,
    /** The deployment itself. */ System,
});

impl Duty {
    /// The three administrative duties, of which nobody holds two (三员分离, GB/T 22239-2019,
    /// 8.1.5): no case is ever worked on by them.
    pub const ADMINISTRATIVE: [Self; 3] =
        [Self::Administrator, Self::SecurityAdministrator, Self::Auditor];

    /// The duties of those who have to do with cases.
    pub const OF_CASES: [Self; 3] = [Self::Handler, Self::Head, Self::Supervisor];

    /// Whether its holder has to do with cases: administrators have not.
    pub fn is_of_cases(self) -> bool {
        Self::OF_CASES.contains(&self)
    }

    /// Whether it is one of the three.
    pub fn is_administrative(self) -> bool {
        Self::ADMINISTRATIVE.contains(&self)
    }

    /// The duty of a stored word.
    pub fn of_word(word: &str) -> Option<Self> {
        use sea_orm::Iterable;
        Self::iter().find(|duty| duty.word() == word)
    }
}

impl Grade {
    /// The two that lead to a call back.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Dissatisfied | Self::VeryDissatisfied)
    }

    /// The grade of a stored word.
    pub fn of_word(word: &str) -> Option<Self> {
        use sea_orm::Iterable;
        Self::iter().find(|grade| grade.word() == word)
    }
}

impl Level {
    /// One level up; none above the region and none from outside.
    pub fn above(self) -> Option<Self> {
        match self {
            Self::School | Self::Township => Some(Self::County),
            Self::County => Some(Self::City),
            Self::City => Some(Self::Region),
            Self::Region | Self::Outside => None,
        }
    }

    /// Whether it lies between `low` and `high` on the way from a school up to the region; those
    /// outside lie between none.
    pub fn is_between(self, low: Self, high: Self) -> bool {
        let rank = |level| match level {
            Self::School => 0,
            Self::Township => 1,
            Self::County => 2,
            Self::City => 3,
            Self::Region => 4,
            Self::Outside => 5,
        };
        low != Self::Outside
            && high != Self::Outside
            && rank(low) < rank(self)
            && rank(self) < rank(high)
    }
}
