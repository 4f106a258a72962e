//! What the pages say on which somebody who is not staff speaks.

use entities::{Grade, VoiceKind};

use super::texts;
use crate::read::voices::VoiceState;

texts! {
    /// Complaints, appeals, ratings.
    VoiceTexts {
        complaint complaint_lead complaint_send complaint_do appeal appeal_lead appeal_send
        appeal_do rating rating_lead rating_send rating_do tip_off until holds hotline further
        noted under_way answered upheld not_upheld very_satisfied satisfied fair dissatisfied
        very_dissatisfied said spoken ratings ratings_lead
    }
}

texts! {
    /// What the public points out.
    TipOffTexts {
        title lead send recorded number code keep ask ask_lead ask_now not_found
        no_answer
    }
}

impl VoiceTexts {
    /// What it is called.
    pub fn title_of(&self, kind: VoiceKind) -> &str {
        match kind {
            VoiceKind::Complaint => &self.complaint,
            VoiceKind::Appeal => &self.appeal,
            VoiceKind::Rating => &self.rating,
            VoiceKind::TipOff => &self.tip_off,
        }
    }

    /// What becomes of it.
    pub fn lead_of(&self, kind: VoiceKind) -> &str {
        match kind {
            VoiceKind::Complaint => &self.complaint_lead,
            VoiceKind::Appeal => &self.appeal_lead,
            VoiceKind::Rating | VoiceKind::TipOff => &self.rating_lead,
        }
    }

    /// The button that sends it.
    pub fn send_of(&self, kind: VoiceKind) -> &str {
        match kind {
            VoiceKind::Complaint => &self.complaint_send,
            VoiceKind::Appeal => &self.appeal_send,
            VoiceKind::Rating | VoiceKind::TipOff => &self.rating_send,
        }
    }

    /// The word of what became of it.
    pub fn state_of(&self, state: VoiceState) -> &str {
        match state {
            VoiceState::Noted => &self.noted,
            VoiceState::UnderWay => &self.under_way,
            VoiceState::Answered => &self.answered,
            VoiceState::Upheld => &self.upheld,
            VoiceState::NotUpheld => &self.not_upheld,
        }
    }

    /// The word of a grade.
    pub fn grade_of(&self, grade: Grade) -> &str {
        match grade {
            Grade::VerySatisfied => &self.very_satisfied,
            Grade::Satisfied => &self.satisfied,
            Grade::Fair => &self.fair,
            Grade::Dissatisfied => &self.dissatisfied,
            Grade::VeryDissatisfied => &self.very_dissatisfied,
        }
    }
}
