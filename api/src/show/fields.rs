//! Fields of a program's forms, as pages draw them.

use entities::Fen;
use workflow::program::{Field, FieldType, Items, Lang, expression::Value};

use super::reader::{words, words_or};
use crate::read::{FieldKind, FieldView, OptionView, Words};

/// More characters than these take several lines.
const ONE_LINE: i64 = 60;

/// A field with what stands in it.
pub(super) fn view(field: &Field, value: Option<&Value>) -> FieldView {
    let title = words_or(field.title.as_ref(), &field.id);
    let mut view = FieldView::new(field.id.as_str(), title, kind(field));
    view.hint = field.hint.as_ref().map(words);
    view.required = field.required;
    match value {
        Some(Value::List(items)) => {
            view.values = items.iter().map(typed).collect();
            view.value = Some(view.values.join("\n"));
        }
        Some(value) => view.value = Some(typed(value)).filter(|text| !text.is_empty()),
        None => {}
    }
    view
}

fn kind(field: &Field) -> FieldKind {
    match field.kind_of {
        FieldType::Integer | FieldType::Number => FieldKind::Integer { unit: None },
        FieldType::Money => FieldKind::Money,
        FieldType::Percent => FieldKind::Percent,
        FieldType::Boolean => FieldKind::Boolean,
        FieldType::Date => FieldKind::Date { earliest: None, latest: None },
        FieldType::Datetime => FieldKind::Datetime,
        FieldType::Choice => FieldKind::Choice { options: options(field) },
        FieldType::List if field.of == Some(Items::Of(FieldType::Choice)) => {
            FieldKind::Many { options: options(field) }
        }
        FieldType::BankAccount => FieldKind::BankAccount,
        FieldType::List => FieldKind::Text { long: true, most: None },
        FieldType::Text
        | FieldType::Code
        | FieldType::Organisation
        | FieldType::Unit
        | FieldType::Post
        | FieldType::Division
        | FieldType::Term => {
            let long = field.kind_of == FieldType::Text
                && field.at_most.is_none_or(|most| most > ONE_LINE);
            let most = field.at_most.and_then(|most| u32::try_from(most).ok());
            FieldKind::Text { long, most }
        }
    }
}

/// The options of a choice with their titles.
pub(super) fn options(field: &Field) -> Vec<OptionView> {
    let option = |value: &str| OptionView {
        value: value.to_owned(),
        title: option_words(field, value),
        hint: None,
    };
    field.options.iter().map(|value| option(value)).collect()
}

/// What people read for an option.
pub(super) fn option_words(field: &Field, value: &str) -> Words {
    Words::new(field.option_title(value, Lang::Zh), field.option_title(value, Lang::En))
}

/// A value as it is typed: yuan for money, `true`, `2026-03-02`, an option's value.
fn typed(value: &Value) -> String {
    match value {
        Value::Null | Value::NotLoaded(_) | Value::Length { .. } | Value::Map(_) => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Money(fen) => yuan(*fen),
        Value::Text(text) => text.clone(),
        Value::Date(day) => day.to_string(),
        Value::List(items) => items.iter().map(typed).collect::<Vec<_>>().join("\n"),
    }
}

/// `12000`, `12000.50`
pub(super) fn yuan(fen: Fen) -> String {
    let (whole, rest) = (fen.0 / 100, fen.0.unsigned_abs() % 100);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") }
}

/// A field of the service's own, such as what a verb asks.
pub(super) fn own(id: &str, title: Words, kind: FieldKind, required: bool) -> FieldView {
    FieldView { required, ..FieldView::new(id, title, kind) }
}

/// A box of several lines.
pub(super) fn text_area(id: &str, title: Words, required: bool) -> FieldView {
    own(id, title, FieldKind::Text { long: true, most: Some(1000) }, required)
}
