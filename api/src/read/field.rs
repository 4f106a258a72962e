//! A field of a form, as its definition makes it: one shape for applicants' pages, for the fields
//! of a step and for what a verb asks.

use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// One field with its present value and what is wrong with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldView {
    /// The name in the posted form, and of the anchor `#f-{id}`.
    pub id: String,
    pub title: Words,
    pub hint: Option<Words>,
    pub kind: FieldKind,
    /// As typed or stored: yuan for money, `true`/`false`, `2026-03-02`, an option's value.
    pub value: Option<String>,
    /// The chosen values of a field of many.
    pub values: Vec<String>,
    /// What to do, in the language of the page.
    pub error: Option<String>,
    pub required: bool,
}

/// What a field takes.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldKind {
    /// One line, or several; `most` characters.
    Text {
        long: bool,
        most: Option<u32>,
    },
    Integer {
        unit: Option<Words>,
    },
    /// Typed in yuan.
    Money,
    Percent,
    Boolean,
    /// `earliest` and `latest` as `2026-03-02`.
    Date {
        earliest: Option<String>,
        latest: Option<String>,
    },
    Datetime,
    Choice {
        options: Vec<OptionView>,
    },
    /// Any number of the options: a check list.
    Many {
        options: Vec<OptionView>,
    },
    Phone,
    IdNumber,
    BankAccount,
    /// A code of six digits, as sent by SMS.
    Code,
    Login,
    Password,
}

/// One thing to choose.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OptionView {
    pub value: String,
    pub title: Words,
    pub hint: Option<Words>,
}

/// One line of the summary of errors above a form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorView {
    /// Where the link leads: `f-{field}` or `p-{paper}`, on this page; may be empty.
    pub anchor: String,
    /// What to do, in the language of the page.
    pub text: String,
}

impl FieldView {
    /// An empty required field without a hint.
    pub fn new(id: impl Into<String>, title: Words, kind: FieldKind) -> Self {
        let (hint, value, error) = (None, None, None);
        Self { id: id.into(), title, hint, kind, value, values: Vec::new(), error, required: true }
    }

    /// Whether `option` is what stands in the field.
    pub fn holds(&self, option: &str) -> bool {
        self.value.as_deref() == Some(option) || self.values.iter().any(|v| v == option)
    }

    /// The options and their kind of box, when all of them are to be seen at once.
    pub fn group(&self) -> Option<(&'static str, &[OptionView])> {
        match &self.kind {
            FieldKind::Many { options } => Some(("checkbox", options)),
            FieldKind::Choice { options } if options.len() <= 6 => Some(("radio", options)),
            _ => None,
        }
    }

    /// Whether it is answered by yes or no.
    pub fn yes_no(&self) -> bool {
        matches!(self.kind, FieldKind::Boolean)
    }

    /// The value, or nothing.
    pub fn typed(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }
}

/// The summary of what is wrong with these fields.
pub fn errors(fields: &[FieldView]) -> Vec<ErrorView> {
    let line = |field: &FieldView| {
        let text = field.error.clone()?;
        Some(ErrorView { anchor: format!("f-{}", field.id), text })
    };
    fields.iter().filter_map(line).collect()
}
