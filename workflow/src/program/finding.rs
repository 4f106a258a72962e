//! What is wrong in a program file: where, and what was expected.

use std::fmt;

use serde::Serialize;

use super::word::At;

/// One thing that is wrong, or doubtful, in a program file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub file: String,
    /// From 1; 0 when it concerns the whole file.
    pub line: u64,
    pub column: u64,
    /// A stable name, such as `unknown-role`.
    pub code: &'static str,
    /// A warning does not keep a program from being published.
    pub warning: bool,
    pub message_zh: String,
    pub message_en: String,
}

impl Finding {
    pub(super) fn error(
        at: At,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            file: String::new(),
            line: at.line,
            column: at.column,
            code,
            warning: false,
            message_zh: zh.into(),
            message_en: en.into(),
        }
    }

    pub(super) fn warning(
        at: At,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { warning: true, ..Self::error(at, code, zh, en) }
    }
}

impl fmt::Display for Finding {
    /// `example-aid.yaml:12:5: error[unknown-role]: …`, as compilers do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, code, message_en, message_zh, .. } = self;
        let kind = if self.warning { "warning" } else { "error" };
        write!(f, "{file}:{line}:{column}: {kind}[{code}]: {message_en} / {message_zh}")
    }
}
