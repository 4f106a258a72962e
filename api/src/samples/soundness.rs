//! Samples of what the doctor has found.

use crate::read::soundness::{SoundCheck, SoundFinding, SoundnessView};

use super::{at, words};

/// A look with so many findings.
pub(super) fn soundness(found: u64) -> SoundnessView {
    let finding = || SoundFinding {
        number: Some("640422-YJ-2026-000123-7".into()),
        about: "county #1".into(),
        why: words("办理中的环节没有计时", "the open step has no clock"),
    };
    SoundnessView {
        at: at(3, 9),
        sound: found == 0,
        cases: 312,
        whole: false,
        checks: vec![
            SoundCheck {
                title: words("办理中的环节都有计时", "Open steps have a clock"),
                looked: 312,
                found,
                first: (0..found).map(|_| finding()).collect(),
            },
            SoundCheck {
                title: words("留痕链完整", "The audit trail is an unbroken chain"),
                looked: 9_876,
                found: 0,
                first: vec![],
            },
        ],
    }
}
