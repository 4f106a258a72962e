//! Programs that the demonstration takes all the year: their own text, with other days, published
//! by one administrator and confirmed by another, as a deployment does it.

use workflow::{
    CommandError,
    program_versions::{
        ProposeDraft, SaveDraft, begin_draft, follow, propose_draft, publish_draft, save_draft,
    },
    tx,
};

use super::stage::Stage;
use crate::fault::Fault;

/// What is changed in the text of a program.
type Change = (&'static str, &'static [(&'static str, &'static str)]);

/// In season they would be taken on some days of the year only.
const CHANGES: &[Change] = &[
    (
        "nine-plus-three",
        &[
            ("window: [\"09-01..09-20\", \"03-01..03-20\"]", "window: 01-01..12-31"),
            ("due: 'date(year(today), month(today) >= 8 ? 9 : 3, 20)'", "within: 5wd"),
        ],
    ),
    (
        "teacher-nomination",
        &[
            ("window: 03-01..05-31", "window: 01-01..12-31"),
            ("close_on: 'date(year(today), 6, 30)'", "close: 2wd"),
        ],
    ),
];

/// Publishes them.
pub(super) async fn publish(stage: &Stage<'_>) -> Result<(), Fault> {
    let w = stage.workflow;
    let (writes, confirms) = (stage.actor("admin")?, stage.actor("admin-2")?);
    for (program, changes) in CHANGES {
        tx::write(&w.store, async |tx| {
            let draft = begin_draft(tx, w, writes, program).await?;
            let yaml = changes.iter().fold(draft.yaml, |text, (is, shall)| text.replace(is, shall));
            if !changes.iter().all(|(_, shall)| yaml.contains(shall)) {
                return Err(CommandError::Stored(format!("{program} has other words now")));
            }
            let save = SaveDraft { draft: draft.id, seen: None, yaml };
            save_draft(tx, w, writes, save).await?;
            let reason = "演示：全年受理 for the demonstration: taken all the year".to_owned();
            let ask = ProposeDraft { draft: draft.id, seen: None, effective_on: None, reason };
            propose_draft(tx, w, writes, ask).await?;
            publish_draft(tx, w, confirms, (draft.id, None)).await?;
            Ok::<_, CommandError>(())
        })
        .await?;
    }
    follow(w).await?;
    Ok(())
}
