//! What the pages of the organisation say.

use super::texts;

texts! {
    /// Units, people, appointments, files of them, and what was done.
    OrganisationTexts {
        title people import trail views way level code office since closed successor
        bore from_to from names tasks staff nobody person duty held_since lying offices places
        unit end end_sure change change_to change_why rename mark mark_change marks relocate record record_save open appoint close preview
        closing closing_lead part to moves keeps along along_hint anchored below close_now
        stays search find none more add member_lead mail duties in_force over accounts login
        locked lock unlock set_password make_account appoint_here hand_over hand_over_lead
        hand_over_now number item due alone nothing_lies
        import_lead kind townships schools people_rows columns_of needed optional file dry take
        made known faults line column wrong done dry_done
        trail_lead all units persons programs system at who machine what about
        oneself
    }
}
