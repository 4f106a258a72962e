//! What was posted and refused, to be drawn again with what is wrong at each field.

use entities::Language;
use workflow::{CommandError, Fault, Refusal, program::Step};

use super::fields::{empty_row, fill_up};
use crate::{
    Problem,
    problem::ToldField,
    read::{ErrorView, FieldKind, FieldView},
};

/// What was posted, and what was wrong with it. By default nothing.
#[derive(Clone, Debug, Default)]
pub struct Wrong {
    /// Names and values as posted.
    pub typed: Vec<(String, String)>,
    /// What is wrong field by field.
    pub fields: Vec<ToldField>,
    /// What is wrong as a whole.
    pub detail: Option<String>,
    /// The list that shall have one more row.
    pub more: Option<String>,
}

impl Wrong {
    /// What `problem` says of what was typed.
    pub fn of(problem: &Problem, typed: &[(String, String)], language: Language) -> Self {
        let fields = problem.fields(language);
        let detail = fields.is_empty().then(|| problem.detail(language));
        Self { typed: typed.to_vec(), fields, detail, more: None }
    }

    /// The same for faults of a form that were not fatal.
    pub fn faults(faults: &[Fault], typed: &[(String, String)], language: Language) -> Self {
        let refusal = Refusal::Form(faults.to_vec());
        Self::of(&Problem::Command(CommandError::Refused(refusal)), typed, language)
    }

    /// The first value typed for a field.
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<String> {
        let own = |told: &&ToldField| {
            told.field.strip_prefix(field).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        };
        self.fields.iter().find(own).map(|told| told.detail.clone())
    }

    /// The same for a page on which a step's own fields are called `form.…`.
    pub(super) fn of_step(&self, step: &Step) -> Self {
        let mut wrong = self.clone();
        for told in &mut wrong.fields {
            let top = told.field.split('.').next().unwrap_or_default();
            if step.form.iter().any(|field| field.id == *top) {
                told.field = format!("form.{}", told.field);
            }
        }
        wrong
    }

    /// Lays what was typed, and what is wrong with it, over a field.
    pub(super) fn over(&self, mut field: FieldView) -> FieldView {
        if matches!(field.kind, FieldKind::List { .. }) {
            return self.over_list(field);
        }
        let typed: Vec<String> = self
            .typed
            .iter()
            .filter(|(name, _)| *name == field.id)
            .map(|(_, value)| value.clone())
            .collect();
        if let Some(first) = typed.first() {
            field.value = Some(first.clone());
            field.values = typed;
        }
        field.error = self.error(&field.id).or(field.error);
        field
    }

    /// The same for a list: its rows are those that were typed, as the reader of the form counts
    /// them.
    fn over_list(&self, mut list: FieldView) -> FieldView {
        let typed = typed_rows(&list.id, &self.typed);
        let own = self.fields.iter().find(|told| told.field == list.id);
        list.error = own.map(|told| told.detail.clone()).or(list.error);
        let id = list.id.clone();
        let FieldKind::List { of, rows, most, .. } = &mut list.kind else { return list };
        if !typed.is_empty() {
            *rows = (0..typed.len()).map(|nth| empty_row(&id, nth, of)).collect();
        }
        let room = most.is_none_or(|most| rows.len() < most as usize);
        if self.more.as_deref() == Some(&*id) && room {
            rows.push(empty_row(&id, rows.len(), of));
        }
        let renumbered: Vec<(String, String)> =
            (0..).zip(&typed).flat_map(|(nth, row)| named(&id, nth, row)).collect();
        let inner = Self { typed: renumbered, more: None, ..self.clone() };
        for field in rows.iter_mut().flatten() {
            *field = inner.over(field.clone());
        }
        fill_up(&mut list);
        list
    }

    /// The summary above the form.
    pub(super) fn summary(&self) -> Vec<ErrorView> {
        let whole = self.detail.iter().map(|text| (String::new(), text.clone()));
        let each = self.fields.iter().map(|told| {
            let mark = if told.code == "missing_paper" { 'p' } else { 'f' };
            (format!("{mark}-{}", told.field), told.detail.clone())
        });
        whole.chain(each).map(|(anchor, text)| ErrorView { anchor, text }).collect()
    }
}

/// The rows of a list as they were typed: names within the row, and values. Empty ones are none.
fn typed_rows(list: &str, typed: &[(String, String)]) -> Vec<Vec<(String, String)>> {
    let mut rows: std::collections::BTreeMap<u16, Vec<(String, String)>> =
        std::collections::BTreeMap::new();
    for (name, value) in typed {
        let rest = name.strip_prefix(list).and_then(|rest| rest.strip_prefix('.'));
        let Some((nth, inner)) = rest.and_then(|rest| rest.split_once('.')) else { continue };
        if let Ok(nth) = nth.parse() {
            rows.entry(nth).or_default().push((inner.to_owned(), value.clone()));
        }
    }
    rows.into_values().filter(|row| row.iter().any(|(_, value)| !value.trim().is_empty())).collect()
}

/// A row's values under the names that they have on the page.
fn named(list: &str, nth: usize, row: &[(String, String)]) -> Vec<(String, String)> {
    row.iter().map(|(name, value)| (format!("{list}.{nth}.{name}"), value.clone())).collect()
}

/// What was typed without one row of a list, `wishes.1`: those after it move up.
pub fn without_row(typed: &[(String, String)], row: &str) -> Vec<(String, String)> {
    let Some((list, nth)) = row.rsplit_once('.') else { return typed.to_vec() };
    let inside = format!("{list}.");
    let taken = format!("{row}.");
    let mut kept: Vec<(String, String)> =
        typed.iter().filter(|(name, _)| !name.starts_with(&inside)).cloned().collect();
    if nth.parse::<u16>().is_err() {
        return typed.to_vec();
    }
    let rest: Vec<(String, String)> = typed
        .iter()
        .filter(|(name, _)| name.starts_with(&inside) && !name.starts_with(&taken))
        .cloned()
        .collect();
    for (nth, row) in (0..).zip(typed_rows(list, &rest)) {
        kept.extend(named(list, nth, &row));
    }
    kept
}
