//! Programs that exclude one another, however far round.

use super::{SOUND, programs, text};

/// A program that excludes `other`.
fn of(id: &str, code: &str, other: &str) -> String {
    let stack = format!("percent: 100}}], stack: {{excludes: [{other}]}}}}");
    let named = SOUND.replacen("percent: 100}]}", &stack, 1);
    let named = named.replacen("program: example-aid", &format!("program: {id}"), 1);
    named.replacen("code: LJ", &format!("code: {code}"), 1)
}

#[test]
fn a_cycle_of_exclusions_is_found_however_far_it_goes() {
    let known = programs().with_source("sound.yaml", SOUND).unwrap();
    let third = known.with_source("third.yaml", &of("third-aid", "LM", "example-aid")).unwrap();
    let second = third.with_source("second.yaml", &of("other-aid", "LK", "third-aid")).unwrap();
    let first = of("example-aid", "LJ", "other-aid");
    let found = second.with_source("first.yaml", &first).unwrap_err();
    assert!(text(&found).contains("what `other-aid` excludes excludes"), "{}", text(&found));
    // Whoever says which comes first has broken it.
    let decided = first.replacen("[other-aid]}", "[other-aid], first: loan}", 1);
    let found = second.with_source("first.yaml", &decided).err().unwrap_or_default();
    assert!(!text(&found).contains("excludes-cycle"), "{}", text(&found));
    // Two of them, beside a third.
    let ring = second.with_source("third.yaml", &of("third-aid", "LM", "other-aid")).unwrap_err();
    assert!(text(&ring).contains("exclude each other"), "{}", text(&ring));
}
