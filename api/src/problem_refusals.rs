//! What the outside is told when a command did not happen.

use entities::Language;
use workflow::{Bar, CommandError, PaperFault, Refusal, commands::WrongSubstitute};

use crate::{
    FieldError,
    problem_database::of_database,
    problem_kinds::{self as kinds, Kind},
    texts::faults,
};

/// The kind of each refusal. One line per case, no default.
pub(crate) fn kind(error: &CommandError) -> &'static Kind {
    match error {
        CommandError::Refused(refusal) => of_refusal(refusal),
        CommandError::Db(e) => of_database(e),
        // A newer process behind the same address may be asked next.
        CommandError::NewerProgram(_) => &kinds::UNAVAILABLE,
        CommandError::Stored(_) | CommandError::Seal(_) | CommandError::Papers(_) => {
            &kinds::INTERNAL
        }
    }
}

fn of_refusal(refusal: &Refusal) -> &'static Kind {
    use Refusal as R;
    match refusal {
        R::NotFound(_) => &kinds::NOT_FOUND,
        R::UnknownProgram(_) => &kinds::UNKNOWN_PROGRAM,
        R::Form(_) => &kinds::INVALID_FIELDS,
        R::NotEligible { .. } => &kinds::NOT_ELIGIBLE,
        R::Once { .. } | R::Excluded { .. } => &kinds::APPLIED_ALREADY,
        R::NotYours(_) | R::Owes { .. } => &kinds::NOT_YOURS,
        R::Settled { .. } => &kinds::SETTLED_ALREADY,
        R::Stale { .. } => &kinds::STALE_VERSION,
        R::NotNow { .. } | R::NobodyToAsk => &kinds::NOT_NOW,
        R::OverAuthority { .. } => &kinds::OVER_AUTHORITY,
        R::NotLess { .. } => &kinds::NOT_LESS,
        R::SeatsGone => &kinds::SEATS_GONE,
        R::NoSeat => &kinds::NO_SEAT,
        R::NeedsReason => &kinds::NEEDS_REASON,
        R::UnknownReason(_) => &kinds::UNKNOWN_REASON,
        R::ReturnTarget(_) => &kinds::RETURN_TARGET,
        R::AskedOnce => &kinds::ASKED_ONCE,
        R::NothingAsked => &kinds::NOTHING_ASKED,
        R::Paper(PaperFault::TooLarge) => &kinds::BODY_TOO_LARGE,
        R::Paper(_) => &kinds::PAPER_REFUSED,
        R::NoConsent => &kinds::NO_CONSENT,
        R::Profile(_) => &kinds::PROFILE_INCOMPLETE,
        R::SignIn(_) => &kinds::UNAUTHENTICATED,
        R::Stuck(_) => &kinds::RULE_STUCK,
        R::TooLate(_) => &kinds::TOO_LATE,
        R::NoGround(_) => &kinds::NO_GROUND,
        R::StopUsedUp(_) => &kinds::STOP_USED_UP,
        R::UrgedAlready { .. } => &kinds::URGED_ALREADY,
        R::UnderWay { .. } => &kinds::UNDER_WAY,
        R::RatedAlready => &kinds::RATED_ALREADY,
        R::AppealOver { .. } => &kinds::APPEAL_OVER,
        R::Substitute(_) => &kinds::SUBSTITUTE,
        R::Batch(_) => &kinds::BATCH,
        R::ExtendedAlready => &kinds::EXTENDED_ALREADY,
        R::Time(_) => &kinds::TIME_NOT_MOVED,
        R::Organisation(_) | R::Unfit(_) => &kinds::ORGANISATION,
        R::Rows(_) => &kinds::ROWS_REFUSED,
        R::NewVersion { .. } => &kinds::PROGRAM_CHANGED,
        R::Draft(_) => &kinds::DRAFT_ERRORS,
        R::Outdated(_) => &kinds::DRAFT_OUTDATED,
        R::FourEyes => &kinds::FOUR_EYES,
        R::DraftState(_) => &kinds::DRAFT_STATE,
        R::PastDay => &kinds::PAST_DAY,
        R::Rebase => &kinds::NOT_REBASED,
    }
}

/// What to do, where more can be said than of the kind; English is the refusal's own sentence.
pub(crate) fn detail(refusal: &Refusal, language: Language) -> Option<String> {
    use Refusal as R;
    if language == Language::English {
        return match refusal {
            R::NotFound(_)
            | R::Form(_)
            | R::Stuck(_)
            | R::SignIn(_)
            | R::NewVersion { .. }
            | R::FourEyes
            | R::DraftState(_)
            | R::PastDay
            | R::Rebase => None,
            R::NotEligible { reason } => {
                Some(format!("Not eligible: {}.", faults::reason(reason).1))
            }
            R::Settled { by: Some(by), .. } => Some(format!("{by} has settled this already.")),
            other => Some(sentence(&other.to_string())),
        };
    }
    match refusal {
        R::NotEligible { reason } => {
            Some(format!("不符合申请条件：{}。", faults::reason(reason).0))
        }
        R::Once { number } => Some(format!("同一事项已经申请，办件编号 {number}。")),
        R::Excluded { zh, number, .. } => {
            Some(format!("不能与“{zh}”同时享受，相关办件编号 {number}。"))
        }
        R::NotYours(bar) => Some(chinese_bar(*bar).to_owned()),
        R::Settled { by: Some(by), .. } => Some(format!("此事项已由{by}办理。")),
        R::Stale { seen, current } => {
            Some(format!("您看到的是第 {seen} 版，现为第 {current} 版，请刷新后重试。"))
        }
        R::NobodyToAsk => {
            Some("此件没有申请人，无人可以补正；请按现有材料办理，或者退回前面的环节。".to_owned())
        }
        R::OverAuthority { most } => Some(format!("超出您的审批权限，最多 {most}。")),
        R::Owes { numbers } => {
            let numbers = numbers.join("、");
            Some(format!("您此前同意的办件仍有逾期未补的材料：{numbers}。补齐后方可再行审批。"))
        }
        R::UrgedAlready { again_on } => {
            let day = again_on.format("%-m月%-d日");
            Some(format!("您已催办，{day}起可再次催办。"))
        }
        R::UnderWay { number } => Some(match number {
            Some(number) => format!("此前提出的正在办理，编号 {number}，办结后可再次提出。"),
            None => "此前提出的已收到，正在登记，办结后可再次提出。".to_owned(),
        }),
        R::AppealOver { last } => {
            let day = last.format("%Y年%-m月%-d日");
            Some(format!("申诉已于{day}截止；仍可在法定期限内申请行政复议或者提起行政诉讼。"))
        }
        R::Substitute(wrong) => Some(chinese_substitute(*wrong).to_owned()),
        R::Batch(wrong) => Some(crate::batches::chinese(*wrong)),
        R::Draft(findings) => {
            let first = findings.first()?;
            let (count, line) = (findings.len(), first.line);
            Some(format!("草稿有 {count} 处错误；第 {line} 行：{}。", first.message_zh))
        }
        R::Outdated(number) => {
            Some(format!("其间已发布第 {number} 版：请核对差异，改正 version 后再提交。"))
        }
        R::NotLess { award } => Some(format!("金额须大于零且小于 {award}。")),
        R::Paper(fault) => Some(chinese_paper(*fault).to_owned()),
        R::Unfit(said) => Some(format!("{}。", said.zh)),
        R::Rows(faults) => Some(format!("文件中有 {} 处不符，全部未导入。", faults.len())),
        _ => None,
    }
}

/// The faults of a form, each at its field.
pub(crate) fn fields(refusal: &Refusal) -> Vec<FieldError> {
    match refusal {
        Refusal::Form(faults) | Refusal::NewVersion { faults, .. } => faults
            .iter()
            .map(|fault| {
                let (chinese, english) = faults::sentences(fault);
                FieldError::new(fault.field.clone(), fault.code, chinese, english)
            })
            .collect(),
        Refusal::Paper(fault) => {
            let english = sentence(&fault.to_string());
            vec![FieldError::new("paper", paper_code(*fault), chinese_paper(*fault), english)]
        }
        Refusal::Rows(faults) => faults
            .iter()
            .map(|fault| {
                let at = [fault.line.to_string(), fault.column.clone()];
                let at: Vec<String> = at.into_iter().filter(|part| !part.is_empty()).collect();
                let chinese = format!("{}。", fault.said.zh);
                FieldError::new(at.join("."), "row", chinese, sentence(&fault.said.en))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn chinese_bar(bar: Bar) -> &'static str {
    match bar {
        Bar::OtherOffice => "此事项由其他部门办理。",
        Bar::Claimed => "同事已领取此事项。",
        Bar::Reserved => "负责人已指定由同事办理此环节，如需改由您办理，请负责人转办。",
        Bar::OwnCase => "不能办理本人的申请。",
        Bar::FiledByYou => "不能办理由您代办的申请。",
        Bar::Conflict => "您已申报回避，或与申请人有应当回避的关联，不能办理；请转办同事。",
        Bar::Involved => "此事项涉及您或您所在单位的办理行为，应当回避。",
        Bar::Apart => "您已办理前面的环节，此环节须由他人办理。",
        Bar::SignedAlready => "您已签署此环节。",
        Bar::NotApplicant => "只有申请人可以办理。",
        Bar::MayNotFile => "您无权为此人申请。",
        Bar::NotStaff => "只有工作人员可以办理。",
        Bar::NotAdministrator => "只有管理员可以办理。",
        Bar::NotSecurityAdministrator => "只有安全管理员可以办理。",
        Bar::NotAuditor => "只有审计管理员可以查看。",
        Bar::NotAdministering => "只有承担管理职责的人员可以查看。",
        Bar::Oneself => "不能为本人授权、解职或锁定，请由同事办理。",
        Bar::NotHead => "只有本单位负责人可以办理。",
        Bar::NotProgramAdministrator => "只有项目牵头部门（自治区）或系统的管理员可以更改。",
        Bar::NotSupervisor => "只有承担督查职责的人员可以查看。",
    }
}

fn chinese_substitute(wrong: WrongSubstitute) -> &'static str {
    match wrong {
        WrongSubstitute::Nobody => "请选择在岗的同事代理。",
        WrongSubstitute::Elsewhere => "代理人须是本单位或者同一地方的同事，请另选。",
        WrongSubstitute::Away => "该同事此时段已由他人代理，请另选在岗的人。",
        WrongSubstitute::Chain => "您此时段正在代理他人，请先结束该代理。",
    }
}

fn chinese_paper(fault: PaperFault) -> &'static str {
    match fault {
        PaperFault::WrongKind => "只接受 JPEG、PNG 和 PDF 文件。",
        PaperFault::Lying => "文件内容与其类型不符。",
        PaperFault::TooLarge => "文件超过 10 MiB。",
        PaperFault::Empty => "文件为空。",
        PaperFault::TooMany => "每个办件最多 20 份材料。",
        PaperFault::TooManyOfLine => "名册中每人最多 10 份材料，请先移除多余的。",
        PaperFault::Unknown => "此事项不需要该材料。",
        PaperFault::Unreadable => "图片无法读取，或超过 4000 万像素。",
    }
}

fn paper_code(fault: PaperFault) -> &'static str {
    match fault {
        PaperFault::WrongKind => "wrong_kind",
        PaperFault::Lying => "lying",
        PaperFault::TooLarge => "too_large",
        PaperFault::Empty => "empty",
        PaperFault::TooMany => "too_many",
        PaperFault::TooManyOfLine => "too_many_of_line",
        PaperFault::Unknown => "unknown",
        PaperFault::Unreadable => "unreadable",
    }
}

/// The words of an error as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use entities::Language::{Chinese, English};
    use workflow::{Bar, CommandError, PaperFault, Refusal};

    use crate::Problem;

    #[test]
    fn a_refusal_has_its_name_status_and_sentence_in_both_languages() {
        let stale = Refusal::Stale { seen: 3, current: 4 };
        let table = [
            (stale, "stale-version", 409, "The case has changed: you saw version 3, it is at 4."),
            (
                Refusal::NotYours(Bar::OwnCase),
                "not-yours",
                403,
                "You may not do this: it is your own case.",
            ),
            (
                Refusal::NotFound("case"),
                "not-found",
                404,
                "There is nothing here, or nothing you may know of.",
            ),
            (
                Refusal::Paper(PaperFault::TooLarge),
                "body-too-large",
                413,
                "The document cannot be taken: it is larger than 10 MiB.",
            ),
        ];
        for (refusal, name, status, english) in table {
            let problem = Problem::from(CommandError::from(refusal));
            assert_eq!(problem.kind().name, name);
            assert_eq!(problem.kind().status.as_u16(), status, "{name}");
            assert_eq!(problem.detail(English), english);
            assert!(problem.detail(Chinese).ends_with('。'), "{name}");
        }
        let paper = Problem::from(CommandError::from(Refusal::Paper(PaperFault::Lying)));
        assert_eq!(paper.fields(Chinese)[0].code, "lying");
        let inside = Problem::from(CommandError::Stored("640422199001011234".to_owned()));
        assert!(!inside.detail(English).contains("640422"));
    }
}
