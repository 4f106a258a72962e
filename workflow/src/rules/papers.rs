//! Which papers are asked for: by rules, by lists that prove or do not prove, by a step.

use std::borrow::Cow;

use super::facts::Stuck;
use crate::{
    error::Fault,
    program::{
        Paper, PaperAsk, Program, Step,
        expression::{Roster, Scope, Truth},
    },
};

/// Most papers of one case; those of its lines are counted line by line.
pub const MOST: usize = 20;

/// Most papers of one line of a list.
pub const MOST_OF_LINE: usize = 10;

/// A paper, and whether it must be there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededPaper {
    /// Its id in the program.
    pub id: String,
    /// It must be handed in; else it may be.
    pub required: bool,
    /// It need not be handed in because the data prove it.
    pub waived: bool,
    /// What decided.
    pub why: Why,
}

/// What decided whether a paper is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The program asks everybody for it.
    Asked,
    /// The program leaves it to the applicant.
    Optional,
    /// It is asked for only where this rule holds, which it does not.
    NotHere(String),
    /// This rule makes it needless.
    Waived(String),
    /// The person stands on this list, which proves it.
    Proven(String),
    /// This list, which would prove it, is not loaded: the paper takes its place.
    NotLoaded(String),
}

/// The papers that a case is handed in with.
///
/// # Errors
/// [`Stuck`] when a rule cannot be evaluated.
pub fn of_case(program: &Program, scope: &Scope) -> Result<Vec<NeededPaper>, Stuck> {
    program.papers.iter().map(|paper| needed(paper, scope)).collect()
}

/// The papers that a step asks for. One of the program's that a step names is asked for there
/// whatever its own `when` says of the case's beginning.
///
/// # Errors
/// [`Stuck`] when a rule cannot be evaluated or the program does not know the paper.
pub fn of_step(program: &Program, step: &Step, scope: &Scope) -> Result<Vec<NeededPaper>, Stuck> {
    let one = |ask: &PaperAsk| {
        let paper: Cow<'_, Paper> = match ask {
            PaperAsk::Own(paper) => Cow::Borrowed(&**paper),
            PaperAsk::Named(id) => {
                let unknown =
                    || Stuck::new(format!("{}.papers", step.id), format!("there is no paper {id}"));
                let paper = program.paper(id).ok_or_else(unknown)?;
                Cow::Owned(Paper { when: None, ..paper.clone() })
            }
        };
        needed(&paper, scope)
    };
    step.papers.iter().map(one).collect()
}

/// The papers that one line of a list needs; `scope` is that of the line. One that was struck
/// needs none, and is not asked about.
///
/// # Errors
/// [`Stuck`] when a rule cannot be evaluated.
pub fn of_line(papers: &[Paper], scope: &Scope) -> Result<Vec<NeededPaper>, Stuck> {
    papers.iter().map(|paper| needed(paper, scope)).collect()
}

/// Whether one paper is needed: `when`, then what waives it, then what proves it.
///
/// # Errors
/// [`Stuck`] when a rule cannot be evaluated.
pub fn needed(paper: &Paper, scope: &Scope) -> Result<NeededPaper, Stuck> {
    let said =
        |required, waived, why| Ok(NeededPaper { id: paper.id.to_string(), required, waived, why });
    let mut unsure = None;
    if let Some(when) = &paper.when {
        match when.truth(scope)? {
            Truth::Yes => {}
            Truth::No => return said(false, false, Why::NotHere(when.source().to_owned())),
            Truth::NotLoaded { roster } => unsure = Some(roster),
        }
    }
    if let Some(waive) = &paper.waive {
        match waive.truth(scope)? {
            Truth::Yes => return said(false, true, Why::Waived(waive.source().to_owned())),
            // A list that is not loaded waives nothing.
            Truth::No => {}
            Truth::NotLoaded { roster } => unsure = Some(roster),
        }
    }
    if let Some(list) = &paper.proves {
        match scope.rosters.get(list.as_str()).copied().unwrap_or_default() {
            Roster::Listed => return said(false, true, Why::Proven(list.to_string())),
            Roster::NotLoaded => return said(true, false, Why::NotLoaded(list.to_string())),
            Roster::NotListed => {}
        }
    }
    match unsure {
        Some(roster) if paper.required => said(true, false, Why::NotLoaded(roster)),
        _ if paper.required => said(true, false, Why::Asked),
        _ => said(false, false, Why::Optional),
    }
}

/// A fault for every required paper that is not among those handed in (`have`: ids).
pub fn missing(needed: &[NeededPaper], have: &[String]) -> Vec<Fault> {
    let missing = needed.iter().filter(|paper| paper.required && !have.contains(&paper.id));
    missing.map(|paper| Fault::new(&paper.id, "missing_paper", "")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::NaiveDate;

    use super::*;
    use crate::program::{
        Expr, Tables, Word,
        expression::{Value, Weekdays},
    };

    fn scope(urgent: bool, roster: Option<Roster>) -> Scope {
        let today = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let mut scope = Scope::new(today, Arc::new(Tables::default()), Arc::new(Weekdays));
        scope.form.insert("urgent".to_owned(), Value::Bool(urgent));
        scope.rosters.extend(roster.map(|roster| ("poor".to_owned(), roster)));
        scope
    }

    fn paper(id: &str) -> Paper {
        Paper {
            id: Word::new(id),
            title: None,
            hint: None,
            required: true,
            when: Some(Expr::parse("!form.urgent").unwrap()),
            waive: Some(Expr::parse("on_roster(\"poor\", applicant)").unwrap()),
            proves: None,
        }
    }

    #[test]
    fn a_list_that_is_not_loaded_waives_nothing() {
        use Roster::{Listed, NotListed, NotLoaded};
        let table = [
            // urgent, roster        required, waived
            (false, Some(Listed), false, true),
            (false, Some(NotListed), true, false),
            (false, Some(NotLoaded), true, false),
            (false, None, true, false), // not known at all is not loaded
            (true, Some(NotListed), false, false),
        ];
        for (urgent, roster, required, waived) in table {
            let found = needed(&paper("identity"), &scope(urgent, roster)).unwrap();
            assert_eq!((found.required, found.waived), (required, waived), "{urgent} {roster:?}");
        }
    }

    #[test]
    fn a_paper_takes_the_place_of_a_list() {
        let proof = Paper {
            required: false,
            when: None,
            waive: None,
            proves: Some(Word::new("poor")),
            ..paper("poor_proof")
        };
        let table = [
            (Some(Roster::Listed), false, true, Why::Proven("poor".to_owned())),
            (Some(Roster::NotListed), false, false, Why::Optional),
            (None, true, false, Why::NotLoaded("poor".to_owned())),
        ];
        for (roster, required, waived, why) in table {
            let found = needed(&proof, &scope(false, roster)).unwrap();
            let id = "poor_proof".to_owned();
            assert_eq!(found, NeededPaper { id, required, waived, why });
        }
    }

    #[test]
    fn a_rule_without_a_value_stops() {
        let mut scope = scope(false, None);
        scope.form.clear();
        assert!(needed(&paper("identity"), &scope).is_err());
    }

    #[test]
    fn each_required_paper_that_is_not_there_is_a_fault() {
        let scope = scope(false, Some(Roster::NotListed));
        let all: Vec<_> =
            ["proof", "identity"].iter().map(|id| needed(&paper(id), &scope).unwrap()).collect();
        let faults = missing(&all, &["proof".to_owned()]);
        assert_eq!(faults, [Fault::new("identity", "missing_paper", "")]);
    }
}
