//! A case as a line of another case that collects such cases: with what that one reads of it, and
//! nothing else.

use std::collections::BTreeMap;

use entities::{Level, StepRunId, Verdict};

use super::{engine::Engine, facts::CaseFacts, said::said_in};
use crate::{
    calendar::local_date,
    event::Row,
    program::{Program, Step, expression::Value},
};

impl Engine<'_> {
    /// This case as a line of the one that `step` puts it into, where that collects cases.
    pub(super) fn own_row(&self, step: &Step, run: StepRunId) -> Option<Row> {
        step.gather.as_ref()?;
        let target = self.facts.programs.get(step.program.as_ref()?.as_str())?;
        let of = &target.rows.as_ref()?.of;
        if *of != *"case" && *of != *self.facts.program.id() {
            return None;
        }
        let key = self.state.case.id.to_string();
        let mut row = self.own_line(&step.id, &key, self.state.case.anchor_id);
        row.run = Some(run);
        if let serde_json::Value::Object(facts) = &mut row.facts {
            let mut case = self.as_read_by(&target);
            case.insert("had".to_owned(), Value::List(self.had(&step.id, run)));
            let case = serde_json::to_value(case).unwrap_or_default();
            facts.insert("case".to_owned(), case);
        }
        Some(row)
    }

    /// The places that the step has had before for this case, and that were given back.
    fn had(&self, path: &str, run: StepRunId) -> Vec<Value> {
        let before = self.state.runs.iter().filter(|other| {
            other.path == path && other.id != run && other.verdict == Some(Verdict::Approved)
        });
        let said = before.filter_map(|run| {
            let values: BTreeMap<String, Value> = serde_json::from_value(run.said.clone()).ok()?;
            let texts = values.into_iter().filter(|(_, value)| matches!(value, Value::Text(_)));
            Some(Value::Map(texts.collect()))
        });
        said.collect()
    }

    /// `row.case` in the expressions of `target`: of forms only the fields that it names.
    fn as_read_by(&self, target: &Program) -> BTreeMap<String, Value> {
        let source = target.canonical();
        let case = &self.state.case;
        let form = CaseFacts::of(&self.state).form.into_iter();
        let form = form.filter(|(id, _)| reads(&source, &format!(".case.form.{id}")));
        let mut steps = BTreeMap::new();
        for (step, facts) in said_in(&self.state, None).steps {
            let values = facts.values.into_iter();
            let values: BTreeMap<String, Value> = values
                .filter(|(id, _)| reads(&source, &format!(".case.step.{step}.{id}")))
                .collect();
            if !values.is_empty() {
                steps.insert(step, Value::Map(values));
            }
        }
        let mut found = BTreeMap::from([
            ("program".to_owned(), Value::text(&case.program)),
            ("county".to_owned(), Value::text(&case.county)),
            ("form".to_owned(), Value::Map(form.collect())),
            ("step".to_owned(), Value::Map(steps)),
        ]);
        let mut put = |name: &str, value: Option<Value>| {
            found.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("number", case.number.as_ref().map(Value::text));
        put("submitted", case.submitted_at.map(|at| Value::Date(local_date(at))));
        put("unit", case.anchor_id.map(|unit| Value::Text(unit.to_string())));
        let organisation = &self.facts.organisation;
        let city = case.anchor_id.and_then(|unit| organisation.place(unit, Level::City));
        put("city", city.map(|city| Value::text(&city.division)));
        found
    }
}

/// Whether a path stands in the text of a program, whole.
fn reads(source: &str, path: &str) -> bool {
    source.match_indices(path).any(|(start, _)| {
        let rest = source.get(start + path.len()..).unwrap_or_default();
        !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn only_whole_names_are_read() {
        let source = r#"["row.case.form.score_two","-row.case.form.years","row.case.step.a.b"]"#;
        for (path, found) in [
            (".case.form.score", false),
            (".case.form.score_two", true),
            (".case.form.years", true),
            (".case.form.name", false),
            (".case.step.a.b", true),
        ] {
            assert_eq!(reads(source, path), found, "{path}");
        }
    }
}
