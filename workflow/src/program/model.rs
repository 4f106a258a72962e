//! A program as it was written: form, papers, eligibility, award, route, clock.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub(crate) use super::award::payee;
pub use super::{
    award::{Award, AwardLine, Eligible, Portion, Share, Split, SplitTable, Stack},
    intake::{Filer, Intake, Parent},
    rhythm::{Approver, Clock, Every, Extend, Repeat, Rhythm},
};
use super::{
    choice::FirstMatch,
    entry::{Block, Entry, Step, walk},
    expression::Expr,
    field::{Field, Paper, PaperAsk},
    place::RoleRef,
    span::Span,
    step_words::AfterMissed,
    word::{Text, Word, text_or_number},
};

/// One version of a program. Never changed once a case stands on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its id.
    pub program: Word,
    /// Counts the published versions, from 1.
    #[serde(default = "first")]
    pub version: u32,
    /// Two letters, in the case number.
    pub code: Word,
    pub title: Text,
    /// One sentence for those who choose among programs.
    #[serde(default)]
    pub summary: Option<Text>,
    pub basis: Vec<Basis>,
    pub valid: Valid,
    pub owner: Owner,
    pub intake: Intake,
    /// The unit from which places are looked up.
    pub anchor: Expr,
    #[serde(default)]
    pub number: Option<DocumentNumber>,
    #[serde(default)]
    pub form: Vec<Field>,
    #[serde(default)]
    pub papers: Vec<Paper>,
    #[serde(default)]
    pub eligible: Vec<Eligible>,
    #[serde(default)]
    pub rows: Option<Rows>,
    #[serde(default)]
    pub award: Option<Award>,
    #[serde(default)]
    pub splits: BTreeMap<String, SplitTable>,
    #[serde(default, rename = "let")]
    pub lets: BTreeMap<String, Expr>,
    /// Up to the outcome.
    pub route: Vec<Entry>,
    /// After it was granted.
    #[serde(default)]
    pub then: Vec<Entry>,
    pub clock: Clock,
    #[serde(default)]
    pub remind: Option<FirstMatch<Word>>,
    #[serde(default)]
    pub ladder: Option<FirstMatch<Word>>,
    #[serde(default)]
    pub privacy: Option<Privacy>,
    #[serde(default)]
    pub reopen: Option<Reopen>,
    #[serde(default)]
    pub appeal: Option<AppealRule>,
    #[serde(default)]
    pub reply: Option<Reply>,
    /// Who signed the step before need not sign the next that would be his alone.
    #[serde(default)]
    pub merge: bool,
}

fn first() -> u32 {
    1
}

/// Where a rule is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    pub doc: String,
    #[serde(deserialize_with = "text_or_number")]
    pub clause: String,
}

/// The days on which cases may be filed; both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Valid {
    pub from: NaiveDate,
    #[serde(default)]
    pub to: Option<NaiveDate>,
}

/// 牵头 and 配合: offices by their role's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    pub lead: Word,
    #[serde(default)]
    pub support: Vec<Word>,
}

/// 文号: the unit's own code, this word, the year, a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentNumber {
    pub word: String,
    pub sequence: Vec<Word>,
}

/// The lines of a case: a roster's people, a round's cases, a notice's tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// `person`, `case`, `task` or a program's id.
    pub of: Word,
    #[serde(default)]
    pub key: Option<Word>,
    #[serde(default)]
    pub from: Option<Expr>,
    /// The step that says from what: the lines come in when it is handed in, not as the case begins.
    #[serde(default)]
    pub after: Option<Word>,
    #[serde(default)]
    pub once: Vec<Expr>,
    #[serde(default)]
    pub form: Vec<Field>,
    #[serde(default)]
    pub papers: Vec<Paper>,
    #[serde(default)]
    pub eligible: Vec<Eligible>,
    #[serde(default)]
    pub award: Option<Award>,
}

/// What is published, what never, and how long records stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    #[serde(default)]
    pub publish: Vec<Word>,
    #[serde(default)]
    pub hide: Vec<Word>,
    pub keep: Span,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reopen {
    pub within: Span,
    pub by: RoleRef,
    /// The block or step that runs again, and all after it.
    pub at: Word,
    pub ground: String,
}

/// 申诉: which program decides on an appeal, and how long one may appeal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealRule {
    pub program: Word,
    /// Counted from the decision.
    pub within: Span,
}

/// Where the answer stands that is given to whoever has said what the case is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    pub step: Word,
    /// A field of that step's form.
    pub field: Word,
}

/// What a step that nobody did turns into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missed {
    pub grace: Span,
    pub then: AfterMissed,
    #[serde(default)]
    pub program: Option<Word>,
}

/// Puts cases as rows into one shared case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gather {
    pub key: Vec<Expr>,
    /// `week`, or a length of time.
    #[serde(default)]
    pub close: Option<Word>,
    #[serde(default)]
    pub close_on: Option<Expr>,
}

/// How many seats there are, and for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    #[serde(default)]
    pub key: Vec<Expr>,
    pub seats: Expr,
    #[serde(default)]
    pub per: Option<PerKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerKey {
    pub key: Vec<Expr>,
    pub at_most: Expr,
}

impl Program {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.program
    }

    /// Whether it says that it cannot be had together with another program.
    pub fn excludes(&self, other: &str) -> bool {
        let stacks = self.award.iter().filter_map(|award| award.stack.as_ref());
        stacks.flat_map(|stack| &stack.excludes).any(|word| **word == *other)
    }

    /// Whether a person may have it once in each year.
    pub fn is_yearly(&self) -> bool {
        self.intake.once.iter().any(|key| key.source() == "year")
    }

    /// Whether a person can apply for it, by themselves or through somebody.
    pub fn is_applied_for(&self) -> bool {
        self.intake.by.iter().any(|by| !matches!(by, Filer::Machine | Filer::Role(_)))
    }

    /// Every step of `route`, then of `then`, in the order of the file.
    pub fn steps(&self) -> Vec<&Step> {
        self.steps_and_blocks().into_iter().map(|(step, _)| step).collect()
    }

    /// Every step with the blocks around it, outermost first.
    pub fn steps_and_blocks(&self) -> Vec<(&Step, Vec<&Block>)> {
        let mut found = Vec::new();
        for entries in [&self.route, &self.then] {
            walk(entries, &mut Vec::new(), &mut |step, around| found.push((step, around.to_vec())));
        }
        found
    }

    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps().into_iter().find(|step| step.id == *id)
    }

    /// A block by what its runs are called: its id, or its place in the file, such as `route.1.0`.
    pub fn block(&self, path: &str) -> Option<&Block> {
        fn find<'p>(entries: &'p [Entry], place: &str, path: &str) -> Option<&'p Block> {
            entries.iter().enumerate().find_map(|(index, entry)| {
                let Entry::Block(block) = entry else { return None };
                let place = format!("{place}.{index}");
                let own = block.id.as_ref().map_or(place.as_str(), |id| id.as_str());
                if own == path { Some(&**block) } else { find(&block.entries, &place, path) }
            })
        }
        find(&self.route, "route", path).or_else(|| find(&self.then, "then", path))
    }

    /// The step that a run's path names; of a block, or of a step's rounds, the first step in it.
    pub fn first_step(&self, path: &str) -> Option<&Step> {
        fn first(entry: &Entry) -> Option<&Step> {
            match entry {
                Entry::Step(step) => Some(step),
                Entry::Block(block) => first(block.entries.first()?),
            }
        }
        fn find<'p>(entries: &'p [Entry], place: &str, path: &str) -> Option<&'p Step> {
            entries.iter().enumerate().find_map(|(index, entry)| {
                let place = format!("{place}.{index}");
                let Entry::Block(block) = entry else {
                    return (place == path).then(|| first(entry)).flatten();
                };
                let own = block.id.as_ref().map_or(place.as_str(), |id| id.as_str());
                if own == path { first(entry) } else { find(&block.entries, &place, path) }
            })
        }
        self.step(path)
            .or_else(|| find(&self.route, "route", path))
            .or_else(|| find(&self.then, "then", path))
    }

    /// A field of the case's own form.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.form.iter().find(|field| field.id == *id)
    }

    /// A paper of the program, or one that a step describes.
    pub fn paper(&self, id: &str) -> Option<&Paper> {
        let of_steps = self.steps().into_iter().flat_map(|step| &step.papers);
        let of_steps = of_steps.filter_map(|ask| match ask {
            PaperAsk::Own(paper) => Some(&**paper),
            PaperAsk::Named(_) => None,
        });
        self.papers.iter().chain(of_steps).find(|paper| paper.id == *id)
    }

    /// Is a step in `then`, after the outcome?
    pub fn is_after_outcome(&self, id: &str) -> bool {
        let mut found = false;
        walk(&self.then, &mut Vec::new(), &mut |step, _| found |= step.id == *id);
        found
    }

    /// The canonical form: JSON with sorted keys; `load::canonical` reads it back.
    pub fn canonical(&self) -> String {
        super::canonical::text(self)
    }

    /// SHA-256 of the canonical form, in hex: the version of the program.
    pub fn hash(&self) -> String {
        super::canonical::hash(self)
    }
}
