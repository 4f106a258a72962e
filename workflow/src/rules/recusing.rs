//! 回避: for what somebody is taken off the people who may sign, as the trail calls it. It names
//! the kind and never the fact.

/// The same bank card.
pub const SAME_BANK: &str = "same_bank";
/// The same phone.
pub const SAME_PHONE: &str = "same_phone";
/// The same house.
pub const SAME_ADDRESS: &str = "same_address";

/// All for which somebody is kept from a case as a whole, as the steps write it down.
pub const KEPT_OUT: [&str; 10] = [
    "own_case",
    "conflict",
    "filed",
    "declared_relative",
    "declared_township",
    "declared_school",
    "declared_village",
    SAME_BANK,
    SAME_PHONE,
    SAME_ADDRESS,
];

/// What the trail calls what was declared, or found alike.
pub fn why(kind: &str) -> &str {
    match kind {
        "relative" => "declared_relative",
        "township" => "declared_township",
        "school" => "declared_school",
        "village" => "declared_village",
        "house" => SAME_ADDRESS,
        other => other,
    }
}

/// Whether it is a tie on record, or being the one it is about.
pub fn is_a_tie(why: &str) -> bool {
    ["own_case", "conflict"].contains(&why)
}

/// Whether it was declared, or found alike: not by the case's own rules.
pub fn is_of_people(why: &str) -> bool {
    why.starts_with("declared_") || [SAME_BANK, SAME_PHONE, SAME_ADDRESS].contains(&why)
}
