//! Which versions of each program there are, and from which day each of them counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;

use super::Program;

/// One published version.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// As it was published.
    pub program: Arc<Program>,
    /// The first day on which new cases begin on it; from ever where none is said.
    pub from: Option<NaiveDate>,
    /// The first day on which it takes no cases any more.
    pub retired: Option<NaiveDate>,
}

impl Edition {
    /// A version that counts from ever.
    pub fn of(program: Program) -> Self {
        Self { program: Arc::new(program), from: None, retired: None }
    }
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Editions {
    by_id: BTreeMap<String, BTreeMap<u32, Edition>>,
    by_hash: BTreeMap<String, Arc<Program>>,
    /// Versions that were published and that this process cannot read.
    unread: BTreeSet<String>,
}

impl Editions {
    /// Of a program that the deployment has taken in hand, only what it has published itself
    /// counts: `hashes`.
    pub(super) fn keep(&mut self, id: &str, hashes: &BTreeSet<&str>) {
        let Some(of_id) = self.by_id.get_mut(id) else { return };
        of_id.retain(|_, edition| hashes.contains(edition.program.hash().as_str()));
    }

    pub(super) fn cannot_read(&mut self, hash: &str) {
        self.unread.insert(hash.to_owned());
    }

    /// Whether all this is known already of the version with this hash.
    pub(super) fn knows(
        &self,
        hash: &str,
        from: Option<NaiveDate>,
        retired: Option<NaiveDate>,
    ) -> bool {
        let Some(program) = self.by_hash.get(hash) else { return self.unread.contains(hash) };
        let of_id = self.by_id.get(program.id());
        let edition = of_id.and_then(|of_id| of_id.get(&program.version));
        edition.is_some_and(|known| {
            known.from == from && known.retired == retired && known.program == *program
        })
    }

    /// Takes a version in; of one number the last that was taken counts.
    pub(super) fn take(&mut self, edition: Edition) {
        let program = Arc::clone(&edition.program);
        self.by_hash.insert(program.hash(), Arc::clone(&program));
        let of_id = self.by_id.entry(program.id().to_owned()).or_default();
        of_id.insert(program.version, edition);
    }

    pub(super) fn last(&self, id: &str) -> Option<&Edition> {
        self.by_id.get(id)?.last_key_value().map(|(_, edition)| edition)
    }

    pub(super) fn in_force(&self, id: &str, day: NaiveDate) -> Option<&Edition> {
        let counts = |edition: &&Edition| edition.from.is_none_or(|from| from <= day);
        let found = self.by_id.get(id)?.values().rev().find(counts)?;
        found.retired.is_none_or(|retired| day < retired).then_some(found)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }

    pub(super) fn newest(&self) -> BTreeMap<String, Arc<Program>> {
        let last = |id: &String| Some((id.clone(), Arc::clone(&self.last(id)?.program)));
        self.by_id.keys().filter_map(last).collect()
    }

    pub(super) fn by_hash(&self, hash: &str) -> Option<&Arc<Program>> {
        self.by_hash.get(hash)
    }

    pub(super) fn hashes(&self) -> Vec<(String, Arc<Program>)> {
        self.by_hash.iter().map(|(hash, one)| (hash.clone(), Arc::clone(one))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Programs;

    #[test]
    fn new_cases_begin_on_the_version_of_their_day_and_on_none_after_the_end() {
        let shipped = Programs::shipped().unwrap().get("emergency-aid").unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let edition = |version, from: Option<&str>, retired: Option<&str>| Edition {
            program: Arc::new(Program { version, ..(*shipped).clone() }),
            from: from.map(day),
            retired: retired.map(day),
        };
        let mut editions = Editions::default();
        editions.take(edition(1, None, None));
        editions.take(edition(2, Some("2018-10-01"), None));
        let on = |editions: &Editions, text: &str| {
            editions.in_force(shipped.id(), day(text)).map(|edition| edition.program.version)
        };
        assert_eq!(on(&editions, "2018-09-30"), Some(1));
        assert_eq!(on(&editions, "2018-10-01"), Some(2));
        assert_eq!(editions.last(shipped.id()).unwrap().program.version, 2);
        editions.take(edition(2, Some("2018-10-01"), Some("2018-12-01")));
        assert_eq!(on(&editions, "2018-11-30"), Some(2));
        assert_eq!(on(&editions, "2018-12-01"), None);
        editions.take(edition(3, Some("2019-01-01"), None));
        assert_eq!(on(&editions, "2019-01-01"), Some(3), "it was taken up again");
        assert_eq!(on(&editions, "2018-12-31"), None);
    }
}
