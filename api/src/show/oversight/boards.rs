//! The documents about late units, as boards: a document is a case of a program that takes
//! document numbers, and where it stands is told by its steps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{
    CaseId, Phase, RowState, RunKind, RunState, TaskState, UnitId, case_file, case_row,
    document_number, step_run, task, unit,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use serde::Deserialize;
use workflow::{Actor, commands};

use super::{
    dialect::BELOW,
    place::{self, link, links},
};
use crate::{
    Problem,
    read::{
        Light,
        oversight::{BoardKind, BoardsView, CardRow, Lane, LaneState, Openable},
    },
    show::{Reader, due, people, reader::words, scope},
};

/// Documents that are not done and are shown; there are few, and the oldest come first.
const OPEN: u64 = 200;
/// Of those that are done, so many.
const DONE: u64 = 20;

/// What is looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoardsAsk {
    /// Whose documents, and of all that stand below; without one, the highest that is supervised.
    pub unit: Option<UnitId>,
    /// A program's id; without one, the first.
    pub kind: Option<String>,
    /// The language switch of pages.
    pub lang: Option<String>,
}

/// The documents of one kind that a unit, or one below it, has drafted or issued.
///
/// # Errors
/// As [`oversight`](super::oversight).
pub async fn boards(r: &Reader<'_>, actor: Actor, ask: &BoardsAsk) -> Result<BoardsView, Problem> {
    let place = place::place(r, actor, ask.unit).await?;
    let documents = r.workflow.programs.all().filter(|program| program.number.is_some());
    let counts = counts(r, place.unit.id).await?;
    let of = |id: &str, ended: bool| {
        let own =
            counts.iter().filter(|count| count.program == id && count.ended == i32::from(ended));
        own.map(|count| count.cases).sum::<i64>()
    };
    let kinds: Vec<BoardKind> = documents
        .map(|program| BoardKind {
            id: program.id().to_owned(),
            title: words(&program.title),
            open: of(program.id(), false),
        })
        .collect();
    let asked = ask.kind.as_deref().filter(|id| !id.is_empty());
    let kind = match asked {
        Some(id) => kinds.iter().find(|kind| kind.id == id).ok_or(Problem::NotFound)?.id.clone(),
        None => kinds.first().map(|kind| kind.id.clone()).unwrap_or_default(),
    };
    let mut cards = cards(r, actor, place.unit.id, &kind).await?;
    let lanes = LaneState::ALL.into_iter().map(|state| {
        let own = cards.remove(&state).unwrap_or_default();
        let shown = i64::try_from(own.len()).unwrap_or(i64::MAX);
        let count = if state == LaneState::Done { of(&kind, true) } else { shown };
        Lane { state, count, cards: own }
    });
    Ok(BoardsView {
        unit: link(r, &place.unit),
        elsewhere: links(r, &place.elsewhere),
        lanes: lanes.collect(),
        openable: openable(r, actor).await?,
        kinds,
        kind,
    })
}

/// What `actor` may open a case of.
pub(in crate::show) async fn openable(
    r: &Reader<'_>,
    actor: Actor,
) -> Result<Vec<Openable>, Problem> {
    let found = commands::openable(r.db(), r.workflow, actor).await?;
    let units = people::units(r, found.iter().map(|(_, unit)| *unit)).await?;
    let shown = found.into_iter().filter_map(|(program, unit)| {
        let title = words(&r.workflow.programs.get(&program)?.title);
        Some(Openable { program, title, at: link(r, units.get(&unit)?) })
    });
    Ok(shown.collect())
}

/// How many there are.
#[derive(Clone, Debug, FromQueryResult)]
struct Count {
    program: String,
    ended: i32,
    cases: i64,
}

async fn counts(r: &Reader<'_>, unit: UnitId) -> Result<Vec<Count>, Problem> {
    let backend = r.db().get_database_backend();
    let sql = format!(
        "WITH RECURSIVE {BELOW}
        SELECT program, CASE WHEN phase = 'ended' THEN 1 ELSE 0 END AS ended, COUNT(*) AS cases
        FROM below JOIN case_file ON case_file.anchor_id = below.id
        WHERE case_file.subject_id IS NULL AND case_file.number IS NOT NULL GROUP BY 1, 2"
    );
    let statement = Statement::from_sql_and_values(backend, sql, [unit.into()]);
    Ok(Count::find_by_statement(statement).all(r.db()).await?)
}

/// What cards are made of: read for all of them at once.
struct Documents {
    runs: Vec<step_run::Model>,
    slots: Vec<task::Model>,
    rows: Vec<case_row::Model>,
    numbers: BTreeMap<CaseId, String>,
    units: BTreeMap<UnitId, unit::Model>,
}

async fn cards(
    r: &Reader<'_>,
    actor: Actor,
    unit: UnitId,
    kind: &str,
) -> Result<BTreeMap<LaneState, Vec<CardRow>>, Problem> {
    let files = files(r, unit, kind).await?;
    let documents = Documents::of(r, &files).await?;
    let mut lanes: BTreeMap<LaneState, Vec<CardRow>> = BTreeMap::new();
    let reopens = commands::reopenable(r.db(), r.workflow, actor, &files).await?;
    let own = (documents.runs.as_slice(), documents.slots.as_slice());
    let ours = scope::are_ours(r, actor, &files, own).await?;
    for file in &files {
        let mut card = documents.card(r, file);
        if ours.contains(&file.id) {
            let mut slots = documents.slots.iter().filter(|slot| slot.case_id == file.id);
            card.task = slots.next_back().map(|slot| slot.id.to_string());
        }
        card.reopens = reopens.contains(&file.id).then(|| file.id.to_string());
        lanes.entry(documents.lane(file)).or_default().push(card);
    }
    Ok(lanes)
}

/// Those that are not done, and the newest of those that are.
async fn files(r: &Reader<'_>, unit: UnitId, kind: &str) -> Result<Vec<case_file::Model>, Problem> {
    let backend = r.db().get_database_backend();
    let select = |rest: &str| {
        let sql = format!(
            "WITH RECURSIVE {BELOW}
            SELECT case_file.* FROM below JOIN case_file ON case_file.anchor_id = below.id
            WHERE case_file.subject_id IS NULL AND case_file.number IS NOT NULL
                AND case_file.program = $2 AND case_file.phase {rest}"
        );
        let statement = Statement::from_sql_and_values(backend, sql, [unit.into(), kind.into()]);
        case_file::Entity::find().from_raw_sql(statement)
    };
    let open = format!("<> 'ended' ORDER BY case_file.id LIMIT {OPEN}");
    let done =
        format!("= 'ended' ORDER BY case_file.ended_at DESC, case_file.id DESC LIMIT {DONE}");
    let mut files = select(&open).all(r.db()).await?;
    files.extend(select(&done).all(r.db()).await?);
    Ok(files)
}

impl Documents {
    async fn of(r: &Reader<'_>, files: &[case_file::Model]) -> Result<Self, Problem> {
        let ids = || files.iter().map(|file| file.id);
        let runs = step_run::Entity::of_cases(ids()).all(r.db()).await?;
        let slots = task::Entity::of_cases(ids()).all(r.db()).await?;
        let rows = case_row::Entity::of_cases(ids()).all(r.db()).await?;
        let numbers = document_number::Entity::find()
            .filter(document_number::Column::CaseId.is_in(ids()))
            .all(r.db())
            .await?;
        let mentioned = slots.iter().map(|slot| slot.unit_id);
        let mentioned = mentioned.chain(rows.iter().filter_map(|row| row.unit_id));
        let mentioned = mentioned.chain(files.iter().filter_map(|file| file.anchor_id));
        Ok(Self {
            units: people::units(r, mentioned).await?,
            numbers: numbers.into_iter().map(|row| (row.case_id, row.text)).collect(),
            runs,
            slots,
            rows,
        })
    }

    /// Whether a unit belongs to the place that issues.
    fn issues(&self, file: &case_file::Model, unit: UnitId) -> bool {
        let seat = |id: UnitId| self.units.get(&id).map(|unit| unit.seat_id);
        file.anchor_id.is_some_and(|anchor| seat(anchor) == seat(unit))
    }

    /// Whether a step is, or was, in the hands of somebody else than the issuer.
    fn is_out(&self, file: &case_file::Model, run: &step_run::Model) -> bool {
        let slots = self.slots.iter().filter(|slot| slot.run_id == run.id);
        slots.map(|slot| slot.unit_id).any(|unit| !self.issues(file, unit))
    }

    fn lane(&self, file: &case_file::Model) -> LaneState {
        match file.phase {
            Phase::Draft | Phase::Filed | Phase::Running => LaneState::Drafted,
            Phase::Ended => LaneState::Done,
            Phase::After => {
                let own = || self.runs.iter().filter(|run| run.case_id == file.id);
                let out = |state| {
                    let of_state = own().filter(move |run| run.state == state);
                    of_state.filter(|run| self.is_out(file, run)).collect::<Vec<_>>()
                };
                let open = out(RunState::Open);
                let works = |run: &&step_run::Model| run.kind == RunKind::Fill;
                let reported = out(RunState::Closed).iter().any(works);
                match (reported, open.is_empty()) {
                    (true, true) => LaneState::ToClose,
                    (true, false) => LaneState::UnderWay,
                    (false, _) if open.iter().any(works) => LaneState::UnderWay,
                    (false, _) => LaneState::Issued,
                }
            }
        }
    }

    fn card(&self, r: &Reader<'_>, file: &case_file::Model) -> CardRow {
        let name = |id: UnitId| people::name_in(r, &self.units, Some(id));
        let slots = self.slots.iter().filter(|slot| slot.case_id == file.id);
        let live = slots.filter(|slot| slot.state != TaskState::Void).map(|slot| slot.unit_id);
        let mut addressed: Vec<UnitId> = live.filter(|unit| !self.issues(file, *unit)).collect();
        if addressed.is_empty() {
            let rows = self.rows.iter().filter(|row| row.case_id == file.id);
            let counts = rows.filter(|row| row.state == RowState::In);
            addressed = counts.filter_map(|row| row.unit_id).collect();
        }
        let mut seen = BTreeSet::new();
        addressed.retain(|unit| seen.insert(*unit));
        CardRow {
            case_number: file.number.clone().unwrap_or_default(),
            document_number: self.numbers.get(&file.id).cloned(),
            issuer: file.anchor_id.map(name).unwrap_or_default(),
            addressed: addressed.into_iter().map(name).collect(),
            due: self.due(r, file),
            ended_at: file.ended_at,
            task: None,
            reopens: None,
        }
    }

    /// Of its open steps, the one that is due first.
    fn due(&self, r: &Reader<'_>, file: &case_file::Model) -> Option<crate::read::DueView> {
        let open = self.runs.iter().filter(|run| {
            run.case_id == file.id && run.state == RunState::Open && run.kind != RunKind::Block
        });
        let first = open.filter_map(|run| Some((run.due_at?, run.opened_at))).min();
        let (at, opened): (DateTime<Utc>, DateTime<Utc>) = first?;
        let mut view = due::of_instant(r, at, file.supplementing);
        if view.light == Light::Green {
            view.light = due::light(Some(opened), Some(at), r.now);
        }
        Some(view)
    }
}
