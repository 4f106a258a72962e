//! Cases, programs, people and units, as machines read them.

use entities::{Level, PersonId, unit};
use serde_json::{Map, Value as Json};
use workflow::{
    Actor,
    program::{Field, FieldType, expression::Value, model::Filer},
    rules::form,
};

use super::{
    Reader,
    case::Case,
    fields::{self, MINUTE},
    guide,
    lookups::Lookups,
    paper_views, people, programs, progress,
    reader::words,
    scope,
};
use crate::{
    Problem,
    read::{
        Words,
        case::{CaseView, PersonView, ProgramView, UnitView},
    },
};

/// Units of one answer.
const MOST_UNITS: usize = 300;

/// A case of one's own, with its form and papers.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn case(r: &Reader<'_>, actor: Actor, key: &str) -> Result<CaseView, Problem> {
    let file = scope::mine(r, actor, key).await?;
    let case = Case::read(r, file).await?;
    let progress = progress::for_caller(r, &case, actor).await?;
    let shown = case
        .values
        .iter()
        .filter_map(|(id, value)| Some((id.clone(), plain(r, case.program.field(id)?, value))));
    Ok(CaseView {
        id: case.file().id.to_string(),
        version: case.file().version,
        program: case.file().program.clone(),
        form: shown.collect(),
        papers: paper_views::of_case(&case, &case.scope(r)),
        progress,
    })
}

/// A value as the API takes it.
fn plain(r: &Reader<'_>, field: &Field, value: &Value) -> Json {
    if field.kind_of == FieldType::BankAccount {
        return Json::String(form::show(value, field, r.lang()));
    }
    bare(value)
}

fn bare(value: &Value) -> Json {
    match value {
        Value::Null | Value::NotLoaded(_) | Value::Length { .. } => Json::Null,
        Value::Bool(yes) => Json::Bool(*yes),
        Value::Int(number) => Json::from(*number),
        Value::Money(fen) => Json::from(fen.0),
        Value::Text(text) => Json::String(text.clone()),
        Value::Date(day) => Json::String(day.to_string()),
        Value::Moment(at) => Json::String(at.format(MINUTE).to_string()),
        Value::List(items) => Json::Array(items.iter().map(bare).collect()),
        Value::Map(map) => {
            Json::Object(map.iter().map(|(k, v)| (k.clone(), bare(v))).collect::<Map<_, _>>())
        }
    }
}

/// A program that takes applications today.
///
/// # Errors
/// Unknown program.
pub async fn program(r: &Reader<'_>, id: &str) -> Result<ProgramView, Problem> {
    let program = programs::open(r, id)?;
    let filed_as = program.intake.by.iter().filter_map(|filer| match filer {
        Filer::Myself => Some("self"),
        Filer::Guardian => Some("guardian"),
        Filer::School => Some("school"),
        Filer::Township => Some("township"),
        Filer::Machine | Filer::Role(_) => None,
    });
    let paper = |paper: &workflow::program::Paper| {
        paper_views::one(&program, &paper.id, paper.required, &[])
    };
    let looks = Lookups::of(r, &program.form).await?;
    Ok(ProgramView {
        id: program.id().to_owned(),
        version: program.version,
        title: words(&program.title),
        filed_as: filed_as.map(str::to_owned).collect(),
        form: program.form.iter().map(|field| fields::view(field, None, &looks)).collect(),
        papers: program.papers.iter().map(paper).collect(),
        guide: guide::guide(r, id).await?,
    })
}

/// Somebody one acts for.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn person(r: &Reader<'_>, actor: Actor, id: PersonId) -> Result<PersonView, Problem> {
    let rights = scope::acted_for(r, actor).await?;
    if !rights.iter().any(|right| right.person_id == id) {
        return Err(Problem::NotFound);
    }
    let row = people::person(r, id).await?;
    let opened = people::opened(r, &row).await?;
    let places = [row.school_id, row.township_id].into_iter().flatten();
    let units = people::units(r, places).await?;
    let place = |id: Option<entities::UnitId>| id.and_then(|id| units.get(&id)).map(unit_view);
    Ok(PersonView {
        id: row.id.to_string(),
        id_number_masked: opened.id_masked(r),
        phone_masked: opened.phone_masked(),
        bank_masked: opened.bank_masked(),
        school: place(row.school_id),
        township: place(row.township_id),
        guardian: opened.guardian.map(|guardian| guardian.name),
        name: row.name,
        class: row.class,
    })
}

/// Schools or townships whose name holds `search`; at most 300.
///
/// # Errors
/// [`Problem::MalformedRequest`] for any other level, the database's.
pub async fn units(r: &Reader<'_>, level: &str, search: &str) -> Result<Vec<UnitView>, Problem> {
    let level = match level {
        "school" => Level::School,
        "township" => Level::Township,
        _ => return Err(Problem::MalformedRequest),
    };
    let search = search.trim();
    let rows = programs::places(r, level).await?;
    let named =
        rows.iter().filter(|row| row.name_zh.contains(search) || row.name_en.contains(search));
    Ok(named.take(MOST_UNITS).map(unit_view).collect())
}

fn unit_view(unit: &unit::Model) -> UnitView {
    UnitView {
        id: unit.id.to_string(),
        name: Words::new(unit.name_zh.as_str(), unit.name_en.as_str()),
        division: unit.division.clone(),
    }
}
