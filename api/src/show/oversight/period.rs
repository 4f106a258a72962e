//! The present month, quarter or year.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use workflow::calendar::{instant, local_date};

use crate::read::{
    Words,
    oversight::{PeriodKind, PeriodView},
};

/// The period that `now` lies in.
pub(super) fn period(kind: PeriodKind, now: DateTime<Utc>) -> PeriodView {
    let to = local_date(now);
    let (year, month) = (to.year(), to.month());
    let quarter = (month - 1) / 3;
    let first = match kind {
        PeriodKind::Month => month,
        PeriodKind::Quarter => quarter * 3 + 1,
        PeriodKind::Year => 1,
    };
    let title = match kind {
        PeriodKind::Month => {
            Words::new(format!("{year}年{month}月"), to.format("%B %Y").to_string())
        }
        PeriodKind::Quarter => {
            let nth = quarter + 1;
            Words::new(format!("{year}年第{nth}季度"), format!("Quarter {nth} of {year}"))
        }
        PeriodKind::Year => Words::new(format!("{year}年"), year.to_string()),
    };
    let from = NaiveDate::from_ymd_opt(year, first, 1).unwrap_or(to);
    PeriodView { kind, title, from, to }
}

/// The instant at which it began.
pub(super) fn begin(period: &PeriodView) -> DateTime<Utc> {
    instant(period.from, NaiveTime::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_on_its_first_day_in_shanghai() {
        use PeriodKind::{Month, Quarter, Year};
        //  now (UTC)                kind     from
        let table = [
            ("2018-09-30T15:59:59Z", Quarter, "2018-07-01"),
            ("2018-09-30T16:00:00Z", Quarter, "2018-10-01"), // midnight in Shanghai
            ("2018-12-31T15:59:59Z", Month, "2018-12-01"),
            ("2018-12-31T16:00:00Z", Year, "2019-01-01"),
            ("2018-02-10T00:00:00Z", Year, "2018-01-01"),
        ];
        for (now, kind, from) in table {
            let period = period(kind, now.parse().unwrap());
            assert_eq!(period.from.to_string(), from, "{now}");
            assert_eq!(begin(&period).to_rfc3339(), format!("{}+00:00", utc(from)), "{now}");
        }
    }

    fn utc(day: &str) -> String {
        let before = day.parse::<NaiveDate>().unwrap().pred_opt().unwrap();
        format!("{before}T16:00:00")
    }
}
