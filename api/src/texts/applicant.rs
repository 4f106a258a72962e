//! What the applicant's pages say.

use super::texts;
use crate::read::decision::PaymentState;

texts! {
    /// The applicant's own room.
    MineTexts {
        title hello acting_for switch asked finish_draft supplement change confirm fill
        complete_profile cases no_cases held_by programs profile_lead persons add_person
        privacy may_apply profile_first
    }
}

texts! {
    /// A program's guide.
    GuideTexts {
        guide days most fee free urgent who papers how_much how_long basis document
        start start_hint decided_within at_most
    }
}

texts! {
    /// The way of an application.
    ApplyTexts {
        check papers change waived missing files computed asked cut computed_hint
        declaration truth consent on_behalf on_behalf_hint submit submit_hint applicant
        item see_progress page_of next to_list papers_lead given remove uploading
        choose_file add_file upload submitted your_number sms_sent what_next next_1
        next_1_due next_2 next_3 receipt submitted_at qr for_person done_of not_yet done
        started not_started saved discard discard_sure discard_yes
    }
}

texts! {
    /// How far a case has come.
    ProgressTexts {
        asked awarded promise sorry late new_day supplement_asked supplement
        change_asked change read_decision who since steps withdraw urge withdraw_sure
        withdraw_yes complain one_time one_time_lead why resubmit resubmit_hint hand_in
        opens_on held held_by held_days held_sum
    }
}

texts! {
    /// A decision.
    DecisionTexts {
        title decided_on lines line payer basis amount reasons remedies remedies_text
        review_until payment payee state pay_waiting pay_ordered pay_paid pay_failed pay_by in_cash
    }
}

impl DecisionTexts {
    /// The word of a payment's state.
    pub fn paying(&self, state: PaymentState) -> &str {
        match state {
            PaymentState::Waiting => &self.pay_waiting,
            PaymentState::Ordered => &self.pay_ordered,
            PaymentState::Paid => &self.pay_paid,
            PaymentState::Failed => &self.pay_failed,
        }
    }
}
