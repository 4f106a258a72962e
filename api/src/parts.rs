//! The parts that pages are put together from, each with a template under `templates/parts/`.

use std::borrow::Cow;

use askama::{Template, filters::HtmlSafe};

use crate::{
    chart::{Bars, Trend},
    layout::Layout,
    read::{
        Answer, CaseStatus, DueView, ErrorView, FactGroup, FieldKind, FieldView, FileKind, Light,
        PaperView,
        held::HeldView,
        oversight::{Figures, HeldDays, MonthRow, UnitRow},
        progress::StepView,
        voices::{VoiceState, VoiceView},
    },
    texts::Texts,
};

/// A field with label, hint and error.
#[derive(Template)]
#[template(path = "parts/field.html")]
pub struct Field<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub f: &'a FieldView,
    /// Put before ids, never before names.
    pub prefix: &'a str,
}

/// The summary of errors above a form.
#[derive(Template)]
#[template(path = "parts/errors.html")]
pub struct Errors<'a> {
    pub t: &'static Texts,
    pub errors: Cow<'a, [ErrorView]>,
}

/// A light: shape, colour and words.
#[derive(Template)]
#[template(path = "parts/due.html")]
pub struct Due<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub due: &'a DueView,
}

/// The tag of a status.
#[derive(Template)]
#[template(path = "parts/status.html")]
pub struct Status {
    pub t: &'static Texts,
    pub status: CaseStatus,
}

/// Facts under their headings.
#[derive(Template)]
#[template(path = "parts/facts.html")]
pub struct Facts<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub groups: &'a [FactGroup],
    /// Where a masked fact is asked for; empty when it cannot be.
    pub show: &'a str,
}

/// Papers with their uploads.
#[derive(Template)]
#[template(path = "parts/papers.html")]
pub struct Papers<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub papers: &'a [PaperView],
    pub to: &'a str,
}

/// What was said of a case, and what became of it.
#[derive(Template)]
#[template(path = "parts/voices.html")]
pub struct Voices<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub said: &'a [VoiceView],
}

/// The way of a case, step by step.
#[derive(Template)]
#[template(path = "parts/steps.html")]
pub struct Steps<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub steps: &'a [StepView],
}

/// Who held the days.
#[derive(Template)]
#[template(path = "parts/held.html")]
pub struct Held<'a> {
    pub l: &'a Layout,
    pub t: &'static Texts,
    pub held: &'a HeldView,
}

/// The figures of one unit, as cells of a row.
#[derive(Template)]
#[template(path = "parts/figures.html")]
pub struct FigureCells<'a> {
    pub t: &'static Texts,
    pub f: &'a Figures,
}

// Each is rendered by a template that escapes what it shows.
impl HtmlSafe for Field<'_> {}
impl HtmlSafe for Errors<'_> {}
impl HtmlSafe for Due<'_> {}
impl HtmlSafe for Status {}
impl HtmlSafe for Facts<'_> {}
impl HtmlSafe for Papers<'_> {}
impl HtmlSafe for Voices<'_> {}
impl HtmlSafe for Steps<'_> {}
impl HtmlSafe for Held<'_> {}
impl HtmlSafe for FigureCells<'_> {}

impl Layout {
    /// The tag of a status.
    pub fn status(&self, status: &CaseStatus) -> Status {
        Status { t: self.t, status: *status }
    }

    /// The table of who held the days.
    pub fn held<'a>(&'a self, held: &'a HeldView) -> Held<'a> {
        Held { l: self, t: self.t, held }
    }

    /// What was said of a case.
    pub fn voices<'a>(&'a self, said: &'a [VoiceView]) -> Voices<'a> {
        Voices { l: self, t: self.t, said }
    }

    /// The figures of one unit.
    pub fn figures<'a>(&self, figures: &'a Figures) -> FigureCells<'a> {
        FigureCells { t: self.t, f: figures }
    }

    /// Lights by unit as bars.
    pub fn bars<'a>(&self, rows: &'a [UnitRow]) -> Bars<'a> {
        Bars::of(self, rows)
    }

    /// The on-time share by month as a line.
    pub fn trend(&self, months: &[MonthRow]) -> Trend {
        Trend::of(self, months)
    }

    /// Who held the days of a single unit, in one line.
    pub fn held_days(&self, held: &HeldDays) -> String {
        let days = [held.unit, held.applicant, held.publicity, held.stop, held.calendar];
        let text = self.t.oversight.held_all.clone();
        days.iter().fold(text, |text, sum| self.fill(&text, sum.working_days))
    }
}

impl Light {
    /// The class of its shape in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Stopped => "stopped",
        }
    }
}
