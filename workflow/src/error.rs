//! Why a command did not happen.

use entities::{Fen, RunState};
use serde::Serialize;

use crate::{program::Finding, rules::authority::Verb};

/// Why a command did not happen: the caller's doing ([`Refusal`], a 4xx), or ours.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller's doing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] sea_orm::DbErr),
    /// What is stored does not read as what it should be.
    #[error("a stored value cannot be read: {0}")]
    Stored(String),
    /// The case stands on a version of its program that only a newer process knows.
    #[error("this process does not know version {0} of the case's program")]
    NewerProgram(String),
    /// Something encrypted cannot be opened, or made.
    #[error("personal data cannot be sealed or opened")]
    Seal(#[from] crate::seal::SealError),
    /// A document could not be kept.
    #[error("the data directory failed")]
    Papers(#[from] std::io::Error),
}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> Self {
        Self::Stored(error.to_string())
    }
}

impl From<crate::canonical::NotCanonical> for CommandError {
    fn from(error: crate::canonical::NotCanonical) -> Self {
        Self::Stored(error.to_string())
    }
}

/// A rule said no. Each variant is a reason with a stable name and a sentence for the person who
/// must act; the doors add the language.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing, or none the caller may know of.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// No such program, or none that is open today.
    #[error("there is no program {0:?} that takes applications today")]
    UnknownProgram(String),
    /// The form has faults: all of them, each at its field.
    #[error("the form has {} fault(s)", .0.len())]
    Form(Vec<Fault>),
    /// Another version of the program has come into force since the draft was begun, and the form
    /// does not fit it: all that it lacks.
    #[error(
        "version {version} of the program is in force since you began: the form lacks {} thing(s)",
        .faults.len()
    )]
    NewVersion { version: u32, faults: Vec<Fault> },
    /// This person may not ask for this (now).
    #[error("not eligible: {reason}")]
    NotEligible { reason: String },
    /// The same has been asked for already.
    #[error("the same has been asked for already, in case {number}")]
    Once { number: String },
    /// The person has, or asks for, what cannot be had together with this: the other program's
    /// title in both languages, and the case.
    #[error("this cannot be had together with {en}, case {number}")]
    Excluded { zh: String, en: String, number: String },
    /// The caller may not do this with this case.
    #[error("you may not do this: {0}")]
    NotYours(Bar),
    /// Somebody was quicker, or the step no longer waits.
    #[error("this has been settled already")]
    Settled { by: Option<String>, state: RunState },
    /// The case has changed since it was looked at.
    #[error("the case has changed: you saw version {seen}, it is at {current}")]
    Stale { seen: i32, current: i32 },
    /// This verb has no place in this step or state.
    #[error("{verb:?} cannot be done now")]
    NotNow { verb: Verb },
    /// More than this signer may grant.
    #[error("more than you may grant: {most}")]
    OverAuthority { most: Fen },
    /// What one agreed to before still owes something that is late.
    #[error("something is still owed in cases that you agreed to: {}", numbers.join(", "))]
    Owes { numbers: Vec<String> },
    /// Another list was signed first, and has taken seats that this one proposes.
    #[error(
        "another list has taken seats that this one gives away: it has been made anew, look at it again"
    )]
    SeatsGone,
    /// So many lines were put there by hand that there is no seat left.
    #[error("there is no seat left there: move another line away first")]
    NoSeat,
    /// Approving less means less.
    #[error("the amount must be above zero and below {award}")]
    NotLess { award: Fen },
    /// A refusal or a return needs a reason.
    #[error("say why")]
    NeedsReason,
    /// The program does not know this reason.
    #[error("there is no reason {0:?} in this program")]
    UnknownReason(String),
    /// It cannot be sent back there.
    #[error("it cannot be sent back to {0:?}")]
    ReturnTarget(String),
    /// Supplements may be asked for once.
    #[error("supplements have been asked for once already")]
    AskedOnce,
    /// Nobody has applied, so that nobody can mend or add anything.
    #[error(
        "nobody has applied for this case, so that nobody can answer; decide on what is there, or send it back to an earlier step"
    )]
    NobodyToAsk,
    /// A request for supplements that names nothing.
    #[error("name at least one field or paper")]
    NothingAsked,
    /// The document is not one that can be taken.
    #[error("the document cannot be taken: {0}")]
    Paper(PaperFault),
    /// The declaration and the consent were not given.
    #[error("the declaration and the consent must be given")]
    NoConsent,
    /// The applicant's own data are not complete.
    #[error("the applicant's own data are not complete: {0}")]
    Profile(String),
    /// Rules of sign-in.
    #[error("{0}")]
    SignIn(String),
    /// A rule of the program could not be evaluated; its owner has been told.
    #[error("a rule of the program could not be applied: {0}")]
    Stuck(String),
    /// The time was over when more of it, or a stop, was asked for.
    #[error("the time ran out at {0}: a late clock is neither stopped nor extended")]
    TooLate(chrono::DateTime<chrono::Utc>),
    /// The program knows no such ground for a stop.
    #[error("there is no ground {0:?} for which this may stand")]
    NoGround(String),
    /// The stops for this ground have taken all that they may from the case.
    #[error("stops for {0:?} have used up what the program allows for the whole case")]
    StopUsedUp(String),
    /// The applicant has urged a moment ago.
    #[error("you have urged already; you may again on {again_on}")]
    UrgedAlready { again_on: chrono::NaiveDate },
    /// What was said before is being dealt with; its number, once it has one.
    #[error("what you said before is being dealt with{}", .number.as_ref().map(|n| format!(", in case {n}")).unwrap_or_default())]
    UnderWay { number: Option<String> },
    /// A case is rated once.
    #[error("you have rated this case already")]
    RatedAlready,
    /// The time for an appeal is over.
    #[error(
        "the last day for an appeal was {last}; you may still ask for administrative reconsideration or sue, within the limits of the law"
    )]
    AppealOver { last: chrono::NaiveDate },
    /// A substitute that cannot be.
    #[error(transparent)]
    Substitute(crate::commands::WrongSubstitute),
    /// A batch that cannot be put together, or not be signed yet.
    #[error(transparent)]
    Batch(crate::batches::WrongBatch),
    /// As often as the program allows.
    #[error("it has been extended as often as the program allows")]
    ExtendedAlready,
    /// A business-time move that cannot be done.
    #[error("the time cannot be moved: {0}")]
    Time(&'static str),
    /// The draft of a program has errors: it can neither be proposed nor published.
    #[error("the draft has {} error(s); the first, in line {}: {}", .0.len(), first_line(.0), first(.0))]
    Draft(Vec<Finding>),
    /// A version of the program was published since the draft was begun.
    #[error("version {0} was published meanwhile: take it into the draft first")]
    Outdated(i32),
    /// Whoever wrote on a draft does not publish it.
    #[error("you wrote on this draft: another administrator must confirm it")]
    FourEyes,
    /// The draft is not in the state that this needs.
    #[error("the draft is {0}: this cannot be done with it now")]
    DraftState(String),
    /// The day from which it shall count is over.
    #[error("a version counts from today or a later day")]
    PastDay,
    /// A case cannot be moved to another version, or not to this one.
    #[error("the cases cannot be moved to this version")]
    Rebase,
    /// A unit, person or appointment that does not fit.
    #[error("{0}")]
    Organisation(String),
    /// The same, said in both languages.
    #[error("{0}")]
    Unfit(Said),
    /// Rows of a file that cannot be taken; none of the file was.
    #[error("{} row(s) of the file cannot be taken; none was", .0.len())]
    Rows(Vec<RowFault>),
}

/// A sentence in both languages, without its full stop: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Said {
    /// The same in both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

/// What is wrong with one row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowFault {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The column by its name; empty where it is of the whole row.
    pub column: String,
    /// What is wrong, and what to do.
    pub said: Said,
}

fn first_line(findings: &[Finding]) -> u64 {
    findings.first().map_or(0, |finding| finding.line)
}

fn first(findings: &[Finding]) -> &str {
    findings.first().map_or("", |finding| finding.message_en.as_str())
}

/// One fault of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The field's or paper's id.
    pub field: String,
    /// What is wrong: `missing`, `not_a_number`, `not_a_date`, `not_an_option`, `out_of_range`,
    /// `too_long`, `refused_by_rule`, `unknown_field`, `missing_paper` …
    pub code: &'static str,
    /// Limits or the reason code, for the sentence.
    pub detail: String,
}

impl Fault {
    /// A fault at `field`.
    pub fn new(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code, detail: detail.into() }
    }
}

/// What keeps somebody from doing something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Not in the unit, office or duty whose turn it is.
    #[error("it is another office's turn")]
    OtherOffice,
    /// Somebody else has taken it.
    #[error("a colleague has taken it")]
    Claimed,
    /// Kept for somebody whom the head named.
    #[error("the head has named a colleague for this step; ask the head to pass it on")]
    Reserved,
    /// One's own case.
    #[error("it is your own case")]
    OwnCase,
    /// One filed it.
    #[error("you filed this case")]
    FiledByYou,
    /// Declared, on record, or found alike: they keep away from the applicant's cases.
    #[error("you keep away from this applicant's cases; pass it on to a colleague")]
    Conflict,
    /// The case is about what one, or one's own unit, did.
    #[error("the case is about what you or your unit did")]
    Involved,
    /// One signed a step that this one must be apart from.
    #[error("you signed an earlier step that must be another person's")]
    Apart,
    /// One has signed this step already.
    #[error("you have signed this step already")]
    SignedAlready,
    /// Not the applicant, nor anybody who acts for them.
    #[error("only the applicant can do this")]
    NotApplicant,
    /// Not entitled to file for this person.
    #[error("you may not file for this person")]
    MayNotFile,
    /// Staff only.
    #[error("only staff can do this")]
    NotStaff,
    /// Whoever runs the service only.
    #[error("only an administrator can do this")]
    NotAdministrator,
    /// Whoever answers for rights and accounts only.
    #[error("only a security administrator can do this")]
    NotSecurityAdministrator,
    /// Whoever looks over what was done only.
    #[error("only an auditor can do this")]
    NotAuditor,
    /// Whoever has one of the three administrative duties only.
    #[error("only those who administer can look at this")]
    NotAdministering,
    /// Rights of one's own.
    #[error("nobody gives, takes or locks what is their own; ask a colleague")]
    Oneself,
    /// Whoever heads the unit only.
    #[error("only the head of the unit can do this")]
    NotHead,
    /// Whoever may change this program only.
    #[error(
        "only administrators of the program's lead office at region, or of the service, may change it"
    )]
    NotProgramAdministrator,
    /// Whoever supervises units only.
    #[error("only those who supervise can look at this")]
    NotSupervisor,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperFault {
    /// Neither JPEG nor PNG nor PDF.
    #[error("only JPEG, PNG and PDF are taken")]
    WrongKind,
    /// Its bytes are not what it says it is.
    #[error("its content is not what its type says")]
    Lying,
    /// More than 10 MiB.
    #[error("it is larger than 10 MiB")]
    TooLarge,
    /// No bytes.
    #[error("it is empty")]
    Empty,
    /// More than 20 in one case.
    #[error("a case takes at most 20 documents")]
    TooMany,
    /// More than 10 of one line of a list.
    #[error("one line takes at most 10 documents")]
    TooManyOfLine,
    /// The program does not ask for it.
    #[error("the program does not ask for this document")]
    Unknown,
    /// It cannot be read as an image, or has too many pixels.
    #[error("it cannot be read as an image of at most 40 megapixels")]
    Unreadable,
}
