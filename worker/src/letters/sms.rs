//! The text messages: at most seventy characters with the signature, so that each is one.

use askama::Template;
use entities::Sensitive;

use super::{About, Kind};

/// What one text message holds.
const MOST: usize = 70;

/// Longer titles are cut.
const TITLE: usize = 12;
const STEP: usize = 8;

#[derive(Template)]
#[template(path = "sms.txt")]
struct Sms<'a> {
    kind: Kind,
    number: &'a str,
    title: &'a str,
    step: &'a str,
    until: &'a str,
    code: &'a str,
}

/// The whole message, `【办结】…`.
pub(super) fn text(
    sign: &str,
    kind: Kind,
    about: &About,
    code: Option<&Sensitive>,
) -> Result<String, askama::Error> {
    let (title, step) = (cut(&about.title, TITLE), cut(&about.step, STEP));
    let sms = Sms {
        kind,
        number: &about.number,
        title: &title,
        step: &step,
        until: &about.until,
        code: code.map(Sensitive::expose).unwrap_or_default(),
    };
    let text = format!("【{sign}】{}", sms.render()?.trim());
    let length = text.chars().count();
    if length > MOST {
        tracing::warn!(length, ?kind, "a text message is longer than one message holds");
    }
    Ok(text)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fits_into_one_message_with_the_longest_words() {
        let about = About {
            number: "640422-YJ-2026-1000000-7".to_owned(),
            place: String::new(),
            title: "建档立卡贫困家庭高校毕业生求职创业补贴".to_owned(),
            step: "县教育局与县财政局联合审批".to_owned(),
            until: "12月31日".to_owned(),
            ..About::default()
        };
        for (name, kind) in Kind::ALL {
            let text = text("办结助学服务", kind, &about, Some(&Sensitive::new("123456"))).unwrap();
            let length = text.chars().count();
            assert!(length <= MOST, "{name}: {length} characters: {text}");
            assert!(!text.contains('\n') && !text.contains("  "), "{name}: {text:?}");
        }
    }

    #[test]
    fn an_applicant_reads_which_case_and_what_to_do() {
        let about = About {
            number: "640422-YJ-2026-000123-7".to_owned(),
            title: "特困学生应急救助".to_owned(),
            until: "11月25日".to_owned(),
            ..About::default()
        };
        let asked = text("办结", Kind::SupplementAsked, &about, None).unwrap();
        let expected = "【办结】您的特困学生应急救助申请（640422-YJ-2026-000123-7）需要补正，\
                        请于11月25日前登录办理。";
        assert_eq!(asked, expected);
    }
}
