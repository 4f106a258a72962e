//! What a further round of a step makes of lines.

use std::collections::BTreeMap;

use entities::StepRunId;

use crate::{
    lot::{LineRound, Lot},
    program::expression::Value,
    rules::rosters::{fields_of, of_thread},
    state::CaseState,
};

impl CaseState {
    /// What the round before said of the lines that count is kept by round, and they are asked
    /// anew.
    pub(super) fn begin_line_round(&mut self, run: StepRunId, fields: &[String]) {
        let Some(path) = self.run(run).map(|run| run.path.clone()) else { return };
        let keys = of_thread(self, run);
        // Also of lines that are struck: they may come back.
        let asked =
            self.rows.iter().filter(|row| keys.as_ref().is_none_or(|keys| keys.contains(&row.key)));
        let asked: Vec<_> = asked.map(|row| row.id).collect();
        for id in asked {
            self.with_row(id, |row| {
                let mut values = fields_of(row);
                let old = |id: &String, _: &mut Value| fields.contains(id);
                let mut said: BTreeMap<String, Value> = values.extract_if(.., old).collect();
                said.retain(|_, value| *value != Value::Null);
                row.fields = serde_json::to_value(&values).unwrap_or_default();
                let round = LineRound { until: run, fields: fields.to_vec(), said };
                let mut lot = Lot::of(row);
                lot.rounds.entry(path.clone()).or_default().push(round);
                lot.keep(row);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::TimeDelta;
    use entities::{CaseRowId, PersonId, RunKind, StepRunId};
    use serde_json::json;

    use crate::{
        Event,
        at_random::lives,
        event::{FilledRow, Holders, Opening, Row},
        lot::Lot,
        program::expression::Value,
        rules::rosters,
        state::CaseState,
    };

    fn opened(state: &mut CaseState, round: i32) -> StepRunId {
        let at = state.case.created_at + TimeDelta::days(90 * i64::from(round));
        let run = StepRunId::at(at);
        let opening = Opening {
            run,
            path: "job".to_owned(),
            parent: None,
            round,
            kind: RunKind::Fill,
            unit: None,
            holders: Holders::default(),
            slots: Vec::new(),
        };
        state.apply(&Event::StepOpened { opening }, at);
        run
    }

    fn says(state: &mut CaseState, row: CaseRowId, (run, income): (StepRunId, i64)) {
        let fields = BTreeMap::from([("income".to_owned(), Value::Int(income))]);
        let rows = vec![FilledRow { fields, ..FilledRow::of(row) }];
        let now = state.case.created_at;
        state.apply(&Event::RowsFilled { run: Some(run), rows, form: None }, now);
    }

    /// Of people and of cases alike.
    #[test]
    fn a_round_begins_empty_and_what_was_said_is_kept_by_round() {
        for person in [None, Some(())] {
            let mut state = CaseState::new(lives(1).remove(0).state.case);
            let now = state.case.created_at;
            let id = CaseRowId::at(now);
            let row = Row {
                id,
                key: "a".to_owned(),
                unit: None,
                task: None,
                case: None,
                run: None,
                facts: json!({}),
                person: person.map(|()| PersonId::at(now)),
            };
            state.apply(&Event::RowJoined { row: Box::new(row) }, now);
            let first = opened(&mut state, 1);
            says(&mut state, id, (first, 2_000));
            let second = opened(&mut state, 2);
            let anew = Event::LinesAskedAgain { run: second, fields: vec!["income".to_owned()] };
            state.apply(&anew, now);
            assert!(!rosters::fields_of(&state.rows[0]).contains_key("income"));
            says(&mut state, id, (second, 2_500));
            let value = rosters::line_value(&state, &state.rows[0], false);
            assert_eq!(value["income"], Value::Int(2_500));
            let one = Value::Map(BTreeMap::from([("income".to_owned(), Value::Int(2_000))]));
            let rounds = BTreeMap::from([("job".to_owned(), Value::List(vec![one]))]);
            assert_eq!(value["rounds"], Value::Map(rounds));
            // What lies encrypted belongs to the round of the run that it was saved at.
            let lot = Lot::of(&state.rows[0]);
            assert_eq!(lot.round_of("job", "income", first), Some(0));
            assert_eq!(lot.round_of("job", "income", second), None);
            assert_eq!(lot.round_of("job", "other", first), None);
            assert!(lot.is_asked_again("income", first) && !lot.is_asked_again("income", second));
        }
    }
}
