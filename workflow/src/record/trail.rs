//! The trail: numbered and hash-chained, one stream a case (person, unit, program, system).

use chrono::{DateTime, SecondsFormat, Utc};
use entities::{AccountId, Stream, case_file, trail};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Batch;
use crate::{
    Actor, CommandError, Event,
    canonical::{canonical, chain_hash},
};

/// The rows of `events`, chained to the head that `file` carries; moves that head.
pub(super) fn of_case(
    file: &mut case_file::Model,
    events: &[Event],
    actor: Option<Actor>,
    now: DateTime<Utc>,
) -> Result<Vec<trail::Model>, CommandError> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let entry = Entry {
            stream: Stream::Case,
            id: file.id.0,
            number: file.trail_number + 1,
            account: actor.map(|actor| actor.account),
            now,
        };
        let row = entry.row(&event.kind(), &serde_json::to_value(event)?, &file.trail_head)?;
        file.trail_number = row.number;
        file.trail_head.clone_from(&row.hash);
        rows.push(row);
    }
    Ok(rows)
}

/// One more row of a stream that is not a case: a person's, a unit's, a program's, the system's.
///
/// # Errors
/// The database's.
pub async fn append(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    stream: Stream,
    id: Uuid,
    actor: Option<Actor>,
    what: (&str, Json),
) -> Result<(), CommandError> {
    let last = trail::Entity::find()
        .filter(trail::Column::Stream.eq(stream))
        .filter(trail::Column::StreamId.eq(id))
        .order_by_desc(trail::Column::Number)
        .limit(1)
        .one(tx)
        .await?;
    let (number, head) = last.map_or((0, Vec::new()), |row| (row.number, row.hash));
    let entry = Entry { stream, id, number: number + 1, account: actor.map(|a| a.account), now };
    let mut batch = Batch::default();
    batch.insert::<trail::Entity>(vec![entry.row(what.0, &what.1, &head)?]);
    batch.run(tx).await?;
    Ok(())
}

/// Where a row stands.
struct Entry {
    stream: Stream,
    id: Uuid,
    number: i32,
    account: Option<AccountId>,
    now: DateTime<Utc>,
}

impl Entry {
    fn row(self, kind: &str, what: &Json, previous: &[u8]) -> Result<trail::Model, CommandError> {
        let body = json!({
            "stream": self.stream,
            "id": self.id,
            "number": self.number,
            "at": self.now.to_rfc3339_opts(SecondsFormat::Micros, true),
            "account": self.account,
            "what": what,
        });
        let body = canonical(&body)?;
        let hash = chain_hash(&head(previous), &body).to_vec();
        Ok(trail::Model {
            stream: self.stream,
            stream_id: self.id,
            number: self.number,
            happened_at: self.now,
            account_id: self.account,
            kind: kind.to_owned(),
            body,
            hash,
        })
    }
}

/// The first row of a stream is chained to zeros.
fn head(previous: &[u8]) -> [u8; 32] {
    previous.try_into().unwrap_or([0; 32])
}

/// A stream does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrailBreak {
    /// A number is missing or stands twice.
    #[error("row {0} is missing")]
    Gap(i32),
    /// A body is not what was hashed.
    #[error("row {0} does not carry the hash of its body and of the row before")]
    Hash(i32),
}

/// How far a stream has been verified: told row by row, so that a long one needs no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The number of the last row.
    pub number: i32,
    /// Its hash; zeros before the first.
    pub head: [u8; 32],
}

impl Chain {
    /// The chain with one more row.
    ///
    /// # Errors
    /// When the row does not follow.
    pub fn then(self, row: &trail::Model) -> Result<Self, TrailBreak> {
        let number = self.number + 1;
        if row.number != number {
            return Err(TrailBreak::Gap(number));
        }
        let head = chain_hash(&self.head, &row.body);
        if row.hash != head {
            return Err(TrailBreak::Hash(number));
        }
        Ok(Self { number, head })
    }
}

/// Whether `rows`, one whole stream in order, are an unbroken chain.
///
/// # Errors
/// Where it breaks.
pub fn verify(rows: &[trail::Model]) -> Result<(), TrailBreak> {
    rows.iter().try_fold(Chain::default(), Chain::then).map(|_| ())
}
