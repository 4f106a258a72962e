//! Who may do what: the one judge. Buttons, API, refusals and `why` all ask it.

use entities::{Added, Fen, PersonId, Phase, TaskState, UnitId, appointment, clock, task};
use serde::{Deserialize, Serialize};

use super::{
    extending,
    facts::CaseFacts,
    returning::{self, APPLICANT},
    rosters,
    standing::grounds,
    standing_in::{self, StandIn},
};
use crate::{
    Actor,
    error::{Bar, Refusal},
    fold::PAUSED,
    program::{Edit, Program, Step, StepKind, VerdictKind},
    state::CaseState,
};

/// Everything that can be done with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// 填写 the draft.
    Edit,
    /// 提交
    Submit,
    /// 补正后重新提交
    Resubmit,
    /// 撤回
    Withdraw,
    /// 受理
    Accept,
    /// 不予受理
    RefuseAcceptance,
    /// 补正告知
    RequestSupplement,
    /// 签领
    Claim,
    /// 放回
    Release,
    /// 同意
    Approve,
    /// 核减
    ApproveLess,
    /// 不同意
    Refuse,
    /// 退回
    Return,
    /// 报送
    HandIn,
    /// 签收
    SignForReceipt,
    /// 支付
    Pay,
    /// 剔除 a line.
    Strike,
    /// 调整 a line of a list: another wish, in, waiting, out.
    Move,
    /// 填写 lines of a roster, 增加 some.
    FillRows,
    /// 重启 a case that has ended.
    Reopen,
    /// 按放弃办结: after the applicant's silence.
    CloseAsLapsed,
    /// 挂起
    Suspend,
    /// 恢复办理
    Continue,
    /// 申请延期
    AskExtension,
    /// 申请再次补正
    AskSupplementAgain,
    /// 转办
    Transfer,
    /// 委派
    Delegate,
    /// 交回: a delegate has done their part.
    GiveBack,
    /// 前加签、后加签
    AddSigner,
    /// 减签
    DropSigner,
    /// 沟通: ask for an opinion.
    AskOpinion,
    /// 征求专家意见: the same, and the step's clock stands where the program says so.
    AskExpert,
    /// Give the opinion that one was asked for.
    GiveOpinion,
    /// 抄送
    Copy,
    /// 拿回
    TakeBack,
    /// 撤销决定
    Undo,
    /// 指定后续办理人
    PlanHolder,
    /// 催办
    Urge,
    /// 投诉
    Complain,
    /// 申诉
    Appeal,
    /// 评价
    Rate,
}

/// What the judge must know of the one who asks.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Who asks.
    pub actor: Actor,
    /// What they are entitled to now.
    pub appointments: Vec<appointment::Model>,
    /// Whom their account may act for.
    pub acts_for: Vec<PersonId>,
    /// For whom they stand in now.
    pub stands_in: Vec<StandIn>,
    /// The offices that they head: their own, and those of the place that they head.
    pub heads: Vec<UnitId>,
    /// The cases that they agreed to and that owe what the step asked about names as its debts.
    pub owing: Vec<String>,
}

/// By what right: the appointment that entitles a signer, where one does.
pub type Right = Option<appointment::Model>;

impl Authority {
    /// What `actor` has of their own, in nobody's name.
    pub fn of(
        actor: Actor,
        appointments: Vec<appointment::Model>,
        acts_for: Vec<PersonId>,
    ) -> Self {
        let (stands_in, heads, owing) = (Vec::new(), Vec::new(), Vec::new());
        Self { actor, appointments, acts_for, stands_in, heads, owing }
    }

    /// Whether `verb` may be done with `state` (and, for the verbs of a step, with `task`).
    ///
    /// # Errors
    /// [`Refusal::NotYours`] with what bars it, [`Refusal::NotNow`], [`Refusal::Settled`].
    pub fn may(
        &self,
        verb: Verb,
        state: &CaseState,
        program: &Program,
        task: Option<&task::Model>,
    ) -> Result<Right, Refusal> {
        match verb {
            Verb::Edit | Verb::Submit => self.drafts(verb, state),
            Verb::Resubmit => {
                self.applies(state)?;
                now(verb, state.case.supplementing)
            }
            Verb::Withdraw => {
                self.applies(state)?;
                now(verb, matches!(state.case.phase, Phase::Filed | Phase::Running))
            }
            _ => self.holds(verb, state, program, task.ok_or(Refusal::NotFound("task"))?),
        }
    }

    fn drafts(&self, verb: Verb, state: &CaseState) -> Result<Right, Refusal> {
        self.applies(state)?;
        now(verb, state.case.phase == Phase::Draft)
    }

    /// The applicant, whoever acts for them, and whoever filed.
    ///
    /// # Errors
    /// [`Refusal::NotYours`].
    pub(crate) fn applies(&self, state: &CaseState) -> Result<(), Refusal> {
        let subject = state.case.subject_id.is_some_and(|person| self.acts_for.contains(&person));
        if subject || state.case.filed_by == self.actor.account {
            return Ok(());
        }
        Err(Refusal::NotYours(Bar::NotApplicant))
    }

    /// Whether they are the applicant's side of a case.
    pub fn acts_on(&self, state: &CaseState) -> bool {
        self.applies(state).is_ok()
    }

    /// The verbs of a step: the right office, nobody's own case, four eyes.
    fn holds(
        &self,
        verb: Verb,
        state: &CaseState,
        program: &Program,
        task: &task::Model,
    ) -> Result<Right, Refusal> {
        let step = program.step(&task.path).ok_or(Refusal::NotFound("step"))?;
        if let Some(judged) = self.passes_on(verb, (state, program), step, task) {
            return judged;
        }
        if verb == Verb::Release && task.person_id != self.actor.person && self.frees(task) {
            return now(verb, state.is_live());
        }
        let right = self.entitlement(state, task)?;
        let absent = self.absent(&right);
        self.unbarred(state, step, task, self.actor.person)?;
        if absent.is_some() {
            self.unbarred(state, step, task, absent)?;
        }
        let run = state.run(task.run_id).ok_or(Refusal::NotFound("step"))?;
        if !CaseState::is_open(task) {
            return Err(Refusal::Settled { by: None, state: run.state });
        }
        if !standing_in::in_hand(task, &[self.actor.person, absent]) {
            return Err(Refusal::NotYours(Bar::Claimed));
        }
        if state
            .reserved_for(task)
            .is_some_and(|named| ![self.actor.person, absent].contains(&Some(named)))
        {
            return Err(Refusal::NotYours(Bar::Reserved));
        }
        let paused = run.reason.as_deref() == Some(PAUSED);
        let fits = match verb {
            Verb::Continue => paused,
            Verb::Suspend => {
                !state.case.supplementing
                    && !grounds(program).is_empty()
                    && !state.clocks.iter().any(is_a_stop)
            }
            Verb::AskSupplementAgain => {
                step.kind == StepKind::Decide
                    && state.case.supplements > 0
                    && !state.case.supplementing
            }
            Verb::AskExtension => extending::rule(program, state, run.id).is_some(),
            // A step that stands is nobody's to decide until it goes on.
            verb if paused && !matches!(verb, Verb::Claim | Verb::Release) => false,
            Verb::Claim => task.state == TaskState::Open,
            Verb::Release => {
                task.state == TaskState::Claimed && !task.addressed && task.owner_id.is_none()
            }
            // A delegate prepares, and whoever is asked for an opinion has one: neither signs.
            _ if task.owner_id.is_some() || task.added == Some(Added::Opinion) => false,
            Verb::CloseAsLapsed => silent(state),
            Verb::Accept | Verb::RefuseAcceptance => {
                // What the machine has opened about nobody has nothing to be accepted.
                let somebodys = state.case.subject_id.is_some();
                somebodys && state.case.phase == Phase::Filed && !state.case.supplementing
            }
            Verb::RequestSupplement => {
                step.kind == StepKind::Decide
                    && matches!(state.case.phase, Phase::Filed | Phase::Running)
                    && !state.case.supplementing
            }
            Verb::Strike => step.may.contains(&Edit::Strike),
            Verb::Move => step.may.contains(&Edit::Move),
            Verb::FillRows => rosters::asked(program, step).is_some(),
            // A list is lowered by striking its lines, and what was granted is not lowered by
            // whoever looks at it afterwards.
            Verb::ApproveLess if rosters::of(program).is_some() || state.case.outcome.is_some() => {
                false
            }
            // What rests until a proof comes pays nothing.
            Verb::Pay if state.case.suspended || state.objected() => false,
            verb => !state.case.supplementing && step_takes(step, verb),
        };
        if !fits {
            return Err(Refusal::NotNow { verb });
        }
        // The case would stand until an answer that nobody can give.
        if asks_applicant(step, verb) && !returning::is_answered(state) {
            return Err(Refusal::NobodyToAsk);
        }
        let decides = matches!(verb, Verb::Approve | Verb::ApproveLess | Verb::Refuse);
        if decides && !step.debts.is_empty() && !self.owing.is_empty() {
            return Err(Refusal::Owes { numbers: self.owing.clone() });
        }
        if verb == Verb::RequestSupplement && state.case.supplements > 0 {
            return Err(Refusal::AskedOnce);
        }
        self.within_ceiling(verb, state, absent)?;
        Ok(right)
    }

    /// How far a substitute goes: what says yes to a sum, or pays it, is bound by their ceiling.
    fn within_ceiling(
        &self,
        verb: Verb,
        state: &CaseState,
        absent: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let grants = matches!(verb, Verb::Approve | Verb::ApproveLess | Verb::Pay);
        let of = self
            .stands_in
            .iter()
            .filter(|of| grants && Some(of.absent()) == absent && of.covers(&state.case));
        // Named twice for the same time, they go as far as the one that goes farther.
        let farthest: Option<Vec<Fen>> = of.map(|of| of.too_little(state.case.award_fen)).collect();
        match farthest.unwrap_or_default().into_iter().max() {
            Some(most) => Err(Refusal::OverAuthority { most }),
            None => Ok(()),
        }
    }

    /// In whose name one acts who has that right.
    pub fn absent(&self, right: &Right) -> Option<PersonId> {
        let holder = right.as_ref().map(|right| right.person_id);
        holder.filter(|holder| Some(*holder) != self.actor.person)
    }

    pub(super) fn entitlement(
        &self,
        state: &CaseState,
        task: &task::Model,
    ) -> Result<Right, Refusal> {
        let other = Refusal::NotYours(Bar::OtherOffice);
        // A slot of the applicant's own step.
        if task.addressed && task.person_id.is_some_and(|person| self.acts_for.contains(&person)) {
            return Ok(None);
        }
        let pool = self
            .appointments
            .iter()
            .find(|held| held.unit_id == task.unit_id && held.duty == task.duty);
        let own = pool.filter(|_| !task.addressed || task.person_id == self.actor.person);
        let in_a_name = || {
            let mut stands_in =
                self.stands_in.iter().filter(|stand_in| stand_in.covers(&state.case));
            stands_in.find_map(|stand_in| stand_in.right(task))
        };
        own.or_else(in_a_name).map(|right| Some(right.clone())).ok_or(other)
    }
}

/// Whether the verb can do nothing but ask the applicant for more.
fn asks_applicant(step: &Step, verb: Verb) -> bool {
    match verb {
        Verb::RequestSupplement | Verb::AskSupplementAgain => true,
        Verb::Return => step.may_return.iter().all(|to| *to == APPLICANT),
        _ => false,
    }
}

/// Whether an undecided case's applicant let the last request's time go by and has not answered.
fn silent(state: &CaseState) -> bool {
    if state.case.outcome.is_some() {
        return false;
    }
    let asked = |clock: &&clock::Model| clock.kind == entities::ClockKind::Applicant;
    let Some(last) = state.clocks.iter().rev().find(asked) else { return false };
    // An answer ends that clock as the end of its time does, and may come when that is over.
    let answered = CaseFacts::of(state).answered_at;
    let ended = last.ended_at.filter(|ended| answered.is_none_or(|answered| answered < *ended));
    ended.is_some() && ended >= last.due_at
}

fn now(verb: Verb, fits: bool) -> Result<Right, Refusal> {
    if fits { Ok(None) } else { Err(Refusal::NotNow { verb }) }
}

fn is_a_stop(clock: &entities::clock::Model) -> bool {
    clock.kind == entities::ClockKind::Stop && clock.ended_at.is_none()
}

/// Whether a step of this kind, with these verdicts, knows the verb.
fn step_takes(step: &Step, verb: Verb) -> bool {
    let verdict = |kind| step.verdicts.is_empty() || step.verdicts.contains(&kind);
    match (step.kind, verb) {
        (StepKind::Decide, Verb::Approve) => verdict(VerdictKind::Approve),
        (StepKind::Decide, Verb::ApproveLess) => verdict(VerdictKind::Less),
        (StepKind::Decide, Verb::Refuse) => verdict(VerdictKind::Refuse),
        (StepKind::Decide | StepKind::Fill, Verb::Return) => {
            verdict(VerdictKind::Return) && !step.may_return.is_empty()
        }
        (StepKind::Fill, Verb::HandIn)
        | (StepKind::Receive, Verb::SignForReceipt)
        | (StepKind::Pay, Verb::Pay) => true,
        _ => false,
    }
}
