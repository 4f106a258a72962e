//! `/tip-offs`: what the public points out, and what became of it. Nobody needs an account.

use entities::UnitId;
use uuid::Uuid;
use workflow::commands::TipOff;

use super::{Answer, Visitor};
use crate::{
    Problem,
    csrf::CheckedForm,
    read::voices::TippedView,
    session,
    show::{self, Wrong},
    tipping::point_out,
};

/// Both forms.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let none = Wrong::default();
    let view = show::tip_offs(&visitor.reader(), (&none, &none), None, None).await?;
    visitor.page(&view)
}

/// Records it; sent twice, it is one, with the same number and code.
pub(crate) async fn send(visitor: Visitor, form: CheckedForm) -> Answer {
    let get = |name| form.get(name).unwrap_or_default().to_owned();
    let ask = TipOff {
        // One that is none is refused as a place that is not there.
        place: get("place").parse().unwrap_or(UnitId(Uuid::nil())),
        called: get("name"),
        text: get("text"),
        contact: get("contact"),
        key: form.key.clone(),
        sequence: 0,
    };
    match point_out(&visitor.services, &visitor.request, ask).await {
        Ok(done) => {
            let none = Wrong::default();
            let recorded = TippedView { number: done.number, code: done.code };
            let reader = visitor.reader();
            let view = show::tip_offs(&reader, (&none, &none), Some(recorded), None).await?;
            visitor.page(&view)
        }
        Err(problem @ Problem::TooManyRequests { .. }) => Err(problem),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let none = Wrong::default();
            let drawn = show::tip_offs(&visitor.reader(), (&wrong, &none), None, None).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// What became of it, for whoever has number and code.
pub(crate) async fn answer(visitor: Visitor, form: CheckedForm) -> Answer {
    let reader = visitor.reader();
    let network = session::visit(&visitor.request, &visitor.services.settings).network;
    let get = |name| form.get(name).unwrap_or_default();
    let none = Wrong::default();
    match show::tip_off(&reader, &visitor.services, &network, (get("number"), get("code"))).await {
        Ok(found) => {
            let asked = Wrong { typed: form.fields.clone(), ..Wrong::default() };
            let view = show::tip_offs(&reader, (&none, &asked), None, Some(found)).await?;
            visitor.page(&view)
        }
        Err(problem) => {
            let asked = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::tip_offs(&reader, (&none, &asked), None, None).await;
            visitor.clone().redrawn_or(drawn, problem)
        }
    }
}
