//! A paper that is asked for, and the files given for it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ErrorView, Words};

/// One paper.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaperView {
    /// Its id in the program; of the anchor `#p-{id}`.
    pub id: String,
    pub title: Words,
    pub hint: Option<Words>,
    pub required: bool,
    /// Not needed, with the reason: the fact was found in the data.
    pub waived: Option<Words>,
    pub files: Vec<FileView>,
    /// What to do, in the language of the page.
    pub error: Option<String>,
}

/// One stored file, at `/papers/{id}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileView {
    pub id: String,
    pub name: String,
    pub bytes: i64,
    pub kind: FileKind,
    pub added_at: DateTime<Utc>,
}

/// What a file is, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Image,
    Pdf,
}

impl PaperView {
    /// Given, or not needed.
    pub fn settled(&self) -> bool {
        !self.files.is_empty() || self.waived.is_some()
    }
}

/// The summary of what is wrong with these papers.
pub fn errors<'p>(papers: impl IntoIterator<Item = &'p PaperView>) -> Vec<ErrorView> {
    let line = |paper: &PaperView| {
        let text = paper.error.clone()?;
        Some(ErrorView { anchor: format!("p-{}", paper.id), text })
    };
    papers.into_iter().filter_map(line).collect()
}
