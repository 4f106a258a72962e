//! Who gets a seat: the order, the draw, the way down the list.
//!
//! Source: "Rows" of the program language. The best first, ties by draw; each line takes its first
//! wish of which a seat is free; the rest waits, or is out. The draw of a line is SHA-256 of the
//! seed and the line's key, the lower first: whoever knows both can do it again.

use std::{cmp::Ordering, collections::BTreeMap};

use entities::{CaseRowId, RowState};
use sha2::{Digest, Sha256};

use crate::{canonical::hex, event::Placed, program::expression::Value};

/// What a line brings to the choice.
#[derive(Clone, Debug)]
pub struct Runner {
    pub row: CaseRowId,
    /// What it is, once in the case: what the draw is made of.
    pub key: String,
    /// The greater comes first, in this order.
    pub points: Vec<Point>,
    /// The first of which a seat is free is had.
    pub wishes: Vec<Wish>,
    /// In, beside all seats.
    pub always: bool,
    /// Where whoever signs has put it.
    pub moved: Option<Moved>,
}

/// By what is ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// The greater comes first; nothing comes last.
    Value(Value),
    /// The lower draw comes first.
    Draw,
}

/// One wish of a line: from whose seats it would have one.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub pool: String,
    /// Of which only so many may have a seat of that pool, such as a county.
    pub share: Option<(String, i64)>,
    /// What it says of the fields that a line has.
    pub fields: BTreeMap<String, Value>,
}

/// Where a line was put by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    In,
    Waiting,
    Out,
    /// The wish of that number, from 1.
    Wish(usize),
}

impl Moved {
    /// From the word that events and pages have.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "in" => Some(Self::In),
            "waiting" => Some(Self::Waiting),
            "out" => Some(Self::Out),
            number => number.parse().ok().filter(|number| *number > 0).map(Self::Wish),
        }
    }
}

/// How many seats there are.
#[derive(Clone, Debug, Default)]
pub struct Seats {
    /// In all, by pool.
    pub all: BTreeMap<String, i64>,
    /// Those that others have, by pool.
    pub taken: BTreeMap<String, i64>,
    /// Of these, by pool and share.
    pub shares: BTreeMap<(String, String), i64>,
}

/// SHA-256 (hex) of the keys of lines: ascending, each followed by a line feed.
pub fn keys_hash<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut keys: Vec<&str> = keys.into_iter().collect();
    keys.sort_unstable();
    let mut hash = Sha256::new();
    for key in keys {
        hash.update(key.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

/// What a line draws: SHA-256 of the seed and its key.
pub fn draw(seed: &[u8; 32], key: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(key.as_bytes());
    hash.finalize().into()
}

/// 32 bytes in hex.
pub fn seed_in(text: &str) -> Option<[u8; 32]> {
    let mut seed = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (nth, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(nth * 2..nth * 2 + 2)?, 16).ok()?;
    }
    Some(seed)
}

/// Chooses among `runners`, in the order in which their lines came. Without a `seed` ties go to
/// whoever came first. Gives every line its place, the best first.
pub fn choose(
    runners: Vec<Runner>,
    seats: &Seats,
    rest_waits: bool,
    seed: Option<&[u8; 32]>,
) -> Vec<Placed> {
    let mut drawn: Vec<(Option<[u8; 32]>, Runner)> = runners
        .into_iter()
        .map(|runner| (seed.map(|seed| draw(seed, &runner.key)), runner))
        .collect();
    drawn.sort_by(|(draw_a, a), (draw_b, b)| better(a, b, draw_a.cmp(draw_b)));
    let mut left = Left { seats, given: BTreeMap::new(), shares: BTreeMap::new() };
    // Who was put somewhere by hand has that seat before all others.
    let by_hand = |runner: &Runner| matches!(runner.moved, Some(Moved::In | Moved::Wish(_)));
    let mut had: Vec<Option<usize>> = vec![None; drawn.len()];
    for first in [true, false] {
        for ((_, runner), had) in drawn.iter().zip(&mut had) {
            let asks = match runner.moved {
                Some(Moved::Waiting | Moved::Out) => false,
                _ => !runner.always && by_hand(runner) == first,
            };
            if asks {
                *had = left.first_free(runner);
            }
        }
    }
    let (mut waiting, mut list) = (0, Vec::with_capacity(drawn.len()));
    for (rank, ((draw, runner), had)) in (1..).zip(drawn.into_iter().zip(had)) {
        let wish = had.and_then(|nth| runner.wishes.get(nth));
        let waits = rest_waits && runner.moved != Some(Moved::Out);
        let state = match (runner.always || wish.is_some(), waits) {
            (true, _) => RowState::In,
            (false, true) => RowState::Waiting,
            (false, false) => RowState::Out,
        };
        if state == RowState::Waiting {
            waiting += 1;
        }
        list.push(Placed {
            row: runner.row,
            state,
            rank,
            points: runner.points.iter().filter_map(shown).collect(),
            draw: draw.map(|draw| hex(&draw)),
            wish: had.and_then(|nth| i32::try_from(nth + 1).ok()),
            pool: wish.map(|wish| wish.pool.clone()),
            share: wish.and_then(|wish| Some(wish.share.as_ref()?.0.clone())),
            waiting: (state == RowState::Waiting).then_some(waiting),
            fields: wish.map(|wish| wish.fields.clone()).unwrap_or_default(),
        });
    }
    list
}

fn shown(point: &Point) -> Option<Value> {
    match point {
        Point::Value(value) => Some(value.clone()),
        Point::Draw => None,
    }
}

/// The greater first, then the lower draw; equals keep the order in which they came.
fn better(a: &Runner, b: &Runner, drawn: Ordering) -> Ordering {
    for pair in a.points.iter().zip(&b.points) {
        let order = match pair {
            (Point::Value(a), Point::Value(b)) => compare(b, a),
            _ => drawn,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    drawn
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Money(a), Value::Money(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (a, b) => a.day().cmp(&b.day()),
    }
}

/// The seats as they go.
struct Left<'a> {
    seats: &'a Seats,
    given: BTreeMap<String, i64>,
    shares: BTreeMap<(String, String), i64>,
}

impl Left<'_> {
    /// Takes the first wish of which a seat is free: its place among the wishes.
    fn first_free(&mut self, runner: &Runner) -> Option<usize> {
        let wanted = match runner.moved {
            Some(Moved::Wish(number)) => Some(number - 1),
            _ => None,
        };
        let nth = runner.wishes.iter().enumerate().find_map(|(nth, wish)| {
            (wanted.is_none_or(|wanted| wanted == nth) && self.has_one(wish)).then_some(nth)
        })?;
        let wish = runner.wishes.get(nth)?;
        *self.given.entry(wish.pool.clone()).or_default() += 1;
        if let Some((share, _)) = &wish.share {
            *self.shares.entry((wish.pool.clone(), share.clone())).or_default() += 1;
        }
        Some(nth)
    }

    fn has_one(&self, wish: &Wish) -> bool {
        let of = |map: &BTreeMap<String, i64>| map.get(&wish.pool).copied().unwrap_or(0);
        if of(&self.seats.all) - of(&self.seats.taken) - of(&self.given) < 1 {
            return false;
        }
        wish.share.as_ref().is_none_or(|(share, most)| {
            let key = (wish.pool.clone(), share.clone());
            let had = |map: &BTreeMap<(String, String), i64>| map.get(&key).copied().unwrap_or(0);
            had(&self.seats.shares) + had(&self.shares) < *most
        })
    }
}

#[cfg(test)]
mod tests;
