//! What is run in one way only is refused where it says something else.

use super::{broken, text};

#[test]
fn what_is_run_in_one_way_only_is_written_so() {
    let host = |more: &str| {
        format!("form:\n  - {{id: host, type: organisation, title: {{zh: 校, en: Host}}{more}}}")
    };
    let needed = host(", required: true");
    let unneeded = host("");
    let table: [(&[(&str, &str)], &str); 8] = [
        (&[("anchor: applicant.school", "anchor: applicant.township")], ""),
        (&[("anchor: applicant.school", "anchor: applicant.county")], ""),
        (&[("anchor: applicant.school", "anchor: opener")], "expected an anchor that is run"),
        (&[("anchor: applicant.school", "anchor: form.why")], "expected an anchor that is run"),
        (&[("by: [self]", "by: [machine]")], "expected `anchor: opener`"),
        (&[("anchor: applicant.school", "anchor: form.host"), ("form:", &needed)], ""),
        (
            &[("anchor: applicant.school", "anchor: form.host"), ("form:", &unneeded)],
            "a required field that names a unit",
        ),
        (
            &[("route:", "number: {word: 通, sequence: [year]}\nroute:")],
            "expected [opener_unit, year]",
        ),
    ];
    for (changes, says) in table {
        let found = text(&super::changed(changes));
        if says.is_empty() {
            assert_eq!(found, "", "{changes:?}");
        } else {
            assert!(found.contains(says), "{changes:?}: {found}");
        }
    }
    assert!(
        text(&broken("anchor: applicant.school", "anchor: applicant.scool")).contains("anchor")
    );
}
