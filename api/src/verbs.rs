//! What can be done at a step, by the names that pages and JSON share.

use std::collections::BTreeMap;

use entities::{Fen, TaskId};
use sea_orm::DatabaseTransaction;
use workflow::{
    Actor, CommandError, Fault, Refusal, Workflow,
    commands::{self, Done, MoveRow, RequestSupplement, SignTask, StrikeRow, Word},
    event::ReturnMode,
    rules::{authority::Verb, form::Given},
    tx,
};

use crate::Problem;

mod hands;

/// Every verb of a step by its name; the ordinary ones first.
pub const NAMES: [(&str, Verb); 31] = [
    ("approve", Verb::Approve),
    ("hand-in", Verb::HandIn),
    ("receive", Verb::SignForReceipt),
    ("pay", Verb::Pay),
    ("approve-less", Verb::ApproveLess),
    ("request-supplement", Verb::RequestSupplement),
    ("return", Verb::Return),
    ("refuse", Verb::Refuse),
    ("accept", Verb::Accept),
    ("refuse-acceptance", Verb::RefuseAcceptance),
    ("strike", Verb::Strike),
    ("move", Verb::Move),
    ("claim", Verb::Claim),
    ("release", Verb::Release),
    ("close-as-lapsed", Verb::CloseAsLapsed),
    ("ask-extension", Verb::AskExtension),
    ("suspend", Verb::Suspend),
    ("continue", Verb::Continue),
    ("give-opinion", Verb::GiveOpinion),
    ("give-back", Verb::GiveBack),
    ("take-back", Verb::TakeBack),
    ("undo", Verb::Undo),
    ("transfer", Verb::Transfer),
    ("delegate", Verb::Delegate),
    ("add-signer", Verb::AddSigner),
    ("drop-signer", Verb::DropSigner),
    ("ask-opinion", Verb::AskOpinion),
    ("ask-expert", Verb::AskExpert),
    ("copy", Verb::Copy),
    ("plan-holder", Verb::PlanHolder),
    ("ask-supplement-again", Verb::AskSupplementAgain),
];

/// What comes with a verb; each takes what it needs.
#[derive(Clone, Debug, Default)]
pub struct VerbAsk {
    /// The slot's version that was seen.
    pub version: Option<i32>,
    /// The lower amount, of `approve-less`.
    pub fen: Option<Fen>,
    /// A reason's code.
    pub reason: Option<String>,
    /// Free words; kept encrypted.
    pub note: Option<String>,
    /// Where it is returned to, or where a line is put.
    pub to: Option<String>,
    /// `replay` or `here`.
    pub mode: Option<String>,
    /// Fields of the application to be mended.
    pub fields: Vec<String>,
    /// Papers to be handed in (again).
    pub papers: Vec<String>,
    /// A line of the case, of `strike` and `move`.
    pub row: Option<String>,
    /// Who comes to the step, of the verbs that bring others.
    pub person: Option<String>,
    /// `before` or `after`, of `add-signer`.
    pub side: Option<String>,
    /// The slot of whoever is taken off, of `drop-signer`.
    pub slot: Option<String>,
    /// A later step's id, of `plan-holder`.
    pub step: Option<String>,
    /// The step's own form.
    pub form: BTreeMap<String, Given>,
}

impl VerbAsk {
    /// What a page's form posts: `version`, `amount` (yuan), `reason`, `note`, `to`, `mode`,
    /// `defect_fields`, `defect_papers`, and the step's own fields as `form.…`.
    ///
    /// # Errors
    /// Invalid fields for an amount that is none.
    pub fn of_form(posted: &[(String, String)]) -> Result<Self, Problem> {
        let one = |name: &str| {
            let found = posted.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let many = |name: &str| {
            let found = posted.iter().filter(|(field, value)| field == name && !value.is_empty());
            found.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let fen = one("amount").map(|text| text.replace([',', '，'], "").parse::<Fen>());
        let fen = fen.transpose().map_err(|_| wrong("amount", "not_a_number"))?;
        let version = one("version").map(|text| text.parse::<i32>()).transpose();
        // Several choices of one field are a list with one item a line.
        let mut form: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in posted {
            let Some(name) = name.strip_prefix("form.") else { continue };
            let known = form.entry(name.to_owned()).or_default();
            if !known.is_empty() {
                known.push('\n');
            }
            known.push_str(value);
        }
        let form = form.into_iter().map(|(name, value)| (name, Given::Text(value)));
        Ok(Self {
            version: version.map_err(|_| Problem::MalformedRequest)?,
            fen,
            reason: one("reason"),
            note: one("note"),
            to: one("to"),
            mode: one("mode"),
            fields: many("defect_fields"),
            papers: many("defect_papers"),
            row: one("row"),
            person: one("person"),
            side: one("side"),
            slot: one("slot"),
            step: one("step"),
            form: form.collect(),
        })
    }
}

pub(super) fn wrong(field: &str, code: &'static str) -> Problem {
    Problem::Command(CommandError::Refused(Refusal::Form(vec![Fault::new(field, code, "")])))
}

/// Does it, in the caller's transaction. The caller hands the jobs over after the commit.
///
/// # Errors
/// [`Problem::NotFound`] for an unknown verb, the command's refusals, the database's.
pub async fn do_verb(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    who: Actor,
    task: TaskId,
    verb: &str,
    ask: VerbAsk,
) -> Result<Done, Problem> {
    let known = NAMES.iter().find(|(name, _)| *name == verb).map(|(_, verb)| *verb);
    let seen = ask.version;
    let done = match known.ok_or(Problem::NotFound)? {
        Verb::Claim => commands::claim_task(tx, workflow, who, task, seen).await?,
        Verb::Release => commands::release_task(tx, workflow, who, task, seen).await?,
        Verb::Accept => commands::accept_case(tx, workflow, who, task, seen).await?,
        Verb::RefuseAcceptance => {
            let why = (seen, ask.reason.unwrap_or_default());
            commands::refuse_acceptance(tx, workflow, who, task, why).await?
        }
        Verb::RequestSupplement => {
            let note = ask.note.unwrap_or_default();
            let (fields, papers) = (ask.fields, ask.papers);
            let asked = RequestSupplement { seen, fields, papers, note };
            commands::request_supplement(tx, workflow, who, task, asked).await?
        }
        Verb::Strike => {
            let row = ask.row.ok_or_else(|| wrong("row", "missing"))?;
            let row = row.parse().map_err(|_| wrong("row", "not_an_option"))?;
            let strike = StrikeRow { task, seen, row, reason: ask.reason.unwrap_or_default() };
            commands::strike_row(tx, workflow, who, strike).await?
        }
        Verb::Move => {
            let row = ask.row.ok_or_else(|| wrong("row", "missing"))?;
            let row = row.parse().map_err(|_| wrong("row", "not_an_option"))?;
            let to = ask.to.ok_or_else(|| wrong("to", "missing"))?;
            let moves = MoveRow { task, seen, row, to, reason: ask.reason.unwrap_or_default() };
            commands::move_row(tx, workflow, who, moves).await?
        }
        Verb::AskExtension => {
            let why = (seen, ask.note.unwrap_or_default());
            commands::ask_extension(tx, workflow, who, task, why).await?
        }
        Verb::Suspend => {
            let why = (seen, ask.reason.unwrap_or_default(), ask.note.unwrap_or_default());
            commands::pause_step(tx, workflow, who, task, why).await?
        }
        Verb::Continue => commands::continue_step(tx, workflow, who, task, seen).await?,
        Verb::CloseAsLapsed => commands::close_as_lapsed(tx, workflow, who, task, seen).await?,
        verb if hands::KNOWN.contains(&verb) => {
            hands::do_verb(tx, workflow, who, (task, verb), ask).await?
        }
        verb => {
            let word = word(verb, &ask)?;
            let sign = SignTask { task, seen, word, note: ask.note, fields: ask.form };
            commands::sign_task(tx, workflow, who, sign).await?
        }
    };
    Ok(done)
}

/// After somebody could not sign a list, because another has taken its seats: it is made anew, so
/// that they find what they can sign.
///
/// # Errors
/// The database's.
pub async fn make_anew(
    workflow: &Workflow,
    task: TaskId,
    problem: Problem,
) -> Result<Problem, Problem> {
    if matches!(problem, Problem::Command(CommandError::Refused(Refusal::SeatsGone))) {
        let done = tx::write_patiently(&workflow.store, async |tx| {
            commands::renew_list(tx, workflow, task).await.map_err(Problem::Command)
        })
        .await?;
        workflow.wake.hand(&done.recorded.jobs);
    }
    Ok(problem)
}

/// What is said, of the verbs that sign.
fn word(verb: Verb, ask: &VerbAsk) -> Result<Word, Problem> {
    Ok(match verb {
        Verb::Approve => Word::Approve,
        Verb::ApproveLess => Word::ApproveLess(ask.fen.ok_or_else(|| wrong("amount", "missing"))?),
        Verb::Refuse => Word::Refuse(ask.reason.clone().unwrap_or_default()),
        Verb::Return => Word::Return {
            to: ask.to.clone().ok_or_else(|| wrong("to", "missing"))?,
            mode: match ask.mode.as_deref() {
                None | Some("replay") => ReturnMode::Replay,
                Some("here") => ReturnMode::Here,
                Some(_) => return Err(wrong("mode", "not_an_option")),
            },
            fields: ask.fields.clone(),
            papers: ask.papers.clone(),
        },
        Verb::HandIn => Word::HandIn,
        Verb::SignForReceipt => Word::Receive,
        Verb::Pay => Word::Pay,
        _ => return Err(Problem::NotFound),
    })
}
