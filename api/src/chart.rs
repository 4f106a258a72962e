//! Charts drawn on the server: the geometry of lights by unit, and of the on-time share by month.
//! What is drawn stands in a table beside it; kinds of light differ in pattern, not in colour
//! alone.

use std::fmt::Write as _;

use askama::{Template, filters::HtmlSafe};

use crate::{
    layout::Layout,
    read::oversight::{MonthRow, UnitRow},
    texts::Texts,
};

/// Units that are drawn; all are in the table.
const UNITS: usize = 10;
/// The width of the drawing, and of its bars.
const WIDTH: i64 = 400;
/// The height of one unit with its name.
const LINE: i64 = 66;

/// Lights by unit as bars.
#[derive(Template)]
#[template(path = "parts/bars.html")]
pub struct Bars<'a> {
    t: &'static Texts,
    units: Vec<Bar<'a>>,
    height: i64,
}

/// One unit.
struct Bar<'a> {
    name: &'a str,
    /// How many of each light, in the order of the parts.
    counts: [i64; 4],
    text: i64,
    below: i64,
    parts: Vec<Part>,
}

/// A stretch of a bar.
struct Part {
    /// `red`, `amber`, `green`, `stopped`.
    light: &'static str,
    path: String,
}

impl<'a> Bars<'a> {
    /// Of those that have something open, the first.
    pub fn of(l: &Layout, rows: &'a [UnitRow]) -> Self {
        let rows: Vec<&UnitRow> = rows.iter().filter(|row| row.figures.open > 0).collect();
        let most = rows.iter().map(|row| row.figures.open).max().unwrap_or(1);
        let units: Vec<Bar<'a>> = (0..)
            .zip(rows.into_iter().take(UNITS))
            .map(|(nth, row)| Bar::of(row, most, nth * LINE))
            .collect();
        let height = i64::try_from(units.len()).unwrap_or_default() * LINE;
        Self { t: l.t, units, height }
    }
}

impl<'a> Bar<'a> {
    fn of(row: &'a UnitRow, most: i64, top: i64) -> Self {
        let of = &row.figures;
        let lights =
            [("red", of.red), ("amber", of.amber), ("green", of.green), ("stopped", of.stopped)];
        let (mut before, y) = (0, top + 24);
        let mut parts = Vec::new();
        for (light, count) in lights {
            let (from, to) = (before * WIDTH / most, (before + count) * WIDTH / most);
            before += count;
            if to > from {
                // A line's width between two of them.
                let path = format!("M{} {y}H{}v14H{}z", from + 1, to - 1, from + 1);
                parts.push(Part { light, path });
            }
        }
        let counts = lights.map(|(_, count)| count);
        Self { name: &row.unit.name, counts, text: top + 16, below: top + 54, parts }
    }
}

/// The on-time share by month as a line.
#[derive(Template)]
#[template(path = "parts/trend.html")]
pub struct Trend {
    t: &'static Texts,
    points: Vec<Point>,
    /// The line, broken where nothing was closed.
    line: String,
}

/// One month.
struct Point {
    x: i64,
    /// The height of its share; none where nothing was closed.
    y: Option<i64>,
    percent: i64,
    month: String,
}

impl Trend {
    /// Of the months, in order.
    pub fn of(l: &Layout, months: &[MonthRow]) -> Self {
        let point = |(nth, row): (i64, &MonthRow)| Point {
            x: 58 + nth * 29,
            y: row.on_time_percent.map(|percent| 130 - percent),
            percent: row.on_time_percent.unwrap_or_default(),
            // Every other one is named, the present one among them: more would not fit a phone.
            month: if nth % 2 == 1 { l.short_month(&row.month) } else { String::new() },
        };
        let points: Vec<Point> = (0..).zip(months).map(point).collect();
        let mut line = String::new();
        let mut pen_is_down = false;
        for point in &points {
            if let Some(y) = point.y {
                let word = if pen_is_down { 'L' } else { 'M' };
                let _ = write!(line, "{word}{} {y}", point.x);
            }
            pen_is_down = point.y.is_some();
        }
        Self { t: l.t, points, line }
    }
}

/// The parts are escaped by their own templates.
impl HtmlSafe for Bars<'_> {}
impl HtmlSafe for Trend {}
