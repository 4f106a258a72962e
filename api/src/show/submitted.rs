//! The confirmation of a case that was handed in, to keep.

use qrcode::{QrCode, render::svg::Color};
use workflow::Actor;

use super::{Reader, case::Case, due, paper_views, people, scope, steps};
use crate::{Problem, read::apply::SubmittedView};

/// The confirmation; `address` is the service's own, for the picture that leads to the look-up.
///
/// # Errors
/// [`Problem::NotFound`] also for a draft, the database's.
pub async fn submitted(
    r: &Reader<'_>,
    actor: Actor,
    key: &str,
    address: &str,
) -> Result<SubmittedView, Problem> {
    let file = scope::mine(r, actor, key).await?;
    let submitted_at = file.submitted_at.ok_or(Problem::NotFound)?;
    let case = Case::read(r, file).await?;
    let number = case.key();
    let first = case.state.open_runs().find(|run| run.due_at.is_some());
    let scope = case.scope(r);
    let phone_masked = match &case.subject {
        Some(subject) => people::opened(r, subject).await?.phone_masked(),
        None => String::new(),
    };
    let address = address.trim_end_matches('/');
    let clock = first.and_then(|run| case.state.clock_of(run.id));
    Ok(SubmittedView {
        program: case.title(),
        subject: case.subject_name(),
        submitted_at,
        // The worker may not have opened the first step yet.
        unit: first.map_or_else(
            || r.say("经办单位", "The office in charge").to_owned(),
            |run| steps::unit_names(r, &case, run),
        ),
        due: clock.and_then(|row| due::of_clock(r, row)),
        asked_fen: case.asked_fen(r),
        phone_masked,
        papers: paper_views::of_case(&case, &scope),
        qr_svg: picture(&format!("{address}/look-up?number={number}"))?,
        number,
    })
}

/// A QR code as an inline picture.
///
/// # Errors
/// Ours.
pub(super) fn picture(text: &str) -> Result<String, Problem> {
    let code = QrCode::new(text.as_bytes()).map_err(|e| Problem::Unexpected(e.to_string()))?;
    let svg = code.render::<Color<'_>>().build();
    // Inline, it goes without the declaration of a document.
    Ok(svg.split_once("?>").map_or(svg.clone(), |(_, inline)| inline.to_owned()))
}
