//! A form in pages of three to five fields, in the order of its file.

use workflow::program::{
    Field, Program,
    expression::{Scope, Truth},
};

use super::reader::words_or;
use crate::read::Words;

/// Most fields of one page.
const MOST: usize = 5;

/// The fields that are asked, page by page: as few pages as five a page allow, evenly filled.
pub(super) fn pages<'a>(program: &'a Program, scope: &Scope) -> Vec<Vec<&'a Field>> {
    let asked: Vec<&Field> = program.form.iter().filter(|field| is_asked(field, scope)).collect();
    let count = asked.len().div_ceil(MOST).max(1);
    let (each, more) = (asked.len() / count, asked.len() % count);
    let mut rest = asked.into_iter();
    (0..count).map(|nth| rest.by_ref().take(each + usize::from(nth < more)).collect()).collect()
}

/// Whether a field is asked; one whose condition has no answer yet is.
pub(super) fn is_asked(field: &Field, scope: &Scope) -> bool {
    field.when.as_ref().is_none_or(|when| !matches!(when.truth(scope), Ok(Truth::No)))
}

/// What a page is called: its first two fields.
pub(super) fn title(fields: &[&Field]) -> Words {
    let mut titles = fields.iter().map(|field| words_or(field.title.as_ref(), &field.id));
    let Some(mut title) = titles.next() else { return Words::default() };
    if let Some(second) = titles.next() {
        title.zh = format!("{}、{}", title.zh, second.zh);
        title.en = format!("{}, {}", title.en, second.en);
    }
    if titles.next().is_some() {
        title.zh.push('等');
        title.en.push_str(" …");
    }
    title
}
