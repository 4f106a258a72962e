//! What comes of an expression: a value and why, or the refusal to go on.

use chrono::NaiveDate;
use entities::Fen;

use super::{Expr, evaluate::run, scope::Scope, value::Value};
use crate::program::{tables::TableRead, word::At};

/// An expression could not be evaluated: a refusal to go on, never "true".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` cannot be evaluated: {en}")]
pub struct StuckOnRule {
    pub expression: String,
    pub at: At,
    pub zh: String,
    pub en: String,
    /// The fact that is not there, if it is that: `step.term.status`.
    pub missing: Option<String>,
}

/// What an expression came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    pub value: Value,
    pub why: Why,
    /// Every row of a table that was read, in order.
    pub reads: Vec<TableRead>,
}

/// A part of an expression and what it came to. It may show private values of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Why {
    pub text: String,
    pub value: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Why>,
}

impl Why {
    /// One line for each part, indented by two spaces a level.
    pub fn lines(&self) -> Vec<String> {
        let own = format!("{} → {}", self.text, self.value);
        let inner = self.parts.iter().flat_map(Self::lines).map(|line| format!("  {line}"));
        std::iter::once(own).chain(inner).collect()
    }
}

/// A condition, where a roster may not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    /// The answer hangs on a roster that is not loaded: it refuses nobody, it waives nothing.
    NotLoaded {
        roster: String,
    },
}

impl Expr {
    /// Evaluates the expression.
    ///
    /// # Errors
    /// [`StuckOnRule`] when a fact is missing, a number overflows, or a table has no row.
    pub fn evaluate(&self, scope: &Scope) -> Result<Evaluated, StuckOnRule> {
        run(self.node(), scope).map_err(|stop| StuckOnRule {
            missing: stop.missing.clone(),
            ..self.stuck(stop.zh, stop.en)
        })
    }

    /// Evaluates a condition.
    ///
    /// # Errors
    /// [`StuckOnRule`], also when it is no condition.
    pub fn truth(&self, scope: &Scope) -> Result<Truth, StuckOnRule> {
        match self.evaluate(scope)?.value {
            Value::Bool(true) => Ok(Truth::Yes),
            Value::Bool(false) => Ok(Truth::No),
            Value::NotLoaded(roster) => Ok(Truth::NotLoaded { roster }),
            other => Err(self.not_a("bool", &other)),
        }
    }

    /// Does a condition hold? For `when`: a roster that is not loaded stops it.
    ///
    /// # Errors
    /// [`StuckOnRule`]
    pub fn holds(&self, scope: &Scope) -> Result<bool, StuckOnRule> {
        match self.truth(scope)? {
            Truth::Yes => Ok(true),
            Truth::No => Ok(false),
            Truth::NotLoaded { roster } => {
                let zh = format!("名单 {roster} 尚未导入");
                Err(self.stuck(zh, format!("the roster {roster} is not loaded")))
            }
        }
    }

    /// Evaluates an amount.
    ///
    /// # Errors
    /// [`StuckOnRule`], also when it is no money.
    pub fn money(&self, scope: &Scope) -> Result<(Fen, Evaluated), StuckOnRule> {
        let done = self.evaluate(scope)?;
        match done.value {
            Value::Money(fen) => Ok((fen, done)),
            other => Err(self.not_a("money", &other)),
        }
    }

    /// Evaluates a date.
    ///
    /// # Errors
    /// [`StuckOnRule`], also when it is no date.
    pub fn date(&self, scope: &Scope) -> Result<NaiveDate, StuckOnRule> {
        let value = self.evaluate(scope)?.value;
        value.day().ok_or_else(|| self.not_a("date", &value))
    }

    fn not_a(&self, expected: &str, found: &Value) -> StuckOnRule {
        let kind = found.kind();
        self.stuck(
            format!("应为 {expected}，实为 {kind}"),
            format!("expected {expected}, found {kind}"),
        )
    }

    fn stuck(&self, zh: String, en: String) -> StuckOnRule {
        StuckOnRule { expression: self.source().to_owned(), at: self.at, zh, en, missing: None }
    }
}
