//! Which case somebody decides next, and why that one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::local_date;

/// What is looked at of a case that somebody may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// When its step is due; none: it never is.
    pub due: Option<DateTime<Utc>>,
    /// Whether it is like the one that was decided before: the same step of the same version.
    pub like: bool,
}

/// Why a case comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is like the one before, and due first among those.
    Like,
    /// There are none like the one before any more; it is due first of all.
    NoneLike,
    /// Its time is over.
    Late,
    /// It is due today.
    Today,
    /// It is due first.
    First,
    /// No time is set for it, and nothing else waits.
    Undated,
}

impl Because {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Like, Self::NoneLike, Self::Late, Self::Today, Self::First, Self::Undated];

    /// The word of a reason, as it stands in an address.
    pub fn word(self) -> String {
        serde_json::json!(self).as_str().unwrap_or_default().to_owned()
    }

    /// The reason of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|because| because.word() == word)
    }
}

/// The place among `waiting` (all that somebody may decide, in the order of the queue) of the case
/// that comes next, and why. With `alike`, one like the last goes before all others.
pub fn choose(waiting: &[Candidate], alike: bool, now: DateTime<Utc>) -> Option<(usize, Because)> {
    let mut order: Vec<(usize, &Candidate)> = waiting.iter().enumerate().collect();
    order.sort_by_key(|(place, one)| (one.due.is_none(), one.due, *place));
    if alike && let Some((place, _)) = order.iter().find(|(_, one)| one.like) {
        return Some((*place, Because::Like));
    }
    let (place, first) = order.first()?;
    let because = match first.due {
        _ if alike => Because::NoneLike,
        None => Because::Undated,
        Some(due) if due <= now => Because::Late,
        Some(due) if local_date(due) == local_date(now) => Because::Today,
        Some(_) => Because::First,
    };
    Some((*place, because))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    /// Ten in the morning in Beijing.
    fn now() -> DateTime<Utc> {
        "2018-09-10T02:00:00Z".parse().unwrap()
    }

    fn case(hours: Option<i64>, like: bool) -> Candidate {
        Candidate { due: hours.map(|hours| now() + TimeDelta::hours(hours)), like }
    }

    #[test]
    fn what_is_due_first_comes_next_and_the_reason_says_so() {
        let of = |hours| case(hours, false);
        let like = |hours| case(hours, true);
        //  what waits, going on with like ones, which comes next
        let table = [
            (vec![], false, None),
            (vec![of(Some(30)), of(Some(20))], false, Some((1, Because::First))),
            (vec![of(Some(8)), of(Some(30))], false, Some((0, Because::Today))),
            (vec![of(Some(8)), of(Some(-1))], false, Some((1, Because::Late))),
            (vec![of(Some(0))], false, Some((0, Because::Late))), // the instant itself is over
            (vec![of(None), of(Some(99))], false, Some((1, Because::First))), // never is last
            (vec![of(None)], false, Some((0, Because::Undated))),
            // Like ones first, even where another is late.
            (vec![of(Some(-1)), like(Some(30)), like(Some(20))], true, Some((2, Because::Like))),
            (vec![of(Some(-1)), like(Some(30))], false, Some((0, Because::Late))),
            (vec![of(Some(-1)), of(Some(3))], true, Some((0, Because::NoneLike))),
        ];
        for (waiting, alike, next) in table {
            assert_eq!(choose(&waiting, alike, now()), next, "{waiting:?}");
        }
    }

    #[test]
    fn every_reason_reads_back() {
        for because in Because::ALL {
            assert_eq!(Because::of_word(&because.word()), Some(because));
        }
        assert_eq!(Because::of_word("no such word"), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_due_earlier_is_passed_over(
            waiting in prop::collection::vec((prop::option::of(-99_i64..99), any::<bool>()), 0..20),
            alike in any::<bool>(),
        ) {
            let waiting: Vec<_> = waiting.into_iter().map(|(due, like)| case(due, like)).collect();
            let found = choose(&waiting, alike, now());
            prop_assert_eq!(found.is_none(), waiting.is_empty());
            if let Some((place, because)) = found {
                let next = waiting[place];
                let before = |one: &Candidate| match (one.due, next.due) {
                    (Some(one), Some(next)) => one < next,
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                let group = |one: &&Candidate| because != Because::Like || one.like;
                prop_assert!(!waiting.iter().filter(group).any(before));
                let any_like = waiting.iter().any(|one| one.like);
                prop_assert_eq!(because == Because::Like, alike && any_like);
            }
        }
    }
}
