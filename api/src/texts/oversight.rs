//! What the supervisors' pages say.

use super::texts;
use crate::read::oversight::{Column, LaneState, PeriodKind};

texts! {
    /// Lights by unit, and the boards of documents.
    OversightTexts {
        title views units boards documents above elsewhere own own_alone as_of period month_only
        quarter year csv xlsx unit open green amber red stopped closed closed_on_time on_time
        median held held_unit held_applicant held_publicity held_stop held_calendar held_all
        stop_percent stops_too_much too_much remark total quiet nothing chart_lights drawn
        chart_months drawn_months months month meaning meaning_lights meaning_median meaning_held
        meaning_stops steps no_steps light case program step came due no_due state document issuer
        addressed drafted issued under_way to_close done no_cards no_number ended due_by open_own open_lead parent
        what reopen reopen_sure
    }
}

impl OversightTexts {
    /// The word of a column.
    pub fn of_column(&self, column: &Column) -> &str {
        match column {
            Column::Unit => &self.unit,
            Column::Open => &self.open,
            Column::Green => &self.green,
            Column::Amber => &self.amber,
            Column::Red => &self.red,
            Column::Stopped => &self.stopped,
            Column::Closed => &self.closed,
            Column::OnTime => &self.on_time,
            Column::Median => &self.median,
            Column::Stops => &self.stop_percent,
        }
    }

    /// The word of a period.
    pub fn of_period(&self, period: &PeriodKind) -> &str {
        match period {
            PeriodKind::Month => &self.month_only,
            PeriodKind::Quarter => &self.quarter,
            PeriodKind::Year => &self.year,
        }
    }

    /// The word of a state.
    pub fn lane(&self, state: &LaneState) -> &str {
        match state {
            LaneState::Drafted => &self.drafted,
            LaneState::Issued => &self.issued,
            LaneState::UnderWay => &self.under_way,
            LaneState::ToClose => &self.to_close,
            LaneState::Done => &self.done,
        }
    }
}
