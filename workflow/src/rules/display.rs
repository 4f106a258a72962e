//! What the public sees of a case: a few masked facts, and nothing else ever.

use std::collections::BTreeMap;

use super::mask;
use crate::program::Program;

/// The facts of a person of which a program may publish some.
#[derive(Clone, Copy, Default)]
pub struct Facts<'a> {
    /// In full; it is shown masked.
    pub name: Option<&'a str>,
    pub school: Option<&'a str>,
    pub dept: Option<&'a str>,
    pub grade: Option<&'a str>,
    pub class: Option<&'a str>,
    /// Of villages, where a school says too little.
    pub township: Option<&'a str>,
}

/// The fields of a public notice: what `program` publishes and does not hide, of the six that may
/// ever be published: 政府信息公开条例 art. 15 keeps the rest of a person private.
pub fn public_fields(program: &Program, facts: &Facts<'_>) -> BTreeMap<String, String> {
    let Some(privacy) = &program.privacy else { return BTreeMap::new() };
    let hidden = |id: &str| privacy.hide.iter().any(|hidden| *hidden == *id);
    let shown = privacy.publish.iter().map(crate::program::Word::as_str).filter(|id| !hidden(id));
    let fields = shown.filter_map(|id| {
        let text = match id {
            "name_masked" => mask::name(facts.name?),
            "school" => facts.school?.to_owned(),
            "dept" => facts.dept?.to_owned(),
            "grade" => facts.grade?.to_owned(),
            "class" => facts.class?.to_owned(),
            "township" => facts.township?.to_owned(),
            _ => return None,
        };
        Some((id.to_owned(), text)).filter(|(_, text)| !text.is_empty())
    });
    fields.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::load;

    fn program(privacy: &str) -> Program {
        let source = format!(
            "program: sample\ncode: SA\ntitle: {{zh: 例, en: Sample}}\nbasis: []\n\
             valid: {{from: 2026-01-01}}\nowner: {{lead: education}}\nintake: {{by: [self]}}\n\
             anchor: applicant.school\nroute: []\nclock: {{total: 10wd, from: accepted, to: outcome}}\n\
             {privacy}"
        );
        load::program("sample.yaml", &source).unwrap()
    }

    #[test]
    fn only_what_may_be_published_is_seen() {
        let facts = Facts {
            name: Some("马小燕"),
            school: Some("示例职业学校"),
            class: Some("高一（2）班"),
            ..Facts::default()
        };
        let table = [
            ("", vec![]),
            ("privacy: {publish: [name_masked, school], keep: 10y}", vec!["马*燕", "示例职业学校"]),
            ("privacy: {publish: [school], hide: [school], keep: 10y}", vec![]),
            // neither what a notice never shows nor what is not known
            (
                "privacy: {publish: [name, id_number, cause, township, class], keep: 10y}",
                vec!["高一（2）班"],
            ),
        ];
        for (privacy, seen) in table {
            let fields = public_fields(&program(privacy), &facts);
            assert_eq!(fields.into_values().collect::<Vec<_>>(), seen, "{privacy}");
        }
    }
}
