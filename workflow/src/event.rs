//! What has happened to a case: rules return events, `record` writes them down.
//!
//! Stored for ever in the trail, so variants are only added. Nothing personal and no free text
//! stands in one: ids, codes, amounts, and hashes of what is kept encrypted elsewhere.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entities::{
    Added, CaseId, CaseRowId, ClockId, ClockKind, Fen, Grade, LetterId, LetterKind, Outcome,
    PaperId, PersonId, RowState, RunKind, StepRunId, TaskId, TimerKind, UnitId, Verdict, VoiceId,
    VoiceKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::program::Assign;

mod modes;
mod parts;

pub use modes::{Asked, Light, ReturnMode};
pub use parts::{
    AcceptedBy, FilledRow, Holders, How, Kept, Letter, Line, Moved, Payment, Placed, Row, Shown,
    ShownRow, Signature, Slot, StoodStill, Thread, Together, Urger,
};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Handed in: it has a number now.
    Filed { number: String, filed_as: String, facts: Json, form: String, award: Fen },
    /// Formally taken on; the total clock counts from `as_of`.
    Accepted { by: AcceptedBy, as_of: DateTime<Utc> },
    /// Not taken on.
    AcceptanceRefused { reason: String },
    /// All defects in one list; the applicant has until `until`.
    SupplementAsked { run: StepRunId, asked: Asked, until: DateTime<Utc> },
    /// The applicant has answered.
    Supplemented { facts: Json, form: String, award: Fen, changed: Vec<String> },
    /// A document was put in: of a line, or of the case or a step.
    PaperAdded {
        paper: PaperId,
        id: String,
        sha256: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<CaseRowId>,
    },
    /// A document was taken out.
    PaperRemoved { paper: PaperId },
    /// A block of steps was entered.
    BlockEntered { run: StepRunId, path: String, parent: Option<StepRunId>, round: i32 },
    /// A round by the calendar, whose day is `on`; it opens on that day or, where that is off, on
    /// the next working day. Nobody holds it until then.
    RoundWaiting {
        run: StepRunId,
        path: String,
        parent: Option<StepRunId>,
        round: i32,
        on: NaiveDate,
        opens_at: DateTime<Utc>,
    },
    /// A condition was false.
    StepSkipped {
        run: StepRunId,
        path: String,
        parent: Option<StepRunId>,
        round: i32,
        rule: String,
    },
    /// Its day has not come.
    StepWaiting { opening: Opening, opens_at: DateTime<Utc> },
    /// The same hand had just signed.
    StepMerged { opening: Opening, with: StepRunId, verdict: Verdict },
    /// Somebody holds it now.
    StepOpened { opening: Opening },
    /// It has its verdict.
    StepClosed { run: StepRunId, verdict: Verdict, fen: Option<Fen>, reason: Option<String> },
    /// It no longer counts; `ended`: the rounds it was one of are over.
    StepVoided {
        run: StepRunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A slot can be signed.
    TaskOpened { task: TaskId },
    /// One person has taken it.
    TaskClaimed { task: TaskId, person: PersonId },
    /// Offered to one of the pool first, who has not taken it; others may.
    TaskOffered { task: TaskId, person: PersonId, by: Assign },
    /// Kept for the one whom the head had named for the step.
    TaskReserved { task: TaskId, person: PersonId },
    /// Given back to the pool.
    TaskReleased { task: TaskId },
    /// Passed on to another hand or another office. No clock listens.
    TaskMoved { task: TaskId, moved: Box<Moved> },
    /// 加签, 沟通: somebody else is put beside a slot.
    SignerAdded { run: StepRunId, slot: Slot, beside: TaskId, added: Added, note: Option<String> },
    /// 拿回: whoever signed last has their step back; its clock goes on as if it had never stopped.
    TakenBack {
        run: StepRunId,
        task: TaskId,
        /// Slots whose turn had come by that signature: it has not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        wait: Vec<TaskId>,
    },
    /// 撤销决定: what the case came out with is void; the step of the one who decided is open again.
    DecisionUndone { task: TaskId, note: Option<String> },
    /// Who is to have a later step of this case.
    HolderPlanned { path: String, person: PersonId },
    /// 催办: somebody asks those who have the case to hurry.
    Urged { by: Urger },
    /// 已阅: who got a copy has read it.
    CopyRead { person: PersonId },
    /// Somebody has spoken.
    TaskSigned { task: TaskId, signature: Box<Signature> },
    /// No longer needed.
    TaskVoided { task: TaskId },
    /// Nobody could take it there, so it went one level up; or no such level stands above whose case
    /// it is.
    Climbed {
        path: String,
        from: String,
        to: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        left_out: bool,
    },
    /// A rule could not be evaluated: a task for the program's owner.
    StuckOnRule { path: String, rule: String, why: String },
    /// Sent back.
    Returned { run: StepRunId, to: String, mode: ReturnMode, asked: Asked },
    /// A block that had ended goes on, because something in it was sent back to.
    BlockReopened { run: StepRunId },
    /// A clock began to count.
    ClockStarted {
        clock: ClockId,
        kind: ClockKind,
        run: Option<StepRunId>,
        face: Json,
        due: DateTime<Utc>,
        /// Whose holidays count, where that is another region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        /// Of a stop's own clock: why it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ground: Option<String>,
        /// Less than a working day was left, and one was granted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        granted: bool,
    },
    /// It stands.
    ClockStopped { clock: ClockId, ground: String, face: Json },
    /// It counts again.
    ClockResumed { clock: ClockId, face: Json, due: DateTime<Utc> },
    /// It was given more time.
    ClockExtended { clock: ClockId, face: Json, due: DateTime<Utc> },
    /// The calendar of its days has changed, to the revision `calendar`.
    ClockReprojected {
        clock: ClockId,
        face: Json,
        due: DateTime<Utc>,
        calendar: String,
        /// Of a stop: that it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<ClockKind>,
    },
    /// A moment that no clock carries, such as the end of a notice, has moved with the calendar,
    /// to its revision `calendar`.
    MomentMoved {
        kind: TimerKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<StepRunId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock: Option<ClockId>,
        at: DateTime<Utc>,
        calendar: String,
    },
    /// 系统故障: the service was away from `from` to `to`, and these clocks stood for that time.
    OutageStood { from: DateTime<Utc>, to: DateTime<Utc>, clocks: Vec<StoodStill> },
    /// It counts again as if it had not ended.
    ClockReopened { clock: ClockId, due: DateTime<Utc> },
    /// Its case went over to another version, which gives it another time.
    ClockReset { clock: ClockId, face: Json, due: DateTime<Utc> },
    /// The case went over to version `number` of its program; `from` and `to` are hashes.
    Rebased { from: String, to: String, number: i32 },
    /// It has done its work.
    ClockEnded { clock: ClockId },
    /// 挂起: a step stands for a legal ground, at most until `until`.
    Paused {
        run: StepRunId,
        ground: String,
        until: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It goes on; `capped`: because its ground was used up.
    Unpaused { run: StepRunId, ground: String, capped: bool },
    /// 申请延期: a holder asks for more time; the step would be due at `due`.
    ExtensionAsked {
        run: StepRunId,
        task: TaskId,
        by: String,
        due: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The superior did not give it.
    ExtensionRefused { run: StepRunId },
    /// A holder wants to ask the applicant a second time.
    SupplementWanted { run: StepRunId, task: TaskId, note: Option<String> },
    /// The superior allows it; it counts against the unit that had not asked for all at once.
    SupplementAllowed { run: StepRunId, unit: UnitId },
    /// Whoever answers a request just now does so in the name of a superior who is away.
    AnsweredInName { run: StepRunId, on_behalf: PersonId },
    /// A rung of a step's ladder, counted from 0.
    RungClimbed { run: StepRunId, ladder: String, rung: i32 },
    /// A light changed: of a step, or, without one, of the whole case.
    LightChanged { run: Option<StepRunId>, light: Light },
    /// The applicant let the time for supplements go by: a person may now close the case.
    LapseProposed { run: StepRunId },
    /// A case that was sent back comes back unanswered: its time was over.
    CameBack,
    /// The public can see it.
    Published {
        run: StepRunId,
        unit: Option<UnitId>,
        fields: Vec<String>,
        ends_at: DateTime<Utc>,
        /// Of a roster: which lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rows: Vec<ShownRow>,
        /// It hangs out for good; then only the step ends.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stays: bool,
        /// Of a case without lines: for how much, and of what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Shown>,
    },
    /// The public can no longer see it; or its time is over, and it stays.
    TakenDown {
        run: StepRunId,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stays: bool,
    },
    /// What is to be paid.
    AwardSet { lines: Vec<Line> },
    /// A step has confirmed what the award hangs on: the rules cut it anew.
    AwardRecomputed { from: Fen, lines: Vec<Line> },
    /// Finance was told to pay.
    PaymentOrdered {
        run: StepRunId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        payments: Vec<Payment>,
    },
    /// Paid: all that this step ordered, in sum `fen`.
    PaymentMade {
        run: StepRunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fen: Option<Fen>,
    },
    /// What was to be handed in is missing: the case rests, and nothing is paid, until it comes.
    Suspended { run: StepRunId },
    /// It came: the case goes on.
    Resumed,
    /// Threads begin: what there is one for each of, once for all.
    ThreadsFrozen {
        run: StepRunId,
        path: String,
        parent: Option<StepRunId>,
        round: i32,
        items: Vec<Thread>,
    },
    /// One thread begins.
    ThreadEntered { run: StepRunId, path: String, parent: StepRunId, round: i32, thread: Thread },
    /// A line came into the case.
    RowJoined { row: Box<Row> },
    /// A line was struck, or taken in again.
    RowChanged {
        row: CaseRowId,
        state: RowState,
        reason: Option<String>,
        by: Option<PersonId>,
        run: Option<StepRunId>,
    },
    /// What a line is about is done.
    RowSettled { row: CaseRowId, facts: Json },
    /// A line that had gone came again, as it is now.
    RowRenewed { row: CaseRowId, run: Option<StepRunId>, facts: Json },
    /// From now on the selection `run` looks at these lines and no others: how many, and SHA-256
    /// (hex) of their keys, ascending, each followed by a line feed.
    RowsFrozen { run: StepRunId, rows: i32, keys: String },
    /// The seed (hex, 32 bytes) of a draw, made after its lines were frozen.
    Drawn { run: StepRunId, seed: String, keys: String },
    /// What the selection proposes, the best first; `seats`: how many there are in each pool.
    /// `mark`: a sample of that name. `unverified`: tables of which a row has no source.
    Ranked {
        run: StepRunId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mark: Option<String>,
        seats: BTreeMap<String, i64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unverified: Vec<String>,
        list: Vec<Placed>,
    },
    /// Whoever signs the list has put a line elsewhere: `in`, `out`, `waiting`, or the number of a
    /// wish.
    RowMoved { row: CaseRowId, to: String, reason: String, by: Option<PersonId>, run: StepRunId },
    /// The list was signed: the line has the seat.
    SeatTaken { row: CaseRowId, pool: String, number: i32 },
    /// The line has it no longer.
    SeatFreed { row: CaseRowId, pool: String, number: i32 },
    /// A further round of a step asks these fields of its lines anew; what was said is kept by round.
    LinesAskedAgain { run: StepRunId, fields: Vec<String> },
    /// Lines of a roster were filled in.
    RowsFilled {
        run: Option<StepRunId>,
        rows: Vec<FilledRow>,
        /// SHA-256 (hex) of the encrypted values, where some are private.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<String>,
    },
    /// All lines are in: the first step opens.
    GatheringClosed,
    /// A letter to another case.
    LetterSent { letter: Box<Letter> },
    /// A letter of another case was read here.
    LetterTaken { letter: LetterId, kind: LetterKind, from: CaseId, body: Json },
    /// Somebody was informed.
    Copied { run: StepRunId, units: Vec<UnitId>, people: Vec<PersonId> },
    /// 文号: the document has its number.
    NumberTaken { unit: UnitId, word: String, year: i32, number: i32, text: String },
    /// A case that had ended goes on at `at`, in a new round; `undecided`: what it came out with is
    /// void.
    Reopened {
        at: String,
        round: i32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undecided: bool,
    },
    /// 投诉、申诉、评价、举报: somebody who is not staff has said something. `words`: SHA-256 (hex)
    /// of the encrypted words; `run`: the step that an appeal is against.
    Voiced {
        voice: VoiceId,
        kind: VoiceKind,
        unit: Option<UnitId>,
        words: Option<String>,
        grade: Option<Grade>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<StepRunId>,
    },
    /// How it came out.
    OutcomeReached { outcome: Outcome, reason: Option<String> },
    /// Nothing more will happen.
    CaseEnded,
}

/// A step run as it is entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Its id.
    pub run: StepRunId,
    /// The step's id in the program.
    pub path: String,
    /// The block run it stands in.
    pub parent: Option<StepRunId>,
    /// Counted from 1.
    pub round: i32,
    /// What kind of step.
    pub kind: RunKind,
    /// The unit that holds it.
    pub unit: Option<UnitId>,
    /// The frozen list, and who was struck from it.
    pub holders: Holders,
    /// Its slots.
    pub slots: Vec<Slot>,
}

impl Event {
    /// The stored name, as in the trail's `kind`.
    pub fn kind(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Json::Object(map)) => {
                map.get("event").and_then(Json::as_str).unwrap_or_default().to_owned()
            }
            _ => String::new(),
        }
    }
}
