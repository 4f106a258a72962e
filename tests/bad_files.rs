//! What is wrong in a program file or in the settings is said to whoever starts the program.

use std::{fs, process::Command};

use crate::harness::scratch;

/// Runs the program in an empty folder; whether it went well, and all that it said.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = scratch("run");
    fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_banjie"));
    command.args(arguments).current_dir(&folder).env_clear().envs(variables.iter().copied());
    let done = command.output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_typing_error_in_a_program_is_told_with_its_place_and_what_was_expected() {
    let shipped = include_str!("../workflow/programs/emergency-aid.yaml");
    // what stands there, what is typed instead, what is said of it
    let table: [(&str, &str, &[&str]); 5] = [
        ("    type: money\n", "    type: mony\n", &["mony", "money"]),
        ("    required: true\n", "    requird: true\n", &["requird", "required"]),
        ("school/class_teacher\n", "school/class_teachr\n", &["class_teachr"]),
        ("form.need > yuan(0)", "form.ned > yuan(0)", &["ned"]),
        ("        within: 1wd\n", "        within: 1 fortnight\n", &["fortnight"]),
    ];
    for (right, wrong, words) in table {
        let before = shipped.find(right).unwrap_or_else(|| panic!("{right} stands in it"));
        let file = scratch("mistyped-aid.yaml");
        fs::write(&file, shipped.replacen(right, wrong, 1)).unwrap();
        let path = file.to_str().unwrap();
        let (code, said) = run(&["program", "check", path], &[]);
        assert_eq!(code, Some(1), "{said}");
        let line = shipped[..before].lines().count() + usize::from(right.starts_with("form"));
        let line = if right.starts_with("form") { line - 1 } else { line };
        let near = (line..=line + 1).any(|line| said.contains(&format!("{path}:{line}:")));
        assert!(near, "not at line {line}: {said}");
        assert!(said.contains("error["), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in: {said}");
        }
        assert!(said.chars().any(|c| c >= '\u{4e00}'), "in Chinese too: {said}");
    }
    let file = scratch("fine.yaml");
    fs::write(&file, shipped).unwrap();
    let (code, said) = run(&["program", "check", file.to_str().unwrap()], &[]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["program", "check", "no-such.yaml"], &[]);
    assert!(code == Some(1) && said.contains("no-such.yaml cannot be read"), "{said}");
}

#[test]
fn a_wrong_setting_stops_the_program_and_is_named() {
    let listen = "api.listen: found \"here\", expected an address and a port";
    let table = [
        (("BANJIE__API__LISTEM", "1"), "api.listem: found a setting that there is not, expected"),
        (("BANJIE__API__LISTEN", "here"), listen),
        (("BANJIE__WORKER__CONCURRENCY", "0"), "worker.concurrency: found 0, expected 1 to 64"),
    ];
    for (variable, sentence) in table {
        let (code, said) = run(&["serve"], &[variable]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(sentence) && said.contains(variable.0), "{said}");
    }
}
