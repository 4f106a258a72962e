//! What to do about each fault of a form, in a sentence: pages and `errors[]` say the same.

use std::{collections::BTreeMap, sync::LazyLock};

use workflow::{
    Fault,
    program::{Programs, Text},
};

/// Code, Chinese, English; `{}` is the fault's detail.
const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "bad_characters",
        "含有不能使用的字符，请改用常用文字。",
        "Leave out the characters that cannot be kept.",
    ),
    ("below_zero", "金额不能为负，请填写零或正数。", "Enter zero or more."),
    (
        "cannot_be_checked",
        "此项暂时无法核对，请先填完其他项。",
        "Fill in the other fields first; this one hangs on them.",
    ),
    (
        "guardian_needed",
        "申请人未满十八岁，请填写监护人信息。",
        "The applicant is under 18: fill in the guardian.",
    ),
    ("in_future", "日期不能晚于今天，请重新选择。", "Choose a day that is not in the future."),
    ("length", "字数须在 {} 之间。", "Enter {} characters."),
    ("missing", "请填写此项。", "Fill this in."),
    ("missing_paper", "请上传此材料。", "Upload this document."),
    (
        "not_a_bank_account",
        "账号不对，请对照卡面逐位核对。",
        "Check the account number digit by digit.",
    ),
    (
        "names_somebody",
        "不得出现申请人姓名、身份证号或手机号，请改写为单位名称。",
        "Name units, never an applicant, an ID number or a phone number.",
    ),
    ("not_a_boolean", "请选择是或否。", "Choose yes or no."),
    ("not_a_card", "卡号不对，请对照卡面逐位核对。", "Check the card number digit by digit."),
    ("not_a_code", "没有此代码，请重新选择。", "There is no such code; choose one of the list."),
    ("not_a_date", "请填写有效日期，例如 2018-09-10。", "Enter a date such as 2018-09-10."),
    ("not_a_list", "请逐项填写。", "Enter a list."),
    ("not_a_number", "请填写数字，例如 12000。", "Enter a number such as 12000."),
    ("not_a_phone", "请填写 11 位手机号码。", "Enter a mobile number of eleven digits."),
    ("not_a_record", "请逐栏填写。", "Fill in each column."),
    ("not_a_text", "请填写文字。", "Enter a text."),
    (
        "not_a_unit",
        "没有此单位，请从列表中选择。",
        "There is no such unit; choose one of the list.",
    ),
    ("not_above", "须大于 {}。", "Enter more than {}."),
    ("not_above_zero", "金额须大于零。", "Enter an amount above zero."),
    (
        "not_an_id_number",
        "身份证号不对，请对照证件逐位核对 18 位号码。",
        "Check the ID number of 18 characters digit by digit.",
    ),
    ("not_an_option", "请从所列选项中选择。", "Choose one of the options."),
    ("not_below", "须小于 {}。", "Enter less than {}."),
    ("refused_by_rule", "此项不符合要求：{}。", "Correct this: {}."),
    (
        "not_asked",
        "此项不在补正范围内，请改回原来的内容。",
        "This was not asked for: put it back as it was.",
    ),
    (
        "taken",
        "此身份证号已登记。请用登记时本人或监护人的手机号登录；手机号已变更的，请联系学校。",
        "This ID number is on record: sign in with the phone given with it, or ask your school.",
    ),
    ("too_early", "日期不能早于 {}。", "Choose {} or a later day."),
    ("too_few", "至少填写 {} 项。", "Enter at least {} items."),
    ("too_late", "日期不能晚于 {}。", "Choose {} or an earlier day."),
    ("too_long", "最多 {} 个字，请缩短。", "Use at most {} characters."),
    ("too_many", "最多填写 {} 项。", "Enter at most {} items."),
    ("too_many_decimals", "金额最多两位小数。", "Use at most two decimals."),
    ("too_short", "至少 {} 个字，请补充。", "Use at least {} characters."),
    (
        "unknown_unit",
        "没有此单位，请从列表中选择。",
        "There is no such place; choose one of the list.",
    ),
    ("unknown_field", "没有此项，请删除。", "There is no such field; leave it out."),
];

/// What reasons of rules are called: the shared table that all programs quote.
static REASONS: LazyLock<BTreeMap<String, Text>> = LazyLock::new(|| {
    Programs::shipped().map(|programs| programs.shared().reasons.clone()).unwrap_or_default()
});

/// A reason's words; its code where the table does not have it.
pub(crate) fn reason(code: &str) -> (String, String) {
    let known = REASONS.get(code);
    known.map_or_else(
        || (code.to_owned(), code.to_owned()),
        |text| (text.zh.clone(), text.en.clone()),
    )
}

/// What to do about a fault, in Chinese and in English.
pub(crate) fn sentences(fault: &Fault) -> (String, String) {
    if fault.code == "out_of_range" {
        return range(&fault.detail);
    }
    let found = SENTENCES.iter().find(|(code, ..)| *code == fault.code);
    let (_, chinese, english) = found.unwrap_or(&("", "此项不符合要求，请修改。", "Correct this."));
    let (zh, en) = if fault.code == "refused_by_rule" {
        reason(&fault.detail)
    } else {
        (fault.detail.clone(), fault.detail.clone())
    };
    (chinese.replacen("{}", &zh, 1), english.replacen("{}", &en, 1))
}

/// `least..most`, of which either may be empty.
fn range(detail: &str) -> (String, String) {
    let (least, most) = detail.split_once("..").unwrap_or((detail, ""));
    match (least, most) {
        ("", "") => ("超出允许范围，请修改。".to_owned(), "This is out of range.".to_owned()),
        ("", most) => (format!("不能超过 {most}。"), format!("Enter {most} or less.")),
        (least, "") => (format!("不能少于 {least}。"), format!("Enter {least} or more.")),
        (least, most) => {
            (format!("须在 {least} 至 {most} 之间。"), format!("Enter {least} to {most}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use workflow::{Fault, rules::form::CODES};

    use super::{SENTENCES, sentences};

    #[test]
    fn every_code_has_a_sentence_in_both_languages() {
        let more =
            ["missing_paper", "length", "not_a_phone", "not_a_card", "taken", "unknown_unit"];
        for code in CODES.into_iter().chain(more) {
            let known = code == "out_of_range" || SENTENCES.iter().any(|(own, ..)| *own == code);
            assert!(known, "{code} has no sentence");
            let (zh, en) = sentences(&Fault::new("field", code, "5..9"));
            assert!(zh.ends_with('。') && en.ends_with('.'), "{code}: {zh} {en}");
            assert!(!zh.contains("{}") && !en.contains("{}"), "{code}");
        }
    }

    #[test]
    fn limits_and_reasons_are_said_in_words() {
        let said = |code, detail: &str| sentences(&Fault::new("x", code, detail));
        assert_eq!(said("out_of_range", "1..15").0, "须在 1 至 15 之间。");
        assert_eq!(said("out_of_range", "..¥500,000.00").1, "Enter ¥500,000.00 or less.");
        assert_eq!(said("refused_by_rule", "in_future").0, "此项不符合要求：日期不能晚于今天。");
    }
}
