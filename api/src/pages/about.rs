//! `/about`: what runs here, and whether it is well.

use super::{Answer, Visitor};
use crate::read::{
    Words,
    demo::{AboutView, HealthRow},
};

/// The version and the parts that were looked at just now.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let workflow = visitor.workflow();
    let part = |zh: &str, en: &str, well: bool, note: String| HealthRow {
        name: Words::new(zh, en),
        well,
        note,
    };
    let answers = workflow.store.read().ping().await.is_ok();
    let papers = tokio::fs::metadata(&workflow.papers).await;
    // The folder is made with the first paper.
    let kept = papers.map_or_else(|e| e.kind() == std::io::ErrorKind::NotFound, |at| at.is_dir());
    let programs = workflow.programs.all().count();
    let parts = vec![
        part("数据库", "Database", answers, String::new()),
        part("材料", "Documents", kept, String::new()),
        part("项目", "Programs", programs > 0, programs.to_string()),
        part("工作日历", "Calendar", true, workflow.calendar.revision()),
    ];
    let version = env!("CARGO_PKG_VERSION").to_owned();
    visitor.page(&AboutView { version, healthy: parts.iter().all(|part| part.well), parts })
}
