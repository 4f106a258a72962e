//! An expression written back as text, for explanations.

use std::fmt;

use super::node::{Literal, Node, Part};

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Literal(Literal::Null) => f.write_str("null"),
            Part::Literal(Literal::Bool(is)) => write!(f, "{is}"),
            Part::Literal(Literal::Int(number)) => write!(f, "{number}"),
            Part::Literal(Literal::Text(text)) => write!(f, "{text:?}"),
            Part::Name(name) => f.write_str(name),
            Part::Field { of, name } => write!(f, "{of}.{name}"),
            Part::Has { of, name } => write!(f, "has({of}.{name})"),
            Part::Index { of, at } => write!(f, "{of}[{at}]"),
            Part::List(items) => write!(f, "[{}]", joined(items)),
            Part::Not(inner) => write!(f, "!{}", Inner(inner)),
            Part::Minus(inner) => write!(f, "-{}", Inner(inner)),
            Part::Binary { op, left, right } => {
                write!(f, "{} {} {}", Inner(left), op.sign(), Inner(right))
            }
            Part::Choice { when, then, otherwise } => {
                write!(f, "{} ? {} : {}", Inner(when), Inner(then), Inner(otherwise))
            }
            Part::Call { name, on: None, args } => write!(f, "{name}({})", joined(args)),
            Part::Call { name, on: Some(on), args } => {
                write!(f, "{}.{name}({})", Inner(on), joined(args))
            }
            Part::Each { kind, list, name, body } => {
                write!(f, "{}.{}({name}, {body})", Inner(list), kind.name())
            }
        }
    }
}

fn joined(nodes: &[Node]) -> String {
    nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// In brackets, where an operator would otherwise tear it apart.
struct Inner<'a>(&'a Node);

impl fmt::Display for Inner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.part {
            Part::Binary { .. } | Part::Choice { .. } => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}
