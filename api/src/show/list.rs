//! A ranked list as whoever signs it sees it: points, draws, seats, who waits.

use std::collections::BTreeMap;

use entities::{RowState, RunKind, RunState, UnitId, case_row, step_run};
use serde_json::Value as Json;
use workflow::{
    calendar::local_date,
    lot::Lot,
    program::{Field, expression::Value},
};

use super::{Reader, case::Case, fields::own, reader::words, verb_views::option};
use crate::read::{
    FieldKind, FieldView, OptionView, Words,
    staff_case::{ListRow, ListState, ListView, PoolView},
};

/// Wishes that a page offers; what a line does not have is refused.
const WISHES: usize = 3;
/// As many digits of a draw as tell lines apart.
const DIGITS: usize = 12;

/// The list of a case whose lines were ranked; none of another.
pub(super) fn of(r: &Reader<'_>, case: &Case) -> Option<ListView> {
    let ranked = |run: &&step_run::Model| {
        run.kind == RunKind::Select
            && run.state == RunState::Closed
            && case.program.step(&run.path).is_some_and(|step| step.mark.is_none())
    };
    let run = case.state.runs.iter().rev().find(ranked)?;
    let mut lines: Vec<(&case_row::Model, Lot)> =
        case.state.rows.iter().map(|row| (row, Lot::of(row))).collect();
    lines.sort_by_key(|(row, lot)| (lot.rank.unwrap_or(i32::MAX), row.position));
    let given = |pool: &str| {
        let has = |(row, lot): &&(&case_row::Model, Lot)| {
            row.state == RowState::In && lot.pool.as_deref() == Some(pool)
        };
        i64::try_from(lines.iter().filter(has).count()).unwrap_or(i64::MAX)
    };
    let seats = run.said.pointer("/seats/map").and_then(Json::as_object);
    let seats = seats.into_iter().flatten().map(|(pool, seats)| PoolView {
        title: pool_title(r, case, pool),
        seats: seats.get("int").and_then(Json::as_i64).unwrap_or(0),
        given: given(pool),
    });
    let said = |name: &str| {
        let text = run.said.get(name).and_then(|said| said.get("text")).and_then(Json::as_str);
        text.map(str::to_owned)
    };
    Some(ListView {
        signed: lines.iter().any(|(_, lot)| lot.seat.is_some() || lot.answered.is_some()),
        keys: said("keys"),
        seed: said("seed"),
        pools: seats.collect(),
        rows: lines.iter().map(|(row, lot)| line(r, case, row, lot)).collect(),
    })
}

fn line(r: &Reader<'_>, case: &Case, row: &case_row::Model, lot: &Lot) -> ListRow {
    let number = row.facts.get("number").and_then(Json::as_str).unwrap_or_default();
    let by_hand = row.state == RowState::Struck || lot.moved.is_some() || row.reason.is_some();
    let reason = row.reason.as_deref().filter(|_| by_hand);
    ListRow {
        id: row.id.to_string(),
        rank: lot.rank,
        number: number.to_owned(),
        unit: row.unit_id.map(|unit| unit_words(case, unit)).unwrap_or_default(),
        points: lot.points.iter().map(|point| point_text(r, point)).collect(),
        draw: lot.draw.as_ref().map(|draw| draw.chars().take(DIGITS).collect()),
        has: has(r, case, &lot.fields),
        seat: lot.seat,
        state: match row.state {
            RowState::In => ListState::In,
            RowState::Waiting => ListState::Waiting,
            RowState::Out => ListState::Out,
            RowState::Struck => ListState::Struck,
        },
        waiting: lot.waiting.filter(|_| row.state == RowState::Waiting),
        reason: reason.map(|code| r.reason(code)),
    }
}

/// The lines that may be struck or moved, as choices of a form.
pub(super) fn options(r: &Reader<'_>, case: &Case) -> Vec<OptionView> {
    let rows = of(r, case).map(|list| list.rows).unwrap_or_default();
    let rows = rows.into_iter().filter(|row| row.state != ListState::Struck);
    let titled = rows.map(|row| {
        let title = |unit: &str| match row.rank {
            Some(rank) => format!("{rank} · {} {unit}", row.number),
            None => format!("{} {unit}", row.number),
        };
        option(&row.id, Words::new(title(&row.unit.zh), title(&row.unit.en)))
    });
    titled.collect()
}

/// Where a line may be put: its wishes by their numbers, as many as any line has.
pub(super) fn places(case: &Case) -> FieldView {
    let select = case.program.steps().into_iter().rfind(|step| step.quota.is_some());
    let mut options = Vec::new();
    if select.is_some_and(|step| step.wishes.is_some()) {
        for number in 1..=WISHES {
            let number = number.to_string();
            let title = Words::new(format!("第 {number} 志愿"), format!("Wish {number}"));
            options.push(option(&number, title));
        }
    } else {
        options.push(option("in", Words::new("入选", "In")));
    }
    if select.is_some_and(workflow::program::Step::lets_wait) {
        options.push(option("waiting", Words::new("候补", "Waiting list")));
    }
    options.push(option("out", Words::new("不入选", "Out")));
    own("to", Words::new("调整到", "Put it"), FieldKind::Choice { options }, true)
}

fn point_text(r: &Reader<'_>, point: &Value) -> String {
    match point {
        Value::Bool(true) => r.say("是", "yes").to_owned(),
        Value::Bool(false) => r.say("否", "no").to_owned(),
        other => other.to_string(),
    }
}

/// What a wish gives: its units and codes by their names.
fn has(r: &Reader<'_>, case: &Case, fields: &BTreeMap<String, Value>) -> Words {
    let own = case.program.rows.iter().flat_map(|rows| &rows.form);
    let said = own.filter_map(|field| Some(named(r, case, field, fields.get(field.id.as_str())?)));
    joined(&said.collect::<Vec<_>>())
}

fn joined(parts: &[Words]) -> Words {
    let all = |one: fn(&Words) -> &str| {
        parts.iter().map(one).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    Words::new(all(|words| words.zh.as_str()), all(|words| words.en.as_str()))
}

fn named(r: &Reader<'_>, case: &Case, field: &Field, value: &Value) -> Words {
    let Value::Text(text) = value else { return Words::new(value.to_string(), value.to_string()) };
    match &field.table {
        Some(table) => code(r, table, text),
        None => plain(r, case, text),
    }
}

fn code(r: &Reader<'_>, table: &str, text: &str) -> Words {
    let tables = r.workflow.programs.tables();
    let known = tables.code(table, text, local_date(r.now)).and_then(|code| code.title.cloned());
    known.map_or_else(|| Words::new(text, text), |title| words(&title))
}

fn plain(r: &Reader<'_>, case: &Case, text: &str) -> Words {
    if let Ok(unit) = text.parse::<UnitId>() {
        return unit_words(case, unit);
    }
    let of = case.program.rows.as_ref().map(|rows| rows.of.to_string());
    let lines = of.and_then(|of| r.workflow.programs.get(&of));
    let own = case.program.rows.iter().flat_map(|rows| &rows.form).chain(&case.program.form);
    let theirs = lines.iter().flat_map(|lines| &lines.form);
    // A course, say, that all of the lines ask for, or the list does for all of them.
    let called = |field: &Field| {
        let code = field.table.as_ref().map(|table| code(r, table, text));
        let known = code.filter(|words| words.zh != text);
        known.or_else(|| field.titles.get(text).map(words))
    };
    own.chain(theirs).find_map(called).unwrap_or_else(|| Words::new(text, text))
}

fn unit_words(case: &Case, unit: UnitId) -> Words {
    let known = case.facts.organisation.unit(unit);
    known.map_or_else(Words::default, |unit| {
        let en = if unit.name_en.is_empty() { &unit.name_zh } else { &unit.name_en };
        Words::new(unit.name_zh.as_str(), en.as_str())
    })
}

/// The values of a quota's key by their names; a list of this case alone has none.
fn pool_title(r: &Reader<'_>, case: &Case, pool: &str) -> Words {
    let (_, key) = pool.split_once('|').unwrap_or(("", pool));
    if key == case.file().id.to_string() {
        return Words::default();
    }
    joined(&key.split('|').map(|part| plain(r, case, part)).collect::<Vec<_>>())
}
