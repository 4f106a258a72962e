//! What was done to units, people, programs and the deployment, for auditors: read, never changed.

use std::collections::BTreeMap;

use entities::{AccountId, PersonId, Stream, UnitId, account, appointment, trail};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait,
};
use serde::Deserialize;
use workflow::{Actor, Bar, CommandError, Refusal, rules::mask};

use super::Standing;
use crate::{
    Problem,
    read::{
        Words,
        organisation::{TrailRow, TrailView},
    },
    show::{Reader, people},
};

/// Rows of one page.
const PAGE: usize = 50;

/// Which of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrailAsk {
    /// `unit`, `person`, `program` or `system`; all without one. A case's is on its own page.
    pub stream: Option<String>,
    /// The key of the last page's last row.
    pub after: Option<String>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

const STREAMS: [Stream; 4] = [Stream::Unit, Stream::Person, Stream::Program, Stream::System];

/// What was done, the newest first.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no auditor, [`Problem::MalformedRequest`], the database's.
pub async fn trail(r: &Reader<'_>, actor: Actor, ask: &TrailAsk) -> Result<TrailView, Problem> {
    let standing = Standing::of(r, actor).await?;
    if !standing.powers.audits {
        return Err(CommandError::Refused(Refusal::NotYours(Bar::NotAuditor)).into());
    }
    let named = ask.stream.as_deref().filter(|word| !word.is_empty());
    let stream = match named {
        Some(word) => {
            let known = STREAMS.into_iter().find(|stream| stream.word() == word);
            Some(known.ok_or(Problem::MalformedRequest)?)
        }
        None => None,
    };
    let mut query = trail::Entity::find()
        .filter(trail::Column::Stream.is_in(stream.map_or(STREAMS.to_vec(), |one| vec![one])))
        .order_by_desc(trail::Column::HappenedAt)
        .order_by_desc(trail::Column::StreamId)
        .order_by_desc(trail::Column::Number);
    if let Some(after) = ask.after.as_deref() {
        query = query.filter(older(after).ok_or(Problem::MalformedRequest)?);
    }
    let most = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut found = query.limit(most).all(r.db()).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(key);
    let rows = rows(r, found).await?;
    Ok(TrailView { stream: stream.map(Stream::word).unwrap_or_default(), rows, next })
}

/// The key of a row: its moment, its stream, its number.
fn key(row: &trail::Model) -> String {
    let at = row.happened_at.timestamp_micros();
    format!("{at}.{}.{}", row.stream_id, row.number)
}

fn older(key: &str) -> Option<sea_orm::Condition> {
    use trail::Column::{HappenedAt, Number, StreamId};
    let mut parts = key.splitn(3, '.');
    let at = chrono::DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
    let id: sea_orm::prelude::Uuid = parts.next()?.parse().ok()?;
    let number: i32 = parts.next()?.parse().ok()?;
    let same = HappenedAt.eq(at);
    let of_stream = same.clone().and(StreamId.eq(id)).and(Number.lt(number));
    let of_moment = same.and(StreamId.lt(id));
    Some(sea_orm::Condition::any().add(HappenedAt.lt(at)).add(of_moment).add(of_stream))
}

async fn rows(r: &Reader<'_>, found: Vec<trail::Model>) -> Result<Vec<TrailRow>, Problem> {
    let accounts: Vec<AccountId> = found.iter().filter_map(|row| row.account_id).collect();
    let accounts = account::Entity::find().filter(account::Column::Id.is_in(accounts));
    let accounts: BTreeMap<AccountId, String> = accounts
        .all(r.db())
        .await?
        .into_iter()
        .map(|row| (row.id, row.login.unwrap_or_default()))
        .collect();
    let of = |stream| found.iter().filter(move |row| row.stream == stream);
    let units = people::units(r, of(Stream::Unit).map(|row| UnitId(row.stream_id))).await?;
    let ids: Vec<PersonId> = of(Stream::Person).map(|row| PersonId(row.stream_id)).collect();
    let held = appointment::Entity::find()
        .filter(appointment::Column::PersonId.is_in(workflow::load::padded(&ids)))
        .all(r.db())
        .await?;
    let mut names = people::names(r, ids).await?;
    // Whoever does not work here is an applicant: who they are is not an auditor's to read.
    for (id, name) in &mut names {
        if !held.iter().any(|held| held.person_id == *id) {
            *name = mask::name(name);
        }
    }
    let view = |row: &trail::Model| {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
        let about = match row.stream {
            Stream::Unit => {
                let unit = units.get(&UnitId(row.stream_id));
                unit.map(|unit| people::unit_name(r, unit)).unwrap_or_default()
            }
            Stream::Person => names.get(&PersonId(row.stream_id)).cloned().unwrap_or_default(),
            Stream::Program => {
                let program = body.pointer("/what/program").and_then(serde_json::Value::as_str);
                program.unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        TrailRow {
            at: row.happened_at,
            who: row.account_id.and_then(|id| accounts.get(&id).cloned()),
            title: title(&row.kind),
            kind: row.kind.clone(),
            about,
            number: row.number,
            what: body.get("what").cloned().unwrap_or_default(),
        }
    };
    Ok(found.iter().map(view).collect())
}

/// Acts in words.
const ACTS: &[(&str, &str, &str)] = &[
    ("unit_added", "设立单位", "Unit opened"),
    ("unit_renamed", "单位更名", "Unit renamed"),
    ("unit_mark_changed", "变更机关代字", "Mark of documents changed"),
    ("unit_moved", "调整隶属", "Moved to another place"),
    ("unit_closed", "撤并单位", "Unit closed"),
    ("unit_took_over", "接办撤并单位", "Took over from a closed unit"),
    ("unit_reports_to", "改变隶属", "Reports to another place"),
    ("batch_drawn", "批量办理抽样", "Batch put together"),
    ("batch_case_opened", "打开批内样本", "Case of a batch opened"),
    ("batch_signed", "批量签批", "Batch signed"),
    ("batch_done", "批量办理完毕", "Batch done"),
    ("appointed", "任职", "Appointed"),
    ("appointment_ended", "解除任职", "Appointment ended"),
    ("handed_over", "离职转办", "Work handed over"),
    ("person_added", "登记人员", "Person put on record"),
    ("person_changed", "变更人员信息", "Person's data changed"),
    ("account_added", "开立账号", "Account made"),
    ("account_locked", "锁定账号", "Account locked"),
    ("account_unlocked", "解锁账号", "Account unlocked"),
    ("password_set", "重设密码", "Password set"),
    ("conflict_declared", "申报回避", "Conflict declared"),
    ("recusal_declared", "本人申报回避", "Recusal declared"),
    ("recusal_ended", "撤销回避申报", "Recusal taken back"),
    ("rows_imported", "批量导入", "Rows imported"),
    ("divisions_imported", "导入行政区划", "Divisions imported"),
    ("roster_loaded", "导入名单", "Roster loaded"),
    ("job_retried", "重试后台任务", "Jobs tried again"),
    ("program_published", "发布事项", "Program published"),
    ("calendar_imported", "导入工作日历", "Calendar imported"),
    ("looked_up", "按身份证号查询", "Looked up by ID number"),
    ("searched_by_id_number", "按身份证号检索", "Searched by ID number"),
    ("fact_shown", "查看隐去内容", "Masked fact shown"),
    ("person_saved", "保存个人资料", "Personal data saved"),
    ("bounce_handled", "处理未送达通知", "Undelivered letter seen to"),
];

/// An act that has no words stands for itself.
fn title(kind: &str) -> Words {
    let found = ACTS.iter().find(|(known, ..)| *known == kind);
    found.map_or_else(|| Words::new(kind, kind), |(_, zh, en)| Words::new(*zh, *en))
}
