//! 社会监督: somebody of the public points something out, with a name or without.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{CaseId, CaseRowId, UnitId, VoiceId, VoiceKind, case_file, unit, voice};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    begin_case::{Begun, begin},
    publish::Spoken,
    raise_voice::WORDS,
};
use crate::{
    CommandError, Event, Fault, Refusal, Ticket, Workflow,
    calendar::local_date,
    canonical::{canonical, digest, hex},
    event::Row,
    organisation::Organisation,
    organise::find_unit,
    program::Place,
    record::Batch,
    rules::{letters::Opens, voicing::rule_of},
    vault::{self, Owner},
};

/// Characters of a look-up code; capital letters and digits that nobody mistakes.
const CODE: usize = 8;
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// What is pointed out.
#[derive(Clone, Debug)]
pub struct TipOff {
    /// The place that it is about.
    pub place: UnitId,
    /// What the unit there is called, as far as somebody knows.
    pub called: String,
    /// In words; kept encrypted.
    pub text: String,
    /// How to reach them, if they want to be asked; kept encrypted.
    pub contact: String,
    /// Makes a second sending of the same words harmless.
    pub key: String,
    /// A case number that is free.
    pub sequence: u32,
}

/// What whoever pointed something out is given to come back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tipped {
    pub number: String,
    /// `7KQ2MX9D`; nobody else can find the answer.
    pub code: String,
    /// For the fast path.
    pub jobs: Vec<Ticket>,
}

impl TipOff {
    /// A case number that is free for it. Not inside a transaction.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where no program deals with tip-offs, or the database's.
    pub async fn sequence(workflow: &Workflow) -> Result<u32, CommandError> {
        let shared = workflow.programs.shared().clone();
        let rule = rule_of(&shared, VoiceKind::TipOff).ok_or(Refusal::NotFound("program"))?;
        let today = local_date(workflow.clock.now());
        let program = workflow.programs.in_force(&rule.program, today);
        let program = program.ok_or(Refusal::NotFound("program"))?;
        workflow.numbers.of(workflow, &program.code).await
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match self.text.trim().chars().count() {
            0 => faults.push(Fault::new("text", "missing", "")),
            length if WORDS.contains(&length) => {}
            _ => faults.push(Fault::new("text", "length", "5–1000")),
        }
        for (field, text) in [("contact", &self.contact), ("name", &self.called)] {
            if text.chars().count() > 100 {
                faults.push(Fault::new(field, "too_long", "100"));
            }
        }
        faults
    }
}

/// Opens a case at the supervising unit above the one that is meant. Sent twice, it is one, with
/// the same number and code.
///
/// # Errors
/// [`Refusal::Form`], [`Refusal::NotFound`] for a place that is none or where no program deals
/// with tip-offs, or the database's.
#[tracing::instrument(skip_all)]
pub async fn tip_off(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    ask: TipOff,
) -> Result<Tipped, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let faults = ask.faults();
    if !faults.is_empty() {
        return Err(Refusal::Form(faults).into());
    }
    let text = ask.text.trim().to_owned();
    let whole = canonical(&json!([ask.key, text, ask.contact, ask.place]))?;
    let dedupe_key = format!("tip_off/{}", hex(&digest(whole.as_bytes())));
    if let Some(known) = said_before(tx, workflow, &dedupe_key).await? {
        return Ok(known);
    }
    let shared = workflow.programs.shared().clone();
    let rule = rule_of(&shared, VoiceKind::TipOff).ok_or(Refusal::NotFound("program"))?;
    let program = workflow.programs.in_force(&rule.program, local_date(now));
    let program = program.ok_or(Refusal::NotFound("program"))?;
    let about = meant(tx, &ask).await?;
    let opener = place_of(tx, &rule.at_unit, about.id, now).await?;
    let (id, case) = (VoiceId::at(now), CaseId::at(now));
    let key = vault::key_or_new(tx, workflow, Owner::Case(case), machine).await?;
    let called = ask.called.trim();
    // What it is called stands with the words where no unit of ours is called so.
    let named = if called.is_empty() { text } else { format!("{called}：{text}") };
    let spoken = Spoken { text: named, contact: ask.contact.trim().to_owned() };
    let sealed = vault::seal_value(&key, ("voice", "sealed", &id.to_string()), &spoken)?;
    let sha256 = digest(&sealed).to_vec();
    let row = Row {
        id: CaseRowId::at(now),
        key: id.to_string(),
        unit: Some(about.id),
        task: None,
        case: None,
        facts: json!({
            "unit_zh": about.name_zh, "unit_en": about.name_en,
            "channel": "online", "opened": local_date(now),
        }),
        run: None,
        person: None,
    };
    let opens = Opens {
        program: program.id().to_owned(),
        opener,
        holder: Some(about.id),
        common: None,
        close: None,
        close_on: None,
        rows: vec![row],
        form: BTreeMap::new(),
    };
    let event = Event::Voiced {
        voice: id,
        kind: VoiceKind::TipOff,
        unit: Some(about.id),
        words: Some(hex(&sha256)),
        grade: None,
        run: None,
    };
    let said = Some((case, event));
    let begun = Begun { by: None, letter: None, sequence: ask.sequence, said, parent: None };
    let done = begin(tx, workflow, (opens, &program), begun).await?;
    let mut batch = Batch::default();
    batch.insert::<voice::Entity>(vec![voice::Model {
        id,
        kind: VoiceKind::TipOff,
        about_id: None,
        case_id: Some(case),
        letter_key: None,
        unit_id: Some(about.id),
        account_id: None,
        grade: None,
        sealed: Some(sealed),
        sha256: Some(sha256),
        dedupe_key,
        said_at: now,
    }]);
    batch.run(tx).await?;
    let number = done.number.unwrap_or_default();
    Ok(Tipped { number, code: code_of(workflow, id), jobs: done.recorded.jobs })
}

/// The case of a tip-off, by its number and code. A wrong number and a wrong code are answered
/// alike: with nothing.
///
/// # Errors
/// The database's.
pub async fn find_tip_off(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    (number, code): (&str, &str),
) -> Result<Option<case_file::Model>, CommandError> {
    let Some(case) = case_file::Entity::with_number(number.trim()).one(db).await? else {
        return Ok(None);
    };
    let row = voice::Entity::find()
        .filter(voice::Column::CaseId.eq(case.id))
        .filter(voice::Column::Kind.eq(VoiceKind::TipOff))
        .one(db)
        .await?;
    let typed: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_uppercase())
        .collect();
    Ok(row.filter(|row| code_of(workflow, row.id) == typed).map(|_| case))
}

/// The same words again: what was answered before.
async fn said_before(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    dedupe_key: &str,
) -> Result<Option<Tipped>, CommandError> {
    let known = voice::Entity::find().filter(voice::Column::DedupeKey.eq(dedupe_key));
    let Some(row) = known.one(tx).await? else { return Ok(None) };
    let Some(case) = row.case_id else { return Ok(None) };
    let file = case_file::Entity::find_by_id(case).one(tx).await?;
    let number = file.and_then(|file| file.number).unwrap_or_default();
    Ok(Some(Tipped { number, code: code_of(workflow, row.id), jobs: Vec::new() }))
}

/// Made from the keys, so that it is kept nowhere.
fn code_of(workflow: &Workflow, voice: VoiceId) -> String {
    let made = workflow.keys.blind_index("voice.code").of(&voice.to_string());
    let sign = |byte: &u8| SIGNS.get(usize::from(byte % 32)).copied().map_or('2', char::from);
    made.iter().take(CODE).map(sign).collect()
}

/// The unit that is meant: by its name where it has one, else the place.
async fn meant(tx: &DatabaseTransaction, ask: &TipOff) -> Result<unit::Model, CommandError> {
    let called = ask.called.trim();
    if !called.is_empty() {
        match find_unit(tx, called).await {
            Ok(unit) => return Ok(unit),
            Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let place = unit::Entity::find_by_id(ask.place).one(tx).await?;
    let wrong = || Refusal::Form(vec![Fault::new("place", "not_an_option", "")]);
    Ok(place.ok_or_else(wrong)?)
}

/// The place whose case it becomes, seen from the unit that it is about.
async fn place_of(
    tx: &DatabaseTransaction,
    place: &Place,
    unit: UnitId,
    now: DateTime<Utc>,
) -> Result<UnitId, CommandError> {
    let around = Organisation::around(tx, unit, None, now).await?;
    let found = match place {
        Place::Superior(times) => {
            around.superior_of(unit, *times).and_then(|unit| around.seat(unit))
        }
        _ => around.seat(unit),
    };
    Ok(found.map(|unit| unit.id).ok_or(Refusal::NotFound("unit"))?)
}
