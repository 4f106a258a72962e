//! What people read for the stored names of letters, of the ways they go and of how they went.

use crate::read::Words;

/// Letters by their stored names.
const LETTERS: &[(&str, &str, &str)] = &[
    ("filed", "已收到申请", "Application received"),
    ("accepted", "已受理", "Accepted"),
    ("acceptance_refused", "不予受理", "Not accepted"),
    ("supplement_asked", "请补正材料", "Supplement asked for"),
    ("returned", "退回修改", "Sent back"),
    ("level_passed", "通过一级审核", "Through one level"),
    ("published", "已公示", "Published"),
    ("granted", "同意资助", "Granted"),
    ("refused", "不予资助", "Refused"),
    ("withdrawn", "已撤回", "Withdrawn"),
    ("lapsed", "已终止", "Lapsed"),
    ("done", "已办结", "Handled to the end"),
    ("paid", "已支付", "Paid"),
    ("suspended", "已中止", "Suspended"),
    ("sign_in_code", "登录验证码", "Sign-in code"),
    ("task_opened", "新待办", "New task"),
    ("objection", "公示异议", "Objection"),
    ("stuck", "规则待查", "A rule to be seen to"),
    ("task_voided", "无需办理", "No longer needed"),
    ("lapse_proposed", "补正逾期", "Supplement overdue"),
    ("copied", "抄送", "Copy"),
    ("award_changed", "金额变动", "Amount changed"),
    ("late", "超期致歉", "Apology for lateness"),
    ("overdue", "超期", "Overdue"),
    ("reminded", "到期提醒", "Reminder"),
    ("amber", "黄灯提醒", "Amber light"),
    ("urged", "催办", "Urged"),
    ("escalated", "上报督办", "Escalated"),
    ("digest", "每日汇总", "Daily digest"),
    ("paused", "暂停计时", "Clock stopped"),
    ("stop_soon", "挂起将满", "Stop nearly over"),
    ("stop_over", "恢复计时", "Clock runs again"),
    ("extended", "已延期", "Extended"),
    ("extension_asked", "申请延期", "Extension asked for"),
    ("extension_given", "同意延期", "Extension given"),
    ("extension_refused", "不同意延期", "Extension refused"),
    ("task_moved", "转办", "Passed on"),
    ("opinion_asked", "征求意见", "Opinion asked for"),
    ("opinion_given", "意见已回复", "Opinion given"),
    ("hurried", "催办", "Asked to hurry"),
    ("undone", "决定已撤销", "Decision undone"),
    ("supplement_wanted", "申请再次补正", "A second request wanted"),
    ("supplement_allowed", "同意再次补正", "A second request allowed"),
    ("supplement_not_allowed", "不同意再次补正", "A second request not allowed"),
    ("handed_over", "转办通知", "Work handed over"),
    ("unroutable", "无人可办", "Nobody can take it"),
];

/// Ways.
const CHANNELS: &[(&str, &str, &str)] =
    &[("mail", "邮件", "mail"), ("sms", "短信", "SMS"), ("inbox", "站内", "on the page")];

/// How they went.
const STATES: &[(&str, &str, &str)] = &[
    ("waiting", "待发送", "waiting"),
    ("claimed", "发送中", "being sent"),
    ("sent", "已送达服务器", "sent"),
    ("bounced", "未送达", "did not arrive"),
];

pub(super) fn letter(name: &str) -> Words {
    of(LETTERS, name)
}

pub(super) fn channel(name: &str) -> Words {
    of(CHANNELS, name)
}

pub(super) fn state(name: &str) -> Words {
    of(STATES, name)
}

/// A name that is not listed stands for itself.
fn of(words: &[(&str, &str, &str)], name: &str) -> Words {
    let found = words.iter().find(|(known, ..)| *known == name);
    found.map_or_else(|| Words::new(name, name), |(_, zh, en)| Words::new(*zh, *en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_shown_rather_than_nothing() {
        assert_eq!(letter("late"), Words::new("超期致歉", "Apology for lateness"));
        assert_eq!(letter("pigeon"), Words::new("pigeon", "pigeon"));
    }
}
