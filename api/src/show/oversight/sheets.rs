//! The same figures as tables that are taken along.

use workflow::calendar::local_date;

use crate::{
    layout::Layout,
    read::oversight::{BoardsView, Figures, OversightView},
    sheet::{Cell, Sheet},
};

/// The lights by unit, and the open steps where a single unit is looked at.
pub fn units_sheet(l: &Layout, view: &OversightView) -> Sheet {
    let t = &l.t.oversight;
    let mut head = vec![t.unit.clone()];
    let columns = [
        &t.open,
        &t.green,
        &t.amber,
        &t.red,
        &t.stopped,
        &t.closed,
        &t.closed_on_time,
        &t.on_time,
        &t.median,
        &t.held_unit,
        &t.held_applicant,
        &t.held_publicity,
        &t.held_stop,
        &t.held_calendar,
        &t.stop_percent,
        &t.remark,
    ];
    head.extend(columns.map(Clone::clone));
    let named = |name: &str, figures: &Figures| {
        let mut cells = vec![Cell::Text(name.to_owned())];
        cells.extend(figures_cells(l, figures));
        cells
    };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for row in &view.rows {
        let name = if row.own { l.fill(&t.own, &row.unit.name) } else { row.unit.name.clone() };
        rows.push(named(&name, &row.figures));
    }
    let name = if view.rows.is_empty() { &view.unit.name } else { &t.total };
    rows.push(named(name, &view.total));
    let day = local_date(view.as_of);
    Sheet { title: t.title.clone(), file: format!("oversight-units-{day}"), head, rows }
}

fn figures_cells(l: &Layout, figures: &Figures) -> Vec<Cell> {
    let t = &l.t.oversight;
    let held = &figures.held;
    let remark = match figures.stop_percent.filter(|_| figures.stops_too_much) {
        Some(percent) => Cell::Text(l.fill(&t.stops_too_much, percent)),
        None => Cell::Nothing,
    };
    vec![
        Cell::Count(figures.open),
        Cell::Count(figures.green),
        Cell::Count(figures.amber),
        Cell::Count(figures.red),
        Cell::Count(figures.stopped),
        Cell::Count(figures.closed),
        Cell::Count(figures.on_time),
        figures.on_time_percent.into(),
        figures.median_working_days.into(),
        Cell::Count(held.unit.working_days),
        Cell::Count(held.applicant.working_days),
        Cell::Count(held.publicity.working_days),
        Cell::Count(held.stop.working_days),
        Cell::Count(held.calendar.working_days),
        figures.stop_percent.into(),
        remark,
    ]
}

/// One kind of document, all its states.
pub fn boards_sheet(l: &Layout, view: &BoardsView, today: chrono::NaiveDate) -> Sheet {
    let t = &l.t.oversight;
    let head = [&t.state, &t.document, &t.case, &t.issuer, &t.addressed, &t.due, &t.light];
    let mut rows = Vec::new();
    for lane in &view.lanes {
        for card in &lane.cards {
            let number = card.document_number.clone().map_or(Cell::Nothing, Cell::Text);
            let due = card.due.as_ref();
            rows.push(vec![
                Cell::Text(t.lane(&lane.state).to_owned()),
                number,
                Cell::Text(card.case_number.clone()),
                Cell::Text(card.issuer.clone()),
                Cell::Text(card.addressed.join("、")),
                due.map_or(Cell::Nothing, |due| Cell::Day(local_date(due.at))),
                due.map_or(Cell::Nothing, |due| Cell::Text(l.t.words.light(due.light).to_owned())),
            ]);
        }
    }
    let kind = view.kinds.iter().find(|kind| kind.id == view.kind);
    let title = kind.map_or_else(|| t.boards.clone(), |kind| l.say(&kind.title).to_owned());
    let head = head.map(Clone::clone).to_vec();
    Sheet { title, file: format!("oversight-boards-{today}"), head, rows }
}
