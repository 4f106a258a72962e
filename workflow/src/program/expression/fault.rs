//! What the static checker says.

use super::{node::Node, types::Type};
use crate::program::load::nearest;

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub zh: String,
    pub en: String,
    /// Byte of the expression at which it stands.
    pub start: usize,
}

pub(super) fn fault(node: &Node, code: &'static str, zh: String, en: String) -> Fault {
    Fault { code, zh, en, start: node.start }
}

/// "expected X, found Y" in both languages.
pub(super) fn mismatch(node: &Node, expected: &str, found: &Type) -> Fault {
    let zh = format!("应为 {expected}，实为 {found}");
    fault(node, "type", zh, format!("expected {expected}, found {found}"))
}

pub(super) fn unknown(
    node: &Node,
    code: &'static str,
    what: [&str; 2],
    name: &str,
    known: &[&str],
) -> Fault {
    let near = nearest(name, known);
    let [zh, en] = what;
    let zh = format!(
        "不认识的{zh}“{name}”{}",
        near.map(|n| format!("，是不是“{n}”？")).unwrap_or_default()
    );
    let en = format!(
        "unknown {en} `{name}`{}",
        near.map(|n| format!(". Did you mean `{n}`?")).unwrap_or_default()
    );
    fault(node, code, zh, en)
}

/// A function was given too few or too many arguments.
pub(super) fn arity(node: &Node, name: &str, wants: &str) -> Fault {
    let zh = format!("{name}() 应有 {wants} 个参数");
    fault(node, "arity", zh, format!("{name}() takes {wants} arguments"))
}
