//! Whether the store is sound, for whoever runs the service.

use workflow::{
    Actor, Bar, CommandError, Refusal,
    commands::administers,
    doctor::{self, Check, Checked, Reach, Why},
};

use super::Reader;
use crate::{
    Problem,
    read::{
        Words,
        soundness::{SoundCheck, SoundFinding, SoundnessView},
    },
};

/// So many cases are looked at while somebody waits; `banjie doctor` looks at all.
const MOST: u64 = 1_000;

/// What the checks see of the cases that are under way.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no administrator, the database's.
pub async fn soundness(r: &Reader<'_>, actor: Actor) -> Result<SoundnessView, Problem> {
    if !administers(r.db(), actor, r.now).await? {
        let barred = Refusal::NotYours(Bar::NotAdministrator);
        return Err(CommandError::Refused(barred).into());
    }
    let report = doctor::examine(r.workflow, Reach::UnderWay(MOST)).await?;
    Ok(SoundnessView {
        at: report.at,
        sound: report.sound,
        cases: report.cases,
        whole: report.whole,
        checks: report.checks.into_iter().map(view).collect(),
    })
}

fn view(one: Checked) -> SoundCheck {
    let finding = |found: doctor::Finding| SoundFinding {
        number: found.case,
        about: found.about,
        why: why(found.why),
    };
    SoundCheck {
        title: title(one.check),
        looked: one.looked,
        found: one.found,
        first: one.first.into_iter().map(finding).collect(),
    }
}

fn title(check: Check) -> Words {
    match check {
        Check::Clocks => Words::new(
            "办理中的环节都有计时，走动的计时都有定时器",
            "Open steps have a clock, and running clocks a timer",
        ),
        Check::Holders => {
            Words::new("办理中的环节都有人可办", "Open steps have somebody who can take them")
        }
        Check::Stops => Words::new("没有既暂停又走动的计时", "No clock both stands and runs"),
        Check::Timers => Words::new("没有到期未触发的定时器", "No timer is overdue"),
        Check::Rungs => Words::new("每级催办只触发一次", "Each rung of a ladder was climbed once"),
        Check::Trail => Words::new("留痕链完整", "The audit trail is an unbroken chain"),
        Check::HeldDays => {
            Words::new("各方持有天数之和等于全程", "The days that holders had sum to the whole")
        }
        Check::Jobs => Words::new("没有卡住的任务", "No job is stuck"),
        Check::Notices => {
            Words::new("没有卡住的邮件和短信", "No mail and no text message is stuck")
        }
        Check::Letters => Words::new("没有卡住的办件间传递", "No letter between cases is stuck"),
        Check::Numbers => Words::new("文号不缺号", "Document numbers have no gaps"),
        Check::Organisation => Words::new(
            "已撤销单位无遗留事项，三类管理职责无兼任",
            "Nothing lies in closed units; administrators are apart",
        ),
    }
}

fn why(why: Why) -> Words {
    let zh = match why {
        Why::NoClock => "办理中的环节没有计时",
        Why::NotArmed => "计时在走，但到期没有定时器",
        Why::NeverOpens => "环节在等待日期，但没有定时器",
        Why::NoSlot => "办理中的环节没有待办任务",
        Why::NobodyCan => "任务无人可办",
        Why::StoppedYetArmed => "计时已暂停，但其定时器仍在",
        Why::EndedYetArmed => "计时已结束，但其定时器仍在",
        Why::FaceDiffers => "计时的内容与记录不一致",
        Why::TwoClocks => "同一事项有两个计时",
        Why::Overdue => "定时器到期未触发",
        Why::CaseEnded => "办件已结束，但其定时器仍在",
        Why::RungsDiffer => "留痕中的催办级数与环节记录不一致",
        Why::RungTwice => "下一级催办有两个定时器",
        Why::TrailGap => "留痕缺少一条",
        Why::TrailHash => "留痕有一条被改动",
        Why::TrailCopy => "留痕的列与其签名内容不一致",
        Why::TrailHead => "办件记录的留痕末端与留痕不一致",
        Why::TrailOrphan => "留痕所属的办件不存在",
        Why::HeldGap => "有一段时间无人持有，或同时被两方持有",
        Why::HeldSum => "各方持有时间之和不等于全程",
        Why::Quarantined => "任务多次中断；请查明原因后重试",
        Why::Late => "任务早应开始；后台进程是否在运行？",
        Why::NoJob => "没有任务去完成它",
        Why::NumberGap => "文号缺号",
        Why::Counter => "文号计数与最后一号不一致",
        Why::ClosedUnit => "待办仍在已撤销的单位",
        Why::ClosedAppointment => "在已撤销的单位仍有任职",
        Why::TwoRoles => "一人兼任两类管理职责",
    };
    Words::new(zh, why.said())
}
