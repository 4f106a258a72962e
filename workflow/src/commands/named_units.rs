//! Organisations and units that a form names must be there, and of the kind that the field asks for.

use std::collections::BTreeMap;

use entities::{UnitId, unit};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::{
    CommandError, Fault,
    organise::is_of_kind,
    program::{Field, FieldType, Items, expression::Value},
};

/// What somebody is named as.
enum As<'a> {
    /// An organisation of the field's kind; none: one outside the administration.
    Organisation(Option<&'a str>),
    /// Any unit.
    Unit,
}

/// An organisation or a unit that was named: where, as what, which.
struct Named<'a> {
    at: String,
    what: As<'a>,
    id: UnitId,
}

/// A fault for every organisation among `values` that is none of its field's kind.
///
/// # Errors
/// The database's.
pub(super) async fn faults(
    db: &impl ConnectionTrait,
    fields: &[Field],
    values: &BTreeMap<String, Value>,
) -> Result<Vec<Fault>, CommandError> {
    let mut named = Vec::new();
    collect(fields, values, "", &mut named);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let ids = named.iter().map(|one| one.id);
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(ids)).all(db).await?;
    let fits = |unit: &unit::Model, one: &Named<'_>| {
        unit.id == one.id
            && match one.what {
                As::Organisation(kind) => is_of_kind(unit, kind),
                As::Unit => true,
            }
    };
    let known = |one: &&Named<'_>| units.iter().any(|unit| fits(unit, one));
    let strange = named.iter().filter(|one| !known(one));
    Ok(strange.map(|one| Fault::new(&one.at, "not_a_unit", "")).collect())
}

fn collect<'a>(
    fields: &'a [Field],
    values: &BTreeMap<String, Value>,
    before: &str,
    named: &mut Vec<Named<'a>>,
) {
    for field in fields {
        let at = format!("{before}{}", field.id);
        match (values.get(field.id.as_str()), &field.of) {
            (Some(Value::Text(id)), _) if field.kind_of == FieldType::Organisation => {
                let kind = field.kind.as_ref().map(crate::program::Word::as_str);
                named.extend(id.parse().ok().map(|id| Named {
                    at,
                    what: As::Organisation(kind),
                    id,
                }));
            }
            (Some(Value::List(items)), Some(Items::Of(FieldType::Unit))) => {
                let ids = items.iter().enumerate().filter_map(|(index, item)| match item {
                    Value::Text(id) => Some((index, id.parse().ok()?)),
                    _ => None,
                });
                let of = |(index, id)| Named { at: format!("{at}.{index}"), what: As::Unit, id };
                named.extend(ids.map(of));
            }
            (Some(Value::List(items)), Some(Items::Records(inner))) => {
                for (index, item) in items.iter().enumerate() {
                    if let Value::Map(record) = item {
                        collect(inner, record, &format!("{at}.{index}."), named);
                    }
                }
            }
            _ => {}
        }
    }
}
