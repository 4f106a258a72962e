//! What a pay step pays: one payment for each line, payer and share.

use entities::{Fen, RowState, UnitId, payment};

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
    shares: i32,
    fen: i64,
    /// The sum of the parts, as a fraction.
    sum: (i128, i128),
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
        let addressed = addressed(program, step, &lines);
        let mut payments = Vec::new();
        for line in addressed {
            let too_fine = || Stuck::new(step.id.to_string(), "the shares do not add up");
            let before = self.paid_before(line).ok_or_else(too_fine)?;
            let after = added(before.sum, (portion.part.into(), portion.whole.into()));
            let (sum, whole) = after.ok_or_else(too_fine)?;
            let Some((fen, last)) = cut(line.fen, portion, (before.fen, sum >= whole)) else {
                continue;
            };
            payments.push(Payment {
                line: line.line.clone(),
                payer: line.payer.clone(),
                share: before.shares + 1,
                round,
                payee_kind: line.payee_kind.clone(),
                payee: self.payee(step, line)?,
                part: portion.part,
                whole: portion.whole,
                fen: Fen(fen),
                last,
                row: None,
            });
        }
        Ok((!payments.is_empty()).then_some(payments))
    }

    /// What a roster pays: one payment for each payable line and payer, and of what people get one
    /// for each of them. What is not the first round's is paid once all the same.
    fn to_pay_lines(&self, step: &Step, round: i32) -> Result<Option<Vec<Payment>>, Stuck> {
        let lines = self.award_lines();
        if lines.is_empty() && rosters::of(&self.facts.program).is_none_or(|r| r.award.is_none()) {
            return Ok(Some(Vec::new()));
        }
        let mut payments = Vec::new();
        let one = |line: &Line, share, fen, payee, row| Payment {
            line: line.line.clone(),
            payer: line.payer.clone(),
            share,
            round,
            payee_kind: line.payee_kind.clone(),
            payee,
            part: 1,
            whole: 1,
            fen,
            last: true,
            row,
        };
        for line in addressed(&self.facts.program, step, &lines) {
            if self.paid_before(line).is_none_or(|before| before.shares > 0) {
                continue;
            }
            if line.payee_kind != PERSON {
                payments.push(one(line, 1, line.fen, self.payee(step, line)?, None));
                continue;
            }
            for row in self.state.rows.iter().filter(|row| row.state == RowState::In) {
                let own = rosters::RowAward::of(row).lines.into_iter();
                let own = own.filter(|own| own.line == line.line && own.payer == line.payer);
                for own in own.filter(|own| own.fen.0 > 0) {
                    payments.push(one(line, row.position, own.fen, None, Some(row.id)));
                }
            }
        }
        Ok((!payments.is_empty()).then_some(payments))
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

    /// What counts of the payments that were ordered before; none where their parts have no sum.
    fn paid_before(&self, line: &Line) -> Option<Before> {
        let mut before = Before { shares: 0, fen: 0, sum: (0, 1) };
        let stored =
            self.facts.payments.iter().filter(|row| self.counts(row)).map(|row| {
                ((row.line.as_str(), row.payer.as_str()), row.fen.0, row.part, row.whole)
            });
        let now = self.events.iter().filter_map(|event| match event {
            Event::PaymentOrdered { payments, .. } => Some(payments),
            _ => None,
        });
        let now = now
            .flatten()
            .map(|one| ((one.line.as_str(), one.payer.as_str()), one.fen.0, one.part, one.whole));
        let of = (line.line.as_str(), line.payer.as_str());
        for (_, fen, part, whole) in stored.chain(now).filter(|(key, ..)| *key == of) {
            before.shares += 1;
            before.fen += fen;
            before.sum = added(before.sum, (part.into(), whole.into()))?;
        }
        Some(before)
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
        let mut before = Before { shares: 0, fen: 0, sum: (0, 1) };
        let mut paid = Vec::new();
        for (part, whole) in parts {
            let now = Fraction { part: *part, whole: *whole };
            let (sum, all) = added(before.sum, ((*part).into(), (*whole).into())).unwrap();
            let Some((fen, last)) = cut(Fen(fen), now, (before.fen, sum >= all)) else { continue };
            before.shares += 1;
            before.fen += fen;
            before.sum = (sum, all);
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
