//! What a list grants, by item, payer and payee.

use workflow::{event::Line, program::Program};

use super::{case::Case, decision, reader::words_or};
use crate::read::{Words, roster::RosterSum};

/// What a roster grants, line by line and payer by payer.
pub(super) fn payers(case: &Case) -> Vec<RosterSum> {
    sums(&case.program, &case.facts.lines)
}

/// What lines come to, as people read it.
pub(super) fn sums(program: &Program, lines: &[Line]) -> Vec<RosterSum> {
    let declared = program.rows.iter().filter_map(|rows| rows.award.as_ref());
    let declared: Vec<_> = declared.flat_map(|award| &award.lines).collect();
    if declared.is_empty() {
        return Vec::new();
    }
    let sum = |line: &Line| {
        let known = declared.iter().find(|known| known.id == *line.line);
        RosterSum {
            title: words_or(known.and_then(|known| known.title.as_ref()), &line.line),
            payer: Words::new(decision::payer(&line.payer), line.payer.as_str()),
            payee: payee(&line.payee_kind),
            fen: line.fen.0,
        }
    };
    lines.iter().map(sum).collect()
}

fn payee(word: &str) -> Words {
    match word {
        "person" => Words::new("本人", "the person"),
        "school" => Words::new("学校", "the school"),
        "opener" => Words::new("申报单位", "who applied"),
        other => Words::new(other, other),
    }
}
