//! What may happen next, and how often: the reference that draws it.
//!
//! Acts name things by number; a life takes the number modulo what there is, so that any part of a
//! sequence is a sequence too and a failure shrinks to the acts that it takes.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// What somebody says on a slot.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word {
    /// Approve, hand in, sign for receipt, pay: whatever the step takes.
    Good,
    /// So many percent of the award.
    Less(u8),
    Refuse,
    /// To the n-th place it may be sent back to; `here`: signatures stand.
    Return {
        to: u8,
        here: bool,
    },
}

/// One thing that somebody does, or that comes by itself. `slot` and `who` are numbers of what
/// there is then.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Time passes, and what is due on the way happens.
    Pass {
        minutes: u32,
    },
    Sign {
        slot: u8,
        who: u8,
        word: Word,
    },
    Claim {
        slot: u8,
        who: u8,
    },
    Release {
        slot: u8,
        who: u8,
    },
    Transfer {
        slot: u8,
        who: u8,
        to: u8,
        back: bool,
    },
    GiveBack {
        slot: u8,
        who: u8,
    },
    /// 0 before, 1 after, 2 to be asked.
    Add {
        slot: u8,
        who: u8,
        to: u8,
        how: u8,
    },
    Drop {
        slot: u8,
        who: u8,
        off: u8,
    },
    Opinion {
        slot: u8,
        who: u8,
    },
    TakeBack {
        slot: u8,
    },
    Undo {
        slot: u8,
    },
    Ask {
        slot: u8,
        who: u8,
    },
    /// The applicant answers; `unasked`: and changes what nobody asked for.
    Answer {
        days: u8,
        unasked: bool,
    },
    Lapse {
        slot: u8,
        who: u8,
    },
    Pause {
        slot: u8,
        who: u8,
    },
    Continue {
        slot: u8,
        who: u8,
    },
    AskTime {
        slot: u8,
        who: u8,
    },
    GiveTime,
    Withdraw,
    Accept {
        slot: u8,
        who: u8,
    },
    RefuseAcceptance {
        slot: u8,
        who: u8,
    },
    Plan {
        step: u8,
        who: u8,
    },
    /// Somebody keeps away from the applicant's cases from now on.
    Conflict {
        who: u8,
    },
    /// Somebody's appointment ends.
    Leaves {
        who: u8,
    },
    /// Somebody is appointed anew.
    Comes {
        who: u8,
    },
    /// A day so far ahead is worked, or is not.
    Calendar {
        day: u8,
        off: bool,
    },
    Reopen {
        who: u8,
    },
}

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) act: Act,
    /// The worker comes late: what follows has not happened when the next one acts.
    pub(super) lazy: bool,
}

/// The life that is drawn for: which program, and what was filled in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) program: u8,
    pub(super) days: u8,
    pub(super) yuan: u16,
    pub(super) minutes: u32,
}

/// Draws acts whatever has happened: what cannot be is refused, and must leave nothing.
pub(super) struct AtRandom;

impl ReferenceStateMachine for AtRandom {
    type State = Begun;
    type Transition = Drawn;

    fn init_state() -> BoxedStrategy<Begun> {
        let begun = (0_u8..4, 0_u8..10, 1_u16..3_000, 0_u32..20_000);
        begun
            .prop_map(|(program, days, yuan, minutes)| Begun { program, days, yuan, minutes })
            .boxed()
    }

    fn transitions(_: &Begun) -> BoxedStrategy<Drawn> {
        (act(), proptest::bool::weighted(0.15)).prop_map(|(act, lazy)| Drawn { act, lazy }).boxed()
    }

    fn apply(begun: Begun, _: &Drawn) -> Begun {
        begun
    }
}

fn act() -> impl Strategy<Value = Act> {
    let at = || (any::<u8>(), any::<u8>());
    prop_oneof![
        6 => minutes().prop_map(|minutes| Act::Pass { minutes }),
        18 => (at(), word()).prop_map(|((slot, who), word)| Act::Sign { slot, who, word }),
        9 => of_hands(),
        7 => of_time(),
        2 => of_the_whole(),
    ]
}

/// Mostly an hour or a day, sometimes a month.
fn minutes() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1_u32..600, 4 => 600_u32..5_000, 1 => 5_000_u32..45_000]
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        14 => Just(Word::Good),
        1 => (1_u8..100).prop_map(Word::Less),
        1 => Just(Word::Refuse),
        3 => (any::<u8>(), any::<bool>()).prop_map(|(to, here)| Word::Return { to, here }),
    ]
}

/// Claims and what brings others to a slot.
fn of_hands() -> impl Strategy<Value = Act> {
    let at = || (any::<u8>(), any::<u8>());
    let two = || (any::<u8>(), any::<u8>(), any::<u8>());
    prop_oneof![
        at().prop_map(|(slot, who)| Act::Claim { slot, who }),
        at().prop_map(|(slot, who)| Act::Release { slot, who }),
        (two(), any::<bool>()).prop_map(|((slot, who, to), back)| Act::Transfer {
            slot,
            who,
            to,
            back
        }),
        at().prop_map(|(slot, who)| Act::GiveBack { slot, who }),
        (two(), 0_u8..3).prop_map(|((slot, who, to), how)| Act::Add { slot, who, to, how }),
        two().prop_map(|(slot, who, off)| Act::Drop { slot, who, off }),
        at().prop_map(|(slot, who)| Act::Opinion { slot, who }),
        any::<u8>().prop_map(|slot| Act::TakeBack { slot }),
        any::<u8>().prop_map(|slot| Act::Undo { slot }),
        at().prop_map(|(step, who)| Act::Plan { step, who }),
    ]
}

/// What stops clocks and gives them more.
fn of_time() -> impl Strategy<Value = Act> {
    let at = || (any::<u8>(), any::<u8>());
    prop_oneof![
        2 => at().prop_map(|(slot, who)| Act::Ask { slot, who }),
        5 => (any::<u8>(), proptest::bool::weighted(0.3))
            .prop_map(|(days, unasked)| Act::Answer { days: days % 10, unasked }),
        2 => at().prop_map(|(slot, who)| Act::Pause { slot, who }),
        2 => at().prop_map(|(slot, who)| Act::Continue { slot, who }),
        2 => at().prop_map(|(slot, who)| Act::AskTime { slot, who }),
        2 => Just(Act::GiveTime),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(day, off)| Act::Calendar { day: day % 60, off }),
    ]
}

/// What concerns the case, and who works where.
fn of_the_whole() -> impl Strategy<Value = Act> {
    let at = || (any::<u8>(), any::<u8>());
    prop_oneof![
        4 => at().prop_map(|(slot, who)| Act::Accept { slot, who }),
        1 => at().prop_map(|(slot, who)| Act::RefuseAcceptance { slot, who }),
        1 => Just(Act::Withdraw),
        2 => at().prop_map(|(slot, who)| Act::Lapse { slot, who }),
        2 => any::<u8>().prop_map(|who| Act::Conflict { who }),
        4 => any::<u8>().prop_map(|who| Act::Leaves { who }),
        4 => any::<u8>().prop_map(|who| Act::Comes { who }),
        4 => any::<u8>().prop_map(|who| Act::Reopen { who }),
    ]
}
