//! What a form or a request says of a declaration.

use std::collections::BTreeMap;

use entities::UnitId;
use sea_orm::ConnectionTrait;
use workflow::{CommandError, Fault, Refusal, commands::DeclareRecusal, organise};

use crate::Problem;

/// The declaration that `said` describes: `kind`, and `name` with `id_number`, or `place` by its
/// id, its name or its code, of a village and of one's own house with `village` and `address`.
///
/// # Errors
/// Invalid fields, each by its name; the database's.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    said: &BTreeMap<&str, &str>,
) -> Result<DeclareRecusal, Problem> {
    let text = |name: &str| said.get(name).map_or("", |text| text.trim()).to_owned();
    let wrong = |field: &str, code| {
        let faults = vec![Fault::new(field, code, "")];
        Problem::Command(CommandError::Refused(Refusal::Form(faults)))
    };
    match text("kind").as_str() {
        "relative" => {
            let (name, id_number) = (text("name"), text("id_number"));
            if id_number.is_empty() {
                return Err(wrong("id_number", "missing"));
            }
            Ok(DeclareRecusal::Relative { name, id_number })
        }
        kind @ ("township" | "school" | "village" | "house") => {
            let place = text("place");
            if place.is_empty() {
                return Err(wrong("place", "missing"));
            }
            let unit = match place.parse::<UnitId>() {
                Ok(id) => id,
                Err(_) => match organise::find_unit(db, &place).await {
                    Ok(unit) => unit.id,
                    Err(CommandError::Refused(_)) => return Err(wrong("place", "not_an_option")),
                    Err(other) => return Err(other.into()),
                },
            };
            let (village, address) = (text("village"), text("address"));
            Ok(match kind {
                "school" => DeclareRecusal::School(unit),
                "village" => DeclareRecusal::Village { township: unit, village },
                "house" => DeclareRecusal::House { township: unit, village, address },
                _ => DeclareRecusal::Township(unit),
            })
        }
        "" => Err(wrong("kind", "missing")),
        _ => Err(wrong("kind", "not_an_option")),
    }
}
