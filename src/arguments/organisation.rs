//! What can be said of the organisation.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::DutyWord;

/// What can be done with the organisation.
#[derive(Debug, Subcommand)]
pub(crate) enum Organisation {
    /// Import townships, schools or people from a CSV file: all rows or none
    ///
    /// UTF-8 with a heading. townships: `code`, `name_zh`, `county_code`, `kind`, and `pinyin` if known.
    /// schools: `name_zh`, `city_zh`, and `name_en`, `county_code`, `moe_code`, `outside` if known.
    /// people: `name`, `mail`, `unit`, `duty`. What is wrong is told row by row; the same file may be
    /// imported again.
    Import {
        /// What the file is of
        #[arg(long, value_enum)]
        kind: ImportKind,
        /// The file (CSV)
        file: PathBuf,
        /// Only look, and write nothing
        #[arg(long)]
        dry: bool,
    },
    /// Give a unit another name from a day on; what was written before keeps the old one
    Rename {
        /// A code or a name, such as 640424/education
        unit: String,
        /// In Chinese
        #[arg(long)]
        zh: String,
        /// In English
        #[arg(long, default_value = "")]
        en: String,
        /// The first day, as 2026-12-01
        #[arg(long)]
        from: chrono::NaiveDate,
    },
    /// Let the numbers of a unit's documents begin with another word (机关代字); those taken stay
    Mark {
        /// A code or a name, such as 640424/education
        unit: String,
        /// One to six Chinese characters, such as 宁教
        mark: String,
        /// The first day, as 2026-12-01; today or later
        #[arg(long)]
        from: chrono::NaiveDate,
    },
    /// Let a place stand under another one from now on; what lies there stays
    Move {
        /// A code or a name, such as 640424100
        unit: String,
        /// The place above it from now on
        #[arg(long, value_name = "UNIT")]
        to: String,
        /// Its code there, where it gets another one; a school has its county's
        #[arg(long)]
        code: Option<String>,
    },
    /// Close a unit today; another takes over all that lies there
    Close {
        /// A code or a name, such as `640424/poverty_relief`
        unit: String,
        /// Who takes over; may be left out where nothing is left
        #[arg(long, value_name = "UNIT")]
        into: Option<String>,
        /// End all appointments there, rather than let people go along
        #[arg(long)]
        dismiss: bool,
        /// Only say what would move
        #[arg(long)]
        dry: bool,
    },
    /// Give somebody a duty in a unit
    Appoint {
        /// Their login or mail address
        who: String,
        /// What they do there
        #[arg(long, value_enum)]
        duty: DutyWord,
        /// Where
        #[arg(long)]
        unit: String,
    },
    /// End a duty; what lies with its holder goes back to the unit
    Dismiss {
        /// Their login or mail address
        who: String,
        /// What they do there
        #[arg(long, value_enum)]
        duty: DutyWord,
        /// Where
        #[arg(long)]
        unit: String,
    },
}

/// What a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    /// 乡镇
    Townships,
    /// 学校
    Schools,
    /// 人员及任职
    People,
}
