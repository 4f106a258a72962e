//! Lines that are cases: those that were filed before, found by county and day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, Utc};
use entities::{CaseId, CaseRowId, Level, Outcome, Phase, UnitId, case_file, unit};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use crate::{
    CommandError, Event, Refusal, Said, Workflow,
    calendar::{instant, local_date},
    event::Row,
    load::padded,
    organisation::{Organisation, Roots},
    program::{
        Expr,
        expression::{Node, Scope, Shape, Value},
    },
    rules::{
        engine::Engine,
        facts::{self, Stuck},
        rosters::MOST_LINES,
    },
};

/// Cases that one list is chosen from.
const MOST_READ: usize = 20_000;

/// A case as it is read: its id, number, program, place, county, outcome, the days on which it was
/// filed and ended.
type Read = (
    CaseId,
    Option<String>,
    String,
    Option<UnitId>,
    String,
    Option<Outcome>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// Lets in the cases that `from` names; one that is a line already is not there twice.
///
/// # Errors
/// [`Refusal::Stuck`] for a rule without a value, [`Refusal::Unfit`] where no case is named or too
/// many are, or the database's.
pub(super) async fn join(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    engine: &mut Engine<'_>,
    (from, scope): (&Expr, &Scope),
) -> Result<(), CommandError> {
    let now = engine.now;
    let found = read(tx, (from, scope), engine.state.case.id).await?;
    let units: BTreeSet<UnitId> = found.iter().filter_map(|case| case.3).collect();
    let roots = Roots { units: units.into_iter().collect(), divisions: Vec::new() };
    let around = Organisation::above_all(tx, &roots, now).await?;
    let known: BTreeMap<String, (&Read, BTreeMap<String, Value>)> =
        found.iter().map(|case| (case.0.to_string(), (case, as_read(case, &around)))).collect();
    let mut scope = scope.clone();
    let all = found.iter().filter_map(|case| known.get(&case.0.to_string()));
    scope.cases = Some(all.map(|(_, value)| Value::Map(value.clone())).collect());
    let Value::List(named) = facts::value(from, &scope).map_err(Refusal::from)? else {
        let stuck = Stuck::new(from.source().to_owned(), "not a list".to_owned());
        return Err(Refusal::from(stuck).into());
    };
    let named: Vec<_> = named.iter().filter_map(|one| known.get(&key_of(one)?)).collect();
    if named.is_empty() {
        let said = Said::new(
            "所选地区和时间内没有可列入的办件，请另选",
            "no case lies in these places and days; choose others",
        );
        return Err(Refusal::Unfit(said).into());
    }
    if named.len() > MOST_LINES {
        return Err(too_many(MOST_LINES).into());
    }
    for (case, value) in named {
        let key = case.0.to_string();
        if engine.state.rows.iter().all(|row| row.key != key) {
            let row = line(workflow, (case, value), &around, CaseRowId::at(now));
            engine.emit(Event::RowJoined { row: Box::new(row) });
        }
    }
    Ok(())
}

fn too_many(most: usize) -> Refusal {
    Refusal::Unfit(Said::new(
        format!("所选地区和时间内的办件超过 {most} 件，请缩短时间或减少地区"),
        format!("more than {most} cases lie in these places and days; choose fewer"),
    ))
}

fn key_of(case: &Value) -> Option<String> {
    match case {
        Value::Map(case) => match case.get("key") {
            Some(Value::Text(key)) => Some(key.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The call of `cases()` in an expression.
fn call(node: &Node) -> Option<&[Node]> {
    match &node.shape {
        Shape::Call { name, on: None, args } if name == "cases" => Some(args),
        Shape::Call { on: Some(on), .. } => call(on),
        Shape::Each { list, .. } => call(list),
        _ => None,
    }
}

/// The cases of those counties that were filed in those days, the oldest first; not `own`.
async fn read(
    tx: &DatabaseTransaction,
    (from, scope): (&Expr, &Scope),
    own: CaseId,
) -> Result<Vec<Read>, CommandError> {
    let Some([places, first, last]) = call(from.node()) else { return Ok(Vec::new()) };
    let value = |node: &Node| -> Result<Value, Refusal> {
        let expr = Expr::parse(&node.to_string());
        let expr = expr.map_err(|fault| Refusal::Stuck(fault.to_string()))?;
        Ok(facts::value(&expr, scope)?)
    };
    let day = |node: &Node| -> Result<chrono::NaiveDate, Refusal> {
        let stuck = || Refusal::from(Stuck::new(node.to_string(), "not a date".to_owned()));
        value(node)?.day().ok_or_else(stuck)
    };
    let counties = counties(tx, &value(places)?).await?;
    let (first, last) = (day(first)?, day(last)?);
    let after = last.succ_opt().unwrap_or(last);
    let rows = case_file::Entity::find()
        .select_only()
        .columns([
            case_file::Column::Id,
            case_file::Column::Number,
            case_file::Column::Program,
            case_file::Column::AnchorId,
            case_file::Column::County,
            case_file::Column::Outcome,
            case_file::Column::SubmittedAt,
            case_file::Column::EndedAt,
        ])
        .filter(case_file::Column::County.is_in(padded(&counties)))
        .filter(case_file::Column::SubmittedAt.gte(instant(first, NaiveTime::MIN)))
        .filter(case_file::Column::SubmittedAt.lt(instant(after, NaiveTime::MIN)))
        .filter(case_file::Column::Phase.ne(Phase::Draft))
        .filter(case_file::Column::Id.ne(own))
        .order_by_asc(case_file::Column::SubmittedAt)
        .order_by_asc(case_file::Column::Number)
        .limit(u64::try_from(MOST_READ + 1).unwrap_or(u64::MAX));
    let found: Vec<Read> = rows.into_tuple().all(tx).await?;
    if found.len() > MOST_READ { Err(too_many(MOST_READ).into()) } else { Ok(found) }
}

/// Counties by their codes: of units, that of each; a code is one already.
async fn counties(tx: &DatabaseTransaction, places: &Value) -> Result<Vec<String>, CommandError> {
    let Value::List(places) = places else { return Ok(Vec::new()) };
    let texts = places.iter().filter_map(|place| match place {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    let (ids, codes): (Vec<String>, Vec<String>) =
        texts.partition(|text| text.parse::<UnitId>().is_ok());
    let ids: Vec<UnitId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(padded(&ids))).all(tx).await?;
    let divisions = units.into_iter().map(|unit| unit.division);
    let all = divisions.chain(codes).map(|code| code.chars().take(6).collect::<String>());
    Ok(all.collect::<BTreeSet<String>>().into_iter().collect())
}

/// What expressions read of a case that is, or may become, a line.
fn as_read(case: &Read, around: &Organisation) -> BTreeMap<String, Value> {
    let (id, number, program, unit, county, outcome, submitted, ended) = case;
    let mut found = BTreeMap::from([
        ("key".to_owned(), Value::text(id.to_string())),
        ("program".to_owned(), Value::text(program)),
        ("county".to_owned(), Value::text(county)),
        // What has not come out has no outcome; it is not unknown.
        ("outcome".to_owned(), Value::text(outcome.map_or_else(String::new, Outcome::word))),
    ]);
    let mut put = |name: &str, value: Option<Value>| {
        found.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("number", number.as_ref().map(Value::text));
    put("submitted", submitted.map(|at| Value::Date(local_date(at))));
    put("ended", ended.map(|at| Value::Date(local_date(at))));
    put("unit", unit.map(|unit| Value::text(unit.to_string())));
    let city = unit.and_then(|unit| around.place(unit, Level::City));
    // Of a case in no city, such as the region's own, the code alone says where it would be.
    let code = || format!("{}00", county.get(..4).unwrap_or(county));
    put("city", Some(Value::Text(city.map_or_else(code, |city| city.division.clone()))));
    found
}

/// A case as a line: what is known of it when it comes in.
fn line(
    workflow: &Workflow,
    (case, value): (&Read, &BTreeMap<String, Value>),
    around: &Organisation,
    id: CaseRowId,
) -> Row {
    let (key, number, program, unit, ..) = case;
    let title = workflow.programs.get(program).map(|known| known.title.clone());
    let (zh, en) = title.map_or_else(|| (program.clone(), program.clone()), |t| (t.zh, t.en));
    let place = unit.and_then(|unit| around.unit(unit));
    Row {
        id,
        key: key.to_string(),
        unit: *unit,
        task: None,
        case: Some(*key),
        run: None,
        facts: json!({
            "number": number,
            "program": program, "program_zh": zh, "program_en": en,
            "unit_zh": place.map(|unit| &unit.name_zh), "unit_en": place.map(|unit| &unit.name_en),
            "opened": case.6.map(local_date),
            "case": value,
        }),
        person: None,
    }
}
