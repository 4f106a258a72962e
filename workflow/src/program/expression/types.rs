//! The static types, and what the names of a program have.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::program::{
    entry::{Block, Step},
    field::{Field, FieldType, Items},
    model::Program,
    step_words::StepKind,
    tables::Tables,
};

/// The type of an expression, known before it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Bool,
    Int,
    Money,
    Text,
    /// A text of which all values are known.
    Choice(Arc<Vec<String>>),
    /// A day, or a moment read as its day.
    Date,
    /// A length of days or months.
    Days,
    /// A unit of the administration.
    Unit,
    List(Box<Type>),
    Record(Arc<Record>),
    /// The person's earlier cases.
    History,
    /// Not known before it runs; may not reach a `when`, an `amount` or a `most`.
    Any,
}

/// A record: its fields, and whether it may have others that are not known here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    pub name: String,
    pub fields: BTreeMap<String, Type>,
    /// Fields that may be missing: they are read under `has()`, or stop the rule.
    pub open: bool,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Money => f.write_str("money"),
            Self::Text | Self::Choice(_) => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::Days => f.write_str("days"),
            Self::Unit => f.write_str("unit"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Record(record) => write!(f, "record {}", record.name),
            Self::History => f.write_str("history"),
            Self::Any => f.write_str("any"),
        }
    }
}

impl Type {
    pub(crate) fn record(name: &str, open: bool, fields: &[(&str, Self)]) -> Self {
        let fields = fields.iter().map(|(id, kind)| ((*id).to_owned(), kind.clone())).collect();
        Self::Record(Arc::new(Record { name: name.to_owned(), fields, open }))
    }

    /// Do two types go together in `==`, `in` and the branches of `?:`?
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _)
            | (_, Self::Any)
            | (Self::Text | Self::Choice(_), Self::Text | Self::Choice(_)) => true,
            (Self::List(a), Self::List(b)) => a.meets(b),
            (Self::Record(a), Self::Record(b)) => a.name == b.name,
            _ => self == other,
        }
    }
}

fn of_field(field: &Field) -> Type {
    match (&field.kind_of, &field.of) {
        (FieldType::Choice, _) => {
            Type::Choice(Arc::new(field.options.iter().map(|o| o.text.clone()).collect()))
        }
        (FieldType::List, Some(Items::Records(fields))) => {
            Type::List(Box::new(of_fields(&field.id, fields)))
        }
        (FieldType::List, Some(Items::Of(kind))) => Type::List(Box::new(of_kind(*kind))),
        (kind, _) => of_kind(*kind),
    }
}

fn of_kind(kind: FieldType) -> Type {
    match kind {
        FieldType::Integer | FieldType::Number | FieldType::Percent => Type::Int,
        FieldType::Money => Type::Money,
        FieldType::Boolean => Type::Bool,
        FieldType::Date | FieldType::Datetime => Type::Date,
        FieldType::List => Type::List(Box::new(Type::Any)),
        FieldType::Organisation | FieldType::Unit => Type::Unit,
        FieldType::Text
        | FieldType::Choice
        | FieldType::Code
        | FieldType::Post
        | FieldType::Division
        | FieldType::Term
        | FieldType::BankAccount => Type::Text,
    }
}

/// The record that a list of fields makes.
pub(crate) fn of_fields(name: &str, fields: &[Field]) -> Type {
    let fields = fields.iter().map(|field| (field.id.text.clone(), of_field(field))).collect();
    Type::Record(Arc::new(Record { name: name.to_owned(), fields, open: false }))
}

/// The facts of a unit that expressions may read.
pub(super) fn unit_field(name: &str) -> Option<Type> {
    match name {
        "township" | "county" | "city" | "region" | "superior" => Some(Type::Unit),
        "level" | "name" | "division" | "code" => Some(Type::Text),
        _ => None,
    }
}

/// The types of all names that stand in a program.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) types: BTreeMap<String, Type>,
    pub(crate) steps: Vec<String>,
    pub(crate) blocks: Vec<String>,
}

impl Names {
    /// The names of a program as a whole, outside any step's own form.
    pub(crate) fn of(program: &Program) -> Self {
        let steps = program.steps_and_blocks();
        let row = row(program, person());
        let own = [
            ("form", of_fields("form", &program.form)),
            ("award", award(program)),
            ("step", said(&steps)),
            ("rows", Type::List(Box::new(row.clone()))),
            ("row", row),
        ];
        let types = everywhere().into_iter().chain(own);
        let around = steps.iter().flat_map(|(_, around)| around);
        Self {
            types: types.map(|(name, kind)| (name.to_owned(), kind)).collect(),
            blocks: around.filter_map(|block| Some(block.id.as_ref()?.text.clone())).collect(),
            steps: steps.iter().map(|(step, _)| step.id.text.clone()).collect(),
        }
    }

    /// The same names, with one more or another.
    pub(crate) fn with(&self, name: &str, kind: Type) -> Self {
        let mut more = self.clone();
        more.types.insert(name.to_owned(), kind);
        more
    }

    /// The same names and those of `let`, in whichever order they use one another.
    pub(crate) fn with_lets(&self, program: &Program, tables: &Tables) -> Self {
        let mut names = self.clone();
        for name in program.lets.keys() {
            names.types.insert(name.clone(), Type::Any);
        }
        // One that uses another is known after it: as often as there are names is enough.
        for _ in &program.lets {
            for (name, expr) in &program.lets {
                let kind = super::check::check(expr.node(), &names, tables);
                names.types.insert(name.clone(), kind.unwrap_or(Type::Any));
            }
        }
        names
    }

    /// The same names, with a step's own fields laid over the form.
    pub(crate) fn with_form(&self, fields: &[Field]) -> Self {
        let Some(Type::Record(form)) = self.types.get("form") else { return self.clone() };
        let mut form = Record::clone(form);
        form.fields.extend(fields.iter().map(|field| (field.id.text.clone(), of_field(field))));
        self.with("form", Type::Record(Arc::new(form)))
    }
}

/// The names that every program has.
fn everywhere() -> [(&'static str, Type); 12] {
    let levels = crate::program::Level::ALL.map(|level| level.as_str().to_owned());
    let signer = [
        ("level", Type::Choice(Arc::new(levels.into()))),
        ("unit", Type::Unit),
        ("office", Type::Text),
    ];
    let case = [("submitted", Type::Date), ("county", Type::Unit)];
    [
        ("applicant", person()),
        ("case", Type::record("case", true, &case)),
        ("history", Type::History),
        ("today", Type::Date),
        ("round", Type::Int),
        ("item", Type::Any),
        ("parent", Type::Any),
        ("wish", Type::Any),
        ("signer", Type::record("signer", false, &signer)),
        ("opener", Type::Unit),
        ("opener_unit", Type::Unit),
        ("holder_unit", Type::Unit),
    ]
}

/// `step.x.y`: what the steps' forms say.
fn said(steps: &[(&Step, Vec<&Block>)]) -> Type {
    let fields = steps.iter().map(|(step, _)| {
        // What another case answers is not known here.
        let is_answer = step.kind == StepKind::Open;
        let fields = if is_answer { Type::Any } else { of_fields(&step.id, &step.form) };
        (step.id.text.clone(), fields)
    });
    Type::Record(Arc::new(Record {
        name: "step".to_owned(),
        fields: fields.collect(),
        open: false,
    }))
}

/// What expressions may read of a person.
fn person() -> Type {
    Type::record(
        "person",
        false,
        &[
            ("school", Type::Unit),
            ("township", Type::Unit),
            ("county", Type::Unit),
            ("city", Type::Unit),
            ("region", Type::Unit),
            ("birth", Type::Date),
            ("age", Type::Int),
            ("category", Type::Text),
            ("enrolled_at", Type::Unit),
            ("hukou_county", Type::Any),
        ],
    )
}

fn award(program: &Program) -> Type {
    let mut fields = vec![("total", Type::Money)];
    let lines = program.award.iter().flat_map(|award| &award.lines);
    fields.extend(lines.map(|line| (line.id.as_str(), Type::Money)));
    Type::record("award", false, &fields)
}

fn row(program: &Program, person: Type) -> Type {
    let mut fields: BTreeMap<String, Type> = [
        ("person", person),
        ("case", Type::Any),
        ("task", Type::Any),
        ("unit", Type::Unit),
        ("class", Type::Text),
        ("number", Type::Int),
        ("key", Type::Text),
        ("state", Type::Text),
        ("waiting", Type::Int),
        ("seat", Type::Int),
        ("marks", Type::Any),
        ("differs", Type::Bool),
        ("kept", Type::Any),
        ("rounds", Type::Any),
        ("paid", Type::Money),
        ("due", Type::Money),
    ]
    .into_iter()
    .map(|(name, kind)| (name.to_owned(), kind))
    .collect();
    let own = program.rows.iter().flat_map(|rows| &rows.form);
    let steps = program.steps();
    let more = steps.iter().flat_map(|step| &step.row_form);
    fields.extend(own.chain(more).map(|field| (field.id.text.clone(), of_field(field))));
    Type::Record(Arc::new(Record { name: "row".to_owned(), fields, open: false }))
}
