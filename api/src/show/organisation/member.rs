//! Members of staff: who they are, what they do where, how they sign in, what lies with them.

use std::collections::BTreeMap;

use entities::{AccountKind, CaseId, PersonId, UnitId, account, appointment, case_file, person};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ExprTrait, Query},
};
use workflow::{Actor, Bar, CommandError, Refusal, commands};

use super::{Standing, forms, lasting, link, one, person_link, staff_rows};
use crate::{
    Problem,
    read::{
        Words,
        organisation::{
            AccountRow, DutyRow, HandOverView, LyingRow, MemberForms, MemberView, PeopleView,
        },
    },
    show::{Reader, Wrong, people},
};

/// People of one look.
const MOST: usize = 50;

/// Members of staff by a part of their name, or by their mail address; without either, the newest.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever does not administer; the database's.
pub async fn members(
    r: &Reader<'_>,
    actor: Actor,
    search: &str,
    wrong: &Wrong,
) -> Result<PeopleView, Problem> {
    let standing = Standing::of(r, actor).await?;
    if !standing.administers() {
        return Err(CommandError::Refused(Refusal::NotYours(Bar::NotAdministering)).into());
    }
    let search = search.trim();
    let staff =
        Query::select().column(appointment::Column::PersonId).from(appointment::Entity).to_owned();
    let by_account = Query::select()
        .column(account::Column::PersonId)
        .from(account::Entity)
        .and_where(account::Column::PersonId.is_not_null())
        .to_owned();
    // Who has neither is found by the mail address that staff have and applicants have not.
    let is_staff = person::Column::Id
        .in_subquery(staff)
        .or(person::Column::Id.in_subquery(by_account))
        .or(person::Column::Mail.is_not_null());
    let mut query = person::Entity::find().filter(is_staff).order_by_desc(person::Column::Id);
    if !search.is_empty() {
        let named = person::Column::Name.contains(search);
        query = query.filter(named.or(person::Column::Mail.eq(search.to_lowercase())));
    }
    let most = u64::try_from(MOST + 1).unwrap_or(u64::MAX);
    let mut found = query.limit(most).all(r.db()).await?;
    let more = found.len() > MOST;
    found.truncate(MOST);
    let add = if standing.powers.organises { forms::add(wrong) } else { Vec::new() };
    Ok(PeopleView {
        search: search.to_owned(),
        people: found.iter().map(person_link).collect(),
        more,
        may: standing.may(None),
        add,
    })
}

/// One member of staff.
///
/// # Errors
/// [`Refusal::NotYours`], [`Problem::NotFound`] for nobody that the caller may know of; the
/// database's.
pub async fn member(
    r: &Reader<'_>,
    actor: Actor,
    id: PersonId,
    wrong: &Wrong,
) -> Result<MemberView, Problem> {
    let standing = Standing::of(r, actor).await?;
    let person = people::person(r, id).await?;
    let held = appointment::Entity::find()
        .filter(appointment::Column::PersonId.eq(id))
        .order_by_desc(appointment::Column::FromAt)
        .all(r.db())
        .await?;
    let accounts = account::Entity::find()
        .filter(account::Column::PersonId.eq(id))
        .filter(account::Column::Kind.eq(AccountKind::Staff))
        .all(r.db())
        .await?;
    let units = people::units(r, held.iter().map(|held| held.unit_id)).await?;
    let known = units.values().any(|unit| standing.sees(unit).is_ok());
    // Applicants are nobody's staff: the organisation does not show them.
    let staff = !held.is_empty() || !accounts.is_empty() || person.mail.is_some();
    if !staff || !(standing.administers() || known) {
        return Err(Problem::NotFound);
    }
    let rows = staff_rows(r, (actor, &standing), &held).await?;
    let lasts = |row: &crate::read::organisation::StaffRow| {
        row.from_at <= r.now && row.to_at.is_none_or(|to| to > r.now)
    };
    let mut duties = Vec::new();
    for row in rows {
        let own = held.iter().find(|held| held.id.to_string() == row.appointment);
        let Some(unit) = own.and_then(|held| units.get(&held.unit_id)) else { continue };
        if standing.sees(unit).is_err() {
            continue;
        }
        duties.push(DutyRow {
            in_force: lasts(&row),
            can_hand_over: standing.may(Some(unit)).hand_over && row.tasks > 0,
            unit: link(r, unit),
            held: row,
        });
    }
    duties.sort_by_key(|duty| (!duty.in_force, std::cmp::Reverse(duty.held.from_at)));
    // One account each; of whoever administers it is the security administrator's to make.
    let over = held
        .iter()
        .any(|held| held.duty.is_administrative() && held.to_at.is_none_or(|to| to > r.now));
    let powers = &standing.powers;
    let makes = accounts.is_empty() && if over { powers.secures } else { powers.organises };
    let accounts = accounts.into_iter().map(|row| AccountRow {
        id: row.id.to_string(),
        login: row.login.unwrap_or_default(),
        locked_at: row.disabled_at,
    });
    let oneself = actor.person == Some(id);
    let accounts = if standing.administers() { accounts.collect() } else { Vec::new() };
    Ok(MemberView {
        person: person_link(&person),
        duties,
        accounts,
        oneself,
        may: standing.may(None),
        arranges: !oneself && commands::may_arrange(r.db(), actor, id, r.now).await?,
        forms: if oneself {
            MemberForms::default()
        } else {
            forms::member(&standing, &person, makes, wrong)
        },
    })
}

/// What lies with somebody in a unit, and who could have it: everybody else there.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever does not answer for the unit, [`Problem::NotFound`]; the
/// database's.
pub async fn hand_over(
    r: &Reader<'_>,
    actor: Actor,
    (id, unit): (PersonId, UnitId),
    wrong: &Wrong,
) -> Result<HandOverView, Problem> {
    let standing = Standing::of(r, actor).await?;
    let unit = one(r, unit).await?;
    standing.sees(&unit)?;
    commands::answers_for(&standing.held, &unit).map_err(CommandError::from)?;
    let person = people::person(r, id).await?;
    let slots = commands::lies_with(r.db(), id, unit.id).await?;
    let cases: Vec<CaseId> = slots.iter().map(|slot| slot.case_id).collect();
    let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(cases));
    let files: BTreeMap<CaseId, case_file::Model> =
        files.all(r.db()).await?.into_iter().map(|file| (file.id, file)).collect();
    let row = |slot: &entities::task::Model| {
        let file = files.get(&slot.case_id)?;
        let program = r.workflow.programs.by_hash(&file.program_hash)?;
        let step = program.step(&slot.path).and_then(|step| step.title.as_ref());
        Some(LyingRow {
            number: file.number.clone()?,
            program: crate::show::reader::words(&program.title),
            step: step.map_or_else(|| Words::new("", ""), crate::show::reader::words),
            due_at: slot.due_at,
            addressed: slot.addressed,
        })
    };
    let tasks: Vec<LyingRow> = slots.iter().filter_map(row).collect();
    let others = lasting(r, &[unit.id]).await?;
    let duties: Vec<_> = slots.iter().map(|slot| slot.duty).collect();
    let fits = |held: &&appointment::Model| {
        held.person_id != id
            && held.from_at <= r.now
            && (duties.is_empty() || duties.contains(&held.duty))
    };
    let others: Vec<PersonId> = others.iter().filter(fits).map(|held| held.person_id).collect();
    let names = people::names(r, others).await?;
    let choices = names.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    Ok(HandOverView {
        person: person_link(&person),
        unit: link(r, &unit),
        tasks,
        fields: forms::hand_over(choices, wrong),
    })
}
