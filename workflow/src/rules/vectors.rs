//! The numbers of `tests/data/id_vectors.csv`, which an independent implementation has judged.

use chrono::NaiveDate;

use super::{
    bank_card::BankCard, identity::ResidentId, mobile::Mobile, social_credit::SocialCredit,
};

const VECTORS: &str = include_str!("../../../tests/data/id_vectors.csv");

/// The number as it is kept, if it is taken.
fn kept(kind: &str, value: &str, today: NaiveDate) -> Option<String> {
    match kind {
        "ric" => ResidentId::parse(value, today).ok().map(|id| id.as_str().to_owned()),
        "uscc" => SocialCredit::parse(value).ok().map(|code| code.as_str().to_owned()),
        "bankcard" => BankCard::parse(value).ok().map(|card| card.as_str().to_owned()),
        "mobile" => Mobile::parse(value).ok().map(|mobile| mobile.as_str().to_owned()),
        other => panic!("no such kind of number: {other}"),
    }
}

#[test]
fn every_vector_is_judged_as_the_oracle_does() {
    let today = "2026-11-23".parse().unwrap();
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(VECTORS.as_bytes());
    let mut judged = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let (kind, value, expected) = (&row[0], &row[1], &row[2]);
        let found = kept(kind, value, today);
        match expected {
            "invalid" => assert_eq!(found, None, "{kind} {value}"),
            "valid" | "valid_policy" => assert_eq!(found.as_deref(), Some(value), "{kind}"),
            // Normalised it is another text, and that is taken as it stands.
            _ => {
                let found = found.unwrap_or_else(|| panic!("{kind} {value} is refused"));
                assert_ne!(found, value);
                assert_eq!(kept(kind, &found, today), Some(found));
            }
        }
        judged += 1;
    }
    assert_eq!(judged, 66);
}
