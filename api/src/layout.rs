//! What every page knows besides its own view: language, who reads it, the frame around it; and
//! how dates, money and remaining times are written.

use std::fmt::Display;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Utc};

use crate::{
    assets::{Asset, LETTER, MARK, SCRIPT, STYLE},
    parts::{Due, Errors, Facts, Field, Papers, Steps},
    read::{
        DueView, ErrorView, FactGroup, FieldView, Light, PaperView, Term, Words, progress::StepView,
    },
    texts::Texts,
};

/// The frame of a page.
#[derive(Clone, Debug)]
pub struct Layout {
    pub t: &'static Texts,
    /// The path and query of the page itself: where the switches for language and size return to.
    pub path: String,
    pub signed_in: Option<SignedIn>,
    /// Posted with every form.
    pub csrf: String,
    /// Larger text and targets.
    pub elder: bool,
    /// The business time of a demo; nothing outside one.
    pub demo: Option<DateTime<Utc>>,
    pub flash: Option<Flash>,
}

/// Who reads.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub name: String,
    pub room: Room,
    /// Whether they run the service.
    pub administers: bool,
    /// Whether they look over units.
    pub supervises: bool,
    /// Whether the organisation is theirs to read: whoever administers, and heads.
    pub organises: bool,
}

/// Which room the reader is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Applicant,
    Staff,
}

/// What was just done, said once on the next page.
#[derive(Clone, Debug)]
pub struct Flash {
    pub good: bool,
    pub text: String,
}

impl Layout {
    /// A frame for a reader who is not signed in.
    pub fn public(t: &'static Texts, path: impl Into<String>, csrf: impl Into<String>) -> Self {
        let (path, csrf) = (path.into(), csrf.into());
        Self { t, path, signed_in: None, csrf, elder: false, demo: None, flash: None }
    }

    /// Whether the reader is staff, who get the wide frame.
    pub fn staff(&self) -> bool {
        self.signed_in.as_ref().is_some_and(|who| who.room == Room::Staff)
    }

    /// The style sheet.
    pub fn style(&self) -> &'static Asset {
        &STYLE
    }

    /// The style sheet of letters.
    pub fn letter_style(&self) -> &'static Asset {
        &LETTER
    }

    /// The script.
    pub fn script(&self) -> &'static Asset {
        &SCRIPT
    }

    /// The mark.
    pub fn mark(&self) -> &'static Asset {
        &MARK
    }

    /// `words` in the language of the page; Chinese where there is no English.
    pub fn say<'a>(&self, words: &'a Words) -> &'a str {
        if self.t.chinese() || words.en.is_empty() { &words.zh } else { &words.en }
    }

    /// `text` with its `{}` replaced.
    pub fn fill(&self, text: &str, by: impl Display) -> String {
        text.replacen("{}", &by.to_string(), 1)
    }

    /// `text` with its two `{}` replaced in order.
    pub fn fill2(&self, text: &str, first: impl Display, second: impl Display) -> String {
        text.replacen("{}", &first.to_string(), 1).replacen("{}", &second.to_string(), 1)
    }

    /// `¥12,000` or `¥12,000.50`, from fen.
    pub fn yuan(&self, fen: &i64) -> String {
        let (sign, whole, rest) = parts(*fen);
        if rest == 0 { format!("{sign}¥{whole}") } else { format!("{sign}¥{whole}.{rest:02}") }
    }

    /// `¥12,000.00`, from fen: as decisions write it.
    pub fn yuan_exact(&self, fen: &i64) -> String {
        let (sign, whole, rest) = parts(*fen);
        format!("{sign}¥{whole}.{rest:02}")
    }

    /// "2026年3月2日" or "2 March 2026".
    pub fn day(&self, day: &NaiveDate) -> String {
        if self.t.chinese() {
            format!("{}年{}月{}日", day.year(), day.month(), day.day())
        } else {
            day.format("%-d %B %Y").to_string()
        }
    }

    /// "3月2日" or "2 Mar".
    pub fn short_day(&self, day: &NaiveDate) -> String {
        if self.t.chinese() {
            format!("{}月{}日", day.month(), day.day())
        } else {
            day.format("%-d %b").to_string()
        }
    }

    /// The day of a moment in Ningxia.
    pub fn day_of(&self, at: &DateTime<Utc>) -> String {
        self.day(&local(at).date_naive())
    }

    /// "3月2日 14:05" or "2 Mar, 14:05".
    pub fn moment(&self, at: &DateTime<Utc>) -> String {
        let local = local(at);
        let between = if self.t.chinese() { " " } else { ", " };
        let time = format!("{:02}:{:02}", local.hour(), local.minute());
        format!("{}{between}{time}", self.short_day(&local.date_naive()))
    }

    /// "2026年3月2日 14:05".
    pub fn full_moment(&self, at: &DateTime<Utc>) -> String {
        let local = local(at);
        format!("{} {:02}:{:02}", self.day_of(at), local.hour(), local.minute())
    }

    /// The day of the week of a moment.
    pub fn weekday(&self, at: &DateTime<Utc>) -> &str {
        let names = &self.t.words.weekdays;
        let nth = local(at).weekday().num_days_from_monday() as usize;
        names.split(' ').nth(nth).unwrap_or_default()
    }

    /// "2026年3月" or "March 2026".
    pub fn month(&self, month: &NaiveDate) -> String {
        if self.t.chinese() {
            format!("{}年{}月", month.year(), month.month())
        } else {
            month.format("%B %Y").to_string()
        }
    }

    /// "3月" or "Mar".
    pub fn short_month(&self, month: &NaiveDate) -> String {
        if self.t.chinese() {
            format!("{}月", month.month())
        } else {
            month.format("%b").to_string()
        }
    }

    /// For `<time datetime>`.
    pub fn iso(&self, at: &DateTime<Utc>) -> String {
        at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// "3 个工作日", "1 working day".
    pub fn days(&self, days: &i64) -> String {
        let words = &self.t.words;
        self.fill(if *days == 1 { &words.one_working_day } else { &words.working_days }, days)
    }

    /// "还剩 3 个工作日", "今天到期", "超期 2 个工作日", "计时已暂停".
    pub fn left(&self, due: &DueView) -> String {
        let words = &self.t.words;
        let long = |n: i64| match due.counted_in {
            Term::WorkingDays => self.days(&n),
            Term::Hours if n == 1 => words.one_hour.clone(),
            Term::Hours => self.fill(&words.hours, n),
        };
        match (due.light, due.left) {
            (Light::Stopped, _) => words.clock_stopped.clone(),
            (_, 0) if due.counted_in == Term::Hours => words.within_the_hour.clone(),
            (_, 0) => words.due_today.clone(),
            (_, n) if n > 0 => self.fill(&words.left, long(n)),
            (_, n) => self.fill(&words.over, long(n.saturating_neg())),
        }
    }

    /// "1.2 MB", "340 KB".
    pub fn size(&self, bytes: &i64) -> String {
        let kilobytes = (*bytes).saturating_add(1023) / 1024;
        if kilobytes < 1024 {
            format!("{kilobytes} KB")
        } else {
            format!("{}.{} MB", kilobytes / 1024, kilobytes % 1024 * 10 / 1024)
        }
    }

    /// One field with label, hint and error.
    pub fn field<'a>(&'a self, f: &'a FieldView) -> Field<'a> {
        Field { l: self, t: self.t, f, prefix: "" }
    }

    /// The same field within a verb: a page with several forms needs ids of its own.
    pub fn field_of<'a>(&'a self, prefix: &'a str, f: &'a FieldView) -> Field<'a> {
        Field { l: self, t: self.t, f, prefix }
    }

    /// The summary of errors; nothing when there are none.
    pub fn errors<'a>(&'a self, errors: &'a [ErrorView]) -> Errors<'a> {
        Errors { t: self.t, errors: errors.into() }
    }

    /// The summary of what is wrong with `fields`.
    pub fn errors_of<'a>(&'a self, fields: &'a [FieldView]) -> Errors<'a> {
        Errors { t: self.t, errors: crate::read::field::errors(fields).into() }
    }

    /// A light with its words.
    pub fn due<'a>(&'a self, due: &'a DueView) -> Due<'a> {
        Due { l: self, t: self.t, due }
    }

    /// Facts under their headings; `show` is where a masked one is asked for.
    pub fn facts<'a>(&'a self, groups: &'a [FactGroup], show: &'a str) -> Facts<'a> {
        Facts { l: self, t: self.t, groups, show }
    }

    /// The papers asked for, each with its own upload to `{to}/{paper}`.
    pub fn papers<'a>(&'a self, papers: &'a [PaperView], to: &'a str) -> Papers<'a> {
        Papers { l: self, t: self.t, papers, to }
    }

    /// The way of a case.
    pub fn steps<'a>(&'a self, steps: &'a [StepView]) -> Steps<'a> {
        Steps { l: self, t: self.t, steps }
    }
}

/// Sign, whole yuan with commas, and fen.
fn parts(fen: i64) -> (&'static str, String, u64) {
    let sign = if fen < 0 { "-" } else { "" };
    let size = fen.unsigned_abs();
    let digits = (size / 100).to_string();
    let mut whole = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            whole.push(',');
        }
        whole.push(digit);
    }
    (sign, whole, size % 100)
}

/// China has one zone, eight hours before UTC, without summer time.
fn local(at: &DateTime<Utc>) -> DateTime<FixedOffset> {
    FixedOffset::east_opt(8 * 3600)
        .map_or_else(|| at.fixed_offset(), |zone| at.with_timezone(&zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_days_and_remaining_times_are_written_as_people_read_them() {
        let zh = Layout::public(Texts::of("zh-CN"), "/", "");
        let en = Layout::public(Texts::of("en"), "/", "");
        assert_eq!(zh.yuan(&1_200_000), "¥12,000");
        assert_eq!(zh.yuan(&123_456_705), "¥1,234,567.05");
        assert_eq!(zh.yuan_exact(&99), "¥0.99");
        assert_eq!(zh.yuan(&-100_000), "-¥1,000");
        let at = DateTime::from_timestamp(1_772_460_300, 0).unwrap(); // 2026-03-02 14:05 UTC
        assert_eq!(zh.moment(&at), "3月2日 22:05");
        assert_eq!(en.moment(&at), "2 Mar, 22:05");
        assert_eq!(en.weekday(&at), "Monday");
        let due = |left, light| DueView {
            at,
            counted_in: Term::WorkingDays,
            left,
            light,
            provisional: false,
        };
        assert_eq!(zh.left(&due(3, Light::Green)), "还剩 3 个工作日");
        assert_eq!(zh.left(&due(0, Light::Amber)), "今天到期");
        assert_eq!(zh.left(&due(-2, Light::Red)), "超期 2 个工作日");
        assert_eq!(en.left(&due(1, Light::Amber)), "1 working day left");
        assert_eq!(en.left(&due(1, Light::Stopped)), "Clock stopped");
        assert_eq!((zh.size(&300), zh.size(&1_600_000)), ("1 KB".into(), "1.5 MB".into()));
    }
}
