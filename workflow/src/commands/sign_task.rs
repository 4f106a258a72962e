//! Somebody speaks on a step: approves, approves less, refuses, sends back, hands in, signs for
//! receipt, pays.

use std::collections::BTreeMap;

use entities::{
    Fen, FormVersionId, NoteKind, TaskId, Verdict, case_file, form_version, note, paper, person,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef,
};

use super::{
    answer::{Done, finish},
    asking::{explained, note_of},
    decide::{AtStep, at_step},
    document_number, named_units, roster,
};
use crate::{
    Actor, CommandError, Fault, Refusal, Workflow,
    canonical::{digest, hex},
    event::{Asked, ReturnMode, Signature, Together},
    program::{Field, FieldType, Keep, expression::Value},
    rules::{
        authority::Verb,
        engine::Engine,
        facts::Facts,
        form::{self, Given, Reading},
        papers, returning, unnamed,
        verdicts::{SendBack, sign},
    },
    vault::{self, Owner},
};

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// 同意
    Approve,
    /// 同意，核减至
    ApproveLess(Fen),
    /// 不同意, with a reason code.
    Refuse(String),
    /// 退回
    Return {
        /// A step's id, or `applicant`.
        to: String,
        /// Signed anew by all, or resumed here.
        mode: ReturnMode,
        /// Fields and papers to be mended.
        fields: Vec<String>,
        /// Papers to be mended.
        papers: Vec<String>,
    },
    /// 报送
    HandIn,
    /// 签收
    Receive,
    /// 支付
    Pay,
}

/// One act on one slot.
#[derive(Clone, Debug)]
pub struct SignTask {
    /// Which slot.
    pub task: TaskId,
    /// The slot's version that the signer saw.
    pub seen: Option<i32>,
    /// What is said.
    pub word: Word,
    /// Free words to the file and to the applicant; kept encrypted.
    pub note: Option<String>,
    /// The step's own form.
    pub fields: BTreeMap<String, Given>,
}

impl Word {
    fn verb(&self) -> Verb {
        match self {
            Self::Approve => Verb::Approve,
            Self::ApproveLess(_) => Verb::ApproveLess,
            Self::Refuse(_) => Verb::Refuse,
            Self::Return { .. } => Verb::Return,
            Self::HandIn => Verb::HandIn,
            Self::Receive => Verb::SignForReceipt,
            Self::Pay => Verb::Pay,
        }
    }

    fn verdict(&self) -> Verdict {
        match self {
            Self::Approve => Verdict::Approved,
            Self::ApproveLess(_) => Verdict::Less,
            Self::Refuse(_) => Verdict::Refused,
            Self::Return { .. } => Verdict::Returned,
            Self::HandIn | Self::Receive | Self::Pay => Verdict::Done,
        }
    }
}

/// Signs a slot. The worker lets the case go on when its step is closed by it.
///
/// # Errors
/// As [`Authority::may`](crate::rules::authority::Authority::may) and
/// [`sign`](crate::rules::verdicts::sign), [`Refusal::Form`] for the step's own form,
/// [`Refusal::NeedsReason`], [`Refusal::UnknownReason`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %ask.task))]
pub async fn sign_task(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: SignTask,
) -> Result<Done, CommandError> {
    sign_in(tx, workflow, actor, ask, None).await
}

/// Approves a slot together with those of like cases.
///
/// # Errors
/// As [`sign_task`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub(crate) async fn sign_together(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    batch: Together,
) -> Result<Done, CommandError> {
    let (word, fields) = (Word::Approve, BTreeMap::new());
    let ask = SignTask { task, seen: None, word, note: None, fields };
    sign_in(tx, workflow, actor, ask, Some(batch)).await
}

async fn sign_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: SignTask,
    batch: Option<Together>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (ask.task, ask.word.verb(), ask.seen)).await?;
    let reason = reason(&at.facts, &at.task.path, &ask)?;
    if let Word::Return { to, .. } = &ask.word {
        returning::asked_once(&at.before, to)?;
    }
    let agrees = !matches!(ask.word, Word::Refuse(_) | Word::Return { .. });
    let said = if agrees { step_form(tx, &at, &ask).await? } else { BTreeMap::new() };
    let sealed = seal_words(tx, workflow, actor, &at, (&ask, &said)).await?;
    let signature = Signature {
        verdict: ask.word.verdict(),
        fen: if let Word::ApproveLess(fen) = ask.word { Some(fen) } else { None },
        reason,
        person: actor.person,
        appointment: at.right.as_ref().map(|right| right.id),
        on_behalf: at
            .right
            .as_ref()
            .map(|right| right.person_id)
            .filter(|holder| Some(*holder) != actor.person),
        note: sealed.note.as_ref().map(|note| hex(&digest(note))),
        form: sealed.form.as_ref().map(|form| hex(&form.sha256)),
        said: serde_json::to_value(sealed.open)?,
        seen: at.before.case.version,
        batch,
    };
    let words = ask.note.as_deref().unwrap_or_default();
    let told = match &ask.word {
        Word::Return { .. } => {
            note_of(tx, workflow, actor, &at, (NoteKind::Signature, words)).await?
        }
        _ => None,
    };
    let back = send_back(&ask.word, told.as_ref());
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    if agrees {
        roster::handed_in(tx, workflow, (actor, &at), &mut engine, &said).await?;
        roster::come_in(tx, workflow, &at, &mut engine, &said).await?;
    }
    let closed = sign(&mut engine, ask.task, signature, back)?;
    if closed {
        document_number::take(tx, &mut engine, &at.task.path).await?;
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.routing = closed.then_some(true);
        change.notes.extend(sealed.note.map(|note| (ask.task, note)));
        change.told.extend(told);
        change.forms.extend(sealed.form);
    })
    .await
}

fn reason(facts: &Facts, path: &str, ask: &SignTask) -> Result<Option<String>, Refusal> {
    match &ask.word {
        Word::Refuse(code) => {
            known_reason(facts, path, code)?;
            Ok(Some(code.clone()))
        }
        Word::Return { fields, papers, .. } => {
            let named = !fields.is_empty() || !papers.is_empty();
            let told = ask.note.as_ref().is_some_and(|note| !note.trim().is_empty());
            if named || told { Ok(None) } else { Err(Refusal::NeedsReason) }
        }
        _ => Ok(None),
    }
}

/// Whatever can be refused has a reason code: one of the step's, where it names some.
pub(super) fn known_reason(facts: &Facts, path: &str, code: &str) -> Result<(), Refusal> {
    if code.is_empty() {
        return Err(Refusal::NeedsReason);
    }
    let own = facts.program.step(path).map(|step| step.reasons.as_slice()).unwrap_or_default();
    let known = facts.shared().reasons.contains_key(code);
    if known && (own.is_empty() || own.iter().any(|reason| *reason == *code)) {
        return Ok(());
    }
    Err(Refusal::UnknownReason(code.to_owned()))
}

/// The step's own form and papers, whole.
async fn step_form(
    tx: &DatabaseTransaction,
    at: &AtStep,
    ask: &SignTask,
) -> Result<BTreeMap<String, Value>, CommandError> {
    let Some(step) = at.facts.program.step(&at.task.path) else { return Ok(BTreeMap::new()) };
    let scope = at.facts.scope_in(&at.before, at.now, Some(at.task.run_id));
    let starts = form::starts(&step.form, &scope).map_err(Refusal::from)?;
    let read = form::read(&step.form, &ask.fields, &starts, &scope, Reading::Whole);
    let mut faults = read.faults;
    faults.extend(named_units::faults(tx, &step.form, &read.values).await?);
    if unnamed::hides_applicants(&at.facts.program) {
        let people = behind(tx, at).await?;
        // An option is the program's word, whatever it is spelt like; and how to reach whoever
        // reported is kept sealed, for the one who answers.
        let spared = |field: &&Field| {
            field.kind_of == FieldType::Choice || field.keep == Some(Keep::Private)
        };
        let mut written = read.values.clone();
        for field in step.form.iter().filter(spared) {
            written.remove(field.id.as_str());
        }
        faults.extend(unnamed::faults(&written, &people));
    }
    if !step.papers.is_empty() {
        let rows = paper::Entity::of_case(at.before.case.id).all(tx).await?;
        let have: Vec<String> = rows
            .into_iter()
            .filter(|row| row.run_id.is_none() || row.run_id == Some(at.task.run_id))
            .map(|row| row.paper)
            .collect();
        let needed = papers::of_step(&at.facts.program, step, &scope).map_err(Refusal::from)?;
        faults.extend::<Vec<Fault>>(papers::missing(&needed, &have));
    }
    if faults.is_empty() { Ok(read.values) } else { Err(Refusal::Form(faults).into()) }
}

/// The names of those whose cases stand on the lines.
async fn behind(tx: &DatabaseTransaction, at: &AtStep) -> Result<Vec<String>, CommandError> {
    let cases = at.before.rows.iter().filter_map(|row| row.from_case);
    let found: Vec<(Option<String>,)> = case_file::Entity::find()
        .select_only()
        .column(person::Column::Name)
        .join(JoinType::InnerJoin, of_subject())
        .filter(case_file::Column::Id.is_in(cases))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(found.into_iter().filter_map(|(name,)| name).collect())
}

/// Whom a case is for.
fn of_subject() -> RelationDef {
    let of = case_file::Entity::belongs_to(person::Entity)
        .from(case_file::Column::SubjectId)
        .to(person::Column::Id);
    RelationDef::from(of)
}

/// What is kept encrypted of one act, and what stays open.
struct Sealed {
    note: Option<Vec<u8>>,
    form: Option<form_version::Model>,
    open: BTreeMap<String, Value>,
}

async fn seal_words(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    at: &AtStep,
    words: (&SignTask, &BTreeMap<String, Value>),
) -> Result<Sealed, CommandError> {
    let (ask, said) = words;
    let fields = at.facts.program.step(&at.task.path).map(|step| step.form.as_slice());
    let (open, private) = form::open_and_private(fields.unwrap_or_default(), said);
    let note = ask.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if note.is_none() && private.is_empty() {
        return Ok(Sealed { note: None, form: None, open });
    }
    let case = at.before.case.id;
    let key = vault::key_or_new(tx, workflow, Owner::Case(case), at.machine).await?;
    let note = match note {
        Some(note) => {
            Some(vault::seal_text(&key, ("task", "note_sealed", &ask.task.to_string()), note)?)
        }
        None => None,
    };
    let form = if private.is_empty() {
        None
    } else {
        let id = FormVersionId::at(at.now);
        let place = id.to_string();
        let sealed = vault::seal_value(&key, ("form_version", "sealed", &place), &private)?;
        Some(form_version::Model {
            id,
            case_id: case,
            run_id: Some(at.task.run_id),
            number: at.task.place,
            sha256: digest(&sealed).to_vec(),
            sealed,
            filled_by: actor.account,
            created_at: at.now,
        })
    };
    Ok(Sealed { note, form, open })
}

fn send_back(word: &Word, note: Option<&note::Model>) -> Option<SendBack> {
    let Word::Return { to, mode, fields, papers } = word else { return None };
    let (fields, papers) = (fields.clone(), papers.clone());
    let asked = explained(Asked { fields, papers, mode: Some(*mode), ..Asked::default() }, note);
    Some(SendBack { to: to.clone(), mode: *mode, asked })
}
