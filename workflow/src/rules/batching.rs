//! 批量办理: which cases are alike enough to be approved together, which of them must be opened
//! first, and why one is left out.

use std::collections::BTreeSet;

use entities::{RunState, TaskId, TaskState, Verdict, task};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    CommandError,
    canonical::{canonical, digest, hex},
    error::{Bar, Refusal},
    program::{Step, StepKind, VerdictKind},
    state::CaseState,
};

/// Fewer than so many are no batch: all of them would have to be opened.
pub const LEAST: usize = 4;
/// So many at most.
pub const MOST: usize = 100;
/// At least so many are opened.
const OPENED: usize = 3;
/// One of so many is opened.
const ONE_OF: usize = 10;

/// Why a case is not signed with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The signer took it off the list.
    Unticked,
    /// It is not what it was when the batch was put together.
    Changed,
    /// Somebody else was quicker, or the step no longer waits.
    Settled,
    /// A colleague has taken it.
    Taken,
    /// One's own case, one that one filed, or a relative's.
    Recused,
    /// One signed a step that this one must be apart from.
    Apart,
    /// It is another office's turn.
    OtherOffice,
    /// More than this signer may grant.
    OverAuthority,
    /// An objection to it is examined.
    Objected,
    /// It was sent back, or the applicant had to add something.
    Returned,
    /// A step before has cut the amount.
    Lowered,
    /// Somebody was put beside the slot: a signer, or one who is asked for an opinion.
    Beside,
    /// It stands, or waits for something.
    Resting,
    /// What one agreed to before still owes something.
    Owes,
    /// A rule of the program could not be applied to it.
    Stuck,
}

impl LeftOut {
    /// Every reason.
    pub const ALL: [Self; 15] = [
        Self::Unticked,
        Self::Changed,
        Self::Settled,
        Self::Taken,
        Self::Recused,
        Self::Apart,
        Self::OtherOffice,
        Self::OverAuthority,
        Self::Objected,
        Self::Returned,
        Self::Lowered,
        Self::Beside,
        Self::Resting,
        Self::Owes,
        Self::Stuck,
    ];

    /// What a refusal means for one case of a batch. A word that no case can be refused by counts
    /// as a change.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::NotYours(bar) => match bar {
                Bar::Claimed | Bar::Reserved => Self::Taken,
                Bar::OwnCase | Bar::FiledByYou | Bar::Conflict => Self::Recused,
                Bar::Apart | Bar::SignedAlready => Self::Apart,
                _ => Self::OtherOffice,
            },
            Refusal::Settled { .. } => Self::Settled,
            Refusal::OverAuthority { .. } => Self::OverAuthority,
            Refusal::NotNow { .. } => Self::Resting,
            Refusal::Owes { .. } => Self::Owes,
            Refusal::Stuck(_) => Self::Stuck,
            _ => Self::Changed,
        }
    }

    /// The word that is stored and shown to machines.
    pub fn word(self) -> String {
        json!(self).as_str().unwrap_or_default().to_owned()
    }

    /// The reason of a stored word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// Whether approving a step asks nothing that differs from case to case: no form, no papers, no
/// lines to go through.
pub fn is_alike(step: &Step) -> bool {
    let approves = step.verdicts.is_empty() || step.verdicts.contains(&VerdictKind::Approve);
    let asks = !step.form.is_empty() || !step.papers.is_empty() || !step.row_form.is_empty();
    step.kind == StepKind::Decide && approves && !asks && step.may.is_empty()
}

/// What the rules hold against signing a case unseen: such a case is looked at by itself.
pub fn flagged(state: &CaseState, slot: &task::Model) -> Option<LeftOut> {
    if state.objected() {
        return Some(LeftOut::Objected);
    }
    let again = state.run(slot.run_id).is_some_and(|run| run.round > 1);
    if again || state.case.supplements > 0 {
        return Some(LeftOut::Returned);
    }
    let counts = |other: &task::Model| {
        state.run(other.run_id).is_some_and(|run| run.state != RunState::Void)
    };
    let cut = |other: &&task::Model| other.verdict == Some(Verdict::Less) && counts(other);
    if state.tasks.iter().any(|other| cut(&other)) {
        return Some(LeftOut::Lowered);
    }
    let beside = |other: &task::Model| other.added.is_some() && other.state != TaskState::Void;
    let delegated = slot.owner_id.is_some();
    if delegated || state.slots(slot.run_id).any(beside) {
        return Some(LeftOut::Beside);
    }
    None
}

/// How many of so many cases must be opened before all are signed: one of ten, at least three.
pub fn sample_size(cases: usize) -> usize {
    cases.div_ceil(ONE_OF).max(OPENED).min(cases)
}

/// The `many` slots that must be opened: those whose SHA-256(seed ‖ id) is smallest. Whoever has
/// the seed and the list finds the same.
pub fn drawn(seed: &[u8; 32], slots: &[TaskId], many: usize) -> BTreeSet<TaskId> {
    let lot = |slot: &TaskId| digest([seed.as_slice(), slot.0.as_bytes().as_slice()].concat());
    let mut order: Vec<TaskId> = slots.to_vec();
    order.sort_by_cached_key(|slot| (lot(slot), *slot));
    order.into_iter().take(many).collect()
}

/// SHA-256 (lower-case hex) of what a signature on a slot is about: the slot, what the applicant
/// has put down, the amount. A light that turns meanwhile changes nothing of it.
///
/// # Errors
/// [`CommandError::Stored`], which cannot happen for what was stored.
pub fn content(state: &CaseState, slot: &task::Model) -> Result<String, CommandError> {
    let case = &state.case;
    let about =
        json!([slot.id, slot.version, case.phase, case.award_fen, case.supplements, case.facts,]);
    Ok(hex(&digest(canonical(&about)?)))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entities::Fen;
    use proptest::prelude::*;

    use super::*;
    use crate::rules::authority::Verb;

    #[test]
    fn one_of_ten_is_opened_and_at_least_three() {
        //  cases, opened
        let table = [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 3),
            (4, 3), // the least batch: one of them is signed unseen
            (30, 3),
            (31, 4), // a tenth is rounded up
            (40, 4),
            (100, 10),
        ];
        for (cases, opened) in table {
            assert_eq!(sample_size(cases), opened, "{cases} cases");
        }
    }

    #[test]
    fn every_reason_reads_back() {
        for reason in LeftOut::ALL {
            assert_eq!(LeftOut::of_word(&reason.word()), Some(reason));
            assert!(reason.word().len() <= 24);
        }
        assert_eq!(LeftOut::of_word("no such word"), None);
    }

    #[test]
    fn a_refusal_says_why_a_case_is_left_out() {
        let settled = Refusal::Settled { by: None, state: RunState::Closed };
        let table = [
            (Refusal::NotYours(Bar::Claimed), LeftOut::Taken),
            (Refusal::NotYours(Bar::Reserved), LeftOut::Taken),
            (Refusal::NotYours(Bar::OwnCase), LeftOut::Recused),
            (Refusal::NotYours(Bar::FiledByYou), LeftOut::Recused),
            (Refusal::NotYours(Bar::Conflict), LeftOut::Recused),
            (Refusal::NotYours(Bar::Apart), LeftOut::Apart),
            (Refusal::NotYours(Bar::OtherOffice), LeftOut::OtherOffice),
            (settled, LeftOut::Settled),
            (Refusal::Stale { seen: 1, current: 2 }, LeftOut::Changed),
            (Refusal::OverAuthority { most: Fen(1) }, LeftOut::OverAuthority),
            (Refusal::NotNow { verb: Verb::Approve }, LeftOut::Resting),
            (Refusal::Owes { numbers: Vec::new() }, LeftOut::Owes),
            (Refusal::Stuck(String::new()), LeftOut::Stuck),
        ];
        for (refusal, reason) in table {
            assert_eq!(LeftOut::of(&refusal), reason, "{refusal:?}");
        }
    }

    #[test]
    fn a_step_that_asks_something_of_each_case_is_not_approved_together() {
        let plain = Step::new("county", StepKind::Decide);
        assert!(is_alike(&plain));
        let only_refuses = Step { verdicts: vec![VerdictKind::Refuse], ..plain.clone() };
        let fills = Step::new("county", StepKind::Fill);
        let pays = Step::new("county", StepKind::Pay);
        for step in [only_refuses, fills, pays] {
            assert!(!is_alike(&step), "{step:?}");
        }
    }

    proptest! {
        #[test]
        fn the_draw_is_of_the_list_whatever_its_order(
            seed in any::<[u8; 32]>(), count in 1_usize..60, turn in 0_usize..60,
        ) {
            let at = DateTime::from_timestamp(1_536_573_600, 0).unwrap();
            let slots: Vec<TaskId> = (0..count)
                .map(|nth| TaskId::derived(at, [u8::try_from(nth).unwrap(); 10]))
                .collect();
            let many = sample_size(count);
            let found = drawn(&seed, &slots, many);
            prop_assert_eq!(found.len(), many);
            prop_assert!(found.iter().all(|slot| slots.contains(slot)));
            let mut turned = slots.clone();
            turned.rotate_left(turn % count);
            prop_assert_eq!(drawn(&seed, &turned, many), found);
        }

        #[test]
        fn more_cases_are_never_opened_less(cases in 0_usize..2_000) {
            let (now, next) = (sample_size(cases), sample_size(cases + 1));
            prop_assert!(now <= next && now <= cases);
            prop_assert!(now * ONE_OF >= cases);
        }
    }
}
