//! What there is to see in a demonstration beside the queues, with the address of each.

use std::fmt::Write as _;

use entities::{case_file, document_number};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use workflow::Workflow;

use crate::fault::Fault;

/// The program, whose desk it lies on, what is to be seen.
const SIGHTS: [(&str, &str, &str); 5] = [
    ("nine-plus-three", "county-finance", "名册 a school's list, with the county"),
    ("nomination-round", "region-edu", "名额分配 a ranked list, to be signed"),
    ("circulated-notice", "county-watch", "通报 a notice, signed"),
    ("interview", "county-watch", "约谈 an interview with its minutes"),
    ("supervision-order", "city-watch", "督办 an order under way"),
];

/// Where the newest case of each lies; what has not come about is left out.
pub(super) async fn table(workflow: &Workflow, url: &str) -> Result<String, Fault> {
    let db = workflow.store.read();
    let mut text = String::from("To look at, for whom is named:\n");
    for (program, login, what) in SIGHTS {
        let case = case_file::Entity::find()
            .filter(case_file::Column::Program.eq(program))
            .filter(case_file::Column::Number.is_not_null())
            .order_by_desc(case_file::Column::Id)
            .one(db)
            .await?;
        let Some((case, number)) = case.and_then(|case| Some((case.id, case.number?))) else {
            continue;
        };
        let signed = document_number::Entity::find_by_id(case).one(db).await?;
        let (page, signed) = match signed {
            Some(signed) => ("/document", format!(" {}", signed.text)),
            None => ("", String::new()),
        };
        let _ = writeln!(text, "  {login:<18}{url}/staff/cases/{number}{page}  {what}{signed}");
    }
    text.push('\n');
    Ok(text)
}
