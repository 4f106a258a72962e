//! What the compiler cannot say about where code may go.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The floors: what each crate may know of ours. What is not in the manifest cannot be imported.
const MAY_KNOW: [(&str, &[&str]); 5] = [
    ("entities", &[]),
    ("migrations", &[]),
    ("workflow", &["entities"]),
    ("api", &["entities", "workflow"]),
    ("worker", &["entities", "workflow"]),
];

/// Words of the language of programs and of the service itself, which a shipped program happens to
/// use as the id of a field too. Quoted in Rust they mean the language's word.
const OWN_WORDS: &[&str] = &[
    "account", "bank", "basis", "consent", "county", "day", "deadline", "done", "due", "ends",
    "facts", "grade", "ground", "group", "host", "lead", "mode", "months", "moved", "name", "need",
    "paid", "percent", "person", "place", "reason", "result", "returned", "round", "school",
    "start", "starts", "status", "subject", "summary", "support", "term", "time", "year", "years",
];

/// A file by its path from the root, with slashes, and its text.
struct Source {
    name: String,
    text: String,
}

impl Source {
    /// The lines that are compiled into the program: no comments, no tests.
    fn code(&self) -> String {
        if self.name.ends_with("/tests.rs") || self.name.contains("/tests/") {
            return String::new();
        }
        let mut code = String::new();
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            let trimmed = line.trim_start();
            if trimmed == "#[cfg(test)]" {
                skip_item(line, &mut lines);
            } else if !trimmed.starts_with("//") {
                code.push_str(line);
                code.push('\n');
            }
        }
        code
    }

    /// The paths, without what follows the name, of the modules that only tests have:
    /// `#[cfg(test)]` and then `mod samples;`.
    fn modules_of_tests(&self) -> Vec<String> {
        let (folder, file) = self.name.rsplit_once('/').unwrap_or(("", &self.name));
        let stem = file.trim_end_matches(".rs");
        let own = ["lib", "main", "mod"].contains(&stem);
        let folder = if own { folder.to_owned() } else { format!("{folder}/{stem}") };
        let lines: Vec<&str> = self.text.lines().map(str::trim).collect();
        let pairs = lines.iter().zip(lines.iter().skip(1));
        let modules = pairs.filter_map(|(attribute, line)| {
            let name = line.trim_start_matches("pub(crate) ").strip_prefix("mod ")?;
            (*attribute == "#[cfg(test)]").then_some(name.strip_suffix(';')?)
        });
        modules
            .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")])
            .collect()
    }
}

/// Passes over the item that `attribute` stands before: to its semicolon, or to the brace that
/// closes it, which rustfmt puts under the attribute.
fn skip_item<'a>(attribute: &str, lines: &mut impl Iterator<Item = &'a str>) {
    let indent = &attribute[..attribute.len() - attribute.trim_start().len()];
    let ends = [format!("{indent}}}"), format!("{indent}}};")];
    for (number, line) in lines.enumerate() {
        if (number == 0 && line.ends_with(';')) || ends.iter().any(|end| end == line) {
            return;
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, extensions: &[&str], found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let file_name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["target", "node_modules", "var", ".git"].contains(&file_name) {
                walk(&path, extensions, found);
            }
        } else if path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            found.push(Source { name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

fn sources(folders: &[&str], extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        walk(&root().join(folder), extensions, &mut found);
    }
    found
}

fn rust_everywhere() -> Vec<Source> {
    sources(&["src", "api", "worker", "workflow", "entities", "migrations", "tests"], &["rs"])
}

/// Fails with every offence, so that one run tells all.
fn nothing(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

/// What a manifest depends on, the tests of the crate excepted.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            found.extend(section.strip_prefix("dependencies.").map(str::to_owned));
        } else if ["dependencies", "build-dependencies"].contains(&section) {
            let name = line.split(['.', '=', ' ', '#']).next().unwrap_or_default();
            found.extend((!name.is_empty()).then(|| name.to_owned()));
        }
    }
    found
}

#[test]
fn every_crate_knows_only_the_floors_beneath() {
    let mut offences = Vec::new();
    for (name, may_know) in MAY_KNOW {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        for dependency in dependencies(&manifest) {
            let ours = MAY_KNOW.iter().any(|(ours, _)| *ours == dependency);
            if ours && !may_know.contains(&dependency.as_str()) {
                offences.push(format!("{name} knows {dependency}"));
            }
            let of_the_doors = ["actix", "apalis", "askama", "lettre"];
            if name == "workflow" && of_the_doors.iter().any(|door| dependency.starts_with(door)) {
                offences.push(format!("{name} knows {dependency}: what it decides needs no door"));
            }
        }
    }
    nothing(&offences);
}

#[test]
fn rules_are_plain_functions() {
    let words =
        ["async ", ".await", "sea_orm", "Utc::now", "SystemTime", "Instant", "std::env", "std::fs"];
    let mut offences = Vec::new();
    for source in sources(&["workflow/src/rules"], &["rs"]) {
        let code = source.code();
        let found = words.iter().filter(|word| code.contains(*word));
        offences.extend(found.map(|word| format!("{} mentions {word}", source.name)));
    }
    nothing(&offences);
}

#[test]
fn transactions_are_opened_in_one_place() {
    let mut offences = Vec::new();
    for source in rust_everywhere() {
        if source.name == "workflow/src/tx.rs" || source.name.starts_with("tests/") {
            continue;
        }
        let code = source.code();
        let found = [".begin()", ".begin_with_config(", ".transaction(", ".transaction::<"];
        let found = found.iter().filter(|word| code.contains(*word));
        offences.extend(found.map(|word| format!("{} opens a transaction: {word}", source.name)));
    }
    nothing(&offences);
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    let mut offences = Vec::new();
    for Source { name, text } in rust_everywhere() {
        if !text.starts_with("//! ") {
            offences.push(format!("{name} does not say in its first line what it is"));
        }
        let lines = text.lines().count();
        if lines > 400 {
            offences.push(format!("{name} has {lines} lines"));
        }
    }
    nothing(&offences);
}

#[test]
fn nothing_knows_a_program_or_its_fields_by_name() {
    let (mut programs, mut fields) = (BTreeSet::new(), BTreeSet::new());
    for source in sources(&["workflow/programs"], &["yaml"]) {
        programs.extend(program_id(&source.text));
        fields.extend(field_ids(&source.text));
    }
    for own in OWN_WORDS {
        fields.remove(*own);
    }
    // Also the name of a letter, which is older than the program.
    programs.remove("objection");
    // Also a key of the language: which program that is, a program says.
    programs.remove("appeal");
    let mut offences = Vec::new();
    let sources = sources(&["api", "worker", "workflow/src", "entities"], &["rs", "html"]);
    let of_tests: Vec<String> = sources.iter().flat_map(Source::modules_of_tests).collect();
    for source in sources {
        if of_tests.iter().any(|module| source.name.starts_with(module)) {
            continue;
        }
        let code = source.code();
        for id in &programs {
            if code.contains(&format!("\"{id}\"")) {
                offences.push(format!("{} knows the program {id}", source.name));
            }
        }
        for id in &fields {
            // In a page, a quoted word is a class or an attribute.
            let page = source.name.contains("/templates/");
            let quoted = !page && code.contains(&format!("\"{id}\""));
            if quoted || names(&code, &format!("form.{id}")) {
                offences.push(format!("{} knows the field {id}", source.name));
            }
        }
    }
    nothing(&offences);
}

/// Whether `path` stands in `code` as itself, not as a part of a longer name.
fn names(code: &str, path: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(path).any(|(at, _)| {
        let after = code[at + path.len()..].chars().next();
        let before = code[..at].chars().next_back();
        !before.is_some_and(in_name) && !after.is_some_and(|c| in_name(c) || c == '(')
    })
}

fn program_id(yaml: &str) -> Option<String> {
    let line = yaml.lines().find_map(|line| line.strip_prefix("program:"))?;
    Some(line.split('#').next()?.trim().trim_matches(['"', '\'']).to_owned())
}

/// The ids in every `form:` and `row_form:`, in a list of lines or in brackets. Reads lines, not
/// YAML: what is looked for must not depend on the loader that is under test.
fn field_ids(yaml: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (at, key) in yaml.match_indices("form:") {
        let rest = &yaml[at + key.len()..];
        let line = rest.lines().next().unwrap_or_default();
        if line.trim_start().starts_with('[') {
            let mut depth = 0;
            let end = rest.find(|c| {
                depth += i32::from(c == '[') - i32::from(c == ']');
                c == ']' && depth == 0
            });
            ids.extend(ids_in(&rest[..end.unwrap_or(rest.len())]));
        } else if line.split('#').next().unwrap_or_default().trim().is_empty() {
            let line_start = yaml[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let indent = |line: &str| line.len() - line.trim_start().len();
            let own = indent(&yaml[line_start..]);
            let listed = rest.lines().skip(1).take_while(|line| {
                let item = line.trim_start().starts_with("- ") && indent(line) >= own;
                line.trim().is_empty() || item || indent(line) > own
            });
            let items = listed.filter(|line| line.trim_start().starts_with("- "));
            items.for_each(|line| ids.extend(ids_in(line).into_iter().next()));
        }
    }
    ids
}

fn ids_in(text: &str) -> Vec<String> {
    let after = text.split("id:").skip(1);
    let ids = after.map(|after| {
        after.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    });
    ids.collect()
}

#[test]
fn nothing_is_tied_to_one_machine() {
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let kinds = ["rs", "toml", "yaml", "yml", "md", "html", "css", "js", "json", "sh", "csv"];
    let mut offences = Vec::new();
    for source in sources(&["."], &kinds) {
        for path in paths {
            for (at, _) in source.text.match_indices(path) {
                let before = source.text[..at].chars().next_back();
                // A part of a longer path or address is none of a machine's.
                if !before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '}') {
                    offences.push(format!("{} names {path}", source.name));
                }
            }
        }
    }
    nothing(&offences);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_lists_and_in_brackets() {
        let yaml = "program: some-aid   # a remark\nform:\n  - {id: cause, type: choice}\n  \
                    - {id: need, check: 'form.need > 0'}\npapers:\n  - {id: proof}\nroute:\n  \
                    - {id: visit, form: [{id: seen, options: [a, b]}, {id: when_seen}], by: x}\n  \
                    - {id: calls, row_form: [{id: reached}]}\n";
        assert_eq!(program_id(yaml).unwrap(), "some-aid");
        let expected = ["cause", "need", "reached", "seen", "when_seen"];
        assert_eq!(Vec::from_iter(field_ids(yaml)), expected);
    }

    #[test]
    fn a_manifest_says_what_a_crate_knows() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = \"1\"\n\
                        [dependencies.c]\nversion = \"1\"\n[dev-dependencies]\nd = \"1\"\n";
        assert_eq!(dependencies(manifest), ["a", "b", "c"]);
    }

    #[test]
    fn tests_and_comments_are_not_code() {
        let text = "a();\n// b();\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n#[cfg(test)]\n\
                    use d;\ne();\n";
        let source = Source { name: "src/x.rs".to_owned(), text: text.to_owned() };
        assert_eq!(source.code(), "a();\ne();\n");
    }

    #[test]
    fn a_module_may_be_for_tests_only() {
        let text = "mod a;\n#[cfg(test)]\nmod samples;\n#[cfg(test)]\nmod tests {\n}\n".to_owned();
        let source = Source { name: "api/src/lib.rs".to_owned(), text };
        assert_eq!(source.modules_of_tests(), ["api/src/samples.rs", "api/src/samples/"]);
    }

    #[test]
    fn a_field_is_named_only_as_itself() {
        assert!(names("let x = form.need;", "form.need"));
        assert!(names("'form.need > 0'", "form.need"));
        assert!(!names("form.needed", "form.need"));
        assert!(!names("platform.need", "form.need"));
        assert!(!names("form.need()", "form.need"));
    }
}
