//! What the public pages, the frame and the demo say.

use super::texts;

texts! {
    /// The frame, and words on all pages.
    SiteTexts {
        about about_lead healthy unhealthy version well unwell api name skip tagline
        navigation queue file_for mine profile sign_out look_up sign_in other_lang
        other_language standard_size elder notices staff_sign_in hotline back home print
        next_page errors save jobs oversight organisation
    }
}

texts! {
    /// The front page.
    HomeTexts {
        title lead go_on sign_in programs promise promise_1 promise_1_text promise_2
        promise_2_text promise_3 promise_3_text
    }
}

texts! {
    /// Signing in.
    SignInTexts {
        code_title other_phone code_sent title no_code wait resend lead send_code help
        refused staff_lead applicant_instead
    }
}

texts! {
    /// Look-up and public notices.
    NoticeTexts {
        number look_up phone look_up_now notices from_to for_good not_found look_up_lead objected
        starts ends notice_text privacy object object_hint object_send notices_lead
        no_notices
    }
}

texts! {
    /// The demo's clock and drawer.
    DemoTexts {
        demo business_time move_clock drawer clock clock_lead working_day no_working_day
        forward days days_unit move_now next nothing_due code_here sms mail to sent_at
        thread drawer_lead no_letters moving accounts accounts_hint
    }
}

texts! {
    /// What went wrong.
    ProblemTexts {
        name what_to_do
    }
}

texts! {
    /// What was just done, said once on the next page.
    FlashTexts {
        signed_out saved uploaded removed discarded withdrawn urged resubmitted done moved asked
        acting_changed retried handed_over voiced
    }
}

impl FlashTexts {
    /// The text of a name, as it stands in a cookie.
    pub fn of(&self, name: &str) -> Option<&str> {
        Some(match name {
            "signed_out" => &self.signed_out,
            "saved" => &self.saved,
            "uploaded" => &self.uploaded,
            "removed" => &self.removed,
            "discarded" => &self.discarded,
            "withdrawn" => &self.withdrawn,
            "urged" => &self.urged,
            "resubmitted" => &self.resubmitted,
            "done" => &self.done,
            "moved" => &self.moved,
            "asked" => &self.asked,
            "acting_changed" => &self.acting_changed,
            "retried" => &self.retried,
            "handed_over" => &self.handed_over,
            "voiced" => &self.voiced,
            _ => return None,
        })
    }
}
