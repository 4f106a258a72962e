//! When the signatures on a step are enough, and who need not sign any more.
//!
//! Source: "Taking" in the program language. Asked when a step opens and after every signature.

use std::collections::BTreeSet;

use entities::{Added, PersonId, TaskState, UnitId, Verdict};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// How many of the slots must sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The first signature counts.
    Any,
    /// 会签: the first signature of each office counts.
    EachOffice,
    /// Every person on the list.
    All,
    /// Every person, one after the other.
    InOrder,
    /// A vote: so many of the list.
    Quorum(u32),
    /// A vote: so many hundredths of the list, rounded up.
    Percent(u8),
}

/// One place on the frozen list of a step run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub office: UnitId,
    /// Who holds it; none while its office's pool does.
    pub person: Option<PersonId>,
    pub state: SlotState,
    /// 加签: why it is there, and beside which slot of the list.
    pub beside: Option<(Added, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotState {
    /// Its turn has not come.
    Waiting,
    /// Free or claimed.
    Open,
    Signed(Verdict),
    /// No longer needed, or taken off the list.
    Void,
}

impl SlotState {
    /// Of a stored task. A signed task without a verdict is none that `record` writes; it counts
    /// as done.
    pub fn of(state: TaskState, verdict: Option<Verdict>) -> Self {
        match state {
            TaskState::Waiting => Self::Waiting,
            TaskState::Open | TaskState::Claimed => Self::Open,
            TaskState::Signed => Self::Signed(verdict.unwrap_or(Verdict::Done)),
            TaskState::Void => Self::Void,
        }
    }

    fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Open)
    }
}

/// What the signatures amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The step's verdict, once it has one.
    pub closed: Option<Verdict>,
    /// Slots, by their place on the list, that become void now.
    pub void: Vec<usize>,
    /// Slots, by their place on the list, whose turn has come.
    pub open: Vec<usize>,
}

/// Why the list can never give a verdict: the step is stuck and a person must see to it. The
/// machine does not refuse for want of signers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotSign {
    #[error("nobody is left on the list")]
    Nobody,
    #[error("{needed} must agree and only {listed} are on the list")]
    TooFew { needed: usize, listed: usize },
}

/// How `slots` stand under `mode`, those that were added beside others among them: who is to sign
/// before somebody is waited for first, who is to sign after somebody is waited for too, and any
/// of them may be against. Who is asked for an opinion signs nothing.
///
/// # Errors
/// As for the list alone: [`CannotSign`].
pub fn standing(mode: Mode, slots: &[Slot]) -> Result<Standing, CannotSign> {
    if slots.iter().all(|slot| slot.beside.is_none()) {
        return of_list(mode, slots);
    }
    let own: Vec<usize> = places(slots, |slot| slot.beside.is_none());
    let list: Vec<Slot> = own.iter().filter_map(|place| slots.get(*place).copied()).collect();
    let inner = of_list(mode, &list)?;
    let back = |inner: &[usize]| -> Vec<usize> {
        inner.iter().filter_map(|nth| own.get(*nth).copied()).collect()
    };
    let live = places(slots, |slot| slot.state.is_live());
    let signers: Vec<Slot> = slots
        .iter()
        .filter(|slot| !matches!(slot.beside, Some((Added::Opinion, _))))
        .copied()
        .collect();
    let added: Vec<Slot> = signers.iter().filter(|slot| slot.beside.is_some()).copied().collect();
    if let Some(against) = objection(&added).or(inner.closed.filter(|found| is_against(*found))) {
        return Ok(Standing { closed: Some(against), void: live, open: Vec::new() });
    }
    let signed = |place: usize| {
        slots.get(place).is_some_and(|slot| matches!(slot.state, SlotState::Signed(_)))
    };
    // Who signs after somebody has their turn once that one has signed.
    let after = places(slots, |slot| {
        slot.state.is_live()
            && slot.beside.is_some_and(|(why, of)| why == Added::After && signed(of))
    });
    let waiting =
        |place: &usize| slots.get(*place).is_some_and(|slot| slot.state == SlotState::Waiting);
    if inner.closed.is_some() {
        if after.is_empty() {
            let closed = Some(agreement(&signers));
            return Ok(Standing { closed, void: live, open: Vec::new() });
        }
        let void = live.into_iter().filter(|place| !after.contains(place)).collect();
        return Ok(Standing {
            closed: None,
            void,
            open: after.into_iter().filter(waiting).collect(),
        });
    }
    let lets_first = |place: &usize| {
        slots
            .iter()
            .any(|slot| slot.state.is_live() && slot.beside == Some((Added::Before, *place)))
    };
    let open = back(&inner.open).into_iter().filter(|place| !lets_first(place));
    let open = open.chain(after.into_iter().filter(waiting)).collect();
    Ok(Standing { closed: None, void: back(&inner.void), open })
}

/// The places of those that are wanted.
fn places(slots: &[Slot], wanted: impl Fn(&Slot) -> bool) -> Vec<usize> {
    slots.iter().enumerate().filter(|(_, slot)| wanted(slot)).map(|(place, _)| place).collect()
}

/// How a list stands that nobody was added to.
///
/// Outside a vote the first refusal or return closes the step. A vote closes as soon as it is
/// reached or out of reach; out of reach it is refused, or returned when nobody refused and
/// somebody returned. Agreement is `less` when anybody agreed to less (the lowest amount stands).
///
/// # Errors
/// [`CannotSign`] when the list is empty, or shorter than the quorum before anybody was against.
fn of_list(mode: Mode, slots: &[Slot]) -> Result<Standing, CannotSign> {
    let listed = slots.iter().filter(|slot| slot.state != SlotState::Void).count();
    if listed == 0 {
        return Err(CannotSign::Nobody);
    }
    let closed = match mode {
        Mode::Quorum(n) => vote(usize::try_from(n).unwrap_or(usize::MAX), listed, slots)?,
        Mode::Percent(p) => vote((listed * usize::from(p)).div_ceil(100), listed, slots)?,
        _ => objection(slots).or_else(|| agreed(mode, slots)),
    };
    if closed.is_some() {
        let void = places(slots, |slot| slot.state.is_live());
        return Ok(Standing { closed, void, open: Vec::new() });
    }
    let signed = if mode == Mode::EachOffice { offices_signed(slots) } else { BTreeSet::new() };
    let void = places(slots, |slot| slot.state.is_live() && signed.contains(&slot.office));
    let waiting =
        places(slots, |slot| slot.state == SlotState::Waiting && !signed.contains(&slot.office));
    let open = match mode {
        Mode::InOrder if slots.iter().any(|slot| slot.state == SlotState::Open) => Vec::new(),
        Mode::InOrder => waiting.into_iter().take(1).collect(),
        _ => waiting,
    };
    Ok(Standing { closed: None, void, open })
}

/// The verdicts that were signed, in the order of the list.
fn verdicts(slots: &[Slot]) -> impl Iterator<Item = Verdict> + '_ {
    slots.iter().filter_map(|slot| match slot.state {
        SlotState::Signed(verdict) => Some(verdict),
        SlotState::Waiting | SlotState::Open | SlotState::Void => None,
    })
}

fn is_against(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Refused | Verdict::Returned)
}

fn objection(slots: &[Slot]) -> Option<Verdict> {
    verdicts(slots).find(|verdict| is_against(*verdict))
}

/// What those say together who agreed.
fn agreement(slots: &[Slot]) -> Verdict {
    let said: Vec<Verdict> = verdicts(slots).filter(|verdict| !is_against(*verdict)).collect();
    match said.split_first() {
        _ if said.contains(&Verdict::Less) => Verdict::Less,
        Some((first, rest)) if rest.iter().all(|verdict| verdict == first) => *first,
        _ => Verdict::Approved,
    }
}

fn offices_signed(slots: &[Slot]) -> BTreeSet<UnitId> {
    let signed = slots.iter().filter(|slot| matches!(slot.state, SlotState::Signed(_)));
    signed.map(|slot| slot.office).collect()
}

fn agreed(mode: Mode, slots: &[Slot]) -> Option<Verdict> {
    let mut live = slots.iter().filter(|slot| slot.state.is_live());
    let enough = match mode {
        Mode::Any => verdicts(slots).next().is_some(),
        Mode::EachOffice => {
            let signed = offices_signed(slots);
            live.all(|slot| signed.contains(&slot.office))
        }
        Mode::All | Mode::InOrder | Mode::Quorum(_) | Mode::Percent(_) => live.next().is_none(),
    };
    enough.then(|| agreement(slots))
}

fn vote(needed: usize, listed: usize, slots: &[Slot]) -> Result<Option<Verdict>, CannotSign> {
    let needed = needed.max(1);
    let against = verdicts(slots).filter(|verdict| is_against(*verdict)).count();
    if needed > listed && against == 0 {
        return Err(CannotSign::TooFew { needed, listed });
    }
    let signed = verdicts(slots).count();
    if signed - against >= needed {
        return Ok(Some(agreement(slots)));
    }
    if listed - against >= needed {
        return Ok(None); // still within reach
    }
    let refused = verdicts(slots).any(|verdict| verdict == Verdict::Refused);
    Ok(Some(if refused { Verdict::Refused } else { Verdict::Returned }))
}
