//! `banjie program replay`, `publish`, `confirm` and `rebase`: programs are changed at the console.

use std::{fmt::Write as _, fs, path::Path, sync::Arc};

use chrono::NaiveDate;
use entities::{AccountKind, account};
use serde_json::json;
use workflow::{
    Actor, CommandError, Refusal, Said, Workflow,
    program::load,
    program_versions::{
        Look, Looked, ProposeDraft, Rebase, RebaseCase, SaveDraft, begin_draft, begin_program,
        look_ahead, propose_draft, publish_draft, rebase_cases, replay_all, save_draft,
    },
    rules::replay::{CaseChange, Sums},
    tx,
};

use crate::{arguments::Changing, fault::Fault, open::open, settings::Settings};

/// Does it, beside a running service too.
pub(crate) async fn act(settings: &Settings, act: Changing) -> Result<(), Fault> {
    let (workflow, _) = open(settings).await?;
    match act {
        Changing::Replay { file, since, json } => replay(&workflow, &file, (since, json)).await,
        Changing::Publish { file, by, reason, from } => {
            let by = actor(&workflow, &by).await?;
            propose(&workflow, &file, by, (reason, from)).await
        }
        Changing::Confirm { draft, by } => {
            let by = actor(&workflow, &by).await?;
            let done = tx::write(&workflow.store, async |tx| {
                publish_draft(tx, &workflow, by, (draft, None)).await
            });
            let row = done.await?;
            println!("{}: version {} is published", row.program, row.number);
            Ok(())
        }
        Changing::Rebase { program, to, cases, dry, by } => {
            let ask = Rebase { program, to, cases };
            match by.filter(|_| !dry) {
                None => {
                    show(&look_ahead(workflow.store.read(), &workflow, &ask).await?, "would go");
                }
                Some(by) => {
                    let by = actor(&workflow, &by).await?;
                    let done = tx::write(&workflow.store, async |tx| {
                        rebase_cases(tx, &workflow, by, &ask).await
                    });
                    show(&done.await?.0, "went");
                }
            }
            Ok(())
        }
    }
}

/// Whoever signs in by `login`.
pub(crate) async fn actor(workflow: &Workflow, login: &str) -> Result<Actor, Fault> {
    let found = account::Entity::of_login(&login.to_lowercase()).one(workflow.store.read()).await?;
    let found = found.filter(|account| account.disabled_at.is_none());
    let nobody = || {
        let (zh, en) = (format!("没有登录账号 {login}"), format!("nobody signs in as {login}"));
        CommandError::Refused(Refusal::Unfit(Said::new(zh, en)))
    };
    let account = found.ok_or_else(nobody)?;
    Ok(Actor { account: account.id, person: account.person_id, kind: AccountKind::Staff })
}

fn text(file: &Path) -> Result<String, Fault> {
    fs::read_to_string(file).map_err(|source| Fault::File {
        file: file.to_path_buf(),
        doing: "read",
        source,
    })
}

async fn replay(
    workflow: &Workflow,
    file: &Path,
    (since, json): (NaiveDate, bool),
) -> Result<(), Fault> {
    let (name, source) = (file.display().to_string(), text(file)?);
    let program = load::program(&name, &source).map_err(|wrong| Fault::Program(vec![wrong]))?;
    let mut errors = workflow.programs.lint(&name, Some(&source), &program);
    errors.retain(|finding| !finding.warning);
    if !errors.is_empty() {
        return Err(Fault::Program(errors));
    }
    if workflow.programs.get(program.id()).is_none() && !json {
        println!("{} is a new program: there are no past cases", program.id());
    }
    let which = Look { program: program.id().to_owned(), since };
    let mut see = |looked: &Looked| {
        if json {
            let found = looked.found.as_ref();
            let line = match found {
                Ok(change) => json!({ "case": looked.number, "change": change }),
                Err(why) => json!({ "case": looked.number, "untold": why.to_string() }),
            };
            println!("{line}");
        } else if let Some(line) = line(looked) {
            println!("{line}");
        }
    };
    let sums = replay_all(workflow, &which, &Arc::new(program), &mut see).await?;
    if json {
        println!("{}", json!({ "sums": sums }));
    } else {
        print!("{}", in_all(&sums));
    }
    Ok(())
}

/// One case of a replay; nothing of one that would be the same.
fn line(looked: &Looked) -> Option<String> {
    let said = match &looked.found {
        Ok(change) if change.is_none() => return None,
        Ok(change) => told(change).join("; "),
        Err(why) => format!("cannot be told: {why}"),
    };
    Some(format!("{}  {said}", looked.number))
}

fn told(change: &CaseChange) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(change.refused.as_ref().map(|why| format!("would not have been taken: {why}")));
    said.extend(change.award.as_ref().map(|a| format!("{} -> {}", a.before, a.after)));
    for (what, steps) in [
        ("would wait for", &change.waits_for),
        ("more steps:", &change.added),
        ("fewer steps:", &change.left_out),
        ("what was said has no place at", &change.dropped),
        ("would have turned red:", &change.red),
        ("would have stayed green:", &change.green),
    ] {
        if !steps.is_empty() {
            said.push(format!("{what} {}", steps.join(", ")));
        }
    }
    let due = |due: &workflow::rules::replay::DueChange| {
        format!("{} due {} -> {}", due.step, due.before, due.after)
    };
    said.extend(change.dues.iter().map(due));
    said
}

fn in_all(sums: &Sums) -> String {
    let mut text = format!(
        "{} case(s): {} the same, {} gain, {} lose, {} not taken, {} would wait, {} cannot be told\n\
         lights: {} more red, {} fewer red\n",
        sums.cases,
        sums.same,
        sums.gain,
        sums.lose,
        sums.refused,
        sums.waiting,
        sums.untold,
        sums.red,
        sums.green
    );
    for (payer, sum) in &sums.payers {
        // A string takes everything.
        let _ = writeln!(text, "{payer}: {} -> {}", sum.before, sum.after);
    }
    text
}

async fn propose(
    workflow: &Workflow,
    file: &Path,
    by: Actor,
    (reason, effective_on): (String, Option<NaiveDate>),
) -> Result<(), Fault> {
    let (name, yaml) = (file.display().to_string(), text(file)?);
    let program = load::program(&name, &yaml).map_err(|wrong| Fault::Program(vec![wrong]))?;
    let done = tx::write(&workflow.store, async |tx| {
        let draft = if workflow.programs.get(program.id()).is_some() {
            let draft = begin_draft(tx, workflow, by, program.id()).await?.id;
            let text = SaveDraft { draft, seen: None, yaml: yaml.clone() };
            save_draft(tx, workflow, by, text).await?.id
        } else {
            begin_program(tx, workflow, by, &yaml).await?.id
        };
        let ask = ProposeDraft { draft, seen: None, effective_on, reason: reason.clone() };
        propose_draft(tx, workflow, by, ask).await
    })
    .await;
    let row = match done {
        Err(CommandError::Refused(Refusal::Draft(findings))) => {
            return Err(Fault::Program(findings));
        }
        done => done?,
    };
    println!(
        "{}: version {} is proposed; another administrator confirms it on its page, or with\n\
         banjie program confirm {} --by LOGIN",
        row.program, row.number, row.id
    );
    Ok(())
}

fn show(cases: &[RebaseCase], went: &str) {
    for case in cases {
        let moved: Vec<String> = case
            .dues
            .iter()
            .map(|due| format!("{} due {} -> {}", due.step, due.before, due.after))
            .collect();
        match &case.unmoved {
            Some(why) => println!("{}  stays: {why}", case.number),
            None if moved.is_empty() => println!("{}  {went}; no date moves", case.number),
            None => println!("{}  {went}; {}", case.number, moved.join("; ")),
        }
    }
    let stay = cases.iter().filter(|case| case.unmoved.is_some()).count();
    println!("{} case(s) {went}, {stay} stay", cases.len() - stay);
}
