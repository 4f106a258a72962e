//! Who stands in for whom, and the copies somebody got.

use std::collections::{BTreeMap, BTreeSet};

use entities::{CaseId, PersonId, case_file, notice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Deserialize;
use workflow::{Actor, commands, load};

use super::{
    Reader, Wrong,
    fields::own,
    people,
    reader::{words, words_or},
};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, OptionView, Words,
        absence::{CopiesView, CopyRow, SubstituteRow, SubstitutesView},
    },
};

/// Who is away, where a head above or an administrator arranges it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubstitutesAsk {
    /// Who is away; none: nobody in particular.
    pub absent: Option<PersonId>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// Copies of one page.
const MOST: u64 = 100;

/// What is arranged for a member of staff, and, for a head, for the people of the office; or for
/// whom they ask about.
///
/// # Errors
/// [`Problem::NotFound`] for whoever is no staff, and for somebody whose absence is not theirs to
/// arrange; the database's.
pub async fn substitutes(
    r: &Reader<'_>,
    actor: Actor,
    absent: Option<PersonId>,
    wrong: &Wrong,
) -> Result<SubstitutesView, Problem> {
    let person = actor.person.ok_or(Problem::NotFound)?;
    let authority = load::authority_to_show(r.db(), actor, r.now).await?;
    let own_people = headed(r, &authority.heads, person).await?;
    let mut found = commands::substitutions(r.db(), person, r.now).await?;
    let typed = wrong.typed("absent").and_then(|id| id.parse().ok());
    let mut other = absent.or(typed).filter(|id| *id != person && !own_people.contains(id));
    if let Some(one) = other
        && !commands::may_arrange(r.db(), actor, one, r.now).await?
    {
        // What was typed and is refused is drawn again without it.
        if absent.is_some() {
            return Err(Problem::NotFound);
        }
        other = None;
    }
    for other in own_people.iter().chain(&other) {
        for row in commands::substitutions(r.db(), *other, r.now).await? {
            if row.person_id == *other && !found.iter().any(|known| known.id == row.id) {
                found.push(row);
            }
        }
    }
    let may = commands::possible_substitutes(r.db(), other.unwrap_or(person), r.now).await?;
    let below = commands::heads_below(r.db(), &authority.heads, r.now).await?;
    let units = people::units(r, below.iter().map(|held| held.unit_id)).await?;
    let ids = found.iter().flat_map(|row| [row.person_id, row.substitute_id]);
    let ids = ids.chain(own_people.iter().copied()).chain(other);
    let names = people::names(r, ids.chain(below.iter().map(|held| held.person_id))).await?;
    let name = |id: &PersonId| names.get(id).cloned().unwrap_or_default();
    let rows = found.iter().map(|row| SubstituteRow {
        id: row.id.to_string(),
        absent: name(&row.person_id),
        substitute: name(&row.substitute_id),
        from: row.from_at,
        to: row.to_at,
        program: row
            .program
            .as_ref()
            .and_then(|id| r.workflow.programs.get(id))
            .map(|program| words(&program.title)),
        most_fen: row.most_fen.map(|fen| fen.0),
        runs: row.from_at <= r.now,
        ends: row.person_id == person
            || own_people.contains(&row.person_id)
            || Some(row.person_id) == other,
    });
    let rows = rows.collect();
    let named = |id: PersonId, name: String| OptionView {
        value: id.to_string(),
        title: Words::new(name.clone(), name),
        hint: None,
    };
    let colleagues = may.into_iter().map(|person| named(person.id, person.name)).collect();
    let mine = own_people.iter().map(|id| named(*id, name(id))).collect();
    let fields = match other {
        Some(other) => fields(r, (vec![named(other, name(&other))], true), colleagues),
        None => fields(r, (mine, false), colleagues),
    };
    let fields = fields.into_iter().map(|f| wrong.over(f)).collect();
    let below = below.iter().filter(|held| held.person_id != person).map(|held| {
        let unit = people::name_in(r, &units, Some(held.unit_id));
        named(held.person_id, format!("{} · {unit}", name(&held.person_id)))
    });
    Ok(SubstitutesView { rows, fields, below: below.collect() })
}

/// Who works in the offices that one heads.
async fn headed(
    r: &Reader<'_>,
    heads: &[entities::UnitId],
    but: PersonId,
) -> Result<Vec<PersonId>, Problem> {
    use entities::appointment;
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let held = appointment::Entity::in_units(heads.iter().copied(), r.now).all(r.db()).await?;
    let people: BTreeSet<PersonId> = held
        .into_iter()
        .filter(|held| held.duty != entities::Duty::Head && held.person_id != but)
        .map(|held| held.person_id)
        .collect();
    Ok(people.into_iter().collect())
}

fn fields(
    r: &Reader<'_>,
    (people, only): (Vec<OptionView>, bool),
    colleagues: Vec<OptionView>,
) -> Vec<FieldView> {
    let mut fields = Vec::new();
    if only {
        let value = people.first().map(|one| one.value.clone());
        let kind = FieldKind::Choice { options: people };
        let field = own("absent", Words::new("离岗人员", "Who is away"), kind, true);
        fields.push(FieldView { value, ..field });
    } else if !people.is_empty() {
        let title = Words::new("谁离岗（不选为本人）", "Who is away (nobody: yourself)");
        fields.push(own("absent", title, FieldKind::Choice { options: people }, false));
    }
    let title = Words::new("代理人", "Substitute");
    fields.push(own("substitute", title, FieldKind::Choice { options: colleagues }, true));
    let day = || FieldKind::Date { earliest: None, latest: None };
    fields.push(own("from", Words::new("自（含当日）", "From (that day too)"), day(), true));
    fields.push(own("to", Words::new("至（含当日）", "To (that day too)"), day(), true));
    let programs = r.workflow.programs.all().map(|program| OptionView {
        value: program.id().to_owned(),
        title: words(&program.title),
        hint: None,
    });
    let title = Words::new("限于事项（不选为全部）", "Only for (none: all)");
    let kind = FieldKind::Choice { options: programs.collect() };
    fields.push(own("program", title, kind, false));
    let title = Words::new("金额上限（不填为不限）", "Up to (empty: any amount)");
    fields.push(own("amount", title, FieldKind::Money, false));
    fields
}

/// What somebody was informed of.
///
/// # Errors
/// [`Problem::NotFound`] for whoever is no staff, the database's.
pub async fn copies(r: &Reader<'_>, actor: Actor) -> Result<CopiesView, Problem> {
    let person = actor.person.ok_or(Problem::NotFound)?;
    let found = commands::copies_of(person).limit(MOST).all(r.db()).await?;
    let ids: BTreeSet<CaseId> = found.iter().filter_map(|row| row.case_id).collect();
    let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(ids));
    let files = files.all(r.db()).await?.into_iter();
    let files: BTreeMap<CaseId, case_file::Model> = files.map(|row| (row.id, row)).collect();
    let row = |row: notice::Model| {
        let file = files.get(&row.case_id?)?;
        let programs = &r.workflow.programs;
        let program = programs.by_hash(&file.program_hash).or_else(|| programs.get(&file.program));
        let path = row.params.get("step").and_then(serde_json::Value::as_str).unwrap_or_default();
        let step = program.as_ref().and_then(|program| program.step(path));
        Some(CopyRow {
            id: row.id.to_string(),
            number: file.number.clone().unwrap_or_default(),
            title: program.as_ref().map(|program| words(&program.title)).unwrap_or_default(),
            step: words_or(step.and_then(|step| step.title.as_ref()), path),
            at: row.created_at,
            read_at: row.seen_at,
        })
    };
    Ok(CopiesView { rows: found.into_iter().filter_map(row).collect() })
}
