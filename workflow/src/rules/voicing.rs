//! What the applicant's side says of a case: 投诉 how it is dealt with, 申诉 against what was
//! decided, 评价 once it has ended. Each leads to a case of its own, by a letter.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entities::{
    CaseRowId, Grade, LetterKind, Outcome, PersonId, Phase, RunKind, RunState, StepRunId, UnitId,
    Verdict, VoiceId, VoiceKind, step_run, task,
};

use super::{
    authority::{Authority, Verb},
    clock::due,
    engine::{Engine, budget},
    facts::{Facts, Stuck},
    letters::Opens,
};
use crate::{
    Refusal,
    calendar::local_date,
    event::{Event, Row},
    program::{Place, Program, Shared, Word, shared::VoiceRule},
    state::CaseState,
};

/// The last day for an appeal, and what it is against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appealable {
    /// The step whose word it is.
    pub run: StepRunId,
    pub last: NaiveDate,
}

/// One thing that is said, as the trail has it.
#[derive(Clone, Debug)]
pub struct Said {
    pub voice: VoiceId,
    pub kind: VoiceKind,
    /// The unit whose doing it is about.
    pub unit: UnitId,
    /// SHA-256 (hex) of the encrypted words.
    pub words: Option<String>,
    pub grade: Option<Grade>,
    /// The step that an appeal is against.
    pub against: Option<StepRunId>,
}

/// Which program deals with something of this kind, where there is one.
pub fn rule_of(shared: &Shared, kind: VoiceKind) -> Option<&VoiceRule> {
    match kind {
        VoiceKind::Complaint => shared.voices.complaint.as_ref(),
        VoiceKind::Rating => shared.voices.rating.as_ref(),
        VoiceKind::TipOff => shared.voices.tip_off.as_ref(),
        VoiceKind::Appeal => None, // each program says its own
    }
}

/// Whether the applicant's side may complain of a case. What runs already is another question.
///
/// # Errors
/// [`Refusal::NotYours`]; [`Refusal::NotNow`] for a draft, or where nobody deals with complaints.
pub fn may_complain(
    authority: &Authority,
    state: &CaseState,
    shared: &Shared,
) -> Result<(), Refusal> {
    authority.applies(state)?;
    let on_record = state.case.phase != Phase::Draft && answers_for(state).is_some();
    if on_record && rule_of(shared, VoiceKind::Complaint).is_some() {
        return Ok(());
    }
    Err(Refusal::NotNow { verb: Verb::Complain })
}

/// Whether the applicant's side may appeal; `decided`: when the case came out.
///
/// # Errors
/// [`Refusal::NotYours`]; [`Refusal::NotNow`] where the program knows no appeal, or nothing was
/// refused or cut, or what was cut has been paid; [`Refusal::AppealOver`] after the last day.
pub fn may_appeal(
    authority: &Authority,
    (state, facts): (&CaseState, &Facts),
    decided: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Appealable, Refusal> {
    authority.applies(state)?;
    let not_now = || Refusal::NotNow { verb: Verb::Appeal };
    let rule = facts.program.appeal.as_ref().ok_or_else(not_now)?;
    let against = against(state).ok_or_else(not_now)?;
    let last = due(decided.ok_or_else(not_now)?, budget(rule.within), &facts.days);
    let last_day = local_date(last);
    if now > last {
        return Err(Refusal::AppealOver { last: last_day });
    }
    Ok(Appealable { run: against.id, last: last_day })
}

/// Whether the applicant's side may rate a case: once it has ended.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::NotNow`].
pub fn may_rate(authority: &Authority, state: &CaseState) -> Result<(), Refusal> {
    authority.applies(state)?;
    let over = state.case.phase == Phase::Ended && state.case.number.is_some();
    if over { Ok(()) } else { Err(Refusal::NotNow { verb: Verb::Rate }) }
}

/// The unit that answers for a case: whoever has it, of several the one due first; else whoever
/// signed last.
pub fn answers_for(state: &CaseState) -> Option<UnitId> {
    let staff =
        |slot: &&task::Model| slot.person_id.is_none_or(|p| Some(p) != state.case.subject_id);
    let open = state.tasks.iter().filter(|slot| CaseState::is_open(slot)).filter(staff);
    let first = open.min_by_key(|slot| (slot.due_at.is_none(), slot.due_at, slot.place));
    let signed = state.tasks.iter().filter(|slot| slot.signed_at.is_some()).filter(staff);
    let last = signed.max_by_key(|slot| slot.signed_at);
    first.or(last).map(|slot| slot.unit_id).or(state.case.anchor_id)
}

/// The unit that decided a case, else whoever answers for it.
pub fn decided_by(state: &CaseState) -> Option<UnitId> {
    let decided =
        |run: &&step_run::Model| run.kind == RunKind::Decide && run.state == RunState::Closed;
    let last = state.runs.iter().filter(decided).max_by_key(|run| (run.closed_at, run.position));
    last.and_then(|run| word_of(state, run)).or_else(|| answers_for(state))
}

/// The unit whose word a step came to: of several that signed, the one that said it.
pub fn word_of(state: &CaseState, run: &step_run::Model) -> Option<UnitId> {
    let signed = |slot: &&task::Model| slot.signed_at.is_some();
    let said = state.slots(run.id).filter(signed).find(|slot| slot.verdict == run.verdict);
    let any = state.slots(run.id).filter(signed).last();
    said.or(any).or(state.slots(run.id).next()).map(|slot| slot.unit_id).or(run.unit_id)
}

/// The step that refused the case, or cut what was granted while none of it has been paid.
pub fn against(state: &CaseState) -> Option<&step_run::Model> {
    let counts = |run: &&step_run::Model| run.kind != RunKind::Block;
    match state.case.outcome {
        Some(Outcome::Refused) => {
            let mut runs = state.runs.iter().rev().filter(counts);
            let refused = |run: &&step_run::Model| {
                run.state == RunState::Closed && run.verdict == Some(Verdict::Refused)
            };
            let word = state.runs.iter().rev().filter(counts).find(refused);
            // A case that was not taken on was left at the step that was open.
            word.or_else(|| runs.find(|run| run.kind == RunKind::Decide))
        }
        Some(Outcome::Granted) => {
            let paid =
                |run: &step_run::Model| run.kind == RunKind::Pay && run.state == RunState::Closed;
            if state.runs.iter().any(paid) {
                return None;
            }
            let cut = |run: &&step_run::Model| {
                run.state == RunState::Closed && run.verdict == Some(Verdict::Less)
            };
            state.runs.iter().rev().filter(counts).find(cut)
        }
        _ => None,
    }
}

/// Everybody who has signed in a case.
fn signers(state: &CaseState) -> Vec<PersonId> {
    let mut found: Vec<PersonId> = Vec::new();
    for person in state.tasks.iter().filter_map(|slot| slot.signed_by) {
        if Some(person) != state.case.subject_id && !found.contains(&person) {
            found.push(person);
        }
    }
    found
}

/// The key of the letter that a voice sends.
pub fn voice_key(voice: VoiceId) -> String {
    format!("voice/{voice}")
}

impl Engine<'_> {
    /// Notes what was said and, where a program deals with it, sends the letter that opens its
    /// case at a place seen from the unit that it is about. Whether one was sent.
    ///
    /// # Errors
    /// [`Stuck`] when that program or that place is not there.
    pub fn voice(&mut self, said: &Said, to: Option<(&Word, &Place)>) -> Result<bool, Stuck> {
        let (voice, kind, unit) = (said.voice, said.kind, Some(said.unit));
        let (words, grade, run) = (said.words.clone(), said.grade, said.against);
        self.emit(Event::Voiced { voice, kind, unit, words, grade, run });
        let Some((program, place)) = to else { return Ok(false) };
        let stuck = |why: &str| Stuck::new(program.as_str(), why);
        if self.facts.programs.get(program.as_str()).is_none() {
            return Err(stuck("there is no such program"));
        }
        let opener = self.opener(Some(place), Some(said.unit));
        let opener = opener.ok_or_else(|| stuck("no such place"))?;
        let opens = Opens {
            program: program.to_string(),
            opener,
            holder: Some(said.unit),
            common: None,
            close: None,
            close_on: None,
            rows: vec![self.about_itself(said)],
            form: BTreeMap::new(),
        };
        let body = serde_json::to_value(opens).unwrap_or_default();
        self.post(LetterKind::Open, voice_key(voice), (said.against, None, None), body);
        Ok(true)
    }

    /// The case as the line of the one that deals with what was said: who has signed in it may be
    /// kept from deciding there.
    fn about_itself(&self, said: &Said) -> Row {
        let path = said.against.and_then(|run| self.state.run(run));
        let open = self.state.open_runs().next();
        let path = path.or(open).or(self.state.runs.last()).map_or("", |run| run.path.as_str());
        let key = said.voice.to_string();
        let id = CaseRowId::derived(self.now, self.bits(&["voice", &key]));
        let mut row = Row { id, ..self.own_line(path, &key, Some(said.unit)) };
        let unit = self.facts.organisation.unit(said.unit);
        if let Some(facts) = row.facts.as_object_mut() {
            facts.insert("signers".to_owned(), serde_json::json!(signers(&self.state)));
            let name = |of: fn(&entities::unit::Model) -> &str| unit.map_or("", of).to_owned();
            facts.insert("unit_zh".to_owned(), name(|unit| &unit.name_zh).into());
            facts.insert("unit_en".to_owned(), name(|unit| &unit.name_en).into());
        }
        row
    }
}

/// The persons whom a line names as those who have signed in the case that it is about.
pub(super) fn signers_of(facts: &serde_json::Value) -> Vec<PersonId> {
    let named = facts.get("signers").cloned().unwrap_or_default();
    serde_json::from_value(named).unwrap_or_default()
}

/// Which program deals with an appeal: the one that the case's own names, decided one level up.
pub fn appeal_rule(program: &Program) -> Option<(&Word, Place)> {
    program.appeal.as_ref().map(|rule| (&rule.program, Place::Superior(1)))
}
