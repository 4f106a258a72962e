//! What can be said on the command line.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use workflow::calendar::instant;

mod organisation;

pub(crate) use organisation::{ImportKind, Organisation};

/// 办结 · Banjie: applications for aid, from a phone to a decision, step by step and on time.
///
/// Without a command it serves: pages, the JSON API and everything that happens by itself, in one
/// process. It needs no other server; everything it writes lies in one folder.
///
/// To look around, run `banjie demo`.
#[derive(Debug, Parser)]
#[command(name = "banjie", version, propagate_version = true, after_help = AFTER)]
pub(crate) struct Arguments {
    /// The folder for everything that is written: database, documents, letters, keys
    /// [default: ./var, and ./var/demo for the demo]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The file with the settings [default: ./banjie.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) task: Option<Task>,
}

const AFTER: &str = "\
Settings: the file banjie.toml, or variables such as BANJIE__API__LISTEN=0.0.0.0:8080. All of them,
with their defaults, stand in src/defaults.toml.";

/// What shall be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Serve pages and the JSON API, and do what is due (also without any command)
    Serve,
    /// Serve pages and the JSON API only; `banjie worker` does what is due (PostgreSQL)
    ///
    /// Any number of them may run side by side on one database, and be started in any order: it
    /// waits for the database and for `banjie migrate`. All need the same key file and the same
    /// folder of documents (--data).
    Api,
    /// Do what is due only: cases go on, letters go out, clocks run out (PostgreSQL)
    ///
    /// Any number of them may run side by side on one database, as with `banjie api`.
    Worker {
        /// Do only this, separated by commas: routing, letters, timers, housekeeping
        #[arg(long, value_name = "PARTS", value_parser = parts)]
        only: Option<Parts>,
    },
    /// Serve a demonstration: an invented organisation, people and cases in every state
    ///
    /// Makes a database of its own and prints the address and the accounts. Business time can be
    /// moved ahead in it. It touches no database but its own.
    Demo {
        /// Throw away what an earlier demonstration left in the folder, and begin anew
        #[arg(long)]
        fresh: bool,
        #[command(subcommand)]
        act: Option<DemoAct>,
    },
    /// Bring the database's schema up to date, then stop
    ///
    /// Under a lock: of several at once one does it, and the others wait.
    Migrate,
    /// Ask a process how it is; fails unless it is ready
    Health {
        /// What to ask
        #[arg(default_value = "http://127.0.0.1:8080/api/v1/health/ready")]
        url: String,
    },
    /// Work on program files: what is applied for, who decides, by when
    #[command(subcommand)]
    Program(Program),
    /// The people who work with the service
    #[command(subcommand)]
    Person(Person),
    /// Units, duties, and files of them
    #[command(subcommand)]
    Organisation(Organisation),
    /// The calendar of working days
    #[command(subcommand)]
    Calendar(CalendarAct),
    /// Let the clocks stand for a time in which the service was away
    ///
    /// By itself an outage moves no due date. This gives back exactly the working time that was
    /// lost, noted once in each case; what was late before stays late. The same may be asked for
    /// again, or a longer time: nothing is given twice.
    Outage(Outage),
    /// Look whether the whole store is sound; fails where something is wrong
    ///
    /// Reads and changes nothing, beside a running service too. Ends with 0 when all is sound, 1
    /// when something was found, 2 when it cannot look.
    Doctor {
        /// One JSON object instead of lines for people
        #[arg(long)]
        json: bool,
    },
    /// Write the whole store as JSON lines, one object a row, without personal data
    ///
    /// Reads one state of the store, beside a running service too. What stands in a line is in
    /// docs/export.md.
    Export {
        /// Where to write them [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// A time in which the service was away.
#[derive(Debug, Args)]
pub(crate) struct Outage {
    /// From when, Beijing time: 2026-11-19T15:00
    #[arg(long, value_parser = moment)]
    pub(crate) from: DateTime<Utc>,
    /// To when; it must be over
    #[arg(long, value_parser = moment)]
    pub(crate) to: DateTime<Utc>,
    /// Numbers of cases, separated by commas [default: all that are under way]
    #[arg(long, value_delimiter = ',')]
    pub(crate) cases: Vec<String>,
    /// Who does it: the login of an administrator
    #[arg(long, value_name = "LOGIN")]
    pub(crate) by: String,
    /// Only say how many clocks would stand
    #[arg(long)]
    pub(crate) dry: bool,
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let found = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M");
    let found = found.map_err(|_| "expected a moment such as 2026-11-20T09:30".to_owned())?;
    Ok(instant(found.date(), found.time()))
}

/// What can be done with the calendar.
#[derive(Debug, Subcommand)]
pub(crate) enum CalendarAct {
    /// Import working days: a new year, or days that were changed
    ///
    /// A CSV file with the columns date, kind (work or off) and scope (CN, or the six digits of a
    /// division). Exactly the running clocks whose days change get new due instants, each noted
    /// in its case; never earlier than the next working day. The same file may be imported again.
    Import {
        /// The file (CSV)
        file: PathBuf,
    },
}

/// What can be done with a demonstration that was made.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoAct {
    /// Move its business time on by working days, as 3wd; all that falls due happens on its day
    Advance {
        /// How far: 1wd to 120wd
        by: workflow::program::Span,
    },
}

/// What a worker does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts(pub(crate) Vec<worker::Part>);

fn parts(text: &str) -> Result<Parts, String> {
    let mut parts = Vec::new();
    for name in text.split(',').map(str::trim) {
        let part = name.parse::<worker::Part>()?;
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Ok(Parts(parts))
}

/// What can be done with program files.
#[derive(Debug, Subcommand)]
pub(crate) enum Program {
    /// Say what is wrong in program files, with line and column; fails when something is
    Check {
        /// Program files (YAML)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Draw a program's route as a picture (SVG)
    Draw {
        /// A program file (YAML)
        file: PathBuf,
        /// Where to write the picture [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The language of the picture
        #[arg(long, value_enum, default_value_t = InLanguage::Zh)]
        language: InLanguage,
    },
    #[command(flatten)]
    Changing(Changing),
}

/// A program that is changed, from the console.
#[derive(Debug, Subcommand)]
pub(crate) enum Changing {
    /// Show what a program file would have made of the stored cases; writes nothing
    ///
    /// Each case is first told again under its own version, and must come out as it did; what
    /// cannot be told is listed with why.
    Replay {
        /// A program file (YAML)
        file: PathBuf,
        /// Cases that were filed on this day or later: 2018-09-01
        #[arg(long, value_name = "DATE")]
        since: chrono::NaiveDate,
        /// One JSON object a line instead of lines for people: the cases, then the sums
        #[arg(long)]
        json: bool,
    },
    /// Propose a program file as the program's next version; another administrator confirms it
    Publish {
        /// A program file (YAML)
        file: PathBuf,
        /// Who proposes it: the login of an administrator of the program
        #[arg(long, value_name = "LOGIN")]
        by: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// The first day on which new cases begin on it [default: today]
        #[arg(long, value_name = "DATE")]
        from: Option<chrono::NaiveDate>,
    },
    /// Confirm what another administrator has proposed: from then on it is published
    Confirm {
        /// What `publish` has printed
        draft: entities::ProgramDraftId,
        /// Who confirms it: the login of another administrator of the program
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Move cases that are under way to a version of their program
    Rebase {
        /// The program's id
        program: String,
        /// The number of the version
        #[arg(long, value_name = "VERSION")]
        to: u32,
        /// Numbers of cases, separated by commas [default: all on another version]
        #[arg(long, value_delimiter = ',')]
        cases: Vec<String>,
        /// Only show what would change
        #[arg(long)]
        dry: bool,
        /// Who does it: the login of an administrator of the program
        #[arg(long, value_name = "LOGIN", required_unless_present = "dry")]
        by: Option<String>,
    },
}

/// A language to draw or write in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InLanguage {
    /// Chinese
    Zh,
    /// English
    En,
}

/// What can be done about people.
#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Add a member of staff: a person, an account and a duty
    ///
    /// The password is asked for; or it is read from --password-file, or from the environment
    /// variable `BANJIE_PASSWORD`. The organisation is made from the shipped lists of Ningxia's
    /// divisions, townships and vocational schools if there is none yet.
    Add(AddStaff),
}

/// A member of staff.
#[derive(Debug, Args)]
pub(crate) struct AddStaff {
    /// As in the ID card
    #[arg(long)]
    pub(crate) name: String,
    /// What they type to sign in: a-z, 0-9 and . _ - @
    #[arg(long)]
    pub(crate) login: String,
    /// What they do in the unit
    #[arg(long, value_enum)]
    pub(crate) duty: DutyWord,
    /// Where: a code or a name, such as 640424/education, 泾源县教育局 or
    /// `泾源县职业中学/class_teachers`
    #[arg(long)]
    pub(crate) unit: String,
    /// Where their letters go
    #[arg(long)]
    pub(crate) mail: Option<String>,
    /// A file whose first line is the password
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// What they read
    #[arg(long, value_enum, default_value_t = InLanguage::Zh)]
    pub(crate) language: InLanguage,
}

/// A duty, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DutyWord {
    /// 经办人: works on cases
    Handler,
    /// 负责人: heads the unit
    Head,
    /// 督导: watches over others
    Supervisor,
    /// 系统管理员: units, people, appointments, what runs
    Administrator,
    /// 安全管理员: grants of administrative duties, locks of accounts
    SecurityAdministrator,
    /// 审计管理员: reads what was done
    Auditor,
}
