//! Papers of the lines of a list: who puts them in, and what a line still lacks.

use std::collections::BTreeMap;

use entities::{CaseId, CaseRowId, PersonId, TaskId, case_row, paper};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::{
    super::decide::{AtStep, at_step},
    Private, find, line_number, may_fill, said,
};
use crate::{
    Actor, CommandError, PaperFault, Refusal, RowFault, Said, Workflow,
    program::expression::{Scope, Value},
    rules::{
        authority::Verb,
        facts::Stuck,
        papers::{self, NeededPaper},
        rosters::{self, Asks, Background},
    },
};

/// A line whose papers are put in or taken out, and what for.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct OfLine<'a> {
    /// Whose it is.
    pub(in crate::commands) case: CaseId,
    /// The slot of whoever fills the line in; none is known to have one.
    pub(in crate::commands) task: Option<TaskId>,
    /// The line.
    pub(in crate::commands) row: CaseRowId,
    /// Which paper is put in; none where one is taken out.
    pub(in crate::commands) puts_in: Option<&'a str>,
}

/// The step at which somebody puts papers of a line in and takes them out: whoever may fill the
/// line in there, as long as they may. Of a line that was struck, papers are only taken out.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Rows`] for a line of somebody else, [`Refusal::Paper`]; as
/// [`fill_rows`](super::fill_rows), or the database's.
pub(in crate::commands) async fn at_line(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: OfLine<'_>,
) -> Result<AtStep, CommandError> {
    let task = ask.task.ok_or(Refusal::NotFound("task"))?;
    let row = entities::task::Entity::find_by_id(task).one(tx).await?;
    row.filter(|row| row.case_id == ask.case).ok_or(Refusal::NotFound("task"))?;
    let at = at_step(tx, workflow, actor, (task, Verb::FillRows, None)).await?;
    let program = std::sync::Arc::clone(&at.facts.program);
    let (step, asks) = may_fill(&at, &program)?;
    let known = |id: &str| asks.papers.iter().any(|paper| paper.id == *id);
    if !ask.puts_in.map_or(!asks.papers.is_empty(), known) {
        return Err(Refusal::Paper(PaperFault::Unknown).into());
    }
    let row = at.before.rows.iter().find(|row| row.id == ask.row);
    let row = row.ok_or(Refusal::NotFound("row"))?;
    let fault = |(column, said): (&str, Said)| {
        let (line, column) = (line_number(row), column.to_owned());
        Refusal::Rows(vec![RowFault { line, column, said }])
    };
    let target = find::line(&at, step, row)?.map_err(fault)?;
    if target.struck && ask.puts_in.is_some() {
        let said =
            Said::new("此人已被剔除，不需要材料", "this line was struck and needs no papers");
        return Err(fault(("row", said)).into());
    }
    Ok(at)
}

/// What each line needs, as the step of `asks` sees it.
///
/// # Errors
/// [`Stuck`] when a rule has no value.
fn needed(
    asks: Asks<'_>,
    row: &case_row::Model,
    (case, known): (&Scope, &Private),
    background: &Background,
) -> Result<Vec<NeededPaper>, Stuck> {
    let mut value = rosters::value(row, false);
    value.extend(known.get(&row.id).cloned().unwrap_or_default());
    value.retain(|_, value| *value != Value::Null);
    papers::of_line(asks.papers, &rosters::scope_of(case, value, background))
}

/// What each of these lines is asked for; nothing of one that a rule says nothing of yet, because
/// something is not filled in.
///
/// # Errors
/// The database's.
pub async fn papers_needed(
    db: &impl ConnectionTrait,
    asks: Asks<'_>,
    rows: &[&case_row::Model],
    (case, known): (&Scope, &Private),
) -> Result<BTreeMap<CaseRowId, Vec<NeededPaper>>, CommandError> {
    if asks.papers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let people: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id).collect();
    let backgrounds = find::backgrounds(db, &people).await?;
    let none = Background::default();
    let of = |row: &&case_row::Model| {
        let background = row.person_id.and_then(|person| backgrounds.get(&person));
        let needed = needed(asks, row, (case, known), background.unwrap_or(&none)).ok()?;
        Some((row.id, needed))
    };
    Ok(rows.iter().filter_map(of).collect())
}

/// A fault for every paper that one of these lines needs and does not have.
///
/// # Errors
/// [`Refusal::Stuck`] for a rule without a value, unless the line is `faulty`: then it is told with
/// what is wrong there alone.
pub(super) async fn lacking(
    tx: &DatabaseTransaction,
    at: &AtStep,
    asks: Asks<'_>,
    (rows, faulty): (&[case_row::Model], &[RowFault]),
    (case, known): (&Scope, &Private),
) -> Result<Vec<RowFault>, CommandError> {
    if asks.papers.is_empty() {
        return Ok(Vec::new());
    }
    let people: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id).collect();
    let backgrounds = find::backgrounds(tx, &people).await?;
    let mut have: BTreeMap<CaseRowId, Vec<String>> = BTreeMap::new();
    for row in paper::Entity::of_lines(at.before.case.id).all(tx).await? {
        if let Some(line) = row.row_id {
            have.entry(line).or_default().push(row.paper);
        }
    }
    let (none, nothing) = (Background::default(), Vec::new());
    let mut faults = Vec::new();
    for row in rows {
        let line = line_number(row);
        let background = row.person_id.and_then(|person| backgrounds.get(&person));
        let needed = match needed(asks, row, (case, known), background.unwrap_or(&none)) {
            Ok(needed) => needed,
            Err(_) if faulty.iter().any(|fault| fault.line == line) => continue,
            Err(stuck) => return Err(Refusal::from(stuck).into()),
        };
        let missing = papers::missing(&needed, have.get(&row.id).unwrap_or(&nothing));
        faults.extend(missing.into_iter().map(|fault| RowFault {
            line,
            said: said::missing_paper(asks.papers.iter().find(|paper| paper.id == *fault.field)),
            column: fault.field,
        }));
    }
    Ok(faults)
}
