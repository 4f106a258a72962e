//! `banjie doctor`: whether the whole store is sound, for operators and for cron.

use std::{
    fmt::Write as _,
    io::{self, Write},
    process::ExitCode,
};

use workflow::doctor::{self, Check, Checked, Reach, Report};

use crate::{fault::Fault, open, settings::Settings};

/// What the process ends with where something is wrong with the store.
const FINDINGS: u8 = 1;
/// What it ends with where it could not look.
pub(crate) const CANNOT_LOOK: u8 = 2;

/// Looks, and says what it has seen.
pub(crate) async fn examine(settings: &Settings, json: bool) -> Result<ExitCode, Fault> {
    let workflow = open::look(settings).await?;
    let report = doctor::examine(&workflow, Reach::Whole).await?;
    let told = if json { json_of(&report)? } else { text_of(&report) };
    // A pipe that is closed early has read what it wanted.
    drop(io::stdout().write_all(told.as_bytes()));
    Ok(if report.sound { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
}

fn json_of(report: &Report) -> Result<String, Fault> {
    let text = serde_json::to_string_pretty(report).map_err(workflow::CommandError::from)?;
    Ok(text + "\n")
}

fn text_of(report: &Report) -> String {
    let mut text = String::new();
    for one in &report.checks {
        line(one, &mut text);
    }
    let end = if report.sound { "sound" } else { "not sound" };
    let _ = writeln!(text, "{} case(s): {end}", report.cases);
    text
}

fn line(one: &Checked, text: &mut String) {
    let Checked { check, looked, found, first } = one;
    let standing = if *found == 0 { "ok".to_owned() } else { format!("{found} WRONG") };
    let _ = writeln!(text, "{:<62} {looked:>8}  {standing}", said(*check));
    for finding in first {
        let case = finding.case.as_deref().unwrap_or("-");
        let _ = writeln!(text, "    {case}  {}: {}", finding.about, finding.why.said());
    }
    let more = found.saturating_sub(u64::try_from(first.len()).unwrap_or_default());
    if more > 0 {
        let _ = writeln!(text, "    and {more} more");
    }
}

fn said(check: Check) -> &'static str {
    match check {
        Check::Clocks => "open steps have a clock, and running clocks a timer",
        Check::Holders => "open steps have somebody who can take them",
        Check::Stops => "no clock both stands and runs",
        Check::Timers => "no timer is overdue",
        Check::Rungs => "each rung of a ladder was climbed once",
        Check::Trail => "the audit trail is an unbroken chain",
        Check::HeldDays => "the days that holders had sum to the whole",
        Check::Jobs => "no job is stuck",
        Check::Notices => "no mail and no text message is stuck",
        Check::Letters => "no letter between cases is stuck",
        Check::Numbers => "document numbers have no gaps",
        Check::Organisation => "nothing lies in closed units; administrators are apart",
    }
}
