//! Clocks against the stories of the program language.

use chrono::NaiveDateTime;

use super::*;
use crate::calendar::{Calendar, DayKind, Row, SHANGHAI, Scope};

pub(super) fn nation() -> Days {
    Calendar::shipped().unwrap().of("350000")
}

/// `2018-09-10 10:00` in Shanghai.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    local.and_local_timezone(SHANGHAI).unwrap().to_utc()
}

fn shown(at: DateTime<Utc>) -> String {
    at.with_timezone(&SHANGHAI).format("%Y-%m-%d %H:%M").to_string()
}

fn budget(text: &str) -> Budget {
    text.parse().unwrap()
}

#[test]
fn deadlines_end_as_the_rule_book_says() {
    let days = nation();
    let table = [
        ("2018-09-10 10:00", "5wd", "2018-09-17 18:00"),
        ("2018-09-21 19:30", "5wd", "2018-09-29 18:00"), // after 18:00; a worked Saturday
        ("2018-09-24 08:00", "7d", "2018-10-08 18:00"),  // the last day is off
        ("2018-09-30 17:00", "24h", "2018-10-01 17:00"), // hours are never moved
        ("2018-09-22 09:00", "1wd", "2018-09-25 18:00"), // day zero is off
        ("2018-09-10 10:00", "0d", "2018-09-10 18:00"),
        ("2018-09-10 18:00", "0d", "2018-09-10 18:00"),
        ("2018-09-10 18:01", "0d", "2018-09-11 18:00"), // nothing is late when it begins
        ("2018-10-05 10:00", "0d", "2018-10-08 18:00"), // off
        ("2018-08-31 10:00", "6mo", "2019-02-28 18:00"), // a month without that date
        ("2020-02-29 10:00", "1y", "2021-03-01 18:00"), // 02-28 is a Sunday
        ("2020-01-23 10:00", "5wd", "2020-02-07 18:00"),
        ("2026-02-13 10:00", "5wd", "2026-02-27 18:00"),
        ("2018-09-20 10:00", "15wd", "2018-10-17 18:00"),
        ("2018-09-20 10:00", "until 2018-10-06T10:00:00Z", "2018-10-06 18:00"),
    ];
    for (start, given, end) in table {
        assert_eq!(shown(due(at(start), budget(given), &days)), end, "{start} + {given}");
    }
}

#[test]
fn a_clock_that_is_stopped_loses_the_day_of_the_stop_and_no_other() {
    let days = nation();
    let clock = ClockState::start(at("2018-09-10 10:00"), budget("5wd"), &days);
    let stopped = clock.stop(at("2018-09-11 15:00"), "supplement", &days).unwrap();
    assert_eq!(stopped.stopped.as_ref().map(|s| s.left), Some(4));
    assert!(!stopped.is_late(at("2018-09-18 20:00")));
    let table = [
        ("2018-09-18 20:00", "2018-09-25 18:00"),
        ("2018-09-11 17:00", "2018-09-17 18:00"), // the same day: as it was
        ("2018-09-12 09:00", "2018-09-18 18:00"),
        ("2018-09-15 09:00", "2018-09-20 18:00"), // a Saturday
    ];
    for (resumed, end) in table {
        let running = stopped.resume(at(resumed), "supplement", &days);
        assert_eq!(shown(running.due_at), end, "resumed {resumed}");
        assert_eq!(running.stopped, None);
        assert_eq!(running.whole(&days), 5, "nothing gained or lost, resumed {resumed}");
    }
    let late = clock.stop(at("2018-09-18 09:00"), "supplement", &days);
    assert_eq!(late, Err(ClockRefusal::Late(clock.due_at)));
    assert!(clock.is_late(at("2018-09-17 18:01")) && !clock.is_late(at("2018-09-17 18:00")));
}

#[test]
fn hours_stop_to_the_second() {
    let days = nation();
    let clock = ClockState::start(at("2018-09-30 17:00"), budget("24h"), &days);
    let stopped = clock.stop(at("2018-09-30 20:00"), "supplement", &days).unwrap();
    assert_eq!(stopped.left(at("2018-10-05 00:00"), &days), Left::Seconds(21 * 3600));
    let running = stopped.resume(at("2018-10-02 10:00"), "supplement", &days);
    assert_eq!(shown(running.due_at), "2018-10-03 07:00");
    assert_eq!(shown(moment(&running, Moment::Percent(80), &days)), "2018-10-03 02:12");
    let again = running.stop(at("2018-10-02 11:00"), "expert", &days).unwrap();
    let running = again.resume(at("2018-10-02 12:30"), "expert", &days);
    assert_eq!(shown(running.due_at), "2018-10-03 08:30");
    assert_eq!(running.whole(&days), 24 * 3600);
}

#[test]
fn a_stop_of_less_than_a_second_takes_nothing_of_it() {
    let (days, since) = (nation(), at("2018-09-30 17:00"));
    let clock = ClockState::start(since, budget("24h"), &days);
    let (stop, go) = (TimeDelta::milliseconds(40), TimeDelta::milliseconds(90));
    let stopped = clock.stop(since + stop, "supplement", &days).unwrap();
    let running = stopped.resume(since + go, "supplement", &days);
    assert_eq!(running.due_at, clock.due_at + (go - stop));
}

#[test]
fn stops_that_overlap_do_not_add() {
    let days = nation();
    let clock = ClockState::start(at("2018-09-10 10:00"), budget("5wd"), &days);
    let clock = clock.stop(at("2018-09-11 10:00"), "supplement", &days).unwrap();
    let clock = clock.stop(at("2018-09-12 10:00"), "publicity", &days).unwrap();
    let clock = clock.stop(at("2018-09-12 11:00"), "publicity", &days).unwrap();
    let clock = clock.resume(at("2018-09-13 10:00"), "supplement", &days);
    assert!(clock.stopped.is_some(), "the publicity holds it");
    let clock = clock.resume(at("2018-09-18 10:00"), "publicity", &days);
    assert_eq!(shown(clock.due_at), "2018-09-25 18:00");
    assert_eq!(clock.resume(at("2018-09-19 10:00"), "publicity", &days), clock);
}

#[test]
fn an_imported_holiday_moves_exactly_the_clocks_it_touches() {
    let calendar = Calendar::shipped().unwrap();
    let before = calendar.of("350000");
    let off =
        Row { scope: Scope::National, date: "2018-09-29".parse().unwrap(), kind: DayKind::Off };
    let after = calendar.with_rows([off]).of("350000");
    let start = |from, given| ClockState::start(at(from), budget(given), &before);
    let moved = start("2018-09-21 19:30", "5wd").reproject(&after).unwrap();
    assert_eq!(shown(moved.due_at), "2018-09-30 18:00");
    assert_eq!(start("2018-09-24 08:00", "7d").reproject(&after), None);
    assert_eq!(start("2018-09-30 17:00", "24h").reproject(&after), None);

    let stopped =
        start("2018-09-21 19:30", "5wd").stop(at("2018-09-25 10:00"), "supplement", &before);
    let moved = stopped.unwrap().reproject(&after).unwrap();
    assert_eq!(shown(moved.due_at), "2018-09-30 18:00");
    assert_eq!(moved.stopped.map(|s| s.left), Some(4));
}

#[test]
fn silence_accepts_as_of_the_day_of_receipt() {
    let days = nation();
    let filed = at("2018-09-10 10:00");
    let total = |as_of| shown(due(as_of, budget("10wd"), &days));
    let judge = |accepted: Option<&str>, now| acceptance(filed, accepted.map(at), at(now), &days);

    let until = at("2018-09-17 18:00");
    assert_eq!(judge(None, "2018-09-17 17:59"), Acceptance::Pending { until });
    assert_eq!(judge(None, "2018-09-17 18:00"), Acceptance::Silence { as_of: filed });
    assert_eq!(total(filed), "2018-09-25 18:00");

    let by_hand = judge(Some("2018-09-14 11:00"), "2018-09-14 11:00");
    assert_eq!(by_hand, Acceptance::Person { as_of: at("2018-09-14 11:00") });
    assert_eq!(by_hand.as_of().map(total), Some("2018-09-29 18:00".to_owned()));
    // Too late to be the one who accepted.
    let late = judge(Some("2018-09-18 11:00"), "2018-09-18 11:00");
    assert_eq!(late, Acceptance::Silence { as_of: filed });
}

#[test]
fn a_returned_step_gets_its_remainder_and_at_least_a_day() {
    let days = nation();
    //  given   opened              closed              again               due                granted
    let table = [
        (
            "3wd",
            "2018-09-07 10:00",
            "2018-09-11 10:00",
            "2018-09-12 10:00",
            "2018-09-13 18:00",
            false,
        ),
        (
            "5wd",
            "2018-09-10 10:00",
            "2018-09-12 10:00",
            "2018-09-14 10:00",
            "2018-09-19 18:00",
            false,
        ),
        (
            "3wd",
            "2018-09-10 10:00",
            "2018-09-13 10:00",
            "2018-09-14 10:00",
            "2018-09-17 18:00",
            true,
        ),
        (
            "3wd",
            "2018-09-10 10:00",
            "2018-09-20 10:00",
            "2018-09-20 10:00",
            "2018-09-21 18:00",
            true,
        ),
        (
            "24h",
            "2018-09-10 10:00",
            "2018-09-10 12:00",
            "2018-09-11 10:00",
            "2018-09-12 18:00",
            true,
        ),
        (
            "72h",
            "2018-09-10 10:00",
            "2018-09-10 12:00",
            "2018-09-11 10:00",
            "2018-09-14 08:00",
            false,
        ),
        // a fixed day stays, with the same floor
        (
            "until 2018-09-28T10:00:00Z",
            "2018-09-19 10:00",
            "2018-09-28 17:00",
            "2018-09-28 17:00",
            "2018-09-29 18:00",
            true,
        ),
        (
            "until 2018-09-28T10:00:00Z",
            "2018-09-19 10:00",
            "2018-09-20 17:00",
            "2018-09-20 17:00",
            "2018-09-28 18:00",
            false,
        ),
    ];
    for (given, opened, closed, again, end, granted) in table {
        let clock = ClockState::start(at(opened), budget(given), &days);
        let found = clock.reopen(at(closed), at(again), &days);
        assert_eq!(shown(found.clock.due_at), end, "{given} closed {closed}");
        assert_eq!(found.granted, granted, "{given} closed {closed}");
        assert_eq!(found.clock.started_at, at(opened));
    }
}

#[test]
fn an_extension_is_asked_in_time_and_counts_from_the_due_day() {
    let days = nation();
    let clock = ClockState::start(at("2018-09-20 10:00"), budget("15wd"), &days);
    let longer = clock.extend(at("2018-10-16 10:00"), budget("15wd"), &days).unwrap();
    assert_eq!(shown(longer.due_at), "2018-11-07 18:00");
    assert_eq!(longer.whole(&days), 30);
    assert_eq!(longer.reproject(&days), None);
    let late = clock.extend(at("2018-10-18 10:00"), budget("15wd"), &days);
    assert_eq!(late, Err(ClockRefusal::Late(clock.due_at)));

    let stopped = clock.stop(at("2018-10-16 10:00"), "expert", &days).unwrap();
    let longer = stopped.extend(at("2018-10-16 11:00"), budget("5wd"), &days).unwrap();
    let running = longer.resume(at("2018-10-17 11:00"), "expert", &days);
    assert_eq!(shown(running.due_at), "2018-10-25 18:00", "one day left, and five");

    let fixed =
        ClockState::start(at("2018-09-20 10:00"), Budget::Until(at("2018-09-28 18:00")), &days);
    assert_eq!(
        fixed.extend(at("2018-09-21 10:00"), budget("1wd"), &days),
        Err(ClockRefusal::Fixed)
    );
}

#[test]
fn the_moments_of_a_ladder() {
    let days = nation();
    let five = ClockState::start(at("2018-09-21 19:30"), budget("5wd"), &days);
    let resumed = ClockState::start(at("2018-09-10 10:00"), budget("5wd"), &days)
        .stop(at("2018-09-11 15:00"), "supplement", &days)
        .unwrap()
        .resume(at("2018-09-18 20:00"), "supplement", &days);
    let hours = ClockState::start(at("2018-09-21 16:00"), budget("24h"), &days);
    let one = ClockState::start(at("2018-09-10 10:00"), budget("1wd"), &days);
    let none = ClockState::start(at("2018-09-10 10:00"), budget("0d"), &days);
    let table = [
        (&five, "80%", "2018-09-28 09:00"), // the fourth working day
        (&five, "50%", "2018-09-27 09:00"), // the third: two and a half, rounded up
        (&five, "due", "2018-09-29 18:00"),
        (&five, "-1wd", "2018-09-28 09:00"),
        (&five, "+1wd", "2018-09-30 09:00"),
        (&five, "+3wd", "2018-10-09 09:00"),
        (&five, "-10d", "2018-09-21 19:30"), // nothing comes before the start
        (&resumed, "80%", "2018-09-21 09:00"),
        (&hours, "50%", "2018-09-22 04:00"),
        (&hours, "80%", "2018-09-22 11:12"),
        (&hours, "+24h", "2018-09-23 16:00"),
        (&hours, "-1wd", "2018-09-21 16:00"), // 09:00 of Friday is before the start
        (&one, "80%", "2018-09-11 09:00"),
        (&none, "80%", "2018-09-10 10:00"),
    ];
    for (clock, when, expected) in table {
        let parsed: Moment = when.parse().unwrap();
        assert_eq!(shown(moment(clock, parsed, &days)), expected, "{when} of {}", clock.budget);
        assert_eq!(parsed.to_string(), when);
    }
    for bad in ["101%", "1wd", "-", "+5", "late", "+until 2018-09-28T10:00:00Z", "-1%"] {
        assert!(bad.parse::<Moment>().is_err(), "{bad}");
    }
}

#[test]
fn what_is_left_is_told_in_days_hours_or_lateness() {
    let days = nation();
    let clock = ClockState::start(at("2018-09-10 10:00"), budget("5wd"), &days);
    let table = [
        ("2018-09-10 10:00", Left::WorkingDays(5)),
        ("2018-09-15 10:00", Left::WorkingDays(1)),
        ("2018-09-17 18:00", Left::WorkingDays(0)),
        ("2018-09-17 18:01", Left::Late(0)),
        ("2018-09-25 10:00", Left::Late(5)),
    ];
    for (now, left) in table {
        assert_eq!(clock.left(at(now), &days), left, "{now}");
    }
}

#[test]
fn a_kind_of_stop_has_one_cap_for_the_whole_case() {
    let days = nation();
    let table = [
        ("2018-09-11 15:00", "20wd", 0, "2018-10-15 18:00"),
        ("2018-09-11 15:00", "20wd", 15, "2018-09-18 18:00"),
        ("2018-09-11 15:00", "20wd", 20, "2018-09-11 18:00"),
        ("2018-09-11 15:00", "20wd", 99, "2018-09-11 18:00"),
        ("2018-09-11 15:00", "7d", 2, "2018-09-16 18:00"),
        ("2018-09-11 15:00", "48h", 3600, "2018-09-13 14:00"),
    ];
    for (since, cap, used, end) in table {
        let found = stop_ends_at(at(since), budget(cap), used, &days);
        assert_eq!(shown(found), end, "{cap} after {used}");
    }
    let used = |cap| stop_used(at("2018-09-11 15:00"), at("2018-09-18 10:00"), budget(cap), &days);
    assert_eq!((used("20wd"), used("60d"), used("48h")), (5, 7, 163 * 3600));
}

#[test]
fn a_stored_clock_reads_back() {
    let days = nation();
    let clock = ClockState::start(at("2018-09-10 10:00"), budget("5wd"), &days)
        .stop(at("2018-09-11 15:00"), "supplement", &days)
        .unwrap();
    let stored = serde_json::to_string(&clock).unwrap();
    insta::assert_snapshot!(stored, @r#"{"budget":"5wd","started_at":"2018-09-10T02:00:00Z","zero_at":"2018-09-10T02:00:00Z","run":"5wd","extended_by":[],"consumed":0,"due_at":"2018-09-17T10:00:00Z","stopped":{"since":"2018-09-11T07:00:00Z","left":4,"kinds":["supplement"]}}"#);
    assert_eq!(serde_json::from_str::<ClockState>(&stored).unwrap(), clock);
    for text in ["5wd", "48h", "7d", "6mo", "1y", "0d", "until 2018-09-28T10:00:00Z"] {
        assert_eq!(budget(text).to_string(), text);
    }
    for bad in ["", "wd", "5", "5 wd", "-1d", "5w", "10000d", "５wd", "until noon", "99999999999d"]
    {
        assert!(bad.parse::<Budget>().is_err(), "{bad}");
    }
}
