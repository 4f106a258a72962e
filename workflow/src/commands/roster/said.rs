//! What is wrong with a field of a line, in words that say what to do.

use crate::{
    Fault, Said,
    program::{Paper, Shared},
};

/// The sentence for a fault, in both languages.
pub(super) fn said(shared: &Shared, fault: &Fault) -> Said {
    let detail = &fault.detail;
    let (zh, en) = match fault.code {
        "missing" => ("必填，请填写", "it is required; fill it in"),
        "not_a_number" => ("应为数字", "a number is expected"),
        "too_many_decimals" => ("小数位数过多", "it has too many decimals"),
        "not_a_boolean" => ("应填“是”或“否”", "yes or no is expected"),
        "not_a_date" => ("应为日期，如 2018-09-01", "a date such as 2018-09-01 is expected"),
        "not_a_bank_account" => ("银行账号有误，请核对", "the bank account is wrong; check it"),
        "below_zero" => ("不能小于零", "it must not be below zero"),
        "not_above_zero" => ("应大于零", "it must be above zero"),
        "in_future" => ("不能晚于今天", "it must not be in the future"),
        "unknown_field" => ("没有这一项，请删除", "there is no such field; take it out"),
        "cannot_be_checked" => {
            ("暂时无法核对，请补全其他项", "it cannot be checked yet; fill in the others")
        }
        "not_an_option" => {
            return Said::new(
                format!("不在可选值之内：{detail}"),
                format!("it is none of the options: {detail}"),
            );
        }
        "out_of_range" => {
            let (least, most) = detail.split_once("..").unwrap_or((detail, ""));
            return match (least, most) {
                ("", most) => Said::new(format!("不能大于 {most}"), format!("at most {most}")),
                (least, "") => Said::new(format!("不能小于 {least}"), format!("at least {least}")),
                (least, most) => Said::new(
                    format!("应在 {least} 与 {most} 之间"),
                    format!("between {least} and {most}"),
                ),
            };
        }
        "refused_by_rule" => return reason(shared, detail),
        _ => ("填写有误，请改正", "it cannot be taken; correct it"),
    };
    Said::new(zh, en)
}

/// A paper that a line lacks.
pub(super) fn missing_paper(paper: Option<&Paper>) -> Said {
    let id = paper.map_or("", |paper| paper.id.as_str());
    let title = paper.and_then(|paper| paper.title.as_ref());
    let (zh, en) = title.map_or((id, id), |title| (title.zh.as_str(), title.en.as_str()));
    Said::new(
        format!("缺少材料“{zh}”，请上传"),
        format!("the paper \u{201c}{en}\u{201d} is missing; put it in"),
    )
}

/// A reason of the shared table, as it is told of a line; a rule without one as it is written.
pub(super) fn reason(shared: &Shared, code: &str) -> Said {
    match shared.reasons.get(code) {
        Some(text) => Said::new(text.zh.clone(), text.en.clone()),
        None => Said::new(format!("不符合：{code}"), format!("it does not meet: {code}")),
    }
}
