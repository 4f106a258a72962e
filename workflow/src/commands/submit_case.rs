//! 提交, 补正后重新提交: the form is read whole, judged, numbered and put on record.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use entities::{
    CaseId, FormVersionId, Phase, TimerId, TimerKind, UnitId, case_file, form_version, paper, timer,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{
    answer::{Done, finish, same_version},
    excluded::{excluded, lock_applicant},
    named_units,
    start_case::draft,
};
use crate::{
    Actor, CommandError, Event, Fault, Refusal, Workflow,
    calendar::local_date,
    canonical::{digest, hex},
    event::{Asked, ReturnMode},
    load,
    organisation::Organisation,
    program::{
        ClockFrom,
        expression::{Scope, Value},
    },
    rules::{
        anchoring,
        authority::Verb,
        case_number::CaseNumber,
        clock::{self, SILENCE},
        eligibility,
        engine::Engine,
        facts::{CaseFacts, Facts},
        judging::{self, Judged},
        named,
    },
    state::CaseState,
    vault::{self, Owner},
};

/// Hands a draft in.
#[derive(Clone, Copy, Debug)]
pub struct SubmitCase {
    /// Which draft.
    pub case: CaseId,
    /// The version that was seen.
    pub seen: Option<i32>,
    /// The sequence in its number, from [`Numbers`](crate::numbers::Numbers).
    pub sequence: u32,
    /// 承诺与同意: the declaration of truth and the consent were given.
    pub declared: bool,
}

/// Puts a draft on record: it has a number, and its first step opens.
///
/// # Errors
/// [`Refusal::Form`] with every fault, [`Refusal::NotEligible`], [`Refusal::Excluded`],
/// [`Refusal::Once`],
/// [`Refusal::NoConsent`], [`Refusal::Stuck`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %ask.case))]
pub async fn submit_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: SubmitCase,
) -> Result<Done, CommandError> {
    let mut at = Application::open(tx, workflow, actor, (ask.case, Verb::Submit, ask.seen)).await?;
    at.know_named(tx).await?;
    let (hash, version) = at.version_of_today(workflow)?;
    if !ask.declared {
        return Err(Refusal::NoConsent.into());
    }
    let judged = at.judge(tx).await?;
    excluded(tx, workflow, (&at.before.case, &at.facts.program)).await?;
    let file = &at.before.case;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    if let Some(key) = once_key(tx, workflow, (&at.before, &at.facts), &judged.scope).await? {
        engine.state.case.once_key = Some(key);
    }
    engine.state.case.anchor_id = Some(at.anchor(&judged)?);
    engine.state.case.program_hash = hash;
    engine.state.case.program_number = version;
    let number = number(workflow, file, at.now, ask.sequence)?;
    let form = at.seal(tx, workflow, actor, &judged, 1).await?;
    engine.emit(Event::Filed {
        number,
        filed_as: file.filed_as.clone(),
        facts: serde_json::to_value(&judged.facts)?,
        form: hex(&form.sha256),
        award: judged.award.total,
    });
    if !judged.award.lines.is_empty() {
        engine.emit(Event::AwardSet { lines: judged.award.lines.clone() });
    }
    engine.start_total(ClockFrom::Submitted, at.now).map_err(Refusal::from)?;
    let silence = silence(&at);
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.routing = Some(true);
        change.forms.push(form);
        change.timers.push(silence);
    })
    .await
}

/// Hands in what was asked for: the clocks count again, and, if more changed than was asked for,
/// all sign anew.
///
/// # Errors
/// As [`submit_case`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %case))]
pub async fn resubmit_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    case: CaseId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let mut at = Application::open(tx, workflow, actor, (case, Verb::Resubmit, seen)).await?;
    at.before = load::state(tx, at.before.case).await?;
    at.know_named(tx).await?;
    let judged = at.judge(tx).await?;
    let file = &at.before.case;
    let asked: Asked =
        file.asked.clone().and_then(|asked| serde_json::from_value(asked).ok()).unwrap_or_default();
    let handed_in = handed_in(tx, workflow, file).await?;
    let changed: Vec<String> = changed(&handed_in, &at.values);
    let unasked: Vec<&String> =
        changed.iter().filter(|field| !asked.fields.contains(field)).collect();
    if asked.mode.is_none() && !unasked.is_empty() {
        let faults = unasked.iter().map(|field| Fault::new(field, "not_asked", "")).collect();
        return Err(Refusal::Form(faults).into());
    }
    excluded(tx, workflow, (&at.before.case, &at.facts.program)).await?;
    let once = once_key(tx, workflow, (&at.before, &at.facts), &judged.scope).await?;
    let form = at.seal(tx, workflow, actor, &judged, i32::MAX).await?;
    let same_award = judged.award.total == file.award_fen;
    let anchor = Some(at.anchor(&judged)?);
    let same_place = anchor == file.anchor_id;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.state.case.anchor_id = anchor;
    engine.emit(Event::Supplemented {
        facts: serde_json::to_value(&judged.facts)?,
        form: hex(&form.sha256),
        award: judged.award.total,
        changed: changed.clone(),
    });
    // What comes to nothing now has no line any more.
    if !judged.award.lines.is_empty() || !at.facts.lines.is_empty() {
        engine.emit(Event::AwardSet { lines: judged.award.lines.clone() });
    }
    engine.answered();
    engine.state.case.once_key = once;
    // Signatures stand only for what was signed.
    let replays =
        !same_award || !same_place || (asked.mode == Some(ReturnMode::Here) && !unasked.is_empty());
    if replays {
        engine.replay_all();
    }
    let back = asked.mode.is_some() || replays;
    let silence = (engine.state.case.phase == Phase::Filed).then(|| silence(&at));
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.routing = back.then_some(true);
        change.forms.push(form);
        change.timers.extend(silence);
    })
    .await
}

/// The form as it was last handed in.
async fn handed_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    file: &case_file::Model,
) -> Result<BTreeMap<String, Value>, CommandError> {
    let rows = form_version::Entity::of_case(file.id)
        .filter(form_version::Column::RunId.is_null())
        .all(tx)
        .await?;
    let key = vault::key(tx, workflow, Owner::Case(file.id)).await?;
    let (Some(row), Some(key)) = (rows.iter().rev().find(|row| row.number > 0), key) else {
        return Ok(BTreeMap::new());
    };
    vault::open_value(&key, ("form_version", "sealed", &row.id.to_string()), &row.sealed)
}

/// Nobody answers for five working days after the receipt: it counts as accepted.
fn silence(at: &Application) -> timer::Model {
    let due_at = clock::due(at.now, SILENCE, &at.facts.days);
    timer::Model::of(at.before.case.id, TimerKind::Silence, TimerId::at(at.now), due_at)
}

/// An application about to be handed in.
struct Application {
    before: CaseState,
    facts: Facts,
    values: BTreeMap<String, Value>,
    now: DateTime<Utc>,
    machine: DateTime<Utc>,
}

impl Application {
    async fn open(
        tx: &DatabaseTransaction,
        workflow: &Workflow,
        actor: Actor,
        ask: (CaseId, Verb, Option<i32>),
    ) -> Result<Self, CommandError> {
        let (case, verb, seen) = ask;
        let file = load::lock(tx, case).await?;
        lock_applicant(tx, &file).await?;
        let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
        let before = CaseState::new(file);
        let facts = load::facts(tx, workflow, &before.case, now).await?;
        let authority = load::authority(tx, actor, machine).await?;
        authority.may(verb, &before, &facts.program, None)?;
        same_version(&before, seen)?;
        let values = draft(tx, workflow, &before.case).await?;
        Ok(Self { before, facts, values, now, machine })
    }

    /// Reads the units that the form names now, for rules that ask where they are: the case as it
    /// was read names those of its last handing in.
    async fn know_named(&mut self, tx: &DatabaseTransaction) -> Result<(), CommandError> {
        let said: Vec<_> = self.before.runs.iter().map(|run| run.said.clone()).collect();
        let mut roots = named::roots(&self.facts.program, &self.values, &said);
        let known = |unit: &UnitId| self.facts.organisation.unit(*unit).is_some();
        if !roots.units.iter().all(known) {
            let carried = CaseFacts::of(&self.before);
            roots.units.extend(self.before.case.anchor_id.into_iter().chain(carried.home));
            self.facts.organisation = Organisation::above_all(tx, &roots, self.now).await?;
        }
        Ok(())
    }

    /// Form, papers, eligibility, award: every fault at once.
    async fn judge(&self, tx: &DatabaseTransaction) -> Result<Judged, CommandError> {
        let rows = paper::Entity::of_case(self.before.case.id).all(tx).await?;
        let own = rows.into_iter().filter(|row| row.run_id.is_none());
        let papers: Vec<String> = own.map(|row| row.paper).collect();
        let application = judging::Application {
            facts: &self.facts,
            state: &self.before,
            values: &self.values,
            papers: &papers,
            now: self.now,
        };
        let read = application.read();
        let mut faults = read.faults;
        let form = &self.facts.program.form;
        faults.extend(named_units::faults(tx, form, &read.values).await?);
        match application.judge(faults) {
            Err(Refusal::Form(faults)) if self.is_on_another_version() => {
                let version = self.facts.program.version;
                Err(Refusal::NewVersion { version, faults }.into())
            }
            judged => Ok(judged?),
        }
    }

    /// Whether a version has come into force since the draft was begun.
    fn is_on_another_version(&self) -> bool {
        self.before.case.phase == Phase::Draft
            && self.before.case.program_hash != self.facts.program.hash()
    }

    /// The unit that `anchor` names now that the form is whole.
    fn anchor(&self, judged: &Judged) -> Result<UnitId, Refusal> {
        let (program, around) = (&self.facts.program, &self.facts.organisation);
        Ok(anchoring::anchor(program, &judged.scope, around)?)
    }

    /// A draft follows its program: it is filed on the version in force today, if there is one.
    fn version_of_today(&self, workflow: &Workflow) -> Result<(String, i32), Refusal> {
        let id = self.facts.program.id();
        let found = workflow.programs.in_force(id, local_date(self.now));
        let program = found.ok_or_else(|| Refusal::UnknownProgram(id.to_owned()))?;
        Ok((program.hash(), i32::try_from(program.version).unwrap_or(i32::MAX)))
    }

    /// The form as it is handed in, encrypted; a number past the last is the next.
    async fn seal(
        &self,
        tx: &DatabaseTransaction,
        workflow: &Workflow,
        actor: Actor,
        judged: &Judged,
        number: i32,
    ) -> Result<form_version::Model, CommandError> {
        let case = self.before.case.id;
        let last = form_version::Entity::of_case(case)
            .filter(form_version::Column::RunId.is_null())
            .all(tx)
            .await?;
        let next = last.last().map_or(1, |row| row.number + 1);
        let key = vault::key_or_new(tx, workflow, Owner::Case(case), self.machine).await?;
        let id = FormVersionId::at(self.now);
        let place = id.to_string();
        let values = &judged.scope.form;
        let sealed = vault::seal_value(&key, ("form_version", "sealed", &place), values)?;
        Ok(form_version::Model {
            id,
            case_id: case,
            run_id: None,
            number: number.min(next),
            sha256: digest(&sealed).to_vec(),
            sealed,
            filled_by: actor.account,
            created_at: self.now,
        })
    }
}

/// The blind key of what may be asked for only once; refused when another live or granted case
/// has it.
pub(super) async fn once_key(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (before, facts): (&CaseState, &Facts),
    scope: &Scope,
) -> Result<Option<Vec<u8>>, CommandError> {
    let subject = before.case.subject_id;
    // What is completed in January was asked for in the year before.
    let filed = before.case.submitted_at.map_or(scope.today, local_date);
    let scope = Scope { today: filed, ..scope.clone() };
    let text = eligibility::once_key(&facts.program, &scope, subject).map_err(Refusal::from)?;
    let Some(text) = text else { return Ok(None) };
    let key = workflow.keys.blind_index("case_file.once_key").of(&text).to_vec();
    let other = case_file::Entity::find()
        .filter(case_file::Column::OnceKey.eq(key.clone()))
        .filter(case_file::Column::Id.ne(before.case.id))
        .one(tx)
        .await?;
    match other {
        Some(other) => Err(Refusal::Once { number: other.number.unwrap_or_default() }.into()),
        None => Ok(Some(key)),
    }
}

fn number(
    workflow: &Workflow,
    file: &case_file::Model,
    now: DateTime<Utc>,
    sequence: u32,
) -> Result<String, CommandError> {
    let program = load::program(workflow, file)?;
    let year = local_date(now).year();
    let number = CaseNumber::new(&file.county, &program.code, year, sequence)
        .map_err(|error| CommandError::Stored(error.to_string()))?;
    Ok(number.to_string())
}

fn changed(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).cloned().collect()
}
