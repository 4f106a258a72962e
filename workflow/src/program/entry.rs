//! A route: steps, and blocks of steps.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};

use super::{
    award::Portion,
    choice::FirstMatch,
    expression::Expr,
    field::{Field, PaperAsk},
    model::{Basis, Extend, Gather, Missed, Quota, Repeat},
    place::{By, Place},
    span::{Span, Within},
    step_words::{
        Assign, Edit, Need, OnEmpty, PayPer, Recused, Refusal, StepKind, Take, Tie, VerdictKind,
    },
    word::{Text, Word},
};

/// One line of a route.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    Step(Box<Step>),
    Block(Box<Block>),
}

impl Entry {
    /// Its id; a block may have none.
    pub fn id(&self) -> Option<&Word> {
        match self {
            Self::Step(step) => Some(&step.id),
            Self::Block(block) => block.id.as_ref(),
        }
    }

    pub fn when(&self) -> Option<&Expr> {
        match self {
            Self::Step(step) => step.when.as_ref(),
            Self::Block(block) => block.when.as_ref(),
        }
    }
}

/// Steps one after the other, or side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub id: Option<Word>,
    pub when: Option<Expr>,
    /// One thread for each element.
    pub each: Option<Expr>,
    pub repeat: Option<Repeat>,
    /// When a block of threads is done.
    pub need: Option<Need>,
    /// A clock for the whole block.
    pub within: Option<FirstMatch<Within>>,
    pub extend: Option<Extend>,
    /// Threads one after the other.
    pub in_order: bool,
    /// Side by side (`together:`), or one after the other (`steps:`).
    pub together: bool,
    pub entries: Vec<Entry>,
}

impl Serialize for Block {
    /// As in a file: with `steps` or `together`.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("when", &self.when)?;
        map.serialize_entry("each", &self.each)?;
        map.serialize_entry("repeat", &self.repeat)?;
        map.serialize_entry("need", &self.need)?;
        map.serialize_entry("within", &self.within)?;
        map.serialize_entry("extend", &self.extend)?;
        map.serialize_entry("in_order", &self.in_order)?;
        map.serialize_entry(if self.together { "together" } else { "steps" }, &self.entries)?;
        map.end()
    }
}

/// Writes the fields of a step once: for [`Step`], and for what is read from a file, which may
/// also turn out to be a block.
macro_rules! step {
    ($( $(#[doc = $doc:literal])* $(#[serde($how:meta)])* $name:ident : $kind:ty, )*) => {
        /// One thing that a person or the machine does. Which keys count depends on `kind`.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        pub struct Step {
            pub id: Word,
            $( $(#[doc = $doc])* pub $name: $kind, )*
        }

        impl Step {
            /// A step of a kind and nothing more.
            pub fn new(id: impl Into<String>, kind: StepKind) -> Self {
                let mut step = Self { id: Word::new(id), $( $name: Default::default(), )* };
                step.kind = kind;
                step
            }
        }

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Line {
            #[serde(default)]
            id: Option<Word>,
            $( #[serde(default)] $(#[serde($how)])* $name: $kind, )*
            #[serde(default)]
            steps: Option<Vec<Entry>>,
            #[serde(default)]
            together: Option<Vec<Entry>>,
            #[serde(default)]
            need: Option<Need>,
            #[serde(default)]
            extend: Option<Extend>,
            #[serde(default)]
            in_order: bool,
        }

        impl Line {
            fn into_step(self, id: Word) -> Step {
                Step { id, $( $name: self.$name, )* }
            }
        }
    };
}

step! {
    kind: StepKind,
    title: Option<Text>,
    hint: Option<Text>,
    /// Else skipped, and the trail says so.
    when: Option<Expr>,
    /// One run for each element.
    each: Option<Expr>,
    repeat: Option<Repeat>,
    /// Whose step it is. None on the machine's steps.
    by: Option<By>,
    /// Looks the places up from here instead of from the case's anchor.
    of: Option<Expr>,
    /// Who of those signs. Default: any for one role, each office for several; see `taking`.
    take: Option<Take>,
    /// Who of an office is offered the step first.
    assign: Option<Assign>,
    /// Not by anyone who signed these steps.
    apart: Vec<Word>,
    /// Not by these, of what the lines of the case are about.
    recuse: Vec<Recused>,
    /// Not by anyone who agreed to this step in another case where one of these steps is late.
    debts: Vec<Word>,
    within: Option<FirstMatch<Within>>,
    /// Where it is written that it may take longer than fifteen working days.
    long: Option<Basis>,
    /// A date instead of a length.
    due: Option<Expr>,
    /// Opens not before this date.
    from: Option<Expr>,
    /// The most that the signer may grant.
    most: Option<FirstMatch<Expr>>,
    form: Vec<Field>,
    papers: Vec<PaperAsk>,
    /// What a holder may do with rows.
    may: Vec<Edit>,
    /// Targets of a return: `applicant`, an earlier step, `block.step`.
    may_return: Vec<Word>,
    refuse: Refusal,
    on_empty: Option<OnEmpty>,
    missed: Option<Missed>,
    remind: Option<FirstMatch<Word>>,
    ladder: Option<FirstMatch<Word>>,
    /// Empty: approve, less, refuse and return, as far as the step allows.
    verdicts: Vec<VerdictKind>,
    /// Reasons from the shared table that a refusal may name; empty: any.
    reasons: Vec<Word>,
    /// The name of the stop of the total clock while this step is open.
    stop: Option<Word>,
    /// `fill`: may be left undone.
    optional: bool,
    /// `publish`: a named publicity.
    rule: Option<Word>,
    /// `publish`: where it hangs out.
    at: Option<Place>,
    /// `pay`, `copy`: to whom; a path or an expression.
    to: Option<Expr>,
    /// `pay`: one payment for each of these.
    per: Option<PayPer>,
    /// `pay`: how much of each line; without it, all.
    share: Option<Portion>,
    /// `pay`: when it is paid in cash, and who signs then.
    cash: Option<Cash>,
    /// `open`: which program.
    program: Option<Word>,
    /// `open`: whose case it becomes.
    at_unit: Option<Place>,
    gather: Option<Gather>,
    /// `open`: waits so long for the answer.
    wait: Option<Span>,
    /// `select`: the name of what is chosen, kept in `row.marks`.
    mark: Option<Word>,
    /// `select`: by these, best first; `draw` draws.
    rank: Vec<Expr>,
    tie: Option<Tie>,
    wishes: Option<Expr>,
    quota: Option<Quota>,
    always: Option<Expr>,
    within_rows: Option<Expr>,
    rest: Option<Word>,
    /// `wait`: goes on when this holds.
    until: Option<Expr>,
    promotes: Option<Word>,
    /// `fill`: one line for each of these rows.
    rows: Option<Expr>,
    row_form: Vec<Field>,
    /// `fill`: what that step said stays visible.
    keeps: Option<Word>,
    /// `fill`: red or amber from a handed-in figure.
    lights: Vec<LightRule>,
}

/// `{when: 'form.planned - form.progress > 30', is: red}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LightRule {
    pub when: Expr,
    pub is: super::step_words::Light,
}

/// When a payment is made in cash, and who signs for it: two people, unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cash {
    #[serde(default)]
    pub when: Option<Expr>,
    #[serde(default)]
    pub take: Option<Take>,
}

impl Step {
    /// Whether it is entered as a block of its own: in rounds, or in threads.
    pub fn is_series(&self) -> bool {
        self.repeat.is_some() || self.has_threads()
    }

    /// Whether each addressee has a run of their own. An opening step has none: it sends one letter
    /// for each.
    pub fn has_threads(&self) -> bool {
        self.each.is_some() && self.kind != StepKind::Open
    }

    /// Who signs, with the default: any of one role, each office of several.
    pub fn taking(&self) -> Take {
        self.take.clone().unwrap_or_else(|| {
            let roles = self.by.as_ref().map_or(0, |by| by.roles().len());
            if roles > 1 { Take::EachOffice } else { Take::Any }
        })
    }

    /// Who signs where it is paid in cash, which is never one alone.
    pub fn taking_cash(&self) -> Take {
        let said = self.cash.as_ref().and_then(|cash| cash.take.clone());
        said.unwrap_or(Take::Quorum { quorum: 2, of: None })
    }

    /// The step as it is where it is paid in cash.
    #[must_use]
    pub fn in_cash(&self) -> Self {
        Self { take: Some(self.taking_cash()), ..self.clone() }
    }

    /// Do people do it? Else the machine does.
    pub fn is_peoples(&self) -> bool {
        matches!(self.kind, StepKind::Decide | StepKind::Fill | StepKind::Receive | StepKind::Pay)
    }

    /// The title that people read; the id where there is none.
    pub fn title_in(&self, lang: super::Lang) -> &str {
        self.title.as_ref().map_or(&self.id.text, |title| title.in_lang(lang))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut line = Line::deserialize(from)?;
        let fail = |text: &str| Err(serde::de::Error::custom(text));
        let (together, entries) = match (line.steps.take(), line.together.take()) {
            (Some(_), Some(_)) => return fail("a block has `steps` or `together`, not both"),
            (Some(entries), None) => (false, entries),
            (None, Some(entries)) => (true, entries),
            (None, None) => {
                if line.need.is_some() || line.extend.is_some() || line.in_order {
                    return fail("`need`, `extend` and `in_order` stand on a block, not on a step");
                }
                let Some(id) = line.id.take() else {
                    return fail("a step has an `id`; a block has `steps` or `together`");
                };
                return Ok(Self::Step(Box::new(line.into_step(id))));
            }
        };
        let block = Block {
            id: line.id.take(),
            when: line.when.take(),
            each: line.each.take(),
            repeat: line.repeat.take(),
            need: line.need.take(),
            within: line.within.take(),
            extend: line.extend.take(),
            in_order: line.in_order,
            together,
            entries,
        };
        let rest = line.into_step(Word::default());
        if rest != Step::new("", StepKind::Decide) {
            return fail(
                "a block has only id, when, each, repeat, need, within, extend, in_order and \
                 steps or together; the other keys stand on its steps",
            );
        }
        Ok(Self::Block(Box::new(block)))
    }
}

/// Every step of a route, in the order of the file, with the blocks around it (outermost first).
pub(super) fn walk<'a>(
    entries: &'a [Entry],
    around: &mut Vec<&'a Block>,
    see: &mut dyn FnMut(&'a Step, &[&'a Block]),
) {
    for entry in entries {
        match entry {
            Entry::Step(step) => see(step, around),
            Entry::Block(block) => {
                around.push(block);
                walk(&block.entries, around, see);
                around.pop();
            }
        }
    }
}
