//! Amounts: each is read from a table that has a basis, and ends below it.

use super::{broken, text};

/// The amount of the sound program.
const AMOUNT: &str = "min(form.asked, table(\"emergency_cap\", form.why, form.since))";

#[test]
fn an_amount_has_a_basis_and_a_ceiling() {
    let cap = "table(\"emergency_cap\", form.why, form.since)";
    let table = [
        ("form.asked".to_owned(), "no table with a basis"),
        ("yuan(500)".to_owned(), "no table with a basis"),
        (format!("form.asked + {cap}"), "as large as what is typed"),
        (format!("{cap} * days_between(form.since, today)"), "as large as what is typed"),
        (format!("max(form.asked, {cap})"), "as large as what is typed"),
        (format!("min(form.asked, 2 * form.asked) + {cap}"), "as large as what is typed"),
        (format!("form.asked > yuan(5) ? form.asked : {cap}"), "as large as what is typed"),
    ];
    for (amount, says) in table {
        let found = broken(AMOUNT, &amount);
        assert!(text(&found).contains(says), "{amount}: {}", text(&found));
        assert!(found.iter().any(|one| !one.warning), "{amount} is refused");
    }
    let bounded = [
        cap.to_owned(),
        format!("part({cap}, 3, 10)"),
        format!("min(form.asked, {cap}, yuan(90))"),
    ];
    for amount in bounded {
        let found = broken(AMOUNT, &amount);
        assert!(!text(&found).contains("as large as"), "{amount}: {}", text(&found));
        assert!(!text(&found).contains("no table"), "{amount}: {}", text(&found));
    }
}
