//! From a file's text to the typed model, or to findings that say where and what was expected.

use serde::de::DeserializeOwned;
use serde_saphyr::{
    Error,
    options::{DuplicateKeyPolicy, MergeKeyPolicy, Options},
};

use super::{finding::Finding, model::Program, shared::Shared, word::At};

/// Longest program file, in bytes.
const LONGEST: usize = 256 * 1024;

/// Reads one program. It is not linted yet: see [`super::lint`].
///
/// # Errors
/// One finding with the line, the column and what was expected there.
pub fn program(file: &str, source: &str) -> Result<Program, Finding> {
    read(file, source)
}

/// Reads a program from its canonical form, as it is stored.
///
/// # Errors
/// When the text is not the canonical form of a program.
pub fn canonical(json: &str) -> Result<Program, serde_json::Error> {
    serde_json::from_str(json)
}

/// Reads the named rules that all programs share.
///
/// # Errors
/// One finding, as for a program.
pub fn shared(file: &str, source: &str) -> Result<Shared, Finding> {
    read(file, source)
}

fn read<T: DeserializeOwned>(file: &str, source: &str) -> Result<T, Finding> {
    if source.len() > LONGEST {
        let zh = format!("文件过大，上限 {LONGEST} 字节");
        let en = format!("the file is too large: at most {LONGEST} bytes are expected");
        return Err(Finding {
            file: file.to_owned(),
            ..Finding::error(At::default(), "too-large", zh, en)
        });
    }
    serde_saphyr::from_str_with_options(source, options()).map_err(|error| finding(file, &error))
}

fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        no_schema: true,
        reject_unsupported_tags: true,
        reject_tagged_field_names: true,
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
            max_depth: 40,
            max_nodes: 20_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 0,
            max_replay_stack_depth: 0,
            max_alias_expansions_per_anchor: 0,
        },
    }
}

fn finding(file: &str, error: &Error) -> Finding {
    let at = error.location().map(At::from).unwrap_or_default();
    let (code, zh, en) = worded(error.without_snippet());
    Finding { file: file.to_owned(), ..Finding::error(at, code, zh, en) }
}

/// The code and the sentence in both languages for what the reader of YAML said.
fn worded(error: &Error) -> (&'static str, String, String) {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            one_of("unknown-key", ["键", "key"], field, expected)
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            one_of("unknown-value", ["值", "value"], variant, expected)
        }
        Error::SerdeMissingField { field, .. } => {
            let en = format!("expected the key `{field}`, which is missing");
            ("missing-key", format!("缺少键“{field}”"), en)
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default();
            let en = format!("the key `{key}` is expected once, and stands here again");
            ("duplicate-key", format!("键“{key}”重复"), en)
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            let zh = format!("应为 {expected}，实为 {unexpected}");
            ("not-expected", zh, format!("expected {expected}, found {unexpected}"))
        }
        other => plain(&other.to_string()),
    }
}

fn plain(said: &str) -> (&'static str, String, String) {
    // The place is told apart; further lines are a picture of the file.
    let said = said.lines().next().unwrap_or_default();
    let said = said.split(" at line ").next().unwrap_or(said);
    if said.contains("tag") {
        let zh = "不允许 YAML 标签；以“!”开头的表达式须加单引号".to_owned();
        let en = "a YAML tag is not allowed: an expression that begins with `!` is expected in single quotes";
        return ("yaml-tag", zh, en.to_owned());
    }
    ("not-expected", format!("内容不符合要求：{said}"), said.to_owned())
}

fn one_of(
    code: &'static str,
    [zh, en]: [&str; 2],
    found: &str,
    known: &[&'static str],
) -> (&'static str, String, String) {
    let near = nearest(found, known);
    let guess_zh = near.map(|near| format!("，是不是“{near}”？")).unwrap_or_default();
    let guess_en = near.map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default();
    let zh = format!("不认识的{zh}“{found}”{guess_zh} 可用：{}", known.join("、"));
    let en = format!("unknown {en} `{found}`.{guess_en} Expected one of: {}", known.join(", "));
    (code, zh, en)
}

/// The known word that is at most two slips away.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let best = known.iter().map(|candidate| (slips(word, candidate), *candidate)).min()?;
    (best.0 <= 2 && best.0 < word.chars().count()).then_some(best.1)
}

/// Insertions, deletions and replacements that lead from one word to the other.
fn slips(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, a) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((b, up), diagonal) in other.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != *b)).min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
