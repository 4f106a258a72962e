//! Where a case stands, in the words an applicant is told.

use entities::{Outcome, Phase, RunKind, RunState, case_file, step_run};

use crate::read::CaseStatus;

/// The status of a case; `runs` tell a public notice and a payment apart from the rest.
pub(super) fn of(case: &case_file::Model, runs: &[step_run::Model]) -> CaseStatus {
    let open = |kind| runs.iter().any(|run| run.kind == kind && run.state == RunState::Open);
    match (case.phase, case.outcome) {
        (Phase::Draft, _) => CaseStatus::Draft,
        (Phase::Filed | Phase::Running, _) if case.supplementing => {
            if case.returned_from.is_some() { CaseStatus::Returned } else { CaseStatus::Supplement }
        }
        (Phase::Filed, _) => CaseStatus::Received,
        (Phase::Running, _) if open(RunKind::Publish) => CaseStatus::PublicNotice,
        (Phase::Running, _) => CaseStatus::InProgress,
        (Phase::After, _) if open(RunKind::Pay) => CaseStatus::Paying,
        (Phase::After, _) => CaseStatus::Approved,
        (Phase::Ended, Some(Outcome::Refused)) if case.accepted_at.is_none() => {
            CaseStatus::NotAccepted
        }
        (Phase::Ended, Some(Outcome::Refused)) => CaseStatus::NotApproved,
        (Phase::Ended, Some(Outcome::Withdrawn)) => CaseStatus::Withdrawn,
        (Phase::Ended, Some(Outcome::Lapsed)) => CaseStatus::Terminated,
        (Phase::Ended, Some(Outcome::Granted | Outcome::Done) | None) => CaseStatus::Closed,
    }
}
