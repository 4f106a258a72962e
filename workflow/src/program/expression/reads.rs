//! What an expression hangs on, without running it.

use std::collections::BTreeMap;

use super::{Expr, Node, Shape};

/// Deepest chain of `let` names that is followed, as in an evaluation.
const DEEPEST: usize = 8;

/// Functions whose first argument names a step.
const OF_A_STEP: [&str; 6] = ["verdict", "day", "done", "rounds", "threads", "block_due"];

impl Expr {
    /// Whether its value hangs on what a step has said or how it went, by itself or by a name
    /// from `lets`.
    pub fn reads_steps(&self, lets: &BTreeMap<String, Self>) -> bool {
        reads(self.node(), &|node| of_a_step(node), lets, DEEPEST)
    }

    /// The fields of the form whose values it reads, by itself or by names from `lets`.
    pub(in crate::program) fn form_fields<'a>(
        &'a self,
        lets: &'a BTreeMap<String, Self>,
    ) -> Vec<&'a str> {
        let mut found = Vec::new();
        fields(self.node(), lets, DEEPEST, &mut found);
        found
    }
}

fn of_a_step(node: &Node) -> bool {
    match &node.shape {
        Shape::Name(name) => name == "step",
        Shape::Call { name, on: None, .. } => OF_A_STEP.contains(&name.as_str()),
        _ => false,
    }
}

fn reads(
    node: &Node,
    wanted: &dyn Fn(&Node) -> bool,
    lets: &BTreeMap<String, Expr>,
    left: usize,
) -> bool {
    let by_let = || match (&node.shape, left.checked_sub(1)) {
        (Shape::Name(name), Some(left)) => {
            lets.get(name).is_some_and(|named| reads(named.node(), wanted, lets, left))
        }
        _ => false,
    };
    wanted(node)
        || by_let()
        || node.inner().into_iter().any(|inner| reads(inner, wanted, lets, left))
}

fn fields<'a>(
    node: &'a Node,
    lets: &'a BTreeMap<String, Expr>,
    left: usize,
    found: &mut Vec<&'a str>,
) {
    match (&node.shape, left.checked_sub(1)) {
        (Shape::Field { of, name } | Shape::Has { of, name }, _)
            if of.shape == Shape::Name("form".to_owned()) =>
        {
            found.push(name);
        }
        (Shape::Name(name), Some(left)) => {
            if let Some(named) = lets.get(name) {
                fields(named.node(), lets, left, found);
            }
        }
        _ => {}
    }
    for inner in node.inner() {
        fields(inner, lets, left, found);
    }
}

impl Node {
    /// What it is directly made of.
    pub(in crate::program) fn inner(&self) -> Vec<&Self> {
        match &self.shape {
            Shape::Literal(_) | Shape::Name(_) => Vec::new(),
            Shape::Field { of, .. } | Shape::Has { of, .. } => vec![of],
            Shape::Not(inner) | Shape::Minus(inner) => vec![inner],
            Shape::Index { of: a, at: b }
            | Shape::Binary { left: a, right: b, .. }
            | Shape::Each { list: a, body: b, .. } => vec![a, b],
            Shape::List(items) => items.iter().collect(),
            Shape::Choice { when, then, otherwise } => vec![when, then, otherwise],
            Shape::Call { on, args, .. } => on.as_deref().into_iter().chain(args).collect(),
        }
    }
}
