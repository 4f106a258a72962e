//! The demonstration's clock and its drawer of letters.

use chrono::{DateTime, Utc};
use entities::{Channel as By, TimerKind, business_time, case_file, timer};
use sea_orm::{EntityTrait, QuerySelect};
use workflow::{calendar::local_date, commands, drawer::Letter, tx};

use super::Reader;
use crate::{
    Problem, Services,
    read::{
        Words,
        demo::{Channel, ClockView, LetterView, LettersView, MomentView, ThreadLine},
    },
};

/// Moments and letters of one page.
const PAGE: usize = 20;
/// Letters of a thread that are shown.
const THREAD: usize = 60;

/// What time it is, and what falls due next.
///
/// # Errors
/// The database's.
pub async fn clock(r: &Reader<'_>) -> Result<ClockView, Problem> {
    let most = u64::try_from(PAGE).unwrap_or(u64::MAX);
    let rows = timer::Entity::next_after(r.now).limit(most).all(r.db()).await?;
    let mut moments = Vec::with_capacity(rows.len());
    for row in rows {
        let case = case_file::Entity::find_by_id(row.case_id).one(r.db()).await?;
        let number = case.and_then(|case| case.number);
        moments.push(MomentView { at: row.due_at, what: what(row.kind), number });
    }
    let working_day = r.days().is_working(local_date(r.now));
    let row = business_time::Entity::find().one(r.db()).await?;
    let moving_to = row.and_then(|row| row.target_at);
    Ok(ClockView { now: r.now, working_day, moving_to, moments })
}

fn what(kind: TimerKind) -> Words {
    match kind {
        TimerKind::Due => Words::new("办理期限到", "A time limit ends"),
        TimerKind::Silence => Words::new("五个工作日未告知，视为受理", "Counts as accepted"),
        TimerKind::PublicityEnd => Words::new("公示结束", "A public notice ends"),
        TimerKind::Opens => Words::new("环节开始", "A step opens"),
        TimerKind::SupplementCap => Words::new("补正期限到", "The time for supplements ends"),
        TimerKind::ClaimEnd => Words::new("领取超时放回", "A claim is given back"),
        TimerKind::Grace => Words::new("宽限期满", "A grace ends"),
        TimerKind::Gather => Words::new("汇总截止", "A case has collected its lines"),
        TimerKind::Remind => Words::new("提醒承办人", "A reminder goes out"),
        TimerKind::Rung => Words::new("督办升级", "A ladder goes on"),
        TimerKind::StopSoon => Words::new("挂起将满，提醒承办人", "A stop is nearly over"),
        TimerKind::StopCap => Words::new("挂起期满，恢复计时", "A stop ends by its cap"),
    }
}

/// Asks the worker to move business time on by working days; it arrives a little later.
///
/// # Errors
/// [`Problem::NotFound`] outside a demonstration, a refusal for none or too many days.
pub async fn move_clock(services: &Services, working_days: u32) -> Result<DateTime<Utc>, Problem> {
    if !services.settings.demo {
        return Err(Problem::NotFound);
    }
    let workflow = &services.workflow;
    let moved = tx::write(&workflow.store, async |tx| {
        commands::move_time(tx, workflow, working_days).await
    });
    Ok(moved.await?)
}

/// The newest letters of the drawer, older than `before`.
///
/// # Errors
/// [`Problem::NotFound`] outside a demonstration, the file system's.
pub async fn letters(services: &Services, before: Option<&str>) -> Result<LettersView, Problem> {
    let drawer = services.drawer.clone().filter(|_| services.settings.demo);
    let drawer = drawer.ok_or(Problem::NotFound)?;
    let before = before.map(str::to_owned);
    let look = move || drawer.letters(before.as_deref(), PAGE + 1);
    let mut found = blocking(look).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|letter| letter.id.clone());
    Ok(LettersView { rows: found.into_iter().map(view).collect(), next })
}

/// One letter.
///
/// # Errors
/// As [`letters`].
pub async fn letter(services: &Services, id: &str) -> Result<LetterView, Problem> {
    let drawer = services.drawer.clone().filter(|_| services.settings.demo);
    let (drawer, id) = (drawer.ok_or(Problem::NotFound)?, id.to_owned());
    let look = move || {
        let found = drawer.letter(&id)?;
        let thread = found.as_ref().and_then(|letter| letter.thread.as_deref());
        let thread = thread.map(|thread| drawer.thread(thread, THREAD)).transpose()?;
        Ok(found.map(|letter| (letter, thread.unwrap_or_default())))
    };
    let (letter, thread) = blocking(look).await?.ok_or(Problem::NotFound)?;
    let line = |one: Letter| ThreadLine {
        id: one.id,
        to: one.to,
        subject: one.subject.unwrap_or_default(),
        sent_at: one.sent_at,
    };
    // Alone it is no thread.
    let thread = if thread.len() > 1 { thread } else { Vec::new() };
    Ok(LetterView { thread: thread.into_iter().map(line).collect(), ..view(letter) })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|e| Problem::Unexpected(e.to_string()))?;
    done.map_err(|e| Problem::Unexpected(e.to_string()))
}

fn view(letter: Letter) -> LetterView {
    LetterView {
        id: letter.id,
        channel: if letter.channel == By::Mail { Channel::Mail } else { Channel::Sms },
        to: letter.to,
        subject: letter.subject,
        sent_at: letter.sent_at,
        text: letter.text,
        code: letter.code,
        thread: Vec::new(),
    }
}
