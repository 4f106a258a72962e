//! What is wrong with the named rules that programs share.

use super::text;
use crate::program::{lint::lint_shared, load};

#[test]
fn named_rules_are_linted_too() {
    let shared = |yaml: &str| load::shared("shared.yaml", yaml).unwrap();
    let short =
        shared("roles: {}\npublicities: {P1: {days: 2wd, fields: whitelist, take_down: auto}}");
    assert!(text(&lint_shared("shared.yaml", &short)).contains("expected a `ground`"));
    let uneven = "roles: {}\nreminders: {R: [{at: late, every: [{for: 20wd, is: 3wd}, {is: 5wd}], \
                  to: holder, via: mail}]}";
    let uneven = text(&lint_shared("shared.yaml", &shared(uneven)));
    assert!(uneven.contains("`every` of reminder R: expected `for` to be a multiple"), "{uneven}");
    let nobody = shared("roles: {}\nladders: {E: [{at: due, do: urge, light: red}]}");
    assert!(text(&lint_shared("shared.yaml", &nobody)).contains("ends with nobody"));
    let holds = "roles: {}\npublicities: {P: {days: 5wd, fields: whitelist, take_down: auto, \
                 objection: {program: objection, holds: route}}}";
    assert!(
        text(&lint_shared("shared.yaml", &shared(holds))).contains("expected `holds: payment`")
    );
    let counts = |count: &str, period: &str| {
        format!(
            "roles: {{}}\ncounts: {{C: {{count: {count}, of: unit, in: {period}, reach: 3, do: open, \
             program: interview, at_unit: superior}}}}"
        )
    };
    let amber = text(&lint_shared("shared.yaml", &shared(&counts("amber", "quarter"))));
    assert!(amber.contains("expected `count: red, do: open`"), "{amber}");
    let year = load::shared("shared.yaml", &counts("red", "year")).unwrap_err();
    assert_eq!(year.code, "unknown-value");
}
