//! The mails: text and HTML with the same content.

use askama::Template;

use super::{About, Kind};
use crate::Settings;

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    lead: &'a str,
    about: &'a About,
    link: &'a str,
    contact: &'a str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    lead: &'a str,
    about: &'a About,
    link: &'a str,
    contact: &'a str,
}

/// `【待办】640422-YJ-2026-000123-7 泾源县 特困学生应急救助 县级会签 11月25日前`: kind, number,
/// place, item, state; never a name or an amount.
pub(super) fn subject(kind: Kind, about: &About) -> String {
    if let Some((count, late)) = about.counts {
        let late = if late > 0 { format!("，{late} 件超期") } else { String::new() };
        return format!("【{}】{count} 件待办{late}", kind.label());
    }
    let until = match about.over {
        Some(0) => "已超期".to_owned(),
        Some(days) => format!("已超期{days}个工作日"),
        None if about.until.is_empty() => String::new(),
        None => format!("{}前", about.until),
    };
    let parts = [&about.number, &about.place, &about.title, &about.step, &until];
    let parts: Vec<&str> =
        parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let label = kind.label();
    // What a ladder has opened is oversight, whatever is told of it.
    if about.grade.is_empty() {
        format!("【{label}】{}", parts.join(" "))
    } else {
        format!("【{}·{}】{}", Kind::Escalated.label(), about.grade, parts.join(" "))
    }
}

/// The text and the HTML.
pub(super) fn bodies(
    settings: &Settings,
    kind: Kind,
    about: &About,
) -> Result<(String, String), askama::Error> {
    let page = page(kind, about);
    let link = format!("{}/{page}", settings.link.trim_end_matches('/'));
    let (lead, contact) = (lead(kind), settings.mail.contact.as_str());
    let text = Text { lead, about, link: &link, contact }.render()?;
    Ok((text, Html { lead, about, link: &link, contact }.render()?))
}

/// Where the letter's link leads: staff to the case, and to the queue where there is more than one
/// or none; applicants to their own page.
fn page(kind: Kind, about: &About) -> String {
    match kind {
        Kind::Digest | Kind::HandedOver => "staff/tasks".to_owned(),
        Kind::TaskOpened
        | Kind::Objection
        | Kind::Stuck
        | Kind::TaskVoided
        | Kind::Copied
        | Kind::LapseProposed
        | Kind::Overdue
        | Kind::Reminded
        | Kind::Amber
        | Kind::Urged
        | Kind::Escalated
        | Kind::StopSoon
        | Kind::StopOver
        | Kind::ExtensionGiven
        | Kind::ExtensionRefused
        | Kind::TaskMoved
        | Kind::OpinionAsked
        | Kind::OpinionGiven
        | Kind::Hurried
        | Kind::SupplementAllowed
        | Kind::SupplementNotAllowed => {
            if about.number.is_empty() {
                "staff/tasks".to_owned()
            } else {
                format!("staff/cases/{}", about.number)
            }
        }
        // Where people are appointed: whoever heads or administers reads it.
        Kind::Unroutable => "staff/organisation".to_owned(),
        Kind::ExtensionAsked | Kind::SupplementWanted => "staff/extensions".to_owned(),
        _ => "me".to_owned(),
    }
}

/// What is asked, in one sentence.
fn lead(kind: Kind) -> &'static str {
    match kind {
        Kind::TaskOpened => "有一件新的待办事项，请在期限前办理。",
        Kind::Objection => "公示期间收到一条异议，请登录查看并处理。",
        Kind::TaskVoided => "您领取的事项已由他人办理或已退回，无需再办。",
        Kind::LapseProposed => "申请人未在期限内补正，计时已恢复；可继续办理，也可按放弃办结。",
        Kind::Copied => "抄送贵单位知悉，无需办理。",
        Kind::Late => "办理超期，敬请谅解；进度与原因请登录查看。",
        Kind::Overdue => "待办事项已超期，请立即办理。",
        Kind::Reminded => "待办事项即将到期，请在期限前办理。",
        Kind::Amber => "待办事项的期限已用八成，请抓紧办理。",
        Kind::Urged => "待办事项期限已到，请立即办理。",
        Kind::Escalated => "下级单位的一件事项超期未办，请督促。",
        Kind::HandedOver => "以下事项已转由您或本单位办理，期限不变，请接续办理。",
        Kind::Digest => "以下事项等待办理，按期限先后排列。",
        Kind::Paused => "事项已依法挂起，期间不计时。",
        Kind::StopSoon => "挂起将满规定的期限，期满后自动恢复计时；事由已消除的，请及时恢复办理。",
        Kind::StopOver => "挂起已满规定的期限，计时已恢复，请继续办理。",
        Kind::Extended => "办理期限已延长，新的期限请登录查看。",
        Kind::ExtensionAsked => "下级单位申请延长办理期限，请在原期限届满前答复。",
        Kind::ExtensionGiven => "延期申请已获同意，新的期限请登录查看。",
        Kind::ExtensionRefused => "延期申请未获同意，期限不变。",
        Kind::TaskMoved => "有一件事项转由您办理，期限不变，请登录查看。",
        Kind::OpinionAsked => "有一件事项征求您的意见，请登录回复；您不需签署。",
        Kind::OpinionGiven => "您征求的意见已有回复，请登录查看。",
        Kind::Hurried => "申请人或上级催办此事项，请抓紧办理。",
        Kind::Undone => "此前的决定已撤销，正在重新办理，结果另行告知。",
        Kind::SupplementWanted => "下级单位申请再次要求申请人补正，请答复。",
        Kind::SupplementAllowed => "再次补正的申请已获同意，记入本单位一次性告知不到位。",
        Kind::SupplementNotAllowed => "再次补正的申请未获同意，请按现有材料办理。",
        Kind::Suspended => "应交的材料逾期未到，后续支付已暂停；补交后恢复，已得的不受影响。",
        Kind::Unroutable => "一件待办在本单位及上级单位均无人可以办理，请核查任职，安排人员接办。",
        Kind::Stuck => "事项的一条规则无法得出结果，办件停在原处，请事项负责单位查明。",
        Kind::Filed => "申请已提交，等待受理。",
        Kind::Accepted => "申请已受理。",
        Kind::AcceptanceRefused => "申请不予受理，原因请登录查看。",
        Kind::SupplementAsked => "申请需要补正，请在期限前登录办理。",
        Kind::Returned => "申请已退回修改，请在期限前登录办理。",
        Kind::LevelPassed => "申请已通过一级审批。",
        Kind::Published => "申请正在公示。",
        Kind::Granted => "申请已批准，请登录查看决定。",
        Kind::Refused => "申请未获批准，理由请登录查看。",
        Kind::Withdrawn => "申请已撤回。",
        Kind::Lapsed => "申请逾期未办，已终止。",
        Kind::Done => "事项已办结。",
        Kind::Paid => "资金已拨付。",
        Kind::AwardChanged => "金额按核定情况重新计算，请登录查看。",
        Kind::SignInCode => "登录验证码只通过短信发送。",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            number: "640422-YJ-2026-000123-7".to_owned(),
            place: "泾源县".to_owned(),
            title: "特困学生应急救助".to_owned(),
            step: "县级会签".to_owned(),
            until: "11月25日".to_owned(),
            ..About::default()
        }
    }

    #[test]
    fn an_escalation_says_how_high_it_stands_and_how_late_it_is() {
        let about = About { grade: "二级·约谈".to_owned(), over: Some(3), ..about() };
        let expected = "【督办·二级·约谈】640422-YJ-2026-000123-7 泾源县 特困学生应急救助 县级会签 \
                        已超期3个工作日";
        assert_eq!(subject(Kind::TaskOpened, &about), expected);
    }

    #[test]
    fn a_digest_says_how_many_and_how_many_of_them_are_late() {
        let about = About { counts: Some((3, 1)), ..About::default() };
        assert_eq!(subject(Kind::Digest, &about), "【汇总】3 件待办，1 件超期");
        let about = About { counts: Some((3, 0)), ..About::default() };
        assert_eq!(subject(Kind::Digest, &about), "【汇总】3 件待办");
    }

    #[test]
    fn a_subject_says_all_but_who_and_how_much() {
        let expected =
            "【待办】640422-YJ-2026-000123-7 泾源县 特困学生应急救助 县级会签 11月25日前";
        assert_eq!(subject(Kind::TaskOpened, &about()), expected);
        let plain = About { step: String::new(), until: String::new(), ..about() };
        let expected = "【异议】640422-YJ-2026-000123-7 泾源县 特困学生应急救助";
        assert_eq!(subject(Kind::Objection, &plain), expected);
    }

    #[test]
    fn text_and_html_say_the_same() {
        let mut about = about();
        about.title = "<b>&".to_owned();
        let settings = Settings { link: "https://example.org/".to_owned(), ..Settings::default() };
        let (text, html) = bodies(&settings, Kind::TaskOpened, &about).unwrap();
        for word in ["泾源县", "县级会签", "11月25日", "https://example.org/staff/cases/640422-YJ"]
        {
            assert!(text.contains(word) && html.contains(word), "{word}\n{text}\n{html}");
        }
        assert!(!html.contains("<b>&"), "what is not ours is escaped: {html}");
    }
}
