//! Tables and properties of who is offered a slot first.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entities::PersonId;
use proptest::prelude::*;

use super::*;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_536_573_600, 0).unwrap()
}

fn person(nth: u8) -> PersonId {
    PersonId::derived(start(), [nth; 10])
}

fn people(count: u8) -> Vec<PersonId> {
    (0..count).map(person).collect()
}

fn desks(load: &[usize]) -> Desks {
    let load = load.iter().enumerate();
    let load = load.map(|(nth, held)| (person(u8::try_from(nth).unwrap()), *held)).collect();
    Desks { load, ..Desks::default() }
}

#[test]
fn whoever_has_least_in_hand_is_offered_it() {
    //  what three people have in hand, who is offered it
    let table: [(&[usize], usize); 5] = [
        (&[2, 1, 3], 1),
        (&[0, 0, 0], 0), // nobody has more than another: the first of the list
        (&[5, 4, 4], 1), // of two the one who is listed first
        (&[1], 1),       // who is not counted has nothing
        (&[9, 9, 0], 2),
    ];
    for (load, expected) in table {
        let able = people(3);
        assert_eq!(least_loaded(&able, &desks(load)), Some(able[expected]), "{load:?}");
    }
    assert_eq!(least_loaded(&[], &desks(&[1])), None);
}

#[test]
fn a_turn_goes_to_whoever_had_theirs_longest_ago() {
    let able = people(3);
    let at = |hours| start() + TimeDelta::hours(hours);
    //  when each had their last turn, whose it is
    let table: [([Option<i64>; 3], usize); 4] = [
        ([Some(3), Some(1), Some(2)], 1),
        ([Some(3), None, Some(2)], 1), // never is longest ago
        ([None, None, None], 0),
        ([Some(1), Some(1), Some(1)], 0),
    ];
    for (turns, expected) in table {
        let known = able.iter().zip(turns);
        let known = known.filter_map(|(one, last)| Some((("a".to_owned(), *one), at(last?))));
        let desks = Desks { turns: known.collect(), ..Desks::default() };
        assert_eq!(next_in_turn(&able, "a", &desks), Some(able[expected]), "{turns:?}");
        // Another step has its own turns.
        assert_eq!(next_in_turn(&able, "b", &desks), Some(able[0]));
    }
}

proptest! {
    #[test]
    fn nobody_has_less_than_whoever_is_offered_it(load in prop::collection::vec(0_usize..9, 1..9)) {
        let able = people(u8::try_from(load.len()).unwrap());
        let desks = desks(&load);
        let found = least_loaded(&able, &desks).unwrap();
        prop_assert!(able.iter().all(|one| desks.load_of(*one) >= desks.load_of(found)));
        prop_assert_eq!(lightest(&able, 1, &desks), vec![found]);
    }

    #[test]
    fn turns_go_round(count in 1_u8..9, rounds in 1_usize..5) {
        let able = people(count);
        let mut desks = Desks::default();
        let mut had: BTreeMap<PersonId, usize> = BTreeMap::new();
        for nth in 0..usize::from(count) * rounds {
            let one = next_in_turn(&able, "a", &desks).unwrap();
            *had.entry(one).or_default() += 1;
            let at = start() + TimeDelta::minutes(i64::try_from(nth).unwrap());
            desks.note(&[("a".to_owned(), one, at)]);
        }
        prop_assert!(able.iter().all(|one| had.get(one) == Some(&rounds)));
    }

    #[test]
    fn by_load_nobody_gets_two_more_than_another(count in 1_u8..9, cases in 0_usize..60) {
        let able = people(count);
        let mut desks = Desks::default();
        for _ in 0..cases {
            let one = least_loaded(&able, &desks).unwrap();
            desks.note(&[("a".to_owned(), one, start())]);
        }
        let held: Vec<usize> = able.iter().map(|one| desks.load_of(*one)).collect();
        prop_assert!(held.iter().max().unwrap() - held.iter().min().unwrap() <= 1);
        prop_assert_eq!(held.iter().sum::<usize>(), cases);
    }

    #[test]
    fn a_vote_takes_those_who_have_least(
        load in prop::collection::vec(0_usize..9, 1..9), most in 0_usize..9,
    ) {
        let able = people(u8::try_from(load.len()).unwrap());
        let desks = desks(&load);
        let found = lightest(&able, most, &desks);
        prop_assert_eq!(found.len(), most.min(able.len()));
        let left = able.iter().filter(|one| !found.contains(one));
        let lightest_left = left.map(|one| desks.load_of(*one)).min();
        let heaviest = found.iter().map(|one| desks.load_of(*one)).max();
        prop_assert!(lightest_left.is_none_or(|left| heaviest.is_none_or(|held| held <= left)));
        // In the order of the list.
        let places: Vec<_> = found.iter().map(|one| able.iter().position(|o| o == one)).collect();
        prop_assert!(places.is_sorted());
    }
}
