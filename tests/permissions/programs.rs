//! A program that is being changed.

use entities::{ProgramDraftId, ProgramReplayId};
use workflow::program_versions;

use crate::harness::world::World;

/// A program that there is not yet.
pub(super) const NEW: &str = "program: brand-new\ncode: BN\ntitle: {zh: 新事项, en: New}\n\
    basis: [{doc: 办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\nowner: {lead: education}\n\
    intake: {by: [self]}\nanchor: applicant.school\n\
    route: [{id: first, by: county/education, within: 3wd, on_empty: climb}]\n\
    clock: {total: 10wd, from: accepted, to: outcome}\n";

/// Whether a door leads to a draft, or to what is told by it.
pub(super) fn has_draft(path: &str) -> bool {
    ["{edition}", "{replay}"].iter().any(|hole| path.contains(hole))
}

/// No draft: most doors ask for none, and a look at what it would change tells every case again.
pub(super) fn none() -> (ProgramDraftId, ProgramReplayId) {
    let at = chrono::DateTime::UNIX_EPOCH;
    (ProgramDraftId::at(at), ProgramReplayId::at(at))
}

/// A draft of a program by another administrator, proposed, and a look at what it would change.
pub(super) async fn drafted(world: &World) -> (ProgramDraftId, ProgramReplayId) {
    let (workflow, writer) = (&world.workflow, world.actor("Writer"));
    let begun = world.command(async |tx| {
        let draft = program_versions::begin_draft(tx, workflow, writer, "emergency-aid").await?.id;
        let since = "2018-09-01".parse().unwrap();
        let (replay, _) =
            program_versions::begin_replay(tx, workflow, writer, (draft, since)).await?;
        let ask = program_versions::ProposeDraft {
            draft,
            seen: None,
            effective_on: None,
            reason: "a test".to_owned(),
        };
        program_versions::propose_draft(tx, workflow, writer, ask).await?;
        Ok((draft, replay.id))
    });
    begun.await.unwrap()
}
