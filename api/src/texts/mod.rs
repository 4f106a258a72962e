//! What the pages say, in each language.
//!
//! A text is a field: a template that names a text that is not there does not compile, and a
//! language file that lacks one, or has one too many, fails the test below. `{}` is filled in.

mod applicant;
pub(crate) mod faults;
mod organisation;
mod oversight;
mod public;
mod staff;
mod voices;
mod words;

use std::sync::LazyLock;

use serde::Deserialize;

pub use applicant::{ApplyTexts, DecisionTexts, GuideTexts, MineTexts, ProgressTexts};
pub use organisation::OrganisationTexts;
pub use oversight::OversightTexts;
pub use public::{
    DemoTexts, FlashTexts, HomeTexts, NoticeTexts, ProblemTexts, SignInTexts, SiteTexts,
};
pub use staff::{
    AbsenceTexts, BatchTexts, BouncesTexts, ChangingTexts, CopiesTexts, DeskTexts, DocumentTexts,
    ExtensionTexts, JobsTexts, PasswordTexts, QueueTexts, RecusalTexts, RosterTexts, SettingsTexts,
    SoundnessTexts,
};
pub use voices::{TipOffTexts, VoiceTexts};
pub use words::{StatusTexts, StepTexts, WordTexts};

/// A struct of texts, and the list of them for the test.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident)* }) => {
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(pub $field: String,)*
        }

        impl $name {
            /// Every text under its key.
            #[cfg(test)]
            pub(crate) fn all(&self) -> Vec<(&'static str, &str)> {
                vec![$((stringify!($field), self.$field.as_str()),)*]
            }
        }
    };
}
use texts;

/// Everything the pages say in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// The language's tag, for `<html lang>`.
    pub lang: String,
    pub site: SiteTexts,
    pub home: HomeTexts,
    pub sign_in: SignInTexts,
    pub notice: NoticeTexts,
    pub mine: MineTexts,
    pub guide: GuideTexts,
    pub apply: ApplyTexts,
    pub progress: ProgressTexts,
    pub voices: VoiceTexts,
    pub tip_off: TipOffTexts,
    pub decision: DecisionTexts,
    pub queue: QueueTexts,
    pub desk: DeskTexts,
    pub roster: RosterTexts,
    pub bounces: BouncesTexts,
    pub changing: ChangingTexts,
    pub jobs: JobsTexts,
    pub soundness: SoundnessTexts,
    pub organisation: OrganisationTexts,
    pub oversight: OversightTexts,
    pub extensions: ExtensionTexts,
    pub absence: AbsenceTexts,
    pub recusal: RecusalTexts,
    pub copies: CopiesTexts,
    pub batches: BatchTexts,
    pub document: DocumentTexts,
    pub settings: SettingsTexts,
    pub password: PasswordTexts,
    pub demo: DemoTexts,
    pub problem: ProblemTexts,
    pub flash: FlashTexts,
    pub words: WordTexts,
    pub status: StatusTexts,
    pub step: StepTexts,
}

static CHINESE: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../texts/zh-CN.toml")));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../texts/en.toml")));

#[expect(clippy::expect_used, reason = "compiled in, and tested below")]
fn read(text: &str) -> Texts {
    toml::from_str(text).expect("a language file fits its struct")
}

impl Texts {
    /// The texts for a language's tag: Chinese unless it is English.
    pub fn of(tag: &str) -> &'static Self {
        if tag.starts_with("en") { &ENGLISH } else { &CHINESE }
    }

    /// The texts for a reader: the language chosen before (a cookie) holds over the
    /// `Accept-Language` header; Chinese unless English is asked for first.
    pub fn for_reader(chosen: Option<&str>, accept: Option<&str>) -> &'static Self {
        Self::of(chosen.or(accept).unwrap_or_default())
    }

    /// Whether these are the Chinese ones.
    pub fn chinese(&self) -> bool {
        self.lang == "zh-CN"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(t: &Texts) -> Vec<(&'static str, &str)> {
        let groups = [
            t.site.all(),
            t.home.all(),
            t.sign_in.all(),
            t.notice.all(),
            t.mine.all(),
            t.guide.all(),
            t.apply.all(),
            t.progress.all(),
            t.voices.all(),
            t.tip_off.all(),
            t.decision.all(),
            t.queue.all(),
            t.desk.all(),
            t.roster.all(),
            t.bounces.all(),
            t.changing.all(),
            t.jobs.all(),
            t.soundness.all(),
            t.organisation.all(),
            t.oversight.all(),
            t.extensions.all(),
            t.absence.all(),
            t.recusal.all(),
            t.copies.all(),
            t.batches.all(),
            t.document.all(),
            t.settings.all(),
            t.password.all(),
            t.demo.all(),
            t.problem.all(),
            t.flash.all(),
            t.words.all(),
            t.status.all(),
            t.step.all(),
        ];
        groups.concat()
    }

    /// Chinese characters, and Chinese punctuation.
    fn is_chinese(c: char) -> bool {
        matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
    }

    #[test]
    fn every_language_says_everything_in_that_language() {
        for ((key, zh), (_, en)) in all(&CHINESE).into_iter().zip(all(&ENGLISH)) {
            assert!(!zh.is_empty() && !en.is_empty(), "{key} is empty");
            let both = ["other_language"];
            assert!(!en.contains(is_chinese) || both.contains(&key), "{key} in English: {en}");
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{key}: holes");
        }
        assert_eq!((CHINESE.lang.as_str(), ENGLISH.lang.as_str()), ("zh-CN", "en"));
    }

    #[test]
    fn a_choice_holds_over_what_the_browser_asks() {
        assert!(Texts::for_reader(None, None).chinese());
        assert!(!Texts::for_reader(None, Some("en-GB,zh;q=0.5")).chinese());
        assert!(Texts::for_reader(Some("zh-CN"), Some("en")).chinese());
    }
}
