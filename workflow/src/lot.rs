//! What selections have made of a line, and what earlier steps said of it: kept with the line,
//! told by the trail.

use std::collections::BTreeMap;

use entities::{RowState, StepRunId, Verdict, case_row};
use serde::{Deserialize, Serialize};

use crate::program::expression::Value;

/// Why a line is struck whose case has ended, or goes on without the place: the reason's code.
pub const GIVEN_BACK: &str = "given_back";

/// What selections have made of a line, and what earlier steps said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lot {
    /// From 1, the best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<i32>,
    /// By what it was ranked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Value>,
    /// What it drew, hex: the lower comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<String>,
    /// Which of its wishes it has, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<i32>,
    /// From whose seats it has one, or is to have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Of whose share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// Its number on the waiting list, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<i32>,
    /// What the wish says of the fields that a line has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
    /// The number of its seat, once the list is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<i32>,
    /// Where whoever signs has put it: `in`, `out`, `waiting`, or the number of a wish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
    /// What its case was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<Verdict>,
    /// `in` or `out` of each sample.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, String>,
    /// The step that has said what the line says now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said_by: Option<String>,
    /// What earlier steps said of it openly, by the step, where a later one said something of its
    /// own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, BTreeMap<String, Value>>,
    /// The last of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What the earlier rounds of a step said of it openly, the oldest first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rounds: BTreeMap<String, Vec<LineRound>>,
    /// Of a person: what the last step said is another than what the one before said.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

impl Lot {
    /// Of a line; empty where no selection has looked at it.
    pub fn of(row: &case_row::Model) -> Self {
        let stored = row.place.clone();
        stored.and_then(|stored| serde_json::from_value(stored).ok()).unwrap_or_default()
    }

    /// Whether what a line says now differs from what the step before said of it.
    pub fn differs(&self, now: &BTreeMap<String, Value>) -> bool {
        let said = |values: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
            let values = values.iter().filter(|(_, value)| **value != Value::Null);
            values.map(|(id, value)| (id.clone(), value.clone())).collect()
        };
        let before = self.before.as_ref().and_then(|step| self.kept.get(step));
        before.is_some_and(|before| said(before) != said(now))
    }

    /// Puts it back.
    pub(crate) fn keep(&self, row: &mut case_row::Model) {
        row.place = serde_json::to_value(self).ok();
    }
}

/// What one round of a step has said of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRound {
    /// With this run the next round began: what was said before it was said in this one.
    pub until: StepRunId,
    /// What was asked.
    pub fields: Vec<String>,
    /// What was said openly.
    pub said: BTreeMap<String, Value>,
}

impl Lot {
    /// The round, from 0, in which `run` said something of `field`, where that is over.
    pub fn round_of(&self, step: &str, field: &str, run: StepRunId) -> Option<usize> {
        let rounds = self.rounds.get(step)?;
        rounds
            .iter()
            .position(|round| run < round.until && round.fields.iter().any(|asked| asked == field))
    }

    /// Whether what `run` said of `field` has been asked anew since.
    pub fn is_asked_again(&self, field: &str, run: StepRunId) -> bool {
        self.rounds.keys().any(|step| self.round_of(step, field, run).is_some())
    }
}

/// Whether the case of a line has given its place back.
pub fn is_gone(row: &case_row::Model) -> bool {
    row.state == RowState::Struck && row.reason.as_deref() == Some(GIVEN_BACK)
}
