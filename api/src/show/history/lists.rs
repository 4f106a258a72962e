//! What happens to the lines of a list, in words.

use entities::{CaseRowId, RowState};
use serde_json::Value as Json;
use workflow::Event;

use super::{Reader, at};
use crate::{read::Words, show::case::Case};

/// The event as a sentence without a subject; none for what is not about a list.
pub(super) fn of(r: &Reader<'_>, case: &Case, event: &Event) -> Option<Words> {
    let same = |text: String| Words::new(text.clone(), text);
    let on_list = |row: &CaseRowId| Some(same(number(case, *row)?));
    Some(match event {
        Event::RowsFrozen { rows, .. } => {
            at("名单封存（件数）", "Lines frozen", &same(rows.to_string()))
        }
        Event::Drawn { .. } => Words::new("摇号种子已生成", "The seed of the draw was made"),
        Event::Ranked { list, mark: None, .. } if list.len() > 1 => {
            Words::new("排定名单", "The list was ranked")
        }
        Event::Ranked { mark: Some(_), .. } => Words::new("抽定样本", "A sample was drawn"),
        Event::RowMoved { row, reason, .. } => {
            let (line, why) = (on_list(row)?, r.reason(reason));
            Words::new(
                format!("调整名单：{}（{}）", line.zh, why.zh),
                format!("Moved on the list: {} ({})", line.zh, why.en),
            )
        }
        Event::RowChanged { row, state: RowState::Struck, .. } => {
            at("移出名单", "Off the list", &on_list(row)?)
        }
        Event::SeatTaken { row, .. } => at("取得名额", "Has a seat", &on_list(row)?),
        Event::SeatFreed { row, .. } => at("退回名额", "Gave the seat back", &on_list(row)?),
        _ => return None,
    })
}

/// The number of the case that is a line; none of a line that is no case.
fn number(case: &Case, row: CaseRowId) -> Option<String> {
    let row = case.state.rows.iter().find(|known| known.id == row)?;
    row.from_run?;
    row.facts.get("number").and_then(Json::as_str).map(str::to_owned)
}
