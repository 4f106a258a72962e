//! The program: one binary that serves pages and runs jobs, and the tools beside them.

mod arguments;
mod calendar;
mod changing;
mod connect;
mod demo;
mod doctor;
mod export;
mod fault;
mod halves;
mod health;
mod measuring;
mod migrate;
mod open;
mod organisation;
mod outage;
mod password;
mod person;
mod program;
mod serve;
mod settings;
mod telling;
mod wait;
mod watch;

use std::{env, process::ExitCode, time::Duration};

use clap::Parser;

use crate::{
    arguments::{Arguments, CalendarAct, DemoAct, Person, Program, Task},
    fault::Fault,
    settings::{Format, Settings},
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Whoever asks whether something was found must be able to tell that nobody could look.
    let looks = matches!(arguments.task, Some(Task::Doctor { .. }));
    match run(arguments) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("banjie: {}", fault.whole());
            if looks { ExitCode::from(doctor::CANNOT_LOOK) } else { ExitCode::FAILURE }
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Fault> {
    let task = arguments.task.unwrap_or(Task::Serve);
    // What needs neither settings nor a database.
    let task = match task {
        Task::Program(Program::Check { files }) => return program::check(&files),
        Task::Health { url } => return Ok(health::ask(&url)),
        Task::Program(Program::Draw { file, out, language }) => {
            return program::draw(&file, out.as_deref(), language);
        }
        task => task,
    };
    let demo = matches!(task, Task::Demo { .. });
    let data = arguments.data.unwrap_or_else(|| if demo { "var/demo" } else { "var" }.into());
    let environment = env::vars().collect();
    let mut settings = Settings::read(&data, arguments.config.as_deref(), &environment)?;
    settings.demo.moves_time |= demo;
    if demo && settings.log.format == Format::Text {
        // The accounts are what people should see, not each of the jobs that seed the cases.
        settings.log.filter.push_str(",worker=warn");
    }
    let _telling = telling::begin(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Fault::Runtime)?;
    let done = runtime.block_on(async {
        match task {
            Task::Doctor { json } => return doctor::examine(&settings, json).await,
            Task::Export { out } => export::export(&settings, out.as_deref()).await,
            Task::Serve => serve::serve(settings).await,
            Task::Api => serve::api(settings).await,
            Task::Worker { only } => serve::worker(settings, only).await,
            Task::Demo { act: Some(DemoAct::Advance { by }), .. } => {
                demo::advance(&settings, by).await
            }
            Task::Demo { fresh, act: None } => demo::demo(settings, fresh).await,
            Task::Calendar(CalendarAct::Import { file }) => {
                calendar::import(&settings, &file).await
            }
            Task::Migrate => migrate::migrate(&settings).await,
            Task::Organisation(ask) => organisation::act(&settings, ask).await,
            Task::Outage(ask) => outage::act(&settings, ask).await,
            Task::Person(Person::Add(ask)) => person::add(&settings, ask).await,
            Task::Program(Program::Changing(act)) => changing::act(&settings, act).await,
            Task::Program(_) | Task::Health { .. } => Ok(()),
        }?;
        Ok(ExitCode::SUCCESS)
    });
    // What still waits for somebody outside is not waited for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}
