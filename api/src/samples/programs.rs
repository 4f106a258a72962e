//! Programs that are changed.

use crate::{
    layout::Room,
    read::program_desk::{
        DraftRow, DraftView, FindingView, LoadRow, NewProgramRow, NewProgramView, PayerRow,
        ProgramDeskView, ProgramRow, ProgramsView, RebaseRow, RebaseView, ReplayRow, ReplayView,
        VersionRow,
    },
};

use super::{Sample, at, on, sample, words};

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Staff);
    vec![
        sample("programs", room, programs()),
        sample("new-program", room, new_program()),
        sample("program-desk", room, desk()),
        sample("program-draft", room, draft("open", 1)),
        sample("program-draft-proposed", room, draft("proposed", 0)),
        sample("program-rebase", room, rebase()),
    ]
}

fn programs() -> ProgramsView {
    let row = |id: &str, zh: &str, en: &str, in_force, drafts| ProgramRow {
        id: id.to_owned(),
        title: words(zh, en),
        in_force,
        drafts,
    };
    let programs = vec![
        row("urgent", "临时困难救助", "Emergency aid", Some(2), 1),
        row("placement", "闽宁对口就读", "Placement in Fujian", Some(1), 0),
        row("old", "旧项目", "An old program", None, 0),
    ];
    let new = vec![NewProgramRow { program: "heating".to_owned(), draft: row_of("open") }];
    ProgramsView { programs, new }
}

fn new_program() -> NewProgramView {
    NewProgramView { yaml: "program: heating\n".to_owned(), findings: Vec::new() }
}

fn row_of(state: &str) -> DraftRow {
    let title = if state == "open" {
        words("起草中", "Being written")
    } else {
        words("待他人确认", "Waits for a second person")
    };
    DraftRow {
        id: "0199f0a2-6f3c-7d4e-8a11-2b3c4d5e6f70".to_owned(),
        number: 3,
        retires: false,
        state: state.to_owned(),
        state_title: title,
        changed_at: at(2, 9),
        written_by: vec!["沈示例".to_owned()],
    }
}

fn desk() -> ProgramDeskView {
    let version = |number: i32, live| VersionRow {
        number,
        hash: "5e8f".repeat(16),
        published_at: at(1, 9),
        effective_on: (number > 1).then(|| on(2)),
        retired_on: None,
        reason: (number > 1).then(|| "县级申请延长审核时间".to_owned()),
        draft: (number > 1).then(|| "0199f0a2-6f3c-7d4e-8a11-2b3c4d5e6f70".to_owned()),
        live,
    };
    ProgramDeskView {
        id: "urgent".to_owned(),
        title: words("临时困难救助", "Emergency aid"),
        in_force: Some(2),
        versions: vec![version(2, 12), version(1, 3)],
        drafts: vec![row_of("proposed")],
    }
}

fn draft(state: &str, errors: usize) -> DraftView {
    let finding = FindingView {
        line: 12,
        column: 24,
        code: "unknown-role".to_owned(),
        warning: false,
        message: words(
            "没有此角色“educaton”，是不是“education”？",
            "no role `educaton`. Did you mean `education`?",
        ),
        text: "- {id: county, by: county/educaton, within: 5wd, on_empty: climb}".to_owned(),
    };
    let yaml = "program: urgent\nversion: 3\ncode: YJ\n".to_owned() + &"# 说明\n".repeat(20);
    DraftView {
        program: "urgent".to_owned(),
        is_new: false,
        title: words("临时困难救助", "Emergency aid"),
        draft: row_of(state),
        version: 4,
        yaml,
        effective_on: Some(on(9)),
        reason: Some("县级申请延长审核时间".to_owned()),
        findings: if errors > 0 { vec![finding] } else { Vec::new() },
        errors,
        changes: vec![
            words(
                "环节“县级审核”：期限　3 个工作日 → 5 个工作日",
                "step “County step”: time 3 working days → 5 working days",
            ),
            words(
                "新增环节：复核，市教育，2 个工作日",
                "new step: Check, Education (city), 2 working days",
            ),
        ],
        drawn: false,
        may_write: true,
        may_confirm: state == "proposed",
        today: on(4),
        replay: Some(replay()),
    }
}

fn replay() -> ReplayView {
    ReplayView {
        id: "0199f0a2-6f3c-7d4e-8a11-2b3c4d5e6f71".to_owned(),
        since: on(1),
        state: "done".to_owned(),
        total: 128,
        done: 128,
        outdated: false,
        same: 101,
        gain: 3,
        lose: 9,
        refused: 1,
        waiting: 12,
        untold: 2,
        red: 0,
        green: 14,
        payers: vec![
            PayerRow {
                payer: words("县级财政", "county"),
                before: 12_000_000,
                after: 11_250_000,
                change: -750_000,
            },
            PayerRow {
                payer: words("市级财政", "city"),
                before: 4_000_000,
                after: 4_000_000,
                change: 0,
            },
        ],
        units: vec![LoadRow { unit: "泾源县教育局".to_owned(), before: 128, after: 116 }],
        cases: vec![
            ReplayRow {
                number: "640424-YJ-2026-000123-7".to_owned(),
                said: vec![words(
                    "“县级审核”到期 2026-03-04 18:00 → 2026-03-06 18:00",
                    "“County step” due 2026-03-04 18:00 → 2026-03-06 18:00",
                )],
                untold: false,
                before: Some(120_000),
                after: Some(100_000),
            },
            ReplayRow {
                number: "640424-YJ-2026-000124-5".to_owned(),
                said: vec![words("无法重演：reopened", "cannot be told: reopened")],
                untold: true,
                before: None,
                after: None,
            },
        ],
    }
}

fn rebase() -> RebaseView {
    RebaseView {
        program: "urgent".to_owned(),
        title: words("临时困难救助", "Emergency aid"),
        to: 2,
        chosen: String::new(),
        movable: 1,
        cases: vec![
            RebaseRow {
                number: "640424-YJ-2026-000123-7".to_owned(),
                from: 1,
                open: vec![words("县级审核", "County step")],
                said: vec![words(
                    "“县级审核”到期 2026-03-04 18:00 → 2026-03-06 18:00",
                    "“County step” due 2026-03-04 18:00 → 2026-03-06 18:00",
                )],
                unmoved: None,
            },
            RebaseRow {
                number: "640424-YJ-2026-000124-5".to_owned(),
                from: 1,
                open: vec![words("县级审核", "County step")],
                said: Vec::new(),
                unmoved: Some(words(
                    "“县级审核”已逾期，红灯不消",
                    "the time of county is over: red stays red",
                )),
            },
        ],
    }
}
