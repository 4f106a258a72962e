//! Words for the closed vocabularies, and for remaining times.

use super::texts;
use crate::read::{CaseStatus, Light, StepState};

texts! {
    /// Words that stand in many places.
    WordTexts {
        weekdays one_working_day working_days one_hour hours left over due_today within_the_hour
        clock_stopped due_on green amber red stopped yes no optional optional_long comma none yuan
        percent nth more drop provisional
    }
}

texts! {
    /// Where a case stands.
    StatusTexts {
        draft received in_progress supplement returned public_notice approved paying not_approved
        not_accepted withdrawn terminated closed
    }
}

texts! {
    /// Where a step stands.
    StepTexts { done now stopped waiting skipped returned refused }
}

impl WordTexts {
    /// The word of a light.
    pub fn light(&self, light: Light) -> &str {
        match light {
            Light::Green => &self.green,
            Light::Amber => &self.amber,
            Light::Red => &self.red,
            Light::Stopped => &self.stopped,
        }
    }
}

impl StatusTexts {
    /// The word of a status.
    pub fn of(&self, status: CaseStatus) -> &str {
        match status {
            CaseStatus::Draft => &self.draft,
            CaseStatus::Received => &self.received,
            CaseStatus::InProgress => &self.in_progress,
            CaseStatus::Supplement => &self.supplement,
            CaseStatus::Returned => &self.returned,
            CaseStatus::PublicNotice => &self.public_notice,
            CaseStatus::Approved => &self.approved,
            CaseStatus::Paying => &self.paying,
            CaseStatus::NotApproved => &self.not_approved,
            CaseStatus::NotAccepted => &self.not_accepted,
            CaseStatus::Withdrawn => &self.withdrawn,
            CaseStatus::Terminated => &self.terminated,
            CaseStatus::Closed => &self.closed,
        }
    }
}

impl StepTexts {
    /// The word of a step's state.
    pub fn of(&self, state: StepState) -> &str {
        match state {
            StepState::Done => &self.done,
            StepState::Now => &self.now,
            StepState::Stopped => &self.stopped,
            StepState::Waiting => &self.waiting,
            StepState::Skipped => &self.skipped,
            StepState::Returned => &self.returned,
            StepState::Refused => &self.refused,
        }
    }
}
