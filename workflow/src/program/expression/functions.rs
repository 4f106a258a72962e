//! What the functions of the language do.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};
use entities::Fen;

use super::{
    evaluate::{Got, Run, Stop},
    scope::{PastCase, Roster, Scope},
    value::Value,
};

/// Longest stretch of days that is counted one by one: ten years.
const DAYS: i64 = 3_660;

pub(super) fn call(run: &mut Run<'_>, name: &str, args: &[Value]) -> Got {
    let scope = run.scope;
    match (name, args) {
        ("table", [Value::Text(table), keys @ .., Value::Date(on)]) => read(run, table, keys, *on),
        ("in_table", [Value::Text(table), keys @ .., Value::Date(on)]) => {
            Ok(Value::Bool(found(run, table, keys, *on).is_some()))
        }
        ("min", args) => extreme(args, Ordering::Less),
        ("max", args) => extreme(args, Ordering::Greater),
        ("sum", [Value::List(list)]) => sum(list),
        ("size", [value]) => size(value),
        ("yuan", [Value::Int(n)]) => {
            n.checked_mul(100).map(|fen| Value::Money(Fen(fen))).ok_or_else(Stop::overflow)
        }
        ("part", [Value::Money(whole), Value::Int(n), Value::Int(of)]) => part(*whole, *n, *of),
        ("at_least", [Value::Int(a), Value::Int(b)]) => Ok(Value::Int(*a.max(b))),
        ("percent_of", [Value::Int(percent)]) => {
            let group = scope.group.ok_or_else(|| Stop::missing("percent_of()"))?;
            let hundredths = group.checked_mul(*percent).ok_or_else(Stop::overflow)?;
            Ok(Value::Int(hundredths.checked_add(99).ok_or_else(Stop::overflow)?.div_euclid(100)))
        }
        ("on_roster", [Value::Text(list), Value::Map(person)]) => roster(scope, list, person),
        ("names", [Value::Text(list)]) => {
            let names =
                scope.names.get(list).ok_or_else(|| Stop::missing(&format!("names({list})")))?;
            Ok(Value::List(names.iter().map(Value::text).collect()))
        }
        ("verdict", [Value::Text(step)]) => scope
            .steps
            .get(step)
            .and_then(|facts| facts.verdict.clone())
            .map(Value::Text)
            .ok_or_else(|| Stop::missing(&format!("verdict({step})"))),
        ("day", [Value::Text(step)]) => scope
            .steps
            .get(step)
            .and_then(|facts| facts.closed_on)
            .map(Value::Date)
            .ok_or_else(|| Stop::missing(&format!("day({step})"))),
        ("done", [Value::Text(step)]) => {
            Ok(Value::Bool(scope.steps.get(step).is_some_and(|facts| facts.verdict.is_some())))
        }
        // No round yet: there is nothing that could be missing.
        ("rounds", [Value::Text(step)]) => {
            Ok(Value::List(scope.rounds.get(step).cloned().unwrap_or_default()))
        }
        ("threads", [Value::Text(block)]) => scope
            .threads
            .get(block)
            .map(|threads| Value::List(threads.clone()))
            .ok_or_else(|| Stop::missing("threads()")),
        ("block_due", [Value::Text(block)]) => scope
            .dues
            .get(block)
            .map(|day| Value::Date(*day))
            .ok_or_else(|| Stop::missing(&format!("block_due({block})"))),
        ("taken", keys) => {
            let taken = scope.taken.as_ref().ok_or_else(|| Stop::missing("taken()"))?;
            let key = |value: &Value| match value {
                Value::Text(text) => text.clone(),
                other => other.to_string(),
            };
            let key = keys.iter().map(key).collect::<Vec<_>>().join("|");
            Ok(Value::Int(taken.get(&key).copied().unwrap_or(0)))
        }
        ("cases", [_, _, _]) => {
            let found = scope.cases.clone().ok_or_else(|| Stop::missing("cases()"))?;
            Ok(Value::List(found))
        }
        ("told", [Value::List(rows)]) => Ok(Value::Text(told(rows, scope))),
        _ => of_dates(scope, name, args),
    }
}

/// What is late, one line each: units and case numbers, never people.
fn told(rows: &[Value], scope: &Scope) -> String {
    let line = |row: &Value| {
        let Value::Map(row) = row else { return None };
        let Some(Value::Map(task)) = row.get("task") else { return None };
        let text = |name: &str| match task.get(name) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let Some(Value::Date(due)) = task.get("due") else { return None };
        let late = working_days(scope, *due, scope.today).ok();
        let late = if let Some(Value::Int(days)) = late { days } else { 0 };
        let what = if task.get("closed") == Some(&Value::Bool(true)) {
            "已办结（逾期）".to_owned()
        } else {
            format!("截至{}超期{late}个工作日", chinese(scope.today))
        };
        Some(format!(
            "{}：{}（{}，{}）应于{}办结，{what}。",
            text("unit_zh"),
            text("number"),
            text("program_zh"),
            text("step_zh"),
            chinese(*due),
        ))
    };
    rows.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn chinese(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// The functions of days, and those whose facts this scope does not have.
fn of_dates(scope: &Scope, name: &str, args: &[Value]) -> Got {
    match (name, args) {
        ("year", [Value::Date(day)]) => Ok(Value::Int(day.year().into())),
        ("month", [Value::Date(day)]) => Ok(Value::Int(day.month().into())),
        ("days", [Value::Int(days)]) => Ok(Value::Length { months: 0, days: *days }),
        ("months", [Value::Int(months)]) => Ok(Value::Length { months: *months, days: 0 }),
        ("years", [Value::Int(years)]) => {
            let months = years.checked_mul(12).ok_or_else(Stop::overflow)?;
            Ok(Value::Length { months, days: 0 })
        }
        ("date", [Value::Int(y), Value::Int(m), Value::Int(d)]) => date(*y, *m, *d),
        ("date", [Value::Text(text)]) => text
            .parse()
            .map(Value::Date)
            .map_err(|_| Stop::new(format!("{text} 不是日期"), format!("{text} is not a date"))),
        ("wd", [Value::Date(day), Value::Int(n)]) if n.unsigned_abs() <= DAYS.unsigned_abs() => {
            Ok(Value::Date(scope.days.add(*day, *n)))
        }
        ("days_between", [Value::Date(a), Value::Date(b)]) => {
            Ok(Value::Int(b.signed_duration_since(*a).num_days()))
        }
        ("working_days", [Value::Date(a), Value::Date(b)]) => working_days(scope, *a, *b),
        ("term", [Value::Date(day)]) => term(*day),
        ("term_end", [Value::Text(first)]) => term_end(first),
        // Functions of facts that this scope does not have: enrolled, cases …
        _ => Err(Stop::missing(&format!("{name}()"))),
    }
}

fn read(run: &mut Run<'_>, table: &str, keys: &[Value], on: NaiveDate) -> Got {
    found(run, table, keys, on).ok_or_else(|| {
        Stop::new(
            format!("表 {table} 在 {on} 无标准"),
            format!("the table {table} has no row on {on}"),
        )
    })
}

/// What a table gives, noted as read.
fn found(run: &mut Run<'_>, table: &str, keys: &[Value], on: NaiveDate) -> Option<Value> {
    let key = |key: &Value| match key {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    };
    let keys: Vec<String> = keys.iter().map(key).collect();
    let row = run.scope.tables.read_at(table, &keys, on)?;
    let is = row.is.clone();
    run.reads.push(row);
    Some(is)
}

fn extreme(args: &[Value], wanted: Ordering) -> Got {
    let all = match args {
        [Value::List(list)] => list.as_slice(),
        many => many,
    };
    let mut best: Option<&Value> = None;
    for one in all {
        let Some(so_far) = best else {
            best = Some(one);
            continue;
        };
        let order = match (one, so_far) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Money(a), Value::Money(b)) => a.cmp(b),
            (Value::Date(_) | Value::Moment(_), Value::Date(_) | Value::Moment(_)) => {
                one.day().cmp(&so_far.day())
            }
            (a, b) => return Err(Stop::kind(b.kind(), a)),
        };
        if order == wanted {
            best = Some(one);
        }
    }
    best.cloned()
        .ok_or_else(|| Stop::new("空列表没有最大值或最小值", "an empty list has no extreme"))
}

fn sum(list: &[Value]) -> Got {
    // An empty list sums to no money: sums are of amounts, but for the percents of a plan.
    let mut total: Option<Value> = None;
    for one in list {
        let next = match (total, one) {
            (None, Value::Int(_) | Value::Money(_)) => Some(one.clone()),
            (Some(Value::Int(a)), Value::Int(b)) => a.checked_add(*b).map(Value::Int),
            (Some(Value::Money(Fen(a))), Value::Money(Fen(b))) => {
                a.checked_add(*b).map(|n| Value::Money(Fen(n)))
            }
            (_, other) => return Err(Stop::kind("money", other)),
        };
        total = Some(next.ok_or_else(Stop::overflow)?);
    }
    Ok(total.unwrap_or(Value::Money(Fen(0))))
}

pub(super) fn size(value: &Value) -> Got {
    let size = match value {
        Value::List(list) => list.len(),
        Value::Text(text) => text.chars().count(),
        other => return Err(Stop::kind("list", other)),
    };
    i64::try_from(size).map(Value::Int).map_err(|_| Stop::overflow())
}

/// `n` of `of` equal parts, rounded half up to the fen.
fn part(Fen(whole): Fen, n: i64, of: i64) -> Got {
    if of <= 0 || n < 0 {
        return Err(Stop::overflow());
    }
    let doubled = i128::from(whole) * i128::from(n) * 2 + i128::from(of);
    let fen = doubled.div_euclid(i128::from(of) * 2);
    i64::try_from(fen).map(|fen| Value::Money(Fen(fen))).map_err(|_| Stop::overflow())
}

fn roster(scope: &Scope, list: &str, person: &std::collections::BTreeMap<String, Value>) -> Got {
    // Facts are gathered for the person of the case; another person's are not here.
    if *person != scope.applicant {
        return Err(Stop::missing(&format!("on_roster({list})")));
    }
    Ok(match scope.rosters.get(list).copied().unwrap_or_default() {
        Roster::Listed => Value::Bool(true),
        Roster::NotListed => Value::Bool(false),
        Roster::NotLoaded => Value::NotLoaded(list.to_owned()),
    })
}

/// The school term of a day, by its first day: from August on it is the one that begins on
/// 1 September, from February on the one that begins on 1 March.
fn term(day: NaiveDate) -> Got {
    let (year, month) = match day.month() {
        1 => (day.year() - 1, 9),
        2..=7 => (day.year(), 3),
        _ => (day.year(), 9),
    };
    let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or_else(Stop::overflow)?;
    Ok(Value::text(first.to_string()))
}

/// The last day of the term that begins on `first`: 31 January or 31 July.
fn term_end(first: &str) -> Got {
    let known = first.parse::<NaiveDate>().ok().filter(|day| matches!(day.month(), 3 | 9));
    let no_term = || {
        let (zh, en) = (format!("{first} 不是学期"), format!("{first} is no term"));
        Stop::new(zh, format!("{en}: expected its first day, such as 2018-09-01"))
    };
    let day = known.ok_or_else(no_term)?;
    let (year, month) = if day.month() == 9 { (day.year() + 1, 1) } else { (day.year(), 7) };
    NaiveDate::from_ymd_opt(year, month, 31).map(Value::Date).ok_or_else(Stop::overflow)
}

fn date(year: i64, month: i64, day: i64) -> Got {
    let made = (|| {
        let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    })();
    let text = format!("{year}-{month}-{day}");
    made.map(Value::Date)
        .ok_or_else(|| Stop::new(format!("{text} 不是日期"), format!("{text} is not a date")))
}

fn working_days(scope: &Scope, from: NaiveDate, to: NaiveDate) -> Got {
    if to.signed_duration_since(from).num_days().abs() > DAYS {
        return Err(Stop::overflow());
    }
    // Day zero is not counted, the last day is.
    let between = |a: NaiveDate, b: NaiveDate| {
        let days = a.iter_days().skip(1).take_while(|day| *day <= b);
        i64::try_from(days.filter(|day| scope.days.is_working(*day)).count()).unwrap_or(DAYS)
    };
    Ok(Value::Int(if to < from { -between(to, from) } else { between(from, to) }))
}

/// `history.count(program, outcome, year)`
pub(super) fn count(history: &[PastCase], args: &[Value]) -> Got {
    let [Value::Text(program), Value::Text(outcome), Value::Int(year)] = args else {
        return Err(Stop::new(
            "count() 的参数不对",
            "count() takes a program, an outcome and a year",
        ));
    };
    let same = |past: &&PastCase| {
        past.program == *program && past.outcome == *outcome && i64::from(past.on.year()) == *year
    };
    i64::try_from(history.iter().filter(same).count()).map(Value::Int).map_err(|_| Stop::overflow())
}
