//! What a notice says, to whom.

mod about;
mod addressee;
mod escalating;
mod kind;
mod mail;
mod sms;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{Channel, notice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use workflow::{
    canonical,
    code_letter::{CodeLetter, open_code},
    pace,
};

use crate::{
    Services,
    jobs::JobError,
    post::{Haste, Letter},
};
use about::About;
use kind::Kind;

/// A letter that is so old has lain about: its mail server was away, or all of the service.
const LAIN: TimeDelta = TimeDelta::minutes(15);

/// Who has less time than this is told first.
const SHORT: TimeDelta = TimeDelta::hours(48);

/// The letter of `notice`, whose job was written at `written_at`, machine time; none when its
/// recipient can be reached by signing in only.
///
/// # Errors
/// [`JobError::Gone`] for a case or a person that is not there any more, [`JobError::Stored`]
/// for a letter nobody knows, and the database's.
pub(crate) async fn compose(
    services: &Services,
    notice: &notice::Model,
    written_at: DateTime<Utc>,
) -> Result<Option<Letter>, JobError> {
    let kind = Kind::of(&notice.template)?;
    let workflow = &services.workflow;
    let code = open_code(workflow.store.read(), workflow, notice).await?;
    let (to, code) = match code {
        Some(CodeLetter { phone, code }) => (Some(phone), Some(code)),
        None => (addressee::of(services, notice).await?, None),
    };
    let Some(to) = to else { return Ok(None) };
    let about = about::of(services, notice).await?;
    let settings = &services.settings;
    let (subject, text, html) = match notice.channel {
        Channel::Inbox => return Ok(None),
        Channel::Sms => {
            let text = sms::text(&settings.sms.sign, kind, &about, code.as_ref())?;
            (String::new(), text, None)
        }
        Channel::Mail => {
            let (text, html) = mail::bodies(settings, kind, &about)?;
            (mail::subject(kind, &about), text, Some(html))
        }
    };
    // Keyed, so that nobody who sees a Message-ID can try which case it may be about.
    let seal = seal(services, &notice.dedupe_key);
    Ok(Some(Letter {
        notice: notice.id,
        key: notice.dedupe_key.clone(),
        seal,
        thread: thread(services, notice).await?,
        haste: haste(kind, notice, (workflow.clock.machine(), written_at)),
        channel: notice.channel,
        to,
        subject,
        text,
        html,
        code,
    }))
}

/// Until when `notice` waits, machine time, because its recipient sleeps or is off; none: it may
/// go. Whoever has just asked for one is awake.
///
/// # Errors
/// [`JobError::Stored`] for a letter nobody knows, and the database's.
pub(crate) async fn waits_until(
    services: &Services,
    notice: &notice::Model,
) -> Result<Option<DateTime<Utc>>, JobError> {
    if !services.settings.mail.quiet_hours {
        return Ok(None);
    }
    if notice.channel == Channel::Inbox || Kind::of(&notice.template)?.is_asked_for() {
        return Ok(None);
    }
    let now = services.now();
    let until = pace::quiet_until(&services.workflow, notice.case_id, now).await?;
    Ok(until.map(|until| services.machine() + (until - now)))
}

fn seal(services: &Services, key: &str) -> String {
    canonical::hex(&services.workflow.keys.blind_index("notice.message_id").of(key))
}

/// The first letter on the same case to the same person, which this one follows.
async fn thread(services: &Services, notice: &notice::Model) -> Result<Option<String>, JobError> {
    let (Some(case), Channel::Mail) = (notice.case_id, notice.channel) else { return Ok(None) };
    let first: Option<String> = notice::Entity::find()
        .filter(notice::Column::CaseId.eq(case))
        .filter(notice::Column::PersonId.eq(notice.person_id))
        .filter(notice::Column::Channel.eq(Channel::Mail))
        .order_by_asc(notice::Column::Id)
        .select_only()
        .column(notice::Column::DedupeKey)
        .into_tuple()
        .one(services.workflow.store.read())
        .await?;
    let first = first.filter(|first| *first != notice.dedupe_key);
    Ok(first.map(|first| seal(services, &first)))
}

/// How a letter counts among the mails of a minute. What is over its time, or has hours only, goes
/// first even when it has lain about.
fn haste(
    kind: Kind,
    notice: &notice::Model,
    (machine, written_at): (DateTime<Utc>, DateTime<Utc>),
) -> Haste {
    let due = notice.params.get("due").and_then(serde_json::Value::as_str);
    let due = due.and_then(|due| due.parse::<DateTime<Utc>>().ok());
    let short = due.is_some_and(|due| due - notice.created_at <= SHORT);
    match kind {
        Kind::Urged | Kind::Escalated | Kind::Overdue => Haste::Urgent,
        Kind::TaskOpened | Kind::Reminded if short => Haste::Urgent,
        Kind::Digest => Haste::Behind,
        _ if machine - written_at >= LAIN => Haste::Behind,
        _ => Haste::Ordinary,
    }
}
