//! What a member of staff may choose for themselves.

use workflow::commands::DIGEST_HOURS;

use super::fields::own;
use crate::read::{FieldKind, FieldView, OptionView, Words, settings::SettingsView};

/// The choices, with the present one.
pub fn settings(at: &str) -> SettingsView {
    let mut hours = DIGEST_HOURS;
    hours.sort_unstable();
    let hour = |at: &str| OptionView {
        value: at.to_owned(),
        title: Words::new(format!("工作日 {at}"), format!("Working days, {at}")),
        hint: None,
    };
    let mut options: Vec<OptionView> = hours.into_iter().map(hour).collect();
    options.push(OptionView {
        value: "none".to_owned(),
        title: Words::new("不接收汇总", "No digest"),
        hint: None,
    });
    let title = Words::new("每日汇总的时间", "When the daily digest comes");
    let field = own("at", title, FieldKind::Choice { options }, true);
    SettingsView { digest: FieldView { value: Some(at.to_owned()), ..field } }
}
