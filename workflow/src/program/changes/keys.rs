//! What the keys of the language are called.

/// A key of the whole program.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
}

const fn key(name: &'static str, zh: &'static str, en: &'static str) -> Key {
    Key { name, zh, en }
}

/// Those that are compared as a whole; lists and steps are compared part by part.
pub(super) const WHOLE: [Key; 20] = [
    key("title", "名称", "Title"),
    key("summary", "简介", "Summary"),
    key("basis", "依据", "Basis"),
    key("valid", "有效期", "Valid"),
    key("owner", "牵头部门", "Owner"),
    key("intake", "受理", "Intake"),
    key("anchor", "起点单位", "Anchor"),
    key("number", "文号", "Document number"),
    key("rows", "名单", "Rows"),
    key("splits", "资金分担", "Splits"),
    key("let", "名称定义", "Names"),
    key("clock", "总期限", "Time limit of the whole"),
    key("remind", "提醒", "Reminders"),
    key("ladder", "督办阶梯", "Ladder"),
    key("privacy", "公开与保存", "Privacy"),
    key("reopen", "重启", "Reopening"),
    key("appeal", "申诉", "Appeal"),
    key("reply", "答复内容", "Reply"),
    key("merge", "合并签署", "Merging"),
    key("code", "编号代码", "Code"),
];

/// What the parts of a list are called.
pub(super) struct Kind {
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) en_small: &'static str,
}

pub(super) const FIELD: Kind = Kind { zh: "表单项", en: "Field", en_small: "field" };
pub(super) const PAPER: Kind = Kind { zh: "材料", en: "Paper", en_small: "paper" };
pub(super) const CONDITION: Kind = Kind { zh: "条件", en: "Condition", en_small: "condition" };
pub(super) const LINE: Kind = Kind { zh: "资助项", en: "Amount", en_small: "amount" };

/// What a key of a step, a field, a paper or a line is called.
pub(super) fn of_step(name: &str) -> (&str, &str) {
    match name {
        "within" => ("期限", "time"),
        "long" => ("超过 15 个工作日的依据", "why it is long"),
        "due" => ("截止日", "due day"),
        "from" => ("开始日", "opens"),
        "by" => ("办理人", "who signs"),
        "take" => ("签署方式", "how it is signed"),
        "assign" => ("分派方式", "who is offered it first"),
        "apart" => ("回避环节", "not by who signed"),
        "recuse" => ("回避对象", "kept away"),
        "when" => ("适用条件", "when"),
        "most" => ("审批权限", "most that may be granted"),
        "form" => ("填写内容", "form"),
        "papers" => ("材料", "papers"),
        "may_return" => ("可退回至", "may return to"),
        "on_empty" => ("无人办理时", "where nobody is"),
        "missed" => ("逾期未办", "where it is missed"),
        "remind" => ("提醒", "reminders"),
        "ladder" => ("督办阶梯", "ladder"),
        "reasons" => ("理由", "reasons"),
        "stop" => ("停计事由", "stops the total for"),
        "rule" => ("公示规则", "rule of the notice"),
        "at" => ("公示地点", "place of the notice"),
        "share" => ("支付比例", "share"),
        "rows" => ("适用的行", "lines"),
        "row_form" => ("每行填写内容", "form of each line"),
        "keeps" => ("保留的结论", "keeps what was said"),
        "quota" => ("名额", "quota"),
        "wait" => ("等待", "waits"),
        "until" => ("等待条件", "until"),
        "kind" => ("类型", "kind"),
        "title" => ("名称", "title"),
        "hint" => ("说明", "hint"),
        "required" => ("必填", "required"),
        "options" => ("选项", "options"),
        "type" => ("类型", "type"),
        "at_least" => ("最小值", "at least"),
        "at_most" => ("最大值", "at most"),
        "amount" => ("金额", "amount"),
        "split" => ("资金分担", "whose money"),
        "condition" | "if" => ("条件", "condition"),
        other => (other, other),
    }
}
