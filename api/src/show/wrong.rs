//! What was posted and refused, to be drawn again with what is wrong at each field.

use entities::Language;
use workflow::{CommandError, Fault, Refusal};

use crate::{
    Problem,
    problem::ToldField,
    read::{ErrorView, FieldView},
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
}

impl Wrong {
    /// What `problem` says of what was typed.
    pub fn of(problem: &Problem, typed: &[(String, String)], language: Language) -> Self {
        let fields = problem.fields(language);
        let detail = fields.is_empty().then(|| problem.detail(language));
        Self { typed: typed.to_vec(), fields, detail }
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

    /// Lays what was typed, and what is wrong with it, over a field.
    pub(super) fn over(&self, mut field: FieldView) -> FieldView {
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
