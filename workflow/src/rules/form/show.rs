//! A value as people read it, on the page that shows their answers before they hand them in.

use entities::Fen;

use crate::{
    program::{Field, FieldType, Items, Lang, Text, expression::Value},
    rules::mask,
};

/// `¥12,000.00`
pub fn yuan(fen: Fen) -> String {
    let digits = (fen.0.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if fen.0 < 0 { "-" } else { "" };
    format!("{sign}¥{grouped}.{:02}", fen.0.unsigned_abs() % 100)
}

/// A value of `field`: money with its sign, 是 or 否, an option's title, `2026-11-20`, a bank
/// account with all but its last four digits as stars; a list with one item a line.
pub fn show(value: &Value, field: &Field, lang: Lang) -> String {
    match (value, field.kind_of) {
        (Value::Null | Value::NotLoaded(_) | Value::Length { .. }, _) => String::new(),
        (Value::List(items), _) => {
            let items: Vec<String> =
                items.iter().map(|item| shown_item(item, field, lang)).collect();
            items.join("\n")
        }
        (Value::Text(text), FieldType::Choice) => field.option_title(text, lang).to_owned(),
        (Value::Text(text), FieldType::Term) => term(text, lang),
        (value, FieldType::Percent) => format!("{}%", plain(value, false, lang)),
        (value, kind) => plain(value, kind == FieldType::BankAccount, lang),
    }
}

/// A school term, which is kept as its first day: `2018年秋季学期`.
fn term(first: &str, lang: Lang) -> String {
    let Ok(day) = first.parse::<chrono::NaiveDate>() else { return first.to_owned() };
    let (year, autumn) = (chrono::Datelike::year(&day), chrono::Datelike::month(&day) > 7);
    match (lang, autumn) {
        (Lang::Zh, true) => format!("{year}年秋季学期"),
        (Lang::Zh, false) => format!("{year}年春季学期"),
        (Lang::En, true) => format!("Autumn term {year}"),
        (Lang::En, false) => format!("Spring term {year}"),
    }
}

fn shown_item(item: &Value, field: &Field, lang: Lang) -> String {
    let (Value::Map(record), Some(Items::Records(fields))) = (item, &field.of) else {
        let account = field.of == Some(Items::Of(FieldType::BankAccount));
        return plain(item, account, lang);
    };
    let (colon, comma) = match lang {
        Lang::Zh => ("：", "；"),
        Lang::En => (": ", "; "),
    };
    let shown = fields.iter().filter_map(|field| {
        let value = record.get(field.id.as_str())?;
        let title = field.title.as_ref().map_or(field.id.as_str(), |title| title.in_lang(lang));
        Some(format!("{title}{colon}{}", show(value, field, lang)))
    });
    shown.collect::<Vec<_>>().join(comma)
}

fn plain(value: &Value, account: bool, lang: Lang) -> String {
    match value {
        Value::Bool(true) => Text::new("是", "Yes").in_lang(lang).to_owned(),
        Value::Bool(false) => Text::new("否", "No").in_lang(lang).to_owned(),
        Value::Money(fen) => yuan(*fen),
        Value::Text(text) if account => mask::middle(text, 0, 4),
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}
