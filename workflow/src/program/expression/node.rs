//! The shape of an expression: what we take of CEL, from its parser's tree.

use std::thread::ScopedJoinHandle;

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr as Tree, IdedExpr, LiteralValue, SourceInfo, operators as op,
};

/// Longest source of one expression, in bytes.
const LONGEST: usize = 2_000;
/// Most brackets in brackets and `?` of one expression.
const NESTED: usize = 16;
/// Bytes of stack for the parser: several times what [`NESTED`] takes.
const STACK: usize = 16 * 1024 * 1024;
/// Deepest nesting of one expression, as it was understood.
const DEEPEST: usize = 32;
/// Macros (`all`, `exists`, `map`, `filter`) may stand in one another so deep.
const MACROS: usize = 2;

/// An expression and its place in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub shape: Shape,
    /// First byte in the source.
    pub start: usize,
    /// One past the last byte, as far as the parser tells.
    pub end: usize,
}

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Literal(Literal),
    Name(String),
    /// `form.asked`
    Field {
        of: Box<Node>,
        name: String,
    },
    /// `has(form.asked)`
    Has {
        of: Box<Node>,
        name: String,
    },
    /// `rows[0]`
    Index {
        of: Box<Node>,
        at: Box<Node>,
    },
    List(Vec<Node>),
    Not(Box<Node>),
    Minus(Box<Node>),
    Binary {
        op: Binary,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// `a ? b : c`
    Choice {
        when: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    /// `f(a, b)`, or with `on` the method `x.f(a)`.
    Call {
        name: String,
        on: Option<Box<Node>>,
        args: Vec<Node>,
    },
    /// `list.map(x, body)` and its like.
    Each {
        kind: Each,
        list: Box<Node>,
        name: String,
        body: Box<Node>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

/// An operator between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    And,
    Or,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Plus,
    Minus,
    Times,
    By,
    Rest,
    In,
}

impl Binary {
    pub fn sign(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::By => "/",
            Self::Rest => "%",
            Self::In => "in",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Some(match name {
            op::LOGICAL_AND => Self::And,
            op::LOGICAL_OR => Self::Or,
            op::EQUALS => Self::Equal,
            op::NOT_EQUALS => Self::Unequal,
            op::LESS => Self::Less,
            op::LESS_EQUALS => Self::AtMost,
            op::GREATER => Self::More,
            op::GREATER_EQUALS => Self::AtLeast,
            op::ADD => Self::Plus,
            op::SUBSTRACT => Self::Minus,
            op::MULTIPLY => Self::Times,
            op::DIVIDE => Self::By,
            op::MODULO => Self::Rest,
            op::IN => Self::In,
            _ => return None,
        })
    }
}

/// What a macro does with each element of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    All,
    Exists,
    Map,
    Filter,
}

impl Each {
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Exists => "exists",
            Self::Map => "map",
            Self::Filter => "filter",
        }
    }
}

/// What of an expression was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {column})")]
pub struct Syntax {
    pub message: String,
    /// Character of the expression, from 1.
    pub column: usize,
}

impl Syntax {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), column: 1 }
    }
}

pub(super) fn parse(source: &str) -> Result<Node, Syntax> {
    if source.len() > LONGEST {
        return Err(Syntax::new(format!("an expression has at most {LONGEST} bytes")));
    }
    // Before CEL's parser recurses into it: it takes some 100 kB of stack for each bracket.
    if nesting(source) > NESTED {
        let text =
            format!("an expression has at most {NESTED} brackets in brackets and `?` in all");
        return Err(Syntax::new(text));
    }
    // On a stack of its own: who loads a program may be deep in his.
    std::thread::scope(|scope| {
        let parser = std::thread::Builder::new().stack_size(STACK);
        let parsed = parser.spawn_scoped(scope, || understood(source)).map(ScopedJoinHandle::join);
        match parsed {
            Ok(Ok(node)) => node,
            _ => Err(Syntax::new("the expression could not be read on this machine")),
        }
    })
}

fn understood(source: &str) -> Result<Node, Syntax> {
    let program = cel::Program::compile(source).map_err(|faults| {
        let first = faults.errors.first();
        let text = first.map_or_else(|| faults.to_string(), |fault| fault.msg.clone());
        let column = first.map_or(1, |fault| usize::try_from(fault.pos.1).unwrap_or(1));
        Syntax { message: format!("expected an expression in CEL: {text}"), column }
    })?;
    let reader = Reader { info: program.source_info() };
    reader.node(program.expression(), 0, 0)
}

/// The deepest brackets, and every `?`, also where they stand in a text.
fn nesting(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in source.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest + source.matches('?').count()
}

struct Reader<'a> {
    info: &'a SourceInfo,
}

impl Reader<'_> {
    fn fault(&self, tree: &IdedExpr, message: impl Into<String>) -> Syntax {
        let (start, _) = self.info.offset_for(tree.id).unwrap_or((0, 0));
        Syntax { message: message.into(), column: start as usize + 1 }
    }

    fn node(&self, tree: &IdedExpr, depth: usize, macros: usize) -> Result<Node, Syntax> {
        if depth > DEEPEST {
            return Err(self.fault(tree, format!("an expression is at most {DEEPEST} deep")));
        }
        let shape = self.shape(tree, depth + 1, macros)?;
        let (start, end) = self.info.offset_for(tree.id).unwrap_or((0, 0));
        Ok(Node { shape, start: start as usize, end: end as usize })
    }

    fn shape(&self, tree: &IdedExpr, depth: usize, macros: usize) -> Result<Shape, Syntax> {
        let boxed = |inner: &IdedExpr| self.node(inner, depth, macros).map(Box::new);
        Ok(match &tree.expr {
            Tree::Literal(value) => Shape::Literal(self.literal(tree, value)?),
            Tree::Ident(name) => Shape::Name(name.clone()),
            Tree::Select(select) if select.test => {
                Shape::Has { of: boxed(&select.operand)?, name: select.field.clone() }
            }
            Tree::Select(select) => {
                Shape::Field { of: boxed(&select.operand)?, name: select.field.clone() }
            }
            Tree::List(list) if list.optional_indices.is_empty() => {
                Shape::List(self.nodes(&list.elements, depth, macros)?)
            }
            Tree::Call(call) => self.call(tree, call, depth, macros)?,
            Tree::Comprehension(each) => self.each(tree, each, depth, macros)?,
            _ => {
                let text = "expected a value, a field, a call or a list; maps are not known here";
                return Err(self.fault(tree, text));
            }
        })
    }

    fn nodes(&self, all: &[IdedExpr], depth: usize, macros: usize) -> Result<Vec<Node>, Syntax> {
        all.iter().map(|one| self.node(one, depth, macros)).collect()
    }

    fn literal(&self, tree: &IdedExpr, value: &LiteralValue) -> Result<Literal, Syntax> {
        Ok(match value {
            LiteralValue::Null => Literal::Null,
            LiteralValue::Boolean(is) => Literal::Bool(*is.inner()),
            LiteralValue::Int(number) => Literal::Int(*number.inner()),
            LiteralValue::String(text) => Literal::Text(text.inner().to_owned()),
            LiteralValue::Double(_) => {
                return Err(self.fault(
                    tree,
                    "decimals are not known: expected a whole number, \
                                             yuan(n), part(money, n, of) or percent_of(n)",
                ));
            }
            LiteralValue::Bytes(_) | LiteralValue::UInt(_) => {
                return Err(self.fault(tree, "expected a whole number or a text"));
            }
        })
    }

    fn call(
        &self,
        tree: &IdedExpr,
        call: &CallExpr,
        depth: usize,
        macros: usize,
    ) -> Result<Shape, Syntax> {
        let args = self.nodes(&call.args, depth, macros)?;
        let on = call.target.as_deref().map(|on| self.node(on, depth, macros)).transpose()?;
        let name = call.func_name.as_str();
        if on.is_none() {
            match (name, <[Node; 1]>::try_from(args.clone())) {
                (op::LOGICAL_NOT, Ok([a])) => return Ok(Shape::Not(Box::new(a))),
                (op::NEGATE, Ok([a])) => return Ok(Shape::Minus(Box::new(a))),
                _ => {}
            }
            if let (Some(op), Ok([left, right])) =
                (Binary::of(name), <[Node; 2]>::try_from(args.clone()))
            {
                return Ok(Shape::Binary { op, left: Box::new(left), right: Box::new(right) });
            }
            if name == op::INDEX
                && let Ok([of, at]) = <[Node; 2]>::try_from(args.clone())
            {
                return Ok(Shape::Index { of: Box::new(of), at: Box::new(at) });
            }
            if name == op::CONDITIONAL
                && let Ok([a, b, c]) = <[Node; 3]>::try_from(args.clone())
            {
                let (when, then, otherwise) = (Box::new(a), Box::new(b), Box::new(c));
                return Ok(Shape::Choice { when, then, otherwise });
            }
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(self.fault(tree, format!("the operator {name} is not known here")));
        }
        Ok(Shape::Call { name: name.to_owned(), on: on.map(Box::new), args })
    }

    /// CEL's parser writes macros out as loops; this reads them back.
    fn each(
        &self,
        tree: &IdedExpr,
        each: &ComprehensionExpr,
        depth: usize,
        macros: usize,
    ) -> Result<Shape, Syntax> {
        if macros >= MACROS {
            let text =
                format!("all, exists, map and filter stand in one another at most {MACROS} deep");
            return Err(self.fault(tree, text));
        }
        let (kind, body) =
            shape(each).ok_or_else(|| self.fault(tree, "expected all, exists, map or filter"))?;
        Ok(Shape::Each {
            kind,
            list: Box::new(self.node(&each.iter_range, depth, macros)?),
            name: each.iter_var.clone(),
            body: Box::new(self.node(body, depth, macros + 1)?),
        })
    }
}

/// Which macro a loop was, and its body.
fn shape(each: &ComprehensionExpr) -> Option<(Each, &IdedExpr)> {
    if each.iter_var2.is_some() {
        return None;
    }
    let Tree::Call(step) = &each.loop_step.expr else { return None };
    match (step.func_name.as_str(), step.args.as_slice()) {
        (op::LOGICAL_AND, [_, body]) => Some((Each::All, body)),
        (op::LOGICAL_OR, [_, body]) => Some((Each::Exists, body)),
        (op::ADD, [_, one]) => match &one.expr {
            Tree::List(list) => list.elements.first().map(|body| (Each::Map, body)),
            _ => None,
        },
        (op::CONDITIONAL, [when, then, _]) => {
            // `filter` adds the element itself; `map` with a filter adds something else.
            let Tree::Call(add) = &then.expr else { return None };
            let Some(Tree::List(list)) = add.args.get(1).map(|one| &one.expr) else { return None };
            match &list.elements.first()?.expr {
                Tree::Ident(name) if *name == each.iter_var => Some((Each::Filter, when)),
                _ => None,
            }
        }
        _ => None,
    }
}
