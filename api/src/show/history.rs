//! The trail of a case in words.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    AccountId, Outcome, PersonId, StepRunId, Stream, TaskId, TimerKind, VoiceKind, step_run, trail,
};
use sea_orm::Iterable;
use workflow::{
    Event,
    calendar::{SHANGHAI, local_date},
    event::AcceptedBy,
};

mod apart;
mod lists;

use super::{Reader, case::Case, people, reader::words_or, steps};
use crate::{
    Problem,
    read::{Words, staff_case::EventView},
};

/// What happened, oldest first, with what signers wrote. What only the machine needs to know
/// (clocks, blocks, slots) is left out.
pub(super) async fn of(r: &Reader<'_>, case: &Case) -> Result<Vec<EventView>, Problem> {
    let rows = trail::Entity::of(Stream::Case, case.file().id.0).all(r.db()).await?;
    let accounts = people::account_people(r, rows.iter().filter_map(|row| row.account_id)).await?;
    let names = people::names(r, accounts.values().copied().flatten()).await?;
    let (notes, said_apart) = (notes(r, case).await?, apart::notes(r, case).await?);
    let absent = apart::absent(r, &rows).await?;
    let mut views = Vec::new();
    for row in rows {
        let body: serde_json::Value = serde_json::from_str(&row.body)
            .map_err(|e| Problem::Unexpected(format!("trail {}: {e}", row.number)))?;
        let what = body.get("what").cloned().unwrap_or_default();
        // An event of a later version than this process: its name still says something.
        let event: Option<Event> = serde_json::from_value(what).ok();
        let said = match &event {
            Some(event) => match say(r, case, event) {
                Some(said) => said,
                None => continue,
            },
            None => Words::new(row.kind.as_str(), row.kind.as_str()),
        };
        let slot = event.as_ref().and_then(task_of);
        let unit = slot.and_then(|id| case.state.task(id)).map(|slot| slot.unit_id);
        views.push(EventView {
            number: row.number.into(),
            at: row.happened_at,
            who: row.account_id.map(|id| who(r, &accounts, &names, id)),
            unit: unit.map(|unit| people::name_in(r, &case.units, Some(unit))),
            what: event.as_ref().map_or(said.clone(), |event| apart::named(event, &said, &absent)),
            note: event
                .as_ref()
                .and_then(apart::note_of)
                .and_then(|hash| said_apart.get(hash).cloned())
                .or_else(|| slot.and_then(|id| notes.get(&id).cloned())),
        });
    }
    Ok(views)
}

fn who(
    r: &Reader<'_>,
    accounts: &BTreeMap<AccountId, Option<PersonId>>,
    names: &BTreeMap<PersonId, String>,
    id: AccountId,
) -> String {
    let person = accounts.get(&id).copied().flatten();
    let name = person.and_then(|id| names.get(&id).cloned());
    name.unwrap_or_else(|| r.say("申请人", "The applicant's side").to_owned())
}

/// What signers wrote, by slot.
async fn notes(r: &Reader<'_>, case: &Case) -> Result<BTreeMap<TaskId, String>, Problem> {
    let mut notes = BTreeMap::new();
    for slot in case.state.tasks.iter().filter(|slot| slot.note_sealed.is_some()) {
        if let Some(note) = steps::note_of(r, slot).await? {
            notes.insert(slot.id, note);
        }
    }
    Ok(notes)
}

/// The slot in which it was done.
fn task_of(event: &Event) -> Option<TaskId> {
    match event {
        Event::TaskSigned { task, .. }
        | Event::TaskClaimed { task, .. }
        | Event::TaskMoved { task, .. }
        | Event::TaskReleased { task } => Some(*task),
        _ => None,
    }
}

/// The title of a step.
pub(super) fn step(case: &Case, path: &str) -> Words {
    let known = case.program.step(path);
    words_or(known.and_then(|step| step.title.as_ref()), path)
}

/// What happened, and where or why.
fn at(zh: &str, en: &str, place: &Words) -> Words {
    Words::new(format!("{zh}：{}", place.zh), format!("{en}: {}", place.en))
}

/// The event as a sentence without a subject; none for what only the machine needs.
fn say(r: &Reader<'_>, case: &Case, event: &Event) -> Option<Words> {
    of_application(r, case, event)
        .or_else(|| of_step(r, case, event))
        .or_else(|| apart::of_hands(case, event))
        .or_else(|| lists::of(r, case, event))
        .or_else(|| of_time(r, case, event))
        .or_else(|| of_end(event))
}

/// What the applicant's side does, and what is done with the application itself.
fn of_application(r: &Reader<'_>, case: &Case, event: &Event) -> Option<Words> {
    let of_run = |run| case.state.run(run).map(|run| step(case, &run.path)).unwrap_or_default();
    Some(match event {
        Event::Filed { .. } => Words::new("提交申请", "Submitted"),
        Event::Accepted { by: AcceptedBy::Person, .. } => Words::new("受理", "Accepted"),
        Event::Accepted { by: AcceptedBy::Silence, .. } => {
            Words::new("逾期未告知，视为受理", "Counts as accepted, nobody having answered")
        }
        Event::AcceptanceRefused { reason } => at("不予受理", "Not accepted", &r.reason(reason)),
        Event::SupplementAsked { run, .. } => {
            at("要求补正", "Supplements asked for", &of_run(*run))
        }
        Event::Supplemented { .. } => Words::new("补正后重新提交", "Submitted again"),
        Event::PaperAdded { id, row: Some(row), .. } => {
            let papers = workflow::rules::rosters::papers_of(&case.program);
            let title = papers.iter().find(|paper| *paper.id == **id);
            let title = words_or(title.and_then(|paper| paper.title.as_ref()), id);
            let line = case.state.rows.iter().find(|line| line.id == *row);
            let number = line.map_or(0, |line| line.position);
            Words::new(
                format!("上传名册第 {number} 行的材料：{}", title.zh),
                format!("Document of line {number} put in: {}", title.en),
            )
        }
        Event::PaperAdded { id, .. } => {
            let paper = case.program.paper(id).and_then(|paper| paper.title.as_ref());
            at("上传材料", "Document put in", &words_or(paper, id))
        }
        Event::PaperRemoved { .. } => Words::new("移除材料", "Document taken out"),
        // The grade is for those who count, not for the unit that was rated.
        Event::Voiced { kind, .. } => match kind {
            VoiceKind::Complaint => Words::new("提出投诉", "Complained"),
            VoiceKind::Appeal => Words::new("提出申诉", "Appealed"),
            VoiceKind::Rating => Words::new("已作评价", "Rated"),
            VoiceKind::TipOff => Words::new("公众反映", "Pointed out by the public"),
        },
        Event::LapseProposed { .. } => {
            Words::new("补正期限已过", "The time for supplements is over")
        }
        _ => return None,
    })
}

/// What is done at a step.
fn of_step(r: &Reader<'_>, case: &Case, event: &Event) -> Option<Words> {
    let of_run = |run| case.state.run(run).map(|run| step(case, &run.path)).unwrap_or_default();
    Some(match event {
        // A whole way that was not taken has no title, and nobody misses it.
        Event::StepSkipped { path, .. } => {
            case.program.step(path)?;
            at("无需办理", "Step not needed", &step(case, path))
        }
        Event::StepMerged { opening, .. } => {
            at("与前一环节合并", "Merged with the step before", &step(case, &opening.path))
        }
        Event::StepOpened { opening } => at("进入环节", "Step opened", &step(case, &opening.path)),
        Event::TaskClaimed { .. } => Words::new("领取", "Claimed"),
        Event::TaskReleased { .. } => Words::new("放回", "Released"),
        Event::TaskSigned { task, signature } => {
            let path = case.state.task(*task).map(|slot| slot.path.clone()).unwrap_or_default();
            let said = steps::outcome(r, signature.verdict, signature.reason.as_deref());
            let place = step(case, &path);
            let with = apart::together(signature.batch);
            Words::new(
                format!("{}：{}{}", place.zh, said.zh, with.zh),
                format!("{}: {}{}", place.en, said.en, with.en),
            )
        }
        Event::Climbed { path, to, left_out: true, .. } => {
            let place = step(case, path);
            let named = entities::Level::iter().find(|level| level.word() == *to);
            let up = named.map_or_else(
                || Words::new(to.as_str(), to.as_str()),
                super::organisation::level_words,
            );
            Words::new(
                format!("上级无此层级，由{}办理：{}", up.zh, place.zh),
                format!("No such level above; taken at {}: {}", up.en, place.en),
            )
        }
        Event::Climbed { path, .. } => {
            at("无人可办，上交上一级", "Nobody could take it; one level up", &step(case, path))
        }
        Event::StuckOnRule { path, .. } => at("规则无法执行", "A rule is stuck", &step(case, path)),
        Event::Returned { run, to, .. } => {
            let to = if to == workflow::rules::returning::APPLICANT {
                Words::new("申请人", "the applicant")
            } else {
                step(case, to)
            };
            let from = of_run(*run);
            Words::new(
                format!("{}退回至{}", from.zh, to.zh),
                format!("{}: returned to {}", from.en, to.en),
            )
        }
        Event::RungClimbed { run, rung, .. } => {
            let place = of_run(*run);
            Words::new(
                format!("督办第 {} 级：{}", rung + 1, place.zh),
                format!("Rung {} of the ladder: {}", rung + 1, place.en),
            )
        }
        Event::Suspended { run } => {
            at("逾期未交，后续暂停", "Not handed in; what follows rests", &of_run(*run))
        }
        Event::Resumed => Words::new("已补交，继续办理", "Handed in; the case goes on"),
        Event::LightChanged { light, run: Some(run) } if was_reported(case, *run) => {
            let place = of_run(*run);
            if *light == workflow::event::Light::Amber {
                at("按填报情况亮黄灯", "Amber by what was reported", &place)
            } else {
                at("按填报情况亮红灯", "Red by what was reported", &place)
            }
        }
        Event::LightChanged { light: workflow::event::Light::Amber, run: Some(run) } => {
            let unit = case.state.run(*run).and_then(|run| run.unit_id);
            let unit = unit.and_then(|unit| case.units.get(&unit));
            if unit.is_some_and(|unit| unit.level == entities::Level::Outside) {
                at("外部单位超期", "A unit outside is over its time", &of_run(*run))
            } else {
                at("临近期限", "Soon due", &of_run(*run))
            }
        }
        Event::LightChanged { light: workflow::event::Light::Red, run } => {
            let place = run.map_or_else(|| Words::new("全件", "the whole case"), of_run);
            at("超期", "Over its time", &place)
        }
        _ => return None,
    })
}

/// Whether a step's light comes from its own figures: it was handed in, and in its time.
fn was_reported(case: &Case, run: StepRunId) -> bool {
    let Some(run) = case.state.run(run) else { return false };
    let lights = case.program.step(&run.path).is_some_and(|step| !step.lights.is_empty());
    lights && run.closed_at.is_some() && !late(case, run)
}

/// Whether a step was over its time when it was closed.
fn late(case: &Case, run: &step_run::Model) -> bool {
    let due = case.state.clock_of(run.id).and_then(|clock| clock.due_at);
    due.zip(run.closed_at).is_some_and(|(due, closed)| closed > due)
}

/// What is done with its time.
fn of_time(r: &Reader<'_>, case: &Case, event: &Event) -> Option<Words> {
    let of_run = |run| case.state.run(run).map(|run| step(case, &run.path)).unwrap_or_default();
    let of_clock = |clock| match case.state.clock(clock)?.run_id {
        Some(run) => Some(of_run(run)),
        None => Some(Words::new("全件", "the whole case")),
    };
    Some(match event {
        Event::Paused { run, ground, .. } => {
            let (place, ground) = (of_run(*run), r.ground(ground));
            Words::new(
                format!("{}挂起：{}", place.zh, ground.zh),
                format!("{} suspended: {}", place.en, ground.en),
            )
        }
        Event::Unpaused { run, capped: true, .. } => {
            at("挂起期满，恢复计时", "The stop ended by its cap", &of_run(*run))
        }
        Event::Unpaused { run, .. } => at("恢复办理", "Goes on", &of_run(*run)),
        Event::ExtensionAsked { run, .. } => at("申请延期", "More time asked for", &of_run(*run)),
        Event::ExtensionRefused { run } => {
            at("延期申请未获同意", "More time was not given", &of_run(*run))
        }
        Event::ClockExtended { clock, due, .. } => {
            let (place, day) = (of_clock(*clock)?, local_date(*due));
            Words::new(
                format!("延期：{}至 {day}", place.zh),
                format!("Extended: {} to {day}", place.en),
            )
        }
        Event::ClockReprojected { clock, due, .. } => {
            let (place, day) = (of_clock(*clock)?, local_date(*due));
            Words::new(
                format!("工作日历变动，期限调整：{}至 {day}", place.zh),
                format!("The calendar changed: {} is due on {day}", place.en),
            )
        }
        Event::OutageStood { from, to, .. } => {
            let (from, to) = (moment_text(*from), moment_text(*to));
            Words::new(
                format!("系统故障（{from} 至 {to}），期间不计时"),
                format!("The service was away from {from} to {to}: that time does not count"),
            )
        }
        Event::MomentMoved { kind, at: moment, .. } => {
            let (zh, en) = moved_moment(*kind)?;
            let day = local_date(*moment);
            Words::new(
                format!("工作日历变动，{zh}调整至 {day}"),
                format!("The calendar changed: {en} on {day}"),
            )
        }
        _ => return None,
    })
}

fn moment_text(at: DateTime<Utc>) -> String {
    at.with_timezone(&SHANGHAI).format("%Y-%m-%d %H:%M").to_string()
}

/// What has moved with the calendar, of what a reader waits for.
fn moved_moment(kind: TimerKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        TimerKind::Silence => ("视为受理的时间", "it counts as accepted"),
        TimerKind::PublicityEnd => ("公示截止", "the public notice ends"),
        TimerKind::SupplementCap => ("补正期限", "the time for supplements ends"),
        TimerKind::Gather => ("汇总截止", "it has collected its lines"),
        TimerKind::Opens => ("下一轮开始", "the next round begins"),
        TimerKind::Grace => ("宽限期满", "the grace ends"),
        _ => return None,
    })
}

/// What the public sees, what is paid, how it ends.
fn of_end(event: &Event) -> Option<Words> {
    Some(match event {
        Event::Published { .. } => Words::new("开始公示", "Public notice up"),
        Event::TakenDown { stays: true, .. } => {
            Words::new("公示期满，长期公开", "Its time is over; the notice stays public")
        }
        Event::TakenDown { .. } => Words::new("公示结束", "Public notice taken down"),
        Event::AwardRecomputed { .. } => Words::new(
            "金额按核定情况重新计算",
            "The amount was computed anew from what was confirmed",
        ),
        Event::PaymentOrdered { payments, .. } if payments.iter().any(|one| one.cash) => {
            Words::new("已通知发放现金，须多人签字", "Payment in cash ordered: several sign for it")
        }
        Event::PaymentOrdered { .. } => Words::new("已通知拨付", "Payment ordered"),
        Event::PaymentMade { .. } => Words::new("已拨付", "Paid"),
        Event::OutcomeReached { outcome, .. } => match outcome {
            Outcome::Granted => Words::new("批准", "Granted"),
            Outcome::Refused => Words::new("不予批准", "Not granted"),
            Outcome::Withdrawn => Words::new("撤回", "Withdrawn"),
            Outcome::Lapsed => Words::new("按放弃办结", "Closed as given up"),
            Outcome::Done => Words::new("办结", "Done"),
        },
        Event::Reopened { .. } => Words::new("重新办理", "Goes on again"),
        Event::CaseEnded => Words::new("办结归档", "Closed"),
        _ => return None,
    })
}
