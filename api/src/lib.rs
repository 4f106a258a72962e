//! The two front doors: a JSON API for machines and pages for people.
//!
//! Start at [`routes`]: every URL the service answers is in that one table. A request passes
//! [`front`] (request id, origin, rates, problems, headers, the log line), then the
//! extractors ([`actor`], [`json_body`], [`csrf`]), then its handler. What both doors show is
//! read once, in [`read`], and drawn by [`templates`] in [`layout`].

mod absences;
pub mod actor;
pub mod assets;
mod batches;
pub mod chart;
pub mod csrf;
mod front;
mod headers;
pub mod idempotency;
mod json;
pub mod json_body;
pub mod language;
pub mod layout;
pub mod limits;
mod metrics;
pub mod network;
mod objecting;
mod openapi;
mod pages;
pub mod paper_in;
pub mod parts;
pub mod problem;
pub mod problem_answer;
mod problem_database;
mod problem_kinds;
mod problem_refusals;
pub mod read;
mod recusing;
pub mod routes;
mod server;
mod services;
pub mod session;
mod settings;
pub mod sheet;
pub mod show;
pub mod templates;
pub mod texts;
pub mod thumbnail;
mod tipping;
pub mod verbs;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use json::health::readiness;
pub use metrics::{METRICS_TYPE, MetricsText, carries_token};
pub use pages::error_page;
pub use problem::{FieldError, Problem};
pub use server::serve;
pub use services::{DeliverCode, Services, codes_by_notice};
pub use settings::Settings;
