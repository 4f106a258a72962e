//! The trail of a case tells it again, row by row.

use entities::{CaseId, Stream, case_file, clock, step_run, task, trail};
use sea_orm::QueryOrder;
use serde_json::json;
use workflow::{Event, state::CaseState};

use super::world::World;

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
            rows: entities::case_row::Entity::of_cases([case]).all(db).await.unwrap(),
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
        for row in trail::Entity::of(Stream::Case, case.0).all(db).await.unwrap() {
            let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
            let event: Event = serde_json::from_value(body["what"].clone()).unwrap();
            told.apply(&event, row.happened_at);
        }
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
        let plain = |task: &task::Model| task::Model {
            account_id: None,
            note_sealed: None,
            ..task.clone()
        };
        for task in &stored.tasks {
            assert!(told.tasks.iter().any(|other| plain(other) == plain(task)), "{task:?}");
        }
    }
}
