//! What the mail server got: I12, I13.

use std::collections::{BTreeMap, BTreeSet};

use entities::{Channel, NoticeState};

use super::{Demand, Findings, Seen};
use crate::harness::smtp::Received;

pub(super) fn check(found: &mut Findings, seen: &Seen, demand: &Demand, letters: &[Received]) {
    let mut came: BTreeMap<String, Vec<&Received>> = BTreeMap::new();
    for letter in letters {
        let key = letter.header("x-dedupe-key").unwrap_or_default();
        came.entry(key).or_default().push(letter);
    }
    let mut doubled = 0;
    for notice in seen.notices.values() {
        let letters = came.remove(&notice.dedupe_key).unwrap_or_default();
        let mailed = notice.channel == Channel::Mail && notice.state == NoticeState::Sent;
        found.unless(!mailed || !letters.is_empty(), "I12 what was sent came", || {
            format!("{notice:?}")
        });
        doubled += letters.len().saturating_sub(1);
        let names: BTreeSet<_> = letters.iter().map(|letter| letter.header("message-id")).collect();
        found.unless(names.len() <= 1, "I12 a repeat has the same Message-ID", || {
            format!("{}: {names:?}", notice.dedupe_key)
        });
        let mail = notice.person_id.and_then(|id| seen.people.get(&id)?.mail.clone());
        let right =
            letters.iter().all(|letter| letter.to.iter().all(|to| Some(to) == mail.as_ref()));
        found.unless(right, "I13 it went to the right person", || {
            format!("{}: {:?}", notice.dedupe_key, letters.first().map(|letter| &letter.to))
        });
    }
    found.unless(came.is_empty(), "I12 no letter comes from nowhere", || {
        format!("{:?}", came.keys().collect::<Vec<_>>())
    });
    found.unless(doubled <= demand.doubled, "I12 nothing is sent twice", || {
        format!("{doubled} repeats, {} are excused", demand.doubled)
    });
}
