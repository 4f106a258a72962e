//! An expression written back as text, for explanations.

use std::fmt;

use super::node::{Literal, Node, Shape};

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Literal(Literal::Null) => f.write_str("null"),
            Shape::Literal(Literal::Bool(is)) => write!(f, "{is}"),
            Shape::Literal(Literal::Int(number)) => write!(f, "{number}"),
            Shape::Literal(Literal::Text(text)) => write!(f, "{text:?}"),
            Shape::Name(name) => f.write_str(name),
            Shape::Field { of, name } => write!(f, "{of}.{name}"),
            Shape::Has { of, name } => write!(f, "has({of}.{name})"),
            Shape::Index { of, at } => write!(f, "{of}[{at}]"),
            Shape::List(items) => write!(f, "[{}]", joined(items)),
            Shape::Not(inner) => write!(f, "!{}", Inner(inner)),
            Shape::Minus(inner) => write!(f, "-{}", Inner(inner)),
            Shape::Binary { op, left, right } => {
                write!(f, "{} {} {}", Inner(left), op.sign(), Inner(right))
            }
            Shape::Choice { when, then, otherwise } => {
                write!(f, "{} ? {} : {}", Inner(when), Inner(then), Inner(otherwise))
            }
            Shape::Call { name, on: None, args } => write!(f, "{name}({})", joined(args)),
            Shape::Call { name, on: Some(on), args } => {
                write!(f, "{}.{name}({})", Inner(on), joined(args))
            }
            Shape::Each { kind, list, name, body } => {
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
        match &self.0.shape {
            Shape::Binary { .. } | Shape::Choice { .. } => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}
