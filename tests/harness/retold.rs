//! The trail of a case tells it again, row by row.

use entities::{CaseId, Stream, case_file, clock, step_run, task, trail};
use sea_orm::QueryOrder;
use serde_json::json;
use workflow::{Event, calendar::local_date, rules::held, state::CaseState};

use super::world::World;

type Moment = chrono::DateTime<chrono::Utc>;

impl World {
    /// The fold of the trail is the stored state: case, runs, slots, clocks.
    pub(crate) async fn can_be_told_again(&self, case: CaseId) {
        let db = self.workflow.store.read();
        let stored = CaseState {
            case: self.case(case).await,
            runs: step_run::Entity::of_case(case).all(db).await.unwrap(),
            tasks: task::Entity::of_case(case)
                .order_by_asc(task::Column::Id)
                .all(db)
                .await
                .unwrap(),
            clocks: clock::Entity::of_case(case)
                .order_by_asc(clock::Column::Id)
                .all(db)
                .await
                .unwrap(),
            rows: self.rows_without_keys(case).await,
        };
        let mut told = CaseState::new(case_file::Model {
            facts: json!({}),
            phase: entities::Phase::Draft,
            outcome: None,
            suspended: false,
            ended_at: None,
            accepted_at: None,
            submitted_at: None,
            award_fen: entities::Fen(0),
            ..stored.case.clone()
        });
        let mut events = Vec::new();
        for row in trail::Entity::of(Stream::Case, case.0).all(db).await.unwrap() {
            let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
            let event: Event = serde_json::from_value(body["what"].clone()).unwrap();
            told.apply(&event, row.happened_at);
            events.push((row.happened_at, event));
        }
        self.every_instant_has_one_holder(&stored.case, &events);
        assert_eq!(told.case.phase, stored.case.phase);
        assert_eq!(told.case.suspended, stored.case.suspended);
        assert_eq!(told.case.outcome, stored.case.outcome);
        assert_eq!(told.case.award_fen, stored.case.award_fen);
        assert_eq!(told.case.facts, stored.case.facts);
        assert_eq!(told.runs, stored.runs);
        assert_eq!(told.rows, stored.rows);
        assert_eq!(told.clocks.len(), stored.clocks.len());
        for clock in &stored.clocks {
            assert!(told.clocks.contains(clock), "{clock:?}");
        }
        crate::replaying::is_told_as_it_was_or_why_not(self, case).await;
        let plain = |task: &task::Model| task::Model {
            account_id: None,
            note_sealed: None,
            ..task.clone()
        };
        for task in &stored.tasks {
            assert!(told.tasks.iter().any(|other| plain(other) == plain(task)), "{task:?}");
        }
    }

    /// The lines of a case but for their blind keys, which no trail tells.
    async fn rows_without_keys(&self, case: CaseId) -> Vec<entities::case_row::Model> {
        let rows = entities::case_row::Entity::of_cases([case]);
        let rows = rows.all(self.workflow.store.read()).await.unwrap().into_iter();
        rows.map(|row| entities::case_row::Model { once_key: None, ..row }).collect()
    }

    /// In whose hands a case was, from hand to hand.
    pub(crate) async fn stretches(&self, case: CaseId) -> Vec<held::Stretch> {
        let db = self.workflow.store.read();
        let rows = trail::Entity::of(Stream::Case, case.0).all(db).await.unwrap();
        let events = rows.into_iter().map(|row| {
            let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
            (row.happened_at, serde_json::from_value(body["what"].clone()).unwrap())
        });
        let (events, file) = (events.collect::<Vec<_>>(), self.case(case).await);
        let program = self.workflow.programs.by_hash(&file.program_hash).unwrap();
        held::stretches(&file, &events, &program, self.workflow.clock.now())
    }

    /// Who held the days: the parts sum to the whole, without a gap and without an overlap.
    fn every_instant_has_one_holder(
        &self,
        case: &case_file::Model,
        events: &[(chrono::DateTime<chrono::Utc>, Event)],
    ) {
        let Some(begins) = case.submitted_at else { return };
        let now = self.workflow.clock.now();
        let program = self.workflow.programs.by_hash(&case.program_hash).unwrap();
        let stretches = held::stretches(case, events, &program, now);
        let ends = case.ended_at.unwrap_or(now);
        let closed = closed(events);
        let mut at = begins;
        // What has ended is in nobody's hands until it is opened again.
        let held_from = |at: Moment| {
            let gap = closed.iter().find(|(end, _)| *end == at);
            gap.map_or(at, |(_, again)| *again)
        };
        for stretch in &stretches {
            at = held_from(at);
            assert_eq!(stretch.from, at, "{stretches:#?}");
            assert!(stretch.to > stretch.from, "{stretches:#?}");
            at = stretch.to;
        }
        assert_eq!(held_from(at), ends, "{stretches:#?}");
        let days = self.workflow.calendar.of("640000");
        let parts = held::parts(&stretches, &days);
        let seconds: i64 = parts.iter().map(|part| part.seconds).sum();
        let between: i64 = closed.iter().map(|(end, again)| (*again - *end).num_seconds()).sum();
        let whole = (ends - begins).num_seconds() - between;
        assert!((seconds - whole).abs() <= 1, "{parts:?}");
        let worked: u32 = parts.iter().map(|part| part.working_days).sum();
        let worked_in = |from, to| days.working_days_between(local_date(from), local_date(to));
        let between: u32 = closed.iter().map(|(end, again)| worked_in(*end, *again)).sum();
        let whole = worked_in(begins, ends) - between;
        assert_eq!(worked, whole, "{parts:?}");
    }
}

/// When a case had ended, and when it was opened again.
fn closed(events: &[(chrono::DateTime<chrono::Utc>, Event)]) -> Vec<(Moment, Moment)> {
    let mut found: Vec<(Moment, Moment)> = Vec::new();
    let mut end = None;
    for (at, event) in events {
        match event {
            Event::CaseEnded => end = Some(*at),
            Event::Reopened { .. } | Event::DecisionUndone { .. } => {
                found.extend(end.take().map(|end| (end, *at)));
            }
            _ => {}
        }
    }
    found
}
