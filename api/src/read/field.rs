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
    /// Rows of the same fields; a row that is left empty is none.
    List {
        /// What a row is made of, empty.
        #[schema(no_recursion)]
        of: Vec<FieldView>,
        /// The rows that are drawn; their fields are called `{list}.{row}.{field}`.
        #[schema(no_recursion)]
        rows: Vec<Vec<FieldView>>,
        least: Option<u32>,
        most: Option<u32>,
        /// Whether rows can be added and taken out here.
        grows: bool,
    },
    Phone,
    IdNumber,
    BankAccount,
    /// A code of six digits, as sent by SMS.
    Code,
    Login,
    Password,
    /// A password that is chosen now.
    NewPassword,
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

    /// The rows of a list, and whether there may be more.
    pub fn rows(&self) -> Option<(&[Vec<FieldView>], bool)> {
        let FieldKind::List { rows, most, grows, .. } = &self.kind else { return None };
        let room = most.is_none_or(|most| rows.len() < most as usize);
        Some((rows, *grows && room))
    }

    /// The anchor of the row that would come next.
    pub fn next_row(&self) -> String {
        let FieldKind::List { of, rows, .. } = &self.kind else { return String::new() };
        let first = of.first().map_or("", |field| &*field.id);
        format!("f-{}.{}.{first}", self.id, rows.len())
    }

    /// Whether one of the rows may be taken out.
    pub fn shrinks(&self) -> bool {
        matches!(&self.kind, FieldKind::List { rows, grows: true, .. } if rows.len() > 1)
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
    let mut found = Vec::new();
    for field in fields {
        if let Some(text) = field.error.clone() {
            found.push(ErrorView { anchor: format!("f-{}", field.id), text });
        }
        let rows = field.rows().map(|(rows, _)| rows).unwrap_or_default();
        for (nth, row) in (1..).zip(rows) {
            let told = errors(row).into_iter();
            found.extend(
                told.map(|told| ErrorView { text: format!("{nth} · {}", told.text), ..told }),
            );
        }
    }
    found
}
