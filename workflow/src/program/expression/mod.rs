//! Expressions: CEL in single quotes, without I/O and without decimals.

pub(crate) mod check;
mod evaluate;
mod fault;
mod functions;
mod node;
mod operate;
mod outcome;
mod print;
mod reads;
mod scope;
mod signature;
mod tabled;
pub(crate) mod types;
mod value;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::word::{At, Located, spanned};
pub use fault::Fault;
pub use node::{Binary, Each, Literal, Node, Shape, Syntax};
pub use outcome::{Evaluated, StuckOnRule, Truth, Why};
pub use scope::{Days, Nowhere, PastCase, Roster, Scope, StepFacts, Units, Weekdays};
pub use types::Type;
pub use value::Value;

/// An expression: its source, where it stands in the file, and what it was parsed to.
///
/// Two expressions are equal when their sources are.
#[derive(Clone)]
pub struct Expr {
    source: Arc<str>,
    pub at: At,
    node: Arc<Node>,
}

impl Expr {
    /// Reads an expression that stands in no file.
    ///
    /// # Errors
    /// [`Syntax`] says what was not understood, and at which character.
    pub fn parse(source: &str) -> Result<Self, Syntax> {
        let node = node::parse(source)?;
        Ok(Self { source: source.into(), at: At::default(), node: Arc::new(node) })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Is it a bare path such as `form.school`, which needs no quotes?
    pub fn is_path(&self) -> bool {
        self.source.split('.').all(super::place::is_name)
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({:?})", self.source)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
impl Eq for Expr {}

impl Located for Expr {
    fn locate(&mut self, at: At) {
        if self.at == At::default() {
            self.at = at;
        }
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.source)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (source, at) = spanned(from)?;
        let read = Self::parse(&source)
            .map_err(|fault| serde::de::Error::custom(format!("{source:?}: {fault}")))?;
        Ok(Self { at, ..read })
    }
}

#[cfg(test)]
mod tests;
