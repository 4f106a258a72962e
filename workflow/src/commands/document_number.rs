//! 文号: the number of a document, taken in the transaction that signs it, so that no number is
//! ever left out.

use chrono::{Datelike, NaiveDate};
use entities::{UnitId, Verdict, document_number, unit};
use sea_orm::{DatabaseTransaction, EntityTrait};

use crate::{
    CommandError, Event,
    calendar::local_date,
    numbers,
    organise::marks_on,
    program::{Entry, Program, Step},
    rules::engine::Engine,
};

/// Gives the case its number if its document has just been signed: the last step of its route was
/// closed with a yes. One that is signed again keeps its number.
///
/// # Errors
/// The database's.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    engine: &mut Engine<'_>,
    path: &str,
) -> Result<(), CommandError> {
    let program = std::sync::Arc::clone(&engine.facts.program);
    let (Some(number), Some(issuer)) = (&program.number, engine.state.case.anchor_id) else {
        return Ok(());
    };
    let said_yes = matches!(
        engine.state.verdict(path),
        Some(Verdict::Approved | Verdict::Less | Verdict::Done)
    );
    if !said_yes || last(&program).is_none_or(|step| step.id != *path) {
        return Ok(());
    }
    let known = document_number::Entity::find_by_id(engine.state.case.id).one(tx).await?;
    if known.is_some() {
        return Ok(());
    }
    let year = local_date(engine.now).year();
    let word = number.word.clone();
    let mark = mark(tx, &program, (issuer, local_date(engine.now))).await?;
    let nth = numbers::raise_by_one(tx, &format!("number/{issuer}/{word}/{year}")).await?;
    let nth = i32::try_from(nth).map_err(|_| CommandError::Stored(format!("number {nth}")))?;
    let text = format!("{mark}{word}〔{year}〕{nth}号");
    engine.emit(Event::NumberTaken { unit: issuer, word, year, number: nth, text });
    Ok(())
}

/// The last step before the outcome.
fn last(program: &Program) -> Option<&Step> {
    fn of(entries: &[Entry]) -> Option<&Step> {
        match entries.last()? {
            Entry::Step(step) => Some(step),
            Entry::Block(block) => of(&block.entries),
        }
    }
    of(&program.route)
}

/// 机关代字 of whoever issues it on `day`: of the office that the program names, else of the place.
async fn mark(
    tx: &DatabaseTransaction,
    program: &Program,
    (issuer, day): (UnitId, NaiveDate),
) -> Result<String, CommandError> {
    let units = unit::Entity::in_places([issuer]).all(tx).await?;
    let ids: Vec<UnitId> = units.iter().map(|unit| unit.id).collect();
    // The unit's own column follows its dated marks within a minute; a number is right at once.
    let dated = marks_on(tx, &ids, day).await?;
    let of = |found: Option<&unit::Model>| {
        found.and_then(|unit| dated.get(&unit.id).cloned().or_else(|| unit.mark.clone()))
    };
    let office = units.iter().find(|unit| unit.office == *program.owner.lead);
    let place = units.iter().find(|unit| unit.id == issuer);
    let name = || place.map(|place| place.name_zh.clone()).unwrap_or_default();
    Ok(of(office).or_else(|| of(place)).unwrap_or_else(name))
}
