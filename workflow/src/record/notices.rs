//! Who is told what: one recipient, one notice, one key.

use chrono::{DateTime, Utc};
use entities::{
    AccountId, CaseId, Channel, NoticeId, NoticeState, Outcome, PersonId, RunKind, TaskId, Verdict,
    case_file, notice,
};
use serde_json::{Value as Json, json};

use crate::{
    event::{Event, Holders},
    state::CaseState,
};

/// One message to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// Makes a second one impossible.
    pub key: String,
    /// What about.
    pub case: Option<CaseId>,
    /// To whom, by account.
    pub account: Option<AccountId>,
    /// To whom, by person.
    pub person: Option<PersonId>,
    /// How.
    pub channel: Channel,
    /// Which letter.
    pub template: &'static str,
    /// What it needs, without personal data.
    pub params: Json,
    /// What must not be read in the database.
    pub sealed: Option<Vec<u8>>,
}

impl Telling {
    pub(super) fn into_row(self, id: NoticeId, now: DateTime<Utc>) -> notice::Model {
        notice::Model {
            id,
            dedupe_key: self.key,
            case_id: self.case,
            account_id: self.account,
            person_id: self.person,
            channel: self.channel,
            template: self.template.to_owned(),
            params: self.params,
            sealed: self.sealed,
            state: NoticeState::Waiting,
            created_at: now,
            claimed_at: None,
            sent_at: None,
            seen_at: None,
        }
    }
}

/// What `events` call for, and what the command itself wants told.
pub(super) fn of(
    file: &case_file::Model,
    after: &CaseState,
    events: &[Event],
    more: &[Telling],
) -> Vec<Telling> {
    let mut told: Vec<Telling> = more.to_vec();
    let first = file.trail_number - i32::try_from(events.len()).unwrap_or(0) + 1;
    for (number, event) in (first..).zip(events) {
        let to_applicant = |template, params| applicant(file, number, template, params);
        match event {
            Event::Filed { .. } => told.extend(to_applicant("filed", json!({}))),
            Event::Accepted { .. } => told.extend(to_applicant("accepted", json!({}))),
            Event::AcceptanceRefused { reason } => {
                told.extend(to_applicant("acceptance_refused", json!({ "reason": reason })));
            }
            Event::SupplementAsked { until, asked, .. } => {
                let template = if asked.mode.is_some() { "returned" } else { "supplement_asked" };
                told.extend(to_applicant(template, json!({ "until": until })));
            }
            Event::StepClosed { run, verdict: Verdict::Approved | Verdict::Less, .. } => {
                let run = after.run(*run).filter(|run| run.kind == RunKind::Decide);
                if let Some(run) = run {
                    told.extend(to_applicant("level_passed", json!({ "step": run.path })));
                }
            }
            Event::AwardRecomputed { from, .. } if *from != file.award_fen => {
                told.extend(to_applicant("award_changed", json!({})));
            }
            Event::Published { ends_at, .. } => {
                told.extend(to_applicant("published", json!({ "until": ends_at })));
            }
            Event::OutcomeReached { outcome, reason } => {
                let template = match outcome {
                    Outcome::Granted => "granted",
                    Outcome::Refused => "refused",
                    Outcome::Withdrawn => "withdrawn",
                    Outcome::Lapsed => "lapsed",
                    Outcome::Done => "done",
                };
                let params = json!({ "reason": reason, "fen": file.award_fen });
                told.extend(to_applicant(template, params));
            }
            Event::PaymentMade { fen, .. } => {
                let fen = fen.unwrap_or(file.award_fen);
                told.extend(to_applicant("paid", json!({ "fen": fen })));
            }
            Event::Suspended { run } => {
                let path = after.run(*run).map(|run| run.path.clone());
                told.extend(to_applicant("suspended", json!({ "step": path })));
            }
            Event::StepOpened { opening } => {
                for slot in opening.slots.iter().filter(|slot| slot.open) {
                    told.extend(holders(file, after, slot.task, "task_opened"));
                }
            }
            Event::TaskOpened { task } => told.extend(holders(file, after, *task, "task_opened")),
            Event::TaskVoided { task } => told.extend(let_go(file, after, *task)),
            Event::Copied { run, people, .. } => {
                let path = after.run(*run).map(|run| run.path.clone());
                told.extend(people.iter().map(|person| Telling {
                    key: format!("{run}/{person}/copied"),
                    case: Some(file.id),
                    account: None,
                    person: Some(*person),
                    channel: Channel::Mail,
                    template: "copied",
                    params: json!({ "step": path }),
                    sealed: None,
                }));
            }
            Event::LapseProposed { run } => {
                for slot in after.slots(*run).filter(|slot| CaseState::is_open(slot)) {
                    told.extend(holders(file, after, slot.id, "lapse_proposed"));
                }
            }
            _ => {}
        }
    }
    told
}

/// A text message to whoever the case is for.
fn applicant(
    file: &case_file::Model,
    number: i32,
    template: &'static str,
    params: Json,
) -> Option<Telling> {
    Some(Telling {
        key: format!("{}/{number}/{template}", file.id),
        case: Some(file.id),
        account: None,
        person: Some(file.subject_id?),
        channel: Channel::Sms,
        template,
        params,
        sealed: None,
    })
}

/// A letter to the one who had taken a slot that is no longer needed.
fn let_go(file: &case_file::Model, after: &CaseState, task: TaskId) -> Option<Telling> {
    let row = after.task(task)?;
    Some(Telling {
        key: format!("{task}/voided"),
        case: Some(file.id),
        account: None,
        person: Some(row.person_id.filter(|_| row.claimed_at.is_some() || row.addressed)?),
        channel: Channel::Mail,
        template: "task_voided",
        params: json!({ "step": row.path }),
        sealed: None,
    })
}

/// A letter to everybody who may take a slot.
fn holders(
    file: &case_file::Model,
    after: &CaseState,
    task: TaskId,
    template: &'static str,
) -> Vec<Telling> {
    let Some(row) = after.task(task) else { return Vec::new() };
    let Some(run) = after.run(row.run_id) else { return Vec::new() };
    let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
    let people = holders.may.get(&task).cloned().unwrap_or_default();
    let telling = |person: PersonId| Telling {
        key: format!("{task}/{person}/{template}"),
        case: Some(file.id),
        account: None,
        person: Some(person),
        channel: Channel::Mail,
        template,
        params: json!({ "step": run.path, "due": run.due_at }),
        sealed: None,
    };
    people.into_iter().map(telling).collect()
}

/// Messages that belong to no change of a case: a code on its way, an objection.
///
/// # Errors
/// The database's.
pub async fn tell(
    tx: &sea_orm::DatabaseTransaction,
    at: (DateTime<Utc>, DateTime<Utc>),
    told: Vec<Telling>,
) -> Result<super::Recorded, crate::CommandError> {
    let (now, machine) = at;
    let rows: Vec<notice::Model> =
        told.into_iter().map(|telling| telling.into_row(NoticeId::at(machine), now)).collect();
    let jobs: Vec<crate::Job> =
        rows.iter().map(|row| crate::Job::SendNotice { notice: row.id }).collect();
    let (tickets, jobs) = super::to_rows(&jobs, machine)?;
    let mut batch = super::Batch::default();
    batch.insert_once::<notice::Entity>(rows, notice::Column::DedupeKey);
    batch.insert::<entities::outbox::Entity>(jobs);
    batch.run(tx).await?;
    Ok(super::Recorded { jobs: tickets, version: 0 })
}
