//! What would move if a unit were closed.

use entities::UnitId;
use workflow::{Actor, CommandError, Refusal, commands};

use super::{Standing, link, one, staff_rows};
use crate::{
    Problem,
    read::organisation::{ClosingView, PartRow},
    show::Reader,
};

/// The unit that `text` names: by its id, its code or its name.
///
/// # Errors
/// [`Refusal::Unfit`], the database's.
pub async fn successor(r: &Reader<'_>, text: Option<&str>) -> Result<Option<UnitId>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if let Ok(id) = text.parse::<UnitId>() {
        return Ok(Some(id));
    }
    Ok(Some(workflow::organise::find_unit(r.db(), text).await?.id))
}

/// The preview; why it cannot be done so stands in it.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no system administrator, [`Problem::NotFound`], the
/// database's.
pub async fn closing(
    r: &Reader<'_>,
    actor: Actor,
    id: UnitId,
    successor: Option<UnitId>,
) -> Result<ClosingView, Problem> {
    let standing = Standing::of(r, actor).await?;
    if !standing.powers.organises {
        let barred = Refusal::NotYours(workflow::Bar::NotAdministrator);
        return Err(CommandError::Refused(barred).into());
    }
    let unit = link(r, &one(r, id).await?);
    let mut view = ClosingView {
        unit,
        successor: None,
        parts: Vec::new(),
        cases: 0,
        below: Vec::new(),
        refused: None,
    };
    let plan = match commands::closing(r.db(), r.now, id, successor).await {
        Ok(plan) => plan,
        Err(CommandError::Refused(refusal @ Refusal::Unfit(_))) => {
            view.refused = Some(Problem::from(CommandError::from(refusal)).detail(r.language));
            return Ok(view);
        }
        Err(other) => return Err(other.into()),
    };
    let refused = plan.may().err().map(CommandError::from).map(Problem::from);
    view.refused = refused.map(|problem| problem.detail(r.language));
    view.successor = plan.successor.as_ref().map(|to| link(r, to));
    view.cases = plan.anchored;
    view.below = plan.below.iter().map(|unit| link(r, unit)).collect();
    for part in &plan.parts {
        view.parts.push(PartRow {
            unit: link(r, &part.unit),
            to: part.heir.as_ref().map(|to| link(r, to)),
            tasks: part.tasks,
            staff: staff_rows(r, (actor, &standing), &part.staff).await?,
        });
    }
    Ok(view)
}
