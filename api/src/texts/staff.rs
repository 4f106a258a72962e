//! What the approver's pages say.

use entities::outbox::JobState;

use super::texts;

texts! {
    /// An approver's queue.
    QueueTexts {
        todo find done tabs lights all program all_programs search nothing nothing_done
        time applicant item amount number holder urgent arrived mine free offered keys key_move
        key_open key_verbs key_help
    }
}

texts! {
    /// What happens unasked, for administrators.
    JobsTexts {
        title lead states oldest retry retry_all nothing job since next attempts error
        quarantined failing late in_hand waiting
    }
}

texts! {
    /// What staff choose for themselves.
    SettingsTexts { title nav lead save }
}

texts! {
    /// The page of one's password.
    PasswordTexts { title lead given change }
}

texts! {
    /// A letter of an office.
    DocumentTexts { read parts draft rows seal undated received invitation }
}

texts! {
    /// Whether the store is sound, for administrators.
    SoundnessTexts { title sound unsound cases whole check looked found }
}

texts! {
    /// Requests for more time.
    ExtensionTexts { title lead nothing by approve refuse again for_whom }
}

texts! {
    /// Who decides while one is away.
    AbsenceTexts { title nav lead nothing instead below runs only all most end fresh rule save }
}

texts! {
    /// From whose cases one keeps away.
    RecusalTexts { title nav lead nothing since end fresh rule save }
}

texts! {
    /// Like cases that are approved together.
    BatchTexts {
        title nav lead offers waiting make none mine size to_sign broken result sample
        sample_lead open opened list keep sign_lead sign go_on unopened seed approved left_out
        drawn back
    }
}

texts! {
    /// What one was informed of.
    CopiesTexts { title lead nothing read_on mark }
}

texts! {
    /// Programs that are changed.
    ChangingTexts {
        new new_lead begin_new new_drafts no_past
        title lead program in_force drafts none_in_force versions version published
        effective ever retired reason live hash begin no_drafts state changed writers
        end_of end end_lead end_on propose_end rebase rebase_lead to cases preview
        move_them open_steps changes_here no_change stays from nothing_to_move
        draft_title text save findings no_findings line warning error differences
        no_differences route replay replay_lead since run progress failed outdated same
        gain lose refused waiting untold red green payer before after change unit load
        case amount result all_same propose propose_lead effective_on proposed confirm
        confirm_end confirm_lead own send_back discard back
    }
}

texts! {
    /// A list of people at a step.
    RosterTexts {
        title back link faults counted sums item payer payee amount nobody nth name class add save
        cases counted_cases case about no_case before
        strike file file_hint take
    }
}

texts! {
    /// Messages that did not arrive.
    BouncesTexts {
        title nav lead nothing letter reason act resend handled sent undelivered to_applicant to_staff
    }
}

impl JobsTexts {
    /// The word of a state.
    pub fn of(&self, state: &JobState) -> &str {
        match state {
            JobState::Quarantined => &self.quarantined,
            JobState::Failing => &self.failing,
            JobState::Late => &self.late,
            JobState::InHand => &self.in_hand,
            JobState::Waiting => &self.waiting,
        }
    }
}

texts! {
    /// A case on the desk, and filing for others.
    DeskTexts {
        file_lead found other_person name id_number unknown write_down file_hint show
        claimed_by_me claimed_by watching no_papers not_given open_pdf award cut
        own_papers history objections service decide confirm more
        next then_like offered_to_me offered_to
        rows row_unit row_case row_due row_state row_late row_done row_struck
        list_proposed list_signed list_rank list_points list_draw list_has list_seat list_seats
        list_in list_waiting list_out list_keys list_seed
    }
}
