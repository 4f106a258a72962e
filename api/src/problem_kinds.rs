//! Every problem by name: its status, and its words in both languages.
//!
//! Names are for ever: clients match on them.

use actix_web::http::StatusCode;
use entities::Language;

/// One kind of problem, as `/problems/{name}` tells of it.
#[derive(Debug)]
pub struct Kind {
    /// The stable name.
    pub name: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    title: (&'static str, &'static str),
    advice: (&'static str, &'static str),
}

impl Kind {
    /// What it is, in a few words.
    pub fn title(&self, language: Language) -> &'static str {
        in_language(self.title, language)
    }

    /// What to do about it, in a sentence.
    pub fn advice(&self, language: Language) -> &'static str {
        in_language(self.advice, language)
    }
}

fn in_language(words: (&'static str, &'static str), language: Language) -> &'static str {
    match language {
        Language::Chinese => words.0,
        Language::English => words.1,
    }
}

macro_rules! kinds {
    ($($constant:ident $name:literal $status:ident
       $title_zh:literal $title_en:literal
       $advice_zh:literal $advice_en:literal;)*) => {
        $(pub(crate) static $constant: Kind = Kind {
            name: $name,
            status: StatusCode::$status,
            title: ($title_zh, $title_en),
            advice: ($advice_zh, $advice_en),
        };)*

        /// All of them, in the order of this file.
        pub static ALL: &[&Kind] = &[$(&$constant),*];
    };
}

kinds! {
    UNAUTHENTICATED "unauthenticated" UNAUTHORIZED
        "尚未登录" "Not signed in"
        "请先登录，或出示有效的令牌。" "Sign in first, or send a valid token.";
    WRONG_PASSWORD "wrong-password" UNAUTHORIZED
        "账号或密码不正确" "Wrong login or password"
        "请核对账号和密码后重试。" "Check the login and the password, and try again.";
    PASSWORD_GIVEN "password-given" FORBIDDEN
        "请先修改密码" "Choose your own password first"
        "现在的密码是别人设的。请先改成只有您自己知道的密码，再继续办理。"
        "Somebody else chose this password. Choose one that only you know, then go on.";
    WRONG_CODE "wrong-code" UNAUTHORIZED
        "验证码不正确" "Wrong code"
        "验证码不正确或已失效，请重新获取。" "The code is wrong or has run out; ask for a new one.";
    ACCOUNT_DISABLED "account-disabled" FORBIDDEN
        "账号已停用" "Account disabled"
        "此账号已停用，请联系当地资助管理中心。" "This account has been disabled; ask your local aid centre.";
    LOCKED "locked" TOO_MANY_REQUESTS
        "尝试次数过多" "Too many wrong attempts"
        "错误次数过多，请稍后再试。" "Too many wrong attempts; wait, then try again.";
    TOO_MANY_CODES "too-many-codes" TOO_MANY_REQUESTS
        "获取验证码过于频繁" "Too many codes"
        "获取验证码过于频繁，请稍后再试。" "Codes were asked for too often; wait, then ask again.";
    TOO_MANY_REQUESTS "too-many-requests" TOO_MANY_REQUESTS
        "请求过于频繁" "Too many requests"
        "请求过于频繁，请稍后再试。" "Slow down, and repeat the request after the time in Retry-After.";
    FOREIGN_ORIGIN "foreign-origin" FORBIDDEN
        "请求来自其他网站" "Request from another site"
        "此请求来自其他网站，已被拒绝。请从本站页面操作。" "This request came from another site. Use this site's own pages.";
    STALE_FORM "stale-form" FORBIDDEN
        "表单已失效" "Form out of date"
        "表单已失效，请刷新页面后重新提交。" "Reload the page and send the form again.";
    NOT_FOUND "not-found" NOT_FOUND
        "没有找到" "Not found"
        "这里没有内容，或您无权知悉。" "There is nothing here, or nothing you may know of.";
    METHOD_NOT_ALLOWED "method-not-allowed" METHOD_NOT_ALLOWED
        "不支持的方法" "Method not allowed"
        "请使用 Allow 所列的方法。" "Use one of the methods in Allow.";
    UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE
        "不支持的内容类型" "Unsupported media type"
        "请以 application/json（页面表单用 application/x-www-form-urlencoded）发送。" "Send application/json (page forms: application/x-www-form-urlencoded).";
    BODY_TOO_LARGE "body-too-large" PAYLOAD_TOO_LARGE
        "内容过大" "Body too large"
        "请求内容过大，请缩减后重试。" "Send less.";
    MALFORMED_REQUEST "malformed-request" BAD_REQUEST
        "请求格式有误" "Malformed request"
        "请检查地址和参数。" "Check the address and its parameters.";
    MALFORMED_JSON "malformed-json" BAD_REQUEST
        "JSON 格式有误" "Malformed JSON"
        "请求内容不是有效的 JSON。" "The body is not valid JSON.";
    UNKNOWN_FIELD "unknown-field" UNPROCESSABLE_ENTITY
        "未知字段" "Unknown field"
        "请删除未知字段。" "Leave out what is not in the documentation.";
    INVALID_FIELDS "invalid-fields" UNPROCESSABLE_ENTITY
        "填写有误" "Invalid fields"
        "请按提示修改各项。" "Correct the fields that are listed.";
    WEAK_PASSWORD "weak-password" UNPROCESSABLE_ENTITY
        "新密码不合要求" "Password too weak"
        "请换一个更长、更难猜的密码。" "Take a longer one that is harder to guess.";
    LOGIN_TAKEN "login-taken" CONFLICT
        "账号名已被使用" "Login taken"
        "请换一个账号名。" "Take another login.";
    MALFORMED_KEY "malformed-idempotency-key" BAD_REQUEST
        "幂等键格式有误" "Malformed idempotency key"
        "Idempotency-Key 须为 1 至 200 个可见 ASCII 字符。" "Idempotency-Key takes 1 to 200 visible ASCII characters.";
    KEY_REUSED "idempotency-key-reused" UNPROCESSABLE_ENTITY
        "幂等键已用于其他请求" "Idempotency key reused"
        "此幂等键已用于另一请求，请换用新的键。" "This key was used for another request; take a new one.";
    STILL_AT_WORK "still-at-work" CONFLICT
        "首次请求仍在处理" "Still at work"
        "同一请求仍在处理，请稍后以同一键重试。" "The first request with this key is still at work; repeat it in a moment.";
    UNKNOWN_PROGRAM "unknown-program" UNPROCESSABLE_ENTITY
        "没有此项目" "Unknown program"
        "没有此项目，或目前不受理。请从项目列表中选择。" "Choose one of the programs that take applications today.";
    NOT_ELIGIBLE "not-eligible" UNPROCESSABLE_ENTITY
        "不符合申请条件" "Not eligible"
        "目前不符合申请条件，请查看项目说明。" "See the program's conditions.";
    APPLIED_ALREADY "applied-already" CONFLICT
        "已经申请" "Applied already"
        "同一事项已经申请，请查看原办件。" "Look at the case that asks for the same.";
    NOT_YOURS "not-yours" FORBIDDEN
        "无权办理" "Not yours to do"
        "您无权办理此事项。" "This is not yours to do.";
    SETTLED_ALREADY "settled-already" CONFLICT
        "已经办理" "Settled already"
        "此事项已经办理，请刷新。" "Somebody was quicker; look at it again.";
    STALE_VERSION "stale-version" CONFLICT
        "办件已有变化" "The case has changed"
        "办件已有变化，请刷新后重试。" "Look at the case again, then repeat.";
    NOT_NOW "not-now" CONFLICT
        "目前不能办理" "Not now"
        "办件目前的状态不能这样办理。" "This cannot be done in the case's present state.";
    OVER_AUTHORITY "over-authority" UNPROCESSABLE_ENTITY
        "超出审批权限" "Over your authority"
        "金额超出您的审批权限。" "This is more than you may grant.";
    NOT_LESS "not-less" UNPROCESSABLE_ENTITY
        "金额须少于原定" "Not less"
        "核减后的金额须大于零且小于原定金额。" "Take an amount above zero and below the award.";
    SEATS_GONE "seats-gone" CONFLICT
        "名额已被占用" "The seats have gone"
        "其他批次已先签发并占用名额，本名单已重新排定，请刷新核对后再签。" "Another list was signed first and took seats; this one has been made anew. Look at it again, then sign.";
    NO_SEAT "no-seat" UNPROCESSABLE_ENTITY
        "没有名额" "No seat there"
        "该处名额已满，请先调出其他人选。" "All seats there are given; move another line away first.";
    NEEDS_REASON "needs-reason" UNPROCESSABLE_ENTITY
        "请说明理由" "Say why"
        "请选择理由。" "Choose a reason.";
    UNKNOWN_REASON "unknown-reason" UNPROCESSABLE_ENTITY
        "没有此理由" "Unknown reason"
        "请从项目所列理由中选择。" "Choose one of the program's reasons.";
    RETURN_TARGET "return-target" UNPROCESSABLE_ENTITY
        "不能退回到此环节" "Cannot be returned there"
        "请选择前面的环节或申请人。" "Choose an earlier step or the applicant.";
    ASKED_ONCE "asked-once" CONFLICT
        "已经要求过补正" "Supplements asked for once already"
        "补正只能一次性告知。" "Supplements may be asked for once.";
    NOTHING_ASKED "nothing-asked" UNPROCESSABLE_ENTITY
        "未列明补正内容" "Nothing asked for"
        "请至少列明一项需要补正的内容。" "Name at least one field or paper.";
    PAPER_REFUSED "paper-refused" UNPROCESSABLE_ENTITY
        "材料不能接收" "Document refused"
        "请按提示更换文件。" "Take another file, as the error says.";
    NO_CONSENT "no-consent" UNPROCESSABLE_ENTITY
        "未作承诺或授权" "No consent"
        "请勾选承诺和授权后提交。" "Give the declaration and the consent.";
    PROFILE_INCOMPLETE "profile-incomplete" UNPROCESSABLE_ENTITY
        "个人资料不完整" "Profile incomplete"
        "请先补全申请人的个人资料。" "Complete the applicant's own data first.";
    RULE_STUCK "rule-stuck" CONFLICT
        "规则无法执行" "A rule is stuck"
        "项目的一条规则无法执行，已通知项目负责人。" "A rule of the program could not be applied; its owner has been told.";
    TOO_LATE "too-late" CONFLICT
        "期限已过" "Too late"
        "期限已过，不能再挂起或延期，请尽快办理。" "The time is over: it is neither stopped nor extended. Decide it as soon as you can.";
    NO_GROUND "no-ground" UNPROCESSABLE_ENTITY
        "没有此项依据" "No such ground"
        "本事项没有这一挂起依据，请改选。" "The program knows no such ground for a stop; choose another.";
    STOP_USED_UP "stop-used-up" CONFLICT
        "挂起时限已用完" "Stop used up"
        "以此依据挂起的时间已用完，计时不能再停。" "Stops for this ground have taken all that they may; the clock runs.";
    EXTENDED_ALREADY "extended-already" CONFLICT
        "不能再延期" "No further extension"
        "本事项已延期、正在申请延期，或不允许延期。" "It was extended, is being asked for, or the program gives no extension.";
    URGED_ALREADY "urged-already" CONFLICT
        "已催办" "Urged already"
        "两个工作日内只能催办一次。" "Once in two working days.";
    UNDER_WAY "under-way" CONFLICT
        "正在办理" "Being dealt with"
        "此前提出的正在办理，请先查看其进展。" "What you said before is being dealt with; see how far it is.";
    RATED_ALREADY "rated-already" CONFLICT
        "已经评价" "Rated already"
        "每件只能评价一次。" "A case is rated once.";
    APPEAL_OVER "appeal-over" CONFLICT
        "申诉期限已过" "Too late for an appeal"
        "申诉期限已过；仍可在法定期限内申请行政复议或者提起行政诉讼。" "The time is over; you may still ask for administrative reconsideration or sue, within the limits of the law.";
    SUBSTITUTE "substitute" UNPROCESSABLE_ENTITY
        "不能这样代理" "No such substitute"
        "请另选代理人或时间。" "Name somebody else, or another time.";
    BATCH "batch" UNPROCESSABLE_ENTITY
        "不能批量办理" "No such batch"
        "请先打开全部样本，或逐件办理。" "Open the whole sample first, or decide the cases one by one.";
    TIME_NOT_MOVED "time-not-moved" UNPROCESSABLE_ENTITY
        "时间不能调整" "Time not moved"
        "时间只能按工作日向前调整。" "The time cannot be moved so.";
    PROGRAM_CHANGED "program-changed" UNPROCESSABLE_ENTITY
        "项目规则已更新" "The program has changed"
        "填写期间项目启用了新版本，请按提示补全后重新提交。" "A new version of the program is in force since you began: fill in what it asks for, and hand in again.";
    DRAFT_ERRORS "draft-errors" UNPROCESSABLE_ENTITY
        "草稿有错误" "The draft has errors"
        "请按所列行号改正后再试。" "Put right what stands in the lines that are named, and try again.";
    DRAFT_OUTDATED "draft-outdated" CONFLICT
        "已有新版本" "Another version came first"
        "其间已发布新版本：请核对差异，改正 version 后再提交。" "A version was published meanwhile: look at the differences, set version: anew, and propose again.";
    FOUR_EYES "four-eyes" CONFLICT
        "须由他人确认" "Another person must confirm"
        "起草人不能确认自己的草稿，请另一位管理员确认。" "Whoever wrote on a draft does not confirm it: ask another administrator.";
    DRAFT_STATE "draft-state" CONFLICT
        "草稿状态不符" "The draft is not in that state"
        "草稿当前状态不允许此操作，请刷新后重试。" "The draft is in another state now: look at it anew.";
    PAST_DAY "past-day" UNPROCESSABLE_ENTITY
        "生效日期已过" "The day is over"
        "请填写今天或以后的日期。" "Name today or a later day.";
    NOT_REBASED "not-rebased" CONFLICT
        "没有可迁移的办件" "No case can be moved"
        "所选办件均不能迁移，原因见预览。" "None of the chosen cases can be moved; the preview says why.";
    ORGANISATION "organisation" UNPROCESSABLE_ENTITY
        "机构信息不符" "Organisation"
        "机构、人员或任职不符，请核对。" "A unit, person or appointment does not fit.";
    ROWS_REFUSED "rows-refused" UNPROCESSABLE_ENTITY
        "文件未导入" "File not imported"
        "文件中有不符的行，全部未导入。请按所列各行改正后重新导入。" "Some rows cannot be taken, so none was. Mend those that are listed and import the file again.";
    UNAVAILABLE "unavailable" SERVICE_UNAVAILABLE
        "服务暂不可用" "Unavailable"
        "服务暂不可用，请稍后以同一幂等键重试。" "Repeat the request later, with the same idempotency key.";
    INTERNAL "internal" INTERNAL_SERVER_ERROR
        "系统内部错误" "Internal error"
        "系统出现问题，已记录。请稍后以同一幂等键重试。" "Something went wrong on our side and has been logged. Repeat the request later, with the same idempotency key.";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_name_stands_once_and_fits_a_url() {
        let mut names: Vec<_> = ALL.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        }
    }
}
