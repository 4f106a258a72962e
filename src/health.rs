//! `banjie health`: asks a process how it is, for whoever starts and restarts it.

use std::{process::ExitCode, time::Duration};

use ureq::Agent;

/// So long may the answer take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks `url` and says what it answered; succeeds when that is 200.
pub(crate) fn ask(url: &str) -> ExitCode {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    match agent.get(url).call() {
        Ok(mut answer) => {
            println!("{}", answer.body_mut().read_to_string().unwrap_or_default().trim());
            if answer.status() == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
