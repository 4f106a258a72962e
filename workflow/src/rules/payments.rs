//! What a pay step pays: one payment for each line, payer and share.

use entities::{CaseRowId, Fen, RowState, UnitId, payment};

use super::{engine::Engine, facts::Stuck, pools::unit_in, rosters};
use crate::{
    event::{Event, Line, Payment},
    program::{
        Expr, Place, Program, Step, StepKind,
        expression::Value,
        model::{AwardLine, Portion, payee},
    },
};

/// Whether a program pays lines in several shares, or to many people, so that what was paid before
/// matters.
pub fn has_portions(program: &Program) -> bool {
    let pays = |step: &&Step| step.kind == StepKind::Pay;
    let mut pay_steps = program.steps().into_iter().filter(pays);
    rosters::of(program).is_some() || pay_steps.any(|step| step.share.is_some())
}

/// One of so many equal parts of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction {
    part: i32,
    whole: i32,
}

/// What was ordered of one line of one payer before.
struct Before {
    /// How many payments.
    shares: i32,
    /// The greatest of their numbers.
    number: i32,
    fen: i64,
    /// The sum of the parts, as a fraction.
    sum: (i128, i128),
}

impl Default for Before {
    fn default() -> Self {
        Self { shares: 0, number: 0, fen: 0, sum: (0, 1) }
    }
}

impl Before {
    /// What `step` pays now of a line, and whether it is the last of it: as [`cut`].
    ///
    /// # Errors
    /// [`Stuck`] where the parts have no sum.
    fn cut(&self, step: &Step, line: Fen, now: Fraction) -> Result<Option<(i64, bool)>, Stuck> {
        let sum = added(self.sum, (now.part.into(), now.whole.into()));
        let (sum, whole) = sum.ok_or_else(|| too_fine(step))?;
        Ok(cut(line, now, (self.fen, sum >= whole)))
    }
}

impl Engine<'_> {
    /// What `step` orders now; none where there is nothing to pay (any more), and without payments
    /// where the program grants no money.
    pub(super) fn to_pay(&self, step: &Step, round: i32) -> Result<Option<Vec<Payment>>, Stuck> {
        let program = &self.facts.program;
        if rosters::of(program).is_some() {
            return self.to_pay_lines(step, round);
        }
        if program.award.is_none() {
            return Ok(Some(Vec::new()));
        }
        let portion = self.portion(step)?;
        let lines = self.award_lines();
        let mut payments = Vec::new();
        for line in addressed(program, step, &lines) {
            payments.extend(self.share_of(step, line, (portion, round))?);
        }
        Ok((!payments.is_empty()).then_some(payments))
    }

    /// What is paid now of a line that one payee gets; none where nothing is left.
    fn share_of(
        &self,
        step: &Step,
        line: &Line,
        (portion, round): (Fraction, i32),
    ) -> Result<Option<Payment>, Stuck> {
        let before = self.paid_before(step, line, None)?;
        let Some((fen, last)) = before.cut(step, line.fen, portion)? else {
            return Ok(None);
        };
        let payment = one(line, (before.shares + 1, round), (fen, portion));
        Ok(Some(Payment { payee: self.payee(step, line)?, last, ..payment }))
    }

    /// What a roster pays: one payment for each payable line and payer, and of what people get one
    /// for each of them. Without shares, what is not the first round's is paid once all the same;
    /// with them, each person's own line is cut by itself.
    fn to_pay_lines(&self, step: &Step, round: i32) -> Result<Option<Vec<Payment>>, Stuck> {
        let lines = self.award_lines();
        if lines.is_empty() && rosters::of(&self.facts.program).is_none_or(|r| r.award.is_none()) {
            return Ok(Some(Vec::new()));
        }
        let portion = self.portion(step)?;
        let mut payments = Vec::new();
        for line in addressed(&self.facts.program, step, &lines) {
            let before = self.paid_before(step, line, None)?;
            if step.share.is_none() && before.shares > 0 {
                continue;
            }
            if line.payee_kind == PERSON {
                payments.extend(self.shares_of_people(step, line, (&before, portion, round))?);
            } else {
                payments.extend(self.share_of(step, line, (portion, round))?);
            }
        }
        Ok((!payments.is_empty()).then_some(payments))
    }

    /// What people get now of one line of a roster. They are numbered after all that was paid of it
    /// `before`, each by their place in the list; the line is paid in full with all of them.
    fn shares_of_people(
        &self,
        step: &Step,
        line: &Line,
        (before, portion, round): (&Before, Fraction, i32),
    ) -> Result<Vec<Payment>, Stuck> {
        let mut payments = Vec::new();
        let mut sum = before.fen;
        for row in self.state.rows.iter().filter(|row| row.state == RowState::In) {
            let own = rosters::RowAward::of(row).lines.into_iter();
            let own = own.filter(|own| own.line == line.line && own.payer == line.payer);
            for own in own.filter(|own| own.fen.0 > 0) {
                let of_row = self.paid_before(step, line, Some(row.id))?;
                let Some((fen, _)) = of_row.cut(step, own.fen, portion)? else { continue };
                sum += fen;
                let number = before.number + row.position;
                let payment = one(line, (number, round), (fen, portion));
                payments.push(Payment { row: Some(row.id), ..payment });
            }
        }
        for payment in &mut payments {
            payment.last = sum >= line.fen.0;
        }
        Ok(payments)
    }

    /// The award as it stands after what has happened in this very look.
    fn award_lines(&self) -> Vec<Line> {
        let set = self.events.iter().rev().find_map(|event| match event {
            Event::AwardSet { lines } => Some(lines),
            _ => None,
        });
        set.unwrap_or(&self.facts.lines).clone()
    }

    fn portion(&self, step: &Step) -> Result<Fraction, Stuck> {
        let Some(portion) = &step.share else { return Ok(Fraction { part: 1, whole: 1 }) };
        let percent = match portion {
            Portion::Part { of } => {
                return Ok(Fraction { part: 1, whole: i32::try_from(*of).unwrap_or(1) });
            }
            Portion::Percent(percent) => percent,
        };
        let value = self.value(percent)?;
        let part = match value {
            Value::Int(part) => i32::try_from(part).ok().filter(|part| (0..=100).contains(part)),
            _ => None,
        };
        let why = || "not a percent from 0 to 100".to_owned();
        part.map(|part| Fraction { part, whole: 100 })
            .ok_or_else(|| Stuck::new(percent.source().to_owned(), why()))
    }

    /// The unit that is paid, where the payee is one.
    fn payee(&self, step: &Step, line: &Line) -> Result<Option<UnitId>, Stuck> {
        let of_line = || {
            let to =
                declared(&self.facts.program).find(|known| known.id == *line.line)?.to.as_ref()?;
            Expr::parse(to).ok()
        };
        let Some(to) = step.to.clone().or_else(of_line) else { return Ok(None) };
        let is_place = self.facts.program.lets.contains_key(to.source())
            || ["form.", "step."].iter().any(|root| to.source().starts_with(root));
        if is_place {
            return Ok(unit_in(&self.value(&to)?));
        }
        let place: Option<Place> = to.source().parse().ok();
        match (place, self.anchor(step)?) {
            (Some(Place::Named(_)) | None, _) | (_, None) => Ok(None),
            (Some(place), Some(anchor)) => self.place(&place, anchor),
        }
    }

    /// What counts of the payments of a line that were ordered before, or of those of one person of
    /// a roster.
    ///
    /// # Errors
    /// [`Stuck`] where their parts have no sum.
    fn paid_before(
        &self,
        step: &Step,
        line: &Line,
        row: Option<CaseRowId>,
    ) -> Result<Before, Stuck> {
        let mut before = Before::default();
        let stored = self.facts.payments.iter().filter(|row| self.counts(row)).map(|one| {
            let key = (one.line.as_str(), one.payer.as_str(), one.row_id);
            (key, one.share, one.fen.0, (one.part, one.whole))
        });
        let now = self.events.iter().filter_map(|event| match event {
            Event::PaymentOrdered { payments, .. } => Some(payments),
            _ => None,
        });
        let now = now.flatten().map(|one| {
            let key = (one.line.as_str(), one.payer.as_str(), one.row);
            (key, one.share, one.fen.0, (one.part, one.whole))
        });
        for ((of_line, payer, of_row), share, fen, (part, whole)) in stored.chain(now) {
            let same = of_line == line.line && payer == line.payer;
            if !same || (row.is_some() && of_row != row) {
                continue;
            }
            before.shares += 1;
            before.number = before.number.max(share);
            before.fen += fen;
            // What many people were paid has no sum as parts of the line.
            if of_row == row {
                let sum = added(before.sum, (part.into(), whole.into()));
                before.sum = sum.ok_or_else(|| too_fine(step))?;
            }
        }
        Ok(before)
    }

    /// A payment of a round that was taken back is none.
    fn counts(&self, row: &payment::Model) -> bool {
        self.state.run(row.run_id).is_none_or(|run| run.state != entities::RunState::Void)
    }
}

/// The lines that `step` pays: those to its payee; all, where it names none or no line has it.
fn addressed<'a>(program: &Program, step: &Step, lines: &'a [Line]) -> Vec<&'a Line> {
    let Some(to) = step.to.as_ref().map(|to| payee(to.source())) else {
        return lines.iter().collect();
    };
    if declared(program).any(|line| line.payee() == to) {
        return lines.iter().filter(|line| line.payee_kind == to).collect();
    }
    lines.iter().collect()
}

/// The payable lines of a program, of the case or of each of its lines.
fn declared(program: &Program) -> impl Iterator<Item = &AwardLine> {
    let of_lines = program.rows.iter().filter_map(|rows| rows.award.as_ref());
    program.award.iter().chain(of_lines).flat_map(|award| &award.lines)
}

/// The payee of lines that people get.
const PERSON: &str = "person";

/// A payment of a part of a line, by its number and round.
fn one(line: &Line, (share, round): (i32, i32), (fen, portion): (i64, Fraction)) -> Payment {
    Payment {
        line: line.line.clone(),
        payer: line.payer.clone(),
        share,
        round,
        payee_kind: line.payee_kind.clone(),
        payee: None,
        part: portion.part,
        whole: portion.whole,
        fen: Fen(fen),
        last: true,
        row: None,
        cash: false,
    }
}

fn too_fine(step: &Step) -> Stuck {
    Stuck::new(step.id.to_string(), "the shares do not add up")
}

/// The sum of two fractions, in lowest terms; none where its numbers grow beyond all shares that
/// a program can name.
fn added(a: (i128, i128), b: (i128, i128)) -> Option<(i128, i128)> {
    let sum = a.0.checked_mul(b.1)?.checked_add(b.0.checked_mul(a.1)?)?;
    let whole = a.1.checked_mul(b.1)?;
    let (mut common, mut rest) = (whole, sum);
    while rest != 0 {
        (common, rest) = (rest, common.checked_rem(rest)?);
    }
    Some((sum.checked_div(common)?, whole.checked_div(common)?))
}

/// What is to be paid of a line of which `before` was ordered, and whether it is the last of it:
/// rounded half up, what rounding leaves with the share that makes it whole; none when nothing is
/// left.
fn cut(Fen(line): Fen, now: Fraction, (before, whole): (i64, bool)) -> Option<(i64, bool)> {
    let left = line - before;
    if left <= 0 || now.part == 0 {
        return None;
    }
    if whole {
        return Some((left, true));
    }
    let (part, of) = (i128::from(now.part), i128::from(now.whole));
    let rounded = (i128::from(line) * part * 2 + of).div_euclid(of * 2);
    // A share of less than half a fen is one fen: a payment of nothing would not count as a share.
    let fen = i64::try_from(rounded).unwrap_or(left).clamp(1, left);
    Some((fen, fen == left))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a line comes to, its parts, and what each pays.
    type Row<'a> = (i64, &'a [(i32, i32)], &'a [(i64, bool)]);

    /// Pays a line by these parts, one after the other.
    fn paid(fen: i64, parts: &[(i32, i32)]) -> Vec<(i64, bool)> {
        let step = Step::new("pay", StepKind::Pay);
        let mut before = Before::default();
        let mut paid = Vec::new();
        for (part, whole) in parts {
            let now = Fraction { part: *part, whole: *whole };
            let Some((fen, last)) = before.cut(&step, Fen(fen), now).unwrap() else { continue };
            before.shares += 1;
            before.fen += fen;
            before.sum = added(before.sum, ((*part).into(), (*whole).into())).unwrap();
            paid.push((fen, last));
        }
        paid
    }

    #[test]
    fn shares_are_cut_in_fen_and_the_rest_goes_to_the_last() {
        let thirds = [(1, 3); 3];
        let table: [Row<'_>; 7] = [
            (9_000, &thirds, &[(3_000, false), (3_000, false), (3_000, true)]),
            (10_000, &thirds, &[(3_333, false), (3_333, false), (3_334, true)]),
            (20_000, &thirds, &[(6_667, false), (6_667, false), (6_666, true)]),
            (1, &thirds, &[(1, true)]),
            (101, &[(50, 100), (50, 100)], &[(51, false), (50, true)]),
            (100, &[(40, 100), (1, 3), (1, 3)], &[(40, false), (33, false), (27, true)]),
            (100, &[(1, 1), (1, 3)], &[(100, true)]), // nothing is left to pay
        ];
        for (fen, parts, wanted) in table {
            assert_eq!(paid(fen, parts), wanted, "{fen} by {parts:?}");
        }
    }

    #[test]
    fn too_few_shares_leave_a_rest() {
        assert_eq!(paid(900, &[(1, 3), (1, 3)]), [(300, false), (300, false)]);
    }

    #[test]
    fn many_shares_add_up_and_what_cannot_is_said() {
        let hundred = [(1, 100); 100];
        let paid = paid(10_000, &hundred);
        assert_eq!((paid.len(), paid.last()), (100, Some(&(100, true))));
        let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71];
        let more = [73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151];
        let mut all = primes.into_iter().chain(more);
        assert_eq!(all.try_fold((0, 1), |sum, prime| added(sum, (1, prime))), None);
    }
}
