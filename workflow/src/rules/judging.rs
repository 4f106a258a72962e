//! What the rules make of an application as it is handed in: form, papers, eligibility, award.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    award, eligibility,
    facts::{CaseFacts, Facts},
    form::{self, Read, Reading},
    papers,
};
use crate::{
    Fault, Refusal,
    calendar::local_date,
    program::expression::{Scope, Value},
    state::CaseState,
};

/// An application about to be handed in.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// The case before it.
    pub state: &'a CaseState,
    /// The form as it is filled in.
    pub values: &'a BTreeMap<String, Value>,
    /// The papers that are there.
    pub papers: &'a [String],
    /// When.
    pub now: DateTime<Utc>,
}

/// What the rules made of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What its expressions saw.
    pub scope: Scope,
    /// What the case carries from now on.
    pub facts: CaseFacts,
    /// What it comes to.
    pub award: award::Award,
}

impl Application<'_> {
    /// What the rules of the form see: its values as they are filled in.
    pub fn scope(&self) -> Scope {
        let mut scope = self.facts.scope(self.state, self.now);
        scope.form.clone_from(self.values);
        scope
    }

    /// The form read whole.
    pub fn read(&self) -> Read {
        let none = BTreeMap::new();
        let form = &self.facts.program.form;
        form::read(form, &none, self.values, &self.scope(), Reading::Whole)
    }

    /// Form, papers, eligibility, award; `faults` are those that were found of the form.
    ///
    /// # Errors
    /// [`Refusal::Form`] with every fault, [`Refusal::NotEligible`], [`Refusal::Stuck`].
    pub fn judge(&self, mut faults: Vec<Fault>) -> Result<Judged, Refusal> {
        let program = &self.facts.program;
        let scope = self.scope();
        // What cannot be judged yet, because a field is missing, is told with that field alone.
        match papers::of_case(program, &scope) {
            Ok(needed) => faults.extend(papers::missing(&needed, self.papers)),
            Err(why) if faults.is_empty() => return Err(Refusal::from(why)),
            Err(_) => {}
        }
        if !faults.is_empty() {
            return Err(Refusal::Form(faults));
        }
        let filed = self.state.case.submitted_at;
        // Who was in time is asked for more when that suits the office, not the season.
        let mut confirm = match filed {
            Some(_) => eligibility::conditions(program, &scope)?,
            None => eligibility::eligible(program, &scope)?,
        };
        let award = award::award(program, self.facts.shared(), &scope)?;
        for one in &award.confirm {
            if !confirm.contains(one) {
                confirm.push(one.clone());
            }
        }
        let (open, _) = form::open_and_private(&program.form, self.values);
        let carried = CaseFacts::of(self.state);
        let facts = CaseFacts {
            form: open,
            read_on: carried.read_on.or(Some(local_date(self.now))),
            papers: self.papers.to_vec(),
            lines: award.lines.clone(),
            confirm,
            answered_at: filed.map(|_| self.now),
            ..carried
        };
        Ok(Judged { scope, facts, award })
    }
}
