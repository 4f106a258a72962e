//! Signing modes by tables, and votes in every order.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

use SlotState::{Open, Signed, Void, Waiting};
use Verdict::{Approved, Done, Less, Refused, Returned};

/// Slots of offices named by a number.
fn list(of: &[(u128, SlotState)]) -> Vec<Slot> {
    let slot = |(office, state): &(u128, SlotState)| Slot {
        office: UnitId(Uuid::from_u128(*office)),
        person: None,
        state: *state,
        beside: None,
    };
    of.iter().map(slot).collect()
}

fn closed(verdict: Verdict, void: &[usize]) -> Standing {
    Standing { closed: Some(verdict), void: void.to_vec(), open: Vec::new() }
}

fn goes_on(void: &[usize], open: &[usize]) -> Standing {
    Standing { closed: None, void: void.to_vec(), open: open.to_vec() }
}

/// The list with slots of the first office put beside the one at a place.
fn with(mut slots: Vec<Slot>, added: &[(Added, usize, SlotState)]) -> Vec<Slot> {
    for (why, of, state) in added {
        let office = UnitId(Uuid::from_u128(1));
        slots.push(Slot { office, person: None, state: *state, beside: Some((*why, *of)) });
    }
    slots
}

#[test]
fn those_who_were_added_are_waited_for_and_may_be_against() {
    use Added::{After, Before, Opinion};
    let (yes, no) = (Signed(Approved), Signed(Refused));
    let one = |state| list(&[(1, state)]);
    let two = |a, b| list(&[(1, a), (2, b)]);
    let any = Mode::Any;
    let table = [
        // before: the slot waits for it, and has its turn then
        (any, with(one(Waiting), &[(Before, 0, Open)]), goes_on(&[], &[])),
        (any, with(one(Waiting), &[(Before, 0, yes)]), goes_on(&[], &[0])),
        (any, with(one(Waiting), &[(Before, 0, yes), (Before, 0, Open)]), goes_on(&[], &[])),
        (any, with(one(Waiting), &[(Before, 0, Void)]), goes_on(&[], &[0])),
        (any, with(one(Waiting), &[(Before, 0, no)]), closed(Refused, &[0])),
        (any, with(one(yes), &[(Before, 0, yes)]), closed(Approved, &[])),
        (any, with(one(yes), &[(Before, 0, Signed(Less))]), closed(Less, &[])),
        // another office was quicker: nobody is waited for any more
        (any, with(two(Waiting, yes), &[(Before, 0, Open)]), closed(Approved, &[0, 2])),
        // after: the step stays open until they have signed too
        (any, with(one(Open), &[(After, 0, Waiting)]), goes_on(&[], &[])),
        (any, with(one(yes), &[(After, 0, Waiting)]), goes_on(&[], &[1])),
        (any, with(one(yes), &[(After, 0, Open)]), goes_on(&[], &[])),
        (any, with(one(yes), &[(After, 0, yes)]), closed(Approved, &[])),
        (any, with(one(yes), &[(After, 0, Signed(Returned))]), closed(Returned, &[])),
        (any, with(one(no), &[(After, 0, Waiting)]), closed(Refused, &[1])),
        (any, with(two(yes, Open), &[(After, 0, Waiting)]), goes_on(&[1], &[2])),
        // 会签: the offices beside go on meanwhile
        (Mode::EachOffice, with(two(yes, Open), &[(After, 0, Waiting)]), goes_on(&[], &[2])),
        (Mode::EachOffice, with(two(yes, yes), &[(After, 0, Open)]), goes_on(&[], &[])),
        (Mode::InOrder, with(two(Waiting, Waiting), &[(Before, 0, Open)]), goes_on(&[], &[])),
        // an opinion neither counts nor is waited for
        (any, with(one(Open), &[(Opinion, 0, Signed(Done))]), goes_on(&[], &[])),
        (any, with(one(yes), &[(Opinion, 0, Open)]), closed(Approved, &[1])),
        (any, with(one(yes), &[(Opinion, 0, Signed(Done))]), closed(Approved, &[])),
    ];
    for (mode, slots, expected) in table {
        assert_eq!(standing(mode, &slots).unwrap(), expected, "{mode:?} {slots:?}");
    }
}

#[test]
fn signatures_add_up_as_the_language_says() {
    let yes = Signed(Approved);
    let no = Signed(Refused);
    let table = [
        // any: the first counts
        (Mode::Any, list(&[(1, Open), (2, Open)]), goes_on(&[], &[])),
        (Mode::Any, list(&[(1, Waiting), (2, Waiting)]), goes_on(&[], &[0, 1])),
        (Mode::Any, list(&[(1, Open), (2, yes)]), closed(Approved, &[0])),
        (Mode::Any, list(&[(1, Signed(Done)), (2, Open)]), closed(Done, &[1])),
        (Mode::Any, list(&[(1, Signed(Returned)), (2, Open)]), closed(Returned, &[1])),
        // each office: education {A, B}, poverty {C}
        (Mode::EachOffice, list(&[(1, yes), (1, Open), (2, Open)]), goes_on(&[1], &[])),
        (Mode::EachOffice, list(&[(1, yes), (1, Void), (2, no)]), closed(Refused, &[])),
        (Mode::EachOffice, list(&[(1, yes), (1, Void), (2, yes)]), closed(Approved, &[])),
        (Mode::EachOffice, list(&[(1, yes), (1, Void), (2, Signed(Less))]), closed(Less, &[])),
        (Mode::EachOffice, list(&[(1, Open), (1, Open), (2, no)]), closed(Refused, &[0, 1])),
        (Mode::EachOffice, list(&[(1, yes), (1, Open), (2, Void)]), closed(Approved, &[1])),
        // all
        (Mode::All, list(&[(1, yes), (1, Open), (2, yes)]), goes_on(&[], &[])),
        (Mode::All, list(&[(1, yes), (1, yes), (2, yes)]), closed(Approved, &[])),
        (Mode::All, list(&[(1, yes), (1, Void), (2, yes)]), closed(Approved, &[])),
        (Mode::All, list(&[(1, yes), (1, Open), (2, Signed(Returned))]), closed(Returned, &[1])),
        (Mode::All, list(&[(1, Signed(Done)), (1, yes)]), closed(Approved, &[])),
        // in order
        (Mode::InOrder, list(&[(1, Waiting), (2, Waiting)]), goes_on(&[], &[0])),
        (Mode::InOrder, list(&[(1, Open), (2, Waiting)]), goes_on(&[], &[])),
        (Mode::InOrder, list(&[(1, yes), (2, Waiting), (3, Waiting)]), goes_on(&[], &[1])),
        (Mode::InOrder, list(&[(1, yes), (2, Void), (3, Waiting)]), goes_on(&[], &[2])),
        (Mode::InOrder, list(&[(1, no), (2, Waiting)]), closed(Refused, &[1])),
        (Mode::InOrder, list(&[(1, yes), (2, yes)]), closed(Approved, &[])),
        // quorum: two of three
        (Mode::Quorum(2), list(&[(1, no), (1, Open), (2, Open)]), goes_on(&[], &[])),
        (Mode::Quorum(2), list(&[(1, no), (1, no), (2, Open)]), closed(Refused, &[2])),
        (Mode::Quorum(2), list(&[(1, yes), (1, Open), (2, yes)]), closed(Approved, &[1])),
        (Mode::Quorum(2), list(&[(1, Signed(Less)), (1, no), (2, yes)]), closed(Less, &[])),
        (
            Mode::Quorum(2),
            list(&[(1, Signed(Returned)), (1, no), (2, Open)]),
            closed(Refused, &[2]),
        ),
        (Mode::Quorum(1), list(&[(1, Signed(Returned))]), closed(Returned, &[])),
        // percent: rounded up, 60 of four is three
        (Mode::Percent(60), list(&[(1, yes), (1, yes), (1, Open), (1, no)]), goes_on(&[], &[])),
        (
            Mode::Percent(60),
            list(&[(1, no), (1, no), (1, Open), (1, Open)]),
            closed(Refused, &[2, 3]),
        ),
        (Mode::Percent(0), list(&[(1, Open), (1, yes)]), closed(Approved, &[0])),
    ];
    for (mode, slots, expected) in table {
        let found = standing(mode, &slots);
        assert_eq!(
            found,
            Ok(expected),
            "{mode:?} {:?}",
            slots.iter().map(|s| s.state).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_list_that_cannot_sign_is_stuck_and_refuses_nobody() {
    let two = list(&[(1, Open), (1, Open)]);
    let few = Err(CannotSign::TooFew { needed: 3, listed: 2 });
    assert_eq!(standing(Mode::Quorum(3), &two), few);
    assert_eq!(standing(Mode::Any, &[]), Err(CannotSign::Nobody));
    assert_eq!(standing(Mode::All, &list(&[(1, Void)])), Err(CannotSign::Nobody));
}

#[test]
fn a_stored_task_is_a_slot() {
    assert_eq!(SlotState::of(TaskState::Claimed, None), Open);
    assert_eq!(SlotState::of(TaskState::Signed, Some(Less)), Signed(Less));
    assert_eq!(SlotState::of(TaskState::Void, None), Void);
    assert_eq!(SlotState::of(TaskState::Waiting, None), Waiting);
}

fn any_mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::Any),
        Just(Mode::EachOffice),
        Just(Mode::All),
        Just(Mode::InOrder),
        (1_u32..8).prop_map(Mode::Quorum),
        (1_u8..=100).prop_map(Mode::Percent),
    ]
}

/// Offices, and in which order whose slot is signed how.
fn any_votes() -> impl Strategy<Value = (Vec<u128>, Vec<usize>, Vec<Verdict>)> {
    (1_usize..8).prop_flat_map(|n| {
        let order = Just((0..n).collect::<Vec<_>>()).prop_shuffle();
        let verdict = prop_oneof![Just(Approved), Just(Less), Just(Refused), Just(Returned)];
        (prop::collection::vec(1_u128..4, n), order, prop::collection::vec(verdict, n))
    })
}

/// What the engine does with a standing.
fn apply(slots: &mut [Slot], standing: &Standing) {
    standing.void.iter().for_each(|place| slots[*place].state = Void);
    standing.open.iter().for_each(|place| slots[*place].state = Open);
}

proptest! {
    #[test]
    fn in_every_order_a_step_closes_exactly_once_and_for_good(
        mode in any_mode(), (offices, order, said) in any_votes(),
    ) {
        let mut slots: Vec<Slot> = list(&offices.iter().map(|o| (*o, Waiting)).collect::<Vec<_>>());
        let Ok(first) = standing(mode, &slots) else {
            prop_assert!(matches!(mode, Mode::Quorum(n) if n as usize > slots.len()));
            return Ok(());
        };
        prop_assert_eq!(first.closed, None);
        apply(&mut slots, &first);

        let order: Vec<usize> = if mode == Mode::InOrder { (0..slots.len()).collect() } else { order };
        let mut verdict = None;
        for place in order {
            if slots[place].state != Open {
                continue; // void: nobody votes after the close
            }
            prop_assert_eq!(verdict, None, "a slot is open after the close");
            slots[place].state = Signed(said[place]);
            let now = standing(mode, &slots).unwrap();
            apply(&mut slots, &now);
            verdict = now.closed;
            // Asked again, it says the same and has nothing to do.
            let again = standing(mode, &slots).unwrap();
            prop_assert_eq!(again, Standing { closed: verdict, void: vec![], open: vec![] });
        }
        prop_assert!(verdict.is_some(), "everybody has signed");
        prop_assert!(slots.iter().all(|slot| !slot.state.is_live()));
    }

    #[test]
    fn a_quorum_is_exact((offices, order, said) in any_votes(), n in 1_usize..8) {
        prop_assume!(n <= offices.len());
        let mut slots = list(&offices.iter().map(|o| (*o, Open)).collect::<Vec<_>>());
        let (mut agreed, mut against) = (0, 0);
        for place in order {
            slots[place].state = Signed(said[place]);
            if is_against(said[place]) { against += 1 } else { agreed += 1 }
            let found = standing(Mode::Quorum(u32::try_from(n).unwrap()), &slots).unwrap();
            let reached = agreed == n;
            let out_of_reach = against == slots.len() - n + 1;
            prop_assert_eq!(found.closed.is_some(), reached || out_of_reach);
            prop_assert_eq!(found.closed.is_some_and(|v| !is_against(v)), reached);
            if found.closed.is_some() {
                break;
            }
        }
    }
}
