//! Fields of a program's forms, as pages draw them.

use entities::Fen;
use workflow::program::{Field, FieldType, Items, Lang, expression::Value};

use super::{
    lookups::Lookups,
    reader::{words, words_or},
};
use crate::read::{FieldKind, FieldView, OptionView, Words};

/// More characters than these take several lines.
const ONE_LINE: i64 = 60;

/// Most rows of a list that cannot grow on its page.
const MOST_ROWS: u32 = 5;

/// A field with what stands in it.
pub(super) fn view(field: &Field, value: Option<&Value>, looks: &Lookups) -> FieldView {
    let title = words_or(field.title.as_ref(), &field.id);
    let mut view = FieldView::new(field.id.as_str(), title, kind(field, looks));
    view.hint = field.hint.as_ref().map(words);
    view.required =
        field.required || field.at_least.is_some_and(|least| least > 0 && is_list(field));
    match value {
        Some(Value::List(items)) => {
            if let (FieldKind::List { rows, .. }, Some(Items::Records(fields))) =
                (&mut view.kind, &field.of)
            {
                *rows = (0..)
                    .zip(items)
                    .map(|(nth, item)| row(field, fields, (nth, item), looks))
                    .collect();
            }
            view.values = items.iter().map(typed).collect();
            view.value = Some(view.values.join("\n"));
        }
        Some(value) => view.value = Some(typed(value)).filter(|text| !text.is_empty()),
        None => {}
    }
    fill_up(&mut view);
    view
}

fn is_list(field: &Field) -> bool {
    field.kind_of == FieldType::List
}

/// One record of a list.
fn row(
    list: &Field,
    fields: &[Field],
    (nth, item): (usize, &Value),
    looks: &Lookups,
) -> Vec<FieldView> {
    let views = fields.iter().map(|field| {
        let value = match item {
            Value::Map(record) => record.get(field.id.as_str()),
            _ => None,
        };
        let inner = view(field, value, looks);
        FieldView { id: format!("{}.{nth}.{}", list.id, field.id), ..inner }
    });
    views.collect()
}

/// Draws as many rows as a list needs, at least one.
pub(super) fn fill_up(view: &mut FieldView) {
    let id = view.id.clone();
    let FieldKind::List { of, rows, least, most, grows } = &mut view.kind else { return };
    let wanted = if *grows { least.unwrap_or(1) } else { most.unwrap_or(MOST_ROWS).min(MOST_ROWS) };
    while rows.len() < wanted.max(1) as usize {
        rows.push(empty_row(&id, rows.len(), of));
    }
}

/// A row in which nothing stands.
pub(super) fn empty_row(list: &str, nth: usize, of: &[FieldView]) -> Vec<FieldView> {
    let named =
        |field: &FieldView| FieldView { id: format!("{list}.{nth}.{}", field.id), ..field.clone() };
    of.iter().map(named).collect()
}

/// A field of a step's own form: it has a name of its own among what a verb asks, and a list has
/// as many rows as it may have. `value` is what it starts with.
pub(super) fn of_step(field: &Field, value: Option<&Value>, looks: &Lookups) -> FieldView {
    let mut step = view(field, value, looks);
    step.id = format!("form.{}", field.id);
    if let FieldKind::List { rows, grows, .. } = &mut step.kind {
        *grows = false;
        if value.is_none() {
            rows.clear();
        }
        for field in rows.iter_mut().flatten() {
            field.id = format!("form.{}", field.id);
        }
    }
    fill_up(&mut step);
    step
}

/// A list of records as a field; its rows are filled in by [`view`].
fn list(field: &Field, fields: &[Field], looks: &Lookups) -> FieldKind {
    let limit = |limit: Option<i64>| limit.and_then(|limit| u32::try_from(limit).ok());
    FieldKind::List {
        of: fields.iter().map(|inner| view(inner, None, looks)).collect(),
        rows: Vec::new(),
        least: limit(field.at_least),
        most: limit(field.at_most),
        grows: true,
    }
}

fn kind(field: &Field, looks: &Lookups) -> FieldKind {
    if let Some(options) = looks.options(field) {
        return FieldKind::Choice { options };
    }
    match field.kind_of {
        FieldType::Integer | FieldType::Number => FieldKind::Integer { unit: None },
        FieldType::Money => FieldKind::Money,
        FieldType::Percent => FieldKind::Percent,
        FieldType::Boolean => FieldKind::Boolean,
        FieldType::Date => FieldKind::Date { earliest: None, latest: None },
        FieldType::Datetime => FieldKind::Datetime,
        FieldType::Choice => FieldKind::Choice { options: options(field) },
        FieldType::List => match &field.of {
            Some(Items::Of(FieldType::Choice)) => FieldKind::Many { options: options(field) },
            Some(Items::Of(FieldType::Unit)) => FieldKind::Many { options: looks.near() },
            Some(Items::Records(fields)) => list(field, fields, looks),
            _ => FieldKind::Text { long: true, most: None },
        },
        FieldType::BankAccount => FieldKind::BankAccount,
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

/// A moment as it is typed and as the API takes it, in China: `2026-11-20T09:30`.
pub(super) const MINUTE: &str = "%Y-%m-%dT%H:%M";

/// A value as it is typed: yuan for money, `true`, `2026-03-02`, an option's value.
fn typed(value: &Value) -> String {
    match value {
        Value::Null | Value::NotLoaded(_) | Value::Length { .. } | Value::Map(_) => String::new(),
        Value::Bool(yes) => yes.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Money(fen) => yuan(*fen),
        Value::Text(text) => text.clone(),
        Value::Date(day) => day.to_string(),
        Value::Moment(at) => at.format(MINUTE).to_string(),
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
